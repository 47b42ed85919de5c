"""What ip, ifconfig and route print: lines to facts, the rest kept."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from lvscompile.frontends.iproute import ip
from lvscompile.frontends.iproute.words import address, decimal, mask_length
from lvscompile.frontends.ipvsadm.addresses import inet_aton
from lvscompile.ir.core import Opaque
from lvscompile.ir.host import HostAddress, HostCommand, HostFacts, Link, NextHop, PolicyRule, Route
from lvscompile.ir.node import replace
from lvscompile.syntax.source import Source
from lvscompile.syntax.statements import Frame, Stmt

_LINE = re.compile(r"[^\n]*\n|[^\n]+\Z")
_LINK = re.compile(r"\d+:\s+([^\s:@]+(?::\d+)?)(?:@(\S+?))?:\s+<([A-Z0-9_,-]*)>\s+mtu\s+(\d+)(.*)", re.DOTALL)
_MAC = re.compile(r"\s+link/(\S+)(?:\s+([0-9a-fA-F:]{11,}))?.*", re.DOTALL)
_INET = re.compile(r"(?:\d+:\s+(\S+)|)\s+(inet6?)\s+(\S+)(.*)", re.DOTALL)
_RULE = re.compile(r"(\d+):\s+(\S.*)", re.DOTALL)
_OLD_HEAD = re.compile(
    r"([A-Za-z0-9_.:@-]+?):?\s+(?:Link encap:(\S+)(?:.*HWaddr\s+(\S+))?|flags=\d+<([A-Z,0-9]*)>\s+mtu\s+(\d+)).*",
    re.DOTALL,
)
_OLD_INET = re.compile(
    r"\s+inet (?:addr:)?\s*(\d\S*)(?:\s+(?:P-t-P:|destination )\s*(\S+))?(?:\s+Bcast:(\S+))?"
    r"(?:\s+(?:Mask:|netmask )\s*(\S+))?(?:\s+broadcast (\S+))?.*", re.DOTALL)  # fmt: skip
_OLD_INET6 = re.compile(r"\s+inet6 (?:addr:\s*)?([0-9a-fA-F:]+)(?:/|\s+prefixlen )(\d+).*", re.DOTALL)
_OLD_FLAGS = re.compile(r"\s+((?:[A-Z]+ )+)\s*MTU:(\d+).*", re.DOTALL)
_OLD_ROUTE = re.compile(
    r"(\d[\d.]*|default|-)\s+(\d[\d.]*|\*|-|[A-Za-z][\w.-]*)\s+(\d[\d.]+)\s+([UGHRDMACI!]+)\s+(-?\d+)\s+\S+\s+\S+"
    r"\s+(\S+)\s*"
)
# Lines that say nothing of what we look for, without the blanks around them.
_NOISE = re.compile(
    r"valid_lft .*|(?:RX|TX) (?:packets|errors|bytes|:).*|collisions:.*|[A-Za-z]+(?:::?)?\s+txqueuelen .*|"
    r"(?:loop|ether|unspec|tunnel|ppp|sit)\s.*|Interrupt:.*|device (?:memory|interrupt).*|"
    r"Kernel IP(?:v6)? routing table|"
    r"(?:RX|TX):\s+bytes.*|[\d \t]+|Destination\s+Gateway\s+.*|altname .*|Memory:.*|Base address:.*|"
)
_DETAILS = re.compile(r"    (?:veth|bridge|vlan|vrf|bond|macvlan)\S*\s.*")
# Words behind a route that tell how it is just now.
_STATES = frozenset(["linkdown", "dead", "offload", "trap", "rt_offload", "rt_trap", "offload_failed", "pervasive"])


class Listing:
    """The facts of a listing, and the lines that say nothing to us."""

    def __init__(self) -> None:
        self.links: list[Link] = []
        self.addresses: list[HostAddress] = []
        self.routes: list[Route] = []
        self.rules: list[PolicyRule] = []
        self.others: list[Stmt] = []
        self.understood = 0

    def facts(self) -> HostFacts:
        return HostFacts(
            (), tuple(self.links), tuple(self.addresses), tuple(self.routes), tuple(self.rules),
            opaque=tuple(Opaque("listing", stmt.text, stmt) for stmt in self.others),
        )  # fmt: skip


def lines(source: Source) -> Iterator[Stmt]:
    """The lines of a text. Their texts, joined, are the text."""
    frames: tuple[Frame, ...] = source.frames  # type: ignore[assignment]
    for number, match in enumerate(_LINE.finditer(source.text), 1):
        yield Stmt("LINE", source, match.start(), match.end(), number, match.group(), frames)


def read(statements: Iterable[Stmt]) -> Listing:
    """Read what one of the tools printed. A table's name stands on each line of `ip route show table all`."""
    result = Listing()
    reader = _Reader(result)
    for stmt in statements:
        if reader.line(stmt):
            result.understood += 1
        else:
            result.others.append(stmt)
    return result


def read_routes(statements: Iterable[Stmt], table: str, family: int = 4) -> Listing:
    """Read `ip route show table TABLE`, whose lines do not name the table."""
    result = read(statements)
    result.routes = [replace(route, table=table) for route in result.routes]
    return result


class _Reader:
    def __init__(self, result: Listing) -> None:
        self.result = result
        self.device = ""
        self.family = 4

    def line(self, stmt: Stmt) -> bool:
        """Whether the line is one of a listing."""
        text = stmt.text.rstrip("\n").rstrip("\r")
        for reads in (self._link, self._mac, self._inet, self._old, self._rule, self._old_route, self._route):
            if reads(stmt, text):
                return True
        return (_NOISE.fullmatch(text.strip()) or _DETAILS.fullmatch(text)) is not None

    def _link(self, stmt: Stmt, text: str) -> bool:
        match = _LINK.fullmatch(text)
        if match is None:
            return False
        name, _, flags, mtu, rest = match.groups()
        words = rest.split()
        master = words[words.index("master") + 1] if "master" in words[:-1] else ""
        self.device = name
        shown = flags.split(",")
        mac = re.search(r"link/ether ([0-9a-f:]+)", rest)
        self.result.links.append(
            Link(name, "loopback" if "LOOPBACK" in shown else "", "UP" in shown, "NOARP" not in shown, decimal(mtu),
                 mac[1] if mac else "", master, stmt)
        )  # fmt: skip
        return True

    def _mac(self, stmt: Stmt, text: str) -> bool:
        match = _MAC.fullmatch(text)
        if match is None or not self.result.links:
            return match is not None
        last = self.result.links[-1]
        if match[1] == "ether" and match[2]:
            self.result.links[-1] = replace(last, mac=match[2])
        return True

    def _inet(self, stmt: Stmt, text: str) -> bool:
        match = _INET.fullmatch(text)
        if match is None or "/" not in match[3] + match[4] or " addr:" in text:
            return False
        device, kind, first, rest = match.groups()
        words = rest.replace("\\", " ").split()
        peer = ""
        if "peer" in words[:-1]:
            peer, _, length = words[words.index("peer") + 1].partition("/")
            own = first.partition("/")[0]
        else:
            own, _, length = first.partition("/")
        found = address(own, 4 if kind == "inet" else 6)
        bits = decimal(length, 32 if kind == "inet" else 128)
        other = address(peer, 4 if kind == "inet" else 6) if peer else found
        if found is None or bits is None or other is None:
            return False
        scope = words[words.index("scope") + 1] if "scope" in words[:-1] else "global"
        brd = words[words.index("brd") + 1] if "brd" in words[:-1] else ""
        device = device or self.device
        label = self._label(words, device) if kind == "inet" else ""
        self.result.addresses.append(
            HostAddress(
                found[0],
                found[1],
                bits,
                device,
                label,
                scope,
                other[1] if peer else "",
                brd,
                "secondary" in words,
                stmt,
            )
        )
        return True

    @staticmethod
    def _label(words: list[str], device: str) -> str:
        """The label stands last, before the lifetimes."""
        end = words.index("valid_lft") if "valid_lft" in words else len(words)
        last = words[end - 1] if end else ""
        return last if last != device and last.startswith(device.partition("@")[0]) else ""

    def _rule(self, stmt: Stmt, text: str) -> bool:
        match = _RULE.fullmatch(text)
        if match is None or ("from" not in text and "lookup" not in text):
            return False
        words = [word for word in match[2].split() if not (word.startswith("[") and word.endswith("]"))]
        argv = ["-6"] if ":" in match[2] and re.search(r"(?:from|to) [0-9a-fA-F:]+:", match[2]) else []
        command = ip.parse([*argv, "rule", "add", "pref", match[1], *words], stmt)
        if not isinstance(command, HostCommand) or not isinstance(command.subject, PolicyRule):
            return False
        self.result.rules.append(command.subject)
        return True

    def _route(self, stmt: Stmt, text: str) -> bool:
        words = [word for word in text.split() if word not in _STATES]
        if not words:
            return False
        if words[0] == "nexthop" and self.result.routes and text[:1] in "\t ":
            return self._way(words)
        if text[:1] in " \t" or not _begins_a_route(words):
            return False
        six = any(":" in word for word in words[:3]) or "pref" in words
        command = ip.parse([*(["-6"] if six else []), "route", "add", *_without_cache(words)], stmt)
        if not isinstance(command, HostCommand) or not isinstance(command.subject, Route):
            return False
        fact = command.subject
        if "proto" not in words:
            fact = replace(fact, protocol="boot")
        self.result.routes.append(fact)
        return True

    def _way(self, words: list[str]) -> bool:
        values = dict(zip(words[1::2], words[2::2], strict=False))
        last = self.result.routes[-1]
        hop = NextHop(
            values.get("via", ""),
            values.get("dev", ""),
            decimal(values.get("weight", "")) or 1,
        )
        self.result.routes[-1] = replace(last, hops=(*last.hops, hop), scope="global")
        return True

    # The older tools.

    def _old(self, stmt: Stmt, text: str) -> bool:
        head = _OLD_HEAD.fullmatch(text) if text[:1] not in " \t" else None
        if head is not None:
            name, _, mac, flags, mtu = head.groups()
            self.device = name
            if ":" not in name:
                shown = (flags or "").split(",")
                up = "UP" in shown if flags is not None else None
                self.result.links.append(
                    Link(name, "", up, "NOARP" not in shown, decimal(mtu or ""), (mac or "").lower(), "", stmt)
                )
            return True
        inet = _OLD_INET.fullmatch(text)
        if inet is not None and self.device:
            return self._old_address(stmt, inet)
        inet6 = _OLD_INET6.fullmatch(text)
        if inet6 is not None and self.device:
            found, bits = address(inet6[1], 6), decimal(inet6[2], 128)
            if found is None or bits is None:
                return False
            self.result.addresses.append(HostAddress(6, found[1], bits, self.device, origin=stmt))
            return True
        flagged = _OLD_FLAGS.fullmatch(text)
        if flagged is not None and self.result.links:
            shown = flagged[1].split()
            self.result.links[-1] = replace(
                self.result.links[-1], up="UP" in shown, arp="NOARP" not in shown, mtu=decimal(flagged[2])
            )
        return flagged is not None

    def _old_address(self, stmt: Stmt, match: re.Match[str]) -> bool:
        own, peer, brd, mask, brd_new = match.groups()
        plain = inet_aton(own)
        length = mask_length(mask) if mask else 32
        if plain is None or length is None or (peer and inet_aton(peer) is None):
            return False
        device = self.device.partition(":")[0]
        label = self.device if ":" in self.device else ""
        scope = "host" if plain.startswith("127.") else "global"
        self.result.addresses.append(
            HostAddress(
                4, plain, length, device, label, scope, inet_aton(peer or "") or "", brd or brd_new or "", False, stmt
            )
        )
        return True

    def _old_route(self, stmt: Stmt, text: str) -> bool:
        match = _OLD_ROUTE.fullmatch(text)
        if match is None:
            return False
        target, gateway, mask, flags, metric, device = match.groups()
        length = mask_length(mask)
        network = inet_aton("0.0.0.0" if target == "default" else target)
        if length is None or network is None:
            return False
        via = "" if gateway in ("0.0.0.0", "*", "-") else gateway
        kind = "unreachable" if "!" in flags else "blackhole" if device == "*" else "unicast"
        hops = (NextHop(via, device),) if kind == "unicast" else ()
        self.result.routes.append(
            Route(4, kind, f"{network}/{length}", hops, "main", "",
                  "global" if via else "link", decimal(metric) or 0, "", 0, stmt)
        )  # fmt: skip
        return True


_TYPES = frozenset(
    ["unicast", "local", "broadcast", "anycast", "multicast", "blackhole", "unreachable", "prohibit", "throw", "nat"]
)


def _begins_a_route(words: list[str]) -> bool:
    """A route's line begins with a network, and says by what it goes."""
    first = words[1] if words[0] in _TYPES and len(words) > 1 else words[0]
    if words[0] in ("blackhole", "unreachable", "prohibit", "throw"):
        return first == "default" or first[:1].isdigit() or ":" in first
    named = first == "default" or address(first.partition("/")[0]) is not None
    return named and (
        len(words) == 1
        or words[1] in ("via", "dev", "proto", "nhid", "scope", "table", "metric", "src")
        or words[0] in _TYPES
    )


def _without_cache(words: list[str]) -> list[str]:
    """The words without what iproute2 cannot read itself."""
    result: list[str] = []
    skip = 0
    for word in words:
        if skip:
            skip -= 1
        elif word in ("error", "uid", "users", "age", "ipid", "mtu", "hoplimit", "advmss", "expires", "pref", "nhid"):
            skip = 1
        elif not word.startswith("["):
            result.append(word)
    return result
