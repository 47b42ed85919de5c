"""`convert --keep`: words are brought up to date where they stand; includes, variables, conditions, comments stay.

Only the main file is rewritten. An expanded statement (from a variable, a generator) has no words of its own in the
file, and is left to whoever wrote the definition.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lvscompile.app.format import format_text
from lvscompile.ir.core import Block, Loss, Setting, Target
from lvscompile.ir.settings import is_newer, successor
from lvscompile.ir.site import Director
from lvscompile.syntax.findings import is_expanded, span_of
from lvscompile.syntax.keepalived.words import ends_in_backslash
from lvscompile.syntax.source import Source
from lvscompile.syntax.statements import Stmt

Edit = tuple[int, int, str]


def kept(director: Director, source: Source, target: Target, root: str = "") -> tuple[str, list[Loss]]:
    """The text of the main file, brought up to date and laid out, and what no longer counts in it."""
    version = target.versions()[-1]
    edits: list[Edit] = []
    losses: list[Loss] = []
    for keyword_of in _statements(director.settings, director.blocks):
        origin = keyword_of.origin
        newer = successor(keyword_of.keyword, version)
        if isinstance(keyword_of, Setting) and is_newer(newer, version):
            losses.append(Loss("newer", origin, newer.since))
            edits += _commented_out(origin, source)
        elif newer is not keyword_of.keyword and _stands_in(origin, source):
            span = span_of(origin, 0)
            edits.append((span.start, span.end, newer.name))
    for opaque in director.opaque:
        losses.append(Loss("unknown", opaque.origin, ""))
        edits += _commented_out(opaque.origin, source)
    changed = Source(source.name, _applied(source.text, edits), source.path, source.frames)
    return format_text(changed, root), losses


def _statements(settings: Iterable[Setting], blocks: Iterable[Block]) -> Iterator[Setting | Block]:
    yield from settings
    for block in blocks:
        yield block
        yield from _statements(block.settings, block.blocks)


def _stands_in(origin: Stmt, source: Source) -> bool:
    return origin.source is source and not is_expanded(origin)


def _commented_out(origin: Stmt, source: Source) -> list[Edit]:
    """A `#` before a statement that has its line to itself, and opens nothing."""
    # A comment that ends in a backslash would be a keyword again.
    if not _stands_in(origin, source) or origin.type == "BADOPEN" or ends_in_backslash(origin.text):
        return []
    start, end = source.line_around(origin.start)
    span = span_of(origin)
    alone = not source.text[start : span.start].strip() and origin.end >= end
    return [(span.start, span.start, "# ")] if alone else []


def _applied(text: str, edits: Iterable[Edit]) -> str:
    for start, end, replacement in sorted(set(edits), reverse=True):
        text = text[:start] + replacement + text[end:]
    return text
