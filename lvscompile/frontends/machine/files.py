"""Files by kind: each to the front end of its language, and what comes of it to the state of the host."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Mapping

from lvscompile.frontends import facts as facts_frontend
from lvscompile.frontends import netfiles, sysctl
from lvscompile.frontends.iproute import listings
from lvscompile.frontends.ipvsadm.files import read_rules
from lvscompile.frontends.machine.pieces import begun, family_of
from lvscompile.frontends.machine.state import State
from lvscompile.frontends.netfiles import Reading
from lvscompile.frontends.replay.netfilter import Netfilter
from lvscompile.ir.core import Opaque
from lvscompile.ir.host import HostFacts, ModuleLoad
from lvscompile.ir.machine import Contradiction, Given, Tally
from lvscompile.syntax.iptables.scan import read as read_lines
from lvscompile.syntax.iptables.scan import scan as scan_filter
from lvscompile.syntax.source import Source
from lvscompile.syntax.statements import Stmt

_QUIET = ("BLANK", "COMMENT")


def take(state: State, given: Given) -> Tally:
    """Read a text of any kind but script and keepalived. Each of its lines is accounted for."""
    return _READERS[given.kind](state, given)


def _ipvsadm(state: State, given: Given) -> Tally:
    first = state.ipvs is None
    table = state.table(unknown=False)
    rules = read_rules(given.source, replay=table)
    state.ipvs_events += rules.events
    state.opaque += rules.kept
    if rules.listing is not None and first:
        # What commands made of the table before is known better than by a listing of it.
        table.begin(rules.listing.table)
    return _tally(given, rules.lines, {id(kept.origin) for kept in rules.kept})


def _iptables(state: State, given: Given) -> Tally:
    family = 6 if given.kind == "ip6tables" else family_of(given.path or given.source.name, given.source.text)
    earlier = state.filters.get(family)
    filter_ = Netfilter(family)
    lines = begun(given.source, scan_filter(given.source))
    events = filter_.restore(read_lines(lines))
    state.filter_events += events
    if earlier is not None:
        _say_replaced(state, earlier, filter_)
        # A dump replaces the tables that it holds, and leaves the others.
        earlier.tables.update(filter_.tables)
    else:
        state.filters[family] = filter_
    state.told.add(f"filter{family}")
    if "filter" in filter_.tables:
        state.complete.add(f"filter{family}")
    strange = {id(line) for line in lines if line.type in ("UNKNOWN", "STRAY")}
    refused = {id(e.origin) for e in events if e.outcome is not None and not e.outcome.ok and e.outcome.certain}
    state.opaque += [Opaque("iptables", line.text, line) for line in lines if id(line) in strange]
    return _tally(given, lines, strange | refused)


def _say_replaced(state: State, earlier: Netfilter, later: Netfilter) -> None:
    for name, table in later.tables.items():
        before = earlier.tables.get(name)
        if before is None:
            continue
        old, new = before.frozen(), table.frozen()
        texts = [
            [(chain.name, chain.policy, rule.text) for chain in each.chains for rule in chain.rules]
            for each in (old, new)
        ]
        if texts[0] and texts[0] != texts[1]:
            state.contradictions.append(Contradiction(f"filter{later.family}", name, old, new))


def _sysctl(state: State, given: Given) -> Tally:
    # Whether a text without a place is read at boot, nobody knows: it looks like a file that is.
    persistent = given.persistent or not given.path
    lines = sysctl.read(given.source, persistent)
    written = tuple(line.setting for line in lines if line.setting is not None)
    strange = [line.origin for line in lines if line.kind == "UNKNOWN"]
    state.add(HostFacts(written, opaque=tuple(Opaque("sysctl", stmt.text, stmt) for stmt in strange)))
    state.told.add("sysctls")
    return _tally(given, [line.origin for line in lines], set(map(id, strange)))


def _reading(read: Callable[[Given], Reading]) -> Callable[[State, Given], Tally]:
    def taken(state: State, given: Given) -> Tally:
        reading = read(given)
        state.add(reading.facts)
        for nested in reading.commands:
            if nested.phase in ("pre-up", "up", "post-up"):
                from lvscompile.frontends.machine.commands import run_nested

                run_nested(state, given, nested)
        lines = list(listings.lines(given.source))
        kept = {kept.origin.start for kept in reading.facts.opaque}
        return _tally(given, lines, {id(line) for line in lines if line.start in kept})

    return taken


def _device(given: Given, prefixes: Iterable[str]) -> str:
    """The interface that a file's name speaks of."""
    name = posixpath.basename(given.path or given.source.name)
    for prefix in prefixes:
        if name.startswith(prefix):
            return name.removeprefix(prefix)
    return ""


def _modules(state: State, given: Given) -> Tally:
    loads: list[ModuleLoad] = []
    lines = list(listings.lines(given.source))
    for line in lines:
        words = line.text.split()
        if words and not words[0].startswith(("#", ";")):
            loads.append(ModuleLoad(words[0].replace("-", "_"), tuple(words[1:]), False, line, True))
    state.add(HostFacts(modules=tuple(loads)))
    return _tally(given, lines, set())


def _listing(state: State, given: Given) -> Tally:
    lines = list(listings.lines(given.source))
    listing = listings.read(lines)
    state.add(listing.facts())
    return _tally(given, lines, set(map(id, listing.others)))


def _facts(state: State, given: Given) -> Tally:
    """The running state: what the texts inside say is there now, whatever the files make of it."""
    found = facts_frontend.read(given.source)
    state.running = found.facts
    state.opaque += found.facts.opaque
    for name, source in found.texts:
        _fact_text(state, name, source)
    lines = given.source.text.count("\n")
    return Tally(given.source.name, lines, kept_at=tuple(kept.origin for kept in found.facts.opaque))


def _fact_text(state: State, name: str, source: Source) -> None:
    if name in ("iptables-save", "ip6tables-save"):
        family = 6 if name.startswith("ip6") else 4
        filter_ = Netfilter(family)
        filter_.restore(read_lines(scan_filter(source)))
        state.running_filters[family] = filter_.ruleset()
        state.told.add(f"filter{family}")
        state.complete.add(f"filter{family}")
    elif name in ("ipvsadm-save", "/proc/net/ip_vs"):
        state.running_ipvs = read_rules(source).table
        state.told.add("ipvs")
        state.complete.add("ipvs")
    state.givens.append(Given(source, "facts"))


def _tally(given: Given, lines: Iterable[Stmt], kept: set[int]) -> Tally:
    said = [line for line in lines if line.text]
    whole = sum(max(line.text.count("\n"), 1) for line in said)
    left = tuple(line for line in said if id(line) in kept and line.type not in _QUIET)
    return Tally(given.source.name, whole, kept_at=left)


_READERS: Mapping[str, Callable[[State, Given], Tally]] = {
    "ipvsadm": _ipvsadm,
    "iptables": _iptables,
    "ip6tables": _iptables,
    "sysctl": _sysctl,
    "options": _reading(lambda given: netfiles.keepalived_options(given.source)),
    "network": _reading(lambda given: netfiles.network(given.source)),
    "ifcfg": _reading(lambda given: netfiles.ifcfg(given.source, _device(given, ("ifcfg-",)))),
    "route-file": _reading(lambda given: netfiles.route_file(given.source, _device(given, ("route6-", "route-")))),
    "rule-file": _reading(lambda given: netfiles.rule_file(given.source, _device(given, ("rule6-", "rule-")))),
    "interfaces": _reading(lambda given: netfiles.interfaces(given.source)),
    "modules": _modules,
    "listing": _listing,
    "facts": _facts,
}
