"""What the linter says of packet filters between two directors, asked of live keepalived: is the address on both?"""

from __future__ import annotations

import subprocess
import time
from contextlib import ExitStack
from pathlib import Path

import pairs
import pytest

from lvscompile.app.load import load
from lvscompile.ir.core import Target
from lvscompile.lint.engine import lint

TARGET = Target((2, 2, 7))
CODES = ("LVS560", "LVS561", "LVS562", "LVS563", "LVS567")
# Until an IPv6 address may be used (duplicate address detection), and until a pair has settled.
USABLE, SETTLED = 2.5, 9.0
INSTANCE = """vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 71
    priority %s
    advert_int 1
    %s
    virtual_ipaddress {
        %s
    }
}
"""
VIP, SIX = "10.0.0.100/24", "fe80::100\n        2001:db8::100/64"
UNICAST = {
    "a": "unicast_src_ip 10.0.0.1\n    unicast_peer {\n        10.0.0.2\n    }",
    "b": "unicast_src_ip 10.0.0.2\n    unicast_peer {\n        10.0.0.1\n    }",
}
AH = "authentication {\n        auth_type AH\n        auth_pass abc\n    }"
KNOWN, REJECT, ACCEPT = (
    "-A INPUT -m state --state RELATED,ESTABLISHED -j ACCEPT",
    "-A INPUT -j REJECT",
    "-A INPUT -p 112 -j ACCEPT",
)


def dump(*rules: str, output: str = "ACCEPT") -> str:
    heads = (
        "*filter",
        ":INPUT ACCEPT [0:0]",
        ":FORWARD ACCEPT [0:0]",
        f":OUTPUT {output} [0:0]",
        "-A INPUT -i lo -j ACCEPT",
    )
    return "\n".join((*heads, *rules, "COMMIT", ""))


OPEN, CLOSED = dump(ACCEPT, KNOWN, REJECT), dump(KNOWN, REJECT)
# What both instances say, the addresses, the filters of the master and of the backup; does it split?
CASES: dict[str, tuple[object, str, str, str, bool]] = {
    "open": ("", VIP, OPEN, OPEN, False),
    "closed": ("", VIP, CLOSED, CLOSED, True),
    "closed by policy": ("", VIP, "", dump(KNOWN).replace("INPUT ACCEPT", "INPUT DROP"), True),
    "only the master is deaf": ("", VIP, CLOSED, "", False),
    "too late": ("", VIP, OPEN, dump(KNOWN, REJECT, ACCEPT), True),
    "elsewhere": ("", VIP, OPEN, dump(KNOWN, "-A INPUT -i eth1 -p 112 -j ACCEPT", REJECT), True),
    "AH": (AH, VIP, OPEN, OPEN, True),
    "AH accepted": (AH, VIP, dump("-A INPUT -p ah -j ACCEPT", REJECT), dump("-A INPUT -p ah -j ACCEPT", REJECT), False),
    "unicast heals": (UNICAST, VIP, CLOSED, CLOSED, False),
    "unicast": (UNICAST, VIP, dump(REJECT), dump(REJECT), True),
    "unicast from the peer": (UNICAST, VIP, "", dump("-A INPUT -s 10.0.0.1 -j ACCEPT", REJECT), False),
    "IPv6": ("", SIX, dump("-A INPUT -p ipv6-icmp -j ACCEPT", KNOWN, REJECT), dump("-A INPUT -p ipv6-icmp -j ACCEPT", KNOWN, REJECT), True),
    "IPv6 accepted": ("", SIX, dump("-A INPUT -p ipv6-icmp -j ACCEPT", ACCEPT, REJECT), dump("-A INPUT -p ipv6-icmp -j ACCEPT", ACCEPT, REJECT), False),
    "the master does not speak": ("", VIP, dump(output="DROP"), "", True),
}  # fmt: skip


def hosts(name: str, folder: Path) -> dict[str, Path]:
    """Lay the two hosts out as directories."""
    lines, vips, *filters, _ = CASES[name]
    found = {}
    for host, priority, rules in zip("ab", (150, 100), filters, strict=True):
        root = found[host] = folder / host
        line = lines[host] if isinstance(lines, dict) else lines
        files = {"keepalived/keepalived.conf": INSTANCE % (priority, line, vips)}
        files["sysconfig/ip6tables" if vips is SIX else "sysconfig/iptables"] = str(rules)
        for path, text in files.items():
            file = root / "etc" / path
            file.parent.mkdir(parents=True)
            file.write_text(text)
    return found


def load_filter(host: pairs.Host, root: Path) -> None:
    for name in ("iptables", "ip6tables"):
        file = root / "etc" / "sysconfig" / name
        if file.exists() and file.read_text():
            command = ["nsenter", "-t", str(host.pid), "-n", f"{name}-legacy-restore"]
            subprocess.run(command, input=file.read_text(), text=True, check=True)


def has_vip(host: pairs.Host) -> bool:
    command = ["nsenter", "-t", str(host.pid), "-n", "ip", "-o", "addr", "show", "dev", "eth0"]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return "10.0.0.100/" in shown or "2001:db8::100/" in shown


def run(folders: dict[str, dict[str, Path]]) -> dict[str, str]:
    """Who has the address in the end, of several pairs at the same time."""
    with ExitStack() as stack:
        labs = {}
        for name, roots in folders.items():
            conf = {host: root / "etc" / "keepalived" / "keepalived.conf" for host, root in roots.items()}
            labs[name] = stack.enter_context(pairs._lab(pairs.Pair(name, conf["a"], conf["b"], {})))
            for host, root in zip(labs[name], roots.values(), strict=True):
                load_filter(host, root)
        time.sleep(USABLE)
        for a, _ in labs.values():
            a.start()
        time.sleep(pairs.HEAD_START)
        for _, b in labs.values():
            b.start()
        time.sleep(SETTLED)
        return {
            name: "".join(letter for letter, host in zip("ab", lab, strict=True) if has_vip(host))
            for name, lab in labs.items()
        }


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Path]]:
    return {name: hosts(name, tmp_path_factory.mktemp("filters")) for name in CASES}


@pytest.fixture(scope="module")
def live(folders: dict[str, dict[str, Path]]) -> dict[str, str]:
    """A busy machine can starve a daemon: what differs is asked once more, alone."""
    found = run(folders)
    doubtful = {name: roots for name, roots in folders.items() if (found[name] == "ab") != CASES[name][4]}
    return found | run(doubtful) if doubtful else found


@pytest.mark.netns
@pytest.mark.parametrize("name", CASES)
def test_keepalived_splits(name: str, live: dict[str, str]) -> None:
    assert live[name] == ("ab" if CASES[name][4] else "a")


@pytest.mark.parametrize("name", CASES)
def test_the_linter_says_so(name: str, folders: dict[str, dict[str, Path]]) -> None:
    loaded = load([f"{host}={root}" for host, root in folders[name].items()], target=TARGET)
    found = [each for each in lint(loaded.hosts, TARGET).findings if each.code.startswith(CODES)]
    assert any((each.severity, each.effect) == ("error", "split") for each in found) == CASES[name][4]
