"""The types of single words in keepalived.conf: a test for each.

A test returns "" when the word is fine, otherwise the kind of the mistake: "type", "range", "length" or
"enum". The limits and oddities are those of keepalived's own readers.
"""

from __future__ import annotations

# The C module: the Python wrapper `socket` costs milliseconds of enums at start-up.
from _socket import AF_INET, AF_INET6, inet_pton

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Expression = tuple[Any, ...]

_HEX = frozenset("0123456789abcdefABCDEF")
_NOWHERE = frozenset(("default", "default6", "any", "all"))  # prefixes that stand for the whole address space
TRUTH = ("on", "true", "yes", "off", "false", "no")
_UMASK = frozenset(f"I{right}{who}" for right in "RWX" for who in ("USR", "GRP", "OTH")) | {""}


def _blank(word: str) -> bool:
    return not word or word.isspace()


def _size(word: str) -> int:
    """Length in bytes, which is what keepalived counts."""
    if word.isascii():
        return len(word)
    try:
        return len(word.encode("utf-8", "surrogateescape"))
    except UnicodeEncodeError:  # cannot come from a file
        return len(word)


def _integer(word: str) -> int | None:
    """strtol in base 10: leading blanks, a sign and leading zeros are fine, anything after is not."""
    if not (word.isdigit() and word.isascii()):
        digits = word.lstrip(" \t\n\v\f\r")
        sign = digits[:1] in ("+", "-")
        if not (digits.isascii() and digits[sign:].isdigit()):
            return None
        word = digits
    # No range here is wider than 64 bits; Python itself refuses to convert thousands of digits.
    return int(word) if len(word) < 100 else int(word.lstrip("+-0")[:100] or "0")


def _int(expression: Expression, word: str) -> str:
    value = _integer(word)
    if value is None:
        return "type"
    return "" if expression[1] <= value <= expression[2] else "range"


def _anyint(expression: Expression, word: str) -> str:
    value = _any_base(word)
    if value is None:
        return "type"
    return "" if expression[1] <= value <= expression[2] else "range"


def _any_base(word: str) -> int | None:
    """strtoul in base 0: 0x is hexadecimal, a leading 0 is octal."""
    digits = word.lstrip(" \t\n\v\f\r").removeprefix("+")
    if not (digits.isascii() and digits.isalnum()) or len(digits) > 100:
        return None
    hexadecimal = digits[:2] in ("0x", "0X")
    try:
        return int(digits, 16 if hexadecimal else 8 if digits[0] == "0" and digits.isdigit() else 10)
    except ValueError:
        return None


def _dec(expression: Expression, word: str) -> str:
    whole, _, fraction = word.lstrip(" \t+").partition(".")
    digits = whole + fraction
    if not (digits.isdigit() and digits.isascii()):
        negative = digits[:1] == "-" and digits[1:].isdigit() and digits.isascii()
        return "range" if negative else "type"
    if len(fraction) > expression[4] or len(whole) > 30:
        return "range"
    return "" if expression[1] <= float(f"{whole or 0}.{fraction or 0}") <= expression[2] else "range"


def _bool(_: Expression, word: str) -> str:
    return "" if word in TRUTH else "enum"


def _enum(expression: Expression, word: str) -> str:
    return "" if word in expression[1] else "enum"


def _nocase(expression: Expression, word: str) -> str:
    return "" if word.lower() in [choice.lower() for choice in expression[1]] else "enum"


def packed(word: str) -> bytes | None:
    """The bytes of an IPv4 or IPv6 address, strictly as inet_pton reads it."""
    try:
        return inet_pton(AF_INET6 if ":" in word else AF_INET, word)
    except (OSError, ValueError):  # ValueError: a NUL, or a character that is no UTF-8
        return None


def _ip(_: Expression, word: str) -> str:
    return "type" if packed(word) is None else ""


def _ip4(_: Expression, word: str) -> str:
    return "type" if ":" in word or packed(word) is None else ""


def _ip6(_: Expression, word: str) -> str:
    return "type" if ":" not in word or packed(word) is None else ""


def _multicast(*sizes: int) -> Callable[[Expression, str], str]:
    def test(_: Expression, word: str) -> str:
        raw = packed(word)
        if raw is None or len(raw) not in sizes:
            return "type"
        return "" if (raw[0] == 255 if len(raw) == 16 else 224 <= raw[0] <= 239) else "range"

    return test


def _ipmask(_: Expression, word: str) -> str:
    address, slash, length = word.partition("/")
    raw = packed(address)
    if raw is None:
        return "type"
    if not slash:
        return ""
    if not (length.isdigit() and length.isascii()):
        return "type"
    return "" if len(length) < 10 and int(length) <= len(raw) * 8 else "range"


def _prefix(expression: Expression, word: str) -> str:
    return "" if word in _NOWHERE else _ipmask(expression, word)


def _iprange(expression: Expression, word: str) -> str:
    """Address, A.B.C.D-N, A.B.C.D-A.B.C.E, IPv6-HEX, or a network without host bits."""
    if "/" in word:
        bad = _ipmask(expression, word)
        if bad:
            return bad
        address, _, length = word.partition("/")
        network = packed(address) or b""
        host = len(network) * 8 - int(length)
        return "range" if int.from_bytes(network, "big") & ((1 << host) - 1) else ""
    address, dash, last = word.partition("-")
    first = packed(address)
    if first is None:
        return "type"
    return _range_end(first, last) if dash else ""


def _range_end(first: bytes, last: str) -> str:
    if len(first) == 16:
        if not last or len(last) > 8 or not _HEX.issuperset(last):
            return "type"
        return "" if first[14] << 8 | first[15] < int(last, 16) <= 0xFFFF else "range"
    if "." in last:
        raw = packed(last)
        return "type" if raw is None else "" if raw > first else "range"
    if not (last.isdigit() and last.isascii()) or len(last) > 8:
        return "type"
    return "" if first[3] < int(last) <= 255 else "range"


def _range(expression: Expression, word: str) -> str:
    low, dash, high = word.partition("-")
    first = _integer(low)
    last = _integer(high) if dash else first
    if first is None or last is None:
        return "type"
    return "" if expression[1] <= first <= last <= expression[2] else "range"


def _span(expression: Expression, word: str) -> str:
    return _range(expression, word) if "-" in word else "type"


def _port(_: Expression, word: str) -> str:
    value = _integer(word)
    return "type" if value is None else "" if 1 <= value <= 65535 else "range"


def _port0(_: Expression, word: str) -> str:
    value = _integer(word)
    return "type" if value is None else "" if 0 <= value <= 65535 else "range"


def _fwmark(_: Expression, word: str) -> str:
    parts = word.split("/")
    values = [_any_base(part) for part in parts]
    if len(parts) > 2 or any(value is None for value in values):
        return "type"
    return "" if all(value is not None and value < 2**32 for value in values) else "range"


def _word(expression: Expression, word: str) -> str:
    if not word:
        return "type"
    return "length" if len(expression) > 1 and _size(word) > expression[1] else ""


def _compact(_: Expression, word: str) -> str:
    """Something that cannot hold blanks: a user, a host, an e-mail address."""
    return "type" if _blank(word) or any(map(str.isspace, word)) else ""


def _name(_: Expression, word: str) -> str:
    """A name may even be empty: keepalived takes `vrrp_instance ""`."""
    return "type" if word and _blank(word) else ""


def _path(_: Expression, word: str) -> str:
    return "type" if _blank(word) else ""


def _ifname(_: Expression, word: str) -> str:
    if not word or "/" in word or any(map(str.isspace, word)):
        return "type"
    return "length" if _size(word) > 15 else ""


def _abspath(_: Expression, word: str) -> str:
    return "" if word[:1] == "/" else "type"


def _secret(expression: Expression, word: str) -> str:
    return "" if expression[1] <= _size(word) <= expression[2] else "length"


def _hmackey(_: Expression, word: str) -> str:
    if word.startswith("file:"):
        return "" if len(word) > 5 else "type"
    if word.startswith("hex:"):
        digits = word[4:]
        return "type" if not _HEX.issuperset(digits) else "" if len(digits) in range(64, 129, 2) else "length"
    return "" if 32 <= _size(word) <= 64 else "length"


def _mac(_: Expression, word: str) -> str:
    parts = word.split(":")
    pairs = all(len(part) == 2 and _HEX.issuperset(part) for part in parts)
    return "" if pairs and len(parts) == 6 else "type"


def _hex(expression: Expression, word: str) -> str:
    if not _HEX.issuperset(word):
        return "type"
    return "" if len(word) == expression[1] else "length"


def _hexbytes(_: Expression, word: str) -> str:
    digits = word.replace(" ", "").replace("\t", "")
    return "" if digits and _HEX.issuperset(digits) else "type"


def _hexpattern(_: Expression, word: str) -> str:
    digits = word.replace(" ", "").replace("\t", "")
    return "" if digits and (_HEX | {"x", "X"}).issuperset(digits) else "type"


def _umask(_: Expression, word: str) -> str:
    return "" if word and _UMASK.issuperset(word.split("|")) else "enum"


TESTS: dict[str, Callable[[Expression, str], str]] = {
    "abspath": _abspath,
    "anyint": _anyint,
    "bool": _bool,
    "dec": _dec,
    "email": _compact,
    "enum": _enum,
    "fwmark": _fwmark,
    "group": _compact,
    "hex": _hex,
    "hexbytes": _hexbytes,
    "hexpattern": _hexpattern,
    "hmackey": _hmackey,
    "host": _compact,
    "ifname": _ifname,
    "int": _int,
    "ip": _ip,
    "ip4": _ip4,
    "ip6": _ip6,
    "ipmask": _ipmask,
    "iprange": _iprange,
    "mac": _mac,
    "mcast": _multicast(4, 16),
    "mcast4": _multicast(4),
    "mcast6": _multicast(16),
    "name": _name,
    "nocase": _nocase,
    "path": _path,
    "port": _port,
    "port0": _port0,
    "prefix": _prefix,
    "process": _path,
    "range": _range,
    "regex": _word,
    "script": _path,
    "secret": _secret,
    "span": _span,
    "umask": _umask,
    "user": _compact,
    "word": _word,
}
