"""The fixtures' expected outputs, and every command of the README."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from golden import ROOT, expected, inputs, run, setups, written
from pages import DOCS, documents
from readme import README, Command, agrees, commands, output

CLEAN = [
    "clean-dsr-farm", "clean-includes", "clean-nat-pair", "clean-unicast-cloud", "fwmark-firewalls",
    "global-office-latin1", "hundred-services",
]  # fmt: skip


@pytest.mark.parametrize("setup", setups(), ids=lambda path: path.name)
def test_fixture(setup: Path) -> None:
    """`make golden` and a look at the diff mend this where the change is meant."""
    before = {name: path.read_bytes().decode("utf-8", "surrogateescape") for name, path in written(setup).items()}
    now = expected(setup)
    assert before.keys() == now.keys()
    assert [name for name in now if before[name] != now[name]] == []


@pytest.mark.parametrize("name", CLEAN)
@pytest.mark.parametrize("target", [[], ["--target-keepalived", "2.2.7"], ["--target-keepalived", "2.4.3"]])
def test_good_files_are_silent(name: str, target: list[str]) -> None:
    setup = ROOT / "fixtures" / name
    # Of a keepalived.conf alone it is said what its host needs besides.
    quiet = ["--fail-on", "info", "--ignore", "LVS500", *target]
    document, status = run(["lint", *inputs(setup), "--format", "json", *quiet], setup)
    assert json.loads(document)["findings"] == []
    assert status == 0


@pytest.mark.parametrize("setup", sorted(ROOT.glob("fixtures/clean-host-*")), ids=lambda path: path.name)
@pytest.mark.parametrize("target", [[], ["--target-keepalived", "2.2.7"]])
def test_good_hosts_get_no_warning(setup: Path, target: list[str]) -> None:
    document, status = run(["lint", *inputs(setup), "--format", "json", "--fail-on", "warning", *target], setup)
    assert [found for found in json.loads(document)["findings"] if found["severity"] != "info"] == []
    assert status == 0


def test_docs_rules_is_current() -> None:
    """`make golden` mends this."""
    now = documents()
    assert {path.name for path in DOCS.iterdir()} == now.keys()
    assert [name for name, text in now.items() if (DOCS / name).read_text(encoding="utf-8") != text] == []


def test_the_readme_shows_commands() -> None:
    assert len(commands()) >= 4


@pytest.mark.parametrize("command", commands(), ids=lambda command: " ".join(command.words)[:60])
def test_readme_command(command: Command) -> None:
    real = output(command)
    assert agrees(command.shown, real), real


def test_readme_mentions_make_commands_that_exist() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for line in README.read_text().splitlines():
        if line.startswith("make "):
            assert f"\n{line.split()[1]}:" in makefile


def test_make_demo_shows_the_finding() -> None:
    """The second of the two commands that do everything on a fresh machine; the first is running us."""
    done = subprocess.run(
        ["make", "--no-print-directory", "demo"], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False,
        env={key: value for key, value in os.environ.items() if not key.startswith("MAKE")},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "LVS301 both-peers-master" in done.stdout
