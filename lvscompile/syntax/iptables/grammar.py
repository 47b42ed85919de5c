"""The Lark parser of iptables.lark, and the scanner made of the same grammar's terminals."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from lvscompile.syntax.keepalived.grammar import load, scanner

if TYPE_CHECKING:
    import lark

    from lvscompile.syntax.statements import Stmt

_FOLDER = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(__file__))), "grammars")
GRAMMAR = os.path.join(_FOLDER, "iptables.lark")
TABLE = os.path.join(_FOLDER, "iptables.table")

PARSER = load(GRAMMAR, TABLE)
SCAN = scanner(PARSER)


def parse(statements: Iterable[Stmt]) -> lark.Tree[Stmt]:
    """The tree over statements that the reading stage has judged. Cannot fail: the grammar is total."""
    return PARSER.parse(statements)  # type: ignore[return-value]
