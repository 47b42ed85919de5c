"""`ip address`."""

from __future__ import annotations

from lvscompile.frontends.iproute.words import (
    GARBAGE,
    INVALID,
    Fail,
    Prefix,
    Reader,
    broadcast_of,
    masked,
    need_address,
    need_prefix,
    short_for,
    whole,
)
from lvscompile.ir.core import Origin
from lvscompile.ir.host import HostAddress, HostCommand

ACTIONS = (
    ("add", "add"), ("change", "change"), ("chg", "change"), ("replace", "replace"), ("delete", "delete"),
    ("show", "show"), ("list", "show"), ("lst", "show"), ("flush", "flush"), ("save", "show"), ("restore", "show"),
)  # fmt: skip
SCOPES = {0: "global", 255: "nowhere", 254: "host", 253: "link", 200: "site"}
_SCOPE_NUMBERS = {name: number for number, name in SCOPES.items()} | {"universe": 0}
_FLAGS = ("home", "nodad", "mngtmpaddr", "noprefixroute", "autojoin")
_NO_DEVICE = 'Not enough information: "dev" argument is required.'


def read(words: list[str], at: int, family: int, origin: Origin) -> HostCommand:
    """Read the words behind `ip address`."""
    if at >= len(words):
        return HostCommand("ip", "address", "show")
    word = words[at]
    action = next((does for full, does in ACTIONS if short_for(word, full)), "")
    if word == "help":
        return HostCommand("ip", "address", "show")
    if not action:
        raise Fail(GARBAGE, f'Command "{word}" is unknown, try "ip address help".', at)
    reader = Reader(words, at + 1)
    if action == "show":
        return HostCommand("ip", "address", "show")
    if action == "flush":
        return _flush(reader, family, origin)
    return _modify(reader, action, family, origin)


def scope_name(text: str) -> str | None:
    """A scope by its name or number, as iproute2 prints it."""
    number = _SCOPE_NUMBERS.get(text)
    if number is None:
        number = whole(text, 255)
    return None if number is None else SCOPES.get(number, str(number))


class _Given:
    """What the words of one command have said."""

    def __init__(self) -> None:
        self.local: Prefix | None = None
        self.peer: Prefix | None = None
        self.device = self.label = self.scope = self.broadcast = ""
        self.stated: dict[str, int] = {}
        self.extra: dict[str, str] = {}


def _modify(reader: Reader, action: str, family: int, origin: Origin) -> HostCommand:
    given = _Given()
    while reader.left:
        family = _option(reader, given, family)
        reader.at += 1
    if not given.device:
        raise Fail(INVALID, _NO_DEVICE)
    local = given.local
    if local is None:
        # Nothing to add: the kernel is asked all the same, for no family.
        return HostCommand("ip", "address", action, None, given.stated, {"device": given.device})
    family = local.family or family or 4
    bits = 32 if family == 4 else 128
    peer = given.peer
    length = local.length if peer is None else peer.length
    prefix = bits if length is None else length
    address = local.address or ("0.0.0.0" if family == 4 else "::")
    broadcast = given.broadcast
    if broadcast in ("+", "-") and family == 4:
        if prefix >= 31:
            broadcast = ""
        else:
            # The network that counts is that of the other end.
            far = peer.address if peer else address
            broadcast = broadcast_of(far, prefix) if broadcast == "+" else masked(far, prefix)
    scope = given.scope or ("host" if family == 4 and address.startswith("127.") and action != "delete" else "global")
    if family == 4 and local.length is None and peer is None:
        given.extra["no-length"] = "yes"
    fact = HostAddress(
        family,
        address,
        prefix,
        given.device,
        given.label,
        scope,
        peer.address if peer else "",
        broadcast,
        False,
        origin,
    )
    return HostCommand("ip", "address", action, fact, given.stated, given.extra)


def _option(reader: Reader, given: _Given, family: int) -> int:
    """One option, or the address; the family that the words so far settle."""
    word, at = reader.word, reader.at
    stated = given.stated
    if short_for(word, "peer") and word in ("p", "peer"):
        text = reader.value()
        if "peer" in stated:
            raise Fail(GARBAGE, f'Error: duplicate "peer": "{text}" is the second value.', reader.at)
        given.peer = need_prefix(text, family, reader.at)
        stated["peer"] = reader.at
        return given.peer.family or family
    if word == "remote":
        text = reader.value()
        given.peer = need_prefix(text, family, reader.at)
        stated["peer"] = reader.at
        return given.peer.family or family
    if short_for(word, "broadcast") or word == "brd":
        text = reader.value()
        if "broadcast" in stated:
            raise Fail(GARBAGE, f'Error: duplicate "broadcast": "{text}" is the second value.', reader.at)
        given.broadcast = text if text in ("+", "-") else need_address(text, family, reader.at)[1]
        stated["broadcast"] = reader.at
        return family
    if word == "anycast":
        text = reader.value()
        need_address(text, family, reader.at)
        given.extra["anycast"] = text
        return family
    if word == "scope":
        text = reader.value()
        scope = scope_name(text)
        if scope is None:
            raise Fail(GARBAGE, f'Error: argument "{text}" is wrong: invalid scope value.', reader.at)
        given.scope = scope
        stated["scope"] = reader.at
        return family
    if word == "dev":
        given.device = reader.value()
        stated["device"] = reader.at
        return family
    if word == "label":
        given.label = reader.value()
        stated["label"] = reader.at
        return family
    if word in ("metric", "priority", "preference") or short_for(word, "valid_lft") or short_for(word, "preferred_lft"):
        given.extra[word] = reader.value()
        stated[word] = reader.at
        return family
    if word == "proto":
        given.extra[word] = reader.value()
        return family
    if word in _FLAGS:
        given.extra[word] = "yes"
        stated[word] = at
        return family
    if word == "local":
        word = reader.value()
    if "local" in stated:
        raise Fail(GARBAGE, f'Error: either "local" is duplicate, or "{word}" is a garbage.', reader.at)
    given.local = need_prefix(word, family, reader.at)
    stated["local"] = reader.at
    return given.local.family or family


def _flush(reader: Reader, family: int, origin: Origin) -> HostCommand:
    if not reader.left:
        raise Fail(INVALID, "Flush requires arguments.")
    stated: dict[str, int] = {}
    extra: dict[str, str] = {}
    chosen: Prefix | None = None
    device = label = scope = ""
    while reader.left:
        word = reader.word
        if word == "to":
            chosen = need_prefix(reader.value(), family, reader.at)
            stated["to"] = reader.at
        elif word == "scope":
            text = reader.value()
            scope = "all" if text == "all" else scope_name(text) or ""
            if not scope:
                raise Fail(GARBAGE, f'Error: argument "{text}" is wrong: invalid "scope"\n', reader.at)
            stated["scope"] = reader.at
        elif word == "label":
            label = reader.value()
            stated["label"] = reader.at
        elif word in ("up", "dynamic", "permanent", "primary", "secondary", "temporary", "deprecated", "tentative"):
            extra[word] = "yes"
        else:
            if word == "dev":
                word = reader.value()
            if "device" in stated:
                raise Fail(GARBAGE, f'Error: either "dev" is duplicate, or "{word}" is a garbage.', reader.at)
            device = word
            stated["device"] = reader.at
        reader.at += 1
    fact = HostAddress(
        chosen.family if chosen else family, chosen.address if chosen else "",
        (chosen.length if chosen and chosen.length is not None else -1), device, label, scope, origin=origin,
    )  # fmt: skip
    return HostCommand("ip", "address", "flush", fact, stated, extra)
