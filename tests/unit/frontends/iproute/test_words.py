from __future__ import annotations

import pytest

from lvscompile.frontends.iproute.words import (
    Prefix,
    address,
    broadcast_of,
    first_of,
    mask_length,
    masked,
    netmask,
    prefix,
    short_for,
    whole,
    within,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("10.0.0.1", (4, "10.0.0.1")), ("10.1", (4, "10.1.0.0")), ("010.0.0.9", (4, "8.0.0.9")), ("0x10.1", (4, "16.1.0.0")),
        ("300.1.1.1", None), ("10.0.0.0.1", None), ("10.", None), ("", None), ("foo", None), ("08.1.1.1", None),
        ("FD00::0001", (6, "fd00::1")), ("fd00::1%eth0", None), ("1.2.3.4x", None),
    ],
)  # fmt: skip
def test_addresses(text: str, value: tuple[int, str] | None) -> None:
    assert address(text) == value


def test_families() -> None:
    assert address("fd00::1", 4) is None
    assert address("10.0.0.1", 6) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("10.0.0.0/8", Prefix(4, "10.0.0.0", 8)), ("10/8", Prefix(4, "10.0.0.0", 8)), ("0/0", Prefix(4, "0.0.0.0", 0)),
        ("default", Prefix(0, "", 0)), ("all", Prefix(0, "", 0)), ("10.0.0.0/255.0.0.0", Prefix(4, "10.0.0.0", 8)),
        ("10.0.0.0/255.0.255.0", None), ("10.0.0.0/33", None), ("10.0.0.0/0x18", Prefix(4, "10.0.0.0", 24)),
        ("fd00::/129", None), ("fd00::/64", Prefix(6, "fd00::", 64)), ("10.0.0.1", Prefix(4, "10.0.0.1", None)), ("x/8", None),
    ],
)  # fmt: skip
def test_prefixes(text: str, value: Prefix | None) -> None:
    assert prefix(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", 12),
        ("0x1f", 31),
        ("010", 8),
        ("4294967295", 2**32 - 1),
        ("4294967296", None),
        ("-1", None),
        ("x", None),
        ("09", None),
        ("", None),
    ],
)
def test_numbers(text: str, value: int | None) -> None:
    assert whole(text) == value


def test_masks() -> None:
    assert [mask_length(text) for text in ("255.255.255.0", "0.0.0.0", "255.255.255.255", "255.0.255.0", "x")] == [
        24,
        0,
        32,
        None,
        None,
    ]
    assert [netmask(length) for length in (0, 8, 31, 32)] == [
        "0.0.0.0",
        "255.0.0.0",
        "255.255.255.254",
        "255.255.255.255",
    ]
    assert masked("10.1.2.3", 16) == "10.1.0.0"
    assert masked("fd00::1:2", 64) == "fd00::"
    assert broadcast_of("10.1.2.3", 24) == "10.1.2.255"
    assert within("10.1.2.3", "10.1.0.0/16")
    assert not within("10.1.2.3", "10.2.0.0/16")
    assert not within("fd00::1", "10.2.0.0/16")


def test_abbreviations() -> None:
    assert short_for("ad", "address")
    assert not short_for("", "address")
    assert first_of("r", ("address", "route", "rule")) == "route"
    assert first_of("x", ("address",)) == ""
