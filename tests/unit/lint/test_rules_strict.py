"""LVS233, LVS234, LVS239 and LVS255: strict mode and virtual MACs."""

from __future__ import annotations

import pytest
from places import Findings, instance, shown

OURS = ("LVS233", "LVS234", "LVS239", "LVS255")
P, OWNER, MASTER, BACKUP = "priority 150", "priority 255", "state MASTER", "state BACKUP"
# What is behind it begins at line 5 of an instance. The owner's addresses are not hidden.
STRICT = "strict_mode on"
PEERS = ("unicast_peer {", "    192.0.2.3", "}")
PASS = ("authentication {", "    auth_type PASS", "    auth_pass s3cret", "}")
V6 = ("fe80::51/64", "2001:db8::51/64")
HIDDEN = ["LVS234 warning/outage 6:5-22 +4:5-16"]


def strict(*lines: str, vips: tuple[str, ...] = ("192.0.2.10/24",)) -> str:
    return instance(STRICT, *lines, vips=vips)


def web(address: str = "192.0.2.10 80") -> str:
    servers = "    real_server 198.51.100.1 80 {\n        TCP_CHECK {\n        }\n    }\n}\n"
    return f"virtual_server {address} {{\n    lb_algo rr\n    lb_kind NAT\n    protocol TCP\n" + servers


def web_group(*lines: str) -> str:
    return "virtual_server_group WEB {\n" + "".join(f"    {line}\n" for line in lines) + "}\n" + web("group WEB")


def defs(*lines: str) -> str:
    return "".join(["global_defs {\n", *(f"    {line}\n" for line in lines), "}\n"])


CASES: dict[str, tuple[str, list[str]]] = {
    # LVS233
    "peers": (strict(OWNER, *PEERS), ["LVS233 error/outage 6:5-17 +4:5-16"]),
    "peers, not strict": (instance("strict_mode off", OWNER, *PEERS), []),
    "authentication": (strict(OWNER, *PASS), ["LVS233 warning/none 6:5-19 +4:5-16"]),
    "authentication, strict for all": (
        defs("vrrp_strict") + instance(OWNER, *PASS),
        ["LVS233 warning/none 8:5-19 +2:5-16"],
    ),
    "authentication, strict for all but this": (defs("vrrp_strict") + instance("strict_mode off", OWNER, *PASS), []),
    "authentication in version 3": (strict(OWNER, "version 3", *PASS), []),
    "authentication without password": (strict(OWNER, *PASS[:2], "}"), []),
    "authentication without type": (strict(OWNER, PASS[0], *PASS[2:]), []),
    "owner and backup": (strict(OWNER, BACKUP), ["LVS233 warning/none 6:11-17 +4:5-16"]),
    "owner and master": (strict(OWNER, MASTER), []),
    "owner without state": (strict(OWNER), []),
    "owner by default": (strict(MASTER), []),
    "master, no owner": (
        strict(P, MASTER),
        ["LVS233 warning/none 6:11-17 +4:5-16", "LVS234 warning/outage 7:5-22 +4:5-16"],
    ),
    "backup, no owner": (strict(P, BACKUP), ["LVS234 warning/outage 7:5-22 +4:5-16"]),
    "accept": (
        strict(P, "accept"),
        ["LVS233 warning/none 6:5-11 +4:5-16", "LVS234 warning/outage 7:5-22 +4:5-16"],
    ),
    "accept by the owner": (strict(OWNER, "accept"), []),
    "accept in version 3": (strict(P, "version 3", "accept"), []),
    "accept with an unknown priority": (strict("priority 256", "accept"), []),
    "no_accept": (strict(P, "no_accept"), ["LVS234 warning/outage 7:5-22 +4:5-16"]),
    "accept, then no_accept": (strict(P, "accept", "no_accept"), ["LVS234 warning/outage 8:5-22 +4:5-16"]),
    "no_accept, then accept": (
        strict(P, "no_accept", "accept"),
        ["LVS233 warning/none 7:5-11 +4:5-16", "LVS234 warning/outage 8:5-22 +4:5-16"],
    ),
    "ARP delay": (strict(OWNER, "garp_lower_prio_delay 1"), ["LVS233 warning/none 6:5-26 +4:5-16"]),
    "no ARP delay": (strict(OWNER, "garp_lower_prio_delay 0"), []),
    "ARP repetition": (strict(OWNER, "garp_lower_prio_repeat 1"), ["LVS233 warning/none 6:5-27 +4:5-16"]),
    "no ARP repetition": (strict(OWNER, "garp_lower_prio_repeat 0"), []),
    "answers to lower priority": (
        strict(OWNER, "lower_prio_no_advert off"),
        ["LVS233 warning/none 6:5-25 +4:5-16"],
    ),
    "no answers to lower priority": (strict(OWNER, "lower_prio_no_advert"), []),
    "answers to higher priority": (strict(OWNER, "higher_prio_send_advert"), ["LVS233 warning/none 6:5-28 +4:5-16"]),
    "answers to higher priority, in words": (
        strict(OWNER, "higher_prio_send_advert on"),
        ["LVS233 warning/none 6:5-28 +4:5-16"],
    ),
    "no answers to higher priority": (strict(OWNER, "higher_prio_send_advert no"), []),
    "delay": (strict("preempt_delay 5"), ["LVS233 warning/none 5:5-18 +4:5-16", *HIDDEN]),
    "no delay": (strict("preempt_delay 0"), HIDDEN),
    "delay of the owner": (strict(OWNER, "preempt_delay 5"), []),
    "delay of the owner by default": (strict(MASTER, "preempt_delay 5"), []),
    "down timer": (strict(OWNER, "down_timer_adverts 4"), ["LVS233 warning/none 6:5-23 +4:5-16"]),
    "down timer as it is": (strict(OWNER, "down_timer_adverts 3"), []),
    "down timer for all": (
        defs("vrrp_down_timer_adverts 4") + strict(OWNER),
        ["LVS233 warning/none 2:5-28 +7:5-16"],
    ),
    "down timer for all but this": (defs("vrrp_down_timer_adverts 4") + strict(OWNER, "down_timer_adverts 3"), []),
    "MAC address": (strict(OWNER, "use_vmac 02:00:00:00:00:01"), ["LVS233 warning/none 6:5-13 +4:5-16"]),
    "name of a virtual MAC": (strict(OWNER, "use_vmac vrrp.51"), []),
    "virtual MAC and base": (
        strict(OWNER, "use_vmac", "vmac_xmit_base"),
        ["LVS233 warning/none 7:5-19 +4:5-16"],
    ),
    "base without virtual MAC": (strict(OWNER, "vmac_xmit_base"), ["LVS239 warning/none 6:5-19"]),
    # LVS234
    "strict": (strict(P), HIDDEN),
    "strict for all": (defs("vrrp_strict") + instance(P), ["LVS234 warning/outage 8:5-22 +2:5-16"]),
    "strict, nearly an owner": (strict("priority 254"), HIDDEN),
    "strict, unknown priority": (strict("priority 256"), []),
    "strict, unknown version": (strict(P, "version 4", "accept"), ["LVS233 warning/none 7:5-11 +4:5-16"]),
    "strict, version 3": (strict(P, "version 3"), ["LVS234 warning/outage 7:5-22 +4:5-16"]),
    "strict, version 3, no_accept": (
        strict(P, "version 3", "no_accept"),
        ["LVS234 warning/outage 8:5-22 +4:5-16"],
    ),
    "strict, IPv6, accept": (strict(P, "accept", vips=V6), []),
    "strict, version 3, accept somewhere": (strict(P, "version 3", "accept", "advert_int 2"), []),
    "strict, no address": (strict(P, vips=()), []),
    "strict, a service": (strict(P) + web(), ["LVS234 error/outage 6:5-22 +4:5-16 +10:16-26"]),
    "strict, a service elsewhere": (strict(P) + web("192.0.2.11 80"), HIDDEN),
    "strict, a service with an excluded address": (
        strict(P, "virtual_ipaddress_excluded {", "    192.0.2.11/24", "}") + web("192.0.2.11 80"),
        ["LVS234 error/outage 9:5-22 +4:5-16 +13:16-26"],
    ),
    "strict, the service of a group": (
        strict(P) + web_group("fwmark 7", "192.0.2.10 80"),
        ["LVS234 error/outage 6:5-22 +4:5-16 +14:16-21"],
    ),
    "strict, a group that no service uses": (
        strict(P) + web_group("192.0.2.10 80").replace("group WEB {", "group WWW {", 1),
        HIDDEN,
    ),
    "no_accept alone": (instance(P, "no_accept"), []),
    "no_accept, a service": (instance(P, "no_accept") + web(), ["LVS234 error/outage 6:5-22 +5:5-14 +10:16-26"]),
    "no_accept undone, a service": (instance(P, "no_accept", "accept") + web(), []),
    "no_accept by the owner, a service": (instance(OWNER, "no_accept") + web(), []),
    "a service": (instance(P) + web(), []),
    # LVS239
    "base alone": (instance("vmac_xmit_base"), ["LVS239 warning/none 4:5-19"]),
    "base with an ipvlan": (
        instance("use_ipvlan 192.0.2.5/24", "vmac_xmit_base"),
        ["LVS239 warning/none 5:5-19"],
    ),
    "base with a virtual MAC of a bad name": (instance("use_vmac far-too-long-a-name", "vmac_xmit_base"), []),
    "base with a virtual MAC": (instance("use_vmac", "vmac_xmit_base"), []),
    "virtual MAC and peers": (instance("use_vmac", *PEERS), ["LVS239 info/none 4:5-13 +5:5-17"]),
    "virtual MAC, base and peers": (instance("use_vmac", "vmac_xmit_base", *PEERS), []),
    "virtual MAC, no peers": (instance("use_vmac"), []),
    "virtual MAC and peers, strict": (
        strict(OWNER, "use_vmac", *PEERS),
        ["LVS233 error/outage 7:5-17 +4:5-16"],
    ),
    "virtual MAC and peers, no interface": (
        instance("use_vmac", *PEERS).replace("    interface eth0\n", ""),
        [],
    ),
    "virtual MAC and secondaries": (instance("use_vmac", "promote_secondaries"), ["LVS239 info/none 5:5-24"]),
    "ipvlan and secondaries": (
        instance("use_ipvlan 192.0.2.5/24", "promote_secondaries"),
        ["LVS239 info/none 5:5-24"],
    ),
    "secondaries": (instance("promote_secondaries"), []),
    "ipvlan": (instance("use_ipvlan"), ["LVS239 error/outage 4:5-15"]),
    "ipvlan with a name": (instance("use_ipvlan ipv.51 bridge"), ["LVS239 error/outage 4:5-15"]),
    "ipvlan with an address": (instance("use_ipvlan ipv.51 192.0.2.5/24"), []),
    "ipvlan, IPv6": (instance("use_ipvlan", vips=V6), []),
    # LVS255
    "off": (defs("vrrp_strict off") + instance(), ["LVS255 error/outage 2:17-20"]),
    "no": (defs("vrrp_strict no") + instance(), ["LVS255 error/outage 2:17-19"]),
    "on": (defs("vrrp_strict on") + instance(OWNER), []),
    "just so": (defs("vrrp_strict") + instance(OWNER), []),
    "off for one": (instance("strict_mode off"), []),
    "no check skipped": (
        defs("vrrp_skip_check_adv_addr off") + instance(),
        ["LVS255 warning/none 2:30-33"],
    ),
    "no check skipped for one": (instance("skip_check_adv_addr false"), ["LVS255 warning/none 4:25-30"]),
    "check skipped": (defs("vrrp_skip_check_adv_addr") + instance("skip_check_adv_addr yes"), []),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_findings(name: str, findings: Findings) -> None:
    text, expected = CASES[name]
    assert [shown(finding) for finding in findings(text) if finding.code in OURS] == expected


@pytest.mark.parametrize(
    ("target", "severity"),
    [("2.1.5", "error"), ("2.2.0", "warning"), ("2.2.7", "warning"), ("2.2.8", "error"), ("2.4.3", "error")],
)
def test_unicast_in_strict_mode_by_version(target: str, severity: str, findings: Findings) -> None:
    [found] = [f for f in findings(strict(OWNER, *PEERS), target=target) if f.code == "LVS233"]
    assert found.severity == severity
    assert (found.effect == "outage") == (severity == "error")


@pytest.mark.parametrize(("target", "expected"), [("1.1.15", 0), ("1.2.20", 1)])
def test_strict_mode_is_not_as_old_as_keepalived(target: str, expected: int, findings: Findings) -> None:
    codes = [found.code for found in findings(strict(P), target=target)]
    assert codes.count("LVS234") == expected


@pytest.mark.parametrize(
    ("target", "expected"),
    [("2.2.7", {"LVS233", "LVS234", "LVS255"}), ("2.2.8", set()), ("2.4.3", set()), ("", {"LVS255"})],
)
def test_off_is_on_for_old_versions(target: str, expected: set[str], findings: Findings) -> None:
    text = defs("vrrp_strict off") + instance(P, *PASS)
    assert {found.code for found in findings(text, target=target)} & set(OURS) == expected


def test_a_service_of_two_addresses_is_named_once(findings: Findings) -> None:
    text = strict(P, vips=("192.0.2.9/24", "192.0.2.10/24")) + web() + web("192.0.2.9 80")
    [found] = [f for f in findings(text) if f.code == "LVS234"]
    assert "the virtual service 192.0.2.9 80 included" in found.message


def test_what_hides_the_addresses(findings: Findings) -> None:
    [by_mode] = [f.message for f in findings(strict(P) + web()) if f.code == "LVS234"]
    assert "strict mode lets only the owner accept packets" in by_mode
    [by_word] = [f.message for f in findings(instance(P, "no_accept") + web()) if f.code == "LVS234"]
    assert "no_accept is said" in by_word
