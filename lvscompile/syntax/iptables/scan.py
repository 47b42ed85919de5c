"""Text to lines that know what they are: lossless, and unable to fail."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from lvscompile.syntax.iptables.grammar import SCAN, parse
from lvscompile.syntax.source import Source
from lvscompile.syntax.statements import Frame, Stmt

if TYPE_CHECKING:
    import lark

# What only a table can hold.
INSIDE = frozenset({"RULE", "CHAIN", "COMMIT"})


def scan(source: Source) -> Iterator[Stmt]:
    """The lines of a text. Their texts, joined, are the text."""
    whole = source.text
    frames: tuple[Frame, ...] = source.frames  # type: ignore[assignment]
    line = 1
    for match in SCAN(whole):
        start, end = match.span()
        yield Stmt(match.lastgroup, source, start, end, line, whole[start:end], frames)  # type: ignore[arg-type]
        line += 1


def read(statements: Iterable[Stmt]) -> Iterator[Stmt]:
    """Judge lines by where they stand: a line of a table outside of any is STRAY, and a table that ends without
    COMMIT gets a CUT behind its last line, which says nothing itself.
    """
    last: Stmt | None = None  # of the table that is open
    for stmt in statements:
        kind = stmt.type
        if kind == "TABLE":
            if last is not None:
                yield _cut(last)
            last = stmt
        elif last is not None:
            last = stmt if kind != "COMMIT" else None
        elif kind in INSIDE:
            stmt.type = "STRAY"
        yield stmt
    if last is not None:
        yield _cut(last)


def _cut(last: Stmt) -> Stmt:
    return Stmt("CUT", last.source, last.end, last.end, last.line, "", last.frames)


def tree(source: Source) -> lark.Tree[Stmt]:
    """The lines of a text as a tree, in which a `table` holds its lines."""
    return parse(read(scan(source)))
