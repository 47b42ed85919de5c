"""How long a virtual router is without a master, and who that is. Pure; times are whole microseconds."""

from __future__ import annotations

from lvscompile.ir.core import Block, Item
from lvscompile.ir.effective import OWNER, VrrpParams, master_down_interval, skew
from lvscompile.ir.node import Node, replace
from lvscompile.ir.references import DEFINED_BY, DEFINED_FIRST
from lvscompile.ir.site import Director


class Failover(Node):
    """How long the addresses are nobody's at worst, in microseconds: after a crash, and after a planned stop."""

    crash: int
    stop: int


def failover(backup: VrrpParams, master: VrrpParams) -> Failover:
    """From the master's end until the backup takes over.

    A crash comes to light when the master-down interval has passed, counted from the last advertisement: at worst the
    master dies just after it. A master that is stopped says so (priority 0), and the backup waits its skew time only.
    In version 3 a backup goes by the interval that the master advertises (RFC 9568 section 6.1).
    """
    heard = replace(backup, advert_int=master.advert_int) if backup.version == 3 else backup
    return Failover(master_down_interval(heard), skew(heard))


def healthy(params: VrrpParams, weight: int) -> VrrpParams:
    """The instance while all that it tracks is well; `weight` is its share of `weights_when_well`."""
    if params.priority == OWNER or not weight:
        return params
    return replace(params, priority=min(max(params.priority + weight, 1), OWNER - 1))


def weights_when_well(director: Director) -> dict[str, int]:
    """Instance -> what its trackers add to its priority while nothing is wrong.

    A positive weight is added while the tracked thing is up, a negative one while it is down, `reverse` turns both
    round. What a tracked file says is not known: it counts as 0. A member of a sync group ignores weights unless the
    group says sync_group_tracking_weight.
    """
    deaf = {
        member.value
        for group in director.sync_groups
        if group.setting("sync_group_tracking_weight") is None
        for member in group.members
    }
    defined: dict[tuple[str, str], tuple[int, Block]] = {}
    for at, block in enumerate(director.blocks):
        if len(block.words) > 1:
            defined.setdefault((block.keyword.name, block.words[1]), (at, block))
    places = {id(block): at for at, block in enumerate(director.blocks)}
    return {
        instance.name: sum(
            _when_well(block.keyword.name, item, defined, places.get(id(instance), len(places)))
            for block in instance.blocks
            if block.keyword.name.startswith("track_") and block.keyword.name != "track_file"
            for item in block.items
            if item.valid
        )
        for instance in director.vrrp
        if instance.name not in deaf
    }


def _when_well(kind: str, item: Item, defined: dict[tuple[str, str], tuple[int, Block]], place: int) -> int:
    words = item.words[1:]
    if kind in DEFINED_BY:
        found = next((defined[key] for by in DEFINED_BY[kind] if (key := (by, item.words[0])) in defined), None)
        if found is None or (kind in DEFINED_FIRST and found[0] > place):
            return 0  # keepalived does not track what it has not found
        setting = found[1].setting("weight")
        if "weight" not in words and setting is not None:
            words = setting.words
    weight = int(words[words.index("weight") + 1]) if "weight" in words[:-1] else 0
    return weight if (weight > 0) != ("reverse" in words) else 0
