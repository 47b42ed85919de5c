"""What every command needs to print what inputs hold: nothing that a terminal would obey."""

from __future__ import annotations

import re

COLOURS = {"error": "31;1", "warning": "33;1", "info": "36;1", "bold": "1", "dim": "2"}
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\u202a-\u202e\u2066-\u2069]")


def printable(text: str) -> str:
    """Text that a terminal shows as it is: no control characters, broken bytes, or direction overrides."""
    return _UNPRINTABLE.sub("?", text)


def one_line(text: str) -> str:
    """The same for what must stay on its line: a path may hold a newline."""
    return printable(text).replace("\n", "?").replace("\t", " ")


class Style:
    """Escape codes, or none."""

    def __init__(self, colour: bool) -> None:
        self._colour = colour

    def __call__(self, kind: str, text: str) -> str:
        return f"\x1b[{COLOURS[kind]}m{text}\x1b[0m" if self._colour else text
