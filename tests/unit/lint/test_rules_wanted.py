"""The rule about what a set-up needs from its host."""

from __future__ import annotations

import pytest
from places import Findings, instance, shown

from lvscompile.syntax.findings import Finding

KEEPALIVED = "etc/keepalived/keepalived.conf"
OPTIONS = "etc/sysconfig/keepalived"
Files = dict[str, str]
INTRODUCTION = (
    "no input tells of this host's kernel settings or packet filter, which lvscompile would check. This set-up needs: "
)


def balanced(kind: str = "NAT", head: str = "192.0.2.10 80", server: str = "198.51.100.1 80") -> str:
    return (
        f"virtual_server {head} {{\n    lb_algo rr\n    lb_kind {kind}\n    protocol TCP\n    real_server {server} {{\n"
        "        TCP_CHECK {\n        }\n    }\n}\n"
    )


FORWARD = "`net.ipv4.ip_forward = 1`, and FORWARD that lets the servers' replies through (masquerading)"
DIRECT = (
    "on the real servers the virtual address on lo with `arp_ignore = 1` and `arp_announce = 2`, or a REDIRECT of it, and "
    "`rp_filter` 0 or 2 if replies leave by another interface (direct routing)"
)
TUNNEL = (
    "on the real servers a tunnel interface with the virtual address, `arp_ignore = 1` and `arp_announce = 2`, and "
    "`rp_filter` 0 or 2 on it (tunneling)"
)
PORT = "INPUT that accepts TCP 192.0.2.10:80"
VRRP = "INPUT that accepts protocol 112 (VRRP) on eth0"
AH = "    authentication {\n        auth_type AH\n        auth_pass 9Gvb17qw\n    }\n"
NEEDS: dict[str, tuple[str, list[str]]] = {
    "masquerading alone": (balanced(), [FORWARD, PORT]),
    "direct routing alone": (balanced("DR"), [DIRECT, PORT]),
    "a tunnel alone": (balanced("TUN"), [TUNNEL, PORT]),
    "VRRP alone": (instance(), [VRRP]),
    "VRRP with AH": (instance(AH), ["INPUT that accepts protocol 51 (AH) on eth0"]),
    "VRRP without an interface": (
        instance().replace("    interface eth0\n", ""),
        ["INPUT that accepts protocol 112 (VRRP) on its interface"],
    ),
    "VRRP on two interfaces": (
        instance() + instance(name="B", vips=("192.0.2.20/24",)).replace("61", "62")
        + instance(name="C", vips=("203.0.113.9/24",)).replace("eth0", "eth1"),
        ["INPUT that accepts protocol 112 (VRRP) on eth0, eth1"],
    ),
    "all of it": (instance() + balanced(), [FORWARD, PORT, VRRP]),
    "two families": (
        balanced() + balanced(head="2001:db8::10 80", server="2001:db8::1 80"),
        [
            FORWARD,
            "`net.ipv6.conf.all.forwarding = 1`, and FORWARD that lets the servers' replies through (masquerading)",
            "INPUT that accepts TCP 192.0.2.10:80, TCP [2001:db8::10]:80",
        ],
    ),
    "a mark": (balanced(head="fwmark 7", server="198.51.100.1 80"), [FORWARD, "mangle PREROUTING that marks packets with 7"]),
    "this host serves": (balanced(server="127.0.0.1 80"), [PORT]),
    "five ports": (
        "".join(balanced("DR", head=f"192.0.2.10 {80 + n}", server=f"198.51.100.1 {80 + n}") for n in range(5)),
        [DIRECT, "INPUT that accepts TCP 192.0.2.10:80, TCP 192.0.2.10:81, TCP 192.0.2.10:82 and 2 more"],
    ),
    "three ports": (
        "".join(balanced("DR", head=f"192.0.2.10 {80 + n}", server=f"198.51.100.1 {80 + n}") for n in range(3)),
        [DIRECT, "INPUT that accepts TCP 192.0.2.10:80, TCP 192.0.2.10:81, TCP 192.0.2.10:82"],
    ),
    "an instance that keepalived skips": (instance(name=""), []),
    "nothing": ("global_defs {\n    router_id lvs1\n}\n", []),
    "nothing at all": ("", []),
}  # fmt: skip


def needs(found: list[Finding]) -> list[str]:
    said = [each for each in found if each.code == "LVS500"]
    assert len(said) <= 1
    return said[0].message.removeprefix(INTRODUCTION).split("; ") if said else []


@pytest.mark.usefixtures("advice")
@pytest.mark.parametrize("name", NEEDS)
def test_what_a_set_up_needs(name: str, findings: Findings) -> None:
    text, expected = NEEDS[name]
    assert needs(findings(text)) == expected


@pytest.mark.usefixtures("advice")
def test_where_it_is_said(findings: Findings) -> None:
    found = findings("global_defs {\n    router_id lvs1\n}\n" + balanced() + instance())
    assert [shown(each) for each in found if each.code == "LVS500"] == ["LVS500 info/none 4:1-15"]


TOLD: dict[str, tuple[Files, bool]] = {
    "keepalived.conf in its place": ({KEEPALIVED: balanced()}, True),
    "settings": ({KEEPALIVED: balanced(), "etc/sysctl.conf": "net.ipv4.vs.conntrack = 1\n"}, False),
    "a filter": ({KEEPALIVED: balanced(), "rules.txt": "*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n"}, False),
    "files of the host": ({KEEPALIVED: balanced(), OPTIONS: 'KEEPALIVED_OPTIONS="-D"\n'}, False),
    "a saved table": ({"etc/sysconfig/ipvsadm": "-A -t 192.0.2.10:80 -s rr\n"}, True),
    "a session": ({"session.log": "[root@lvs1 ~]# ipvsadm -A -t 192.0.2.10:80 -s rr\n"}, True),
    "a real server": ({"etc/sysconfig/network-scripts/ifcfg-lo:0": "DEVICE=lo:0\nIPADDR=192.0.2.10\nNETMASK=255.255.255.255\n"}, False),
}  # fmt: skip


@pytest.mark.usefixtures("advice")
@pytest.mark.parametrize("name", TOLD)
def test_only_where_nothing_is_told(name: str, findings: Findings) -> None:
    files, expected = TOLD[name]
    assert bool(needs(findings(lvs1=files))) == expected


def test_of_very_many_services_the_first_ones_tell(findings, advice) -> None:  # type: ignore[no-untyped-def]
    text = "".join(
        f"virtual_server 192.0.2.{number} {port} {{\n    lb_kind NAT\n    protocol TCP\n    real_server 198.51.100.1 80 {{\n    }}\n}}\n"
        for number in range(1, 21)
        for port in range(81, 91)
    )
    (said,) = [finding.message for finding in findings(text) if finding.code == "LVS500"]
    assert "TCP 192.0.2.1:81, TCP 192.0.2.1:82, TCP 192.0.2.1:83 and 197 more" in said
