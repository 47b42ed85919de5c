"""How long a virtual router is without a master, and who that is. Pure; times are whole microseconds."""

from __future__ import annotations

from lvscompile.ir.contest import contenders, well_worth
from lvscompile.ir.effective import OWNER, VrrpParams, master_down_interval, skew
from lvscompile.ir.node import Node, replace
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

    What a tracked file says is not known: it counts as 0. A member of a sync group ignores its own weights unless the
    group says sync_group_tracking_weight; those of the group's trackers count.
    """
    return {
        found.instance.name: sum(well_worth(line) for line in found.trackers if line.kind != "file")
        for found in contenders(director, {}).values()
    }
