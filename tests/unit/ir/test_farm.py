"""Which hosts are real servers of which services."""

from __future__ import annotations

from pathlib import Path

import pytest

from lvscompile.app.load import load
from lvscompile.ir.core import NEWEST
from lvscompile.ir.farm import farm, is_wire, on_network, one_network, taken
from lvscompile.ir.host import HostAddress
from lvscompile.ir.programmed import services

VIP, OTHER = "192.0.2.10", "192.0.2.77"
IFCFG = "etc/sysconfig/network-scripts/ifcfg-eth0"
REDIRECT = "*nat\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -d 192.0.2.10/32 -j REDIRECT\nCOMMIT\n"


def balances(method: str, *servers: str, vip: str = VIP) -> dict[str, str]:
    lines = [f"-A -t {vip}:80 -s rr", *(f"-a -t {vip}:80 -r {server}:80 -{method} -w 1" for server in servers)]
    return {"etc/ipvsadm.rules": "\n".join([*lines, ""])}


def has(address: str) -> dict[str, str]:
    return {IFCFG: f"DEVICE=eth0\nIPADDR={address}\nNETMASK=255.255.255.0\n"}


def found(folder: Path, **hosts: dict[str, str]) -> list[str]:
    for host, files in hosts.items():
        for name, text in files.items():
            path = folder / host / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    site = load([f"{host}={folder / host}" for host in hosts]).site
    each = farm(site.directors, lambda director: services(director, NEWEST))
    return [f"{e.host.name} {e.director.name} {e.service.address} {e.address or '-'} {e.method}" for e in each]


ACCEPTS = {"etc/sysconfig/iptables": REDIRECT}


@pytest.mark.parametrize(
    ("hosts", "expected"),
    [
        ({"lvs1": balances("g", "10.0.0.1"), "web1": has("10.0.0.1")}, ["web1 lvs1 192.0.2.10 10.0.0.1 DR"]),
        ({"lvs1": balances("m", "10.0.0.1"), "web1": has("10.0.0.1")}, ["web1 lvs1 192.0.2.10 10.0.0.1 NAT"]),
        ({"lvs1": balances("g", "10.0.0.1"), "web1": has("10.0.0.2")}, []),
        # By the address of the service, where nothing better is told.
        ({"lvs1": balances("g", "10.0.0.1"), "web1": ACCEPTS}, ["web1 lvs1 192.0.2.10 - DR"]),
        ({"lvs1": balances("g", "10.0.0.1"), "lvs2": balances("g", "10.0.0.1"), "web1": ACCEPTS},
         ["web1 lvs1 192.0.2.10 - DR", "web1 lvs2 192.0.2.10 - DR"]),
        ({"lvs1": balances("g", "10.0.0.1"), "web1": ACCEPTS | has("10.0.0.1")}, ["web1 lvs1 192.0.2.10 10.0.0.1 DR"]),
        ({"lvs1": balances("g", "10.0.0.1", vip=OTHER), "web1": ACCEPTS}, []),
        ({"lvs1": balances("m", "10.0.0.1"), "web1": ACCEPTS}, []),
        ({"lvs1": balances("g", "10.0.0.1"), "lvs2": balances("i", "10.0.0.1"), "web1": ACCEPTS}, []),
        # Directors that serve each other.
        ({"lvs1": balances("g", "10.0.0.2") | has("10.0.0.1"),
          "lvs2": balances("g", "10.0.0.1", vip=OTHER) | has("10.0.0.2")},
         ["lvs1 lvs2 192.0.2.77 10.0.0.1 DR", "lvs2 lvs1 192.0.2.10 10.0.0.2 DR"]),
        ({"lvs1": balances("g", "10.0.0.1") | has("10.0.0.1")}, []),
        ({"lvs1": balances("g", "10.0.0.1"), "lvs2": balances("g", "10.0.0.3", vip=OTHER) | ACCEPTS}, []),
        ({"lvs1": balances("g", "10.0.0.1"), "web1": {"etc/keepalived/keepalived.conf": ""}}, []),
    ],
)  # fmt: skip
def test_farm(tmp_path: Path, hosts: dict[str, dict[str, str]], expected: list[str]) -> None:
    assert found(tmp_path, **hosts) == expected


def test_taken(tmp_path: Path) -> None:
    (tmp_path / "rc.local").write_text(
        "#!/bin/sh\nip addr add 192.0.2.1/32 dev lo\nip route add local 192.0.2.2 dev lo\n"
        "iptables -t nat -A PREROUTING -d 192.0.2.3 -j REDIRECT\niptables -t nat -A PREROUTING ! -d 192.0.2.4 -j REDIRECT\n"
        "iptables -A INPUT -d 192.0.2.5 -j ACCEPT\niptables -t nat -A PREROUTING -d 192.0.2.6 -j ACCEPT\n"
        "iptables -t nat -A PREROUTING -d 192.0.2.7 -j DNAT --to-destination 127.0.0.1\n"
        "iptables -t nat -A PREROUTING -j REDIRECT\n"
    )
    machine = load([str(tmp_path / "rc.local")]).site.directors[0].machine
    assert machine is not None
    assert sorted(taken(machine)) == ["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.7"]


def own(address: str, prefix: int, device: str) -> HostAddress:
    return HostAddress(6 if ":" in address else 4, address, prefix, device)


def test_on_network() -> None:
    told = (
        own("10.0.0.1", 8, "eth0"),
        own("10.1.0.1", 16, "eth1"),
        own("10.2.0.9", 32, "eth2"),
        own("10.3.0.1", 16, "lo"),
    )
    wanted = {"10.1.0.7": "eth1", "10.2.0.9": "eth0", "10.3.0.7": "eth0", "10.1.0.1": "eth0", "11.0.0.1": "", "": ""}
    assert {target: on_network(told, target) for target in wanted} == wanted
    six = (own("2001:db8::1", 64, "eth0"), own("2001:db8:1::1", 128, "eth1"))
    assert [on_network(six, t) for t in ("2001:db8::2", "2001:db8:1::1", "10.0.0.1")] == ["eth0", "", ""]


def test_one_network() -> None:
    told = (own("10.1.0.1", 24, "eth0"), own("10.2.0.1", 16, "eth0"))
    wanted = {("10.1.0.7", "10.1.0.8"): True, ("10.1.0.7", "10.1.1.8"): False, ("10.2.0.7", "10.2.1.8"): True,
              ("10.1.0.7", "10.2.0.8"): False, ("10.3.0.7", "10.3.0.8"): False}  # fmt: skip
    assert {pair: one_network(told, *pair) for pair in wanted} == wanted


def test_is_wire() -> None:
    assert [name for name in ("eth0", "bond0.5", "lo", "lo:0", "dummy0", "tunl0") if is_wire(name)] == [
        "eth0",
        "bond0.5",
    ]
