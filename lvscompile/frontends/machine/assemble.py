"""The texts of one host, beside its keepalived.conf, read in the order in which they take effect: its Machine."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from lvscompile.frontends.iproute.listings import lines
from lvscompile.frontends.machine.commands import run_command, write_setting
from lvscompile.frontends.machine.files import take
from lvscompile.frontends.machine.judge import judged
from lvscompile.frontends.machine.pieces import Piece, is_boot_path, kind_shown, part
from lvscompile.frontends.machine.state import State
from lvscompile.ir.core import Opaque, Origin
from lvscompile.ir.machine import Given, Machine, Tally
from lvscompile.ir.node import replace
from lvscompile.ir.shell import KEPT, PROSE, Command, Embedded, Item, Kept, Script, Written
from lvscompile.syntax.keepalived.keywords import ROOT
from lvscompile.syntax.source import Source

_OPENS = re.compile(r"(?m)^[ \t]*([a-z_]+)")


class Assembled(NamedTuple):
    """A host's machine, and the keepalived.conf texts that its scripts or notes hold, in their order."""

    machine: Machine
    keepalived: tuple[Source, ...]


def assemble(pieces: Iterable[Piece], replay_all: bool = False) -> Assembled:
    """Read a host's texts in the order given. With `replay_all`, what undoes earlier commands is run too."""
    pieces = list(pieces)
    state = State(replay_all, frozenset(piece.given.path for piece in pieces if piece.given.path))
    for piece in pieces:
        state.givens.append(piece.given)
        if piece.script is not None:
            state.tallies.append(_script(state, piece, piece.script))
        elif piece.given.kind != "keepalived":
            state.tallies.append(take(state, piece.given))
    machine = state.freeze()
    return Assembled(replace(machine, texts=judged(machine)), tuple(state.keepalived))


def _script(state: State, piece: Piece, script: Script) -> Tally:
    """Run the items of a shell text that belong to this host."""
    given = piece.given
    state.scripts.append(script)
    # A script begins with an empty table; what was there before a log began, nobody knows.
    unknown = script.mode == "document"
    lost: list[Origin] = []
    inside: list[Origin] = []
    for item in piece.items:
        tally: Tally | None = None
        if isinstance(item, Embedded):
            tally = _file(state, given, item.kind, item.path or item.near, part(script.source, item.start, item.end))
        elif isinstance(item, Command):
            known, tally = _command(state, given, item, unknown)
            if not known:
                lost.append(item.origin)
        elif not item.argv or item.argv[0] not in state.paths:
            lost.append(item.origin)
        inside += tally.kept_at if tally is not None else ()
    state.opaque += [Opaque("shell", origin.text, origin) for origin in lost]
    return _tally(script, piece.items, lost, inside)


def _command(state: State, given: Given, command: Command, unknown: bool) -> tuple[bool, Tally | None]:
    """Whether there is a model of a command, and what became of the lines of its here-document."""
    state.commands.append(command)
    if command.role == "undo" and not state.replay_all:
        state.undo.append(command)
        return True, None
    if any(condition.kind == "failure" for condition in command.conditions):
        return True, None  # it runs when something went wrong
    known = run_command(state, command, given, unknown)
    inside = None
    for written in command.written:
        if written.kind == "sysctl-value" and written.text is not None:
            known = write_setting(state, command, given, written.path, written.text) and known
        elif written.kind and written.text is not None and command.tool in ("cat", "tee", "echo", "printf"):
            inside = _file(state, given, written.kind, written.path, _written_source(command, written))
    return known, inside


def _written_source(command: Command, written: Written) -> Source:
    source = command.origin.source
    if written.start >= 0:
        return part(source, written.start, written.end)
    return Source(f"{source.name} ({written.path})", written.text or "")


def _file(state: State, around: Given, kind: str, path: str, source: Source) -> Tally | None:
    """A file that notes show, or that a script writes."""
    if kind == "sysctl-value":
        return None
    kind = kind_shown(kind)
    if not kind:
        return None
    given = Given(source, kind, path, is_boot_path(path) or (around.persistent and not path))
    state.givens.append(given)
    if kind == "keepalived":
        if is_whole(source):
            state.keepalived.append(source)
            return None
        # Notes often show what changes in a file, and not the block around it.
        shown = tuple(line for line in lines(source) if line.text.strip())
        state.opaque += [Opaque("keepalived", line.text, line) for line in shown]
        return Tally(source.name, len(shown), kept_at=shown)
    if kind in ("script", "log"):
        from lvscompile.frontends.shell import read_script

        script = read_script(source, mode="script")
        return _script(state, Piece(given, script, script.items), script)
    return take(state, given)


def is_whole(source: Source) -> bool:
    """Whether a text has at least one block that stands at the top level of a keepalived.conf."""
    return any((entry := ROOT.get(match[1])) is not None and entry.table for match in _OPENS.finditer(source.text))


def _tally(script: Script, items: Sequence[Item], lost: Sequence[Origin], inside: Sequence[Origin]) -> Tally:
    """The lines of a shell text. A line that its reader understood is kept where its command has no model."""
    missing = set(map(id, lost))
    commands = [item for item in items if isinstance(item, Command | Kept)]
    here = {id(item.origin) for item in commands}
    kept = [stmt for stmt, verdict in script.lines if id(stmt) in missing or (verdict == KEPT and id(stmt) not in here)]
    counts = script.counts()
    return Tally(
        script.source.name,
        sum(counts.values()),
        counts[PROSE],
        tuple(sorted((*kept, *inside), key=lambda stmt: stmt.start)),
        len(commands),
        sum(id(item.origin) in missing for item in commands),
    )
