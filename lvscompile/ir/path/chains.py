"""A packet's way through the chains of one table.

Where nobody can tell whether a rule matches, both ways are followed. If they end alike the answer is certain all the
same; if not, the way that ordinary traffic takes is told, and that it is not certain.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from lvscompile.ir.netfilter import Chain, Rule, Ruleset, Spec, Table
from lvscompile.ir.path.match import KindOf, matches, nobody_knows, passes_as_a_rule
from lvscompile.ir.path.packet import Packet
from lvscompile.ir.path.targets import ACCEPT, DROP, HARMLESS, PASSES, UNKNOWN, effect

# Ways that are followed at most; with more the answer is not certain.
MOST_WAYS = 2000
MOST_JUMPS = 20_000


class Step(NamedTuple):
    """Something that happened in a chain: by a rule, or by the chain's policy where `rule` is None. `sure` is False
    where nobody can tell whether the rule matches.
    """

    table: str
    chain: str
    rule: Rule | None
    what: str
    sure: bool = True


class Walked(NamedTuple):
    """How a packet leaves a table: the verdict (ACCEPT, DROP, REJECT, QUEUE, REDIRECT, DNAT, SNAT, MASQUERADE, TAKEN,
    UNKNOWN), what it looks like then, and what happened to it, the deciding step last.

    `certain` is False where something that nobody can tell decides; `doubts` are the steps with the rules in question,
    `others` how the packet may leave as well. `complete` is False where the table may hold rules that no input
    mentions, or no input tells of the table at all.
    """

    verdict: str
    packet: Packet
    steps: tuple[Step, ...] = ()
    certain: bool = True
    complete: bool = True
    others: tuple[Walked, ...] = ()

    @property
    def passes(self) -> bool:
        return self.verdict in PASSES

    @property
    def decider(self) -> Step | None:
        """The step that ended the way; None where there is nothing to pass at all."""
        return self.steps[-1] if self.steps else None

    @property
    def doubts(self) -> tuple[Step, ...]:
        return tuple(dict.fromkeys(step for way in (self, *self.others) for step in way.steps if not step.sure))


class _At(NamedTuple):
    """A place in a table: which rule of which chain is next, and where calls return to."""

    chain: Chain
    place: int
    stack: tuple[tuple[Chain, int], ...]
    packet: Packet
    steps: tuple[Step, ...]


def _unknown_address(interface: str | None) -> str:
    return ""


def traverse(
    ruleset: Ruleset | None,
    table: str,
    chain: str,
    packet: Packet,
    kind_of: KindOf = nobody_knows,
    primary: Callable[[str | None], str] = _unknown_address,
) -> Walked:
    """Send a packet through a built-in chain of a table. `kind_of` tells what an address is to this host, `primary`
    the first address of an interface.

    The raw table comes before conntrack, and nothing has a state there; the nat table sees the first packet of a
    connection only.
    """
    if table == "nat" and packet.state in _NOT_FIRST:
        return Walked(ACCEPT, packet)
    if table == "raw" and packet.state != "UNTRACKED" and not packet.balanced:
        return _stated(
            _traverse(ruleset, table, chain, packet._replace(state="INVALID"), kind_of, primary), packet.state
        )
    return _traverse(ruleset, table, chain, packet, kind_of, primary)


_NOT_FIRST = frozenset({"ESTABLISHED", "INVALID", "UNTRACKED"})


def _stated(walked: Walked, state: str | None) -> Walked:
    """What leaves the raw table gets the state that conntrack then gives it, if it is tracked at all."""
    if walked.packet.state == "INVALID":
        walked = walked._replace(packet=walked.packet._replace(state=state))
    return walked._replace(others=tuple(_stated(other, state) for other in walked.others))


def _traverse(
    ruleset: Ruleset | None,
    table: str,
    chain: str,
    packet: Packet,
    kind_of: KindOf,
    primary: Callable[[str | None], str],
) -> Walked:
    found = ruleset.table(table) if ruleset else None
    start = found.chain(chain) if found else None
    if found is None or start is None:
        return Walked(ACCEPT, packet, complete=found is not None)
    if not start.rules and start.policy != DROP:
        return Walked(ACCEPT, packet, complete=found.complete)
    return _Walk(found, start, kind_of, primary).all(_At(start, 0, (), packet, ()))


class _Walk:
    """All ways of a packet through a table, the likeliest first."""

    def __init__(self, table: Table, start: Chain, kind_of: KindOf, primary: Callable[[str | None], str]) -> None:
        self.table = table
        self.start = start
        self.hook = start.name
        self.kind_of = kind_of
        self.primary = primary
        self.open: list[_At] = []
        self.ends: dict[tuple[str, Packet], Walked] = {}
        self.seen: set[tuple[object, ...]] = set()
        self.jumps = 0

    def all(self, start: _At) -> Walked:
        first = self._to_end(start)
        assert first is not None
        ways = 0
        while self.open and ways < MOST_WAYS:
            ways += 1
            self._remember(self._to_end(self.open.pop()))
        others = tuple(way for key, way in self.ends.items() if key != (first.verdict, first.packet))
        certain = not others and not self.open and first.verdict != UNKNOWN
        return first._replace(certain=certain, complete=self.table.complete, others=others)

    def _remember(self, way: Walked | None) -> None:
        if way is not None:
            self.ends.setdefault((way.verdict, way.packet), way)

    def _to_end(self, at: _At) -> Walked | None:
        """Follow one way; None where it meets another one that was followed already."""
        while True:
            chain, place = at.chain, at.place
            if place >= len(chain.rules):
                if not at.stack:
                    return self._policy(at)
                (back, after), *_ = at.stack
                at = at._replace(chain=back, place=after, stack=at.stack[1:])
                continue
            rule = chain.rules[place]
            spec = rule.readable
            answer = matches(spec, at.packet, self.kind_of) if spec else None
            if answer is False or not _matters(spec):
                at = at._replace(place=place + 1)
                continue
            if answer is None:
                key = (chain.name, place, at.stack, at.packet)
                if key in self.seen:
                    return None
                self.seen.add(key)
                if spec is None or not passes_as_a_rule(spec, at.packet, self.kind_of):
                    self._also(at, rule)
                    at = at._replace(place=place + 1)
                    continue
                self.open.append(at._replace(place=place + 1))
            moved = self._applied(at, rule, answer is True)
            if isinstance(moved, Walked):
                return moved
            at = moved

    def _also(self, at: _At, rule: Rule) -> None:
        """Remember the way on which a rule matches of which nobody can tell whether it does."""
        moved = self._applied(at, rule, False)
        if isinstance(moved, Walked):
            self._remember(moved)
        else:
            self.open.append(moved)

    def _policy(self, at: _At) -> Walked:
        """The end of the built-in chain; a chain that was gone to has no other end either."""
        verdict = self.start.policy or ACCEPT
        step = Step(self.table.name, self.start.name, None, f"policy {verdict}")
        return Walked(verdict, at.packet, (*at.steps, step))

    def _applied(self, at: _At, rule: Rule, sure: bool) -> Walked | _At:
        """What a rule that matches does: the end of the way, or where it goes on."""
        target = rule.readable.target if rule.readable else None
        table, name = self.table.name, at.chain.name

        def end(verdict: str, packet: Packet, what: str) -> Walked:
            return Walked(verdict, packet, (*at.steps, Step(table, name, rule, what, sure)))

        if target is None:
            return end(UNKNOWN, at.packet, "a rule that cannot be read")
        if target.name == "RETURN" and target.kind == "verdict":
            if not at.stack:
                return self._policy(at)
            (back, after), *_ = at.stack
            return at._replace(chain=back, place=after, stack=at.stack[1:])
        if target.kind == "verdict":
            return end(target.name, at.packet, target.name)
        if target.kind == "chain":
            return self._called(at, target.name, target.goto) or end(UNKNOWN, at.packet, f"to {target.name}")
        done = effect(target, at.packet, self.hook, self.primary)
        if done.verdict:
            return end(done.verdict, done.packet, done.what)
        steps = (*at.steps, Step(table, name, rule, done.what, sure)) if done.packet != at.packet else at.steps
        return at._replace(place=at.place + 1, packet=done.packet, steps=steps)

    def _called(self, at: _At, name: str, goto: bool) -> _At | None:
        """The beginning of a user's chain; None where no input tells of it, or where calls go round in circles."""
        chain = self.table.chain(name)
        self.jumps += 1
        if chain is None or self.jumps > MOST_JUMPS:
            return None
        stack = at.stack if goto else ((at.chain, at.place + 1), *at.stack)
        return at._replace(chain=chain, place=0, stack=stack)


def _matters(spec: Spec | None) -> bool:
    """Whether a rule does anything but count and note down."""
    return spec is None or (spec.target is not None and spec.target.name not in HARMLESS)
