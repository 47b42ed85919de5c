"""`~SEQ` and `~LST`: which values their variables take, line by line."""

from __future__ import annotations

import re
from collections.abc import Iterator

_NUMBER = re.compile(r"[+-]?(?:0[xX][0-9a-fA-F]{1,8}|0[0-7]{0,11}|[1-9][0-9]{0,9})\Z").match


def bindings(kind: str, arguments: str) -> Iterator[dict[str, str]] | None:
    """The values that a generator's variables take, line by line; None when keepalived rejects its form."""
    if kind == "LST":
        return _list_bindings(arguments)
    parts = [part.strip(" \t") for part in arguments.split(",")]
    if not 2 <= len(parts) <= 4 or not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", parts[0]):
        return None
    if not all(_NUMBER(part) for part in parts[1:]):
        return None
    numbers = [_c_integer(part) for part in parts[1:]]
    end = numbers[-1]
    start = numbers[0] if len(numbers) > 1 else (-1 if end < 0 else 1)
    step = numbers[1] if len(numbers) > 2 else (1 if start <= end else -1)
    if step == 0 or (end - start) * step < 0:
        return None
    form = "{:x}" if kind == "SEQx" else "{}"
    return ({parts[0]: form.format(number)} for number in range(start, end + (1 if step > 0 else -1), step))


def _c_integer(text: str) -> int:
    """A number as strtol(3) reads it in base 0: `0x10` and `010` are 16 and 8."""
    digits = text.lstrip("+-")
    octal = len(digits) > 1 and digits[0] == "0" and digits[1] not in "xX"
    value = int(digits, 8 if octal else 0)
    return -value if text.startswith("-") else value


def _list_bindings(arguments: str) -> Iterator[dict[str, str]] | None:
    braced = re.findall(r"\{([^{}]*)\}", arguments)
    rows = [_split(row) for row in braced] if braced else [[value] for value in _split(arguments)]
    if not rows or not rows[0] or len(rows) < 2:
        return None
    names = rows[0]
    if not all(re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) for name in names):
        return None
    return (dict(zip(names, row, strict=False)) for row in rows[1:])


def _split(text: str) -> list[str]:
    return [part.strip(" \t") for part in text.split(",")]
