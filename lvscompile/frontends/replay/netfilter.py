"""The packet filter of one family under a sequence of iptables commands and of dumps that are restored.

Each command ends as iptables 1.8.9 (legacy) and the kernel would end it, with their exit status and words, and leaves
the tables as they would. Without `strict`, what iptables of other times takes passes as well. A log may begin
*unknown*: then a command that presupposes something makes it so, and its outcome is not certain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from lvscompile.frontends.iptables.commands import RULES, parse
from lvscompile.frontends.iptables.line import INT_MAX
from lvscompile.frontends.iptables.numbers import within
from lvscompile.frontends.replay.netfilter_kernel import EINVAL, ENOENT
from lvscompile.frontends.replay.netfilter_restore import Restore
from lvscompile.frontends.replay.netfilter_rules import NO_RULE, assumed, not_found, renamed, settle, tolerable
from lvscompile.frontends.replay.netfilter_tables import ChainState, TableState, ends
from lvscompile.ir.core import Origin
from lvscompile.ir.netfilter import (
    BUILT_IN,
    Command,
    Event,
    Outcome,
    Refused,
    Rule,
    Ruleset,
    Spec,
    UsageError,
)
from lvscompile.ir.node import replace
from lvscompile.syntax.iptables.words import bare
from lvscompile.syntax.source import decode, encode
from lvscompile.syntax.statements import Stmt

OK = Outcome()
LIKELY = Outcome(0, "", False)
EEXIST = "Chain already exists."
NOT_EMPTY = "Directory not empty."
IN_USE = "Too many links."
FILE_EXISTS = "File exists."
NAME_FIELD, NAME_KEPT = 32, 29
NO_BUILT_IN = "Bad built-in chain name."
NO_POLICY = "Bad policy name. Run `dmesg' for more information."


def _failed(message: str, status: int = 1) -> Outcome:
    return Outcome(status, message)


class Netfilter:
    """All tables of a family. `known` says that it starts empty; False: with what an unknown past has left."""

    def __init__(self, family: int = 4, *, strict: bool = False, known: bool = True) -> None:
        self.family = family
        self.strict = strict
        self.known = known
        self.tables: dict[str, TableState] = {}
        self.program = "iptables" if family == 4 else "ip6tables"

    def table(self, name: str) -> TableState:
        """The table of a name, which begins to exist when it is first looked at."""
        if name not in self.tables:
            self.tables[name] = TableState(name, self.family, self.known)
        return self.tables[name]

    def ruleset(self) -> Ruleset:
        return Ruleset(self.family, tuple(table.frozen() for table in self.tables.values()))

    def run(self, words: Sequence[str], origin: Origin, places: Sequence[tuple[int, int]] | None = None) -> Event:
        """Run one command line: the words behind the program's name."""
        command = parse(words, self.family, strict=self.strict)
        if isinstance(command, UsageError):
            command = self._tolerated(command, words)
        return self.execute(command, origin, places)

    def _tolerated(self, error: UsageError, words: Sequence[str]) -> Command | UsageError:
        """A rule that names a host which only its own machine can resolve is kept as it was written."""
        kept = tolerable(error) if not self.strict else ""
        if not kept or words[:1] not in (["-A"], ["-I"]) or len(words) < 2:
            return error
        name, rest, number = "append", words[2:], 0
        if words[0] == "-I":
            stated = within(words[2], 1, INT_MAX) if len(words) > 2 else None
            name, rest, number = "insert", words[3:] if stated else rest, stated or 1
        text = "".join(f" {bare(word)}" for word in rest)
        return Command(name, "filter", words[1], (Refused(text, error.message),), number)

    def execute(
        self, command: Command | UsageError, origin: Origin, places: Sequence[tuple[int, int]] | None = None
    ) -> Event:
        """Do what a command says."""
        if isinstance(command, UsageError):
            outcome = Outcome(command.status, command.message, not command.unresolved)
            return Event(command, origin, outcome, self.family, places=places)
        outcome, changed = self._done(command, origin, places)
        return Event(command, origin, outcome, self.family, command.table, command.chain, changed, places)

    def _done(self, command: Command, origin: Origin, places: Sequence[tuple[int, int]] | None) -> tuple[Outcome, bool]:
        if command.name == "skipped":
            return OK, False
        if command.table not in BUILT_IN:
            message = (
                f"can't initialize {self.program} table `{command.table}': Table does not exist "
                "(do you need to insmod?)"
            )
            return Outcome(3, message), False
        return self.done_in(self.table(command.table), command, origin, places)

    def done_in(
        self, table: TableState, command: Command, origin: Origin, places: Sequence[tuple[int, int]] | None = None
    ) -> tuple[Outcome, bool]:
        """Do what a command says in a table, which may be one that is not committed yet: outcome, and whether it
        changed anything.
        """
        if command.name == "skipped":
            return OK, False
        if command.name in RULES:
            return self._rules(table, command, origin, places)
        return _COMMANDS[command.name](self, table, command, origin)

    # -- rules

    def _rules(
        self, table: TableState, command: Command, origin: Origin, places: Sequence[tuple[int, int]] | None
    ) -> tuple[Outcome, bool]:
        certain = True
        specs: list[Spec | Refused] = []
        for spec in command.specs:
            settled, message = settle(table, spec, self.strict)
            if message:
                return Outcome(2, message), False
            certain = certain and settled.known
            specs.append(settled)
        chain = assumed(table, command.chain)
        if chain is None:
            lost = command.name in ("delete", "check") and not command.number
            return _failed(NO_RULE if lost else ENOENT), False
        done = {"append": self._add, "insert": self._add, "replace": self._replace}
        if command.name in done:
            rules = [Rule(spec, origin, command.counters or (0, 0), places, command.repairs) for spec in specs]
            message = done[command.name](table, chain, command, rules)
        elif command.name == "check":
            message = "" if specs[0].text in [rule.text for rule in chain.rules] else not_found(table, specs[0])
        else:
            message = self._delete(table, chain, command, specs)
        if message and not table.complete and command.name in ("delete", "check", "insert", "replace"):
            # There may well be such a rule.
            return LIKELY, False
        if message:
            return _failed(message), False
        return (OK if certain and not command.repairs else LIKELY), command.name != "check"

    def append(self, table: TableState, command: Command, spec: Spec, origin: Origin) -> tuple[Outcome, bool]:
        """The plain case of a rule, without a detour."""
        target = spec.target
        if target is not None and target.kind != "verdict":
            settled, message = settle(table, spec, self.strict)
            if message:
                return Outcome(2, message), False
            if settled is not spec:
                return self._rules(table, command, origin, None)
        chain = table.chains.get(command.chain)
        if chain is None:
            return _failed(ENOENT), False
        ties = table.ties(spec)
        message = table.takes_more(chain, ties)
        if message:
            return _failed(message), False
        chain.append(Rule(spec, origin, command.counters or (0, 0)), ties)
        return OK, True

    def _add(self, table: TableState, chain: ChainState, command: Command, rules: list[Rule]) -> str:
        place = len(chain.rules) if command.name == "append" else command.number - 1
        if place > len(chain.rules):
            return "Index of insertion too big."
        for rule in rules:
            message = table.ties(rule.spec).message
            if message:
                return message
        before = list(chain.rules)
        for offset, rule in enumerate(rules):
            # Several rules of one -I stand in the reverse order.
            chain.insert(place + offset if command.name == "append" else place, rule, table.ties(rule.spec))
        return self._checked(table, chain, before)

    def _checked(self, table: TableState, chain: ChainState, before: list[Rule]) -> str:
        """What the kernel has against the table with this chain changed; the change is undone then."""
        message = table.check()
        if message:
            table.refill(chain, before)
        return message

    def _replace(self, table: TableState, chain: ChainState, command: Command, rules: list[Rule]) -> str:
        place = command.number - 1
        if place >= len(chain.rules):
            return "Index of replacement too big."
        message = table.ties(rules[0].spec).message
        if message:
            return message
        before = list(chain.rules)
        chain.remove(place, table.ties(before[place].spec))
        chain.insert(place, rules[0], table.ties(rules[0].spec))
        return self._checked(table, chain, before)

    def _delete(self, table: TableState, chain: ChainState, command: Command, specs: list[Spec | Refused]) -> str:
        before = list(chain.rules)
        gone: list[int] = []
        if command.number:
            if command.number > len(before):
                return "Index of deletion too big."
            gone.append(command.number - 1)
        left = [rule.text for rule in before] if specs else []
        for spec in specs:
            if spec.text not in left:
                return not_found(table, spec)
            place = left.index(spec.text)
            del left[place]
            gone.append(place)
        ended = False
        for place in gone:
            ended = ended or ends(chain.rules[place].spec)
            chain.remove(place, table.ties(chain.rules[place].spec))
        # Only behind a verdict that goes can there be anything new.
        return self._checked(table, chain, before) if ended else ""

    # -- chains

    def _new(self, table: TableState, command: Command, origin: Origin) -> tuple[Outcome, bool]:
        if command.chain in table.chains:
            return (_failed(EEXIST) if table.complete else LIKELY), False
        table.chains[command.chain] = ChainState(command.chain, "", origin)
        return OK, True

    def _rename(self, table: TableState, command: Command, origin: Origin) -> tuple[Outcome, bool]:
        old, new = command.chain, command.argument
        # -E takes names that -N does not: up to what the kernel's field holds, of which less is kept.
        if len(encode(new)) >= NAME_FIELD:
            return _failed(EINVAL), False
        new = decode(encode(new)[:NAME_KEPT])
        if new in table.chains:
            return _failed(FILE_EXISTS), False
        if table.is_built_in(old) or assumed(table, old) is None:
            return _failed(ENOENT), False
        moved = {
            name: [renamed(rule, old, new) for rule in chain.rules]
            for name, chain in table.chains.items()
            if chain.references[old] > 0
        }
        table.rename(old, new, moved)
        return OK, True

    def _drop(self, table: TableState, command: Command, origin: Origin) -> tuple[Outcome, bool]:
        if command.chain:
            message = self._why_kept(table, command.chain)
            if message:
                return (_failed(message) if table.complete else LIKELY), False
            del table.chains[command.chain]
            return OK, True
        names = sorted(name for name in table.chains if table.is_user(name))
        messages = [message for name in names if (message := self._why_kept(table, name))]
        if messages:
            return _failed(messages[-1]), False
        for name in names:
            del table.chains[name]
        return OK, bool(names)

    def _why_kept(self, table: TableState, name: str) -> str:
        chain = table.chains.get(name)
        if chain is None:
            return ENOENT
        if table.is_built_in(name):
            return EINVAL
        if table.referenced(name):
            return IN_USE
        return NOT_EMPTY if chain.rules else ""

    def _flush(self, table: TableState, command: Command, origin: Origin) -> tuple[Outcome, bool]:
        if command.chain and assumed(table, command.chain) is None:
            return _failed(ENOENT), False
        for chain in [table.chains[command.chain]] if command.chain else table.chains.values():
            chain.clear()
        if not command.chain:
            table.complete = True
        return OK, True

    def _policy(self, table: TableState, command: Command, origin: Origin) -> tuple[Outcome, bool]:
        if not table.is_built_in(command.chain):
            return _failed(NO_BUILT_IN), False
        if command.argument not in ("ACCEPT", "DROP"):
            return _failed(NO_POLICY), False
        chain = table.chains[command.chain]
        chain.policy, chain.origin = command.argument, origin
        chain.counters = command.counters or chain.counters
        return OK, True

    def _zero(self, table: TableState, command: Command, origin: Origin) -> tuple[Outcome, bool]:
        if command.chain and assumed(table, command.chain) is None:
            return _failed(ENOENT), False
        if command.number:
            rules = table.chains[command.chain].rules
            if command.number > len(rules):
                return (_failed("Index of counter too big.") if table.complete else LIKELY), False
            rules[command.number - 1] = replace(rules[command.number - 1], counters=(0, 0))
            return OK, True
        for chain in [table.chains[command.chain]] if command.chain else table.chains.values():
            chain.counters = (0, 0)
            chain.rules[:] = [replace(rule, counters=(0, 0)) if any(rule.counters) else rule for rule in chain.rules]
        return OK, True

    def _list(self, table: TableState, command: Command, origin: Origin) -> tuple[Outcome, bool]:
        known = not command.chain or command.chain in table.chains or not table.complete
        return (OK if known else _failed(ENOENT)), False

    # -- dumps

    def restore(
        self, lines: Iterable[Stmt], *, noflush: bool = False, table: str = "", counters: bool = True
    ) -> list[Event]:
        """Restore a dump: each table takes effect at its COMMIT, and nothing behind the first mistake does.

        With `table`, the others are passed over. Without `counters`, those of the dump are not looked at.
        """
        return Restore(self, noflush, table, counters).run(lines)


_Handler = Callable[[Netfilter, TableState, Command, Origin], tuple[Outcome, bool]]
_COMMANDS: Mapping[str, _Handler] = {
    "new-chain": Netfilter._new,
    "rename-chain": Netfilter._rename,
    "delete-chain": Netfilter._drop,
    "flush": Netfilter._flush,
    "policy": Netfilter._policy,
    "zero": Netfilter._zero,
    "list": Netfilter._list,
    "list-rules": Netfilter._list,
}
