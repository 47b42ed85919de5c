"""`[ … ]`, `test` and `[[ … ]]` on words that are known: True, False, or None for what only the machine knows."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase

_NUMBER = re.compile(r"[ \t]*[-+]?[0-9]{1,18}[ \t]*\Z")
_COMPARISONS: dict[str, Callable[[int, int], bool]] = {
    "-eq": lambda a, b: a == b,
    "-ne": lambda a, b: a != b,
    "-lt": lambda a, b: a < b,
    "-le": lambda a, b: a <= b,
    "-gt": lambda a, b: a > b,
    "-ge": lambda a, b: a >= b,
}
_MAX_WORDS = 60


def judge(words: Sequence[str | None], patterns: bool) -> bool | None:
    """The verdict on the words between the brackets. With `patterns` as `[[` has it: `==` compares with a pattern."""
    if len(words) > _MAX_WORDS:
        return None
    for mark, combine in (("-o", _or), ("-a", _and)):
        # An -a or -o in first place, or behind a single word, may be an operand: not looked at.
        for at in range(len(words) - 2, 1, -1):
            if words[at] == mark:
                return combine(judge(words[:at], patterns), judge(words[at + 1 :], patterns))
    return _plain(words, patterns)


def _and(left: bool | None, right: bool | None) -> bool | None:
    if left is False or right is False:
        return False
    return None if left is None or right is None else True


def _or(left: bool | None, right: bool | None) -> bool | None:
    if left or right:
        return True
    return None if left is None or right is None else False


def _plain(words: Sequence[str | None], patterns: bool) -> bool | None:
    if not words:
        return False
    if len(words) == 3 and (found := _compare(words[0], words[1], words[2], patterns)) is not None:
        return found
    if words[0] == "!" and len(words) > 1:
        inner = _plain(words[1:], patterns)
        return None if inner is None else not inner
    if None in words:
        return None
    if len(words) == 1:
        return bool(words[0])
    if len(words) == 2 and words[0] in ("-n", "-z"):
        return bool(words[1]) == (words[0] == "-n")
    return None


def _compare(left: str | None, operator: str | None, right: str | None, patterns: bool) -> bool | None:
    if left is None or right is None or operator is None:
        return None
    if operator in ("=", "==", "!="):
        same = fnmatchcase(left, right) if patterns else left == right
        return same == (operator != "!=")
    compare = _COMPARISONS.get(operator)
    if compare is None or not _NUMBER.match(left) or not _NUMBER.match(right):
        return None
    return compare(int(left), int(right))
