"""2xx: strict mode and virtual MAC addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from lvscompile.ir.addresses import canonical, split_mask
from lvscompile.ir.core import Setting, Version
from lvscompile.ir.effective import DOWN_TIMER_ADVERTS, OWNER
from lvscompile.ir.services import VirtualService
from lvscompile.ir.vrrp import VrrpInstance
from lvscompile.lint import edits
from lvscompile.lint.engine import Context, Emit, Host, Owned, Place
from lvscompile.lint.registry import rule
from lvscompile.lint.stated import in_doubt, is_on, priority, strict_by

_MAC = re.compile(r"(?:[0-9a-f]{1,2}:){5}[0-9a-f]{1,2}", re.IGNORECASE).fullmatch


class Conflict(NamedTuple):
    """What strict mode does not allow, and what keepalived does about it."""

    at: Place
    message: str
    severity: str = ""
    effect: str = ""


@rule("LVS233", "strict-conflict", "warning", Owned)
def strict_conflict(owned: Owned, ctx: Context, emit: Emit) -> None:
    """Something that strict mode does not allow: keepalived drops it, or stops."""
    by = strict_by(owned, ctx)
    if by is None:
        return
    for found in _conflicts(owned, ctx):
        emit(
            found.at,
            found.message,
            related=[((by.origin, 0), "strict mode")],
            severity=found.severity,
            effect=found.effect,
            help="remove this, or turn strict mode off, which few set-ups need",
        )


def _conflicts(owned: Owned, ctx: Context) -> Iterator[Conflict]:
    host, instance = owned
    params = ctx.params(host, instance, ctx.newest())
    if params.peers:
        yield _unicast(instance, ctx.target.keepalived)
    # Version 3 knows no authentication anyway: auth-in-version-3.
    if instance.auth_type is not None and instance.auth_pass is not None and params.version == 2:
        yield Conflict(
            instance.place("authentication"),
            f"strict mode knows no authentication: keepalived runs `{instance.name}` without it, and a peer that does "
            "authenticate drops its advertisements",
        )
    known = priority(owned, ctx)
    said = instance.priority
    if instance.state is not None and said is not None and (instance.state.value == "MASTER") != (said.value == OWNER):
        yield Conflict(
            (instance.state.origin, 1),
            f"in strict mode `state MASTER` and priority {OWNER} go together: keepalived ignores the state of "
            f"`{instance.name}` and goes by its priority, {said.value}",
        )
    if params.version == 2 and known not in (None, OWNER) and _accept(instance) is not None:
        yield _dropped(_accept(instance), "accept, which only version 3 allows there", instance)
    for name, what in (("garp_lower_prio_delay", "a delay"), ("garp_lower_prio_repeat", "a repetition")):
        setting = instance.setting(name)
        if setting is not None and int(setting.words[1]):
            yield _dropped(setting, f"{what} of gratuitous ARPs after advertisements of lower priority", instance)
    setting = instance.setting("lower_prio_no_advert")
    if setting is not None and not is_on(setting):
        yield _dropped(setting, "an answer to advertisements of lower priority", instance)
    setting = instance.setting("higher_prio_send_advert")
    if is_on(setting):
        yield _dropped(setting, "an advertisement in answer to one of higher priority", instance)
    # The owner starts as master, which rules the delay out already: preempt-delay-ignored.
    if instance.preempt_delay is not None and instance.preempt_delay.value and known != OWNER:
        yield _dropped(instance.setting("preempt_delay"), "a preempt_delay", instance)
    if params.down_timer_adverts != DOWN_TIMER_ADVERTS:
        setting = instance.setting("down_timer_adverts") or host.global_setting("vrrp_down_timer_adverts")
        yield _dropped(setting, f"another number of adverts before takeover than {DOWN_TIMER_ADVERTS}", instance)
    vmac, xmit = instance.setting("use_vmac"), instance.setting("vmac_xmit_base")
    if vmac is not None and any(_MAC(word) for word in vmac.words[1:]):
        yield _dropped(vmac, "a MAC address of one's own", instance)
    if vmac is not None and xmit is not None:
        yield _dropped(xmit, "advertisements from the base interface", instance)


def _unicast(instance: VrrpInstance, target: Version | None) -> Conflict:
    if target is not None and (2, 2, 0) <= target <= (2, 2, 7):
        return Conflict(
            instance.place("unicast_peer"),
            f"strict mode allows no unicast peers: this version takes those of `{instance.name}`, others stop altogether",
        )
    return Conflict(
        instance.place("unicast_peer"),
        f"strict mode allows no unicast peers: because of those of `{instance.name}` keepalived stops altogether (2.2.7 goes "
        "on)",
        "error",
        "outage",
    )


def _dropped(setting: Setting | None, what: str, instance: VrrpInstance) -> Conflict:
    assert setting is not None
    return Conflict((setting.origin, 0), f"strict mode does not allow {what}: keepalived drops it in `{instance.name}`")


def _accept(instance: VrrpInstance) -> Setting | None:
    """`accept`, unless a `no_accept` further down undoes it."""
    last = next((s for s in reversed(instance.settings) if s.keyword.name in ("accept", "no_accept")), None)
    return last if last is not None and last.keyword.name == "accept" else None


@rule("LVS234", "strict-hides-addresses", "warning", Host, effect="outage")
def strict_hides_addresses(host: Host, ctx: Context, emit: Emit) -> None:
    """Strict mode, or no_accept: packets to the virtual addresses are dropped on a host that is not their owner."""
    served = _served(host)
    for instance in host.director.vrrp:
        owned = Owned(host.director, instance)
        by = _hidden_by(owned, ctx)
        if by is None or not instance.addresses:
            continue
        service = next(
            (served[a.address] for a in (*instance.addresses, *instance.excluded) if a.address in served), None
        )
        related: list[tuple[Place, str]] = [((by.origin, 0), "because of this")]
        what = f"`{instance.name}` is not the owner of its addresses (priority {OWNER}), and {_why(by)}"
        if service is not None:
            emit(
                instance.place("virtual_ipaddress"),
                f"{what}: its firewall rules drop all packets to them, those to the virtual service {service.title} included",
                related=[*related, ((service.origin, 1), "a service that nobody reaches")],
                severity="error",
                help="remove strict mode and no_accept",
            )
        elif by.keyword.name != "no_accept":
            # Who writes no_accept means it.
            emit(
                instance.place("virtual_ipaddress"),
                f"{what}: its firewall rules drop all packets to them, pings included; only what a router passes on goes "
                "through",
                related=related,
                help="turn strict mode off, or use version 3 and `accept`, unless the addresses are gateways only",
            )


def _why(by: Setting) -> str:
    return "no_accept is said" if by.keyword.name == "no_accept" else "strict mode lets only the owner accept packets"


def _hidden_by(owned: Owned, ctx: Context) -> Setting | None:
    """What makes keepalived drop packets to the addresses: strict mode, or no_accept."""
    instance = owned.instance
    if priority(owned, ctx) in (None, OWNER) or in_doubt(instance, "version"):
        return None
    strict = strict_by(owned, ctx)
    if strict is None:
        refused = instance.setting("no_accept")
        return refused if _accept(instance) is None else None
    protocol = ctx.params(owned.host, instance, ctx.newest()).version
    return None if protocol == 3 and _accept(instance) is not None else strict


def _served(host: Host) -> dict[str, VirtualService]:
    """The services of a host by their addresses, as far as these are written one by one."""
    found: dict[str, VirtualService] = {}
    by_group: dict[str, VirtualService] = {}
    for service in host.director.services:
        (by_group if service.kind == "group" else found).setdefault(service.address, service)
    for block in host.director.blocks:
        # Of all blocks with a name only a virtual_server_group has items.
        name = "".join(block.words[1:2])
        for item in block.items if name in by_group else ():
            parts = canonical(item.words[0])
            if parts is not None:
                found.setdefault(parts[1], by_group[name])
    return found


# Switches that 2.2.7 and older know by name only; whatever follows, they are on.
_LAST_BLIND = (2, 2, 7)


@rule("LVS255", "off-turns-on", "error", Host, effect="outage", fix="safe")
def off_turns_on(host: Host, ctx: Context, emit: Emit) -> None:
    """`vrrp_strict off`, which turns strict mode on in keepalived 2.2.7 and older."""
    if min(ctx.target.versions()) > _LAST_BLIND:
        return
    _off(host.director.global_setting("vrrp_strict"), emit)
    _off(host.director.global_setting("vrrp_skip_check_adv_addr"), emit, "warning", "none")
    for instance in host.director.vrrp:
        _off(instance.setting("skip_check_adv_addr"), emit, "warning", "none")


def _off(setting: Setting | None, emit: Emit, severity: str = "", effect: str = "") -> None:
    if setting is not None and not is_on(setting):
        emit(
            (setting.origin, 1),
            f"keepalived 2.2.7 and older do not look at what follows {setting.keyword.name}: this line turns it on",
            severity=severity,
            effect=effect,
            help="remove the line: off is the default",
            # An instance may mean to be another than global_defs says.
            fix=edits.fix("remove the line", edits.removed(setting.origin))
            if setting.keyword.block == "global_defs"
            else None,
        )


@rule("LVS239", "vmac-conflict", "warning", Owned, fix="safe")
def vmac_conflict(owned: Owned, ctx: Context, emit: Emit) -> None:
    """Settings of virtual MACs and ipvlans that do not go with the rest of the instance."""
    host, instance = owned
    xmit, promote, ipvlan = (instance.setting(name) for name in ("vmac_xmit_base", "promote_secondaries", "use_ipvlan"))
    if xmit is not None and instance.use_vmac is None and not in_doubt(instance, "use_vmac"):
        emit(
            (xmit.origin, 0),
            f"`{instance.name}` has no virtual MAC (use_vmac): keepalived ignores vmac_xmit_base",
            help="add use_vmac, or remove the line",
        )
    # Without an interface that is what is wrong (missing-interface), in strict mode the peers are (strict-conflict).
    unicast = instance.interface is not None and bool(ctx.params(host, instance, ctx.newest()).peers)
    if instance.use_vmac is not None and unicast and xmit is None and strict_by(owned, ctx) is None:
        emit(
            (instance.use_vmac.origin, 0),
            f"`{instance.name}` has a virtual MAC and unicast peers: its advertisements have to leave from the real "
            "interface, and keepalived turns vmac_xmit_base on by itself",
            related=[(instance.place("unicast_peer"), "the peers")],
            severity="info",
            help="add vmac_xmit_base",
            fix=edits.fix("add vmac_xmit_base", edits.inserted(instance.origin, "vmac_xmit_base")),
        )
    if promote is not None and (instance.use_vmac is not None or ipvlan is not None):
        emit(
            (promote.origin, 0),
            f"keepalived promotes the secondaries of a virtual interface in any case, and ignores the line in `{instance.name}`",
            severity="info",
            help="remove the line",
            fix=edits.fix("remove the line", edits.removed(promote.origin)),
        )
    if ipvlan is not None and instance.family == 4 and not any(split_mask(word) for word in ipvlan.words[1:]):
        emit(
            (ipvlan.origin, 0),
            f"the ipvlan of `{instance.name}` has no IPv4 address to send from: keepalived puts the instance into fault, and it "
            "never becomes master",
            severity="error",
            effect="outage",
            help="add the address with its mask: `use_ipvlan 192.0.2.5/24` (mcast_src_ip does not do)",
        )
