"""Statements to words, as keepalived's own reader splits them.

Two passes, as there: the comment is cut off (not inside double quotes), then the rest is split at blanks and at
double quotes. A quoted text is one word of its own, so `abc"def"` is two words.
"""

from __future__ import annotations

import re

BLANKS = " \t\n\v\f\r"

_SPECIAL = re.compile(r'["#!]').search
_CODE_PLAIN = re.compile(r'(?:[^"#!\n]++|"[^"\n]*+"?)*+').match
_QUOTED = re.compile(r'"([^"\n]*)"|([^ \t\n\v\f\r"]+)|(")').findall
_PLAIN = re.compile(r"[^ \t\n\v\f\r]+").findall
# A comment is looked for with an eye on backslashes, inside quotes too; words are split without.
_CODE = re.compile(r'(?:[^"#!\\\n]++|"(?:[^"\\\n]++|\\[^\n]?)*+"?|\\[^\n]?)*+').match
_CODE_REREAD = re.compile(r'(?:[^"#!\\\n]++|"[^"\n]*+"?|\\(?![#!])[^"\n]?)*+').match
_WORD = re.compile(r'"([^"\n]*)"|([^ \t\n\v\f\r"]+)|"').finditer

_memo: dict[str, tuple[str, ...]] = {}
_MEMO_LIMIT = 100_000


def words(text: str) -> tuple[str, ...]:
    """The words of a statement, quotes removed, without the `{` that opens its block.

    An unmatched quote ends the words, as in keepalived (a remark of the reading stage tells of it).
    """
    known = _memo.get(text)
    if known is not None:
        return known
    if len(_memo) >= _MEMO_LIMIT:
        _memo.clear()
    if "\\" in text:
        result = tuple(text_of for _, _, text_of in _spans(text))
    elif _SPECIAL(text):
        result = _with_quotes_or_comment(text)
    else:
        found = _PLAIN(text)
        if found and found[-1][-1] == "{":
            _drop_brace(found)
        result = tuple(found)
    _memo[text] = result
    return result


def _with_quotes_or_comment(text: str) -> tuple[str, ...]:
    """The words of a text without backslashes, which is nearly every text."""
    code = _CODE_PLAIN(text).group().rstrip(BLANKS)  # type: ignore[union-attr]  # matches any text
    if code[-1:] == "{":
        code = code[:-1]
    if '"' not in code:
        return tuple(_PLAIN(code))
    found = []
    for quoted, plain, unmatched in _QUOTED(code):
        if unmatched:
            break
        found.append(plain or quoted)
    return tuple(found)


def _drop_brace(found: list[str]) -> None:
    if len(found[-1]) == 1:
        found.pop()
    else:
        found[-1] = found[-1][:-1]


def words_of(text: str, block: str) -> tuple[str, ...]:
    """The words of a statement in a block of this path. What stands outside global_defs is read twice, and a `#` that a
    backslash saved the first time begins a comment the second time.
    """
    if "\\" in text and not block.startswith("global_defs"):
        match = _CODE_REREAD(text)
        if match is not None and text[match.end() : match.end() + 2] in ("\\#", "\\!"):
            return words(text[: match.end()])
    return words(text)


def code_end(text: str) -> int:
    """Where the comment of a statement begins (or its text ends)."""
    match = _CODE(text)
    return match.end() if match else 0


def _spans(text: str) -> list[tuple[int, int, str]]:
    end = code_end(text)
    code = text[:end].rstrip(BLANKS)
    opens = code.endswith("{")
    if opens:
        code = code[:-1]
    found: list[tuple[int, int, str]] = []
    for match in _WORD(code):
        if match.lastindex is None:
            return found
        found.append((match.start(), match.end(), _unescaped(match)))
    if not opens and found and ends_in_backslash(text):
        _glue_backslash(found, code, len(text.rstrip("\r\n")) - 1)
    return found


def _glue_backslash(found: list[tuple[int, int, str]], code: str, at: int) -> None:
    """A backslash at the very end of the line outlives the comment it stands in, and blanks before it do not: it is
    glued to the last word, unless that one is quoted."""
    if found[-1][2] == "\\" and len(found) > 1:
        found.pop()
    start, stop, word = found[-1]
    if code[stop - 1] == '"':
        found.append((at, at + 1, "\\"))
    else:
        found[-1] = (start, stop, word.removesuffix("\\") + "\\")


def ends_in_backslash(text: str) -> bool:
    """Whether the line's last character is a backslash that is not the second of a pair."""
    line = text.rstrip("\r\n")
    return (len(line) - len(line.rstrip("\\"))) % 2 == 1


def _unescaped(match: re.Match[str]) -> str:
    """The word; `\\#` and `\\!` outside quotes lose their backslash (and cut the word on the second reading that
    keepalived gives to all but global_defs; a remark of the reading stage warns of it)."""
    if match.lastindex == 1:
        return match[1]
    return match[2].replace("\\#", "#").replace("\\!", "!") if "\\" in match[2] else match[2]


def word_spans(text: str) -> list[tuple[int, int]]:
    """Character offsets of the words within the statement, quotes included."""
    return [(start, end) for start, end, _ in _spans(text)]


def has_unmatched_quote(text: str) -> bool:
    if '"' not in text:
        return False
    code = text[: code_end(text)]
    return any(match.lastindex is None for match in _WORD(code))
