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


def run(arguments: list[str], folder: Path, *, stderr: bool = False) -> tuple[str, int]:
    """A command's standard output (or error output) and exit status, as a user without a terminal sees them."""
    done = subprocess.run(
        [sys.executable, "-m", "lvscompile", *arguments],
        cwd=folder, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    return (done.stderr if stderr else done.stdout).decode("utf-8", "surrogateescape"), done.returncode


def expected(setup: Path) -> dict[str, str]:
    """File name -> content, for everything that is expected of a set-up."""
    words = inputs(setup)
    commands = {
        "lint.txt": ["lint", *words],
        "lint.json": ["lint", *words, "--format", "json"],
        "show.txt": ["show", *words],
        "show.json": ["show", *words, "--format", "json"],
        "fmt.diff": ["fmt", "--diff", *dict.fromkeys(word.rpartition("=")[2] for word in words)],
    }
    if len(words) == 2:
        commands["diff.txt"] = ["diff", *words]
    for word in words:
        name = word.partition("=")[0]
        commands[f"{name}.conf"] = ["convert", word]
        commands[f"{name}.kept.conf"] = ["convert", "--keep", word]
    found = {}
    for name, command in commands.items():
        text, status = run(command, setup)
        found[name] = f"{text}exit status {status}\n" if name.endswith(".txt") else text
    return found
