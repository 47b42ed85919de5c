"""Commands that a configuration has keepalived run. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache

from lvscompile.ir.core import Block, Setting, Version
from lvscompile.ir.node import Node
from lvscompile.ir.settings import made_at_run_time
from lvscompile.ir.site import Director

# From then on keepalived runs commands itself; before, a shell did.
WITHOUT_SHELL: Version = (1, 4)
# Directories where anybody may make files.
PUBLIC = ("/tmp/", "/var/tmp/", "/dev/shm/")
_ARGUMENT = re.compile(r"""(?:"[^"]*"?|'[^']*'?|\\.|[^ \t"'\\]|\\$)+""")


class Command(Node):
    """A statement that gives a command, and the block that it stands in."""

    setting: Setting
    block: Block

    @property
    def line(self) -> str:
        """The command with its arguments, the outer quotes removed."""
        return self.setting.words[1]

    @property
    def takes_user(self) -> bool:
        """Whether the words behind the command are a user and a group."""
        return bool(self.setting.keyword.arguments[0] != "script")

    @property
    def user(self) -> str:
        """The user that the statement, or its block, names for this command; "" where none is named."""
        if self.takes_user:
            return self.setting.words[2] if len(self.setting.words) > 2 else ""
        stated = self.block.setting("user")
        return stated.words[1] if stated is not None else ""

    def arguments(self) -> tuple[str, ...]:
        """The command and its arguments as keepalived cuts them, with the quotes that are left."""
        return _arguments(self.line)


@lru_cache(maxsize=1024)
def _arguments(line: str) -> tuple[str, ...]:
    return tuple(_ARGUMENT.findall(line))


@lru_cache(maxsize=4)
def commands(director: Director) -> tuple[Command, ...]:
    """All commands of a host, in order. Those that keepalived makes only when it runs are left out."""
    return tuple(command for block in director.blocks for command in _inside(block))


def _inside(block: Block) -> Iterator[Command]:
    for setting in block.settings:
        if is_script(setting.keyword.arguments) and _is_known(setting):
            yield Command(setting, block)
    for inner in block.blocks:
        yield from _inside(inner)


def _is_known(setting: Setting) -> bool:
    return setting.valid and len(setting.words) > 1 and not made_at_run_time(setting)


@cache
def is_script(expression: tuple[object, ...]) -> bool:
    """Whether the first word that a keyword takes is a command."""
    first: object = expression
    while isinstance(first, tuple) and first:
        first = first[1] if first[0] in ("seq", "opt") else first[0]
    return first == "script"
