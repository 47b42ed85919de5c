"""The outline of a text as it stands: which statement is inside which block, by the braces as written.

keepalived's own tree may differ (the reading stage knows the keywords and resolves includes). This is what a person
sees in one file: comments about a block mean it, and names for a place that outlive an edit are made of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from lvscompile.syntax.keepalived.scan import scan
from lvscompile.syntax.keepalived.words import BLANKS, code_end, words
from lvscompile.syntax.source import Source
from lvscompile.syntax.statements import Stmt

MAX_DEPTH = 16  # keepalived's own blocks are four deep


class Entry(NamedTuple):
    """A statement, the entry of the block that it is in (None at the top), and where what it opens ends: behind the
    `}` of a block, at the end of the text where there is none, at its own end when it opens nothing."""

    stmt: Stmt
    parent: int | None
    end: int


def outline(source: Source) -> list[Entry]:
    """The statements of a text with their blocks, in their order."""
    statements = list(scan(source))
    parents: list[int | None] = []
    ends: dict[int, int] = {}
    open_: list[list[int]] = []  # the openers of each block: more than one where conditions choose
    before: int | None = None  # the last statement that is no comment
    for at, stmt in enumerate(statements):
        # `@a block {` and `@b block {`: one of the two counts, and one `}` follows.
        chosen = open_.pop() if _is_alternative(statements, before, stmt) else []
        parents.append(open_[-1][0] if open_ else None)
        if stmt.type == "CLOSE" and open_:
            ends.update(dict.fromkeys(open_.pop(), stmt.end))
        if _opens(stmt):
            # A `{` on a line of its own belongs to the keyword before it.
            headed = before is not None and not words(stmt.text) and statements[before].type == "STMT"
            open_.append([*chosen, before if headed and before is not None else at])
        if stmt.type != "TRIVIA":
            before = at
    for openers in open_:
        ends.update(dict.fromkeys(openers, len(source.text)))
    return [
        Entry(stmt, parent, ends.get(at, stmt.end))
        for at, (stmt, parent) in enumerate(zip(statements, parents, strict=True))
    ]


def path(entries: Sequence[Entry], at: int) -> list[tuple[str, ...]]:
    """The words of the blocks around an entry, the outermost first; where there are too many, the innermost of them."""
    found: list[tuple[str, ...]] = []
    parent = entries[at].parent
    while parent is not None and len(found) < MAX_DEPTH:
        found.append(words(entries[parent].stmt.text))
        parent = entries[parent].parent
    return found[::-1]


def _opens(stmt: Stmt) -> bool:
    if stmt.type == "OPEN":
        return True
    return stmt.type in ("COND", "GEN") and stmt.text[: code_end(stmt.text)].rstrip(BLANKS).endswith("{")


def _is_alternative(statements: Sequence[Stmt], before: int | None, stmt: Stmt) -> bool:
    """Whether a statement opens for some hosts what the one before it opened for others."""
    if before is None or stmt.type != "COND" or statements[before].type != "COND":
        return False
    return _opens(stmt) and _opens(statements[before])
