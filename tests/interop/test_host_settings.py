"""How settings combine, asked of a real kernel: what it answers to `ip route get` for a packet that comes in, and which
ARP requests it answers and makes.
"""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from pathlib import Path

import host_judge
import pytest

from lvscompile.ir.host import Sysctl
from lvscompile.ir.host_settings import Born, conf_key, effective, own, plain
from lvscompile.syntax.source import Source
from lvscompile.syntax.statements import Stmt

pytestmark = [
    pytest.mark.netns,
    pytest.mark.skipif(host_judge.unavailable() is not None, reason=str(host_judge.unavailable())),
]

STMT = Stmt("SYSCTL", Source("test", ""), 0, 0, 1, "")
SETUP = """
ip link set lo up
ip link add va0 type veth peer name va1; ip link add vb0 type veth peer name vb1
for i in va0 va1 vb0 vb1; do ip link set $i up; done
ip addr add 10.0.0.1/24 dev va0; ip addr add 10.1.0.1/24 dev vb0
ask() { if ip route get "$@" >/dev/null 2>&1; then echo yes; else echo no; fi; }
"""


def written(*pairs: tuple[str, str]) -> list[Sysctl]:
    return [Sysctl(key, value, STMT) for key, value in pairs]


def answers(script: str) -> list[str]:
    return host_judge.run(SETUP + script).split()


@pytest.mark.parametrize(("name", "question", "values"), [
    # A packet whose source lies behind the other interface: strict filtering drops it, loose filtering does not.
    ("rp_filter", "10.0.0.1 from 10.1.0.77 iif va0", {0: "yes", 1: "no", 2: "yes"}),
    # One whose source nobody knows a way to.
    ("rp_filter", "10.0.0.1 from 172.16.0.1 iif va0", {0: "yes", 1: "no", 2: "no"}),
    ("accept_local", "10.0.0.1 from 10.1.0.1 iif va0", {0: "no", 1: "yes"}),
    ("route_localnet", "127.0.0.2 from 10.0.0.9 iif va0", {0: "no", 1: "yes"}),
])  # fmt: skip
def test_all_and_the_interface_combine_as_we_say(name: str, question: str, values: dict[int, str]) -> None:
    pairs = list(itertools.product(values, values))
    script = "".join(
        f"sysctl -qw net.ipv4.conf.all.{name}={every} net.ipv4.conf.va0.{name}={mine}; ask {question}\n"
        for every, mine in pairs
    )
    for (every, mine), answer in zip(pairs, answers(script), strict=True):
        settings = written((conf_key("all", name), str(every)), (conf_key("va0", name), str(mine)))
        assert values[effective(settings, "va0", name).value] == answer, (every, mine)


def test_a_mark_counts_in_the_check_of_the_source_where_either_says_so() -> None:
    """With src_valid_mark the route back is looked up with the packet's mark: here it leads elsewhere."""
    pairs = list(itertools.product((0, 1), (0, 1)))
    script = "sysctl -qw net.ipv4.conf.va0.rp_filter=1; ip route add 10.0.0.0/24 dev vb0 table 9; ip rule add fwmark 5 lookup 9\n"
    script += "ip rule add pref 50 iif va0 lookup local\n"
    script += "".join(
        f"sysctl -qw net.ipv4.conf.all.src_valid_mark={every} net.ipv4.conf.va0.src_valid_mark={mine}\n"
        "ask 10.0.0.1 from 10.0.0.77 iif va0 mark 5\n"
        for every, mine in pairs
    )
    for (every, mine), answer in zip(pairs, answers(script), strict=True):
        settings = written(
            (conf_key("all", "src_valid_mark"), str(every)), (conf_key("va0", "src_valid_mark"), str(mine))
        )
        assert answer == ("no" if effective(settings, "va0", "src_valid_mark").value else "yes"), (every, mine)


def test_either_promotes_secondary_addresses() -> None:
    pairs = list(itertools.product((0, 1), (0, 1)))
    script = "".join(
        f"sysctl -qw net.ipv4.conf.all.promote_secondaries={every} net.ipv4.conf.va1.promote_secondaries={mine}\n"
        "ip addr add 10.9.0.1/24 dev va1; ip addr add 10.9.0.2/24 dev va1; ip addr del 10.9.0.1/24 dev va1\n"
        "ip -4 -o addr show dev va1 | grep -q 10.9.0.2 && echo yes || echo no; ip addr flush dev va1\n"
        for every, mine in pairs
    )
    for (every, mine), answer in zip(pairs, answers(script), strict=True):
        settings = written(
            (conf_key("all", "promote_secondaries"), str(every)), (conf_key("va1", "promote_secondaries"), str(mine))
        )
        assert answer == ("yes" if effective(settings, "va1", "promote_secondaries").value else "no"), (every, mine)


def test_either_sends_redirects() -> None:
    pairs = list(itertools.product((0, 1), (0, 1)))
    script = "ip route add 10.7.0.0/16 via 10.0.0.50; sysctl -qw net.ipv4.ip_forward=1\n"
    script += "".join(
        f"sysctl -qw net.ipv4.conf.all.send_redirects={every} net.ipv4.conf.va0.send_redirects={mine}\n"
        "ip route get 10.7.0.1 from 10.0.0.9 iif va0 | grep -q redirect && echo yes || echo no\n"
        for every, mine in pairs
    )
    for (every, mine), answer in zip(pairs, answers(script), strict=True):
        settings = written(
            (conf_key("all", "send_redirects"), str(every)), (conf_key("va0", "send_redirects"), str(mine))
        )
        assert answer == ("yes" if effective(settings, "va0", "send_redirects").value else "no"), (every, mine)


FORWARDING = [
    [("net.ipv4.ip_forward", "1")],
    [("net.ipv4.ip_forward", "1"), ("net.ipv4.conf.va0.forwarding", "0")],
    [("net.ipv4.conf.va0.forwarding", "0"), ("net.ipv4.ip_forward", "1")],
    [("net.ipv4.conf.va0.forwarding", "1")],
    [("net.ipv4.conf.all.forwarding", "1"), ("net.ipv4.ip_forward", "0")],
    [("net.ipv4.ip_forward", "0"), ("net.ipv4.conf.all.forwarding", "1")],
    [("net.ipv4.conf.default.forwarding", "1")],
    [("net.ipv4.conf.va0.forwarding", "1"), ("net.ipv4.conf.default.forwarding", "0")],
    [("net.ipv4.ip_forward", "2")],
]


@pytest.mark.parametrize("writes", FORWARDING, ids=str)
def test_forwarding_follows_the_order_of_writing(writes: list[tuple[str, str]]) -> None:
    script = "".join(f"sysctl -qw {key}={value}\n" for key, value in writes)
    script += "ask 10.1.0.9 from 10.0.0.9 iif va0\nsysctl -n net.ipv4.ip_forward net.ipv4.conf.vb0.forwarding\n"
    answer, switch, other = answers(script)
    settings = written(*writes)
    assert answer == ("yes" if effective(settings, "va0", "forwarding").value else "no")
    assert bool(int(switch)) == bool(plain(settings, "net.ipv4.ip_forward").value)
    assert bool(int(other)) == bool(own(settings, "vb0", "forwarding").value)


@pytest.mark.parametrize("name", ["rp_filter", "arp_ignore", "send_redirects", "forwarding"])
def test_default_reaches_interfaces_that_come_later_or_have_no_address(name: str) -> None:
    value = "0" if name == "send_redirects" else "1"
    key = f"net.ipv4.conf.default.{name}"
    script = (
        f"sysctl -qw {key}={value}; ip link add vc0 type veth peer name vc1\n"
        f"sysctl -n net.ipv4.conf.va0.{name} net.ipv4.conf.va1.{name} net.ipv4.conf.vc0.{name}\n"
    )
    with_address, without, later = answers(script)
    settings = written((key, value))
    assert own(settings, "va0", name, Born(0, 0)).value == int(with_address)
    assert own(settings, "va1", name, Born(0, None)).value == int(without)
    assert own(settings, "vc0", name, Born(1, None)).value == int(later)


def test_a_value_of_its_own_is_not_touched_by_default() -> None:
    script = "sysctl -qw net.ipv4.conf.va1.rp_filter=2 net.ipv4.conf.default.rp_filter=1; sysctl -n net.ipv4.conf.va1.rp_filter\n"
    settings = written(("net.ipv4.conf.va1.rp_filter", "2"), ("net.ipv4.conf.default.rp_filter", "1"))
    assert [str(own(settings, "va1", "rp_filter", Born(0, None)).value)] == answers(script)


def test_ipv6_forwarding_is_one_switch() -> None:
    script = (
        "sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0\n"
        "ip addr add fd00::1/64 dev va0 nodad; ip addr add fd01::1/64 dev vb0 nodad\n"
        "sysctl -qw net.ipv6.conf.all.forwarding=1; sysctl -n net.ipv6.conf.va0.forwarding net.ipv6.conf.default.forwarding\n"
        "sysctl -qw net.ipv6.conf.default.forwarding=0; sysctl -n net.ipv6.conf.all.forwarding\n"
    )
    assert answers(script) == ["1", "1", "1"]


def test_arp_is_answered_by_the_higher_of_both() -> None:
    done = subprocess.run(
        ["unshare", "-n", sys.executable, str(Path(__file__).parent / "arp_probe.py")],
        capture_output=True,
        check=True,
        timeout=60,
    )
    seen = json.loads(done.stdout)
    for every, mine, answered, announced in seen:
        ignore = written((conf_key("all", "arp_ignore"), str(every)), (conf_key("va0", "arp_ignore"), str(mine)))
        announce = written((conf_key("all", "arp_announce"), str(every)), (conf_key("va0", "arp_announce"), str(mine)))
        # The address stands on lo: from 1 on it is no business of va0.
        assert answered == (effective(ignore, "va0", "arp_ignore").value == 0), (every, mine)
        assert announced == ("10.9.9.9" if effective(announce, "va0", "arp_announce").value == 0 else "10.0.0.1"), (
            every,
            mine,
        )
    assert len(seen) == 9


def test_the_switch_of_forwarding_and_those_of_interfaces() -> None:
    words = {
        "ip_forward": "net.ipv4.ip_forward",
        "all": "net.ipv4.conf.all.forwarding",
        "own": "net.ipv4.conf.va0.forwarding",
    }
    writes = [(key, value) for key in words.values() for value in ("0", "1")]
    sequences = list(itertools.product(writes, repeat=3))
    # On and off again: all switches are off.
    reset = "sysctl -qw net.ipv4.ip_forward=0 net.ipv4.ip_forward=1 net.ipv4.ip_forward=0"
    script = "".join(
        f"{reset} {' '.join(f'{key}={value}' for key, value in sequence)}; cat /proc/sys/net/ipv4/conf/va0/forwarding\n"
        for sequence in sequences
    )
    for sequence, answer in zip(sequences, answers(script), strict=True):
        assert str(own(written(*sequence), "va0", "forwarding").value) == answer, sequence
