"""IP addresses as text: validity and canonical form, as inet_pton(3) sees them."""

from __future__ import annotations

# The C module alone: `socket` on top of it costs five milliseconds of start-up.
from _socket import AF_INET, AF_INET6, inet_ntop, inet_pton

_memo: dict[str, tuple[int, str] | None] = {}


def canonical(text: str) -> tuple[int, str] | None:
    """Family (4 or 6) and canonical text of an address without mask; None when it is none."""
    if text in _memo:
        return _memo[text]
    family = AF_INET6 if ":" in text else AF_INET
    try:
        result = (6 if family == AF_INET6 else 4, inet_ntop(family, inet_pton(family, text)))
    except (OSError, ValueError, UnicodeError):
        result = None
    if len(_memo) < 200_000:
        _memo[text] = result
    return result


def split_mask(text: str) -> tuple[int, str, int | None] | None:
    """Family, canonical address and prefix length of `ADDRESS[/LENGTH]`; None when it is none."""
    address, slash, length = text.partition("/")
    found = canonical(address)
    if found is None:
        return None
    if not slash:
        return (*found, None)
    if not (length.isascii() and length.isdigit()):
        return None
    return (*found, int(length))


def network(address: str, prefix: int) -> bytes:
    """The network part of an address, as bytes with the host bits cleared."""
    family = AF_INET6 if ":" in address else AF_INET
    packed = inet_pton(family, address)
    bits = len(packed) * 8
    mask = ((1 << bits) - 1) ^ ((1 << max(bits - prefix, 0)) - 1)
    return (int.from_bytes(packed, "big") & mask).to_bytes(len(packed), "big")
