"""Words to options as popt splits them: bundles, `-t=VALUE`, `--long=VALUE`, no abbreviations, options in any order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from lvscompile.syntax.ipvsadm.options import NONE, OPTIONAL, Option

UNKNOWN = "unknown option"
MISSING = "missing argument"
UNWANTED = "option does not take an argument"

# An option, its value, the word that holds the value (or the option itself).
Given = tuple[Option, str | None, int]


class Split(NamedTuple):
    """What popt makes of a command line. It stops at a mistake: `error` and the word that holds it."""

    options: list[Given]
    others: list[int]  # the words that belong to no option
    error: str = ""
    word: int = -1


def split(words: Sequence[str], table: Mapping[str, Option]) -> Split:
    """Take the words apart as far as popt can."""
    options: list[Given] = []
    others: list[int] = []
    at, end = 0, len(words)
    while at < end:
        word = words[at]
        at += 1
        option = table.get(word)
        if option is not None:
            if option.takes == NONE:
                options.append((option, None, at - 1))
            elif at < end and not (option.takes == OPTIONAL and words[at][:1] == "-"):
                options.append((option, words[at], at))
                at += 1
            elif option.takes == OPTIONAL:
                options.append((option, None, at - 1))
            else:
                return Split(options, others, MISSING, at - 1)
        elif word == "--":
            others.extend(range(at, end))
            break
        elif word[:1] != "-" or word == "-":
            others.append(at - 1)
        elif word[:2] == "--":
            name, _, value = word.partition("=")
            option = table.get(name)
            if option is None:
                return Split(options, others, UNKNOWN, at - 1)
            if option.takes == NONE:
                return Split(options, others, UNWANTED, at - 1)
            options.append((option, value, at - 1))
        else:
            error, at = _bundle(words, at, table, options)
            if error:
                return Split(options, others, error, at - 1)
    return Split(options, others)


def _bundle(words: Sequence[str], at: int, table: Mapping[str, Option], options: list[Given]) -> tuple[str, int]:
    """Short options glued together, the last one perhaps with its value: the error, and the next word."""
    word = words[at - 1]
    for index in range(1, len(word)):
        option = table.get("-" + word[index])
        if option is None:
            return UNKNOWN, at
        rest = word[index + 1 :]
        if option.takes == NONE:
            if rest[:1] == "=":
                return UNWANTED, at
            options.append((option, None, at - 1))
        elif rest:
            options.append((option, rest.removeprefix("="), at - 1))
            return "", at
        elif at < len(words) and not (option.takes == OPTIONAL and words[at][:1] == "-"):
            options.append((option, words[at], at))
            return "", at + 1
        elif option.takes == OPTIONAL:
            options.append((option, None, at - 1))
        else:
            return MISSING, at
    return "", at
