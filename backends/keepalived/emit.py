"""One walker that writes every block: canonical order, canonical layout, words that the target version knows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from lvscompile.backends.keepalived.quoting import line, quote
from lvscompile.ir.core import Block, Item, Keyword, Loss, Origin, Setting, Target, Version
from lvscompile.ir.references import late_groups, references, without_group
from lvscompile.ir.settings import (
    command_as_written,
    counting,
    counts,
    is_newer,
    joined,
    made_at_run_time,
    merged,
    raw_item,
    successor,
    too_early,
)
from lvscompile.ir.site import NOTE, Director

INDENT = "    "
LONGEST = 1023  # bytes that keepalived reads of a line

# The order of the top level: what is defined stands before what uses it. The rest follows as the table has it.
TOP = (
    "global_defs", "track_group", "static_ipaddress", "static_routes", "static_rules", "linkbeat_interfaces",
    "interface_up_down_delays", "garp_group", "vrrp_script", "vrrp_track_process", "track_file", "vrrp_track_file",
    "bfd_instance", "vrrp_sync_group", "vrrp_instance", "SSL", "virtual_server_group", "virtual_server",
)  # fmt: skip


class Emitted(NamedTuple):
    """The text, and what it could not carry over."""

    text: str
    losses: tuple[Loss, ...]


def emit(director: Director, target: Target, comments: Mapping[int, str] = {}) -> Emitted:
    """The whole configuration of a host, for a keepalived of the target version (None: the newest one known).
    `comments` are what stands above a block or item, by the `id` of its origin.

    keepalived reads the text as it reads the original: what it ignores there is not written, and told as a loss.
    """
    writer = _Writer(target.versions()[-1], comments)
    body = writer.top(director)
    for opaque in director.opaque:
        skipped = opaque.origin.type in ("OPEN", "HEAD")
        writer.losses.append(Loss("skipped" if skipped else "unknown", opaque.origin, ""))
    notes = [*director.notes, *(_note(loss) for loss in writer.losses)]
    head = "".join(f"{note}\n" for note in dict.fromkeys(notes))
    return Emitted(head + ("\n" if head and body else "") + body, tuple(writer.losses))


def _note(loss: Loss) -> str:
    """A loss as a comment. Line breaks and unprintable characters of the original would end the comment."""
    text = " ".join(loss.origin.text.split("\n")[0].strip(" \t\r\f\v").split())
    if len(text) > 200:  # a line has 1023 bytes
        text = text[:200] + " ..."
    text = "".join(char if char.isprintable() else "?" for char in text).rstrip("\\ ")
    return NOTE + (text or "(a line without words)")


def _laid(indent: str, text: str) -> str:
    """A line with its indentation, unless that makes it longer than keepalived reads."""
    return indent + text if len((indent + text).encode("utf-8", "surrogatepass")) <= LONGEST else text


class _Writer:
    def __init__(self, version: Version, comments: Mapping[int, str]) -> None:
        self.version = version
        self.comments = comments
        self.losses: list[Loss] = []
        self.too_early: set[int] = set()
        self.late_groups: set[int] = set()

    def top(self, director: Director) -> str:
        """The top level: single settings first, then the blocks, a blank line before each."""
        self.too_early = {id(reference.item) for reference in references(director) if reference.too_early}
        self.late_groups = late_groups(director)
        single = sorted(self.settings(director.settings, ""), key=lambda entry: entry[0])
        parts = ["".join(f"{text}\n" for _, text in single)]
        groups = [joined(group) for group in merged(director.blocks)]
        for block in sorted(groups, key=lambda b: TOP.index(b.keyword.name)):
            parts.append("".join(f"{text}\n" for text in self.block(block, "")))
        return "\n".join(part for part in parts if part)

    def block(self, block: Block, indent: str) -> Iterator[str]:
        keyword = successor(block.keyword, self.version)
        if not block.valid:
            self.losses.append(Loss("skipped", block.origin, ""))
            return
        if is_newer(keyword, self.version):
            self.losses.append(Loss("newer", block.origin, keyword.since))
            return
        yield from self.comment(block.origin, indent)
        yield _laid(indent, f"{line((keyword.name, *block.words[1:]))} {{")
        inside = indent + INDENT
        entries = self.settings(block.settings, inside)
        for each in (joined(group) for group in merged(block.blocks)):
            entries.append((self._rank(each.keyword), "\n".join(self.block(each, inside))))
        yield from (text for _, text in sorted(entries, key=lambda entry: entry[0]) if text)
        for item in block.items:
            yield from self.item(item, inside, whole=keyword.body == "lines")
        yield f"{indent}}}"

    def settings(self, settings: Iterable[Setting], indent: str) -> list[tuple[int, str]]:
        """Rank and line of each setting that counts."""
        for setting in (given := tuple(settings)):
            if not counts(setting):
                self.losses.append(Loss("rejected", setting.origin, setting.keyword.default))
        self.losses += [Loss("too-early", setting.origin, needed) for setting, needed in too_early(given)]
        lines = []
        for keyword, setting in counting(given, self.version):
            if is_newer(keyword, self.version):
                self.losses.append(Loss("newer", setting.origin, keyword.since))
            else:
                lines.append((keyword.rank, _laid(indent, _statement(keyword, setting))))
        return lines

    def item(self, item: Item, indent: str, whole: bool) -> Iterator[str]:
        """The line of an item; `whole` where a statement is one item."""
        if id(item) in self.too_early:
            self.losses.append(Loss("too-early", item.origin, ""))
        elif item.valid and id(item) in self.late_groups:
            self.losses.append(Loss("too-early", item.origin, ""))
            yield _laid(indent, line(without_group(item)))
        elif counts(item):
            yield from self.comment(item.origin, indent)
            yield _laid(indent, raw_item(item.origin) if whole and made_at_run_time(item) else line(item.words))
        else:
            self.losses.append(Loss("rejected", item.origin, ""))

    def comment(self, origin: Origin, indent: str) -> Iterator[str]:
        if id(origin) in self.comments:
            yield f"{indent}# {self.comments[id(origin)]}"

    def _rank(self, keyword: Keyword) -> int:
        return successor(keyword, self.version).rank


def _statement(keyword: Keyword, setting: Setting) -> str:
    if keyword.quoted or made_at_run_time(setting):
        return f"{quote(keyword.name)} {command_as_written(setting)}".rstrip()
    return line((keyword.name, *setting.words[1:]))
