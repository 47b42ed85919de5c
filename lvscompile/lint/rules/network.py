"""5xx: addresses, networks and routes of directors."""

from __future__ import annotations

from collections.abc import Iterator

from lvscompile.ir.effective import OWNER
from lvscompile.ir.farm import holders, is_wire, on_network, one_network
from lvscompile.ir.host import HostAddress, Route
from lvscompile.ir.machine import Machine
from lvscompile.ir.site import Director
from lvscompile.ir.vrrp import Address, VrrpInstance
from lvscompile.lint.attached import (
    addresses,
    at_boot,
    box,
    destinations,
    floating,
    kind_of,
    knows_all,
    routed,
    spot,
)
from lvscompile.lint.engine import Context, Emit, Equipped
from lvscompile.lint.registry import rule
from lvscompile.lint.rules.servers import sends_as_itself

# What else moves addresses between hosts.
_MANAGERS = ("heartbeat", "pacemaker", "corosync", "ucarp", "pulse", "piranha", "ldirectord", "vrrpd", "wackamole")
# Bridges that programs make on many hosts with the same address.
_OWN_BRIDGES = ("docker", "virbr", "br-", "cni", "lxc", "podman", "cali", "flannel", "veth")
_VMAC = frozenset({"use_vmac", "use_ipvlan"})


@rule("LVS526", "real-server-behind-router", "warning", Equipped, effect="outage")
def behind_router(node: Equipped, ctx: Context, emit: Emit) -> None:
    """A real server of direct routing that the director reaches through a router only."""
    seen: set[str] = set()
    # keepalived may add routes to further networks of the director's own.
    if any(block.keyword.name == "static_routes" for block in node.director.blocks):
        return
    for service, each, way in routed(ctx, node.director, "DR"):
        if not way.certain or not way.via or way.via in seen:
            continue
        assert way.entry is not None
        assert way.entry.origin is not None
        sure = knows_all(node.machine, "addresses", "routes")
        if not sure and not way.entry.prefix:
            continue
        seen.add(way.via)
        emit(
            each.origin,
            f"direct routing changes nothing but the hardware address, and {each.address} is reached by the router {way.via}: "
            f"that gets packets for `{service.title}`, and sends them back or drops them",
            related=[(way.entry.origin, "the route")],
            severity="error" if sure else "",
            help="take a tunnel (`lb_kind TUN`, `ipvsadm -i`) or masquerading, or give director and server a common network",
        )


@rule("LVS527", "server-in-client-network", "info", Equipped)
def server_in_client_network(node: Equipped, ctx: Context, emit: Emit) -> None:
    """A masqueraded real server in the network of its virtual address."""
    if sends_as_itself(node.director):
        return
    for service, each in destinations(ctx, node.director, "NAT"):
        if service.address and one_network(addresses(node.director), each.address, service.address):
            emit(
                service.origin,
                f"the servers of `{service.title}` are in the network of its address: they answer clients of that network "
                "directly, past this director, and such clients get nothing",
                related=[(each.origin, "a server in that network")],
                help="serve other networks only, put the servers into a network of their own, or use direct routing",
            )
            return


@rule("LVS528", "vip-on-wrong-segment", "warning", Equipped, effect="latent")
def wrong_segment(node: Equipped, ctx: Context, emit: Emit) -> None:
    """A virtual address that goes to the interface of its instance, while another one is in its network."""
    told = node.machine.facts.addresses
    for instance in node.director.vrrp:
        interface = instance.interface.value if instance.interface is not None else ""
        mine = tuple(own for own in told if own.device == interface and own.prefix < 32)
        for each in (*instance.addresses, *instance.excluded):
            home = on_network(told, each.address) if each.family == 4 else ""
            if not mine or not home or (each.device or interface) != interface:
                continue
            if on_network(mine, each.address):
                continue
            deaf = box(node.director).of_interface(home, "arp_ignore").value
            emit(
                (each.origin, 0),
                f"{each.address} goes to {interface}, as nothing else is said, and its network is that of {home}: "
                + (
                    f"arp_ignore is {deaf} on {home}, so that neighbours there do not find it at all"
                    if deaf
                    else "neighbours there are not told when it moves, and send to the old director for minutes"
                ),
                severity="error" if deaf else "",
                effect="outage" if deaf else "",
                help=f"write `{each.address}/LENGTH dev {home}`, with the length of its network",
            )


@rule("LVS529", "vip-also-static", "warning", Equipped, effect="latent")
def also_static(node: Equipped, ctx: Context, emit: Emit) -> None:
    """A virtual address of VRRP that the host has at boot as well."""
    paired = any(node.director in (pair.a, pair.b) for pair in ctx.pairs)
    for instance, each in _virtual(node, ctx):
        for own in holders(at_boot(node.machine), each.address):
            if not is_wire(own.device):
                continue
            assert own.origin is not None
            late = kind_of(node.machine, own.origin) == "script" and paired
            emit(
                spot(node.machine, own.origin),
                f"{own.address} moves with the master of `{instance.name}`, and this gives it to {own.device} at boot, whoever "
                "is the master: "
                + (
                    "this script runs when keepalived has started, and then two hosts have the address"
                    if late
                    else "keepalived takes it away when it starts as a backup, and a restart of the network brings it back, on two hosts"
                ),
                related=[((each.origin, 0), "the virtual address")],
                severity="error" if late else "",
                effect="split" if late else "",
                help="remove it here: keepalived adds it on the master",
            )


def _virtual(node: Equipped, ctx: Context) -> Iterator[tuple[VrrpInstance, Address]]:
    """The virtual addresses of a host, but for those that it owns by its priority."""
    for instance in node.director.vrrp:
        if ctx.params(node.director, instance, ctx.newest()).priority != OWNER:
            yield from ((instance, each) for each in (*instance.addresses, *instance.excluded))


@rule("LVS530", "vip-nowhere", "warning", Equipped, effect="outage")
def vip_nowhere(node: Equipped, ctx: Context, emit: Emit) -> None:
    """A service on an address that its director never gets."""
    if _others_may_add(node):
        return
    static = {item.words[0].partition("/")[0] for block in node.director.blocks
              if block.keyword.name == "static_ipaddress" for item in block.items}  # fmt: skip
    seen: set[str] = set()
    for service in ctx.services(node.director):
        vip, routing = service.address, box(node.director).routing(service.family)
        if not vip or vip in seen or vip in static or routing.has_custom or routing.kind_of(vip) == "LOCAL":
            continue
        if not _is_told(node, vip):
            continue
        seen.add(vip)
        emit(
            service.origin,
            f"no interface of this host gets {vip}, by VRRP or at boot: packets for it are not for this host, and IPVS never "
            f"sees those of `{service.title}`",
            help="write it into the virtual_ipaddress of a vrrp_instance, or give it to an interface",
        )


def _is_told(node: Equipped, vip: str) -> bool:
    """Whether the inputs would tell of an address: all that the host has now, or at boot those of its network's interface."""
    told = node.machine.facts.addresses
    home = on_network(told, vip)
    kinds = {kind_of(node.machine, own.origin) for own in told if own.device == home}
    return "addresses" in node.machine.complete or not kinds.isdisjoint({"ifcfg", "interfaces"})


def _others_may_add(node: Equipped) -> bool:
    """Whether something that is not modelled may give the host addresses."""
    machine = node.machine
    if node.host.includes_missing or any(each.language == "shell" for each in machine.opaque):
        return True
    blocks = (*node.director.blocks, *node.director.vrrp)
    notified = any(s.keyword.name.startswith("notify") for block in blocks for s in block.settings)
    started = any(each.name.startswith(_MANAGERS) for each in machine.facts.services)
    return notified or started


@rule("LVS531", "route-to-nowhere", "warning", Equipped, effect="outage")
def route_to_nowhere(node: Equipped, ctx: Context, emit: Emit) -> None:
    """A route by a gateway that is in none of the host's networks."""
    machine = node.machine
    routing = box(node.director).routing(4)
    for route in machine.facts.routes:
        if kind_of(machine, route.origin) not in ("ifcfg", "network", "interfaces", "route-file"):
            continue
        if route.family != 4 or not route.via or route.hops[0].onlink or not _knows_networks(machine, route):
            continue
        assert route.origin is not None
        if not routing.on_link(route.via):
            emit(
                route.origin,
                f"the gateway {route.via} is in none of the networks of this host: the kernel refuses the route, and what "
                f"should go to {'the world' if route.is_default else route.destination} does not",
                help="correct the gateway, or the address and mask of the interface that leads to it",
            )


def _knows_networks(machine: Machine, route: Route) -> bool:
    """Whether the addresses are told of the interface that a route goes by, or of all where it names none."""
    told = {own.device for own in machine.facts.addresses if own.prefix < 32}
    names = {route.device} if route.device else {link.name for link in machine.facts.links if is_wire(link.name)}
    # A peer's address is reached without a network.
    return bool(names) and names <= told and not any(own.peer for own in machine.facts.addresses)


@rule("LVS532", "duplicate-address", "warning", Equipped, effect="split")
def duplicate_address(node: Equipped, ctx: Context, emit: Emit) -> None:
    """An address that two hosts have at boot."""
    names = [host.director for host in ctx.hosts]
    earlier = names[: names.index(node.director)]
    moving = {service.address for each in names for service in ctx.services(each)}
    moving |= {address for each in names for address in floating(each)}
    before = {own.address: (own, each) for each in reversed(earlier) for own in _fixed(each)}
    for own in _fixed(node.director):
        if own.address not in before or own.address in moving:
            continue
        other, owner = before[own.address]
        assert own.origin is not None
        assert other.origin is not None
        emit(
            spot(node.machine, own.origin),
            f"{own.address} is an address of {owner.name} as well: neighbours find the one or the other",
            related=[(other.origin, f"the address of {owner.name}")],
            help="give each host an address of its own",
        )


def _fixed(host: Director) -> list[HostAddress]:
    """The addresses that a host has at boot on its network cards."""
    mine = (own for own in at_boot(host.machine) if not own.device.startswith(_OWN_BRIDGES))
    return [own for own in mine if is_wire(own.device)]


@rule("LVS533", "interface-unknown", "error", Equipped, effect="outage")
def interface_unknown(node: Equipped, ctx: Context, emit: Emit) -> None:
    """A vrrp_instance on an interface that the host does not have."""
    if "links" not in node.machine.complete:
        return
    names = {link.name for link in node.machine.facts.links}
    for instance in node.director.vrrp:
        interface = instance.interface
        if interface is None or interface.value in names or _VMAC & {s.keyword.name for s in instance.settings}:
            continue
        waits = node.director.global_setting("dynamic_interfaces") is not None
        emit(
            (interface.origin, interface.word),
            f"this host has no interface {interface.value}: "
            + (
                f"`{instance.name}` is in FAULT until there is one"
                if waits
                else "keepalived does not start VRRP at all"
            ),
            help="write the interface's name; this host has " + ", ".join(sorted(names - {"lo"})),
        )
