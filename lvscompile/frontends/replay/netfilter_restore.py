"""iptables-restore: a dump line by line, table by table."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from lvscompile.frontends.iptables import lines
from lvscompile.frontends.iptables.commands import parse
from lvscompile.frontends.replay.netfilter_rules import tolerable
from lvscompile.frontends.replay.netfilter_tables import ChainState, TableState
from lvscompile.ir.netfilter import BUILT_IN, Command, Event, Outcome, Refused, Spec, UsageError
from lvscompile.ir.node import replace
from lvscompile.syntax.iptables.words import bare, counters, words
from lvscompile.syntax.statements import Stmt

if TYPE_CHECKING:
    from lvscompile.frontends.replay.netfilter import Netfilter

OK = Outcome()
_COUNTERS = re.compile(r"\[(\d+):(\d+)", re.ASCII)
_LEADING = re.compile(r"[ \t]*[+-]?\d+", re.ASCII)
U64 = (1 << 64) - 1
_BLANKS = re.compile(r"[ \t\n]+")
_COUNTED = ("append", "insert", "replace", "policy")


def _saturated(digits: str) -> int:
    """As strtoull(3) reads it: what is too large is the largest there is, what is below zero wraps."""
    value = int(digits[:21])
    return value & U64 if value < 0 else min(value, U64)


class _Stop(Exception):
    """The program ends here."""

    def __init__(self, outcome: Outcome, command: Command | UsageError | None = None) -> None:
        super().__init__(outcome.message)
        self.outcome = outcome
        self.command = command


class Restore:
    """One run of iptables-restore over a stream of lines."""

    def __init__(self, filter_: Netfilter, noflush: bool, only: str, counters: bool) -> None:
        self.filter = filter_
        self.noflush = noflush
        self.only = only
        self.counters = counters
        self.state: TableState | None = None  # of the table that is open
        self.name = ""
        self.began = 0
        self.events: list[Event] = []
        self.last: Stmt | None = None

    def run(self, statements: Iterable[Stmt]) -> list[Event]:
        stream = iter(statements)
        add = self.events.append
        family = self.filter.family
        for stmt in stream:
            kind = stmt.type
            if kind == "CUT":
                continue
            self.last = stmt
            try:
                if kind == "RULE" and self.state is not None:
                    add(self._rule(stmt, self.state))
                elif (kind == "NOTE" and stmt.text[0] == "#") or stmt.text == "\n":
                    continue
                else:
                    self._other(stmt)
            except _Stop as stop:
                self._undo()
                add(Event(stop.command, stmt, stop.outcome, family, self.name))
                self.events += [
                    Event(None, rest, None, family) for rest in stream if rest.type not in ("NOTE", "BLANK", "CUT")
                ]
                return self.events
        if self.name and self.last is not None:
            self._undo()
            # What was never committed never was.
            add(Event(None, self.last, Outcome(1, f"COMMIT expected at line {self.last.line + 1}"), family, self.name))
        return self.events

    def _undo(self) -> None:
        """What the open table was told has no effect."""
        for index in range(self.began, len(self.events)):
            event = self.events[index]
            self.events[index] = replace(event, outcome=None, changed=False)
        self.state = None

    def _other(self, stmt: Stmt) -> None:
        text = stmt.text
        kind = stmt.type
        if self.name:
            if self._skipping() and kind != "TABLE":
                if text == "COMMIT\n":
                    self._close(stmt)
                return
            if kind == "COMMIT" and self._is_commit(text):
                self._commit(stmt)
            elif kind == "CHAIN" and text[0] == ":":
                self._chain(stmt)
            elif kind == "RULE" and self.state is not None:
                self.events.append(self._rule(stmt, self.state))
            else:
                self._no_rule(stmt)
            return
        if text[0] == "*":
            self._open(stmt)
            return
        raise _Stop(Outcome(1, f"line {stmt.line} failed"))

    def _is_commit(self, text: str) -> bool:
        """1.8.9 takes the bare word and a newline only; a dump that went through an editor is another matter."""
        return text == "COMMIT\n" or not self.filter.strict

    def _skipping(self) -> bool:
        return bool(self.only) and self.only != self.name

    def _open(self, stmt: Stmt) -> None:
        parts = _BLANKS.split(stmt.text[1:].strip(" \t\n"))
        name = parts[0]
        if not name:
            raise _Stop(Outcome(2, f"line {stmt.line} table name invalid"))
        self.name = name
        self.began = len(self.events)
        if self._skipping():
            return
        if name not in BUILT_IN:
            program = f"{self.filter.program}-restore"
            self.name = ""
            raise _Stop(Outcome(2, f"{program}: unable to initialize table '{name}'"))
        if self.noflush:
            self.state = self.filter.table(name).copy()
        else:
            self.state = TableState(name, self.filter.family)
            old = self.filter.tables.get(name)
            if old:
                # Policies stay as they are where the dump says nothing of the chain.
                for chain in BUILT_IN[name]:
                    self.state.chains[chain].policy = old.chains[chain].policy
        self.events.append(Event(None, stmt, OK, self.filter.family, name, "", True))

    def _close(self, stmt: Stmt) -> None:
        self.name = ""
        self.state = None
        self.began = len(self.events)

    def _commit(self, stmt: Stmt) -> None:
        state = self.state
        assert state is not None
        message = state.check()
        if message:
            raise _Stop(Outcome(1, f"line {stmt.line} failed"))
        self.filter.tables[self.name] = state
        self.events.append(Event(None, stmt, OK, self.filter.family, self.name, "", True))
        self._close(stmt)

    def _chain(self, stmt: Stmt) -> None:
        state = self.state
        assert state is not None
        parts = [part for part in _BLANKS.split(stmt.text[1:]) if part]
        if not parts:
            raise _Stop(Outcome(2, f"line {stmt.line} chain name invalid"))
        name = parts[0]
        if len(name.encode("utf-8", "surrogateescape")) > 28:
            raise _Stop(Outcome(2, f"Invalid chain name `{name}' (28 chars max)"))
        if len(parts) < 2:
            raise _Stop(Outcome(2, f"line {stmt.line} policy invalid"))
        if not state.is_built_in(name):
            if name in state.chains and not self.noflush:
                raise _Stop(Outcome(2, f"error creating chain '{name}':File exists"))
            if name in state.chains:
                state.chains[name].clear()
            else:
                state.chains[name] = ChainState(name, "", stmt)
        chain = state.chains[name]
        policy = parts[1]
        if policy != "-":
            found = _COUNTERS.match(parts[2]) if len(parts) > 2 and self.counters else None
            if found is None and self.counters and self.filter.strict:
                raise _Stop(Outcome(2, f"invalid policy counters for chain '{name}'"))
            if not state.is_built_in(name) or policy not in ("ACCEPT", "DROP"):
                raise _Stop(Outcome(1, f"Can't set policy `{policy}' on `{name}' line {stmt.line}: Bad policy name"))
            chain.policy = policy
            chain.origin = stmt
            if found:
                chain.counters = (_saturated(found.group(1)), _saturated(found.group(2)))
        self.events.append(Event(None, stmt, OK, self.filter.family, self.name, name, True))

    def _no_rule(self, stmt: Stmt) -> None:
        """Any other line within a table is run as a command that it is none of."""
        found = words(stmt.text)
        message = f"Bad argument `{found[0]}'" if found else "no command specified"
        if not found and not self.filter.strict:
            return
        raise _Stop(Outcome(2, message))

    def _rule(self, stmt: Stmt, state: TableState) -> Event:
        text = stmt.text
        start = 0
        stated: tuple[int, int] | None = None
        if text[0] == "[" or (text[0] in " \t" and not self.filter.strict and text.lstrip(" \t")[:1] == "["):
            inside, start = counters(text)
            stated = self._counts(stmt, inside)
        family = self.filter.family
        plain = lines.rule(
            text[start:].strip(" \n") if start else text[:-1] if text[-1] == "\n" else text, family, self.name
        )
        if plain is not None:
            return self._plain(stmt, state, plain, stated)
        found = words(text, start)
        command: Command | UsageError = parse(found, family, strict=self.filter.strict, table=self.name)
        if isinstance(command, UsageError):
            return self._refused(stmt, state, command, found)
        if stated and self.counters and self.filter.strict and command.name not in _COUNTED:
            raise _Stop(Outcome(2, "Illegal option `-c' with this command"), command)
        if stated and self.counters and self.filter.strict and command.counters is not None:
            raise _Stop(Outcome(2, "multiple -c flags not allowed"), command)
        if stated and self.counters and command.counters is None:
            command = replace(command, counters=stated)
        outcome, changed = self.filter.done_in(state, command, stmt)
        if outcome.status:
            raise _Stop(Outcome(outcome.status, self._told(outcome, stmt)), command)
        return Event(command, stmt, outcome, family, self.name, command.chain, changed)

    def _plain(self, stmt: Stmt, state: TableState, plain: tuple[str, Spec], stated: tuple[int, int] | None) -> Event:
        chain, spec = plain
        counts = stated if self.counters else None
        command = Command("append", self.name, chain, (spec,), 0, "", counts, (), self.filter.family)
        outcome, changed = self.filter.append(state, command, spec, stmt)
        if outcome.status:
            raise _Stop(Outcome(outcome.status, self._told(outcome, stmt)), command)
        return Event(command, stmt, outcome, self.filter.family, self.name, chain, changed)

    def _told(self, outcome: Outcome, stmt: Stmt) -> str:
        return f"line {stmt.line} failed: {outcome.message}" if outcome.status == 1 else outcome.message

    def _counts(self, stmt: Stmt, inside: str) -> tuple[int, int] | None:
        """The counters before a rule; those of old dumps are looked at only if they are wanted."""
        packets, colon, octets = inside.lstrip(":").partition(":")
        if not colon:
            raise _Stop(Outcome(2, f"Bad line {stmt.line}: need ]"))
        found = [_LEADING.match(count) for count in (packets, octets)]
        for match, what in zip(found, ("packet", "byte"), strict=True):
            if match is None and self.counters and self.filter.strict:
                raise _Stop(Outcome(2, f"-c {what} counter not numeric"))
        values = [_saturated(match.group()) for match in found if match]
        return (values[0], values[1]) if len(values) == 2 else None

    def _refused(self, stmt: Stmt, state: TableState, error: UsageError, found: list[str]) -> Event:
        """A rule that only its own machine can read keeps its place in the chain."""
        family = self.filter.family
        if self.filter.strict or not tolerable(error) or found[:1] != ["-A"] or len(found) < 2:
            raise _Stop(Outcome(error.status, error.message, not error.unresolved), error)
        spec = Refused("".join(f" {bare(word)}" for word in found[2:]), error.message)
        command = Command("append", self.name, found[1], (spec,), family=family)
        outcome, changed = self.filter.done_in(state, command, stmt)
        if outcome.status:
            raise _Stop(outcome, error)
        return Event(error, stmt, Outcome(0, error.message, False), family, self.name, found[1], changed)
