"""3xx: what two instances, and two hosts, should have in common besides the advertisements."""

from __future__ import annotations

from pathlib import Path

import pytest
from places import Findings, instance, shown, write

from lvscompile.app.load import load
from lvscompile.ir.core import Target, parse_version
from lvscompile.lint.engine import lint
from lvscompile.lint.known import Known
from lvscompile.syntax.findings import Finding

WANTED = (
    "LVS312",
    "LVS313",
    "LVS314",
    "LVS315",
    "LVS320",
    "LVS321",
    "LVS323",
    "LVS324",
    "LVS325",
    "LVS328",
    "LVS329",
    "LVS330",
    "LVS332",
    "LVS335",
)


def peer(priority: int, *lines: str, name: str = "VI_1", vip: str = "192.0.2.10/24", vrid: int = 61) -> str:
    return instance(f"priority {priority}", *lines, name=name, vips=(vip,)).replace("61", str(vrid))


def second(priority: int, name: str = "VI_2") -> str:
    return peer(priority, name=name, vip="198.51.100.10/24", vrid=52).replace("eth0", "eth1")


def block(name: str, *items: str) -> tuple[str, ...]:
    return (f"{name} {{", *(f"    {item}" for item in items), "}")


def excluded(*items: str) -> tuple[str, ...]:
    return block("virtual_ipaddress_excluded", *items)


def unicast(own: str, *others: str) -> tuple[str, ...]:
    return (f"unicast_src_ip {own}", *block("unicast_peer", *others))


def group(*members: str, name: str = "G") -> str:
    return f"vrrp_sync_group {name} {{\n    group {{\n" + "".join(f"        {m}\n" for m in members) + "    }\n}\n"


def server(address: str = "198.51.100.1", *lines: str) -> str:
    return "\n".join(
        [
            f"    real_server {address} 80 {{",
            *(f"        {line}" for line in lines),
            "        TCP_CHECK {",
            "        }",
            "    }",
        ]
    )


def service(
    *servers: str, vip: str = "192.0.2.10", algo: str = "rr", more: tuple[str, ...] = ("lb_kind NAT",), head: str = ""
) -> str:
    lines = [
        f"virtual_server {head or vip + ' 80'} {{",
        f"    lb_algo {algo}",
        *(f"    {line}" for line in more),
        "    protocol TCP",
    ]
    return "\n".join([*lines, *(servers or (server(),)), "}"]) + "\n"


def said(found: list[Finding]) -> list[str]:
    return [shown(f) for f in found if f.code in WANTED]


A, B = peer(150), peer(100)
SYNC = "global_defs {\n    lvs_sync_daemon eth0 %s\n}\n"
OLD_SYNC = "lvs_sync_daemon_interface eth1"

# Both hosts → what is found.
CASES: dict[str, tuple[str, str, list[str]]] = {
    # LVS312
    "nopreempt below": (A, peer(100, "nopreempt"), ["LVS312 warning/latent 5:5-14 +4:14-17"]),
    "nopreempt below, on the first": (peer(100, "nopreempt"), A, ["LVS312 warning/latent 5:5-14 +4:14-17"]),
    "nopreempt above": (peer(150, "nopreempt"), B, ["LVS312 info/none 5:5-14 +4:14-17"]),
    "nopreempt above, beside MASTER": (peer(150, "state MASTER", "nopreempt"), B, []),
    "nopreempt on both": (peer(150, "nopreempt"), peer(100, "nopreempt"), []),
    "nopreempt among equals": (A, peer(150, "nopreempt"), []),
    "nopreempt, but who is above": (peer(150, "priority x").replace("    priority 150\n", ""), peer(90, "nopreempt"), []),
    "nopreempt, but where": (peer(90, "nopreempt"), peer(150, "priority x").replace("    priority 150\n", ""), []),
    "nopreempt, and priority in doubt": (peer(150, "nopreempt", "priority x").replace("    priority 150\n", ""), B, []),
    # LVS313
    "another patience": (A, peer(100, "down_timer_adverts 5"), ["LVS313 info/none 1:15-19 +5:24-25"]),
    "another patience for all": (
        "global_defs {\n    vrrp_down_timer_adverts 5\n}\n" + A, B, ["LVS313 info/none 2:29-30 +1:15-19"],
    ),
    "the same patience": (peer(150, "down_timer_adverts 3"), B, []),
    # LVS325
    "excluded on one": (peer(150, *excluded("192.0.2.99/24")), B, ["LVS325 warning/latent 6:9-22 +1:15-19"]),
    "excluded on the other": (A, peer(100, *excluded("192.0.2.99/24", "192.0.2.98/24")), ["LVS325 warning/latent 6:9-22 +1:15-19"]),
    "excluded differ": (
        peer(150, *excluded("192.0.2.99/24", "192.0.2.98/24")), peer(100, *excluded("192.0.2.99/24")),
        ["LVS325 warning/latent 7:9-22 +5:5-31"],
    ),
    "excluded here, not there": (peer(150, *excluded("192.0.2.10/24")), B, []),
    # LVS323
    "another checksum": (
        peer(150, "version 3", "v3_checksum_as_v2"), peer(100, "version 3"), ["LVS323 error/outage 6:5-22 +1:15-19"],
    ),
    "another checksum on the other, for all": (
        peer(150, "version 3"), "global_defs {\n    v3_checksum_as_v2\n}\n" + peer(100, "version 3"),
        ["LVS323 error/outage 2:5-22 +1:15-19"],
    ),
    "the same checksum": (
        peer(150, "version 3", "v3_checksum_as_v2"), "global_defs {\n    v3_checksum_as_v2\n}\n" + peer(100, "version 3"), [],
    ),
    "no other checksum": (peer(150, "version 3", "v3_checksum_as_v2 off"), peer(100, "version 3"), []),
    "a checksum of version 2": (peer(150, "v3_checksum_as_v2"), B, []),
    "a checksum, and another version": (peer(150, "version 3", "v3_checksum_as_v2"), B, []),
    "a checksum over IPv6": (
        peer(150, "v3_checksum_as_v2", vip="fe80::1/64"), peer(100, vip="fe80::1/64"), [],
    ),
    # LVS324
    "another mask": (A, peer(100, vip="192.0.2.10/25"), ["LVS324 info/latent 6:9-22 +6:9-22"]),
    "another mask, not written": (A, peer(100, vip="192.0.2.10"), ["LVS324 info/latent 6:9-22 +6:9-19"]),
    "the mask of a host": (peer(150, vip="192.0.2.10/32"), peer(100, vip="192.0.2.10"), []),
    "the mask of a host, IPv6": (peer(150, vip="2001:db8::1/128"), peer(100, vip="2001:db8::1"), []),
    "another mask, and VRID": (A, peer(100, vip="192.0.2.10/25", vrid=52), []),
    "another mask of an excluded address": (
        peer(150, *excluded("192.0.2.99/24")), peer(100, *excluded("192.0.2.99/25")), ["LVS324 info/latent 6:9-22 +6:9-22"],
    ),
    # LVS335
    "unicast across networks": (
        peer(150, *unicast("192.0.2.1", "203.0.113.2")), peer(100, *unicast("203.0.113.2", "192.0.2.1")),
        ["LVS335 warning/latent 5:20-29 +5:20-31"],
    ),
    "unicast across networks, told to somebody": (
        peer(150, *unicast("192.0.2.1", "203.0.113.2")),
        peer(100, *unicast("203.0.113.2", "192.0.2.1"), "notify_master /usr/local/sbin/move"), [],
    ),
    "unicast across networks, told to a FIFO": (
        "global_defs {\n    vrrp_notify_fifo /run/k\n}\n" + peer(150, *unicast("192.0.2.1", "203.0.113.2")),
        peer(100, *unicast("203.0.113.2", "192.0.2.1")), [],
    ),
    "alerts move nothing": (
        peer(150, *unicast("192.0.2.1", "203.0.113.2"), "notify_priority_changes"),
        peer(100, *unicast("203.0.113.2", "192.0.2.1")), ["LVS335 warning/latent 5:20-29 +5:20-31"],
    ),
    "unicast across networks, and something is started": (
        "global_defs {\n    startup_script /usr/local/sbin/up\n}\n" + peer(150, *unicast("192.0.2.1", "203.0.113.2")),
        peer(100, *unicast("203.0.113.2", "192.0.2.1")), ["LVS335 warning/latent 8:20-29 +5:20-31"],
    ),
    "unicast in one of two networks": (
        instance("priority 150", *unicast("192.0.2.1", "203.0.113.2"), vips=("192.0.2.10/24", "198.51.100.1/24")),
        instance("priority 100", *unicast("203.0.113.2", "192.0.2.1"), vips=("192.0.2.10/24", "198.51.100.1/24")),
        ["LVS335 warning/latent 5:20-29 +5:20-31"],
    ),
    "unicast in two networks": (
        instance("priority 150", *unicast("192.0.2.1", "198.51.100.2"), vips=("192.0.2.10/24", "198.51.100.1/24")),
        instance("priority 100", *unicast("198.51.100.2", "192.0.2.1"), vips=("192.0.2.10/24", "198.51.100.1/24")), [],
    ),
    "one source is not stated": (
        peer(150, *unicast("203.0.113.2", "192.0.2.2")), peer(100, *block("unicast_peer", "203.0.113.2")), [],
    ),
    "the other source is not stated": (
        peer(150, *block("unicast_peer", "203.0.113.2")), peer(100, *unicast("203.0.113.2", "192.0.2.2")), [],
    ),
    "unicast across networks, against multicast": (
        peer(150, *unicast("192.0.2.1", "203.0.113.2")), peer(100, "mcast_src_ip 203.0.113.2"), [],
    ),
    "multicast, against unicast across networks": (
        peer(150, "mcast_src_ip 192.0.2.1"), peer(100, *unicast("203.0.113.2", "192.0.2.1")), [],
    ),
    "unicast beside the addresses": (
        peer(150, *unicast("203.0.113.1", "203.0.113.2")), peer(100, *unicast("203.0.113.2", "203.0.113.1")), [],
    ),
    "unicast, no mask": (
        peer(150, *unicast("192.0.2.1", "203.0.113.2"), vip="192.0.2.10/32"),
        peer(100, *unicast("203.0.113.2", "192.0.2.1"), vip="192.0.2.10/32"), [],
    ),
    "multicast across networks, by their sources": (
        peer(150, "mcast_src_ip 192.0.2.1"), peer(100, "mcast_src_ip 203.0.113.2"), [],
    ),
    # LVS328
    "a copied source": (
        peer(150, *unicast("192.0.2.1", "192.0.2.2")), peer(100, *unicast("192.0.2.1", "192.0.2.2")),
        ["LVS328 error/latent 5:20-29 +5:20-29"],
    ),
    "a copied multicast source": (
        peer(150, "mcast_src_ip 192.0.2.1"), peer(100, "mcast_src_ip 192.0.2.1"), ["LVS328 error/latent 5:18-27 +5:18-27"],
    ),
    "sources of their own": (peer(150, *unicast("192.0.2.1", "192.0.2.2")), peer(100, *unicast("192.0.2.2", "192.0.2.1")), []),
    # LVS329
    "a route on one": (
        peer(150, *block("virtual_routes", "203.0.113.0/25 via 192.0.2.1 dev eth0")), B, ["LVS329 warning/latent 6:9-23 +1:15-19"],
    ),
    "a rule on the other": (
        A, peer(100, *block("virtual_rules", "from 203.0.113.0/25 table 7 priority 9")), ["LVS329 warning/latent 6:9-13 +1:15-19"],
    ),
    "routes by another gateway": (
        peer(150, *block("virtual_routes", "src 192.0.2.3 to 203.0.113.0/25 via 192.0.2.1 dev eth0")),
        peer(100, *block("virtual_routes", "src 192.0.2.4 to 203.0.113.0/25 via 192.0.2.9 dev bond0")), [],
    ),
    "a route that is dropped": (
        peer(150, *block("virtual_routes", "203.0.113.0/25 via 192.0.2.1 dev eth0")),
        peer(100, *block("virtual_routes", "203.0.113.0/255 via 192.0.2.1 dev eth0")), [],
    ),
    "a route, and a rule that is dropped": (
        peer(150, *block("virtual_routes", "203.0.113.0/25 via 192.0.2.1 dev eth0")),
        peer(100, *block("virtual_rules", "from 203.0.113.0/255 table 7 priority 9")), ["LVS329 warning/latent 6:9-23 +1:15-19"],
    ),
    # LVS332
    "a virtual MAC on one": (peer(150, "use_vmac"), B, ["LVS332 info/none 5:5-13 +1:15-19"]),
    "a virtual MAC on the other": (A, peer(100, "use_vmac"), ["LVS332 info/none 5:5-13 +1:15-19"]),
    "a virtual MAC on both": (peer(150, "use_vmac"), peer(100, "use_vmac vrrp.51"), []),
    # LVS314
    "a group on one": (
        group("VI_1", "VI_2") + A + second(150), B + second(100), ["LVS314 warning/latent 1:17-18 +1:15-19"],
    ),
    "a group on the other": (
        A + second(150), group("VI_1", "VI_2") + B + second(100), ["LVS314 warning/latent 1:17-18 +1:15-19"],
    ),
    "the same group": (group("VI_1", "VI_2") + A + second(150), group("VI_2", "VI_1", name="H") + B + second(100), []),
    "a group of two, and one of one": (
        group("VI_1", "VI_2") + A + second(150), group("VI_1") + B + second(100), ["LVS314 warning/latent 1:17-18 +14:15-19"],
    ),
    "a group with a typing mistake": (
        group("VI_1", "VI_2") + A + second(150), group("VI_1", "VI_3") + B + second(100), [],
    ),
    "a group with a typing mistake here": (
        group("VI_1", "VI_2", "VI_3") + A + second(150), group("VI_1") + B + second(100), [],
    ),
    "two groups of one": (
        group("VI_1", "VI_2") + A + second(150), group("VI_1") + group("VI_2", name="H") + B + second(100),
        ["LVS314 warning/latent 1:17-18 +19:15-19"],
    ),
    "an instance in no group": (
        group("VI_1", "VI_2") + A + second(150) + peer(150, name="VI_3", vip="203.0.113.3/24", vrid=53),
        group("VI_1", "VI_2") + B + second(100) + peer(100, name="VI_3", vip="203.0.113.3/24", vrid=53), [],
    ),
    "two groups with a third instance": (
        group("VI_1", "VI_2") + group("VI_3", name="H") + A + second(150) + peer(150, name="VI_3", vip="203.0.113.3/24", vrid=53),
        group("VI_1", "VI_2") + B + second(100) + peer(100, name="VI_3", vip="203.0.113.3/24", vrid=53), [],
    ),
    "a group with a near miss": (
        group("VI_1", "VI_2") + A + second(150), B + second(100).replace("id 52", "id 62"), [],
    ),
    "a group with an instance that is cut short": (
        group("VI_1", "VI_2") + A + second(150), B + second(100).replace("    priority", "    }\n    priority"), [],
    ),
    "a group of instances elsewhere": (group("VI_1", "VI_2") + A + second(150), B, ["LVS330 info/latent 15:15-19"]),
    # LVS315
    "a service on one": (A + service(), B, ["LVS315 error/latent 9:16-26 +6:9-22"]),
    "a service on the other": (A, B + service(), ["LVS315 error/latent 9:16-26 +6:9-22"]),
    "a service of an excluded address": (
        peer(150, *excluded("192.0.2.9/32")) + service(vip="192.0.2.9"), peer(100, *excluded("192.0.2.9/32")),
        ["LVS315 error/latent 12:16-25 +6:9-21"],
    ),
    "a service of no shared address": (A + service(vip="203.0.113.9"), B, []),
    "a service by mark": (A + service(head="fwmark 7"), B, []),
    "the same services": (A + service(), B + service(), []),
    "another server": (
        A + service(server(), server("198.51.100.2")), B + service(server("198.51.100.3"), server()),
        ["LVS315 warning/latent 9:16-26 +9:16-26"],
    ),
    "another scheduler": (A + service(), B + service(algo="wlc"), ["LVS315 warning/latent 9:16-26 +9:16-26"]),
    "another method": (A + service(), B + service(more=("lb_kind DR",)), ["LVS315 warning/latent 9:16-26 +9:16-26"]),
    "another persistence": (
        A + service(), B + service(more=("lb_kind NAT", "persistence_timeout 60")), ["LVS315 warning/latent 9:16-26 +9:16-26"],
    ),
    "another sorry server": (
        A + service(), B + service(more=("lb_kind NAT", "sorry_server 198.51.100.9 80")), ["LVS315 warning/latent 9:16-26 +9:16-26"],
    ),
    "another weight": (A + service(), B + service(server("198.51.100.1", "weight 2")), ["LVS315 warning/latent 9:16-26 +9:16-26"]),
    "the same weight": (A + service(server("198.51.100.1", "weight 1")), B + service(), []),
    "the same weight, for all": (
        A + service(server("198.51.100.1", "weight 3")), B + service(more=("lb_kind NAT", "weight 3")), [],
    ),
    "another check": (A + service(), B + service(server("198.51.100.1", "delay_loop 9")), []),
    "a service that is skipped": (A + service(head="192.0.2.10 x"), B, []),
    "a service of a near miss": (A + service(), peer(100, vrid=52) + service().replace("virtual_server", "#"), []),
    "a service that is skipped, and another scheduler": (A + service(head="192.0.2.10 x"), B + service(head="192.0.2.10 x", algo="wlc"), []),
    "a service that is cut short": (A + service(more=("lb_kind NAT", "}")), B + service(algo="wlc"), []),
    "a service that is cut short there": (A + service(), B + service(more=("lb_kind NAT", "}"), algo="wlc"), []),
    "UDP need not be said": (
        A + service().replace("TCP\n", "UDP\n"), B + service().replace("    protocol TCP\n", ""), [],
    ),
    "what is not said is UDP": (
        A + service(), B + service().replace("    protocol TCP\n", ""),
        ["LVS315 error/latent 9:16-26 +6:9-22", "LVS315 error/latent 9:16-26 +6:9-22"],
    ),
    "marks have no protocol": (
        A + service(head="fwmark 7"), B + service(head="fwmark 7", algo="wlc").replace("TCP\n", "UDP\n"),
        ["LVS315 warning/latent 9:16-22 +9:16-22"],
    ),
    "a port that is another": (
        A + service(), B + service(server().replace(" 80 {", " 81 {")), ["LVS315 warning/latent 9:16-26 +9:16-26"],
    ),
    "a port that is the service's": (A + service(), B + service(server().replace(" 80 {", " {")), []),
    "a server that is dropped": (A + service(), B + service(server(), server("198.51.100.2").replace(" 80 {", " x {")), []),
    "marks are compared": (
        A + service(head="fwmark 7"), B + service(head="fwmark 7", algo="wlc"), ["LVS315 warning/latent 9:16-22 +9:16-22"],
    ),
    "another protocol": (
        A + service(), B + service().replace("TCP\n", "UDP\n"),
        ["LVS315 error/latent 9:16-26 +6:9-22", "LVS315 error/latent 9:16-26 +6:9-22"],
    ),
    # LVS321
    "a sync daemon on one": (
        SYNC % "inst VI_1" + A + service(), B + service(), ["LVS321 warning/latent 2:5-20 +1:15-19"],
    ),
    "a sync daemon on the other": (
        A + service(), SYNC % "inst VI_1" + B + service(), ["LVS321 warning/latent 2:5-20 +1:15-19"],
    ),
    "a sync daemon of an instance": (SYNC % "inst VI_1" + A + service(), peer(100, OLD_SYNC) + service(), []),
    "a sync daemon on both": (SYNC % "inst VI_1 id 5" + A, SYNC % "inst VI_1 id 5" + B, []),
    "sync daemons with ids": (SYNC % "inst VI_1 id 5" + A, SYNC % "inst VI_1 id 6" + B, ["LVS321 warning/latent 2:5-20 +2:5-20"]),
    "sync daemons, one with an id": (SYNC % "inst VI_1 id 5" + A, SYNC % "inst VI_1" + B, []),
    "sync daemons, the other with an id": (SYNC % "inst VI_1" + A, SYNC % "inst VI_1 id 6" + B, []),
    "a sync daemon beside something rejected": (
        SYNC % "inst VI_1" + A, "global_defs {\n    vrrp_version x\n}\n" + B, ["LVS321 warning/latent 2:5-20 +4:15-19"],
    ),
    "sync daemons with ports": (SYNC % "inst VI_1 port 9" + A, SYNC % "inst VI_1" + B, ["LVS321 warning/latent 2:5-20 +2:5-20"]),
    "sync daemons with the standard port": (SYNC % "inst VI_1 port 8848" + A, SYNC % "inst VI_1" + B, []),
    "sync daemons with groups": (
        SYNC % "inst VI_1" + A, SYNC % "inst VI_1 group 224.0.0.82" + B, ["LVS321 warning/latent 2:5-20 +2:5-20"],
    ),
    "a sync daemon that is rejected": (SYNC % "inst VI_1" + A + service(), SYNC % "port x" + B + service(), []),
    # LVS330
    "an instance alone": (A + second(150), B, ["LVS330 info/latent 9:15-19"]),
    "an instance alone on the other": (A, B + second(100), ["LVS330 info/latent 9:15-19"]),
    "an instance with a namesake": (
        A + second(150), B + peer(100, name="VI_2", vip="203.0.113.1/24", vrid=77),
        ["LVS330 warning/latent 9:15-19 +9:15-19", "LVS330 warning/latent 9:15-19 +9:15-19"],
    ),
    "an instance with a stranger": (
        A + second(150), B + peer(100, name="VI_9", vip="203.0.113.1/24", vrid=77),
        ["LVS330 info/latent 9:15-19", "LVS330 info/latent 9:15-19"],
    ),
    "an instance with a namesake that has a twin": (
        A + second(150), peer(100, name="VI_2"), ["LVS330 info/latent 9:15-19"],
    ),
    "an instance alone that is cut short": (A + second(150).replace("    priority", "    }\n    priority"), B, []),
    "an instance alone that is skipped": (A + second(150, name="VI_1"), B, []),
    "an instance without a VRID": (A + second(150).replace("    virtual_router_id 52\n", ""), B, []),
    "no pair": (A, second(100), []),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_findings(name: str, findings: Findings) -> None:
    one, other, expected = CASES[name]
    assert said(findings(lvs1=one, lvs2=other)) == expected


def message(findings: Findings, code: str, one: str, other: str) -> str:
    return next(f.message for f in findings(lvs1=one, lvs2=other) if f.code == code)


def test_what_differs_is_said(findings: Findings) -> None:
    one = A + service(
        server(), server("198.51.100.2", "weight 5"), more=("lb_kind NAT", "sorry_server 198.51.100.9 81")
    )
    other = B + service(
        server("198.51.100.2"), server("198.51.100.3"), algo="wlc", more=("lb_kind NAT", "persistence_timeout 60")
    )
    assert message(findings, "LVS315", one, other) == (
        "`192.0.2.10 80` is not the same on lvs1 and lvs2: 198.51.100.1 80 only on lvs1; 198.51.100.3 80 only on lvs2; scheduler rr "
        "and wlc; persistence_timeout none and 60; sorry server 198.51.100.9 81 and none; weight 5 and 1 of 198.51.100.2 80"
    )
    many = A + "".join(service(head=f"192.0.2.10 {port}") for port in range(81, 86))
    assert "192.0.2.10 81, 192.0.2.10 82, 192.0.2.10 83 and 2 more: while lvs2" in message(findings, "LVS315", many, B)


def test_servers_are_called_as_they_are_written(findings: Findings) -> None:
    one, other = (
        A + service(server().replace(" 80 {", " {"), head="fwmark 7"),
        B + service(server("198.51.100.2").replace(" 80 {", " {"), head="fwmark 7"),
    )
    assert message(findings, "LVS315", one, other).endswith(": 198.51.100.1 only on lvs1; 198.51.100.2 only on lvs2")
    one, other = A + service(more=("lb_kind NAT", "sorry_server 198.51.100.9")), B + service()
    assert message(findings, "LVS315", one, other).endswith(": sorry server 198.51.100.9 and none")


def test_routes_are_counted(findings: Findings) -> None:
    routes = [f"203.0.113.{n}/32 via 192.0.2.1 dev eth0" for n in (1, 2)]
    one = message(findings, "LVS329", peer(150, *block("virtual_routes", routes[0])), B)
    assert one == "1 of the virtual_routes of `VI_1`: only lvs1 has it, and while lvs2 is master nobody has"
    two = message(findings, "LVS329", peer(150, *block("virtual_routes", *routes)), B)
    assert two == "2 of the virtual_routes of `VI_1`: only lvs1 has them, and while lvs2 is master nobody has"


def test_a_host_without_peers(findings: Findings) -> None:
    alone = peer(50, name="X", vip="203.0.113.1/24", vrid=99)
    assert said(findings(lvs1=A, lvs2=B, lvs3=alone)) == []


@pytest.mark.parametrize(
    "lines",
    [excluded("192.0.2.99/24"), block("virtual_rules", "from 203.0.113.0/25 table 7 priority 9"), ("use_vmac",)],
)
def test_an_instance_that_is_cut_short(lines: tuple[str, ...], findings: Findings) -> None:
    short = instance("priority 100", "virtual_ipaddress {", "    192.0.2.10/24", "}", "}")
    assert said(findings(lvs1=peer(150, *lines), lvs2=short)) == []


def test_what_is_excluded_is_said(findings: Findings) -> None:
    one = message(findings, "LVS325", peer(150, *excluded("192.0.2.99/24")), B)
    assert one == "192.0.2.99: only lvs1 has it, not `VI_1` on lvs2; while lvs2 is master nobody has"
    two = message(findings, "LVS325", A, peer(100, *excluded("192.0.2.99/24", "192.0.2.98/24")))
    assert two == "192.0.2.99, 192.0.2.98: only lvs2 has them, not `VI_1` on lvs1; while lvs1 is master nobody has"


@pytest.mark.parametrize("missing", ["lvs1", "lvs2"])
@pytest.mark.parametrize(
    "name",
    [
        "nopreempt below", "excluded on one", "another checksum", "a route on one", "a virtual MAC on one", "a group on one", "a service on one",
        "another scheduler", "a sync daemon on one", "an instance alone",
    ],
)  # fmt: skip
def test_a_missing_include(name: str, missing: str, findings: Findings) -> None:
    texts = dict(zip(("lvs1", "lvs2"), CASES[name][:2], strict=True))
    texts[missing] += "include gone.conf\n"
    assert said(findings(**texts)) == []


@pytest.mark.parametrize(
    "lines", [("nopreempt",), excluded("192.0.2.99/24"), block("virtual_rules", "from 203.0.113.0/25 table 7 priority 9"),
              ("use_vmac",), ("down_timer_adverts 5",), ("mcast_src_ip 192.0.2.1",)],
)  # fmt: skip
def test_a_near_miss_is_not_compared(lines: tuple[str, ...], findings: Findings) -> None:
    other = peer(100, "mcast_src_ip 192.0.2.1", vrid=52) if "mcast" in lines[0] else peer(160, vrid=52)
    assert said(findings(lvs1=peer(150, *lines), lvs2=other)) == []


def test_three_hosts_back_each_other_up_in_a_ring(findings: Findings) -> None:
    def ring(first: int, second_: int) -> str:
        return "".join(peer(100 + n, name=f"VI_{n}", vip=f"192.0.2.{n}/32", vrid=n) for n in (first, second_))

    assert said(findings(lvs1=ring(1, 2), lvs2=ring(2, 3), lvs3=ring(3, 1))) == []


def test_two_clusters_with_one_vrid(findings: Findings) -> None:
    """Each instance has a twin with its own address: what looks like a twin besides is a stranger."""
    db = ("DB", "192.0.2.20/24")
    clusters = {
        "lvs1": A, "lvs2": B, "db1": peer(150, name=db[0], vip=db[1]), "db2": peer(100, name=db[0], vip=db[1]),
    }  # fmt: skip
    found = [f for f in findings(**clusters) if f.code.startswith("LVS3")]
    assert [(shown(f), f.host) for f in found] == [
        ("LVS320 error/outage 3:23-25 +3:23-25", "db1"), ("LVS320 error/outage 3:23-25 +3:23-25", "db2"),
    ]  # fmt: skip


def test_the_checksum_is_newer_than_the_target(findings: Findings) -> None:
    one, other, _ = CASES["another checksum"]
    assert [f.code for f in findings(lvs1=one, lvs2=other, target="2.2.7") if f.code == "LVS323"] == []
    assert [f.code for f in findings(lvs1=one, lvs2=other, target="2.2.8") if f.code == "LVS323"] == ["LVS323"]


# -- with what is known of the network ------------------------------------------------------------------------

FRONT, BACK = "front", "back"


def known(tmp_path: Path, one: str, other: str, networks: dict[tuple[str, str], str], target: str = "") -> list[str]:
    inputs = [f"{name}={write(tmp_path / name, text)}" for name, text in (("lvs1", one), ("lvs2", other))]
    wanted = Target(parse_version(target) if target else None)
    report = lint(load(inputs, target=wanted).hosts, wanted, known=Known(segments=networks))
    assert not report.crashes
    return [shown(f) for f in report.findings if f.code.startswith("LVS3")]


SAME = {("lvs1", "eth0"): FRONT, ("lvs2", "eth0"): FRONT}
APART = {("lvs1", "eth0"): FRONT, ("lvs2", "eth0"): BACK}


@pytest.mark.parametrize(
    ("one", "other", "networks", "expected"),
    [
        (A, B, APART, ["LVS335 error/split 2:15-19 +2:15-19"]),
        (A, B, SAME, []),
        (A, B, {("lvs1", "eth0"): FRONT}, []),
        (A, B, {("lvs2", "eth0"): FRONT}, []),
        (peer(150, *unicast("192.0.2.1", "192.0.2.2")), peer(100, *unicast("192.0.2.2", "192.0.2.1")), APART,
         ["LVS335 warning/latent 5:20-29 +5:20-29"]),
        (peer(150, *unicast("192.0.2.1", "192.0.2.2"), "notify /usr/local/sbin/move"), peer(100, *unicast("192.0.2.2", "192.0.2.1")),
         APART, []),
        (peer(150, *unicast("192.0.2.1", "192.0.2.2")), B, APART, ["LVS307 error/split 6:5-17 +1:15-19"]),
        (A, peer(100, *unicast("192.0.2.2", "192.0.2.1")), APART, ["LVS307 error/split 1:15-19 +6:5-17"]),
        # What is known counts more than what addresses look like.
        (peer(150, *unicast("192.0.2.1", "203.0.113.2")), peer(100, *unicast("203.0.113.2", "192.0.2.1")), SAME, []),
        # On different networks instances that share no address have nothing to do with each other.
        (A, peer(150, vip="192.0.2.11/24"), APART, []),
        # Two clusters with one VRID on one network.
        (A, peer(100, name="X", vip="203.0.113.1/24"), SAME, ["LVS320 error/outage 3:23-25 +3:23-25"]),
        (A, peer(100, name="X", vip="203.0.113.1/24"), APART, []),
        (A, peer(100, name="X", vip="203.0.113.1/24"), {("lvs1", "eth0"): FRONT}, []),
        (A, peer(100, name="X", vip="203.0.113.1/24", vrid=60), SAME, []),
        (A, peer(100, name="X", vip="2001:db8::1/64"), SAME, []),
        (A, peer(100, "mcast_dst_ip 224.0.0.19", name="X", vip="203.0.113.1/24"), SAME, []),
        (peer(150, *unicast("192.0.2.1", "192.0.2.2")),
         peer(100, *unicast("192.0.2.3", "192.0.2.4"), name="X", vip="203.0.113.1/24"), SAME, []),
    ],
)  # fmt: skip
def test_networks(
    one: str, other: str, networks: dict[tuple[str, str], str], expected: list[str], tmp_path: Path
) -> None:
    assert known(tmp_path, one, other, networks) == expected


def test_copies_of_a_cluster_are_not_on_its_network(tmp_path: Path) -> None:
    inputs = [f"{name}={write(tmp_path / name, text)}" for name, text in (("lvs1", A), ("test1", B))]
    hosts = load(inputs, target=Target()).hosts
    apart = Known(clusters=(("lvs1",), ("test1",)))
    assert lint(hosts, Target(), known=apart).findings == lint(hosts, Target(), compare=False).findings == []
    together = Known(clusters=apart.clusters, segments={("lvs1", "eth0"): FRONT, ("test1", "eth0"): FRONT})
    assert [shown(f) for f in lint(hosts, Target(), known=together).findings if f.code.startswith("LVS3")] == [
        "LVS320 error/outage 3:23-25 +3:23-25"
    ]
    assert lint(hosts, Target(), compare=False, known=together).findings == []


@pytest.mark.parametrize(("target", "expected"), [("2.2.7", "warning/none"), ("2.3.3", "error/outage")])
def test_strangers_depend_on_the_target(target: str, expected: str, tmp_path: Path) -> None:
    stranger = peer(100, name="X", vip="203.0.113.1/24")
    assert known(tmp_path, A, stranger, SAME, target) == [f"LVS320 {expected} 3:23-25 +3:23-25"]


@pytest.mark.parametrize(("target", "harm"), [("2.2.7", "each drops the other's"), ("2.3.3", "gives its addresses up")])
def test_what_becomes_of_strangers(target: str, harm: str, tmp_path: Path) -> None:
    texts = {"lvs1": A, "lvs2": peer(100, name="X", vip="203.0.113.1/24")}
    hosts = load([f"{name}={write(tmp_path / name, text)}" for name, text in texts.items()], target=Target()).hosts
    [found] = [
        f for f in lint(hosts, Target(parse_version(target)), known=Known(segments=SAME)).findings if f.code == "LVS320"
    ]
    assert harm in found.message
    assert "on the network `front`" in found.message


def test_strangers_without_a_vrid(tmp_path: Path) -> None:
    one, other = (
        text.replace("    virtual_router_id 61\n", "") for text in (A, peer(100, name="X", vip="203.0.113.1/24"))
    )
    assert known(tmp_path, one, other, SAME) == []


@pytest.mark.parametrize(
    "partly", [{("lvs1", "eth0"): FRONT, ("lvs2", "eth0"): FRONT}, {("db1", "eth0"): FRONT, ("db2", "eth0"): FRONT}]
)
def test_clusters_of_which_one_is_known(partly: dict[tuple[str, str], str], tmp_path: Path) -> None:
    db = {"name": "DB", "vip": "192.0.2.20/24"}
    texts = {"lvs1": A, "lvs2": B, "db1": peer(150, **db), "db2": peer(100, **db)}
    hosts = load([f"{name}={write(tmp_path / name, text)}" for name, text in texts.items()], target=Target()).hosts
    found = [f for f in lint(hosts, Target(), known=Known(segments=partly)).findings if f.code.startswith("LVS3")]
    assert [(f.code, f.host) for f in found] == [("LVS320", "db1"), ("LVS320", "db2")]
