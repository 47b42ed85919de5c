"""What stages of a run tell each other."""

from __future__ import annotations

from typing import NamedTuple

# What the end of a command tells: success and failure; nothing; or a program that is taken to have succeeded.
OK, FAILED, UNKNOWN, ASSUMED = range(4)


def status_of(verdict: bool | None) -> int:
    return UNKNOWN if verdict is None else OK if verdict else FAILED


class Stop(NamedTuple):
    """What leaves a body early: break, continue, return, exit; `levels` loops."""

    kind: str
    levels: int = 1


class Context(NamedTuple):
    """Where the command that is being run was found."""

    host: str = ""
    section: str = ""
    folder: str = ""
    behind_prose: bool = False
