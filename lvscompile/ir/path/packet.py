"""One packet as the packet filter, the routing and IPVS see it."""

from __future__ import annotations

from _socket import AF_INET, AF_INET6, inet_pton
from typing import NamedTuple

from lvscompile.ir.addresses import canonical
from lvscompile.syntax.iptables.names import protocol_number

STATES = ("NEW", "ESTABLISHED", "RELATED", "INVALID", "UNTRACKED")
WITH_PORTS = frozenset({"tcp", "udp", "sctp", "dccp", "udplite"})


class Tuple4(NamedTuple):
    """The ends of a connection as conntrack saw its first packet."""

    source: str
    sport: int | None
    destination: str
    dport: int | None


class Packet(NamedTuple):
    """A packet; `family` is 4 or 6. What is not known is None, an address that is not known "".

    `protocol` is the name of /etc/protocols in small letters (tcp, udp, icmp, vrrp, ah) or a number. An interface of ""
    is none: a packet of the host's own comes in by no interface. `state` is what conntrack says, one of STATES.
    `flags` are the TCP flags that are set. `kind` is how the link layer brought it: unicast, multicast, broadcast.
    """

    family: int = 4
    protocol: str = "tcp"
    source: str = ""
    destination: str = ""
    sport: int | None = None
    dport: int | None = None
    in_interface: str | None = None
    out_interface: str | None = None
    state: str | None = None
    mark: int | None = 0
    connmark: int | None = 0
    flags: frozenset[str] | None = None
    icmp: tuple[int, int] | None = None
    kind: str = "unicast"
    tos: int | None = 0
    fragment: bool = False
    reply: bool = False  # whether conntrack has it as a packet of the answering side
    original: Tuple4 | None = None
    statuses: frozenset[str] = frozenset()  # SNAT, DNAT: what conntrack's translation does to its connection
    balanced: bool | None = False  # whether IPVS has it as a packet of one of its connections

    @property
    def number(self) -> int | None:
        """The protocol's number."""
        return int(self.protocol) if self.protocol.isdigit() else protocol_number(self.protocol)

    @property
    def ends(self) -> Tuple4:
        """The connection's ends as they were before anything was translated."""
        return self.original or Tuple4(self.source, self.sport, self.destination, self.dport)

    def __str__(self) -> str:
        ports = self.protocol in WITH_PORTS
        source = _end(self.source, self.sport if ports else None)
        return f"{self.protocol} {source} -> {_end(self.destination, self.dport if ports else None)}"


def _end(address: str, port: int | None) -> str:
    shown = address or "?"
    if port is None:
        return shown
    return f"[{shown}]:{port}" if ":" in shown else f"{shown}:{port}"


def connect(
    source: str, destination: str, port: int | None, *, protocol: str = "tcp", in_interface: str | None = None
) -> Packet:
    """The first packet of a client: of a TCP connection, its SYN. Its own port is not known."""
    family, address = canonical(destination) or (4, destination)
    return Packet(
        family, protocol, source, address, None, port, in_interface, None, "NEW",
        flags=frozenset({"SYN"}) if protocol == "tcp" else None,
        icmp=(8 if family == 4 else 128, 0) if protocol in ("icmp", "ipv6-icmp") else None,
    )  # fmt: skip


def numeric(address: str) -> int | None:
    """An address as a number, None where it is none."""
    try:
        return int.from_bytes(inet_pton(AF_INET6 if ":" in address else AF_INET, address), "big")
    except (OSError, ValueError):
        return None


def within(address: str, network: str) -> bool:
    """Whether an address lies in `ADDRESS[/LENGTH]` of its own family; a network of "" or `all` holds every one."""
    if network in ("", "all", "default", "any"):
        return True
    base, slash, length = network.partition("/")
    mine, theirs = numeric(address), numeric(base)
    if mine is None or theirs is None or (":" in address) != (":" in base):
        return False
    bits = 128 if ":" in base else 32
    kept = int(length) if slash and length.isdigit() else bits
    return mine >> bits - kept == theirs >> bits - kept
