"""Words to values. Each function expects words that the argument check has passed."""

from __future__ import annotations

from lvscompile.ir.core import Setting, Stated
from lvscompile.ir.durations import micros

TRUE_WORDS = frozenset({"on", "true", "yes"})


def word(setting: Setting) -> Stated[str]:
    return Stated(setting.words[1], setting.origin)


def integer(setting: Setting) -> Stated[int]:
    return Stated(int(setting.words[1]), setting.origin)


def duration(setting: Setting) -> Stated[int]:
    return Stated(micros(setting.words[1]), setting.origin)


def flag(setting: Setting) -> Stated[bool]:
    """A flag's argument is ignored: `nopreempt off` means nopreempt."""
    return Stated(True, setting.origin, 0)


def boolean(setting: Setting) -> Stated[bool]:
    """on, true, yes; a bare keyword is true."""
    if len(setting.words) < 2:
        return Stated(True, setting.origin, 0)
    return Stated(setting.words[1] in TRUE_WORDS, setting.origin)
