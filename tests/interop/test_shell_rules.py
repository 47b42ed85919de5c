"""The examples on the pages about commands of scripts, run by a shell with the real tools: they fail as is said."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parents[1] / "unit" / "lint")]

from pages_examples import example  # noqa: E402

from lvscompile.app.load import load  # noqa: E402
from lvscompile.ir.core import Target  # noqa: E402
from lvscompile.lint.engine import lint  # noqa: E402

pytestmark = pytest.mark.netns

_SAID = re.compile(r"says `(.+)`: ")
# What is not installed, or has no kernel module here, says nothing and does nothing.
QUIET = "ipvsadm() { :; }; ip link add eth0 type bridge; "


def complaints(script: Path) -> str:
    text = f"{QUIET}\n. {script}\n"
    done = subprocess.run(["unshare", "-n", "sh", "-c", text], capture_output=True, text=True, check=False, timeout=60)
    return " ".join(done.stderr.split())


@pytest.mark.parametrize("code", ["LVS642", "LVS645", "LVS646", "LVS647"])
def test_examples_of_commands_that_fail(code: str, tmp_path: Path) -> None:
    bad = example(code, "Bad").write(tmp_path / "bad")["lvs1"]
    found = lint(load([f"lvs1={bad}"]).hosts, Target(), wanted=lambda each: each == code).findings
    real = complaints(bad / "etc/rc.local")
    said = [match[1] for finding in found for match in _SAID.finditer(finding.message)]
    assert real
    assert all(each in real for each in said)
    assert bool(said) == (code != "LVS642")
    good = example(code, "Good").write(tmp_path / "good")["lvs1"]
    assert complaints(good / "etc/rc.local") == ""


def test_a_shell_stops_at_what_it_cannot_read(tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text("echo before\nif true; do\necho behind\n")
    for shell in ("dash", "bash"):
        done = subprocess.run([shell, script], capture_output=True, text=True, check=False)
        assert (done.stdout, done.returncode) == ("before\n", 2)
