"""iptables' own options, as getopt_long(3) finds them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from lvscompile.syntax.iptables.options import Extension
from lvscompile.syntax.iptables.options import Option as Row

NONE, REQUIRED, OPTIONAL = range(3)

# Letter and whether a word belongs to it. An optional one is taken if it begins with neither `-` nor `!`.
LONG = {
    "append": ("A", REQUIRED), "delete": ("D", REQUIRED), "check": ("C", REQUIRED), "insert": ("I", REQUIRED),
    "replace": ("R", REQUIRED), "list": ("L", OPTIONAL), "list-rules": ("S", OPTIONAL), "flush": ("F", OPTIONAL),
    "zero": ("Z", OPTIONAL), "new-chain": ("N", REQUIRED), "delete-chain": ("X", OPTIONAL),
    "rename-chain": ("E", REQUIRED), "policy": ("P", REQUIRED), "source": ("s", REQUIRED),
    "destination": ("d", REQUIRED), "src": ("s", REQUIRED), "dst": ("d", REQUIRED), "protocol": ("p", REQUIRED),
    "in-interface": ("i", REQUIRED), "jump": ("j", REQUIRED), "table": ("t", REQUIRED), "match": ("m", REQUIRED),
    "numeric": ("n", NONE), "out-interface": ("o", REQUIRED), "verbose": ("v", NONE), "wait": ("w", OPTIONAL),
    "wait-interval": ("W", OPTIONAL), "exact": ("x", NONE), "fragments": ("f", NONE), "version": ("V", NONE),
    "help": ("h", OPTIONAL), "line-numbers": ("0", NONE), "modprobe": ("M", REQUIRED), "set-counters": ("c", REQUIRED),
    "goto": ("g", REQUIRED), "ipv4": ("4", NONE), "ipv6": ("6", NONE),
}  # fmt: skip
SHORT = dict(LONG.values()) | {"b": NONE}
del SHORT["0"]

COMMANDS = {
    "A": "append", "D": "delete", "C": "check", "I": "insert", "R": "replace", "L": "list", "S": "list-rules",
    "F": "flush", "Z": "zero", "N": "new-chain", "X": "delete-chain", "E": "rename-chain", "P": "policy",
}  # fmt: skip


class Loaded:
    """A match or target that a line has loaded, with the options given to it so far."""

    __slots__ = ("extension", "given", "kind", "name")

    def __init__(self, kind: str, name: str, extension: Extension | None) -> None:
        self.kind = kind
        self.name = name
        self.extension = extension
        self.given: list[tuple[str, bool, str]] = []


class Own(NamedTuple):
    """One of iptables' own options."""

    letter: str
    takes: int


class Theirs(NamedTuple):
    """An option of what the line has loaded."""

    loaded: Loaded
    row: Row


def find(name: str, loaded: list[Loaded]) -> Own | Theirs | None:
    """The option of a long name or of its unambiguous beginning; what was loaded last goes first."""
    own = LONG.get(name)
    if own:
        return Own(*own)
    for each in reversed(loaded):
        if each.extension:
            row = each.extension.options.get(name)
            if row and not row.obsolete:
                return Theirs(each, row)
    return _abbreviated(name, loaded)


def _abbreviated(name: str, loaded: list[Loaded]) -> Own | Theirs | None:
    found: dict[object, Own | Theirs] = {}
    for long, own in LONG.items():
        if long.startswith(name):
            found.setdefault(own, Own(*own))
    for each in _newest(loaded):
        for row in each.extension.options.values() if each.extension else ():
            if row.written.startswith(name) and not row.obsolete:
                # Two spellings of one option are no ambiguity.
                found.setdefault((each.name, each.kind, row.name, row.words), Theirs(each, row))
    return next(iter(found.values())) if len(found) == 1 else None


def _newest(loaded: list[Loaded]) -> Iterable[Loaded]:
    """Of several of one name only the last takes options."""
    return {(each.kind, each.name): each for each in loaded}.values()


def obsolete(name: str, loaded: list[Loaded]) -> Theirs | None:
    """An option that only older versions knew."""
    for each in reversed(loaded):
        row = each.extension.options.get(name) if each.extension else None
        if row:
            return Theirs(each, row)
    return None
