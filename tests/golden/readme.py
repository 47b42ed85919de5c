"""The commands of the README and of a guide: each `$ lvscompile …` in a console block, with the output that follows it."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import NamedTuple

from golden import ROOT, run

README = ROOT / "README.md"
PAGES = (README, ROOT / "docs" / "legacy-inputs.md")
_BLOCK = re.compile(r"(?ms)^```console\n(.*?)^```$")


class Command(NamedTuple):
    """One command of a page. `shown` is the output below it; "…" alone on a line stands for any lines."""

    words: list[str]
    shown: str


def commands() -> list[Command]:
    found = []
    for block in (block for page in PAGES for block in _BLOCK.findall(page.read_text(encoding="utf-8"))):
        for part in re.split(r"(?m)^\$ ", block)[1:]:
            line, _, shown = part.partition("\n")
            found.append(Command(shlex.split(line), shown))
    return found


def output(command: Command) -> str:
    assert command.words[0] == "lvscompile", command
    return run(command.words[1:], ROOT)[0]


def agrees(shown: str, real: str) -> bool:
    """Whether the shown text is the real one, with "…" lines for what is left out."""
    pattern = "".join(r"(?:.*\n)*?" if line == "…\n" else re.escape(line) for line in shown.splitlines(keepends=True))
    return re.fullmatch(pattern, real) is not None


def rewritten(page: Path) -> str:
    """The page with the outputs as they are now. Blocks that leave something out stay as they are."""

    def block(match: re.Match[str]) -> str:
        if "…" in match[1]:
            return match[0]
        parts = [part.partition("\n")[0] for part in re.split(r"(?m)^\$ ", match[1])[1:]]
        shown = "".join(f"$ {line}\n{output(Command(shlex.split(line), ''))}" for line in parts)
        return f"```console\n{shown}```"

    return _BLOCK.sub(block, page.read_text(encoding="utf-8"))
