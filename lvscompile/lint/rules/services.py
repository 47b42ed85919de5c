"""4xx: virtual services and their real servers."""

from __future__ import annotations

from lvscompile.ir.core import Stated
from lvscompile.ir.services import RealServer, VirtualService
from lvscompile.ir.site import Director
from lvscompile.lint import edits
from lvscompile.lint.engine import Context, Emit, Host
from lvscompile.lint.registry import rule


@rule("LVS401", "port-changes-without-nat", "error", VirtualService, effect="latent", fix="unsafe")
def port_without_nat(service: VirtualService, ctx: Context, emit: Emit) -> None:
    """Direct routing or tunneling to another port: keepalived sends to the service's port instead."""
    if service.method is None or service.method.value not in ("DR", "TUN"):
        return
    name = {"DR": "direct routing", "TUN": "tunneling"}[service.method.value]
    sorry = service.sorry_server
    follows = service.setting("sorry_server_lvs_method") is None
    if sorry is not None and follows and sorry.port and service.port and sorry.port != service.port:
        emit(
            (sorry.origin, 2),
            f"{name} hands packets on as they are: keepalived resets port {sorry.port} of the sorry server to "
            f"{service.port}, the port of the service",
            related=[((service.method.origin, 1), "the forwarding method")],
            help=f"let the sorry server listen on {service.port}, or write `sorry_server_lvs_method NAT`",
        )
    for server in service.real_servers:
        if server.port and service.port and server.port != service.port and server.setting("lvs_method") is None:
            emit(
                (server.origin, 2),
                f"{name} hands packets on as they are: keepalived resets port {server.port} to {service.port}, the port of "
                "the service",
                related=[((service.method.origin, 1), "the forwarding method")],
                help=f"let the server listen on {service.port}, or use NAT",
                fix=edits.fix(
                    f"write port {service.port}", edits.replaced(server.origin, 2, str(service.port)), safe=False
                ),
            )


@rule("LVS402", "duplicate-service", "error", Host, effect="latent")
def duplicate_service(host: Host, ctx: Context, emit: Emit) -> None:
    """Two virtual_server blocks for one address, port and protocol."""
    seen: dict[tuple[object, ...], VirtualService] = {}
    for service in host.director.services:
        if service.kind == "group":
            continue
        protocol = service.protocol.value.upper() if service.protocol else "UDP"
        key = (service.kind, service.address, service.port, protocol if service.kind == "address" else "")
        first = seen.setdefault(key, service)
        if first is not service:
            emit(
                (service.origin, 1),
                f"there is a virtual_server for `{service.title}` already: keepalived takes both without a message, and "
                "their servers and checks fight over one service in the kernel",
                related=[((first.origin, 1), "the first one")],
                help="put all real servers into one block",
            )


@rule("LVS403", "duplicate-real-server", "error", VirtualService, fix="safe")
def duplicate_real_server(service: VirtualService, ctx: Context, emit: Emit) -> None:
    """The same real server twice in one service: keepalived drops the second."""
    seen: dict[tuple[str, int | None], RealServer] = {}
    for server in service.real_servers:
        key = (server.address, server.port if server.port is not None else service.port)
        first = seen.setdefault(key, server)
        if first is not server:
            emit(
                (server.origin, 1),
                f"`{server.address}` is in this service already: keepalived drops this one, with its weight and checks",
                related=[((first.origin, 1), "the first one")],
                help="remove it, or mend the address",
                fix=None
                if service.cut_short
                else edits.fix("remove the second one", edits.removed_block(server.origin)),
            )


@rule("LVS404", "service-on-no-virtual-address", "warning", Host, effect="latent")
def service_on_no_address(host: Host, ctx: Context, emit: Emit) -> None:
    """A service on an address that no instance of this host moves."""
    director = host.director
    moved = {a.address for instance in director.vrrp for a in (*instance.addresses, *instance.excluded)}
    static = {
        item.words[0].partition("/")[0]
        for block in director.blocks
        if block.keyword.name == "static_ipaddress"
        for item in block.items
    }
    if not moved or any(instance.cut_short for instance in director.vrrp):
        return
    for service in director.services:
        if service.kind == "address" and service.address not in moved | static and not _delivered(director, service):
            emit(
                (service.origin, 1),
                f"no vrrp_instance moves `{service.address}`: the service stays behind when the other addresses fail over, "
                "unless something else brings this one up",
                severity="info" if host.includes_missing or _passed_on(director, service) else "",
                help="add it to virtual_ipaddress, or mend it",
            )


def _passed_on(director: Director, service: VirtualService) -> bool:
    """Whether routing may deliver packets for the address, as far as a keepalived.conf alone tells."""
    return director.machine is None and service.method is not None and service.method.value in ("DR", "TUN")


def _delivered(director: Director, service: VirtualService) -> bool:
    """Whether the host takes packets for the address by its routing tables: it needs no interface that has it."""
    if director.machine is None:
        return False
    from lvscompile.ir.delivery import delivers

    return delivers(director.machine, service.address)


@rule("LVS405", "quorum-out-of-reach", "error", VirtualService, effect="latent")
def quorum_out_of_reach(service: VirtualService, ctx: Context, emit: Emit) -> None:
    """A quorum above the sum of all weights."""
    if service.quorum is None or not service.real_servers:
        return
    default = service.setting("weight")
    weights = [
        _weight(server.weight, int(default.words[1]) if default is not None else 1) for server in service.real_servers
    ]
    if service.quorum.value > sum(weights):
        emit(
            (service.quorum.origin, 1),
            f"the quorum counts weights, and all servers together have {sum(weights)}: keepalived lowers the quorum of "
            f"{service.quorum.value} to that, so the service is down as soon as one server is",
            help="set it to the weight that must be alive",
        )


def _weight(stated: Stated[int] | None, default: int) -> int:
    return stated.value if stated is not None else default


@rule("LVS406", "no-real-server", "error", VirtualService, effect="outage")
def no_real_server(service: VirtualService, ctx: Context, emit: Emit) -> None:
    """A service without any real server: keepalived ignores it."""
    if service.real_servers or service.cut_short or any(not block.valid for block in service.blocks):
        return
    if ctx.host_of(service).includes_missing:
        return
    emit(
        (service.origin, 1),
        f"`virtual_server {service.title}` has no real server: keepalived ignores the whole service"
        + (", its sorry server too" if service.sorry_server else ""),
        help="add a real_server, or remove the service",
    )
