"""Text to physical lines: lossless, and unable to fail. Prompts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from lvscompile.syntax.shell.grammar import SCAN
from lvscompile.syntax.source import Source
from lvscompile.syntax.statements import Frame, Stmt

_NAME = r"[A-Za-z0-9_.\-]+"
_PROMPT = re.compile(
    rf"[ \t]*(?:\[{_NAME}@(?P<a>{_NAME})[ :]*(?P<dir>[^\]\n]*)\][ \t]?[#$%>]"
    rf"|(?:\([^()\n]*\)[ \t]*)?{_NAME}@(?P<b>{_NAME}):(?P<dir2>[^ \t\n#$]*)[ \t]?[#$]"
    rf"|(?P<c>{_NAME}?):(?P<dir3>[~/][^ \t\n#$]*)[ \t]?[#$>]"
    r"|(?P<d>[A-Za-z][A-Za-z0-9_.\-]*)[#$]|\$|#)[ \t]*"
)
# A secondary prompt, in front of the lines that carry on a command.
SECONDARY = re.compile(r"[ \t]*>(?:[ \t]|(?=\r?\n|\Z))")
_NOBODY = re.compile(r"(?:ba|da|k|z)?sh(?:-|\Z)|localhost\Z")  # where a prompt names its host, these are none


class Prompt(NamedTuple):
    """What a prompt says: `host` and `folder` are "" where it does not; `end` is the offset in the line behind it."""

    host: str
    folder: str
    end: int

    @property
    def is_full(self) -> bool:
        return bool(self.host or self.folder)


def scan(source: Source, start: int = 0, end: int | None = None) -> Iterator[Stmt]:
    """The physical lines of a text, or of the part of it that begins at `start`. Joined, they are the text."""
    whole = source.text if end is None else source.text[:end]
    frames: tuple[Frame, ...] = source.frames  # type: ignore[assignment]
    line = source.text.count("\n", 0, start) + 1
    text = whole[start:] if start else whole
    for match in SCAN(text):
        first, last = match.span()
        yield Stmt(match.lastgroup, source, start + first, start + last, line, match.group(), frames)  # type: ignore[arg-type]
        line += 1


def prompt_of(line: str) -> Prompt | None:
    """The prompt that a line begins with."""
    match = _PROMPT.match(line)
    if match is None:
        return None
    host = match["a"] or match["b"] or match["c"] or match["d"] or ""
    folder = (match["dir"] or match["dir2"] or match["dir3"] or "").strip()
    return Prompt("" if _NOBODY.match(host) else host, folder, match.end())
