"""Names that one part of a configuration uses and another defines."""

from __future__ import annotations

from collections.abc import Iterator

from lvscompile.ir.core import Block, Item
from lvscompile.ir.node import Node
from lvscompile.ir.site import Director

# List block -> the top-level blocks that define the names of its items.
DEFINED_BY: dict[str, tuple[str, ...]] = {
    "track_script": ("vrrp_script",),
    "track_process": ("vrrp_track_process",),
    "track_file": ("track_file", "vrrp_track_file"),
    "track_bfd": ("bfd_instance",),
    "group": ("vrrp_instance",),
}
# Of these keepalived wants the definition before the use; it looks the others up when all is read.
DEFINED_FIRST = frozenset({"track_script", "track_process", "track_file", "track_bfd"})

# List blocks of the top level whose items may name a track_group.
GROUPED = frozenset({"static_ipaddress", "static_routes", "static_rules"})


class Reference(Node):
    """A use of a name: `item` of the list block `block` inside `owner`. `definition` is None where there is none;
    `too_early` where it stands behind the use, and keepalived therefore does not find it.
    """

    name: str
    block: Block
    item: Item
    owner: Block
    definition: Block | None
    too_early: bool


def references(director: Director) -> tuple[Reference, ...]:
    """All references of a host, in order."""
    return tuple(_references(director))


def late_groups(director: Director) -> set[int]:
    """The ids of items whose option `track_group` keepalived ignores: the group is defined only further down."""
    groups: dict[str, int] = {}
    for at, block in enumerate(director.blocks):
        if block.keyword.name == "track_group" and len(block.words) > 1:
            groups.setdefault(block.words[1], at)
    return {
        id(item)
        for at, block in enumerate(director.blocks)
        if groups and block.keyword.name in GROUPED
        for item in block.items
        if "track_group" in item.words[1:-1] and groups.get(_group(item), -1) > at
    }


def _group(item: Item) -> str:
    return item.words[item.words.index("track_group", 1) + 1]


def without_group(item: Item) -> tuple[str, ...]:
    """The words of an item without its option `track_group`."""
    at = item.words.index("track_group", 1)
    return item.words[:at] + item.words[at + 2 :]


def _references(director: Director) -> Iterator[Reference]:
    defined: dict[tuple[str, str], tuple[int, Block]] = {}
    for at, block in enumerate(director.blocks):
        if len(block.words) > 1:
            defined.setdefault((block.keyword.name, block.words[1]), (at, block))
    for at, owner in enumerate(director.blocks):
        for block in owner.blocks:
            kinds = DEFINED_BY.get(block.keyword.name)
            if kinds is None or (block.keyword.name == "group" and owner.keyword.name == "track_group"):
                continue
            for item in block.items:
                found = next((defined[kind, item.words[0]] for kind in kinds if (kind, item.words[0]) in defined), None)
                place, definition = found or (-1, None)
                too_early = block.keyword.name in DEFINED_FIRST and place > at
                yield Reference(item.words[0], block, item, owner, definition, too_early)
