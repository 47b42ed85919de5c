"""Text to lines: the kind and the text of each. Prompts."""

from __future__ import annotations

import pytest

from lvscompile.syntax.keepalived.grammar import stamp
from lvscompile.syntax.shell.grammar import GRAMMAR, TABLE
from lvscompile.syntax.shell.scan import Prompt, prompt_of, scan
from lvscompile.syntax.source import Source

CASES: dict[str, list[str]] = {
    "": [],
    "\n": ["BLANK"],
    " \t\r\n": ["BLANK"],
    "  ": ["BLANK"],
    "#!/bin/sh\nx\n": ["SHEBANG", "LINE"],
    "#! /bin/bash -e\n": ["SHEBANG"],
    "#!note\n": ["COMMENT"],
    "# c": ["COMMENT"],
    "  # c\n": ["COMMENT"],
    "ipvsadm -C\n": ["LINE"],
    "ipvsadm \\\n -C\n": ["LINE", "LINE"],
    "[root@lb1 ~]# ipvsadm -C\n": ["PROMPT"],
    "[root@lb1 ~]#\n": ["PROMPT"],
    "[root@lb1 ~]#ipvsadm\n": ["LINE"],
    "[ -x /a ] && b\n": ["LINE"],
    "[LVS] 192.0.2.1 (eth1)\n": ["LINE"],
    "root@lb1:~# ip a\n": ["PROMPT"],
    "(venv) root@lb1:/etc/x# ip a\n": ["PROMPT"],
    "admin@lb1:~$ ip a\n": ["PROMPT"],
    "lb1:~ # ip a\n": ["PROMPT"],
    "lb1# ip a\n": ["PROMPT"],
    "bash-4.2# ip a\n": ["PROMPT"],
    "$ ip a\n": ["PROMPT"],
    "$A ip\n": ["LINE"],
    "mail to root@lb1: now\n": ["LINE"],
    "a\x85b\u2028c\vd\fe\n": ["LINE"],
}


@pytest.mark.parametrize("text", CASES)
def test_kinds_of_lines(text: str) -> None:
    stmts = list(scan(Source("x", text)))
    assert [stmt.type for stmt in stmts] == CASES[text]
    assert "".join(stmt.text for stmt in stmts) == text


def test_a_part_of_a_text_keeps_its_places() -> None:
    stmts = list(scan(Source("x", "a\nb\nc\nd\n"), 2, 6))
    assert [(stmt.start, stmt.end, stmt.line, stmt.text) for stmt in stmts] == [(2, 4, 2, "b\n"), (4, 6, 3, "c\n")]


PROMPTS = {
    "[root@lb1 ~]# x": Prompt("lb1", "~", 14),
    "[root@lb1 keepalived]$ x": Prompt("lb1", "keepalived", 23),
    "[root@localhost ~]# x": Prompt("", "~", 20),
    "root@lb1.example.net:/etc# x": Prompt("lb1.example.net", "/etc", 27),
    "lb1:/etc # x": Prompt("lb1", "/etc", 11),
    "lb-1# x": Prompt("lb-1", "", 6),
    "bash-4.2# x": Prompt("", "", 10),
    "$ x": Prompt("", "", 2),
    "  # x": Prompt("", "", 4),
    "x": None,
    "[LVS] x": None,
}


@pytest.mark.parametrize("line", PROMPTS)
def test_prompts_name_host_and_folder(line: str) -> None:
    assert prompt_of(line) == PROMPTS[line]


def test_the_table_is_of_this_grammar() -> None:
    with open(GRAMMAR, "rb") as grammar:
        expected = stamp(grammar.read())
    with open(TABLE, "rb") as table:
        assert table.readline() == expected
