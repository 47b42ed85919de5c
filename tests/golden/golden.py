"""What the commands say about the fixtures, as files beside them: `fixtures/NAME/expected/`.

`make golden` writes them anew; the diff is what a reviewer reads.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "fixtures"


def setups() -> list[Path]:
    return sorted(path.parent for path in FIXTURES.glob("*/interfaces.json"))


def inputs(setup: Path) -> list[str]:
    """The INPUT words of a set-up: a folder a host, `shared` for those that have none of their own."""
    hosts = json.loads((setup / "interfaces.json").read_text())
    return [host if (setup / host).is_dir() else f"{host}=shared" for host in hosts]


def run(arguments: list[str], folder: Path) -> tuple[str, int]:
    """A command's standard output and exit status, as a user without a terminal sees them."""
    done = subprocess.run(
        [sys.executable, "-m", "lvscompile", *arguments],
        cwd=folder, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    return done.stdout.decode(), done.returncode


def expected(setup: Path) -> dict[str, str]:
    """File name -> content, for everything that is expected of a set-up."""
    full, status = run(["lint", *inputs(setup)], setup)
    document, _ = run(["lint", *inputs(setup), "--format", "json"], setup)
    return {"lint.txt": f"{full}exit status {status}\n", "lint.json": document}
