"""What the commands say about the fixtures, as files beside them: `fixtures/NAME/expected/`.

`make golden` writes them anew; the diff is what a reviewer reads.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "fixtures"


def setups() -> list[Path]:
    return sorted(path.parent for path in FIXTURES.glob("*/interfaces.json"))


def is_whole(setup: Path) -> bool:
    """Whether its hosts are there with all that lies on them, the real servers too."""
    return "host-" in setup.name or bool(notes(setup))


def notes(setup: Path) -> list[str]:
    """Texts that stand for the hosts of a set-up together."""
    return sorted(path.name for path in setup.glob("*.txt"))


def inputs(setup: Path) -> list[str]:
    """The INPUT words of a set-up: a folder a host, `shared` for those that have none of their own, or its notes."""
    hosts = json.loads((setup / "interfaces.json").read_text())
    return notes(setup) or [host if (setup / host).is_dir() else f"{host}=shared" for host in hosts]


def configured(setup: Path, words: list[str]) -> list[str]:
    """The words of the hosts that have a keepalived.conf."""
    folders = {word: setup / word.rpartition("=")[2] for word in words}
    return [word for word, folder in folders.items() if folder.is_dir() and any(folder.rglob("keepalived.conf"))]


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
    directors = configured(setup, words)
    commands = {
        "lint.txt": ["lint", *words],
        "lint.json": ["lint", *words, "--format", "json"],
        "show.txt": ["show", *words],
        "show.json": ["show", *words, "--format", "json"],
    }
    if directors:
        commands["fmt.diff"] = ["fmt", "--diff", *dict.fromkeys(word.rpartition("=")[2] for word in directors)]
    if len(directors) == 2:
        commands["diff.txt"] = ["diff", *directors]
    for word in [] if is_whole(setup) else directors:
        name = word.partition("=")[0]
        commands[f"{name}.conf"] = ["convert", word]
        commands[f"{name}.kept.conf"] = ["convert", "--keep", word]
    found = converted(setup, words) if is_whole(setup) else {}
    for name, command in commands.items():
        text, status = run(command, setup)
        found[name] = f"{text}exit status {status}\n" if name.endswith(".txt") else text
    return found


def converted(setup: Path, words: list[str]) -> dict[str, str]:
    """What `convert -o` writes of whole hosts, file by file, and what it says."""
    with TemporaryDirectory() as name:
        said, status = run(["convert", *words, "-o", f"{name}/converted/"], setup, stderr=True)
        folder = Path(name)
        files = {str(path.relative_to(folder)): path for path in sorted(folder.rglob("*")) if path.is_file()}
        found = {file: path.read_bytes().decode("utf-8", "surrogateescape") for file, path in files.items()}
    return found | {"convert.txt": f"{said.replace(name, 'OUT')}exit status {status}\n"}


def written(setup: Path) -> dict[str, Path]:
    """The files that are there of what is expected, by their names."""
    folder = setup / "expected"
    return {str(path.relative_to(folder)): path for path in sorted(folder.rglob("*")) if path.is_file()}
