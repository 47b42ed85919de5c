"""Where a packet goes: rules by preference, own addresses, the longest prefix; and what is not told."""

from __future__ import annotations

from typing import Any

import pytest
from path_model import machine

from lvscompile.ir.host import HostAddress, HostFacts, Link, PolicyRule, Route
from lvscompile.ir.path.routing import Decision, Query, Routing

HOST = (
    "ip addr add 10.0.0.1/24 dev eth0", "ip addr add 192.0.2.1/24 dev eth1", "ip addr add 192.0.2.10/32 dev eth1",
    "ip addr add 10.9.0.1/24 dev lo", "ip route add default via 192.0.2.254", "ip route add 10.5.0.0/16 via 10.0.0.9",
    "ip route add blackhole 10.6.0.0/16", "ip route add unreachable 10.7.0.0/16", "ip route add local 10.8.0.1 dev lo",
)  # fmt: skip


def routing(*more: str) -> Routing:
    made = machine(("eth0", "eth1", "lo"), (*HOST, *more), {})
    return Routing(made.facts, told=made.told, complete=made.complete)


def ask(found: Routing, destination: str, **query: Any) -> Decision:
    return found.lookup(Query(destination, **{"source": "198.51.100.7", "iif": "eth1", **query}))


@pytest.mark.parametrize(
    ("destination", "expected"),
    [
        ("10.0.0.1", ("local", "eth0", "")),
        ("192.0.2.10", ("local", "eth1", "")),
        ("127.9.9.9", ("local", "lo", "")),
        ("10.9.0.77", ("local", "lo", "")),  # all of a network on lo
        ("10.8.0.1", ("local", "lo", "")),
        ("10.0.0.7", ("unicast", "eth0", "")),
        ("10.0.0.255", ("broadcast", "eth0", "")),
        ("10.5.1.1", ("unicast", "eth0", "10.0.0.9")),
        ("203.0.113.1", ("unicast", "eth1", "192.0.2.254")),
        ("10.6.0.1", ("blackhole", "", "")),
        ("10.7.0.1", ("unreachable", "", "")),
        ("224.0.0.18", ("multicast", "", "")),
        ("255.255.255.255", ("broadcast", "", "")),
    ],
)
def test_without_rules(destination: str, expected: tuple[str, str, str]) -> None:
    found = ask(routing(), destination)
    assert ((found.kind, found.device, found.via), found.certain) == (expected, True)


LOCALLY = ("ip rule add fwmark 1 lookup 100", "ip route add local default dev lo table 100")


@pytest.mark.parametrize(
    ("commands", "query", "kind"),
    [
        (LOCALLY, {"mark": 1}, "local"),
        (LOCALLY, {"mark": 2}, "unicast"),
        (("ip rule add fwmark 2/2 prohibit",), {"mark": 3}, "prohibit"),
        (("ip rule add fwmark 2/2 prohibit",), {"mark": 1}, "unicast"),
        (("ip rule add from 198.51.100.0/24 blackhole",), {}, "blackhole"),
        (("ip rule add to 203.0.113.0/24 unreachable",), {}, "unreachable"),
        (("ip rule add iif eth0 prohibit",), {}, "unicast"),
        (("ip rule add iif eth1 prohibit",), {}, "prohibit"),
        (("ip rule add oif eth1 prohibit",), {"oif": "eth1"}, "prohibit"),
        (("ip rule add not fwmark 1 prohibit",), {"mark": 1}, "unicast"),
        (("ip rule add not fwmark 1 prohibit",), {"mark": 0}, "prohibit"),
        (("ip rule add fwmark 1 lookup 101", "ip route add throw default table 101"), {"mark": 1}, "unicast"),
        (("ip rule add fwmark 1 lookup 102",), {"mark": 1}, "unicast"),
        (("ip rule add pref 10 goto 20", "ip rule add pref 15 prohibit", "ip rule add pref 20 nop"), {}, "unicast"),
        (("ip rule add pref 10 prohibit", "ip rule add pref 5 lookup main"), {}, "unicast"),
        (("ip rule add tos 0x10 prohibit",), {"tos": 0x10}, "prohibit"),
        (("ip rule add tos 0x10 prohibit",), {}, "unicast"),
    ],
)  # fmt: skip
def test_rules(commands: tuple[str, ...], query: dict[str, Any], kind: str) -> None:
    found = ask(routing(*commands), "203.0.113.1", **query)
    assert (found.kind, found.certain) == (kind, True)


def test_an_own_address_comes_before_all_rules() -> None:
    assert ask(routing("ip rule add prohibit"), "10.0.0.1").kind == "local"


@pytest.mark.parametrize(
    ("rule", "query", "certain"),
    [
        ("fwmark 1 prohibit", {"mark": None}, False),
        ("fwmark 1 lookup main", {"mark": None}, True),
        ("iif eth1 prohibit", {"iif": None}, False),
        ("from 10.0.0.0/8 prohibit", {"source": ""}, False),
        ("tos 8 prohibit", {"tos": None}, False),
        ("ipproto tcp prohibit", {}, False),
    ],
)
def test_what_nobody_can_tell_of_a_packet(rule: str, query: dict[str, Any], certain: bool) -> None:
    found = ask(routing(f"ip rule add {rule}"), "203.0.113.1", **query)
    assert (found.kind, found.certain) == ("unicast", certain)


def facts(**given: Any) -> HostFacts:
    return HostFacts(**given)


def test_what_no_input_tells() -> None:
    nothing = Routing(facts())
    assert (nothing.lookup(Query("192.0.2.10")).kind, nothing.lookup(Query("192.0.2.10")).certain) == ("none", False)
    assert nothing.kind_of("192.0.2.10") is None
    known = Routing(facts(addresses=(HostAddress(4, "10.0.0.1", 24, "eth0"),)))
    assert known.lookup(Query("10.0.0.1")).certain
    assert not known.lookup(Query("10.0.0.2")).certain
    assert known.lookup(Query("10.0.0.2", foreign=True)).certain
    assert not known.lookup(Query("10.1.0.2", foreign=True)).certain
    every = Routing(facts(), complete=("addresses", "routes"))
    assert (every.lookup(Query("10.1.0.2")).kind, every.lookup(Query("10.1.0.2")).certain) == ("none", True)
    assert every.kind_of("10.1.0.2") == "UNICAST"


def test_local_delivery_is_certain_whatever_the_addresses_are() -> None:
    rules = (PolicyRule(4, 32765, table="100", mark=1),)
    routes = (Route(4, "local", "0.0.0.0/0", table="100"),)
    found = Routing(facts(rules=rules, routes=routes)).lookup(Query("192.0.2.10", mark=1))
    assert (found.kind, found.certain, found.rule) == ("local", True, rules[0])


def test_links_that_are_down_lead_nowhere() -> None:
    address = HostAddress(4, "10.0.0.1", 24, "eth0")
    down = Routing(facts(links=(Link("eth0", up=False),), addresses=(address,)), complete=("addresses", "routes"))
    assert down.lookup(Query("10.0.0.2")).kind == "none"


def test_rules_of_a_listing_stand_for_themselves() -> None:
    listed = (PolicyRule(4, 10, table="local"), PolicyRule(4, 32766, table="main"))
    found = Routing(facts(rules=listed, addresses=(HostAddress(4, "10.0.0.1", 24, "eth0"),)), complete=("rules",))
    assert [(rule.preference, rule.table) for rule in found.rules] == [(10, "local"), (32766, "main")]
    assert not found.has_custom
    more = Routing(facts(rules=(*listed, PolicyRule(4, 5, "prohibit"))))
    assert more.has_custom
    # The newest of those without a preference is not told: they come in front of the main table.
    assert Routing(facts(rules=(PolicyRule(4, None, "prohibit"),))).lookup(Query("203.0.113.1")).kind == "prohibit"


def test_names_of_interfaces() -> None:
    found = routing()
    assert [found.primary(device) for device in ("eth0", "eth1", "none", None)] == ["10.0.0.1", "192.0.2.1", "", ""]
    assert (found.device_of("192.0.2.10"), found.device_of("10.0.0.9")) == ("eth1", "")
    assert (found.on_link("10.0.0.9"), found.on_link("203.0.113.1")) == ("eth0", "")
    assert (found.kind_of("192.0.2.10"), found.kind_of("10.0.0.255")) == ("LOCAL", "BROADCAST")


def test_ipv6() -> None:
    own = HostAddress(6, "2001:db8::1", 64, "eth0")
    found = Routing(facts(addresses=(own,)), 6, complete=("addresses", "routes"))
    assert found.lookup(Query("2001:db8::1")).kind == "local"
    assert found.lookup(Query("2001:db8::2")).device == "eth0"
    assert found.lookup(Query("ff02::1")).kind == "multicast"
    assert found.lookup(Query("::1")).kind == "local"
    assert found.lookup(Query("2001:db9::2")).kind == "none"
