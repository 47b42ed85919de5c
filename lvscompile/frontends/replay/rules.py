"""Rules of policy routing as the kernel keeps them."""

from __future__ import annotations

from lvscompile.frontends.replay.host_state import EXISTS, INVALID, NO_ENTRY, State, answer
from lvscompile.ir.host import PolicyRule
from lvscompile.ir.node import replace

_PLAIN = (
    "action",
    "table",
    "source",
    "destination",
    "iif",
    "oif",
    "mark",
    "mask",
    "tos",
    "negated",
    "target",
    "others",
)


def initial(family: int) -> list[PolicyRule]:
    """What is there before anybody says anything."""
    rules = [PolicyRule(family, 0, "lookup", "local"), PolicyRule(family, 32766, "lookup", "main")]
    if family == 4:
        rules.append(PolicyRule(family, 32767, "lookup", "default"))
    return rules


def add(state: State, rule: PolicyRule) -> PolicyRule:
    rules = state.rules[rule.family]
    preference = rule.preference
    if preference is None:
        # One less than the second rule: new ones come in front of older ones.
        preference = 0
        if len(rules) > 1 and rules[1].preference:
            preference = rules[1].preference - 1
        if not state.complete:
            state.doubt()
    else:
        for own in rules:
            if own.preference == preference and all(getattr(own, f) == getattr(rule, f) for f in _PLAIN):
                raise answer(EXISTS)
    if rule.action == "goto" and rule.target is not None and rule.target <= preference:
        raise answer(INVALID)
    after = replace(rule, preference=preference)
    at = next((i for i, own in enumerate(rules) if (own.preference or 0) > preference), len(rules))
    rules.insert(at, after)
    state.apart = state.apart or rule.family == 4
    state.made.append(after)
    return after


def delete(state: State, rule: PolicyRule) -> None:
    rules = state.rules[rule.family]
    for own in rules:
        if _named(own, rule):
            rules.remove(own)
            state.gone.append(own)
            return
    if state.complete:
        raise answer(NO_ENTRY)
    state.doubt()
    state.gone.append(rule)


def _named(own: PolicyRule, wanted: PolicyRule) -> bool:
    """Whether a rule agrees with all that a deletion says."""
    if wanted.preference is not None and own.preference != wanted.preference:
        return False
    if wanted.mark and own.mark != wanted.mark:
        return False
    if wanted.mark is not None and (wanted.mark or wanted.mask) and own.mask != wanted.mask:
        return False
    for field in ("action", "table", "source", "destination", "iif", "oif", "tos", "others"):
        value = getattr(wanted, field)
        if value and getattr(own, field) != value:
            return False
    return True


def flush(state: State, family: int) -> None:
    """All rules but the first one, that of the host's own addresses."""
    rules = state.rules[family]
    for own in list(rules):
        if own.preference != 0:
            rules.remove(own)
            state.gone.append(own)
