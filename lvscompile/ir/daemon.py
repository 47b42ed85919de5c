"""Which halves of keepalived a command line starts: VRRP, and the checkers, which fill the IPVS table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from lvscompile.ir.core import Version

VRRP, CHECKERS = "vrrp", "checkers"
BOTH = frozenset((VRRP, CHECKERS))
LAST_COUNTS: Version = (1, 2, 20)  # before, -C and -P added up
EACH_TAKES_AWAY: Version = (2, 0)
_ONLY = {"P": VRRP, "C": CHECKERS}
_LONG = {"vrrp": "P", "check": "C"}
_WITH_VALUE = frozenset("fSuprcbAsi")
_LONG_WITH_VALUE = frozenset(
    ("use-file", "log-facility", "umask", "pid", "vrrp_pid", "checkers_pid", "bfd_pid", "snmp-agent-socket",
     "namespace", "config-id")
)  # fmt: skip
# Takes a value only where it is glued on.
_MAY_HAVE_VALUE = frozenset("tMg")


class CommandLine:
    """The options of keepalived that matter here. `halves` are the letters of -P and -C in their order."""

    def __init__(self, words: Sequence[str]) -> None:
        self.halves: list[str] = []
        self.all = False
        self.file = ""
        rest = iter(words)
        for word in rest:
            if word.startswith("--"):
                name, equals, value = word[2:].partition("=")
                if name in _LONG_WITH_VALUE and not equals:
                    value = next(rest, "")
                self._option(_LONG.get(name, "f" if name == "use-file" else name), value)
            elif word.startswith("-"):
                self._bundle(word[1:], rest)

    def _bundle(self, letters: str, rest: Iterator[str]) -> None:
        for at, letter in enumerate(letters):
            if letter in _WITH_VALUE:
                self._option(letter, letters[at + 1 :] or next(rest, ""))
                return
            if letter in _MAY_HAVE_VALUE:
                return
            self._option(letter, "")

    def _option(self, name: str, value: str) -> None:
        if name in _ONLY:
            self.halves.append(name)
        elif name == "all":
            self.all = True
        elif name == "f":
            self.file = value

    @property
    def is_contradictory(self) -> bool:
        """Whether it asks for VRRP alone, and for the checkers alone: what that means depends on the version."""
        return len(set(self.halves)) > 1 and not self.all

    def started(self, version: Version) -> frozenset[str]:
        """What runs: 2.0 and later take away the other half for each option, 1.x before 1.2.20 adds them up."""
        if not self.halves or self.all:
            return BOTH
        named = frozenset(_ONLY[letter] for letter in self.halves)
        if version >= EACH_TAKES_AWAY:
            return named if len(named) == 1 else frozenset()
        return frozenset((_ONLY[self.halves[-1]],)) if version >= LAST_COUNTS else named


def told_version(text: str) -> Version | None:
    """The version in what a host says of itself, e.g. `Keepalived v2.2.7 (01/16,2022)`."""
    found = re.search(r"\d+(?:\.\d+){1,3}", text)
    return tuple(int(part) for part in found[0].split(".")) if found else None
