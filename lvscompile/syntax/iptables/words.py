"""Lines to words as iptables-restore splits them, and words to lines as iptables-save writes them.

Only double quotes quote, and a backslash only within them. A quote may open inside a word, but the closing one ends
the word: `a"b c"d` is `ab c` and `d`. A quote that is never closed takes in the newline.
"""

from __future__ import annotations

import re

# A word up to the blank, or up to and with the closing quote. An unclosed quote runs to the end.
_WORD = re.compile(r'[^ \t\n"]*+"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|[^ \t\n"]++', re.DOTALL)
_PLAIN = re.compile(r"[^ \t\n]+")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_COUNTERS = re.compile(r"[ \t]*\[([^\]\n]*)\]")
_NO_QUOTES = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_BARE = re.compile(r'[^ \t\n"]+')
_SPECIAL = re.compile(r"[\"'\\]")


def words(text: str, start: int = 0) -> list[str]:
    """The words of a line, from a character on."""
    if '"' not in text:
        return _PLAIN.findall(text, start)
    return [_plain(match.group()) for match in _WORD.finditer(text, start)]


def spans(text: str, start: int = 0) -> list[tuple[int, int]]:
    """Start and end of each of the words, with their quotes."""
    return [match.span() for match in (_PLAIN if '"' not in text else _WORD).finditer(text, start)]


def _plain(word: str) -> str:
    before, quote, quoted = word.partition('"')
    if not quote:
        return word
    # The last quote closes unless a backslash stands before it; then the end of the line does.
    body = quoted[:-1] if quoted[-1:] == '"' and not _is_escaped(quoted) else quoted
    if "\\" in body:
        body = _ESCAPED.sub(r"\1", body)
        if body[-1:] == "\\" and _is_escaped(quoted + '"'):
            body = body[:-1]
    return before + body


def _is_escaped(quoted: str) -> bool:
    """Whether an odd number of backslashes stands before the last character."""
    head = quoted[:-1]
    return (len(head) - len(head.rstrip("\\"))) % 2 == 1


def counters(text: str) -> tuple[str, int]:
    """What stands between the brackets before a rule, and where the rule begins; "" and 0 where there are none."""
    match = _COUNTERS.match(text)
    return (match.group(1), match.end()) if match else ("", 0)


def quoted(word: str) -> str:
    """A word as iptables-save writes a comment or a prefix: quoted if it is more than letters, digits, _ and -."""
    return word if _NO_QUOTES.fullmatch(word) else in_quotes(word)


def in_quotes(word: str) -> str:
    return f'"{_SPECIAL.sub(_escape, word)}"'


def bare(word: str) -> str:
    """A word with quotes only where iptables-restore would read it as something else without them."""
    return word if _BARE.fullmatch(word) else in_quotes(word)


def _escape(match: re.Match[str]) -> str:
    return "\\" + match.group()
