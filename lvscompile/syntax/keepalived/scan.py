"""Text to flat statements: lossless, and unable to fail."""

from __future__ import annotations

from collections.abc import Iterator

from lvscompile.syntax.keepalived.grammar import SCAN
from lvscompile.syntax.source import Source
from lvscompile.syntax.statements import Frame, Stmt


def scan(source: Source) -> Iterator[Stmt]:
    """The physical statements of a text. Their texts, joined, are the text."""
    line, start = 1, 0
    whole = source.text
    frames: tuple[Frame, ...] = source.frames  # type: ignore[assignment]
    for match in SCAN(whole):
        end = match.end()
        text = whole[start:end]
        kind: str = match.lastgroup  # type: ignore[assignment]
        yield Stmt(kind, source, start, end, line, text, frames)
        # Only definitions run over several lines; the others hold one newline at most, at their end.
        if text[-1] == "\n":
            line += text.count("\n") if kind in ("DEF", "COND") else 1
        start = end


def rescan(text: str, site: Stmt, frame: Frame, braces: bool = False) -> Iterator[Stmt]:
    """The statements of a text that expansion made at `site`.

    With `braces`, `${X}` is no variable any more: nothing defines it, so keepalived leaves it as it is and then
    sees its braces.
    """
    frames = (*site.frames, frame) if frame.kind != "literal" else site.frames
    if braces:
        # A NUL between the dollar and the brace hides the variable from the scanner. No text has a NUL of its
        # own here: lines are cut at the first one before they are expanded.
        text = text.replace("${", "$\0{")
    for match in SCAN(text):
        piece = match.group().replace("$\0{", "${") if braces else match.group()
        yield Stmt(match.lastgroup, site.source, site.start, site.end, site.line, piece, frames)  # type: ignore[arg-type]
