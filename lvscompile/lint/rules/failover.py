"""3xx: what the static failover simulator says of a pair.

It plays through what each tracker's failure does to the priorities of instances that back each other up. That
keepalived elects the same master was seen with live pairs; the tests hold some of them.
"""

from __future__ import annotations

from collections.abc import Iterator

from lvscompile.ir.contest import Contender, clamped, contenders, decides, priority, well_worth
from lvscompile.ir.effective import OWNER
from lvscompile.ir.node import Node
from lvscompile.ir.peers import Pair, Twins, deafness
from lvscompile.ir.site import Director
from lvscompile.ir.tracking import Tracked, groups
from lvscompile.lint import edits, stated
from lvscompile.lint.engine import Context, Emit, Host, Owned, Place
from lvscompile.lint.registry import rule
from lvscompile.lint.rules.peers import names_of, place_of
from lvscompile.syntax.statements import Stmt


class Contest(Node):
    """An instance and those that it competes with, the strongest first. Only of one that leads a failure says anything:
    it must leave at least what a rival has.
    """

    leader: Contender
    rivals: tuple[Contender, ...]


def _bases(director: Director, ctx: Context) -> dict[int, int | None]:
    return {id(instance): stated.priority(Owned(director, instance), ctx) for instance in director.vrrp}


def _table(director: Director, ctx: Context) -> dict[int, Contender]:
    return {} if ctx.host(director).includes_missing else contenders(director, _bases(director, ctx))


def _meet(twins: Twins, ctx: Context) -> bool:
    """Whether the two hear each other: without that there is no contest, and another rule has spoken."""
    a = ctx.params(twins.a_host, twins.a, ctx.newest())
    b = ctx.params(twins.b_host, twins.b, ctx.newest())
    return twins.same_router and not deafness(a, b, True, ctx.newest())


def _contests(host: Host, ctx: Context) -> Iterator[Contest]:
    """The contests that an instance of this host is in, where all about them is certain."""
    director = host.director
    mine = [pair for pair in ctx.pairs if director in (pair.a, pair.b)]
    tables = {id(d): _table(d, ctx) for d in {id(d): d for pair in mine for d in (pair.a, pair.b)}.values()}
    rivals: dict[int, list[Contender | None]] = {}
    for pair in mine:
        for twins in pair.twins:
            own, other, theirs = (
                (twins.a, twins.b, twins.b_host) if pair.a is director else (twins.b, twins.a, twins.a_host)
            )
            rival = tables[id(theirs)].get(id(other)) if _meet(twins, ctx) else None
            rivals.setdefault(id(own), []).append(rival)
    for key, found in rivals.items():
        leader, known = tables[id(director)].get(key), [rival for rival in found if rival is not None]
        if leader is None or len(known) < len(found) or not all(each.certain for each in (leader, *known)):
            continue
        yield Contest(leader, tuple(sorted(known, key=priority, reverse=True)))


def _weighing(contest: Contest, ctx: Context) -> Iterator[tuple[Tracked, int]]:
    """The leader's trackers with a weight that shows, each with the priority that is left when it fails.

    Where a backup has nopreempt no weight counts, and nopreempt-defeats-weights says so.
    """
    if any(ctx.params(rival.host, rival.instance, ctx.newest()).nopreempt for rival in contest.rivals):
        return
    for line in contest.leader.trackers:
        left = priority(contest.leader, [line])
        if left < priority(contest.leader):
            yield line, left


def _weight_place(line: Tracked) -> tuple[Stmt, int]:
    words = line.item.words
    if "weight" in words[1:]:
        return line.item.origin, words.index("weight", 1) + 1
    assert line.definition is not None  # or there would be no weight
    setting = line.definition.setting("weight")
    assert setting is not None
    return setting.origin, 1


def _sum(leader: Contender, line: Tracked, left: int) -> str:
    """`150 - 20 = 130`."""
    total = leader.base + sum(well_worth(each) for each in leader.trackers)
    lost = abs(line.weight)
    return f"{total} - {lost} = {left}" if clamped(total - lost) == total - lost else f"{total} - {lost} makes {left}"


def _seat(contender: Contender) -> Place:
    return place_of(contender.instance, contender.instance.priority)


def _once(found: Iterator[tuple[Contest, Tracked, int]]) -> Iterator[tuple[Contest, Tracked, int, int]]:
    """The first contest of each place where a weight is stated, and how many more there are."""
    by_place: dict[int, list[tuple[Contest, Tracked, int]]] = {}
    for contest, line, left in found:
        by_place.setdefault(id(_weight_place(line)[0]), []).append((contest, line, left))
    for same in by_place.values():
        yield (*same[0], len(same) - 1)


def _more(others: int) -> str:
    return f"; so it is in {others} more instance{'s' if others > 1 else ''}" if others else ""


@rule("LVS316", "failover-out-of-reach", "warning", Host, effect="latent")
def failover_out_of_reach(host: Host, ctx: Context, emit: Emit) -> None:
    """A tracker whose weight can never make another host the master."""
    found = (
        (contest, line, left)
        for contest in _contests(host, ctx)
        for line, left in _weighing(contest, ctx)
        if left > priority(contest.rivals[0]) and not decides(contest.leader, line, contest.rivals)
    )
    for contest, line, left, others in _once(found):
        leader, rival = contest.leader, contest.rivals[0]
        needed = priority(leader) - priority(rival) + 1
        emit(
            _weight_place(line),
            f"when `{line.name}` fails on {leader.host.name}, nothing fails over: {_sum(leader, line, left)} is still above "
            f"{priority(rival)} of {rival.host.name}, and no other weight changes that{_more(others)}",
            related=[
                (_seat(leader), f"the priority of `{leader.instance.name}`"),
                (_seat(rival), f"{rival.host.name} comes to {priority(rival)}"),
            ],
            help=_remedy(line, needed),
        )


@rule("LVS318", "tie-when-failed", "warning", Host, effect="latent")
def tie_when_failed(host: Host, ctx: Context, emit: Emit) -> None:
    """A tracker whose failure makes two hosts equal, which changes nothing."""
    found = (
        (contest, line, left)
        for contest in _contests(host, ctx)
        for line, left in _weighing(contest, ctx)
        if left == priority(contest.rivals[0])
    )
    for contest, line, left, others in _once(found):
        leader, rival = contest.leader, contest.rivals[0]
        emit(
            _weight_place(line),
            f"when `{line.name}` fails on {leader.host.name}, nothing fails over: {_sum(leader, line, left)} equals the "
            f"priority of {rival.host.name}, and a backup does not take over from its equal{_more(others)}",
            related=[
                (_seat(leader), f"the priority of `{leader.instance.name}`"),
                (_seat(rival), f"{rival.host.name} comes to {priority(rival)}"),
            ],
            help=_remedy(line, abs(line.weight) + 1),
        )


def _remedy(line: Tracked, needed: int) -> str:
    """What weight would do. Of a positive one the backup may have a share: there the difference must become smaller."""
    fault = "leave the weight out: a failure is then a fault, and the other host takes over"
    if well_worth(line) or line.reverse or needed >= OWNER - 1:
        return f"bring the priorities closer together, so that the weight makes the difference; or {fault}"
    return f"use a weight of -{needed} or below; or {fault}"


@rule("LVS317", "backup-outranks-master", "warning", Pair, effect="none")
def backup_outranks_master(pair: Pair, ctx: Context, emit: Emit) -> None:
    """Weights that make the host with the lower priority the master, while all is well."""
    a, b = _table(pair.a, ctx), _table(pair.b, ctx)
    for twins in pair.twins:
        one, other = a.get(id(twins.a)), b.get(id(twins.b))
        if one is None or other is None or not (one.certain and other.certain) or not _meet(twins, ctx):
            continue
        wins, meant = sorted((one, other), key=lambda each: each.base)
        if meant.base == wins.base or priority(meant) >= priority(wins) or _state(wins) == "MASTER":
            continue
        line = max(wins.trackers, key=well_worth)
        emit(
            _weight_place(line),
            f"{names_of(twins)}: {meant.host.name} has the higher priority, {meant.base} over {wins.base}, and yet "
            f"{wins.host.name} is master while all is well: with what its trackers add it comes to {priority(wins)}, "
            f"{meant.host.name} to {priority(meant)}",
            related=[
                (_seat(meant), f"{meant.host.name} is meant to be the master"),
                (_seat(wins), f"the priority of {wins.host.name}"),
            ],
            help="track the same with the same weight on both hosts, or use a negative weight, which counts only when "
            "something fails",
        )


@rule("LVS333", "state-against-priority", "warning", Pair, effect="none", fix="unsafe")
def state_against_priority(pair: Pair, ctx: Context, emit: Emit) -> None:
    """`state MASTER` on the host that loses the election."""
    a, b = _table(pair.a, ctx), _table(pair.b, ctx)
    for twins in pair.twins:
        one, other = a.get(id(twins.a)), b.get(id(twins.b))
        if one is None or other is None or not (one.certain and other.certain) or not _meet(twins, ctx):
            continue
        called, wins = (one, other) if _state(one) == "MASTER" else (other, one)
        if _state(called) != "MASTER" or _state(wins) == "MASTER" or priority(called) >= priority(wins):
            continue
        assert called.instance.state is not None
        emit(
            place_of(called.instance, called.instance.state),
            f"{names_of(twins)}: {called.host.name} says `state MASTER`, but has priority {priority(called)} against "
            f"{priority(wins)} of {wins.host.name}: the priority decides, and {wins.host.name} is master",
            related=[
                (_seat(called), f"the priority of {called.host.name}"),
                (_seat(wins), f"the priority of {wins.host.name}"),
            ],
            help="give the host that shall be master the higher priority, and write `state BACKUP` on both",
            fix=edits.fix(
                "write `state BACKUP`", edits.replaced(called.instance.state.origin, 1, "BACKUP"), safe=False
            ),
        )


def _state(contender: Contender) -> str:
    return contender.instance.state.value if contender.instance.state is not None else ""


@rule("LVS326", "trackers-differ", "info", Pair, effect="latent")
def trackers_differ(pair: Pair, ctx: Context, emit: Emit) -> None:
    """One host tracks something, its peer nothing at all."""
    a, b = _table(pair.a, ctx), _table(pair.b, ctx)
    seen: set[int] = set()
    for twins in pair.twins:
        one, other = a.get(id(twins.a)), b.get(id(twins.b))
        if one is None or other is None or not twins.same_router:
            continue
        for tracking, blind in ((one, other), (other, one)):
            if not tracking.trackers or blind.instance.cut_short or _says_track(blind):
                continue
            line = tracking.trackers[0]
            if id(line.item) not in seen:
                seen.add(id(line.item))
                emit(
                    (line.item.origin, 0),
                    f"{tracking.host.name} tracks `{line.name}`, and {blind.host.name} nothing: `{blind.instance.name}` takes the "
                    f"addresses over, and keeps them, whatever is broken on {blind.host.name}",
                    related=[((blind.instance.origin, 1), "this one tracks nothing")],
                    help=f"track the same on {blind.host.name}",
                )


def _says_track(contender: Contender) -> bool:
    """Whether there is any track_ block, though what it names may not be defined."""
    group = groups(contender.host).get(contender.instance.name)
    owners = (contender.instance,) if group is None else (contender.instance, group)
    return any(block.keyword.name.startswith("track_") for owner in owners for block in owner.blocks)
