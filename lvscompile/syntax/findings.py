"""Findings and the places they point at."""

from __future__ import annotations

from typing import NamedTuple

from lvscompile.syntax.keepalived.script_words import script_spans
from lvscompile.syntax.keepalived.words import BLANKS, word_spans
from lvscompile.syntax.source import Source
from lvscompile.syntax.statements import Stmt

SEVERITIES = ("error", "warning", "info")
EFFECTS = ("split", "outage", "latent", "none")


class Span:
    """Characters `start:end` of a source."""

    __slots__ = ("end", "source", "start")

    def __init__(self, source: Source, start: int, end: int) -> None:
        self.source = source
        self.start = start
        self.end = end

    def begin(self) -> tuple[int, int]:
        """Line and column of the first character, from 1."""
        return self.source.position(self.start)

    def finish(self) -> tuple[int, int]:
        """Line and column just behind the last character."""
        return self.source.position(self.end)

    def __repr__(self) -> str:
        line, column = self.begin()
        return f"Span({self.source.name}:{line}:{column})"


class Note:
    """A second place that a finding speaks of."""

    __slots__ = ("message", "span")

    def __init__(self, span: Span, message: str) -> None:
        self.span = span
        self.message = message


class Edit(NamedTuple):
    """Characters of a source and what shall stand there instead."""

    span: Span
    text: str


class Fix(NamedTuple):
    """How a finding can be mended by edits that belong together.

    `safe` says that the author can only have meant what the edits say; anything else is for a person to decide.
    """

    safe: bool
    title: str  # what it does, as an order: "quote the command"
    edits: tuple[Edit, ...]


class Finding:
    """One thing to say about the inputs.

    `effect` is what happens to the service: `split` (two hosts hold a virtual address), `outage` (the daemon or
    a service does not run), `latent` (harmless until something fails), `none`.
    """

    __slots__ = ("code", "effect", "fix", "help", "host", "message", "name", "related", "severity", "span")

    def __init__(
        self,
        code: str,
        name: str,
        severity: str,
        effect: str,
        message: str,
        span: Span,
        host: str,
        related: tuple[Note, ...] = (),
        help: str = "",
        fix: Fix | None = None,
    ) -> None:
        self.code = code
        self.name = name
        self.severity = severity
        self.effect = effect
        self.message = message
        self.span = span
        self.host = host
        self.related = related
        self.help = help
        self.fix = fix

    def __repr__(self) -> str:
        return f"Finding({self.code} {self.name}, {self.span}, {self.message!r})"


def is_expanded(stmt: Stmt) -> bool:
    """Whether the statement's text is something else than stands in the file there."""
    return not stmt.source.text.startswith(stmt.text, stmt.start)


def span_of(stmt: Stmt, word: int | None = None) -> Span:
    """The place of a statement, or of one of its words, without surrounding blanks and comments.

    Words of an expanded statement have no place of their own: the statement that was expanded stands for them.
    A word index behind the last word gives the whole statement.
    """
    text = stmt.source.text[stmt.start : stmt.end]
    spans = word_spans(text)
    if word is not None and not is_expanded(stmt) and 0 <= word < len(spans):
        start, end = spans[word]
        return Span(stmt.source, stmt.start + start, stmt.start + end)
    if spans:
        return Span(stmt.source, stmt.start + spans[0][0], stmt.start + spans[-1][1])
    stripped = text.strip(BLANKS)
    start = stmt.start + (text.index(stripped) if stripped else 0)
    return Span(stmt.source, start, start + len(stripped))


def span_from(stmt: Stmt, word: int) -> Span:
    """From one word to the end of the statement's last word."""
    first, whole = span_of(stmt, word), span_of(stmt)
    return Span(stmt.source, first.start, max(whole.end, first.end))


def script_span(stmt: Stmt, first: int, last: int) -> Span:
    """From one word to another of a script line, which has its own way of quoting. -1 is the last word."""
    spans = script_spans(stmt.text)
    if is_expanded(stmt):
        return span_of(stmt)
    return Span(stmt.source, stmt.start + spans[first][0], stmt.start + spans[last][1])
