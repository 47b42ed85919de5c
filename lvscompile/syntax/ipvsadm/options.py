"""The option table of ipvsadm, ready for look-up, for each version."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from lvscompile.grammars.ipvsadm_options import (
    COMMANDS,
    NONE,
    OPTIONAL,
    OPTIONS,
    PAIRINGS,
    REQUIRED,
    SLOTS,
    TUNNEL_SLOTS,
    TUNNELS,
)

__all__ = ["NONE", "OPTIONAL", "PAIRINGS", "REQUIRED", "SLOTS", "TUNNELS", "TUNNEL_SLOTS", "Option", "table"]

Version = tuple[int, int]
OLDEST: Version = (1, 24)
NEWEST: Version = (1, 31)


class Option(NamedTuple):
    """One option or command: `name` is its long name, `slot` what it counts as ("" for repeatable ones)."""

    name: str
    takes: int
    slot: str
    since: Version
    is_command: bool


_tables: dict[Version, Mapping[str, Option]] = {}


def table(version: Version = NEWEST) -> Mapping[str, Option]:
    """The options that this version knows, by `-x` and `--long`."""
    if version not in _tables:
        _tables[version] = dict(_entries(version))
    return _tables[version]


def _entries(version: Version) -> list[tuple[str, Option]]:
    found: list[tuple[str, Option]] = []
    for long, short, takes, slot, since in OPTIONS:
        if since <= version:
            option = Option(long, takes, slot, since, False)
            found += [(f"--{long}", option), *((f"-{letter}", option) for letter in short)]
    for long, short, takes, name in COMMANDS:
        option = Option(long, takes, name, OLDEST, True)
        found += [(f"--{long}", option), *((f"-{letter}", option) for letter in short)]
    return found
