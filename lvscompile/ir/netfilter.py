"""Packet filter rules as inputs leave them, one ruleset a family, and the iptables commands that made it.

A ruleset is the result of a replay (`frontends.replay.netfilter`). Values are typed and in the normal form in which
iptables-save prints them; what is not understood stays as it was written, with `known` False.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from lvscompile.ir.core import Origin
from lvscompile.ir.node import Node
from lvscompile.syntax.findings import Span

BUILT_IN = {
    "raw": ("PREROUTING", "OUTPUT"),
    "mangle": ("PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"),
    "nat": ("PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"),
    "filter": ("INPUT", "FORWARD", "OUTPUT"),
    "security": ("INPUT", "FORWARD", "OUTPUT"),
}


class Net(NamedTuple):
    """An address with its mask: a prefix length, or the mask itself where it has holes."""

    address: str
    prefix: int
    mask: str = ""
    name: str = ""  # of a host that only its machine can resolve; the address is "" then

    def __str__(self) -> str:
        return self.name or f"{self.address}/{self.mask or self.prefix}"


class Is(NamedTuple):
    """One condition of a rule: the value, and whether it is the others that match."""

    value: object
    negated: bool
    text: str  # ` ! -s 192.0.2.0/24`, as iptables-save prints it

    @property
    def net(self) -> Net:
        assert isinstance(self.value, Net)
        return self.value

    @property
    def number(self) -> int:
        assert isinstance(self.value, int)
        return self.value

    @property
    def word(self) -> str:
        assert isinstance(self.value, str)
        return self.value


class Option(NamedTuple):
    """One option of a match or a target. The type of `value` depends on the option: a number, a range of two, a text,
    an address, a tuple of words; None where the option says all.
    """

    name: str
    value: object
    text: str  # of the value, as iptables-save prints it
    negated: bool = False
    known: bool = True

    @property
    def saved(self) -> str:
        return f"{' !' if self.negated else ''} --{self.name}{' ' if self.text else ''}{self.text}"


class _Extension(Node):
    """A name with options, in the order in which iptables-save prints them."""

    name: str
    options: tuple[Option, ...] = ()
    text: str = ""  # ` -m tcp --dport 80`
    known: bool = True

    def option(self, name: str) -> Option | None:
        return next((option for option in self.options if option.name == name), None)

    def value(self, name: str) -> object:
        option = self.option(name)
        return option.value if option else None


class Match(_Extension):
    """What `-m` loads. Unknown ones keep all that was written behind their name."""


class Target(_Extension):
    """What `-j` or `-g` says: `kind` is verdict, extension or chain."""

    kind: str = "extension"
    goto: bool = False


class Spec(Node):
    """What a rule says; `text` is all of it as iptables-save prints it, and identifies the rule."""

    source: Is | None = None
    destination: Is | None = None
    in_interface: Is | None = None
    out_interface: Is | None = None
    protocol: Is | None = None
    fragment: Is | None = None
    matches: tuple[Match, ...] = ()
    target: Target | None = None
    text: str = ""

    @property
    def known(self) -> bool:
        """Whether all of the rule is understood."""
        return all(match.known for match in self.matches) and (self.target is None or self.target.known)

    def match(self, name: str) -> Match | None:
        return next((match for match in self.matches if match.name == name), None)


class Refused(Node):
    """Stands for the Spec of a rule that cannot be read: its words as they are, and why."""

    text: str
    message: str

    known = False


class Rule(Node):
    """A rule in a chain. `repairs` tells what only iptables of other times takes, with the index of the word."""

    spec: Spec | Refused
    origin: Origin
    counters: tuple[int, int] = (0, 0)
    places: Sequence[tuple[int, int]] | None = None
    repairs: tuple[tuple[str, int], ...] = ()

    @property
    def text(self) -> str:
        return self.spec.text

    @property
    def readable(self) -> Spec | None:
        return self.spec if isinstance(self.spec, Spec) else None


class Chain(Node):
    """A chain; `policy` is "" for one that is not built in."""

    name: str
    policy: str = ""
    counters: tuple[int, int] = (0, 0)
    rules: tuple[Rule, ...] = ()
    origin: Origin | None = None


class Table(Node):
    """A table; `complete` is False where it may hold rules that no input mentions."""

    name: str
    chains: tuple[Chain, ...] = ()
    complete: bool = True

    def chain(self, name: str) -> Chain | None:
        return next((chain for chain in self.chains if chain.name == name), None)


class Ruleset(Node):
    """All tables of a family (4 or 6)."""

    family: int
    tables: tuple[Table, ...] = ()

    def table(self, name: str) -> Table | None:
        return next((table for table in self.tables if table.name == name), None)

    def rules(self) -> Iterator[tuple[Table, Chain, Rule]]:
        for table in self.tables:
            for chain in table.chains:
                for rule in chain.rules:
                    yield table, chain, rule


class Command(Node):
    """One command line that iptables takes: `name` is the long name of its command.

    `specs` holds one rule, or more where -s or -d list addresses. `number` is the rule number, 0 where none is given.
    `counters` are those that -c sets. `repairs` as in Rule.
    """

    name: str
    table: str = "filter"
    chain: str = ""
    specs: tuple[Spec | Refused, ...] = ()
    number: int = 0
    argument: str = ""  # the new name of a chain, its policy; `list` where -Z stands beside -L
    counters: tuple[int, int] | None = None
    repairs: tuple[tuple[str, int], ...] = ()
    family: int = 4


class UsageError(Node):
    """A command line that iptables refuses, with what it prints and its exit status.

    `word` is the index of the word at fault, -1 where none is. `unresolved` is the host that this machine cannot know:
    there, the command may well pass.
    """

    status: int
    message: str
    word: int = -1
    unresolved: str = ""


class Outcome(NamedTuple):
    """Exit status and message, as iptables 1.8.9 (legacy) gives them. Not `certain` where they depend on what is not
    known.
    """

    status: int = 0
    message: str = ""
    certain: bool = True

    @property
    def ok(self) -> bool:
        return self.status == 0


class Event(Node):
    """One command or line that was run; `outcome` is None where a restore never came to it.

    `table` and `chain` name what it worked on; `changed` tells whether it changed anything. `places` are the spans of
    the words in the source; None: the words of a dump's line.
    """

    command: Command | UsageError | None
    origin: Origin
    outcome: Outcome | None
    family: int = 4
    table: str = ""
    chain: str = ""
    changed: bool = False
    places: Sequence[tuple[int, int]] | None = None

    def span(self, word: int = -1) -> Span:
        """The place of a word of the command line, or of all of it."""
        return word_span(self.origin, self.places, word)


def word_span(origin: Origin, places: Sequence[tuple[int, int]] | None, word: int = -1) -> Span:
    """The place of a word of a command line or of a dump's line, or of all its words."""
    if places is None:
        from lvscompile.syntax.iptables.words import counters, spans

        text = origin.text
        at = origin.start
        places = [(at + first, at + last) for first, last in spans(text, counters(text)[1])]
    if not places:
        return Span(origin.source, origin.start, origin.end)
    if 0 <= word < len(places):
        return Span(origin.source, *places[word])
    return Span(origin.source, places[0][0], places[-1][1])
