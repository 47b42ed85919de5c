"""What a rule's target does to a packet: the verdict that ends its way through the table, or what it changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from lvscompile.ir.netfilter import Net, Target
from lvscompile.ir.path.packet import Packet, numeric

# These end the way through a table.
ACCEPT, DROP, REJECT, QUEUE = "ACCEPT", "DROP", "REJECT", "QUEUE"
REDIRECT, DNAT, SNAT, MASQUERADE = "REDIRECT", "DNAT", "SNAT", "MASQUERADE"
TAKEN = "TAKEN"  # by something that answers or keeps the packet itself
UNKNOWN = "UNKNOWN"
PASSES = frozenset({ACCEPT, REDIRECT, DNAT, SNAT, MASQUERADE})

# They look at the packet, note it down, or change what nobody asks for later.
HARMLESS = frozenset(
    {
        "AUDIT", "CHECKSUM", "CLASSIFY", "CONNSECMARK", "ECN", "HL", "IDLETIMER", "LED", "LOG", "NFLOG", "RATEEST",
        "SECMARK", "SET", "TCPMSS", "TCPOPTSTRIP", "TEE", "TRACE", "TTL", "ULOG", "ACCOUNT", "LOGMARK",
    }
)  # fmt: skip
_ENDS = {
    "REJECT": REJECT, "NFQUEUE": QUEUE, "QUEUE": QUEUE, "TPROXY": TAKEN, "TARPIT": TAKEN, "CHAOS": TAKEN,
    "DELUDE": TAKEN, "SYNPROXY": TAKEN, "STEAL": DROP, "MIRROR": TAKEN,
}  # fmt: skip
U32 = 0xFFFFFFFF


class Effect(NamedTuple):
    """A verdict, or "" where the packet goes on to the next rule; the packet afterwards; what was done, in words."""

    verdict: str
    packet: Packet
    what: str = ""


def effect(target: Target, packet: Packet, chain: str, primary: Callable[[str | None], str]) -> Effect:
    """What an extension does. `chain` is the built-in one that the packet is in, `primary` tells the first address of
    an interface, "" where it is not known.
    """
    name = target.name
    if name in HARMLESS:
        return Effect("", packet)
    if name in _ENDS:
        with_what = target.value("reject-with")
        return Effect(_ENDS[name], packet, f"REJECT with {with_what}" if with_what else name)
    if not target.known or name not in _REWRITERS:
        return Effect(UNKNOWN, packet, name)
    return _REWRITERS[name](target, packet, chain, primary)


def _numbers(value: object) -> tuple[int, int] | None:
    return (value[0], value[1]) if isinstance(value, tuple) else None


def _written(mark: int | None, value: tuple[int, int]) -> int | None:
    """A mark with the bits of a mask cleared, and a value exclusive-ored."""
    if value[1] & U32 == U32:
        return value[0]
    return None if mark is None else (mark & ~value[1] & U32) ^ value[0]


def _mark(target: Target, packet: Packet, chain: str, primary: Callable[[str | None], str]) -> Effect:
    value = _numbers(target.value("set-xmark"))
    mark = None if value is None else _written(packet.mark, value)
    return Effect("", packet._replace(mark=mark), f"mark {_shown(mark)}")


def _shown(mark: int | None) -> str:
    return "not known" if mark is None else f"{mark:#x}"


def _connmark(target: Target, packet: Packet, chain: str, primary: Callable[[str | None], str]) -> Effect:
    if packet.state in ("INVALID", "UNTRACKED"):
        return Effect("", packet)
    value = _numbers(target.value("set-xmark"))
    if value is not None:
        return Effect("", packet._replace(connmark=_written(packet.connmark, value)))
    shifted = target.value("left-shift-mark") or target.value("right-shift-mark")
    nfmask, ctmask = target.value("nfmask"), target.value("ctmask")
    usable = not shifted and isinstance(nfmask, int) and isinstance(ctmask, int)
    if target.option("save-mark"):
        saved = _copied(packet.mark, nfmask, packet.connmark, ctmask) if usable else None  # type: ignore[arg-type]
        return Effect("", packet._replace(connmark=saved))
    mark = _copied(packet.connmark, ctmask, packet.mark, nfmask) if usable else None  # type: ignore[arg-type]
    return Effect("", packet._replace(mark=mark), f"mark {_shown(mark)} of its connection")


def _copied(source: int | None, source_mask: int, over: int | None, over_mask: int) -> int | None:
    """A mark with bits of another one in the place of some of its own."""
    if source is None or (over is None and over_mask != U32):
        return None
    return ((over or 0) & ~over_mask & U32) ^ (source & source_mask)


def _hmark(target: Target, packet: Packet, chain: str, primary: Callable[[str | None], str]) -> Effect:
    return Effect("", packet._replace(mark=None), "mark not known")


def _tos(target: Target, packet: Packet, chain: str, primary: Callable[[str | None], str]) -> Effect:
    value = _numbers(target.value("set-tos"))
    tos = None if value is None or packet.tos is None else (packet.tos & ~value[1] & 0xFF) ^ value[0]
    return Effect("", packet._replace(tos=tos), "TOS not known" if tos is None else f"TOS {tos:#04x}")


def _dscp(target: Target, packet: Packet, chain: str, primary: Callable[[str | None], str]) -> Effect:
    value = target.value("set-dscp")
    tos = (packet.tos or 0) & 3 | value << 2 if isinstance(value, int) else None
    return Effect("", packet._replace(tos=tos), f"DSCP {value:#04x}" if isinstance(value, int) else "DSCP not known")


def _ct(target: Target, packet: Packet, chain: str, primary: Callable[[str | None], str]) -> Effect:
    if target.name == "NOTRACK" or target.option("notrack"):
        return Effect("", packet._replace(state="UNTRACKED"), "not tracked")
    return Effect("", packet)


# -- translation of addresses


def _rewritten(packet: Packet, **ends: Any) -> Packet:
    """The packet with other ends, which remembers those it had first."""
    return packet._replace(original=packet.ends, **ends)


def _range(value: object) -> tuple[str, str, int, int, int]:
    return value if isinstance(value, tuple) else ("", "", 0, 0, 0)


def _one(low: int, high: int, port: int | None) -> int | None:
    """The port that a range of ports gives: of several, nobody knows which."""
    return port if not low else low if low == high else port if port is not None and low <= port <= high else None


def _end(address: str, port: int | None) -> str:
    shown = address or "an address that is not known"
    return shown if port is None else f"{shown}:{port}"


def _dnat(target: Target, packet: Packet, chain: str, primary: Callable[[str | None], str]) -> Effect:
    options = [option for option in target.options if option.name == "to-destination"]
    first, last, low, high, base = _range(options[0].value if options else None)
    address = packet.destination if not first else first if first == last and len(options) == 1 else ""
    port = None if base else _one(low, high, packet.dport)
    after = _rewritten(packet, destination=address, dport=port, statuses=packet.statuses | {"DNAT"})
    return Effect(DNAT, after, f"DNAT to {_end(address, port)}")


def _redirect(target: Target, packet: Packet, chain: str, primary: Callable[[str | None], str]) -> Effect:
    # What the host sends itself is redirected to the loopback address.
    loopback = "127.0.0.1" if packet.family == 4 else "::1"
    address = loopback if chain == "OUTPUT" else primary(packet.in_interface)
    low, high = _numbers(target.value("to-ports")) or (0, 0)
    port = _one(low, high, packet.dport)
    after = _rewritten(packet, destination=address, dport=port, statuses=packet.statuses | {"DNAT"})
    return Effect(REDIRECT, after, f"REDIRECT to {_end(address or 'an address of this host', port)}")


def _snat(target: Target, packet: Packet, chain: str, primary: Callable[[str | None], str]) -> Effect:
    options = [option for option in target.options if option.name == "to-source"]
    first, last, low, high, _ = _range(options[0].value if options else None)
    address = packet.source if not first else first if first == last and len(options) == 1 else ""
    port = _one(low, high, packet.sport)
    after = _rewritten(packet, source=address, sport=port, statuses=packet.statuses | {"SNAT"})
    return Effect(SNAT, after, f"SNAT to {_end(address, port)}")


def _masquerade(target: Target, packet: Packet, chain: str, primary: Callable[[str | None], str]) -> Effect:
    address = primary(packet.out_interface)
    after = _rewritten(packet, source=address, sport=None, statuses=packet.statuses | {"SNAT"})
    return Effect(MASQUERADE, after, f"MASQUERADE as {address or 'an address of this host'}")


def _netmap(target: Target, packet: Packet, chain: str, primary: Callable[[str | None], str]) -> Effect:
    value = target.value("to")
    backwards = chain in ("POSTROUTING", "INPUT")
    mapped = _mapped(packet.source if backwards else packet.destination, value) if isinstance(value, Net) else ""
    if backwards:
        return Effect(SNAT, _rewritten(packet, source=mapped, statuses=packet.statuses | {"SNAT"}), f"SNAT to {mapped}")
    return Effect(
        DNAT, _rewritten(packet, destination=mapped, statuses=packet.statuses | {"DNAT"}), f"DNAT to {mapped}"
    )


def _mapped(address: str, net: Net) -> str:
    """The address of another network at the same place."""
    mine, base = numeric(address), numeric(net.address)
    if mine is None or base is None or net.mask or ":" in address:
        return ""
    hosts = (1 << 32 - net.prefix) - 1
    return ".".join(str(octet) for octet in ((base | mine & hosts).to_bytes(4, "big")))


_Rewriter = Callable[[Target, Packet, str, Callable[[str | None], str]], Effect]
_REWRITERS: Mapping[str, _Rewriter] = {
    "MARK": _mark,
    "CONNMARK": _connmark,
    "HMARK": _hmark,
    "TOS": _tos,
    "DSCP": _dscp,
    "CT": _ct,
    "NOTRACK": _ct,
    "DNAT": _dnat,
    "REDIRECT": _redirect,
    "SNAT": _snat,
    "MASQUERADE": _masquerade,
    "NETMAP": _netmap,
}
