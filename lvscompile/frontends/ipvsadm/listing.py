"""What `ipvsadm -L` prints, in any of its forms, and /proc/net/ip_vs: read back as the table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from lvscompile.frontends.ipvsadm.addresses import LOCALHOST, Endpoint, endpoint, inet_aton, ipv6, number
from lvscompile.ir.core import Opaque, Stated
from lvscompile.ir.ipvs import FLAG_NAMES, IPIP, Daemon, Destination, DestinationKey, Service, Table, Tunnel
from lvscompile.ir.node import Node
from lvscompile.syntax.ipvsadm.scan import tree
from lvscompile.syntax.source import Source
from lvscompile.syntax.statements import Stmt

if TYPE_CHECKING:
    import lark

# The kernel's own listing counts in ticks of its clock; this is how many most kernels have a second.
TICKS = 250
ALL_ONES = ("255.255.255.255", "128")

_METHODS = {"Masq": "NAT", "Route": "DR", "Tunnel": "TUN", "Local": "LOCAL"}
_CHECKSUMS = {"-c": "nocsum", "+c": "csum", "r+c": "remcsum"}
_BITS: Mapping[str, int] = {name: 1 << bit for names in FLAG_NAMES.values() for bit, name in enumerate(names)}
_FIELD = re.compile(r"(\w+)=([^,)]*)")
_HEX = re.compile(r"(?:([0-9A-F]{8})|\[([0-9a-f:]+)\]):([0-9A-F]{4})")

# What the columns of a listing tell, by a word of its title; the first that fits counts.
_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "Uthreshold": ("upper", "lower"),
    "PersistConn": ("weight",),
    "TunnelInfo": ("method", "tunnel", "weight"),
    "Forward": ("method", "weight"),
    "Conns": (),
    "CPS": (),
}


class Listing(Node):
    """A table as listed. `shown` are the facts of destinations that the listing tells (method, weight, upper, lower,
    tunnel) and `scheduler`; the others have their default values. `kept` are lines that could not be read: mostly
    names that only the machine itself can resolve.
    """

    table: Table
    shown: frozenset[str]
    kept: tuple[Opaque, ...] = ()


def read_listing(source: Source) -> Listing:
    """Read a listing. Where a text holds several, the last one counts."""
    return _Reader().read(tree(source))


class _Reader:
    def __init__(self) -> None:
        self.services: list[Service] = []
        self.columns: tuple[str, ...] = ("method", "weight")
        self.has_scheduler = True
        self.raw = False  # /proc/net/ip_vs: hexadecimal, ticks
        self.complete = False
        self.timeouts: list[Stated[int] | None] = [None, None, None]
        self.daemons: list[Daemon] = []
        self.kept: list[Opaque] = []

    def read(self, lines: lark.Tree[Stmt]) -> Listing:
        for child in lines.children:
            if isinstance(child, Stmt):
                self._line(child)
            else:
                head, *rest = (leaf for leaf in child.children if isinstance(leaf, Stmt))
                self._service(head, rest)
        shown = frozenset((*self.columns, *(("scheduler",) if self.has_scheduler else ())))
        tcp, fin, udp = self.timeouts
        table = Table(tuple(self.services), tcp, fin, udp, tuple(self.daemons), self.complete)
        return Listing(table, shown, tuple(self.kept))

    def _line(self, stmt: Stmt) -> None:
        if stmt.type == "HEAD":
            self.services, self.complete = [], "Virtual Server" in stmt.text
        elif stmt.type == "TITLE":
            self._title(stmt.text)
        elif stmt.type == "TIMEOUTS":
            values = [number(word) for word in stmt.text.partition(":")[2].split()[:3]]
            for index, value in enumerate(values):
                if value is not None:
                    self.timeouts[index] = Stated(value, stmt, index + 4)
        elif stmt.type == "DAEMON":
            self.daemons.append(_daemon(stmt))
        elif stmt.type in ("ORPHAN", "UNKNOWN"):
            self._keep(stmt)

    def _keep(self, stmt: Stmt) -> None:
        self.kept.append(Opaque("ipvsadm", stmt.text, stmt))

    def _title(self, text: str) -> None:
        words = text.split()
        found = next((columns for word, columns in _COLUMNS.items() if word in words), None)
        if found is not None:
            self.columns = found
            self.raw = "-> RemoteAddress:Port Forward" in text
        if words[0] == "Prot":
            self.has_scheduler = not {"Conns", "CPS"} & set(words)

    def _service(self, head: Stmt, rest: list[Stmt]) -> None:
        words = head.text.split()
        protocol, naming, words = words[0], words[1], words[2:]
        if protocol == "FWM":
            family = 6 if words[:1] == ["IPv6"] else 4
            mark = int(naming, 16) if self.raw else (number(naming) or 0) & 0xFFFFFFFF
            found: Endpoint | None = Endpoint(family, "", 0) if mark else None
            words = words[1:] if family == 6 else words
        else:
            mark, found = 0, self._endpoint(naming, protocol)
        if found is None:
            for stmt in (head, *rest):
                self._keep(stmt)
            return
        destinations: dict[DestinationKey, Destination] = {}
        for stmt in rest:
            destination = self._destination(stmt, protocol)
            if destination is None:
                self._keep(stmt)
            else:
                destinations[destination.key] = destination
        scheduler, options = (words[0], words[1:]) if words and self.has_scheduler else ("", [])
        persistence, netmask, engine, one_packet, flags = self._options(options, found.family)
        self.services.append(
            Service(
                protocol, found.family, found.address, found.port or 0, mark, scheduler, persistence, netmask, engine,
                one_packet, flags, head, head, tuple(destinations.values()), self.has_scheduler, True,
            )
        )  # fmt: skip

    def _options(self, words: list[str], family: int) -> tuple[int | None, str, str, bool, int]:
        persistence: int | None = None
        netmask = engine = ""
        one_packet, flags = False, 0
        rest = iter(words)
        for word in rest:
            if word == "persistent":
                persistence = number(next(rest, "")) or 0
                if self.raw:
                    persistence //= TICKS
                    netmask = _raw_mask(next(rest, ""), family)
            elif word == "mask":
                netmask = next(rest, "")
            elif word == "pe":
                engine = next(rest, "")
            elif word == "ops":
                one_packet = True
            elif word[:1] == "(":
                flags = sum(_BITS.get(name, 0) for name in word.strip("()").split(","))
        return persistence, "" if netmask in ALL_ONES else netmask, engine, one_packet, flags

    def _destination(self, stmt: Stmt, protocol: str) -> Destination | None:
        words = stmt.text.split()
        found = self._endpoint(words[1], protocol)
        if found is None or len(words) < 2 + len(self.columns):
            return None
        facts = dict(zip(self.columns, words[2:], strict=False))
        method = _METHODS.get(facts.get("method", "Route"))
        weight, upper, lower = (number(facts.get(name, default)) for name, default in _NUMBERS)
        if method is None or weight is None or upper is None or lower is None:
            return None
        return Destination(
            found.family, found.address, found.port or 0, method, weight, upper, lower,
            _tunnel(facts.get("tunnel", "")), stmt, stmt,
        )  # fmt: skip

    def _endpoint(self, text: str, protocol: str) -> Endpoint | None:
        if self.raw:
            return _raw_endpoint(text)
        if text[:1] == "[" and ipv6(text[1:].partition("]")[0]) is None:
            return None  # a name, of which only the machine knows the address
        found = endpoint(text, protocol)
        host = text.rpartition(":")[0]
        known = isinstance(found, Endpoint) and (
            found.family == 6 or inet_aton(host) is not None or host in LOCALHOST
        )  # fmt: skip
        return found if isinstance(found, Endpoint) and known and found.port is not None else None


_NUMBERS = (("weight", "1"), ("upper", "0"), ("lower", "0"))


def _raw_endpoint(text: str) -> Endpoint | None:
    match = _HEX.fullmatch(text)
    if match is None:
        return None
    address4, address6, port = match.groups()
    address = ".".join(map(str, bytes.fromhex(address4))) if address4 else ipv6(address6)
    return Endpoint(4 if address4 else 6, address, int(port, 16)) if address else None


def _raw_mask(text: str, family: int) -> str:
    if not re.fullmatch("[0-9A-F]{8}", text):
        return ""
    packed = bytes.fromhex(text)
    # The kernel turns the bytes of a prefix length round, as if it were an address.
    return str(int.from_bytes(packed, "little")) if family == 6 else ".".join(map(str, packed))


def _tunnel(text: str) -> Tunnel:
    """`ipip`, `gue:6080:+c`, `gre:-c`, `n/a`."""
    kind, *rest = text.split(":")
    if kind not in ("gue", "gre") or not rest:
        return IPIP
    port = number(rest[0]) if kind == "gue" else 0
    return Tunnel(kind, port or 0, _CHECKSUMS.get(rest[-1], "nocsum"))


def _daemon(stmt: Stmt) -> Daemon:
    fields = dict(_pairs(stmt.text))
    numbers = {name: number(value) or 0 for name, value in fields.items()}
    return Daemon(
        stmt.text.split()[0], fields.get("mcast", ""), numbers.get("syncid", 0), numbers.get("maxlen", 0),
        fields.get("group", ""), numbers.get("port", 0), numbers.get("ttl", 0), stmt,
    )  # fmt: skip


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    return ((match.group(1), match.group(2)) for match in _FIELD.finditer(text))
