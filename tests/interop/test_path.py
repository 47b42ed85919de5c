"""Where the walk says that a packet ends is where a real packet ends, in a real kernel."""

from __future__ import annotations

import os
import random
from typing import NamedTuple

import path_judge
import pytest
from path_judge import CLIENT, INSIDE, OTHER, OUTSIDE, SERVER, Probe, Wire
from path_model import machine

from lvscompile.ir.path.box import Box
from lvscompile.ir.path.packet import Packet
from lvscompile.ir.path.trip import Trip

pytestmark = [
    pytest.mark.netns,
    pytest.mark.skipif(path_judge.unavailable() is not None, reason=str(path_judge.unavailable())),
]
COUNT = 400 if os.environ.get("LVSCOMPILE_FULL") else 48
SEED = int(os.environ.get("LVSCOMPILE_SEED", "20"))
VIP, STRANGER = "10.9.9.9", "192.0.2.7"
NETWORK = (
    f"ip addr add {INSIDE}/24 dev rc", f"ip addr add {OTHER}/32 dev rc", f"ip addr add {OUTSIDE}/24 dev rs",
    f"ip route add default via {SERVER}",
)  # fmt: skip
SETTINGS = {
    "net.ipv4.ip_forward": 1, "net.ipv4.conf.all.rp_filter": 0, "net.ipv4.conf.rc.rp_filter": 0,
    "net.ipv4.conf.rc.src_valid_mark": 0, "net.ipv4.conf.rc.accept_local": 0, "net.ipv4.conf.rc.forwarding": 1,
}  # fmt: skip


class Case(NamedTuple):
    """A router: iptables commands, ip commands, and settings, in the order in which they are written."""

    rules: tuple[str, ...] = ()
    ways: tuple[str, ...] = ()
    settings: tuple[tuple[str, int], ...] = ()


PROBES = (
    Probe("tcp", CLIENT, VIP, 80),
    Probe("tcp", CLIENT, VIP, 443),
    Probe("tcp", CLIENT, INSIDE, 80),
    Probe("tcp", CLIENT, OTHER, 443, ("ACK",)),
    Probe("tcp", CLIENT, INSIDE, 80, ("FIN", "ACK")),
    Probe("tcp", CLIENT, SERVER, 8080, ("SYN",)),
    Probe("tcp", CLIENT, SERVER, 80, ("ACK",)),
    Probe("udp", CLIENT, OTHER, 53),
    Probe("udp", CLIENT, VIP, 53),
    Probe("udp", CLIENT, SERVER, 5353),
    Probe("icmp", CLIENT, INSIDE),
    Probe("icmp", CLIENT, VIP),
    Probe("icmp", CLIENT, SERVER),
    Probe("vrrp", CLIENT, INSIDE),
    Probe("vrrp", CLIENT, SERVER),
    Probe("tcp", STRANGER, INSIDE, 80),
    Probe("udp", STRANGER, OTHER, 53),
    Probe("tcp", OUTSIDE, INSIDE, 80),
)

# What is known to matter, beside what chance brings up.
MARKED = (
    f"-t mangle -A PREROUTING -d {VIP} -p tcp --dport 80 -j MARK --set-mark 1",
)  # fmt: skip
LOCALLY = ("ip rule add fwmark 1 lookup 100", "ip route add local 0.0.0.0/0 dev lo table 100")
RECIPES = (
    Case(),
    Case(MARKED, LOCALLY),
    Case(MARKED, LOCALLY, (("net.ipv4.conf.rc.rp_filter", 1),)),
    Case(MARKED, LOCALLY, (("net.ipv4.conf.rc.rp_filter", 1), ("net.ipv4.conf.rc.src_valid_mark", 1))),
    Case(MARKED, LOCALLY, (("net.ipv4.conf.rc.src_valid_mark", 1),)),
    Case((f"-t nat -A PREROUTING -d {VIP} -j REDIRECT",)),
    Case((f"-t nat -A PREROUTING -d {VIP} -p tcp --dport 80 -j REDIRECT --to-ports 8080",)),
    Case((f"-t nat -A PREROUTING -d {INSIDE} -p tcp -j DNAT --to-destination {SERVER}:8080",)),
    Case(("-t raw -A PREROUTING -p tcp -j NOTRACK", "-A INPUT -m state --state NEW -j ACCEPT", "-A INPUT -j DROP")),
    Case(("-t raw -A PREROUTING -m state --state NEW -j DROP", "-t raw -A PREROUTING -p udp -m state --state INVALID -j DROP")),
    Case(("-P INPUT DROP", "-P FORWARD DROP", "-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT")),
    Case(settings=(("net.ipv4.ip_forward", 0),)),
    Case(settings=(("net.ipv4.conf.rc.forwarding", 0),)),
    Case(settings=(("net.ipv4.conf.all.rp_filter", 1),)),
    Case(settings=(("net.ipv4.conf.all.rp_filter", 1), ("net.ipv4.conf.rc.rp_filter", 2))),
    Case(settings=(("net.ipv4.conf.rc.accept_local", 1),)),
    Case(MARKED, ("ip rule add fwmark 1 lookup 101", "ip route add unreachable default table 101")),
    Case(MARKED, ("ip rule add fwmark 1/1 blackhole",)),
    Case(MARKED, ("ip rule add fwmark 1 lookup 102", "ip route add throw 10.0.0.0/8 table 102",
                  "ip route add prohibit default table 102")),
    Case(MARKED, ("ip rule add not fwmark 1 to 10.9.0.0/16 prohibit",)),
    Case((), (f"ip route add local {VIP} dev lo",)),
    Case((), ("ip addr add 10.9.9.1/24 dev lo",)),
    Case((), (f"ip rule add from {STRANGER} iif rc lookup 103", "ip route add default dev rc table 103"),
         (("net.ipv4.conf.rc.rp_filter", 1),)),
    Case(("-t mangle -A PREROUTING -j CONNMARK --set-mark 3", "-A INPUT -m connmark --mark 3 -p udp -j DROP",
          "-t mangle -A INPUT -p icmp -j CONNMARK --restore-mark", "-A INPUT -m mark --mark 3 -j DROP")),
    Case(("-A INPUT -m addrtype ! --dst-type LOCAL -j DROP", *MARKED), LOCALLY),
    Case(("-A INPUT -m conntrack --ctorigdst 10.9.9.9 -j DROP", f"-t nat -A PREROUTING -d {VIP} -j REDIRECT")),
    Case(("-A INPUT -m conntrack --ctstate DNAT -j DROP", f"-t nat -A PREROUTING -d {VIP} -j REDIRECT")),
    Case(("-A INPUT -i rs -j DROP", "-A INPUT ! -i r+ -j DROP", "-A FORWARD -o rs -p udp -j DROP", "-A INPUT -i rc+ -p icmp -j DROP")),
    Case(("-t mangle -A POSTROUTING -o rs -p 112 -j DROP", "-t mangle -A FORWARD -p icmp --icmp-type 0 -j DROP")),
    Case(("-A INPUT -m iprange --src-range 10.1.0.1-10.1.0.2 -p tcp -j DROP", "-A INPUT -s 10.1.0.2/0.0.0.255 -j REJECT")),
)  # fmt: skip

_CONDITIONS = (
    "-p tcp", "-p udp", "-p icmp", "-p vrrp", "! -p tcp", "-p tcp --dport 80", "-p tcp --dport 80:443", "-p udp --dport 53",
    "-p tcp ! --dport 80", "-p tcp -m multiport --dports 80,8080", "-p udp -m multiport ! --ports 53", "-p tcp --syn",
    "-p tcp ! --syn", "-p tcp --tcp-flags FIN,ACK FIN,ACK", "-p icmp --icmp-type 8", f"-d {VIP}", f"! -d {INSIDE}",
    "-d 10.9.0.0/16", "-s 10.1.0.0/24", f"-s {STRANGER}", "-i rc", "! -i rc", "-m state --state NEW",
    "-m state --state INVALID", "-m conntrack --ctstate NEW,ESTABLISHED", "-m conntrack ! --ctstate NEW",
    "-m conntrack --ctstate UNTRACKED", "-m mark --mark 1", "-m mark ! --mark 0/0x2", "-m addrtype --dst-type LOCAL",
    "-m addrtype --src-type UNICAST", "-m pkttype --pkt-type unicast", "-m conntrack --ctproto tcp",
    "-m comment --comment words", "-m connmark ! --mark 7", "",
)  # fmt: skip
_FILTER = ("ACCEPT", "DROP", "REJECT", "REJECT --reject-with icmp-host-prohibited", "RETURN", "LOG", "ACCEPT", "ACCEPT")
_MANGLE = (
    "MARK --set-mark 1", "MARK --set-mark 2", "MARK --or-mark 2", "MARK --set-xmark 0/1", "ACCEPT", "DROP", "RETURN",
    "TOS --set-tos 0x10", "CONNMARK --save-mark", "CONNMARK --set-mark 7",
)  # fmt: skip
_NAT = ("REDIRECT", f"DNAT --to-destination {SERVER}", f"DNAT --to-destination {OTHER}", "ACCEPT", "RETURN")
_WAYS = (
    LOCALLY, ("ip rule add fwmark 2/2 lookup 104", "ip route add prohibit default table 104"),
    ("ip rule add fwmark 1 pref 50 blackhole",), (f"ip rule add to {VIP} iif rc lookup 105", "ip route add local default dev lo table 105"),
    ("ip rule add from 10.1.0.0/24 fwmark 0/1 lookup 106", f"ip route add unreachable {VIP} table 106"),
)  # fmt: skip


def by_chance(seed: int) -> Case:
    """A router of a few rules in all tables."""
    draw = random.Random(seed)
    rules = [f"-t {table} -N user" for table in ("filter", "mangle") if draw.random() < 0.6]
    users = {rule.split()[1] for rule in rules}

    def some(table: str, chain: str, targets: tuple[str, ...], most: int) -> None:
        for _ in range(draw.randint(0, most)):
            conditions = draw.choice(_CONDITIONS)
            target = draw.choice(targets)
            if table == "nat" and target[0] in "RD":
                conditions = draw.choice(
                    (f"-d {VIP} -p udp", "-p tcp --dport 443", f"-d {VIP} -p tcp --dport 80")
                )  # others would meet
            if table in users and chain != "user" and draw.random() < 0.3:
                rules.append(f"-t {table} -A {chain} {conditions} {draw.choice(('-j', '-g'))} user")
            else:
                rules.append(f"-t {table} -A {chain} {conditions} -j {target}")

    raw = tuple(target for target in ("NOTRACK", "ACCEPT", "RETURN"))
    some("raw", "PREROUTING", raw, 1)
    some("mangle", "PREROUTING", _MANGLE, 3)
    some("nat", "PREROUTING", _NAT, 2)
    some("filter", "INPUT", _FILTER, 4)
    some("filter", "FORWARD", _FILTER, 3)
    for table, targets in (("filter", _FILTER), ("mangle", _MANGLE)):
        if table in users:
            some(table, "user", targets, 3)
    rules += [f"-P {chain} DROP" for chain in ("INPUT", "FORWARD") if draw.random() < 0.2]
    ways = draw.choice(_WAYS) if draw.random() < 0.6 else ()
    settings = tuple((key, draw.choice((0, 1))) for key in SETTINGS if draw.random() < 0.15)
    return Case(tuple(rules), ways, settings)


def script(case: Case) -> str:
    """What makes a fresh router this one."""
    lines = [
        f"iptables-legacy -t {table} -F; iptables-legacy -t {table} -X" for table in ("raw", "mangle", "nat", "filter")
    ]
    lines += [f"iptables-legacy -P {chain} ACCEPT" for chain in ("INPUT", "FORWARD")]
    lines += ["ip rule flush; ip rule add pref 32766 lookup main; ip rule add pref 32767 lookup default"]
    lines += [f"ip route flush table {table} 2>/dev/null || true" for table in range(100, 107)]
    lines += [
        f"ip route del local {VIP} dev lo 2>/dev/null || true; ip addr del 10.9.9.1/24 dev lo 2>/dev/null || true"
    ]
    lines += [f"sysctl -qw {key}={value}" for key, value in (*SETTINGS.items(), *case.settings)]
    lines += [f"iptables-legacy {rule}" for rule in case.rules] + list(case.ways)
    return "\n".join(lines)


def box(case: Case) -> Box:
    """The same router in our model."""
    commands = [f"iptables {rule}" for rule in case.rules] + [*NETWORK, *case.ways]
    return Box("router", machine(("rc", "rs"), commands, (*SETTINGS.items(), *case.settings)))


_STATES = {("ACK",): "NEW", ("SYN",): "NEW", ("FIN", "ACK"): "INVALID"}


def packet(probe: Probe) -> Packet:
    tcp = probe.protocol == "tcp"
    return Packet(
        4, probe.protocol, probe.source, probe.destination, 20000, probe.port or None, "rc",
        state=_STATES[probe.flags] if tcp else "NEW", flags=frozenset(probe.flags) if tcp else None,
        icmp=(8, 0) if probe.protocol == "icmp" else None,
    )  # fmt: skip


@pytest.fixture(scope="module")
def wire():  # type: ignore[no-untyped-def]
    with Wire() as made:
        yield made


CASES = {**{f"recipe-{number}": case for number, case in enumerate(RECIPES)},
         **{f"chance-{SEED + number}": by_chance(SEED + number) for number in range(COUNT)}}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_packets_end_where_the_walk_says(name: str, wire: Wire) -> None:
    case = CASES[name]
    router = box(case)
    trips = [Trip(router, packet(probe)).receive() for probe in PROBES]
    for patience in (0.12, 1.0):
        # A packet that is seen is no accident; one that is not may only be late, where the machine is busy.
        wire.set_up(script(case))
        ends = wire.send(PROBES, patience)
        if all(trip.end == end or end != "dropped" for trip, end in zip(trips, ends, strict=True)):
            break
    for probe, trip, end in zip(PROBES, trips, ends, strict=True):
        assert trip.certain, (probe, trip.doubts, case)
        assert trip.end == end or silent(probe, trip, end), told(case, probe, trip, end)


def silent(probe: Probe, trip: Trip, end: str) -> bool:
    """Whether a refusal is one of those that the kernel says to nobody: that there is no route, but seldom; to itself;
    and for an address that is no address of its own, though it takes its packets.
    """
    route = trip.because is not None and trip.because.hook == "routing"
    return (trip.end, end) == ("rejected", "dropped") and (route or probe.source == OUTSIDE or probe.destination == VIP)


def told(case: Case, probe: Probe, trip: Trip, end: str) -> str:
    """All that is needed to look into a difference."""
    lines = [f"{probe}: {trip.end}, but really {end}", *script(case).split("\n")[-len(case.rules + case.ways) :]]
    return "\n".join(lines + [f"    {stage.hook} {stage.table}: {stage.what} ({stage.text})" for stage in trip.stages])


def test_every_end_is_met(wire: Wire) -> None:
    """The probes and the routers are worth something only where all ends are among them."""
    ends = {Trip(box(case), packet(probe)).receive().end for case in RECIPES for probe in PROBES}
    assert ends == {"delivered", "forwarded", "rejected", "dropped"}
