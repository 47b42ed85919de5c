"""vrrp_instance, vrrp_sync_group and vrrp_script blocks to the model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lvscompile.frontends.keepalived import values
from lvscompile.frontends.keepalived.blocks import Block, Checker
from lvscompile.ir.addresses import canonical, split_mask
from lvscompile.ir.core import Setting, Stated
from lvscompile.ir.vrrp import Address, Peer, Script, SyncGroup, Tracker, VrrpInstance

# Keyword -> field and how its words are read. Of several statements the last counts, but for `state`.
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
FIRST_COUNTS = frozenset({"state"})


def instance(checker: Checker, block: Block) -> VrrpInstance:
    settings, inner = checker.block(block.children, block.keyword.table or {})
    fields: dict[str, Any] = {"name": block.words[1], "origin": block.head}
    trackers: list[Tracker] = []
    for each in inner:
        name = each.keyword.name
        if name == "authentication":
            fields["authentication"] = each.head
            settings += checker.block(each.children, each.keyword.table or {})[0]
        elif name in ("virtual_ipaddress", "virtual_ipaddress_excluded"):
            key = "addresses" if name == "virtual_ipaddress" else "excluded"
            fields[key] = fields.get(key, ()) + addresses(checker, each)
            if key == "addresses":
                fields["addresses_block"] = each.head
        elif name == "unicast_peer":
            fields["unicast_block"] = each.head
            fields["peers"] = fields.get("peers", ()) + peers(checker, each)
        elif name.startswith("track_"):
            trackers += tracked(checker, each)
        elif each.keyword.body == "block":
            settings += checker.block(each.children, each.keyword.table or {})[0]
        else:
            checker.items(each)
    fields |= _fields(settings)
    fields["cut_short"] = checker.cut_short(block)
    return VrrpInstance(**fields, trackers=tuple(trackers), settings=tuple(settings))


def _fields(settings: list[Setting]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for setting in settings:
        entry = FIELDS.get(setting.words[0])
        if entry is None or not setting.valid:
            continue
        field, read = entry
        if field not in found or setting.words[0] not in FIRST_COUNTS:
            found[field] = read(setting)
    return found


def addresses(checker: Checker, block: Block) -> tuple[Address, ...]:
    found = []
    for stmt, words, _ in checker.items(block):
        parts = split_mask(words[0])
        if parts is None:
            continue
        family, address, prefix = parts
        device, label = _option(words, "dev"), _option(words, "label")
        found.append(Address(address, family, prefix, device, label, words, stmt))
    return tuple(found)


def _option(words: tuple[str, ...], name: str) -> str:
    at = words.index(name) + 1 if name in words[1:-1] else 0
    return words[at] if at else ""


def peers(checker: Checker, block: Block) -> tuple[Peer, ...]:
    """The peers that keepalived keeps: one with an option it does not know is dropped whole."""
    found = []
    for stmt, words, good in checker.items(block):
        parts = canonical(words[0])
        if parts is not None and good:
            found.append(Peer(parts[1], parts[0], stmt))
    return tuple(found)


def tracked(checker: Checker, block: Block) -> list[Tracker]:
    kind = block.keyword.name.removeprefix("track_")
    return [
        Tracker(kind, words[0], int(words[2]) if len(words) > 2 and words[1] == "weight" else None, stmt)
        for stmt, words, good in checker.items(block)
        if good
    ]


def sync_group(checker: Checker, block: Block) -> SyncGroup:
    settings, inner = checker.block(block.children, block.keyword.table or {})
    members: list[Stated[str]] = []
    for each in inner:
        entries = checker.items(each) if each.keyword.body != "block" else []
        if each.keyword.name == "group":
            members += [Stated(words[0], stmt, 0) for stmt, words, good in entries if good]
    name = block.words[1] if len(block.words) > 1 else ""
    return SyncGroup(name, tuple(members), tuple(settings), block.head)


def script(checker: Checker, block: Block) -> Script:
    settings, _ = checker.block(block.children, block.keyword.table or {})
    return Script(block.words[1] if len(block.words) > 1 else "", tuple(settings), block.head)
