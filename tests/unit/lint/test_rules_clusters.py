"""4xx: what a virtual service says of itself. Each condition of a rule has a case that needs it."""

from __future__ import annotations

import pytest
from farms import GROUP, MARKS, PING, checked, farm, server
from places import Findings, shown

BARE = server("198.51.100.1", check=PING)
WITHOUT = (server("198.51.100.1 80", check=PING),)
DNS = server("198.51.100.1 53", check="DNS_CHECK {\nretry 1\ndelay_before_retry 1\n}")


def dns(*lines: str, head: str = "192.0.2.10 53", algo: str = "rr", kind: str = "DR", protocol: str = "UDP") -> str:
    return farm(*lines, head=head, algo=algo, kind=kind, protocol=protocol, servers=(DNS.replace("53", head[-2:]),))


DRAINED = 'track_file drained {\nfile "/run/drained"\n}\n'

CASES: dict[str, tuple[str | dict[str, str], list[str]]] = {
    # LVS407
    "protocol and mark": (farm(head="fwmark 5"), ["LVS407 warning/none 4:1-9"]),
    "protocol and a group of marks": (MARKS + farm(head="group G"), ["LVS407 warning/none 7:1-9"]),
    "no protocol and mark": (farm(head="fwmark 5", protocol=""), []),
    "protocol and a group of addresses": (GROUP + farm(head="group G"), []),
    "protocol and a group of both": (MARKS.replace("}", "    192.0.2.10 80\n}") + farm(head="group G"), []),
    # LVS408
    "no port": (farm(head="192.0.2.10", servers=(BARE,)), ["LVS408 warning/none 1:16-26"]),
    "port 0": (farm(head="192.0.2.10 0", servers=(BARE,)), ["LVS408 warning/none 1:27-28"]),
    "port 0 with persistence": (farm("persistence_timeout 60", head="192.0.2.10 0", servers=(BARE,)), []),
    "port 0 with persistence refused": (
        farm("persistence_timeout x", head="192.0.2.10 0", servers=(BARE,)),
        ["LVS104 error/none 5:21-22"],
    ),
    "port 0 with granularity": (
        farm("persistence_granularity 24", head="192.0.2.10 0", servers=(BARE,)),
        ["LVS443 info/none 5:1-24"],
    ),
    "port 0 in a group": (
        GROUP.replace("80", "0").replace("}", "    192.0.2.11 80\n}") + farm(head="group G"),
        ["LVS408 warning/none 2:5-15"],
    ),
    "port 0 behind others in a group": (
        GROUP.replace("}", "    192.0.2.11 0\n}") + farm(head="group G"),
        ["LVS408 warning/none 3:5-15"],
    ),
    "no port in a group": (GROUP.replace(" 80", "") + farm(head="group G"), ["LVS408 warning/none 2:5-15"]),
    "a mark in a group has no port": (
        GROUP.replace("}", "    fwmark 5\n}") + farm(head="group G"),
        [],
    ),
    "no port, but no server either": (farm(head="192.0.2.10", servers=("",)), ["LVS406 error/outage 1:16-26"]),
    "no port in what is cut short": (
        farm(head="192.0.2.10", servers=(BARE,)).removesuffix("}\n"),
        ["LVS106 error/outage 1:1-26"],
    ),
    # LVS409
    "no protocol and a mark that is called like a group": (
        GROUP.replace("G", "5") + farm(head="fwmark 5", protocol=""),
        [],
    ),
    "no protocol, but no server either": (farm(protocol="", servers=("",)), ["LVS406 error/outage 1:16-26"]),
    "no protocol": (farm(protocol=""), ["LVS409 error/outage 1:16-26"]),
    "no protocol, a group": (GROUP + farm(head="group G", protocol=""), ["LVS409 error/outage 4:16-21"]),
    "no protocol, a group of marks": (MARKS + farm(head="group G", protocol=""), []),
    "no protocol, but ops": (farm("ops", protocol=""), ["LVS409 warning/none 1:16-26"]),
    "no protocol, but a UDP check": (
        checked("UDP_CHECK {", "}", protocol=""),
        ["LVS409 warning/none 1:16-26"],
    ),
    "no protocol, but a DNS check": (
        checked("DNS_CHECK {", "retry 0", "}", protocol=""),
        ["LVS409 warning/none 1:16-26"],
    ),
    "protocol refused": (farm(protocol="XTP"), ["LVS104 error/none 4:10-13"]),
    "no protocol in what an include may hold": (
        farm("include lost.conf", protocol=""),
        ["LVS120 warning/none 4:1-18"],
    ),
    # LVS415
    "DNS without ops": (dns(), ["LVS415 info/none 1:16-26"]),
    "DNS through a tunnel": (dns(kind="TUN"), ["LVS415 info/none 1:16-26"]),
    "DNS in small letters": (dns(protocol="udp"), ["LVS415 info/none 1:16-26"]),
    "DNS with ops": (dns("ops"), []),
    "DNS with NAT": (dns(kind="NAT"), []),
    "DNS with persistence": (dns("persistence_timeout 60"), []),
    "DNS with a hash": (dns(algo="sh"), []),
    "DNS over TCP": (dns(protocol="TCP"), []),
    "other datagrams": (dns(head="192.0.2.10 69"), []),
    # LVS416
    "persistence and sh": (
        farm("persistence_timeout 60", algo="sh"),
        ["LVS416 info/none 5:1-20 +2:9-11"],
    ),
    "persistence and mh": (
        farm("persistence_timeout 60", algo="mh"),
        ["LVS416 info/none 5:1-20 +2:9-11"],
    ),
    "persistence and rr": (farm("persistence_timeout 60"), []),
    "sh alone": (farm(algo="sh"), []),
    # LVS419
    "sorry inhibit before": (
        farm("sorry_server_inhibit", "sorry_server 198.51.100.9 80"),
        ["LVS419 error/latent 5:1-21"],
    ),
    "sorry method before": (
        farm("sorry_server_lvs_method DR", "sorry_server 198.51.100.9 80"),
        ["LVS419 error/latent 5:1-24"],
    ),
    "sorry inhibit alone": (farm("sorry_server_inhibit"), ["LVS419 error/latent 5:1-21"]),
    "sorry inhibit behind": (farm("sorry_server 198.51.100.9 80", "sorry_server_inhibit"), []),
    "sorry inhibit behind one refused": (
        farm("sorry_server 999.1.1.1 80", "sorry_server_inhibit"),
        ["LVS104 error/none 5:14-23"],
    ),
    "sorry method refused": (
        farm("sorry_server_lvs_method DX", "sorry_server 198.51.100.9 80"),
        ["LVS104 error/none 5:25-27"],
    ),
    # LVS421
    "unknown group": (GROUP + farm(head="group H"), ["LVS421 error/outage 4:22-23"]),
    "group further down": (farm(head="group G") + GROUP, []),
    "unknown group beside one without a name": (
        "virtual_server_group {\n}\n" + farm(head="group H"),
        ["LVS103 error/outage 1:1-21", "LVS421 error/outage 3:22-23"],
    ),
    "unknown group, an include is missing": (
        "include lost.conf\n" + farm(head="group H"),
        ["LVS120 warning/none 1:1-18"],
    ),
    # LVS425
    "ops with TCP": (farm("ops"), ["LVS425 error/none 5:1-4 +4:10-13"]),
    "ops with SCTP": (farm("ops", protocol="SCTP"), ["LVS425 error/none 5:1-4 +4:10-14"]),
    "ops with UDP": (farm("ops", protocol="udp"), []),
    "ops with a mark": (farm("ops", head="fwmark 5"), ["LVS407 warning/none 4:1-9"]),
    # LVS426
    "no scheduler": (farm(algo=""), ["LVS426 warning/none 1:16-26"]),
    "no method": (farm(kind=""), ["LVS426 warning/none 1:16-26"]),
    "neither": (farm(kind="", algo=""), ["LVS426 warning/none 1:16-26"]),
    "by their other names": (farm("lvs_sched rr", "lvs_method NAT", kind="", algo=""), []),
    "scheduler refused": (farm(algo="xx"), ["LVS104 error/none 2:9-11"]),
    "no method in what an include may hold": (
        farm("include lost.conf", kind=""),
        ["LVS120 warning/none 4:1-18"],
    ),
    "no method, but no server either": (
        "virtual_server 192.0.2.10 80 {\n}\n",
        ["LVS406 error/outage 1:16-26"],
    ),
    "no method in a service that is cut short": (
        farm(kind="", protocol="", algo="").removesuffix("}\n"),
        ["LVS106 error/outage 1:1-29"],
    ),
    # LVS427
    "suspend a mark": (farm("ha_suspend", head="fwmark 5", protocol=""), ["LVS427 error/none 4:1-11"]),
    "suspend a group": (GROUP + farm("ha_suspend", head="group G"), []),
    "suspend an address": (farm("ha_suspend"), []),
    # LVS428
    "flag of another scheduler": (farm("sh-port"), ["LVS428 error/none 5:1-8"]),
    "flag before its scheduler": (farm("sh-port", "lb_algo sh", algo=""), ["LVS428 error/none 4:1-8"]),
    "flag between two schedulers": (farm("lb_algo rr", "mh-port", algo="mh"), ["LVS428 error/none 6:1-8"]),
    "flag of sh": (farm("sh-fallback", algo="sh"), []),
    "flag of mh": (farm("lvs_sched mh", "mh-fallback", algo=""), []),
    "flag of a scheduler refused": (farm("hashed", algo="hash"), ["LVS104 error/none 2:9-13"]),
    # LVS433
    "empty group": ("virtual_server_group G {\n}\n" + farm(head="group G"), ["LVS433 error/outage 1:22-23"]),
    "empty group that nobody uses": ("virtual_server_group G {\n}\n" + farm(), ["LVS433 error/none 1:22-23"]),
    "empty group beside one of marks": (
        "virtual_server_group G {\n}\n" + farm(head="fwmark 5", protocol=""),
        ["LVS433 error/none 1:22-23"],
    ),
    "empty group that is called like a mark": (
        "virtual_server_group 5 {\n}\n" + farm(head="fwmark 5", protocol=""),
        ["LVS433 error/none 1:22-23"],
    ),
    "empty group beside one that is used": (
        GROUP + "virtual_server_group H {\n}\n" + farm(head="group G"),
        ["LVS433 error/none 4:22-23"],
    ),
    "no protocol, a group of a refused entry": (
        GROUP.replace("192.0.2.10", "web") + farm(head="group G", protocol=""),
        ["LVS129 error/latent 2:5-8"],
    ),
    "group of a refused entry": (
        "virtual_server_group G {\n    web 80\n}\n" + farm(head="group G"),
        ["LVS129 error/latent 2:5-8"],
    ),
    "empty group, an include is missing": (
        "include lost.conf\nvirtual_server_group G {\n}\n" + farm(head="group G"),
        ["LVS120 warning/none 1:1-18"],
    ),
    "empty group without a name": (
        "virtual_server_group {\n}\n" + farm(),
        ["LVS103 error/outage 1:1-21"],
    ),
    "group that is cut short": (farm() + "virtual_server_group G {\n", ["LVS106 error/outage 10:1-23"]),
    # LVS439
    "tunnel of an unknown kind": (farm(kind="TUN type vxlan port 5"), ["LVS104 error/none 3:18-23"]),
    "gue without port": (farm(kind="TUN type gue"), ["LVS439 error/latent 3:9-12"]),
    "gre with port": (farm(kind="TUN type gre port 5"), ["LVS439 error/latent 3:9-12"]),
    "port without type": (farm(kind="TUN port 5"), ["LVS439 error/latent 3:9-12"]),
    "ipip with checksum": (farm(kind="TUN type ipip csum"), ["LVS439 error/latent 3:9-12"]),
    "ipip with remote checksum": (farm(kind="TUN remcsum"), ["LVS439 error/latent 3:9-12"]),
    "gre with remote checksum": (farm(kind="TUN type gre remcsum"), ["LVS439 error/latent 3:9-12"]),
    "tunnel of a server": (
        farm(servers=(server("198.51.100.1 80", "lvs_method TUN type gue"),)),
        ["LVS439 error/latent 6:12-15"],
    ),
    "tunnel of the sorry server": (
        farm("sorry_server 198.51.100.9 80", "sorry_server_lvs_method TUN type gue"),
        ["LVS439 error/latent 6:25-28"],
    ),
    "gue with port": (farm(kind="TUN type gue port 5 remcsum"), []),
    "gre with checksum": (farm(kind="TUN type gre csum"), []),
    "ipip without checksum": (farm(kind="TUN type ipip nocsum"), []),
    "ipip": (farm(kind="TUN"), []),
    "a word like a tunnel's behind another keyword": (farm("virtualhost port"), []),
    # LVS443
    "granularity alone": (farm("persistence_granularity 24"), ["LVS443 info/none 5:1-24"]),
    "granularity of persistence": (farm("persistence_timeout 60", "persistence_granularity 24"), []),
    "granularity refused": (farm("persistence_granularity 300.1.1.1"), ["LVS104 error/none 5:25-34"]),
    # LVS450
    "group of two families": (
        GROUP.replace("}", "    2001:db8::10 80\n}") + farm(head="group G"),
        ["LVS450 error/outage 3:5-17 +2:5-15 +5:1-15"],
    ),
    "group of one address and marks": (GROUP.replace("}", "    fwmark 7\n}") + farm(head="group G"), []),
    "group of two families that nobody uses": (GROUP.replace("}", "    2001:db8::10 80\n}") + farm(), []),
}


@pytest.mark.parametrize("name", CASES)
def test_findings(name: str, findings: Findings) -> None:
    text, expected = CASES[name]
    assert [shown(finding) for finding in findings(text)] == expected


@pytest.mark.parametrize(
    ("text", "code", "help"),
    [
        (farm(protocol=""), "LVS409", "add `protocol TCP`"),
        (farm("ops", protocol=""), "LVS409", "add `protocol UDP`"),
        (farm("sorry_server_inhibit"), "LVS419", "add the sorry_server before it"),
        (farm("sorry_server_inhibit", "sorry_server 198.51.100.9 80"), "LVS419", "move it behind sorry_server"),
        (farm("sh-port"), "LVS428", "remove it, or write `lb_algo sh` before it"),
        (farm("sh-port", "lb_algo sh", algo=""), "LVS428", "move it behind lb_algo"),
        (farm("sh-port", "lb_algo wlc", algo=""), "LVS428", "remove it, or write `lb_algo sh` before it"),
        (farm(kind="", algo=""), "LVS426", "write `lb_algo wlc` and `lb_kind NAT`, or what you meant"),
        (GROUP.replace("G", "WEB") + farm(head="group WEBS"), "LVS421", "did you mean `WEB`?"),
        (farm(head="group WEP"), "LVS421", "define it, or write the address of the service"),
        (DRAINED + farm(head="group draine"), "LVS421", "define it, or write the address of the service"),
    ],
)
def test_help(text: str, code: str, help: str, findings: Findings) -> None:
    assert [finding.help for finding in findings(text) if finding.code == code] == [help]


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        (farm(protocol=""), "LVS409", "keepalived serves UDP, and clients that come with TCP are refused"),
        (farm("ops", protocol=""), "LVS409", "`virtual_server 192.0.2.10 80` says no protocol: keepalived serves UDP"),
        (farm("sh-port"), "LVS428", "what stands before it, `lb_algo rr`, and ignores the line"),
        (farm("sh-port", algo=""), "LVS428", "what stands before it, no scheduler, and ignores the line"),
        (
            "virtual_server_group G {\n}\n" + farm(head="group G"),
            "LVS433",
            ", and ignores the virtual_server that uses it",
        ),
        ("virtual_server_group G {\n}\n" + farm(), "LVS433", "`G` has no entry: keepalived removes the group"),
    ],
)
def test_message_ends(text: str, code: str, message: str, findings: Findings) -> None:
    [found] = [finding for finding in findings(text) if finding.code == code]
    assert found.message.endswith(message)
