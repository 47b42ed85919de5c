"""Addresses with something behind them, a mask or the end of a range, where keepalived takes an address alone.

Its reader of addresses cuts the word at the first `-`, or else at the first `/`, without a word. Routes and rules
have another reader, which refuses such a word; so do the masks of persistence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lvscompile.syntax.keepalived.arguments import Mismatch, check

if TYPE_CHECKING:
    from lvscompile.syntax.keepalived.values import Expression

_READ_SO = ("ip", "mcast", "mcast4", "mcast6")


def takes_address(expression: Expression) -> bool:
    """Whether a word of the expression goes through that reader."""
    return any(part in _READ_SO if isinstance(part, str) else takes_address(part) for part in _parts(expression))


def _parts(expression: Expression) -> Expression:
    """The name of a type, and the expressions inside; not the words that an enumeration allows."""
    return expression[:1] + tuple(part for part in expression[1:] if isinstance(part, tuple) and part[:1] != ("lit",))


def address_alone(
    expression: Expression, found: tuple[str, ...], first: int, mismatch: Mismatch
) -> tuple[tuple[str, ...], Mismatch | None] | None:
    """The words as keepalived reads them and what is still wrong with them; None where no tail is the mistake."""
    at = first + mismatch.word
    if mismatch.kind != "type" or at >= len(found):
        return None
    word = found[at]
    address = word.partition("-" if "-" in word else "/")[0]
    if address == word:
        return None
    read = (*found[:at], address, *found[at + 1 :])
    again = check(expression, read[first:])
    return None if again is not None and again.word == mismatch.word else (read, again)
