"""/etc/network/interfaces of Debian's ifupdown."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lvscompile.frontends.iproute.words import address, decimal, mask_length, prefix
from lvscompile.frontends.netfiles.reading import Nested, Reading, kept
from lvscompile.frontends.replay.addresses import class_length
from lvscompile.ir.host import HostAddress, HostFacts, Link, NextHop, Route
from lvscompile.syntax.findings import Span
from lvscompile.syntax.source import Source
from lvscompile.syntax.statements import Frame, Stmt

LANGUAGE = "interfaces"
# A line, with the lines that a backslash at the end joins to it.
_LINE = re.compile(r"(?:[^\n\\]|\\(?!\n)|\\\n)*(?:\n|\Z)")
_JOIN = re.compile(r"\\\n")
_WORD = re.compile(r"\S+")
_FOLDER = (["/etc/network/interfaces.d/*"], ["interfaces.d/*"], ["/etc/network/interfaces.d"], ["interfaces.d"])
PHASES = ("pre-up", "up", "post-up", "down", "pre-down", "post-down")
_HEADS = ("iface", "mapping", "auto", "source", "source-directory", "no-auto-down", "no-scripts", "template", "rename")
_NAMES = """
network dns-nameservers dns-search dns-domain label description accept_ra autoconf dad-attempts hostname client
metric preferred-lifetime privext ttl mode
"""
_SILENT = frozenset(_NAMES.split())


def scan(source: Source) -> Iterator[Stmt]:
    """The lines of a text, continued ones joined. Their texts, joined, are the text."""
    frames: tuple[Frame, ...] = source.frames  # type: ignore[assignment]
    line = 1
    for match in _LINE.finditer(source.text):
        if match.start() == match.end():
            return
        yield Stmt("LINE", source, match.start(), match.end(), line, match.group(), frames)
        line += match.group().count("\n")


class _Stanza:
    """One `iface` with its options."""

    def __init__(self, name: str, family: str, method: str, origin: Stmt) -> None:
        self.name = name
        self.family = 6 if family == "inet6" else 4
        self.method = method
        self.origin = origin
        self.options: dict[str, tuple[str, Stmt]] = {}

    def text(self, name: str) -> str:
        return self.options[name][0] if name in self.options else ""


def interfaces(source: Source) -> Reading:
    """Read the file. An interface that no `auto` or `allow-hotplug` names does not come up at boot."""
    stanzas: list[_Stanza] = []
    at_boot: set[str] = set()
    commands: list[Nested] = []
    others: list[Stmt] = []
    total = 0
    current: _Stanza | None = None
    for stmt in scan(source):
        total += 1
        text = _JOIN.sub("  ", stmt.text)
        words = text.split()
        if not words or words[0].startswith("#"):
            continue
        head = words[0]
        if head == "auto" or head.startswith("allow-"):
            at_boot.update(words[1:])
            current = None
        elif head == "iface":
            current = None
            if len(words) >= 4:
                current = _Stanza(words[1], words[2], words[3], stmt)
                stanzas.append(current)
            else:
                others.append(stmt)
        elif head in _HEADS:
            current = None
            # The files of that folder are read as files of their own.
            if words[1:] not in _FOLDER:
                others.append(stmt)
        elif current is None:
            others.append(stmt)
        elif head in PHASES:
            commands.append(_nested(stmt, head, current.name))
        else:
            value = text.strip().partition(head)[2].strip()
            current.options[head] = (value, stmt)
            if head not in _SILENT and head not in _READ:
                others.append(stmt)
    facts = _facts(stanzas, at_boot, others)
    return Reading(facts, tuple(commands), total - len(others))


_READ = frozenset(["address", "netmask", "broadcast", "gateway", "pointopoint", "hwaddress", "mtu", "scope"])


def _nested(stmt: Stmt, phase: str, interface: str) -> Nested:
    words = list(_WORD.finditer(stmt.text))
    if len(words) < 2:
        return Nested(phase, interface, "", Span(stmt.source, stmt.end, stmt.end), stmt)
    start = words[1].start()
    text = stmt.text[start:].rstrip()
    return Nested(phase, interface, text, Span(stmt.source, stmt.start + start, stmt.start + start + len(text)), stmt)


def _facts(stanzas: list[_Stanza], at_boot: set[str], others: list[Stmt]) -> HostFacts:
    links: dict[str, Link] = {}
    addresses: list[HostAddress] = []
    routes: list[Route] = []
    for stanza in stanzas:
        base, colon, _ = stanza.name.partition(":")
        boots = stanza.name in at_boot
        if not colon and base not in links:
            mtu = stanza.text("mtu")
            mac = stanza.text("hwaddress").split()
            kind = "loopback" if stanza.method == "loopback" else ""
            links[base] = Link(
                base,
                kind,
                boots,
                None,
                decimal(mtu),
                mac[-1].lower() if mac else "",
                "",
                stanza.origin,
                boots,
            )
        if "address" in stanza.options:
            own = _address(stanza, base, stanza.name if colon else "", boots)
            if own is None:
                others.append(stanza.options["address"][1])
            else:
                addresses.append(own)
        if "gateway" in stanza.options:
            via, stmt = stanza.options["gateway"]
            found = address(via, stanza.family)
            if found is None:
                others.append(stmt)
            else:
                metric = stanza.text("metric")
                zeros = "0.0.0.0/0" if stanza.family == 4 else "::/0"
                routes.append(
                    Route(stanza.family, "unicast", zeros, (NextHop(found[1], base),),
                          metric=decimal(metric) or 0, origin=stmt, persistent=boots)
                )  # fmt: skip
    return HostFacts((), tuple(links.values()), tuple(addresses), tuple(routes), opaque=kept(others, LANGUAGE))


def _address(stanza: _Stanza, device: str, label: str, boots: bool) -> HostAddress | None:
    text, stmt = stanza.options["address"]
    found = prefix(text, stanza.family)
    if found is None or not found.family:
        return None
    length = found.length
    mask = stanza.text("netmask")
    if length is None and mask:
        length = decimal(mask) if mask.isdigit() else mask_length(mask)
        if length is None or length > (32 if stanza.family == 4 else 128):
            return None
    if length is None:
        length = (max(class_length(found.address), 0) or 32) if stanza.family == 4 else 64
    peer = address(stanza.text("pointopoint"), 4)
    broadcast = stanza.text("broadcast")
    return HostAddress(
        stanza.family, found.address, length, device, label, stanza.text("scope") or "global", peer[1] if peer else "",
        broadcast if address(broadcast, 4) else "", origin=stmt, persistent=boots,
    )  # fmt: skip
