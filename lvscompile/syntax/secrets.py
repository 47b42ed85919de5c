"""Secrets never appear in what lvscompile prints: passwords and keys are masked by place and by value."""

from __future__ import annotations

import re
from collections.abc import Iterable

# Keywords whose next word is a secret, with the spellings that typing mistakes give them.
_BY_PLACE = re.compile(
    r"(?i)(?<![\w.])(auth[-_]?p\w*|auth[-_]?key\w*|\w*passw\w*)([ \t=]+)"
    r'("[^"\n]*"?|[^ \t\r\n"}#!`\']+)'
)
MASK = "*"


class Masker:
    """Masks the secrets of a set of inputs. The mask is as long as the secret, so that columns stay true."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        known = sorted({value for value in values if value}, key=lambda value: (-len(value), value))
        self._by_value = (
            re.compile(r"(?<![\w.])(?:" + "|".join(map(re.escape, known)) + r")(?![\w])") if known else None
        )

    def text(self, text: str) -> str:
        """A sentence with the known secrets masked."""
        return text if self._by_value is None else self._by_value.sub(lambda m: MASK * len(m[0]), text)

    def line(self, text: str) -> str:
        """A line of an input: what stands where a secret belongs is masked too, known or not."""
        return self.text(_BY_PLACE.sub(lambda m: m[1] + m[2] + MASK * len(m[3]), text))
