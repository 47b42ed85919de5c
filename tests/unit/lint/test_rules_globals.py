"""2xx: global_defs."""

from __future__ import annotations

import pytest
from places import Findings, instance, shown

A = instance()
RULES = {"LVS276", "LVS281", "LVS283", "LVS285"}


def settings(*lines: str) -> str:
    return "\n".join(["global_defs {", *(f"    {line}" for line in lines), "}"]) + "\n"


def sync(words: str, *lines: str) -> str:
    return settings(f"lvs_sync_daemon {words}", *lines) + A


def large(number: int, kind: str = "virtual_ipaddress_excluded", item: str = "198.51.100.{}/24") -> str:
    return instance(f"{kind} {{", *(f"    {item.format(n % 256)}" for n in range(number)), "}")


CASES = {
    # LVS276
    "an instance": (sync("eth0 inst VI_1"), []),
    "an instance, at the end": (sync("eth0 id 5 port 9000 inst VI_1"), []),
    "an instance in the old form": (sync("eth0 VI_1"), []),
    "no instance": (sync("eth0"), ["LVS276 info/none 2:5-20"]),
    "no instance, an id": (sync("eth0 id 5"), ["LVS276 info/none 2:5-20"]),
    "unknown instance": (sync("eth0 inst VI_9"), ["LVS276 error/latent 2:31-35"]),
    "unknown instance behind options": (sync("eth0 id 5 inst VI_9"), ["LVS276 error/latent 2:36-40"]),
    "unknown instance in the old form": (sync("eth0 VI_9"), ["LVS276 error/latent 2:26-30"]),
    "unknown instance, a file is missing": (
        "include none.conf\n" + sync("eth0 inst VI_9"), ["LVS276 info/latent 3:31-35"],
    ),
    "an id in the old form": (sync("eth0 VI_1 5"), ["LVS276 info/none 2:31-32"]),
    "the old form and options": (sync("eth0 VI_1 id 5"), []),
    "an instance, then options": (sync("eth0 inst VI_1 id 5"), []),
    "said twice": (
        sync("eth0 inst VI_1", "lvs_sync_daemon eth1 inst VI_1"), ["LVS276 warning/none 3:5-20 +2:5-20"],
    ),
    "said three times": (
        sync("eth0 inst VI_1", *["lvs_sync_daemon eth1 inst VI_9"] * 2),
        ["LVS276 warning/none 3:5-20 +2:5-20", "LVS276 warning/none 4:5-20 +2:5-20"],
    ),
    "said wrongly": (settings("lvs_sync_daemon") + A, []),
    "not said": (settings("router_id x") + A, []),
    # LVS281
    "both filters": (
        settings("vrrp_iptables IN OUT", "nftables keepalived"), ["LVS281 warning/none 2:5-18 +3:5-13"],
    ),
    "iptables": (settings("vrrp_iptables"), []),
    "nftables": (settings("nftables"), []),
    "sets alone": (settings("vrrp_ipsets a b"), ["LVS281 warning/none 2:5-16"]),
    "sets alone, a file is missing": ("include none.conf\n" + settings("vrrp_ipsets a b"), []),
    "sets and nftables": (settings("nftables", "vrrp_ipsets a b"), ["LVS281 warning/none 3:5-16"]),
    "sets and iptables": (settings("vrrp_iptables", "vrrp_ipsets a b"), []),
    # LVS283
    "large": (large(1000), ["LVS283 info/latent 4:5-31"]),
    "large, a file is missing": ("include none.conf\n" + large(1000), []),
    "not quite large": (large(999), []),
    "large by routes": (
        large(1000, "virtual_routes", "203.0.113.{}/32 dev eth0"), ["LVS283 info/latent 4:5-19"],
    ),
    "large by rules": (
        large(1000, "virtual_rules", "from 203.0.113.{} table 7 preference 9"), ["LVS283 info/latent 4:5-18"],
    ),
    "large, but prepared": (settings("vrrp_netlink_monitor_rcv_bufs 4194304") + large(1000), []),
    "large, but prepared otherwise": (settings("vrrp_netlink_cmd_rcv_bufs 4194304") + large(1000), []),
    "large, prepared wrongly": (settings("vrrp_netlink_cmd_rcv_bufs much") + large(1000), ["LVS283 info/latent 7:5-31"]),
    "large, other settings": (settings("router_id x") + large(1000), ["LVS283 info/latent 7:5-31"]),
    "large, other lists": (large(1000, "track_interface", "eth{}"), []),
    # LVS285
    "a wider group": (settings("vrrp_mcast_group6 ff05::12"), ["LVS285 warning/none 2:23-31"]),
    "a group of the interface": (settings("vrrp_mcast_group6 ff01::12"), ["LVS285 warning/none 2:23-31"]),
    "a group of the link": (settings("vrrp_mcast_group6 ff02::112"), []),
    "a temporary group of the link": (settings("vrrp_mcast_group6 ff12::112"), []),
    "a group of the IPv4 world": (settings("vrrp_mcast_group4 239.1.1.1"), []),
    "no group": (settings("vrrp_mcast_group6 2001:db8::12"), []),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_findings(name: str, findings: Findings) -> None:
    text, expected = CASES[name]
    assert [shown(f) for f in findings(text) if f.code in RULES] == expected


@pytest.mark.parametrize("off", ["off", "no", "false"])
def test_sets_that_are_switched_off(off: str, findings: Findings) -> None:
    assert [f for f in findings(settings(f"vrrp_ipsets {off}")) if f.code == "LVS281"] == []


def test_nearly_of_that_name(findings: Findings) -> None:
    [near] = [f for f in findings(sync("eth0 inst VI1")) if f.code == "LVS276"]
    assert near.help == "did you mean `VI_1`?"
    [far] = [f for f in findings(sync("eth0 inst xyz")) if f.code == "LVS276"]
    assert far.help == ""
