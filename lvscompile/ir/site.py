"""Hosts, and the hosts given together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lvscompile.ir.core import Block, Opaque, Setting, Target
from lvscompile.ir.node import Node
from lvscompile.ir.services import VirtualService
from lvscompile.ir.vrrp import Script, SyncGroup, VrrpInstance

if TYPE_CHECKING:
    from lvscompile.ir.machine import Machine

DIRECTOR, REAL_SERVER = ROLES = ("director", "real-server")

# A comment of ours that tells what a conversion left out. It outlives further conversions.
NOTE = "# lvscompile: not carried over: "


class Director(Node):
    """One load-balancing host: all that its inputs state, in their order.

    `blocks` are all blocks of the top level, `vrrp`, `services` … those among them that have classes of their own;
    `globals` the settings of the top level and of global_defs. `machine` is what inputs beside keepalived.conf tell
    of the host, None without any. A host whose `role` is real-server is balanced to; it balances nothing.
    """

    name: str
    settings: tuple[Setting, ...] = ()
    blocks: tuple[Block, ...] = ()
    globals: tuple[Setting, ...] = ()
    vrrp: tuple[VrrpInstance, ...] = ()
    sync_groups: tuple[SyncGroup, ...] = ()
    scripts: tuple[Script, ...] = ()
    services: tuple[VirtualService, ...] = ()
    opaque: tuple[Opaque, ...] = ()
    notes: tuple[str, ...] = ()
    role: str = DIRECTOR
    machine: Machine | None = None

    def global_setting(self, keyword: str) -> Setting | None:
        """The last valid setting of this keyword in global_defs."""
        path = f"global_defs/{keyword}"
        return next((s for s in reversed(self.globals) if s.path == path and s.valid), None)


class Site(Node):
    """The hosts given together, and what they shall run on."""

    directors: tuple[Director, ...]
    target: Target
