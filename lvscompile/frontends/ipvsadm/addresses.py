"""Addresses, ports and numbers as ipvsadm reads them: inet_aton(3), strtol(3), its own way with brackets."""

from __future__ import annotations

import re

# The C module alone: `socket` on top of it costs five milliseconds of start-up.
from _socket import AF_INET, AF_INET6, inet_ntop, inet_pton
from typing import NamedTuple

from lvscompile.syntax.port_names import port_named

# Each part decimal, octal or hexadecimal, as strtoul(3) takes it; blanks end the address, whatever follows them.
_PART = "(?:0[xX][0-9a-fA-F]+|[0-9]+)"
_PARTS = re.compile(rf"({_PART}(?:\.{_PART}){{0,3}})(?:[ \t\n\v\f\r].*)?", re.DOTALL)
_PLAIN = re.compile(r"(?:(?:[1-9][0-9]?|1[0-9][0-9]|2[0-4][0-9]|25[0-5]|0)(?:\.(?!\Z)|\Z)){4}", re.ASCII)
_NUMBER = re.compile(r"[ \t\n\v\f\r]*([+-]?[0-9]+)", re.ASCII)
_LAST = (0xFFFFFFFF, 0xFFFFFF, 0xFFFF, 0xFF)


def number(text: str) -> int | None:
    """A decimal number, all of the text, as strtol(3) reads it: blanks and a sign may stand before it."""
    if text.isdigit() and text.isascii():
        return int(text) if len(text) < 20 else 1 << 63
    match = _NUMBER.fullmatch(text)
    if match is None:
        return None
    digits = match.group(1)
    return int(digits) if len(digits.lstrip("+-0")) < 20 else (-1 << 63 if digits[0] == "-" else 1 << 63)


def bounded(text: str, low: int, high: int) -> int | None:
    value = number(text)
    return value if value is not None and low <= value <= high else None


def leading_number(text: str) -> int:
    """What atoi(3) makes of a text: the number that it begins with, or 0."""
    match = _NUMBER.match(text)
    return int(match.group(1)) if match and len(match.group(1)) < 20 else 0


def inet_aton(text: str) -> str | None:
    """The dotted form of an IPv4 address as inet_aton(3) reads it: `10.1` is 10.0.0.1, `010.0.0.1` is 8.0.0.1."""
    if _PLAIN.fullmatch(text):
        return text
    match = _PARTS.fullmatch(text)
    if match is None:
        return None
    value = 0
    parts = match.group(1).split(".")
    for index, part in enumerate(parts):
        read = _part(part)
        last = index == len(parts) - 1
        if read is None or read > (_LAST[index] if last else 0xFF):
            return None
        value |= read if last else read << 8 * (3 - index)
    return inet_ntop(AF_INET, value.to_bytes(4, "big"))


def _part(text: str) -> int | None:
    if len(text) > 40:
        return None
    if text[:2] in ("0x", "0X"):
        return int(text[2:], 16)
    if text[0] != "0":
        return int(text)
    return int(text, 8) if not set(text) & {"8", "9"} else None


def ipv6(text: str) -> str | None:
    """The canonical form of an IPv6 address; no scope (`%eth0`), no brackets."""
    if ":" not in text:
        return None
    try:
        return inet_ntop(AF_INET6, inet_pton(AF_INET6, text))
    except (OSError, ValueError):
        return None


class Endpoint(NamedTuple):
    """An address with a port as written; `port` is None where none is."""

    family: int
    address: str
    port: int | None


class Refused(NamedTuple):
    """No address; `unresolved` is the name that another machine may know."""

    unresolved: str = ""


LOCALHOST = {"localhost": "127.0.0.1", "localhost.localdomain": "127.0.0.1"}
# Digits and dots alone are never looked up.
_HOST = re.compile(r"(?=[^A-Za-z]*[A-Za-z])[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?\.?")
_PORT_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9+*._-]*[A-Za-z][A-Za-z0-9+*._-]*|[A-Za-z][A-Za-z0-9+*._-]*")

_memo: dict[tuple[str, str], Endpoint | Refused] = {}
_MEMO_LIMIT = 100_000


def endpoint(text: str, protocol: str) -> Endpoint | Refused:
    """`HOST[:PORT]` as ipvsadm reads it. The names of ports are those of the protocol ("" knows none)."""
    key = (text, protocol)
    known = _memo.get(key)
    if known is None:
        if len(_memo) >= _MEMO_LIMIT:
            _memo.clear()
        known = _memo[key] = _endpoint(text, protocol)
    return known


def _endpoint(text: str, protocol: str) -> Endpoint | Refused:
    if text.isascii() and text.isdigit():
        return Refused()
    port: str | None = None
    host = text
    if text[:1] == "[":
        host, _, rest = text[1:].partition("]")
        if rest[:1] != ":":
            return Refused()
        port = rest[1:]
    address = ipv6(host)
    if address is not None:
        family = 6
    else:
        # Brackets around an IPv4 address hide the port from it.
        host, colon, after = host.rpartition(":")
        host, port = (host, after) if colon else (after, None)
        family, address = 4, inet_aton(host)
        if address is None:
            address = LOCALHOST.get(host)
        if address is None:
            return Refused(host if _HOST.fullmatch(host) else "")
    if port is None:
        return Endpoint(family, address, None)
    value = bounded(port, 0, 65535)
    if value is None:
        value = port_named(port, protocol)
    if value is None:
        return Refused(port if protocol and _PORT_NAME.fullmatch(port) else "")
    return Endpoint(family, address, value)
