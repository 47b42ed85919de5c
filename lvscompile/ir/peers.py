"""Which instances of different hosts are meant to back each other up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import combinations

from lvscompile.ir.addresses import network
from lvscompile.ir.core import Version
from lvscompile.ir.effective import VrrpParams, vrrp_params
from lvscompile.ir.node import Node
from lvscompile.ir.site import Director
from lvscompile.ir.vrrp import Address, VrrpInstance

NO_SEGMENTS: Mapping[tuple[str, str], str] = {}


class Twins(Node):
    """Two instances of two hosts that share a virtual router, or were meant to.

    `same_router` is False for a near miss: the same addresses under another VRID.
    """

    a_host: Director
    a: VrrpInstance
    b_host: Director
    b: VrrpInstance
    same_router: bool


class Pair(Node):
    """Two hosts with at least one pair of twins."""

    a: Director
    b: Director
    twins: tuple[Twins, ...]


def pairs(directors: Iterable[Director], segments: Mapping[tuple[str, str], str] = NO_SEGMENTS) -> tuple[Pair, ...]:
    """All pairs of hosts that belong together, in the order of the hosts. `segments` is what is known of the networks
    that (host, interface) are on.
    """
    found = [(a, b, twins(a, b)) for a, b in combinations(tuple(directors), 2)]
    settled = {
        id(instance)
        for _, _, each in found
        for t in each
        if t.same_router and share_address(t.a, t.b)
        for instance in (t.a, t.b)
    }
    kept = (
        (a, b, tuple(t for t in each if share_address(t.a, t.b) or not _strangers(t, settled, segments)))
        for a, b, each in found
    )
    return tuple(Pair(a, b, each) for a, b, each in kept if each)


def _strangers(t: Twins, settled: set[int], segments: Mapping[tuple[str, str], str]) -> bool:
    """Whether two instances that look like twins, and share no address, have nothing to do with each other: each has a
    twin of its own that it does share one with, or they are on different networks.
    """
    here, there = segment(t.a_host, t.a, segments), segment(t.b_host, t.b, segments)
    return (id(t.a) in settled and id(t.b) in settled) or bool(here and there and here != there)


def share_address(a: VrrpInstance, b: VrrpInstance) -> bool:
    return not {v.address for v in a.addresses}.isdisjoint(v.address for v in b.addresses)


def twins(a: Director, b: Director) -> tuple[Twins, ...]:
    """The instances of two hosts that are each other's twins.

    Two instances with one VRID and family are twins when they share a virtual address or a subnet, or when
    their names, or their peer lists, say so: VRID 51 alone is no evidence, half the world uses it. What is left
    over on both sides and shares virtual addresses is a near miss.
    """
    found: list[Twins] = []
    taken: set[int] = set()
    for same_router in (True, False):
        # The closest first, whatever the order of the instances.
        close = [
            (_kinship(one, other, same_router), -at, -to)
            for at, one in enumerate(a.vrrp)
            for to, other in enumerate(b.vrrp)
        ]
        for kinship, at, to in sorted(close, reverse=True):
            one, other = a.vrrp[-at], b.vrrp[-to]
            if kinship > 0 and id(one) not in taken and id(other) not in taken:
                taken |= {id(one), id(other)}
                found.append(Twins(a, one, b, other, same_router))
    order = {id(instance): at for at, instance in enumerate(a.vrrp)}
    return tuple(sorted(found, key=lambda each: order[id(each.a)]))


def _kinship(a: VrrpInstance, b: VrrpInstance, same_router: bool) -> int:
    """How much speaks for the two being meant as one virtual router; 0 is nothing."""
    same_vrid = a.vrid is not None and b.vrid is not None and a.vrid.value == b.vrid.value
    if same_router != same_vrid or a.family != b.family:
        return 0
    shared = len({v.address for v in a.addresses} & {v.address for v in b.addresses})
    if not same_router:
        return shared
    score = shared * 100 + 10 * share_subnet(a.addresses, b.addresses) + 20 * _name_each_other(a, b)
    # The same name and interface count where no subnet speaks against it: /32 VIPs show none.
    if not score and a.name == b.name and (_bare(a.addresses) or _bare(b.addresses)):
        score = 1
    return score


def segment(director: Director, instance: VrrpInstance, segments: Mapping[tuple[str, str], str]) -> str:
    """The network that an instance is on, by what is known of (host, interface); "" where nothing is."""
    interface = instance.interface.value if instance.interface is not None else ""
    return segments.get((director.name, interface), "")


def share_subnet(a: tuple[Address, ...], b: tuple[Address, ...]) -> bool:
    return bool(_subnets(a) & _subnets(b))


def _subnets(addresses: tuple[Address, ...]) -> set[tuple[int, bytes]]:
    bits = {4: 32, 6: 128}
    return {
        (v.prefix, network(v.address, v.prefix))
        for v in addresses
        if v.prefix is not None and 0 < v.prefix < bits[v.family] and not v.address.startswith("fe80:")
    }


def _bare(addresses: tuple[Address, ...]) -> bool:
    return not _subnets(addresses)


def _name_each_other(a: VrrpInstance, b: VrrpInstance) -> bool:
    return (b.unicast_src is not None and b.unicast_src.value in {p.address for p in a.peers}) or (
        a.unicast_src is not None and a.unicast_src.value in {p.address for p in b.peers}
    )


# From this version on, an advertisement with other addresses than expected is logged, no longer dropped.
ADDRESS_MISMATCH_ACCEPTED: Version = (2, 3, 3)


def deafness(a: VrrpParams, b: VrrpParams, same_router: bool, version: Version) -> frozenset[str]:
    """Why neither of two twins takes the other's advertisements: the checks of vrrp_check_packet() that fail.

    Kinds: vrid, version, interval, auth, addresses, casting (unicast against multicast), group. Empty when they
    hear each other.
    """
    if not same_router:
        return frozenset({"vrid"})
    found = {
        "version": a.version != b.version,
        "interval": a.version == b.version == 2 and a.advert_int != b.advert_int,
        "auth": a.auth != b.auth,
        "addresses": a.addresses != b.addresses and version < ADDRESS_MISMATCH_ACCEPTED,
        "casting": bool(a.peers) != bool(b.peers),
        "group": not a.peers and not b.peers and a.group != b.group,
    }
    return frozenset(kind for kind, differs in found.items() if differs)


def unheard(hearer: VrrpParams, speaker: VrrpParams) -> bool:
    """Whether the speaker, by unicast, does not send to the hearer's address. False where that is unknown."""
    return bool(speaker.peers and hearer.peers and hearer.source) and hearer.source not in speaker.peers


def held_back_by(pair: Pair, twins_: Twins, version: Version) -> str:
    """The sync group that keeps the backup of two deaf twins from becoming MASTER, "" when there is none.

    An instance becomes MASTER only together with its whole group, so one member that still hears its peer holds the
    others back (vrrp_sync.c: vrrp_sync_can_goto_master).
    """
    a = vrrp_params(twins_.a_host, twins_.a, version)
    b = vrrp_params(twins_.b_host, twins_.b, version)
    host, instance = (twins_.b_host, twins_.b) if a.priority >= b.priority else (twins_.a_host, twins_.a)
    for group in host.sync_groups:
        names = {member.value for member in group.members}
        if instance.name in names and any(
            other is not twins_ and _of(other, host).name in names and _hear(other, version) for other in pair.twins
        ):
            return group.name
    return ""


def _of(twins_: Twins, host: Director) -> VrrpInstance:
    return twins_.a if twins_.a_host is host else twins_.b


def _hear(twins_: Twins, version: Version) -> bool:
    a = vrrp_params(twins_.a_host, twins_.a, version)
    b = vrrp_params(twins_.b_host, twins_.b, version)
    return not deafness(a, b, twins_.same_router, version)
