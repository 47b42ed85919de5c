"""The state of a host while its inputs are replayed, one after the other, and what it freezes to."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from lvscompile.frontends.replay.host import Replay as HostReplay
from lvscompile.frontends.replay.ipvs import Replay as IpvsReplay
from lvscompile.frontends.replay.netfilter import Netfilter
from lvscompile.ir.core import Opaque
from lvscompile.ir.host import HostAddress, HostFacts, Link, PolicyRule, Route, Sysctl, joined
from lvscompile.ir.host_settings import number
from lvscompile.ir.ipvs import Event as IpvsEvent
from lvscompile.ir.ipvs import Table
from lvscompile.ir.machine import Contradiction, Given, Machine, Tally
from lvscompile.ir.netfilter import Event as FilterEvent
from lvscompile.ir.netfilter import Ruleset
from lvscompile.ir.node import replace
from lvscompile.ir.shell import Command, Script
from lvscompile.syntax.source import Source

# The lists of HostFacts, and the subject that each tells of.
_TOLD = {
    "sysctls": "sysctls", "links": "links", "addresses": "addresses", "routes": "routes", "rules": "rules",
    "modules": "modules", "services": "services", "arp": "arp", "keepalived": "keepalived-options",
}  # fmt: skip
# What `lvscompile facts` tells all of.
_WHOLE = frozenset(("sysctls", "links", "addresses", "routes", "rules", "modules"))


class State:
    """What has been read so far. The replays begin when something first needs them."""

    def __init__(self, replay_all: bool = False, paths: frozenset[str] = frozenset()) -> None:
        self.replay_all = replay_all
        self.paths = paths  # of the texts that are there: a script that calls one of them is understood
        self.givens: list[Given] = []
        self.facts: list[HostFacts] = []  # of files; what commands do is in `net`
        self.running: HostFacts | None = None  # of facts
        self.ipvs: IpvsReplay | None = None
        self.running_ipvs: Table | None = None
        self.running_filters: dict[int, Ruleset] = {}
        self.filters: dict[int, Netfilter] = {}
        self.net: HostReplay | None = None
        self.ipvs_events: list[IpvsEvent] = []
        self.filter_events: list[FilterEvent] = []
        self.scripts: list[Script] = []
        self.commands: list[Command] = []
        self.undo: list[Command] = []
        self.opaque: list[Opaque] = []
        self.contradictions: list[Contradiction] = []
        self.told: set[str] = set()
        self.complete: set[str] = set()
        self.saved: set[str] = set()
        self.tallies: list[Tally] = []
        self.keepalived: list[Source] = []

    def add(self, facts: HostFacts) -> None:
        """Facts that a file states outright."""
        self.facts.append(facts)
        self.opaque += facts.opaque
        self.told.update(subject for name, subject in _TOLD.items() if getattr(facts, name))

    def table(self, unknown: bool) -> IpvsReplay:
        """The IPVS table. Its start is not known where the first command on it stands in a log."""
        if self.ipvs is None:
            self.ipvs = IpvsReplay(complete=not unknown)
            self.told.add("ipvs")
        return self.ipvs

    def filter(self, family: int, unknown: bool) -> Netfilter:
        """The packet filter of a family, as above."""
        if family not in self.filters:
            self.filters[family] = Netfilter(family, known=not unknown)
            self.told.add(f"filter{family}")
        return self.filters[family]

    def network(self) -> HostReplay:
        """Addresses, routes and rules under commands: they begin with what the files say."""
        if self.net is None:
            self.net = HostReplay(start=joined(*self.facts) if self.facts else None)
        return self.net

    def freeze(self) -> Machine:
        facts = self._facts()
        if self.net is not None:
            self.told.update(subject for name, subject in _TOLD.items() if getattr(self.net.facts(), name))
        machine = Machine(
            tuple(self.givens),
            facts,
            self.ipvs.table() if self.ipvs is not None else None,
            tuple(self.filters[family].ruleset() for family in sorted(self.filters)),
            tuple(self.ipvs_events),
            tuple(self.filter_events),
            tuple(self.net.events) if self.net is not None else (),
            tuple(self.scripts),
            tuple(self.commands),
            tuple(self.undo),
            tuple(self.opaque),
            (*self.contradictions, *_contradictions(facts.sysctls)),
            frozenset(self.told),
            frozenset(self.complete),
            frozenset(self.saved),
            None,
            tuple(self.tallies),
        )
        return machine if self.running is None else self._as_running(machine)

    def _facts(self) -> HostFacts:
        """What the files state, with what the commands made of addresses, routes and rules."""
        stated = joined(*self.facts)
        if self.net is None:
            return stated
        after = self.net.facts()
        links = {link.name: link for link in (*stated.links, *after.links)}
        return replace(
            stated, links=tuple(links.values()), addresses=after.addresses, routes=after.routes, rules=after.rules,
            arp=(*stated.arp, *after.arp),
        )  # fmt: skip

    def _as_running(self, boot: Machine) -> Machine:
        """The host as its facts show it, with what the others say of its boot beside."""
        running = self.running
        assert running is not None
        files = boot.facts
        facts = replace(
            running,
            sysctls=(*files.sysctls, *running.sysctls),
            services=files.services,
            arp=files.arp,
            keepalived=running.keepalived or files.keepalived,
            addresses=_settled(running.addresses, files.addresses),
            routes=_settled(running.routes, files.routes),
            rules=_settled(running.rules, files.rules),
            links=_settled(running.links, files.links),
        )
        filters = {ruleset.family: ruleset for ruleset in boot.filters} | self.running_filters
        return replace(
            boot, facts=facts, complete=boot.complete | _WHOLE, told=boot.told | _WHOLE,
            ipvs=self.running_ipvs or boot.ipvs,
            filters=tuple(filters[family] for family in sorted(filters)),
            boot=boot if len(self.givens) > 1 else None,
        )  # fmt: skip


def _settled(running: Iterable[object], files: Iterable[object]) -> tuple[object, ...]:
    """What runs; where a file says the same, in its words: there it can be changed."""
    stated = {_key(fact): fact for fact in files}
    return tuple(stated.get(_key(fact), fact) for fact in running)


def _key(fact: object) -> object:
    if isinstance(fact, HostAddress):
        return fact.device, fact.address, fact.prefix
    if isinstance(fact, Route):
        return fact.table, fact.kind, fact.destination, fact.hops
    if isinstance(fact, PolicyRule):
        return fact.preference, fact.action, fact.table, fact.source, fact.destination, fact.mark, fact.iif
    assert isinstance(fact, Link)
    # Only the running system tells whether a link is up.
    return fact.name, fact.up, fact.arp


def _contradictions(sysctls: Iterable[Sysctl]) -> Iterable[Contradiction]:
    """Settings that two files of the boot give different values."""
    written: dict[str, list[Sysctl]] = {}
    for setting in sysctls:
        if setting.persistent:
            written.setdefault(setting.key, []).append(setting)
    for key, several in written.items():
        for earlier, later in pairwise(several):
            values = [each.value if number(each) is None else number(each) for each in (earlier, later)]
            if values[0] != values[1]:
                yield Contradiction("sysctls", key, earlier, later)
