"""Real keepalived with the kernel's IPVS: what it programs from a configuration."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from lvscompile.backends.ipvsadm import save
from lvscompile.frontends.ipvsadm.listing import read_listing
from lvscompile.ir.ipvs import Service, Table
from lvscompile.syntax.source import Source, encode

MARK = "@@@@"
# Without an address, a fresh namespace takes no destination for unicast.
INTERFACES = """\
ip link set lo up
ip link add eth0 type dummy; ip addr add 10.99.0.1/16 dev eth0; ip link set eth0 up
ip link add eth1 type dummy; ip link set eth1 multicast on; ip addr add 10.98.0.1/16 dev eth1; ip link set eth1 up
"""
# What a host has but for its services.
NETWORK = """\
ip -o addr show | sed 's/valid_lft.*//'
ip route show table all; ip -6 route show table all
ip rule; ip -6 rule
"""
# The table is read when keepalived says that it has started, and again until it stays as it is.
_SCRIPT = f"""
mount -t tmpfs tmpfs /run
{INTERFACES}LC_ALL=C keepalived $2 -n -l -f "$1" -p /run/main.pid -c /run/checkers.pid -r /run/vrrp.pid >/run/log 2>&1 &
daemon=$!
for turn in $(seq 100); do
    grep -q "Startup complete" /run/log && break
    kill -0 $daemon 2>/dev/null || break
    sleep 0.1
done
before=-
for turn in $(seq 50); do
    now=$(ipvsadm -Sn; wc -l </run/log)
    [ "$now" = "$before" ] && break
    before=$now
    sleep 0.3
done
[ -n "$2" ] || sleep 5  # until the instance is master
ipvsadm -Sn; echo {MARK}; ipvsadm -Ln --thresholds; echo {MARK}; cat /run/log; echo {MARK}
{NETWORK}kill -9 $daemon
"""

# Service key and destination key -> upper and lower threshold.
Thresholds = dict[tuple[object, object], tuple[int, int]]


class Programmed(NamedTuple):
    """Blocks of `ipvsadm -Sn`, one a service, each line of it in order; the thresholds; what keepalived said; addresses,
    routes and rules.
    """

    blocks: tuple[str, ...]
    thresholds: Thresholds
    log: str = ""
    network: tuple[str, ...] = ()


def programs(text: str, whole: bool = False) -> Programmed:
    """What keepalived makes of a configuration, in namespaces of its own: its services, or (`whole`) all of it."""
    with TemporaryDirectory(prefix="guest-") as folder:
        main = Path(folder) / "keepalived.conf"
        main.write_bytes(encode(text))
        unshared = ["unshare", "-n", "-m", "-p", "--fork", "--kill-child", "--mount-proc"]
        command = [*unshared, "sh", "-c", _SCRIPT, "x", str(main), "" if whole else "-C"]
        output = subprocess.run(command, capture_output=True, check=False, timeout=120).stdout
    rules, listing, log, network = output.decode(errors="surrogateescape").split(MARK)
    table = read_listing(Source("listing", listing)).table
    return Programmed(blocks(rules), thresholds(table), log, lines_of(network))


def all_program(texts: Sequence[str]) -> list[Programmed]:
    """The same of several; keepalived mostly waits."""
    with ThreadPoolExecutor(6) as pool:
        return list(pool.map(programs, texts))


def ours(services: Sequence[Service]) -> Programmed:
    """The table as we have it, in the same form."""
    table = Table(tuple(services))
    return Programmed(blocks(save(table)), thresholds(table))


def lines_of(network: str) -> tuple[str, ...]:
    """Lines in order, without numbers of interfaces, and without who made a route."""
    cut = re.compile(r"^\d+: (?=\w+\s)| proto (?:keepalived|boot|18|static)\b| pref medium|\\\\")
    lines = (" ".join(cut.sub(" ", line).split()) for line in network.split("\n") if "fe80::" not in line)
    return tuple(sorted(line for line in lines if line))


def blocks(rules: str) -> tuple[str, ...]:
    parts = (part for part in re.split(r"(?m)^(?=-A )", rules) if part.strip())
    return tuple(sorted("\n".join(sorted(part.strip().split("\n"))) for part in parts))


def thresholds(table: Table) -> Thresholds:
    return {
        (service.key, server.key): (server.upper, server.lower)
        for service in table.services
        for server in service.destinations
    }


def difference(real: Programmed, mine: Programmed) -> str:
    """ "" where both are the same, else what only one of them has."""
    lines = [f"  only real: {block}" for block in real.blocks if block not in mine.blocks]
    lines += [f"  only ours: {block}" for block in mine.blocks if block not in real.blocks]
    if not lines and real.thresholds != mine.thresholds:
        lines.append(f"  thresholds: {real.thresholds} not {mine.thresholds}")
    return "\n".join(lines)
