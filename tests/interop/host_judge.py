"""Real kernels as judges of the host's replay: commands run in fresh network namespaces, and what they leave there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import Any

# Two pairs of interfaces; no addresses of the kernel's own making, so that what is there was put there.
SETUP = """
sysctl -qw net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.default.addr_gen_mode=1 || exit 97
ip link set lo up || exit 97
ip link add va0 type veth peer name va1 && ip link add vb0 type veth peer name vb1 || exit 97
ip link set va0 up && ip link set va1 up && ip link set vb1 up || exit 97
cd /
"""
DUMPS = {
    "addresses": "ip -j addr", "routes4": "ip -4 -d -j route show table all", "routes6": "ip -6 -d -j route show table all",
    "rules4": "ip -4 -j rule", "rules6": "ip -6 -j rule",
}  # fmt: skip
# Newer kernels say in words what older ones say by number; these are the older ones' answers.
WORDS = {
    "Error: ipv4: Address already assigned.": "RTNETLINK answers: File exists",
    "Error: ipv6: address already assigned.": "RTNETLINK answers: File exists",
    "Error: ipv4: Address not found.": "RTNETLINK answers: Cannot assign requested address",
    "Error: ipv6: address not found.": "RTNETLINK answers: Cannot assign requested address",
    "Error: ipv4: Invalid scope value.": "RTNETLINK answers: Invalid argument",
    "Error: ipv6: Cannot assign loopback address on this device.": "RTNETLINK answers: Cannot assign requested address",
    'Error: ipv6: Cannot assign multicast address without "IFA_F_MCAUTOJOIN" flag.': "RTNETLINK answers: Invalid argument",
}


@cache
def unavailable(*tools: str) -> str | None:
    for tool in ("ip", "unshare", "sysctl", *tools):
        if shutil.which(tool) is None:
            return f"{tool} is not installed"
    if os.geteuid() != 0:
        return "network namespaces need root"
    probe = subprocess.run(["unshare", "-n", "true"], capture_output=True, check=False)
    return None if probe.returncode == 0 else probe.stderr.decode(errors="replace").strip()


@dataclass(frozen=True)
class Seen:
    """What a sequence of commands did: status and first line of each, and what was there at the end."""

    answers: tuple[tuple[int, str], ...]
    left: dict[str, Any]


def run(script: str, timeout: float = 60) -> str:
    """Run a shell script in a fresh network namespace; what it printed."""
    done = subprocess.run(
        ["unshare", "-n", "sh", "-s"], input=script.encode(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        timeout=timeout, check=False,
    )  # fmt: skip
    return done.stdout.decode("utf-8", "surrogateescape")


def watch(commands: Sequence[str], setup: str = SETUP) -> Seen:
    lines = [setup]
    lines += [f"{{ {command}\n}} 2>&1; echo; echo @@ $?" for command in commands]
    # `$?` behind `echo` would be that of echo.
    lines = [line.replace("2>&1; echo; echo @@ $?", "2>&1; s=$?; echo; echo @@ $s") for line in lines]
    lines += [f"echo '@@@ {name}'; {dump} 2>/dev/null" for name, dump in DUMPS.items()]
    output = run("\n".join(lines) + "\n")
    before, *dumps = output.split("@@@ ")
    answers: list[tuple[int, str]] = []
    text: list[str] = []
    for line in before.split("\n"):
        if line.startswith("@@ "):
            shown = [each for each in text if each.strip()]
            answers.append((int(line[3:]), shown[0] if shown else ""))
            text = []
        else:
            text.append(line)
    assert len(answers) == len(commands), output
    left = {name: json.loads(body or "[]") for name, body in (dump.split("\n", 1) for dump in dumps)}
    return Seen(tuple(answers), left)


def watch_all(sequences: Iterable[Sequence[str]]) -> list[Seen]:
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(watch, sequences))
