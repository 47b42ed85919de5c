from __future__ import annotations

import json
from typing import Any

import pytest

from lvscompile.frontends.facts import looks_like_facts, read
from lvscompile.syntax.source import InputError, Source

GOOD: dict[str, Any] = {
    "lvscompile_facts": 1, "hostname": "lvs1", "kernel": "6.1.0",
    "sysctls": [{"key": "net.ipv4.ip_forward", "value": "1"}, {"key": 5, "value": "1"}, "x"],
    "links": [{"name": "eth0", "up": True}, {"up": True}],
    "addresses": [{"family": 4, "address": "10.0.0.1", "prefix": 24, "device": "eth0"}, {"family": 5, "address": "x", "prefix": 1, "device": "y"}],
    "routes": [{"family": 4, "type": "unicast", "destination": "0.0.0.0/0", "table": "main", "hops": [{"via": "10.0.0.254"}]},
               {"family": 4, "type": "unicast", "destination": "default", "table": "main"}],
    "rules": [{"family": 4, "preference": 9, "action": "lookup", "mark": "0x1"}, {"family": 4, "preference": True, "action": "x"}],
    "modules": ["ip_vs", 7],
    "keepalived": {"version": "2.2.7", "running": ["/usr/sbin/keepalived -D -P", ""]},
    "ipvs": {"ipvsadm-save": ["-A -t 192.0.2.1:80 -s rr"], "bad": 7}, "filters": {"nft": []},
    "missing": [{"what": "modules", "why": "no such file"}, 3], "later": {"new": 1},
}  # fmt: skip


def test_reading_keeps_what_is_wrong() -> None:
    text = json.dumps(GOOD, indent=1)
    found = read(Source("facts.json", text))
    facts = found.facts
    assert (facts.hostname, facts.kernel, facts.keepalived_version, facts.complete) == ("lvs1", "6.1.0", "2.2.7", True)
    assert [(s.key, s.value, s.persistent) for s in facts.sysctls] == [("net.ipv4.ip_forward", "1", False)]
    assert [a.text for a in facts.addresses] == ["10.0.0.1/24"]
    assert [r.via for r in facts.routes] == ["10.0.0.254"]
    assert [r.mark for r in facts.rules] == [1]
    assert [m.name for m in facts.modules] == ["ip_vs"]
    assert [o.words for o in facts.keepalived] == [("-D", "-P")]
    assert facts.missing == (("modules", "no such file"),)
    assert len(facts.opaque) == 8
    assert {name: source.text for name, source in found.texts} == {
        "ipvsadm-save": "-A -t 192.0.2.1:80 -s rr\n",
        "nft": "",
    }
    origin = facts.addresses[0].origin
    assert origin is not None
    assert json.loads(origin.text)["address"] == "10.0.0.1"


@pytest.mark.parametrize(("key", "item"), [
    ("addresses", {"family": 4, "address": "10.0.0.1", "prefix": 33, "device": "eth0"}),
    ("addresses", {"family": 4, "address": "10.0.0.1", "prefix": -1, "device": "eth0"}),
    ("addresses", {"family": 4, "address": "10.00.1.", "prefix": 24, "device": "eth0"}),
    ("addresses", {"family": 6, "address": "10.0.0.1", "prefix": 24, "device": "eth0"}),
    ("addresses", {"family": 4, "address": "10.0.0.1", "prefix": 24, "device": "eth0", "peer": "x"}),
    ("routes", {"family": 4, "type": "unicast", "destination": "0.0.0.0/0", "table": "main", "hops": [{"via": "x"}]}),
    ("routes", {"family": 4, "type": "unicast", "destination": "10.0.0.0/64", "table": "main"}),
    ("routes", {"family": 4, "type": "unicast", "destination": "10.0.0.0", "table": "main"}),
    ("routes", {"family": 4, "type": "unicast", "destination": "fd00::/8", "table": "main"}),
])  # fmt: skip
def test_what_no_kernel_holds_is_kept(key: str, item: dict[str, Any]) -> None:
    facts = read(Source("facts.json", json.dumps({"lvscompile_facts": 1, key: [item]}))).facts
    assert (facts.addresses, facts.routes) == ((), ())
    assert [json.loads(kept.text) for kept in facts.opaque] == [item]


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"lvscompile_facts": 2}', '{"lvscompile_facts": 1', '{"lvscompile_facts": 1,}x', "[" * 100_000,
                                  '{"lvscompile_facts": ' + "[" * 100_000])  # fmt: skip
def test_what_is_no_such_json(text: str) -> None:
    with pytest.raises(InputError):
        read(Source("facts.json", text))


def test_recognition() -> None:
    assert looks_like_facts(Source("x", json.dumps(GOOD)))
    assert not looks_like_facts(Source("x", "{}"))
    assert not looks_like_facts(Source("x", "global_defs {\n}\n"))
