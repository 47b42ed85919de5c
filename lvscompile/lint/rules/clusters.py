"""4xx: what a virtual service is, and what it says of itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lvscompile.ir.core import Item, Setting
from lvscompile.ir.pool import group_items, only_marks, pool, says
from lvscompile.ir.services import VirtualService
from lvscompile.ir.site import Director
from lvscompile.lint.engine import Context, Emit, Host
from lvscompile.lint.hints import closest
from lvscompile.lint.registry import rule

DNS = 53
UDP_CHECKS = frozenset({"UDP_CHECK", "DNS_CHECK"})
HASHES = frozenset({"sh", "mh"})
SCHEDULER = ("lb_algo", "lvs_sched")
METHOD = ("lb_kind", "lvs_method")
# Words that mean something to these schedulers only.
HASH_FLAGS = frozenset({"hashed", "sh-port", "sh-fallback", "mh-port", "mh-fallback"})
SORRY_OPTIONS = frozenset({"sorry_server_inhibit", "sorry_server_lvs_method"})


@rule("LVS407", "protocol-with-fwmark", "warning", Host)
def protocol_with_mark(host: Host, ctx: Context, emit: Emit) -> None:
    """A protocol where the kernel looks at firewall marks alone."""
    for service in host.director.services:
        if service.protocol is not None and only_marks(host.director, service):
            emit(
                (service.protocol.origin, 0),
                "a firewall mark stands for packets of any protocol: keepalived ignores this one, and what gets the mark is "
                "balanced",
                help="remove the line, and say the protocol where the mark is set",
            )


@rule("LVS408", "port-zero-without-persistence", "warning", Host)
def port_zero(host: Host, ctx: Context, emit: Emit) -> None:
    """All ports in one service, without persistence: keepalived turns it on."""
    for service in host.director.services:
        if says(service, "persistence_timeout", "persistence_granularity") or not _is_whole(service):
            continue
        if service.kind == "address":
            place = None if service.port else (service.origin, 1 if service.port is None else 2)
        else:
            item = next((i for i in _entries(host.director, service) if i.words[1:2] in ((), ("0",))), None)
            place = (item.origin, 0) if item is not None else None
        if place is not None:
            emit(
                place,
                "a service of all ports needs persistence: keepalived turns it on, so each client stays with one server for "
                "360 s after its last connection",
                help="write `persistence_timeout` with the time that suits you, or the port that is served",
            )


def _is_whole(service: VirtualService) -> bool:
    """Whether keepalived sees all of it, and takes it: without real servers it does not, as no-real-server says."""
    return bool(service.real_servers) and not service.cut_short


def _entries(director: Director, service: VirtualService) -> Iterable[Item]:
    """The addresses of the service's group."""
    items = group_items(director, service.address) if service.kind == "group" else None
    return (item for item in items or () if item.valid and item.words[0] != "fwmark")


@rule("LVS409", "protocol-missing", "error", Host, effect="outage")
def protocol_missing(host: Host, ctx: Context, emit: Emit) -> None:
    """A service that does not say its protocol: keepalived serves UDP."""
    for service in host.director.services:
        if says(service, "protocol") or not _is_whole(service) or host.includes_missing:
            continue
        if service.kind != "address" and not any(True for _ in _entries(host.director, service)):
            continue
        meant = says(service, "ops") or not UDP_CHECKS.isdisjoint(pool(service).checks)
        emit(
            (service.origin, 1),
            f"`virtual_server {service.title}` says no protocol: keepalived serves UDP"
            + ("" if meant else ", and clients that come with TCP are refused"),
            severity="warning" if meant else "",
            effect="none" if meant else "",
            help=f"add `protocol {'UDP' if meant else 'TCP'}`",
        )


@rule("LVS415", "datagrams-without-ops", "info", VirtualService)
def without_ops(service: VirtualService, ctx: Context, emit: Emit) -> None:
    """DNS over UDP without one-packet scheduling: a busy resolver sticks to one server."""
    protocol = service.protocol.value.upper() if service.protocol is not None else ""
    # With NAT the answers need the connection that one-packet scheduling does not keep.
    routed = service.method is not None and service.method.value in ("DR", "TUN")
    hashed = service.scheduler is not None and service.scheduler.value in HASHES
    if (
        protocol == "UDP"
        and service.port == DNS
        and routed
        and not hashed
        and not says(service, "ops", "persistence_timeout")
    ):
        emit(
            (service.origin, 1),
            "to the kernel all datagrams from one address and port are one connection: a resolver that asks from a fixed "
            "port gets all its answers from one server, and keeps it for up to 300 s when that one is gone",
            help="add `ops`: each datagram is then scheduled by itself",
        )


@rule("LVS416", "persistence-with-hash", "info", VirtualService)
def persistence_with_hash(service: VirtualService, ctx: Context, emit: Emit) -> None:
    """Persistence beside a scheduler that keeps clients with their server anyway."""
    scheduler, persistence = service.scheduler, service.persistence
    if scheduler is not None and scheduler.value in HASHES and persistence is not None:
        emit(
            (persistence.origin, 0),
            f"`{scheduler.value}` sends a client to the same server each time by itself: persistence on top costs memory for "
            "each client, and goes first where the two differ",
            related=[((scheduler.origin, 1), "the scheduler")],
            help="remove persistence_timeout, or take another scheduler",
        )


@rule("LVS419", "sorry-option-too-early", "error", VirtualService, effect="latent")
def sorry_option(service: VirtualService, ctx: Context, emit: Emit) -> None:
    """An option of the sorry server before it, or without one: keepalived ignores it."""
    seen = False
    later = says(service, "sorry_server")
    for setting in service.settings:
        name = setting.keyword.name
        seen = seen or name == "sorry_server"
        if name in SORRY_OPTIONS and setting.valid and not seen:
            emit(
                (setting.origin, 0),
                f"keepalived takes `{name}` for the sorry server that stands before it, and there is none: it ignores the line",
                help="move it behind sorry_server" if later else "add the sorry_server before it",
            )


@rule("LVS421", "unknown-server-group", "error", Host, effect="outage")
def unknown_group(host: Host, ctx: Context, emit: Emit) -> None:
    """A virtual_server of a group that is not defined: keepalived ignores it."""
    if host.includes_missing:
        return
    for service in host.director.services:
        if service.kind == "group" and group_items(host.director, service.address) is None:
            near = closest(service.address, _groups(host.director))
            emit(
                (service.origin, 2),
                f"there is no virtual_server_group `{service.address}`: keepalived ignores this service, with one line in its log",
                help=f"did you mean `{near}`?" if near else "define it, or write the address of the service",
            )


def _groups(director: Director) -> list[str]:
    blocks = (block for block in director.blocks if block.keyword.name == "virtual_server_group")
    return [block.words[1] for block in blocks if len(block.words) > 1]


@rule("LVS425", "ops-without-udp", "error", Host)
def ops_without_udp(host: Host, ctx: Context, emit: Emit) -> None:
    """One-packet scheduling of something else than UDP."""
    for service in host.director.services:
        ops, protocol = service.setting("ops"), service.protocol
        if ops is None or protocol is None or protocol.value.upper() == "UDP" or only_marks(host.director, service):
            continue
        emit(
            (ops.origin, 0),
            f"one packet is no {protocol.value.upper()} connection: keepalived ignores `ops`, which is for UDP",
            related=[((protocol.origin, 1), "the protocol")],
            help="remove it, or write `protocol UDP`",
        )


@rule("LVS426", "scheduler-or-method-missing", "warning", VirtualService)
def defaulted(service: VirtualService, ctx: Context, emit: Emit) -> None:
    """A service that leaves its scheduler or its forwarding method to keepalived."""
    missing = [
        (words, name, default)
        for words, name, default in ((SCHEDULER, "scheduler", "wlc"), (METHOD, "forwarding method", "NAT"))
        if not says(service, *words)
    ]
    if not missing or not _is_whole(service) or ctx.host_of(service).includes_missing:
        return
    emit(
        (service.origin, 1),
        f"`virtual_server {service.title}` says no "
        + " and no ".join(name for _, name, _ in missing)
        + ": keepalived takes "
        + " and ".join(default for _, _, default in missing)
        + ", and complains each time that it reads the file",
        help="write "
        + " and ".join(f"`{words[0]} {default}`" for words, _, default in missing)
        + ", or what you meant",
    )


@rule("LVS427", "suspend-without-address", "error", VirtualService)
def suspend_without_address(service: VirtualService, ctx: Context, emit: Emit) -> None:
    """ha_suspend with a firewall mark: there is no address to wait for."""
    suspend = service.setting("ha_suspend")
    if suspend is not None and service.kind == "fwmark":
        emit(
            (suspend.origin, 0),
            "ha_suspend stops the checks while the service's address is not on this host, and a firewall mark has no "
            "address: keepalived ignores it",
            help="remove it: the checks run on both directors",
        )


@rule("LVS428", "hash-flag-without-scheduler", "error", VirtualService)
def hash_flag(service: VirtualService, ctx: Context, emit: Emit) -> None:
    """A flag of the schedulers sh and mh before them, or without them: keepalived ignores it."""
    chosen: Setting | None = None
    for at, setting in enumerate(service.settings):
        name = setting.keyword.name
        if name in SCHEDULER:
            chosen = setting
        if name in HASH_FLAGS and not _takes_flags(chosen):
            later = any(s.keyword.name in SCHEDULER and _takes_flags(s) for s in service.settings[at:])
            emit(
                (setting.origin, 0),
                f"`{name}` belongs to the schedulers sh and mh: keepalived looks at what stands before it, "
                + (f"`lb_algo {chosen.words[1]}`" if chosen is not None else "no scheduler")
                + ", and ignores the line",
                help="move it behind lb_algo" if later else "remove it, or write `lb_algo sh` before it",
            )


def _takes_flags(scheduler: Setting | None) -> bool:
    """Of a scheduler that is not valid another rule speaks."""
    return scheduler is not None and (not scheduler.valid or scheduler.words[1] in HASHES)


@rule("LVS433", "empty-server-group", "error", Host, effect="outage")
def empty_group(host: Host, ctx: Context, emit: Emit) -> None:
    """A virtual_server_group without an entry: keepalived removes it, and with it the services that use it."""
    if host.includes_missing:
        return
    for block in host.director.blocks:
        if block.keyword.name == "virtual_server_group" and block.valid and not block.items and not block.cut_short:
            used = any(s.kind == "group" and s.address == block.words[1] for s in host.director.services)
            emit(
                (block.origin, 1),
                f"`{block.words[1]}` has no entry: keepalived removes the group"
                + (", and ignores the virtual_server that uses it" if used else ""),
                effect="" if used else "none",
                help="write `ADDRESS PORT` or `fwmark NUMBER` into it",
            )


@rule("LVS450", "group-families-differ", "error", Host, effect="outage")
def group_families(host: Host, ctx: Context, emit: Emit) -> None:
    """A service of a group with IPv4 and IPv6 addresses, or of another family than its servers."""
    for service in host.director.services:
        first: Item | None = None
        for item in _entries(host.director, service):
            first = first or item
            if (":" in item.words[0]) != (":" in first.words[0]):
                emit(
                    (item.origin, 0),
                    f"the group `{service.address}` has IPv4 and IPv6 addresses: keepalived ignores the service that uses it, "
                    "with one line in its log",
                    related=[((first.origin, 0), "the first address"), ((service.origin, 0), "the service")],
                    help="make a group and a service for each family",
                )
                break


@rule("LVS439", "tunnel-options", "error", VirtualService, effect="latent")
def tunnel_options(service: VirtualService, ctx: Context, emit: Emit) -> None:
    """Options of a tunnel that do not go together: keepalived ignores the line's options."""
    own = (s for s in service.settings if s.keyword.name in (*METHOD, "sorry_server_lvs_method"))
    servers = (setting for _, setting in pool(service).server_settings.get("lvs_method", ()))
    for setting in (*own, *servers):
        problem = _tunnel_problem(setting.words[1:]) if setting.valid else ""
        if problem:
            emit(
                (setting.origin, 1),
                f"{problem}: keepalived tunnels by plain IPIP instead, which the servers do not expect",
                help="write `TUN type gue port PORT`, `TUN type gre`, or `TUN` for IPIP",
            )


def _tunnel_problem(words: Sequence[str]) -> str:
    """What is wrong with the words of a forwarding method, or ""."""
    kind = words[words.index("type") + 1] if "type" in words else "ipip"
    if kind == "gue" and "port" not in words:
        return "GUE tunnels go to a UDP port, and none is said"
    if kind != "gue" and "port" in words:
        return f"{kind.upper()} tunnels have no port"
    if kind == "ipip" and ("csum" in words or "remcsum" in words):
        return "IPIP tunnels have no checksum"
    if kind == "gre" and "remcsum" in words:
        return "GRE tunnels have no remote checksum"
    return ""


@rule("LVS443", "granularity-without-timeout", "info", VirtualService)
def granularity(service: VirtualService, ctx: Context, emit: Emit) -> None:
    """A granularity of persistence where nothing turns persistence on: this does."""
    said = service.setting("persistence_granularity")
    if said is not None and not says(service, "persistence_timeout"):
        emit(
            (said.origin, 0),
            "this line alone turns persistence on: all clients of such a network stay with one server for 360 s",
            help="write `persistence_timeout` with the time that you want, or remove the line",
        )
