"""The canonical layout of one keepalived.conf, line by line.

Only blanks, line ends and the places of braces change, and only where keepalived gives them no meaning. A line
that holds something unusual (a backslash, an odd quote, a form feed) keeps its inner bytes; a line that keepalived
reads otherwise than it looks keeps all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from lvscompile.syntax.keepalived.expand import LINE_BYTES
from lvscompile.syntax.keepalived.scan import scan
from lvscompile.syntax.keepalived.words import BLANKS, code_end, has_unmatched_quote
from lvscompile.syntax.source import Source, encode
from lvscompile.syntax.statements import Stmt

INDENT = "    "
COMMENT_GAP = "  "
MARGIN = " \t"  # what keepalived strips from the beginning of a line: not VT, FF and CR

_BRACED = ("STMT", "OPEN", "CLOSE")
# What is never touched inside a line, or else a run of blanks. Single quotes mean nothing to keepalived's reader,
# but it cuts the commands of scripts into words a second time, and there they do.
_GAP = re.compile(r'("[^"\n]*"|\'[^\'\n]*\'|\$\{[^{}"\n]*\})|[ \t]+')
# A variable that ends a statement: a definition of several lines counts at the end of a *line* only, so a line
# break after it may change what it stands for.
_ENDS_IN_VARIABLE = re.compile(r"\$(?:[A-Za-z_][A-Za-z0-9_]*|\{[^{}\n]*\})\Z").search
# `$X{` is no use of X, `$X {` is one; and a `${` that is no variable ends in a dollar here.
_GLUED_VARIABLE = re.compile(r"\$(?:[A-Za-z_][A-Za-z0-9_]*)?\{\Z").search
_FIRST_GAP = re.compile(r"[ \t]+")
_ODD_BLANK = re.compile(r"[\v\f\r]").search


class Place:
    """What the readings of a configuration say about the statement at one place of a file.

    `level` is how many blocks that the file opened are open there; `types` what the statement was read as;
    `kept` whether its bytes must stay, because keepalived reads it otherwise than it looks.
    """

    __slots__ = ("kept", "level", "types")

    def __init__(self, level: int, types: frozenset[str] = frozenset(), kept: bool = False) -> None:
        self.level = level
        self.types = types
        self.kept = kept


class Line:
    """One line of the output. `kind` is blank, verbatim, open, close, head (a block's keyword whose `{` is yet to
    come), brace (that `{`), or something that does not matter here."""

    __slots__ = ("kind", "level", "text")

    def __init__(self, text: str, kind: str = "", level: int = 0) -> None:
        self.text = text
        self.kind = kind
        self.level = level


def lay_out(source: Source, places: Mapping[int, Place]) -> str:
    """The text in canonical layout. `places` says what stands at each statement's offset."""
    lines: list[Line] = []
    for group in _groups(scan(source)):
        new = _group(group, places)
        if new and new[0].kind == "brace":
            _join_brace(lines, new.pop(0))
        lines += new
    return "".join(line.text for line in _spaced(lines))


def _groups(statements: Iterable[Stmt]) -> Iterator[list[Stmt]]:
    """The statements that share a line."""
    group: list[Stmt] = []
    for stmt in statements:
        group.append(stmt)
        if stmt.text[-1] == "\n":
            yield group
            group = []
    if group:
        yield group


def _group(group: list[Stmt], places: Mapping[int, Place]) -> list[Line]:
    whole = "".join(stmt.text for stmt in group)
    # A backslash at the very end of a file takes no further line in; before a newline it would.
    open_ended = whole[-1] != "\n" and whole.rstrip(BLANKS).endswith("\\")
    if open_ended or not _fits(whole) or any(places[stmt.start].kept for stmt in group):
        return [Line(whole, "verbatim")]
    lines = _unsplit(group[0], whole, places) if _is_raw(group) else [_line(stmt, places) for stmt in group]
    # A line must not outgrow keepalived's buffer.
    return lines if all(_fits(line.text) for line in lines) else [Line(whole, "verbatim")]


def _fits(text: str) -> bool:
    """Whether keepalived reads each line of a text in one turn, and to its end."""
    if "\0" in text:
        return False
    return len(text) * 4 <= LINE_BYTES or all(len(encode(line)) <= LINE_BYTES for line in text.split("\n"))


# -- lines whose inner bytes stay -----------------------------------------------------------------------


def _is_raw(group: Sequence[Stmt]) -> bool:
    """Whether statements must stay on the line that they share, as they stand there."""
    if any(_is_odd(stmt) for stmt in group if stmt.type in _BRACED):
        return True
    # Behind a brace, and a blank that is none at the beginning of a line, a generator is nothing but words.
    if len(group) > 1 and _ODD_BLANK("".join(stmt.text for stmt in group).rstrip("\r\n")):
        return True
    # A file that is included behind a brace is read at another level than one that is included on a line of its own.
    if len(group) > 1 and group[-1].type not in _BRACED and "include" in group[-1].text:
        return True
    return any(stmt.type == "STMT" and _ENDS_IN_VARIABLE(_code(stmt.text)) for stmt in group[:-1])


def _is_odd(stmt: Stmt) -> bool:
    """Whether keepalived's readers disagree about a statement's quotes, blanks or escapes, or may do so."""
    text = stmt.text
    code = text.rstrip("\r\n")[: code_end(text)]
    # VT, FF and CR are blanks between words, and at the end of a line not even that: `include f` then asks for
    # another file, and a `@id` behind them is none.
    if "\\" in code or text.rstrip(BLANKS).endswith("\\") or _ODD_BLANK(code) or has_unmatched_quote(text):
        return True
    code = _code(text)
    return "'" in _GAP.sub("", code) or (stmt.type == "OPEN" and _GLUED_VARIABLE(code) is not None)


def _unsplit(first: Stmt, whole: str, places: Mapping[int, Place]) -> list[Line]:
    return [Line(_indent(first, places) + whole.lstrip(MARGIN).removesuffix("\n").rstrip("\r") + "\n")]


# -- lines that are rendered ----------------------------------------------------------------------------


def _line(stmt: Stmt, places: Mapping[int, Place]) -> Line:
    kind = stmt.type
    place = places[stmt.start]
    if kind == "TRIVIA":
        return _trivia(stmt, places)
    if kind not in _BRACED:
        return Line(_indent(stmt, places) + _directive(stmt) + "\n")
    code, comment = _words(stmt.text), _comment(stmt.text)
    if kind == "OPEN":
        code = f"{code[:-1].rstrip(BLANKS)} {{".lstrip(MARGIN)
    level = max(place.level - (kind == "CLOSE"), 0)
    return Line(_indent(stmt, places) + code + comment + "\n", _kind(stmt, place, code, comment), level)


def _kind(stmt: Stmt, place: Place, code: str, comment: str) -> str:
    """What the lines after this one must know of it."""
    if stmt.type == "OPEN" and place.types == {"BRACE"}:
        return "brace"
    # A variable behind the keyword may be one of several lines: then the `{` must not follow it.
    if stmt.type == "STMT" and place.types == {"HEAD"} and not comment and "$" not in code:
        return "head"
    return stmt.type.lower() if place.types == {stmt.type} else ""


def _trivia(stmt: Stmt, places: Mapping[int, Place]) -> Line:
    comment = _stripped(stmt.text.lstrip(BLANKS))
    return Line(_indent(stmt, places) + comment + "\n") if comment else Line("\n", "blank")


def _directive(stmt: Stmt) -> str:
    """A definition, condition, generator or include: its text is kept, but for the blanks around it."""
    text = stmt.text.lstrip(MARGIN)
    if stmt.type == "INCLUDE" and not _is_odd(stmt):
        return _FIRST_GAP.sub(" ", _code(text), count=1) + _comment(text)
    if stmt.type == "DEF" and "\\" not in text and text.count('"') % 2 == 0:
        return text.rstrip(BLANKS)
    # Only the line's own end: inside a definition of several lines nothing changes.
    text = text.removesuffix("\n")
    return text if "\n" in text else text.rstrip("\r")


def _indent(stmt: Stmt, places: Mapping[int, Place]) -> str:
    place = places[stmt.start]
    closes = stmt.type == "CLOSE" or "CLOSE" in place.types
    return INDENT * max(place.level - closes, 0)


def _words(text: str) -> str:
    """A statement's code with one blank between its words."""
    return _GAP.sub(lambda match: match[1] or " ", _code(text))


def _comment(text: str) -> str:
    """A statement's comment with the gap before it, or nothing."""
    comment = _stripped(text[code_end(text) :])
    return COMMENT_GAP + comment if comment else ""


def _code(text: str) -> str:
    return text[: code_end(text)].lstrip(MARGIN).rstrip(BLANKS)


def _stripped(text: str) -> str:
    """Without the blanks at the end, unless they keep a backslash from being the last character of its line: there
    it has a meaning, even in a comment."""
    stripped = text.rstrip(BLANKS)
    return text.rstrip("\r\n") if stripped.endswith("\\") else stripped


# -- between the lines ----------------------------------------------------------------------------------


def _join_brace(lines: list[Line], brace: Line) -> None:
    """Append a `{`, to the line of its keyword where only blank lines stand between."""
    at = len(lines) - 1
    while at >= 0 and lines[at].kind == "blank":
        at -= 1
    if at >= 0 and lines[at].kind == "head":
        joined = f"{lines[at].text[:-1]} {brace.text.lstrip(MARGIN)}"
        if _fits(joined):
            lines[at:] = [Line(joined, "open", lines[at].level)]
            return
    lines.append(brace)


def _spaced(lines: Sequence[Line]) -> Iterator[Line]:
    """At most one blank line in a row, none at the beginning or the end, one between blocks of the top level."""
    before = Line("", "blank")
    held: Line | None = None
    for line in lines:
        if line.kind == "blank":
            held = line
            continue
        apart = before.kind == "close" and line.kind == "open" and before.level == line.level == 0
        if (held or apart) and before.kind != "blank":
            yield Line("\n", "blank")
        held = None
        yield line
        before = line
