"""Edits out of statements, for the fixes of rules.

Each helper gives None where the text is not plain enough to be changed by a program: what `fix` is then made of is no
fix either. Comments are never changed and never lost, line ends stay what they are.
"""

from __future__ import annotations

from collections.abc import Sequence

from lvscompile.syntax.findings import Edit, Fix, Span
from lvscompile.syntax.keepalived.scan import scan
from lvscompile.syntax.keepalived.script_words import script_spans
from lvscompile.syntax.keepalived.words import BLANKS, code_end, ends_in_backslash, has_unmatched_quote, word_spans
from lvscompile.syntax.source import Source
from lvscompile.syntax.statements import Stmt

INDENT = "    "
MAX_BLOCK = 1 << 16  # characters that a block may have that is removed
_NOT_REMOVED = ("DEF", "COND", "GEN", "INCLUDE")

Edits = tuple[Edit, ...]


def fix(title: str, *edits: Edit | Edits | None, safe: bool = True) -> Fix | None:
    """The edits as one fix; None where one of them cannot be made, or where there is none."""
    made: list[Edit] = []
    for edit in edits:
        if edit is None:
            return None
        made += [edit] if isinstance(edit, Edit) else edit
    return Fix(safe, title, tuple(made)) if made else None


def stands(stmt: Stmt) -> bool:
    """Whether the statement stands in its file as keepalived reads it, and on every host that reads the file.

    What a variable, a generator or a condition made is for its author to change, and so is a text whose backslashes
    or quotes decide what its words are.
    """
    text = stmt.text
    if stmt.source.text[stmt.start : stmt.end] != text or any(frame.kind != "include" for frame in stmt.frames):
        return False
    return "\\" not in text[: code_end(text)] and not ends_in_backslash(text) and not has_unmatched_quote(text)


def replaced(stmt: Stmt, word: int, text: str) -> Edit | None:
    """Another text for a word."""
    spans = word_spans(stmt.text)
    if not stands(stmt) or not 0 <= word < len(spans):
        return None
    return _edit(stmt, *spans[word], text)


def without(stmt: Stmt, word: int) -> Edit | None:
    """A word removed, with the blanks behind it. Nothing is said of its neighbours: they may be secrets."""
    spans = word_spans(stmt.text)
    if not stands(stmt) or not 0 <= word < len(spans) - 1:
        return None
    return _edit(stmt, spans[word][0], spans[word + 1][0], "")


def blanked(stmt: Stmt, at: int) -> Edit | None:
    """A blank in the place of character `at` of the first word."""
    spans = word_spans(stmt.text)
    if not stands(stmt) or not spans or not 0 < at < spans[0][1] - spans[0][0] - 1:
        return None
    return _edit(stmt, spans[0][0] + at, spans[0][0] + at + 1, " ")


def cut(stmt: Stmt, first: int) -> Edit | None:
    """The words from `first` on removed; the keyword stays."""
    spans = word_spans(stmt.text)
    if not stands(stmt) or not 0 < first < len(spans):
        return None
    return _edit(stmt, spans[first - 1][1], spans[-1][1], "")


def commented(stmt: Stmt, first: int) -> Edit | None:
    """The words from `first` to the end of the line made a comment: nothing else may stand behind them there."""
    spans = word_spans(stmt.text)
    if not stands(stmt) or not 0 < first < len(spans) or _is_open(stmt) or not _ends_line(stmt):
        return None
    at = spans[first][0]
    return _edit(stmt, at, at, "# ")


def quoted(stmt: Stmt, first: int) -> Edits | None:
    """The words from `first` to the last one as one quoted word, on a line that keepalived cuts like a shell.

    Only where no double quote is there yet: inside double quotes nothing else means anything.
    """
    spans = script_spans(stmt.text)
    if not stands(stmt) or not 0 < first < len(spans):
        return None
    start, end = spans[first][0], spans[-1][1]
    raw = stmt.text[start:end]
    if '"' in raw or raw.startswith("'"):
        return None
    return _edit(stmt, start, start, '"'), _edit(stmt, end, end, '"')


def removed(stmt: Stmt) -> Edit | None:
    """The statement gone, with its line if nothing else is on it. A comment behind it stays where it is."""
    spans = word_spans(stmt.text)
    if not stands(stmt) or not spans or _is_open(stmt):
        return None
    return _without(stmt.source, stmt.start + spans[0][0], stmt.start + spans[-1][1], stmt.start + code_end(stmt.text))


def removed_block(head: Stmt) -> Edit | None:
    """A block gone, from its head to its `}`: a short one that holds nothing but statements, no comment."""
    if not stands(head) or not _is_open(head):
        return None
    depth, end = 0, head.start
    for stmt in scan(Source("", head.source.text[head.start : head.start + MAX_BLOCK])):
        if stmt.type in _NOT_REMOVED or stmt.text[code_end(stmt.text) :].strip(BLANKS):
            return None
        depth += (stmt.type == "OPEN") - (stmt.type == "CLOSE")
        if depth == 0:
            end += stmt.text.index("}") + 1
            return _without(head.source, head.start + word_spans(head.text)[0][0], end, end)
        end += len(stmt.text)
    return None


def split(stmt: Stmt, words: Sequence[int]) -> Edits | None:
    """Each of these words at the beginning of a line, and the block that they are in around those lines."""
    spans = word_spans(stmt.text)
    if not stands(stmt) or _is_open(stmt) or not words or not 0 < words[0] <= words[-1] < len(spans):
        return None
    source, text = stmt.source, stmt.source.text
    first, last = stmt.start + spans[0][0], stmt.start + spans[-1][1]
    newline = line_end(source, first)
    line_start, _ = source.line_around(first)
    before = text[line_start:first]
    outer = inner = before[: len(before) - len(before.lstrip(" \t"))]
    edits = []
    if before.strip(BLANKS):
        inner += INDENT if before.rstrip(BLANKS).endswith("{") else ""
        edits.append(Edit(Span(source, line_start + len(before.rstrip(BLANKS)), first), newline + inner))
    else:
        outer = inner.removesuffix(INDENT)
    edits += [_edit(stmt, spans[word - 1][1], spans[word][0], newline + inner) for word in words]
    if not stmt.text.endswith("\n") and text.startswith("}", stmt.end):
        edits.append(Edit(Span(source, last, stmt.end), newline + outer))
    return tuple(edits)


def inserted(head: Stmt, line: str) -> Edit | None:
    """One more line at the beginning of a block whose head ends its line."""
    if not stands(head) or not _is_open(head) or not head.text.endswith("\n"):
        return None
    source, text = head.source, head.source.text
    next_line = text[head.end : source.line_around(head.end)[1]] if head.end < len(text) else ""
    indent = next_line[: len(next_line) - len(next_line.lstrip(" \t"))]
    if not next_line.strip(BLANKS) or next_line.lstrip().startswith("}"):
        start, _ = source.line_around(head.start)
        own = text[start : head.end]
        indent = own[: len(own) - len(own.lstrip(" \t"))] + INDENT
    return Edit(Span(source, head.end, head.end), indent + line + line_end(source, head.start))


def line_end(source: Source, at: int) -> str:
    """How lines end around this place: CRLF or LF."""
    end = source.text.find("\n", at)
    if end < 0:
        end = source.text.rfind("\n", 0, at)
    return "\r\n" if end > 0 and source.text[end - 1] == "\r" else "\n"


def _edit(stmt: Stmt, start: int, end: int, text: str) -> Edit:
    return Edit(Span(stmt.source, stmt.start + start, stmt.start + end), text)


def _is_open(stmt: Stmt) -> bool:
    return stmt.text[: code_end(stmt.text)].rstrip(BLANKS).endswith("{")


def _ends_line(stmt: Stmt) -> bool:
    return stmt.text.endswith("\n") or stmt.end == len(stmt.source.text)


def _without(source: Source, first: int, last: int, code: int) -> Edit:
    """Without the words from `first` to `last`; a comment may begin at `code`."""
    text = source.text
    line_start, end = source.line_around(first)
    if last > end:
        end = source.line_around(last)[1]
    behind = text[last:end].strip(BLANKS)
    kept = len(text[line_start:first].rstrip(BLANKS))
    if not kept and not behind:
        return Edit(Span(source, line_start, min(end + 1, len(text))), "")
    if not behind:
        return Edit(Span(source, line_start + kept, last), "")
    stop = max(code, last)
    stop += len(text[stop:end]) - len(text[stop:end].lstrip(" \t"))
    return Edit(Span(source, first, stop), "")
