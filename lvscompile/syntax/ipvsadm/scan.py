"""Text to lines that know what they are: lossless, and unable to fail."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from lvscompile.syntax.ipvsadm.grammar import SCAN, parse
from lvscompile.syntax.source import Source
from lvscompile.syntax.statements import Frame, Stmt

if TYPE_CHECKING:
    import lark

# Lines of a listing; what else ipvsadm prints goes with them.
LISTING = frozenset({"HEAD", "TITLE", "SERVICE", "DEST", "ORPHAN", "CONNECTION", "TIMEOUTS", "DAEMON"})


def scan(source: Source) -> Iterator[Stmt]:
    """The lines of a text. Their texts, joined, are the text."""
    whole = source.text
    frames: tuple[Frame, ...] = source.frames  # type: ignore[assignment]
    line = 1
    for match in SCAN(whole):
        start, end = match.span()
        yield Stmt(match.lastgroup, source, start, end, line, whole[start:end], frames)  # type: ignore[arg-type]
        line += 1


def kind(line: str) -> str:
    """What a single line is: COMMAND, BLANK, COMMENT, UNKNOWN, or one of LISTING."""
    match = next(SCAN(line), None)
    return match.lastgroup or "BLANK" if match else "BLANK"


def read(statements: Iterable[Stmt]) -> Iterator[Stmt]:
    """Judge destinations by where they stand: one under no service is an ORPHAN."""
    under = False
    for stmt in statements:
        if stmt.type == "DEST":
            if not under:
                stmt.type = "ORPHAN"
        else:
            under = stmt.type == "SERVICE"
        yield stmt


def tree(source: Source) -> lark.Tree[Stmt]:
    """The lines of a text as a tree, in which a `service` of a listing holds its destinations."""
    return parse(read(scan(source)))
