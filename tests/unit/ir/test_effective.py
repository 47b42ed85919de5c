"""What an instance really works with. The intervals are those that real keepalived shows in its dump."""

from __future__ import annotations

import pytest

from lvscompile.frontends.keepalived import lower
from lvscompile.ir.core import KNOWN_KEEPALIVED, Target, parse_version, show_version
from lvscompile.ir.effective import VrrpParams, master_down_interval, skew, vrrp_params
from lvscompile.syntax.keepalived.tree import read_configuration
from lvscompile.syntax.source import Source

OLD, NEW = (1, 4, 5), (2, 2, 7)


def params(body: str, version: tuple[int, ...] = NEW, above: str = "", vip: str = "10.0.0.1/24") -> VrrpParams:
    text = f"global_defs {{\n{above}\n}}\nvrrp_instance A {{\n{body}\nvirtual_ipaddress {{\n{vip}\n}}\n}}\n"
    director, _ = lower(read_configuration(Source("x", text)), "x")
    return vrrp_params(director, director.vrrp[0], version)


@pytest.mark.parametrize(
    ("body", "above", "micros"),
    [
        ("", "", 1_000_000),
        ("advert_int 1", "", 1_000_000),
        ("advert_int 3", "", 3_000_000),
        ("advert_int 1.4", "", 1_000_000),
        ("advert_int 1.5", "", 2_000_000),
        ("advert_int 0.4", "", 1_000_000),
        ("advert_int 0.1\nversion 3", "", 100_000),
        ("advert_int 0.014\nversion 3", "", 10_000),
        ("advert_int 0.015\nversion 3", "", 20_000),
        ("advert_int 1.5\nversion 3", "", 1_500_000),
        ("advert_int 40\nversion 3", "", 40_000_000),
        ("advert_int 0.1", "vrrp_version 3", 100_000),
        ("advert_int 0.1\nversion 2", "vrrp_version 3", 1_000_000),
        ("advert_int 100", "", 100_000_000),
    ],
)
def test_advertisement_interval(body: str, above: str, micros: int) -> None:
    assert params(body, above=above).advert_int == micros


@pytest.mark.parametrize(
    ("body", "skew_us", "down_us"),
    [
        ("priority 100", 609_375, 3_609_375),
        ("priority 150", 414_062, 3_414_062),
        ("priority 254", 7_812, 3_007_812),
        ("priority 1", 996_093, 3_996_093),
        ("priority 100\nadvert_int 2", 609_375, 6_609_375),
        ("priority 100\nversion 3\nadvert_int 0.1", 60_937, 360_937),
        ("priority 100\nversion 3", 609_375, 3_609_375),
        ("priority 150\nversion 3\nadvert_int 0.5", 207_031, 1_707_031),
        ("priority 255\nversion 3\nadvert_int 1", 3_906, 3_003_906),
    ],
)
def test_skew_and_master_down_interval(body: str, skew_us: int, down_us: int) -> None:
    found = params(body)
    assert skew(found) == skew_us
    assert master_down_interval(found) == down_us


def test_more_adverts_may_be_missed() -> None:
    found = params("priority 100")
    assert master_down_interval(found, 5) - master_down_interval(found) == 2_000_000


@pytest.mark.parametrize("version", KNOWN_KEEPALIVED, ids=show_version)
@pytest.mark.parametrize(
    ("body", "old", "new"),
    [
        ("", (100, False), (100, False)),
        ("state BACKUP", (100, False), (100, False)),
        ("state MASTER", (100, False), (255, True)),
        ("state MASTER\npriority 100", (100, False), (100, False)),
        ("priority 77", (77, False), (77, False)),
        ("state MASTER\npriority 999", (100, False), (255, True)),
    ],
)
def test_priority_by_version(version: tuple[int, ...], body: str, old: tuple[int, bool], new: tuple[int, bool]) -> None:
    found = params(body, version)
    assert (found.priority, found.owner_by_default) == (new if version >= (2, 0) else old)


def auth(kind: str, word: str) -> str:
    return f"authentication {{\nauth_type {kind}\nauth_pass {word}\n}}"


@pytest.mark.parametrize(
    ("body", "key"),
    [
        ("", ("", b"")),
        (auth("PASS", "secret"), ("PASS", b"secret")),
        (auth("AH", "secret"), ("AH", b"secret")),
        (auth("PASS", "12345678"), ("PASS", b"12345678")),
        (auth("PASS", "123456789"), ("PASS", b"12345678")),
        (auth("PASS", '"a b"'), ("PASS", b"a b")),
        (auth("PASS", '""'), ("", b"")),
        (auth("PASS", "ééééx"), ("PASS", "éééé".encode())),
        (auth("pass", "secret"), ("", b"")),
        ("authentication {\nauth_type PASS\n}", ("", b"")),
        ("authentication {\nauth_pass secret\n}", ("", b"")),
        (auth("PASS", "secret") + "\nversion 3", ("", b"")),
        (auth("PASS", "secret") + "\nstrict_mode on", ("", b"")),
        (auth("PASS", "secret") + "\nstrict_mode off", ("PASS", b"secret")),
    ],
)
def test_authentication(body: str, key: tuple[str, bytes]) -> None:
    assert params(body).auth == key


@pytest.mark.parametrize(
    ("above", "body", "strict"),
    [
        ("", "", False), ("vrrp_strict", "", True), ("vrrp_strict", "strict_mode off", False), ("", "strict_mode", True),
        ("vrrp_strict off", "", True), ("vrrp_strict on", "", True),
    ],
)  # fmt: skip
def test_strict(above: str, body: str, strict: bool) -> None:
    assert params(body, above=above).strict is strict


def test_newer_versions_look_at_the_value_of_strict() -> None:
    assert params("", (2, 2, 8), "vrrp_strict off").strict is False
    assert params("", (2, 2, 8), "vrrp_strict").strict is True


@pytest.mark.parametrize(
    ("vip", "body", "above", "family", "version", "group"),
    [
        ("10.0.0.1", "", "", 4, 2, "224.0.0.18"),
        ("10.0.0.1", "version 3", "", 4, 3, "224.0.0.18"),
        ("2001:db8::1", "", "", 6, 3, "ff02::12"),
        ("2001:db8::1", "version 2", "", 6, 3, "ff02::12"),
        ("10.0.0.1", "", "vrrp_mcast_group4 224.0.0.77", 4, 2, "224.0.0.77"),
        ("2001:db8::1", "", "vrrp_mcast_group6 FF02::77", 6, 3, "ff02::77"),
        ("10.0.0.1", "unicast_peer {\n10.0.0.9\n}", "", 4, 2, ""),
        ("10.0.0.1", "", "vrrp_version 3", 4, 3, "224.0.0.18"),
    ],
)
def test_family_version_and_group(vip: str, body: str, above: str, family: int, version: int, group: str) -> None:
    found = params(body, above=above, vip=vip)
    assert (found.family, found.version, found.group) == (family, version, group)


@pytest.mark.parametrize(
    ("body", "nopreempt"),
    [
        ("nopreempt", True), ("nopreempt\nstate BACKUP", True), ("nopreempt\nstate MASTER", False),
        ("nopreempt off", True), ("nopreempt\npriority 255", False), ("", False),
    ],
)  # fmt: skip
def test_nopreempt(body: str, nopreempt: bool) -> None:
    assert params(body).nopreempt is nopreempt


def test_addresses_peers_and_source() -> None:
    found = params(
        "unicast_src_ip 10.0.0.8\nunicast_peer {\n10.0.0.9\n10.0.0.10\n}", vip="10.0.0.1/24\n10.0.0.2\n2001:db8::1/64"
    )
    assert found.peers == {"10.0.0.9", "10.0.0.10"}
    assert found.source == "10.0.0.8"
    assert found.addresses == {"10.0.0.1", "10.0.0.2"}


@pytest.mark.parametrize(
    ("text", "version"), [("2.2.7", (2, 2, 7)), ("v2.4", (2, 4)), ("1.1.15", (1, 1, 15)), ("1.2.3.4", (1, 2, 3, 4))]
)
def test_versions(text: str, version: tuple[int, ...]) -> None:
    assert parse_version(text) == version
    assert show_version(version) == text.removeprefix("v")


@pytest.mark.parametrize(
    "text", ["", "2", "a.b", "2.", ".2", "2..7", "1.2.3.4.5", "2.2.7-1", " 2.2.7", "2.\u0662", "2.-1", "vv2.2"]
)
def test_no_versions(text: str) -> None:
    with pytest.raises(ValueError, match="not a version"):
        parse_version(text)


def test_no_target_means_every_known_version() -> None:
    assert Target().versions() == KNOWN_KEEPALIVED == tuple(sorted(KNOWN_KEEPALIVED))
    assert Target(NEW).versions() == (NEW,)
