"""Where the kernel sends a packet: through the policy rules, the host's own addresses, and the routing tables.

What no input tells is not known. A decision tells whether it is certain, and what it hangs on where it is not.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from lvscompile.ir.core import Origin
from lvscompile.ir.host import HostAddress, HostFacts, PolicyRule, Route
from lvscompile.ir.path.packet import numeric, within

LOCAL, UNICAST, BROADCAST, MULTICAST, NOWHERE = "local", "unicast", "broadcast", "multicast", "none"
_BITS = {4: 32, 6: 128}
_REFUSE = frozenset({"blackhole", "unreachable", "prohibit"})


class Entry(NamedTuple):
    """A way in a table: of a route, or of an address that the host has."""

    network: int
    prefix: int
    kind: str
    device: str
    via: str
    metric: int
    route: Route | None = None
    address: HostAddress | None = None

    @property
    def origin(self) -> Origin | None:
        return self.route.origin if self.route else self.address.origin if self.address else None


class Decision(NamedTuple):
    """Where a packet goes: `kind` is local, unicast, broadcast, multicast, blackhole, unreachable, prohibit, or none
    where there is no way at all. `rule` and `entry` made it. `doubt` says what it hangs on that nobody tells, "" where
    it is certain.
    """

    kind: str
    device: str = ""
    via: str = ""
    rule: PolicyRule | None = None
    entry: Entry | None = None
    doubt: str = ""

    @property
    def certain(self) -> bool:
        return not self.doubt


class Query(NamedTuple):
    """What is looked up. `foreign` is the address of another host, for certain. An interface of "" is none."""

    destination: str
    source: str = ""
    mark: int | None = 0
    iif: str | None = None
    oif: str | None = None
    tos: int | None = 0
    foreign: bool = False


class Routing:
    """The routing of one family of a host."""

    def __init__(
        self,
        facts: HostFacts,
        family: int = 4,
        *,
        told: Iterable[str] = (),
        complete: Iterable[str] = (),
        more: Iterable[HostAddress] = (),
    ) -> None:
        """`more` are addresses beside those of the facts, like the virtual ones of a master."""
        self.family = family
        self.told, self.complete = frozenset(told), frozenset(complete)
        self.down = frozenset(link.name for link in facts.links if link.up is False)
        self.addresses = tuple(own for own in (*facts.addresses, *more) if own.family == family)
        self.rules = _rules(facts.rules, family, "rules" in self.complete)
        self.tables: dict[str, list[Entry]] = {"local": [], "main": []}
        for route in facts.routes:
            self._add_route(route)
        for own in (*self.addresses, *_LOOPBACK[family]):
            self._add_address(own)
        for entries in self.tables.values():
            entries.sort(key=lambda entry: (-entry.prefix, entry.metric))
        for name, entries in self.tables.items():
            # A gateway says by which interface it is reached.
            self.tables[name] = [
                entry._replace(device=self.on_link(entry.via)) if entry.via and not entry.device else entry
                for entry in entries
            ]

    @property
    def has_custom(self) -> bool:
        """Whether the kernel looks at the sources of packets more closely: for rules or local routes of one's own."""
        told_local = any(e.route is not None and e.kind == LOCAL for name, es in self.tables.items() for e in es
                         if name != LOCAL)  # fmt: skip
        return told_local or len(self.rules) > len(_initial(self.family))

    def primary(self, device: str | None) -> str:
        """The first address of an interface, "" where it is not known."""
        found = (own.address for own in self.addresses if own.device == device and not own.secondary)
        return next(found, "")

    def device_of(self, address: str) -> str:
        """The interface that holds an address of the host's own."""
        return next((own.device for own in self.addresses if own.address == address), "")

    def on_link(self, address: str) -> str:
        """The interface in whose network an address lies, "" for none."""
        entry = self._longest("main", address)
        return entry.device if entry and not entry.via and entry.prefix else ""

    def kind_of(self, address: str) -> str | None:
        """What an address is to this host, as addrtype names it: only the table `local` counts."""
        entry = self._longest("local", address)
        if entry is not None:
            return entry.kind.upper()
        if within(address, _MULTICAST[self.family]):
            return "MULTICAST"
        return "UNICAST" if "addresses" in self.complete else None

    def lookup(self, query: Query) -> Decision:
        """Where the kernel sends a packet."""
        if within(query.destination, _MULTICAST[self.family]):
            return Decision(MULTICAST)
        if query.destination == "255.255.255.255":
            return Decision(BROADCAST)
        return self._from(0, query, "")

    def _from(self, place: int, query: Query, doubt: str) -> Decision:
        """The decision of the rules from one on. `doubt` is what came before and may have decided otherwise."""
        while place < len(self.rules):
            rule = self.rules[place]
            met = _meets(rule, query)
            if met is False or rule.action == "nop":
                place += 1
                continue
            if met is None:
                return self._either(place, query, doubt)
            if rule.action == "goto":
                after = [
                    i for i, each in enumerate(self.rules) if i > place and (each.preference or 0) >= (rule.target or 0)
                ]
                place = after[0] if after else len(self.rules)
                continue
            found, missing = self._decided(rule, query)
            if found is not None:
                return _doubted(found, doubt)
            doubt = doubt or missing
            place += 1
        nothing = Decision(NOWHERE)
        return _doubted(
            nothing, doubt or ("" if "routes" in self.complete else "no input tells all routes of the host")
        )

    def _either(self, place: int, query: Query, doubt: str) -> Decision:
        """Of a rule that may be met or not: the same decision either way, or one that is not certain."""
        without = self._from(place + 1, query, doubt)
        met, _ = self._decided(self.rules[place], query)
        if met is None or (met.kind, met.device, met.via) == (without.kind, without.device, without.via):
            return without
        return without._replace(doubt=without.doubt or "a rule of policy routing may be met or not")

    def _decided(self, rule: PolicyRule, query: Query) -> tuple[Decision | None, str]:
        """What a rule that is met makes of a packet; None where it goes on to the next, with what is not told there."""
        if rule.action in _REFUSE:
            return Decision(rule.action, rule=rule), ""
        entry = self._longest(rule.table, query.destination, query.oif)
        if entry is None:
            return None, self._missing(rule.table, query)
        if entry.kind == "throw":
            return None, ""
        return Decision(entry.kind, entry.device, entry.via, rule, entry), ""

    def _missing(self, table: str, query: Query) -> str:
        """What may be in a table that nobody tells."""
        if table == LOCAL:
            sure = query.foreign or "addresses" in self.complete
            return "" if sure else "no input tells all addresses of the host"
        return "" if "routes" in self.complete or table == "default" else f"no input tells all routes of table {table}"

    def _longest(self, table: str, address: str, device: str | None = None) -> Entry | None:
        number = numeric(address)
        if number is None or (":" in address) != (self.family == 6):
            return None
        bits = _BITS[self.family]
        for entry in self.tables.get(table, ()):
            if number >> bits - entry.prefix == entry.network >> bits - entry.prefix and entry.device not in self.down:
                if device and entry.device != device and entry.kind == UNICAST:
                    continue
                return entry
        return None

    def _add_route(self, route: Route) -> None:
        network, _, length = route.destination.partition("/")
        number = numeric(network)
        if route.family != self.family or number is None:
            return
        entry = Entry(number, int(length), route.kind, route.device, route.via, route.metric, route)
        self.tables.setdefault(route.table, []).append(entry)

    def _add_address(self, own: HostAddress) -> None:
        number = numeric(own.address)
        if number is None:
            return
        bits = _BITS[self.family]
        away = bits - own.prefix
        network = number >> away << away
        local = self.tables["local"]
        local.append(Entry(number, bits, LOCAL, own.device, "", 0, address=own))
        if own.device == "lo" and self.family == 4:
            local.append(Entry(network, own.prefix, LOCAL, own.device, "", 0, address=own))
        elif self.family == 4 and away > 1:
            last = network | (1 << away) - 1
            local.append(Entry(last, bits, BROADCAST, own.device, "", 0, address=own))
        if own.peer:
            self.tables["main"].append(Entry(numeric(own.peer) or 0, bits, UNICAST, own.device, "", 0, address=own))
        elif away and own.device != "lo":
            self.tables["main"].append(Entry(network, own.prefix, UNICAST, own.device, "", 0, address=own))


_MULTICAST = {4: "224.0.0.0/4", 6: "ff00::/8"}
_LOOPBACK = {
    4: (HostAddress(4, "127.0.0.1", 8, "lo", scope="host"),),
    6: (HostAddress(6, "::1", 128, "lo", scope="host"),),
}


def _initial(family: int) -> tuple[PolicyRule, ...]:
    rules = (PolicyRule(family, 0, "lookup", "local"), PolicyRule(family, 32766, "lookup", "main"))
    return (*rules, PolicyRule(family, 32767, "lookup", "default")) if family == 4 else rules


def _rules(told: Iterable[PolicyRule], family: int, complete: bool) -> tuple[PolicyRule, ...]:
    """The rules by preference. Those that are always there may be left out; a listing names them, where they are."""
    mine = [rule for rule in told if rule.family == family]
    known = {(rule.preference, rule.table) for rule in mine}
    always = [rule for rule in _initial(family) if (rule.preference, rule.table) not in known]
    if not complete or len(always) == len(_initial(family)):
        mine += always
    # One without a preference goes in front of those that were there.
    return tuple(sorted(mine, key=lambda rule: 32765 if rule.preference is None else rule.preference))


def _meets(rule: PolicyRule, query: Query) -> bool | None:
    """Whether a packet meets a rule's selector; None where nobody can tell."""
    answers = [
        _in(rule.source, query.source),
        _in(rule.destination, query.destination),
        _named(rule.iif, query.iif),
        _named(rule.oif, query.oif),
        None if rule.others else True,
        None if rule.tos and query.tos is None else not rule.tos or rule.tos == query.tos,
    ]
    if rule.mark is not None:
        mask = 0xFFFFFFFF if rule.mask is None else rule.mask
        answers.append(None if query.mark is None else query.mark & mask == rule.mark & mask)
    met = False if False in answers else None if None in answers else True
    return met if met is None or not rule.negated else not met


def _in(network: str, address: str) -> bool | None:
    if network in ("", "all"):
        return True
    return within(address, network) if address else None


def _named(wanted: str, name: str | None) -> bool | None:
    return True if not wanted else None if name is None else name == wanted


def _doubted(decision: Decision, doubt: str) -> Decision:
    """A decision, when another one may have come before it; for a local delivery that would be the same."""
    return (
        decision if not doubt or (decision.kind == LOCAL and "addresses" in doubt) else decision._replace(doubt=doubt)
    )
