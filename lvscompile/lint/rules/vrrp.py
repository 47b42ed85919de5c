"""2xx: VRRP on one host."""

from __future__ import annotations

from lvscompile.ir.effective import CENTISECOND, OWNER, SECOND, VrrpParams
from lvscompile.ir.references import DEFINED_BY, references
from lvscompile.ir.vrrp import VrrpInstance
from lvscompile.lint import edits
from lvscompile.lint.engine import Context, Emit, Host, Owned
from lvscompile.lint.hints import closest
from lvscompile.lint.registry import rule
from lvscompile.syntax.keepalived.words import words
from lvscompile.syntax.remarks import Remark


@rule("LVS201", "duplicate-vrid", "error", Host, effect="outage", stubborn=True)
def duplicate_vrid(host: Host, ctx: Context, emit: Emit) -> None:
    """Two instances with one VRID on one interface: the whole daemon stops."""
    seen: dict[tuple[object, ...], list[tuple[VrrpInstance, VrrpParams]]] = {}
    for instance in host.director.vrrp:
        if instance.vrid is None:
            continue
        params = ctx.params(host.director, instance, ctx.newest())
        interface = instance.interface.value if instance.interface else ""
        before = seen.setdefault((instance.vrid.value, instance.family, interface), [])
        other = next((known for known, theirs in before if _collide(params, theirs)), None)
        before.append((instance, params))
        if other is None:
            continue
        assert other.vrid is not None
        emit(
            (instance.vrid.origin, 1),
            f"`{instance.name}` and `{other.name}` both use VRID {instance.vrid.value} on {interface or 'one network'}: "
            "keepalived stops altogether at start and on reload, with every other instance and service",
            related=[((other.vrid.origin, 1), f"`{other.name}` has it here")],
            help="give each virtual router on a network a VRID of its own, from 1 to 255",
        )


def _collide(a: VrrpParams, b: VrrpParams) -> bool:
    """Unicast instances share a VRID in peace unless they speak from one address to a common peer."""
    if a.peers:
        return a.source == b.source and bool(a.peers & b.peers)
    return a.group == b.group


@rule("LVS202", "missing-vrid", "error", Owned, effect="outage", stubborn=True)
def missing_vrid(owned: Owned, ctx: Context, emit: Emit) -> None:
    """An instance without a virtual_router_id: the whole daemon stops."""
    instance = owned.instance
    if instance.cut_short or _said(instance, "virtual_router_id"):
        return
    emit(
        (instance.origin, 1),
        f"`{instance.name}` has no virtual_router_id: keepalived stops altogether, not only this instance",
        help="add `virtual_router_id N`, from 1 to 255, the same on all peers",
    )


@rule("LVS203", "missing-interface", "error", Owned, effect="outage", stubborn=True)
def missing_interface(owned: Owned, ctx: Context, emit: Emit) -> None:
    """A multicast instance without an interface: the whole daemon stops."""
    instance = owned.instance
    if instance.cut_short or _said(instance, "interface"):
        return
    # Since 2.2.8 a unicast instance can do without.
    old = ctx.target.keepalived is not None and ctx.target.keepalived < (2, 2, 8)
    if instance.peers and instance.unicast_src is not None and instance.use_vmac is None and not old:
        return
    need = " and, with unicast peers, no unicast_src_ip either" if instance.peers else ""
    emit(
        (instance.origin, 1),
        f"`{instance.name}` has no interface{need}: keepalived stops altogether, not only this instance",
        help="add `interface NAME`: where the advertisements go out",
    )


def _said(instance: VrrpInstance, keyword: str) -> bool:
    """Whether the keyword is there: where its value was rejected, or it stands behind another one, another rule has
    spoken."""
    return any(keyword in words(setting.origin.text) for setting in instance.settings)


@rule("LVS204", "no-virtual-address", "warning", Owned)
def no_virtual_address(owned: Owned, ctx: Context, emit: Emit) -> None:
    """An instance that has no virtual address to move."""
    instance = owned.instance
    if instance.addresses or instance.cut_short or instance.setting("no_virtual_ipaddress") is not None:
        return
    params = ctx.params(owned.host, instance, ctx.newest())
    at = instance.place("virtual_ipaddress")
    if params.version == 3 or params.strict:
        emit(
            at,
            f"`{instance.name}` has no virtual address: VRRP version 3 and strict mode need one, and keepalived stops "
            "altogether",
            severity="error",
            effect="outage",
        )
    elif not any(block.items for block in instance.blocks if block.keyword.name == "virtual_ipaddress"):
        # Items that are there but rejected are another rule's.
        if _notifies(owned):
            message = f"`{instance.name}` has no virtual address: all that moves is what its notify scripts move"
            emit(at, message, severity="info", help="say `no_virtual_ipaddress` (keepalived 2.2.8 or later)")
        else:
            emit(at, f"`{instance.name}` has no virtual address: it elects a master, and moves nothing")


def _notifies(owned: Owned) -> bool:
    """Whether a script hears of the changes of state: it may move what VRRP does not, an address of a cloud for one."""
    name = owned.instance.name
    groups = (g for g in owned.host.sync_groups if name in {member.value for member in g.members})
    blocks = (owned.instance, *groups)
    if any(setting.keyword.name.startswith("notify") for block in blocks for setting in block.settings):
        return True
    return any(owned.host.global_setting(fifo) is not None for fifo in ("notify_fifo", "vrrp_notify_fifo"))


@rule("LVS205", "owner-by-accident", "error", Owned, effect="latent")
def owner_by_accident(owned: Owned, ctx: Context, emit: Emit) -> None:
    """`state MASTER` without a priority: since keepalived 2.0 that means priority 255."""
    instance = owned.instance
    if _said(instance, "priority"):
        return
    if not any(ctx.params(owned.host, instance, v).owner_by_default for v in ctx.target.versions()):
        return
    assert instance.state is not None
    emit(
        (instance.state.origin, 1),
        f"`{instance.name}` says `state MASTER` and no priority: since keepalived 2.0 this makes it the address owner, "
        f"priority {OWNER}: it takes the addresses the moment it starts, and no tracking can make it let go",
        help="add `priority N` (up to 254), and `state BACKUP` on every peer",
    )


@rule("LVS206", "nopreempt-on-master", "error", Owned, effect="latent", fix="unsafe")
def nopreempt_on_master(owned: Owned, ctx: Context, emit: Emit) -> None:
    """nopreempt beside `state MASTER`: keepalived drops the nopreempt."""
    instance = owned.instance
    if instance.nopreempt is None or instance.state is None or instance.state.value != "MASTER":
        return
    emit(
        (instance.nopreempt.origin, 0),
        f"`nopreempt` has no effect on `{instance.name}`: keepalived drops it beside `state MASTER`, so this host takes "
        "the addresses back as soon as it returns",
        related=[((instance.state.origin, 1), "the state that rules it out")],
        help="write `state BACKUP` on both peers and let the priorities decide",
        fix=edits.fix("write `state BACKUP`", edits.replaced(instance.state.origin, 1, "BACKUP"), safe=False),
    )


@rule("LVS207", "auth-pass-too-long", "warning", "bad-argument")
def auth_pass_too_long(remark: Remark, ctx: Context, emit: Emit) -> None:
    """A password of more than 8 bytes: VRRP carries 8."""
    if remark.facts["keyword"].name != "auth_pass":
        return
    if not remark.facts["words"][1]:
        return  # an empty password is no password: incomplete-authentication
    emit(
        (remark.stmt, 1),
        "this password has more than 8 bytes: keepalived cuts it at 8, which is all that a VRRPv2 packet carries",
        help="shorten it to 8 bytes on all peers: what is behind them protects nothing",
    )


@rule("LVS208", "incomplete-authentication", "error", Owned, effect="latent")
def incomplete_authentication(owned: Owned, ctx: Context, emit: Emit) -> None:
    """An auth_type without password, or a password without type: no authentication at all."""
    instance = owned.instance
    has_type, has_pass = instance.auth_type is not None, instance.auth_pass is not None
    missing = "auth_pass" if has_type else "auth_type"
    if has_type == has_pass or instance.cut_short:
        return
    block = instance.block("authentication")
    assert block is not None
    if any(missing in words(setting.origin.text) for setting in block.settings):
        return  # with a bad value, or lost behind another keyword
    there = "auth_type" if has_type else "auth_pass"
    emit(
        (block.origin, 0),
        f"`{instance.name}` has an {there} but no {missing}: keepalived runs it without any authentication, and a peer "
        "that does authenticate drops its advertisements",
        help=f"add `{missing}`, or remove the block on all peers",
    )


@rule("LVS209", "auth-in-version-3", "warning", Owned, fix="safe")
def auth_in_version_3(owned: Owned, ctx: Context, emit: Emit) -> None:
    """Password authentication in VRRP version 3, which has none."""
    instance = owned.instance
    if instance.auth_type is None:
        return
    if ctx.params(owned.host, instance, ctx.newest()).version != 3:
        return
    why = "IPv6 addresses mean version 3" if instance.family == 6 else "version 3 is set"
    emit(
        instance.place("authentication"),
        f"`{instance.name}` runs VRRP version 3 ({why}), which knows no authentication: keepalived ignores this block",
        help="remove the block; keepalived 2.4 and later can sign advertisements with auth_hmac",
        fix=None
        if instance.cut_short
        else edits.fix("remove the block", edits.removed_block(instance.place("authentication")[0])),
    )


@rule("LVS210", "rounded-advert-interval", "warning", Owned, fix="safe")
def rounded_advert(owned: Owned, ctx: Context, emit: Emit) -> None:
    """An interval finer than the protocol can say: seconds in version 2, hundredths in version 3."""
    instance = owned.instance
    if instance.advert_int is None:
        return
    params = ctx.params(owned.host, instance, ctx.newest())
    stated = instance.advert_int.value
    unit, word = (SECOND, "whole seconds") if params.version == 2 else (CENTISECOND, "hundredths of a second")
    if stated % unit == 0:
        return
    flood = " (old versions to 0, and flood the network)" if unit == SECOND and stated < unit // 2 else ""
    emit(
        (instance.advert_int.origin, 1),
        f"VRRP version {params.version} advertises in {word}: keepalived rounds {stated / SECOND:g} s to "
        f"{params.advert_int / SECOND:g} s{flood}",
        help="use `vrrp_version 3` on all peers for intervals below a second"
        if params.version == 2
        else "write what it is rounded to",
        fix=edits.fix(
            "write what it is rounded to",
            edits.replaced(instance.advert_int.origin, 1, f"{params.advert_int / SECOND:g}"),
        ),
    )


@rule("LVS211", "mixed-families", "error", Owned, effect="outage")
def mixed_families(owned: Owned, ctx: Context, emit: Emit) -> None:
    """IPv4 and IPv6 addresses in one instance: only the family of the first is kept."""
    instance = owned.instance
    for address in instance.addresses:
        if address.family != instance.family:
            first = instance.addresses[0]
            emit(
                (address.origin, 0),
                f"`{address.address}` is IPv{address.family}, the first address of `{instance.name}` is "
                f"IPv{instance.family}: keepalived drops it, an instance advertises one family",
                related=[((first.origin, 0), "the first address decides")],
                help="move it to virtual_ipaddress_excluded, or to an instance of its own",
            )
            return


@rule("LVS212", "address-in-two-instances", "error", Host, effect="latent")
def address_in_two_instances(host: Host, ctx: Context, emit: Emit) -> None:
    """A virtual address that two instances of one host move independently."""
    seen: dict[tuple[str, str], tuple[str, object]] = {}
    for instance in host.director.vrrp:
        default = instance.interface.value if instance.interface else ""
        for address in (*instance.addresses, *instance.excluded):
            key = (address.address, address.device or default)
            name, first = seen.setdefault(key, (instance.name, address))
            if first is address:
                continue
            where = "twice" if name == instance.name else f"by `{name}` too"
            emit(
                (address.origin, 0),
                f"`{address.address}` is moved {where}: whoever becomes backup first takes it away from the other",
                related=[((first.origin, 0), "it is here as well")],  # type: ignore[attr-defined]
                severity="warning" if name == instance.name else "",
                effect="none" if name == instance.name else "",
                help="keep it in one place",
            )


@rule("LVS213", "state-said-twice", "error", Owned, fix="unsafe")
def state_twice(owned: Owned, ctx: Context, emit: Emit) -> None:
    """Two different states in one instance: MASTER counts, wherever it stands."""
    states = [s for s in owned.instance.settings if s.path == "vrrp_instance/state" and s.valid]
    other = next((s for s in states if s.words[1] != states[-1].words[1]), None)
    if other is not None:
        emit(
            (states[-1].origin, 1),
            f"`{owned.instance.name}` says both `state MASTER` and `state BACKUP`: keepalived takes MASTER, whichever "
            "comes first",
            related=[((other.origin, 1), f"{other.words[1]} here")],
            help="keep one of them",
            fix=edits.fix(
                "keep `state MASTER`",
                *(edits.removed(state.origin) for state in states if state.words[1] != "MASTER"),
                safe=False,
            ),
        )


@rule("LVS214", "own-address-in-peers", "warning", Owned, fix="unsafe")
def own_address_in_peers(owned: Owned, ctx: Context, emit: Emit) -> None:
    """An instance that sends its advertisements to itself."""
    instance = owned.instance
    source = ctx.params(owned.host, instance, ctx.newest()).source
    for peer in instance.peers:
        if source and peer.address == source:
            emit(
                (peer.origin, 0),
                f"`{peer.address}` is this host's own unicast_src_ip: keepalived hears its own advertisements and logs a "
                "warning for each",
                help="list the other hosts only",
                # Without any peer it would advertise by multicast.
                fix=edits.fix("remove the address", edits.removed(peer.origin), safe=False)
                if len(instance.peers) > 1
                else None,
            )


@rule("LVS215", "unknown-tracker", "error", Host, effect="latent")
def unknown_tracker(host: Host, ctx: Context, emit: Emit) -> None:
    """A tracker that names nothing defined before it: nothing is tracked."""
    known = {(b.keyword.name, b.words[1]) for b in host.director.blocks if len(b.words) > 1}
    for reference in references(host.director):
        kinds = DEFINED_BY[reference.block.keyword.name]
        if reference.block.keyword.name == "group":
            continue
        at = (reference.item.origin, 0)
        owner = reference.owner.words[1] if len(reference.owner.words) > 1 else "this group"
        if reference.definition is None:
            emit(
                at,
                f"no {kinds[0]} is called `{reference.name}`: keepalived ignores the line, `{owner}` never fails over because "
                "of it",
                help=_near(reference.name, [name for kind, name in known if kind in kinds]),
                severity="info" if host.includes_missing else "",
            )
        elif reference.too_early:
            emit(
                at,
                f"`{reference.name}` is defined only further down: keepalived does not know it yet here, ignores the line, and "
                f"`{owner}` never fails over because of it",
                related=[((reference.definition.origin, 1), "defined here")],
                help=f"move the {reference.definition.keyword.name} block before its use",
            )


def _near(name: str, candidates: list[str]) -> str:
    near = closest(name, candidates)
    return f"did you mean `{near}`?" if near else "define it before its use"
