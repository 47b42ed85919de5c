"""Rules and how they are found. A rule is a plain function `(node, context, emit)`."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, NamedTuple

Check = Callable[[Any, Any, Any], None]


class Rule(NamedTuple):
    """A rule's name card. Its page lies in `lint/pages/CODE.md`.

    `on` is what it looks at: a model class, or the kind of a remark. `fix` tells what `--fix` can do about some of its
    findings: "safe", "unsafe" or nothing. A `stubborn` rule's errors that split or stop a service need `--allow` before
    a comment may suppress them.
    """

    code: str
    name: str
    severity: str
    effect: str
    summary: str
    on: tuple[type | str, ...]
    check: Check
    fix: str
    stubborn: bool = False


# The modules in `lint/rules/`, each with the rules of one subject.
FAMILIES = (
    "words", "structure", "lines",
    "vrrp", "scripts", "instances", "strict", "trackers", "addresses", "garp", "groups", "globals", "routes", "mail",
    "peers", "twins", "hosts", "failover",
    "services", "clusters", "pools", "checks", "checked",
    "wanted",
    "losses", "losses_host",
    "security",
    "suppressions",
)  # fmt: skip
# Those about whole hosts. A run over nothing but keepalived.conf does without them: they take long to import.
WHOLE = (
    "kernel", "sysctls", "direct", "servers", "network",
    "policy", "filters", "traffic", "translation", "dumps", "boot", "starting",
    "ipvs_logs", "ipvs_usage", "ipvs_meanings", "ipvs_texts", "host_logs",
)  # fmt: skip

RULES: dict[str, Rule] = {}


def rule(
    code: str,
    name: str,
    severity: str,
    *on: type | str,
    effect: str = "none",
    fix: str = "",
    stubborn: bool = False,
) -> Callable[[Check], Check]:
    """Register a rule. The first line of its docstring is its one-line summary. Those of the peers are stubborn."""

    def register(check: Check) -> Check:
        if code in RULES:
            raise ValueError(f"{code} is taken by {RULES[code].name}")
        summary = (check.__doc__ or "").strip().partition("\n")[0]
        RULES[code] = Rule(code, name, severity, effect, summary, on, check, fix, stubborn or code.startswith("LVS3"))
        return check

    return register


def all_rules(whole: bool = True) -> dict[str, Rule]:
    """Every rule, by code; those about whole hosts only where they are asked for. Imports the family modules."""
    for family in (*FAMILIES, *(WHOLE if whole else ())):
        import_module(f"lvscompile.lint.rules.{family}")

    return {code: rule for code, rule in sorted(RULES.items()) if whole or not is_whole(rule)}


def is_whole(rule: Rule) -> bool:
    """Whether a rule is about more than keepalived.conf."""
    return rule.check.__module__.rpartition(".")[2] in WHOLE
