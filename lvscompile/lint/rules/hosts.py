"""3xx: what two hosts of one cluster share beyond an instance: groups, services, the sync daemon."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lvscompile.ir.core import Setting
from lvscompile.ir.peers import ADDRESS_MISMATCH_ACCEPTED, Pair, Twins, segment, share_address, share_subnet
from lvscompile.ir.services import RealServer, VirtualService
from lvscompile.ir.site import Director
from lvscompile.ir.tracking import groups
from lvscompile.ir.vrrp import Address, VrrpInstance
from lvscompile.lint.engine import Context, Emit, Host, Place
from lvscompile.lint.hints import quoted
from lvscompile.lint.registry import rule
from lvscompile.lint.rules.peers import place_of, some_of


def _whole(pair: Pair, ctx: Context) -> bool:
    """Whether both hosts are all there: a part that is missing may hold what is not found."""
    return not any(ctx.host(director).includes_missing for director in (pair.a, pair.b))


def _views(pair: Pair) -> tuple[tuple[Director, Director], tuple[Director, Director]]:
    """Each host with the other."""
    return (pair.a, pair.b), (pair.b, pair.a)


def _of(twins: Twins, director: Director) -> VrrpInstance:
    return twins.a if twins.a_host is director else twins.b


@rule("LVS314", "sync-groups-differ", "warning", Pair, effect="latent")
def sync_groups_differ(pair: Pair, ctx: Context, emit: Emit) -> None:
    """Instances that are in one sync group on one host and not on the other."""
    if not _whole(pair, ctx):
        return
    for here, there in _views(pair):
        mine, theirs = groups(here), groups(there)
        if not _names_are_known(here) or not _names_are_known(there):
            return
        for group in here.sync_groups:
            members = [t for t in pair.twins if t.same_router and mine.get(_of(t, here).name) is group]
            if len(members) < 2 or any(_of(t, there).cut_short for t in members):
                continue
            names = [theirs.get(_of(t, there).name) for t in members]
            if None not in names and len({id(name) for name in names}) == 1:
                continue
            apart = next(t for t, name in zip(members, names, strict=True) if name is None or name is not names[0])
            emit(
                (group.origin, 1),
                f"`{group.name}` holds {quoted(_of(t, here).name for t in members)} together on {here.name}, but nothing does on "
                f"{there.name}: there one can fail over without the others",
                related=[((_of(apart, there).origin, 1), f"on {there.name} this one goes its own way")],
                help="write the same vrrp_sync_group on both hosts",
            )


def _names_are_known(director: Director) -> bool:
    """Whether all members of all groups exist: else another rule has spoken."""
    names = {instance.name for instance in director.vrrp}
    return all(member.value in names for group in director.sync_groups for member in group.members)


Key = tuple[str, str, int | None, str]


@rule("LVS315", "services-differ", "warning", Pair, effect="latent")
def services_differ(pair: Pair, ctx: Context, emit: Emit) -> None:
    """Virtual servers of shared addresses that the two hosts do not have alike."""
    if not _whole(pair, ctx):
        return
    shared = _shared_addresses(pair)
    tables = {id(d): {_key(s): s for s in d.services} for d in (pair.a, pair.b)}
    a, b = tables[id(pair.a)], tables[id(pair.b)]
    # What is left of a broken one may be without the protocol that was said.
    broken = {id(d): {_key(s)[:-1] for s in d.services if _broken(s)} for d in (pair.a, pair.b)}
    for here, there in _views(pair):
        theirs = tables[id(there)]
        missing = [
            service
            for key, service in tables[id(here)].items()
            if key not in theirs
            and key[:-1] not in broken[id(there)]
            and service.address in shared
            and not _broken(service)
        ]
        if missing:
            emit(
                (missing[0].origin, 1),
                f"only {here.name} has a virtual_server for {some_of([s.title for s in missing])}: while {there.name} is master "
                "nobody serves there",
                related=[(_taken_over(pair, there, missing[0].address), f"{there.name} takes the address over")],
                severity="error",
                help=f"write the same virtual_server blocks on {there.name}",
            )
    for key, service in a.items():
        other = b.get(key)
        if other is None or _broken(service) or _broken(other):
            continue
        differences = list(_differences(service, other, pair))
        if differences:
            emit(
                (service.origin, 1),
                f"`{service.title}` is not the same on {pair.a.name} and {pair.b.name}: {'; '.join(differences)}",
                related=[((other.origin, 1), f"the one of {pair.b.name}")],
                help="keep the two alike, so that a failover changes nothing for the clients",
            )


def _broken(service: VirtualService) -> bool:
    """Whether another rule has spoken: keepalived skips the block, or sees a part of it only."""
    return service.cut_short or not service.valid


def _key(service: VirtualService) -> Key:
    """What IPVS knows a service by. A mark has no protocol, and keepalived takes UDP where none is named."""
    protocol = service.protocol.value.upper() if service.protocol is not None else "UDP"
    return service.kind, service.address, service.port, protocol if service.kind == "address" else ""


def _addresses(pair: Pair, director: Director) -> Iterator[Address]:
    for twins in pair.twins:
        if twins.same_router:
            instance = _of(twins, director)
            yield from (*instance.addresses, *instance.excluded)


def _taken_over(pair: Pair, director: Director, address: str) -> Place:
    return next((found.origin, 0) for found in _addresses(pair, director) if found.address == address)


def _shared_addresses(pair: Pair) -> set[str]:
    a, b = ({address.address for address in _addresses(pair, d)} for d in (pair.a, pair.b))
    return a & b


def _differences(a: VirtualService, b: VirtualService, pair: Pair) -> Iterator[str]:
    """What clients can tell of; checks may well be a host's own."""
    mine, theirs = _servers(a), _servers(b)
    for host, here, there in ((pair.a, mine, theirs), (pair.b, theirs, mine)):
        only = [name for name in here if name not in there]
        if only:
            yield f"{some_of(only)} only on {host.name}"
    for name, get in _ASPECTS:
        if get(a) != get(b):
            yield f"{name} {get(a) or 'none'} and {get(b) or 'none'}"
    weights = [
        name for name, server in mine.items() if name in theirs and _weight(server, a) != _weight(theirs[name], b)
    ]
    if weights:
        first = weights[0]
        yield f"weight {_weight(mine[first], a)} and {_weight(theirs[first], b)} of {some_of(weights)}"


def _servers(service: VirtualService) -> dict[str, RealServer]:
    return {f"{s.address} {s.port or service.port or ''}".rstrip(): s for s in service.real_servers if s.valid}


def _weight(server: RealServer, service: VirtualService) -> str:
    if server.weight is not None:
        return str(server.weight.value)
    stated = service.setting("weight")
    return stated.words[1] if stated is not None else "1"


def _sorry(service: VirtualService) -> str:
    sorry = service.sorry_server
    return f"{sorry.address} {sorry.port or ''}".rstrip() if sorry is not None else ""


_ASPECTS: tuple[tuple[str, Callable[[VirtualService], str]], ...] = (
    ("scheduler", lambda s: s.scheduler.value if s.scheduler is not None else ""),
    ("forwarding method", lambda s: s.method.value if s.method is not None else ""),
    ("persistence_timeout", lambda s: str(s.persistence.value) if s.persistence is not None else ""),
    ("sorry server", _sorry),
)


@rule("LVS320", "vrid-of-strangers", "error", Host, effect="outage")
def vrid_of_strangers(host: Host, ctx: Context, emit: Emit) -> None:
    """Two clusters with one VRID on one network."""
    if not ctx.compare:
        return
    before = ctx.hosts[: next(at for at, each in enumerate(ctx.hosts) if each is host)]
    related = {(id(t.a), id(t.b)) for pair in ctx.pairs for t in pair.twins}
    mine = list(_heard(host, ctx))
    said: set[int] = set()
    for other in before:
        theirs = dict(_heard(other, ctx))
        for key, instance in mine:
            stranger = theirs.get(key)
            if stranger is None or id(instance) in said or (id(stranger), id(instance)) in related:
                continue
            network = _one_network(other.director, stranger, host.director, instance, ctx)
            if not network:
                continue
            said.add(id(instance))
            accepted = ctx.newest() >= ADDRESS_MISMATCH_ACCEPTED
            if accepted:
                harm = "the one of lower priority takes the other for its master and gives its addresses up"
            else:
                harm = "each drops the other's advertisements and says so in the log every time"
            emit(
                place_of(instance, instance.vrid),
                f"`{instance.name}` on {host.director.name} and `{stranger.name}` on {other.director.name} have nothing to do with "
                f"each other and both use VRID {key[0]} on {network}: {harm}",
                related=[(place_of(stranger, stranger.vrid), f"`{stranger.name}` has it here")],
                severity="error" if accepted else "warning",
                effect="outage" if accepted else "none",
                help="give each cluster on a network VRIDs of its own",
            )


def _heard(host: Host, ctx: Context) -> Iterator[tuple[tuple[int, int, str], VrrpInstance]]:
    """The instances that advertise by multicast."""
    for instance in host.director.vrrp:
        params = ctx.params(host.director, instance, ctx.newest())
        if params.vrid is not None and params.group:
            yield (params.vrid, params.family, params.group), instance


def _one_network(a_host: Director, a: VrrpInstance, b_host: Director, b: VrrpInstance, ctx: Context) -> str:
    """The network that both are on, "" where that is not known: by its name, else by the addresses' masks."""
    here, there = segment(a_host, a, ctx.known.segments), segment(b_host, b, ctx.known.segments)
    if here and there:
        return f"the network `{here}`" if here == there else ""
    # Two copies of one cluster, on networks of their own, have the same addresses.
    return "one network" if share_subnet(a.addresses, b.addresses) and not share_address(a, b) else ""


@rule("LVS321", "sync-daemon-differs", "warning", Pair, effect="latent")
def sync_daemon_differs(pair: Pair, ctx: Context, emit: Emit) -> None:
    """The connection sync daemon on one host only, or with another id, port or group."""
    a, b = _daemon(pair.a), _daemon(pair.b)
    if not _whole(pair, ctx) or any(_old_daemon(d) for d in (pair.a, pair.b)):
        return
    if a is not None and b is not None:
        mine, theirs = _options(a), _options(b)
        differing = [name for name in mine if mine[name] and theirs[name] and mine[name] != theirs[name]]
        if differing:
            name = differing[0]
            emit(
                (a.origin, 0),
                f"the sync daemons of {pair.a.name} and {pair.b.name} do not hear each other: {name} {mine[name]} and {theirs[name]}; "
                "a failover cuts the established connections",
                related=[((b.origin, 0), f"{pair.b.name} has {name} {theirs[name]}")],
                help="use the same id, port and group on both",
            )
        return
    for (here, there), stated in zip(_views(pair), (a, b), strict=True):
        if stated is not None:
            emit(
                (stated.origin, 0),
                f"only {here.name} has lvs_sync_daemon: {there.name} knows nothing of the connections, and a failover cuts those "
                "that are established",
                related=[((_of(pair.twins[0], there).origin, 1), f"{there.name} takes over without it")],
                help=f"write the same line on {there.name}, with its own interface",
            )


def _daemon(director: Director) -> Setting | None:
    return director.global_setting("lvs_sync_daemon")


def _old_daemon(director: Director) -> bool:
    """Whether an instance starts the daemon, as it was done before 1.2.20, or a rejected line was meant to."""
    return any(i.setting("lvs_sync_daemon_interface") is not None for i in director.vrrp) or any(
        s.keyword.name == "lvs_sync_daemon" and not s.valid for s in director.globals
    )


def _options(setting: Setting) -> dict[str, str]:
    """What both must agree on; "" where that is not said and has no one default."""
    words = setting.words[2:]
    said = {name: words[words.index(name) + 1] for name in ("id", "port", "group") if name in words[:-1]}
    return {"id": said.get("id", ""), "port": said.get("port", "8848"), "group": said.get("group", "224.0.0.81")}


@rule("LVS330", "instance-without-peer", "info", Host, effect="latent")
def instance_without_peer(host: Host, ctx: Context, emit: Emit) -> None:
    """An instance that no other host backs up, on a host that has peers."""
    mine = [pair for pair in ctx.pairs if host.director in (pair.a, pair.b)]
    others = [pair.b if pair.a is host.director else pair.a for pair in mine]
    if not others or any(ctx.host(director).includes_missing for director in (host.director, *others)):
        return
    backed = {id(instance) for pair in ctx.pairs for t in pair.twins for instance in (t.a, t.b)}
    for instance in host.director.vrrp:
        if id(instance) in backed or instance.cut_short or instance.vrid is None:
            continue
        namesake = next((i for d in others for i in d.vrrp if i.name == instance.name and id(i) not in backed), None)
        names = " or ".join(dict.fromkeys(director.name for director in others))
        message = f"`{instance.name}` has no counterpart on {names}: when {host.director.name} fails, nobody has its addresses"
        if namesake is None:
            emit((instance.origin, 1), message, help="add it there, if it is to survive this host")
        else:
            emit(
                (instance.origin, 1),
                f"{message}; the `{namesake.name}` there shares neither the VRID nor an address with it",
                related=[((namesake.origin, 1), "the one of the same name")],
                severity="warning",
                help="use the same virtual_router_id and virtual_ipaddress on both",
            )
