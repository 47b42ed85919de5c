"""What the rules about kernels and networks share: who serves whom, and by which interfaces."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from lvscompile.ir.core import Origin
from lvscompile.ir.farm import Served, farm, holders, is_wire, on_network
from lvscompile.ir.host import HostAddress
from lvscompile.ir.ipvs import Destination, Service
from lvscompile.ir.machine import Machine
from lvscompile.ir.path.box import Box, box_of, virtual_addresses
from lvscompile.ir.path.routing import Decision, Query, Routing
from lvscompile.ir.roles import own_addresses
from lvscompile.ir.site import Director
from lvscompile.lint.engine import Context, Place
from lvscompile.syntax.findings import Span, span_of

# An interface of which nothing is known but that it is one.
ANY = "?"


@lru_cache(maxsize=1)
def _farm(ctx: Context) -> dict[int, tuple[Served, ...]]:
    found: dict[int, list[Served]] = {}
    for each in farm([host.director for host in ctx.hosts], ctx.services):
        found.setdefault(id(each.host), []).append(each)
    return {key: tuple(each) for key, each in found.items()}


def served(ctx: Context, host: Director) -> tuple[Served, ...]:
    """The services that a host is a real server of, with their directors."""
    return _farm(ctx).get(id(host), ())


@lru_cache(maxsize=256)
def box(director: Director) -> Box:
    return box_of(director)


@lru_cache(maxsize=256)
def addresses(director: Director) -> tuple[HostAddress, ...]:
    """The addresses of a host, with the virtual ones that it may hold."""
    told = director.machine.facts.addresses if director.machine is not None else ()
    return (*told, *virtual_addresses(director))


def floating(director: Director) -> frozenset[str]:
    """The addresses that move between directors."""
    return frozenset(own.address for own in virtual_addresses(director))


def destinations(ctx: Context, director: Director, *methods: str) -> Iterator[tuple[Service, Destination]]:
    """The real servers that a host reaches by one of these methods. A server on the host itself needs none of them."""
    mine = own_addresses(director) | floating(director)
    for service in ctx.services(director):
        for each in service.destinations:
            if each.method in methods and each.address not in mine and not each.address.startswith("127."):
                yield service, each


def routed(ctx: Context, director: Director, *methods: str) -> Iterator[tuple[Service, Destination, Decision]]:
    """The real servers in none of the director's networks, each address once, with the way to it."""
    seen: set[str] = set()
    for service, each in destinations(ctx, director, *methods):
        if each.address not in seen and not on_network(addresses(director), each.address):
            seen.add(each.address)
            yield service, each, box(director).routing(each.family).lookup(Query(each.address, foreign=True))


def device_of(host: Director, address: str) -> str:
    """The interface that packets to an address of the host come in by; where the address is not known, its only one."""
    found = holders(addresses(host), address)
    if found:
        return found[0].device
    wires = {own.device for own in addresses(host) if own.family == 4 and is_wire(own.device)}
    return next(iter(wires)) if len(wires) == 1 else ""


def one_segment(each: Served) -> bool:
    """Whether it is known that neighbours ask for the service's address in the network of the real server."""
    vip, own = each.service.address, each.address
    if not vip or not own:
        return False
    there = addresses(each.director)
    way = on_network(there, own)
    homes = {on_network(there, vip), *(found.device for found in holders(there, vip) if on_network(there, vip) == "")}
    here = addresses(each.host)
    return (way != "" and way in homes) or (device_of(each.host, own) == on_network(here, vip) != "")


def defaults(routing: Routing) -> tuple[str, ...]:
    """The interfaces of the default routes of the main table that count, the gateway's network where none is said."""
    entries = [entry for entry in routing.tables["main"] if entry.prefix == 0 and entry.kind == "unicast"]
    least = min((entry.metric for entry in entries), default=0)
    found = (entry.device or routing.on_link(entry.via) for entry in entries if entry.metric == least)
    return tuple(dict.fromkeys(device for device in found if device))


def tells(machine: Machine, *subjects: str) -> bool:
    return machine.told.issuperset(subjects)


def knows_all(machine: Machine, *subjects: str) -> bool:
    return machine.complete.issuperset(subjects)


def spot(machine: Machine, origin: Origin) -> Place:
    """The place of a fact: the command that made it, without its prompt, or the line that states it."""
    return next((command.span() for command in machine.commands if command.origin is origin), origin)


def words(machine: Machine, origin: Origin) -> str:
    """A fact in the words of its input."""
    place = spot(machine, origin)
    span = place if isinstance(place, Span) else span_of(origin)
    return " ".join(span.source.text[span.start : span.end].split())


def is_one_armed(director: Director, service: Service, server: Destination) -> str:
    """The interface behind which a service's address and a real server are both, "" where it is not so or unknown."""
    own = addresses(director)
    way = on_network(own, server.address)
    mine = {found.device for found in holders(own, service.address)}
    home = on_network(own, service.address)
    return way if way and (home == way or (not home and mine == {way})) else ""


def kind_of(machine: Machine, origin: Origin | None) -> str:
    """The kind of the input that a fact comes from, "" where that is not known."""
    return next((given.kind for given in machine.givens if origin is not None and given.source is origin.source), "")


def comes_up(machine: Machine, own: HostAddress) -> bool:
    """Whether an address is more than a file of an interface that does not come up at boot."""
    return own.persistent or kind_of(machine, own.origin) not in ("ifcfg", "interfaces")


def at_boot(machine: Machine | None) -> tuple[HostAddress, ...]:
    """The addresses that a host has after each boot."""
    told = machine.facts.addresses if machine is not None else ()
    return tuple(own for own in told if machine is not None and machine.persists(own.origin) and comes_up(machine, own))


def filters_arp(machine: Machine) -> bool:
    """Whether a host has rules that may keep an address quiet."""
    started = any(each.name.startswith("arptables") for each in machine.facts.services)
    return started or bool(machine.facts.arp) or any("arptables" in given.source.name for given in machine.givens)
