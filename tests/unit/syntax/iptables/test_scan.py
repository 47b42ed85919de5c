"""Lines of dumps: what each is, and that nothing is lost."""

from __future__ import annotations

import pytest

from lvscompile.syntax.iptables.scan import read, scan, tree
from lvscompile.syntax.source import Source


def kinds(text: str) -> list[str]:
    return [stmt.type for stmt in scan(Source("dump", text))]


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("*filter\n", "TABLE"),
        (":INPUT ACCEPT [0:0]\n", "CHAIN"),
        ("-A INPUT -j ACCEPT\n", "RULE"),
        ("[12:720] -A INPUT -j ACCEPT\n", "RULE"),
        ("[1:2]-A INPUT\n", "RULE"),
        ("  --append INPUT", "RULE"),
        ("-4 -A INPUT\n", "RULE"),
        ("COMMIT\n", "COMMIT"),
        ("COMMIT", "COMMIT"),
        ("COMMIT \r\n", "COMMIT"),
        ("COMMITTED\n", "UNKNOWN"),
        ("# a remark\n", "NOTE"),
        ("\n", "BLANK"),
        (" \t\r\n", "BLANK"),
        ("  ", "BLANK"),
        ("garbage\n", "UNKNOWN"),
        ("- \n", "UNKNOWN"),
        ("[1:2 -A INPUT\n", "UNKNOWN"),
        ("iptables -A INPUT\n", "UNKNOWN"),
    ],
)
def test_what_a_line_is(line: str, kind: str) -> None:
    assert kinds(line) == [kind]


def test_lines_have_their_places() -> None:
    source = Source("dump", "*nat\n\n-A OUTPUT\nCOMMIT")
    found = list(scan(source))
    assert [(stmt.line, stmt.start, stmt.end) for stmt in found] == [(1, 0, 5), (2, 5, 6), (3, 6, 16), (4, 16, 22)]
    assert "".join(stmt.text for stmt in found) == source.text


def judged(text: str) -> list[str]:
    return [stmt.type for stmt in read(scan(Source("dump", text)))]


def test_lines_outside_of_tables_are_astray() -> None:
    assert judged("-A INPUT\n:x -\nCOMMIT\n# no\n") == ["STRAY", "STRAY", "STRAY", "NOTE"]
    assert judged("*nat\nCOMMIT\n-A INPUT\n") == ["TABLE", "COMMIT", "STRAY"]


def test_a_table_without_its_commit_is_cut() -> None:
    assert judged("*nat\n-A OUTPUT\n") == ["TABLE", "RULE", "CUT"]
    assert judged("*nat\n*filter\nCOMMIT\n") == ["TABLE", "CUT", "TABLE", "COMMIT"]


def test_the_cut_says_nothing_and_stands_behind_the_last_line() -> None:
    cut = list(read(scan(Source("dump", "*nat\n-A OUTPUT\n"))))[-1]
    assert (cut.text, cut.start, cut.end) == ("", 15, 15)


def test_the_tree_holds_tables_with_their_lines() -> None:
    found = tree(Source("dump", "# a\n*nat\n:x -\n-A x\nCOMMIT\n*raw\n?\n"))
    tables = [list(child.children) for child in found.find_data("table")]
    assert [[stmt.type for stmt in table] for table in tables] == [  # type: ignore[union-attr]
        ["TABLE", "CHAIN", "RULE", "COMMIT"],
        ["TABLE", "UNKNOWN", "CUT"],
    ]
