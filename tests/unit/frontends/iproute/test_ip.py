"""What words mean; which of them fail, and how, is compared with iproute2 itself in tests/interop/test_host_replay.py."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lvscompile.ir.host import HostAddress, HostCommand, Link, Misuse, NextHop, PolicyRule, Route

Reads = Callable[[str], HostCommand | Misuse]


def subject(reads: Reads, command: str) -> object:
    found = reads(command)
    assert isinstance(found, HostCommand), found
    return found.subject


def test_an_address_with_a_label(reads: Reads) -> None:
    fact = subject(reads, "ip addr add 192.168.10.100 label eth1:100 dev eth1")
    assert isinstance(fact, HostAddress)
    assert (fact.text, fact.device, fact.label, fact.scope, fact.family) == (
        "192.168.10.100/32",
        "eth1",
        "eth1:100",
        "global",
        4,
    )
    assert fact.origin is not None


@pytest.mark.parametrize(
    "command",
    [
        "ip a a 10.0.0.1/24 dev eth0",
        "/sbin/ip a a 10.0.0.1/24 dev eth0",
        "ip -4 address add local 10.0.0.1/24 dev eth0",
    ],
)
def test_spellings(reads: Reads, command: str) -> None:
    fact = subject(reads, command.removeprefix("/sbin/"))
    assert isinstance(fact, HostAddress)
    assert (fact.text, fact.device) == ("10.0.0.1/24", "eth0")


def test_details_of_addresses(reads: Reads) -> None:
    fact = subject(reads, "ip addr add 10.0.0.1/24 brd + dev eth0 scope link")
    assert isinstance(fact, HostAddress)
    assert (fact.broadcast, fact.scope) == ("10.0.0.255", "link")
    fact = subject(reads, "ip addr add 10.0.0.1 peer 10.0.0.2/30 dev tun0")
    assert isinstance(fact, HostAddress)
    assert (fact.prefix, fact.peer) == (30, "10.0.0.2")
    fact = subject(reads, "ip addr add 127.0.0.9/8 dev lo")
    assert isinstance(fact, HostAddress)
    assert fact.scope == "host"
    fact = subject(reads, "ip addr add fd00::1 dev eth0")
    assert isinstance(fact, HostAddress)
    assert (fact.family, fact.prefix) == (6, 128)


def test_the_words_point(reads: Reads) -> None:
    found = reads("ip addr add 10.0.0.1/24 dev eth0 label eth0:1")
    assert isinstance(found, HostCommand)
    assert found.stated == {"local": 2, "device": 4, "label": 6}


def test_routes_of_the_reference(reads: Reads) -> None:
    fact = subject(reads, "ip route add local 0/0 dev lo table 100")
    assert isinstance(fact, Route)
    assert (fact.kind, fact.destination, fact.table, fact.scope, fact.device, fact.is_default) == (
        "local",
        "0.0.0.0/0",
        "100",
        "host",
        "lo",
        True,
    )
    fact = subject(reads, "ip ro add default via 10.0.0.254 metric 5")
    assert isinstance(fact, Route)
    assert (fact.destination, fact.via, fact.metric, fact.scope, fact.table) == (
        "0.0.0.0/0",
        "10.0.0.254",
        5,
        "global",
        "main",
    )
    fact = subject(reads, "ip route add 10.5.0.0/16 dev eth0")
    assert isinstance(fact, Route)
    assert (fact.scope, fact.prefix) == ("link", 16)
    fact = subject(reads, "ip route add local 10.5.5.5 dev lo")
    assert isinstance(fact, Route)
    assert (fact.table, fact.destination) == ("local", "10.5.5.5/32")
    fact = subject(reads, "ip -6 route add default via fd00::9")
    assert isinstance(fact, Route)
    assert (fact.family, fact.destination) == (6, "::/0")
    fact = subject(reads, "ip route add blackhole 10.4.0.0/16")
    assert isinstance(fact, Route)
    assert (fact.kind, fact.hops) == ("blackhole", ())
    fact = subject(reads, "ip route add 10.4.0.0/16 nexthop via 10.0.0.2 dev eth0 weight 3 nexthop via 10.0.0.3")
    assert isinstance(fact, Route)
    assert fact.hops == (NextHop("10.0.0.2", "eth0", 3), NextHop("10.0.0.3", ""))
    fact = subject(reads, "ip route del 10.4.0.0/16")
    assert isinstance(fact, Route)
    assert (fact.kind, fact.scope, fact.protocol) == ("", "", "")


@pytest.mark.parametrize("word", ["prio", "pref", "priority", "preference", "order", "p"])
def test_rules_of_the_reference(reads: Reads, word: str) -> None:
    fact = subject(reads, f"ip rule add {word} 100 fwmark 1 table 100")
    assert isinstance(fact, PolicyRule)
    assert (fact.preference, fact.mark, fact.mask, fact.table, fact.action) == (100, 1, None, "100", "lookup")


def test_details_of_rules(reads: Reads) -> None:
    fact = subject(reads, "ip rule add not from 10/8 to 192.0.2.1 iif eth0 fwmark 0x10/0xf0 lookup 254")
    assert isinstance(fact, PolicyRule)
    assert (fact.negated, fact.source, fact.destination, fact.iif, fact.mark, fact.mask, fact.table) == (
        True, "10.0.0.0/8", "192.0.2.1/32", "eth0", 16, 240, "main")  # fmt: skip
    assert not fact.selects_all
    fact = subject(reads, "ip rule add from all blackhole")
    assert isinstance(fact, PolicyRule)
    assert (fact.action, fact.table, fact.selects_all) == ("blackhole", "", True)
    fact = subject(reads, "ip rule add fwmark 1 goto 500")
    assert isinstance(fact, PolicyRule)
    assert (fact.action, fact.target) == ("goto", 500)


def test_a_table_of_the_host_s_own_name(reads: Reads) -> None:
    for command in ("ip route add default via 10.0.0.1 table dsr", "ip rule add fwmark 1 lookup dsr"):
        found = reads(command)
        assert isinstance(found, HostCommand)
        assert found.extra["unresolved"] == "dsr"


def test_links(reads: Reads) -> None:
    fact = subject(reads, "ip link set dev eth0 up mtu 1400 arp off")
    assert isinstance(fact, Link)
    assert (fact.name, fact.up, fact.mtu, fact.arp) == ("eth0", True, 1400, False)
    found = reads("ip link add va0 type veth peer name va1")
    assert isinstance(found, HostCommand)
    assert found.extra["peer"] == "va1"


@pytest.mark.parametrize(
    "command",
    [
        "ip",
        "ip addr",
        "ip a",
        "ip -s link show eth0",
        "ip route",
        "ip ro get 10.0.0.1",
        "ip rule list",
        "ip -o -4 addr ls",
        "ip neigh",
        "ip -V",
        "ip route help",
    ],
)
def test_what_only_shows(reads: Reads, command: str) -> None:
    found = reads(command)
    assert isinstance(found, HostCommand)
    assert found.action not in ("add", "delete", "set")


@pytest.mark.parametrize(("command", "status", "message", "word"), [
    ("ip frob", 1, 'Object "frob" is unknown', 0), ("ip addr frob", 255, 'Command "frob" is unknown', 1),
    ("ip addr add 300.0.0.1 dev eth0", 1, "any valid prefix is expected", 2), ("ip addr add 10.0.0.1", 1, '"dev" argument is required', None),
    ("ip -z", 255, 'Option "-z" is unknown', 0), ("ip route add 10.0.0.0/8 via", 255, "not complete", 3), ("ip rule add", 1, "requires arguments", None),
    ("ip link set up", 255, '"dev" argument is required', None), ("ip route add default via 10.0.0.1 table 1x", 255, "value is invalid", 6),
    ("ip -f", 255, "not complete", 0), ("ip -f foo addr", 255, "invalid protocol family", 1),
])  # fmt: skip
def test_misuse(reads: Reads, command: str, status: int, message: str, word: int | None) -> None:
    found = reads(command)
    assert isinstance(found, Misuse)
    assert message in found.message
    assert (found.status, found.word) == (status, word)
