"""Lines to words, as `ipvsadm -R` splits them: no quotes, no backslashes, no comments."""

from __future__ import annotations

import re

_WORD = re.compile(r"[^ \t\r\n]+")
PROGRAM = "ipvsadm"  # skipped wherever it stands alone


def words(text: str) -> list[str]:
    """The words of a line, without the program's name."""
    found = _WORD.findall(text)
    if PROGRAM in text:
        found = [word for word in found if word != PROGRAM]
    return found


def spans(text: str) -> list[tuple[int, int]]:
    """Start and end of each of the words."""
    return [match.span() for match in _WORD.finditer(text) if match.group() != PROGRAM]


def is_lost(text: str) -> bool:
    """Whether `ipvsadm -R` never sees this line, the last one of a stream: two blanks or more behind its last word,
    and no newline, end the stream before the line is done.
    """
    return len(text) - len(text.rstrip(" \t\r")) >= 2
