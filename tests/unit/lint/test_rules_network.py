"""5xx: addresses, networks and routes of directors."""

from __future__ import annotations

import pytest
from hosted import (
    FORWARD,
    INSIDE,
    KEEPALIVED,
    NETWORK,
    OUTSIDE,
    RULES,
    SYSCTL,
    VIP,
    Files,
    balances,
    card,
    down,
    dump,
    facts,
    log,
    script,
    shown,
    vrrp,
)
from places import Findings

AWAY = "203.0.113.11"
FAR: Files = {RULES: balances("g", AWAY)}
VIA: Files = {"etc/sysconfig/network-scripts/route-eth0": "203.0.113.0/24 via 198.51.100.1\n"}
ROUTED = ["LVS526 warning/outage lvs1 ipvsadm.rules:2"]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (FAR | card("eth0", "198.51.100.2") | VIA, ROUTED),
        ({RULES: balances("g", AWAY) + balances("g", AWAY, port=443)} | card("eth0", "198.51.100.2") | VIA, ROUTED),
        (FAR | facts(["eth0"], ["198.51.100.2/24 eth0"], routes=["0.0.0.0/0 198.51.100.1 eth0"]),
         ["LVS526 error/outage lvs1 ipvsadm.rules:2"]),
        # The default route may hide a network of which nothing is told.
        (FAR | card("eth0", "198.51.100.2", gateway="198.51.100.1"), []),
        (FAR | card("eth0", "203.0.113.2"), []),
        (FAR | card("eth0", "198.51.100.2"), []),
        (FAR | card("eth0", "198.51.100.2") | {next(iter(VIA)): "203.0.113.0/24 dev eth0\n"}, []),
        (FAR | card("eth0", "198.51.100.2") | VIA | {KEEPALIVED: "static_routes {\n    203.0.113.11 dev eth0\n}\n"}, []),
        (FAR | card("eth0", "198.51.100.2") | VIA | script("ip rule add lookup 9", "ip route add 203.0.113.0/24 dev eth5 table 9"), []),
        (FAR | card("eth0", "198.51.100.2") | VIA | script("ip rule add lookup 9"), []),
        ({RULES: balances("g", AWAY) + f"-a -t {VIP}:80 -r 203.0.113.12:80 -g -w 1\n"} | card("eth0", "198.51.100.2") | VIA,
         ["LVS526 warning/outage lvs1 ipvsadm.rules:3"]),
        (FAR | card("eth0", "198.51.100.2") | {next(iter(VIA)): "blackhole 203.0.113.0/24\n"}, []),
        ({RULES: balances("i", AWAY)} | card("eth0", "198.51.100.2") | VIA, []),
        ({RULES: balances("m", AWAY)} | card("eth0", "198.51.100.2") | VIA, []),
        ({RULES: balances("g", "[2001:db8::11]", vip="[2001:db8::10]")} | card("eth0", "198.51.100.2") | VIA, []),
    ],
)  # fmt: skip
def test_behind_a_router(findings: Findings, files: Files, expected: list[str]) -> None:
    assert shown(findings(lvs1=files), "LVS526") == expected


ARM = card("eth1", "192.0.2.2") | card("eth1:0", VIP)
NAT1: Files = {RULES: balances("m", OUTSIDE)}
TRACKED: Files = {SYSCTL: "net.ipv4.vs.conntrack = 1\n"}
MASQUERADE = dump("nat", "-A POSTROUTING -d 192.0.2.11 -j SNAT --to-source 192.0.2.2", chain="POSTROUTING")
NEAR = ["LVS527 info/none lvs1 ipvsadm.rules:1"]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (NAT1 | ARM, NEAR),
        (NAT1 | {KEEPALIVED: vrrp()} | card("eth1", "192.0.2.2"), NEAR),
        ({RULES: balances("m", OUTSIDE) + balances("m", OUTSIDE, port=443)} | ARM, NEAR),
        (NAT1 | ARM | TRACKED | MASQUERADE, []),
        (NAT1 | ARM | MASQUERADE, NEAR),
        (NAT1, []),
        ({RULES: f"-A -f 1 -s wlc\n-a -f 1 -r {OUTSIDE} -m -w 1\n"} | ARM, []),
        ({RULES: balances("m", "[2001:db8::11]", vip="[2001:db8::10]")} | script("ip addr add 2001:db8::1/64 dev eth1"), NEAR),
        ({RULES: balances("g", OUTSIDE)} | ARM, []),
        ({RULES: balances()} | ARM | card("eth0", "198.51.100.2"), []),
        # Two networks on one interface.
        ({RULES: balances()} | ARM | card("eth1:1", "198.51.100.2"), []),
        ({RULES: balances("m", "192.0.2.99")} | card("eth1", "192.0.2.2", "255.255.255.192")
         | card("eth1:0", VIP, "255.255.255.192") | card("eth1:1", "192.0.2.65", "255.255.255.192") | card("eth2", "10.0.0.1", "255.255.0.0"), []),
    ],
)  # fmt: skip
def test_clients_among_the_servers(findings: Findings, files: Files, expected: list[str]) -> None:
    assert shown(findings(lvs1=files), "LVS527") == expected


TWO = card("eth0", "198.51.100.2") | card("eth1", "192.0.2.2")


def runs(*addresses: str, interface: str = "eth0", more: str = "") -> Files:
    return {KEEPALIVED: vrrp(*addresses, interface=interface, more=more)}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (TWO | runs(VIP), ["LVS528 warning/latent lvs1 keepalived.conf:6"]),
        (TWO | runs(f"{VIP}/24"), ["LVS528 warning/latent lvs1 keepalived.conf:6"]),
        (TWO | runs(f"{VIP}/24 dev eth0"), ["LVS528 warning/latent lvs1 keepalived.conf:6"]),
        (TWO | runs(VIP) | {SYSCTL: "net.ipv4.conf.eth1.arp_ignore = 1\n"}, ["LVS528 error/outage lvs1 keepalived.conf:6"]),
        (TWO | runs(VIP) | {SYSCTL: "net.ipv4.conf.eth0.arp_ignore = 1\n"}, ["LVS528 warning/latent lvs1 keepalived.conf:6"]),
        (TWO | runs("198.51.100.9/24", more=f"    virtual_ipaddress_excluded {{\n        {VIP}\n    }}\n"),
         ["LVS528 warning/latent lvs1 keepalived.conf:6"]),
        (TWO | runs(f"{VIP}/24 dev eth1"), []),
        (TWO | runs(VIP, interface="eth1"), []),
        (TWO | runs("198.51.100.9"), []),
        (TWO | runs("203.0.113.9"), []),
        (TWO | card("eth0:1", "192.0.2.3") | runs(VIP), []),
        (TWO | card("eth0:1", "192.0.2.3") | runs(VIP, interface="eth1"), []),
        (card("eth1", "192.0.2.2") | runs(VIP), []),
        (card("eth0", "198.51.100.2", "255.255.255.255") | card("eth1", "192.0.2.2") | runs(VIP), []),
        (card("eth0", "198.51.100.2") | runs(VIP), []),
        (TWO | runs("2001:db8::10/64"), []),
        (TWO | runs("2001:db8::10/64") | script("ip addr add 2001:db8::2/64 dev eth1"), []),
        (TWO | {KEEPALIVED: vrrp(VIP).replace("    interface eth1\n", "")}, []),
    ],
)  # fmt: skip
def test_segment(findings: Findings, files: Files, expected: list[str]) -> None:
    assert shown(findings(lvs1=files), "LVS528") == expected


@pytest.mark.parametrize(
    ("settings", "word"), [("", "are not told when it moves"), ("arp_ignore = 1", "do not find it at all")]
)
def test_words_of_segments(findings: Findings, settings: str, word: str) -> None:
    sysctl = {SYSCTL: f"net.ipv4.conf.all.{settings}\n" if settings else FORWARD}
    assert [word in f.message for f in findings(lvs1=TWO | runs(VIP) | sysctl) if f.code == "LVS528"] == [True]


STATIC = card("eth1:0", VIP)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (runs(interface="eth1") | STATIC, ["LVS529 warning/latent lvs1 ifcfg-eth1:0:2"]),
        (runs(interface="eth1") | script(f"ip addr add {VIP}/24 dev eth1"), ["LVS529 warning/latent lvs1 rc.local:2"]),
        (runs(interface="eth1") | down(STATIC), []),
        (runs(interface="eth1") | log(f"ip addr add {VIP}/24 dev eth1"), []),
        (runs(interface="eth1") | facts(["eth1"], [f"{VIP}/24 eth1"]), []),
        (runs(interface="eth1") | script(f"ip addr add {VIP}/32 dev lo"), []),
        (runs(interface="eth1") | card("eth1", "192.0.2.2"), []),
        (runs("192.0.2.77/24", interface="eth1", more=f"    virtual_ipaddress_excluded {{\n        {VIP}\n    }}\n") | STATIC,
         ["LVS529 warning/latent lvs1 ifcfg-eth1:0:2"]),
        ({KEEPALIVED: vrrp(priority=255)} | STATIC, []),
    ],
)  # fmt: skip
def test_static(findings: Findings, files: Files, expected: list[str]) -> None:
    assert shown(findings(lvs1=files), "LVS529") == expected


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (script(f"ip addr add {VIP}/24 dev eth1"), ["LVS529 error/split lvs1 rc.local:2"]),
        (STATIC, ["LVS529 warning/latent lvs1 ifcfg-eth1:0:2"]),
    ],
)
def test_static_with_a_peer(findings: Findings, files: Files, expected: list[str]) -> None:
    found = findings(lvs1=runs(interface="eth1") | files, lvs2={KEEPALIVED: vrrp(priority=100)})
    assert shown(found, "LVS529") == expected
    assert [("this script runs" in f.message) == (f.effect == "split") for f in found if f.code == "LVS529"] == [True]


NAT: Files = {RULES: balances()}
NOWHERE = ["LVS530 warning/outage lvs1 ipvsadm.rules:1"]
OUTER = card("eth1", "192.0.2.2")


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (NAT | OUTER, NOWHERE),
        ({RULES: balances() + balances(port=443)} | OUTER, NOWHERE),
        (NAT | {"etc/network/interfaces": "auto eth1\niface eth1 inet static\n  address 192.0.2.2/24\n"}, NOWHERE),
        (NAT | facts(["eth1"], ["198.51.100.2/24 eth1"]), NOWHERE),
        (NAT | OUTER | STATIC, []),
        (NAT | OUTER | script(f"ip addr add {VIP}/32 dev eth1"), []),
        (NAT | OUTER | {KEEPALIVED: vrrp()}, []),
        (NAT | OUTER | {KEEPALIVED: f"static_ipaddress {{\n    {VIP}/24 dev eth1\n}}\n"}, []),
        (NAT | OUTER | {KEEPALIVED: f"static_routes {{\n    {VIP}/32 dev eth1\n}}\n"}, NOWHERE),
        ({RULES: f"-A -f 1 -s wlc\n-a -f 1 -r {INSIDE} -m -w 1\n"} | facts(["eth1"], ["198.51.100.2/24 eth1"]), []),
        (NAT | OUTER | script(f"ip route add local {VIP} dev lo"), []),
        (NAT | OUTER | script("ip route add local 192.0.2.8/29 dev lo"), []),
        (NAT | OUTER | script("ip rule add fwmark 1 lookup 100", "ip route add local default dev lo table 100"), []),
        # The address may stand where nothing is told of.
        (NAT | card("eth0", "198.51.100.2"), []),
        (NAT | log("ip addr add 192.0.2.2/24 dev eth1"), []),
        (NAT, []),
        (NAT | OUTER | script("/usr/local/bin/addresses start"), []),
        (NAT | OUTER | script("service heartbeat start"), []),
        (NAT | OUTER | script("service sshd start"), NOWHERE),
        (NAT | OUTER | {KEEPALIVED: vrrp("192.0.2.77/24", more='    notify "/etc/keepalived/move"\n')}, []),
        (NAT | OUTER | {KEEPALIVED: "include other.conf\n"}, []),
        ({RULES: f"-A -f 1 -s wlc\n-a -f 1 -r {INSIDE} -m -w 1\n"} | OUTER, []),
    ],
)
def test_nowhere(findings: Findings, files: Files, expected: list[str]) -> None:
    assert shown(findings(lvs1=files), "LVS530") == expected


HOST = card("eth0", "198.51.100.2")


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (card("eth0", "198.51.100.2", gateway="203.0.113.1"), ["LVS531 warning/outage lvs1 ifcfg-eth0:4"]),
        (HOST | {NETWORK: "GATEWAY=203.0.113.1\n"}, ["LVS531 warning/outage lvs1 network:1"]),
        (HOST | {NETWORK: "GATEWAY=203.0.113.1\n", "etc/network/interfaces": "auto lo\niface lo inet loopback\n"},
         ["LVS531 warning/outage lvs1 network:1"]),
        (HOST | {next(iter(VIA)): "192.0.2.0/24 via 203.0.113.1\n"}, ["LVS531 warning/outage lvs1 route-eth0:1"]),
        ({"etc/network/interfaces": "auto eth0\niface eth0 inet static\n  address 198.51.100.2/24\n  gateway 203.0.113.1\n"},
         ["LVS531 warning/outage lvs1 interfaces:4"]),
        (card("eth0", "198.51.100.2", gateway="198.51.100.1"), []),
        (card("eth0", "198.51.100.2", gateway="203.0.113.1") | card("eth1", "203.0.113.2"), []),
        (card("eth0", "198.51.100.2", "255.255.255.255", "198.51.100.1"), []),
        (card("eth0", "198.51.100.2", gateway="203.0.113.1") | {"etc/sysconfig/network-scripts/ifcfg-eth1": "DEVICE=eth1\n"},
         ["LVS531 warning/outage lvs1 ifcfg-eth0:4"]),
        (HOST | {NETWORK: "GATEWAY=203.0.113.1\n"} | {"etc/sysconfig/network-scripts/ifcfg-eth1": "DEVICE=eth1\n"}, []),
        (HOST | {next(iter(VIA)): "192.0.2.0/24 via 203.0.113.1 onlink\n"}, []),
        (HOST | {next(iter(VIA)): "203.0.113.1 dev eth0\n192.0.2.0/24 via 203.0.113.1\n"}, []),
        (HOST | {next(iter(VIA)): "192.0.2.0/24 dev eth0\n"}, []),
        (HOST | script("ip addr add 10.0.0.1 peer 10.0.0.2 dev eth0") | {NETWORK: "GATEWAY=203.0.113.1\n"}, []),
        (HOST | script("ip route add default via 203.0.113.1"), []),
        ({NETWORK: "GATEWAY=203.0.113.1\n"}, []),
        (HOST | {NETWORK: "GATEWAY=198.51.100.2\n"}, []),
        (HOST | {"etc/sysconfig/network-scripts/route6-eth0": "2001:db8::/32 via 2001:db8:1::1\n"}, []),
    ],
)  # fmt: skip
def test_route_to_nowhere(findings: Findings, files: Files, expected: list[str]) -> None:
    assert shown(findings(lvs1=files), "LVS531") == expected


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (HOST, HOST, ["LVS532 warning/split lvs2 ifcfg-eth0:2"]),
        (HOST, script("ip addr add 198.51.100.2/24 dev bond0"), ["LVS532 warning/split lvs2 rc.local:2"]),
        (HOST, card("eth0", "198.51.100.3"), []),
        (HOST, down(HOST), []),
        (down(HOST), HOST, []),
        (HOST, script("ip addr add 198.51.100.2/32 dev lo"), []),
        (HOST, log("ip addr add 198.51.100.2/24 dev eth0"), []),
        (log("ip addr add 198.51.100.2/24 dev eth0"), HOST, []),
        (card("docker0", "172.17.0.1", "255.255.0.0"), card("docker0", "172.17.0.1", "255.255.0.0"), []),
        (HOST | {RULES: balances(vip="198.51.100.2")}, HOST, []),
        (HOST, HOST | {KEEPALIVED: vrrp("198.51.100.2/24")}, []),
        ({KEEPALIVED: vrrp("198.51.100.2/24")}, HOST, []),
        ({SYSCTL: FORWARD}, HOST, []),
    ],
)
def test_duplicate(findings: Findings, first: Files, second: Files, expected: list[str]) -> None:
    assert shown(findings(lvs1=first, lvs2=second), "LVS532") == expected


@pytest.mark.parametrize(
    ("route", "word"),
    [
        ({NETWORK: "GATEWAY=203.0.113.1\n"}, "the world"),
        (dict.fromkeys(VIA, "192.0.2.0/24 via 203.0.113.1\n"), "192.0.2.0/24"),
    ],
)
def test_words_of_routes(findings: Findings, route: Files, word: str) -> None:
    assert [f"to {word} does" in f.message for f in findings(lvs1=HOST | route) if f.code == "LVS531"] == [True]


UNKNOWN = ["LVS533 error/outage lvs1 keepalived.conf:2"]


@pytest.mark.parametrize(
    ("files", "expected", "word"),
    [
        (facts(["lo", "eth0", "eth1"]) | runs(interface="eth9"), UNKNOWN, "does not start"),
        (facts(["eth0"]) | {KEEPALIVED: "global_defs {\n    dynamic_interfaces\n}\n" + vrrp(interface="eth9")},
         ["LVS533 error/outage lvs1 keepalived.conf:5"], "FAULT"),
        (facts(["lo", "eth0", "eth1"]) | runs(interface="eth1"), [], ""),
        (facts(["lo", "eth0"]) | runs(interface="eth9", more="    use_vmac\n"), [], ""),
        (card("eth0", "198.51.100.2") | runs(interface="eth9"), [], ""),
        (facts(["eth0"]) | {KEEPALIVED: vrrp().replace("    interface eth1\n", "")}, [], ""),
    ],
)  # fmt: skip
def test_interface(findings: Findings, files: Files, expected: list[str], word: str) -> None:
    found = findings(lvs1=files)
    assert shown(found, "LVS533") == expected
    assert all(word in f.message and "lo, " not in f.help for f in found if f.code == "LVS533")
