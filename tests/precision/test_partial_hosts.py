"""Somebody gives only some files of hosts that work: what is not given is not known, and nothing is certainly broken."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from lvscompile.app.load import load
from lvscompile.ir.core import Target
from lvscompile.lint.engine import lint
from lvscompile.syntax.source import InputError

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
# A part of what the others need, without those others: it may be said that something is missing.
HALF = {
    "LVS404": "an address that neither VRRP nor any other file brings up",
    "LVS531": "a gateway in the network of an interface whose file is missing",
    "LVS551": "a rule without the routes of its table",
    "LVS553": "mark, rule and table whole on one director only",
}


def parts(setup: Path) -> Iterator[list[Path]]:
    """Each host alone, each file alone, and all hosts without one of their files."""
    hosts = json.loads((setup / "interfaces.json").read_text())
    files = {host: sorted(path for path in (setup / host).rglob("*") if path.is_file()) for host in hosts}
    every = [path for each in files.values() for path in each]
    yield from files.values()
    yield from ([path] for path in every)
    yield from ([path for path in every if path != missing] for missing in every)


def said(setup: Path, given: Sequence[Path], folder: Path) -> set[tuple[str, str]]:
    for path in given:
        copy = folder / path.relative_to(setup)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
    try:
        hosts = load([str(host) for host in sorted(folder.iterdir())], target=Target()).hosts
    except InputError:
        return set()  # the file by itself tells of nothing
    report = lint(hosts, Target())
    assert not report.crashes, given
    return {(finding.severity, finding.code) for finding in report.findings if finding.severity != "info"}


@pytest.mark.parametrize("setup", sorted(FIXTURES.glob("clean-host-*")), ids=lambda path: path.name)
def test_what_is_not_given_is_not_wrong(setup: Path, tmp_path: Path) -> None:
    for number, given in enumerate(parts(setup)):
        found = said(setup, given, tmp_path / str(number))
        assert found <= {("warning", code) for code in HALF}, given
