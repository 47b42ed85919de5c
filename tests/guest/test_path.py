"""Whether a client is served, by real IPVS and as the walk of the packets says."""

from __future__ import annotations

import os
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple

import pytest
from path_judge import inside
from path_model import machine

from lvscompile.ir.path.box import Box
from lvscompile.ir.path.packet import connect
from lvscompile.ir.path.walk import Journey, walk

pytestmark = pytest.mark.ipvs

VIP, CLIENT, REAL = "10.7.0.100", "10.8.0.2", "10.9.0.2"
# The director: eth1 is where clients are, eth0 where the real server is. The server has a leg on both as well.
DIRECTOR_NETWORK = ("ip addr add 10.8.0.1/24 dev eth1", "ip addr add 10.9.0.1/24 dev eth0")
SERVER_NETWORK = ("ip addr add 10.9.0.2/24 dev eth0", "ip addr add 10.8.0.3/24 dev eth1")
THROUGH = (f"ip route add {CLIENT} via 10.9.0.1 dev eth0",)
OWN_VIP = (f"ip addr add {VIP}/32 dev eth1",)
ON_LO = (f"ip addr add {VIP}/32 dev lo",)
REDIRECT = (f"iptables -t nat -A PREROUTING -d {VIP}/32 -p tcp -j REDIRECT",)
NAT = (f"ipvsadm -A -t {VIP}:80 -s rr", f"ipvsadm -a -t {VIP}:80 -r {REAL}:80 -m")
DIRECT = (f"ipvsadm -A -t {VIP}:80 -s rr", f"ipvsadm -a -t {VIP}:80 -r {REAL}:80 -g")
TUNNEL = (f"ipvsadm -A -t {VIP}:80 -s rr", f"ipvsadm -a -t {VIP}:80 -r {REAL}:80 -i")
BY_MARK = ("ipvsadm -A -f 1 -s rr", f"ipvsadm -a -f 1 -r {REAL} -g")
MARK = (f"iptables -t mangle -A PREROUTING -d {VIP}/32 -p tcp --dport 80 -j MARK --set-mark 1",)
LOCALLY = ("ip rule add fwmark 1 lookup 100", "ip route add local 0.0.0.0/0 dev lo table 100")
STATEFUL = (
    "iptables -A INPUT -m state --state RELATED,ESTABLISHED -j ACCEPT",
    "iptables -A INPUT -p tcp -m state --state NEW -m tcp --dport 80 -j ACCEPT", "iptables -A INPUT -j REJECT",
)  # fmt: skip
FORWARD = (
    "iptables -P FORWARD DROP", "iptables -A FORWARD -m state --state RELATED,ESTABLISHED -j ACCEPT",
)  # fmt: skip
SETTINGS = {
    "net.ipv4.ip_forward": 1, "net.ipv4.conf.eth0.forwarding": 1, "net.ipv4.vs.conntrack": 0, "net.ipv4.conf.all.rp_filter": 0,
    "net.ipv4.conf.eth0.rp_filter": 0, "net.ipv4.conf.eth1.rp_filter": 0, "net.ipv4.conf.eth1.src_valid_mark": 0,
}  # fmt: skip
SERVER_SETTINGS = {
    "net.ipv4.ip_forward": 0, "net.ipv4.conf.all.rp_filter": 0, "net.ipv4.conf.eth0.rp_filter": 0,
    "net.ipv4.conf.all.arp_ignore": 1,
}  # fmt: skip


class Case(NamedTuple):
    """Commands and settings of the director and of the real server; whether clients are served."""

    served: bool
    director: tuple[str, ...]
    server: tuple[str, ...]
    settings: tuple[tuple[str, int], ...] = ()
    server_settings: tuple[tuple[str, int], ...] = ()


# The switch overwrites what interfaces have only where it changes.
UNFORWARDED = (("net.ipv4.ip_forward", 0), ("net.ipv4.conf.eth0.forwarding", 0))
TRACKED = (("net.ipv4.vs.conntrack", 1),)
CASES = {
    "nat": Case(True, OWN_VIP + NAT, THROUGH),
    "nat, nothing is forwarded": Case(False, OWN_VIP + NAT, THROUGH, UNFORWARDED),
    "nat, answers are not": Case(False, OWN_VIP + NAT, THROUGH, (("net.ipv4.conf.eth0.forwarding", 0),)),
    "nat, FORWARD": Case(False, OWN_VIP + NAT + FORWARD, THROUGH),
    "nat, FORWARD, tracked": Case(True, OWN_VIP + NAT + FORWARD, THROUGH, TRACKED),
    "nat, OUTPUT": Case(False, (*OWN_VIP, *NAT, "iptables -P OUTPUT DROP"), THROUGH),
    "nat, redirected first": Case(False, OWN_VIP + NAT + REDIRECT, THROUGH),
    "nat, not tracked": Case(False, (*OWN_VIP, *NAT, *STATEFUL, "iptables -t raw -A PREROUTING -p tcp -j NOTRACK"), THROUGH),
    "nat, stateful": Case(True, OWN_VIP + NAT + STATEFUL, THROUGH),
    "nat, the server answers another way": Case(False, OWN_VIP + NAT, ()),
    "nat, drained": Case(False, (*OWN_VIP, NAT[0], NAT[1] + " -w 0"), THROUGH),
    "nat, no VIP": Case(False, NAT, THROUGH),
    "direct": Case(True, OWN_VIP + DIRECT, ON_LO),
    "direct, nothing is forwarded": Case(True, OWN_VIP + DIRECT, ON_LO, UNFORWARDED),
    "direct, by REDIRECT": Case(True, OWN_VIP + DIRECT, REDIRECT),
    "direct, the server does not want it": Case(False, OWN_VIP + DIRECT, ()),
    "direct, OUTPUT": Case(False, (*OWN_VIP, *DIRECT, "iptables -P OUTPUT DROP"), ON_LO),
    "direct, stateful": Case(True, OWN_VIP + DIRECT + STATEFUL, ON_LO),
    "direct, stateful, tracked": Case(False, OWN_VIP + DIRECT + STATEFUL, ON_LO, TRACKED),
    "direct, by mark": Case(True, OWN_VIP + BY_MARK + MARK, ON_LO),
    "direct, by a mark that nobody sets": Case(False, OWN_VIP + BY_MARK, ON_LO),
    "policy": Case(True, DIRECT + MARK + LOCALLY, REDIRECT),
    "policy, rp_filter": Case(True, DIRECT + MARK + LOCALLY, REDIRECT, (("net.ipv4.conf.eth1.rp_filter", 1),)),
    "policy, src_valid_mark": Case(
        False, DIRECT + MARK + LOCALLY, REDIRECT,
        (("net.ipv4.conf.eth1.rp_filter", 1), ("net.ipv4.conf.eth1.src_valid_mark", 1)),
    ),
    "policy, TOS": Case(False, (*DIRECT, *MARK, *LOCALLY, "iptables -t mangle -A OUTPUT -p tcp -j TOS --set-tos 0x10"), REDIRECT),
    "policy, no table": Case(False, (*DIRECT, *MARK, LOCALLY[0]), REDIRECT),
    "policy, the server's rp_filter": Case(
        False, DIRECT + MARK + LOCALLY, REDIRECT, server_settings=(("net.ipv4.conf.eth0.rp_filter", 1),)
    ),
    "policy, the server's loose rp_filter": Case(
        True, DIRECT + MARK + LOCALLY, REDIRECT, server_settings=(("net.ipv4.conf.eth0.rp_filter", 2),)
    ),
    "tunnel": Case(True, OWN_VIP + TUNNEL, (f"ip addr add {VIP}/32 dev tunl0",)),
    "tunnel, refused": Case(False, OWN_VIP + TUNNEL, (f"ip addr add {VIP}/32 dev tunl0", "iptables -A INPUT -p 4 -j DROP")),
}  # fmt: skip
if not os.path.isdir("/sys/module/ipip"):
    subprocess.run(["modprobe", "ipip"], capture_output=True, check=False)
if not os.path.isdir("/sys/module/ipip"):
    CASES = {name: case for name, case in CASES.items() if not name.startswith("tunnel")}


def journeys(case: Case) -> tuple[Journey, ...]:
    """What the walk says."""
    settings = (*SETTINGS.items(), *case.settings)
    director = machine(("eth0", "eth1"), (*DIRECTOR_NETWORK, *case.director), settings)
    on_server = (*SERVER_SETTINGS.items(), *case.server_settings)
    server = machine(("eth0", "eth1", "tunl0"), (*SERVER_NETWORK, *case.server), on_server)
    assert director.ipvs is not None
    packet = connect(CLIENT, VIP, 80, in_interface="eth1")
    return walk(Box("director", director), director.ipvs.services, packet, {REAL: Box("server", server)})


def shell(script: str) -> None:
    done = subprocess.run(["sh", "-ec", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{script}\n{done.stdout}{done.stderr}"


EMPTY = "".join(f"*{table}\nCOMMIT\n" for table in ("raw", "mangle", "nat")) + (
    "*filter\n:INPUT ACCEPT\n:FORWARD ACCEPT\n:OUTPUT ACCEPT\nCOMMIT\n"
)
BARE = "".join(
    f"{line}\n"
    for line in (
        "addr flush dev eth0", "addr flush dev eth1", f"addr del {VIP}/32 dev lo", f"addr del {VIP}/32 dev tunl0",
        "rule del fwmark 1", "route flush table 100", "link set tunl0 up",
    )
)  # fmt: skip


def set_up(space: str, commands: tuple[str, ...], settings: dict[str, int]) -> None:
    """Make a host what a case says, from whatever it was. Few processes: each is dear on a guest's kernel."""
    ways = "".join(f"{command.removeprefix('ip ')}\n" for command in commands if command.startswith("ip "))
    lines = [
        f"printf '{EMPTY}' | iptables-legacy-restore",
        f"printf '{BARE}' | ip -force -batch - >/dev/null 2>&1 || true",
        "ipvsadm -C" if space == "director" else "true",
        f"printf '{ways}' | ip -batch -",
        "sysctl -qw " + " ".join(f"{key}={value}" for key, value in settings.items()),
        *(each.replace("iptables", "iptables-legacy", 1) for each in commands if not each.startswith("ip ")),
    ]
    shell(f"ip netns exec {space} sh -e <<'END'\n" + "\n".join(lines) + "\nEND")


@pytest.fixture(scope="module")
def network() -> Iterator[None]:
    spaces = ("client", "director", "server", "switch")
    lines = [f"ip netns add {name}; ip -n {name} link set lo up" for name in spaces]
    lines += ["ip -n switch link add br0 type bridge; ip -n switch link set br0 up"]
    for name, device in (("client", "eth1"), ("director", "eth1"), ("server", "eth1")):
        lines += [
            f"ip link add {device} netns {name} type veth peer name {name} netns switch",
            f"ip -n switch link set {name} master br0; ip -n switch link set {name} up; ip -n {name} link set {device} up",
        ]
    lines += [
        "ip link add eth0 netns director type veth peer name eth0 netns server",
        "ip -n director link set eth0 up; ip -n server link set eth0 up",
        f"ip -n client addr add {CLIENT}/24 dev eth1; ip -n client route add {VIP} via 10.8.0.1",
        "ip netns exec client sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.eth1.rp_filter=0",
        "ip netns exec server sysctl -qw net.ipv4.conf.default.rp_filter=0",
    ]
    shell("\n".join(lines))
    with inside("server"):
        listener = socket.create_server(("", 80))
    with inside("director"):
        # A program of the director's own answers otherwise.
        other = socket.create_server(("", 80))
    for each, answer in ((listener, b"served"), (other, b"itself")):
        threading.Thread(target=answering, args=(each, answer), daemon=True).start()
    yield
    shell("\n".join(f"ip netns del {name}" for name in spaces))


def answering(listener: socket.socket, answer: bytes) -> None:
    """Answer each connection by itself: some never say anything, because their packets are lost."""
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=answered, args=(connection, answer), daemon=True).start()


def answered(connection: socket.socket, answer: bytes) -> None:
    with connection, suppress(OSError):
        connection.settimeout(2)
        if connection.recv(10):
            connection.sendall(answer)


def is_served() -> bool:
    """A real client's request."""
    with inside("client"):
        asking = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    with asking:
        asking.settimeout(0.7)
        try:
            asking.connect((VIP, 80))
            asking.sendall(b"please")
            return asking.recv(10) == b"served"
        except OSError:
            return False


@pytest.mark.parametrize("name", CASES)
def test_clients_are_served_where_the_walk_says_so(name: str, network: None) -> None:
    case = CASES[name]
    ways = journeys(case)
    set_up("director", (*DIRECTOR_NETWORK, *case.director), SETTINGS | dict(case.settings))
    set_up("server", (*SERVER_NETWORK, *case.server), SERVER_SETTINGS | dict(case.server_settings))
    assert is_served() is case.served
    assert [(way.served, way.certain) for way in ways] == [(case.served, True)], [(way.why, way.doubts) for way in ways]


def test_what_is_said_of_closing() -> None:
    """Of a stateful filter on a director the walk says what it does to a client's last packets."""
    (way,) = journeys(CASES["nat, stateful"])
    assert [remark[:21] for remark in way.remarks] == ["the client's FIN is l"]
    (tracked,) = journeys(CASES["nat, stateful"]._replace(settings=TRACKED))
    assert tracked.remarks == ()
