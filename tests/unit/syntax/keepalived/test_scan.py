"""Text to statements: the kind and the text of each."""

from __future__ import annotations

from pathlib import Path

import pytest

from lvscompile.syntax.keepalived.grammar import GRAMMAR, PARSER, TABLE, stamp
from lvscompile.syntax.keepalived.scan import scan
from lvscompile.syntax.source import Source

CASES: dict[str, list[tuple[str, str]]] = {
    "": [],
    "\n": [("TRIVIA", "\n")],
    "  \t": [("TRIVIA", "  \t")],
    "# c\n": [("TRIVIA", "# c\n")],
    " ! c": [("TRIVIA", " ! c")],
    "\r\n": [("TRIVIA", "\r\n")],
    "priority 77\n": [("STMT", "priority 77\n")],
    "priority 77 # c\r\n": [("STMT", "priority 77 # c\r\n")],
    "priority 77": [("STMT", "priority 77")],
    "a {\n": [("OPEN", "a {\n")],
    "a{b": [("OPEN", "a{"), ("STMT", "b")],
    "a { b }": [("OPEN", "a { "), ("STMT", "b "), ("CLOSE", "}")],
    "a { # c\n": [("OPEN", "a { # c\n")],
    "} # c\nx\n": [("CLOSE", "} # c\n"), ("STMT", "x\n")],
    "} a {\n": [("CLOSE", "} "), ("OPEN", "a {\n")],
    "a {{\n": [("OPEN", "a {"), ("OPEN", "{\n")],
    "a {\n}}\n": [("OPEN", "a {\n"), ("CLOSE", "}"), ("CLOSE", "}\n")],
    "{\n": [("OPEN", "{\n")],
    'a "{" }\n': [("STMT", 'a "{" '), ("CLOSE", "}\n")],
    'a "{ }\nb\n': [("STMT", 'a "{ }\n'), ("STMT", "b\n")],
    "a '{'\n": [("OPEN", "a '{"), ("STMT", "'\n")],
    "a\\#b {\n": [("OPEN", "a\\#b {\n")],
    "a\\\\#b {\n": [("STMT", "a\\\\#b {\n")],
    "a\\{\n": [("OPEN", "a\\{\n")],
    "a\\\n": [("STMT", "a\\\n")],
    "@id x\n": [("COND", "@id x\n")],
    " \t@^id x {\n": [("COND", " \t@^id x {\n")],
    "\f@id x\n": [("STMT", "\f@id x\n")],
    "{ @id x\n": [("OPEN", "{ "), ("COND", "@id x\n")],
    "x @id\n": [("STMT", "x @id\n")],
    "$A=1\n": [("DEF", "$A=1\n")],
    "  $A={ } #\n": [("DEF", "  $A={ } #\n")],
    "$A=\\\n x\\\n y\nz\n": [("DEF", "$A=\\\n x\\\n y\n"), ("STMT", "z\n")],
    "$A=x # c \\ \ny\nz\n": [("DEF", "$A=x # c \\ \ny\n"), ("STMT", "z\n")],
    "$A =1\n": [("STMT", "$A =1\n")],
    "$1=1\n": [("STMT", "$1=1\n")],
    "$a-b=1\n": [("STMT", "$a-b=1\n")],
    "} $A=1\n": [("CLOSE", "} "), ("DEF", "$A=1\n")],
    "a ${B} {\n": [("OPEN", "a ${B} {\n")],
    "a $ {\n": [("OPEN", "a $ {\n")],
    "a ${B\n": [("OPEN", "a ${"), ("STMT", "B\n")],
    "~SEQ(i,2) x {\n": [("GEN", "~SEQ(i,2) x {\n")],
    "~SEQx (i,2) x\n": [("GEN", "~SEQx (i,2) x\n")],
    "~LST(i,a) x\n": [("GEN", "~LST(i,a) x\n")],
    "~FOO(i) x\n": [("STMT", "~FOO(i) x\n")],
    "x ~SEQ(i,2)\n": [("STMT", "x ~SEQ(i,2)\n")],
    "include a b }\n": [("INCLUDE", "include a b }\n")],
    "includem x {\n": [("INCLUDE", "includem x {\n")],
    "include\n": [("STMT", "include\n")],
    "includes x\n": [("STMT", "includes x\n")],
    "include{x\n": [("OPEN", "include{"), ("STMT", "x\n")],
    "} include x }\n": [("CLOSE", "} "), ("INCLUDE", "include x }\n")],
    "a\x85b\u2028c\xa0d\n": [("STMT", "a\x85b\u2028c\xa0d\n")],
    "\ufeffa {\n": [("OPEN", "\ufeffa {\n")],
    "a\0b\n": [("STMT", "a\0b\n")],
}  # fmt: skip


@pytest.mark.parametrize("text", CASES)
def test_scan(text: str) -> None:
    assert [(stmt.type, stmt.text) for stmt in scan(Source("x", text))] == CASES[text]


def test_lines() -> None:
    text = "a {\n\n$A=\\\n x\n} b\nc\n"
    assert [(s.line, s.text) for s in scan(Source("x", text))] == [
        (1, "a {\n"), (2, "\n"), (3, "$A=\\\n x\n"), (5, "} "), (5, "b\n"), (6, "c\n"),
    ]  # fmt: skip


def test_the_table_is_the_table_of_the_grammar() -> None:
    assert Path(TABLE).read_bytes().startswith(stamp(Path(GRAMMAR).read_bytes()))


def test_only_declared_terminals_have_no_pattern() -> None:
    bare = {terminal.name for terminal in PARSER.terminals if terminal.pattern is None}
    assert not bare & {"OPEN", "CLOSE", "STMT", "TRIVIA", "COND", "DEF", "GEN", "INCLUDE"}
