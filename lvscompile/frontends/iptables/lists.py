"""Values that are lists and names: states, ports, flags, types, rates, times."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from lvscompile.frontends.iptables.addresses import address
from lvscompile.frontends.iptables.numbers import number, within
from lvscompile.frontends.iptables.refusal import Fail
from lvscompile.frontends.iptables.values import Context, Read, Reader, bad_value, service
from lvscompile.syntax.iptables import names
from lvscompile.syntax.iptables.options import Option
from lvscompile.syntax.iptables.words import bare

TCP_ALL = "FIN,SYN,RST,PSH,ACK,URG"
SCALE = 10000
_DAY = 24 * 60 * 60
UNITS = (("day", _DAY), ("hour", 3600), ("min", 60), ("sec", 1))
_UNIT_NAMES = (("second", 1), ("minute", 60), ("hour", 3600), ("day", _DAY))


def _chosen(text: str, known: Sequence[str], message: str) -> tuple[str, ...]:
    """Words by their beginnings, in any case; in the order in which they are known."""
    found = set()
    for part in text.split(","):
        wanted = part.upper()
        name = next((name for name in known if part and name.startswith(wanted)), None)
        if name is None:
            raise Fail(message.format(part))
        found.add(name)
    return tuple(name for name in known if name in found)


def _states(text: str, option: Option, context: Context) -> Read:
    if not text:
        raise Fail(f'"--{option.written}" requires a list of states with no spaces, e.g. ESTABLISHED,RELATED')
    known = names.STATES if option.written == "ctstate" else names.STATES[:5]
    found = _chosen(text, known, 'Bad state "{}"' if option.written == "state" else 'Bad ctstate "{}"')
    return found, ",".join(found)


def _statuses(text: str, option: Option, context: Context) -> Read:
    known = ("NONE", *names.STATUSES)
    found = _chosen(text, known, 'Bad ctstatus "{}"')
    rest = tuple(name for name in found if name != "NONE")
    return rest, ",".join(rest) or "NONE"


def _direction(text: str, option: Option, context: Context) -> Read:
    value = text.upper()
    if value not in ("ORIGINAL", "REPLY"):
        raise Fail(f'conntrack: Bad value for "--ctdir" option: "{text}"')
    return value, value


def _port_list(text: str, option: Option, context: Context) -> Read:
    found: list[tuple[int, int]] = []
    for part in text.split(","):
        first, colon, last = part.partition(":")
        low = service(first, context.protocol)
        high = service(last, context.protocol) if colon else low
        if colon and low >= high:
            raise Fail("invalid portrange specified")
        found.append((low, high))
    if sum(1 if low == high else 2 for low, high in found) > 15:
        raise Fail("too many ports specified")
    return tuple(found), ",".join(str(low) if low == high else f"{low}:{high}" for low, high in found)


def _flag_bits(text: str) -> int:
    bits = 0
    for part in text.split(","):
        name = part.upper()
        if name == "ALL":
            bits |= 63
        elif name in names.TCP_FLAGS:
            bits |= names.TCP_FLAGS[name]
        elif name != "NONE":
            raise Fail(f"Unknown TCP flag `{part}'")
    return bits


def show_flags(bits: int) -> str:
    return ",".join(name for name, bit in names.TCP_FLAGS.items() if bits & bit) or "NONE"


def _flags(text: str, option: Option, context: Context) -> Read:
    """Two words: which flags are looked at, and which of them are set."""
    mask, _, value = text.partition("\0")
    bits = _flag_bits(mask), _flag_bits(value)
    return bits, f"{show_flags(bits[0])} {show_flags(bits[1])}"


def _chunks(text: str, option: Option, context: Context) -> Read:
    how, _, what = text.partition("\0")
    if how.lower() not in ("any", "all", "only"):
        raise Fail(f'--chunk-types requires two args: "{how}"')
    if what.upper() in ("ALL", "NONE"):
        return (how.lower(), (what.upper(),)), f"{how.lower()} {what.upper()}"
    order = sorted(names.CHUNKS, key=names.CHUNKS.__getitem__)
    parts = {}
    for part in what.split(","):
        name, colon, flags = part.partition(":")
        if name.upper() not in names.CHUNKS:
            raise Fail(f"Unknown sctp chunk `{name}'")
        parts[name.upper()] = f"{name.upper()}{colon}{flags}"
    found = tuple(parts[name] for name in order if name in parts)
    return (how.lower(), found), f"{how.lower()} {','.join(found)}"


def _icmp(text: str, option: Option, context: Context) -> Read:
    """Type, lowest and highest code."""
    known = names.ICMP if context.family == 4 else names.ICMP6
    title = "ICMP" if context.family == 4 else "ICMPv6"
    wanted = text.casefold()
    fitting = [name for name in known if name.casefold().startswith(wanted)] if text else []
    exact = [name for name in fitting if len(name) == len(text)]
    if not exact and len(fitting) > 1:
        raise Fail(f"Ambiguous {title} type `{text}': `{fitting[0]}' or `{fitting[1]}'?")
    if fitting:
        kind, low, high = known[(exact or fitting)[0]]
    else:
        first, slash, second = text.partition("/")
        number_, code = within(first, 0, 255), within(second, 0, 255) if slash else None
        if number_ is None or (slash and code is None):
            raise Fail(f"Unknown {title} {'code' if number_ is not None else 'type'} `{text}'")
        kind, low, high = (number_, 0, 255) if code is None else (number_, code, code)
    if kind == 255 and context.family == 4:
        return (255, 0, 255), "any"
    return (kind, low, high), f"{kind}" if (low, high) == (0, 255) else f"{kind}/{low}"


def rate_of(text: str) -> tuple[int, int] | None:
    """Events and the seconds of the unit, from `5/minute`."""
    count, slash, unit = text.partition("/")
    match = re.match(r"[0-9]{1,9}", count)
    if match is None or int(match.group()) == 0:
        return None
    if not slash:
        return int(match.group()), 1
    seconds = next((s for name, s in _UNIT_NAMES if unit and name.startswith(unit.lower())), None)
    return (int(match.group()), seconds) if seconds else None


def show_rate(period: int, scale: int) -> str:
    """The rate of one event in `period` parts of a second, in the smallest unit that says it well."""
    name, seconds = UNITS[0]
    for smaller, length in UNITS[1:]:
        whole = length * scale
        if period > whole or whole // period < whole % period:
            break
        name, seconds = smaller, length
    return f"{seconds * scale // period}/{name}"


def _rate(text: str, option: Option, context: Context) -> Read:
    """One event in so many ten-thousandths of a second."""
    found = rate_of(text)
    if found is None:
        raise Fail(f'bad rate "{text}"\'')
    count, seconds = found
    period = SCALE * seconds // count
    if period == 0:
        raise Fail(f'Rate too fast "{text}"')
    return period, show_rate(period, SCALE)


def _range(text: str, option: Option, context: Context) -> Read:
    first, _, last = text.partition("-")
    low = address(first, context.family)
    high = address(last, context.family) if last else low
    if low is None or high is None:
        raise Fail(f'iprange: Bad value for "--{option.written}" option: "{text}"')
    return (low, high), f"{low}-{high}"


def _address_types(text: str, option: Option, context: Context) -> Read:
    value = _chosen(text, names.ADDRESS_TYPES, 'addrtype: bad type "{}"')
    return value, ",".join(value)


def _packet_type(text: str, option: Option, context: Context) -> Read:
    wanted = text.lower()
    name = next((name for name in names.PACKET_TYPES if text and name.startswith(wanted)), None)
    if name is None:
        raise Fail(f"Bad packet type '{text}'")
    return names.PACKET_TYPES[name], names.PACKET_TYPES[name]


def _dccp_types(text: str, option: Option, context: Context) -> Read:
    found = {part.upper() for part in text.split(",")}
    unknown = found - set(names.DCCP_TYPES)
    if unknown:
        raise Fail(f"Unknown DCCP type `{min(unknown)}'")
    value = tuple(name for name in names.DCCP_TYPES if name in found)
    return value, ",".join(value)


def _hash_mode(text: str, option: Option, context: Context) -> Read:
    found = set(text.lower().split(","))
    if not found <= set(names.HASH_MODES):
        raise Fail(f'hashlimit: Bad value for "--hashlimit-mode" option: "{text}"')
    value = tuple(name for name in names.HASH_MODES if name in found)
    return value, ",".join(value)


def _one_of(*known: str) -> Reader:
    def read(text: str, option: Option, context: Context) -> Read:
        if text not in known:
            raise bad_value(option, context, ", ".join(known))
        return text, text

    return read


def _clock(text: str, option: Option, context: Context) -> Read:
    match = re.fullmatch(r"(\d{1,2}):(\d{1,2})(?::(\d{1,2}))?", text, re.ASCII)
    parts = [int(part or 0) for part in match.groups()] if match else [99]
    if match is None or parts[0] > 23 or parts[1] > 59 or parts[2] > 59:
        raise Fail(f'time: Bad value for "--{option.written}" option: "{text}"')
    return parts[0] * 3600 + parts[1] * 60 + parts[2], "{:02}:{:02}:{:02}".format(*parts)


_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2})(?:T(\d{1,2})(?::(\d{1,2})(?::(\d{1,2}))?)?)?)?)?", re.ASCII)


def _date(text: str, option: Option, context: Context) -> Read:
    match = _DATE.fullmatch(text)
    if match is None:
        raise Fail(f'time: Bad value for "--{option.written}" option: "{text}"')
    year, month, day, *clock = (int(part) if part else None for part in match.groups())
    value = f"{year:04}-{month or 1:02}-{day or 1:02}T{clock[0] or 0:02}:{clock[1] or 0:02}:{clock[2] or 0:02}"
    return value, value


def _weekdays(text: str, option: Option, context: Context) -> Read:
    found = set()
    for part in text.split(","):
        day = number(part)
        name = next((name for name in names.WEEKDAYS if name[:2] == part[:2]), None)
        if day is not None and 1 <= day <= 7:
            name = names.WEEKDAYS[day - 1]
        if name is None:
            raise Fail(f"{part} is not a valid day specifier")
        found.add(name)
    value = tuple(name for name in names.WEEKDAYS if name in found)
    return value, ",".join(value)


def _month_days(text: str, option: Option, context: Context) -> Read:
    days = [within(part, 1, 31) for part in text.split(",")]
    if None in days:
        raise Fail(f'"{text}" is not a valid day of a month')
    value = tuple(sorted({day for day in days if day is not None}))
    return value, ",".join(map(str, value))


def _set(text: str, option: Option, context: Context) -> Read:
    """Two words: the name of a set, and what of the packet is looked up in it."""
    name, _, directions = text.partition("\0")
    parts = tuple(directions.split(","))
    if not 1 <= len(parts) <= 6 or not set(parts) <= {"src", "dst"}:
        raise Fail(f"You must spefify (the comma separated list of) 'src' or 'dst': `{directions}'")
    return (name, parts), f"{bare(name)} {directions}"


READERS: Mapping[str, Reader] = {
    "states": _states,
    "statuses": _statuses,
    "ctdir": _direction,
    "portlist": _port_list,
    "flags": _flags,
    "chunks": _chunks,
    "icmp": _icmp,
    "rate": _rate,
    "range": _range,
    "addrtypes": _address_types,
    "pkttype": _packet_type,
    "dccptypes": _dccp_types,
    "hashmode": _hash_mode,
    "mode": _one_of("random", "nth"),
    "bytesdir": _one_of("original", "reply", "both"),
    "bytesmode": _one_of("packets", "bytes", "avgpkt"),
    "audit": _one_of("accept", "drop", "reject"),
    "clock": _clock,
    "date": _date,
    "weekdays": _weekdays,
    "monthdays": _month_days,
    "set": _set,
}
