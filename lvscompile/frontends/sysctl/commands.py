"""The command `sysctl`, and values that are written into files below /proc/sys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from lvscompile.frontends.sysctl.files import MAIN
from lvscompile.frontends.sysctl.keys import canonical, from_path, is_pattern, path
from lvscompile.ir.core import Origin
from lvscompile.ir.host import Misuse, Sysctl

_WITH_VALUE = {"--pattern": "r", "-r": "r", "--load": "p"}
_LONG = {
    "--write": "w", "--load": "p", "--system": "S", "--all": "a", "--deprecated": "d", "--binary": "b",
    "--ignore": "e", "--names": "N", "--values": "n", "--quiet": "q", "--pattern": "r", "--help": "h", "--version": "V",
    "--dry-run": "D",
}  # fmt: skip
_SHORT = "bneNwfpoxaAXrqhVd"


class Use(NamedTuple):
    """What a `sysctl` command does: the settings it writes, the files it loads (in order), or that it loads all files
    of the boot (`system`). Else it shows something.
    """

    settings: tuple[Sysctl, ...] = ()
    files: tuple[str, ...] = ()
    system: bool = False
    word: int | None = None
    refused: tuple[tuple[int, str], ...] = ()


def parse(words: Sequence[str], origin: Origin) -> Use | Misuse:
    """Read the words behind `sysctl`. A word that is no setting is refused by itself: the others count."""
    options: set[str] = set()
    others: list[tuple[int, str]] = []
    only_words = False
    skip = False
    for index, word in enumerate(words):
        if skip:
            skip = False
        elif only_words or not word.startswith("-") or word == "-":
            others.append((index, word))
        elif word == "--":
            only_words = True
        elif word.startswith("--"):
            name, equals, value = word.partition("=")
            fits = [long for long in _LONG if long.startswith(name)]
            if name in _LONG:
                fits = [name]
            if len(fits) != 1:
                return Misuse("sysctl", 0, f"sysctl: unrecognized option '{word}'", index)
            options.add(_LONG[fits[0]])
            if equals and _LONG[fits[0]] == "p":
                others.insert(0, (index, value))
            skip = _LONG[fits[0]] == "r" and not equals
        else:
            for at, letter in enumerate(word[1:], 1):
                if letter not in _SHORT:
                    return Misuse("sysctl", 0, f"sysctl: invalid option -- '{letter}'", index)
                options.add({"f": "p"}.get(letter, letter))
                if letter == "r":
                    skip = at == len(word) - 1
                    break
    return _use(options, others, origin)


def _use(options: set[str], others: list[tuple[int, str]], origin: Origin) -> Use | Misuse:
    if options & {"h", "V"}:
        return Use()
    if "S" in options:
        return Use(system=True)
    if "p" in options:
        return Use(files=tuple(word for _, word in others) or (MAIN,), word=others[0][0] if others else None)
    if options & set("aAX") or not (others or options & set("w")):
        if not others and not options & set("aAX"):
            return Misuse("sysctl", 1, "sysctl: no variables specified\nTry `sysctl --help' for more information.")
        return Use()
    if not others:
        return Misuse("sysctl", 1, "sysctl: no variables specified\nTry `sysctl --help' for more information.")
    settings: list[Sysctl] = []
    refused: list[tuple[int, str]] = []
    for index, word in others:
        name, equals, value = word.partition("=")
        key = canonical(name)
        if equals and name and not value.strip():
            refused.append((index, f'sysctl: setting key "{key or name}": Invalid argument'))
        elif equals and is_pattern(name):
            refused.append((index, f"sysctl: cannot stat {path(key or name)}: No such file or directory"))
        elif equals and key:
            settings.append(Sysctl(key, value.strip(), origin, index))
        elif equals and name.startswith("/"):
            refused.append((index, f"sysctl: cannot stat /proc/sys/{name}: No such file or directory"))
        elif "w" in options or equals:
            refused.append((index, "sysctl: command line(0): invalid syntax, continuing..."))
    return Use(tuple(settings), refused=tuple(refused))


def written(file: str, value: str, origin: Origin, word: int = 0) -> Sysctl | None:
    """What `echo VALUE > FILE` sets; None where the file is no setting."""
    key = from_path(file)
    return Sysctl(key, value.strip(), origin, word) if key else None
