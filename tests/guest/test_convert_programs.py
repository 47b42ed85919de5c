"""Real keepalived programs from our output what the original commands programmed.

The commands run in one namespace, keepalived with the converted file in another; the kernel's tables are compared.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from ipvsadm_sequences import sequences
from real_keepalived import INTERFACES, MARK, NETWORK, Programmed, all_program, blocks, lines_of, programs, thresholds

from lvscompile.app.compose import Vrrp
from lvscompile.app.convert import Conversion, to_keepalived
from lvscompile.app.load import load
from lvscompile.frontends.ipvsadm.listing import read_listing
from lvscompile.ir.core import Target
from lvscompile.syntax.source import Source, encode

pytestmark = pytest.mark.ipvs

TARGET = Target((2, 2, 7))
SEED = int(os.environ.get("LVSCOMPILE_SEED", "1"))
COUNT = 300 if os.environ.get("LVSCOMPILE_FULL") else 60
FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
# ipvsadm of the sequences' daemons and streams is another matter: what is restored is a script like any other.
SCRIPTS = [
    "".join(
        f"ipvsadm {shlex.join(step.words)}\n"
        for step in steps
        if not step.stdin and not any("daemon" in word or word in ("-R", "--set") for word in step.words)
    )
    for steps in sequences(COUNT, SEED + 1000)
]


def commands_program(text: str) -> Programmed:
    """What the kernel holds when a script has run."""
    script = (
        f"{INTERFACES}{text}\necho {MARK}; ipvsadm -Sn; echo {MARK}; ipvsadm -Ln --thresholds; echo {MARK}\n{NETWORK}"
    )
    run = ["unshare", "-n", "-m", "sh", "-c", script]
    output = subprocess.run(run, capture_output=True, text=True, check=False, timeout=120).stdout
    # What the script prints itself comes first.
    _, rules, listing, network = output.rsplit(MARK, 3)
    table = read_listing(Source("listing", listing)).table
    return Programmed(blocks(rules), thresholds(table), "", lines_of(network))


def converted(text: str, vrrp: Vrrp | None = None) -> Conversion:
    with TemporaryDirectory(prefix="guest-") as folder:
        path = Path(folder) / "rc.local"
        path.write_bytes(encode(f"#!/bin/sh\n{text}"))
        return to_keepalived(load([f"lvs1={path}"], target=TARGET), TARGET, vrrp=vrrp)


# Behind a mark, what is only forwarded has no port for keepalived.
_MARKED = re.compile(r"(?m)^(-a -f .*):\d+ (-[gi] )")


def expected(real: Programmed) -> Programmed:
    """What can be said at all: keepalived knows no service without servers, and no scheduler `none`."""
    said = (_MARKED.sub(r"\1:0 \2", block).replace("-s none", "-s wlc") for block in real.blocks if "\n" in block)
    return real._replace(blocks=tuple(sorted(said)))


def limits(programmed: Programmed) -> list[tuple[str, int, int]]:
    """The thresholds that somebody has set."""
    return sorted((str(key[0]), *value) for key, value in programmed.thresholds.items() if any(value))


def text_of(conversion: Conversion) -> str:
    return conversion.outputs[0].text if conversion.outputs else ""


def differences(scripts: Sequence[str]) -> list[str]:
    with ThreadPoolExecutor(6) as pool:
        wanted = [expected(real) for real in pool.map(commands_program, scripts)]
    conversions = [converted(script) for script in scripts]
    texts = [text_of(conversion) for conversion in conversions]
    some = [index for index, text in enumerate(texts) if text]
    made = dict(zip(some, all_program([texts[index] for index in some]), strict=True))
    wrong = []
    for index, (script, want) in enumerate(zip(scripts, wanted, strict=True)):
        got = made.get(index)
        same = not want.blocks if got is None else (want.blocks, limits(want)) == (got.blocks, limits(got))
        if not same:
            found = "" if got is None else "\n".join(got.blocks) + got.log
            wrong.append(
                f"{script}\n  wanted:\n" + "\n".join(want.blocks) + f"\n  made:\n{found}\n  of:\n{texts[index]}"
            )
    assert len(some) > len(scripts) / 3
    return wrong


def test_generated_commands() -> None:
    wrong = differences(SCRIPTS)
    assert not wrong, f"{len(wrong)} of {len(SCRIPTS)}:\n" + "\n\n".join(wrong[:8])


def log_of(path: Path) -> str:
    """The commands that were typed in a session."""
    return "".join(re.findall(r"(?m)^\[\S+ ~\]# ((?:ipvsadm) -[AaDdeE] .*\n)", path.read_text()))


# What the listing in the session shows, as commands.
LISTED = """\
ipvsadm -A -t 10.1.1.10:80 -s lc
ipvsadm -a -t 10.1.1.10:80 -r 192.168.2.235:80 -m
ipvsadm -a -t 10.1.1.10:80 -r 192.168.2.236:80 -m
ipvsadm -a -t 10.1.1.10:80 -r 192.168.2.237:80 -m
ipvsadm -A -t 10.1.1.11:80 -s lc
ipvsadm -a -t 10.1.1.11:80 -r 192.168.2.238:80 -m
ipvsadm -A -t 192.168.10.100:80 -s wlc
ipvsadm -a -t 192.168.10.100:80 -r 192.168.20.110:80 -m
ipvsadm -a -t 192.168.10.100:80 -r 192.168.20.111:80 -m
"""
SET_UPS = {
    "host-a-nat-by-hand": ("etc/rc.d/rc.local", 1),
    "host-d-draining": ("session.log", 2),
    "host-f-one-armed-ftp": ("etc/rc.d/rc.local", 1),
}


@pytest.mark.parametrize("name", SET_UPS)
def test_set_ups(name: str) -> None:
    folder = FIXTURES / name / "lvs1"
    script, count = SET_UPS[name]
    path = folder / script
    commands = LISTED + log_of(path) if path.suffix == ".log" else path.read_text()
    wanted = commands_program(commands)
    assert len(wanted.blocks) == count
    text = text_of(to_keepalived(load([f"lvs1={folder}"], target=TARGET), TARGET))
    assert programs(text).blocks == wanted.blocks


HOST = """\
ip addr add 192.0.2.10/24 brd 192.0.2.255 dev eth1 label eth1:10
ip addr add 198.51.100.1/32 dev eth0
ip -6 addr add 2001:db8::7/64 dev eth1 nodad
ip route add 10.0.0.0/8 via 10.98.0.2 metric 5
ip route add 203.0.113.0/24 via 10.98.0.3 table 7 src 192.0.2.10
ip route add local 0/0 dev lo table 100
ip route add blackhole 203.0.113.128/25
ip -6 route add 2001:db8:1::/48 dev eth1 table 9
ip addr add 10.97.0.1 peer 10.97.0.2/32 dev eth1
ip route add default via 10.98.0.9 table 8
ip route add 10.76.0.0/16 nexthop via 10.98.0.4 weight 2 nexthop via 10.98.0.5
ip route add 10.77.0.0/16 dev eth1 scope link
ip route add 10.78.0.0/16 via 10.98.0.4 tos 0x10
ip route add 10.79.0.0/16 via 10.200.0.4 dev eth1 onlink
ip route add throw 10.80.0.0/16 table 8
ip route add unreachable 10.81.0.0/16 metric 50
ip -6 route add default via 2001:db8::1 table 9
ip -6 rule add fwmark 9 table 9 prio 51
ip rule add iif lo tos 0x10 table 7 prio 110
ip rule add prio 111 goto 32766
ip rule add ipproto tcp dport 80 table 7 prio 112
ip rule add ipproto udp sport 53-60 table 7 prio 113
ip rule add table 7 suppress_prefixlength 0 prio 114
ip rule add oif eth1 uidrange 5-9 prohibit prio 115
ip rule add from 192.0.2.10 table 7 prio 9
ip rule add fwmark 1 table 100 prio 100
ip rule add fwmark 0x2/0xff iif eth1 table 7 prio 101
ip rule add not to 192.0.2.0/24 table 7 prio 102
ip rule add to 192.0.2.64/26 blackhole prio 103
ip -6 rule add from 2001:db8::/64 table 9 prio 50
ipvsadm -A -t 192.0.2.10:80 -s wrr
ipvsadm -a -t 192.0.2.10:80 -r 10.99.0.5:80 -m -w 3
ipvsadm -a -t 192.0.2.10:80 -r 10.99.0.6:80 -m
"""


def test_a_whole_host() -> None:
    """Addresses, routes and rules are the commands' too."""
    wanted = commands_program(HOST)
    made = programs(text_of(converted(HOST)), whole=True)
    assert made.blocks == wanted.blocks
    assert set(made.network) ^ set(wanted.network) == set(), made.log


def test_a_whole_host_with_an_instance() -> None:
    """The virtual address comes with the instance, all else as before."""
    wanted = commands_program(HOST)
    made = programs(text_of(converted(HOST, Vrrp(71, "eth1", 150, advert="1"))), whole=True)
    assert made.blocks == wanted.blocks
    assert set(made.network) ^ set(wanted.network) == set(), made.log
    assert "Entering MASTER STATE" in made.log
