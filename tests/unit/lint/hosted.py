"""Hosts in files, as the tests of the rules about kernels and networks put them together, and how these show findings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from lvscompile.syntax.findings import Finding

Files = Mapping[str, str]

VIP = "192.0.2.10"
OUTSIDE, INSIDE = "192.0.2.11", "198.51.100.11"  # real servers in the network of the VIP, and in another one
KEEPALIVED, RULES, SYSCTL = "etc/keepalived/keepalived.conf", "etc/ipvsadm.rules", "etc/sysctl.conf"
LOCAL, LOG, IPTABLES = "etc/rc.d/rc.local", "session.log", "etc/sysconfig/iptables"
NETWORK, MODULES, FACTS = "etc/sysconfig/network", "etc/modules", "facts.json"
FORWARD = "net.ipv4.ip_forward = 1\n"


def balances(method: str = "m", server: str = INSIDE, *, vip: str = VIP, port: int = 80) -> str:
    """A table with one service of one server."""
    return f"-A -t {vip}:{port} -s wlc\n-a -t {vip}:{port} -r {server}:{port} -{method} -w 1\n"


def vrrp(*addresses: str, priority: int = 150, interface: str = "eth1", more: str = "") -> str:
    lines = "".join(f"        {address}\n" for address in addresses or (f"{VIP}/24",))
    return (
        f"vrrp_instance WEB {{\n    interface {interface}\n    virtual_router_id 77\n    priority {priority}\n{more}"
        f"    virtual_ipaddress {{\n{lines}    }}\n}}\n"
    )


def card(name: str, address: str, mask: str = "255.255.255.0", gateway: str = "") -> Files:
    """The file of an interface."""
    text = f"DEVICE={name}\nIPADDR={address}\nNETMASK={mask}\n" + (f"GATEWAY={gateway}\n" if gateway else "")
    return {f"etc/sysconfig/network-scripts/ifcfg-{name}": text}


def down(files: Files) -> Files:
    """The same files of interfaces, which do not come up at boot."""
    return {name: text + "ONBOOT=no\n" for name, text in files.items()}


def script(*lines: str) -> Files:
    """What runs at the end of the boot."""
    return {LOCAL: "\n".join(["#!/bin/sh", *lines, ""])}


def log(*lines: str) -> Files:
    """What somebody typed."""
    return {LOG: "".join(f"[root@host ~]# {line}\n" for line in lines)}


def dump(table: str, *rules: str, chain: str = "INPUT") -> Files:
    return {IPTABLES: "\n".join([f"*{table}", f":{chain} ACCEPT [0:0]", *rules, "COMMIT", ""])}


def facts(
    links: Iterable[str] = (),
    addresses: Iterable[str] = (),
    sysctls: Mapping[str, str] = {},
    routes: Iterable[str] = (),
    modules: Iterable[str] = (),
) -> Files:
    """A running host. Links are written `eth0`, or `eth0 down`; addresses `192.0.2.1/24 eth0`; routes `NETWORK GATEWAY`."""
    lines = [
        *(_list("links", (f'"name": "{n.split()[0]}", "up": {str("down" not in n).lower()}' for n in links))),
        *(_list("addresses", map(_address, addresses))),
        *(_list("sysctls", (f'"key": "{key}", "value": "{value}"' for key, value in sysctls.items()))),
        *(_list("routes", map(_route, routes))),
        '"modules": [' + ", ".join(f'"{name}"' for name in modules) + "]",
    ]
    return {FACTS: '{\n"lvscompile_facts": 1,\n' + "\n".join(lines) + "\n}\n"}


def _list(name: str, items: Iterable[str]) -> list[str]:
    return [f'"{name}": [', ",\n".join(f"  {{{item}}}" for item in items), "],"]


def _address(text: str) -> str:
    own, device = text.split()
    address, _, length = own.partition("/")
    family = 6 if ":" in address else 4
    return f'"family": {family}, "address": "{address}", "prefix": {length}, "device": "{device}"'


def _route(text: str) -> str:
    target, via, device = text.split()
    return (
        f'"family": 4, "type": "unicast", "destination": "{target}", "table": "main", "hops": [{{"via": "{via}", '
        f'"device": "{device}"}}]'
    )


def shown(found: Iterable[Finding], *codes: str) -> list[str]:
    """`CODE severity/effect HOST file:line` of the findings with these codes."""
    return [
        f"{f.code} {f.severity}/{f.effect} {f.host} {f.span.source.name.rpartition('/')[2]}:{f.span.begin()[0]}"
        for f in found
        if f.code in codes
    ]
