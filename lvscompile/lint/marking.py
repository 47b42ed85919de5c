"""Firewall marks, policy rules and routing tables of a host: who sets a mark, who asks for it, what a table holds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

from lvscompile.ir.core import Origin
from lvscompile.ir.host import Route, table_name
from lvscompile.ir.ipvs import Service
from lvscompile.ir.machine import Machine
from lvscompile.ir.netfilter import BUILT_IN, Rule, Ruleset, Spec, Table, word_span
from lvscompile.ir.site import Director
from lvscompile.lint.engine import Context, Place

WHOLE = 0xFFFFFFFF
# Where IPVS still sees a mark, and where the routing does, which comes before INPUT.
SEEN_BY_ROUTING = frozenset({"PREROUTING"})
SEEN_BY_IPVS = frozenset({"PREROUTING", "INPUT"})
# Targets after which nobody knows the mark of a packet.
_OBSCURE = frozenset({"CONNMARK", "HMARK", "CT", "SET", "TPROXY"})
# Other programs that set marks, or ask for them.
_OTHERS = re.compile(r"(?m)^[^#\n]*\b(?:tc\s+(?:filter|class|qdisc)\b|nft\s)")
BUILT_IN_TABLES = frozenset({"local", "main", "default", "unspec"})


class Marking(NamedTuple):
    """A rule that marks packets: `hooks` are the built-in chains by which packets come to it."""

    table: str
    rule: Rule
    spec: Spec
    value: int
    mask: int
    hooks: frozenset[str]

    @property
    def at(self) -> Place:
        return word_span(self.rule.origin, self.rule.places)

    @property
    def to(self) -> str:
        """The address, or the network, that it marks packets to; "" where it says none."""
        said = self.spec.destination
        return str(said.net).removesuffix("/32").removesuffix("/128") if said is not None and not said.negated else ""

    def may_set(self, mark: int, mask: int = WHOLE) -> bool:
        """Whether a packet may have a mark behind it. With a mask of its own, what was there before counts, too."""
        return self.mask != WHOLE or self.value & mask == mark & mask


def markings(ruleset: Ruleset) -> list[Marking]:
    """All rules that set a mark."""
    found = []
    hooks = {table.name: hooks_of(table) for table in ruleset.tables}
    for table, chain, each in ruleset.rules():
        spec = each.readable
        value = spec.target.value("set-xmark") if spec is not None and spec.target is not None else None
        if spec is not None and spec.target is not None and spec.target.name == "MARK" and isinstance(value, tuple):
            found.append(
                Marking(table.name, each, spec, value[0], value[1], hooks[table.name].get(chain.name, frozenset()))
            )
    return found


def hooks_of(table: Table) -> dict[str, frozenset[str]]:
    """By which built-in chains packets come to each chain."""
    calls = {
        chain.name: [
            each.readable.target.name
            for each in chain.rules
            if each.readable is not None and each.readable.target is not None and each.readable.target.kind == "chain"
        ]
        for chain in table.chains
    }
    found: dict[str, frozenset[str]] = {}
    for hook in BUILT_IN[table.name]:
        waiting, seen = [hook], set[str]()
        while waiting:
            name = waiting.pop()
            if name not in seen:
                seen.add(name)
                waiting += calls.get(name, ())
        for name in seen:
            found[name] = found.get(name, frozenset()) | {hook}
    return found


def is_plain(ruleset: Ruleset) -> bool:
    """Whether the rules that set marks are all there is: no table may hold others, and no mark comes from elsewhere."""
    return all(table.complete for table in ruleset.tables) and not any(
        _obscures(each) for _, _, each in ruleset.rules()
    )


def _obscures(each: Rule) -> bool:
    if each.readable is None:
        return True
    target = each.readable.target
    return target is not None and (not target.known or target.name in _OBSCURE)


def asks_in_filter(ruleset: Ruleset, value: int) -> bool:
    """Whether some rule asks for a mark, or hands it on."""
    for _, _, each in ruleset.rules():
        spec = each.readable
        if spec is None or (spec.target is not None and spec.target.name in _OBSCURE):
            return True
        match = spec.match("mark")
        wanted = match.value("mark") if match is not None else None
        if match is not None and not (isinstance(wanted, tuple) and value & wanted[1] != wanted[0]):
            return True
    return False


def by_other_means(machine: Machine) -> bool:
    """Whether an input speaks of tc or nft, which may set marks or ask for them, too."""
    return any(_OTHERS.search(given.source.text) for given in machine.givens)


class Lookup(NamedTuple):
    """A policy rule as far as it matters here. `origin` is where it is said."""

    family: int
    mark: int | None
    mask: int
    table: str
    preference: int | None
    selects_all: bool
    place: Place

    def takes(self, mark: int) -> bool:
        return self.mark is not None and mark & self.mask == self.mark & self.mask


def lookups(director: Director) -> list[Lookup]:
    """The policy rules that look into a table: those of the host, and those that keepalived adds."""
    machine = director.machine
    found = []
    for each in machine.facts.rules if machine is not None else ():
        if machine is not None and each.action == "lookup" and each.origin is not None:
            mask = WHOLE if each.mask is None else each.mask
            mark = None if each.negated else each.mark
            where = place_of(machine, each.origin)
            found.append(Lookup(each.family, mark, mask, each.table, each.preference, each.selects_all, where))
    for words, origin in _items(director, "rules"):
        family = 6 if any(":" in word for word in words) else 4
        mark, mask = _mark(_after(words, "fwmark"))
        table = table_name(_after(words, "table", "lookup") or "main")
        preference = _number(_after(words, "preference", "priority", "order", "pref"))
        found.append(Lookup(family, mark, mask, table, preference, False, (origin, 0)))
    return found


def _items(director: Director, kind: str) -> Iterator[tuple[tuple[str, ...], Origin]]:
    inside = (block for instance in director.vrrp for block in instance.blocks)
    for block in (*director.blocks, *inside):
        if block.keyword.name in (f"static_{kind}", f"virtual_{kind}"):
            yield from ((item.words, item.origin) for item in block.items if item.valid)


def tables_filled_by_keepalived(director: Director) -> set[str]:
    """The tables that its routes go to."""
    return {table_name(_after(words, "table") or "main") for words, _ in _items(director, "routes")}


def _after(words: Iterable[str], *names: str) -> str:
    return next((b for a, b in pairwise(words) if a in names), "")


def _number(text: str) -> int | None:
    try:
        return int(text, 0)
    except ValueError:
        return None


def _mark(text: str) -> tuple[int | None, int]:
    value, _, mask = text.partition("/")
    given = _number(mask)
    return _number(value), WHOLE if given is None else given


def place_of(machine: Machine, origin: Origin) -> Place:
    """Where a fact is said: the words of the command, without the prompt in front of it."""
    return next((event.span() for event in machine.host_events if event.origin is origin), origin)


def routes_in(machine: Machine, family: int, table: str) -> list[Route]:
    return [route for route in machine.facts.routes if route.family == family and route.table == table]


def all_local(machine: Machine) -> list[tuple[Route, Place]]:
    """The routes that take all addresses for the host's own, and where they are said."""
    return [
        (route, place_of(machine, route.origin))
        for route in machine.facts.routes
        if route.kind == "local" and route.is_default and route.origin is not None
    ]


def by_mark(director: Director, ctx: Context) -> list[Service]:
    return [service for service in ctx.services(director) if service.protocol == "FWM"]
