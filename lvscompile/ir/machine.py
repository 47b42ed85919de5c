"""A host beside its keepalived.conf: the state that its other inputs leave, and the commands that led to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from lvscompile.ir.core import Opaque, Origin
from lvscompile.ir.host import HostEvent, HostFacts
from lvscompile.ir.ipvs import Event as IpvsEvent
from lvscompile.ir.ipvs import Table
from lvscompile.ir.ipvs_runs import Text
from lvscompile.ir.netfilter import Event as FilterEvent
from lvscompile.ir.netfilter import Ruleset
from lvscompile.ir.node import Node
from lvscompile.ir.shell import Command, Script
from lvscompile.syntax.source import Source

# What inputs may tell of. A subject that no input tells of is unknown: nothing may be concluded from its absence.
SUBJECTS = (
    "sysctls", "links", "addresses", "routes", "rules", "modules", "services", "arp", "keepalived-options",
    "ipvs", "filter4", "filter6",
)  # fmt: skip


class Given(Node):
    """One text that tells of a host. `kind` is that of `app.kinds`; `path` where it lies on the host, beginning with a
    slash, or "". What it says is there after a reboot too where it is `persistent`.
    """

    source: Source
    kind: str
    path: str = ""
    persistent: bool = False


class Tally(NamedTuple):
    """The physical lines of one text, and what became of them: understood + kept + prose is all of them.

    `kept_at` are the statements that are kept, in order; `commands` counts those of shell texts, `commands_kept` those
    among them that have no model.
    """

    name: str
    lines: int = 0
    prose: int = 0
    kept_at: tuple[Origin, ...] = ()
    commands: int = 0
    commands_kept: int = 0

    @property
    def kept(self) -> int:
        return sum(max(origin.text.count("\n"), 1) for origin in self.kept_at)

    @property
    def understood(self) -> int:
        return self.lines - self.kept - self.prose

    def joined(self, other: Tally) -> Tally:
        """The same text once more, as another host it speaks of has it."""
        places = {(origin.start, origin.end): origin for origin in (*self.kept_at, *other.kept_at)}
        return self._replace(
            kept_at=tuple(places[key] for key in sorted(places)),
            commands=self.commands + other.commands,
            commands_kept=self.commands_kept + other.commands_kept,
        )


class Contradiction(NamedTuple):
    """Two inputs say different things of one subject; the `later` one counts."""

    subject: str
    what: str  # e.g. the key of a sysctl
    earlier: Node
    later: Node


class Machine(Node):
    """All that the inputs beside keepalived.conf tell of one host: as it is once everything has run.

    `told` are the SUBJECTS that some input tells of, `complete` those of which it tells all, `saved` those whose state
    a command saved for the next boot. Where an input shows the running state (facts), `boot` is what the others alone
    make of the host. The events are in the order in which things ran; what undoes earlier commands, in notes, is left
    out and stands in `undo`. `texts` are the ipvsadm commands once more, each text by itself.
    """

    givens: tuple[Given, ...] = ()
    facts: HostFacts = HostFacts()
    ipvs: Table | None = None
    filters: tuple[Ruleset, ...] = ()
    ipvs_events: tuple[IpvsEvent, ...] = ()
    filter_events: tuple[FilterEvent, ...] = ()
    host_events: tuple[HostEvent, ...] = ()
    scripts: tuple[Script, ...] = ()
    commands: tuple[Command, ...] = ()
    undo: tuple[Command, ...] = ()
    opaque: tuple[Opaque, ...] = ()
    contradictions: tuple[Contradiction, ...] = ()
    told: frozenset[str] = frozenset()
    complete: frozenset[str] = frozenset()
    saved: frozenset[str] = frozenset()
    boot: Machine | None = None
    tallies: tuple[Tally, ...] = ()
    texts: tuple[Text, ...] = ()

    def filter(self, family: int = 4) -> Ruleset | None:
        """The packet filter of a family; None where no input tells of it."""
        return next((ruleset for ruleset in self.filters if ruleset.family == family), None)

    def given(self, origin: Origin) -> Given | None:
        """The input that a fact comes from."""
        return next((given for given in self.givens if given.source is origin.source), None)

    def persists(self, origin: Origin | None) -> bool:
        """Whether what a fact says is there again after a reboot."""
        given = self.given(origin) if origin is not None else None
        return given is not None and given.persistent

    def kinds(self) -> Iterator[str]:
        return (given.kind for given in self.givens)
