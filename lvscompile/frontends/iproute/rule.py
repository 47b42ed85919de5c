"""`ip rule`."""

from __future__ import annotations

from lvscompile.frontends.iproute.route import type_of
from lvscompile.frontends.iproute.words import GARBAGE, INVALID, Fail, Prefix, Reader, need_prefix, short_for, whole
from lvscompile.ir.core import Origin
from lvscompile.ir.host import HostCommand, PolicyRule, table_name

_ACTIONS = (
    ("list", "show"), ("lst", "show"), ("show", "show"), ("save", "show"), ("add", "add"), ("delete", "delete"),
    ("flush", "flush"), ("help", "show"), ("restore", "show"),
)  # fmt: skip
_TYPES = (
    "unicast",
    "blackhole",
    "unreachable",
    "prohibit",
    "nat",
    "throw",
    "local",
    "broadcast",
    "multicast",
    "anycast",
)
_WITH_VALUE = ("suppress_ifgroup", "uidrange", "ipproto", "sport", "dport", "protocol", "flowlabel", "dscp")


def read(words: list[str], at: int, family: int, origin: Origin) -> HostCommand:
    """Read the words behind `ip rule`."""
    if at >= len(words):
        return HostCommand("ip", "rule", "show")
    word = words[at]
    action = next((does for full, does in _ACTIONS if short_for(word, full)), "")
    if not action:
        raise Fail(GARBAGE, f'Command "{word}" is unknown, try "ip rule help".', at)
    if action == "show":
        return HostCommand("ip", "rule", "show")
    if action == "flush":
        return HostCommand("ip", "rule", "flush", PolicyRule(family or 4, None, origin=origin))
    if at + 1 >= len(words):
        name = "add" if action == "add" else "del"
        raise Fail(INVALID, f'"ip rule {name}" requires arguments.')
    return _modify(Reader(words, at + 1), action, family, origin)


class _Given:
    def __init__(self, family: int) -> None:
        self.family = family
        self.preference: int | None = None
        self.action = self.iif = self.oif = self.source = self.destination = ""
        self.table: str | None = None
        self.mark: int | None = None
        self.mask: int | None = None
        self.target: int | None = None
        self.tos = 0
        self.negated = False
        self.others: list[tuple[str, str]] = []
        self.stated: dict[str, int] = {}
        self.extra: dict[str, str] = {}


def _modify(reader: Reader, action: str, family: int, origin: Origin) -> HostCommand:
    given = _Given(family)
    while reader.left:
        _option(reader, given)
        reader.at += 1
    does = given.action or ("lookup" if action == "add" or given.table is not None else "")
    table = given.table if given.table is not None else ("main" if action == "add" and does == "lookup" else "")
    # A mark of zero without a mask selects nothing: the kernel takes it for no mark.
    if given.mark == 0 and not given.mask:
        given.mark = given.mask = None
    if given.mask == 0xFFFFFFFF:
        given.mask = None
    fact = PolicyRule(
        given.family or 4, given.preference, does, table, given.source, given.destination, given.iif, given.oif,
        given.mark, given.mask, given.tos, given.negated, given.target, tuple(given.others), origin,
    )  # fmt: skip
    return HostCommand("ip", "rule", action, fact, given.stated, given.extra)


def _selector(reader: Reader, given: _Given) -> str:
    found: Prefix = need_prefix(reader.value(), given.family, reader.at)
    if found.family:
        given.family = given.family or found.family
    if found.length == 0 or not found.address:
        return ""
    bits = 32 if found.family == 4 else 128
    return f"{found.address}/{bits if found.length is None else found.length}"


def _option(reader: Reader, given: _Given) -> None:
    word = reader.word
    stated = given.stated
    if word == "not":
        given.negated = True
    elif word == "from":
        given.source = _selector(reader, given)
        stated["from"] = reader.at
    elif word == "to":
        given.destination = _selector(reader, given)
        stated["to"] = reader.at
    elif any(short_for(word, full) for full in ("preference", "order", "priority")):
        text = reader.value()
        given.preference = whole(text)
        if given.preference is None:
            raise Fail(GARBAGE, f'Error: argument "{text}" is wrong: preference value is invalid\n', reader.at)
        stated["preference"] = reader.at
    elif word == "tos" or short_for(word, "dsfield"):
        text = reader.value()
        tos = whole(text if text.startswith("0") else f"0x{text}", 255)
        if tos is None:
            raise Fail(GARBAGE, f'Error: argument "{text}" is wrong: TOS value is invalid\n', reader.at)
        given.tos = tos
    elif word == "fwmark":
        text = reader.value()
        mark, slash, mask = text.partition("/")
        given.mark = whole(mark)
        if given.mark is None:
            raise Fail(GARBAGE, f'Error: argument "{mark}" is wrong: fwmark value is invalid\n', reader.at)
        if slash:
            given.mask = whole(mask)
            if given.mask is None:
                raise Fail(GARBAGE, f'Error: argument "{mask}" is wrong: fwmask value is invalid\n', reader.at)
        stated["mark"] = reader.at
    elif (short_for(word, "table") and word != "t") or word == "lookup":
        text = reader.value()
        if whole(text) is None and text not in ("main", "local", "default", "unspec"):
            if text[:1].isdigit():
                raise Fail(GARBAGE, f'Error: argument "{text}" is wrong: invalid table ID\n', reader.at)
            given.extra["unresolved"] = text
        given.table = table_name(text)
        stated["table"] = reader.at
    elif word in ("dev", "iif"):
        given.iif = reader.value()
        stated["iif"] = reader.at
    elif word == "oif":
        given.oif = reader.value()
        stated["oif"] = reader.at
    elif short_for(word, "goto"):
        text = reader.value()
        given.target = whole(text)
        if given.target is None:
            raise Fail(GARBAGE, f'Error: argument "{text}" is wrong: invalid target\n', reader.at)
        given.action = "goto"
    elif word == "nop":
        given.action = "nop"
    elif word == "l3mdev":
        given.others.append((word, ""))
    elif word == "t" or (word.startswith("tu") and short_for(word, "tun_id")):
        text = reader.value()
        number = whole(text, 2**64 - 1)
        if number is None:
            raise Fail(GARBAGE, f'Error: argument "{text}" is wrong: "tun_id" value is invalid\n', reader.at)
        given.others.append(("tun_id", str(number)))
    elif (
        word in _WITH_VALUE or short_for(word, "realms") or (len(word) > 2 and short_for(word, "suppress_prefixlength"))
    ):
        given.others.append((word, reader.value()))
    else:
        if word == "type":
            word = reader.value()
        kind = type_of(word)
        if not kind:
            raise Fail(GARBAGE, f'Error: argument "{word}" is wrong: Failed to parse rule type', reader.at)
        given.action = "lookup" if kind == "unicast" else kind
        stated["type"] = reader.at
