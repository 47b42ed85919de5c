"""Whatever a file holds, load() and lint() come back, and what they say points into what was read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from config_texts import MAIN, NEIGHBOURS, file_texts
from hypothesis import example, given
from hypothesis import strategies as st

from lvscompile import load
from lvscompile.app.load import Loaded, count_statements
from lvscompile.cli.formats import Results
from lvscompile.cli.formats.document import as_json
from lvscompile.cli.formats.github import as_github
from lvscompile.cli.formats.sarif import as_sarif
from lvscompile.cli.formats.text import concise, full, summary_line
from lvscompile.cli.render import Style
from lvscompile.ir.core import KNOWN_KEEPALIVED, Target
from lvscompile.lint.engine import Report, lint
from lvscompile.syntax.findings import EFFECTS, SEVERITIES, Span
from lvscompile.syntax.secrets import Masker
from lvscompile.syntax.source import InputError, Source, encode

targets = st.sampled_from([None, *KNOWN_KEEPALIVED, (2, 2, 7)])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("configuration")
    for name, data in NEIGHBOURS.items():
        (folder / name).write_bytes(data)
    return folder


def run(folder: Path, data: bytes, version: tuple[int, ...] | None, *more: str) -> tuple[Loaded, Report] | None:
    path = folder / MAIN
    path.write_bytes(data)
    target = Target(version)
    try:
        loaded = load([f"me={path}", *more], kinds={str(path): "keepalived"}, target=target)
    except InputError as error:
        if "binary" not in error.reason:
            raise
        return None
    return loaded, lint(loaded.hosts, target)


def in_range(span: Span, sources: tuple[Source, ...]) -> None:
    assert any(span.source.name == source.name and span.source.text == source.text for source in sources)
    text = span.source.text
    assert 0 <= span.start <= span.end <= len(text)
    line, column = span.begin()
    assert 1 <= line <= text.count("\n") + 1
    assert column >= 1
    assert (line, column) <= span.finish()


def check(loaded: Loaded, report: Report) -> None:
    assert not report.crashes
    for finding in report.findings:
        assert finding.severity in SEVERITIES
        assert finding.effect in EFFECTS
        assert finding.message
        in_range(finding.span, loaded.sources)
        for note in finding.related:
            in_range(note.span, loaded.sources)


def strictly(text: str) -> Any:
    """JSON as the strictest reader takes it: no half of a surrogate pair."""
    document = json.loads(text)
    json.dumps(document, ensure_ascii=False).encode("utf-8")
    return document


def check_rendering(loaded: Loaded, report: Report) -> None:
    mask, plain = Masker(loaded.secrets), Style(False)
    lines = concise(report.findings, mask, plain).splitlines()
    assert len(lines) == len(report.findings)
    document = strictly(as_json(report.findings, mask, count_statements(loaded.trees)))
    assert len(document["findings"]) == len(report.findings)
    results = Results(report.findings, ["me"], dict, mask, report.crashes, report.suppressed)
    (run,) = strictly(as_sarif(results))["runs"]
    assert len(run["results"]) == len(report.findings) + len(report.suppressed)
    commands = as_github(report.findings, mask).splitlines()
    assert len(commands) == len(report.findings)
    assert all(command.startswith(("::error file=", "::warning file=", "::notice file=")) for command in commands)
    for width in (60, 110):
        text = full(report.findings, mask, plain, width)
        assert "\x1b" not in text
        assert "\0" not in text
    assert "\x1b" not in summary_line(report.findings, [host.director.name for host in loaded.hosts], plain)


@given(text=file_texts, version=targets)
@example(text="", version=None)
@example(text="vrrp_instance A", version=(2, 2, 7))
def test_any_file_is_read_and_judged(folder: Path, text: str, version: tuple[int, ...] | None) -> None:
    found = run(folder, encode(text), version)
    if found is not None:
        check(*found)
        check_rendering(*found)


@given(data=st.binary(max_size=2000))
def test_any_bytes_are_read_and_judged(folder: Path, data: bytes) -> None:
    found = run(folder, data, None)
    if found is not None:
        check(*found)


@given(one=file_texts, two=file_texts)
def test_any_two_files_are_compared(folder: Path, one: str, two: str) -> None:
    other = folder / "keepalived-other.conf"
    other.write_bytes(encode(two) + b"\nvrrp_instance A {\n}\n")
    try:
        found = run(folder, encode(one), None, f"you={other}")
    except InputError:
        return
    if found is not None:
        check(*found)


@given(text=file_texts)
def test_the_same_file_gives_the_same_findings(folder: Path, text: str) -> None:
    one, two = (run(folder, encode(text), None) for _ in range(2))
    if one is not None and two is not None:
        assert [repr(f) for f in one[1].findings] == [repr(f) for f in two[1].findings]


@pytest.mark.parametrize(
    "statement",
    ["vrrp_instance A {\npriority ${B}7\n}", "vrrp_instance A {\nvirtual_ipaddress {\n10.0.0.1/${B}9\n}\n}"],
)
def test_numbers_of_thousands_of_digits(folder: Path, statement: str) -> None:
    """Python refuses to convert more than 4300 digits."""
    zeros = "$A=" + "0" * 900 + "\n$B=${A}${A}${A}${A}${A}\n"
    found = run(folder, encode(zeros + statement), None)
    assert found is not None
    check(*found)


def test_a_finding_points_into_a_source_that_was_loaded(folder: Path) -> None:
    found = run(folder, b"frob {\ninclude half.conf\n", None)
    assert found is not None
    loaded, report = found
    assert len(report.findings) > 1
    for finding in report.findings:
        assert any(finding.span.source is source for source in loaded.sources)


@pytest.mark.parametrize(
    "text", ["vrrp_instance \\#", "vrrp_instance \\#1 {\n}\n", "vrrp_instance \\!x {\nstate MASTER\n}\n"]
)
def test_a_name_that_is_an_escaped_comment(folder: Path, text: str) -> None:
    """keepalived cuts lines outside global_defs twice: the second time it finds no name."""
    found = run(folder, text.encode(), None)
    assert found is not None
    check(*found)
