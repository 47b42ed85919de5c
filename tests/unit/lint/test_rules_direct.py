"""5xx: what kernels do to packets that are passed on as they came."""

from __future__ import annotations

import pytest
from hosted import (
    FORWARD,
    INSIDE,
    IPTABLES,
    KEEPALIVED,
    NETWORK,
    OUTSIDE,
    RULES,
    SYSCTL,
    VIP,
    Files,
    balances,
    card,
    dump,
    facts,
    script,
    shown,
    vrrp,
)
from places import Findings


def conf(*settings: str) -> Files:
    return {SYSCTL: "".join(f"net.ipv4.conf.{each}\n" for each in settings)}


STRICT, LOOSE = conf("default.rp_filter = 1"), conf("all.rp_filter = 2")
DR: Files = {RULES: balances("g")}
# Requests come in by eth0, from the director, and answers leave by eth1.
TWO = card("eth0", INSIDE) | card("eth1", OUTSIDE, gateway="192.0.2.1")
ONE = card("eth0", INSIDE, gateway="198.51.100.1")
REDIRECT = dump("nat", f"-A PREROUTING -d {VIP} -j REDIRECT", chain="PREROUTING")
RP = "LVS506 error/outage web1 sysctl.conf:1"
RP_LIKELY, RP_NOTE = RP.replace("error", "warning"), RP.replace("error/outage", "info/none")


@pytest.mark.parametrize(
    ("web", "expected"),
    [
        (TWO | STRICT, [RP]),
        (TWO | conf("all.rp_filter = 1"), [RP]),
        (TWO | conf("eth0.rp_filter = 1"), [RP]),
        (TWO | conf("eth1.rp_filter = 1"), []),
        (TWO | conf("default.rp_filter = 1", "eth0.rp_filter = 0"), []),
        (TWO | conf("default.rp_filter = 1", "all.rp_filter = 2"), []),
        (TWO | conf("default.rp_filter = 0"), []),
        (TWO | {SYSCTL: FORWARD}, []),
        (TWO, []),
        # The default route stands in another file, without its interface.
        (card("eth0", INSIDE) | card("eth1", OUTSIDE) | {NETWORK: "GATEWAY=192.0.2.1\n"} | STRICT, [RP]),
        (card("eth0", INSIDE) | card("eth1", OUTSIDE) | {NETWORK: "GATEWAY=198.51.100.1\n"} | STRICT, []),
        # Some senders are answered where they come from.
        (TWO | STRICT | {"etc/sysconfig/network-scripts/route-eth0": "203.0.113.0/24 via 198.51.100.1\n"}, [RP_LIKELY]),
        (TWO | STRICT | {"etc/sysconfig/network-scripts/route-eth1": "203.0.113.0/24 via 192.0.2.7\n"}, [RP]),
        (TWO | STRICT | {"etc/sysconfig/network-scripts/route-eth0": "203.0.113.0/24 dev eth0\n"}, [RP]),
        (TWO | STRICT | script("ip route add default via 198.51.100.1 dev eth0 metric 100"), [RP]),
        (card("eth0", INSIDE) | script("ip route add default dev ppp0") | STRICT, [RP]),
        # One interface for both ways, or rules of its own: all is well.
        (ONE | STRICT, []),
        (card("eth0", INSIDE) | STRICT, []),
        (card("eth0", INSIDE) | STRICT | script(f"ip addr add {VIP}/32 dev lo", "ip addr add 2001:db8::1/64 dev eth1"), []),
        (TWO | STRICT | {"etc/sysconfig/network-scripts/rule-eth0": "from 198.51.100.11 lookup 7\n"}, []),
        # Nobody knows which way anything goes.
        (card("eth0", INSIDE) | card("eth1", OUTSIDE) | STRICT, [RP_NOTE]),
        (REDIRECT | STRICT, [RP_NOTE]),
        (REDIRECT | conf("all.rp_filter = 1"), [RP_NOTE]),
        (REDIRECT | conf("all.rp_filter = 0"), []),
        (REDIRECT | STRICT | card("eth0", "198.51.100.99") | card("eth1", "192.0.2.99", gateway="192.0.2.1"), [RP_NOTE]),
        (REDIRECT | card("eth0", "198.51.100.99") | STRICT, []),
    ],
)  # fmt: skip
def test_rp_filter(findings: Findings, web: Files, expected: list[str]) -> None:
    assert shown(findings(lvs1=DR, web1=web), "LVS506") == expected


@pytest.mark.parametrize("director", [{RULES: balances()}, {RULES: balances("g", "198.51.100.77")}])
def test_rp_filter_of_others(findings: Findings, director: Files) -> None:
    """Of a masqueraded server, of a host that is none, and of the director itself."""
    assert shown(findings(lvs1=director | TWO | STRICT, web1=TWO | STRICT), "LVS506") == []


def test_rp_filter_is_said_once_an_interface(findings: Findings) -> None:
    both = {RULES: balances("g") + balances("g", port=443)}
    assert shown(findings(lvs1=both, web1=TWO | STRICT), "LVS506") == [RP]


def test_rp_filter_with_ipv6(findings: Findings) -> None:
    six = {RULES: balances("g", "[2001:db8::11]", vip="[2001:db8::10]")}
    web = TWO | STRICT | script("ip addr add 2001:db8::11/64 dev eth0")
    assert shown(findings(lvs1=six, web1=web), "LVS506") == []


TUN: Files = {RULES: balances("i")}
ON_LO, ON_TUNNEL = script(f"ip addr add {VIP}/32 dev lo"), script(f"ip addr add {VIP}/32 dev tunl0")


@pytest.mark.parametrize(
    ("web", "expected"),
    [
        (ONE | ON_LO | STRICT, [RP]),
        (ONE | ON_TUNNEL | conf("all.rp_filter = 1"), [RP]),
        (ONE | ON_TUNNEL | conf("tunl0.rp_filter = 1"), [RP]),
        (ONE | ON_TUNNEL | conf("eth0.rp_filter = 1"), []),
        (ONE | ON_TUNNEL | LOOSE, []),
        (ONE | ON_LO | LOOSE, [RP]),
        (ONE | ON_LO | conf("all.rp_filter = 0"), []),
        (ONE | LOOSE, []),
        (REDIRECT | STRICT, [RP]),
        (REDIRECT | LOOSE, []),
        (ONE | script("ip link add mine type ipip", f"ip addr add {VIP}/32 dev mine") | STRICT, []),
        (ONE | script("ip link add tunl0 type ipip", f"ip addr add {VIP}/32 dev tunl0") | STRICT, [RP]),
        (ONE | script("ip tunnel add mine mode ipip", f"ip addr add {VIP}/32 dev mine") | STRICT, []),
    ],
)
def test_rp_filter_of_tunnels(findings: Findings, web: Files, expected: list[str]) -> None:
    assert shown(findings(lvs1=TUN, web1=web), "LVS506") == expected


@pytest.mark.parametrize(
    ("director", "web", "words", "advice"),
    [
        (
            DR,
            TWO | STRICT,
            "requests come in by eth0, and their senders are answered by eth1: the kernel drops",
            "2 for",
        ),
        (DR, REDIRECT | STRICT, "1 on the interface that requests come in by: where the senders of requests", "2 for"),
        (DR, REDIRECT | STRICT, "than the one that these come in by, the kernel drops them", "2 for"),
        (TUN, ONE | ON_TUNNEL | STRICT, "what comes out of the tunnel comes in by tunl0", "conf.tunl0.rp_filter = 0"),
    ],
)
def test_rp_filter_in_words(findings: Findings, director: Files, web: Files, words: str, advice: str) -> None:
    found = next(f for f in findings(lvs1=director, web1=web) if f.code == "LVS506")
    assert words in found.message
    assert advice in found.help
    assert ("2 for" in found.help) == (advice == "2 for")
    assert ("conf.INTERFACE.rp_filter" in found.help) == ("than the one" in found.message)


def test_rp_filter_of_other_tunnels(findings: Findings) -> None:
    gre = {RULES: balances("i").rstrip() + " --tun-type gre\n"}
    assert shown(findings(lvs1=gre, web1=ONE | ON_LO | STRICT), "LVS506") == []


# Marked packets.

RULE, ROUTE = "etc/sysconfig/network-scripts/rule-eth1", "etc/sysconfig/network-scripts/route-eth1"
MARKED: Files = {RULE: "fwmark 1 lookup 100 priority 100\n", ROUTE: "local 0.0.0.0/0 dev lo table 100\n"}
VMARK = "LVS507 error/outage lvs1 sysctl.conf:1"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (MARKED | conf("all.src_valid_mark = 1"), [VMARK]),
        (MARKED | conf("all.src_valid_mark = 1", "all.rp_filter = 0"), [VMARK]),
        (MARKED | conf("all.src_valid_mark = 1", "all.accept_local = 1"), []),
        (MARKED | conf("all.src_valid_mark = 1", "eth0.accept_local = 1"), []),
        (MARKED | conf("all.src_valid_mark = 1", "eth0.accept_local = 0"), [VMARK]),
        (MARKED | conf("all.src_valid_mark = 1", "all.accept_local = 1", "all.rp_filter = 1"), [VMARK]),
        (MARKED | conf("all.src_valid_mark = 0"), []),
        (MARKED | conf("eth1.src_valid_mark = 1"), []),
        (MARKED | conf("eth1.src_valid_mark = 1") | card("eth1", "192.0.2.2", gateway="192.0.2.1"), [VMARK]),
        (MARKED | {SYSCTL: FORWARD}, []),
        (MARKED | conf("all.src_valid_mark = 1") | {RULE: "fwmark 1 lookup 101\n"}, []),
        (MARKED | conf("all.src_valid_mark = 1") | {RULE: "from 192.0.2.9 lookup 100\n"}, []),
        (MARKED | conf("all.src_valid_mark = 1") | {RULE: "fwmark 1 iif eth1 lookup 100\n"}, []),
        (MARKED | conf("all.src_valid_mark = 1") | {RULE: "from all lookup 100\n"}, []),
        (conf("all.src_valid_mark = 1")
         | script("ip -6 rule add fwmark 1 lookup 100", "ip route add local default dev lo table 100"), []),
        (conf("all.src_valid_mark = 1")
         | script("ip rule add fwmark 1 lookup 100", "ip -6 route add local default dev lo table 100"), []),
        (MARKED | conf("all.src_valid_mark = 1") | {ROUTE: "local 192.0.2.10/32 dev lo table 100\n"}, []),
        (MARKED | conf("all.src_valid_mark = 1") | {ROUTE: "0.0.0.0/0 dev eth1 table 100\n"}, []),
        (conf("all.src_valid_mark = 1"), []),
    ],
)  # fmt: skip
def test_marked(findings: Findings, files: Files, expected: list[str]) -> None:
    assert shown(findings(lvs1=DR | files), "LVS507") == expected


# ARP.

LAN: Files = {RULES: balances("g", OUTSIDE)}
SERVER = card("eth0", OUTSIDE)
DUMMY = script("ip link add dummy0 type dummy", f"ip addr add {VIP}/32 dev dummy0")
QUIET = ("all.arp_ignore = 1", "all.arp_announce = 2")
IGNORE, ANNOUNCE = "LVS512 warning/outage web1", "LVS513 warning/latent web1"


@pytest.mark.parametrize(
    ("web", "expected"),
    [
        (ON_LO | {SYSCTL: FORWARD}, [f"{IGNORE} rc.local:2"]),
        (DUMMY | {SYSCTL: FORWARD}, [f"{IGNORE} rc.local:3"]),
        (ON_LO | conf("all.arp_ignore = 0"), ["LVS512 warning/outage web1 sysctl.conf:1"]),
        (ON_LO | conf("eth0.arp_ignore = 0"), ["LVS512 warning/outage web1 sysctl.conf:1"]),
        (ON_LO | conf("lo.arp_ignore = 1"), [f"{IGNORE} rc.local:2"]),
        (ON_LO | conf("all.arp_ignore = 3"), ["LVS512 warning/outage web1 sysctl.conf:1"]),
        (script(f"ip addr add {VIP}/32 dev lo scope host") | conf("all.arp_ignore = 3", "all.arp_announce = 2"), []),
        (ON_LO | conf(*QUIET), []),
        (ON_LO | conf("eth0.arp_ignore = 1", "eth0.arp_announce = 2"), []),
        (ON_LO | conf("all.arp_ignore = 2", "all.arp_announce = 2"), []),
        (ON_LO | conf("*.arp_ignore = 1"), []),
        (ON_LO | conf("all.hidden = 1", "lo.hidden = 1"), []),
        (ON_LO | conf("all.arp_ignore = 1"), [f"{ANNOUNCE} rc.local:2"]),
        (ON_LO | conf("all.arp_ignore = 1", "all.arp_announce = 1"), [f"{ANNOUNCE} sysctl.conf:2"]),
        (
            ON_LO | conf("all.arp_ignore = 1", "eth0.arp_announce = 1", "all.arp_announce = 0"),
            [f"{ANNOUNCE} sysctl.conf:2"],
        ),
        (
            script(f"ip addr add {VIP}/32 dev lo", "ip link set eth1 arp off") | {SYSCTL: FORWARD},
            [f"{IGNORE} rc.local:2"],
        ),
        # Other ways to be quiet.
        (ON_LO | {SYSCTL: FORWARD, "arp.sh": f"#!/bin/sh\narptables -A INPUT -d {VIP} -j DROP\n"}, []),
        (script(f"ip addr add {VIP}/32 dev lo", "ip link set eth0 arp off") | {SYSCTL: FORWARD}, []),
        (REDIRECT | {SYSCTL: FORWARD}, []),
        # Nobody tells of settings at all.
        (ON_LO, []),
        # On the card it is another rule's.
        (script(f"ip addr add {VIP}/24 dev eth0") | {SYSCTL: FORWARD}, []),
    ],
)
def test_arp(findings: Findings, web: Files, expected: list[str]) -> None:
    assert shown(findings(lvs1=LAN, web1=SERVER | web), "LVS512", "LVS513") == expected


def test_arp_with_all_settings(findings: Findings) -> None:
    web = facts(["lo", "eth0"], [f"{OUTSIDE}/24 eth0", f"{VIP}/32 lo"])
    assert shown(findings(lvs1=LAN, web1=web), "LVS512") == ["LVS512 warning/outage web1 facts.json:9"]


OUTER = DR | card("eth0", "198.51.100.2") | card("eth1", "192.0.2.2")
INNER = DR | card("eth0", "198.51.100.2") | {KEEPALIVED: vrrp(VIP, interface="eth0")}


@pytest.mark.parametrize(
    ("director", "settings", "expected"),
    [
        # Nobody asks for an outside address among the servers.
        (OUTER, {SYSCTL: FORWARD}, []),
        (INNER, {SYSCTL: FORWARD}, ["LVS512 warning/outage web1 rc.local:2"]),
        # 1 is enough where the address is of another network than the interface.
        (INNER, conf("all.arp_ignore = 1", "all.arp_announce = 0"), ["LVS513 warning/latent web1 sysctl.conf:2"]),
        (INNER, conf("all.arp_ignore = 1", "all.arp_announce = 1"), []),
    ],
)
def test_arp_of_another_network(findings: Findings, director: Files, settings: Files, expected: list[str]) -> None:
    found = findings(lvs1=director, web1=card("eth0", INSIDE) | ON_LO | settings)
    assert shown(found, "LVS512", "LVS513") == expected


@pytest.mark.parametrize("director", [{RULES: balances("m", OUTSIDE)}, {RULES: balances("i", OUTSIDE)}])
def test_arp_of_other_methods(findings: Findings, director: Files) -> None:
    assert shown(findings(lvs1=director, web1=SERVER | ON_LO | {SYSCTL: FORWARD}), "LVS512", "LVS513") == []


def test_arp_is_of_ipv4(findings: Findings) -> None:
    six = {RULES: balances("g", "[2001:db8::11]", vip="[2001:db8::10]")}
    web = script("ip addr add 2001:db8::11/64 dev eth0", "ip addr add 2001:db8::10/128 dev lo") | {SYSCTL: FORWARD}
    assert shown(findings(lvs1=six, web1=web), "LVS512", "LVS513") == []


def test_arp_is_said_once_an_address(findings: Findings) -> None:
    both = {RULES: balances("g", OUTSIDE) + balances("g", OUTSIDE, port=443)}
    assert len(shown(findings(lvs1=both, web1=SERVER | ON_LO | {SYSCTL: FORWARD}), "LVS512")) == 1


# Redirects.

ARM = card("eth1", "192.0.2.2") | card("eth1:0", VIP)
NAT1: Files = {RULES: balances("m", OUTSIDE)}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (NAT1 | ARM | {SYSCTL: FORWARD}, ["LVS514 info/none lvs1 ipvsadm.rules:1"]),
        (NAT1 | ARM | conf("all.send_redirects = 0"), ["LVS514 info/none lvs1 ipvsadm.rules:1"]),
        (NAT1 | ARM | conf("all.send_redirects = 0", "eth1.send_redirects = 0"), []),
        (NAT1 | ARM | conf("all.send_redirects = 0", "eth1.send_redirects = 1"), ["LVS514 info/none lvs1 sysctl.conf:2"]),
        (NAT1 | ARM, []),
        (NAT1 | card("eth1", "192.0.2.2") | script(f"ip addr add {VIP}/32 dev eth1") | {SYSCTL: FORWARD},
         ["LVS514 info/none lvs1 ipvsadm.rules:1"]),
        ({RULES: balances()} | ARM | card("eth0", "198.51.100.2") | {SYSCTL: FORWARD}, []),
        (LAN | ARM | {SYSCTL: FORWARD}, []),
        ({RULES: NAT1[RULES] + balances("m", OUTSIDE, port=443)} | ARM | {SYSCTL: FORWARD},
         ["LVS514 info/none lvs1 ipvsadm.rules:1"]),
    ],
)  # fmt: skip
def test_redirects(findings: Findings, files: Files, expected: list[str]) -> None:
    assert shown(findings(lvs1=files), "LVS514") == expected


# Conntrack.

ESTABLISHED = "-A INPUT -m state --state RELATED,ESTABLISHED -j ACCEPT"
NEW = "-A INPUT -p tcp -m state --state NEW -m tcp --dport 80 -j ACCEPT"
REFUSE = "-A INPUT -j REJECT --reject-with icmp-host-prohibited"
TRACKED: Files = {SYSCTL: "net.ipv4.vs.conntrack = 1\n"}
FILTER = dump("filter", ESTABLISHED, NEW, REFUSE)
DEAD = ["LVS516 error/outage lvs1 sysctl.conf:1"]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (DR | TRACKED | FILTER, DEAD),
        (TUN | TRACKED | FILTER, DEAD),
        (DR | TRACKED | dump("filter", ESTABLISHED, "-A INPUT -i eth1 -p tcp -m state --state NEW -j ACCEPT", REFUSE), DEAD),
        ({RULES: balances()} | TRACKED | FILTER, []),
        ({RULES: balances("g") + f"-a -t {VIP}:80 -r 198.51.100.12:80 -m -w 1\n"} | TRACKED | FILTER, []),
        ({RULES: balances("g").replace("-t", "-u")} | TRACKED | FILTER, []),
        ({RULES: f"-A -t {VIP}:80 -s wlc\n"} | TRACKED | FILTER, []),
        ({RULES: balances("g").replace("-t", "-u")} | TRACKED | dump("filter", NEW.replace("tcp", "udp"), REFUSE), []),
        ({RULES: balances("g", "[2001:db8::11]", vip="[2001:db8::10]"),
          "etc/sysconfig/ip6tables": f"*filter\n:INPUT DROP [0:0]\n{NEW}\nCOMMIT\n"} | TRACKED, []),
        (DR | {SYSCTL: "net.ipv4.vs.conntrack = 0\n"} | FILTER, []),
        (DR | FILTER, []),
        (DR | TRACKED, []),
        (DR | TRACKED | dump("filter", NEW.replace("-m state --state NEW ", ""), REFUSE), []),
        (DR | TRACKED | dump("filter", NEW, "-A INPUT -p tcp -j ACCEPT", REFUSE), []),
        (DR | TRACKED | dump("filter", REFUSE), []),
        (DR | TRACKED | dump("filter", NEW, "-A INPUT -m magic --word 1 -j ACCEPT", REFUSE), []),
        (DR | TRACKED | dump("filter", "-A INPUT -m magic --word 1 -j DROP", NEW, REFUSE), []),
        ({RULES: balances("g") + balances("g", port=443, vip="192.0.2.12")} | TRACKED
         | dump("filter", NEW, NEW.replace("80", "443"), REFUSE), DEAD),
        ({RULES: balances("g", "[2001:db8::11]", vip="[2001:db8::10]")} | TRACKED | FILTER, []),
    ],
)  # fmt: skip
def test_conntrack(findings: Findings, files: Files, expected: list[str]) -> None:
    found = findings(lvs1=files)
    assert shown(found, "LVS516") == expected
    assert all(IPTABLES.rpartition("/")[2] in f.related[0].span.source.name for f in found if f.code == "LVS516")
