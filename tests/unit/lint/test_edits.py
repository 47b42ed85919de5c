"""Edits out of statements: what a text becomes, and which texts are left alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lvscompile.lint import edits
from lvscompile.syntax.findings import Edit
from lvscompile.syntax.keepalived.expand import Expander
from lvscompile.syntax.keepalived.include import Includes
from lvscompile.syntax.source import Source
from lvscompile.syntax.statements import Frame, Stmt

Made = Edit | tuple[Edit, ...] | None


def statement(text: str, keyword: str) -> Stmt:
    """The first statement that begins with this word, expanded as keepalived reads it."""
    expanded = Expander("me", Includes()).expand(Source("x", text))
    return next(stmt for stmt in expanded if stmt.text.split()[:1] == [keyword])


def applied(text: str, made: Made) -> str | None:
    if made is None:
        return None
    several = (made,) if isinstance(made, Edit) else made
    for span, new in sorted(several, key=lambda edit: -edit.span.start):
        text = text[: span.start] + new + text[span.end :]
    return text


def changed(text: str, keyword: str, make: Callable[[Stmt], Made]) -> str | None:
    return applied(text, make(statement(text, keyword)))


# -- which statements can be changed --------------------------------------------------------------------------

UNTOUCHED = {
    "variable": "$A=off\nnopreempt $A\n",
    "generator": "~SEQ(i, 1, 2) nopreempt $i\n",
    "condition": "@me nopreempt off\n",
    "backslash at the end": "nopreempt off \\\n",
    "backslash in a comment": "nopreempt off # c \\\n",
    "backslash": "nopreempt \\a\n",
    "unmatched quote": 'nopreempt "off\n',
}


@pytest.mark.parametrize("text", UNTOUCHED.values(), ids=UNTOUCHED.keys())
def test_texts_that_are_left_alone(text: str) -> None:
    stmt = statement(text, "nopreempt")
    assert not edits.stands(stmt)
    assert edits.removed(stmt) is None
    assert edits.replaced(stmt, 0, "x") is None
    assert edits.without(stmt, 0) is None
    assert edits.blanked(stmt, 1) is None
    assert edits.cut(stmt, 1) is None
    assert edits.commented(stmt, 1) is None
    assert edits.quoted(stmt, 1) is None
    assert edits.split(stmt, [1]) is None


def test_a_backslash_in_a_comment_does_no_harm() -> None:
    assert edits.stands(statement("nopreempt off # a\\b\n", "nopreempt"))


def test_an_included_file_can_be_changed_unless_a_condition_includes_it() -> None:
    text = "nopreempt off\n"
    site = statement("x\n", "x")
    frames = (Frame("include", site, "f"),)
    assert edits.stands(Stmt("STMT", Source("f", text), 0, len(text), 1, text, frames))
    chosen = (Frame("condition", site, "@me"), *frames)
    assert not edits.stands(Stmt("STMT", Source("f", text), 0, len(text), 1, text, chosen))


def test_a_part_of_a_line_that_was_cut_is_left_alone() -> None:
    text = "a {\0\n"
    assert not edits.stands(statement(text, "a"))


# -- words ----------------------------------------------------------------------------------------------------


def test_a_word_is_replaced() -> None:
    assert changed("  a  b c # d\n", "a", lambda s: edits.replaced(s, 1, "x")) == "  a  x c # d\n"
    assert changed('a "b c"\r\n', "a", lambda s: edits.replaced(s, 1, "x")) == "a x\r\n"


@pytest.mark.parametrize("word", [3, -1])
def test_a_word_that_is_not_there_is_not_replaced(word: int) -> None:
    assert changed("a b c\n", "a", lambda s: edits.replaced(s, word, "x")) is None


def test_a_word_is_taken_out() -> None:
    assert changed("a  =  b # c\n", "a", lambda s: edits.without(s, 1)) == "a  b # c\n"
    assert changed("a b c\n", "a", lambda s: edits.without(s, 0)) == "b c\n"
    assert changed("a b c\n", "a", lambda s: edits.without(s, 2)) is None
    assert changed("a b c\n", "a", lambda s: edits.without(s, -1)) is None


def test_a_blank_instead_of_a_character() -> None:
    assert changed("  a=b # c\n", "a=b", lambda s: edits.blanked(s, 1)) == "  a b # c\n"
    assert changed("a=b\n", "a=b", lambda s: edits.blanked(s, 2)) is None
    assert changed("a=b\n", "a=b", lambda s: edits.blanked(s, 0)) is None
    assert changed("{\n", "{", lambda s: edits.blanked(s, 0)) is None


def test_words_are_cut_off() -> None:
    assert changed("  a b c  # d\n", "a", lambda s: edits.cut(s, 1)) == "  a  # d\n"
    assert changed("  a b c\r\n", "a", lambda s: edits.cut(s, 2)) == "  a b\r\n"
    assert changed("x { a b }\n", "x", lambda s: edits.cut(s, 1)) is None
    assert changed("a b\n", "a", lambda s: edits.cut(s, 0)) is None
    assert changed("a b\n", "a", lambda s: edits.cut(s, 2)) is None


def test_words_become_a_comment() -> None:
    assert changed("  a b // c\n", "a", lambda s: edits.commented(s, 2)) == "  a b # // c\n"
    assert changed("  a b // c", "a", lambda s: edits.commented(s, 2)) == "  a b # // c"
    assert changed("a b c\n", "a", lambda s: edits.commented(s, 3)) is None
    assert changed("a b c\n", "a", lambda s: edits.commented(s, 0)) is None


@pytest.mark.parametrize("text", ["a b // c {\n", "x { a b // c }\n"])
def test_a_brace_does_not_become_a_comment(text: str) -> None:
    assert changed(text, "a", lambda s: edits.commented(s, 2)) is None


QUOTED = {
    "script /x a  b # c\n": 'script "/x a  b" # c\n',
    "script /x 'a b'\r\n": "script \"/x 'a b'\"\r\n",
    "v { script /x a }\n": 'v { script "/x a" }\n',
    "script '/x' a\n": None,
    'script /x "a"\n': None,
    "script\n": None,
}


@pytest.mark.parametrize(("text", "expected"), QUOTED.items())
def test_a_command_is_quoted(text: str, expected: str | None) -> None:
    assert changed(text, "script", lambda s: edits.quoted(s, 1)) == expected


def test_the_keyword_is_not_quoted() -> None:
    assert changed("script /x a\n", "script", lambda s: edits.quoted(s, 0)) is None


# -- statements -----------------------------------------------------------------------------------------------

REMOVED = {
    "a\n  x off\nb\n": "a\nb\n",
    "a\r\n  x off\r\nb\r\n": "a\r\nb\r\n",
    "a\n  x off": "a\n",
    "  x off  # c\nb\n": "  # c\nb\n",
    "v { x off }\n": "v { }\n",
    "v { x off }  # c\n": "v { }  # c\n",
    "v { x off\n}\n": "v {\n}\n",
    "v { x off # c\n}\n": "v { # c\n}\n",
    "v { x off\r\n}\r\n": "v {\r\n}\r\n",
    "v {\n  x off }\n": "v {\n  }\n",
}


@pytest.mark.parametrize(("text", "expected"), REMOVED.items())
def test_a_statement_is_removed(text: str, expected: str) -> None:
    assert changed(text, "x", edits.removed) == expected


def test_what_opens_a_block_is_not_removed_alone() -> None:
    assert changed("x a {\n}\n", "x", edits.removed) is None


REMOVED_BLOCKS = {
    "a\n  x b {\n    c\n    d {\n    }\n  }\ne\n": "a\ne\n",
    "a\r\nx b {\r\n}\r\ne\r\n": "a\r\ne\r\n",
    "x b { c }": "",
    "v { x b { c } }\n": "v { }\n",
    "v { x b { c\n} d\n}\n": "v { d\n}\n",
    "x b {\n} d\n": "d\n",
}


@pytest.mark.parametrize(("text", "expected"), REMOVED_BLOCKS.items())
def test_a_block_is_removed(text: str, expected: str) -> None:
    assert changed(text, "x", edits.removed_block) == expected


KEPT_BLOCKS = {
    "comment on the head": "x { # c\n}\n",
    "comment inside": "x {\n# c\n}\n",
    "comment behind a statement": "x {\n a # c\n}\n",
    "comment on the end": "x {\n} # c\n",
    "definition": "x {\n$A=}\n}\n",
    "condition": "x {\n@a b\n}\n",
    "generator": "x {\n~SEQ(i, 1) b\n}\n",
    "include": "x {\ninclude y\n}\n",
    "no end": "x {\n a\n",
    "no block": "x\n",
}


@pytest.mark.parametrize("text", KEPT_BLOCKS.values(), ids=KEPT_BLOCKS.keys())
def test_a_block_that_is_more_than_statements_stays(text: str) -> None:
    assert changed(text, "x", edits.removed_block) is None


def test_a_very_long_block_stays() -> None:
    inside = "a\n" * (edits.MAX_BLOCK // 2)
    assert changed(f"x {{\n{inside}}}\n", "x", edits.removed_block) is None
    assert changed(f"x {{\n{inside[:-40]}}}\n", "x", edits.removed_block) == ""


SPLIT = {
    "  a b c d # e\n": "  a b\n  c d # e\n",
    "  a b c d": "  a b\n  c d",
    "\ta b c d\r\n": "\ta b\r\n\tc d\r\n",
    "  v { a b c d } # e\n": "  v {\n      a b\n      c d\n  } # e\n",
    "v { a b c d }\r\n": "v {\r\n    a b\r\n    c d\r\n}\r\n",
    "v { a b c d # e\n}\n": "v {\n    a b\n    c d # e\n}\n",
    "v {\n    a b c d }\n": "v {\n    a b\n    c d\n}\n",
    "v {\n    a b c d # e\n}\n": "v {\n    a b\n    c d # e\n}\n",
    "v {\n    a b c d\n}\n": "v {\n    a b\n    c d\n}\n",
    "v { w { a b c d } }\n": "v { w {\n    a b\n    c d\n} }\n",
    "v { } a b c d\n": "v { }\na b\nc d\n",
}


@pytest.mark.parametrize(("text", "expected"), SPLIT.items())
def test_a_line_is_split(text: str, expected: str) -> None:
    assert changed(text, "a", lambda s: edits.split(s, [2])) == expected


def test_a_line_is_split_in_several_places() -> None:
    assert changed("v { a b c }\n", "a", lambda s: edits.split(s, [1, 2])) == "v {\n    a\n    b\n    c\n}\n"


@pytest.mark.parametrize(("text", "words"), [("a b\n", []), ("a b\n", [0]), ("a b\n", [2]), ("a b {\n}\n", [1])])
def test_a_line_that_cannot_be_split(text: str, words: list[int]) -> None:
    assert changed(text, "a", lambda s: edits.split(s, words)) is None


INSERTED = {
    "v {\n  a\n}\n": "v {\n  x\n  a\n}\n",
    "\tv { # c\r\n\t}\r\n": "\tv { # c\r\n\t    x\r\n\t}\r\n",
    "  v {\n": "  v {\n      x\n",
    "v {\n\n}\n": "v {\n    x\n\n}\n",
    "v { a }\n": None,
    "v\n": None,
}


@pytest.mark.parametrize(("text", "expected"), INSERTED.items())
def test_a_line_is_inserted(text: str, expected: str | None) -> None:
    assert changed(text, "v", lambda s: edits.inserted(s, "x")) == expected


# -- fixes ----------------------------------------------------------------------------------------------------


def test_a_fix_is_all_or_nothing() -> None:
    stmt = statement("a b\n", "a")
    one, other = edits.replaced(stmt, 0, "x"), edits.replaced(stmt, 1, "y")
    assert one is not None
    assert other is not None
    assert edits.fix("t", one, other) == (True, "t", (one, other))
    assert edits.fix("t", (one, other), safe=False) == (False, "t", (one, other))
    assert edits.fix("t", one, None) is None
    assert edits.fix("t", ()) is None
    assert edits.fix("t") is None


@pytest.mark.parametrize(("text", "at", "expected"), [("a\r\nb\n", 0, "\r\n"), ("a\r\nb\n", 4, "\n"), ("a\r\nb", 3, "\r\n"),
                                                       ("a", 0, "\n"), ("", 0, "\n"), ("\nb", 0, "\n")])  # fmt: skip
def test_how_lines_end(text: str, at: int, expected: str) -> None:
    assert edits.line_end(Source("x", text), at) == expected
