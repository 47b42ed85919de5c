"""Words, section 4 of LEXICAL.md; script lines; unmatched quotes; last backslashes."""

from __future__ import annotations

import pytest

from lvscompile.syntax.keepalived.script_words import script_words
from lvscompile.syntax.keepalived.words import code_end, ends_in_backslash, has_unmatched_quote, word_spans, words

WORDS = {
    "": (), "\n": (), "  \t\n": (), "# c\n": (),
    "priority 77\n": ("priority", "77"),
    "priority\t77\v3\f4\r\n": ("priority", "77", "3", "4"),
    "priority 77\radvert_int 3\n": ("priority", "77", "advert_int", "3"),
    "a\xa0b c\u2028d\x85e\n": ("a\xa0b", "c\u2028d\x85e"),
    "priority 12#0\n": ("priority", "12"),
    "a!b\n": ("a",),
    "a\\#b\n": ("a#b",), "a\\!b\n": ("a!b",),
    "a\\\\#b\n": ("a\\\\",),
    "a\\\\\\#b\n": ("a\\\\#b",),
    '"a\\#b"\n': ("a\\#b",),
    '"a#b!c" d\n': ("a#b!c", "d"),
    'abc"def"\n': ("abc", "def"), '"abc"def\n': ("abc", "def"), '"abc""def"\n': ("abc", "def"),
    'ab"c d"\n': ("ab", "c d"), '""\n': ("",), 'x "" y\n': ("x", "", "y"),
    '"abc\n': (), 'abc "d\n': ("abc",), 'a\\"b c\n': ("a\\",), '"a\\"b"\n': ("a\\", "b"),
    '"a\\"b" c"\n': ("a\\", "b", " c"),
    "'a b'\n": ("'a", "b'"), "'a#b'\n": ("'a",),
    '"priority"77\n': ("priority", "77"),
    'x # it"s\n': ("x",), 'x # "a" b"\n': ("x",),
    "vrrp_instance A {\n": ("vrrp_instance", "A"), "vrrp_instance A{\n": ("vrrp_instance", "A"),
    'vrrp_instance "A B" { # c\n': ("vrrp_instance", "A B"), 'vrrp_instance A "{"\n': ("vrrp_instance", "A", "{"),
    "{\n": (), " { # c\n": (), "a\\nb\n": ("a\\nb",), "a\\\n": ("a\\",), "a \\\n": ("a\\",), "a \\ \n": ("a", "\\"),
    "x y # c \\\n": ("x", "y\\"), "x y # c \\\\\n": ("x", "y"), "// c\n": ("//", "c"),
}  # fmt: skip


@pytest.mark.parametrize("text", WORDS)
def test_words(text: str) -> None:
    assert words(text) == WORDS[text]
    assert len(word_spans(text)) == len(WORDS[text])


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a # c\n", "a "),
        ("a\n", "a"),
        ('a "#" # c', 'a "#" '),
        ("a\\# b", "a\\# b"),
        ("# c", ""),
        ("a!", "a"),
        ('a "# b', 'a "# b'),
    ],
)
def test_code_end(text: str, code: str) -> None:
    assert text[: code_end(text)] == code


@pytest.mark.parametrize(
    ("text", "unmatched"), [('a "b', True), ('a "b" "', True), ('a "b"', False), ('# "', False), ("a", False)]
)
def test_unmatched_quote(text: str, unmatched: bool) -> None:
    assert has_unmatched_quote(text) == unmatched


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("a\\", True),
        ("a\\\n", True),
        ("a\\\r\n", True),
        ("# c \\", True),
        ("a\\ ", False),
        ("a\\\\", False),
        ("a\\\\\\", True),
        ("", False),
    ],
)
def test_ends_in_backslash(text: str, ends: bool) -> None:
    assert ends_in_backslash(text) == ends


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("script /bin/true\n", ("script", "/bin/true")),
        ('script "/bin/x -a b"\n', ("script", "/bin/x -a b")),
        ("script '/bin/x -a b'\n", ("script", "/bin/x -a b")),
        ("script /bin/x -a # c\n", ("script", "/bin/x", "-a")),
        ("script /bin/x\\ y\n", ("script", "/bin/x\\ y")),
        ('notify "/bin/x" root\n', ("notify", "/bin/x", "root")),
    ],
)
def test_script_words(text: str, found: tuple[str, ...]) -> None:
    assert script_words(text) == found
