from __future__ import annotations

from collections.abc import Callable

import pytest

from lvscompile.frontends.replay.host import Replay
from lvscompile.ir.host import ArpRule, HostCommand, HostEvent, Link, Misuse, Route, Steps

Reads = Callable[[str], HostCommand | Misuse]
Runs = Callable[[Replay, str], HostEvent]


def test_steps_of_ifconfig(reads: Reads) -> None:
    found = reads("ifconfig lo:0 192.0.2.100 netmask 255.255.255.255 broadcast 192.0.2.100 up")
    assert isinstance(found, HostCommand)
    assert isinstance(found.subject, Steps)
    assert found.subject.steps == (
        ("address", "192.0.2.100", 1), ("netmask", "255.255.255.255", 3), ("broadcast", "192.0.2.100", 5), ("up", "", 6),
    )  # fmt: skip


@pytest.mark.parametrize(
    "command", ["ifconfig", "ifconfig -a", "ifconfig eth0", "route", "route -n", "netstat", "arptables -L -n"]
)
def test_showing(reads: Reads, command: str) -> None:
    if command != "netstat":
        found = reads(command)
        assert isinstance(found, HostCommand)
        assert found.action == "show"


@pytest.mark.parametrize("command", ["ifconfig eth0 foo", "ifconfig -z", "ifconfig eth0 netmask", "ifconfig eth0 hw ether", "route frob", "route add", "route add -net foo gw 10.0.0.1",
                                     "route flush", "route add -net 10.0.0.1 netmask 255.0.0.0 gw 1.1.1.1", "arptables", "arptables -A"])  # fmt: skip
def test_misuse(reads: Reads, command: str) -> None:
    assert isinstance(reads(command), Misuse)


def test_a_network_mask_that_is_not_said_is_that_of_the_class(runs: Runs) -> None:
    host = Replay([Link("eth0", up=True)], complete=True)
    runs(host, "ifconfig eth0:1 10.0.0.6")
    assert [(own.text, own.label, own.broadcast) for own in host.facts().addresses] == [
        ("10.0.0.6/8", "eth0:1", "10.255.255.255")
    ]


def test_the_old_way_of_direct_routing(runs: Runs) -> None:
    host = Replay(complete=True)
    assert runs(host, "ifconfig lo:0 192.0.2.100 netmask 255.255.255.255 up").outcome.ok
    assert runs(host, "route add -host 192.0.2.100 dev lo:0").outcome.status == 7
    assert runs(host, "arptables -A IN -d 192.0.2.100 -j DROP").outcome.ok
    assert runs(host, "arptables -A OUT -s 192.0.2.100 -j mangle --mangle-ip-s 192.0.2.7").outcome.ok
    facts = host.facts()
    assert [(own.text, own.device, own.label) for own in facts.addresses] == [("192.0.2.100/32", "lo", "lo:0")]
    assert [(rule.chain, rule.target, rule.address, rule.mangled) for rule in facts.arp] == [
        ("IN", "DROP", "192.0.2.100", ""), ("OUT", "mangle", "", "192.0.2.7"),
    ]  # fmt: skip
    runs(host, "arptables -D IN -d 192.0.2.100 -j DROP")
    assert len(host.facts().arp) == 1
    runs(host, "arptables -F")
    assert not host.facts().arp


def test_old_routes(reads: Reads) -> None:
    found = reads("route add -host 192.168.10.100 gw 192.168.10.10")
    assert isinstance(found, HostCommand)
    assert isinstance(found.subject, Route)
    assert (found.subject.destination, found.subject.via) == ("192.168.10.100/32", "192.168.10.10")
    found = reads("route add default gw 10.0.0.1 eth0")
    assert isinstance(found, HostCommand)
    assert isinstance(found.subject, Route)
    assert (found.subject.destination, found.subject.via, found.subject.device) == ("0.0.0.0/0", "10.0.0.1", "eth0")
    rule = reads("arptables -P INPUT DROP")
    assert isinstance(rule, HostCommand)
    assert isinstance(rule.subject, ArpRule)
    assert (rule.subject.action, rule.subject.target) == ("policy", "DROP")
