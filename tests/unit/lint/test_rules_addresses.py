"""2xx: virtual and static addresses."""

from __future__ import annotations

from pathlib import Path

import pytest
from places import Findings, instance, service, shown, write

from lvscompile.app.load import load
from lvscompile.ir.core import Target
from lvscompile.lint.engine import lint
from lvscompile.lint.known import Known

A = instance()
UNICAST = ("unicast_src_ip 192.0.2.2", "unicast_peer {", "    192.0.2.3", "}")
RULES = {"LVS260", "LVS261", "LVS262", "LVS263", "LVS264", "LVS265", "LVS266", "LVS269", "LVS280", "LVS291"}


def static(*lines: str) -> str:
    return "\n".join(["static_ipaddress {", *(f"    {line}" for line in lines), "}"]) + "\n"


def excluded(*vips: str) -> str:
    return instance("virtual_ipaddress_excluded {", *(f"    {vip}" for vip in vips), "}")


def many(number: int, first: str = "192.0.2.10/16") -> tuple[str, ...]:
    if ":" in first:
        return (first, *(f"2001:db8::{n:x}/64" for n in range(1, number)))
    return (first, *(f"192.0.{3 + n // 200}.{n % 200 + 1}/16" for n in range(1, number)))


CASES = {
    # LVS260
    "no mask, as the custom is": (instance(vips=("192.0.2.10", "192.0.2.11")), []),
    "no mask, twice": (instance(vips=("192.0.2.10/24", "192.0.2.11", "192.0.2.12")), ["LVS260 info/none 6:9-19"]),
    "a mask of 32": (instance(vips=("192.0.2.10/32",)), []),
    "a mask of 0 is another matter": (instance(vips=("192.0.2.10/0",)), []),
    "no mask, IPv6": (instance(vips=("fe80::51/64", "2001:db8::51", "2001:db8::52/64")), ["LVS260 info/none 6:9-21"]),
    "no mask, and one of a link-local address": (instance(vips=("fe80::51/64", "2001:db8::51")), []),
    "no mask, link-local": (instance(vips=("fe80::51",)), []),
    "no mask, on the loopback": (instance(vips=("192.0.2.10 dev lo", "192.0.2.11/24")), []),
    "no mask, on a dummy": (instance(vips=("192.0.2.10 dev dummy0", "192.0.2.11/24")), []),
    "no mask, on another interface": (instance(vips=("192.0.2.10 dev eth1", "192.0.2.11/24")), ["LVS260 info/none 5:9-19"]),
    "no mask, but a peer": (instance(vips=("192.0.2.10 peer 192.0.2.3", "192.0.2.11/24")), []),
    "no mask, a label called peer": (instance(vips=("192.0.2.10 label peer", "192.0.2.11/24")), ["LVS260 info/none 5:9-19"]),
    "no mask, but a service": (instance(vips=("192.0.2.10", "192.0.2.11/24")) + service("TCP_CHECK {", "}"), []),
    "no mask, and a service elsewhere": (
        instance(vips=("192.0.2.10/24", "192.0.2.11", "192.0.2.12/24")) + service("TCP_CHECK {", "}"),
        ["LVS260 info/none 6:9-19"],
    ),
    "no mask, of the other family": (instance(vips=("192.0.2.10/24", "2001:db8::1")), []),
    "no mask, excluded": (excluded("192.0.2.11"), []),
    # LVS261
    "the network": (instance(vips=("192.0.2.0/24",)), ["LVS261 error/latent 5:9-21"]),
    "the broadcast address": (instance(vips=("192.0.2.255/24",)), ["LVS261 error/latent 5:9-23"]),
    "a network inside": (instance(vips=("192.0.2.64/26",)), ["LVS261 error/latent 5:9-22"]),
    "the last of a part": (instance(vips=("192.0.2.127/26",)), ["LVS261 error/latent 5:9-23"]),
    "the next to last": (instance(vips=("192.0.2.254/24",)), []),
    "the first host": (instance(vips=("192.0.2.1/24",)), []),
    "a zero in a wider network": (instance(vips=("192.0.2.0/16",)), []),
    "255 in a wider network": (instance(vips=("192.0.2.255/16",)), []),
    "a network of four": (instance(vips=("192.0.2.4/30",)), ["LVS261 error/latent 5:9-21"]),
    "two addresses": (instance(vips=("192.0.2.4/31", "192.0.2.7/31")), []),
    "one address": (instance(vips=("192.0.2.0/32",)), []),
    "no mask, even": (instance(vips=("192.0.2.0",)) + service("TCP_CHECK {", "}").replace("2.10", "2.0"), []),
    "no address": (instance(vips=("0.0.0.0/32",)), ["LVS261 error/latent 5:9-19"]),
    "no address, IPv6": (instance(vips=("fe80::51/64", "::/128")), ["LVS261 error/latent 6:9-15"]),
    "multicast": (instance(vips=("224.0.0.5/24",)), ["LVS261 error/latent 5:9-21"]),
    "multicast, high": (instance(vips=("239.1.1.1/24",)), ["LVS261 error/latent 5:9-21"]),
    "above multicast": (instance(vips=("240.1.1.1/24",)), []),
    "below multicast": (instance(vips=("223.255.255.1/24",)), []),
    "multicast, IPv6": (instance(vips=("fe80::51/64", "ff02::5/64")), ["LVS261 error/latent 6:9-19"]),
    "below multicast, IPv6": (instance(vips=("fe80::51/64", "feff::5/64")), []),
    "broadcast": (instance(vips=("255.255.255.255/32",)), ["LVS261 error/latent 5:9-27"]),
    "the network, IPv6": (instance(vips=("fe80::51/64", "2001:db8::/64")), ["LVS261 error/latent 6:9-22"]),
    "two addresses, IPv6": (instance(vips=("fe80::51/64", "2001:db8::/127", "2001:db8::2/127")), []),
    "four addresses, IPv6": (instance(vips=("fe80::51/64", "2001:db8::4/126")), ["LVS261 error/latent 6:9-24"]),
    "the last, IPv6": (instance(vips=("fe80::51/64", "2001:db8::ffff:ffff:ffff:ffff/64")), []),
    "an excluded network": (excluded("192.0.2.0/24"), ["LVS261 error/latent 5:9-21"]),
    "a static network": (static("198.51.100.0/24 dev eth1"), ["LVS261 error/latent 2:5-20"]),
    "a dropped network": (instance(vips=("192.0.2.0/24 dev",)), []),
    "a virtual route is no address": (instance("virtual_routes {", "    203.0.113.0/24 dev eth0", "}"), []),
    "a static route is no address": ("static_routes {\n    203.0.113.0/24 dev eth1\n}\n", []),
    # LVS263
    "a real server": (A + service("TCP_CHECK {", "}").replace("198.51.100.1", "192.0.2.10"),
        ["LVS263 warning/latent 12:17-27 +5:9-22"]),
    "a real server, excluded": (
        excluded("192.0.2.11/24") + service("TCP_CHECK {", "}").replace("198.51.100.1", "192.0.2.11"),
        ["LVS263 warning/latent 15:17-27 +5:9-22"],
    ),
    "a real server elsewhere": (A + service("TCP_CHECK {", "}"), []),
    # LVS264
    "speaks from it": (
        instance(*UNICAST, vips=("192.0.2.2/24",)), ["LVS264 error/outage 9:9-21 +4:20-29"],
    ),
    "speaks from an excluded one": (
        instance(*UNICAST, "virtual_ipaddress_excluded {", "    192.0.2.2/24", "}"),
        ["LVS264 error/outage 9:9-21 +4:20-29"],
    ),
    "speaks from it, owner": (
        instance(*UNICAST, "priority 255", vips=("192.0.2.2/24",)), ["LVS264 error/outage 10:9-21 +4:20-29"],
    ),
    "speaks from it, multicast": (
        instance("mcast_src_ip 192.0.2.2", "priority 150", vips=("192.0.2.2/24",)),
        ["LVS264 warning/latent 7:9-21 +4:18-27"],
    ),
    "speaks from it, multicast, owner": (
        instance("mcast_src_ip 192.0.2.2", "priority 255", vips=("192.0.2.2/24",)), [],
    ),
    "speaks from it, IPv6 in another spelling": (
        instance("mcast_src_ip 2001:DB8:0::2", "priority 150", vips=("fe80::51/64", "2001:db8::2/64")),
        ["LVS264 warning/latent 8:9-23 +4:18-31"],
    ),
    "speaks from another": (instance(*UNICAST), []),
    # LVS265
    "not link-local": (instance(vips=("2001:db8::51/64", "fe80::51/64")), ["LVS265 info/none 5:9-24"]),
    "link-local": (instance(vips=("fe80::51/64", "2001:db8::51/64")), []),
    "link-local, high": (instance(vips=("febf::51/64",)), []),
    "above link-local": (instance(vips=("fec0::51/64",)), ["LVS265 info/none 5:9-20"]),
    "IPv4": (A, []),
    "no address at all": (instance(vips=()), []),
    # LVS266
    "few": (instance(vips=many(20)), []),
    "many": (instance(vips=many(21)), ["LVS266 info/latent 25:9-22 +5:9-22"]),
    "as many as fit": (instance(vips=many(255)), ["LVS266 info/latent 25:9-22 +5:9-22"]),
    "one more": (instance(vips=many(256)), ["LVS266 warning/latent 260:9-22 +5:9-22"]),
    "as many as fit, IPv6": (
        instance(vips=many(89, "fe80::51/64")), ["LVS266 info/latent 25:9-24 +5:9-20"],
    ),
    "one more, IPv6": (instance(vips=many(90, "fe80::51/64")), ["LVS266 warning/latent 94:9-24 +5:9-20"]),
    "of one family": (instance(vips=(*many(20), "2001:db8::1/64")), []),
    # LVS269
    "brd and peer": (instance(vips=("192.0.2.10 brd 192.0.2.255 peer 192.0.2.3",)), ["LVS269 warning/none 5:20-23"]),
    "broadcast and peer": (
        instance(vips=("192.0.2.10 peer 192.0.2.3 broadcast 192.0.2.255",)), ["LVS269 warning/none 5:35-44"],
    ),
    "brd": (instance(vips=("192.0.2.10/24 brd 192.0.2.255",)), []),
    "brd with IPv6": (instance(vips=("fe80::51/64", "fe80::52/64 brd 192.0.2.255")), ["LVS269 error/latent 6:21-24"]),
    "peer with a mask": (instance(vips=("192.0.2.10 peer 192.0.2.3/32",)), ["LVS269 warning/none 5:25-37"]),
    "mask and peer": (instance(vips=("192.0.2.10/24 peer 192.0.2.3",)), ["LVS269 warning/none 5:9-22"]),
    "peer": (instance(vips=("192.0.2.10 peer 192.0.2.3",)), []),
    "brd + without mask": (instance(vips=("192.0.2.10 dev lo brd +",)), ["LVS269 warning/none 5:27-30"]),
    "brd + of two": (instance(vips=("192.0.2.10/31 brd +",)), ["LVS269 warning/none 5:23-26"]),
    "brd - of two": (instance(vips=("192.0.2.10/31 brd -",)), ["LVS269 warning/none 5:23-26"]),
    "brd + of four": (instance(vips=("192.0.2.10/30 brd +",)), []),
    "brd of two": (instance(vips=("192.0.2.10/31 brd 192.0.2.255",)), []),
    "scope": (instance(vips=("192.0.2.10/24 scope link",)), []),
    "scope with IPv6": (instance(vips=("fe80::51/64 scope link",)), ["LVS269 warning/none 5:21-26"]),
    "scope global with IPv6": (instance(vips=("fe80::51/64 scope global", "fe80::52/64 scope 0")), []),
    "label with IPv6": (instance(vips=("fe80::51/64 label eth0:1",)), ["LVS269 warning/none 5:21-26"]),
    "label global with IPv6": (instance(vips=("fe80::51/64 label global",)), ["LVS269 warning/none 5:21-26"]),
    "label": (instance(vips=("192.0.2.10/24 label eth0:1",)), []),
    "brd of a static address": (
        static("2001:db8::5/64 dev eth1 brd 192.0.2.255"), ["LVS269 error/latent 2:29-32"],
    ),
    "a label called peer": (instance(vips=("192.0.2.10/24 label peer",)), []),
    "a label called peer, behind brd": (instance(vips=("192.0.2.10/24 brd 192.0.2.255 label peer",)), []),
    "behind a flag": (instance(vips=("192.0.2.10/24 home peer 192.0.2.3",)), ["LVS269 warning/none 5:9-22"]),
    # LVS280
    "static, no device": (static("198.51.100.5/24"), ["LVS280 error/outage 2:5-20"]),
    "static, no device, twice": (static("198.51.100.5/24 dev eth1", "198.51.100.6/24", "198.51.100.7/24"),
        ["LVS280 error/outage 3:5-20"]),
    "static, device": (static("198.51.100.5/24 dev eth1"), []),
    "static, default interface": (
        "global_defs {\n    default_interface ens3\n}\n" + static("198.51.100.5/24"), [],
    ),
    "static, the host has an eth0": (static("198.51.100.5/24") + A, []),
    "static, the host has an ens3": (
        static("198.51.100.5/24") + A.replace("eth0", "ens3"), ["LVS280 error/outage 2:5-20"],
    ),
    "static, eth0 is tracked": (
        static("198.51.100.5/24") + instance("track_interface {", "    eth0", "}").replace("interface eth0", "interface ens3"),
        [],
    ),
    "static, eth0 is another's": (static("198.51.100.5/24", "198.51.100.6/24 dev eth0"), []),
    "static, a file is missing": ("include none.conf\n" + static("198.51.100.5/24"), []),
    # LVS291
    "static and virtual": (static("192.0.2.10/25 dev eth0") + A, ["LVS291 error/split 8:9-22 +2:5-18"]),
    "static and excluded": (
        static("192.0.2.11/24 dev eth0") + excluded("192.0.2.11/24"), ["LVS291 error/split 8:9-22 +2:5-18"],
    ),
    "static, but dropped": (static("192.0.2.10/24 dev") + A, []),
    "a static route": ("static_routes {\n    192.0.2.10/32 dev eth0\n}\n" + A, []),
    "static and another virtual": (static("192.0.2.11/24 dev eth0") + A, []),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_findings(name: str, findings: Findings) -> None:
    text, expected = CASES[name]
    assert [shown(f) for f in findings(text) if f.code in RULES] == expected


def test_what_is_the_matter_with_a_network(findings: Findings) -> None:
    [v4] = [f for f in findings(instance(vips=("192.0.2.0/24",))) if f.code == "LVS261"]
    [v6] = [f for f in findings(instance(vips=("fe80::51/64", "2001:db8::/64"))) if f.code == "LVS261"]
    assert "the address of the network /24 itself: it is no host" in v4.message
    assert "the address of the network /64 itself, which all its routers share" in v6.message


def test_what_speaking_from_it_does(findings: Findings) -> None:
    [unicast] = [f for f in findings(instance(*UNICAST, vips=("192.0.2.2/24",))) if f.code == "LVS264"]
    [other] = [f for f in findings(instance("mcast_src_ip 192.0.2.2", vips=("192.0.2.2/24",))) if f.code == "LVS264"]
    assert "stays in FAULT" in unicast.message
    assert "while this host is backup" in other.message


def test_without_a_mask_ipv6_is_128(findings: Findings) -> None:
    [found] = [f for f in findings(instance(vips=("2001:db8::50/64", "2001:db8::51"))) if f.code == "LVS260"]
    assert "as /128" in found.message


def test_strict_mode_calls_it_a_mistake(findings: Findings) -> None:
    found = findings(instance("strict_mode on", vips=("2001:db8::51/64",)))
    [strict] = [f for f in found if f.code == "LVS265"]
    [other] = [f for f in findings(instance(vips=("2001:db8::51/64",))) if f.code == "LVS265"]
    assert (strict.severity, other.severity) == ("warning", "info")
    assert "in strict mode" in strict.message
    assert "in strict mode" not in other.message


def test_how_many_have_no_mask(findings: Findings) -> None:
    [one] = findings(instance(vips=("192.0.2.10", "192.0.2.13/24")))
    [three] = findings(instance(vips=("192.0.2.10", "192.0.2.11", "192.0.2.12", "192.0.2.13/24")))
    assert "more" not in one.message
    assert "like 2 more of" in three.message
    assert "/32" in one.message


@pytest.mark.parametrize(
    ("target", "number", "expected"),
    [
        ("1.4.5", 20, []),
        ("1.4.5", 21, ["warning"]),
        ("1.4.5", 256, ["warning"]),
        ("2.0", 21, []),
        ("2.0", 255, []),
        ("2.0", 256, ["warning"]),
    ],
)
def test_old_versions_carry_less(target: str, number: int, expected: list[str], findings: Findings) -> None:
    found = findings(instance(vips=many(number)), target=target)
    assert [f.severity for f in found if f.code == "LVS266"] == expected


def in_subnets(folder: Path, text: str, *subnets: str) -> list[str]:
    path = write(folder, text)
    loaded = load([f"lvs1={path}"], kinds={str(path): "keepalived"}, target=Target())
    report = lint(loaded.hosts, Target(), known=Known(subnets))
    assert not report.crashes
    return [shown(f) for f in report.findings if f.code == "LVS262"]


SUBNETS = {
    "inside": (A, ("192.0.2.0/24",), []),
    "inside the second": (A, ("198.51.100.0/24", "192.0.2.0/25"), []),
    "outside": (A, ("192.0.2.128/25",), ["LVS262 warning/latent 5:9-22"]),
    "nothing known": (A, (), []),
    "nothing known of the family": (A, ("2001:db8::/64",), []),
    "excluded": (excluded("203.0.113.9/24"), ("192.0.2.0/24",), ["LVS262 warning/latent 5:9-23"]),
    "link-local": (instance(vips=("fe80::51/64", "2001:db8::51/64")), ("2001:db8::/64",), []),
    "IPv6 outside": (
        instance(vips=("fe80::51/64", "2001:db8:1::51/64")), ("2001:db8::/64",), ["LVS262 warning/latent 6:9-26"],
    ),
    "beside a static address": (
        static("192.0.2.2/24 dev eth0") + A, ("198.51.100.0/24",), [],
    ),
    "a static address alone tells nothing": (static("198.51.100.2/24 dev eth0") + A, (), []),
    "a static address without mask": (static("192.0.2.10 dev eth0") + A, ("198.51.100.0/24",),
        ["LVS262 warning/latent 8:9-22"]),
    "a subnet that is none": (A, ("192.0.2.0/24", "office"), []),
    "a static address that is none": (static("office dev eth0") + A, ("192.0.2.0/24",), []),
}  # fmt: skip


@pytest.mark.parametrize("name", SUBNETS)
def test_subnets(name: str, tmp_path: Path) -> None:
    text, subnets, expected = SUBNETS[name]
    assert in_subnets(tmp_path, text, *subnets) == expected
