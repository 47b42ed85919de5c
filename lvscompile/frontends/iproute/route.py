"""`ip route`."""

from __future__ import annotations

from lvscompile.frontends.iproute.address import SCOPES, scope_name
from lvscompile.frontends.iproute.words import (
    GARBAGE,
    INVALID,
    Fail,
    Prefix,
    Reader,
    first_of,
    need_address,
    need_prefix,
    short_for,
    whole,
)
from lvscompile.ir.core import Origin
from lvscompile.ir.host import HostCommand, NextHop, Route, table_name

_ACTIONS = (
    ("add", "add"), ("change", "change"), ("chg", "change"), ("replace", "replace"), ("prepend", "prepend"),
    ("append", "append"), ("test", "test"), ("delete", "delete"), ("get", "show"), ("list", "show"), ("show", "show"),
    ("lst", "show"), ("flush", "flush"), ("save", "show"), ("restore", "show"), ("showdump", "show"), ("help", "show"),
)  # fmt: skip
# In the order in which abbreviations are tried; those of the second list have none.
_TYPES = ("broadcast", "anycast", "multicast", "prohibit", "unreachable", "blackhole", "xresolve", "unicast")
_WHOLE_TYPES = ("local", "nat", "throw")
LOCAL_TABLE = frozenset(("local", "broadcast", "nat", "anycast"))
_WITH_VALUE = (
    "mtu", "hoplimit", "advmss", "reordering", "rtt", "rttvar", "rto_min", "window", "cwnd", "initcwnd", "initrwnd",
    "features", "quickack", "congctl", "ssthresh", "realms", "pref", "expires", "fastopen_no_cookie", "ttl-propagate",
    "as", "nhid", "vrf", "from",
)  # fmt: skip
_FAMILIES = {"inet": 4, "inet6": 6}
PROTOCOLS = {0: "unspec", 1: "redirect", 2: "kernel", 3: "boot", 4: "static", 8: "gated", 9: "ra", 11: "zebra",
             12: "bird", 16: "dhcp", 18: "keepalived", 186: "bgp", 187: "isis", 188: "ospf", 189: "rip",
             192: "eigrp"}  # fmt: skip


def read(words: list[str], at: int, family: int, origin: Origin) -> HostCommand:
    """Read the words behind `ip route`."""
    if at >= len(words):
        return HostCommand("ip", "route", "show")
    word = words[at]
    action = next((does for full, does in _ACTIONS if short_for(word, full)), "")
    if not action:
        raise Fail(GARBAGE, f'Command "{word}" is unknown, try "ip route help".', at)
    reader = Reader(words, at + 1)
    if action == "show":
        return HostCommand("ip", "route", "show")
    if action == "flush":
        return _flush(reader, family, origin)
    return _modify(reader, action, family, origin)


def type_of(word: str) -> str:
    """The type of a route that a word stands for: any beginning of it does, even `any`."""
    return word if word in _WHOLE_TYPES else first_of(word, _TYPES)


class _Given:
    def __init__(self, family: int) -> None:
        self.family = family
        self.destination: Prefix | None = None
        self.kind = self.via = self.device = self.source = self.scope = self.protocol = ""
        self.table: str | None = None
        self.unresolved = ""
        self.metric = self.tos = 0
        self.onlink = False
        self.hops: list[NextHop] = []
        self.stated: dict[str, int] = {}
        self.extra: dict[str, str] = {}


def _modify(reader: Reader, action: str, family: int, origin: Origin) -> HostCommand:
    given = _Given(family)
    while reader.left:
        _option(reader, given)
        reader.at += 1
    destination = given.destination
    if destination is None:
        raise Fail(GARBAGE, "Usage: ip route { list | flush } SELECTOR")
    family = given.family or 4
    kind = given.kind or ("" if action == "delete" else "unicast")
    length, text = destination.length, destination.address
    bits = 32 if family == 4 else 128
    zeros = "0.0.0.0" if family == 4 else "::"
    fact = Route(
        family, kind, f"{text or zeros}/{bits if length is None else length}", _hops(given),
        given.table if given.table is not None else ("local" if kind in LOCAL_TABLE else "main"),
        given.source, _scope(given, kind, action), given.metric,
        given.protocol or ("" if action == "delete" else "boot"), given.tos, origin,
    )  # fmt: skip
    if given.unresolved:
        given.extra["unresolved"] = given.unresolved
    return HostCommand("ip", "route", action, fact, given.stated, given.extra)


def _hops(given: _Given) -> tuple[NextHop, ...]:
    if given.hops:
        return tuple(given.hops)
    if given.via or given.device or given.onlink:
        return (NextHop(given.via, given.device, 1, given.onlink),)
    return ()


def _scope(given: _Given, kind: str, action: str) -> str:
    """The scope that goes to the kernel; "" for any, where a route is deleted."""
    if given.scope:
        return given.scope
    if kind in ("local", "nat"):
        return "host"
    if kind in ("broadcast", "multicast", "anycast"):
        return "link"
    if kind in ("unicast", ""):
        if action == "delete":
            return ""
        if not given.via and not given.hops:
            return "link"
    return "global"


def _option(reader: Reader, given: _Given) -> None:
    word = reader.word
    stated = given.stated
    if word == "via":
        if "via" in stated:
            raise Fail(
                GARBAGE, 'Error: argument "via" is wrong: use nexthop syntax to specify multiple via\n', reader.at
            )
        text = reader.value()
        family = given.family
        if text in _FAMILIES:
            family = _FAMILIES[text]
            text = reader.value()
        found = need_address(text, family, reader.at)
        given.family = given.family or found[0]
        if found[0] != given.family:
            given.extra["via-family"] = str(found[0])
        given.via = found[1]
        stated["via"] = reader.at
    elif word in ("dev", "oif"):
        given.device = reader.value()
        stated["device"] = reader.at
    elif word == "src":
        found = need_address(reader.value(), given.family, reader.at)
        given.family = given.family or found[0]
        given.source = found[1]
        stated["src"] = reader.at
    elif word == "tos" or (short_for(word, "dsfield") and word != "d"):
        text = reader.value()
        tos = whole(text if text.startswith("0") else f"0x{text}", 255)
        if tos is None:
            raise Fail(GARBAGE, f'Error: argument "{text}" is wrong: "tos" value is invalid\n', reader.at)
        given.tos = tos
    elif word == "scope":
        text = reader.value()
        scope = scope_name(text)
        if scope is None:
            raise Fail(GARBAGE, f'Error: argument "{text}" is wrong: invalid "scope" value\n', reader.at)
        given.scope = scope
        stated["scope"] = reader.at
    elif short_for(word, "metric") or (len(word) > 0 and short_for(word, "priority")) or word == "preference":
        text = reader.value()
        metric = whole(text)
        if metric is None:
            raise Fail(GARBAGE, f'Error: argument "{text}" is wrong: "metric" value is invalid\n', reader.at)
        given.metric = metric
        stated["metric"] = reader.at
    elif len(word) > 2 and short_for(word, "protocol"):
        text = reader.value()
        number = whole(text, 255)
        given.protocol = text if number is None else PROTOCOLS.get(number, str(number))
        if number is None and text not in PROTOCOLS.values():
            raise Fail(GARBAGE, f'Error: argument "{text}" is wrong: "protocol" value is invalid\n', reader.at)
        stated["protocol"] = reader.at
    elif short_for(word, "table"):
        _table(reader, given)
    elif word == "onlink":
        given.onlink = True
        stated["onlink"] = reader.at
    elif word == "pervasive":
        given.extra[word] = "yes"
    elif word == "nexthop":
        _ways(reader, given)
    elif word in _WITH_VALUE or short_for(word, "realms") or (len(word) > 2 and short_for(word, "window")):
        text = reader.value()
        if text == "lock":
            text = reader.value()
        given.extra[word] = text
    else:
        _destination(reader, given)


def _table(reader: Reader, given: _Given) -> None:
    text = reader.value()
    name = table_name(text) if whole(text) is not None else text
    number = whole(text)
    if number is None and text not in ("main", "local", "default", "unspec", "all"):
        # Names of tables are the host's: rt_tables says.
        if text[:1].isdigit():
            raise Fail(GARBAGE, f'Error: argument "{text}" is wrong: "table" value is invalid\n', reader.at)
        given.unresolved = text
    given.table = name
    given.stated["table"] = reader.at


def _destination(reader: Reader, given: _Given) -> None:
    word = reader.word
    if word == "to":
        word = reader.value()
    kind = type_of(word)
    if kind:
        given.kind = kind
        given.stated["type"] = reader.at
        word = reader.value()
        if word == "to":
            word = reader.value()
    if given.destination is not None:
        raise Fail(GARBAGE, f'Error: either "to" is duplicate, or "{word}" is a garbage.', reader.at)
    given.destination = need_prefix(word, given.family, reader.at)
    given.family = given.family or given.destination.family
    given.stated["to"] = reader.at


def _ways(reader: Reader, given: _Given) -> None:
    """`nexthop via A dev D weight N nexthop …` up to the end of the command."""
    if reader.at + 1 >= len(reader.words):
        raise Fail(GARBAGE, 'Error: unexpected end of line after "nexthop"', reader.at)
    while reader.left:
        if reader.word != "nexthop":
            raise Fail(GARBAGE, f'Error: "nexthop" or end of line is expected instead of "{reader.word}"', reader.at)
        reader.at += 1
        via, device, weight, onlink = "", "", 1, False
        while reader.left and reader.word != "nexthop":
            word = reader.word
            if word == "via":
                text = reader.value()
                if text in _FAMILIES:
                    text = reader.value()
                found = need_address(text, given.family, reader.at)
                given.family = given.family or found[0]
                via = found[1]
            elif word == "dev":
                device = reader.value()
            elif word == "weight":
                text = reader.value()
                number = whole(text, 256)
                if not number:
                    raise Fail(GARBAGE, f'Error: argument "{text}" is wrong: "weight" is invalid\n', reader.at)
                weight = number
            elif word == "onlink":
                onlink = True
            else:
                break
            reader.at += 1
        given.hops.append(NextHop(via, device, weight, onlink))
    given.stated["nexthop"] = reader.at - 1


def _flush(reader: Reader, family: int, origin: Origin) -> HostCommand:
    """A selection of routes. `extra` tells how the destination counts: exact, root, match."""
    if not reader.left:
        raise Fail(INVALID, '"ip route flush" requires arguments.')
    given = _Given(family)
    how = ""
    while reader.left:
        word = reader.word
        if short_for(word, "table"):
            text = reader.value()
            if text == "cache":
                given.extra["cache"] = "yes"
            given.table = table_name(text)
            given.stated["table"] = reader.at
        elif word in ("cache", "cloned"):
            given.extra["cache"] = "yes"
        elif word in ("dev", "oif", "iif"):
            given.device = reader.value()
            given.stated["device"] = reader.at
        elif word == "via":
            found = need_address(reader.value(), given.family, reader.at)
            given.via, given.family = found[1], given.family or found[0]
        elif word == "src":
            found = need_address(reader.value(), given.family, reader.at)
            given.source = found[1]
        elif len(word) > 2 and short_for(word, "protocol"):
            text = reader.value()
            number = whole(text, 255)
            given.protocol = text if number is None else PROTOCOLS.get(number, str(number))
        elif word == "scope":
            text = reader.value()
            given.scope = scope_name(text) or SCOPES[0]
        elif word == "type":
            given.kind = reader.value()
        elif short_for(word, "metric"):
            given.metric = whole(reader.value()) or 0
            given.stated["metric"] = reader.at
        else:
            if word == "to":
                word = reader.value()
            if word in ("root", "match", "exact"):
                how = word
                word = reader.value()
            how = how or "exact"
            given.destination = need_prefix(word, given.family, reader.at)
            given.family = given.family or given.destination.family
            given.stated["to"] = reader.at
        reader.at += 1
    given.family = given.family or 4
    zeros, bits = ("0.0.0.0", 32) if given.family == 4 else ("::", 128)
    where = given.destination
    text = "" if where is None else f"{where.address or zeros}/{bits if where.length is None else where.length}"
    fact = Route(given.family, given.kind, text or f"{zeros}/0", _hops(given), given.table or "main", given.source,
                 given.scope, given.metric, given.protocol, 0, origin)  # fmt: skip
    given.extra["how"] = how
    return HostCommand("ip", "route", "flush", fact, given.stated, given.extra)
