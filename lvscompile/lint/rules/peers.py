"""3xx: hosts that back each other up, compared.

What really happens for each of these differences was measured with pairs of real keepalived processes; the tests
hold the pairs.
"""

from __future__ import annotations

from typing import NamedTuple

from lvscompile.ir.core import Stated, show_version
from lvscompile.ir.effective import OWNER, SECOND, VrrpParams
from lvscompile.ir.peers import ADDRESS_MISMATCH_ACCEPTED, Twins, deafness, held_back_by, unheard
from lvscompile.ir.vrrp import VrrpInstance
from lvscompile.lint import edits
from lvscompile.lint.engine import Context, Emit, Place
from lvscompile.lint.registry import rule
from lvscompile.syntax.findings import Fix


def params_of(twins: Twins, ctx: Context) -> tuple[VrrpParams, VrrpParams]:
    newest = ctx.newest()
    return ctx.params(twins.a_host, twins.a, newest), ctx.params(twins.b_host, twins.b, newest)


def place_of(instance: VrrpInstance, stated: Stated[int] | Stated[str] | None) -> Place:
    """Where a value is stated; the instance's name where it is a default."""
    return (stated.origin, stated.word) if stated is not None else (instance.origin, 1)


def names_of(twins: Twins) -> str:
    """The two instances, as a person would say it."""
    if twins.a.name == twins.b.name:
        return f"`{twins.a.name}` on {twins.a_host.name} and {twins.b_host.name}"
    return f"`{twins.a.name}` on {twins.a_host.name} and `{twins.b.name}` on {twins.b_host.name}"


SPLIT = "both hosts become MASTER and hold the virtual addresses at the same time"


class Consequence(NamedTuple):
    """What two instances that do not hear each other come to."""

    effect: str
    message: str


def _consequence(twins: Twins, ctx: Context) -> Consequence:
    group = held_back_by(ctx.pair_of(twins), twins, ctx.newest())
    if not group:
        return Consequence("split", SPLIT)
    return Consequence(
        "latent",
        f"and only the sync group `{group}`, whose other instances still hear their peer, keeps both hosts from becoming "
        "MASTER",
    )


def _deaf(twins: Twins, ctx: Context) -> frozenset[str]:
    a, b = params_of(twins, ctx)
    return deafness(a, b, twins.same_router, ctx.target.versions()[0])


@rule("LVS301", "both-peers-master", "error", Twins, effect="latent", fix="unsafe")
def both_peers_master(twins: Twins, ctx: Context, emit: Emit) -> None:
    """Both peers declare `state MASTER`."""
    a, b = twins.a, twins.b
    if not twins.same_router or a.state is None or b.state is None:
        return
    if a.state.value != "MASTER" or b.state.value != "MASTER":
        return
    versions = ctx.target.versions()
    says = []
    if versions[0] < (2, 0):
        says.append("keepalived 1.x claims the virtual addresses on both hosts at start")
    if versions[-1] >= (2, 0):
        says.append("2.x elects by priority whatever the state says, so `state MASTER` contradicts the election and "
                    "defeats nopreempt")  # fmt: skip
        if a.priority is None and b.priority is None:
            says.append(f"and as neither has a priority, both are address owners with priority {OWNER}")
    emit(
        place_of(a, a.state),
        f"{names_of(twins)} both say `state MASTER`: {'; '.join(says)}",
        related=[(place_of(b, b.state), f"{twins.b_host.name} says so too")],
        help="write `state BACKUP` on both, and let the higher priority be the master",
        fix=_one_master(twins, ctx, a.state, b.state),
    )


def _one_master(twins: Twins, ctx: Context, a_state: Stated[str], b_state: Stated[str]) -> Fix | None:
    """The host with the lower priority says BACKUP; both do where the election shall not be repeated, or is a tie."""
    a, b = params_of(twins, ctx)
    both = a.priority == b.priority or twins.a.nopreempt is not None or twins.b.nopreempt is not None
    lower = min((a.priority, a_state), (b.priority, b_state), key=lambda each: each[0])[1]
    losers = (a_state, b_state) if both else (lower,)
    title = "write `state BACKUP` on both" if both else "write `state BACKUP` where the priority is lower"
    return edits.fix(title, *(edits.replaced(state.origin, 1, "BACKUP") for state in losers), safe=False)


@rule("LVS302", "vrid-differs", "error", Twins, effect="split")
def vrid_differs(twins: Twins, ctx: Context, emit: Emit) -> None:
    """The same virtual addresses under different VRIDs."""
    if "vrid" not in _deaf(twins, ctx) or twins.a.vrid is None or twins.b.vrid is None:
        return
    then = _consequence(twins, ctx)
    shared = {v.address for v in twins.a.addresses} & {v.address for v in twins.b.addresses}
    emit(
        place_of(twins.a, twins.a.vrid),
        f"{names_of(twins)} share {'a virtual address' if len(shared) == 1 else f'{len(shared)} virtual addresses'} but "
        f"not the VRID ({twins.a.vrid.value} and {twins.b.vrid.value}): each ignores the other's advertisements without a "
        f"message, {then.message}",
        related=[(place_of(twins.b, twins.b.vrid), f"{twins.b_host.name} has {twins.b.vrid.value}")],
        effect=then.effect,
        help="use one VRID on both",
    )


@rule("LVS303", "version-differs", "error", Twins, effect="split")
def version_differs(twins: Twins, ctx: Context, emit: Emit) -> None:
    """Peers that speak different versions of VRRP."""
    if "version" not in _deaf(twins, ctx):
        return
    a, b = params_of(twins, ctx)
    then = _consequence(twins, ctx)
    emit(
        place_of(twins.a, twins.a.version),
        f"{names_of(twins)} speak VRRP version {a.version} and {b.version}: each drops the other's advertisements, {then.message}",
        related=[(place_of(twins.b, twins.b.version), f"{twins.b_host.name} speaks version {b.version}")],
        effect=then.effect,
        help="set the same `version` in both instances, or the same vrrp_version in global_defs",
    )


@rule("LVS304", "advert-interval-differs", "error", Twins, effect="split")
def advert_differs(twins: Twins, ctx: Context, emit: Emit) -> None:
    """Peers that advertise at different intervals."""
    a, b = params_of(twins, ctx)
    if not twins.same_router or a.version != b.version or a.advert_int == b.advert_int:
        return
    related = [(place_of(twins.b, twins.b.advert_int), f"{twins.b_host.name} every {_seconds(b.advert_int)}")]
    what = f"{names_of(twins)} advertise every {_seconds(a.advert_int)} and every {_seconds(b.advert_int)}"
    if a.version == 2:
        then = _consequence(twins, ctx)
        emit(
            place_of(twins.a, twins.a.advert_int),
            f"{what}: VRRP version 2 drops an advertisement with another interval, {then.message}",
            related=related,
            effect=then.effect,
            help="use one advert_int on both",
        )
    else:
        emit(
            place_of(twins.a, twins.a.advert_int),
            f"{what}: version 3 learns the master's interval, so a failover takes longer or shorter depending on who is "
            "master",
            related=related,
            severity="warning",
            effect="none",
            help="use one advert_int on both",
        )


def _seconds(micros: int) -> str:
    return f"{micros / SECOND:g} s"


@rule("LVS305", "authentication-differs", "error", Twins, effect="split")
def auth_differs(twins: Twins, ctx: Context, emit: Emit) -> None:
    """Peers that do not accept each other's authentication."""
    if "auth" not in _deaf(twins, ctx):
        return
    a, b = params_of(twins, ctx)
    then = _consequence(twins, ctx)
    if a.auth[0] != b.auth[0]:
        kinds = [kind or "none" for kind, _ in (a.auth, b.auth)]
        what, stated_a, stated_b = f"use different authentication ({kinds[0]} and {kinds[1]})", "auth_type", "auth_type"
    else:
        what, stated_a, stated_b = "have different passwords within the first 8 bytes", "auth_pass", "auth_pass"
    emit(
        _auth_place(twins.a, stated_a),
        f"{names_of(twins)} {what}: each drops the other's advertisements, {then.message}",
        related=[(_auth_place(twins.b, stated_b), f"{twins.b_host.name} differs here")],
        effect=then.effect,
        help="use the same authentication block on both",
    )


def _auth_place(instance: VrrpInstance, field: str) -> Place:
    stated = getattr(instance, field)
    return instance.place("authentication") if stated is None else place_of(instance, stated)


@rule("LVS306", "virtual-addresses-differ", "error", Twins, effect="split")
def addresses_differ(twins: Twins, ctx: Context, emit: Emit) -> None:
    """Peers whose lists of virtual addresses are not the same."""
    a, b = params_of(twins, ctx)
    if not twins.same_router or a.addresses == b.addresses:
        return
    only_a, only_b = sorted(a.addresses - b.addresses), sorted(b.addresses - a.addresses)
    parts = [f"{len(only)} only on {host} ({some_of(only)})" for only, host in
             ((only_a, twins.a_host.name), (only_b, twins.b_host.name)) if only]  # fmt: skip
    splitting = [v for v in ctx.target.versions() if v < ADDRESS_MISMATCH_ACCEPTED]
    then = _consequence(twins, ctx) if splitting else Consequence("latent", "")
    what = f"{names_of(twins)} have different virtual addresses: {' and '.join(parts)}"
    newer = f"keepalived {show_version(ADDRESS_MISMATCH_ACCEPTED)} and later only log it, and a failover loses or adds addresses"
    if splitting:
        message = f"{what}; before {show_version(ADDRESS_MISMATCH_ACCEPTED)} each drops the other's advertisements, {then.message}"
        if ctx.target.keepalived is None:
            message += f"; {newer}"
    else:
        message = f"{what}; {newer}"
    emit(
        _address_place(twins.a, only_a),
        message,
        related=[(_address_place(twins.b, only_b), f"the list of {twins.b_host.name}")],
        severity="error" if splitting else "warning",
        effect=then.effect,
        help="keep the lists equal; addresses that only one host shall have do not belong in virtual_ipaddress",
    )


def some_of(addresses: list[str]) -> str:
    more = f" and {len(addresses) - 3} more" if len(addresses) > 3 else ""
    return ", ".join(addresses[:3]) + more


def _address_place(instance: VrrpInstance, only: list[str]) -> Place:
    for address in instance.addresses:
        if address.address in only[:1]:
            return address.origin, 0
    return instance.place("virtual_ipaddress")


@rule("LVS307", "unicast-against-multicast", "error", Twins, effect="split")
def unicast_against_multicast(twins: Twins, ctx: Context, emit: Emit) -> None:
    """One peer advertises by unicast, the other by multicast."""
    if "casting" not in _deaf(twins, ctx):
        return
    a, _ = params_of(twins, ctx)
    then = _consequence(twins, ctx)
    kinds = ("unicast", "multicast") if a.peers else ("multicast", "unicast")
    emit(
        twins.a.place("unicast_peer"),
        f"{names_of(twins)} advertise by {kinds[0]} and by {kinds[1]}: each drops what the other sends without a message, "
        f"{then.message}",
        related=[(twins.b.place("unicast_peer"), f"{twins.b_host.name} advertises by {kinds[1]}")],
        effect=then.effect,
        help="give both a unicast_peer block that names the other, or neither",
    )


@rule("LVS308", "multicast-group-differs", "error", Twins, effect="split")
def group_differs(twins: Twins, ctx: Context, emit: Emit) -> None:
    """Peers that advertise to different multicast groups."""
    if "group" not in _deaf(twins, ctx):
        return
    a, b = params_of(twins, ctx)
    then = _consequence(twins, ctx)
    emit(
        place_of(twins.a, twins.a.mcast_group),
        f"{names_of(twins)} advertise to {a.group} and to {b.group}: neither hears the other, {then.message}",
        related=[(place_of(twins.b, twins.b.mcast_group), f"{twins.b_host.name} advertises to {b.group}")],
        effect=then.effect,
        help="use one mcast_dst_ip (or vrrp_mcast_group4/6) on both",
    )


@rule("LVS309", "equal-priorities", "warning", Twins, effect="latent")
def equal_priorities(twins: Twins, ctx: Context, emit: Emit) -> None:
    """Peers with the same priority."""
    a, b = params_of(twins, ctx)
    if not twins.same_router or a.priority != b.priority or a.priority == OWNER:
        return
    emit(
        place_of(twins.a, twins.a.priority),
        f"{names_of(twins)} both have priority {a.priority}: whoever is up first is master, and when both start together "
        "the higher IP address wins after both have claimed the addresses",
        related=[(place_of(twins.b, twins.b.priority), f"{twins.b_host.name} has the same")],
        help="give the host that shall be master a higher priority",
    )


@rule("LVS310", "peer-not-listed", "error", Twins, effect="split", fix="unsafe")
def peer_not_listed(twins: Twins, ctx: Context, emit: Emit) -> None:
    """A unicast peer that does not list the other host's address."""
    a, b = params_of(twins, ctx)
    # From one source address on both the real ones cannot be told: same-source-address.
    if not twins.same_router or a.source == b.source:
        return
    first, second = (twins.a_host, twins.a, a), (twins.b_host, twins.b, b)
    for (host, instance, params), (other_host, other, other_params) in ((first, second), (second, first)):
        if not unheard(other_params, params):
            continue
        leads = params.priority > other_params.priority
        if leads:
            harm = f"{other_host.name} never hears the master and becomes MASTER as well: {SPLIT}"
        else:
            harm = (
                f"harmless while {other_host.name} is master; after a failover {other_host.name} returns without hearing "
                f"{host.name}, and takes the addresses back whatever nopreempt says"
            )
        emit(
            instance.place("unicast_peer"),
            f"`{instance.name}` on {host.name} does not send to {other_params.source}, the address of {other_host.name}: "
            f"{harm}",
            related=[(place_of(other, other.unicast_src or other.mcast_src), f"{other_host.name} speaks from here")],
            severity="error" if leads else "warning",
            effect="split" if leads else "latent",
            help=f"add `{other_params.source}` to unicast_peer",
            fix=edits.fix(
                f"add `{other_params.source}`",
                edits.inserted(instance.place("unicast_peer")[0], other_params.source),
                safe=False,
            ),
        )


@rule("LVS311", "two-owners", "error", Twins, effect="latent")
def two_owners(twins: Twins, ctx: Context, emit: Emit) -> None:
    """Both peers are address owners (priority 255)."""
    a, b = params_of(twins, ctx)
    if not twins.same_router or a.priority != OWNER or b.priority != OWNER:
        return
    emit(
        place_of(twins.a, twins.a.priority or twins.a.state),
        f"{names_of(twins)} both have priority {OWNER}, which is for the one host that owns the addresses: both claim them "
        "at start, until one of them gives in",
        related=[(place_of(twins.b, twins.b.priority or twins.b.state), f"{twins.b_host.name} claims them too")],
        help="use priorities up to 254, a different one for each host",
    )
