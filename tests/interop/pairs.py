"""Two hosts, one mistake between them: does the address end up on both?

`pairs/<case>/{a,b}.conf` differ from a sound pair in one point; `pairs/pairs.json` records for keepalived
2.2.7 and 2.4.3 whether both hosts held a VIP at the end. `run` asks two live keepalived again.
"""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "pairs"

# What the hosts A and B have on eth0.
ADDRESSES = ("10.0.0.1/24", "10.0.0.2/24")
# A is up half a second before B, as the recorded runs were: between equals the first one up stays.
HEAD_START = 0.5
# Three advertisement intervals of 2 s and the skew, and time to settle.
PATIENCE = 9.0
# A test run that is killed leaves its hosts behind for this many seconds at most.
LIFE = 60


@dataclass(frozen=True, slots=True)
class Pair:
    """Two configurations of one virtual router on one link."""

    name: str
    a: Path
    b: Path
    splits: Mapping[str, bool]
    """keepalived version → do both hold a VIP at the end."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The addresses that each host has beside its own."""

    a: frozenset[str]
    b: frozenset[str]

    @property
    def split(self) -> bool:
        """Both hosts think they are the master."""
        return bool(self.a and self.b)


def pairs() -> list[Pair]:
    """All pairs, in the order of `pairs.json`."""
    recorded = json.loads((FOLDER / "pairs.json").read_text())
    return [Pair(n, FOLDER / n / "a.conf", FOLDER / n / "b.conf", splits) for n, splits in recorded.items()]


def run(which: Iterable[Pair], patience: float = PATIENCE) -> dict[str, Outcome]:
    """Run all pairs at once, each on a link of its own, and look after `patience` seconds."""
    with ExitStack() as stack:
        labs = {pair.name: stack.enter_context(_lab(pair)) for pair in which}
        for a, _ in labs.values():
            a.start()
        time.sleep(HEAD_START)
        for _, b in labs.values():
            b.start()
        time.sleep(patience)
        return {name: Outcome(a.vips(), b.vips()) for name, (a, b) in labs.items()}


# A host is one process in namespaces of its own: first a shell that waits, then, by exec, keepalived. Nothing
# of it has a name on the machine, so there is nothing left when it is gone. It is process 1 of a process
# namespace: when it is killed the kernel ends and reaps its children too.
_HOST = """
mount -t tmpfs tmpfs /run && echo ready && read go || exit 1
exec timeout -s KILL {life} keepalived -P -n -l -D -f {config} \\
    -p /run/main.pid -r /run/vrrp.pid -c /run/checkers.pid >/run/log 2>&1
"""


class Host:
    """One namespace with eth0, and keepalived in it once started."""

    def __init__(self, address: str, config: Path) -> None:
        self.address = address
        self._process = subprocess.Popen(
            [
                "unshare",
                "-n",
                "-m",
                "-p",
                "--fork",
                "--mount-proc",
                "--kill-child",
                "sh",
                "-c",
                _HOST.format(config=shlex.quote(str(config)), life=LIFE),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def wait_ready(self) -> None:
        """The namespaces exist."""
        assert self._process.stdout is not None
        if self._process.stdout.readline() != b"ready\n":
            raise RuntimeError("no namespaces")

    @property
    def pid(self) -> int:
        """Process 1 of the host, as numbered here; only while it lives."""
        return int(_children(self._process.pid).split()[0])

    def configure(self) -> None:
        """Give eth0 its address."""
        commands = f"link set lo up\naddr add {self.address} dev eth0\nlink set eth0 up\n"
        self._ip("-batch", "-", stdin=commands)

    def start(self) -> None:
        """Let keepalived go."""
        assert self._process.stdin is not None
        self._process.stdin.write(b"\n")
        self._process.stdin.flush()

    def vips(self) -> frozenset[str]:
        """The IPv4 addresses on eth0 other than the host's own."""
        if self._process.poll() is not None:
            raise RuntimeError(f"keepalived on {self.address} ended with status {self._process.returncode}")
        # 2: eth0    inet 10.0.0.100/24 scope global secondary eth0 …
        shown = self._ip("-o", "-4", "addr", "show", "dev", "eth0")
        return frozenset(line.split()[3] for line in shown.splitlines()) - {self.address}

    def stop(self) -> None:
        """End it; its children, the namespaces and the link go with it."""
        for child in _children(self._process.pid).split():
            with suppress(ProcessLookupError):
                os.kill(int(child), signal.SIGKILL)
        if not self._ended(1):
            # Its one child is not to be found: `--kill-child` sees to it.
            self._process.kill()
            self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()

    def _ended(self, timeout: float) -> bool:
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout)
        return self._process.poll() is not None

    def _ip(self, *arguments: str, stdin: str = "") -> str:
        command = ["nsenter", "-t", str(self.pid), "-n", "ip", *arguments]
        return subprocess.run(command, input=stdin, capture_output=True, text=True, check=True).stdout


def _children(pid: int) -> str:
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return ""


@contextmanager
def _lab(pair: Pair) -> Iterator[tuple[Host, Host]]:
    """Two hosts and the link between them, keepalived not yet running."""
    with ExitStack() as stack:
        hosts = []
        for address, config in zip(ADDRESSES, (pair.a, pair.b), strict=True):
            host = Host(address, config)
            stack.callback(host.stop)
            hosts.append(host)
        for host in hosts:
            host.wait_ready()
        a, b = hosts
        _connect(a.pid, b.pid)
        for host in hosts:
            host.configure()
        yield a, b


def _connect(one: int, other: int) -> None:
    """A cable between two namespaces, called eth0 at both ends; it never appears in this namespace."""
    link = ["ip", "link", "add", "eth0", "netns", str(one), "type", "veth"]
    peer = ["peer", "name", "eth0", "netns", str(other)]
    subprocess.run([*link, *peer], check=True, capture_output=True)
