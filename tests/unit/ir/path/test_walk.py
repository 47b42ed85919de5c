"""The way of a client's packet through a director to its real servers, and back. Real kernels say the same elsewhere;
here is what the answers say, and what is not certain.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from path_model import machine

from lvscompile.ir.machine import Machine
from lvscompile.ir.node import replace
from lvscompile.ir.path.box import Box
from lvscompile.ir.path.packet import Packet, connect
from lvscompile.ir.path.walk import Journey, find, phases, walk

VIP, CLIENT, REAL = "10.7.0.100", "10.8.0.2", "10.9.0.2"
NETWORK = ("ip addr add 10.8.0.1/24 dev eth1", "ip addr add 10.9.0.1/24 dev eth0")
OWN = (f"ip addr add {VIP}/32 dev eth1",)
FORWARDS = {"net.ipv4.ip_forward": 1}
SERVER = ("ip addr add 10.9.0.2/24 dev eth0", "ip addr add 10.8.0.3/24 dev eth1")
THROUGH = (f"ip route add {CLIENT} via 10.9.0.1 dev eth0",)
WEB = connect(CLIENT, VIP, 80, in_interface="eth1")


def ipvs(how: str, *more: str, service: str = f"-t {VIP}:80", real: str = f"{REAL}:80") -> tuple[str, ...]:
    return (f"ipvsadm -A {service} -s rr", f"ipvsadm -a {service} -r {real} {how}", *more)


NAT, DIRECT, TUNNEL = ipvs("-m"), ipvs("-g"), ipvs("-i")


def ways(
    commands: Sequence[str], packet: Packet = WEB, settings: dict[str, int] = FORWARDS, server: Sequence[str] | None = None,
    **also: Any,
) -> tuple[Journey, ...]:  # fmt: skip
    director = machine(("eth0", "eth1"), (*NETWORK, *commands), settings)
    hosts = {}
    if server is not None:
        made = machine(("eth0", "eth1", *also.pop("links", ())), (*SERVER, *server), also.pop("on_server", {}))
        hosts[REAL] = Box("web1", made)
    assert director.ipvs is not None
    return walk(Box("lvs1", director), director.ipvs.services, packet, hosts, **also)


MARK = (f"iptables -t mangle -A PREROUTING -d {VIP} -j MARK --set-mark 1",)
LOCALLY = ("ip rule add fwmark 1 lookup 100", "ip route add local 0.0.0.0/0 dev lo table 100")
UDP = connect(CLIENT, VIP, 53, protocol="udp", in_interface="eth1")


@pytest.mark.parametrize(
    ("commands", "settings", "packet", "why"),
    [
        ((*OWN, *NAT), FORWARDS, WEB, "by 10.9.0.2:80, masquerading"),
        ((*OWN, *NAT), {}, WEB, "the answer on the director: lvs1: routing: dropped: this host does not forward what comes in"),
        ((*OWN, *NAT), FORWARDS | {"net.ipv4.conf.eth0.forwarding": 0}, WEB,
         "the answer on the director: lvs1: routing: dropped: this host does not forward what comes in by eth0"),
        ((*OWN, *NAT, "iptables -P FORWARD DROP"), FORWARDS, WEB,
         "the answer on the director: lvs1: FORWARD of table filter: dropped: no rule accepts it, and that is the policy of "
         "the chain"),
        ((*OWN, *NAT, "iptables -A FORWARD -m state --state NEW -j DROP"), FORWARDS, WEB,
         "the answer's data on the director: lvs1: FORWARD of table filter: DROP"),
        ((*OWN, *NAT, "iptables -A FORWARD -m state --state INVALID,NEW -j DROP"),
         FORWARDS | {"net.ipv4.vs.conntrack": 1}, WEB, "by 10.9.0.2:80, masquerading"),
        ((*OWN, *NAT, "iptables -A OUTPUT -p tcp -j REJECT"), FORWARDS, WEB,
         "the client's packet: lvs1: OUTPUT of table filter: REJECT with icmp-port-unreachable"),
        ((*OWN, *NAT, f"iptables -t nat -A PREROUTING -d {VIP} -j REDIRECT"), FORWARDS, WEB,
         "it goes to lvs1 itself: IPVS has no service for it"),
        ((*OWN, *NAT, f"iptables -t nat -A PREROUTING -d {VIP} -j DNAT --to-destination {REAL}"), FORWARDS, WEB,
         "lvs1 forwards it: IPVS sees only what is for the host itself"),
        ((*OWN, *NAT, "iptables -A INPUT -j DROP"), FORWARDS, WEB, "lvs1: INPUT of table filter: DROP"),
        (NAT, FORWARDS, WEB, f"lvs1: routing: there is no route to {VIP}"),
        ((*OWN, NAT[0]), FORWARDS, WEB, "it has no real server"),
        ((*OWN, NAT[0], f"{NAT[1]} -w 0"), FORWARDS, WEB, "no real server of it has a weight above 0"),
        ((*OWN, *ipvs("-g", real="10.66.0.1:80")), {}, WEB,
         "the client's packet: lvs1: routing: lost: there is no route to the real server 10.66.0.1"),
        ((*OWN, *ipvs("-g", real="10.9.0.1:80")), {}, WEB, "by 10.9.0.1:80, direct routing"),
        ((*OWN, *DIRECT), {}, WEB, "by 10.9.0.2:80, direct routing"),
        ((*OWN, *TUNNEL), {}, WEB, "by 10.9.0.2:80, tunneling"),
        ((*OWN, *TUNNEL, "iptables -A OUTPUT -p 4 -j DROP"), {}, WEB,
         "the client's packet: lvs1: OUTPUT of table filter: DROP"),
        ((*MARK, *LOCALLY, *DIRECT), {}, WEB, "by 10.9.0.2:80, direct routing"),
        ((*MARK, *LOCALLY, *DIRECT, "iptables -t mangle -A OUTPUT -j TOS --set-tos 8"), {}, WEB,
         f"the client's packet: lvs1: OUTPUT: lost: the rule makes the kernel route it once more, and now {VIP} is delivered "
         "to this host by policy routing"),
        ((*OWN, *DIRECT, "iptables -t mangle -A OUTPUT -j TOS --set-tos 8", f"ip route add {VIP} via 10.9.0.2 table 99"), {}, WEB,
         f"the client's packet: lvs1: OUTPUT: lost: the rule makes the kernel route it once more, and now {VIP} is an address "
         "of this host"),
        ((*OWN, *MARK, *ipvs("-g", service="-f 1", real=REAL)), {}, WEB, "by 10.9.0.2, direct routing"),
        ((*OWN, *ipvs("-g", service="-f 1", real=REAL)), {}, WEB, "it goes to lvs1 itself: IPVS has no service for it"),
        ((*OWN, f"ipvsadm -A -t {VIP}:0 -p", f"ipvsadm -a -t {VIP}:0 -r {REAL}:0 -g"), {}, WEB, "by 10.9.0.2, direct routing"),
        ((*OWN, *ipvs("-m", service=f"-u {VIP}:53", real=f"{REAL}:53"), "iptables -A FORWARD -m state --state INVALID -j DROP"),
         FORWARDS, UDP, "by 10.9.0.2:53, masquerading"),
        ((*OWN, *ipvs("-m", service=f"-u {VIP}:53", real=f"{REAL}:53"), "iptables -A FORWARD -m state --state NEW -j DROP"),
         FORWARDS, UDP, "the answer on the director: lvs1: FORWARD of table filter: DROP"),
    ],
)  # fmt: skip
def test_on_the_director(commands: Sequence[str], settings: dict[str, int], packet: Packet, why: str) -> None:
    (way,) = ways(commands, packet, settings)
    assert (way.why, way.doubts, way.served) == (why, (), why.startswith("by "))


@pytest.mark.parametrize(
    ("commands", "server", "also", "why"),
    [
        (NAT, THROUGH, {}, "by 10.9.0.2:80, masquerading"),
        (NAT, (), {}, "the real server's answer: web1: routing: lost: 10.8.0.2 is in the server's own network, so the answer goes "
                      "past the director"),
        (NAT, (f"ip route add {CLIENT} via 10.9.0.9",), {},
         "the real server's answer: web1: routing: lost: the answer goes to 10.9.0.9, which is no address of the director lvs1"),
        (NAT, (*THROUGH, "iptables -A OUTPUT -p tcp --sport 80 -j DROP"), {},
         "the real server's answer: web1: OUTPUT of table filter: DROP"),
        (NAT, (*THROUGH, "iptables -A INPUT -p tcp --dport 80 -j DROP"), {},
         "the packet on the real server: web1: INPUT of table filter: DROP"),
        (DIRECT, (f"ip addr add {VIP}/32 dev lo",), {}, "by 10.9.0.2:80, direct routing"),
        (DIRECT, (f"iptables -t nat -A PREROUTING -d {VIP} -j REDIRECT",), {}, "by 10.9.0.2:80, direct routing"),
        (DIRECT, (), {}, f"the packet on the real server: web1: routing: there is no route to {VIP}"),
        (DIRECT, ("ip route add default via 10.9.0.1",), {"on_server": FORWARDS},
         f"the packet on the real server: web1: routing: lost: {VIP} is no address of this host, which sends the packet on instead"),
        (DIRECT, (f"ip addr add {VIP}/32 dev lo",), {"on_server": {"net.ipv4.conf.eth0.rp_filter": 1}},
         "the packet on the real server: web1: routing: dropped by rp_filter: answers to 10.8.0.2 leave by eth1, not by eth0"),
        (DIRECT, (f"ip addr add {VIP}/32 dev lo",), {"on_server": {"net.ipv4.conf.eth0.rp_filter": 2}},
         "by 10.9.0.2:80, direct routing"),
        (TUNNEL, (f"ip addr add {VIP}/32 dev lo",), {"links": ("tunl0",)}, "by 10.9.0.2:80, tunneling"),
        (TUNNEL, (f"ip addr add {VIP}/32 dev lo",), {},
         "the tunnelled packet on the real server: web1: INPUT: lost: no interface tunl0 takes the packet out of the tunnel"),
    ],
)  # fmt: skip
def test_on_the_real_server(commands: Sequence[str], server: Sequence[str], also: dict[str, Any], why: str) -> None:
    (way,) = ways((*OWN, *commands), server=server, **also)
    assert (way.why, way.doubts, way.served) == (why, (), why.startswith("by "))


STATEFUL = ("iptables -A INPUT -p tcp -m state --state NEW --dport 80 -j ACCEPT", "iptables -A INPUT -j REJECT")


def test_the_later_packets_of_a_client() -> None:
    (way,) = ways((*OWN, *DIRECT, *STATEFUL))
    assert way.served
    assert way.remarks == (
        "the client's FIN is lost (lvs1: INPUT of table filter: REJECT with icmp-port-unreachable): servers keep their "
        "sockets open",
    )
    (way,) = ways((*OWN, *DIRECT, *STATEFUL), settings={"net.ipv4.vs.conntrack": 1})
    assert (way.served, way.why[:34]) == (False, "the client's data: lvs1: INPUT of ")
    assert [phase.state for phase in phases("tcp", "NAT", True)] == ["ESTABLISHED", "ESTABLISHED"]
    assert phases("udp", "NAT", False) == ()


def test_each_real_server_has_a_way_of_its_own() -> None:
    more = f"ipvsadm -a -t {VIP}:80 -r 10.9.0.3:80 -g"
    drained = f"ipvsadm -a -t {VIP}:80 -r 10.9.0.4:80 -g -w 0"
    found = ways((*OWN, *DIRECT, more, drained), server=())
    assert [(way.destination.address, way.served) for way in found if way.destination] == [
        ("10.9.0.3", True),
        (REAL, False),
    ]


def test_a_router_between_is_a_doubt() -> None:
    (way,) = ways((*OWN, "ip route add 10.66.0.0/24 via 10.9.0.254", *ipvs("-g", real="10.66.0.1:80")))
    assert way.served
    assert "behind the router 10.9.0.254" in way.doubts[0]


def test_a_mark_comes_before_an_address() -> None:
    director = machine(("eth0", "eth1"), (*NETWORK, *DIRECT, *ipvs("-g", service="-f 1", real=REAL)), {})
    assert director.ipvs is not None
    services = director.ipvs.services
    by_mark, by_address = find(services, WEB._replace(mark=1)), find(services, WEB)
    assert by_mark is not None
    assert by_address is not None
    assert (by_mark.protocol, by_address.protocol) == ("FWM", "TCP")
    assert find(services, UDP) is None


def test_where_a_rule_decided() -> None:
    (way,) = ways((*OWN, *NAT, "iptables -A INPUT -j DROP"))
    assert way.failing is not None
    assert way.failing.because is not None
    because = way.failing.because
    assert because.origin is not None
    assert (because.table, because.text, because.origin.line) == ("filter", "-A INPUT -j DROP", 6)


def bare(commands: Sequence[str], told: Sequence[str] = (), **also: Any) -> Journey:
    """A director of which only some subjects are told, and none of them completely."""
    made = machine(("eth0", "eth1"), commands, {})
    made = replace(made, told=frozenset(told), complete=frozenset())
    assert isinstance(made, Machine)
    assert made.ipvs is not None
    (way,) = walk(Box("lvs1", made), made.ipvs.services, WEB._replace(in_interface=None), **also)
    return way


def test_what_no_input_tells_is_in_doubt() -> None:
    way = bare(NAT)
    assert way.served
    assert way.doubts == (
        f"lvs1: no input tells all addresses of the host: {VIP} is taken for one of them",
        f"lvs1: no input tells all routes of table main: {REAL} is taken to have one",
        f"lvs1: no input tells all routes of table main: {CLIENT} is taken to have one",
        "lvs1: no input tells whether it forwards packets (net.ipv4.ip_forward)",
    )


def test_a_switch_that_nobody_turns_on() -> None:
    way = bare((*NETWORK, *NAT), told=("sysctls",))
    assert not way.served
    assert "lvs1: nobody switches net.ipv4.ip_forward on, and not all settings are told" in way.doubts


def test_services_that_are_not_told() -> None:
    way = bare(ipvs("-m", service=f"-t {VIP}:81"), complete=False)
    assert (way.served, way.doubts[-1]) == (False, "lvs1: it may have more services than are told")


def test_rules_that_nobody_can_judge() -> None:
    (way,) = ways((*OWN, *DIRECT, "iptables -A INPUT -m recent --rcheck -j DROP"))
    assert way.served
    assert way.doubts == (
        "lvs1: INPUT of table filter may end in ACCEPT or DROP: nobody can tell whether commands:6 matches",
    )


def test_ipv6() -> None:
    made = machine(
        ("eth0", "eth1"),
        ("ip addr add 2001:db8::1/64 dev eth1", "ip addr add fd00::1/64 dev eth0",
         "ipvsadm -A -t [2001:db8::1]:80 -s rr", "ipvsadm -a -t [2001:db8::1]:80 -r [fd00::2]:80 -m"),
        {"net.ipv6.conf.all.forwarding": 1},
    )  # fmt: skip
    assert made.ipvs is not None
    (way,) = walk(Box("lvs1", made), made.ipvs.services, connect("2001:db8::7", "2001:db8::1", 80, in_interface="eth1"))
    assert (way.served, way.doubts) == (True, ())
