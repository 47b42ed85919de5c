"""Who is master of a virtual router, as a function of what has failed. Pure, and without a clock.

Measured with keepalived 2.2.7: a tracker of weight W adds W while what it tracks is up (W above 0) or down (W below
0); `reverse` swaps up and down and turns the sign round, so that one of the two states is always worth abs(W) more
than the other. That one is called well here. A tracker of weight 0 puts the instance into fault, and with it the whole
sync group. The sum is kept within 1 and 254; an address owner's priority never changes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from lvscompile.ir.effective import OWNER
from lvscompile.ir.node import Node
from lvscompile.ir.site import Director
from lvscompile.ir.tracking import Tracked, groups, tracked, weights_count
from lvscompile.ir.vrrp import SyncGroup, VrrpInstance

LOWEST, HIGHEST = 1, OWNER - 1
FAULT = 0  # the priority of an instance that does not take part
FAULT_WEIGHT = 254  # of a process or a file: no weight any more, a fault


class Contender(Node):
    """One instance in the contest: its priority, and the trackers that count, each thing once.

    `certain` is False where nobody can tell from the configuration what a failure does to it.
    """

    host: Director
    instance: VrrpInstance
    base: int
    trackers: tuple[Tracked, ...]
    certain: bool = True


def contenders(director: Director, bases: Mapping[int, int | None]) -> dict[int, Contender]:
    """The instances of a host, by `id`; `bases` are their priorities, an instance without one is uncertain."""
    table, grouped = tracked(director), groups(director)
    found = {}
    for instance in director.vrrp:
        group = grouped.get(instance.name)
        lines = _effective(instance, group, table)
        base = bases.get(id(instance))
        certain = base is not None and not _doubtful(instance, group, table)
        found[id(instance)] = Contender(director, instance, base or LOWEST, lines, certain)
    return found


def _effective(instance: VrrpInstance, group: SyncGroup | None, table: dict[int, list[Tracked]]) -> tuple[Tracked, ...]:
    """What the group tracks counts for each member. The instance's own interface is no tracker."""
    interface = instance.interface.value if instance.interface is not None else ""
    own = table.get(id(instance), []) if weights_count(group) else _faults(table.get(id(instance), []))
    kept: dict[tuple[str, str], Tracked] = {}
    for line in (*table.get(id(group), ()), *own):
        kept.setdefault((line.kind, line.name), line)
    kept.pop(("interface", interface), None)
    return tuple(kept.values())


def _faults(lines: Iterable[Tracked]) -> list[Tracked]:
    return [line for line in lines if is_fault(line)]


def _doubtful(instance: VrrpInstance, group: SyncGroup | None, table: dict[int, list[Tracked]]) -> bool:
    """Members of a group that weigh different things are elected one by one and moved together: who wins depends on
    the order of events. So it does where keepalived says that it ignores weights, and not quite does.
    """
    own = table.get(id(instance), ())
    weighed = (*own, *table.get(id(group), ()))
    dropped = any(
        not item.valid
        for owner in (instance, group)
        if owner is not None
        for block in owner.blocks
        if block.keyword.name.startswith("track_")
        for item in block.items
    )
    return (
        dropped
        or instance.cut_short
        or any((line.kind == "file" and not is_fault(line)) or _misstated(line) for line in weighed)
        or (group is not None and any(not is_fault(line) for line in own))
    )


def _misstated(line: Tracked) -> bool:
    """Whether what is tracked has a weight that keepalived rejects, or only keepalived knows."""
    settings = line.definition.settings if line.definition is not None else ()
    return any(not setting.valid and setting.keyword.name == "weight" for setting in settings)


def is_fault(line: Tracked) -> bool:
    """Whether its failure is a fault rather than a matter of priority."""
    return not line.weight or (line.kind in ("file", "process") and abs(line.weight) >= FAULT_WEIGHT)


def well_worth(line: Tracked) -> int:
    """What a tracker adds to the priority while all is well; when not, it is abs(weight) less."""
    if is_fault(line):
        return 0
    return max(-line.weight if line.reverse else line.weight, 0)


def clamped(total: int) -> int:
    return min(max(total, LOWEST), HIGHEST)


def priority(contender: Contender, failed: Collection[Tracked] = ()) -> int:
    """What the instance advertises when these trackers are not well; `FAULT` when it takes no part."""
    lost = [line for line in contender.trackers if line in failed]
    if any(is_fault(line) for line in lost):
        return FAULT
    if contender.base == OWNER:
        return OWNER
    well = contender.base + sum(well_worth(line) for line in contender.trackers)
    return clamped(well - sum(abs(line.weight) for line in lost))


def priorities(contender: Contender) -> frozenset[int]:
    """All priorities that the instance can have without being in fault."""
    if contender.base == OWNER:
        return frozenset({OWNER})
    return frozenset(clamped(total) for total in _totals(contender, contender.trackers))


def _totals(contender: Contender, free: Iterable[Tracked]) -> set[int]:
    """The sums that can come out while those in `free` are well or not, and the others are well."""
    totals = {contender.base + sum(well_worth(line) for line in contender.trackers)}
    for line in free:
        if not is_fault(line):
            totals |= {total - abs(line.weight) for total in totals}
    return totals


def decides(contender: Contender, line: Tracked, rivals: Iterable[Contender]) -> bool:
    """Whether there is any state of all other trackers in which the contender wins with this one, and loses without.

    A tie counts as won: then this tracker makes a difference between chance and defeat.
    """
    if is_fault(line):
        return True
    if contender.base == OWNER:
        return False
    against = frozenset[int]().union(*(priorities(rival) for rival in rivals))
    steps = {
        (clamped(total - abs(line.weight)), clamped(total))
        for total in _totals(contender, (other for other in contender.trackers if other is not line))
    }
    return any(without < rival <= with_it for without, with_it in steps for rival in against)
