"""The types of single words in plain English, for messages and documentation."""

from __future__ import annotations

from lvscompile.syntax.keepalived.values import TRUTH

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Expression = tuple[Any, ...]

_UNITS = {"": "", "s": " of seconds", "ms": " of milliseconds", "us": " of microseconds", "B": " of bytes"}

_NOUNS = {
    "abspath": "an absolute path",
    "email": "an e-mail address",
    "fwmark": "a firewall mark, or a mark and a mask with / between",
    "group": "a group of the system",
    "hexbytes": "bytes in hexadecimal",
    "hexpattern": "bytes in hexadecimal, with X for any digit",
    "hmackey": "a key of 32 to 64 bytes, plain, as hex:DIGITS or as file:PATH",
    "host": "a host name or address",
    "ifname": "an interface name of at most 15 characters",
    "ip": "an IPv4 or IPv6 address",
    "ip4": "an IPv4 address",
    "ip6": "an IPv6 address",
    "ipmask": "an IPv4 or IPv6 address with or without /length",
    "iprange": "an address, a range such as 10.0.0.1-9, or a network without host bits",
    "mac": "a MAC address",
    "mcast": "a multicast address",
    "mcast4": "an IPv4 multicast address",
    "mcast6": "an IPv6 multicast address",
    "name": "a name",
    "path": "a path",
    "port": "a port number from 1 to 65535",
    "port0": "a port number from 0 to 65535",
    "prefix": "an address or network, or default",
    "process": "a program to look for",
    "regex": "a regular expression",
    "script": "a command with its arguments as one quoted word",
    "umask": "permission bits such as IRGRP joined with |",
    "user": "a user of the system",
    "word": "a word",
}


def one_of(words: tuple[str, ...] | list[str]) -> str:
    """``a, b or c``."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def noun(expression: Expression) -> str:
    """What a single word must be: "a whole number from 1 to 255"."""
    kind = expression[0]
    if kind in ("int", "anyint"):
        also = ", also in hexadecimal or octal" if kind == "anyint" else ""
        return f"a whole number{_UNITS[expression[3]]} from {expression[1]} to {expression[2]}{also}"
    if kind == "dec":
        low, high = (f"{bound:.6f}".rstrip("0").rstrip(".") for bound in expression[1:3])
        return f"a number{_UNITS[expression[3]]} from {low} to {high} with at most {expression[4]} decimals"
    if kind == "range":
        return f"a number from {expression[1]} to {expression[2]}, or two with - between"
    if kind == "span":
        return f"two numbers from {expression[1]} to {expression[2]} with - between"
    if kind == "secret":
        return f"a secret of {expression[1]} to {expression[2]} bytes"
    if kind == "hex":
        return f"{expression[1]} hexadecimal digits"
    if kind == "word" and len(expression) > 1:
        return f"a word of at most {expression[1]} characters"
    if kind == "once":  # made up by the matcher for an option that is repeated
        return f"{expression[1]} only once"
    choices = choices_of(expression)
    return one_of(choices) if choices else _NOUNS[kind]


def choices_of(expression: Expression) -> tuple[str, ...]:
    """The words that an enumeration, a boolean or a literal accepts; empty for open types."""
    kind = expression[0]
    if kind in ("enum", "nocase"):
        choices: tuple[str, ...] = expression[1]
        return choices
    if kind == "lit":
        return (expression[1],)
    return TRUTH if kind == "bool" else ()
