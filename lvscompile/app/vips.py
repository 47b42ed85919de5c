"""Which addresses of a host move into its keepalived.conf, and how: by themselves, or with a vrrp_instance.

What scripts and typed commands add moves; what the network's own files say stays there, but for virtual addresses that
an instance is to own. Listings and facts show where a virtual address lies, and no more.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from lvscompile.ir.addresses import canonical, network, split_mask
from lvscompile.ir.core import Loss, Origin
from lvscompile.ir.host import HostAddress, Route
from lvscompile.ir.ipvs import Service
from lvscompile.ir.machine import Machine
from lvscompile.ir.node import replace
from lvscompile.ir.site import Director

RUN = ("script", "log")  # the kinds of inputs that hold commands
SHOWN = ("listing", "facts")


class Vips(NamedTuple):
    """`static` stay on the host, `floating` go with the instance; `to_remove` are those among the floating that a file
    of the network would bring up as well. `losses` are virtual addresses that nothing can be done about.
    """

    static: tuple[HostAddress, ...] = ()
    floating: tuple[HostAddress, ...] = ()
    to_remove: tuple[HostAddress, ...] = ()
    losses: tuple[Loss, ...] = ()


def was_run(machine: Machine, origin: Origin | None) -> bool:
    """Whether a command of a script or log made it."""
    return _kind(machine, origin) in RUN


def _kind(machine: Machine, origin: Origin | None) -> str:
    given = machine.given(origin) if origin is not None else None
    return given.kind if given is not None else ""


def owned(director: Director) -> frozenset[str]:
    """The addresses that the host's keepalived.conf adds already."""
    written = [each.address for instance in director.vrrp for each in (*instance.addresses, *instance.excluded)]
    items = [item for block in director.blocks if block.keyword.name == "static_ipaddress" for item in block.items]
    stated = [parts[1] for item in items if item.valid and (parts := split_mask(item.words[0]))]
    return frozenset((*written, *stated))


def sort_addresses(
    director: Director, machine: Machine, services: Sequence[Service], interface: str, gateways: Iterable[str]
) -> Vips:
    """What becomes of the addresses. `services` are those that are composed, `interface` is that of the new instance or
    "", `gateways` are what the real servers given beside send their answers to.
    """
    theirs = owned(director)
    virtual = {service.address: service for service in services if service.address and service.address not in theirs}
    float_too = frozenset(gateways) - theirs
    static: list[HostAddress] = []
    floating: list[HostAddress] = []
    to_remove: list[HostAddress] = []
    losses: list[Loss] = []
    first: set[str] = set()
    found: set[str] = set()
    for fact in machine.facts.addresses:
        address = _plain(fact.address)
        is_first = fact.device not in first
        first.add(fact.device)
        run, is_virtual = was_run(machine, fact.origin), address in virtual
        found.add(address)
        if (
            address in theirs
            or address.startswith("127.")
            or address == "::1"
            or (fact.family == 6 and fact.scope == "link")
        ):
            continue
        if interface and fact.device != "lo" and (is_virtual or (address in float_too and not is_first)):
            if is_first and not run and fact.prefix not in (32, 128):
                service = virtual.get(address)
                losses += [Loss("own-address", service.origin, f"{address} {fact.device}")] if service else []
                continue
            floating.append(fact)
            to_remove += [fact] if not run and _kind(machine, fact.origin) not in SHOWN else []
        elif run:
            static.append(fact)
    for address, service in virtual.items():
        if address in found or _delivered_locally(machine, address):
            continue
        if interface:
            family = service.family
            floating.append(HostAddress(family, address, 32 if family == 4 else 128, interface, origin=service.origin))
        else:
            losses.append(Loss("nowhere", service.origin, address))
    return Vips(tuple(static), tuple(_unlabelled(floating)), tuple(to_remove), tuple(losses))


def needs_one(route: Route, floating: Sequence[HostAddress], addresses: Sequence[HostAddress]) -> bool:
    """Whether the kernel takes a route only where one of the floating addresses is: its source, or the address in
    whose network the gateway is.
    """
    if route.source and any(_plain(fact.address) == _plain(route.source) for fact in floating):
        return True
    moved = {(fact.device, fact.address) for fact in floating}
    staying = [fact for fact in addresses if (fact.device, fact.address) not in moved]
    gateways = [hop.via for hop in route.hops if hop.via]
    return any(_holds(floating, gateway) and not _holds(staying, gateway) for gateway in gateways)


def _holds(facts: Iterable[HostAddress], address: str) -> bool:
    six = ":" in address
    return any(
        (fact.family == 6) == six and network(fact.address, fact.prefix) == network(address, fact.prefix)
        for fact in facts
    )


def _unlabelled(facts: Iterable[HostAddress]) -> Iterable[HostAddress]:
    """A label that is no label of its interface would be refused."""
    for fact in facts:
        fits = fact.label.startswith(fact.device)
        yield fact if fits else replace(fact, label="")


def _plain(text: str) -> str:
    found = canonical(text)
    return found[1] if found else text


def _delivered_locally(machine: Machine, address: str) -> bool:
    """Whether a route makes the host take packets to the address though no interface has it."""
    for route in machine.facts.routes:
        where = split_mask(route.destination)
        if route.kind != "local" or where is None or (":" in address) != (where[0] == 6):
            continue
        length = where[2] if where[2] is not None else 128
        if network(address, length) == network(where[1], length):
            return True
    return False
