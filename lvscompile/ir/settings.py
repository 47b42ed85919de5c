"""Which statements of a block count: keepalived's rules about words that are said twice, rejected, or renamed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from lvscompile.ir.core import Block, Item, Keyword, Origin, Setting, Version, parse_version
from lvscompile.ir.node import replace
from lvscompile.syntax.keepalived.keywords import table
from lvscompile.syntax.keepalived.script_words import script_words
from lvscompile.syntax.keepalived.words import BLANKS, code_end

# Words that may be said several times, each time adding something.
ADDING = frozenset({
    "digest", "status_code", "regex", "include_check", "lvs_timeouts", "vrrp_instance/auth_hmac/key",
})  # fmt: skip
# Words whose first statement counts; keepalived complains about a second one, or says nothing. All `notify` words too.
FIRST_COUNTS = frozenset({
    "instance", "net_namespace", "net_namespace_ipvs", "vmac_prefix", "vmac_addr_prefix", "lvs_sync_daemon", "nftables",
    "nftables_ipvs", "notify_fifo", "vrrp_notify_fifo", "lvs_notify_fifo", "snmp_socket", "tmp_config_directory",
    "vrrp_instance/version", "quorum_up", "quorum_down", "virtual_server/real_server/DNS_CHECK/name",
    "track_file/file", "track_file/weight", "vrrp_track_file/file", "vrrp_track_file/weight",
    "vrrp_track_process/process",
})  # fmt: skip
# Words of which one value, once said, stays.
STAYING = {"state": "MASTER", "vrrp_min_garp": "on"}
# Two words for one thing, by keyword.
SYNONYMS = {
    "lvs_sched": "lb_algo", "lvs_method": "lb_kind", "lvs_process_name": "checker_process_name",
    "neighbour_ip": "neighbor_ip", "hoplimit": "ttl",
}  # fmt: skip
# Two words that undo each other: the later one counts.
OPPOSITES = {"preempt": "nopreempt", "accept": "no_accept"}
# Words that keepalived ignores unless another word stands before them, some with a certain value.
AFTER = {
    "hashed": ("lb_algo", "sh"), "sh-port": ("lb_algo", "sh"), "sh-fallback": ("lb_algo", "sh"),
    "mh-port": ("lb_algo", "mh"), "mh-fallback": ("lb_algo", "mh"),
    "sorry_server_inhibit": ("sorry_server", ""), "sorry_server_lvs_method": ("sorry_server", ""),
}  # fmt: skip


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

    Rejected ones are left out, those that stand too early, and those that a later statement of the same keyword
    replaces (or an earlier one forbids).
    """
    given = tuple(settings)
    early = {id(setting) for setting, _ in too_early(given)}
    valid = [(successor(s.keyword, version), s) for s in given if counts(s) and id(s) not in early]
    chosen: dict[str, int] = {}
    for at, (keyword, _) in enumerate(valid):
        name = _slot(keyword)
        before = valid[chosen[name]][1] if name in chosen else None
        if before is not None and (_first_counts(keyword) or _stays(keyword, before)):
            continue
        chosen[name] = at
    return [
        (keyword, setting)
        for at, (keyword, setting) in enumerate(valid)
        if _is_in(keyword, ADDING) or chosen[_slot(keyword)] == at
    ]


def too_early(settings: Sequence[Setting]) -> list[tuple[Setting, str]]:
    """Settings that keepalived ignores because they stand before the word that they need, and that word."""
    if not any(setting.keyword.name in AFTER for setting in settings):
        return []
    found = []
    for at, setting in enumerate(settings):
        name, value = AFTER.get(setting.keyword.name, ("", ""))
        places = [
            place
            for place, other in enumerate(settings)
            if name and other.valid and same_thing(other.keyword) == name and value in ("", other.words[1])
        ]
        if setting.valid and places and places[0] > at:
            found.append((setting, f"{name} {value}".rstrip()))
    return found


def _slot(keyword: Keyword) -> str:
    return OPPOSITES.get(keyword.name, same_thing(keyword))


def counts(stated: Setting | Item) -> bool:
    """Whether keepalived takes it. A value that it makes itself when it runs nobody can check before."""
    return stated.valid or made_at_run_time(stated)


def made_at_run_time(stated: Setting | Item) -> bool:
    return "${_" in stated.origin.text


def same_thing(keyword: Keyword) -> str:
    """The keyword's name; one of them where two words set the same thing."""
    return SYNONYMS.get(keyword.name, keyword.name)


def _first_counts(keyword: Keyword) -> bool:
    notifies = "notify" in keyword.name and keyword.quoted
    return notifies or _is_in(keyword, FIRST_COUNTS)


def _stays(keyword: Keyword, before: Setting) -> bool:
    """Whether an earlier statement holds against whatever follows (vrrp_parser.c: vrrp_state_handler)."""
    staying = STAYING.get(keyword.name)
    said = before.words[1] if len(before.words) > 1 else "on"
    return said == staying or (staying == "on" and said in ("true", "yes"))


def _is_in(keyword: Keyword, names: frozenset[str]) -> bool:
    return keyword.name in names or keyword.path in names


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


def command_as_written(setting: Setting) -> str:
    """The raw arguments of a setting, without surplus words at the end."""
    raw = raw_arguments(setting.origin)
    if made_at_run_time(setting):
        return raw
    while len(script_words(f"x {raw}")) > len(setting.words):
        shorter = raw.rstrip(BLANKS)
        shorter = shorter[: max(shorter.rfind(blank) for blank in BLANKS) + 1].rstrip(BLANKS)
        if not shorter:
            break
        raw = shorter
    return raw


def raw_item(origin: Origin) -> str:
    """A line of a list, as it was written."""
    return origin.text[: code_end(origin.text)].strip(BLANKS)
