"""Rules and how they are found. A rule is a plain function `(node, context, emit)`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

Check = Callable[[Any, Any, Any], None]


class Rule(NamedTuple):
    """A rule's name card. Its page lies in `lint/pages/CODE.md`.

    `on` is what it looks at: a model class, or the kind of a remark.
    """

    code: str
    name: str
    severity: str
    effect: str
    summary: str
    on: tuple[type | str, ...]
    check: Check


RULES: dict[str, Rule] = {}


def rule(code: str, name: str, severity: str, *on: type | str, effect: str = "none") -> Callable[[Check], Check]:
    """Register a rule. The first line of its docstring is its one-line summary."""

    def register(check: Check) -> Check:
        if code in RULES:
            raise ValueError(f"{code} is taken by {RULES[code].name}")
        summary = (check.__doc__ or "").strip().partition("\n")[0]
        RULES[code] = Rule(code, name, severity, effect, summary, on, check)
        return check

    return register


def all_rules() -> dict[str, Rule]:
    """Every rule, by code. Imports the family modules."""
    from lvscompile.lint.rules import lines, losses, peers, services, structure, vrrp, words  # noqa: F401

    return dict(sorted(RULES.items()))
