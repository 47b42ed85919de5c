"""LVS230, LVS231, LVS235 to LVS237, LVS241, LVS243 to LVS245 and LVS252 to LVS254: contradictions in an instance."""

from __future__ import annotations

import pytest
from places import Findings, instance, shown

OURS = (
    "LVS230", "LVS231", "LVS235", "LVS236", "LVS237", "LVS241", "LVS243", "LVS244", "LVS245", "LVS252", "LVS253", "LVS254",
)  # fmt: skip
P, OWNER, MASTER, BACKUP = "priority 150", "priority 255", "state MASTER", "state BACKUP"
SOURCE = "unicast_src_ip 192.0.2.2"
PEERS = ("unicast_peer {", "    192.0.2.3", "}")
V6 = ("fe80::51/64", "2001:db8::51/64")
DELAY = "preempt_delay 60"
STRICT = "strict_mode on"
RANDOM = "${_RANDOM 1 200}"


def auth(kind: str = "AH", *more: str) -> tuple[str, ...]:
    return ("authentication {", f"    auth_type {kind}", *(more or ("    auth_pass s3cret",)), "}")


def link_local(*lines: str, source: str = "fe80::2", interface: str = "") -> str:
    """An IPv6 unicast instance whose source begins at 3:20."""
    lines = (f"unicast_src_ip {source}", "unicast_peer {", "    fe80::3", "}", *lines)
    return instance(*lines, vips=V6).replace("    interface eth0\n", interface)


def defs(*lines: str) -> str:
    return "".join(["global_defs {\n", *(f"    {line}\n" for line in lines), "}\n"])


CASES: dict[str, tuple[str, list[str]]] = {
    # LVS230
    "AH, master": (instance(MASTER, P, *auth()), ["LVS230 warning/none 4:11-17 +7:19-21"]),
    "AH, backup": (instance(BACKUP, P, *auth()), []),
    "AH, no state": (instance(P, *auth()), []),
    "AH, owner": (instance(MASTER, OWNER, *auth()), []),
    "AH, owner by default": (instance(MASTER, *auth()), []),
    "AH, unknown priority": (instance(MASTER, "priority 256", *auth()), []),
    "PASS, master": (instance(MASTER, P, *auth("PASS")), []),
    "AH without password, master": (instance(MASTER, P, *auth("AH", "")), []),
    "AH in version 3, master": (instance("version 3", MASTER, P, *auth()), []),
    "AH in strict mode, master": (instance(STRICT, MASTER, P, *auth()), []),
    # LVS231
    "delay, master": (instance(P, MASTER, DELAY), ["LVS231 warning/latent 6:5-18 +5:11-17"]),
    "delay, backup": (instance(P, BACKUP, DELAY), []),
    "delay, no state": (instance(P, DELAY), []),
    "no delay, master": (instance(P, MASTER, "preempt_delay 0"), []),
    "delay, owner": (instance(OWNER, DELAY), ["LVS231 warning/latent 5:5-18 +4:14-17"]),
    "delay, owner and backup": (instance(OWNER, BACKUP, DELAY), []),
    "delay, owner and master": (instance(OWNER, MASTER, DELAY), ["LVS231 warning/latent 6:5-18 +5:11-17"]),
    "delay, nopreempt": (instance(P, DELAY, "nopreempt"), ["LVS231 warning/none 5:5-18 +6:5-14"]),
    "delay, nopreempt, owner and backup": (
        instance(OWNER, BACKUP, DELAY, "nopreempt"),
        ["LVS252 warning/latent 7:5-14 +4:14-17"],
    ),
    "delay, nopreempt, master": (
        instance(P, MASTER, DELAY, "nopreempt"),
        ["LVS231 warning/latent 6:5-18 +5:11-17"],
    ),
    "delay, master, strict": (instance(P, MASTER, DELAY, STRICT), []),
    "delay, owner, strict": (instance(OWNER, DELAY, STRICT), ["LVS231 warning/latent 5:5-18 +4:14-17"]),
    "delay, owner and backup, strict": (
        instance(OWNER, BACKUP, DELAY, STRICT),
        ["LVS231 warning/latent 6:5-18 +4:14-17"],
    ),
    "delay, owner by default, strict": (instance(MASTER, DELAY, STRICT), ["LVS231 warning/latent 5:5-18 +4:11-17"]),
    # LVS235
    "group, peers": (instance("mcast_dst_ip 224.0.0.118", *PEERS), ["LVS235 warning/none 4:18-29 +5:5-17"]),
    "group, no peers": (instance("mcast_dst_ip 224.0.0.118"), []),
    "peers, no group": (instance(SOURCE, *PEERS), []),
    # LVS236
    "link-local without interface": (link_local(), ["LVS236 error/outage 3:20-27"]),
    "link-local without interface, in capitals": (link_local(source="FE80::2"), ["LVS236 error/outage 3:20-27"]),
    "the end of link-local": (link_local(source="febf::2"), ["LVS236 error/outage 3:20-27"]),
    "no longer link-local": (link_local(source="fec0::2"), []),
    "link-local, no peers": (
        instance("unicast_src_ip fe80::2", vips=V6).replace("    interface eth0\n", ""),
        ["LVS237 warning/none 3:5-19"],
    ),
    "link-local, virtual MAC": (link_local("use_vmac"), []),
    "link-local with interface": (link_local(interface="    interface eth0\n"), []),
    "link-local, interface refused": (link_local(interface="    interface far-too-long-a-name\n"), []),
    # LVS237
    "empty peers": (instance("unicast_peer {", "}"), ["LVS237 warning/none 4:5-17"]),
    "source and empty peers": (instance(SOURCE, "unicast_peer {", "}"), ["LVS237 warning/none 5:5-17"]),
    "source, no peers": (instance(P, SOURCE), ["LVS237 warning/none 5:5-19"]),
    "source check, no peers": (instance(P, "check_unicast_src"), ["LVS237 warning/none 5:5-22"]),
    "unicast TTL, no peers": (instance(P, "unicast_ttl 64"), ["LVS237 warning/none 5:5-16"]),
    "two words for unicast, no peers": (
        instance("unicast_ttl 64", "old_unicast_checksum"),
        ["LVS237 warning/none 4:5-16"],
    ),
    "a source refused, no peers": (instance("unicast_src_ip lvs1"), []),
    "source and peers": (instance(SOURCE, *PEERS), []),
    "empty peers, and some": (instance(SOURCE, "unicast_peer {", "}", *PEERS), []),
    "peers refused": (instance(SOURCE, "unicast_peer {", "    lvs2", "}"), []),
    "no peers yet": (instance(SOURCE, "unicast_fault_no_peer"), []),
    "no word for unicast": (instance(P, "mcast_src_ip 192.0.2.2"), []),
    # LVS241
    "a peer twice": (
        instance(SOURCE, "unicast_peer {", "    192.0.2.3", "    192.0.2.4", "    192.0.2.3", "}"),
        ["LVS241 warning/none 8:9-18 +6:9-18"],
    ),
    "a peer three times": (
        instance(SOURCE, "unicast_peer {", "    192.0.2.3", "    192.0.2.3", "    192.0.2.3", "}"),
        ["LVS241 warning/none 7:9-18 +6:9-18", "LVS241 warning/none 8:9-18 +6:9-18"],
    ),
    "a peer in two spellings": (
        instance("unicast_peer {", "    2001:db8::3", "    2001:DB8:0::3", "}", vips=V6),
        ["LVS241 warning/none 6:9-22 +5:9-20"],
    ),
    # LVS243
    "random VRID": (instance().replace("61", RANDOM), ["LVS243 error/split 3:5-39"]),
    "random address": (instance(vips=(f"192.0.2.{RANDOM}/24",)), ["LVS243 error/split 5:9-36"]),
    "random excluded address": (
        instance("virtual_ipaddress_excluded {", f"    192.0.2.{RANDOM}/24", "}"),
        ["LVS243 error/split 5:9-36"],
    ),
    "random password": (
        instance("authentication {", "    auth_type PASS", f"    auth_pass {RANDOM}", "}"),
        ["LVS243 error/split 6:9-35"],
    ),
    "random priority": (instance(f"priority {RANDOM}"), ["LVS243 warning/latent 4:5-30"]),
    "random delay": (instance(f"garp_master_delay {RANDOM}"), []),
    "random VRID, one seed": (defs("random_seed 5") + instance().replace("61", RANDOM), []),
    "another built-in name": (instance().replace("61", "${_INSTANCE}"), []),
    # LVS244
    "fast": (instance("version 3", "advert_int 0.24", "priority 225"), ["LVS244 info/latent 5:16-20"]),
    "three quarters of a second": (instance("version 3", "advert_int 0.24", "priority 224"), []),
    "fast with a real-time priority": (defs("vrrp_rt_priority 50") + instance("version 3", "advert_int 0.1"), []),
    "fast without swapping": (defs("vrrp_no_swap") + instance("version 3", "advert_int 0.1"), []),
    "fast with a priority": (defs("vrrp_priority -10") + instance("version 3", "advert_int 0.1"), []),
    "fast with a priority by itself": (defs("max_auto_priority 20") + instance("version 3", "advert_int 0.1"), []),
    "rounded to a second": (instance("advert_int 0.1"), []),
    # LVS245
    "tunnel": (instance().replace("eth0", "tun0"), ["LVS245 info/outage 2:15-19"]),
    "tunnel with a name": (instance().replace("eth0", "wg-lan"), ["LVS245 info/outage 2:15-21"]),
    "VLAN": (instance().replace("eth0", "eth0.20"), ["LVS245 info/outage 2:15-22"]),
    "VLAN by its number": (instance().replace("eth0", "vlan20"), ["LVS245 info/outage 2:15-21"]),
    "nearly a VLAN": (instance("track_interface {", "    eth0.x", "    vrrp.51", "    vlan", "    br.1.lan", "}"), []),
    "one VLAN, named twice": (
        instance(P, "track_interface {", "    eth1.9", "}").replace("eth0", "eth0.20")
        + instance(P).replace("VI_1", "VI_2").replace("eth0", "eth0.20").replace("id 61", "id 62").replace("2.10", "2.20"),
        ["LVS245 info/outage 2:15-22", "LVS245 info/outage 6:9-15"],
    ),
    "tracked dial-up link": (instance(P, "track_interface {", "    eth1", "    ppp0", "}"), ["LVS245 info/outage 7:9-13"]),
    "tracked tunnel and its like": (instance("track_interface {", "    tunl0", "    tunnel", "    xtun0", "}"), []),
    "a script called like a tunnel": (
        'vrrp_script tun0 {\n    script "/bin/true"\n}\n' + instance("track_script {", "    tun0", "}"),
        [],
    ),
    "dynamic tunnel": (defs("dynamic_interfaces") + instance().replace("eth0", "tun0"), []),
    # LVS252
    "nopreempt, owner": (instance(OWNER, "nopreempt"), ["LVS252 warning/latent 5:5-14 +4:14-17"]),
    "nopreempt, no owner": (instance("priority 254", "nopreempt"), []),
    "nopreempt, owner and master": (instance(OWNER, MASTER, "nopreempt"), []),
    "nopreempt, owner by default": (instance(MASTER, "nopreempt"), []),
    "late timer": (instance(P, "timer_expired_backup"), ["LVS252 warning/none 5:5-25"]),
    "late timer with nopreempt": (instance(P, "timer_expired_backup", "nopreempt"), []),
    "late timer, unknown priority": (instance("priority 256", "timer_expired_backup"), []),
    "adverts ignored": (instance(P, "owner_ignore_adverts"), ["LVS252 warning/none 5:5-25"]),
    "adverts ignored, in words": (instance(P, "owner_ignore_adverts on"), ["LVS252 warning/none 5:5-25"]),
    "adverts not ignored": (instance(P, "owner_ignore_adverts off"), []),
    "adverts ignored by the owner": (instance(OWNER, "owner_ignore_adverts"), []),
    "adverts ignored by the owner by default": (instance(MASTER, "owner_ignore_adverts"), []),
    "adverts ignored, unknown priority": (instance("priority 256", "owner_ignore_adverts"), []),
    # LVS253
    "source of the other family": (
        instance("unicast_src_ip 2001:db8::2", *PEERS),
        ["LVS253 error/outage 4:20-31 +9:9-22"],
    ),
    "multicast source of the other family": (
        instance("mcast_src_ip 2001:db8::2"),
        ["LVS253 error/outage 4:18-29 +6:9-22"],
    ),
    "group of the other family": (instance("mcast_dst_ip ff02::5"), ["LVS253 error/outage 4:18-25 +6:9-22"]),
    "peer of the other family": (
        instance("unicast_peer {", "    192.0.2.3", "    2001:db8::3", "    2001:db8::4", "}"),
        ["LVS253 error/outage 6:9-20 +10:9-22"],
    ),
    "an IPv4 peer of IPv6 addresses": (instance(*PEERS, vips=V6), ["LVS253 error/outage 5:9-18 +8:9-20"]),
    "one family": (instance("unicast_src_ip 2001:db8::2", "unicast_peer {", "    2001:db8::3", "}", vips=V6), []),
    "two families, no addresses": (instance("unicast_src_ip 2001:db8::2", *PEERS, vips=()), []),
    # LVS254
    "no TTL left": (
        instance("unicast_peer {", "    192.0.2.3 min_ttl 65 max_ttl 64", "}"),
        ["LVS254 error/split 5:27-29"],
    ),
    "no TTL left, the other way round": (
        instance("unicast_peer {", "    192.0.2.3 max_ttl 64 min_ttl 65", "}"),
        ["LVS254 error/split 5:38-40"],
    ),
    "one TTL left": (instance("unicast_peer {", "    192.0.2.3 min_ttl 64 max_ttl 64", "}"), []),
    "no TTL left, a peer refused": (instance("unicast_peer {", "    lvs2 min_ttl 65 max_ttl 64", "}"), []),
    "only a smallest TTL": (instance("unicast_peer {", "    192.0.2.3 min_ttl 255", "}"), []),
    "only a greatest TTL": (instance("unicast_peer {", "    192.0.2.3 max_ttl 0", "}"), []),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_findings(name: str, findings: Findings) -> None:
    text, expected = CASES[name]
    assert [shown(finding) for finding in findings(text) if finding.code in OURS] == expected


@pytest.mark.parametrize(("target", "expected"), [("2.2.7", []), ("2.2.8", ["LVS236"]), ("2.4.3", ["LVS236"])])
def test_link_local_sources_are_a_matter_of_newer_versions(
    target: str, expected: list[str], findings: Findings
) -> None:
    assert [found.code for found in findings(link_local(), target=target) if found.code == "LVS236"] == expected


def test_peers_that_may_be_in_a_missing_file(findings: Findings) -> None:
    text = instance(SOURCE, "unicast_peer {", "    include peers.conf", "}")
    assert "LVS237" not in {found.code for found in findings(text)}


def test_an_instance_that_is_cut_short(findings: Findings) -> None:
    text = instance(P, SOURCE, "}", *PEERS)
    assert not {"LVS236", "LVS237"} & {found.code for found in findings(text)}
    text = link_local("}")
    assert "LVS236" not in {found.code for found in findings(text)}


def test_why_a_delay_is_dropped(findings: Findings) -> None:
    [state] = [f.message for f in findings(instance(P, MASTER, DELAY)) if f.code == "LVS231"]
    assert "drops preempt_delay beside `state MASTER`" in state
    [owner] = [f.message for f in findings(instance(OWNER, DELAY)) if f.code == "LVS231"]
    assert "drops preempt_delay beside priority 255" in owner
