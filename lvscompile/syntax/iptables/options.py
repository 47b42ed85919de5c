"""The table of matches, targets and their options, ready for look-up."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import NamedTuple

_FILE = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(__file__))), "grammars", "iptables-options.tsv")
# How many words the value of a kind takes; any other kind takes one.
WORDS = {"none": 0, "flags": 2, "chunks": 2, "set": 2}


class Option(NamedTuple):
    """One option of a match or a target.

    `name` is what iptables-save calls it, `written` how it stands in the table; `place` is its rank in the saved line.
    `low` and `high` bound a number or the length of a text. An obsolete option is one that only older versions took.
    """

    written: str
    name: str
    value: str
    words: int
    negatable: bool
    needed: bool
    repeatable: bool
    low: int | None
    high: int | None
    excludes: tuple[str, ...]
    also: tuple[str, ...]
    place: int
    obsolete: bool


class Extension(NamedTuple):
    """A match or a target of a family; `options` by every name that they have."""

    name: str
    kind: str
    options: Mapping[str, Option]

    @property
    def needed(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(option.name for option in self.options.values() if option.needed))


def _read() -> dict[tuple[str, str, int], Extension]:
    found: dict[tuple[str, str, int], Extension] = {}
    with open(_FILE, encoding="ascii") as file:
        lines = [line.rstrip("\n") for line in file if line[0] != "#"]
    for line in lines[1:]:
        cells = line.split("\t")
        cells += [""] * (11 - len(cells))
        kind, name, families, written, same, value, marks, low, high, excludes, also = cells
        for family in map(int, families):
            key = (kind, name, family)
            if key not in found:
                found[key] = Extension(name, kind, {})
            options = found[key].options
            if written != "-":
                options[written] = Option(  # type: ignore[index]
                    written,
                    same or written,
                    value,
                    WORDS.get(value, 1),
                    "!" in marks,
                    "+" in marks,
                    "*" in marks,
                    int(low) if low else None,
                    int(high) if high else None,
                    tuple(excludes.split()),
                    tuple(also.split()),
                    len(options),
                    "~" in marks,
                )
    return found


_table = _read()
# Which match a protocol loads when one of its options follows, where it is not named like the protocol.
_LOADED_BY = {"icmpv6": "icmp6", "ipv6-icmp": "icmp6"}
# Targets that patches and other packages bring, or brought: no chain of a user is meant.
ELSEWHERE = frozenset(
    (
        "ACCOUNT", "BALANCE", "CHAOS", "CLUSTERIP", "DELUDE", "DHCPMAC", "DNETMAP", "ECHO", "FLOWOFFLOAD", "FTOS",
        "FULLCONENAT", "IPMARK", "IPV4OPTSSTRIP", "LOGMARK", "MIRROR", "PROTO", "RAWDNAT", "RAWSNAT", "ROUTE", "SAME",
        "STEAL", "SYSRQ", "TARPIT", "TCPLAG", "ULOG", "XOR",
    )
)  # fmt: skip
VERDICTS = frozenset({"ACCEPT", "DROP", "RETURN", "QUEUE"})


def extension(kind: str, name: str, family: int) -> Extension | None:
    """The match or target of a name, None where this family has none of it."""
    return _table.get((kind, name, family))


def extensions(kind: str, family: int) -> list[Extension]:
    """All matches, or all targets, of a family."""
    return [each for key, each in _table.items() if key[0] == kind and key[2] == family]


def match_of_protocol(protocol: str, family: int) -> Extension | None:
    """The match that a protocol's own options belong to."""
    return extension("match", _LOADED_BY.get(protocol, protocol), family)
