"""The values of ipvsadm's options: each is read as ipvsadm does, or refused with its words."""

from __future__ import annotations

from _socket import AF_INET, AF_INET6, inet_ntop, inet_pton

from lvscompile.frontends.ipvsadm.addresses import bounded, number
from lvscompile.ir.ipvs import FLAG_NAMES
from lvscompile.syntax.source import decode, encode

LONGEST = 86400 * 31  # seconds
UINT_MAX = 2**32 - 1
DEFAULT_SCHEDULER = "wlc"
FLAG_BYTES = 127

_FLAGS = {name: (scheduler, 1 << bit) for scheduler, names in FLAG_NAMES.items() for bit, name in enumerate(names)}


class Fail(Exception):
    """ipvsadm gives up over word number `word`; `unresolved` is a name that another machine may know."""

    def __init__(self, message: str, word: int | None = None, unresolved: str = "", status: int = 2) -> None:
        super().__init__(message)
        self.message = message
        self.word = word
        self.unresolved = unresolved
        self.status = status


def whole(text: str, low: int, high: int, what: str, word: int) -> int:
    """A number within bounds."""
    value = bounded(text, low, high)
    if value is None:
        raise Fail(f"illegal {what} specified", word)
    return value


def seconds(text: str, low: int, word: int) -> int:
    value = bounded(text, low, LONGEST)
    if value is None:
        raise Fail(f"invalid timeout value `{text}' specified", word)
    return value


def fwmark(text: str, dump: bool, word: int) -> int:
    """A firewall mark; a dump shows those above 2^31-1 as numbers below zero."""
    value = number(text)
    if value is not None and dump and -(2**31) <= value < 0:
        return value & UINT_MAX
    if value is None or not 0 < value <= UINT_MAX:
        raise Fail(f"invalid fwmark value `{text}' specified", word)
    return value


def cut(text: str, size: int) -> str:
    """The first bytes of a name: the rest does not fit."""
    if len(text) * 4 <= size:
        return text
    return decode(encode(text)[:size])


def scheduler_flags(text: str, scheduler: str, word: int) -> int:
    """The bits of a list like `sh-port,sh-fallback`. Those of another scheduler are refused."""
    flags = 0
    names = [name for name in cut(text, FLAG_BYTES).split(",") if name]
    if text and not names:
        raise Fail("Segmentation fault", word, status=139)
    for name in names:
        if name not in _FLAGS:
            raise Fail(f"invalid scheduler flag `{name}'", word)
        owner, bit = _FLAGS[name]
        if owner and owner != (scheduler or DEFAULT_SCHEDULER):
            raise Fail(f"incompatible scheduler flag `{name}'", word)
        flags |= bit
    return flags


def multicast(text: str, word: int) -> str:
    """A multicast group, in canonical form."""
    family, first, name = (AF_INET6, 0xFF, "IPv6") if ":" in text else (AF_INET, 0xE0, "IPv4")
    try:
        packed = inet_pton(family, text)
    except (OSError, ValueError):
        packed = b"\0"
    if packed[0] != 0xFF if family == AF_INET6 else packed[0] & 0xF0 != first:
        raise Fail(f"invalid {name} mcast-group `{text}'", word)
    return inet_ntop(family, packed)
