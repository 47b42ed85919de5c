"""What reading one of these files gives, and the lines of assignments that most of them consist of."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lvscompile.frontends.iproute.listings import lines
from lvscompile.ir.core import Opaque
from lvscompile.ir.host import HostFacts
from lvscompile.ir.node import Node
from lvscompile.syntax.findings import Span
from lvscompile.syntax.source import Source
from lvscompile.syntax.statements import Stmt

_ASSIGNMENT = re.compile(r"[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)", re.DOTALL)
_VALUE = re.compile(r"""(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([^\s"'#;]+))""", re.DOTALL)


class Nested(Node):
    """A command inside a file: `phase` is when it is run (up, down, pre-up …), `interface` for which one."""

    phase: str
    interface: str
    text: str
    place: Span
    origin: Stmt


class Reading(Node):
    """The facts of a file, its commands, and how many of its lines were understood; the others are kept in the facts.

    Comments and empty lines are counted with those understood.
    """

    facts: HostFacts
    commands: tuple[Nested, ...] = ()
    understood: int = 0


class Assignment(Node):
    """`NAME=VALUE` as a shell reads it, with the place of the value between its quotes."""

    name: str
    value: str
    place: Span
    origin: Stmt


def assignments(source: Source) -> Iterator[Assignment | Stmt]:
    """The assignments of a file; lines that are none come as they are. Comments and empty lines do not come."""
    for stmt in lines(source):
        text = stmt.text.strip()
        if not text or text.startswith("#"):
            continue
        yield assignment(stmt) or stmt


def assignment(stmt: Stmt) -> Assignment | None:
    match = _ASSIGNMENT.fullmatch(stmt.text.rstrip("\r\n"))
    if match is None:
        return None
    value, start = "", match.start(2)
    end, at = start, start
    text = stmt.text
    while True:
        piece = _VALUE.match(text, at)
        if piece is None:
            break
        value += next(group for group in piece.groups() if group is not None)
        at = end = piece.end()
    rest = text[at:].strip()
    if rest and not rest.startswith(("#", ";")):
        return None
    quoted = text[start : start + 1] in "\"'" and end - start >= 2
    place = Span(stmt.source, stmt.start + start + quoted, stmt.start + end - quoted)
    return Assignment(match[1], value, place, stmt)


def kept(stmts: list[Stmt], language: str) -> tuple[Opaque, ...]:
    return tuple(Opaque(language, stmt.text, stmt) for stmt in stmts)


def count(source: Source, others: list[Stmt]) -> int:
    return sum(1 for _ in lines(source)) - len(others)
