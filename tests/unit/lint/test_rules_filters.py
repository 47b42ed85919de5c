"""56x: the packet filter and VRRP. Each condition of a rule has a case that needs it."""

from __future__ import annotations

import pytest
from filtered import KNOWN, REJECT, dump, found, host, ifcfg, instance, nat, raw
from places import Findings

CODES = ("LVS560", "LVS561", "LVS562", "LVS563", "LVS572")
UNICAST = ("unicast_src_ip 192.0.2.1", "unicast_peer {", "192.0.2.2", "}")
AH = ("authentication {", "auth_type AH", "auth_pass abc", "}")
SIX = "2001:db8::10/64"
BLOCKED = dump("-A INPUT -i lo -j ACCEPT", KNOWN, REJECT)
SYNC = "global_defs {\nlvs_sync_daemon eth0 VI_1 %s\n}\n"
ACCEPT = "-A INPUT -p 112 -j ACCEPT"

ONE: dict[str, tuple[dict[str, str], list[str]]] = {
    # LVS560
    "refused": (host(instance(), BLOCKED), ["LVS560 warning/split 7:1-54 +2:11-15"]),
    "refused by the policy": (
        host(instance(), dump(KNOWN).replace("INPUT ACCEPT", "INPUT DROP")),
        ["LVS560 warning/split 2:1-18 +2:11-15"],
    ),
    "accepted": (host(instance(), dump(ACCEPT, REJECT)), []),
    "accepted by its name": (host(instance(), dump("-A INPUT -p vrrp -j ACCEPT", REJECT)), []),
    "accepted by the group": (host(instance(), dump("-A INPUT -d 224.0.0.0/8 -j ACCEPT", REJECT)), []),
    "accepted from somebody": (host(instance(), dump("-A INPUT -s 192.0.2.2 -j ACCEPT", REJECT)), []),
    "accepted by a state": (host(instance(), dump("-A INPUT -m state --state NEW -j ACCEPT", REJECT)), []),
    "accepted by nobody knows what": (host(instance(), dump("-A INPUT -m geoip --source-country DE -j ACCEPT", REJECT)), []),
    "accepted in a chain of its own": (
        host(instance(), dump("-A INPUT -j IN", REJECT, "-A IN -p 112 -j ACCEPT").replace("*filter\n", "*filter\n:IN - [0:0]\n")),
        [],
    ),
    "refused in a chain of its own": (
        host(instance(), dump("-A INPUT -j IN", "-A IN -j DROP").replace("*filter\n", "*filter\n:IN - [0:0]\n")),
        ["LVS560 warning/split 7:1-14 +2:11-15"],
    ),
    "accepted as multicast": (host(instance(), dump("-A INPUT -m pkttype --pkt-type multicast -j ACCEPT", REJECT)), []),
    "refused in raw": (
        host(instance(), raw("-A PREROUTING -p 112 -j DROP")),
        ["LVS560 warning/split 4:1-29 +2:11-15"],
    ),
    "no filter": (host(instance(), sysctl="net.ipv4.ip_forward = 1\n"), []),
    "no such table": (host(instance(), nat("-A POSTROUTING -j MASQUERADE")), []),
    "no interface": (host(instance().replace("interface eth0\n", ""), BLOCKED), []),
    "a filter of which not all is known": (
        {"etc/keepalived/keepalived.conf": instance(), "session.log": "[root@lvs1 ~]# iptables -A INPUT -j DROP\n"},
        [],
    ),
    "two instances, one rule": (
        host(instance() + instance(name="VI_2", vrid=62, vip="192.0.2.20/24"), BLOCKED),
        ["LVS560 warning/split 7:1-54 +2:11-15 +10:11-15"],
    ),
    "another group": (
        host(instance("mcast_dst_ip 224.0.0.44"), dump("-A INPUT -d 224.0.0.18 -j ACCEPT", REJECT)),
        ["LVS560 warning/split 6:1-54 +2:11-15"],
    ),
    "unicast": (host(instance(*UNICAST), dump(REJECT)), ["LVS560 error/split 5:1-54 +2:11-15"]),
    "unicast, heals": (host(instance(*UNICAST), BLOCKED), ["LVS560 warning/latent 7:1-54 +2:11-15"]),
    "unicast from the peer": (host(instance(*UNICAST), dump("-A INPUT -s 192.0.2.2 -j ACCEPT", REJECT)), []),
    "unicast from another": (
        host(instance(*UNICAST), dump("-A INPUT -s 192.0.2.3 -j ACCEPT", REJECT)),
        ["LVS560 error/split 6:1-54 +2:11-15"],
    ),
    "unicast to the own address": (host(instance(*UNICAST), dump("-A INPUT -d 192.0.2.1 -j ACCEPT", REJECT)), []),
    "unicast to another": (
        host(instance(*UNICAST), dump("-A INPUT -d 192.0.2.3 -j ACCEPT", REJECT)),
        ["LVS560 error/split 6:1-54 +2:11-15"],
    ),
    "unicast to an address of a file": (
        host(instance(*UNICAST[1:]), dump("-A INPUT -d 192.0.2.1 -j ACCEPT", REJECT), eth0=ifcfg("eth0", "192.0.2.1")),
        [],
    ),
    "unicast to another address than that of a file": (
        host(instance(*UNICAST[1:]), dump("-A INPUT -d 192.0.2.3 -j ACCEPT", REJECT), eth0=ifcfg("eth0", "192.0.2.1")),
        ["LVS560 error/split 6:1-54 +2:11-15"],
    ),
    "unicast to an address of another interface": (
        host(instance(*UNICAST[1:]), dump("-A INPUT -d 192.0.2.3 -j ACCEPT", REJECT), eth1=ifcfg("eth1", "192.0.2.1")),
        [],
    ),
    "unicast to an address among others of IPv6": (
        host(
            instance(*UNICAST[1:]),
            dump("-A INPUT -d 192.0.2.3 -j ACCEPT", REJECT),
            local="#!/bin/sh\nip addr add 192.0.2.1/24 dev eth0\nip addr add 2001:db8::1/64 dev eth0\n",
        ),
        ["LVS560 error/split 6:1-54 +2:11-15"],
    ),
    "unicast is no multicast": (
        host(instance(*UNICAST), dump("-A INPUT -m pkttype --pkt-type unicast -j ACCEPT", REJECT)),
        [],
    ),
    "unicast, perhaps known": (
        host(instance(*UNICAST), dump("-A INPUT -m state --state ESTABLISHED -m geoip --source-country DE -j ACCEPT", REJECT)),
        [],
    ),
    "on an interface of its own": (host(instance("use_vmac"), BLOCKED), ["LVS560 warning/split 7:1-54 +2:11-15"]),
    "accepted on an interface of its own": (
        host(instance("use_vmac"), dump("-A INPUT -i vrrp.61 -j ACCEPT", REJECT)),
        [],
    ),
    "the family's own filter": (host(instance(vip=SIX), BLOCKED), []),
    "IPv6": (
        host(instance(vip=SIX), filter6=dump("-A INPUT -j REJECT")),
        ["LVS560 warning/split 5:1-19 +2:11-15"],
    ),
    "IPv6 accepted": (host(instance(vip=SIX), filter6=dump(ACCEPT, "-A INPUT -j REJECT")), []),
    "IPv6 from the link": (host(instance(vip=SIX), filter6=dump("-A INPUT -s fe80::/10 -j ACCEPT", "-A INPUT -j DROP")), []),
    # LVS561
    "too late": (host(instance(), dump(REJECT, ACCEPT)), ["LVS561 warning/split 6:1-26 +5:1-54 +2:11-15"]),
    "too late, by the group": (
        host(instance(), dump(REJECT, "-A INPUT -d 224.0.0.18 -j ACCEPT")),
        ["LVS561 warning/split 6:1-33 +5:1-54 +2:11-15"],
    ),
    "behind it is another protocol": (
        host(instance(), dump(REJECT, "-A INPUT -p esp -j ACCEPT")),
        ["LVS560 warning/split 5:1-54 +2:11-15"],
    ),
    "behind it is somebody's": (
        host(instance(), dump(REJECT, "-A INPUT -s 192.0.2.9 -p 112 -j ACCEPT")),
        ["LVS560 warning/split 5:1-54 +2:11-15"],
    ),
    "behind it is everything else": (
        host(instance(), dump(REJECT, "-A INPUT ! -p tcp -j ACCEPT")),
        ["LVS560 warning/split 5:1-54 +2:11-15"],
    ),
    "behind it is everything": (host(instance(), dump(REJECT, "-A INPUT -j ACCEPT")), ["LVS560 warning/split 5:1-54 +2:11-15"]),
    "behind it is a refusal": (host(instance(), dump(REJECT, "-A INPUT -p 112 -j DROP")), ["LVS560 warning/split 5:1-54 +2:11-15"]),
    # LVS562
    "elsewhere": (
        host(instance(), dump("-A INPUT -i eth1 -p 112 -j ACCEPT", REJECT)),
        ["LVS562 warning/split 5:1-34 +6:1-54 +2:11-15"],
    ),
    "elsewhere, by a pattern": (
        host(instance(), dump("-A INPUT -i bond+ -p 112 -j ACCEPT", REJECT)),
        ["LVS562 warning/split 5:1-35 +6:1-54 +2:11-15"],
    ),
    "elsewhere, for another instance": (
        host(
            instance() + instance(name="VI_2", vrid=62, vip="198.51.100.20/24", interface="eth1"),
            dump("-A INPUT -i eth1 -p 112 -j ACCEPT", REJECT),
        ),
        ["LVS560 warning/split 6:1-54 +2:11-15"],
    ),
    "on all but this one": (
        host(instance(), dump("-A INPUT ! -i eth0 -p 112 -j ACCEPT", REJECT)),
        ["LVS560 warning/split 6:1-54 +2:11-15"],
    ),
    "on the loopback interface": (
        host(instance(), dump("-A INPUT -i lo -p 112 -j ACCEPT", REJECT)),
        ["LVS560 warning/split 6:1-54 +2:11-15"],
    ),
    "elsewhere, another protocol": (
        host(instance(), dump("-A INPUT -i eth1 -p tcp -j ACCEPT", REJECT)),
        ["LVS560 warning/split 6:1-54 +2:11-15"],
    ),
    "on an interface that is not known": (
        host(instance("use_vmac"), dump("-A INPUT -i eth1 -p 112 -j ACCEPT", "-A INPUT -i lo -j ACCEPT", "-A INPUT -p 112 -j DROP")),
        [],
    ),
    "outgoing is not incoming": (
        host(instance(), dump(REJECT, "-A OUTPUT -o eth1 -p 112 -j ACCEPT")),
        ["LVS560 warning/split 5:1-54 +2:11-15"],
    ),
    # LVS563
    "AH": (host(instance(*AH), dump(ACCEPT, REJECT)), ["LVS563 warning/split 6:1-54 +2:11-15"]),
    "AH accepted": (host(instance(*AH), dump("-A INPUT -p ah -j ACCEPT", REJECT)), []),
    "AH too late": (
        host(instance(*AH), dump(REJECT, "-A INPUT -p 51 -j ACCEPT")),
        ["LVS561 warning/split 6:1-25 +5:1-54 +2:11-15"],
    ),
    "a password": (host(instance(*(line.replace("AH", "PASS") for line in AH)), dump("-A INPUT -p ah -j ACCEPT", ACCEPT, REJECT)), []),
    # LVS572
    "sync": (
        host(SYNC % "" + instance(), dump(ACCEPT, REJECT)),
        ["LVS572 warning/latent 6:1-54 +2:1-16"],
    ),
    "sync accepted": (
        host(SYNC % "" + instance(), dump(ACCEPT, "-A INPUT -p udp --dport 8848 -d 224.0.0.81 -i eth0 -j ACCEPT", REJECT)),
        [],
    ),
    "sync on another port": (
        host(SYNC % "port 9000" + instance(), dump(ACCEPT, "-A INPUT -p udp --dport 8848 -j ACCEPT", REJECT)),
        ["LVS572 warning/latent 7:1-54 +2:1-16"],
    ),
    "sync in another group": (
        host(SYNC % "group 224.0.0.99" + instance(), dump(ACCEPT, "-A INPUT -d 224.0.0.99 -j ACCEPT", REJECT)),
        [],
    ),
    "sync, no filter": (host(SYNC % "" + instance(), sysctl="net.ipv4.ip_forward = 1\n"), []),
    "sync, unknown": (
        host(SYNC % "" + instance(), dump(ACCEPT, "-A INPUT -s 192.0.2.2 -j ACCEPT", REJECT)),
        [],
    ),
    "sync by a command": (
        host("", dump(REJECT), local="#!/bin/sh\nipvsadm --start-daemon backup --mcast-interface eth0\n"),
        ["LVS572 warning/latent 5:1-54 +2:1-53"],
    ),
    "sync by a command that sends": (
        host("", dump(REJECT), local="#!/bin/sh\nipvsadm --start-daemon master --mcast-interface eth0\n"),
        [],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", ONE)
def test_one_host(case: str, findings: Findings) -> None:
    files, wanted = ONE[case]
    assert found(findings, CODES, lvs1=files) == wanted


def pair(a: str, b: str, **more: object) -> dict[str, dict[str, str]]:
    return {"lvs1": host(instance(priority=150), a), "lvs2": host(instance(), b)}


def crosswise(deaf1: str, deaf2: str) -> dict[str, dict[str, str]]:
    """Two directors, each master of one of two instances; which interface is open on each."""
    hosts = {}
    for name, first, second, interface in (("lvs1", 150, 100, deaf1), ("lvs2", 100, 150, deaf2)):
        other = instance(name="VI_2", vrid=62, interface="eth1", vip="198.51.100.20/24", priority=second)
        rule = dump(f"-A INPUT -i {interface} -p 112 -j ACCEPT", REJECT)
        hosts[name] = host(instance(priority=first) + other, rule)
    return hosts


TWO: dict[str, tuple[dict[str, dict[str, str]], list[str]]] = {
    "both refuse": (
        pair(BLOCKED, BLOCKED),
        ["lvs1 LVS560 warning/latent 7:1-54 +2:11-15", "lvs2 LVS560 error/split 7:1-54 +2:11-15"],
    ),
    "the backup refuses": (pair("", BLOCKED), ["lvs2 LVS560 error/split 7:1-54 +2:11-15"]),
    "the master refuses": (pair(BLOCKED, ""), ["lvs1 LVS560 warning/latent 7:1-54 +2:11-15"]),
    "each is master of one, deaf to the other": (
        crosswise("eth1", "eth0"),
        ["lvs1 LVS560 warning/latent 6:1-54 +2:11-15", "lvs2 LVS560 warning/latent 6:1-54 +10:11-15"],
    ),
    "each is backup of one, deaf to its master": (
        crosswise("eth0", "eth1"),
        ["lvs1 LVS560 error/split 6:1-54 +10:11-15", "lvs2 LVS560 error/split 6:1-54 +2:11-15"],
    ),
    "the master is named second": (
        {"lvs1": host(instance()), "lvs2": host(instance(priority=150), BLOCKED)},
        ["lvs2 LVS560 warning/latent 7:1-54 +2:11-15"],
    ),
    "IPv6 from the peer's link": (
        {
            "lvs1": host(instance(vip=SIX), filter6=dump("-A INPUT -s fe80::/10 -j ACCEPT", "-A INPUT -j DROP")),
            "lvs2": host(instance(vip=SIX), eth0=ifcfg("eth0", "192.0.2.2")),
        },
        [],
    ),
    "a peer without an interface": (
        {"lvs1": host(instance(), BLOCKED), "lvs2": host(instance().replace("interface eth0\n", ""))},
        ["lvs1 LVS560 error/split 7:1-54 +2:11-15"],
    ),
    "equals": (
        {"lvs1": host(instance(), BLOCKED), "lvs2": host(instance())},
        ["lvs1 LVS560 error/split 7:1-54 +2:11-15"],
    ),
    "a near miss is no peer": (
        {"lvs1": host(instance(priority=150), BLOCKED), "lvs2": host(instance(vrid=62))},
        ["lvs1 LVS560 warning/split 7:1-54 +2:11-15"],
    ),
    "from the peer's address": (
        {
            "lvs1": host(instance(), dump("-A INPUT -s 192.0.2.2 -j ACCEPT", REJECT)),
            "lvs2": host(instance(), eth0=ifcfg("eth0", "192.0.2.2")),
        },
        [],
    ),
    "from another address than the peer's": (
        {
            "lvs1": host(instance(), dump("-A INPUT -s 192.0.2.3 -j ACCEPT", REJECT)),
            "lvs2": host(instance(), eth0=ifcfg("eth0", "192.0.2.2")),
        },
        ["lvs1 LVS560 error/split 6:1-54 +2:11-15"],
    ),
    "from another address than the peer's source": (
        {
            "lvs1": host(instance(), dump("-A INPUT -s 192.0.2.3 -j ACCEPT", REJECT)),
            "lvs2": host(instance("mcast_src_ip 192.0.2.2")),
        },
        ["lvs1 LVS560 error/split 6:1-54 +2:11-15"],
    ),
    "from one of the peer's addresses": (
        {
            "lvs1": host(instance(), dump("-A INPUT -s 192.0.2.3 -j ACCEPT", REJECT)),
            "lvs2": host(instance(), local="#!/bin/sh\nip addr add 192.0.2.2/24 dev eth0\nip addr add 192.0.2.3/24 dev eth0\n"),
        },
        [],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", TWO)
def test_two_hosts(case: str, findings: Findings) -> None:
    hosts, wanted = TWO[case]
    assert found(findings, CODES, **hosts) == wanted


@pytest.mark.parametrize(
    ("files", "message", "help"),
    [
        (
            host(instance(), BLOCKED),
            "`-A INPUT -j REJECT --reject-with icmp-host-prohibited` refuses the VRRP advertisements (protocol 112 to 224.0.0.18) "
            "that come in by eth0. This host never hears its peer: both are master",
            "let them in before that: `iptables -I INPUT -i eth0 -d 224.0.0.18 -p 112 -j ACCEPT`, and save it",
        ),
        (
            host(instance(*UNICAST), dump(KNOWN).replace("INPUT ACCEPT", "INPUT DROP")),
            "`-P INPUT DROP` refuses the VRRP advertisements (protocol 112 from 192.0.2.2) that come in by eth0. This host hears its "
            "peer only once it has sent to it itself: each time that it starts, both are master for a moment",
            "let them in before that: `iptables -I INPUT -i eth0 -s 192.0.2.2 -p 112 -j ACCEPT`, and save it",
        ),
        (
            host(instance(*AH), dump(REJECT)),
            "`-A INPUT -j REJECT --reject-with icmp-host-prohibited` refuses the VRRP advertisements (AH, protocol 51 to 224.0.0.18) "
            "that come in by eth0; to accept protocol 112 is not enough with `auth_type AH`. This host never hears its peer: both are "
            "master",
            "let them in before that: `iptables -I INPUT -i eth0 -d 224.0.0.18 -p 51 -j ACCEPT`, and save it",
        ),
        (
            host(instance("use_vmac", vip=SIX), filter6=dump("-A INPUT -j DROP")),
            "`-A INPUT -j DROP` refuses the VRRP advertisements (protocol 112 to ff02::12) that come in by eth0. This host never hears "
            "its peer: both are master",
            "let them in before that: `ip6tables -I INPUT -d ff02::12 -p 112 -j ACCEPT`, and save it",
        ),
        (
            host(instance(), dump(REJECT, ACCEPT)),
            "this accepts the VRRP advertisements (protocol 112 to 224.0.0.18), but `-A INPUT -j REJECT --reject-with "
            "icmp-host-prohibited` stands before it and refuses them. This host never hears its peer: both are master",
            "let them in before that: `iptables -I INPUT -i eth0 -d 224.0.0.18 -p 112 -j ACCEPT`, and save it",
        ),
    ],
)  # fmt: skip
def test_words(files: dict[str, str], message: str, help: str, findings: Findings) -> None:
    [each] = [each for each in findings(lvs1=files) if each.code.startswith(CODES)]
    assert (each.message, each.help) == (message, help)
