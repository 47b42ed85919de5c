"""Runs the command line as its users do: as a process of its own, with bounded time and memory."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

import pytest

SECONDS = 20
MEMORY = 1_500_000_000
SMALL = """\
vrrp_instance VI_1 {
    state BACKUP
    interface eth0
    virtual_router_id 61
    priority 100
    virtual_ipaddress {
        10.0.0.1/24
    }
}
"""


class Result(NamedTuple):
    status: int
    out: str
    err: str
    seconds: float


class Run(Protocol):
    def __call__(
        self,
        *arguments: str,
        stdin: bytes | int = b"",
        env: Mapping[str, str] = ...,
        cwd: Path | None = None,
        before: Callable[[], None] = ...,
        seconds: float = SECONDS,
        pass_fds: Sequence[int] = (),
        through: Sequence[str] = (),
    ) -> Result: ...


def quiet(arguments: Sequence[str]) -> list[str]:
    """The arguments without what nearly each sound set-up needs from its host (LVS500), which `lint` says of it."""
    return [*arguments[:1], "--ignore", "LVS500", *arguments[1:]] if arguments[:1] == ("lint",) else list(arguments)


def environment(**more: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    return {**kept, "LC_ALL": "C.UTF-8", **more}


@pytest.fixture(scope="session")
def lvscompile() -> Run:
    def run(
        *arguments: str,
        stdin: bytes | int = b"",
        env: Mapping[str, str] = {},
        cwd: Path | None = None,
        before: Callable[[], None] = lambda: None,
        seconds: float = SECONDS,
        pass_fds: Sequence[int] = (),
        through: Sequence[str] = (),
    ) -> Result:
        def prepare() -> None:
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            before()

        start = time.monotonic()
        done = subprocess.run(
            [*through, sys.executable, "-P", "-m", "lvscompile", *quiet(arguments)],
            stdin=stdin if isinstance(stdin, int) else None,
            input=None if isinstance(stdin, int) else stdin,
            capture_output=True,
            env=environment(**env),
            cwd=cwd,
            preexec_fn=prepare,
            timeout=seconds,
            pass_fds=pass_fds,
            check=False,
        )
        out, err = (data.decode("utf-8", "backslashreplace") for data in (done.stdout, done.stderr))
        return Result(done.returncode, out, err, time.monotonic() - start)

    return run


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A file that is fine."""
    path = tmp_path / "small.conf"
    path.write_text(SMALL)
    return path


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A file with one error."""
    path = tmp_path / "broken.conf"
    path.write_text(SMALL.replace("priority 100", "prority 100"))
    return path
