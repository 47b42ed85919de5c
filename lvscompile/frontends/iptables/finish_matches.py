"""What a match makes of its options once all are read: defaults that are saved, others that are not, synonyms."""

from __future__ import annotations

import re
from collections.abc import Mapping

from lvscompile.frontends.iptables.found import Finish, Found, default, dscp_class, hide, put
from lvscompile.frontends.iptables.lists import SCALE, rate_of, show_flags, show_rate
from lvscompile.frontends.iptables.refusal import Fail
from lvscompile.frontends.iptables.values import U32, U64, Context, mask_of
from lvscompile.syntax.iptables.names import WEEKDAYS
from lvscompile.syntax.iptables.words import in_quotes

SYN = (0x17, 0x02)
WORST_DATE = "2038-01-19T03:14:07"


def _tcp(found: Found, context: Context) -> None:
    flags = found.get("tcp-flags")
    if flags and flags.value is None:
        put(found, "tcp-flags", SYN, f"{show_flags(SYN[0])} {show_flags(SYN[1])}", flags.negated)
    flags = found.get("tcp-flags")
    if flags and isinstance(flags.value, tuple) and not flags.value[0] and not flags.negated:
        # Without a flag to look at it is no condition.
        del found["tcp-flags"]
    _ports(found, context)


def _ports(found: Found, context: Context) -> None:
    """All ports are no condition, whatever stands before them."""
    hide(found, "sport", (0, 65535))
    hide(found, "dport", (0, 65535))


def _spi(found: Found, context: Context) -> None:
    for name in ("ahspi", "espspi", "ipcompspi"):
        hide(found, name, (0, U32))
    if "ahlen" in found and not found["ahlen"].negated:
        hide(found, "ahlen", 0)


def _multiport(found: Found, context: Context) -> None:
    if context.protocol not in (6, 17, 136, 132, 33):
        raise Fail("multiport needs `-p tcp', `-p udp', `-p udplite', `-p sctp' or `-p dccp'")


def _limit(found: Found, context: Context) -> None:
    period = SCALE * 3600 // 3
    default(found, "limit", period, show_rate(period, SCALE))
    hide(found, "limit-burst", 5)


def _connlimit(found: Found, context: Context) -> None:
    for name, other in (("connlimit-upto", "connlimit-above"), ("connlimit-above", "connlimit-upto")):
        if name in found and found[name].negated:
            found[other] = found.pop(name)._replace(name=other, negated=False)
            break
    bits = 32 if context.family == 4 else 128
    default(found, "connlimit-mask", bits, str(bits))
    if "connlimit-daddr" not in found:
        default(found, "connlimit-saddr", None, "")


def _recent(found: Found, context: Context) -> None:
    hide(found, "hitcount", 0)
    default(found, "name", "DEFAULT", "DEFAULT")
    full = mask_of(32 if context.family == 4 else 128, context.family)
    default(found, "mask", full, full)
    sides = [name for name in found if name in ("rsource", "rdest")]
    for name in sides[:-1]:
        del found[name]
    if "rdest" not in found:
        default(found, "rsource", None, "")


def _statistic(found: Found, context: Context) -> None:
    probability = found.get("probability")
    if probability:
        assert isinstance(probability.value, float)
        stored = round(0x80000000 * probability.value)
        found["probability"] = probability._replace(value=stored / 0x80000000, text=f"{stored / 0x80000000:.11f}")
    mode = found["mode"].value
    if mode == "random" and not probability:
        raise Fail("--probability must be specified when using random mode")
    if mode == "nth" and "every" not in found:
        raise Fail("--every must be specified when using nth mode")
    if "packet" in found and "every" in found:
        packet, every = found["packet"].value, found["every"].value
        assert isinstance(packet, int)
        assert isinstance(every, int)
        if packet >= every:
            raise Fail("the --packet p must be 0 <= p <= n-1")


def _string(found: Found, context: Context) -> None:
    _rename_hex(found)
    if "string" not in found:
        raise Fail("STRING match: You must specify `--string' or `--hex-string'")
    hide(found, "from", 0)
    hide(found, "to", 65535)
    pattern = found["string"]
    assert isinstance(pattern.value, str)
    data = pattern.value.encode("utf-8", "surrogateescape")
    if any(not 32 <= octet < 127 for octet in data):
        coded = "".join(f"{octet:02x}" for octet in data)
        del found["string"]
        put(found, "hex-string", pattern.value, f'"|{coded}|"', pattern.negated)


def _rename_hex(found: Found) -> None:
    given = found.pop("hex-string", None)
    if given is None:
        return
    assert isinstance(given.value, str)
    parts = given.value.split("|")
    try:
        data = b"".join(
            bytes.fromhex(part) if index % 2 else part.encode("utf-8", "surrogateescape")
            for index, part in enumerate(parts)
        )
    except ValueError:
        data = b""
    if len(parts) % 2 == 0 or not data:
        raise Fail("STRING: Invalid hex string")
    text = data.decode("utf-8", "surrogateescape")
    put(found, "string", text, in_quotes(text), given.negated)


def _time(found: Found, context: Context) -> None:
    for name, days in (("weekdays", WEEKDAYS), ("monthdays", tuple(range(1, 32)))):
        given = found.get(name)
        if given and given.negated:
            assert isinstance(given.value, tuple)
            rest = tuple(day for day in days if day not in given.value)
            put(found, name, rest, ",".join(map(str, rest)))
        hide(found, name, days)
    start, stop = found.get("timestart"), found.get("timestop")
    if "contiguous" in found and (start.value if start else 0) < (stop.value if stop else 86399):  # type: ignore[operator]
        raise Fail("time: --contiguous only makes sense when stoptime is smaller than starttime")
    if (start.value if start else 0, stop.value if stop else 86399) == (0, 86399):
        found.pop("timestart", None)
        found.pop("timestop", None)
    else:
        default(found, "timestart", 0, "00:00:00")
        default(found, "timestop", 86399, "23:59:59")
    default(found, "datestop", WORST_DATE, WORST_DATE)
    found.pop("utc", None)
    if "localtz" in found:
        found["kerneltz"] = found.pop("localtz")._replace(name="kerneltz")


def _owner(found: Found, context: Context) -> None:
    names = list(found)
    if "suppl-groups" in found and "gid-owner" not in names[: names.index("suppl-groups")]:
        raise Fail('owner: Bad value for "--suppl-groups" option: "you need to use --gid-owner first"')


def _connbytes(found: Found, context: Context) -> None:
    option = found["connbytes"]
    assert isinstance(option.value, tuple)
    low, high = option.value
    # One number is the lower end.
    high = U64 if ":" not in option.text else high
    found["connbytes"] = option._replace(value=(low, high), text=f"{low}" if high == U64 else f"{low}:{high}")


def _cluster(found: Found, context: Context) -> None:
    local = found.pop("cluster-local-node", None)
    if local is None and "cluster-local-nodemask" not in found:
        raise Fail("cluster match: `--cluster-local-node' or`--cluster-local-nodemask' is missing")
    total = found["cluster-total-nodes"].value
    assert isinstance(total, int)
    if local is None:
        mask = found["cluster-local-nodemask"].value
        assert isinstance(mask, int)
        if mask >= 1 << total:
            raise Fail("cluster match: `--cluster-local-nodemask' too big for `--cluster-total-nodes'")
    else:
        assert isinstance(local.value, int)
        if local.value > total:
            raise Fail("cluster match: `--cluster-local-node' must be <= `--cluster-total-nodes'")
        mask = 1 << local.value - 1
        put(found, "cluster-local-nodemask", mask, f"0x{mask:08x}", local.negated)


_U32_NUMBER = re.compile(r"0[xX][0-9a-fA-F]+|[0-9]+")


def _u32_number(text: str) -> int:
    """As strtoul(3) reads it: what is too large is the largest there is."""
    return int(text, _base(text)) & U32 if len(text) <= 24 else U32


def _u32(found: Found, context: Context) -> None:
    option = found["u32"]
    assert isinstance(option.value, str)
    text = _U32_NUMBER.sub(lambda match: f"0x{_u32_number(match.group()):x}", option.value)
    text = re.sub(r"[ \t\n]|(?<=[=,])(0x[0-9a-f]+):\1(?![0-9a-f])", lambda match: match.group(1) or "", text)
    found["u32"] = option._replace(text=f'"{text.replace("&&", "&&")}"')


def _base(text: str) -> int:
    return 16 if text[:2] in ("0x", "0X") else 8 if text[0] == "0" and not set(text) & {"8", "9"} else 10


HASH_SCALE = 1000000
_BYTES = re.compile(r"(\d{1,9})([kmg]?)b/s", re.ASCII | re.IGNORECASE)
_UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}


def hash_rate(text: str) -> tuple[int, str] | None:
    """Packets: a period; bytes a second: a negative number. With what is printed for it."""
    octets = _BYTES.fullmatch(text)
    if octets:
        stated = int(octets.group(1)) * _UNITS[octets.group(2).lower()]
        steps = stated >> 4
        if not 0 < steps < U32:
            return None
        kept = (U32 // (U32 // (steps + 1)) - 1) << 4
        unit = next(name for name in ("m", "k", "") if kept >= _UNITS[name])
        return -kept, f"{kept // _UNITS[unit]}{unit}b/s"
    found = rate_of(text)
    if found is None or HASH_SCALE * found[1] // found[0] == 0:
        return None
    period = HASH_SCALE * found[1] // found[0]
    return period, show_rate(period, HASH_SCALE)


def _hashlimit(found: Found, context: Context) -> None:
    for name, other in (("hashlimit-upto", "hashlimit-above"), ("hashlimit-above", "hashlimit-upto")):
        if name in found and found[name].negated:
            found[other] = found.pop(name)._replace(name=other, negated=False)
            break
    rate = next(found[name] for name in ("hashlimit-upto", "hashlimit-above") if name in found)
    assert isinstance(rate.value, int)
    if rate.value > 0:
        default(found, "hashlimit-burst", 5, "5")
    bits = 32 if context.family == 4 else 128
    for name, value in (
        ("hashlimit-htable-size", 0), ("hashlimit-htable-max", 0), ("hashlimit-htable-gcinterval", 1000),
        ("hashlimit-htable-expire", 10000), ("hashlimit-srcmask", bits), ("hashlimit-dstmask", bits),
    ):  # fmt: skip
        hide(found, name, value)


MATCHES: Mapping[str, Finish] = {
    "tcp": _tcp,
    "udp": _ports,
    "esp": _spi,
    "ah": _spi,
    "multiport": _multiport,
    "limit": _limit,
    "dscp": dscp_class,
    "connlimit": _connlimit,
    "recent": _recent,
    "statistic": _statistic,
    "string": _string,
    "time": _time,
    "connbytes": _connbytes,
    "cluster": _cluster,
    "owner": _owner,
    "u32": _u32,
    "hashlimit": _hashlimit,
}
