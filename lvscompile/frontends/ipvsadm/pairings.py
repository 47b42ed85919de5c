"""Which options go with which command, and what ipvsadm says where they do not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from lvscompile.syntax.ipvsadm.options import PAIRINGS, SLOTS, TUNNEL_SLOTS, TUNNELS


class _Rule(NamedTuple):
    needed: frozenset[str]
    allowed: frozenset[str]
    exclusive: frozenset[str]


def _rules(table: Mapping[str, tuple[str, str, str]]) -> Mapping[str, _Rule]:
    return {
        name: _Rule(frozenset(needed.split()), frozenset(f"{needed} {more} {one}".split()), frozenset(one.split()))
        for name, (needed, more, one) in table.items()
    }


_COMMANDS = _rules(PAIRINGS)
_TUNNELS = _rules(TUNNELS)
# The command's name as messages have it.
_MESSAGE_NAMES = {"clear": "flush"}


def mismatch(command: str, used: Mapping[str, int]) -> tuple[str, str] | None:
    """What ipvsadm says of the options used with a command, and the slot at fault; None where they go together."""
    rule = _COMMANDS[command]
    keys = used.keys()
    if keys <= rule.allowed and keys >= rule.needed and (not rule.exclusive or len(keys & rule.exclusive) < 2):
        return None
    return _complaint(rule, SLOTS, used, f"the '{_MESSAGE_NAMES.get(command, command)}' command")


def tunnel_mismatch(kind: str, used: Mapping[str, int]) -> tuple[str, str] | None:
    """The same for the options of a tunnel type."""
    return _complaint(_TUNNELS[kind], TUNNEL_SLOTS, used, f"the '{kind}' tunnel type")


def _complaint(rule: _Rule, slots: Iterable[str], used: Mapping[str, int], what: str) -> tuple[str, str] | None:
    last = ""
    for slot in slots:
        if slot not in used:
            if slot in rule.needed:
                return f"You need to supply the '{slot}' option for {what}", slot
        elif slot not in rule.allowed:
            return f"Illegal '{slot}' option with {what}", slot
        elif slot in rule.exclusive:
            if last:
                return f"The option '{slot}' conflicts with the '{last}' option in {what}", slot
            last = slot
    return None
