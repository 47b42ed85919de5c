"""Real packets as the judge of the walk through a host's packet filter and routing.

A client, a router and a server in network namespaces of their own. Packets of any kind are put on the client's wire;
what the router made of them shows on both wires and in its sockets.
"""

from __future__ import annotations

import ctypes
import os
import select
import socket
import struct
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

CLIENT, INSIDE, OTHER, SERVER, OUTSIDE = "10.1.0.2", "10.1.0.1", "10.1.0.100", "10.2.0.2", "10.2.0.1"
FLAGS = {"FIN": 1, "SYN": 2, "RST": 4, "ACK": 16}
_CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


class Probe(NamedTuple):
    """A packet to send: tcp, udp, icmp or vrrp. `flags` are those of TCP."""

    protocol: str
    source: str
    destination: str
    port: int = 0
    flags: tuple[str, ...] = ("SYN",)


def _checksum(data: bytes) -> int:
    total = sum(struct.unpack(f">{(len(data) + 1) // 2}H", data + b"\0" * (len(data) % 2)))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


_NUMBERS = {"icmp": 1, "tcp": 6, "udp": 17, "vrrp": 112}


def _packet(probe: Probe, token: int) -> bytes:
    """The IP packet of a probe; `token` tells it from the others."""
    source, destination = socket.inet_aton(probe.source), socket.inet_aton(probe.destination)
    number = _NUMBERS[probe.protocol]
    if probe.protocol == "tcp":
        bits = sum(FLAGS[flag] for flag in probe.flags)
        body = struct.pack(">HHIIBBHHH", token, probe.port, 1, 1 if "ACK" in probe.flags else 0, 0x50, bits, 9000, 0, 0)
        pseudo = source + destination + struct.pack(">BBH", 0, number, len(body))
        body = body[:16] + struct.pack(">H", _checksum(pseudo + body)) + body[18:]
    elif probe.protocol == "udp":
        body = struct.pack(">HHHH", token, probe.port, 12, 0) + b"ping"
    elif probe.protocol == "icmp":
        body = struct.pack(">BBHHH", 8, 0, 0, token, 1)
        body = body[:2] + struct.pack(">H", _checksum(body)) + body[4:]
    else:
        body = struct.pack(">H", token) + b"advert"
        # REJECT answers only what has a good checksum, of whatever protocol.
        body += struct.pack(">H", _checksum(body))
    head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(body), token, 0, 64, number, 0, source, destination)
    return head[:10] + struct.pack(">H", _checksum(head)) + head[12:] + body


@contextmanager
def inside(space: str) -> Iterator[None]:
    """Open sockets in another network namespace: they stay there."""
    with open("/proc/self/ns/net") as home, open(f"/run/netns/{space}") as there:
        assert _libc.setns(there.fileno(), _CLONE_NEWNET) == 0, os.strerror(ctypes.get_errno())
        try:
            yield
        finally:
            assert _libc.setns(home.fileno(), _CLONE_NEWNET) == 0


def _sniffer(device: str) -> socket.socket:
    sniffer = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800))
    sniffer.bind((device, 0x0800))
    return sniffer


class Wire:
    """The three namespaces, with `commands` to set the router up beyond its links and addresses."""

    def __init__(self) -> None:
        self.names = {role: f"lvsc-{os.getpid()}-{role}" for role in ("client", "router", "server")}
        self.token = 20000
        self.sockets: list[socket.socket] = []

    def __enter__(self) -> Wire:
        client, router, server = self.names.values()
        lines = [f"ip netns add {name} && ip -n {name} link set lo up" for name in self.names.values()]
        lines += [
            f"ip link add cr netns {client} type veth peer name rc netns {router}",
            f"ip link add sr netns {server} type veth peer name rs netns {router}",
            f"ip -n {router} addr add {INSIDE}/24 dev rc && ip -n {router} addr add {OTHER}/32 dev rc",
            f"ip -n {router} addr add {OUTSIDE}/24 dev rs",
            *(
                f"ip -n {name} link set {device} up"
                for name, device in ((client, "cr"), (router, "rc"), (router, "rs"), (server, "sr"))
            ),
            f"ip -n {client} addr add {CLIENT}/24 dev cr && ip -n {server} addr add {SERVER}/24 dev sr",
            f"ip -n {router} route add default via {SERVER}",
            f"ip netns exec {router} sysctl -qw net.ipv4.icmp_ratelimit=0",
            # Nobody asks or answers but the router itself: a packet's way shall hang on nothing else.
            f"ip netns exec {client} sysctl -qw net.ipv4.conf.all.rp_filter=0",
            f"ip netns exec {client} iptables-legacy -A INPUT -j DROP",
            f"ip netns exec {server} iptables-legacy -A INPUT -j DROP",
        ]
        self._shell("\n".join(f"{line} || exit 9" for line in lines))
        address = self._shell(f"ip netns exec {router} cat /sys/class/net/rc/address").strip()
        own = self._shell(f"ip netns exec {client} cat /sys/class/net/cr/address").strip()
        server_mac = self._shell(f"ip netns exec {server} cat /sys/class/net/sr/address").strip()
        self._shell(
            f"ip -n {router} neigh replace {CLIENT} lladdr {own} dev rc nud permanent\n"
            f"ip -n {router} neigh replace {SERVER} lladdr {server_mac} dev rs nud permanent\n"
        )
        self.mac = bytes.fromhex(address.replace(":", ""))
        with inside(client):
            self.near = self._kept(_sniffer("cr"))
        with inside(server):
            self.far = self._kept(_sniffer("sr"))
        with inside(router):
            # What is delivered comes by a raw socket of its protocol, whatever then answers it.
            self.local = [
                self._kept(socket.socket(socket.AF_INET, socket.SOCK_RAW, number)) for number in _NUMBERS.values()
            ]
        return self

    def __exit__(self, *exception: object) -> None:
        for each in self.sockets:
            each.close()
        self._shell("\n".join(f"ip netns del {name}" for name in self.names.values()))

    def _kept(self, made: socket.socket) -> socket.socket:
        self.sockets.append(made)
        made.setblocking(False)
        return made

    @staticmethod
    def _shell(script: str) -> str:
        done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{script}\n{done.stdout}{done.stderr}"
        return done.stdout

    def set_up(self, script: str) -> None:
        """Run a shell script on the router."""
        done = subprocess.run(
            ["ip", "netns", "exec", self.names["router"], "sh", "-ec", script],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{script}\n{done.stdout}{done.stderr}"
        self._forget()

    def _forget(self) -> None:
        """Make conntrack forget all connections."""
        with inside(self.names["router"]):
            link = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)  # NETLINK_NETFILTER
        with link:
            # IPCTNL_MSG_CT_DELETE of all, with an acknowledgement.
            link.send(struct.pack("=IHHII", 20, 0x0102, 0x5, 1, 0) + struct.pack(">BBH", 0, 0, 0))
            length, kind, _, _, _, error = struct.unpack("=IHHIIi", link.recv(4096)[:20])
            assert (kind, error) == (2, 0), f"conntrack does not forget: {error} ({length})"

    def send(self, probes: Sequence[Probe], patience: float = 0.12) -> list[str]:
        """Send packets; where each ended: delivered, forwarded, rejected or dropped."""
        self._drain()
        tokens = {}
        for probe in probes:
            self.token += 1
            tokens[self.token] = probe
            self.near.sendto(_packet(probe, self.token), ("cr", 0x0800, 0, 0, self.mac))
        seen: dict[int, str] = {}
        until = time.monotonic() + patience
        while (left := until - time.monotonic()) > 0:
            readable, _, _ = select.select([self.near, self.far, *self.local], [], [], left)
            for ready in readable:
                token, end = self._read(ready)
                # What is delivered may be refused by a closed port afterwards.
                if token in tokens and end and seen.get(token) != "delivered":
                    seen[token] = end
            if len(seen) == len(tokens):
                until = min(until, time.monotonic() + 0.01)
        return [seen.get(token, "dropped") for token in tokens]

    def _drain(self) -> None:
        for each in (self.near, self.far, *self.local):
            while select.select([each], [], [], 0)[0]:
                each.recv(65535)

    def _read(self, ready: socket.socket) -> tuple[int, str]:
        data, address = ready.recvfrom(65535)
        if ready in self.local:
            return _token(data), "delivered"
        if address[2] == socket.PACKET_OUTGOING:
            return 0, ""
        if data[9] == 1 and data[20] in (3, 11):
            return _token(data[28:]), "rejected"
        return (_token(data), "forwarded") if ready is self.far else (0, "")


def _token(data: bytes) -> int:
    """Which probe an IP packet, or the beginning of one that an error tells of, belongs to."""
    place = 24 if data[9] == 1 else 20
    return int(struct.unpack(">H", data[place : place + 2])[0])


def unavailable() -> str | None:
    """Why the judge cannot sit here, or None if it can."""
    for tool in ("ip", "iptables-legacy", "sysctl"):
        if subprocess.run(["sh", "-c", f"command -v {tool}"], capture_output=True, check=False).returncode:
            return f"{tool} is not installed"
    if os.geteuid() != 0:
        return "network namespaces need root"
    probe = subprocess.run(["unshare", "-n", "true"], capture_output=True, check=False)
    return None if probe.returncode == 0 else probe.stderr.decode(errors="replace").strip()
