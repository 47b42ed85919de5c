"""VRRP as the inputs state it."""

from __future__ import annotations

from lvscompile.ir.core import Block, Origin, Stated
from lvscompile.ir.node import Node


class Address(Node):
    """A virtual address: `address` in canonical text form, `prefix` None where no mask is written.

    `family` is 4 or 6. `valid` is False where keepalived drops the line.
    """

    address: str
    family: int
    prefix: int | None
    device: str
    label: str
    words: tuple[str, ...]
    origin: Origin


class Peer(Node):
    """One line of unicast_peer."""

    address: str
    family: int
    origin: Origin


class Tracker(Node):
    """One line of a track_ block: `kind` is interface, script, file, process or bfd."""

    kind: str
    name: str
    weight: int | None
    origin: Origin


class VrrpInstance(Block):
    """One vrrp_instance. Typed fields are None where the input says nothing, or nothing valid."""

    name: str = ""
    state: Stated[str] | None = None
    interface: Stated[str] | None = None
    vrid: Stated[int] | None = None
    priority: Stated[int] | None = None
    version: Stated[int] | None = None
    advert_int: Stated[int] | None = None  # microseconds, as written
    auth_type: Stated[str] | None = None
    auth_pass: Stated[str] | None = None
    nopreempt: Stated[bool] | None = None
    preempt_delay: Stated[int] | None = None  # microseconds
    strict: Stated[bool] | None = None
    unicast_src: Stated[str] | None = None
    mcast_src: Stated[str] | None = None
    mcast_group: Stated[str] | None = None
    use_vmac: Stated[bool] | None = None
    addresses: tuple[Address, ...] = ()
    excluded: tuple[Address, ...] = ()
    peers: tuple[Peer, ...] = ()
    trackers: tuple[Tracker, ...] = ()

    @property
    def family(self) -> int:
        """4 or 6: that of the first VIP; that of the peers or the source address where there is none."""
        if self.addresses:
            return self.addresses[0].family
        if self.peers:
            return self.peers[0].family
        source = self.unicast_src or self.mcast_src
        return 6 if source is not None and ":" in source.value else 4

    def place(self, name: str) -> tuple[Origin, int]:
        """Where to point for an inner block: at its head, or at the instance's name where there is none."""
        block = self.block(name)
        return (block.origin, 0) if block is not None else (self.origin, 1)


class SyncGroup(Block):
    """One vrrp_sync_group and the names of its members."""

    name: str = ""
    members: tuple[Stated[str], ...] = ()


class Script(Block):
    """One vrrp_script."""

    name: str = ""
