"""Words and comments: the regular expressions of the package against a slow reading of LEXICAL.md."""

from __future__ import annotations

import pytest
import reference_words as reference
from config_texts import any_texts
from hypothesis import assume, example, given
from hypothesis import strategies as st

from lvscompile.syntax.keepalived import words as tested
from lvscompile.syntax.keepalived.scan import scan
from lvscompile.syntax.source import Source

PIECES = [*"\"#!\\ \t\r\f\v{}a\xe9\xa0\x85$'\udc8f", "b1", "${X}", "\\#", "\\!"]
lines = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)
ends = st.sampled_from(["", "\n", "\r\n"])


def agreed(text: str) -> bool:
    """Where the package promises to agree: what is left out has tests of its own below."""
    line = reference.decomment(text)
    # A comment line that ends in a backslash is no statement: the reading stage makes one of it.
    glued = line.backslash and (any(char in line.code for char in '"{\r\f\v') or line.code == "\\")
    return not line.escaped_quote and not glued and "\\{" not in text


@given(lines, ends)
@example("a # b", "\n")
@example('"a#b!c" d', "")
@example('abc"def""g" h', "\n")
@example("a\\#b \\!c\\\\#d", "\n")
@example('vrrp_instance "A B" { # c', "\n")
def test_words_are_those_of_the_reference(line: str, end: str) -> None:
    text = line + end
    assume(agreed(text))
    assert tested.words(text) == reference.words(text)


@given(lines, ends)
def test_code_ends_where_the_reference_ends_it(line: str, end: str) -> None:
    text = line + end
    found = reference.decomment(text)
    assume(not found.escaped_quote)
    assert tested.code_end(text) == found.end


@given(any_texts)
def test_words_of_scanned_statements_are_those_of_the_reference(text: str) -> None:
    for stmt in scan(Source("x", text)):
        if stmt.type in ("STMT", "OPEN") and agreed(stmt.text) and "\0" not in stmt.text:
            assert tested.words(stmt.text) == reference.words(stmt.text)


@given(lines, ends)
def test_spans_hold_the_words(line: str, end: str) -> None:
    text = line + end
    found, spans = tested.words(text), tested.word_spans(text)
    assert len(found) == len(spans)
    last = 0
    for word, (start, stop) in zip(found, spans, strict=True):
        assert last <= start < stop <= len(text)
        last = stop
        if "\\" not in text:
            assert text[start:stop].removeprefix('"').removesuffix('"') == word or text[start:stop] == f'"{word}"'


@given(lines)
def test_an_unmatched_quote_is_seen(line: str) -> None:
    found = reference.decomment(line)
    assume(not found.escaped_quote and "\\" not in line)
    assert tested.has_unmatched_quote(line) == (found.code.count('"') % 2 == 1)


@given(lines, ends)
def test_the_memo_changes_nothing(line: str, end: str) -> None:
    text = line + end
    assert tested.words(text) == tested.words(text)
    tested._memo.pop(text, None)
    assert tested.words(text) == tested._memo[text]


# What real keepalived 2.2.7 makes of these was asked (`router_id`, from the dump of -P -n -l -d).
BACKSLASHES = {
    "router_id a\\": ("router_id", "a\\"),
    "router_id a \\": ("router_id", "a\\"),
    "router_id a \\ ": ("router_id", "a", "\\"),
    "router_id a # c \\": ("router_id", "a\\"),
    "router_id a\\nb": ("router_id", "a\\nb"),
    "router_id a\\\\#b": ("router_id", "a\\\\"),
}


@pytest.mark.parametrize("text", BACKSLASHES)
def test_a_last_backslash_outlives_its_comment(text: str) -> None:
    assert tested.words(text) == BACKSLASHES[text]
    assert reference.words(text) == BACKSLASHES[text]


# The same for what the package still reads otherwise.
OTHERWISE = {
    'router_id "a b" # c \\': ("router_id", "a b", "\\"),
    'router_id "a b"\\': ("router_id", "a b", "\\"),
    "vrrp_instance A\\{": ("vrrp_instance", "A\\"),
    "vrrp_instance A { # c \\": ("vrrp_instance", "A"),
    'router_id "a\\" # b"': ("router_id", "a\\", "#", "b"),
    'router_id a\\"b" # c"': ("router_id", "a\\", "b", "#", "c"),
}


@pytest.mark.parametrize("text", OTHERWISE)
def test_the_reference_knows_the_corners(text: str) -> None:
    assert reference.words(text) == OTHERWISE[text]


@pytest.mark.parametrize("text", OTHERWISE)
def test_backslash_corners(text: str) -> None:
    assert tested.words(text) == OTHERWISE[text]
