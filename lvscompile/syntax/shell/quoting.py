"""Words: quotes, backslashes, expansions. Nothing is expanded here."""

from __future__ import annotations

import re

from lvscompile.syntax.shell.nodes import Broken, Part, Word

MAX_NESTING = 40

_CHUNK = re.compile(r"[^ \t\r\n|&;<>()$`\\\"']++")
_DOUBLE = re.compile(r"[^\"\\$`]++")
_BODY = re.compile(r"[^\\$`]++")
# In brackets: what may hide a bracket.
_SPECIAL = re.compile(r"[\"'`\\(){}$]")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*+|[0-9@*#?$!\-]")
_BRACED = re.compile(r"([A-Za-z_][A-Za-z0-9_]*+|[0-9]++|[@*#?$!\-])(:?[\-+=?])?")
_ENDS = frozenset(" \t\n|&;<>()")


class _Parts:
    """Collects the parts of a word; neighbouring text becomes one part."""

    __slots__ = ("found", "plain", "quoted")

    def __init__(self) -> None:
        self.found: list[Part] = []
        self.plain = True
        self.quoted = False

    def text(self, text: str, quoted: bool) -> None:
        self.quoted |= quoted
        self.found.append(Part("text", text, quoted))

    def add(self, part: Part) -> None:
        self.plain = False
        self.quoted |= part.quoted
        self.found.append(part)

    def word(self, start: int, end: int) -> Word:
        # A word whose quoted and unquoted text both matter to globs and braces keeps its parts beside its value.
        value = "".join(part.text for part in self.found) if self.plain else None
        return Word(start, end, value, self.quoted, tuple(self.found) if self.quoted or not self.plain else ())


def read_word(text: str, at: int, end: int) -> Word:
    """The word that begins at `at`, where no blank or operator is."""
    match = _CHUNK.match(text, at, end)
    if match and ((last := match.end()) == end or text[last] in _ENDS):
        return Word(at, last, match.group())
    parts, start = _Parts(), at
    while at < end:
        match = _CHUNK.match(text, at, end)
        if match:
            parts.text(match.group(), False)
            at = match.end()
            continue
        char = text[at]
        if char in _ENDS or (char == "\r" and (at + 1 == end or text[at + 1] == "\n")):
            break
        if char == "\\":
            if at + 1 >= end:
                parts.text("\\", False)
            elif text.startswith("\r\n", at + 1):
                at += 1  # a file that came through another system: its lines go on all the same
            elif text[at + 1] != "\n":
                parts.text(text[at + 1], True)
            at += 2
        elif char == "'":
            close = text.find("'", at + 1, end)
            if close < 0:
                raise Broken("a single quote is not closed", at, True)
            parts.text(text[at + 1 : close], True)
            at = close + 1
        elif char == '"':
            parts.text("", True)
            at = _read_double(text, at + 1, end, parts)
        elif char in "$`":
            at = _read_expansion(text, at, end, parts, False)
        else:  # a carriage return within a line
            parts.text(char, False)
            at += 1
    return parts.word(start, min(at, end))


def read_body(text: str, at: int, end: int) -> Word:
    """The body of a here-document whose delimiter is not quoted, as one word."""
    parts, start = _Parts(), at
    parts.quoted = True
    while at < end:
        match = _BODY.match(text, at, end)
        if match:
            parts.text(match.group(), True)
            at = match.end()
        elif text[at] == "\\":
            at = _read_escape(text, at, end, parts, "$`\\")
        else:
            at = _read_expansion(text, at, end, parts, True)
    return parts.word(start, end)


def _read_double(text: str, at: int, end: int, parts: _Parts) -> int:
    opened = at - 1
    while at < end:
        match = _DOUBLE.match(text, at, end)
        if match:
            parts.text(match.group(), True)
            at = match.end()
            continue
        char = text[at]
        if char == '"':
            return at + 1
        if char == "\\":
            at = _read_escape(text, at, end, parts, '$`"\\')
        else:
            at = _read_expansion(text, at, end, parts, True)
    raise Broken("a double quote is not closed", opened, True)


def _read_escape(text: str, at: int, end: int, parts: _Parts, special: str) -> int:
    """A backslash within double quotes: it stays, unless in front of what it can protect there."""
    following = text[at + 1 : min(at + 2, end)]
    if following == "\n":
        return at + 2
    parts.text(following if following and following in special else "\\" + following, True)
    return at + 1 + len(following)


def _read_expansion(text: str, at: int, end: int, parts: _Parts, quoted: bool) -> int:
    """What begins with `$` or a backtick."""
    if text[at] == "`":
        last = _skip_backticks(text, at, end)
        parts.add(Part("code", text[at + 1 : last - 1], quoted))
        return last
    if text.startswith("${", at) and at + 2 <= end:
        last = _skip_brackets(text, at + 2, end, "}", 0)
        parts.add(_braced(text, at + 2, last - 1, quoted))
        return last
    if text.startswith("$(", at) and at + 2 <= end:
        last = _skip_brackets(text, at + 2, end, ")", 0)
        parts.add(Part("code", text[at + 2 : last - 1], quoted))
        return last
    match = _NAME.match(text, at + 1, end)
    if match is None:
        parts.text("$", quoted)
        return at + 1
    parts.add(Part("name", match.group(), quoted))
    return match.end()


def _braced(text: str, start: int, end: int, quoted: bool) -> Part:
    """`${NAME}` and its forms; those that cut the value about are code."""
    match = _BRACED.match(text, start, end)
    if match is None or (not match[2] and match.end() != end):
        return Part("code", "{" + text[start:end], quoted)
    if not match[2]:
        return Part("name", match[1], quoted)
    parts, at = _Parts(), match.end()
    if quoted:
        # Single quotes mean nothing here; an inner double quote would, but nobody writes it.
        while at < end:
            chunk = _DOUBLE.match(text, at, end)
            if chunk:
                parts.text(chunk.group(), True)
                at = chunk.end()
            elif text[at] == "\\":
                at = _read_escape(text, at, end, parts, '$`"\\}')
            elif text[at] == '"':
                at += 1
            else:
                at = _read_expansion(text, at, end, parts, True)
        return Part("name", match[1], quoted, match[2], parts.word(match.end(), end))
    if any(mark in text[at:end] for mark in " \t\n|&;<>()"):
        return Part("code", "{" + text[start:end], quoted)
    argument = read_word(text, at, end) if at < end else Word(at, at, "", True)
    return Part("name", match[1], quoted, match[2], argument)


def _skip_backticks(text: str, at: int, end: int) -> int:
    opened, at = at, at + 1
    while (close := text.find("`", at, end)) >= 0:
        slashes = 0
        while close - slashes - 1 >= at and text[close - slashes - 1] == "\\":
            slashes += 1
        if slashes % 2 == 0:
            return close + 1
        at = close + 1
    raise Broken("a backtick is not closed", opened, True)


def _skip_brackets(text: str, at: int, end: int, close: str, depth: int) -> int:
    """Behind the bracket that closes what was opened just before `at`."""
    opened, level = at - 2, 1
    open_bracket = "(" if close == ")" else "{"
    if depth > MAX_NESTING:
        raise Broken("expansions are nested too deeply", opened)
    while match := _SPECIAL.search(text, at, end):
        char, at = match.group(), match.end()
        if char == close:
            level -= 1
            if not level:
                return at
        elif char == open_bracket and close == ")":
            level += 1
        elif char == "\\":
            at += 1
        elif char == "'":
            at = _skip_to(text, "'", at, end)
        elif char == "`":
            at = _skip_backticks(text, at - 1, end)
        elif char == '"':
            at = _skip_double(text, at, end, depth + 1)
        elif char == "$" and at < end and text[at] in "({":
            at = _skip_brackets(text, at + 1, end, ")" if text[at] == "(" else "}", depth + 1)
    raise Broken(f"${open_bracket} is not closed", opened, True)


def _skip_to(text: str, mark: str, at: int, end: int) -> int:
    found = text.find(mark, at, end)
    if found < 0:
        raise Broken("a single quote is not closed", at - 1, True)
    return found + 1


def _skip_double(text: str, at: int, end: int, depth: int) -> int:
    opened = at - 1
    while match := _SPECIAL.search(text, at, end):
        char, at = match.group(), match.end()
        if char == '"':
            return at
        if char == "\\":
            at += 1
        elif char == "`":
            at = _skip_backticks(text, at - 1, end)
        elif char == "$" and at < end and text[at] in "({":
            at = _skip_brackets(text, at + 1, end, ")" if text[at] == "(" else "}", depth + 1)
    raise Broken("a double quote is not closed", opened, True)
