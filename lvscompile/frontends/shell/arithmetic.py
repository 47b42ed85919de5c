"""`$(( … ))` over numbers that are known."""

from __future__ import annotations

import re
from collections.abc import Callable

_TOKEN = re.compile(r"[ \t\n]*(?:([0-9]+)|\$?\{?([A-Za-z_][A-Za-z0-9_]*|[0-9])\}?|([-+*/%()]))")
_MAX_TOKENS = 60
_LIMIT = 1 << 63


def evaluate(text: str, value: Callable[[str], str | None]) -> str | None:
    """The value as text; None where it cannot be known. Numbers of 64 bits, without hexadecimal and octal ones."""
    tokens: list[str | int] = []
    at = 0
    text = text.rstrip(" \t\n")
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or len(tokens) > _MAX_TOKENS:
            return None
        at = match.end()
        number = match[1] or (value(match[2]) or "" if match[2] else "")
        if match[3]:
            tokens.append(match[3])
        elif re.fullmatch(r"-?(?:0|[1-9][0-9]{0,17})", number):
            tokens.append(int(number))
        else:
            return None
    tokens.append("")
    try:
        result = _sum(tokens)
    except (ValueError, ZeroDivisionError, RecursionError):
        return None
    return str(result) if tokens == [""] else None


def _sum(tokens: list[str | int]) -> int:
    total = _product(tokens)
    while tokens[0] in ("+", "-"):
        sign = tokens.pop(0)
        right = _product(tokens)
        total = total + right if sign == "+" else total - right
    if abs(total) >= _LIMIT:
        raise ValueError
    return total


def _product(tokens: list[str | int]) -> int:
    total = _factor(tokens)
    while tokens[0] in ("*", "/", "%"):
        sign = tokens.pop(0)
        right = _factor(tokens)
        if sign == "*":
            total *= right
        else:
            # Towards zero, as C does.
            quotient = abs(total) // abs(right) * (1 if (total < 0) == (right < 0) else -1)
            total = quotient if sign == "/" else total - quotient * right
        if abs(total) >= _LIMIT:
            raise ValueError
    return total


def _factor(tokens: list[str | int]) -> int:
    token = tokens.pop(0)
    if isinstance(token, int):
        return token
    if token in ("-", "+"):
        return -_factor(tokens) if token == "-" else _factor(tokens)
    if token != "(":
        raise ValueError
    total = _sum(tokens)
    if tokens.pop(0) != ")":
        raise ValueError
    return total
