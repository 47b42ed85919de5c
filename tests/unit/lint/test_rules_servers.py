"""5xx: how real servers are attached."""

from __future__ import annotations

import pytest
from hosted import (
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
    script,
    shown,
    vrrp,
)
from places import Findings

DR: Files = {RULES: balances("g", OUTSIDE)}
TUN: Files = {RULES: balances("i", OUTSIDE)}
SERVER = card("eth0", OUTSIDE)
EMPTY = dump("filter")


def added(address: str, device: str, *more: str) -> Files:
    return script(f"ip addr add {address} dev {device}", *more)


@pytest.mark.parametrize(
    ("director", "web", "expected"),
    [
        (DR, SERVER | added(f"{VIP}/24", "lo"), ["LVS520 error/outage web1 rc.local:2"]),
        (TUN, SERVER | added(f"{VIP}/24", "lo"), ["LVS520 error/outage web1 rc.local:2"]),
        (DR, SERVER | script(f"ifconfig lo:0 {VIP} netmask 255.255.255.0 up"), ["LVS520 error/outage web1 rc.local:2"]),
        ({RULES: balances("g")}, card("eth0", INSIDE, gateway="192.0.2.1") | added(f"{VIP}/24", "lo"),
         ["LVS520 error/outage web1 rc.local:2"]),
        ({RULES: balances("g")}, card("eth0", INSIDE, gateway="198.51.100.1") | added(f"{VIP}/24", "lo"),
         ["LVS520 warning/outage web1 rc.local:2"]),
        (DR, SERVER | added(f"{VIP}/32", "lo"), []),
        ({RULES: balances("g")}, card("eth0", INSIDE)
         | added(f"{VIP}/24", "lo", "ip route add 203.0.113.0/24 dev eth0", "ip -6 route add default via 2001:db8::1"),
         ["LVS520 warning/outage web1 rc.local:2"]),
        (DR, SERVER | added(f"{VIP}/24", "dummy0"), []),
        ({RULES: balances("m", OUTSIDE)}, SERVER | added(f"{VIP}/24", "lo"), []),
        ({RULES: balances("g", OUTSIDE, vip="192.0.2.77")}, SERVER | added(f"{VIP}/24", "lo"), []),
        ({RULES: balances("g", OUTSIDE) + balances("g", OUTSIDE, port=443)}, SERVER | added(f"{VIP}/24", "lo"),
         ["LVS520 error/outage web1 rc.local:2"]),
        (DR, facts(["lo", "eth0"], [f"{OUTSIDE}/24 eth0", f"{VIP}/24 lo"]), ["LVS520 error/outage web1 facts.json:9"]),
    ],
)  # fmt: skip
def test_mask_on_lo(findings: Findings, director: Files, web: Files, expected: list[str]) -> None:
    assert shown(findings(lvs1=director, web1=web), "LVS520") == expected


WIRE = ["LVS521 warning/outage web1 rc.local:2"]


@pytest.mark.parametrize(
    ("director", "web", "expected"),
    [
        (DR, SERVER | added(f"{VIP}/24", "eth0"), WIRE),
        (DR, SERVER | added(f"{VIP}/32", "eth0"), WIRE),
        (DR, SERVER | down(card("eth0:0", VIP)), []),
        ({RULES: balances("g", "[2001:db8::11]", vip="[2001:db8::10]")}, SERVER
         | added("2001:db8::11/64", "eth0", "ip addr add 2001:db8::10/64 dev eth0"), []),
        (TUN, SERVER | added(f"{VIP}/32", "eth0"), WIRE),
        (DR, SERVER | added(f"{VIP}/32", "eth0") | {SYSCTL: "net.ipv4.conf.all.arp_ignore = 2\n"}, WIRE),
        (DR, SERVER | added(f"{VIP}/32", "eth0") | {SYSCTL: "net.ipv4.conf.all.arp_ignore = 3\n"}, []),
        (DR, SERVER | added(f"{VIP}/32", "eth0", "ip link set eth0 arp off"), []),
        (DR, SERVER | added(f"{VIP}/32", "eth0", "ip link set eth1 arp off"), WIRE),
        (DR, SERVER | added(f"{VIP}/32", "eth0", f"arptables -A INPUT -d {VIP} -j DROP"), []),
        (DR, SERVER | added(f"{VIP}/32", "eth0", "service arptables_jf start"), []),
        (DR, SERVER | added(f"{VIP}/32", "lo"), []),
        ({RULES: balances("m", OUTSIDE)}, SERVER | added(f"{VIP}/32", "eth0"), []),
        # In another network nobody asks for it.
        ({RULES: balances("g")}, card("eth0", INSIDE) | added(f"{VIP}/32", "eth0"), []),
        ({RULES: balances("g")} | card("eth0", "198.51.100.2") | card("eth1", "192.0.2.2"),
         card("eth0", INSIDE) | added(f"{VIP}/32", "eth0"), []),
        ({RULES: balances("g")} | card("eth0", "198.51.100.2") | card("eth0:0", VIP, "255.255.255.255"),
         card("eth0", INSIDE) | added(f"{VIP}/32", "eth0"), WIRE),
        # A director that balances the same address, or holds it by VRRP.
        (DR, SERVER | added(f"{VIP}/32", "eth0") | {RULES: balances("g", "192.0.2.12")}, []),
        (DR, SERVER | added(f"{VIP}/32", "eth0") | {KEEPALIVED: vrrp()}, []),
    ],
)  # fmt: skip
def test_on_the_wire(findings: Findings, director: Files, web: Files, expected: list[str]) -> None:
    assert shown(findings(lvs1=director, web1=web), "LVS521") == expected


REDIRECT = dump("nat", f"-A PREROUTING -d {VIP} -j REDIRECT", chain="PREROUTING")
REFUSES = ["LVS522 warning/outage web1 ifcfg-eth0:2"]


@pytest.mark.parametrize(
    ("director", "web", "expected"),
    [
        (DR, SERVER | EMPTY, REFUSES),
        (TUN, SERVER | EMPTY, REFUSES),
        ({RULES: balances("g", OUTSIDE) + balances("g", OUTSIDE, port=443)}, SERVER | EMPTY, REFUSES),
        (DR, SERVER | dump("nat", "-A PREROUTING -d 192.0.2.77 -j REDIRECT", chain="PREROUTING"), REFUSES),
        (DR, SERVER | dump("nat", "-A PREROUTING -p udp -j REDIRECT", chain="PREROUTING"), REFUSES),
        (DR, SERVER | REDIRECT, []),
        (DR, SERVER | dump("nat", "-A PREROUTING -d 192.0.2.0/24 -j REDIRECT", chain="PREROUTING"), []),
        (DR, SERVER | dump("nat", "-A PREROUTING -m magic --word 1 -j REDIRECT", chain="PREROUTING"), []),
        (DR, SERVER | dump("mangle", f"-A PREROUTING -d {VIP} -p tcp -j TPROXY --on-port 1", chain="PREROUTING"), []),
        (DR, SERVER | EMPTY | added(f"{VIP}/32", "lo"), []),
        (DR, SERVER | EMPTY | added("192.0.2.0/28", "lo"), []),
        (DR, SERVER | EMPTY | script(f"ip route add local {VIP} dev lo"), []),
        (
            DR,
            SERVER | EMPTY | script("ip rule add fwmark 1 lookup 100", "ip route add local default dev lo table 100"),
            [],
        ),
        (DR, SERVER, []),
        (DR, EMPTY, []),
        (
            {RULES: f"-A -t {VIP}:0 -s wlc -p 300\n-a -t {VIP}:0 -r {OUTSIDE}:0 -g -w 1\n"},
            SERVER | dump("nat", "-A PREROUTING -p tcp -m tcp --dport 80 -j REDIRECT", chain="PREROUTING"),
            [],
        ),
        (DR, SERVER | dump("nat", "-A PREROUTING -p tcp -m tcp --dport 81 -j REDIRECT", chain="PREROUTING"), REFUSES),
        (DR, SERVER | EMPTY | {KEEPALIVED: vrrp("192.0.2.77/24")}, []),
        ({RULES: balances("m", OUTSIDE)}, SERVER | EMPTY, []),
        ({RULES: f"-A -f 1 -s wlc\n-a -f 1 -r {OUTSIDE} -g -w 1\n"}, SERVER | EMPTY, []),
    ],
)
def test_refused(findings: Findings, director: Files, web: Files, expected: list[str]) -> None:
    assert shown(findings(lvs1=director, web1=web), "LVS522") == expected


def test_refused_by_each_director(findings: Findings) -> None:
    assert shown(findings(lvs1=DR, lvs2=DR, web1=SERVER | EMPTY), "LVS522") == REFUSES


def test_refused_for_certain(findings: Findings) -> None:
    web = facts(["lo", "eth0"], [f"{OUTSIDE}/24 eth0"])
    assert shown(findings(lvs1=DR, web1=web | EMPTY), "LVS522") == ["LVS522 error/outage web1 facts.json:8"]


def test_refused_in_words(findings: Findings) -> None:
    found = next(f for f in findings(lvs1=DR, web1=SERVER | EMPTY) if f.code == "LVS522")
    assert found.help.startswith(f"`ip addr add {VIP}/32 dev lo`, with arp_ignore 1")
    assert "or `iptables -t nat" in found.help


def test_refused_ipv6(findings: Findings) -> None:
    six = {RULES: balances("g", "[2001:db8::11]", vip="[2001:db8::10]")}
    web = facts(["lo", "eth0"], ["2001:db8::11/64 eth0"]) | {"etc/sysconfig/ip6tables": EMPTY["etc/sysconfig/iptables"]}
    found = [f for f in findings(lvs1=six, web1=web) if f.code == "LVS522"]
    assert [(f.severity, f.help.partition(",")[0]) for f in found] == [
        ("error", "`ip addr add 2001:db8::10/128 dev lo`")
    ]
    assert "arp_ignore" not in found[0].help
    assert "ip6tables" in found[0].help


def server(*links: str) -> Files:
    return facts(["lo", "eth0", *links], [f"{OUTSIDE}/24 eth0"])


@pytest.mark.parametrize(("links", "word"), [((), "no interface of this"), (("tunl0 down",), "tunl0 is down")])
def test_words_of_tunnels(findings: Findings, links: tuple[str, ...], word: str) -> None:
    assert [word in f.message for f in findings(lvs1=TUN, web1=server(*links)) if f.code == "LVS523"] == [True]


@pytest.mark.parametrize(("gateway", "word"), [("192.0.2.1", "192.0.2.11 and its"), ("198.51.100.1", "host itself")])
def test_words_of_masks(findings: Findings, gateway: str, word: str) -> None:
    lo = added(f"{VIP}/24", "lo")
    web = SERVER if gateway.startswith("192") else card("eth0", INSIDE)
    director = DR if gateway.startswith("192") else {RULES: balances("g")}
    found = next(f for f in findings(lvs1=director, web1=web | lo) if f.code == "LVS520")
    assert word in found.message
    assert ("neighbours" in found.message) == (found.severity == "error")


@pytest.mark.parametrize(
    ("director", "web", "expected"),
    [
        (TUN, server(), ["LVS523 error/outage web1 facts.json:8"]),
        (TUN, server("tunl0 down"), ["LVS523 error/outage web1 facts.json:6"]),
        (TUN, server("tunl0"), []),
        (TUN, {"facts.json": server("t1")["facts.json"].replace('"t1"', '"t1", "kind": "ipip"')}, []),
        (TUN, {"facts.json": server("tunl0 down", "t1")["facts.json"].replace('"t1"', '"t1", "kind": "ipip"')}, []),
        (TUN, SERVER | script("ip link set eth0 up"), []),
        (DR, server(), []),
        ({RULES: TUN[RULES].rstrip() + " --tun-type gre\n"}, server(), []),
        ({RULES: TUN[RULES] + balances("i", OUTSIDE, port=443)}, server(), ["LVS523 error/outage web1 facts.json:8"]),
        (TUN, facts(["eth0"], [f"{VIP}/32 lo"]) | REDIRECT, []),
    ],
)
def test_tunnel(findings: Findings, director: Files, web: Files, expected: list[str]) -> None:
    assert shown(findings(lvs1=director, web1=web), "LVS523") == expected


# Gateways of masqueraded servers.

NAT: Files = {RULES: balances()}
DIRECTOR = NAT | card("eth0", "198.51.100.2")
MASQUERADE = dump("nat", "-A POSTROUTING -d 198.51.100.0/24 -j MASQUERADE", chain="POSTROUTING")
TRACKED: Files = {SYSCTL: "net.ipv4.vs.conntrack = 1\n"}
PAST = ["LVS524 warning/outage web1 ifcfg-eth0:4"]


def behind(gateway: str) -> Files:
    return card("eth0", INSIDE, gateway=gateway)


@pytest.mark.parametrize(
    ("director", "web", "expected"),
    [
        (DIRECTOR, behind("198.51.100.1"), PAST),
        (
            DIRECTOR,
            card("eth0", INSIDE) | {NETWORK: "GATEWAY=198.51.100.1\n"},
            ["LVS524 warning/outage web1 network:1"],
        ),
        (DIRECTOR, behind("198.51.100.2"), []),
        (NAT | {KEEPALIVED: vrrp("198.51.100.9/24", interface="eth0")}, behind("198.51.100.9"), []),
        (NAT | {KEEPALIVED: vrrp("198.51.100.9/24", interface="eth0")}, behind("198.51.100.1"), PAST),
        # Some answers go through it.
        (DIRECTOR, behind("198.51.100.1") | script("ip route add 203.0.113.0/24 via 198.51.100.2"), []),
        (DIRECTOR, behind("198.51.100.1") | script("ip route add default via 198.51.100.2 table 9"), []),
        # Servers that see the director answer it.
        (DIRECTOR | TRACKED | MASQUERADE, behind("198.51.100.1"), []),
        (DIRECTOR | MASQUERADE, behind("198.51.100.1"), PAST),
        (
            DIRECTOR | TRACKED | dump("nat", "-A POSTROUTING -j ACCEPT", chain="POSTROUTING"),
            behind("198.51.100.1"),
            PAST,
        ),
        (DIRECTOR | TRACKED | dump("mangle", "-A POSTROUTING", chain="POSTROUTING"), behind("198.51.100.1"), PAST),
        (
            DIRECTOR | TRACKED | dump("nat", "-A POSTROUTING -p tcp --dport abc -j ACCEPT", chain="POSTROUTING"),
            behind("198.51.100.1"),
            PAST,
        ),
        # Of what the director has in that network, nothing is told; nor of the gateway.
        (NAT, behind("198.51.100.1"), []),
        (DIRECTOR, card("eth0", INSIDE), []),
        (DIRECTOR, card("eth0", INSIDE) | script("ip -6 route add default via 2001:db8::1"), []),
        (DIRECTOR, card("eth0", INSIDE) | script("ip route add default dev eth0"), []),
        (DIRECTOR, card("eth0", INSIDE) | script("ip route add default via 198.51.100.1 table 9"), []),
        (DIRECTOR, card("eth0", INSIDE) | script("ip route add 203.0.113.0/24 via 198.51.100.1"), []),
        ({RULES: balances("g")} | card("eth0", "198.51.100.2"), behind("198.51.100.1"), []),
        ({RULES: balances("i")} | card("eth0", "198.51.100.2"), behind("198.51.100.1"), []),
    ],
)
def test_gateway(findings: Findings, director: Files, web: Files, expected: list[str]) -> None:
    assert shown(findings(lvs1=director, web1=web), "LVS524") == expected


def test_gateway_of_ipv6(findings: Findings) -> None:
    six = {RULES: balances(server="[2001:db8:1::11]", vip="[2001:db8::10]")} | facts(
        ["eth0"], ["2001:db8:1::2/64 eth0"]
    )
    web = facts(["eth0"], ["2001:db8:1::11/64 eth0"], routes=["0.0.0.0/0 198.51.100.1 eth0"])
    assert shown(findings(lvs1=six, web1=web), "LVS524") == []


ONE, OTHER = {KEEPALIVED: vrrp()}, {KEEPALIVED: vrrp(priority=100)}
FIRST, SECOND = NAT | card("eth0", "198.51.100.2"), NAT | card("eth0", "198.51.100.3")
ALONE = ["LVS525 warning/latent web1 ifcfg-eth0:4"]


@pytest.mark.parametrize(
    ("first", "second", "gateway", "expected"),
    [
        (FIRST | ONE, SECOND | OTHER, "198.51.100.2", ALONE),
        (FIRST | ONE, SECOND | OTHER, "198.51.100.3", ALONE),
        (FIRST | ONE, OTHER | NAT, "198.51.100.2", ALONE),
        (FIRST | {KEEPALIVED: vrrp(f"{VIP}/24", "198.51.100.2/24 dev eth0")}, SECOND | OTHER, "198.51.100.2", []),
        (FIRST | ONE, SECOND | {KEEPALIVED: vrrp(f"{VIP}/24", "198.51.100.2/24 dev eth0")}, "198.51.100.2", []),
        (FIRST | ONE, card("eth0", "198.51.100.3") | OTHER, "198.51.100.2", []),
        (NAT | ONE | down(card("eth0", "198.51.100.2")), SECOND | OTHER, "198.51.100.2", []),
        (card("eth0", "198.51.100.2") | ONE, SECOND | OTHER, "198.51.100.2", []),
        (FIRST | ONE, SECOND | {KEEPALIVED: vrrp("203.0.113.9/24").replace("77", "78")}, "198.51.100.2", []),
        (NAT | ONE | facts(["eth0"], ["198.51.100.2/24 eth0"]), SECOND | OTHER, "198.51.100.2", []),
        (NAT | ONE, SECOND | OTHER, "198.51.100.2", []),
    ],
)
def test_gateway_of_a_pair(findings: Findings, first: Files, second: Files, gateway: str, expected: list[str]) -> None:
    assert shown(findings(lvs1=first, lvs2=second, web1=behind(gateway)), "LVS525") == expected


VIRTUAL = """virtual_server 192.0.2.10 80 {
    lb_algo rr
    lb_kind NAT
    protocol TCP
    real_server 198.51.100.11 80 {
    }
}
"""


def test_a_peer_in_a_single_file(findings: Findings) -> None:
    """Of a director with nothing but its keepalived.conf no address is known that does not move."""
    found = findings(lvs1=vrrp() + VIRTUAL, lvs2=SECOND | OTHER, web1=behind("198.51.100.3"))
    assert shown(found, "LVS525") == ALONE


def test_a_director_in_a_single_file(findings: Findings) -> None:
    director = vrrp(f"{VIP}/24", "198.51.100.9/24 dev eth0") + VIRTUAL
    assert shown(findings(lvs1=director, web1=behind("198.51.100.1")), "LVS524") == PAST
