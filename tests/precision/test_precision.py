"""Every finding about good files from elsewhere, judged one by one in `judged.json`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from collection import PACKAGES, UNPACKED, configurations

from lvscompile.app.load import load
from lvscompile.ir.core import Target
from lvscompile.lint.engine import lint
from lvscompile.syntax.findings import Finding

TABLE = Path(__file__).with_name("judged.json")
CONFIGURATIONS = configurations()
# What a set-up needs from its host is said of nearly each of them, and is no alarm.
ADVICE = "LVS500"


def findings(text: str, folder: Path) -> list[Finding]:
    path = folder / "keepalived.conf"
    path.write_text(text, encoding="utf-8", errors="surrogateescape")
    loaded = load([f"node={path}"], kinds={str(path): "keepalived"})
    report = lint(loaded.hosts, Target(), wanted=lambda code: code != ADVICE)
    assert not report.crashes
    return report.findings


def row(finding: Finding) -> tuple[str, int, str]:
    return finding.code, finding.span.begin()[0], finding.severity


def test_all_packages_are_there() -> None:
    assert {package for package in PACKAGES if not (UNPACKED / package).is_dir()} == set(), "make .venv/debian/ready"
    assert len(CONFIGURATIONS) >= 40


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_each_finding_is_judged(name: str, tmp_path: Path) -> None:
    """A finding without a row is new: look at the file, decide whether it is right, and say why; or mend the rule."""
    judged = {
        (code, line, severity) for code, line, severity, _ in json.loads(TABLE.read_text())["findings"].get(name, [])
    }
    assert {row(finding) for finding in findings(CONFIGURATIONS[name], tmp_path)} == judged


def test_each_judgement_says_why() -> None:
    table = json.loads(TABLE.read_text())
    assert table["findings"].keys() <= CONFIGURATIONS.keys()
    assert all(reason in table["reasons"] for rows in table["findings"].values() for *_, reason in rows)
    used = {reason for rows in table["findings"].values() for *_, reason in rows}
    assert used == table["reasons"].keys()
    assert all(len(text) > 20 for text in table["reasons"].values())
