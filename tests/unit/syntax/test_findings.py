"""Spans, remarks' places, and masks."""

from __future__ import annotations

import pytest

from lvscompile.syntax.findings import Span, is_expanded, span_from, span_of
from lvscompile.syntax.keepalived.scan import rescan, scan
from lvscompile.syntax.secrets import Masker
from lvscompile.syntax.source import Source
from lvscompile.syntax.statements import Frame, Stmt


def statement(text: str) -> Stmt:
    return list(scan(Source("x", text)))[-1]


@pytest.mark.parametrize(
    ("text", "word", "covered"),
    [
        ("  priority 100 # c\n", None, "priority 100"),
        ("  priority 100 # c\n", 0, "priority"),
        ("  priority 100 # c\n", 1, "100"),
        ("  priority 100 # c\n", 2, "priority 100"),
        ("  priority 100 # c\n", -1, "priority 100"),
        ('x "a b" c\n', 1, '"a b"'),
        ("vrrp_instance A {\n", None, "vrrp_instance A"),
        ("vrrp_instance A{\n", 1, "A"),
        ("  } # end\n", None, "}"),
        ("\n\té ü\n", 1, "ü"),
        ("# only a comment\n", None, "# only a comment"),
        ("   \n", None, ""),
    ],
)
def test_span_of(text: str, word: int | None, covered: str) -> None:
    stmt = statement(text)
    span = span_of(stmt, word)
    assert text[span.start : span.end] == covered


def test_span_from_a_word_on() -> None:
    span = span_from(statement("priority 100 200 300 # c\n"), 2)
    assert (span.begin(), span.finish()) == ((1, 14), (1, 21))


def test_words_of_an_expansion_stand_where_it_was_used() -> None:
    stmt = statement("$A=1\n  priority $A\n")
    made = next(rescan("priority 1 2 3\n", stmt, Frame("variable", stmt, "A")))
    assert is_expanded(made)
    assert not is_expanded(stmt)
    assert span_of(made, 1).begin() == span_of(made).begin() == (2, 3)
    assert [frame.detail for frame in made.frames] == ["A"]


def test_span_repr_names_the_place() -> None:
    assert repr(Span(Source("a.conf", "x\nyz"), 3, 4)) == "Span(a.conf:2:2)"


@pytest.mark.parametrize(
    ("line", "masked"),
    [
        ("auth_pass secret12 # c", "auth_pass ******** # c"),
        ('auth_pass "two words"', "auth_pass ***********"),
        ("  auth_pas secret", "  auth_pas ******"),
        ("AUTH_PASS secret", "AUTH_PASS ******"),
        ("authpass secret", "authpass ******"),
        ("smtp_password secret}", "smtp_password ******}"),
        ("auth_type PASS", "auth_type PASS"),
        ("priority 100", "priority 100"),
    ],
)
def test_a_secret_is_masked_by_its_place(line: str, masked: str) -> None:
    assert Masker().line(line) == masked


def test_a_secret_is_masked_by_its_value() -> None:
    mask = Masker({"abc", "abcd", ""})
    assert mask.text("abcd and abc, xabc, abce") == "**** and ***, xabc, abce"
    assert mask.line("router_id abc") == "router_id ***"
    assert Masker().text("abc") == "abc"
