"""Times as the inputs write them, in whole microseconds."""

from __future__ import annotations


def micros(text: str) -> int:
    """Seconds with a decimal point to microseconds, rounded half up, without floats."""
    whole, _, fraction = text.strip().lstrip("+").partition(".")
    digits = (fraction + "0000000")[:7]
    return int(whole or 0) * 1_000_000 + (int(digits) + 5) // 10
