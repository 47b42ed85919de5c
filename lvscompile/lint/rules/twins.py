"""3xx: what two instances that back each other up should have in common besides the advertisements.

None of this keeps them from hearing each other; it shows when one takes over from the other.
"""

from __future__ import annotations

from collections.abc import Iterable

from lvscompile.ir.addresses import network
from lvscompile.ir.core import Item, Setting, Version
from lvscompile.ir.effective import VrrpParams
from lvscompile.ir.peers import Twins, segment
from lvscompile.ir.site import Director
from lvscompile.ir.vrrp import Address, VrrpInstance
from lvscompile.lint.engine import Context, Emit, Owned, Place
from lvscompile.lint.registry import rule
from lvscompile.lint.rules.peers import SPLIT, names_of, params_of, place_of, some_of
from lvscompile.lint.stated import is_on, priority


def _sides(twins: Twins) -> tuple[tuple[Owned, Owned], tuple[Owned, Owned]]:
    """Each side with the other."""
    a, b = Owned(twins.a_host, twins.a), Owned(twins.b_host, twins.b)
    return (a, b), (b, a)


def _whole(twins: Twins, ctx: Context) -> bool:
    """Whether both sides are all there: a part that is missing may hold what is not found."""
    return twins.same_router and not any(
        instance.cut_short or ctx.host(host).includes_missing
        for host, instance in ((twins.a_host, twins.a), (twins.b_host, twins.b))
    )


@rule("LVS312", "preempt-differs", "warning", Twins, effect="latent")
def preempt_differs(twins: Twins, ctx: Context, emit: Emit) -> None:
    """nopreempt on one host only."""
    if not _whole(twins, ctx):
        return
    for (host, mine), (other_host, other) in _sides(twins):
        here, there = priority(Owned(host, mine), ctx), priority(Owned(other_host, other), ctx)
        if mine.nopreempt is None or other.nopreempt is not None or here is None or there is None:
            continue
        related = [(place_of(other, other.priority), f"{other_host.name} has priority {there} and no nopreempt")]
        if here < there:
            emit(
                (mine.nopreempt.origin, 0),
                f"nopreempt only on {host.name}, which has the lower priority ({here} against {there}): {other_host.name} takes "
                "the addresses back as soon as it returns",
                related=related,
                help=f"add nopreempt on {other_host.name} too, or remove it here",
            )
        elif here > there and ctx.params(host, mine, ctx.newest()).nopreempt:
            emit(
                (mine.nopreempt.origin, 0),
                f"nopreempt only on {host.name}: it does not take the addresses back when it returns, but {other_host.name}, "
                "should it ever have the higher priority, does",
                related=related,
                severity="info",
                effect="none",
                help=f"to keep the addresses where they are in any case, add nopreempt on {other_host.name} too",
            )


@rule("LVS313", "down-timer-differs", "info", Twins)
def down_timer_differs(twins: Twins, ctx: Context, emit: Emit) -> None:
    """Peers that wait for a different number of advertisements."""
    a, b = params_of(twins, ctx)
    if not twins.same_router or a.down_timer_adverts == b.down_timer_adverts:
        return
    emit(
        _timer_place(Owned(twins.a_host, twins.a)),
        f"{names_of(twins)} wait for {a.down_timer_adverts} and for {b.down_timer_adverts} missing advertisements: a failover "
        "takes longer in one direction than in the other",
        related=[(_timer_place(Owned(twins.b_host, twins.b)), f"{twins.b_host.name} waits for {b.down_timer_adverts}")],
        help="use one value on both",
    )


def _timer_place(owned: Owned) -> Place:
    stated = owned.instance.setting("down_timer_adverts") or owned.host.global_setting("vrrp_down_timer_adverts")
    return (stated.origin, 1) if stated is not None else (owned.instance.origin, 1)


@rule("LVS325", "excluded-addresses-differ", "warning", Twins, effect="latent")
def excluded_differ(twins: Twins, ctx: Context, emit: Emit) -> None:
    """Peers whose virtual_ipaddress_excluded are not the same."""
    if not _whole(twins, ctx):
        return
    for (host, instance), (other_host, other) in _sides(twins):
        there = {address.address for address in (*other.addresses, *other.excluded)}
        only = [address for address in instance.excluded if address.address not in there]
        if only:
            emit(
                (only[0].origin, 0),
                f"{some_of([address.address for address in only])}: only {host.name} has "
                f"{'it' if len(only) == 1 else 'them'}, not `{other.name}` on {other_host.name}; while {other_host.name} is "
                "master nobody has",
                related=[(other.place("virtual_ipaddress_excluded"), f"the list of {other_host.name}")],
                help="keep the lists equal: excluded addresses are not in the advertisements, so no host notices",
            )


@rule("LVS328", "same-source-address", "error", Twins, effect="latent")
def same_source(twins: Twins, ctx: Context, emit: Emit) -> None:
    """Both hosts say that they speak from one address: a copied line."""
    a, b = params_of(twins, ctx)
    if not twins.same_router or not a.source or a.source != b.source:
        return
    emit(
        _source_place(twins.a),
        f"{names_of(twins)} both speak from {a.source}: one of the lines is a copy, and once that host is master its "
        "advertisements come from an address that is not its own",
        related=[(_source_place(twins.b), f"{twins.b_host.name} says so too")],
        help="give each host its own address here",
    )


def _source_place(instance: VrrpInstance) -> Place:
    return place_of(instance, instance.unicast_src or instance.mcast_src)


@rule("LVS329", "routes-differ", "warning", Twins, effect="latent")
def routes_differ(twins: Twins, ctx: Context, emit: Emit) -> None:
    """Peers whose virtual_routes or virtual_rules are not the same."""
    if not _whole(twins, ctx):
        return
    for name in ("virtual_routes", "virtual_rules"):
        for (host, instance), (other_host, other) in _sides(twins):
            there = {_meaning(item) for item in _items(other, name)}
            only = [item for item in _items(instance, name) if _meaning(item) not in there]
            if not only or _any_dropped(other, name):
                continue
            emit(
                (only[0].origin, 0),
                f"{len(only)} of the {name} of `{instance.name}`: only {host.name} has "
                f"{'it' if len(only) == 1 else 'them'}, and while {other_host.name} is master nobody has",
                related=[(other.place(name), f"{other_host.name}")],
                help="keep the lists equal",
            )


def _items(instance: VrrpInstance, name: str) -> Iterable[Item]:
    return (item for block in instance.blocks if block.keyword.name == name for item in block.items if item.valid)


def _any_dropped(instance: VrrpInstance, name: str) -> bool:
    return any(not item.valid for block in instance.blocks if block.keyword.name == name for item in block.items)


def _meaning(item: Item) -> str:
    """The words but for the interface and the gateway, which may well be the host's own."""
    words = list(item.words)
    for name in ("dev", "oif", "iif", "via", "gw", "src"):
        while name in words[:-1]:
            at = words.index(name)
            del words[at : at + 2]
    return " ".join(words)


@rule("LVS332", "virtual-mac-differs", "info", Twins)
def vmac_differs(twins: Twins, ctx: Context, emit: Emit) -> None:
    """One peer uses a virtual MAC, the other its own."""
    if not _whole(twins, ctx):
        return
    for (host, instance), (other_host, other) in _sides(twins):
        if instance.use_vmac is not None and other.use_vmac is None:
            emit(
                (instance.use_vmac.origin, 0),
                f"`{instance.name}` uses a virtual MAC on {host.name} and not on {other_host.name}: at each failover the addresses "
                "change their MAC, and neighbours must learn it as if there were none",
                related=[((other.origin, 1), f"{other_host.name} uses the MAC of its interface")],
                help="use_vmac on both, or on neither",
            )


@rule("LVS323", "checksum-differs", "error", Twins, effect="outage")
def checksum_differs(twins: Twins, ctx: Context, emit: Emit) -> None:
    """Peers that compute the checksum of VRRP version 3 over IPv4 in different ways."""
    a, b = params_of(twins, ctx)
    if not _whole(twins, ctx) or ctx.newest() < CHECKSUM_CHOICE or (a.version, a.family) != (3, 4) or b.version != 3:
        return
    for (host, instance), (other_host, other) in _sides(twins):
        stated, theirs = _checksum(host, instance), _checksum(other_host, other)
        if is_on(stated) and not is_on(theirs):
            assert stated is not None
            emit(
                (stated.origin, 0),
                f"v3_checksum_as_v2 only on {host.name}: its advertisements have another checksum than {other_host.name} expects, "
                f"and each drops what the other sends; {SPLIT}",
                related=[
                    ((other.origin, 1), f"`{other.name}` on {other_host.name} computes it as RFC 5798 is mostly read")
                ],
                help="set it on both hosts, or on neither",
            )


# The first version that has v3_checksum_as_v2.
CHECKSUM_CHOICE: Version = (2, 2, 8)


def _checksum(host: Director, instance: VrrpInstance) -> Setting | None:
    return instance.setting("v3_checksum_as_v2") or host.global_setting("v3_checksum_as_v2")


@rule("LVS324", "masks-differ", "info", Twins, effect="latent")
def masks_differ(twins: Twins, ctx: Context, emit: Emit) -> None:
    """A virtual address with another mask on each host."""
    if not twins.same_router:
        return
    theirs = {address.address: address for address in (*twins.b.addresses, *twins.b.excluded)}
    for mine in (*twins.a.addresses, *twins.a.excluded):
        other = theirs.get(mine.address)
        if other is not None and _mask(mine) != _mask(other):
            emit(
                (mine.origin, 0),
                f"{mine.address} is a /{_mask(mine)} on {twins.a_host.name} and a /{_mask(other)} on {twins.b_host.name}: a failover "
                "changes the routes of the host, and from which address it speaks",
                related=[((other.origin, 0), f"/{_mask(other)} on {twins.b_host.name}")],
                help="write the same mask on both",
            )
            return


def _mask(address: Address) -> int:
    """The prefix length; without a mask keepalived adds a host address."""
    if address.prefix is not None:
        return address.prefix
    return 128 if address.family == 6 else 32


@rule("LVS335", "networks-differ", "error", Twins, effect="split")
def networks_differ(twins: Twins, ctx: Context, emit: Emit) -> None:
    """Peers that are on different networks."""
    a, b = params_of(twins, ctx)
    here = segment(twins.a_host, twins.a, ctx.known.segments)
    there = segment(twins.b_host, twins.b, ctx.known.segments)
    if bool(a.peers) != bool(b.peers):
        return  # told of by unicast-against-multicast
    if here and there:
        apart, here, there = here != there, f"`{here}`", f"`{there}`"
    else:
        known = a.peers and a.source and b.source
        apart, here, there = bool(known) and _at_home(a, twins.a) != _at_home(b, twins.b), a.source, b.source
    if apart and not a.peers:
        _apart(twins, here, there, f"multicast does not go from one to the other: {SPLIT}", emit)
    elif apart and not _tells_somebody(twins):
        _apart(twins, here, there, NOT_REACHED, emit, severity="warning", effect="latent")


NOT_REACHED = "the virtual addresses belong to one of the two, and while the other host is master nobody reaches them"


def _apart(twins: Twins, here: str, there: str, harm: str, emit: Emit, severity: str = "", effect: str = "") -> None:
    emit(
        place_of(twins.a, twins.a.unicast_src if effect else twins.a.interface),
        f"{names_of(twins)} are on different networks, {here} and {there}: {harm}",
        related=[
            (place_of(twins.b, twins.b.unicast_src if effect else twins.b.interface), f"{twins.b_host.name}: {there}")
        ],
        severity=severity,
        effect=effect,
        help="use interfaces and addresses of one network; across networks a notify_master script must move the addresses",
    )


def _at_home(params: VrrpParams, instance: VrrpInstance) -> bool:
    """Whether the source is in the network of a virtual address."""
    return any(network(params.source, _mask(v)) == network(v.address, _mask(v)) for v in instance.addresses)


def _tells_somebody(twins: Twins) -> bool:
    """Whether a script or a FIFO learns of a new master: it may well move the addresses, as clouds want it."""
    return any(
        "notify" in setting.keyword.name and (setting.keyword.quoted or "fifo" in setting.keyword.name)
        for host, instance in ((twins.a_host, twins.a), (twins.b_host, twins.b))
        for settings in (instance.settings, host.globals, *(group.settings for group in host.sync_groups))
        for setting in settings
    )
