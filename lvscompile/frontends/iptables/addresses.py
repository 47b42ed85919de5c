"""Addresses with masks as iptables reads and prints them. Not inet_aton: `10.1` is 10.1.0.0 here."""

from __future__ import annotations

# The C module alone: `socket` on top of it costs five milliseconds of start-up.
from _socket import AF_INET, AF_INET6, inet_ntop, inet_pton

from lvscompile.frontends.iptables.numbers import number, within
from lvscompile.frontends.iptables.refusal import Fail
from lvscompile.ir.netfilter import Net

_ALL = {4: (1 << 32) - 1, 6: (1 << 128) - 1}
_BITS = {4: 32, 6: 128}
_AF = {4: AF_INET, 6: AF_INET6}
_LOCALHOST = {4: "127.0.0.1", 6: "::1"}
_memo: dict[tuple[str, int], Net] = {}
_MEMO_LIMIT = 100_000


def packed(text: str, family: int) -> int | None:
    """The number of an address, None where the text is none."""
    if family == 4:
        parts = text.split(".")
        if len(parts) > 4:
            return None
        value = 0
        for part in parts:
            byte = within(part, 0, 255)
            if byte is None:
                return None
            value = value << 8 | byte
        return value << 8 * (4 - len(parts))
    try:
        return int.from_bytes(inet_pton(AF_INET6, text), "big")
    except (OSError, ValueError):
        return None


def unpacked(value: int, family: int) -> str:
    return inet_ntop(_AF[family], value.to_bytes(_BITS[family] // 8, "big"))


def address(text: str, family: int) -> str | None:
    """The canonical form of an address without a mask, all of its parts given."""
    value = packed(text, family) if family == 6 or text.count(".") == 3 else None
    return None if value is None else unpacked(value, family)


def net(text: str, family: int) -> Net:
    """`ADDRESS[/MASK]`, with its host bits cleared. A host's name stays a name."""
    known = _memo.get((text, family))
    if known is None:
        if len(_memo) >= _MEMO_LIMIT:
            _memo.clear()
        known = _memo[text, family] = _net(text, family)
    return known


LENGTHS = {str(length): length for length in range(33)}


def _net(text: str, family: int) -> Net:
    host, slash, tail = text.partition("/")
    length = LENGTHS.get(tail)
    if family == 4 and length is not None:
        # As iptables-save writes it: what inet_pton(3) takes has no leading zeros and no missing parts.
        try:
            plain = int.from_bytes(inet_pton(AF_INET, host), "big")
        except (OSError, ValueError):
            pass
        else:
            if not plain & _ALL[4] >> length:
                return Net(host, length)
    mask = _mask(tail, family) if slash else _ALL[family]
    value = packed(host, family)
    if value is None:
        if host == "localhost":
            value = packed(_LOCALHOST[family], family)
        else:
            raise Fail(
                f"host/network `{host}' not found", 2, host if host[:1].isalnum() and not _is_digits(host) else ""
            )
    assert value is not None
    return _made(value & mask, mask, family)


def _is_digits(host: str) -> bool:
    return not host.strip("0123456789.") or ":" in host


def _made(value: int, mask: int, family: int) -> Net:
    prefix = prefix_of(mask, family)
    if prefix is None:
        return Net(unpacked(value, family), bin(mask).count("1"), unpacked(mask, family))
    return Net(unpacked(value, family), prefix)


def prefix_of(mask: int, family: int) -> int | None:
    """The length of a mask without holes."""
    low = mask ^ _ALL[family]
    return None if low & low + 1 else _BITS[family] - low.bit_length()


def _mask(text: str, family: int) -> int:
    length = number(text)
    if length is not None and length <= _BITS[family]:
        return _ALL[family] ^ _ALL[family] >> length
    full = text.count(".") == 3 if family == 4 else True
    value = packed(text, family) if full else None
    if value is None:
        raise Fail(f"invalid mask `{text}' specified")
    return value


def exact_net(text: str, family: int) -> Net:
    """`ADDRESS[/MASK]` as it is: some options keep the host bits."""
    host, slash, _ = text.partition("/")
    found = net(text, family)
    value = packed(host, family)
    return found if value is None or not slash else found._replace(address=unpacked(value, family))
