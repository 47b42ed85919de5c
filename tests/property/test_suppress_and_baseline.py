"""Whatever a file holds, comments that suppress and baselines do their work, and nothing is lost between them."""

from __future__ import annotations

from pathlib import Path

import pytest
from config_texts import MAIN, NEIGHBOURS, file_texts
from hypothesis import given
from hypothesis import strategies as st

from lvscompile import load
from lvscompile.app.baseline import with_baseline, write_baseline
from lvscompile.app.load import Loaded
from lvscompile.ir.core import Target
from lvscompile.lint.engine import Report, lint
from lvscompile.lint.registry import all_rules
from lvscompile.syntax.findings import Finding
from lvscompile.syntax.keepalived.outline import outline, path
from lvscompile.syntax.source import InputError, Source, decode, encode

FAMILIES = sorted({code[:4] for code in all_rules()})
WORDS = st.sampled_from((*all_rules(), *FAMILIES, "LVS", "LVS999", "ignored-words", "", " ", "lvs112", "x y", "é"))
FORMS = st.sampled_from((
    "# lvscompile: ignore[{}] why\n", " ! lvscompile: ignore[{}]\n", "# lvscompile: ignore-file[{}] why\n", "# lvscompile: {}\n",
    "# lvscompile ignore {}\n", "# lvscompile: ignore[{}", " # c # lvscompile: ignore[{}] # lvscompile: ignore[{}] é\\\n",
))  # fmt: skip
comments = st.builds(lambda form, words: form.replace("{}", ",".join(words)), FORMS, st.lists(WORDS, max_size=3))


@st.composite
def commented(draw: st.DrawFn) -> str:
    """A text with comments for lvscompile anywhere in it."""
    text = draw(file_texts)
    for comment in draw(st.lists(comments, min_size=1, max_size=4)):
        at = draw(st.integers(0, len(text)))
        text = text[:at] + comment + text[at:]
    return text


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("configuration")
    for name, data in NEIGHBOURS.items():
        (folder / name).write_bytes(data)
    return folder


def run(folder: Path, text: str, allow: tuple[str, ...] = ()) -> tuple[Loaded, Report] | None:
    main = folder / MAIN
    main.write_bytes(encode(text))
    try:
        loaded = load([f"me={main}"], kinds={str(main): "keepalived"})
    except InputError as error:
        if "binary" not in error.reason:
            raise
        return None
    report = lint(loaded.hosts, Target(), allow=allow)
    assert not report.crashes
    return loaded, report


def key(finding: Finding) -> tuple[str, str, int, str]:
    return finding.code, finding.span.source.name, finding.span.start, finding.message


@given(text=commented(), allow=st.sampled_from([(), ("LVS",)]))
def test_comments_lose_nothing(folder: Path, text: str, allow: tuple[str, ...]) -> None:
    """What the rules find is reported or suppressed; beyond that only the comments are spoken of."""
    found = run(folder, text, allow)
    if found is None:
        return
    loaded, report = found
    plain = lint([host._replace(sources=()) for host in loaded.hosts], Target())
    kept = {key(f) for f in report.findings if f.code >= "LVS1"}
    suppressed = {key(each.finding) for each in report.suppressed if each.finding.code >= "LVS1"}
    assert kept | suppressed == {key(f) for f in plain.findings}
    assert not kept & suppressed
    for finding in report.findings:
        assert 0 <= finding.span.start <= finding.span.end <= len(finding.span.source.text)


@given(text=st.one_of(file_texts, commented()))
def test_what_a_baseline_knows_is_not_found(folder: Path, text: str) -> None:
    found = run(folder, text)
    if found is None:
        return
    loaded, report = found
    known = str(folder / "known.json")
    write_baseline(known, report, loaded)
    again, notes = with_baseline(known, report, loaded, lambda code: True)
    assert again.findings == []
    assert notes == []
    assert len(again.suppressed) == len(report.suppressed) + len(report.findings)


@given(text=file_texts, blanks=st.sampled_from(("\n\n", "# a comment\n", "  \t\n! x\n")))
def test_a_baseline_does_not_mind_lines_that_move(folder: Path, text: str, blanks: str) -> None:
    found = run(folder, text)
    if found is None or text.startswith("\ufeff"):
        return
    known = str(folder / "known.json")
    write_baseline(known, found[1], found[0])
    moved = run(folder, blanks + text)
    if moved is not None:
        again, _ = with_baseline(known, moved[1], moved[0], lambda code: True)
        assert again.findings == []


@given(text=file_texts)
def test_the_outline_is_the_text(text: str) -> None:
    source = Source("x", decode(encode(text)))
    entries = outline(source)
    assert "".join(entry.stmt.text for entry in entries) == source.text
    for at, entry in enumerate(entries):
        assert entry.stmt.end <= entry.end <= len(source.text)
        assert entry.parent is None or entry.parent < at
        assert len(path(entries, at)) <= at
