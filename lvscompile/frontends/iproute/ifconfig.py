"""The command `ifconfig` of net-tools."""

from __future__ import annotations

from collections.abc import Sequence

from lvscompile.frontends.iproute.words import Fail, address
from lvscompile.frontends.ipvsadm.addresses import inet_aton, leading_number
from lvscompile.ir.core import Origin
from lvscompile.ir.host import HostCommand, Misuse, Steps

_FAMILIES = frozenset(["inet", "inet6", "unix", "ax25", "netrom", "rose", "ipx", "ddp", "ec", "ash", "x25"])
_FLAGS = {
    "up": "up", "down": "down", "arp": "arp", "-arp": "-arp", "-broadcast": "-broadcast",
    "-pointopoint": "-pointopoint",
    "-dstaddr": "-pointopoint",
}  # fmt: skip
_SILENT = frozenset(
    [
        "promisc",
        "-promisc",
        "allmulti",
        "-allmulti",
        "multicast",
        "-multicast",
        "trailers",
        "-trailers",
        "dynamic",
        "-dynamic",
    ]
)
_WITH_ADDRESS = {"netmask": "netmask", "pointopoint": "pointopoint", "dstaddr": "pointopoint", "broadcast": "broadcast"}
_WITH_VALUE = frozenset(
    ["metric", "mtu", "txqueuelen", "keepalive", "outfill", "tunnel", "mem_start", "io_addr", "irq", "media"]
)
_USAGE = "Usage:\n  ifconfig [-a] [-v] [-s] <interface> [[<AF>] <address>]"


def parse(words: Sequence[str], origin: Origin) -> HostCommand | Misuse:
    """Read the words behind `ifconfig`."""
    at = 0
    while at < len(words) and words[at] in ("-a", "-s", "-v", "--help", "--version", "-V", "-h", "-?"):
        at += 1
    if at >= len(words) or (at and words[at - 1] in ("--help", "--version", "-V", "-h", "-?")):
        return HostCommand("ifconfig", "show", "show")
    if words[at].startswith("-"):
        return Misuse("ifconfig", 1, f"ifconfig: option `{words[at]}' not recognised.", at)
    name = words[at]
    if at + 1 >= len(words):
        return HostCommand("ifconfig", "show", "show")
    try:
        steps = _steps(list(words), at + 1)
    except Fail as fail:
        return Misuse("ifconfig", fail.status, fail.message, fail.word, fail.unresolved)
    return HostCommand("ifconfig", "ifconfig", "set", Steps(name, tuple(steps), origin), {"device": at})


def _steps(words: list[str], at: int) -> list[tuple[str, str, int]]:
    steps: list[tuple[str, str, int]] = []
    family = "inet"
    if words[at] in _FAMILIES:
        family = words[at]
        at += 1
    while at < len(words):
        word = words[at]
        if word in _FLAGS:
            # `broadcast` and `pointopoint` without an address only set a flag.
            steps.append((_FLAGS[word], "", at))
        elif word in _SILENT:
            pass
        elif word in _WITH_ADDRESS:
            at = _option_address(words, at, steps)
        elif word in _WITH_VALUE:
            value = _value(words, at)
            steps.append((word, value, at + 1))
            at += 1
        elif word == "hw":
            if at + 2 >= len(words):
                raise Fail(1, _USAGE, at)
            steps.append(("hw", words[at + 2], at + 2))
            at += 2
        elif word in ("add", "del"):
            value = _value(words, at)
            host, slash, length = value.partition("/")
            if slash and ":" in host and not _is_length6(length):
                raise Fail(3, _USAGE, at + 1)
            steps.append((word, value, at + 1))
            at += 1
        else:
            _address(word, at, family, steps)
        at += 1
    return steps


def _is_length6(text: str) -> bool:
    """What atol(3) makes of it counts."""
    return 0 <= leading_number(text) <= 128


def _option_address(words: list[str], at: int, steps: list[tuple[str, str, int]]) -> int:
    word = words[at]
    if word in ("broadcast", "pointopoint", "dstaddr") and (at + 1 >= len(words) or not words[at + 1][:1].isdigit()):
        return at
    text = _value(words, at)
    found = inet_aton(text)
    if text == "default":
        found = "0.0.0.0"
    if found is None:
        raise Fail(1, f"{text}: {_unknown(text)}", at + 1, text)
    steps.append((_WITH_ADDRESS[word], found, at + 1))
    return at + 1


def _unknown(text: str) -> str:
    return "Unknown host" if text[:1].isdigit() else "Host name lookup failure"


def _value(words: list[str], at: int) -> str:
    if at + 1 >= len(words):
        raise Fail(1, _USAGE, at)
    return words[at + 1]


def _address(word: str, at: int, family: str, steps: list[tuple[str, str, int]]) -> None:
    host, slash, length = word.partition("/")
    if family == "inet6" or ":" in word:
        if address(host, 6) is None:
            raise Fail(1, f"{host}: {_unknown(host)}", at, host)
        if slash and not _is_length6(length):
            raise Fail(1, f"getaddrinfo: {word}: -2", at)
        steps.append(("add", word, at))
        return
    found = inet_aton(host)
    if host == "default":
        found = "0.0.0.0"
    if found is None:
        raise Fail(1, f"{host}: {_unknown(host)}\nifconfig: `--help' gives usage information.", at, host)
    steps.append(("address", found, at))
    if slash and length.isascii() and length.isdigit() and int(length) <= 32:
        steps.append(("length", length, at))
