"""Numbers as strtoul(3) reads them for iptables: decimal, octal behind a 0, hexadecimal behind 0x."""

from __future__ import annotations

import re

_NUMBER = re.compile(r"[ \t\n\v\f\r]*\+?(?:0[xX]([0-9a-fA-F]+)|(0[0-7]*)|([1-9][0-9]*))", re.ASCII)


def number(text: str) -> int | None:
    """The number that is all of the text."""
    if text.isdigit() and text.isascii() and text[0] != "0" and len(text) < 20:
        return int(text)
    match = _NUMBER.fullmatch(text)
    return _value(match) if match else None


def leading(text: str) -> tuple[int, str] | None:
    """The number that the text begins with, and the rest."""
    match = _NUMBER.match(text)
    return (_value(match), text[match.end() :]) if match else None


def _value(match: re.Match[str]) -> int:
    hexadecimal, octal, decimal = match.groups()
    digits = hexadecimal or octal or decimal
    if len(digits) > 24:
        return 1 << 80
    return int(digits, 16 if hexadecimal else 8 if octal else 10)


def within(text: str, low: int, high: int) -> int | None:
    value = number(text)
    return value if value is not None and low <= value <= high else None


def counted(text: str) -> int | None:
    """The number that a text begins with, as sscanf("%llu") takes it: what is too large is the largest there is."""
    digits = text[: len(text) - len(text.lstrip("0123456789"))]
    return min(int(digits.lstrip("0")[:21] or "0"), (1 << 64) - 1) if digits else None
