"""The outline of a text: blocks by the braces as written."""

from __future__ import annotations

import pytest

from lvscompile.syntax.keepalived.outline import MAX_DEPTH, outline, path
from lvscompile.syntax.source import Source


def blocks(text: str) -> dict[str, str]:
    """Each statement that opens something, and the text that belongs to it."""
    source = Source("x", text)
    return {
        entry.stmt.text.strip(): source.text[entry.stmt.start : entry.end].strip()
        for entry in outline(source)
        if entry.end != entry.stmt.end
    }


def paths(text: str) -> dict[str, str]:
    """Each statement's path."""
    entries = outline(Source("x", text))
    return {
        entry.stmt.text.strip(): " / ".join(" ".join(p) for p in path(entries, at)) for at, entry in enumerate(entries)
    }


def test_nested() -> None:
    text = "a {\n b c {\n  d\n }\n e\n}\nf\n"
    assert blocks(text) == {"a {": "a {\n b c {\n  d\n }\n e\n}", "b c {": "b c {\n  d\n }"}
    assert paths(text) == {"a {": "", "b c {": "a", "d": "a / b c", "}": "", "e": "a", "f": ""} | {"}": "a"}


def test_on_one_line() -> None:
    assert blocks("a { b { c } d }\n") == {"a {": "a { b { c } d }", "b {": "b { c }"}
    assert paths("a { b { c } d }\n")["d"] == "a"


def test_a_brace_on_a_line_of_its_own() -> None:
    assert blocks("a b\n# comment\n{\n c\n}\nd\n") == {"a b": "a b\n# comment\n{\n c\n}"}
    assert paths("a b\n{\n c\n}\n")["c"] == "a b"
    assert paths("a {\n {\n c\n }\n }\n")["c"] == "a / "  # nothing is before it that it could belong to


@pytest.mark.parametrize("text", ["a {\n b\n", "a {\n b {\n c\n }\n"])
def test_without_end(text: str) -> None:
    assert blocks(text)["a {"] == text.strip()


def test_one_end_too_many() -> None:
    assert paths("a {\n b\n}\n}\nc {\n d\n}\n") == {"a {": "", "b": "a", "}": "c", "c {": "", "d": "c"}


def test_a_choice_of_openers_is_one_block() -> None:
    text = "@x a {\n# comment\n@y b {\n c\n}\nd\n"
    assert blocks(text) == {"@x a {": text[:-3], "@y b {": "@y b {\n c\n}"}
    assert paths(text)["c"] == "@x a"
    assert paths(text)["d"] == ""


def test_what_looks_like_a_choice() -> None:
    assert paths("@x a\n@y b {\n c\n}\nd\n")["d"] == ""
    assert paths("@x a {\n c\n}\n@y b {\n d\n}\ne\n") == {
        "@x a {": "",
        "c": "@x a",
        "}": "@y b",
        "@y b {": "",
        "d": "@y b",
        "e": "",
    }
    assert paths("a {\n@y b {\n d\n}\n e\n}\n")["e"] == "a"


def test_generators_open_blocks() -> None:
    text = "~SEQ(i,2) a $i {\n b\n}\nc\n"
    assert paths(text)["c"] == ""
    assert paths("~SEQ(i,2) a # {\nb\n")["b"] == ""


def test_a_very_deep_place_has_the_innermost_blocks() -> None:
    entries = outline(Source("x", "".join(f"b{depth} {{\n" for depth in range(100))))
    assert [names[0] for names in path(entries, 99)] == [f"b{99 - MAX_DEPTH + depth}" for depth in range(MAX_DEPTH)]


def test_an_empty_text() -> None:
    assert outline(Source("x", "")) == []
