"""Words of iproute2's command lines: abbreviations, addresses, prefixes and numbers as it reads them."""

from __future__ import annotations

import re

# The C module alone: `socket` on top of it costs five milliseconds of start-up.
from _socket import AF_INET, AF_INET6, inet_ntop, inet_pton
from typing import NamedTuple

GARBAGE = 255  # the status of most misuse
INVALID = 1
ANY = ("default", "any", "all")
_NUMBER = re.compile(r"[ \t]*\+?(?:0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)", re.ASCII)
_OCTET = re.compile(r"0[xX][0-9a-fA-F]{1,8}|0[0-7]{0,9}|[1-9][0-9]{0,9}", re.ASCII)
_FAMILY_NAMES = {0: "any valid", 4: "inet", 6: "inet6"}
U32 = 2**32 - 1


class Fail(Exception):
    """What the tool prints when it gives up, its status, and the word at fault."""

    def __init__(self, status: int, message: str, word: int | None = None, unresolved: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.word = word
        self.unresolved = unresolved


class Prefix(NamedTuple):
    """An address with the length of its network. `length` is None where none is written; `family` 0 for `default`."""

    family: int
    address: str
    length: int | None


def short_for(word: str, full: str) -> bool:
    """Whether a word stands for a keyword: any beginning of it does."""
    return bool(word) and full.startswith(word)


def first_of(word: str, keywords: tuple[str, ...]) -> str:
    """The first keyword of a list that a word can stand for; "" for none."""
    return next((full for full in keywords if short_for(word, full)), "")


def whole(text: str, limit: int = U32) -> int | None:
    """A number, decimal, octal or hexadecimal as strtoul(3) with base 0 reads it; None where it is none or too big."""
    if not _NUMBER.fullmatch(text) or len(text) > 40:
        return None
    text = text.strip().lstrip("+")
    value = int(text, 16) if text[:2] in ("0x", "0X") else int(text, 8 if text[0] == "0" and len(text) > 1 else 10)
    return value if value <= limit else None


def decimal(text: str, limit: int = U32) -> int | None:
    """A number in decimal digits; None where it is none or too big."""
    value = int(text) if len(text) <= 10 and text.isascii() and text.isdigit() else None
    return value if value is not None and value <= limit else None


def address(text: str, family: int = 0) -> tuple[int, str] | None:
    """Family and canonical text of an address; `10.1` is 10.1.0.0, `010.0.0.1` is 8.0.0.1."""
    if ":" in text:
        if family == 4:
            return None
        try:
            return 6, inet_ntop(AF_INET6, inet_pton(AF_INET6, text))
        except (OSError, ValueError):
            return None
    if family == 6:
        return None
    parts = text.split(".")
    if len(parts) > 4 or not all(_OCTET.fullmatch(part) for part in parts):
        return None
    octets = [whole(part) for part in parts]
    if any(octet is None or octet > 255 for octet in octets):
        return None
    values = [octet or 0 for octet in octets] + [0] * (4 - len(octets))
    return 4, ".".join(map(str, values))


def prefix(text: str, family: int = 0) -> Prefix | None:
    """`ADDRESS[/LENGTH]`, `ADDRESS/MASK`, or a word for everything."""
    if text in ANY:
        return Prefix(family, "", 0)
    host, slash, mask = text.partition("/")
    found = address(host, family)
    if found is None:
        return None
    if not slash:
        return Prefix(*found, None)
    length = whole(mask)
    if length is None and found[0] == 4:
        length = mask_length(mask)
    if length is None or length > (32 if found[0] == 4 else 128):
        return None
    return Prefix(*found, length)


def mask_length(text: str) -> int | None:
    """The length of a dotted netmask whose ones stand in front; None for anything else."""
    found = address(text, 4)
    if found is None:
        return None
    bits = int.from_bytes(inet_pton(AF_INET, found[1]), "big")
    inverse = ~bits & U32
    return None if inverse & (inverse + 1) else 32 - inverse.bit_length()


def need_prefix(text: str, family: int, word: int) -> Prefix:
    found = prefix(text, family)
    if found is None:
        raise Fail(INVALID, f'Error: {_FAMILY_NAMES[family]} prefix is expected rather than "{text}".', word)
    return found


def need_address(text: str, family: int, word: int) -> tuple[int, str]:
    """An address without length. A word for everything is the address of zeros."""
    if text in ANY:
        return (6, "::") if family == 6 else (4, "0.0.0.0")
    found = address(text, family)
    if found is None:
        raise Fail(INVALID, f'Error: {_FAMILY_NAMES[family]} address is expected rather than "{text}".', word)
    return found


def netmask(length: int) -> str:
    """The dotted form of a length."""
    return inet_ntop(AF_INET, (U32 ^ (U32 >> length)).to_bytes(4, "big"))


def masked(text: str, length: int) -> str:
    """The network of an address."""
    family = AF_INET6 if ":" in text else AF_INET
    packed = inet_pton(family, text)
    bits = len(packed) * 8
    value = int.from_bytes(packed, "big") >> (bits - length) << (bits - length)
    return inet_ntop(family, value.to_bytes(len(packed), "big"))


def broadcast_of(text: str, length: int) -> str:
    """The last address of an IPv4 network."""
    value = int.from_bytes(inet_pton(AF_INET, text), "big") | (U32 >> length)
    return inet_ntop(AF_INET, value.to_bytes(4, "big"))


def within(text: str, network: str) -> bool:
    """Whether an address lies in `ADDRESS/LENGTH`."""
    base, _, length = network.rpartition("/")
    return (":" in text) == (":" in base) and masked(text, int(length)) == masked(base, int(length))


class Reader:
    """The words of a command, one after the other."""

    def __init__(self, words: list[str], at: int) -> None:
        self.words = words
        self.at = at

    @property
    def left(self) -> bool:
        return self.at < len(self.words)

    @property
    def word(self) -> str:
        return self.words[self.at]

    def value(self) -> str:
        """Step to the word behind an option: there must be one."""
        self.at += 1
        if self.at >= len(self.words):
            raise Fail(GARBAGE, 'Command line is not complete. Try option "help"', self.at - 1)
        return self.words[self.at]
