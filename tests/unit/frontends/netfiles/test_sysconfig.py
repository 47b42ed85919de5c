from __future__ import annotations

import pytest

from lvscompile.frontends.netfiles import ifcfg, keepalived_options, network, route_file, rule_file
from lvscompile.ir.host import NextHop
from lvscompile.syntax.source import Source


def test_ifcfg() -> None:
    text = (
        "# first\nDEVICE=eth1\nBOOTPROTO=none\nONBOOT=yes\nIPADDR=192.168.10.11\nNETMASK=255.255.255.0\n"
        "IPADDR2='192.168.10.100'\nPREFIX2=32\nGATEWAY=\"192.168.10.1\"\nMTU=1400\nHWADDR=00:0C:29:AA:BB:CC\nODD=1\nnonsense\n"
        "IPV6ADDR=fd00::1/64\n"
    )
    found = ifcfg(Source("ifcfg-eth1", text), "eth1")
    facts = found.facts
    assert [(a.text, a.device, a.label, a.persistent) for a in facts.addresses] == [
        ("192.168.10.11/24", "eth1", "", True), ("192.168.10.100/32", "eth1", "", True), ("fd00::1/64", "eth1", "", True),
    ]  # fmt: skip
    assert [(r.destination, r.hops) for r in facts.routes] == [("0.0.0.0/0", (NextHop("192.168.10.1", "eth1"),))]
    assert [(link.name, link.mtu, link.mac, link.up) for link in facts.links] == [
        ("eth1", 1400, "00:0c:29:aa:bb:cc", True)
    ]
    assert [kept.text for kept in facts.opaque] == ["nonsense\n", "ODD=1\n"] or [k.text for k in facts.opaque] == [
        "ODD=1\n",
        "nonsense\n",
    ]
    assert found.understood == text.count("\n") - 2


def test_an_alias_and_what_does_not_come_up() -> None:
    found = ifcfg(
        Source("ifcfg-lo:0", "DEVICE=lo:0\nIPADDR=192.0.2.100\nNETMASK=255.255.255.255\nONBOOT=no\n"), "lo:0"
    ).facts
    assert [(a.text, a.device, a.label, a.persistent) for a in found.addresses] == [
        ("192.0.2.100/32", "lo", "lo:0", False)
    ]
    assert not found.links


def test_without_a_mask_the_class_decides() -> None:
    found = ifcfg(Source("ifcfg-eth0", "IPADDR=10.0.0.1\n"), "eth0").facts
    assert [a.text for a in found.addresses] == ["10.0.0.1/8"]
    wrong = ifcfg(Source("ifcfg-eth0", "IPADDR=10.0.0.300\n"), "eth0").facts
    assert not wrong.addresses
    assert len(wrong.opaque) == 1


def test_network() -> None:
    found = network(Source("network", "NETWORKING=yes\nHOSTNAME=lvs1\nGATEWAY=10.0.0.254\nFORWARD_IPV4=yes\n")).facts
    assert found.hostname == "lvs1"
    assert [(r.via, r.persistent) for r in found.routes] == [("10.0.0.254", True)]
    assert [(s.key, s.value, s.persistent) for s in found.sysctls] == [("net.ipv4.ip_forward", "1", True)]
    assert len(network(Source("network", "GATEWAY=here\n")).facts.opaque) == 1


@pytest.mark.parametrize(
    "text",
    [
        "10.5.0.0/16 via 10.0.0.2\n",
        "ADDRESS0=10.5.0.0\nNETMASK0=255.255.0.0\nGATEWAY0=10.0.0.2\n",
        "10.5.0.0/16 via 10.0.0.2 dev eth0\n# end\n",
    ],
)
def test_route_files(text: str) -> None:
    found = route_file(Source("route-eth0", text), "eth0").facts
    assert [(r.destination, r.hops, r.persistent) for r in found.routes] == [
        ("10.5.0.0/16", (NextHop("10.0.0.2", "eth0"),), True)
    ]
    assert not found.opaque


def test_route_files_keep_the_rest() -> None:
    found = route_file(
        Source("route-eth0", "what is this\nlocal 0/0 dev lo table 100\nODD=1\nGATEWAY7=10.0.0.1\n"), "eth0"
    ).facts
    assert [(r.kind, r.device, r.table) for r in found.routes] == [("local", "lo", "100")]
    assert len(found.opaque) == 3


def test_rule_files() -> None:
    found = rule_file(Source("rule-eth0", "# a rule\nprio 100 fwmark 1 table 100\nnonsense\n")).facts
    assert [(r.preference, r.mark, r.table, r.persistent) for r in found.rules] == [(100, 1, "100", True)]
    assert [kept.text for kept in found.opaque] == ["nonsense\n"]


def test_options_of_keepalived() -> None:
    found = keepalived_options(
        Source("keepalived", '# Options\nKEEPALIVED_OPTIONS="-D"\nKEEPALIVED_OPTIONS="-D -C -P"\nother\n')
    )
    assert [(o.variable, o.words, o.persistent) for o in found.facts.keepalived] == [
        ("KEEPALIVED_OPTIONS", ("-D", "-C", "-P"), True)
    ]
    assert found.facts.keepalived[0].origin.line == 3
    assert [kept.text for kept in found.facts.opaque] == ["other\n"]
    assert keepalived_options(Source("keepalived", "DAEMON_ARGS=-P\n")).facts.keepalived[0].words == ("-P",)
