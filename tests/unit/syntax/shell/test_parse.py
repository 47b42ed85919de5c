"""Complete commands to nodes: words with their places, quotes, redirections, compound commands, what is broken."""

from __future__ import annotations

import pytest

from lvscompile.syntax.shell.nodes import (
    AndOr,
    Brackets,
    Broken,
    Case,
    For,
    Function,
    Group,
    If,
    Pipeline,
    Simple,
    While,
)
from lvscompile.syntax.shell.parse import parse_command
from lvscompile.syntax.shell.quoting import read_word
from lvscompile.syntax.shell.read import Reader
from lvscompile.syntax.shell.scan import scan
from lvscompile.syntax.source import Source

VALUES = {
    "abc": "abc",
    "'a b'": "a b",
    '"a b"': "a b",
    "a\\ b": "a b",
    "a\\\nb": "ab",
    '"a\\\nb"': "ab",
    '"a\\b\\"\\$\\`\\\\"': 'a\\b"$`\\',
    "'a\\b'": "a\\b",
    "a'b'\"c\"d": "abcd",
    "''": "",
    "a#b": "a#b",
    "$": "$",
    "a$": "a$",
    '"$ "': "$ ",
    "a\\": "a\\",
    "$'x'": "$x",
    "*": "*",
    "a\rb": "a\rb",
    "a\r\n": "a",
}


@pytest.mark.parametrize("text", VALUES)
def test_words_without_expansions(text: str) -> None:
    assert read_word(text, 0, len(text)).value == VALUES[text]


PARTS = {
    "$A": [("name", "A", "")],
    "${A}": [("name", "A", "")],
    "$A-b": [("name", "A", ""), ("text", "-b", "")],
    "${A}b": [("name", "A", ""), ("text", "b", "")],
    "$1": [("name", "1", "")],
    "$12": [("name", "1", ""), ("text", "2", "")],
    "${12}": [("name", "12", "")],
    "$@": [("name", "@", "")],
    "${A:-b}": [("name", "A", ":-")],
    "${A%b}": [("code", "{A%b", "")],
    "${#A}": [("code", "{#A", "")],
    "$(a b)": [("code", "a b", "")],
    "`a b`": [("code", "a b", "")],
    '$(a ")" b)': [("code", 'a ")" b', "")],
    "$(a $(b) c)": [("code", "a $(b) c", "")],
    "$((1+(2)))": [("code", "(1+(2))", "")],
}


@pytest.mark.parametrize("text", PARTS)
def test_expansions(text: str) -> None:
    word = read_word(text, 0, len(text))
    assert word.value is None
    assert word.end == len(text)
    assert [(part.kind, part.text, part.action) for part in word.parts] == PARTS[text]


NODES = {
    "a b": Simple,
    "A=1 B=2": Simple,
    ">x": Simple,
    "a | b": Pipeline,
    "! a": Pipeline,
    "a && b || c": AndOr,
    "a &": AndOr,
    "(a)": Group,
    "{ a; }": Group,
    "if a; then b; elif c; then d; else e; fi": If,
    "for i in a b; do c; done": For,
    "for i; do c; done": For,
    "for i\ndo c\ndone": For,
    "for ((i=0;i<3;i++)); do c; done": While,
    "while a; do b; done": While,
    "until a; do b; done": While,
    "select i in a; do b; done": While,
    "case a in b|c) d;; (e) f;; *) g; esac": Case,
    "case a in esac": Case,
    "f() { a; }": Function,
    "f ( ) ( a )": Function,
    "function f { a; }": Function,
    "[[ a == b* && c < d ]]": Brackets,
    "((a+b))": Brackets,
    "a=(b c\nd)": Simple,
}


@pytest.mark.parametrize("text", NODES)
def test_kinds_of_nodes(text: str) -> None:
    parsed = parse_command(text + "\n", 0, len(text) + 1)
    assert [type(node) for node in parsed.nodes] == [NODES[text]]
    assert parsed.end == len(text) + 1


BROKEN = {
    "a 'b": True,
    'a "b': True,
    "a `b": True,
    "a $(b": True,
    "a ${b": True,
    "if a": True,
    "if a; then b": True,
    "{ a": True,
    "for i in a; do b": True,
    "a |": True,
    "a &&": True,
    "a >": True,
    "fi": False,
    "a )": False,
    "; a": False,
    "a ;; b": False,
    "| a": False,
    "a && ; b": False,
    "a > | b": False,
    "}": False,
    "case a b": False,
    "if fi": False,
    "((a": False,
    "(" * 50: False,
}


@pytest.mark.parametrize("text", BROKEN)
def test_what_is_no_command(text: str) -> None:
    with pytest.raises(Broken) as caught:
        parse_command(text, 0, len(text))
    assert caught.value.unfinished == BROKEN[text]


def test_words_know_their_places() -> None:
    text = "  a  'b c' \\\n d;e"
    (first, second) = parse_command(text, 0, len(text)).nodes
    assert isinstance(first, Simple)
    assert [text[word.start : word.end] for word in first.words] == ["a", "'b c'", "d"]
    assert isinstance(second, Simple)
    assert second.words[0].start == len(text) - 1


def test_redirections() -> None:
    text = "a >b 2>&1 3<c >>d <<E &>f\nbody\nE\n"
    (node,) = parse_command(text, 0, len(text)).nodes
    assert isinstance(node, Simple)
    assert [(r.fd, r.operator, r.target.value) for r in node.redirects] == [
        (-1, ">", "b"),
        (2, ">&", "1"),
        (3, "<", "c"),
        (-1, ">>", "d"),
        (-1, "<<", "E"),
        (-1, "&>", "f"),
    ]


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("a <<E\nx $B\nE\n", None),
        ("a <<'E'\nx $B\nE\n", "x $B\n"),
        ("a <<\\E\nx $B\nE\n", "x $B\n"),
        ("a <<-E\n\tx\n\t\ty\n\tE\n", "x\ny\n"),
        ("a <<E\nE\n", ""),
        ("a <<E\nx\\\ny \\$ \\a\nE\n", "xy $ \\a\n"),
        ("a <<E | b\nx\nE\n", "x\n"),
        ("a <<E\nx\n", "x\n"),
    ],
)
def test_here_documents(text: str, body: str | None) -> None:
    parsed = parse_command(text, 0, len(text))
    assert parsed.here[0].word.value == body
    assert parsed.here[0].ended == text.endswith("E\n")
    assert parsed.end == len(text)


def test_two_here_documents_on_a_line() -> None:
    text = "a <<A <<B; c <<C\n1\nA\n2\nB\n3\nC\nnext\n"
    parsed = parse_command(text, 0, len(text))
    assert [text[here.start : here.end] for here in parsed.here] == ["1\n", "2\n", "3\n"]
    assert text[parsed.end :] == "next\n"


def read(text: str) -> list[tuple[str, str]]:
    lines = list(scan(Source("x", text)))
    return [(stmt.type, stmt.text) for stmt in Reader(lines).read(0).stmts]


def test_lines_of_one_command() -> None:
    assert read("a \\\n b\nc\n") == [("LINE", "a \\\n b\n")]
    assert read("a 'x\ny' b\nc\n") == [("LINE", "a 'x\ny' b\n")]
    assert read("if a\nthen # c\n  b \\\n c\nfi\nd\n") == [
        ("LINE", "if a\n"),
        ("MORE", "then # c\n"),
        ("MORE", "  b \\\n c\n"),
        ("MORE", "fi\n"),
    ]
    assert read("cat <<A <<B\n1\nA\nB\n") == [
        ("LINE", "cat <<A <<B\n"),
        ("BODY", "1\n"),
        ("END", "A\n"),
        ("END", "B\n"),
    ]
    assert read("cat <<A\n1\n") == [("LINE", "cat <<A\n"), ("BODY", "1\n"), ("UNENDED", "")]


def test_a_comment_does_not_go_on_behind_a_backslash() -> None:
    assert read("a # b \\\nc\n") == [("LINE", "a # b \\\n")]


def test_secondary_prompts_are_no_part_of_the_command() -> None:
    text = "[root@a ~]# cat <<E >f\n> one\n> E\n[root@a ~]# b\n"
    lines = list(scan(Source("x", text)))
    reading = Reader(lines).read_prompted(0, 12, 3)
    assert reading.next == 3
    assert reading.here[0].word.value == "one\n"
    (node,) = reading.nodes
    assert isinstance(node, Simple)
    place = reading.place(node.redirects[1].target.start)
    assert text[place] == "f"
    assert text[reading.place(reading.here[0].start) :].startswith("one")
