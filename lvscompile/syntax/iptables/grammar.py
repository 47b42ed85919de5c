"""The Lark parser of iptables.lark, and the scanner made of the same grammar's terminals."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

import lark

from lvscompile.syntax.keepalived.grammar import build, scanner, stamp

if TYPE_CHECKING:
    from lvscompile.syntax.statements import Stmt

_FOLDER = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(__file__))), "grammars")
GRAMMAR = os.path.join(_FOLDER, "iptables.lark")
TABLE = os.path.join(_FOLDER, "iptables.table")


def load() -> lark.Lark:
    """The parser from its table file; from the grammar itself where the table is not of this grammar and this Lark."""
    with open(GRAMMAR, "rb") as file:
        grammar = file.read()
    try:
        with open(TABLE, "rb") as file:
            data = file.read()
    except OSError:
        return build(grammar)
    head, newline, table = data.partition(b"\n")
    if head + newline != stamp(grammar):
        return build(grammar)
    return lark.Lark.load(io.BytesIO(table))


PARSER = load()
SCAN = scanner(PARSER)


def parse(statements: Iterable[Stmt]) -> lark.Tree[Stmt]:
    """The tree over statements that the reading stage has judged. Cannot fail: the grammar is total."""
    return PARSER.parse(statements)  # type: ignore[return-value]
