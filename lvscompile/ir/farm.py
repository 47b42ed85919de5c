"""Which hosts of a site are real servers of which services, and how hosts are attached to their networks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from lvscompile.ir.addresses import canonical, network
from lvscompile.ir.host import HostAddress
from lvscompile.ir.ipvs import Destination, Service
from lvscompile.ir.machine import Machine
from lvscompile.ir.roles import own_addresses
from lvscompile.ir.site import REAL_SERVER, Director

# Interfaces by which nobody asks for an address.
_QUIET = ("lo", "dummy", "tunl", "ip6tnl", "ipip", "gre", "sit", "ip6gre", "fou", "tun", "ppp", "wg")
_PASSED_ON = frozenset({"DR", "TUN"})


class Served(NamedTuple):
    """A host that takes packets of a service. `destination` is None where only the service's address tells so: which
    one of its servers the host is, is not known then.
    """

    host: Director
    director: Director
    service: Service
    destination: Destination | None
    method: str

    @property
    def address(self) -> str:
        """The host's own address, "" where it is not known."""
        return self.destination.address if self.destination is not None else ""


def farm(hosts: Sequence[Director], services: Callable[[Director], Iterable[Service]]) -> tuple[Served, ...]:
    """All hosts that other hosts among them balance to, in the order of the hosts.

    A host is known by its own addresses. One that tells none of those a director balances to is known by the address
    of a service that it takes packets for, where all the servers of that service are reached in the same way.
    """
    by_address: dict[str, list[tuple[Director, Service, Destination]]] = {}
    by_service: dict[str, list[tuple[Director, Service]]] = {}
    for director in hosts:
        for service in services(director):
            if service.address:
                by_service.setdefault(service.address, []).append((director, service))
            for destination in service.destinations:
                by_address.setdefault(destination.address, []).append((director, service, destination))
    found: list[Served] = []
    for host in hosts:
        if host.machine is None:
            continue
        known = [
            Served(host, director, service, destination, destination.method)
            for address in sorted(own_addresses(host))
            for director, service, destination in by_address.get(address, ())
            if director is not host
        ]
        if not known and host.role == REAL_SERVER:
            known = [
                each for address in sorted(taken(host.machine)) for each in _taking(host, by_service.get(address, ()))
            ]
        found += known
    return tuple(found)


def _taking(host: Director, services: Sequence[tuple[Director, Service]]) -> Iterator[Served]:
    """A host that takes packets for the address of some services."""
    methods = {destination.method for _, service in services for destination in service.destinations}
    if len(methods) == 1 and methods <= _PASSED_ON:
        yield from (
            Served(host, director, service, None, next(iter(methods)))
            for director, service in services
            if director is not host
        )


def taken(machine: Machine) -> frozenset[str]:
    """The addresses that a host is set up to take packets for: on its interfaces, by REDIRECT, by a local route."""
    written = [own.address for own in machine.facts.addresses]
    written += [route.destination.partition("/")[0] for route in machine.facts.routes if route.kind == "local"]
    for ruleset in machine.filters:
        for table, _, each in ruleset.rules():
            spec = each.readable
            if table.name != "nat" or spec is None or spec.destination is None or spec.target is None:
                continue
            if spec.target.name in ("REDIRECT", "DNAT") and not spec.destination.negated:
                written.append(spec.destination.net.address)
    return frozenset(found[1] for text in written if (found := canonical(text)))


def is_wire(device: str) -> bool:
    """Whether neighbours may ask for an address on this interface."""
    return not device.startswith(_QUIET)


def on_network(addresses: tuple[HostAddress, ...], target: str) -> str:
    """The interface in whose network an address lies, by the host's other addresses; "" where none is."""
    family = 6 if ":" in target else 4
    for prefix, networks in _networks(addresses, family) if target else ():
        for own in networks.get(network(target, prefix), ()):
            if own.address != target:
                return own.device
    return ""


def one_network(addresses: tuple[HostAddress, ...], one: str, other: str) -> bool:
    """Whether two addresses lie in one of a host's networks."""
    for prefix, networks in _networks(addresses, 6 if ":" in one else 4):
        if (bits := network(one, prefix)) in networks and bits == network(other, prefix):
            return True
    return False


@lru_cache(maxsize=64)
def _networks(addresses: tuple[HostAddress, ...], family: int) -> list[tuple[int, dict[bytes, list[HostAddress]]]]:
    """The networks that a host's wires are in, the narrowest first: there may be thousands of addresses."""
    found: dict[int, dict[bytes, list[HostAddress]]] = {}
    for own in addresses:
        if own.family == family and own.prefix < (32 if family == 4 else 128) and is_wire(own.device):
            found.setdefault(own.prefix, {}).setdefault(network(own.address, own.prefix), []).append(own)
    return sorted(found.items(), key=lambda item: -item[0])


def holders(addresses: Iterable[HostAddress], target: str) -> tuple[HostAddress, ...]:
    """Where a host has an address."""
    return tuple(own for own in addresses if own.address == target)
