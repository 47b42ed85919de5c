from __future__ import annotations

import shlex
from collections.abc import Callable

import pytest

from lvscompile.frontends.iproute import parse
from lvscompile.frontends.replay.host import Replay
from lvscompile.ir.host import HostCommand, HostEvent, Misuse
from lvscompile.syntax.source import Source
from lvscompile.syntax.statements import Stmt

Reads = Callable[[str], HostCommand | Misuse]


def statement(command: str) -> Stmt:
    return Stmt("COMMAND", Source("script", command), 0, len(command), 1, command)


@pytest.fixture
def reads() -> Reads:
    def read(command: str) -> HostCommand | Misuse:
        program, *words = shlex.split(command)
        return parse(program, words, statement(command))

    return read


@pytest.fixture
def runs(reads: Reads) -> Callable[[Replay, str], HostEvent]:
    return lambda host, command: host.run(reads(command), statement(command))
