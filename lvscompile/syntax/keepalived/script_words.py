"""Words of a script line: keepalived cuts the raw line a second time there, with the quotes of a shell."""

from __future__ import annotations

import re

from lvscompile.syntax.keepalived.words import code_end

_WORD = re.compile(r"""[ \t\n\v\f\r]*((?:"(?:[^"\\\n]|\\.)*"?|'[^'\n]*'?|\\.|[^ \t\n\v\f\r"'\\{])+)""").match


def script_words(text: str) -> tuple[str, ...]:
    """The keyword and its words. `script '/bin/x -a'` and `script "/bin/x -a"` have two words each.

    No escape but a backslash before a blank or a quote is resolved: what the command's own arguments are is a
    question for whoever runs it.
    """
    return tuple(_unquoted(text[start:end]) for start, end in script_spans(text))


def script_spans(text: str) -> list[tuple[int, int]]:
    """Where the words of a script line stand, quotes included."""
    code = text[: code_end(text)]
    found: list[tuple[int, int]] = []
    at = 0
    while match := _WORD(code, at):
        found.append(match.span(1))
        at = match.end()
    return found


def _unquoted(word: str) -> str:
    if len(word) > 1 and word[0] == word[-1] and word[0] in "\"'" and word[0] not in word[1:-1]:
        return word[1:-1]
    return word
