from __future__ import annotations

from lvscompile.frontends.netfiles.interfaces import interfaces, scan
from lvscompile.ir.host import NextHop
from lvscompile.syntax.source import Source

TEXT = """\
# of the web server
auto lo eth0 lo:0
iface lo inet loopback

iface eth0 inet static
    address 10.0.0.5
    netmask 255.255.255.0
    gateway 10.0.0.1
    mtu 1400
    dns-nameservers 10.0.0.53
    up ip route add 10.9.0.0/16 \\
        via 10.0.0.2
    pre-up /sbin/sysctl -w net.ipv4.conf.all.arp_ignore=1
    post-down
    odd option

iface lo:0 inet static
    address 192.0.2.100/32

iface eth1 inet6 static
    address fd00::1
    netmask 64
    gateway fd00::fe

source /etc/network/interfaces.d/*
iface broken
stray line
"""


def test_interfaces() -> None:
    source = Source("interfaces", TEXT)
    found = interfaces(source)
    facts = found.facts
    assert [(a.text, a.device, a.label, a.persistent) for a in facts.addresses] == [
        ("10.0.0.5/24", "eth0", "", True), ("192.0.2.100/32", "lo", "lo:0", True), ("fd00::1/64", "eth1", "", False),
    ]  # fmt: skip
    assert [(r.destination, r.hops, r.persistent) for r in facts.routes] == [
        ("0.0.0.0/0", (NextHop("10.0.0.1", "eth0"),), True), ("::/0", (NextHop("fd00::fe", "eth1"),), False),
    ]  # fmt: skip
    assert [(link.name, link.up, link.mtu, link.kind) for link in facts.links] == [
        ("lo", True, None, "loopback"), ("eth0", True, 1400, ""), ("eth1", False, None, ""),
    ]  # fmt: skip
    assert [(c.phase, c.interface, " ".join(c.text.replace("\\\n", " ").split())) for c in found.commands] == [
        ("up", "eth0", "ip route add 10.9.0.0/16 via 10.0.0.2"),
        ("pre-up", "eth0", "/sbin/sysctl -w net.ipv4.conf.all.arp_ignore=1"), ("post-down", "eth0", ""),
    ]  # fmt: skip
    first = found.commands[0]
    assert TEXT[first.place.start : first.place.end] == first.text
    assert [kept.text.split()[0] for kept in facts.opaque] == ["odd", "iface", "stray"]
    assert found.understood == len(list(scan(source))) - 3
    assert "".join(stmt.text for stmt in scan(source)) == TEXT


def test_what_is_no_address_is_kept() -> None:
    facts = interfaces(
        Source(
            "x", "iface a inet static\naddress here\niface b inet static\naddress 10.0.0.1\nnetmask 300\ngateway x\n"
        )
    ).facts
    assert not facts.addresses
    assert len(facts.opaque) == 3
    assert [a.text for a in interfaces(Source("x", "iface a inet static\naddress 10.0.0.1\n")).facts.addresses] == [
        "10.0.0.1/8"
    ]
