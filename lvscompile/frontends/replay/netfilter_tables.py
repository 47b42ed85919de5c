"""One table of the packet filter while commands change it."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from lvscompile.frontends.replay.netfilter_kernel import EINVAL, ELOOP, EVERYWHERE, hooks, is_free, reached, refusal
from lvscompile.ir.core import Origin
from lvscompile.ir.netfilter import BUILT_IN, Chain, Refused, Rule, Spec, Table


class Ties(NamedTuple):
    """What a rule asks of its table: why the kernel takes it nowhere, the chain that it jumps to, the hooks from which
    it may be reached.
    """

    message: str = ""
    jump: str = ""
    limit: int = EVERYWHERE


FREE = Ties()


class Asks(NamedTuple):
    """What the rules of a chain that packets can reach ask: jumps, and the hooks that some of them are limited to. No
    rule behind an unconditional verdict is reached.
    """

    jumps: set[str]
    limits: set[int]
    ended: bool


class ChainState:
    """A chain, with what its rules ask of the table."""

    __slots__ = ("asks", "counters", "name", "origin", "policy", "references", "rules")

    def __init__(self, name: str, policy: str, origin: Origin | None) -> None:
        self.name = name
        self.policy = policy
        self.origin = origin
        self.counters = (0, 0)
        self.rules: list[Rule] = []
        self.references: Counter[str] = Counter()  # jumps from anywhere in the chain
        self.asks: Asks | None = Asks(set(), set(), False)

    def copy(self) -> ChainState:
        twin = ChainState(self.name, self.policy, self.origin)
        twin.counters = self.counters
        twin.rules = list(self.rules)
        twin.references = Counter(self.references)
        twin.asks = None
        return twin

    def append(self, rule: Rule, ties: Ties) -> None:
        self.rules.append(rule)
        asks = self.asks
        if ties.jump:
            self.references[ties.jump] += 1
        if asks is not None and not asks.ended:
            if ties.jump:
                asks.jumps.add(ties.jump)
            if ties.limit != EVERYWHERE:
                asks.limits.add(ties.limit)
            if ends(rule.spec):
                self.asks = asks._replace(ended=True)

    def insert(self, place: int, rule: Rule, ties: Ties) -> None:
        self.rules.insert(place, rule)
        self.asks = None
        if ties.jump:
            self.references[ties.jump] += 1

    def remove(self, place: int, ties: Ties) -> None:
        del self.rules[place]
        self.asks = None
        if ties.jump:
            self.references[ties.jump] -= 1

    def clear(self) -> None:
        self.rules.clear()
        self.references.clear()
        self.asks = Asks(set(), set(), False)


def ends(spec: Spec | Refused) -> bool:
    """Whether no packet gets past a rule."""
    target = None if isinstance(spec, Refused) else spec.target
    return target is not None and target.kind == "verdict" and spec.text == target.text


class TableState:
    """A table. `complete` is False where it may hold more than is known."""

    __slots__ = ("chains", "complete", "family", "name")

    def __init__(self, name: str, family: int, complete: bool = True) -> None:
        self.name = name
        self.family = family
        self.complete = complete
        self.chains = {chain: ChainState(chain, "ACCEPT", None) for chain in BUILT_IN[name]}

    def copy(self) -> TableState:
        twin = TableState(self.name, self.family, self.complete)
        twin.chains = {name: chain.copy() for name, chain in self.chains.items()}
        return twin

    def is_built_in(self, name: str) -> bool:
        return name in BUILT_IN[self.name]

    def is_user(self, name: str) -> bool:
        return name in self.chains and not self.is_built_in(name)

    def referenced(self, name: str) -> bool:
        return any(chain.references[name] > 0 for chain in self.chains.values())

    def rename(self, old: str, new: str, moved: dict[str, list[Rule]]) -> None:
        """Give a chain another name; `moved` holds the rules of the chains that jump to it, written anew."""
        chain = self.chains.pop(old)
        chain.name = new
        self.chains[new] = chain
        for name, rules in moved.items():
            each = self.chains[new if name == old else name]
            each.rules[:] = rules
            each.references[new] += each.references.pop(old, 0)
            each.asks = None

    def ties(self, spec: Spec | Refused) -> Ties:
        """What a rule asks of this table."""
        if isinstance(spec, Refused) or is_free(spec):
            return FREE
        target = spec.target
        jump = target.name if target and target.kind == "chain" else ""
        message = refusal(spec, self.name, self.family)
        if jump and not message and self.is_built_in(jump):
            message = EINVAL
        return Ties(message, jump, hooks(spec))

    def refill(self, chain: ChainState, rules: list[Rule]) -> None:
        """Put other rules into a chain."""
        chain.clear()
        for rule in rules:
            chain.append(rule, self.ties(rule.spec))

    def takes_more(self, chain: ChainState, ties: Ties) -> str:
        """What the kernel has against one more rule at the end of a chain; "" where it takes it."""
        if ties is FREE or ties.message:
            return ties.message
        asks = self._asks(chain)
        if asks.ended:
            return ""
        known = (not ties.jump or ties.jump in asks.jumps) and (ties.limit == EVERYWHERE or ties.limit in asks.limits)
        return "" if known else self.check(chain.name, ties)

    def _asks(self, chain: ChainState) -> Asks:
        if chain.asks is None:
            jumps: set[str] = set()
            limits: set[int] = set()
            for rule in chain.rules:
                ties = self.ties(rule.spec)
                if ties.jump:
                    jumps.add(ties.jump)
                if ties.limit != EVERYWHERE:
                    limits.add(ties.limit)
                if ends(rule.spec):
                    break
            else:
                chain.asks = Asks(jumps, limits, False)
                return chain.asks
            chain.asks = Asks(jumps, limits, True)
        return chain.asks

    def check(self, more: str = "", ties: Ties = FREE) -> str:
        """What the kernel has against the table as it is, or with one more rule at the end of a chain."""
        asks = {name: self._asks(chain) for name, chain in self.chains.items()}
        if more:
            jumps, limits, ended = asks[more]
            asks[more] = Asks(jumps | {ties.jump} - {""}, limits | {ties.limit}, ended)
        masks = reached({name: each.jumps for name, each in asks.items()}, BUILT_IN[self.name])
        if masks is None:
            return ELOOP
        for name, each in asks.items():
            mask = masks.get(name, 0)
            if any(mask & ~limit for limit in each.limits):
                return EINVAL
        return ""

    def frozen(self) -> Table:
        """Chains as iptables-save has them: the built-in ones, then the others by name."""
        built_in = [self.chains[name] for name in BUILT_IN[self.name]]
        others = sorted((each for each in self.chains.values() if not self.is_built_in(each.name)), key=_bytes)
        chains = tuple(
            Chain(each.name, each.policy, each.counters, tuple(each.rules), each.origin)
            for each in (*built_in, *others)
        )
        return Table(self.name, chains, self.complete)


def _bytes(chain: ChainState) -> bytes:
    return chain.name.encode("utf-8", "surrogateescape")
