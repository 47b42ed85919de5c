"""What commands print, where that is known, and into which files it goes."""

from __future__ import annotations

import re
from collections.abc import Sequence

# `%` of printf, as far as scripts use it to write settings.
_FORMAT = re.compile(r"%(?:%|[-0-9]*([sdb]))")
_ESCAPE = re.compile(r"\\(?:([abfnrtv\\])|0?([0-7]{1,3}))")
_ESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\"}
_MAX_OUTPUT = 256 * 1024


def printed(argv: Sequence[str | None], stdin: str | None) -> str | None:
    """The standard output of echo, printf, cat and tee; None for any other program, and where it is not known."""
    tool, words = argv[0], argv[1:]
    if tool in ("cat", "tee"):
        return stdin if tool == "tee" or all(word == "-" for word in words) else None
    if None in words:
        return None
    known = [word or "" for word in words]
    text = _echo(known) if tool == "echo" else _printf(known) if tool == "printf" and known else None
    return text if text is None or len(text) <= _MAX_OUTPUT else None


def _echo(words: list[str]) -> str:
    newline, escapes = "\n", False
    while words and re.fullmatch(r"-[neE]+", words[0]):
        newline = "" if "n" in words[0] else newline
        escapes = "e" in words[0] if set(words[0]) & set("eE") else escapes
        words = words[1:]
    text = " ".join(words)
    return (_escaped(text) if escapes else text) + newline


def _escaped(text: str) -> str:
    return _ESCAPE.sub(lambda m: _ESCAPES[m[1]] if m[1] else chr(int(m[2], 8) & 255), text)


def _printf(words: list[str]) -> str | None:
    template, arguments = words[0], words[1:]
    pieces: list[str] = []
    taken = 0
    while True:
        before = taken
        at, raw = 0, template
        for match in _FORMAT.finditer(raw):
            pieces.append(_escaped(raw[at : match.start()]))
            at = match.end()
            if not match[1]:
                pieces.append("%")
                continue
            if len(match.group()) > 2:
                return None  # a width: nobody writes a setting so
            argument = arguments[taken] if taken < len(arguments) else "" if match[1] != "d" else "0"
            pieces.append(_escaped(argument) if match[1] == "b" else argument)
            taken += 1
        pieces.append(_escaped(raw[at:]))
        if "%" in _FORMAT.sub("", template):
            return None
        if taken >= len(arguments) or taken == before:
            return "".join(pieces)
