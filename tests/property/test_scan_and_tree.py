"""The scan loses nothing; the tree holds exactly what was read; Lark never meets an unexpected token."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import lark
import pytest
from config_texts import MAIN, NEIGHBOURS, any_texts, file_texts
from hypothesis import example, given

from lvscompile.syntax.keepalived.expand import Expander
from lvscompile.syntax.keepalived.grammar import parse
from lvscompile.syntax.keepalived.include import Includes
from lvscompile.syntax.keepalived.read import Reader
from lvscompile.syntax.keepalived.scan import scan
from lvscompile.syntax.keepalived.tree import read_configuration
from lvscompile.syntax.source import Source, decode, encode
from lvscompile.syntax.statements import Stmt


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("configuration")
    for name, data in NEIGHBOURS.items():
        (folder / name).write_bytes(data)
    (folder / MAIN).write_bytes(b"router_id main\ninclude main.conf\n")
    return folder


def leaves(tree: lark.Tree[Stmt]) -> Iterator[Stmt]:
    stack: list[lark.Tree[Stmt] | Stmt] = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, lark.Tree):
            stack.extend(reversed(node.children))
        else:
            yield node


def source(folder: Path, text: str) -> Source:
    return Source(MAIN, text, str(folder / MAIN))


@given(any_texts)
def test_scanned_statements_joined_are_the_text(text: str) -> None:
    given_source = Source("x", text)
    found = list(scan(given_source))
    assert "".join(stmt.text for stmt in found) == text
    at = 0
    for stmt in found:
        assert stmt.start == at < stmt.end
        assert stmt.text == text[stmt.start : stmt.end]
        assert stmt.line == text.count("\n", 0, stmt.start) + 1
        assert stmt.source is given_source
        at = stmt.end
    assert at == len(text)


@given(any_texts)
def test_only_definitions_run_over_several_lines(text: str) -> None:
    for stmt in scan(Source("x", text)):
        assert stmt.type == "DEF" or "\n" not in stmt.text[:-1]


@given(file_texts)
def test_bytes_survive(text: str) -> None:
    data = encode(text)
    assert encode(decode(data)) == data
    assert encode("".join(stmt.text for stmt in scan(Source("x", decode(data))))) == data


@given(text=file_texts)
@example(text="")
@example(text="vrrp_instance A\n")
@example(text="vrrp_instance A\n}")
@example(text="TCP_CHECK")
@example(text="}\n}\n{\n")
def test_the_tree_holds_exactly_what_was_read(folder: Path, text: str) -> None:
    reader = Reader()
    stream = list(reader.read(Expander("me", Includes()).expand(source(folder, text))))
    tree = parse(iter(stream))
    assert [id(stmt) for stmt in leaves(tree)] == [id(stmt) for stmt in stream]


@given(text=file_texts)
def test_blocks_begin_and_end_as_the_grammar_says(folder: Path, text: str) -> None:
    reading = read_configuration(source(folder, text), "me")
    for block in reading.tree.iter_subtrees():
        if block.data != "block":
            continue
        first, last = block.children[0], block.children[-1]
        assert isinstance(first, Stmt)
        assert isinstance(last, Stmt)
        assert first.type in ("OPEN", "HEAD")
        assert last.type in ("CLOSE", "MISSING")


@given(text=file_texts)
def test_every_statement_and_remark_stands_in_a_file_that_was_read(folder: Path, text: str) -> None:
    reading = read_configuration(source(folder, text), "me")
    files = {id(each) for each in reading.files}
    for stmt in leaves(reading.tree):
        assert id(stmt.source) in files
        assert 0 <= stmt.start <= stmt.end <= len(stmt.source.text)
        assert stmt.line == stmt.source.text.count("\n", 0, stmt.start) + 1 or stmt.type == "MISSING"
    for remark in reading.remarks:
        for stmt in (remark.stmt, *remark.related):
            assert id(stmt.source) in files


@given(text=file_texts)
def test_a_reading_can_be_repeated(folder: Path, text: str) -> None:
    """Nothing is kept from one reading to the next, but the tables."""
    one, two = (read_configuration(source(folder, text), "me") for _ in range(2))
    assert [(s.type, s.text) for s in leaves(one.tree)] == [(s.type, s.text) for s in leaves(two.tree)]
    assert [(r.kind, r.stmt.start) for r in one.remarks] == [(r.kind, r.stmt.start) for r in two.remarks]
