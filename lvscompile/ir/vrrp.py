"""VRRP as the inputs state it."""

from __future__ import annotations

from lvscompile.ir.core import Origin, Setting, Stated
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


class VrrpInstance(Node):
    """One vrrp_instance. Fields are None where the input says nothing, or nothing valid."""

    name: str
    origin: Origin
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
    authentication: Origin | None = None
    unicast_block: Origin | None = None
    addresses_block: Origin | None = None
    addresses: tuple[Address, ...] = ()
    excluded: tuple[Address, ...] = ()
    peers: tuple[Peer, ...] = ()
    trackers: tuple[Tracker, ...] = ()
    settings: tuple[Setting, ...] = ()
    cut_short: bool = False  # keepalived sees a part of the block only: what is missing here may be in the file

    @property
    def family(self) -> int:
        """4 or 6: that of the first VIP; that of the peers or the source address where there is none."""
        if self.addresses:
            return self.addresses[0].family
        if self.peers:
            return self.peers[0].family
        source = self.unicast_src or self.mcast_src
        return 6 if source is not None and ":" in source.value else 4

    def setting(self, keyword: str) -> Setting | None:
        """The last setting of this keyword that is valid: it is the one that counts."""
        path = f"vrrp_instance/{keyword}"
        return next((s for s in reversed(self.settings) if s.path == path and s.valid), None)


class SyncGroup(Node):
    """One vrrp_sync_group and the names of its members."""

    name: str
    members: tuple[Stated[str], ...]
    settings: tuple[Setting, ...]
    origin: Origin


class Script(Node):
    """One vrrp_script."""

    name: str
    settings: tuple[Setting, ...]
    origin: Origin
