"""Inputs that go wrong in ways of their own, of every legacy language: they come back, soon, with every line."""

from __future__ import annotations

import gc
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "verify"))

from language_checks import CHECKS

from lvscompile.frontends.ipvsadm.files import read_rules
from lvscompile.frontends.replay.netfilter import Netfilter
from lvscompile.frontends.shell import read_script
from lvscompile.syntax.iptables.scan import read, scan
from lvscompile.syntax.source import Source

LIMIT = 30.0  # seconds of processor time, on a machine that does other things too; each takes a second at most
RULES = "".join(f"-A INPUT -s 10.{n >> 16}.{n >> 8 & 255}.{n & 255}/32 -j DROP\n" for n in range(100_000))
SERVICES = "".join(f"-A -f {n + 1} -s rr\n-a -f {n + 1} -r 10.{n >> 8}.{n & 255}.1:0 -m -w 1\n" for n in range(50_000))
FILTER = "*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n-A INPUT -p tcp -m tcp --dport 80 -j ACCEPT\nCOMMIT\n"
LONG = "x" * 1_000_000

BAD = {
    "cut in the middle of a table": ("iptables", FILTER[:90]),
    "COMMIT is missing": ("iptables", FILTER.replace("COMMIT\n", "*nat\n:PREROUTING ACCEPT [0:0]\nCOMMIT\n")),
    "both families in a dump": ("iptables", FILTER.replace("COMMIT", "-A INPUT -s 2001:db8::/32 -j DROP\nCOMMIT")),
    "a table in a table": ("iptables", "*filter\n" * 5_000),
    "chains that jump in a circle": ("iptables", "*filter\n" + "".join(f":c{n} - [0:0]\n" for n in range(300)) + "".join(f"-A c{n} -j c{(n + 1) % 300}\n" for n in range(300)) + "COMMIT\n"),
    "a long line of quotes": ("iptables", f'*filter\n-A INPUT -m comment --comment "{LONG}\nCOMMIT\n'),
    "a long line of options": ("iptables", "*filter\n-A INPUT" + " -m tcp --dport 80" * 10_000 + "\nCOMMIT\n"),
    "a long line of addresses": ("iptables", "*filter\n-A INPUT -s " + ",".join(["10.0.0.1"] * 20_000) + " -j DROP\nCOMMIT\n"),
    "a megabyte of one word": ("iptables", LONG),
    "numbers of 5,000 digits in a dump": ("iptables", f"*filter\n:INPUT ACCEPT [{'9' * 5000}:{'9' * 5000}]\n[{'9' * 5000}:1] -A INPUT -p {'9' * 5000} -j DROP\n" + "".join(f"-A INPUT {part} {'9' * 5000}\n" for part in ("-p tcp -m tcp --dport", "-m limit --limit", "-m u32 --u32", "-m hashlimit --hashlimit-name x --hashlimit-upto", "-m quota --quota", "-m length --length", "-m time --timestart", "-j MARK --set-mark", "-j NFQUEUE --queue-num", "-m mark --mark", "-c 1", "-m ttl --ttl-eq", "-m connbytes --connbytes-mode bytes --connbytes-dir both --connbytes"))),
    "numbers of 5,000 digits in ipvsadm": ("ipvsadm", "".join(f"{words} {'9' * 5000}\n" for words in ("-A -f", "-A -t", "-A -f 1 -p", "-a -f 1 -r 10.0.0.1 -w", "-a -f 1 -r 10.0.0.1 -x", "--set 1 2", "-A -f 1 -M", "FWM "))),
    "digits of other scripts": ("iptables", "*filter\n" + "".join(f"-A INPUT {part} \u0663\u00b2\n" for part in ("-p tcp -m tcp --dport", "-m limit --limit", "-m u32 --u32", "-m time --datestart", "-m quota --quota", "-p", "-s")) + "COMMIT\n"),
    "carriage returns": ("iptables", FILTER.replace("\n", "\r\n")),
    "NULs": ("iptables", FILTER.replace("tcp", "t\0p")),
    "Latin-1": ("iptables", FILTER.replace("COMMIT", "# f\udcfcr B\udcfcro\nCOMMIT")),
    "both families in a service": ("ipvsadm", "-A -t 192.0.2.1:80\n-a -t 192.0.2.1:80 -r [2001:db8::1]:80 -m\n-a -t 192.0.2.1:80 -r [2001:db8::1]:80 -i\n"),
    "a listing that is cut": ("ipvsadm", "IP Virtual Server version 1.2.1 (size=4096)\nProt LocalAddress:Port Sche"),
    "a command that is cut": ("ipvsadm", "-A -t 192.0.2.1:80 -s rr\n-a -t 192.0.2.1:80 -r"),
    "a megabyte in a command": ("ipvsadm", f"-A -t {LONG} -s {LONG}\n"),
    "a long line of commands": ("ipvsadm", "-A -t 192.0.2.1:80 " * 50_000),
    "carriage returns in rules": ("ipvsadm", "-A -t 192.0.2.1:80 -s rr\r\n-a -t 192.0.2.1:80 -r 10.0.0.1:80 -m\r\n"),
    "NULs in rules": ("ipvsadm", "-A -t 192.0.2.1:80 -s r\0\n\0\n"),
    "an endless while": ("shell", "#!/bin/sh\nwhile true; do\n  ipvsadm -Z\ndone\nipvsadm -C\n"),
    "a while without an end": ("shell", "#!/bin/sh\nwhile true; do\n  ipvsadm -Z\n"),
    "a megabyte of a script's line": ("shell", f"#!/bin/sh\necho {LONG}\nipvsadm -C\n"),
    "a megabyte of notes": ("shell", f"These are notes. {LONG}\nipvsadm -C\n"),
    "deep arithmetic": ("shell", "#!/bin/sh\necho " + "$((" * 50_000 + "\n"),
    "closed deep arithmetic": ("shell", "#!/bin/sh\nA=" + "$((" * 3_000 + "1" + "))" * 3_000 + "\n"),
    "deep parentheses in arithmetic": ("shell", "#!/bin/sh\nA=$((" + "(" * 20_000 + "1" + ")" * 20_000 + "))\n"),
    "a long sum": ("shell", "#!/bin/sh\nA=$((" + "1+" * 50_000 + "1))\nipvsadm -A -f $A\n"),
    "a number of 5,000 digits": ("shell", f"#!/bin/sh\nA=$(({'9' * 5000}+1))\necho ${{{'9' * 5000}}} {'9' * 5000}>x\n"),
    "a here-document without an end": ("shell", "#!/bin/sh\ncat > /etc/sysctl.conf <<EOF\nnet.ipv4.ip_forward = 1\n" * 2),
    "NULs in a script": ("shell", "#!/bin/sh\nipvsadm -C\0\n\0ipvsadm -C\n"),
    "carriage returns in a script": ("shell", "#!/bin/sh\r\nif true; then\r\n  ipvsadm -C\r\nfi\r\n"),
    "Latin-1 in a script": ("shell", "#!/bin/sh\n# f\udcfcr das B\udcfcro\necho \"B\udcfcro\"; ipvsadm -C\n"),
    "a megabyte of a setting": ("sysctl", f"net.ipv4.ip_forward = {LONG}\n{LONG} = 1\n{'a.' * 300_000} = 1\n"),
    "a megabyte of a route": ("iproute", "ip route add default" + " nexthop via 10.0.0.1" * 20_000 + f"\nip addr add {LONG} dev eth0\n"),
    "a megabyte of an interface": ("netfiles", f"iface {LONG} inet static\n\taddress {'1' * 5000}\n\tmtu {'1' * 5000}\nPREFIX={'1' * 5000}\nIPADDR=10.0.0.1\n" + "auto \\\n" * 10_000),
    "numbers of 5,000 digits in a listing": ("iproute", f"2: eth0: <UP> mtu {'1' * 5000} qdisc\n    inet 10.0.0.1/{'1' * 5000} scope global eth0\n100000: from all lookup {'1' * 5000}\n"),
    "deep facts": ("facts", '{"lvscompile_facts": 1, "links": ' + "[" * 100_000),
    "a megabyte of facts": ("facts", '{"lvscompile_facts": 1, "modules": [' + ",".join(['"ip_vs"'] * 50_000) + "]}"),
    "facts that are cut": ("facts", '{"lvscompile_facts": 1, "links": [{"name": "eth0", "up"'),
}  # fmt: skip


@pytest.fixture(autouse=True)
def _without_collector() -> Iterator[None]:
    """As the program runs."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.parametrize("name", BAD)
def test_a_bad_input_comes_back_with_every_line(name: str) -> None:
    language, text = BAD[name]
    for seed in range(3):  # strict or not, as a script or as notes
        start = time.process_time()
        CHECKS[language](text, random.Random(seed))
        assert time.process_time() - start < LIMIT


def test_a_hundred_thousand_rules() -> None:
    netfilter = Netfilter(4)
    events = netfilter.restore(read(scan(Source("dump", f"*filter\n:INPUT ACCEPT [0:0]\n{RULES}COMMIT\n"))))
    assert all(event.outcome is not None and event.outcome.ok for event in events)
    assert sum(1 for _ in netfilter.ruleset().rules()) == 100_000


def test_a_hundred_thousand_lines_of_ipvsadm() -> None:
    rules = read_rules(Source("rules", SERVICES))
    assert rules.outcome is not None
    assert rules.outcome.ok
    assert len(rules.table.services) == 50_000


def test_what_is_cut_is_not_in_force() -> None:
    """A table without COMMIT never was; what stands before it is."""
    text = f"{FILTER}*nat\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -j ACC"
    netfilter = Netfilter(4)
    events = netfilter.restore(read(scan(Source("dump", text))))
    assert list(netfilter.tables) == ["filter"]
    assert events[-1].outcome is not None
    assert not events[-1].outcome.ok


def test_a_loop_without_an_end_runs_its_commands_as_conditional() -> None:
    script = read_script(Source("x", BAD["an endless while"][1]))
    assert [command.argv for command in script.commands] == [("ipvsadm", "-C")]
    assert [command.argv for command in script.aside] == [("ipvsadm", "-Z")]  # type: ignore[union-attr]
