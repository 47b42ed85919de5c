"""The Lark parser of keepalived.conf, and the scanner made of the same grammar's terminals.

The parse table is a built file beside the grammar (`python -m lvscompile.grammars.build`): loading it takes half
a millisecond, building it twenty. It carries the grammar's hash and Lark's version; where either differs (a
grammar being edited, another Lark) the table is built in memory instead.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from typing import Any

import lark
from lark.lexer import Lexer

from lvscompile.syntax.statements import Stmt

# Not pathlib: it costs four milliseconds of start-up.
_FOLDER = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(__file__))), "grammars")
GRAMMAR = os.path.join(_FOLDER, "keepalived.lark")
TABLE = os.path.join(_FOLDER, "keepalived.table")


class Statements(Lexer):
    """Hands Lark the statements that it is given as its text: they are its tokens already."""

    def __init__(self, conf: Any) -> None:
        pass

    def lex(self, lexer_state: Any, parser_state: Any = None) -> Iterator[Any]:
        return iter(lexer_state)


def build(grammar: bytes) -> lark.Lark:
    """Build the parser from the grammar's text. Slow; the table file spares it."""
    return lark.Lark(grammar.decode(), parser="lalr", lexer=Statements)


def stamp(grammar: bytes) -> bytes:
    """What a table file must begin with to be the table of this grammar under this Lark."""
    return f"{sha256(grammar).hexdigest()} lark {lark.__version__}\n".encode()


def table_of(grammar: bytes) -> bytes:
    """The bytes of the table file."""
    saved = io.BytesIO()
    build(grammar).save(saved)
    return stamp(grammar) + saved.getvalue()


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def load(grammar_file: str = GRAMMAR, table_file: str = TABLE) -> lark.Lark:
    """The parser from its table file; from the grammar itself where the table is not of this grammar and this Lark."""
    grammar = _read(grammar_file)
    try:
        data = _read(table_file)
    except OSError:
        return build(grammar)
    head, newline, table = data.partition(b"\n")
    if head + newline != stamp(grammar):
        return build(grammar)
    return lark.Lark.load(io.BytesIO(table))


PARSER = load()


def scanner(parser: lark.Lark) -> Callable[[str], Iterator[re.Match[str]]]:
    """One regular expression out of the grammar's terminals, so that the grammar is their only place."""
    terminals = sorted((t for t in parser.terminals if t.pattern is not None), key=lambda t: -t.priority)
    return re.compile("|".join(f"(?P<{t.name}>{t.pattern.to_regexp()})" for t in terminals)).finditer


SCAN = scanner(PARSER)


def parse(statements: Iterable[Stmt]) -> lark.Tree[Stmt]:
    """The tree over statements that the reading stage has judged. Cannot fail: the grammar is total."""
    return PARSER.parse(statements)  # type: ignore[return-value]
