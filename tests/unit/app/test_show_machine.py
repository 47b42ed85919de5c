"""Hosts without a keepalived.conf, drawn."""

from __future__ import annotations

from pathlib import Path

from lvscompile.app.load import load
from lvscompile.app.show import describe, draw

SCRIPT = """#!/bin/sh
ipvsadm -A -t 192.0.2.10:80 -s lc -p 60
ipvsadm -a -t 192.0.2.10:80 -r 198.51.100.1:80 -m -w 3 -x 100
ipvsadm -a -t 192.0.2.10:80 -r 198.51.100.2:80 -g
ipvsadm -A -f 7 -6
ipvsadm -A -t [2001:db8::1]:443
ip addr add 192.0.2.10/32 dev eth1 label eth1:10
ip rule add fwmark 1 table 100 prio 100
ip rule add from 198.51.100.0/24 table 200
ip route add local 0/0 dev lo table 100
ip route add default via 192.0.2.1
iptables -A INPUT -j ACCEPT
echo 1 > /proc/sys/net/ipv4/ip_forward
"""


def drawn(folder: Path, text: str, name: str = "lvs1.sh") -> list[str]:
    (folder / name).write_text(text)
    return draw(describe(load([str(folder / name)])))


def test_a_script_is_drawn(tmp_path: Path) -> None:
    assert drawn(tmp_path, SCRIPT) == [
        "lvs1",
        "|- 192.0.2.10:80: TCP, lc, persistent 60 s; no health checks",
        "|  |- 198.51.100.1:80, NAT, weight 3, at most 100 connections",
        "|  `- 198.51.100.2:80, DR, weight 1",
        "|- fwmark 7: wlc; no health checks",
        "|- [2001:db8::1]:443: TCP, wlc; no health checks",
        "|- forwards IPv4 packets",
        "|- 192.0.2.10/32 on eth1 (eth1:10)",
        "|- from 198.51.100.0/24: table 200",
        "|- mark 1: table 100",
        "|- route local 0.0.0.0/0 dev lo (table 100)",
        "|- route default via 192.0.2.1",
        "`- packet filter for IPv4, rules: filter 1",
    ]


def test_a_log_that_begins_in_the_middle(tmp_path: Path) -> None:
    log = "[root@localhost ~]# ipvsadm -a -t 192.0.2.10:80 -r 198.51.100.1 -m\n"
    assert "|- there may be more services: the log does not tell how it began" in "\n".join(
        line.replace("`-", "|-") for line in drawn(tmp_path, log, "x.txt")
    )


def test_a_real_server(tmp_path: Path) -> None:
    lines = drawn(tmp_path, "ip addr add 192.0.2.10/32 dev lo\nsysctl -w net.ipv4.ip_forward=0\n", "web1.sh")
    assert lines == ["web1 (real server)", "|- does not forward IPv4 packets", "`- 192.0.2.10/32 on lo"]


def test_the_data(tmp_path: Path) -> None:
    (tmp_path / "x.sh").write_text(SCRIPT)
    (host,) = describe(load([str(tmp_path / "x.sh")]))["hosts"]
    assert host["role"] == "director"
    assert [service["fwmark"] for service in host["machine"]["table"]] == [None, 7, None]
    assert host["machine"]["filters"] == [{"family": 4, "tables": {"filter": 1}}]
    assert host["machine"]["forwards_ipv4"] is True
    assert host["machine"]["forwards_ipv6"] is None
