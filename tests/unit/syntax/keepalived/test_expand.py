"""What keepalived reads in the end: sections 1, 5 and 6 of LEXICAL.md, row by row."""

from __future__ import annotations

import pytest

from lvscompile.syntax.keepalived import expand as module
from lvscompile.syntax.keepalived.expand import Expander
from lvscompile.syntax.keepalived.include import Includes
from lvscompile.syntax.source import Source
from lvscompile.syntax.statements import Stmt

SILENT = ("TRIVIA", "DEF", "COND", "GEN", "INCLUDE")


def expand(text: str, config_id: str = "node") -> tuple[list[Stmt], list[str]]:
    expander = Expander(config_id, Includes())
    statements = list(expander.expand(Source("x.conf", text)))
    return statements, [remark.kind for remark in expander.remarks]


def lines(text: str, config_id: str = "node") -> list[str]:
    """What is left to read: the statements that are not spent by the expansion itself."""
    return [stmt.text.strip() for stmt in expand(text, config_id)[0] if stmt.type not in SILENT]


VALUES = {
    # definitions
    "$P=77\npriority $P\n": ["priority 77"],
    "$P= 77 # c\npriority $P\n": ["priority 77"],
    "$P=77\npriority $P": ["priority 77"],
    "$P=77\na $P,b $P) c $P\td\n": ["a 77,b 77) c 77\td"],
    "$P=10.0.0.1\n$P/24\n${P}/24\n": ["$P/24", "10.0.0.1/24"],
    '$P=77\na "$P"\nb "${P}"\n': ['a "$P"', 'b "77"'],
    "$P=77\na $P$P\n": ["a $P77"],
    "$P=77\na $P.\n": ["a $P."],
    "$P=a\n$P {\n": ["a {"],
    "$P=77\na $PP $$P \\$P\n": ["a $PP $77 \\77"],
    "a $P\n$P=77\n": ["a $P"],
    "$P=1\na $P\n$P=2\na $P\n": ["a 1", "a 2"],
    "$P=\na $P b\n": ["a  b"],
    "$A=1\n$B=$A\n$A=2\nx $B\n": ["x 2"],
    "$P=kw {\n$P\n}\n": ["kw {", "}"],
    "$P=77 }\npriority $P\n": ["priority 77", "}"],
    "$P=$Q=5\n$P\nx $Q\n": ["x 5"],
    "x ${_HASH}y\n": ["x #y"],
    "x ${U}\n": ["x ${", "U", "}"],
    'x "${U}"\n': ['x "${U}"'],
    "x ${_RANDOM 3 3}\n": ["x ${_RANDOM 3 3}"],
    "{ $P=1\nx $P\n": ["{", "x 1"],
    # several lines
    "$B= \\\n a \\\n b\n$B\n": ["a", "b"],
    "$B= a \\\n b\n$B\n": ["a", "b"],
    "$B= \\ \n a \\\n b\n$B\n": ["a", "b"],
    "$B= \\\n a # c \\\n b\n$B\n": ["a", "b"],
    "$B= \\\n a \\\n # c \\\n b\n$B\n": ["a", "b"],
    "$B= \\\n a \\\n # c\n b\n$B\n": ["b", "a"],
    "$B= \\\n a \\\n\n b\n$B\n": ["b", "a"],
    "$B= \\\n 77 \\\n x 3\npriority $B\n": ["priority 77", "x 3"],
    "$B= \\\n 77 \\\n x 3\npriority ${B}\n": ["priority 77", "x 3"],
    "$B= \\\n 77 \\\n x\npriority $B y\n": ["priority $B y"],
    "$B= \\\n a { \\\n b \\\n }\n$B\n": ["a {", "b", "}"],
    "$B= \\\n $V=51 \\\n a $V\n$B\n": ["a 51"],
    "$B= \\\n @node a \\\n @other b\n$B\n": ["a"],
    "$C= \\\n a \\\n b\n$B= \\\n $C \\\n c\n$B\n": ["a", "b", "c"],
    "x\n$B= \\\n y \\\n": ["x"],
    # conditions
    "@node a\n@other b\n": ["a"],
    "@^node a\n@^other b\n": ["b"],
    "@node\n@ x\n@\n@^\n": [],
    "@^ x\n": ["x"],
    "@node\ta\n": ["a"],
    "@node }\n@other }\n": ["}"],
    "@node a { b }\n": ["a {", "b", "}"],
    "@node @node a\n": ["@node a"],
    "@node $P=1\n@other $P=2\nx $P\n": ["x 1"],
    "@node ~SEQ(i,2) a$i\n": ["a1", "a2"],
    "@node # c\n": [],
    # generators
    "~SEQ(i,3) a $i\n": ["a 1", "a 2", "a 3"],
    "~SEQ(i,0) a $i\n": ["a 1", "a 0"],
    "~SEQ(i,-2) a $i\n": ["a -1", "a -2"],
    "~SEQ(i,5,7) a $i\n": ["a 5", "a 6", "a 7"],
    "~SEQ(i,7,5) a $i\n": ["a 7", "a 6", "a 5"],
    "~SEQ(i,1,2,6) a $i\n": ["a 1", "a 3", "a 5"],
    "~SEQ(i,6,-2,1) a $i\n": ["a 6", "a 4", "a 2"],
    "~SEQx(i,9,11) a $i\n": ["a 9", "a a", "a b"],
    "~SEQ(i,0x10,0x11) a $i\n": ["a 16", "a 17"],
    "~SEQ(i,010,9) a $i\n": ["a 8", "a 9"],
    "~SEQ ( i , 2 ) a $i\n": ["a 1", "a 2"],
    "~SEQ(i,2)a $i\n": ["a 1", "a 2"],
    "$N=2\n~SEQ(i,$N) a $i\n": ["a 1", "a 2"],
    "~SEQ(i,2) ~SEQ(j,2) a${i}-${j}\n": ["a1-1", "a1-2", "a2-1", "a2-2"],
    "~SEQ(i,2) a $i\nb $i\n": ["a 1", "a 2", "b 2"],
    "~SEQ(i,2)\n": [],
    "~SEQ(i,2) kw { x${i} }\n": ["kw {", "x1", "}", "kw {", "x2", "}"],
    "~SEQ(i,2) @node a$i\n": ["a1", "a2"],
    "~SEQ(i,2) $V=$i\na $V\n": ["a 2"],
    "a { ~SEQ(i,2) x$i\n": ["a {", "x1", "x2"],
    "~LST(i,75,77) a $i\n": ["a 75", "a 77"],
    "~LST(i, 75, 77 ) a $i\n": ["a 75", "a 77"],
    "~LST({i,j},{a,1},{b,2}) $i $j\n": ["a 1", "b 2"],
    "~LST({i,j},{a}) x $i\n": ["x a"],
    # lines that are cut
    "a\0b\nc\n": ["a", "c"],
    "a\0b {\nc\n": ["a", "c"],
}


@pytest.mark.parametrize("text", VALUES)
def test_expansion(text: str) -> None:
    assert lines(text) == VALUES[text]


REMARKS = {
    "$A=$A\nx $A\n": ["endless-definition"],
    "$A=$B\n$B=$A\nx $A\n": ["endless-definition"],
    "x ${U}\n": ["undefined-variable"],
    'x "${U}"\n': [],
    "x $U\n": [],
    "x ${_RANDOM 1 2}\n": [],
    "~SEQ(,2) x\n": ["bad-generator"],
    "~SEQ(i) x\n": ["bad-generator"],
    "~SEQ(i,x) x\n": ["bad-generator"],
    "~SEQ(i,1,0,3) x\n": ["bad-generator"],
    "~SEQ(i,1,-1,3) x\n": ["bad-generator"],
    "~SEQ(i,1,1,3,4) x\n": ["bad-generator"],
    "~SEQ(i,2 x\n": ["bad-generator"],
    "~SEQ(i,1_0) x\n": ["bad-generator"],
    "~SEQ(i,\u0663) x\n": ["bad-generator"],
    "~LST(i) x\n": ["bad-generator"],
    "~LST() x\n": ["bad-generator"],
    "a\0b\n": ["nul-byte"],
    "x" * 1023 + "\n": [],
    "x" * 1024 + "\n": ["long-line"],
    "# " + "x" * 1024 + "\n": ["long-line"],
    "é" * 512 + "\n": ["long-line"],
    "é" * 511 + "\n": [],
    "x" * 1024: ["long-line"],
}


@pytest.mark.parametrize("text", REMARKS, ids=lambda text: ascii(text[:30]))
def test_remarks(text: str) -> None:
    assert expand(text)[1] == REMARKS[text]


def test_a_long_line_is_cut_into_lines() -> None:
    text = "# " + "c" * 1021 + "priority 77\nb\n"
    assert lines(text) == ["priority 77", "b"]


def test_pieces_of_a_long_line_stand_where_it_stands() -> None:
    statements, _ = expand("a\n" + "x " * 1500 + "\nb\n")
    assert [s.line for s in statements] == [1, 2, 2, 2, 3]


def test_what_expansion_made_knows_its_way() -> None:
    statements, _ = expand("$A=x\n~SEQ(i,2) @node $A $i\n")
    made = [stmt for stmt in statements if stmt.text.startswith("x ")]
    assert len(made) == 2
    for stmt in made:
        assert (stmt.line, stmt.source.name) == (2, "x.conf")
        assert [(f.kind, f.detail) for f in stmt.frames][:2] == [("sequence", "~SEQ(i,2)"), ("condition", "@node")]
        assert stmt.frames[-1].kind == "variable"


def test_generated_lines_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_GENERATED", 10)
    statements, remarks = expand("~SEQ(i,100) x$i\n~SEQ(i,100) y$i\n")
    assert sum(s.type == "STMT" for s in statements) <= 11
    assert set(remarks) == {"too-many-instances"}


def test_statements_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_STATEMENTS", 10)
    statements, remarks = expand("$A=1\n" + "x $A\n" * 50)
    assert sum(s.type == "STMT" for s in statements) <= 11
    assert set(remarks) == {"too-much"}


def test_conditions_are_remembered() -> None:
    expander = Expander("node", Includes())
    list(expander.expand(Source("x", "@node a\n@other b\n@other c\n@^node d\n")))
    assert {name: len(found) for name, found in expander.conditions.items()} == {"node": 2, "other": 2}
