"""5xx: settings of the kernel that do not do what they say."""

from __future__ import annotations

import pytest
from hosted import RULES, SYSCTL, Files, balances, card, facts, log, script, shown
from places import Findings

DR: Files = {RULES: balances("g")}


def conf(*settings: str) -> Files:
    return {SYSCTL: "".join(f"net.ipv4.conf.{each}\n" for each in settings)}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (conf("all.rp_filter = 0", "default.rp_filter = 1"), ["sysctl.conf:1"]),
        (conf("default.rp_filter = 1", "all.rp_filter = 0"), ["sysctl.conf:2"]),
        (conf("eth0.rp_filter = 0", "all.rp_filter = 2"), ["sysctl.conf:1"]),
        (conf("eth0/5.rp_filter = 0", "all.rp_filter = 1"), ["sysctl.conf:1"]),
        (conf("all.rp_filter = 0", "default.rp_filter = 0"), []),
        (conf("all.rp_filter = 0", "eth1.rp_filter = 1"), []),
        (conf("eth0.rp_filter = 0", "default.rp_filter = 1"), []),
        (conf("eth0.rp_filter = 0", "eth0.rp_filter = 1", "all.rp_filter = 1"), []),
        (conf("default.rp_filter = 0", "all.rp_filter = 1"), []),
        (conf("all.rp_filter = 1"), []),
        (conf("all.arp_ignore = 0", "default.arp_ignore = 1"), []),
    ],
)
def test_overruled(findings: Findings, files: Files, expected: list[str]) -> None:
    assert shown(findings(lvs1=DR | files), "LVS508") == [f"LVS508 info/none lvs1 {place}" for place in expected]


def test_before_the_higher_value_counted(findings: Findings) -> None:
    old = {"facts.json": facts()["facts.json"].replace('"modules"', '"kernel": "2.6.18-8.el5",\n"modules"')}
    files = DR | conf("all.rp_filter = 0", "default.rp_filter = 1")
    assert shown(findings(lvs1=files | old), "LVS508") == []
    assert shown(findings(lvs1=files | {"facts.json": old["facts.json"].replace("2.6.18", "2.6.32")}), "LVS508") != []


def test_where_packets_are_dropped_that_is_said(findings: Findings) -> None:
    web = card("eth0", "198.51.100.11") | card("eth1", "192.0.2.11", gateway="192.0.2.1")
    found = findings(lvs1=DR, web1=web | conf("all.rp_filter = 0", "default.rp_filter = 1"))
    assert shown(found, "LVS506", "LVS508") == ["LVS506 error/outage web1 sysctl.conf:2"]


DEFAULT = "echo 1 > /proc/sys/net/ipv4/conf/default/"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (script(f"{DEFAULT}rp_filter"), ["LVS509 info/none lvs1 rc.local:2"]),
        (log(f"{DEFAULT}arp_ignore"), ["LVS509 info/none lvs1 session.log:1"]),
        (log("sysctl -w net.ipv4.conf.default.forwarding=1"), ["LVS509 info/none lvs1 session.log:1"]),
        (log(f"{DEFAULT}log_martians"), []),
        (script(f"{DEFAULT}rp_filter", "echo 1 > /proc/sys/net/ipv4/conf/all/rp_filter"), []),
        (script(f"{DEFAULT}rp_filter", "echo 1 > /proc/sys/net/ipv4/conf/eth0/rp_filter"), []),
        (script(f"{DEFAULT}rp_filter", "echo 1 > /proc/sys/net/ipv4/conf/eth0/arp_ignore"),
         ["LVS509 info/none lvs1 rc.local:2"]),
        (script(f"{DEFAULT}rp_filter", "ip link add dummy0 type dummy"), []),
        (script(f"{DEFAULT}rp_filter", "ip link set eth0 up", "ip link set lo up"), ["LVS509 info/none lvs1 rc.local:2"]),
        (script(f"{DEFAULT}forwarding", "sysctl -w net.ipv6.conf.all.forwarding=1"), ["LVS509 info/none lvs1 rc.local:2"]),
        (conf("default.rp_filter = 1"), []),
        (conf("default.rp_filter = 1") | script(f"{DEFAULT}rp_filter"), []),
        (conf("default.rp_filter = 0") | script(f"{DEFAULT}rp_filter"), ["LVS509 info/none lvs1 rc.local:2"]),
        (facts(["eth0"], sysctls={"net.ipv4.conf.default.rp_filter": "1"}), []),
    ],
)  # fmt: skip
def test_default(findings: Findings, files: Files, expected: list[str]) -> None:
    assert shown(findings(lvs1=DR | files), "LVS509") == expected


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("net.ipv4.conf.eth0.5.rp_filter", "write `net/ipv4/conf/eth0.5/rp_filter = 1`"),
        ("net.ipv4.neigh.bond0.100.gc_stale_time", "write `net/ipv4/neigh/bond0.100/gc_stale_time = 1`"),
        ("net.ipv6.conf.eth0.5.6.accept_ra", "write `net/ipv6/conf/eth0.5.6/accept_ra = 1`"),
        ("net/ipv4/conf/eth0.5/rp_filter", ""),
        ("net.ipv4.conf.eth0/5.rp_filter", ""),
        ("net.ipv4.conf.eth0.rp_filter", ""),
    ],
)
def test_dots(findings: Findings, key: str, expected: str) -> None:
    found = [f for f in findings(lvs1=DR | {SYSCTL: f"{key} = 1\n"}) if f.code == "LVS510"]
    assert [f.help for f in found] == ([expected] if expected else [])
    assert all((f.severity, f.effect) == ("warning", "latent") for f in found)


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("net.ipv4.ip_forwarding", "net.ipv4.ip_forward"),
        ("net.ipv4.ip_foward", "net.ipv4.ip_forward"),
        ("net.ipv4.ipforward", "net.ipv4.ip_forward"),
        ("net.ipv4.conf.all.rp_filtre", "net.ipv4.conf.all.rp_filter"),
        ("net.ipv4.conf.eth0.arp-ignore", "net.ipv4.conf.eth0.arp_ignore"),
        ("net.ipv4.ip_forward", ""),
        ("net.ipv4.conf.all.arp_announce", ""),
        ("net.ipv4.ipfrag_time", ""),
        ("net.ipv4.ipfrag_low_thresh", ""),
        ("net.ipv4.ipfrag_secret_interval", ""),
        ("net.ipv4.ip_something_of_a_patch", ""),
        ("net.ipv4.tcp_syncookie", ""),
        ("kernel.ip_forwarding", ""),
    ],
)
def test_unknown(findings: Findings, key: str, meant: str) -> None:
    found = [f for f in findings(lvs1=DR | {SYSCTL: f"{key} = 1\n"}) if f.code == "LVS511"]
    assert [(f.severity, f.effect, f.help) for f in found] == (
        [("warning", "latent", f"did you mean `{meant}`?")] if meant else []
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("net.ipv4.ip_foward = 1\n", "LVS511 error/outage lvs1 sysctl.conf:1"),
        ("net.ipv4.ip_foward = 1\nnet.ipv4.ip_forward = 1\n", "LVS511 warning/latent lvs1 sysctl.conf:1"),
        ("net.ipv4.conf.all.rp_filtre = 1\n", "LVS511 warning/latent lvs1 sysctl.conf:1"),
    ],
)
def test_unknown_where_it_is_needed(findings: Findings, text: str, expected: str) -> None:
    found = [f for f in findings(lvs1={RULES: balances(), SYSCTL: text}) if f.code == "LVS511"]
    assert shown(found, "LVS511") == [expected]
    assert ("masquerades" in found[0].message) == ("error" in expected)
