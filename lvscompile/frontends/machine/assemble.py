"""The texts of one host, beside its keepalived.conf, read in the order in which they take effect: its Machine."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from lvscompile.frontends.machine.commands import run_command, write_setting
from lvscompile.frontends.machine.files import take
from lvscompile.frontends.machine.pieces import Piece, is_boot_path, kind_shown, part
from lvscompile.frontends.machine.state import State
from lvscompile.ir.core import Opaque, Origin
from lvscompile.ir.machine import Given, Machine, Tally
from lvscompile.ir.shell import KEPT, PROSE, Command, Embedded, Item, Kept, Script, Written
from lvscompile.syntax.source import Source


class Assembled(NamedTuple):
    """A host's machine, and the keepalived.conf texts that its scripts or notes hold, in their order."""

    machine: Machine
    keepalived: tuple[Source, ...]


def assemble(pieces: Iterable[Piece], replay_all: bool = False) -> Assembled:
    """Read a host's texts in the order given. With `replay_all`, what undoes earlier commands is run too."""
    state = State(replay_all)
    for piece in pieces:
        state.givens.append(piece.given)
        if piece.script is not None:
            _script(state, piece, piece.script)
        elif piece.given.kind != "keepalived":
            state.tallies.append(take(state, piece.given))
    return Assembled(state.freeze(), tuple(state.keepalived))


def _script(state: State, piece: Piece, script: Script) -> None:
    """Run the items of a shell text that belong to this host."""
    given = piece.given
    state.scripts.append(script)
    # A script begins with an empty table; what was there before a log began, nobody knows.
    unknown = script.mode == "document"
    lost: list[Origin] = []
    files = Tally(script.source.name)
    for item in piece.items:
        if isinstance(item, Command):
            kept, inside = _command(state, given, item, unknown)
            if kept:
                lost.append(item.origin)
                state.opaque.append(Opaque("shell", item.origin.text, item.origin))
        elif isinstance(item, Embedded):
            kept, inside = (
                False,
                _file(state, given, item.kind, item.path or item.near, part(script.source, item.start, item.end)),
            )
        else:
            kept, inside = True, None
            state.opaque.append(Opaque("shell", item.origin.text, item.origin))
        if inside is not None:
            files = files._replace(kept=files.kept + inside.kept, kept_at=files.kept_at + inside.kept_at)
    if not any(tally.name == script.source.name for tally in state.tallies):
        state.tallies.append(_tally(script, piece.items, lost, files))


def _command(state: State, given: Given, command: Command, unknown: bool) -> tuple[bool, Tally | None]:
    """Whether a command has to be kept, and what its here-document holds."""
    state.commands.append(command)
    if command.role == "undo" and not state.replay_all:
        state.undo.append(command)
        return False, None
    if any(condition.kind == "failure" for condition in command.conditions):
        return False, None  # it runs when something went wrong
    known = run_command(state, command, given, unknown)
    inside = None
    for written in command.written:
        if written.kind == "sysctl-value" and written.text is not None:
            known = write_setting(state, command, given, written.path, written.text) and known
        elif written.kind and written.text is not None and command.tool in ("cat", "tee", "echo", "printf"):
            inside = _file(state, given, written.kind, written.path, _written_source(command, written))
    return not known, inside


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
        state.keepalived.append(source)
        return None
    if kind in ("script", "log"):
        from lvscompile.frontends.shell import read_script

        script = read_script(source, mode="script")
        _script(state, Piece(given, script, script.items), script)
        return None
    return take(state, given)


def _tally(script: Script, items: Sequence[Item], lost: Sequence[Origin], files: Tally) -> Tally:
    """The lines of a shell text, with those that only seemed understood counted as kept."""
    counts = script.counts()
    lines = {id(stmt): verdict for stmt, verdict in script.lines}
    more = {id(stmt) for stmt in lost if lines.get(id(stmt)) not in (KEPT, PROSE)}
    commands = [item for item in items if isinstance(item, Command | Kept)]
    kept_at = [stmt for stmt, verdict in script.lines if verdict == KEPT or id(stmt) in more]
    kept = counts["kept"] + len(more) + files.kept
    return Tally(
        script.source.name,
        sum(counts.values()) - kept - counts["prose"],
        kept,
        counts["prose"],
        tuple(sorted((*kept_at, *files.kept_at), key=lambda stmt: stmt.start)),
        len(commands),
        len({id(item.origin) for item in commands if isinstance(item, Kept)} | set(map(id, lost))),
    )
