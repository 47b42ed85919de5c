"""vrrp_instance, vrrp_sync_group and vrrp_script blocks to the model."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from lvscompile.frontends.keepalived import values
from lvscompile.frontends.keepalived.blocks import Checker, RawBlock
from lvscompile.ir.addresses import canonical, split_mask
from lvscompile.ir.core import NEWEST, Block, Setting, Stated
from lvscompile.ir.settings import counting, made_at_run_time
from lvscompile.ir.vrrp import Address, Peer, Script, SyncGroup, Tracker, VrrpInstance

# Keyword -> field and how its words are read.
FIELDS: dict[str, tuple[str, Callable[[Setting], Stated[Any]]]] = {
    "state": ("state", values.word),
    "interface": ("interface", values.word),
    "virtual_router_id": ("vrid", values.integer),
    "priority": ("priority", values.integer),
    "version": ("version", values.integer),
    "advert_int": ("advert_int", values.duration),
    "nopreempt": ("nopreempt", values.flag),
    "preempt_delay": ("preempt_delay", values.duration),
    "strict_mode": ("strict", values.boolean),
    "unicast_src_ip": ("unicast_src", values.word),
    "mcast_src_ip": ("mcast_src", values.word),
    "mcast_dst_ip": ("mcast_group", values.word),
    "use_vmac": ("use_vmac", values.flag),
    "auth_type": ("auth_type", values.word),
    "auth_pass": ("auth_pass", values.word),
}


def instance(checker: Checker, raw: RawBlock) -> VrrpInstance:
    parts = checker.parts(raw)
    _, words, _, settings, _, blocks, _, _ = parts
    authentication = [s for block in blocks if block.keyword.name == "authentication" for s in block.settings]
    return VrrpInstance(
        *parts,
        **_fields([*settings, *authentication]),
        name=_name(words),
        addresses=_collect(blocks, "virtual_ipaddress", _address),
        excluded=_collect(blocks, "virtual_ipaddress_excluded", _address),
        peers=_collect(blocks, "unicast_peer", _peer),
        trackers=tuple(tracker for block in blocks for tracker in _trackers(block)),
    )


def _fields(settings: Iterable[Setting]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for keyword, setting in counting(settings, NEWEST):
        if keyword.name in FIELDS and not made_at_run_time(setting):
            field, read = FIELDS[keyword.name]
            found[field] = read(setting)
    return found


def _collect(blocks: tuple[Block, ...], name: str, read: Callable[..., Any]) -> tuple[Any, ...]:
    items = (item for block in blocks if block.keyword.name == name for item in block.items)
    return tuple(found for item in items if (found := read(item)) is not None)


def _address(item: Any) -> Address | None:
    parts = split_mask(item.words[0])
    if parts is None:
        return None
    family, address, prefix = parts
    device, label = _option(item.words, "dev"), _option(item.words, "label")
    return Address(address, family, prefix, device, label, item.words, item.origin)


def _option(words: tuple[str, ...], name: str) -> str:
    at = words.index(name) + 1 if name in words[1:-1] else 0
    return words[at] if at else ""


def _peer(item: Any) -> Peer | None:
    parts = canonical(item.words[0])
    return Peer(parts[1], parts[0], item.origin) if parts is not None and item.valid else None


def _trackers(block: Block) -> list[Tracker]:
    kind = block.keyword.name.removeprefix("track_")
    if kind == block.keyword.name:
        return []
    return [
        Tracker(kind, words[0], int(words[words.index("weight") + 1]) if "weight" in words[1:-1] else None, item.origin)
        for item in block.items
        if item.valid and (words := item.words)
    ]


def sync_group(checker: Checker, raw: RawBlock) -> SyncGroup:
    parts = checker.parts(raw)
    members = tuple(
        Stated(item.words[0], item.origin, 0)
        for block in parts[5]
        if block.keyword.name == "group"
        for item in block.items
        if item.valid
    )
    return SyncGroup(*parts, name=_name(parts[1]), members=members)


def script(checker: Checker, raw: RawBlock) -> Script:
    parts = checker.parts(raw)
    return Script(*parts, name=_name(parts[1]))


def _name(words: tuple[str, ...]) -> str:
    return words[1] if len(words) > 1 else ""
