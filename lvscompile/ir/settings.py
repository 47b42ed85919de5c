"""Which statements of a block count: keepalived's rules about words that are said twice, rejected, or renamed."""

from __future__ import annotations

import re
from collections.abc import Iterable

from lvscompile.ir.core import Block, Keyword, Origin, Setting, Version, parse_version
from lvscompile.ir.node import replace
from lvscompile.syntax.keepalived.keywords import table
from lvscompile.syntax.keepalived.words import BLANKS, code_end

# Words that may be said several times, each time adding something.
ADDING = frozenset({"digest", "status_code", "key", "include_check", "lvs_timeouts", "regex", "process"})
# Words whose first statement counts; keepalived complains about a second one.
FIRST_COUNTS = frozenset({"instance", "net_namespace", "net_namespace_ipvs", "vmac_prefix", "vmac_addr_prefix"})


def successor(keyword: Keyword, version: Version) -> Keyword:
    """The keyword that says the same today, where there is one in the same block and `version` has it."""
    if not keyword.deprecated or not keyword.use:
        return keyword
    newer = table(keyword.block).get(keyword.use)
    if newer is None or newer.body != keyword.body or is_newer(newer, version):
        return keyword
    return newer


def is_newer(keyword: Keyword, version: Version) -> bool:
    """Whether the keyword came only after `version`."""
    if not keyword.since:
        return False
    return keyword.since == "next" or parse_version(keyword.since) > version


def counting(settings: Iterable[Setting], version: Version) -> list[tuple[Keyword, Setting]]:
    """Those of a block's settings that count, each with the keyword it goes by, in the order of the input.

    Rejected ones are left out, and those that a later statement of the same keyword replaces (or an earlier one
    forbids).
    """
    valid = [(successor(s.keyword, version), s) for s in settings if s.valid]
    chosen: dict[str, int] = {}
    for at, (keyword, _) in enumerate(valid):
        first_counts = keyword.name in FIRST_COUNTS or keyword.name.startswith("notify")
        if first_counts and keyword.name in chosen:
            continue
        # Whichever order they stand in, MASTER wins (vrrp_parser.c: vrrp_state_handler).
        if keyword.name == "state" and "state" in chosen and valid[chosen["state"]][1].words[1] == "MASTER":
            continue
        chosen[keyword.name] = at
    return [
        (keyword, setting)
        for at, (keyword, setting) in enumerate(valid)
        if keyword.name in ADDING or chosen[keyword.name] == at
    ]


def merged(blocks: tuple[Block, ...]) -> list[tuple[Block, ...]]:
    """Blocks of one level, in order; those that keepalived adds up stand together.

    It adds up global_defs and the list blocks that have no name; any other block said twice is two blocks.
    """
    groups: list[list[Block]] = []
    by_keyword: dict[str, list[Block]] = {}
    for block in blocks:
        adds_up = block.keyword.name == "global_defs" or (bool(block.keyword.item_name) and len(block.words) == 1)
        group = by_keyword.get(block.keyword.path) if adds_up else None
        if group is not None:
            group.append(block)
            continue
        groups.append([block])
        if adds_up:
            by_keyword[block.keyword.path] = groups[-1]
    return [tuple(group) for group in groups]


def joined(group: tuple[Block, ...]) -> Block:
    """One block out of several that keepalived adds up."""
    first = group[0]
    if len(group) == 1:
        return first
    return replace(
        first,
        settings=tuple(s for block in group for s in block.settings),
        items=tuple(i for block in group for i in block.items),
        blocks=tuple(b for block in group for b in block.blocks),
    )


_FIRST_WORD = re.compile(r'(?:"[^"]*"|[^ \t\v\f\r"]+)[ \t\v\f\r]*').match


def raw_arguments(origin: Origin) -> str:
    """What stands behind a keyword, as it was written: for commands, whose quotes and escapes are read a second time by
    other rules than those of keepalived's line splitter.
    """
    text = origin.text
    code = text[: code_end(text)].strip(BLANKS).removesuffix("{").rstrip(BLANKS)
    match = _FIRST_WORD(code)
    return code[match.end() :] if match else code
