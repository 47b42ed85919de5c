"""5xx: forwarding on directors that masquerade, and the helper for FTP."""

from __future__ import annotations

import pytest
from hosted import (
    FORWARD,
    KEEPALIVED,
    MODULES,
    RULES,
    SYSCTL,
    Files,
    balances,
    card,
    facts,
    log,
    script,
    shown,
    vrrp,
)
from places import Findings

CODES = ("LVS501", "LVS502", "LVS503", "LVS504", "LVS505")
OFF, OTHER = "net.ipv4.ip_forward = 0\n", "net.ipv4.tcp_syncookies = 1\n"
OFF6, ON6 = "net.ipv6.conf.all.forwarding = 0\n", "net.ipv6.conf.all.forwarding = 1\n"
NAT: Files = {RULES: balances()}
NAT6: Files = {RULES: balances(server="[2001:db8::11]", vip="[2001:db8::10]")}
INNER = card("eth0", "198.51.100.2")
ECHO = "echo 1 > /proc/sys/net/ipv4/ip_forward"
ADD = ("ipvsadm -A -t 192.0.2.10:80 -s wlc", "ipvsadm -a -t 192.0.2.10:80 -r 198.51.100.11:80 -m")
KEY = "net.ipv4.ip_forward"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        # Off: of all that is written, the last counts, under either of its names.
        (NAT | {SYSCTL: OFF}, ["LVS501 error/outage lvs1 sysctl.conf:1"]),
        (NAT | {SYSCTL: FORWARD + OFF}, ["LVS501 error/outage lvs1 sysctl.conf:2"]),
        (NAT | {SYSCTL: OFF + FORWARD}, []),
        (NAT | {SYSCTL: FORWARD + "net.ipv4.conf.all.forwarding = 0\n"}, ["LVS501 error/outage lvs1 sysctl.conf:2"]),
        (NAT | {SYSCTL: OFF + "net.ipv4.conf.all.forwarding = 1\n"}, []),
        (NAT | {SYSCTL: OFF} | script(ECHO), []),
        (NAT6 | {SYSCTL: FORWARD + OFF6}, ["LVS501 error/outage lvs1 sysctl.conf:2"]),
        (NAT6 | {SYSCTL: ON6}, []),
        ({RULES: NAT[RULES] + NAT6[RULES], SYSCTL: OFF + OFF6},
         ["LVS501 error/outage lvs1 sysctl.conf:1", "LVS501 error/outage lvs1 sysctl.conf:2"]),
        # Only masquerading needs it, and not that of servers on the director itself.
        ({RULES: balances("g"), SYSCTL: OFF}, []),
        ({RULES: balances("i"), SYSCTL: OFF}, []),
        ({RULES: balances(server="127.0.0.1"), SYSCTL: OFF}, []),
        ({RULES: balances(server="198.51.100.2"), SYSCTL: OFF} | INNER, []),
        ({SYSCTL: OFF} | INNER, []),
        # An interface by itself.
        (NAT | {SYSCTL: OFF + "net.ipv4.conf.eth0.forwarding = 1\n"}, []),
        (NAT | INNER | {SYSCTL: OFF + "net.ipv4.conf.eth0.forwarding = 1\n"}, []),
        (NAT | INNER | {SYSCTL: OFF + "net.ipv4.conf.eth1.forwarding = 1\n"}, ["LVS501 error/outage lvs1 sysctl.conf:1"]),
        (NAT | INNER | {SYSCTL: FORWARD + "net.ipv4.conf.eth0.forwarding = 0\n"}, ["LVS504 error/outage lvs1 sysctl.conf:2"]),
        (NAT | INNER | {SYSCTL: "net.ipv4.conf.eth0.forwarding = 0\n" + FORWARD}, []),
        (NAT | INNER | {SYSCTL: FORWARD + "net.ipv4.conf.eth1.forwarding = 0\n"}, []),
        (NAT | {SYSCTL: FORWARD + "net.ipv4.conf.eth0.forwarding = 0\n"}, []),
        # Never set.
        (NAT | {SYSCTL: OTHER}, ["LVS502 warning/outage lvs1 ipvsadm.rules:1"]),
        (NAT6 | {SYSCTL: FORWARD}, ["LVS502 warning/outage lvs1 ipvsadm.rules:1"]),
        (NAT | log("sysctl -w net.ipv4.tcp_syncookies=1"), ["LVS502 info/none lvs1 ipvsadm.rules:1"]),
        (NAT | facts(sysctls={"net.ipv4.tcp_syncookies": "1"}), ["LVS502 error/outage lvs1 ipvsadm.rules:1"]),
        (NAT | {SYSCTL: "net.ipv4.ip_foward = 1\n"}, []),
        (NAT, []),
        # Until the next boot.
        (NAT | {SYSCTL: OFF} | log(ECHO), ["LVS503 warning/latent lvs1 session.log:1"]),
        (NAT | {SYSCTL: OTHER} | log(ECHO), ["LVS503 warning/latent lvs1 session.log:1"]),
        (NAT | log(ECHO), ["LVS503 warning/latent lvs1 session.log:1"]),
        (NAT | log("sysctl -w net.ipv4.conf.all.forwarding=1"), ["LVS503 warning/latent lvs1 session.log:1"]),
        (log(*ADD, ECHO), ["LVS503 warning/latent lvs1 session.log:3"]),
        (NAT | {SYSCTL: FORWARD} | log(ECHO), []),
        (NAT | {SYSCTL: "net.ipv4.conf.all.forwarding = 1\n"} | log(ECHO), []),
        (NAT6 | {SYSCTL: OTHER} | log("sysctl -w net.ipv6.conf.all.forwarding=1"), ["LVS503 warning/latent lvs1 session.log:1"]),
        (NAT | INNER | {SYSCTL: OTHER} | log("sysctl -w net.ipv4.conf.eth0.forwarding=1"), []),
        # A script that makes the service as well: what runs it at boot runs all of it.
        ({"lvs.sh": "\n".join(["#!/bin/sh", *ADD, ECHO, ""])}, []),
        (NAT | {"lvs.sh": f"#!/bin/sh\n{ECHO}\n"}, ["LVS503 warning/latent lvs1 lvs.sh:2"]),
        # What runs, and no file that says it: it may stand in one that was not given.
        (NAT | facts(sysctls={KEY: "1"}), []),
        (NAT | {SYSCTL: OTHER} | facts(sysctls={KEY: "1"}), []),
        (NAT | {SYSCTL: OFF} | facts(sysctls={KEY: "1"}), ["LVS503 warning/latent lvs1 facts.json:10"]),
        (NAT | {SYSCTL: FORWARD} | facts(sysctls={KEY: "0"}), ["LVS501 error/outage lvs1 facts.json:10"]),
    ],
)  # fmt: skip
def test_forwarding(findings: Findings, files: Files, expected: list[str]) -> None:
    assert shown(findings(lvs1=files), *CODES) == expected


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (FORWARD, OFF, ["LVS505 error/latent lvs2 sysctl.conf:1"]),
        (OFF, FORWARD, ["LVS505 error/outage lvs1 sysctl.conf:1"]),
        (FORWARD, OTHER, ["LVS505 warning/latent lvs2 ipvsadm.rules:1"]),
        (FORWARD, "net.ipv4.ip_foward = 1\n", []),
        (FORWARD, FORWARD, []),
        (OFF, OFF, ["LVS501 error/outage lvs1 sysctl.conf:1", "LVS501 error/outage lvs2 sysctl.conf:1"]),
        (OTHER, OTHER, ["LVS502 warning/outage lvs1 ipvsadm.rules:1", "LVS502 warning/outage lvs2 ipvsadm.rules:1"]),
        (OTHER, OFF, ["LVS502 warning/outage lvs1 ipvsadm.rules:1", "LVS501 error/outage lvs2 sysctl.conf:1"]),
    ],
)
def test_pair(findings: Findings, first: str, second: str, expected: list[str]) -> None:
    one = NAT | {KEEPALIVED: vrrp(), SYSCTL: first}
    other = NAT | {KEEPALIVED: vrrp(priority=100), SYSCTL: second}
    assert shown(findings(lvs1=one, lvs2=other), *CODES) == expected


NOTIFIES = vrrp(more='    notify_master "/etc/keepalived/master.sh"\n')


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({SYSCTL: OFF}, "LVS501 warning/outage lvs1 sysctl.conf:1"),
        (facts(sysctls={KEY: "0"}), "LVS501 error/outage lvs1 facts.json:10"),
    ],
)
def test_scripts_of_the_master(findings: Findings, files: Files, expected: str) -> None:
    """They may switch forwarding on."""
    assert shown(findings(lvs1=NAT | {KEEPALIVED: NOTIFIES} | files), *CODES) == [expected]


def test_scripts_of_a_pair(findings: Findings) -> None:
    other = NAT | {KEEPALIVED: NOTIFIES.replace("150", "100"), SYSCTL: OFF}
    found = findings(lvs1=NAT | {KEEPALIVED: vrrp(), SYSCTL: FORWARD}, lvs2=other)
    assert shown(found, *CODES) == ["LVS505 warning/latent lvs2 sysctl.conf:1"]
    assert ["does not forward" in f.message for f in found if f.code == "LVS505"] == [True]


@pytest.mark.parametrize("texts", [(FORWARD, OFF), (OFF, FORWARD)])
def test_pair_of_equals(findings: Findings, texts: tuple[str, str]) -> None:
    """Which of the two is the master is chance."""
    one, other = ({KEEPALIVED: vrrp(), SYSCTL: text} | NAT for text in texts)
    found = shown(findings(lvs1=one, lvs2=other), *CODES)
    assert found == [f"LVS505 error/outage lvs{texts.index(OFF) + 1} sysctl.conf:1"]


def test_several_pairs(findings: Findings) -> None:
    """A pair of others says nothing, nor does a peer of which only the keepalived.conf is known."""
    third = vrrp("203.0.113.9/24").replace("77", "78")
    hosts = {name: {KEEPALIVED: third, SYSCTL: FORWARD, "etc/hosts": ""} for name in ("lvs3", "lvs4")}
    found = findings(lvs1=NAT | {KEEPALIVED: vrrp(), SYSCTL: OFF}, lvs2=vrrp(priority=100), **hosts)
    assert shown(found, *CODES) == ["LVS501 error/outage lvs1 sysctl.conf:1"]


@pytest.mark.parametrize(
    ("files", "words"),
    [
        (NAT | {SYSCTL: OTHER}, ["on in what is told of this host: where"]),
        (NAT | facts(sysctls={"net.ipv4.tcp_syncookies": "1"}), ["on: where"]),
        (NAT | log(ECHO), [f"no file sets {KEY}", "sysctl.conf"]),
        (NAT | {SYSCTL: OFF} | log(ECHO), ["then `net.ipv4.ip_forward = 0` counts", "in place of the other value"]),
    ],
)
def test_words(findings: Findings, files: Files, words: list[str]) -> None:
    found = [f for f in findings(lvs1=files) if f.code in CODES]
    assert all(word in found[0].message + found[0].help for word in words)
    assert ("in place" in found[0].help) == bool(found[0].related and found[0].code == "LVS503")


@pytest.mark.parametrize(("text", "word"), [(OFF, "does not forward"), (OTHER, "is told nowhere to forward")])
def test_words_of_a_pair(findings: Findings, text: str, word: str) -> None:
    one, other = {KEEPALIVED: vrrp(), SYSCTL: FORWARD} | NAT, {KEEPALIVED: vrrp(priority=100), SYSCTL: text} | NAT
    assert [word in f.message for f in findings(lvs1=one, lvs2=other) if f.code == "LVS505"] == [True]


def test_pair_with_known_settings(findings: Findings) -> None:
    one = NAT | {KEEPALIVED: vrrp(), SYSCTL: FORWARD}
    other = NAT | {KEEPALIVED: vrrp(priority=100)} | facts(sysctls={"net.ipv4.tcp_syncookies": "1"})
    found = findings(lvs1=one, lvs2=other)
    assert shown(found, *CODES) == ["LVS505 error/latent lvs2 ipvsadm.rules:1"]
    assert ["does not forward" in f.message for f in found if f.code == "LVS505"] == [True]


def test_strangers_are_no_peers(findings: Findings) -> None:
    one = NAT | {KEEPALIVED: vrrp(), SYSCTL: FORWARD}
    other = NAT | {KEEPALIVED: vrrp("203.0.113.9/24").replace("77", "78"), SYSCTL: OFF}
    assert shown(findings(lvs1=one, lvs2=other), *CODES) == ["LVS501 error/outage lvs2 sysctl.conf:1"]


FTP = balances(port=21)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({RULES: FTP}, ["LVS515 info/none lvs1 ipvsadm.rules:1"]),
        ({RULES: FTP, MODULES: "ip_vs_wlc\n"}, ["LVS515 warning/outage lvs1 ipvsadm.rules:1"]),
        ({RULES: FTP, MODULES: "bonding\n"}, ["LVS515 info/none lvs1 ipvsadm.rules:1"]),
        ({RULES: FTP} | facts(modules=["bonding"]), ["LVS515 warning/outage lvs1 ipvsadm.rules:1"]),
        ({RULES: FTP} | facts(modules=["ip_vs_ftp"]), []),
        ({RULES: FTP} | script("modprobe ip_vs_ftp"), []),
        ({RULES: FTP} | script("modprobe ip_vs_ftp", "rmmod ip_vs_ftp"), ["LVS515 info/none lvs1 ipvsadm.rules:1"]),
        ({RULES: balances("g", port=21)}, []),
        ({RULES: balances()}, []),
        ({RULES: FTP.replace("-t", "-u")}, []),
        ({RULES: FTP + balances(port=21, vip="192.0.2.12")}, ["LVS515 info/none lvs1 ipvsadm.rules:1"]),
    ],
)
def test_ftp(findings: Findings, files: Files, expected: list[str]) -> None:
    assert shown(findings(lvs1=files), "LVS515") == expected


@pytest.mark.parametrize(
    ("files", "word"), [(facts(modules=["bonding"]), "is not loaded"), ({MODULES: "ip_vs\n"}, "nothing here loads")]
)
def test_words_of_ftp(findings: Findings, files: Files, word: str) -> None:
    assert [word in f.message for f in findings(lvs1={RULES: FTP} | files) if f.code == "LVS515"] == [True]
