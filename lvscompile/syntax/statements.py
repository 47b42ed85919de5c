"""Statements: the flat, lossless form of a text, and the places they came through."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lvscompile.syntax.source import Source


class Frame:
    """One step on the way from a file to an expanded statement.

    `kind` is include, variable, sequence or condition; `site` the statement where it happened; `detail` the
    file, the variable's name, the condition.
    """

    __slots__ = ("detail", "kind", "site")

    def __init__(self, kind: str, site: Stmt, detail: str) -> None:
        self.kind = kind
        self.site = site
        self.detail = detail


class Stmt:
    """One statement of a text, and the token that Lark sees.

    `start:end` are character offsets into `source.text`; the physical statements of a text, joined, are the
    text. `text` is what the statement says: the same characters, or what expansion made of them, in which
    case `frames` is not empty. A statement is the *origin* of all that the model takes from it.
    """

    __slots__ = ("end", "frames", "line", "source", "start", "text", "type", "words")

    # Lark reads these of the last token when it makes its $END.
    start_pos = end_pos = column = end_line = end_column = None

    def __init__(
        self,
        type: str,
        source: Source,
        start: int,
        end: int,
        line: int,
        text: str,
        frames: tuple[Frame, ...] = (),
    ) -> None:
        self.type = type
        self.source = source
        self.start = start
        self.end = end
        self.line = line
        self.text = text
        self.frames = frames
        self.words: tuple[str, ...] | None = None  # set by a reader that has split them anyway

    def __repr__(self) -> str:
        return f"Stmt({self.type}, {self.source.name}:{self.line}, {self.text.strip()!r})"
