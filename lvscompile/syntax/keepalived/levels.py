"""Blocks that are open while a configuration is read, and what their indentation tells."""

from __future__ import annotations

from lvscompile.syntax.keepalived.keywords import Keyword
from lvscompile.syntax.statements import Stmt

Table = dict[str, Keyword]


class Level:
    """A block that is open: its keyword (None in a block that is skipped) and the statement that opened it."""

    __slots__ = ("keyword", "last_child", "opener", "table")

    def __init__(self, keyword: Keyword | None, opener: Stmt, table: Table | None) -> None:
        self.keyword = keyword
        self.opener = opener
        self.table = table  # None: a list block, or a skipped one
        self.last_child: tuple[Level, Stmt] | None = None  # and the statement that closed it


def outdented_child(level: Level) -> Stmt | None:
    """The last block inside `level`, when its `}` stands as far out as `level` itself: then that `}` was meant for
    `level`, and the inner block is the one that is not closed."""
    if level.last_child is None:
        return None
    child, closer = level.last_child
    outer, inner, end = (indent(stmt) for stmt in (level.opener, child.opener, closer))
    if end != outer or inner <= outer:
        return None
    return outdented_child(child) or child.opener


def indent(stmt: Stmt) -> int:
    text = stmt.text.expandtabs(8)
    return len(text) - len(text.lstrip(" "))


class Tally:
    """How often something was said of one place: a line that is cut into pieces, or that generates others, may say the
    same thousands of times.
    """

    LIMIT = 10

    def __init__(self) -> None:
        self._counts: dict[tuple[str, int, int], int] = {}

    def allows(self, kind: str, stmt: Stmt) -> bool:
        key = (kind, id(stmt.source), stmt.start)
        self._counts[key] = self._counts.get(key, 0) + 1
        return self._counts[key] <= self.LIMIT
