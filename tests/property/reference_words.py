"""Words, character by character, as tests/interop/LEXICAL.md says it (section 1, steps 2, 3, 3a, 9 and 10).

Slow and plain on purpose; nothing here is shared with the package.
"""

from __future__ import annotations

from typing import NamedTuple

BLANK = " \t"
SPACE = " \t\n\v\f\r"


class Line(NamedTuple):
    code: str  # what is left to read, `\\#` and `\\!` resolved
    end: int  # where the comment begins in the text as given, or where the text ends
    escaped_quote: bool  # a `"` behind a backslash: the comment cutter and the word splitter disagree there
    backslash: bool  # the last character is a backslash that survives (3a)


def decomment(text: str) -> Line:
    """Steps 2, 3 and 3a on the first line of a text."""
    line = ""
    for char in text:
        if char == "\n":
            break
        line += char
    whole = len(line)
    while line and line[-1] in "\r":
        line = line[:-1]
    kept, quoted, cut, escaped, last_backslash = "", False, -1, False, False
    at = 0
    while at < len(line):
        char = line[at]
        if char == "\\":
            if at + 1 == len(line):
                last_backslash = True  # survives, even out of a comment
                break
            following = line[at + 1]
            escaped = escaped or (following == '"' and cut < 0)
            if cut < 0:
                kept += following if following in "#!" and not quoted else char + following
            at += 2
            continue
        if char == '"' and cut < 0:
            quoted = not quoted
        elif char in "#!" and not quoted and cut < 0:
            cut = at
        if cut < 0:
            kept += char
        at += 1
    while kept and kept[-1] in BLANK:
        kept = kept[:-1]
    if last_backslash:
        kept += "\\"
    return Line(kept, whole if cut < 0 else cut, escaped, last_backslash)


def split(code: str) -> list[str]:
    """Step 10: blanks separate, a quoted text is one word and ends a word, an unclosed quote ends them all."""
    words: list[str] = []
    at = 0
    while at < len(code):
        if code[at] in SPACE:
            at += 1
        elif code[at] == '"':
            end = at + 1
            while end < len(code) and code[end] != '"':
                end += 1
            if end == len(code):
                return words
            words.append(code[at + 1 : end])
            at = end + 1
        else:
            end = at
            while end < len(code) and code[end] not in SPACE and code[end] != '"':
                end += 1
            words.append(code[at:end])
            at = end
    return words


def without_opener(line: Line) -> str:
    """Step 9 for a statement as the scanner cuts it: its last `{`, outside quotes, opens a block. What a backslash
    at the end of the line leaves behind that brace is a line of its own."""
    code = line.code[:-1] if line.backslash else line.code
    code = code.rstrip(SPACE)
    opens = code.endswith("{") and code.count('"') % 2 == 0
    return code[:-1] if opens else line.code


def words(text: str) -> tuple[str, ...]:
    return tuple(split(without_opener(decomment(text))))
