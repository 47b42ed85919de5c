"""The records of the replayed table, as the kernel makes them of a command."""

from __future__ import annotations

from lvscompile.ir.core import Origin
from lvscompile.ir.ipvs import Daemon, Destination, DestinationKey, DestinationSpec, Service, ServiceSpec

# What the kernel fills in where a daemon's start says nothing.
GROUP, PORT, TTL, MAXLEN = "224.0.0.81", 8848, 1, 1472


class Entry:
    """A service of the table. `destinations` stand oldest first; `gone` are those known not to be there."""

    __slots__ = ("added", "complete", "destinations", "gone", "known", "origin", "spec")

    def __init__(self, spec: ServiceSpec, origin: Origin, known: bool, complete: bool) -> None:
        self.spec = spec
        self.origin = self.added = origin
        self.known = known
        self.complete = complete
        self.destinations: dict[DestinationKey, Destination] = {}
        self.gone: set[DestinationKey] = set()

    def frozen(self, destinations: bool = True) -> Service:
        s = self.spec
        held = tuple(reversed(self.destinations.values())) if destinations else ()
        return Service(
            s.protocol, s.family, s.address, s.port, s.fwmark, s.scheduler, s.persistence, s.netmask, s.engine,
            s.one_packet, s.flags, self.origin, self.added, held, self.known,
            self.complete,
        )  # fmt: skip


def placed(spec: DestinationSpec, origin: Origin, added: Origin) -> Destination:
    """A destination put into the table, or its record replaced."""
    return Destination(
        spec.family, spec.address, spec.port, spec.method, spec.weight, spec.upper, spec.lower, spec.tunnel, origin,
        added,
    )  # fmt: skip


def started(wanted: Daemon, mtu: int, origin: Origin) -> Daemon:
    """The daemon as the kernel starts it: only a backup's messages may be as long as its interface allows."""
    backup = wanted.role == "backup"
    headers = 48 if ":" in wanted.group else 28
    if wanted.maxlen:
        maxlen = min(max(wanted.maxlen, 1024 if backup else 1), 65535 - headers)
    else:
        maxlen = (min(max(mtu, 1500), 65535) if backup else 1500) - headers
    return Daemon(
        wanted.role, wanted.interface, wanted.syncid, maxlen, wanted.group or GROUP, wanted.port or PORT,
        wanted.ttl or TTL, origin,
    )  # fmt: skip
