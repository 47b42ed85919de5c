"""5xx: how real servers are attached: where they have the virtual address, and by whom their answers leave."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lvscompile.ir.addresses import network
from lvscompile.ir.core import Origin
from lvscompile.ir.farm import Served, holders, is_wire, on_network
from lvscompile.ir.host import HostAddress
from lvscompile.ir.host_settings import plain
from lvscompile.ir.ipvs import IPIP
from lvscompile.ir.machine import Machine
from lvscompile.ir.path import connect, traverse
from lvscompile.ir.site import REAL_SERVER, Director
from lvscompile.lint.attached import (
    addresses,
    at_boot,
    box,
    comes_up,
    filters_arp,
    floating,
    knows_all,
    one_segment,
    served,
    spot,
    tells,
)
from lvscompile.lint.engine import Context, Emit, Equipped, Place
from lvscompile.lint.registry import rule
from lvscompile.lint.rules.direct import TUNNEL

_PASSED_ON = frozenset({"DR", "TUN"})


def _held(ctx: Context, node: Equipped) -> Iterator[tuple[Served, HostAddress, Place]]:
    """The addresses of services that a real server has on its interfaces, where it is passed packets on."""
    for each in served(ctx, node.director):
        if each.method not in _PASSED_ON or each.service.family != 4:
            continue
        for own in holders(node.machine.facts.addresses, each.service.address):
            if comes_up(node.machine, own):
                assert own.origin is not None
                yield each, own, spot(node.machine, own.origin)


@rule("LVS520", "vip-mask-on-lo", "warning", Equipped, effect="outage")
def vip_mask_on_lo(node: Equipped, ctx: Context, emit: Emit) -> None:
    """The virtual address on lo with the mask of a whole network."""
    for each, own, place in _held(ctx, node):
        if own.device != "lo" or own.prefix == 32:
            continue
        inside = network(own.address, own.prefix)
        others = [a.address for a in addresses(node.director) if a.device != "lo"]
        others += [route.via for route in node.machine.facts.routes if route.via]
        met = next((address for address in others if network(address, own.prefix) == inside), "")
        emit(
            place,
            f"on lo the mask counts as well: with /{own.prefix} every address of that network is this host itself"
            + (f", {met} and its neighbours too, and nothing reaches them from here" if met else ""),
            severity="error" if met else "",
            related=[(each.service.origin, f"{each.director.name} balances {each.service.title}")],
            help=f"`ip addr add {own.address}/32 dev lo`, or `netmask 255.255.255.255`",
        )


@rule("LVS521", "vip-on-wire-of-real-server", "warning", Equipped, effect="outage")
def vip_on_wire(node: Equipped, ctx: Context, emit: Emit) -> None:
    """A real server that has the virtual address on the network card."""
    balanced = {service.address for service in ctx.services(node.director)} | floating(node.director)
    here = box(node.director)
    for each, own, place in _held(ctx, node):
        silent = any(link.name == own.device and link.arp is False for link in node.machine.facts.links)
        # From 3 on, arp_ignore can keep an address quiet wherever it is.
        silent = silent or filters_arp(node.machine) or here.of_interface(own.device, "arp_ignore").value > 2
        if not is_wire(own.device) or silent or own.address in balanced or not one_segment(each):
            continue
        emit(
            place,
            f"{own.address} is on {own.device}, where neighbours ask for it: this real server answers them as the director "
            "does, and clients come to it past the director. arp_ignore does not help with addresses of the interface itself",
            related=[(each.service.origin, f"{each.director.name} balances {each.service.title}")],
            help=f"put it on lo (`ip addr add {own.address}/32 dev lo`), with arp_ignore 1 and arp_announce 2",
        )


@rule("LVS522", "real-server-refuses-vip", "warning", Equipped, effect="outage")
def refuses_vip(node: Equipped, ctx: Context, emit: Emit) -> None:
    """A real server that does not take packets for the virtual address."""
    machine, seen = node.machine, set[str]()
    for each in served(ctx, node.director):
        vip, family = each.service.address, each.service.family
        subjects = ("addresses", f"filter{family}")
        if each.method not in _PASSED_ON or not vip or vip in seen or node.director.role != REAL_SERVER:
            continue
        if not tells(machine, *subjects) or _takes(node.director, machine, each):
            continue
        seen.add(vip)
        emit(
            spot(machine, _origin(node.director, each.address)),
            f"{each.director.name} passes packets for {vip} on to this real server, and here no interface has the address, and "
            "no rule redirects it: they are not for this host, and it drops them",
            related=[(each.service.origin, "the service")],
            severity="error" if knows_all(machine, *subjects) else "",
            help=f"`ip addr add {vip}/{32 if family == 4 else 128} dev lo`"
            + (", with arp_ignore 1 and arp_announce 2" if family == 4 else "")
            + f", or `{'iptables' if family == 4 else 'ip6tables'} -t nat -A PREROUTING -d {vip} -j REDIRECT`",
        )


def _takes(host: Director, machine: Machine, each: Served) -> bool:
    """Whether a host takes packets for the address of a service, or may."""
    service = each.service
    routing = box(host).routing(service.family)
    if routing.has_custom or routing.kind_of(service.address) == "LOCAL":
        return True
    ruleset = machine.filter(service.family)
    packet = connect("", service.address, service.port or None, protocol=service.protocol.lower())
    ways = [traverse(ruleset, table, "PREROUTING", packet) for table in ("mangle", "nat")]
    return any(way.verdict != "ACCEPT" or not way.certain for way in ways)


def _origin(host: Director, address: str) -> Origin:
    """Where a host is told to have an address."""
    found = holders(addresses(host), address)[0].origin
    assert found is not None
    return found


@rule("LVS523", "tunnel-endpoint-missing", "error", Equipped, effect="outage")
def tunnel_missing(node: Equipped, ctx: Context, emit: Emit) -> None:
    """A real server behind a tunnel without the interface that takes packets out of it."""
    machine = node.machine
    ends = [link for link in machine.facts.links if link.name == TUNNEL or link.kind == "ipip"]
    down = next((link for link in ends if link.up is False), None)
    if "links" not in machine.complete or (ends and (down is None or len(ends) > 1)):
        return
    for each in served(ctx, node.director):
        if each.method != "TUN" or each.destination is None or each.destination.tunnel != IPIP:
            continue
        origin = down.origin if down is not None else _origin(node.director, each.address)
        assert origin is not None
        emit(
            origin,
            f"{each.director.name} sends {each.service.title} by a tunnel, and "
            + (f"{down.name} is down" if down is not None else "no interface of this real server takes it out")
            + ": the packets are refused",
            related=[(each.service.origin, "the service")],
            help=f"`modprobe ipip; ip link set {TUNNEL} up` at boot",
        )
        return


# Where answers of masqueraded servers go.


def _gateways(host: Director) -> Iterator[tuple[str, Origin]]:
    """The gateways of the default routes of a host, as told."""
    assert host.machine is not None
    for route in host.machine.facts.routes:
        if route.is_default and route.family == 4 and route.table == "main":
            assert route.origin is not None
            yield from ((hop.via, route.origin) for hop in route.hops if hop.via)


def _masquerading(ctx: Context, host: Director) -> list[Served]:
    return [each for each in served(ctx, host) if each.method == "NAT" and each.service.family == 4]


def sends_as_itself(director: Director) -> bool:
    """Whether servers may see the director as the sender: they answer it then, whatever their gateway is."""
    machine = director.machine
    if machine is None or not plain(machine.facts.sysctls, "net.ipv4.vs.conntrack").value:
        return False
    rules = (each.readable for ruleset in machine.filters for _, _, each in ruleset.rules())
    targets = (spec.target.name for spec in rules if spec is not None and spec.target is not None)
    return any(name in ("SNAT", "MASQUERADE") for name in targets)


def _of_all(directors: Iterable[Director]) -> set[str]:
    return {own.address for director in directors for own in addresses(director)}


@rule("LVS524", "gateway-bypasses-director", "warning", Equipped, effect="outage")
def gateway_bypasses(node: Equipped, ctx: Context, emit: Emit) -> None:
    """A masqueraded real server whose answers do not go back through the director."""
    farm = _masquerading(ctx, node.director)
    directors = list(dict.fromkeys(each.director for each in farm))
    gateways = list(_gateways(node.director))
    vias = {hop.via for route in node.machine.facts.routes for hop in route.hops}
    near = [each for each in farm if on_network(addresses(each.director), each.address)]
    if not near or not gateways or vias & _of_all(directors) or any(sends_as_itself(each) for each in directors):
        return
    first, (gateway, origin) = near[0], gateways[0]
    emit(
        spot(node.machine, origin),
        f"{first.director.name} masquerades {first.service.title}, so that answers must come back to it: by {gateway}, which "
        "is none of its addresses, they reach the clients past it, from a sender that these do not know",
        related=[(first.service.origin, "the service")],
        help="make an address of the director in this network the gateway; of a pair, one that moves with the master",
    )


@rule("LVS525", "gateway-of-one-director", "warning", Equipped, effect="latent")
def gateway_of_one(node: Equipped, ctx: Context, emit: Emit) -> None:
    """A masqueraded real server whose gateway is one director of a pair."""
    directors = list(dict.fromkeys(each.director for each in _masquerading(ctx, node.director)))
    for gateway, origin in _gateways(node.director):
        for pair in ctx.pairs:
            for one, other in ((pair.a, pair.b), (pair.b, pair.a)):
                if one not in directors or other not in directors:
                    continue
                fixed = next((own for own in at_boot(one.machine) if own.address == gateway), None)
                if fixed is None or gateway in floating(one) | floating(other):
                    continue
                assert fixed.origin is not None
                emit(
                    spot(node.machine, origin),
                    f"{gateway} is an address of {one.name} alone: while {other.name} is the master, this server's answers "
                    f"go to {one.name}, which knows nothing of the connections",
                    related=[(fixed.origin, f"the address of {one.name}")],
                    help="give the directors a virtual address in this network, and make that the gateway",
                )
