"""Words to text that keepalived reads back as the same words."""

from __future__ import annotations

import re
from collections.abc import Iterable

_NEEDS_QUOTES = re.compile(r"[ \t\n\v\f\r#!{}]|\A\Z|\A[@~]").search


def quote(word: str) -> str:
    """A word, in double quotes where it would fall apart without. No word of keepalived's holds a double quote."""
    return f'"{word}"' if _NEEDS_QUOTES(word) else word


def line(words: Iterable[str]) -> str:
    return " ".join(map(quote, words))
