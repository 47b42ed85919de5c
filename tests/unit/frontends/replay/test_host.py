"""The parts of the replay that no kernel can judge: hosts of which only a part is known."""

from __future__ import annotations

import shlex

from lvscompile.frontends.iproute import parse
from lvscompile.frontends.replay.host import Replay
from lvscompile.ir.host import HostAddress, HostEvent, HostFacts, Link, PolicyRule, Route
from lvscompile.syntax.source import Source
from lvscompile.syntax.statements import Stmt


def run(host: Replay, command: str) -> HostEvent:
    program, *words = shlex.split(command)
    stmt = Stmt("COMMAND", Source("script", command), 0, len(command), 1, command)
    return host.run(parse(program, words, stmt), stmt)


def test_an_interface_that_nobody_mentioned_is_taken_to_be_there() -> None:
    host = Replay()
    event = run(host, "ip addr add 192.0.2.100/24 dev eth1 label eth1:100")
    assert event.outcome.ok
    assert not event.outcome.certain
    assert run(host, "ip addr add 192.0.2.101/24 dev eth1").outcome.certain
    again = run(host, "ip addr add 192.0.2.100/24 dev eth1")
    assert (again.outcome.status, again.outcome.message) == (2, "RTNETLINK answers: File exists")
    facts = host.facts()
    assert [(own.address, own.label, own.secondary) for own in facts.addresses] == [
        ("192.0.2.100", "eth1:100", False), ("192.0.2.101", "", True),
    ]  # fmt: skip
    assert not facts.complete
    assert [link.up for link in facts.links] == [None]


def test_what_is_deleted_was_there() -> None:
    host = Replay()
    for command in (
        "ip addr del 192.0.2.1/24 dev eth0",
        "ip route del default",
        "ip rule del fwmark 1",
        "ip route change default via 10.0.0.1",
    ):
        event = run(host, command)
        assert event.outcome.ok
        assert not event.outcome.certain
    strict = Replay([Link("eth0", up=True)], complete=True)
    for command in ("ip addr del 192.0.2.1/24 dev eth0", "ip route del default", "ip rule del fwmark 1"):
        assert run(strict, command).outcome.status == 2


def test_a_gateway_that_cannot_be_placed() -> None:
    host = Replay()
    event = run(host, "ip route add default via 10.0.0.254")
    assert event.outcome.ok
    assert not event.outcome.certain
    assert host.facts().routes[0].via == "10.0.0.254"
    run(host, "ip addr add 10.1.0.1/24 dev eth0")
    placed = run(host, "ip route add 10.9.0.0/16 via 10.1.0.254")
    assert placed.outcome.certain
    assert placed.made[0].device == "eth0"  # type: ignore[attr-defined]


def test_policy_routing_of_the_reference() -> None:
    host = Replay()
    assert run(host, "ip rule add prio 100 fwmark 1 table 100").outcome.ok
    assert run(host, "ip route add local 0/0 dev lo table 100").outcome.ok
    facts = host.facts()
    assert [(rule.preference, rule.mark, rule.table) for rule in facts.rules] == [(100, 1, "100")]
    assert [(way.kind, way.table, way.device) for way in facts.routes] == [("local", "100", "lo")]
    assert run(host, "ip rule add prio 100 fwmark 1 table 100").outcome.status == 2


def test_names_of_tables() -> None:
    assert not run(Replay(), "ip rule add fwmark 1 lookup dsr").outcome.certain
    strict = Replay(complete=True)
    assert run(strict, "ip rule add pref 9 fwmark 1 lookup dsr").outcome.status == 255
    known = Replay(complete=True, tables=["dsr"])
    assert run(known, "ip rule add pref 9 fwmark 1 lookup dsr").outcome.certain


def test_a_start_that_is_known() -> None:
    start = HostFacts(
        links=(Link("eth0", up=True),), addresses=(HostAddress(4, "10.0.0.1", 24, "eth0"),),
        routes=(Route(4, "unicast", "10.0.0.0/24", table="main", scope="link", protocol="kernel"),),
        rules=(PolicyRule(4, 7, table="9"), PolicyRule(4, 0, table="local")),
    )  # fmt: skip
    host = Replay(start=start, complete=True)
    assert run(host, "ip addr add 10.0.0.1/24 dev eth0").outcome.status == 2
    assert run(host, "ip rule del pref 7").outcome.ok
    assert run(host, "ip addr del 10.0.0.1/24 dev eth0").gone


def test_promotion() -> None:
    host = Replay([Link("eth0", up=True)], complete=True, promotes=["all"])
    for command in (
        "ip addr add 10.0.0.1/24 dev eth0",
        "ip addr add 10.0.0.2/24 dev eth0",
        "ip addr del 10.0.0.1/24 dev eth0",
    ):
        assert run(host, command).outcome.ok
    assert [(own.address, own.secondary) for own in host.facts().addresses] == [("10.0.0.2", False)]


def test_links_come_and_go() -> None:
    host = Replay(complete=True)
    assert run(host, "ip link add va0 type veth peer name va1").outcome.ok
    assert run(host, "ip link add va0 type veth").outcome.status == 2
    assert run(host, "ip link set va0 up").outcome.ok
    assert run(host, "ip addr add 10.0.0.1/24 dev va0").outcome.ok
    assert run(host, "ip link set va0 name web0").outcome.ok
    assert [own.device for own in host.facts().addresses] == ["web0"]
    assert run(host, "ip link del web0").outcome.ok
    assert run(host, "ip link del va1").outcome.status == 1
    assert run(host, "ip link del lo").outcome.status == 2
    assert not host.facts().addresses


def test_events_point_at_words() -> None:
    command = "ip addr add 10.0.0.1/24 dev eth0"
    stmt = Stmt("COMMAND", Source("script", command), 0, len(command), 1, command)
    places = [(3, 7), (8, 11), (12, 23), (24, 27), (28, 32)]
    event = Replay().run(parse("ip", command.split()[1:], stmt), stmt, places)
    assert event.span(2).start == 12
    assert (event.span().start, event.span().end) == (3, 32)
    assert (event.span(9).start, event.span(9).end) == (3, 32)
    bare = Replay().run(parse("ip", command.split()[1:], stmt), stmt)
    assert (bare.span(2).start, bare.span(2).end) == (0, len(command))


def test_what_no_kernel_takes_may_stand_in_a_file() -> None:
    """A start may name interfaces, scopes and networks of any kind."""
    stmt = Stmt("FACT", Source("facts", ""), 0, 0, 1, "")
    own = HostAddress(4, "192.0.2.1", 24, "a-name-that-is-too-long", scope="office", origin=stmt)
    host = Replay(start=HostFacts(addresses=(own,)))
    assert run(host, "ip addr add 192.0.2.2/24 dev eth0").outcome.ok
    assert [found.device for found in host.facts().addresses] == ["a-name-that-is-too-long", "eth0"]
    host = Replay(start=HostFacts(addresses=(HostAddress(4, "192.0.2.1", 24, "eth0", scope="office"),)))
    assert run(host, "ip addr add 192.0.2.2/24 dev eth0").outcome.ok


def test_a_pair_without_a_name() -> None:
    """The kernel makes one up; the other end has its own."""
    host = Replay([Link("eth0", up=True)], complete=True)
    assert run(host, "ip link add type veth peer name va1").outcome.ok
    assert run(host, "ip link set va1 up").outcome.ok


def test_lengths_of_ifconfig() -> None:
    host = Replay([Link("eth0", up=True)], complete=True)
    for length, status, found in (
        ("/999", 3, None),
        ("/129", 3, None),
        ("/-3", 3, None),
        ("/64", 0, 64),
        ("", 0, 128),
        ("/x", 0, 0),
    ):
        event = run(host, f"ifconfig eth0 add fd00::1{length}")
        assert event.outcome.status == status
        prefixes = [own.prefix for own in host.facts().addresses if own.address == "fd00::1"]
        assert prefixes == ([] if found is None else [found])
        run(host, f"ip addr del fd00::1/{found or 0} dev eth0")
