"""Effective values: what keepalived of a given version really works with, every default filled in.

Everything here is pure. Times are whole microseconds.
"""

from __future__ import annotations

from lvscompile.ir.addresses import canonical
from lvscompile.ir.core import Version, parse_version
from lvscompile.ir.node import Node
from lvscompile.ir.site import Director
from lvscompile.ir.vrrp import VrrpInstance

SECOND = 1_000_000
CENTISECOND = 10_000
OWNER = 255  # the priority of the address owner (RFC 9568 section 5.2.4)
GROUP4, GROUP6 = "224.0.0.18", "ff02::12"
DOWN_TIMER_ADVERTS = 3  # that a backup waits for, besides the skew
AUTH_BYTES = 8  # of a password, in the VRRPv2 packet (RFC 2338 section 5.3.6.1)


class VrrpParams(Node):
    """One instance as it runs. `auth` is ("", b""), ("PASS", key) or ("AH", key), the key cut to 8 bytes.

    `group` is the multicast group, "" for unicast. `source` is "" where only the host's interface tells.
    `owner_by_default` is set where `state MASTER` without a priority makes the instance the address owner.
    """

    version: int
    family: int
    vrid: int | None
    priority: int
    advert_int: int
    auth: tuple[str, bytes]
    group: str
    peers: frozenset[str]
    source: str
    addresses: frozenset[str]
    nopreempt: bool
    strict: bool
    state: str
    owner_by_default: bool
    down_timer_adverts: int = DOWN_TIMER_ADVERTS


def vrrp_params(director: Director, instance: VrrpInstance, version: Version) -> VrrpParams:
    """The instance under one keepalived version (vrrp.c: vrrp_complete_instance and its callees)."""
    family = instance.family
    strict = instance.strict.value if instance.strict else _global_strict(director, version)
    protocol = _protocol(director, instance, family)
    state = instance.state.value if instance.state else "BACKUP"
    priority, by_default = _priority(instance, state, version)
    peers = frozenset(peer.address for peer in instance.peers if peer.family == family)
    return VrrpParams(
        version=protocol,
        family=family,
        vrid=instance.vrid.value if instance.vrid else None,
        priority=priority,
        advert_int=_advert_int(instance, protocol),
        auth=_auth(instance, protocol, strict),
        group="" if peers else _group(director, instance, family),
        peers=peers,
        source=_source(instance),
        addresses=frozenset(a.address for a in instance.addresses if a.family == family),
        nopreempt=bool(instance.nopreempt) and state != "MASTER" and priority != OWNER,
        strict=strict,
        state=state,
        owner_by_default=by_default,
        down_timer_adverts=_down_timer_adverts(director, instance, version),
    )


def _global_strict(director: Director, version: Version) -> bool:
    """2.2.7 and older do not look at the value: `vrrp_strict off` turns it on."""
    setting = director.global_setting("vrrp_strict")
    return setting is not None and (
        version <= (2, 2, 7) or len(setting.words) < 2 or setting.words[1] in ("on", "true", "yes")
    )


def _protocol(director: Director, instance: VrrpInstance, family: int) -> int:
    if family == 6:
        return 3
    if instance.version is not None:
        return instance.version.value
    setting = director.global_setting("vrrp_version")
    return int(setting.words[1]) if setting is not None else 2


def _priority(instance: VrrpInstance, state: str, version: Version) -> tuple[int, bool]:
    """Priority, and whether it is 255 only because `state MASTER` stands without a priority (since 2.0)."""
    if instance.priority is not None:
        return instance.priority.value, False
    owner = state == "MASTER" and version >= (2, 0)
    return (OWNER, True) if owner else (100, False)


def _advert_int(instance: VrrpInstance, protocol: int) -> int:
    """Version 2 speaks whole seconds from 1 to 255, version 3 centiseconds up to 40.95 s."""
    if instance.advert_int is None:
        return SECOND
    stated = instance.advert_int.value
    if protocol == 2:
        seconds = (stated + SECOND // 2) // SECOND
        return min(max(seconds, 1), 255) * SECOND
    centi = (stated + CENTISECOND // 2) // CENTISECOND
    return min(max(centi, 1), 4095) * CENTISECOND


def _down_timer_adverts(director: Director, instance: VrrpInstance, version: Version) -> int:
    """The instance's word, else the global one; neither where the version has no such keyword."""
    stated = (instance.setting("down_timer_adverts"), director.global_setting("vrrp_down_timer_adverts"))
    known = (s for s in stated if s is not None and parse_version(s.keyword.since) <= version)
    return next((int(setting.words[1]) for setting in known), DOWN_TIMER_ADVERTS)


def _auth(instance: VrrpInstance, protocol: int, strict: bool) -> tuple[str, bytes]:
    """A type without a password, or a password without a type, is no authentication; version 3 has none."""
    if protocol == 3 or strict or instance.auth_type is None or instance.auth_pass is None:
        return "", b""
    key = instance.auth_pass.value.encode("utf-8", "surrogateescape")[:AUTH_BYTES]
    return (instance.auth_type.value, key) if key else ("", b"")


def _group(director: Director, instance: VrrpInstance, family: int) -> str:
    if instance.mcast_group is not None:
        return _canonical(instance.mcast_group.value)
    setting = director.global_setting("vrrp_mcast_group6" if family == 6 else "vrrp_mcast_group4")
    if setting is not None:
        return _canonical(setting.words[1])
    return GROUP6 if family == 6 else GROUP4


def _source(instance: VrrpInstance) -> str:
    stated = instance.unicast_src or instance.mcast_src
    return _canonical(stated.value) if stated is not None else ""


def _canonical(text: str) -> str:
    found = canonical(text)
    return found[1] if found else text


def skew(params: VrrpParams) -> int:
    """Skew_Time in microseconds (RFC 3768 section 5.3.1 for version 2, RFC 9568 section 6.1 for version 3)."""
    if params.version == 2:
        return (256 - params.priority) * SECOND // 256
    return (256 - params.priority) * params.advert_int // 256


def master_down_interval(params: VrrpParams, adverts: int | None = None) -> int:
    """How long a backup waits before it takes over, in microseconds; `adverts` for another number of them."""
    missed = params.down_timer_adverts if adverts is None else adverts
    return missed * params.advert_int + skew(params)
