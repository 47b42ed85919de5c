"""2xx: sync groups and track groups."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from lvscompile.ir.core import Item, Stated
from lvscompile.ir.effective import OWNER, SECOND, VrrpParams
from lvscompile.ir.references import late_groups
from lvscompile.ir.vrrp import SyncGroup, VrrpInstance
from lvscompile.lint import edits
from lvscompile.lint.engine import Context, Emit, Host
from lvscompile.lint.hints import closest
from lvscompile.lint.registry import rule
from lvscompile.syntax.keepalived.words import words

Member = tuple[Stated[str], VrrpInstance]


def _groups(host: Host) -> Iterator[SyncGroup]:
    """The sync groups that keepalived reads whole."""
    yield from (group for group in host.director.sync_groups if not group.cut_short)


def _members(host: Host, group: SyncGroup) -> list[Member]:
    """The members that exist, each once, with their instances."""
    by_name = {instance.name: instance for instance in reversed(host.director.vrrp)}
    found = {
        member.value: (member, by_name[member.value]) for member in reversed(group.members) if member.value in by_name
    }
    return list(reversed(found.values()))


@rule("LVS271", "unknown-group-member", "error", Host, effect="latent", fix="unsafe")
def unknown_group_member(host: Host, ctx: Context, emit: Emit) -> None:
    """A sync group with a member that is no instance."""
    names = {instance.name for instance in host.director.vrrp}
    for group in _groups(host):
        for member in group.members:
            if member.value not in names:
                near = closest(member.value, sorted(names))
                emit(
                    _at(group, member),
                    f"no vrrp_instance is called `{member.value}`: keepalived ignores it, and what was meant does not fail over "
                    f"together with `{group.name}`",
                    help=near and f"did you mean `{near}`?",
                    severity="info" if host.includes_missing else "",
                    fix=edits.fix(f"write `{near}`", edits.replaced(*_at(group, member), near), safe=False)
                    if near
                    else None,
                )


def _at(group: SyncGroup, member: Stated[str]) -> tuple[Any, int]:
    """Where a member stands: several may be on one line."""
    line = [other for other in group.members if other.origin is member.origin]
    return member.origin, next(at for at, other in enumerate(line) if other is member)


@rule("LVS272", "lone-group-member", "warning", Host, effect="latent")
def lone_group_member(host: Host, ctx: Context, emit: Emit) -> None:
    """A sync group that holds fewer than two instances together."""
    if host.includes_missing:
        return
    for group in _groups(host):
        there, given = len(_members(host, group)), len({member.value for member in group.members})
        if there > 1 or given > there > 0 or (given > 0 and there == 0):
            continue  # a member that is missing is told of by unknown-group-member
        if there:
            emit(
                (group.origin, 1),
                f"`{group.name}` has one member: a sync group keeps several instances in one state, alone it changes nothing",
                severity="info",
                help="add the instances that must move together, or remove the group",
            )
        else:
            emit(
                (group.origin, 1),
                f"`{group.name}` has no member: keepalived removes the group, its notify scripts and trackers too",
                help="name the instances in `group { }`, one a line",
                severity="error",
            )


@rule("LVS273", "member-of-two-groups", "error", Host, effect="latent", fix="safe")
def member_of_two_groups(host: Host, ctx: Context, emit: Emit) -> None:
    """An instance in two sync groups, or twice in one."""
    seen: dict[str, tuple[SyncGroup, Stated[str]]] = {}
    for group in _groups(host):
        for member in group.members:
            other, first = seen.setdefault(member.value, (group, member))
            if first is member:
                continue
            twice = other is group
            emit(
                _at(group, member),
                f"`{member.value}` is in `{group.name}` already: keepalived ignores the second mention"
                if twice
                else f"`{member.value}` is in `{other.name}` too: keepalived leaves it there, and `{group.name}` fails over "
                "without it",
                related=[(_at(other, first), "it is here as well")],
                severity="warning" if twice else "",
                effect="none" if twice else "",
                help="keep each instance in one sync group",
                fix=edits.fix("remove the second mention", edits.removed(member.origin))
                if twice and len(words(member.origin.text)) == 1
                else None,
            )


def _owns(values: Iterable[VrrpParams]) -> list[bool]:
    """Which of some instances are address owners."""
    return [params.priority == OWNER for params in values]


@rule("LVS274", "group-members-differ", "warning", Host, effect="latent")
def group_members_differ(host: Host, ctx: Context, emit: Emit) -> None:
    """Members of a sync group that want different things."""
    aspects: Sequence[tuple[str, Callable[[VrrpParams], Any]]] = (
        ("state", lambda p: p.state),
        ("priority", lambda p: p.priority),
        ("advert_int", lambda p: f"{p.advert_int / SECOND:g} s"),
        ("nopreempt", lambda p: "set" if p.nopreempt else "not set"),
    )
    for group in _groups(host):
        members = _members(host, group)
        if any(instance.cut_short for _, instance in members):
            continue
        values = [(member, ctx.params(host.director, instance, ctx.newest())) for member, instance in members]
        if len(set(_owns(p for _, p in values))) > 1:
            continue  # told of by owners-mixed-in-group
        differing = [name for name, read in aspects if len({read(p) for _, p in values}) > 1]
        if not differing:
            continue
        read = dict(aspects)[differing[0]]
        (first, mine), (other, theirs) = values[0], next(v for v in values if read(v[1]) != read(values[0][1]))
        emit(
            (group.origin, 1),
            f"the members of `{group.name}` differ in {' and '.join(differing)}: a sync group moves as one, and instances "
            "that are elected differently pull each other back and forth",
            related=[
                (_at(group, first), f"{differing[0]} {read(mine)}"),
                (_at(group, other), f"{differing[0]} {read(theirs)}"),
            ],
            severity="" if {"state", "priority"} & set(differing) else "info",
            help="give all members of the group the same values",
        )


@rule("LVS275", "owners-mixed-in-group", "error", Host, effect="latent")
def owners_mixed_in_group(host: Host, ctx: Context, emit: Emit) -> None:
    """A sync group in which some members are address owners and some are not."""
    for group in _groups(host):
        members = _members(host, group)
        values = [ctx.params(host.director, instance, ctx.newest()) for _, instance in members]
        if any(params.owner_by_default for params in values):
            continue  # owner-by-accident tells of the cause
        owns = _owns(values)
        if len(set(owns)) < 2:
            continue
        mine, theirs = members[owns.index(True)][0], members[owns.index(False)][0]
        emit(
            (group.origin, 1),
            f"in `{group.name}` `{mine.value}` is address owner (priority {OWNER}) and `{theirs.value}` is not: an owner never "
            "gives its addresses up, the others do, and the group cannot be in one state",
            related=[(_at(group, mine), "the owner"), (_at(group, theirs), "no owner")],
            help=f"give all members a priority below {OWNER}",
        )


@rule("LVS284", "unknown-track-group", "error", Host, effect="latent")
def unknown_track_group(host: Host, ctx: Context, emit: Emit) -> None:
    """A static address, route or rule with a track_group that is not defined before it."""
    names = {b.words[-1] for b in host.director.blocks if b.keyword.name == "track_group"}
    late = late_groups(host.director)
    for block in host.director.blocks:
        for item in block.items:
            at = _track_group(item)
            if not at or (item.words[at] in names and id(item) not in late):
                continue
            known = item.words[at] in names
            what = "is defined only further down" if known else "is not defined"
            emit(
                (item.origin, at),
                f"the track_group `{item.words[at]}` {what}: keepalived ignores the option, and no instance fails over when "
                f"`{item.words[0]}` is gone",
                help="define the track_group before its use" if known else "",
                severity="info" if host.includes_missing and not known else "",
            )


def _track_group(item: Item) -> int:
    """The index of the name behind `track_group`, 0 where there is none."""
    if not item.valid or "track_group" not in item.words[1:-1]:
        return 0
    return item.words.index("track_group", 1) + 1
