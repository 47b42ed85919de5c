"""What a host's packet filter does to the packets that its work depends on, as far as that is certain.

Where nobody can tell (a match that is not modelled, an address or an interface that decides and is not known, a table
that may hold rules which no input mentions), the answer is that it is not known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from lvscompile.ir.host_settings import plain
from lvscompile.ir.machine import Machine
from lvscompile.ir.netfilter import Chain, Rule, Ruleset, Spec, word_span
from lvscompile.ir.path import Packet, Step, traverse
from lvscompile.lint.engine import Place

Hooks = tuple[tuple[str, str], ...]

INCOMING: Hooks = (
    ("raw", "PREROUTING"), ("mangle", "PREROUTING"), ("nat", "PREROUTING"), ("mangle", "INPUT"), ("filter", "INPUT"),
    ("security", "INPUT"),
)  # fmt: skip
FORWARDED: Hooks = (
    ("raw", "PREROUTING"), ("mangle", "PREROUTING"), ("nat", "PREROUTING"), ("mangle", "FORWARD"),
    ("filter", "FORWARD"), ("security", "FORWARD"), ("mangle", "POSTROUTING"),
)  # fmt: skip
OUTGOING: Hooks = (
    ("raw", "OUTPUT"), ("mangle", "OUTPUT"), ("filter", "OUTPUT"), ("security", "OUTPUT"), ("mangle", "POSTROUTING"),
)  # fmt: skip

PASSES, REFUSED = "passes", "refused"
_REFUSALS = frozenset({"DROP", "REJECT"})
# Ways through one table that are followed into the next one.
_MOST_WAYS = 8
# An interface that no rule names.
OTHER = "?"
# Packets of one kind that are looked at: of thousands of servers few differ, and thousands of rules take their time.
_MOST, _MOST_MATCHES = 200, 50_000


class Judgement(NamedTuple):
    """What becomes of a packet for certain: PASSES, REFUSED, or "" where that is not known. `step` refuses it;
    `steps` is what happened to it on its way.
    """

    verdict: str
    step: Step | None = None
    steps: tuple[Step, ...] = ()


UNKNOWN = Judgement("")


@lru_cache(maxsize=1024)
def judge(ruleset: Ruleset, hooks: Hooks, packet: Packet) -> Judgement:
    """Send a packet through the tables of several hooks, one behind the other."""
    return _judged(ruleset, hooks, packet, ())


def _judged(ruleset: Ruleset, hooks: Hooks, packet: Packet, steps: tuple[Step, ...]) -> Judgement:
    for at, (name, chain) in enumerate(hooks):
        table = ruleset.table(name)
        if table is None:
            continue
        if not table.complete:
            return UNKNOWN
        walked = traverse(ruleset, name, chain, packet)
        ways = (walked, *walked.others)
        if not walked.certain and (not walked.others or len(ways) > _MOST_WAYS):
            return UNKNOWN
        refused = [way for way in ways if way.verdict in _REFUSALS]
        if len(refused) == len(ways):
            return Judgement(REFUSED, walked.decider, (*steps, *walked.steps))
        if refused or any(way.verdict != "ACCEPT" for way in ways):
            return UNKNOWN
        if len(ways) > 1:
            rest = (_judged(ruleset, hooks[at + 1 :], way.packet, (*steps, *way.steps)) for way in ways)
            return agreed(rest)
        packet, steps = walked.packet, (*steps, *walked.steps)
    return Judgement(PASSES, None, steps)


def agreed(judgements: Iterable[Judgement]) -> Judgement:
    """The first of several judgements where all say the same."""
    first: Judgement | None = None
    for each in judgements:
        if first is not None and each.verdict != first.verdict:
            return UNKNOWN
        first = first or each
    return first or UNKNOWN


def everywhere(ruleset: Ruleset, hooks: Hooks, packet: Packet) -> Judgement:
    """As `judge`, by whatever interfaces that are not known."""
    return agreed(judge(ruleset, hooks, each) for each in by_all_interfaces(ruleset, packet))


def by_all_interfaces(ruleset: Ruleset, packet: Packet) -> Iterator[Packet]:
    """The packet by each interface that makes a difference, where its own is not known. Never by the loopback one:
    there only the host talks to itself.
    """
    coming = (packet.in_interface,) if packet.in_interface is not None else named(ruleset, "in_interface")
    going = (packet.out_interface,) if packet.out_interface is not None else named(ruleset, "out_interface")
    for one in coming:
        for other in going:
            yield packet._replace(in_interface=one, out_interface=other)


@lru_cache(maxsize=64)
def named(ruleset: Ruleset, field: str) -> tuple[str, ...]:
    """The interfaces that rules name, and one that none does."""
    found = dict.fromkeys(
        condition.word.rstrip("+")
        for _, _, rule in ruleset.rules()
        if rule.readable is not None and (condition := getattr(rule.readable, field)) is not None
    )
    return (*(name for name in found if name != "lo"), OTHER)


@lru_cache(maxsize=16)
def most(ruleset: Ruleset) -> int:
    """How many packets of one kind are sent through a filter."""
    rules = sum(len(chain.rules) for table in ruleset.tables for chain in table.chains)
    return max(10, min(_MOST, _MOST_MATCHES // (rules + 1)))


def refusal(ruleset: Ruleset, hooks: Hooks, packet: Packet) -> Step | None:
    """What certainly refuses a packet, by whatever interfaces that are not known; None where it may pass."""
    return everywhere(ruleset, hooks, packet).step


def place(ruleset: Ruleset, step: Step) -> Place:
    """Where the rule or the policy stands that a step is about."""
    if step.rule is not None:
        return word_span(step.rule.origin, step.rule.places)
    chain = chain_of(ruleset, step)
    assert chain is not None
    assert chain.origin is not None  # a policy of DROP is one that somebody has set
    return chain.origin


def chain_of(ruleset: Ruleset, step: Step) -> Chain | None:
    table = ruleset.table(step.table)
    return table.chain(step.chain) if table is not None else None


def behind(ruleset: Ruleset, step: Step) -> tuple[Rule, ...]:
    """The rules of its chain that come after the one that a step is about."""
    chain = chain_of(ruleset, step)
    if chain is None or step.rule is None:
        return ()
    at = next(at for at, rule in enumerate(chain.rules) if rule is step.rule)
    return chain.rules[at + 1 :]


def words(step: Step) -> str:
    """The rule or the policy of a step, as a command line would say it."""
    if step.rule is None:
        return f"-P {step.chain} {step.what.removeprefix('policy ')}"
    return f"-A {step.chain}{step.rule.text}"


def accepts(rule: Rule) -> Spec | None:
    """What a rule says that accepts packets."""
    spec = rule.readable
    return spec if spec is not None and spec.target is not None and spec.target.name == "ACCEPT" else None


def tracked(machine: Machine) -> bool | None:
    """Whether conntrack knows the connections that IPVS forwards (net.ipv4.vs.conntrack); None where no input tells of
    the kernel's settings: it is off by default.
    """
    if "sysctls" not in machine.told:
        return None
    return plain(machine.facts.sysctls, "net.ipv4.vs.conntrack").value != 0
