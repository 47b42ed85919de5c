"""Argument expressions: text to nested tuples (with Lark, at build time) and back to text.

The tuples are plain literals, so that a generated module can hold them: ``()`` is a flag, otherwise the
first element names the node, e.g. ``("seq", ("ip",), ("opt", ("port0",)))``.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from lark import Lark, Token, Transformer
from lark.exceptions import LarkError, VisitError

GRAMMAR = Path(__file__).with_name("arguments.lark")

CONSTANTS = {
    "INT_MAX": 2**31 - 1,
    "INT_MIN": -(2**31),
    "UINT_MAX": 2**32 - 1,
    "UINT32_MAX": 2**32 - 1,
}

# Types written as a bare word. The checker has one test for each; a unit test compares the two lists.
SIMPLE = (
    frozenset(
        (
            "ip",
            "ip4",
            "ip6",
            "ipmask",
            "iprange",
            "prefix",
            "mcast",
            "mcast4",
            "mcast6",
            "mac",
            "port",
            "port0",
        )
    )
    | frozenset(("abspath", "bool", "email", "fwmark", "group", "hexbytes", "hexpattern", "hmackey", "host", "ifname"))
    | {"name", "path", "process", "regex", "script", "umask", "user", "word"}
)

Expression = tuple[Any, ...]


class BadExpression(ValueError):
    """An expression of the argument language that cannot be compiled."""


class _Compile(Transformer[Token, Any]):
    """Parse tree to nested tuples; nodes with a single child vanish."""

    def start(self, children: list[Any]) -> Expression:
        return _narrow("alt", children)

    def alternatives(self, children: list[Any]) -> list[Expression]:
        return children

    def sequence(self, children: list[Any]) -> Expression:
        return children[0] if len(children) == 1 else ("seq", *children)

    def repeated(self, children: list[Any]) -> Expression:
        inner, ellipsis = children
        return inner if ellipsis is None else ("many", inner)

    def literal(self, children: list[Any]) -> Expression:
        return ("lit", str(children[0])[1:-1])

    def optional(self, children: list[Any]) -> Expression:
        return ("opt", _narrow("alt", children))

    def options(self, children: list[Any]) -> Expression:
        return ("any", *children[0])

    def group(self, children: list[Any]) -> Expression:
        return _narrow("alt", children)

    def bound(self, children: list[Any]) -> int:
        return CONSTANTS[children[0]] if children[0] in CONSTANTS else int(children[0])

    def ranged(self, children: list[Any]) -> Expression:
        name, low, high, unit = children
        if low > high:
            raise BadExpression(f"empty range {low}..{high}")
        return (name[:-1], low, high, str(unit or ""))

    def decimal(self, children: list[Any]) -> Expression:
        low, high, unit, digits = children
        return ("dec", float(low), float(high), str(unit or ""), int(digits[1:]) if digits else 6)

    def words(self, children: list[Any]) -> Expression:
        return (children[0][:-1], tuple(str(word) for word in children[1:]))

    def sized(self, children: list[Any]) -> Expression:
        return (children[0][:-1], int(children[1]))

    def simple(self, children: list[Any]) -> Expression:
        name = str(children[0])
        if name not in SIMPLE:
            raise BadExpression(f"there is no type {name!r}")
        return (name,)


def _narrow(node: str, children: list[Any]) -> Expression:
    alternatives = children[0]
    return alternatives[0] if len(alternatives) == 1 else (node, *alternatives)


@lru_cache(1)
def _parser() -> Lark:
    text = GRAMMAR.read_text("utf-8")
    return Lark(text, parser="lalr", lexer="contextual", maybe_placeholders=True)


def compile_expression(text: str) -> Expression:
    """The tuples of an expression; empty text is a flag. Raises BadExpression with a readable reason."""
    if not text.strip():
        return ()
    try:
        result: Expression = _Compile().transform(_parser().parse(text))
    except VisitError as error:
        raise BadExpression(str(error.orig_exc)) from error
    except LarkError as error:
        raise BadExpression(str(error).splitlines()[0]) from error
    return result


def text_of(expression: Expression) -> str:
    """The expression in the argument language again: compiling it gives the same tuples."""
    return _write(expression, 0) if expression else ""


# Binding strength: an alternative inside a sequence, or either inside a repetition, needs brackets.
_STRENGTH = {"alt": 1, "seq": 2, "many": 3}


def _write(expression: Expression, outer: int) -> str:
    kind = expression[0]
    rest = expression[1:]
    strength = _STRENGTH.get(kind, 4)
    if kind == "alt":
        text = " | ".join(_write(part, 2) for part in rest)
    elif kind == "seq":
        text = " ".join(_write(part, 3) for part in rest)
    elif kind == "many":
        text = _write(rest[0], 4) + "..."
    elif kind == "opt":
        text = f"[{_write(rest[0], 0)}]"
    elif kind == "any":
        text = "{ " + " | ".join(_write(part, 2) for part in rest) + " }"
    else:
        text = _write_type(kind, rest)
    return f"({text})" if strength < outer else text


def _write_type(kind: str, rest: Expression) -> str:
    if kind == "lit":
        return f"'{rest[0]}'"
    if not rest:
        return kind
    if kind in ("enum", "nocase"):
        return f"{kind}({' '.join(rest[0])})"
    if kind in ("word", "hex"):
        return f"{kind}({rest[0]})"
    low, high, unit, *digits = rest
    tail = f" {unit}" if unit else ""
    if kind != "dec":
        return f"{kind}({low}..{high}{tail})"
    tail += f" .{digits[0]}" if digits[0] != 6 else ""
    return f"dec({_plain(low)}..{_plain(high)}{tail})"


def _plain(number: float) -> str:
    return f"{number:.6f}".rstrip("0").rstrip(".")
