"""Notes and session logs to hosts: whose commands are whose.

Prompts name hosts. Where they do not, headings part a page: what is done on the real servers stands under a heading
that says so, and a set-up that begins anew, with another keepalived.conf or by clearing the table, is another host's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

from lvscompile.ir.shell import Command, Embedded, Item, Script
from lvscompile.ir.site import DIRECTOR, REAL_SERVER

# Names of prompts that say nothing about which host it is.
_ANY_HOST = re.compile(r"(?:localhost(?:\.localdomain)?|host|server|myhost|hostname|root|)\Z", re.IGNORECASE)
_REAL_SERVER = re.compile(
    r"\b(?:real[ -]?servers?|web[ -]?servers?|back[ -]?ends?|nodes?|web\d+)\b|realserver|web server|リアルサーバ|"
    r"実サーバ|ウェブサーバ|webサーバ",
    re.IGNORECASE,
)
_DIRECTORS = re.compile(r"\b(?:director|load[ -]?balancer|lvs|lb)\b", re.IGNORECASE)


class HostPart(NamedTuple):
    """What a text tells of one host. The name is "" where the text names none."""

    name: str
    role: str
    items: tuple[Item, ...]


def hosts_of(script: Script) -> list[HostPart]:
    """The hosts that a shell text speaks of, in the order in which they come up. A script is about one."""
    if script.mode == "script":
        return [HostPart("", "", script.items)]
    parts = _Parts()
    for section, group in groupby(script.items, key=_section):
        parts.section(section, list(group))
    return [HostPart(name, role, tuple(items)) for name, role, items in parts.found if items] or [
        HostPart("", "", script.items)
    ]


def _section(item: Item) -> str:
    # What is kept has no section of its own: it stands in that of its neighbours.
    return getattr(item, "section", "")


class _Parts:
    def __init__(self) -> None:
        self.found: list[tuple[str, str, list[Item]]] = []
        self.current: list[Item] | None = None  # of the host without a name that is being set up

    def section(self, heading: str, items: Sequence[Item]) -> None:
        named = list(dict.fromkeys(name for item in items if (name := _host(item))))
        if named:
            self._named(items, named[0])
        elif _REAL_SERVER.search(heading) and not _DIRECTORS.search(heading):
            self._part(f"-{_slug(heading)}", REAL_SERVER).extend(items)
        else:
            self._unnamed(items)

    def _named(self, items: Iterable[Item], first: str) -> None:
        """What stands between prompts belongs to the host of the last one."""
        now = first
        for item in items:
            now = _host(item) or now
            self._part(now, "").append(item)

    def _unnamed(self, items: Sequence[Item]) -> None:
        begins = any(map(_begins, items))
        for item in items:
            if self.current is None or (begins and any(map(_is_set_up, self.current))):
                self.current = []
                self.found.append(("", DIRECTOR, self.current))
            begins = False
            if _is_configuration(item) and any(map(_is_configuration, self.current)):
                self.current = []
                self.found.append(("", DIRECTOR, self.current))
            self.current.append(item)

    def _part(self, name: str, role: str) -> list[Item]:
        for known, _, items in self.found:
            if known == name:
                return items
        self.found.append((name, role, []))
        return self.found[-1][2]


def _host(item: Item) -> str:
    return "" if _ANY_HOST.match(item.host) else item.host


def _is_configuration(item: Item) -> bool:
    return isinstance(item, Embedded) and item.kind == "keepalived"


def _begins(item: Item) -> bool:
    """Whether a set-up begins with it."""
    cleared = isinstance(item, Command) and item.tool == "ipvsadm" and item.argv[1:2] in (("-C",), ("--clear",))
    return cleared or _is_configuration(item)


def _is_set_up(item: Item) -> bool:
    added = (
        isinstance(item, Command)
        and item.tool == "ipvsadm"
        and item.role == "run"
        and (item.argv[1] or "" if len(item.argv) > 1 else "").startswith(("-A", "--add-service"))
    )
    return added or _is_configuration(item)


def _slug(heading: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", heading.lower()).strip("-")[:30] or "servers"
