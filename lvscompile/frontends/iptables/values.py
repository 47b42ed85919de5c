"""The values of options, kind by kind: the typed value, and the text that iptables-save prints for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from lvscompile.frontends.iptables.addresses import address, exact_net, unpacked
from lvscompile.frontends.iptables.numbers import leading, number, within
from lvscompile.frontends.iptables.refusal import Fail
from lvscompile.syntax.iptables.names import DSCP_CLASSES, LOG_LEVELS, TOS, protocol_name, protocol_number
from lvscompile.syntax.iptables.options import Option
from lvscompile.syntax.iptables.words import bare, in_quotes, quoted
from lvscompile.syntax.port_names import port_named

U8, U16, U32, U64 = 0xFF, 0xFFFF, 0xFFFFFFFF, (1 << 64) - 1
_BITS = {4: 32, 6: 128}


class Context(NamedTuple):
    """What the meaning of a value may depend on."""

    extension: str
    family: int
    protocol: int


Read = tuple[object, str]
Reader = Callable[[str, Option, Context], Read]


def bad_value(option: Option, context: Context, bounds: str) -> Fail:
    return Fail(f'{context.extension}: bad value for option "--{option.written}", or out of range ({bounds}).')


def _integer(top: int, shown: str = "{}") -> Reader:
    def read(text: str, option: Option, context: Context) -> Read:
        low, high = option.low or 0, option.high or top
        value = within(text, low, high)
        if value is None:
            raise bad_value(option, context, f"{low}-{high}")
        return value, shown.format(value)

    return read


def _range(top: int) -> Reader:
    def read(text: str, option: Option, context: Context) -> Read:
        high = option.high or top
        first, colon, last = text.partition(":")
        low = within(first, 0, high) if first else (0 if colon else None)
        upper = low if not colon else (within(last, 0, high) if last else top)
        if low is None or upper is None:
            raise bad_value(option, context, f"0-{high}")
        return (low, upper), f"{low}" if low == upper else f"{low}:{upper}"

    return read


def _nothing(text: str, option: Option, context: Context) -> Read:
    return None, ""


def _double(text: str, option: Option, context: Context) -> Read:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    high = option.high or 1
    if not 0 <= value <= high:
        raise bad_value(option, context, f"0-{high}")
    return value, text


def limited(text: str, option: Option) -> str:
    """A text that is not too short, cut where iptables cuts it."""
    if option.low and len(text) < option.low:
        raise Fail(f"Argument must have a minimum length of {option.low} characters")
    if option.high is None:
        return text
    octets = text.encode("utf-8", "surrogateescape")
    return text if len(octets) <= option.high else octets[: option.high].decode("utf-8", "surrogateescape")


def _text(text: str, option: Option, context: Context) -> Read:
    value = limited(text, option)
    return value, quoted(value)


def _word(text: str, option: Option, context: Context) -> Read:
    value = limited(text, option)
    return value, bare(value)


def _quoted(text: str, option: Option, context: Context) -> Read:
    return text, in_quotes(text)


def mark_value(text: str, option: Option, context: Context) -> tuple[int, int]:
    """`VALUE[/MASK]` of 32 bits each."""
    first, slash, second = text.partition("/")
    value, mask = within(first, 0, U32), within(second, 0, U32) if slash else U32
    if value is None or mask is None:
        raise Fail(f'{context.extension}: bad integer value for option "--{option.written}", or out of range.')
    return value, mask


def _mark(text: str, option: Option, context: Context) -> Read:
    value, mask = mark_value(text, option, context)
    return (value, mask), f"0x{value:x}" if mask == U32 else f"0x{value:x}/0x{mask:x}"


def _tos(text: str, option: Option, context: Context) -> Read:
    first, slash, second = text.partition("/")
    value = number(first)
    if value is None:
        found = next((TOS[name] for name in TOS if name.casefold() == text.casefold()), None)
        if found is None:
            raise Fail(f'Symbolic name "{text}" is unknown')
        value, mask = found, 0x3F
    else:
        mask = (within(second, 0, U8) if slash else U8) or 0
        if value > U8 or (slash and within(second, 0, U8) is None):
            raise bad_value(option, context, "0-255")
    return (value, mask), f"0x{value:02x}/0x{mask:02x}"


def _level(text: str, option: Option, context: Context) -> Read:
    value = within(text, 0, 7)
    if value is None:
        value = LOG_LEVELS.get(text.lower())
    if value is None:
        raise Fail(f'log level "{text}" unknown')
    return value, str(value)


def _host(text: str, option: Option, context: Context) -> Read:
    found = address(text, context.family)
    if found is None:
        raise Fail(f'host "{text}" not found', 2, text if text[:1].isalpha() else "")
    return found, found


def _net(text: str, option: Option, context: Context) -> Read:
    found = exact_net(text, context.family)
    full = found.prefix == _BITS[context.family] and not found.mask
    return found, found.address if full else str(found)


def _protocol(text: str, option: Option, context: Context) -> Read:
    value = within(text, 0, U8)
    if value is None:
        value = protocol_number(text.lower())
    if value is None:
        raise Fail(f'Protocol "{text}" not found', 2, text)
    return value, str(value)


def _protocol_name(text: str, option: Option, context: Context) -> Read:
    value, _ = _protocol(text, option, context)
    assert isinstance(value, int)
    return value, protocol_name(value)


_PROTOCOLS = {6: "TCP", 17: "UDP", 132: "SCTP"}


def service(text: str, protocol: int, message: str = "") -> int:
    """A port by number or by name."""
    value = within(text, 0, U16)
    if value is None:
        value = port_named(text, _PROTOCOLS.get(protocol, "TCP"))
    if value is None:
        raise Fail(message or f"invalid port/service `{text}' specified", 2, "" if text.isdigit() else text)
    return value


def any_service(text: str, message: str) -> int:
    """A port by the name that it has with whichever protocol."""
    named = next((port for protocol in ("TCP", "UDP", "SCTP") if (port := port_named(text, protocol))), None)
    if named is None:
        raise Fail(message, 2, text if text[:1].isalpha() else "")
    return named


def _resolved(text: str, context: Context) -> int:
    """As getaddrinfo(3) takes a port: numbers that are too large are cut to sixteen bits."""
    if text.isdigit() and text.isascii() and len(text) < 10:
        return int(text) & U16
    return any_service(text, f'Port "{text}" does not resolve to anything.')


def _port(text: str, option: Option, context: Context) -> Read:
    value = _resolved(text, context)
    return value, str(value)


def _ports(text: str, option: Option, context: Context) -> Read:
    first, colon, last = text.partition(":")
    low = _resolved(first, context) if first or not colon else 0
    high = low if not colon else (_resolved(last, context) if last else U16)
    return (low, high), f"{low}" if low == high else f"{low}:{high}"


def _tcp_ports(text: str, option: Option, context: Context) -> Read:
    # Names are those of the match's protocol, whatever the rule's is.
    own = 132 if context.extension == "sctp" else 6
    first, colon, last = text.partition(":")
    low = service(first, own) if first or not colon else 0
    high = low if not colon else (service(last, own) if last else U16)
    if low > high:
        raise Fail("invalid portrange (min > max)")
    return (low, high), f"{low}" if low == high else f"{low}:{high}"


def _length(text: str, option: Option, context: Context) -> Read:
    high = _BITS[context.family]
    value = within(text, 0, high)
    if value is None:
        raise bad_value(option, context, f"0-{high}")
    return value, str(value)


def _lengths(text: str, option: Option, context: Context) -> Read:
    value = within(text, 0, _BITS[context.family])
    if value is not None:
        return value, str(value)
    found = address(text, context.family)
    if found is None:
        raise bad_value(option, context, f"0-{_BITS[context.family]}")
    return found, found


def _mac(text: str, option: Option, context: Context) -> Read:
    parts = text.split(":")
    if len(parts) != 6 or not all(0 < len(part) < 3 and set(part) <= set("0123456789abcdefABCDEF") for part in parts):
        raise Fail("Invalid MAC address specified.")
    value = ":".join(part.rjust(2, "0").lower() for part in parts)
    return value, value


def _group(text: str, option: Option, context: Context) -> Read:
    """`VALUE[/MASK]`, in hexadecimal. Names are those of a file under /etc/iproute2."""
    first, slash, second = text.partition("/")
    value, mask = number(first), number(second) if slash else U32
    if value is None or mask is None:
        raise Fail(f'{context.extension}: bad value for option "--{option.written}"', 2, text)
    return (value, mask), f"0x{value:x}" if mask == U32 else f"0x{value:x}/0x{mask:x}"


def _class(text: str, option: Option, context: Context) -> Read:
    """`MAJOR:MINOR` in hexadecimal."""
    major, colon, minor = text.partition(":")
    try:
        value = (int(major or "", 16), int(minor or "", 16))
    except ValueError:
        value = (-1, 0)
    if not colon or not all(0 <= part <= U16 for part in value):
        raise Fail(f'Bad class value "{text}"')
    return value, f"{value[0]:04x}:{value[1]:04x}"


def _dscp_class(text: str, option: Option, context: Context) -> Read:
    value = DSCP_CLASSES.get(text.upper())
    if value is None:
        raise Fail(f"Invalid DSCP value `{text}'")
    return value, f"0x{value:02x}"


def _user(text: str, option: Option, context: Context) -> Read:
    """A user or group by number, a range of them; of names only root is the same everywhere."""
    if text == "root":
        return (0, 0), "0"
    first = leading(text)
    if first is None:
        raise Fail(f'owner: Bad value for "--{option.written}" option: "{text}"', 2, text)
    low, rest = first
    high: int | None = low
    if rest:
        high = within(rest[1:], 0, U32 - 1) if rest[0] == "-" else None
    if high is None or low > U32 - 1 or high < low:
        raise Fail(f'owner: Bad value for "--{option.written}" option: "{text}"')
    return (low, high), f"{low}" if low == high else f"{low}-{high}"


READERS: Mapping[str, Reader] = {
    "none": _nothing,
    "u8": _integer(U8),
    "u16": _integer(U16),
    "u32": _integer(U32),
    "u64": _integer(U64),
    "u8x": _integer(U8, "0x{:02x}"),
    "u32h": _integer(U32, "0x{:x}"),
    "u32x": _integer(U32, "0x{:08x}"),
    "option": _integer(U8),
    "u8:": _range(U8),
    "u16:": _range(U16),
    "u32:": _range(U32),
    "u64:": _range(U64),
    "double": _double,
    "text": _text,
    "word": _word,
    "quoted": _quoted,
    "mark": _mark,
    "tos": _tos,
    "level": _level,
    "host": _host,
    "net": _net,
    "protocol": _protocol,
    "protoname": _protocol_name,
    "port": _port,
    "ports": _ports,
    "tcpports": _tcp_ports,
    "length": _length,
    "lengths": _lengths,
    "mac": _mac,
    "group": _group,
    "class": _class,
    "dscpclass": _dscp_class,
    "user": _user,
}


def mask_of(length: int, family: int) -> str:
    """The mask of a prefix length, as an address."""
    bits = _BITS[family]
    every = (1 << bits) - 1
    return unpacked(every ^ every >> length, family)
