"""2xx: trackers and their weights."""

from __future__ import annotations

import re
from collections.abc import Iterable

from lvscompile.ir.effective import OWNER
from lvscompile.ir.tracking import Tracked, groups, tracked, weights_count
from lvscompile.ir.vrrp import SyncGroup, VrrpInstance
from lvscompile.lint import edits
from lvscompile.lint.engine import Context, Emit, Host, Owned
from lvscompile.lint.registry import rule
from lvscompile.lint.stated import is_owner, priority

# Bridges as Linux, libvirt, Proxmox and container engines name them.
_BRIDGE = re.compile(r"(?:br|vmbr|virbr|lxcbr|lxdbr|xenbr|docker|podman|cni)-?\d|br-").match
LOWEST, HIGHEST = 1, OWNER - 1
_FAULT_WEIGHT = 254  # of a process or a file: no weight any more, a fault


def _counting(instance: VrrpInstance, lines: Iterable[Tracked]) -> list[Tracked]:
    """The lines that keepalived keeps: once each, and not the instance's own interface."""
    own = instance.interface.value if instance.interface is not None else ""
    return [line for key, line in _by_name(lines).items() if key != ("interface", own)]


def _members(host: Host) -> list[tuple[VrrpInstance, SyncGroup]]:
    grouped = groups(host.director)
    return [(instance, grouped[instance.name]) for instance in host.director.vrrp if instance.name in grouped]


def _by_name(lines: Iterable[Tracked]) -> dict[tuple[str, str], Tracked]:
    table: dict[tuple[str, str], Tracked] = {}
    for line in lines:
        table.setdefault((line.kind, line.name), line)
    return table


@rule("LVS232", "owner-tracks", "error", Host, effect="latent")
def owner_tracks(host: Host, ctx: Context, emit: Emit) -> None:
    """Weighted trackers in an instance of priority 255, whose priority never changes."""
    table, grouped = tracked(host.director), groups(host.director)
    owners: dict[str, VrrpInstance] = {}
    for instance in host.director.vrrp:
        if not is_owner(instance):
            continue
        owners[instance.name] = instance
        if weights_count(grouped.get(instance.name)):
            _owner_tracks(_counting(instance, table.get(id(instance), ())), instance, emit)
    for group in host.director.sync_groups:
        owner = next((owners[member.value] for member in group.members if member.value in owners), None)
        if owner is not None:
            _owner_tracks(_by_name(table.get(id(group), ())).values(), owner, emit)


def _owner_tracks(lines: Iterable[Tracked], owner: VrrpInstance, emit: Emit) -> None:
    assert owner.priority is not None
    for line in lines:
        if line.weight:
            emit(
                (line.item.origin, 0),
                f"the weight of `{line.name}` changes nothing: `{owner.name}` has priority {OWNER}, the address owner's, "
                "which stays what it is; keepalived drops the weight, or the whole tracker",
                related=[((owner.priority.origin, 1), "the priority")],
                help="give the instance a priority of 254 or less, or track without weight: a failure is then a fault",
            )


@rule("LVS240", "nopreempt-defeats-weights", "warning", Host, effect="latent")
def nopreempt_defeats_weights(host: Host, ctx: Context, emit: Emit) -> None:
    """nopreempt beside weighted trackers: a lower priority alone makes nobody take over."""
    table, grouped = tracked(host.director), groups(host.director)
    for instance in host.director.vrrp:
        if not ctx.params(host.director, instance, ctx.newest()).nopreempt:
            continue
        # What is in a file is not known: it may well ask for a fault.
        weighted = [
            line
            for line in _counting(instance, table.get(id(instance), ()))
            if line.kind != "file" and 0 < abs(line.weight) < _FAULT_WEIGHT
        ]
        if weighted and weights_count(grouped.get(instance.name)):
            assert instance.nopreempt is not None
            emit(
                (instance.nopreempt.origin, 0),
                f"`{instance.name}` has nopreempt and trackers with a weight: a failure lowers the master's priority, but a "
                "backup with nopreempt does not take over from a master that still advertises",
                related=[((weighted[0].item.origin, 0), "this one, for instance")],
                help="track without weight, so that a failure is a fault and the master lets go; or remove nopreempt",
            )


@rule("LVS246", "tracks-own-interface", "info", Host, fix="safe")
def tracks_own_interface(host: Host, ctx: Context, emit: Emit) -> None:
    """track_interface with the instance's own interface: keepalived ignores the line."""
    if ctx.newest() < (2, 1):
        return  # older versions take it as any other
    table = tracked(host.director)
    for instance in host.director.vrrp:
        line = _own_interface(instance, table.get(id(instance), ()))
        if line is None:
            continue
        assert instance.interface is not None
        related = [((instance.interface.origin, 1), "its own interface")]
        untracked = instance.setting("dont_track_primary")
        if untracked is not None:
            emit(
                (line.item.origin, 0),
                f"`{line.name}` is the interface of `{instance.name}` itself: keepalived ignores this line, and because of "
                "dont_track_primary the interface is not tracked at all: when its link fails the master stays master",
                related=[*related, ((untracked.origin, 0), "this turns the tracking off")],
                severity="error",
                effect="latent",
                help="remove dont_track_primary",
                fix=edits.fix("remove dont_track_primary", edits.removed(untracked.origin), safe=False),
            )
        elif line.weight:
            emit(
                (line.item.origin, 0),
                f"`{line.name}` is the interface of `{instance.name}` itself: keepalived ignores this line with its weight; "
                "when the link fails, the instance is in fault",
                related=related,
                severity="warning",
                help="remove the line",
                fix=edits.fix("remove the line", edits.removed(line.item.origin), safe=False),
            )
        else:
            emit(
                (line.item.origin, 0),
                f"`{line.name}` is the interface of `{instance.name}` itself, which is tracked anyway: keepalived complains "
                "and ignores this line",
                related=related,
                help="remove the line",
                fix=edits.fix("remove the line", edits.removed(line.item.origin)),
            )


def _own_interface(instance: VrrpInstance, lines: Iterable[Tracked]) -> Tracked | None:
    own = instance.interface.value if instance.interface is not None else None
    return next((line for line in lines if line.kind == "interface" and line.name == own), None)


@rule("LVS247", "tracked-twice", "warning", Host, fix="safe")
def tracked_twice(host: Host, ctx: Context, emit: Emit) -> None:
    """One thing tracked twice by one instance or sync group: the second line does not count."""
    table = tracked(host.director)
    owners: list[VrrpInstance | SyncGroup] = [*host.director.vrrp, *host.director.sync_groups]
    for owner in owners:
        seen: dict[tuple[str, str], Tracked] = {}
        for line in table.get(id(owner), ()):
            first = seen.setdefault((line.kind, line.name), line)
            if first is not line:
                lost = ", with another weight," if _differ(first, line) else ""
                emit(
                    (line.item.origin, 0),
                    f"`{owner.name}` tracks {line.kind} `{line.name}` already: keepalived ignores this line{lost} and goes by "
                    "the first one",
                    related=[((first.item.origin, 0), "the first one")],
                    help="keep one of them",
                    fix=edits.fix("remove the second one", edits.removed(line.item.origin), safe=not lost),
                )


def _differ(a: Tracked, b: Tracked) -> bool:
    return (a.weight, a.reverse) != (b.weight, b.reverse)


@rule("LVS248", "tracked-by-group-and-member", "warning", Host)
def tracked_by_group_and_member(host: Host, ctx: Context, emit: Emit) -> None:
    """A sync group tracks what its member tracks too: only one of the two lines counts for that member."""
    table = tracked(host.director)
    for instance, group in _members(host):
        theirs = _by_name(table.get(id(group), ()))
        own = _by_name(table.get(id(instance), ()))
        for key, line in own.items():
            if key in theirs:
                emit(
                    (line.item.origin, 0),
                    f"`{instance.name}` and its sync group `{group.name}` both track {line.kind} `{line.name}`: only one of the "
                    "two weights counts for this member, and keepalived asks to remove one of the lines",
                    related=[((theirs[key].item.origin, 0), "tracked by the group here")],
                    help="keep the group's line: a fault of one member is one of all",
                )
        interface = ("interface", instance.interface.value if instance.interface is not None else "")
        if interface in theirs and interface not in own and instance.setting("dont_track_primary") is None:
            assert instance.interface is not None
            emit(
                (theirs[interface].item.origin, 0),
                f"`{interface[1]}` is the interface of `{instance.name}`, a member of `{group.name}`, and tracked by it anyway: "
                "keepalived complains; for this member the line does not count",
                related=[((instance.interface.origin, 1), "the member's interface")],
                severity="info",
                help="remove the line: a fault of one member is one of all",
            )


# What becomes of a weighted tracker in a group. Processes are not in it: 2.2.7 leaves them as they are.
_DROPPED = "keepalived drops the whole tracker, and its failure changes nothing"
_FAULT = "keepalived sets the weight to 0, and a failure puts the whole group into fault"
_ALONE = "keepalived says that it ignores the weight, but a failure lowers the priority of this member alone"
_IN_GROUP = {"script": _DROPPED, "bfd": _DROPPED, "interface": _ALONE}


@rule("LVS249", "weights-ignored-in-group", "error", Host, effect="latent")
def weights_ignored_in_group(host: Host, ctx: Context, emit: Emit) -> None:
    """Weighted trackers in a member of a sync group: keepalived does not take the weights."""
    table = tracked(host.director)
    for instance, group in _members(host):
        if weights_count(group):
            continue
        shared = _by_name(table.get(id(group), ()))
        for line in _counting(instance, table.get(id(instance), ())):
            what = _in_group(line)
            if line.weight and what and (line.kind, line.name) not in shared:
                emit(
                    (line.item.origin, 0),
                    f"`{instance.name}` is in the sync group `{group.name}`, whose members cannot differ in priority: {what}",
                    related=[((group.origin, 1), "the group")],
                    help="add `sync_group_tracking_weight` to the group, or track in the group, or without weight",
                )


def _in_group(line: Tracked) -> str:
    """What becomes of a line; "" where nothing does. A file of weight 1, the default, keeps its place without it."""
    if line.kind == "file":
        return _FAULT if line.weight == 1 else _DROPPED
    return _IN_GROUP.get(line.kind, "")


@rule("LVS250", "tracks-logical-interface", "info", Host, effect="latent")
def tracks_logical_interface(host: Host, ctx: Context, emit: Emit) -> None:
    """track_interface with a bridge or the loopback: their state tells nothing of a cable."""
    table = tracked(host.director)
    lines = [line for instance in host.director.vrrp for line in _counting(instance, table.get(id(instance), ()))]
    lines += [line for group in host.director.sync_groups for line in _by_name(table.get(id(group), ())).values()]
    for line in lines:
        if line.kind != "interface":
            continue
        if line.name == "lo":
            what = "is the loopback, which is up on any host"
        elif _BRIDGE(line.name):
            what = "looks like a bridge, which stays up as long as any of its ports is, be it a virtual machine's"
        else:
            continue
        emit(
            (line.item.origin, 0),
            f"`{line.name}` {what}: a failed cable may go unnoticed",
            help="track the physical interface",
        )


@rule("LVS251", "weight-never-counts", "warning", Host, effect="latent")
def weight_never_counts(host: Host, ctx: Context, emit: Emit) -> None:
    """A tracker whose failure leaves the priority where it is, because that cannot go beyond 1 or 254."""
    table, grouped = tracked(host.director), groups(host.director)
    for instance in host.director.vrrp:
        base = priority(Owned(host.director, instance), ctx)
        lines = _counting(instance, table.get(id(instance), ()))
        # A tracked file's share is not known, and in a group the other trackers of the group count as well.
        if base is None or base == OWNER or instance.name in grouped or any(_varies(line) for line in lines):
            continue
        well = base + sum(max(line.weight, 0) for line in lines)
        for line in lines:
            failed = well - abs(line.weight)
            if line.weight and _clamp(well) == _clamp(failed):
                emit(
                    (line.item.origin, 0),
                    f"while all is well the priority of `{instance.name}` adds up to {well}, without `{line.name}` to {failed}: "
                    f"keepalived keeps it within {LOWEST} and {HIGHEST}, so that this failure alone changes nothing",
                    help="lower the priority, or the weights, so that the sum stays below 255",
                )


def _varies(line: Tracked) -> bool:
    return line.reverse or (line.kind == "file" and line.weight != 0)


def _clamp(value: int) -> int:
    return min(max(value, LOWEST), HIGHEST)
