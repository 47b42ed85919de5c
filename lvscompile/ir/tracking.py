"""What instances and sync groups track, and with which weight. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from lvscompile.ir.core import Block, Item
from lvscompile.ir.node import Node
from lvscompile.ir.references import references
from lvscompile.ir.site import Director
from lvscompile.ir.vrrp import SyncGroup

_PREFIX = "track_"
# A group with one of these lets the weights of its members' trackers count.
_WEIGHING = ("sync_group_tracking_weight", "global_tracking")


class Tracked(Node):
    """One line of a track_ block that counts: `kind` is interface, script, file, process or bfd.

    `weight` is the line's own, else that of what it names; 0 means that a failure is a fault. `reverse` swaps up and
    down.
    """

    kind: str
    name: str
    weight: int
    reverse: bool
    item: Item
    definition: Block | None = None


def tracked(director: Director) -> dict[int, list[Tracked]]:
    """The trackers of each instance and sync group, by the `id` of it.

    Lines that keepalived drops, because they name nothing that it knows by then, are left out.
    """
    found = {id(reference.item): reference for reference in references(director)}
    table: dict[int, list[Tracked]] = {}
    for owner, block, item in _lines(director):
        reference = found.get(id(item))
        if reference is None:
            definition = None
        elif reference.definition is None or reference.too_early:
            continue
        else:
            definition = reference.definition
        kind = block.keyword.name.removeprefix(_PREFIX)
        weight, reverse = _weight(item, definition, kind)
        table.setdefault(id(owner), []).append(Tracked(kind, item.words[0], weight, reverse, item, definition))
    return table


def _lines(director: Director) -> Iterator[tuple[Block, Block, Item]]:
    for owner in chain[Block](director.vrrp, director.sync_groups):
        for block in owner.blocks:
            if block.keyword.name.startswith(_PREFIX):
                for item in block.items:
                    if item.valid:
                        yield owner, block, item


def _weight(item: Item, definition: Block | None, kind: str) -> tuple[int, bool]:
    words = item.words[1:]
    setting = definition.setting("weight") if definition is not None else None
    if "weight" not in words and setting is not None:
        words = setting.words
    default = 1 if kind == "file" else 0
    weight = int(words[words.index("weight") + 1]) if "weight" in words[:-1] else default
    return weight, "reverse" in words


def groups(director: Director) -> dict[str, SyncGroup]:
    """The sync group of each member, by the instance's name: the first one that lists it."""
    table: dict[str, SyncGroup] = {}
    for group in director.sync_groups:
        for member in group.members:
            table.setdefault(member.value, group)
    return table


def weights_count(group: SyncGroup | None) -> bool:
    """Whether keepalived takes the weights of an instance's own trackers: not in a sync group that does not say so."""
    return group is None or any(group.setting(name) is not None for name in _WEIGHING)
