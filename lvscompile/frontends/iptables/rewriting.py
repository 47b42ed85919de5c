"""Values of targets that rewrite or refuse packets: NAT ranges, ports, REJECT's answers, CT's events."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from lvscompile.frontends.iptables.addresses import address
from lvscompile.frontends.iptables.numbers import within
from lvscompile.frontends.iptables.refusal import Fail
from lvscompile.frontends.iptables.values import Context, Read, Reader, any_service
from lvscompile.syntax.iptables import names
from lvscompile.syntax.iptables.options import Option

# Protocols with ports: TCP, UDP, SCTP, DCCP; NAT counts ICMP among them.
WITH_PORTS = frozenset({1, 6, 17, 33, 132})


class NatRange(NamedTuple):
    """Where NAT sends packets: addresses from `first` to `last` ("" keeps the address), ports from `low` to `high` (0
    keeps the port), counted from `base` in DNAT with a shift.
    """

    first: str = ""
    last: str = ""
    low: int = 0
    high: int = 0
    base: int = 0


def _need_ports(context: Context) -> None:
    if context.protocol not in WITH_PORTS:
        raise Fail("Need TCP, UDP, SCTP or DCCP with port specification")


_V6 = re.compile(r"\[([^\]]*)\](?::(.*))?|([^\[\]]*)", re.DOTALL)


def _nat(text: str, option: Option, context: Context) -> Read:
    if context.family == 4:
        where, colon, ports = text.partition(":")
    else:
        match = _V6.fullmatch(text)
        if match is None:
            raise Fail(f'Bad IP address "{text}"')
        bracketed, inside, plain = match.groups()
        if bracketed is not None:
            # The brackets may hold both ends, or one each.
            where, ports, colon = bracketed, inside or "", ":" if inside is not None else ""
        else:
            # Without brackets the colons are the address's own, but for one at the very beginning.
            alone = plain[:1] == ":" and plain[1:2] != ":"
            where, ports, colon = ("", plain[1:], ":") if alone else (plain, "", "")
    low = high = base = 0
    shown = ""
    if colon:
        _need_ports(context)
        low, high, base, shown = _nat_ports(ports, option.written == "to-destination")
    if not where:
        if not colon:
            raise Fail(f'Bad IP address "{text}"')
        return NatRange("", "", low, high, base), f":{shown}"
    first, dash, last = where.partition("-")
    start, end = address(first, context.family), address(last, context.family) if dash else None
    if start is None or (dash and end is None):
        raise Fail(f'Bad IP address "{last if start is not None else first}"')
    span = f"{start}-{end}" if end is not None and end != start else start
    if colon and context.family == 6:
        span = f"[{span}]"
    return NatRange(start, end or start, low, high, base), f"{span}:{shown}" if colon else span


def _port(text: str) -> int:
    value = within(text, 0, 65535)
    return any_service(text, f"Port `{text}' not valid") if value is None else value


def _nat_ports(text: str, shifted: bool) -> tuple[int, int, int, str]:
    span, slash, base = text.partition("/")
    first, dash, last = span.partition("-")
    low = _port(first)
    high = _port(last) if dash else low
    if high < low:
        raise Fail(f"Port range `{last}' funky")
    if slash and not shifted:
        raise Fail(f"Garbage after port value: `/{base}'")
    start = within(base, 0, 65535) if slash else 0
    if start is None:
        raise Fail(f"Port `{base}' not valid")
    shown = f"{low}-{high}" if high != low else f"{low}"
    return low, high, start, f"{shown}/{start}" if slash else shown


def _nat_only_ports(text: str, option: Option, context: Context) -> Read:
    """`PORT[-PORT]` of MASQUERADE and REDIRECT."""
    _need_ports(context)
    first, dash, last = text.partition("-")
    low = _port(first)
    high = _port(last) if dash else low
    if high < low:
        raise Fail(f"Port range `{last}' funky")
    return (low, high), f"{low}" if low == high else f"{low}-{high}"


def _reject(text: str, option: Option, context: Context) -> Read:
    wanted = text.lower()
    for name, short in names.REJECT[context.family].items():
        if wanted and (name.startswith(wanted) or short.startswith(wanted)):
            return name, name
    raise Fail(f'unknown reject type "{text}"')


def _events(text: str, option: Option, context: Context) -> Read:
    known = names.CT_EVENTS if option.written == "ctevents" else ("new",)
    found = set(text.split(","))
    if not found <= set(known):
        raise Fail(f'Unknown event type "{text}"')
    value = tuple(name for name in known if name in found)
    return value, ",".join(value)


def _zone(text: str, option: Option, context: Context) -> Read:
    if text == "mark":
        return text, text
    value = within(text, 0, 65535)
    if value is None:
        raise Fail(f"Cannot parse {text} as a zone ID")
    return value, str(value)


READERS: Mapping[str, Reader] = {
    "nat": _nat,
    "natports": _nat_only_ports,
    "reject": _reject,
    "ctevents": _events,
    "zone": _zone,
}
