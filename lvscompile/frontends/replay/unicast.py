"""Which addresses the kernel takes for a destination, as far as the address alone tells.

An address of the host itself is taken too, and the broadcast address of one of its networks is not: both need the
host's addresses.
"""

from __future__ import annotations

from _socket import AF_INET6, inet_pton

_MAPPED = b"\0" * 10 + b"\xff\xff"


def is_unicast(family: int, address: str) -> bool:
    """False for multicast, for all zeros, for the IPv4 broadcast, for link-local and mapped IPv6 addresses."""
    if family == 4:
        first = int(address.partition(".")[0])
        return not 224 <= first < 240 and address not in ("0.0.0.0", "255.255.255.255")
    packed = inet_pton(AF_INET6, address)
    if packed[0] == 0xFF or (packed[0] == 0xFE and packed[1] & 0xC0 == 0x80):
        return False
    return any(packed) and not packed.startswith(_MAPPED)
