"""Words as iptables-restore splits them, and as iptables-save writes them."""

from __future__ import annotations

import pytest

from lvscompile.syntax.iptables.words import bare, counters, in_quotes, quoted, spans, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-A INPUT\t-j  ACCEPT\n", ["-A", "INPUT", "-j", "ACCEPT"]),
        ('--comment "two words" -j', ["--comment", "two words", "-j"]),
        ('a"b c"d', ["ab c", "d"]),
        ('""', [""]),
        ('"a\\"b\\\\c"', ['a"b\\c']),
        ("a\\ b 'c d'", ["a\\", "b", "'c", "d'"]),
        ('"open -j X\n', ["open -j X\n"]),
        ('"a\\', ["a"]),
        ("a\rb #c", ["a\rb", "#c"]),
        ('"a""b"', ["a", "b"]),
        ('"a\\"', ['a"']),
    ],
)
def test_splitting(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_spans_hold_the_quotes() -> None:
    text = '-m comment --comment "a b" -j X'
    assert [text[start:end] for start, end in spans(text)] == ["-m", "comment", "--comment", '"a b"', "-j", "X"]
    assert len(spans(text, 3)) == 5


def test_counters_before_a_rule() -> None:
    assert counters("[12:34] -A INPUT") == ("12:34", 7)
    assert counters("  [] x") == ("", 4)
    assert counters("-A INPUT") == ("", 0)


@pytest.mark.parametrize(
    ("word", "as_text", "as_word"),
    [
        ("a-b_C9", "a-b_C9", "a-b_C9"),
        ("1.2.3.4/5", '"1.2.3.4/5"', "1.2.3.4/5"),
        ("a b", '"a b"', '"a b"'),
        ("", '""', '""'),
        ("it's", '"it\\\'s"', "it's"),
        ('a"b', '"a\\"b"', '"a\\"b"'),
        ("a\\b", '"a\\\\b"', "a\\b"),
        ("é", '"é"', "é"),
    ],
)
def test_quoting(word: str, as_text: str, as_word: str) -> None:
    assert quoted(word) == as_text
    assert bare(word) == as_word
    for written in (as_text, as_word, in_quotes(word)):
        assert words(f"x {written} y") == ["x", word, "y"]
