"""The kernel's IPVS table as inputs leave it, and the ipvsadm commands that made it.

A table is the result of a replay (`frontends.replay.ipvs`) or of a listing. The events of the replay stand beside it:
they tell what each command did, or why it failed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from lvscompile.ir.core import Origin, Stated
from lvscompile.ir.node import Node
from lvscompile.syntax.findings import Span
from lvscompile.syntax.ipvsadm.words import spans

# Scheduler flags: one bit each. What a bit means depends on the scheduler.
FLAG_NAMES: Mapping[str, tuple[str, ...]] = {
    "sh": ("sh-fallback", "sh-port"),
    "mh": ("mh-fallback", "mh-port"),
    "": ("flag-1", "flag-2", "flag-3"),
}

# What identifies a service: protocol (FWM for a firewall mark), family, address (the mark), port.
ServiceKey = tuple[str, int, str, int]
# What identifies a destination within its service: family, address, port.
DestinationKey = tuple[int, str, int]


class Tunnel(NamedTuple):
    """How a tunneling destination is reached; `port` counts for gue only."""

    kind: str = "ipip"
    port: int = 0
    checksum: str = "nocsum"


IPIP = Tunnel()


class ServiceSpec(Node):
    """What a command says of a virtual service, defaults filled in. Only `key` counts where it is but named."""

    protocol: str  # TCP, UDP, SCTP; FWM for a firewall mark
    family: int
    address: str  # "" for a firewall mark
    port: int
    fwmark: int
    scheduler: str
    persistence: int | None  # seconds
    netmask: str  # "" where each client counts by itself; else a dotted mask, or a prefix length for IPv6
    engine: str
    one_packet: bool
    flags: int

    @property
    def key(self) -> ServiceKey:
        return self.protocol, self.family, self.address or str(self.fwmark), self.port

    @property
    def flag_names(self) -> tuple[str, ...]:
        """The scheduler flags as `-b` names them; a bit that means nothing to the scheduler has no name."""
        names = FLAG_NAMES.get(self.scheduler, FLAG_NAMES[""])
        return tuple(name for bit, name in enumerate(names) if self.flags >> bit & 1)

    @property
    def title(self) -> str:
        return f"fwmark {self.fwmark}" if self.protocol == "FWM" else join(self.family, self.address, self.port)


class DestinationSpec(Node):
    """What a command says of a destination (real server). `method` is NAT, DR or TUN; LOCAL in old listings."""

    family: int
    address: str
    port: int
    method: str
    weight: int
    upper: int
    lower: int
    tunnel: Tunnel

    @property
    def key(self) -> DestinationKey:
        return self.family, self.address, self.port

    @property
    def title(self) -> str:
        return join(self.family, self.address, self.port)


class Destination(DestinationSpec):
    """A destination in the table: `added` put it there, `origin` set its record last."""

    origin: Origin
    added: Origin


class Service(ServiceSpec):
    """A service in the table: `added` put it there, `origin` set its record last; newest destination first, as in
    the kernel. Where the start of a log is not known, `known` is False for a service that was there before and whose
    record no command has set, and `complete` is False where it may have more destinations.
    """

    origin: Origin
    added: Origin
    destinations: tuple[Destination, ...] = ()
    known: bool = True
    complete: bool = True


class Daemon(Node):
    """A connection synchronisation daemon. `role` is master or backup; zero or "" where nothing is said."""

    role: str
    interface: str = ""
    syncid: int = 0
    maxlen: int = 0
    group: str = ""
    port: int = 0
    ttl: int = 0
    origin: Origin | None = None


class Table(Node):
    """The whole table. `complete` is False where services that no input mentions may be there too.

    A timeout that nobody has set is None: 900, 120 and 300 seconds are the kernel's.
    """

    services: tuple[Service, ...] = ()
    tcp: Stated[int] | None = None
    tcp_fin: Stated[int] | None = None
    udp: Stated[int] | None = None
    daemons: tuple[Daemon, ...] = ()
    complete: bool = True

    def service(self, key: ServiceKey) -> Service | None:
        return next((service for service in self.services if service.key == key), None)


class Command(Node):
    """One ipvsadm command line that ipvsadm takes: `name` is the long name of its command.

    `options` gives, for each option used, the index of the word that holds its value, or the option itself.
    `stated_port` is the port that -r names, which is not always the one that counts. `repairs` tells what only
    passes for a dump of an older version: pe-word, ops-word, negative-fwmark, flags-lost.
    """

    name: str
    service: ServiceSpec | None = None
    destination: DestinationSpec | None = None
    stated_port: int | None = None
    timeouts: tuple[int, int, int] | None = None
    daemon: Daemon | None = None
    options: Mapping[str, int] = {}
    repairs: tuple[str, ...] = ()


class UsageError(Node):
    """A command line that ipvsadm refuses, with what it prints and its exit status.

    `word` is the index of the word at fault. `exits` is False where a stream that is being restored goes on.
    `unresolved` is the host or service name that this machine cannot know: there, the command may well pass.
    """

    status: int
    message: str
    word: int | None = None
    name: str = ""
    exits: bool = True
    unresolved: str = ""


class Outcome(Node):
    """Exit status and message, as ipvsadm gives them. Not `certain` where they depend on what is not known."""

    status: int
    message: str = ""
    certain: bool = True

    @property
    def ok(self) -> bool:
        return self.status == 0


class Event(Node):
    """One command that was run, or that a restore never came to (`outcome` is None).

    `before` and `after` are the service or destination that it changed; of two None it changed nothing. An edited
    service stands there without its destinations.
    """

    command: Command | UsageError
    origin: Origin
    outcome: Outcome | None
    places: Sequence[tuple[int, int]] | None = None  # of the words in the source; None: split as a dump's line
    before: Service | Destination | None = None
    after: Service | Destination | None = None

    def span(self, word: int | None = None) -> Span:
        """The place of a word of the command line, or of all of it."""
        places = self.places
        if places is None:
            start = self.origin.start
            places = [(start + first, start + last) for first, last in spans(self.origin.text)]
        if not places:
            return Span(self.origin.source, self.origin.start, self.origin.end)
        if word is not None and 0 <= word < len(places):
            return Span(self.origin.source, *places[word])
        return Span(self.origin.source, places[0][0], places[-1][1])


def join(family: int, address: str, port: int) -> str:
    """Address and port as ipvsadm -n writes them."""
    return f"[{address}]:{port}" if family == 6 else f"{address}:{port}"
