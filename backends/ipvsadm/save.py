"""The table as `ipvsadm -Sn` of version 1.31 prints it, byte for byte.

It compares addresses as signed differences of 32 bits, so that 10.0.0.1 may stand behind 192.168.0.1, and sorts with
the C library's merge sort. Where the differences make no order, what comes out depends on what went in: newest
destinations first; services in the order of the kernel's hash, which nobody can know.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TypeVar

from lvscompile.backends.ipvsadm.emit import METHODS, service_words
from lvscompile.ir.addresses import network
from lvscompile.ir.ipvs import Destination, Service, Table

T = TypeVar("T")
Key = tuple[int, ...]

_PROTOCOLS = {"TCP": 6, "UDP": 17, "SCTP": 132, "FWM": 0}
_FAMILIES = {4: 2, 6: 10}


def save(table: Table) -> str:
    """What `ipvsadm -Sn` prints: without thresholds, timeouts, daemons, and the mask of what is not persistent."""
    lines: list[str] = []
    for service in merge_sort(table.services, _service_key):
        lines.append(" ".join(("-A", *_service(service))))
        naming = " ".join(service_words_printed(service))
        # Only the words of the address count where both families meet.
        for destination in merge_sort(service.destinations, _destination_key):
            lines.append(f"-a {naming} -r {destination.title} {' '.join(_destination(destination))}")
    return "".join(f"{line}\n" for line in lines)


def service_words_printed(service: Service) -> tuple[str, ...]:
    """The options that name a service; marks above 2^31-1 are printed as numbers below zero."""
    words = service_words(service)
    if service.fwmark >= 1 << 31:
        return words[0], str(service.fwmark - (1 << 32)), *words[2:]
    return words


def _service(service: Service) -> Iterator[str]:
    yield from service_words_printed(service)
    yield from ("-s", service.scheduler)
    if service.persistence is not None:
        yield from ("-p", str(service.persistence))
        if service.netmask:
            yield from ("-M", service.netmask)
    if service.engine:
        yield from ("--pe", service.engine)
    if service.one_packet:
        yield "-o"
    if service.flags:
        # Nothing stands behind it where the flag means nothing to the scheduler.
        yield from ("-b", ",".join(service.flag_names))


def _destination(destination: Destination) -> Iterator[str]:
    yield from (METHODS[destination.method], "-w", str(destination.weight))
    if destination.method == "TUN":
        kind, port, checksum = destination.tunnel
        yield from ("--tun-type", kind)
        if kind == "gue":
            yield from ("--tun-port", str(port))
        if kind != "ipip":
            yield f"--tun-{checksum}"


def _service_key(service: Service) -> Key:
    protocol = _PROTOCOLS[service.protocol]
    address = _words(service.address) if service.address else ()
    return service.fwmark, _FAMILIES[service.family], protocol, *address, service.port


def _destination_key(destination: Destination) -> Key:
    # The first of two decides whether one word of the address is compared, or four.
    words = _words(destination.address)
    return destination.family, *words, *(0,) * (4 - len(words)), destination.port


def _words(address: str) -> tuple[int, ...]:
    packed = network(address, 128)
    return tuple(int.from_bytes(packed[at : at + 4], "big") for at in range(0, len(packed), 4))


def _wrapped(first: int, second: int) -> int:
    """first - second as a signed number of 32 bits."""
    return (first - second + (1 << 31)) % (1 << 32) - (1 << 31)


def _compare(first: Key, second: Key) -> int:
    for one, other in zip(first, second, strict=False):
        if one != other:
            return _wrapped(one, other)
    return 0


def _compare_destinations(first: Key, second: Key) -> int:
    count = 4 if first[0] == 6 else 1
    for one, other in zip(first[1 : 1 + count], second[1 : 1 + count], strict=True):
        if one != other:
            return _wrapped(one, other)
    return first[-1] - second[-1]


def merge_sort(items: Sequence[T], key: Callable[[T], Key]) -> list[T]:
    """What the C library's qsort makes of them, by ipvsadm's comparison."""
    keyed = [(key(item), item) for item in items]
    compare = _compare_destinations if keyed and isinstance(keyed[0][1], Destination) else _compare
    return [item for _, item in _merged(keyed, partial(_first_wins, compare))]


def _first_wins(compare: Callable[[Key, Key], int], first: tuple[Key, T], second: tuple[Key, T]) -> bool:
    return compare(first[0], second[0]) <= 0


def _merged(items: list[tuple[Key, T]], wins: Callable[[tuple[Key, T], tuple[Key, T]], bool]) -> list[tuple[Key, T]]:
    if len(items) < 2:
        return items
    middle = len(items) // 2
    left, right = _merged(items[:middle], wins), _merged(items[middle:], wins)
    merged: list[tuple[Key, T]] = []
    one = other = 0
    while one < len(left) and other < len(right):
        if wins(left[one], right[other]):
            merged.append(left[one])
            one += 1
        else:
            merged.append(right[other])
            other += 1
    return merged + left[one:] + right[other:]
