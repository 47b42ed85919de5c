"""What a host is told beside its services: kernel settings, links, addresses, routes, policy rules, what is started.

These are facts with origins, in the order of the inputs. What they amount to, where one of them overrules another, is
computed in `ir.host_settings`; the kernel's answer to a sequence of commands in `frontends.replay.host`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from lvscompile.ir.core import Opaque, Origin
from lvscompile.ir.ipvs import Outcome
from lvscompile.ir.node import Node
from lvscompile.syntax.findings import Span
from lvscompile.syntax.statements import Stmt

Places = Sequence[tuple[int, int]]  # start and end of each word of a command, in its source

# What the names of routing tables stand for. Others are defined in rt_tables, or are numbers.
TABLE_NUMBERS = {"unspec": 0, "default": 253, "main": 254, "local": 255}
TABLE_NAMES = {number: name for name, number in TABLE_NUMBERS.items()}


class Sysctl(Node):
    """A kernel setting that is written. `key` is written as sysctl prints it: levels are parted by dots, and a dot
    inside a name is a slash (`net.ipv4.conf.eth0/5.rp_filter`). A `key` may hold `*` where a pattern is written.

    `persistent` says that it is set at boot, `late` that it is a script which sets it, once the interfaces are up;
    `forgiving` that a failure does not matter (`-`).
    """

    key: str
    value: str
    origin: Origin
    word: int = 0
    persistent: bool = False
    forgiving: bool = False
    late: bool = False


class Link(Node):
    """A network interface. None stands for what is not said."""

    name: str
    kind: str = ""
    up: bool | None = None
    arp: bool | None = None
    mtu: int | None = None
    mac: str = ""
    master: str = ""
    origin: Origin | None = None
    persistent: bool = False


class HostAddress(Node):
    """An address on an interface. `peer` is that of the other end where it differs; `broadcast` may be ""."""

    family: int
    address: str
    prefix: int
    device: str
    label: str = ""
    scope: str = "global"
    peer: str = ""
    broadcast: str = ""
    secondary: bool = False
    origin: Origin | None = None
    persistent: bool = False

    @property
    def text(self) -> str:
        return f"{self.address}/{self.prefix}"


class NextHop(NamedTuple):
    """One way of a route: the gateway ("" for a neighbour's network), the interface, the weight."""

    via: str
    device: str
    weight: int = 1
    onlink: bool = False


class Route(Node):
    """A route. `destination` always has its length: the default route is 0.0.0.0/0. `kind` is unicast, local,
    blackhole, unreachable, prohibit, throw, broadcast, multicast, anycast, nat; `table` a name or a number as text.
    """

    family: int
    kind: str
    destination: str
    hops: tuple[NextHop, ...] = ()
    table: str = "main"
    source: str = ""
    scope: str = "global"
    metric: int = 0
    protocol: str = "boot"
    tos: int = 0
    origin: Origin | None = None
    persistent: bool = False

    @property
    def via(self) -> str:
        """The gateway of a route that has one way."""
        return self.hops[0].via if self.hops else ""

    @property
    def device(self) -> str:
        return self.hops[0].device if self.hops else ""

    @property
    def prefix(self) -> int:
        return int(self.destination.rpartition("/")[2])

    @property
    def is_default(self) -> bool:
        return self.destination in ("0.0.0.0/0", "::/0")


class PolicyRule(Node):
    """A rule of policy routing. `source` and `destination` are "" for all; a `mask` of None covers all bits.

    `action` is lookup (in `table`), goto (`target`), blackhole, unreachable, prohibit, nop.
    """

    family: int
    preference: int | None
    action: str = "lookup"
    table: str = "main"
    source: str = ""
    destination: str = ""
    iif: str = ""
    oif: str = ""
    mark: int | None = None
    mask: int | None = None
    tos: int = 0
    negated: bool = False
    target: int | None = None
    others: tuple[tuple[str, str], ...] = ()
    origin: Origin | None = None
    persistent: bool = False

    @property
    def selects_all(self) -> bool:
        """Whether every packet meets its selector."""
        chosen = self.source or self.destination or self.iif or self.oif or self.mark is not None or self.tos
        return not (chosen or self.others or self.negated)


class ModuleLoad(Node):
    """A kernel module that is loaded, with its options; `remove` where it is unloaded."""

    name: str
    options: tuple[str, ...] = ()
    remove: bool = False
    origin: Origin | None = None
    persistent: bool = False


class ServiceStart(Node):
    """A service that is handled: `action` is start, stop, restart, reload, enable, disable, status …"""

    name: str
    action: str
    origin: Origin | None = None


class ArpRule(Node):
    """A command for the ARP filter. `words` are those of the rule itself, behind the chain."""

    action: str  # append, insert, delete, flush, policy, new-chain …
    chain: str
    words: tuple[str, ...] = ()
    target: str = ""
    address: str = ""  # the one that -d or --dst-ip names
    mangled: str = ""  # --mangle-ip-s
    origin: Origin | None = None
    persistent: bool = False


class KeepalivedOptions(Node):
    """The command line that keepalived is started with."""

    words: tuple[str, ...]
    origin: Origin
    variable: str = ""
    persistent: bool = True


class HostFacts(Node):
    """All that the inputs tell of one host, each kind in the order of the inputs.

    `complete` is False where more may be there than is told. `missing` says what could not be found out, and why.
    """

    sysctls: tuple[Sysctl, ...] = ()
    links: tuple[Link, ...] = ()
    addresses: tuple[HostAddress, ...] = ()
    routes: tuple[Route, ...] = ()
    rules: tuple[PolicyRule, ...] = ()
    modules: tuple[ModuleLoad, ...] = ()
    services: tuple[ServiceStart, ...] = ()
    arp: tuple[ArpRule, ...] = ()
    keepalived: tuple[KeepalivedOptions, ...] = ()
    opaque: tuple[Opaque, ...] = ()
    hostname: str = ""
    kernel: str = ""
    keepalived_version: str = ""
    complete: bool = False
    missing: tuple[tuple[str, str], ...] = ()


def joined(*several: HostFacts) -> HostFacts:
    """The facts of several inputs of one host, one behind the other."""
    lists: dict[str, Any] = {
        name: tuple(fact for facts in several for fact in getattr(facts, name))
        for name in ("sysctls", "links", "addresses", "routes", "rules", "modules", "services", "arp", "keepalived",
                     "opaque", "missing")
    }  # fmt: skip
    named: dict[str, Any] = {
        name: next((getattr(facts, name) for facts in reversed(several) if getattr(facts, name)), "")
        for name in ("hostname", "kernel", "keepalived_version")
    }
    return HostFacts(**lists, **named, complete=any(facts.complete for facts in several))


# Commands.


class HostCommand(Node):
    """A command that a tool takes: what it does, to which kind of thing, and the thing as the command states it.

    `kind` is address, link, route, rule, sysctl, arp, show; `action` add, delete, replace, change, append, prepend,
    flush, set, show. `subject` is a HostAddress, Link, Route, PolicyRule, Sysctl, ArpRule. `stated` names the words
    that were used (some count only where they are stated) with the index of the word that holds the value.
    """

    tool: str
    kind: str
    action: str
    subject: Node | None = None
    stated: dict[str, int] = {}
    extra: dict[str, str] = {}


class Steps(Node):
    """What one ifconfig command does to an interface or an alias of it (`eth0:1`), step by step: name, value, and the
    index of the word that says it.
    """

    name: str
    steps: tuple[tuple[str, str, int], ...]
    origin: Origin | None = None


class Misuse(Node):
    """A command line that the tool refuses before it asks the kernel: status, message, the word at fault.

    `unresolved` is a name that only the host itself knows (a host name, a routing table): there it may well pass.
    """

    tool: str
    status: int
    message: str
    word: int | None = None
    unresolved: str = ""


class HostEvent(Node):
    """One command that was run, how it ended, and the facts that it made, changed or took away."""

    command: HostCommand | Misuse
    origin: Origin
    outcome: Outcome
    places: Places | None = None
    made: tuple[Node, ...] = ()
    gone: tuple[Node, ...] = ()
    notes: tuple[str, ...] = ()

    def span(self, word: int | None = None) -> Span:
        """The place of a word of the command line, or of all of it."""
        return place(self.origin, self.places, word)


def place(origin: Stmt, places: Places | None, word: int | None = None) -> Span:
    if not places:
        text = origin.source.text[origin.start : origin.end]
        start = origin.start + len(text) - len(text.lstrip())
        return Span(origin.source, start, max(start, origin.start + len(text.rstrip())))
    if word is not None and 0 <= word < len(places):
        return Span(origin.source, *places[word])
    return Span(origin.source, places[0][0], places[-1][1])


def table_name(text: str) -> str:
    """The canonical name of a routing table: of those that every host knows the name, of others the number."""
    try:
        number = int(text, 0)
    except ValueError:
        return text
    return TABLE_NAMES.get(number, str(number))
