"""2xx: settings of one instance that contradict each other or do nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lvscompile.ir.core import Item, Setting, Stated
from lvscompile.ir.effective import OWNER, SECOND, master_down_interval
from lvscompile.ir.site import Director
from lvscompile.ir.vrrp import VrrpInstance
from lvscompile.lint import edits
from lvscompile.lint.engine import Context, Emit, Host, Owned, Place
from lvscompile.lint.registry import rule
from lvscompile.lint.rules.security import is_known_password
from lvscompile.lint.stated import is_on, is_owner, priority, strict_by

_RANDOM = "${_RANDOM"
_LINK_LOCAL = re.compile(r"fe[89ab][0-9a-f]:", re.IGNORECASE).match
# Interfaces that some other service makes: tunnels, dial-up links, VLANs. `vrrp.51` is keepalived's own.
_LATE = re.compile(r"(?:ppp|tun|tap|wg|vti|l2tp|tailscale|vlan)[-\d]|(?!vrrp)[^.]+\.\d+$").match
_FAST = 3 * SECOND // 4


def _state(instance: VrrpInstance) -> str:
    return instance.state.value if instance.state is not None else ""


@rule("LVS230", "ah-on-master", "warning", Owned, fix="safe")
def ah_on_master(owned: Owned, ctx: Context, emit: Emit) -> None:
    """auth_type AH beside `state MASTER`: keepalived takes the state for BACKUP."""
    host, instance = owned
    if _state(instance) != "MASTER" or priority(owned, ctx) in (None, OWNER):
        return
    if ctx.params(host, instance, ctx.newest()).auth[0] == "AH":
        assert instance.state is not None
        assert instance.auth_type is not None
        emit(
            (instance.state.origin, 1),
            f"`{instance.name}` authenticates with AH: keepalived refuses `state MASTER` beside it and starts as backup, "
            "because it has to hear the sequence number of a master first",
            related=[((instance.auth_type.origin, 1), "AH")],
            help="write `state BACKUP`: the priority decides who becomes master",
            fix=edits.fix("write `state BACKUP`", edits.replaced(instance.state.origin, 1, "BACKUP")),
        )


@rule("LVS231", "preempt-delay-ignored", "warning", Owned)
def preempt_delay_ignored(owned: Owned, ctx: Context, emit: Emit) -> None:
    """A preempt_delay that keepalived drops: beside MASTER, priority 255 or nopreempt."""
    instance = owned.instance
    delay = instance.preempt_delay
    strict = strict_by(owned, ctx) is not None
    # In strict mode only the owner gets this far: strict-conflict.
    if delay is None or not delay.value or (strict and priority(owned, ctx) != OWNER):
        return
    related: list[tuple[Place, str]] = []
    if instance.state is not None and instance.state.value == "MASTER":
        why, related = "`state MASTER`", [((instance.state.origin, 1), "the state that rules it out")]
    elif is_owner(instance) and (strict or not _has(instance, "state")):
        # keepalived makes the owner MASTER where no state is said, in strict mode whatever is said.
        assert instance.priority is not None
        why, related = f"priority {OWNER}", [((instance.priority.origin, 1), "the priority that rules it out")]
    elif instance.nopreempt is not None and not is_owner(instance):
        emit(
            (delay.origin, 0),
            f"`{instance.name}` never preempts, because of nopreempt: keepalived drops the preempt_delay",
            related=[((instance.nopreempt.origin, 0), "nopreempt")],
            help="keep one of the two",
        )
        return
    else:
        return
    emit(
        (delay.origin, 0),
        f"`{instance.name}` does not wait: keepalived drops preempt_delay beside {why}, and this host takes the addresses "
        "back as soon as it returns",
        related=related,
        effect="latent",
        help="write `state BACKUP` on both peers and let priorities of 254 or less decide",
    )


def _has(instance: VrrpInstance, keyword: str) -> bool:
    """Whether the keyword is there, be it with a value that keepalived rejects."""
    return any(setting.keyword.name == keyword for setting in instance.settings)


@rule("LVS235", "multicast-group-ignored", "warning", Owned, fix="unsafe")
def multicast_group_ignored(owned: Owned, ctx: Context, emit: Emit) -> None:
    """mcast_dst_ip in an instance with unicast peers, which uses no multicast."""
    instance = owned.instance
    if instance.mcast_group is not None and ctx.params(owned.host, instance, ctx.newest()).peers:
        emit(
            (instance.mcast_group.origin, 1),
            f"`{instance.name}` sends to its unicast peers only: keepalived ignores mcast_dst_ip",
            related=[(instance.place("unicast_peer"), "the peers")],
            help="remove the line, or the unicast peers",
            fix=edits.fix("remove the line", edits.removed(instance.mcast_group.origin), safe=False),
        )


@rule("LVS236", "link-local-without-interface", "error", Owned, effect="outage")
def link_local_without_interface(owned: Owned, ctx: Context, emit: Emit) -> None:
    """A link-local unicast_src_ip in an instance without interface: the whole daemon stops."""
    instance = owned.instance
    source = instance.unicast_src
    if source is None or not _LINK_LOCAL(source.value) or instance.cut_short or _has(instance, "interface"):
        return
    # Older versions want an interface of any instance, as do multicast and virtual MACs: missing-interface.
    old = ctx.target.keepalived is not None and ctx.target.keepalived < (2, 2, 8)
    if instance.peers and instance.use_vmac is None and not old:
        emit(
            (source.origin, 1),
            f"`{source.value}` is a link-local address, and `{instance.name}` has no interface that says on which link: "
            "keepalived stops altogether",
            help="add `interface NAME`",
        )


# Words that only mean something together with unicast peers.
_UNICAST = ("unicast_src_ip", "check_unicast_src", "old_unicast_checksum", "unicast_ttl")


@rule("LVS237", "unicast-without-peers", "warning", Owned)
def unicast_without_peers(owned: Owned, ctx: Context, emit: Emit) -> None:
    """Settings for unicast, but no unicast peer: keepalived uses multicast."""
    host, instance = owned
    blocks = [block for block in instance.blocks if block.keyword.name == "unicast_peer"]
    if any(block.items for block in blocks) or instance.setting("unicast_fault_no_peer") is not None:
        return
    first = next((s for s in instance.settings if s.valid and s.keyword.name in _UNICAST), None)
    at = blocks[0].origin if blocks else first.origin if first is not None else None
    # The peers may be in a file that is not there, or behind a brace.
    if at is None or instance.cut_short or ctx.host(host).includes_missing:
        return
    emit(
        (at, 0),
        f"`{instance.name}` has settings for unicast and no unicast_peer: keepalived falls back to multicast, and a peer "
        "that does use unicast drops its advertisements",
        help="list the other hosts in unicast_peer, or remove the settings (mcast_src_ip sets the source for multicast)",
    )


@rule("LVS241", "duplicate-unicast-peer", "warning", Owned, fix="unsafe")
def duplicate_unicast_peer(owned: Owned, ctx: Context, emit: Emit) -> None:
    """One address twice among the unicast peers."""
    seen: dict[str, Place] = {}
    for peer in owned.instance.peers:
        if peer.address in seen:
            emit(
                (peer.origin, 0),
                f"`{peer.address}` is among the peers already: it gets each advertisement twice, and some other host, "
                "whose address this should be, perhaps none",
                related=[(seen[peer.address], "it is here as well")],
                help="remove it, or write the address of the other host",
                fix=edits.fix("remove the second one", edits.removed(peer.origin), safe=False),
            )
        else:
            seen[peer.address] = (peer.origin, 0)


# What peers must agree on: a random value makes them strangers, and another one at each start.
_AGREED = frozenset({
    "virtual_router_id", "version", "advert_int", "auth_type", "auth_pass", "mcast_dst_ip", "virtual_ipaddress",
    "virtual_ipaddress_excluded", "unicast_peer", "unicast_src_ip",
})  # fmt: skip


TUTORIAL_VRID = 51  # in keepalived's own sample, and from there everywhere


@rule("LVS242", "tutorial-vrid", "info", Owned, effect="latent")
def tutorial_vrid(owned: Owned, ctx: Context, emit: Emit) -> None:
    """VRID 51, which stands in every example: another cluster on the network may have it, too."""
    vrid = owned.instance.vrid
    if vrid is not None and vrid.value == TUTORIAL_VRID and not _keeps_apart(owned, ctx):
        emit(
            (vrid.origin, vrid.word),
            f"VRID {TUTORIAL_VRID} is the one of every example: two clusters with one VRID on a network read each other's "
            "advertisements, and drop them or give way to them",
            help="take a number of your own on every peer at once; log_unknown_vrids tells what else is on the network",
        )


def _keeps_apart(owned: Owned, ctx: Context) -> bool:
    """Whether the advertisements of strangers go unheard: among unicast peers, and behind a password of one's own."""
    if owned.instance.peers:
        return True
    _, password = ctx.params(owned.host, owned.instance, ctx.newest()).auth
    return password != b"" and not is_known_password(password.decode("utf-8", "replace"))


@rule("LVS243", "random-identity", "error", Owned, effect="split")
def random_identity(owned: Owned, ctx: Context, emit: Emit) -> None:
    """${_RANDOM} in what peers must agree on, or in a priority."""
    host, instance = owned
    # With one seed on all hosts the values are the same everywhere.
    if any(setting.path == "global_defs/random_seed" for setting in host.globals):
        return
    inside = [setting for block in instance.blocks for setting in block.settings]
    items = [(block.keyword.name, item) for block in instance.blocks for item in block.items]
    stated: list[tuple[str, Setting | Item]] = [(s.keyword.name, s) for s in (*instance.settings, *inside)]
    for name, found in [*stated, *items]:
        if _RANDOM not in found.origin.text:
            continue
        if name in _AGREED:
            emit(
                found.origin,
                f"${{_RANDOM}} gives each host, and each start, another value: in {name} of `{instance.name}` the peers must "
                "agree, or each of them becomes master",
                help="write the same value on all hosts",
            )
        elif name == "priority":
            emit(
                found.origin,
                f"${{_RANDOM}} gives each start another value: which host becomes master of `{instance.name}` is left to "
                "chance, and two may get one priority",
                severity="warning",
                effect="latent",
                help="write different priorities",
            )


_PROTECTING = ("vrrp_rt_priority", "vrrp_priority", "vrrp_no_swap", "max_auto_priority")


@rule("LVS244", "fast-adverts-unprotected", "info", Owned, effect="latent")
def fast_adverts_unprotected(owned: Owned, ctx: Context, emit: Emit) -> None:
    """A failover within three quarters of a second, and a keepalived that waits for the processor like any process."""
    host, instance = owned
    wait = master_down_interval(ctx.params(host, instance, ctx.newest()))
    if wait >= _FAST or any(host.global_setting(name) is not None for name in _PROTECTING):
        return
    assert instance.advert_int is not None  # the default is slower
    emit(
        (instance.advert_int.origin, 1),
        f"a backup of `{instance.name}` takes over after {wait / SECOND:.2f} s of silence: on a busy or paused host "
        "keepalived may be late by as much, and the addresses move for no reason",
        help="add `vrrp_rt_priority 50` and `vrrp_no_swap` to global_defs, or advertise less often",
    )


@rule("LVS245", "late-interface", "info", Host, effect="outage")
def late_interface(host: Host, ctx: Context, emit: Emit) -> None:
    """An interface that another service makes, and no dynamic_interfaces: too early, keepalived does not start."""
    if host.director.global_setting("dynamic_interfaces") is not None:
        return
    told: set[str] = set()
    for stated in _interfaces(host.director):
        if stated.value not in told and _LATE(stated.value):
            told.add(stated.value)
            emit(
                (stated.origin, stated.word),
                f"`{stated.value}` looks like a VLAN, tunnel or dial-up link, which another service makes: if keepalived "
                "starts before it is there, it stops altogether",
                help="add `dynamic_interfaces` to global_defs (keepalived 2.0 or later)",
            )


def _interfaces(director: Director) -> Iterator[Stated[str]]:
    """The interfaces that must exist, once for each time that they are named."""
    for instance in director.vrrp:
        if instance.interface is not None:
            yield instance.interface
        for tracker in instance.trackers:
            if tracker.kind == "interface":
                yield Stated(tracker.name, tracker.origin, 0)


@rule("LVS252", "setting-without-effect", "warning", Owned, fix="safe")
def setting_without_effect(owned: Owned, ctx: Context, emit: Emit) -> None:
    """A setting that keepalived drops because of another one."""
    host, instance = owned
    known = priority(owned, ctx)
    # Beside MASTER it is nopreempt-on-master's.
    if instance.nopreempt is not None and is_owner(instance) and _state(instance) != "MASTER":
        assert instance.priority is not None
        emit(
            (instance.nopreempt.origin, 0),
            f"`{instance.name}` has priority {OWNER}, the address owner's, who always takes over: keepalived drops nopreempt",
            related=[((instance.priority.origin, 1), "the priority")],
            effect="latent",
            help="give it a priority of 254 or less",
        )
    backup = instance.setting("timer_expired_backup")
    params = ctx.params(host, instance, ctx.newest())
    if backup is not None and not params.nopreempt and known is not None:
        emit(
            (backup.origin, 0),
            f"timer_expired_backup does nothing in `{instance.name}`: it needs nopreempt, without which a late host of higher "
            "priority takes the addresses back at once",
            help="add nopreempt, or remove the line",
            fix=edits.fix("remove the line", edits.removed(backup.origin), safe=False),
        )
    ignore = instance.setting("owner_ignore_adverts")
    if is_on(ignore) and known not in (None, OWNER):
        assert ignore is not None
        emit(
            (ignore.origin, 0),
            f"owner_ignore_adverts is for the address owner, priority {OWNER}; `{instance.name}` has {known}, and keepalived "
            "drops it",
            help="remove the line",
            fix=edits.fix("remove the line", edits.removed(ignore.origin)),
        )


@rule("LVS253", "families-differ", "error", Owned, effect="outage")
def families_differ(owned: Owned, ctx: Context, emit: Emit) -> None:
    """Virtual addresses of one family, and a source, group or peer of the other."""
    instance = owned.instance
    if not instance.addresses:
        return
    first = instance.addresses[0]
    named = [(s.value, (s.origin, 1)) for s in (instance.unicast_src, instance.mcast_src, instance.mcast_group) if s]
    named += [(peer.address, (peer.origin, 0)) for peer in instance.peers]
    for address, at in named:
        family = 6 if ":" in address else 4
        if family != first.family:
            emit(
                at,
                f"`{address}` is IPv{family}, the virtual addresses of `{instance.name}` are IPv{first.family}: keepalived "
                "goes by what comes first in the file and drops the other, be it all the virtual addresses",
                related=[((first.origin, 0), "the first virtual address")],
                help=f"write the IPv{first.family} address",
            )
            return


@rule("LVS254", "empty-ttl-range", "error", Owned, effect="split")
def empty_ttl_range(owned: Owned, ctx: Context, emit: Emit) -> None:
    """A unicast peer whose min_ttl is above its max_ttl: all that it sends is dropped."""
    # Only a peer has these options.
    for item in (item for block in owned.instance.blocks for item in block.items if item.valid):
        low, high = _option(item, "min_ttl", 0), _option(item, "max_ttl", 255)
        if low > high:
            emit(
                (item.origin, item.words.index("min_ttl") + 1),
                f"no packet of `{item.words[0]}` has a TTL of at least {low} and at most {high}: keepalived drops all of its "
                "advertisements",
                help="let min_ttl be the smaller one; 255 stands for a peer on the same network",
            )


def _option(item: Item, name: str, default: int) -> int:
    return int(item.words[item.words.index(name) + 1]) if name in item.words[:-1] else default
