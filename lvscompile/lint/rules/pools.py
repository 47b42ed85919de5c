"""4xx: the real servers of a service."""

from __future__ import annotations

from collections.abc import Iterable

from lvscompile.ir.addresses import network, split_mask
from lvscompile.ir.core import Setting, Stated
from lvscompile.ir.pool import group_items, only_marks, pool, says, stands_before
from lvscompile.ir.services import RealServer, VirtualService
from lvscompile.ir.site import Director
from lvscompile.lint.engine import Context, Emit, Host
from lvscompile.lint.registry import rule

TRUE_WORDS = frozenset({"on", "true", "yes"})
ROUTED = ("DR", "TUN")  # these leave a packet's port as it is


@rule("LVS410", "real-server-without-check", "warning", VirtualService, effect="latent")
def without_check(service: VirtualService, ctx: Context, emit: Emit) -> None:
    """Real servers without a health check: they never leave the pool."""
    bare = [server for server in pool(service).bare if not server.cut_short]
    if not bare or ctx.host_of(service).includes_missing:
        return
    count, total = len(bare), len(service.real_servers)
    one = f"`{bare[0].address}` has no health check"
    emit(
        (bare[0].origin, 1),
        (one if count == 1 else f"{one}, and so it is with {count - 1} more of the {total} servers of this service")
        + ": keepalived takes such a server for alive for ever, and goes on sending it clients when it is dead",
        help="add a check, TCP_CHECK at least",
    )


@rule("LVS417", "inhibit-with-persistence", "warning", VirtualService, effect="latent")
def inhibit_with_persistence(service: VirtualService, ctx: Context, emit: Emit) -> None:
    """inhibit_on_failure beside persistence: clients stay with a dead server."""
    if service.persistence is None:
        return
    inhibited = service.setting("inhibit_on_failure")
    if inhibited is None:
        asked = (s for _, s in pool(service).server_settings.get("inhibit_on_failure", ()) if _is_on(s))
        inhibited = next(asked, None)
    if inhibited is None:
        return
    emit(
        (inhibited.origin, 0),
        "a failed server stays in the kernel's table with weight 0, and persistence goes on sending it the clients that it "
        "had, unless net.ipv4.vs.expire_quiescent_template is 1 (the kernel's default is 0)",
        related=[((service.persistence.origin, 0), "persistence is on")],
        help="remove inhibit_on_failure, or set that sysctl to 1 on every director",
    )


def _is_on(setting: Setting) -> bool:
    return len(setting.words) < 2 or setting.words[1] in TRUE_WORDS


@rule("LVS418", "sorry-server-in-pool", "warning", VirtualService, effect="latent")
def sorry_server_in_pool(service: VirtualService, ctx: Context, emit: Emit) -> None:
    """A sorry server that is one of the real servers."""
    sorry = service.sorry_server
    if sorry is None:
        return
    port = sorry.port or service.port
    for server in service.real_servers:
        if server.address == sorry.address and (server.port or service.port) == port:
            emit(
                (sorry.origin, 1),
                f"the sorry server `{sorry.address}` is one of the real servers: when the last of them has failed, this one "
                "has too, and keepalived sends it all clients without checking it",
                related=[((server.origin, 1), "the real server")],
                help="name another machine, which can say sorry",
            )
            return


@rule("LVS420", "family-mismatch", "error", Host, effect="latent")
def family_mismatch(host: Host, ctx: Context, emit: Emit) -> None:
    """A server of another address family than its service, without tunneling."""
    for service in host.director.services:
        family, why = _family(host.director, service)
        if not family:
            continue
        kind = f"IPv{family}"
        for server in service.real_servers:
            if server.valid and server.family != family and not _is_tunneled(service, server):
                emit(
                    (server.origin, 1),
                    f"`{server.address}` is not of {kind}, {why}: only tunneling crosses from one family to the other, and "
                    "keepalived skips this server",
                    help=f"write an {kind} address, or make a service for each family",
                )
        sorry = service.sorry_server
        if sorry is not None and sorry.family != family and _sorry_method(service) != "TUN":
            emit(
                (sorry.origin, 1),
                f"the sorry server `{sorry.address}` is not of {kind}, {why}: keepalived skips it",
                help=f"write an {kind} address",
            )


def _family(director: Director, service: VirtualService) -> tuple[int, str]:
    """The family that servers must have, 0 for any, and where it comes from."""
    if service.kind == "address":
        return service.family, "as the service is"
    said = service.setting("ip_family")
    if said is not None:
        return (6 if said.words[1] == "inet6" else 4), "as ip_family says"
    families = _families(director, service)
    if len(families) > 1:
        return 0, ""
    if families:
        return families.pop(), "as the addresses of the group are"
    first = next((server for server in service.real_servers if server.valid), None)
    return (first.family, "as the first server of the service is") if first is not None else (0, "")


def _families(director: Director, service: VirtualService) -> set[int]:
    """The families of the addresses of the service's group."""
    items = group_items(director, service.address) if service.kind == "group" else None
    words = (item.words[0] for item in items or () if item.valid and item.words[0] != "fwmark")
    return {6 if ":" in word else 4 for word in words}


def _is_tunneled(service: VirtualService, server: RealServer) -> bool:
    """What the service says behind the server comes too late for it."""
    own = server.setting("lvs_method")
    if own is not None:
        return own.words[1] == "TUN"
    method = service.setting("lb_kind") or service.setting("lvs_method")
    return method is not None and method.words[1] == "TUN" and stands_before(method, server)


def _sorry_method(service: VirtualService) -> str:
    own = service.setting("sorry_server_lvs_method")
    return own.words[1] if own is not None else service.method.value if service.method is not None else "NAT"


@rule("LVS422", "port-with-fwmark", "warning", Host)
def port_with_fwmark(host: Host, ctx: Context, emit: Emit) -> None:
    """A server with a port behind a firewall mark, without NAT: the port means nothing."""
    for service in host.director.services:
        if not only_marks(host.director, service):
            continue
        ported = [s for s in service.real_servers if s.port and _method(service, s) in ROUTED]
        if ported:
            first, more = ported[0], len(ported) - 1
            emit(
                (first.origin, 2),
                f"packets with this mark keep the port they came with: keepalived ignores port {first.port}"
                + (f", and {more} more of the servers' ports" if more else "")
                + ", but for the checks",
                help="leave the port out, and write `connect_port` in the checks",
            )
        sorry = service.sorry_server
        if sorry is not None and sorry.port and _sorry_method(service) in ROUTED:
            emit(
                (sorry.origin, 2),
                f"packets with this mark keep the port they came with: keepalived ignores port {sorry.port}",
                help="leave the port out",
            )


def _method(service: VirtualService, server: RealServer) -> str:
    own = server.setting("lvs_method")
    return own.words[1] if own is not None else service.method.value if service.method is not None else "NAT"


@rule("LVS423", "quorum-of-one-server", "warning", VirtualService, effect="latent")
def quorum_of_one_server(service: VirtualService, ctx: Context, emit: Emit) -> None:
    """A quorum that each server reaches alone: it counts weights, not servers."""
    quorum = service.quorum
    if quorum is None or not 1 < quorum.value <= len(service.real_servers):
        return
    default = _default_weight(service)
    least = min(_weight(server.weight, default) or quorum.value for server in service.real_servers)
    if least >= quorum.value:
        emit(
            (quorum.origin, 1),
            f"the quorum counts weights, and the lightest server has {least}: any server alone reaches a quorum of "
            f"{quorum.value}, so it says no more than the default, 1",
            help=f"for {quorum.value} servers alive set it to the sum of the {quorum.value} smallest weights, or remove it",
        )


@rule("LVS424", "hysteresis-too-large", "warning", VirtualService)
def hysteresis_too_large(service: VirtualService, ctx: Context, emit: Emit) -> None:
    """A hysteresis that is not below the quorum."""
    said = service.setting("hysteresis")
    if said is None or (service.quorum is None and says(service, "quorum")):
        return
    quorum = service.quorum.value if service.quorum is not None else 1
    if int(said.words[1]) >= quorum:
        emit(
            (said.origin, 1),
            f"the hysteresis must be less than the quorum, which is {quorum}: keepalived lowers it to {quorum - 1}",
            related=[((service.quorum.origin, 1), "the quorum")] if service.quorum is not None else (),
            help="lower it, or set a quorum that is higher",
        )


def _default_weight(service: VirtualService) -> int:
    default = service.setting("weight")
    return int(default.words[1]) if default is not None else 1


def _weight(stated: Stated[int] | None, default: int) -> int:
    return stated.value if stated is not None else default


@rule("LVS434", "all-weights-zero", "warning", VirtualService, effect="outage")
def all_weights_zero(service: VirtualService, ctx: Context, emit: Emit) -> None:
    """No server of a service has a weight: nobody is served."""
    servers = service.real_servers
    if not servers or says(service, "sorry_server") or service.cut_short:
        return
    if all(server.weight is not None and server.weight.value == 0 for server in servers):
        assert servers[0].weight is not None
        emit(
            (servers[0].weight.origin, 1),
            f"every real server of `{service.title}` has weight 0, which means no new connections: the service refuses "
            "everybody, and keepalived lowers its quorum to 0",
            help="give one of them a weight, or add a sorry_server while they are drained",
        )


@rule("LVS447", "thresholds-reversed", "error", VirtualService, effect="latent")
def thresholds_reversed(service: VirtualService, ctx: Context, emit: Emit) -> None:
    """A lower threshold above the upper one: the kernel refuses the server."""
    for server, lower in pool(service).server_settings.get("lthreshold", ()):
        upper = server.setting("uthreshold")
        if lower is not server.setting("lthreshold") or (upper is None and says(server, "uthreshold")):
            continue
        limit = int(upper.words[1]) if upper is not None else 0
        if int(lower.words[1]) > limit:
            emit(
                (lower.origin, 1),
                f"lthreshold {lower.words[1]} is above uthreshold "
                + (f"{limit}" if upper is not None else "(0, as nothing else is said)")
                + ": the kernel refuses the server (Numerical result out of range), which never gets a connection",
                related=[((upper.origin, 1), "the upper threshold")] if upper is not None else (),
                help="the upper threshold is where new connections stop, the lower one where they come back: swap them",
            )


@rule("LVS429", "direct-routing-off-segment", "error", Host, effect="latent")
def off_segment(host: Host, ctx: Context, emit: Emit) -> None:
    """Direct routing to a server in none of the networks that the directors are said to be attached to."""
    if not ctx.known.subnets or host.includes_missing:
        return
    known = _networks((*ctx.known.subnets, *_stated_addresses(host.director)))
    sizes = {(family, length) for family, length, _ in known}
    for service in host.director.services:
        for server in service.real_servers:
            if _method(service, server) != "DR":
                continue
            lengths = [length for family, length in sizes if family == server.family]
            if lengths and not any((server.family, n, network(server.address, n)) in known for n in lengths):
                emit(
                    (server.origin, 1),
                    f"`{server.address}` lies in none of the networks that the directors are attached to: direct routing "
                    "finds a server by its MAC address, and a router in between sends the packets back to the director",
                    help="use tunneling or NAT, or name its network among the known subnets",
                )


def _networks(texts: Iterable[str]) -> set[tuple[int, int, bytes]]:
    """The networks of addresses with a mask: family, length, the bits that count."""
    parts = (split_mask(text) for text in texts)
    return {(p[0], p[2], network(p[1], p[2])) for p in parts if p is not None and p[2] is not None}


def _stated_addresses(director: Director) -> list[str]:
    """The static and virtual addresses of the host itself."""
    blocks = [b for b in director.blocks if b.keyword.name == "static_ipaddress"]
    blocks += [b for i in director.vrrp for b in i.blocks if b.keyword.name.startswith("virtual_ipaddress")]
    return [item.words[0] for block in blocks for item in block.items if item.valid]
