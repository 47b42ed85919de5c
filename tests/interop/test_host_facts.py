"""What `lvscompile facts` prints in a namespace is what was set there, and reads back into the same model."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import host_judge
import jsonschema
import pytest

from lvscompile.frontends.facts import looks_like_facts, read
from lvscompile.syntax.source import Source

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "lvscompile/cli/facts.schema.json").read_text())
pytestmark = [
    pytest.mark.netns,
    pytest.mark.skipif(host_judge.unavailable() is not None, reason=str(host_judge.unavailable())),
]
SCRIPT = f"""
{host_judge.SETUP}
ip addr add 10.0.0.1/24 brd + dev va0; ip addr add 10.0.0.2/24 dev va0 label va0:1; ip addr add fd00::1/64 dev va0
ip addr add 192.0.2.100/32 dev lo label lo:0
ip route add default via 10.0.0.254; ip route add local 0/0 dev lo table 100; ip route add blackhole 10.4.0.0/16 metric 7
ip route add 10.21.0.0/16 nexthop via 10.0.0.9 nexthop via 10.0.0.10 weight 2
ip rule add prio 100 fwmark 1 table 100; ip rule add prio 90 from 10.0.0.0/24 iif va1 lookup 5; ip rule add not fwmark 2/3 goto 32766
sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.va0.rp_filter=2
iptables -t mangle -A PREROUTING -d 192.0.2.100 -p tcp --dport 80 -j MARK --set-mark 1
cd {ROOT}; {sys.executable} -m lvscompile facts
"""


def test_round_trip() -> None:
    text = host_judge.run(SCRIPT)
    document = json.loads(text)
    jsonschema.validate(document, SCHEMA)
    source = Source("facts.json", text)
    assert looks_like_facts(source)
    found = read(source)
    facts = found.facts
    assert not facts.opaque
    assert facts.complete
    assert facts.hostname == document["hostname"]
    settings = {setting.key: setting.value for setting in facts.sysctls}
    assert settings["net.ipv4.ip_forward"] == "1"
    assert settings["net.ipv4.conf.va0.rp_filter"] == "2"
    assert settings == {each["key"]: each["value"] for each in document["sysctls"]}
    assert {(a.text, a.device, a.label, a.broadcast, a.secondary) for a in facts.addresses if a.family == 4} == {
        ("127.0.0.1/8", "lo", "", "", False), ("10.0.0.1/24", "va0", "", "10.0.0.255", False),
        ("10.0.0.2/24", "va0", "va0:1", "", True), ("192.0.2.100/32", "lo", "lo:0", "", False),
    }  # fmt: skip
    ways = {(r.table, r.kind, r.destination, r.hops, r.metric) for r in facts.routes if r.protocol == "boot"}
    assert ways == {
        ("main", "unicast", "0.0.0.0/0", (("10.0.0.254", "va0", 1, False),), 0),
        ("100", "local", "0.0.0.0/0", (("", "lo", 1, False),), 0),
        ("main", "blackhole", "10.4.0.0/16", (), 7),
        ("main", "unicast", "10.21.0.0/16", (("10.0.0.9", "va0", 1, False), ("10.0.0.10", "va0", 2, False)), 0),
    }
    rules = {
        (r.preference, r.action, r.table, r.source, r.iif, r.mark, r.mask, r.negated, r.target)
        for r in facts.rules
        if r.family == 4
    }
    assert (100, "lookup", "100", "", "", 1, None, False, None) in rules
    assert (90, "lookup", "5", "10.0.0.0/24", "va1", None, None, False, None) in rules
    assert (89, "goto", "", "", "", 2, 3, True, 32766) in rules
    assert {link.name: link.up for link in facts.links}["va0"] is True
    texts = dict(found.texts)
    assert "--set-xmark 0x1" in texts["iptables-save"].text
    for fact in (*facts.addresses, *facts.routes, *facts.rules):
        assert fact.origin is not None
        assert json.loads(fact.origin.text)
        assert fact.origin.source.text.splitlines()[fact.origin.line - 1].strip(", ") == fact.origin.text
