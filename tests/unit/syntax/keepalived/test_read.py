"""Which statement is what: the structural rows of sections 2 and 3 of LEXICAL.md, as the shape of the tree.

A shape is written as the text would be nested by keepalived: `(` and `)` for a block that is open there, kinds of
mistakes as `kind:word`.
"""

from __future__ import annotations

import lark
import pytest

from lvscompile.syntax.keepalived.tree import Reading, read_configuration
from lvscompile.syntax.keepalived.words import words
from lvscompile.syntax.source import Source
from lvscompile.syntax.statements import Stmt

HEAD = "vrrp_instance A {\n"
END = "priority 7\n}\n"


def read(text: str) -> Reading:
    return read_configuration(Source("x", text), "node")


def shape(tree: lark.Tree[Stmt]) -> str:
    parts = []
    for child in tree.children:
        if isinstance(child, lark.Tree):
            parts.append(f"({shape(child)})")
        elif child.type not in ("TRIVIA", "CLOSE", "DEF"):
            word = next(iter(words(child.text)), child.text.strip())
            parts.append({"STMT": word, "OPEN": word + ":"}.get(child.type, f"{child.type}:{word}".rstrip(":")))
    return " ".join(parts)


SHAPES = {
    # braces and lines
    "vrrp_instance A{\n}\n": "(vrrp_instance:)",
    "vrrp_instance A\n{\n}\n": "(HEAD:vrrp_instance BRACE:{)",
    "vrrp_instance A\n\n# c\n{ priority 7\n}\n": "(HEAD:vrrp_instance BRACE:{ priority)",
    HEAD + "priority 7 }\n": "(vrrp_instance: priority)",
    HEAD
    + "authentication { auth_type PASS\nauth_pass x }\n}": "(vrrp_instance: (authentication: auth_type auth_pass))",
    HEAD + "} vrrp_instance B {\n}\n": "(vrrp_instance:) (vrrp_instance:)",
    "vrrp_sync_group G { group { A B } }\n": "(vrrp_sync_group: (group: A))",
    # one brace too many
    HEAD + "{\n" + END: "(vrrp_instance: BADOPEN:{ priority)",
    "vrrp_instance A {{\n" + END: "(vrrp_instance: BADOPEN:{ priority)",
    HEAD + "{\n}\n" + END: "(vrrp_instance: BADOPEN:{) UNKNOWN:priority EXTRA:}",
    "{\n}\n": "BADOPEN:{ EXTRA:}",
    HEAD + "priority 7 {\n}\n": "(vrrp_instance: BADOPEN:priority)",
    HEAD + "frob {\nx\n}\n" + END: "(vrrp_instance: BADOPEN:frob UNKNOWN:x) UNKNOWN:priority EXTRA:}",
    HEAD + "frob { state MASTER\n}\n}\n": "(vrrp_instance: BADOPEN:frob state) EXTRA:}",
    "frob {\n" + HEAD + "}\n}\n": "BADOPEN:frob (vrrp_instance:) EXTRA:}",
    "}\n": "EXTRA:}",
    "} } vrrp_instance B {\n}\n": "EXTRA:} EXTRA:} (vrrp_instance:)",
    # no brace
    HEAD + "authentication\nauth_type PASS\n}\n" + END: "(vrrp_instance: (HEAD:authentication auth_type) priority)",
    HEAD + "authentication\n}\n" + END: "(vrrp_instance: (HEAD:authentication) priority)",
    HEAD + "authentication\n" + END: "(vrrp_instance: (HEAD:authentication UNKNOWN:priority) MISSING)",
    "vrrp_instance A\ninterface eth0\n}\n": "(HEAD:vrrp_instance interface)",
    "vrrp_instance A\n": "(HEAD:vrrp_instance MISSING)",
    HEAD: "(vrrp_instance: MISSING)",
    HEAD + "virtual_ipaddress\n10.0.0.1\n}\n}\n": "(vrrp_instance: (HEAD:virtual_ipaddress 10.0.0.1))",
    HEAD + "virtual_ipaddress\n}\n}\n": "(vrrp_instance: (HEAD:virtual_ipaddress))",
    # lists
    HEAD + "virtual_ipaddress {\n{\n}\n}\n": "(vrrp_instance: (virtual_ipaddress: BADOPEN:{))",
    HEAD + "virtual_ipaddress {\na {\n}\n}\n": "(vrrp_instance: (virtual_ipaddress: BADOPEN:a))",
    HEAD + "virtual_ipaddress X {\n10.0.0.1\n}\n}\n": "(vrrp_instance: (virtual_ipaddress: 10.0.0.1))",
    # quotes
    'vrrp_instance A "x"\n{\n}\n': "(HEAD:vrrp_instance BRACE:{)",
    HEAD + '"priority" 7\n}\n': "(vrrp_instance: priority)",
    # keywords where they do not belong
    "priority 7\n": "UNKNOWN:priority",
    "prority 7\n": "UNKNOWN:prority",
    HEAD + "lb_algo rr\n}\n": "(vrrp_instance: UNKNOWN:lb_algo)",
    # blocks that are skipped: their braces count, nothing else
    "vrrp_instance {\nfrob {\n}\n}\nglobal_defs {\n}\n": "(vrrp_instance: (frob:)) (global_defs:)",
    "vrrp_instance A B {\nx\n}\n": "(vrrp_instance: x)",
}


@pytest.mark.parametrize("text", SHAPES)
def test_shape(text: str) -> None:
    assert shape(read(text).tree) == SHAPES[text]


@pytest.mark.xfail(strict=True, reason="quoted braces that stand alone are compared as words, not read here as braces")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('vrrp_instance A "{"\npriority 7\n}\n', "(vrrp_instance: priority)"),
        (HEAD + 'priority 7\n"}"\n', "(vrrp_instance: priority)"),
    ],
)
def test_quoted_braces(text: str, expected: str) -> None:
    assert shape(read(text).tree) == expected


REMARKS = {
    HEAD + "}\n": [],
    HEAD + "prority 7\n}\n": ["unknown-keyword"],
    HEAD + "frob {\nx\n}\n" + END: ["unknown-block"],
    "frob {\n}\n": ["unknown-block"],
    HEAD + "{\n" + END: ["unexpected-brace"],
    HEAD + "priority 7 {\n}\n}\n": ["unexpected-brace"],
    HEAD + "virtual_ipaddress {\n{\n}\n}\n}\n": ["brace-in-list"],
    HEAD + "authentication\n}\n}\n": ["missing-open"],
    HEAD: ["missing-close"],
    HEAD + "interface eth0\nvrrp_instance B {\n}\n": ["missing-close"],
    HEAD + "virtual_ipaddress {\n10.0.0.1\n\nvirtual_server 10.0.0.1 80 {\n}\n}\n": ["missing-close"],
    "}\n": ["extra-close"],
    HEAD + "}\n}\n": ["extra-close"],
    "vrrp_instance {\n}\n": ["block-name"],
    "vrrp_instance A B {\n}\n": ["block-name"],
    'vrrp_instance "" {\n}\n': [],
    HEAD + "}\n" + HEAD + "}\n": ["duplicate-block"],
    "vrrp_script a b {\n}\n": [],
    HEAD + 'interface "eth0\n}\n': ["unmatched-quote"],
    HEAD + "priority 7\\\n}\n": ["trailing-backslash"],
    HEAD + "# c \\\n}\n": ["trailing-backslash"],
    HEAD + "# c \\\\\n}\n": [],
    HEAD + "virtual_ipaddress {\n# c \\\n}\n}\n": [],
}


@pytest.mark.parametrize("text", REMARKS)
def test_remarks(text: str) -> None:
    assert [remark.kind for remark in read(text).remarks] == REMARKS[text]


@pytest.mark.parametrize("text", ["vrrp_instance A { # c \\\n}\n", HEAD + "} # c \\\n"])
def test_a_backslash_in_the_comment_behind_a_brace(text: str) -> None:
    assert [remark.kind for remark in read(text).remarks] == ["trailing-backslash"]


def test_one_mistake_is_remarked_once() -> None:
    """What is misread because of it is remembered, not complained about."""
    reading = read(HEAD + "frob {\nx 1\ny 2\n}\npriority 7\nstate MASTER\n}\n" + "vrrp_instance B {\nz 3\n}\n")
    assert [remark.kind for remark in reading.remarks] == ["unknown-block", "unknown-keyword"]
    assert reading.remarks[1].stmt.text == "z 3\n"


def test_nothing_at_all() -> None:
    reading = read("")
    assert reading.tree.children == []
    assert reading.remarks == []
