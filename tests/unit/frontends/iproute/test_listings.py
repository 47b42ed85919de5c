from __future__ import annotations

import pytest

from lvscompile.frontends.iproute.listings import Listing, lines, read, read_routes
from lvscompile.ir.host import NextHop
from lvscompile.syntax.source import Source

ADDRESSES = """\
1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000
    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00
    inet 127.0.0.1/8 scope host lo
       valid_lft forever preferred_lft forever
    inet 192.0.2.100/32 scope global lo:0
2: eth0@if7: <BROADCAST,MULTICAST,NOARP,UP,LOWER_UP> mtu 1400 qdisc noqueue master br0 state UP
    link/ether 02:00:00:00:00:01 brd ff:ff:ff:ff:ff:ff link-netnsid 0
    inet 10.0.0.1/24 brd 10.0.0.255 scope global eth0
    inet 10.0.0.2/24 brd 10.0.0.255 scope global secondary eth0:1
    inet 10.7.0.1 peer 10.7.0.2/24 scope global eth0
    inet6 fd00::1/64 scope global
       valid_lft forever preferred_lft forever
3: eth1: <BROADCAST,MULTICAST> mtu 1500 qdisc noop state DOWN
"""
OLD = """\
eth0      Link encap:Ethernet  HWaddr 00:0C:29:AA:BB:CC
          inet addr:192.168.20.108  Bcast:192.168.20.255  Mask:255.255.255.0
          inet6 addr: fe80::20c:29ff:feaa:bbcc/64 Scope:Link
          UP BROADCAST RUNNING NOARP MULTICAST  MTU:1500  Metric:1
          RX packets:9 errors:0 dropped:0 overruns:0 frame:0
          collisions:0 txqueuelen:1000
          RX bytes:1 (1.0 b)  TX bytes:0 (0.0 b)

eth0:1    Link encap:Ethernet  HWaddr 00:0C:29:AA:BB:CC
          inet addr:192.168.20.200  Bcast:192.168.20.255  Mask:255.255.255.255
lo:0: flags=73<UP,LOOPBACK,RUNNING>  mtu 65536
        inet 192.0.2.100  netmask 255.255.255.255
        loop  txqueuelen 1000  (Local Loopback)
"""
ROUTES = """\
Kernel IP routing table
Destination     Gateway         Genmask         Flags Metric Ref    Use Iface
192.168.20.0    0.0.0.0         255.255.255.0   U     0      0        0 eth0
192.168.30.0    -               255.255.255.0   !     0      -        0 -
10.4.0.0        0.0.0.0         255.255.0.0     U     0      0        0 *
0.0.0.0         192.168.20.1    0.0.0.0         UG    100    0        0 eth0
default         192.168.20.2    0.0.0.0         UG    0      0        0 eth0
"""


def listing(text: str) -> Listing:
    return read(lines(Source("listing", text)))


def test_addresses() -> None:
    found = listing(ADDRESSES)
    assert not found.others
    assert [(a.text, a.device, a.label, a.scope, a.peer, a.broadcast, a.secondary) for a in found.addresses] == [
        ("127.0.0.1/8", "lo", "", "host", "", "", False), ("192.0.2.100/32", "lo", "lo:0", "global", "", "", False),
        ("10.0.0.1/24", "eth0", "", "global", "", "10.0.0.255", False),
        ("10.0.0.2/24", "eth0", "eth0:1", "global", "", "10.0.0.255", True),
        ("10.7.0.1/24", "eth0", "", "global", "10.7.0.2", "", False), ("fd00::1/64", "eth0", "", "global", "", "", False),
    ]  # fmt: skip
    assert [(link.name, link.up, link.arp, link.mtu, link.mac, link.master) for link in found.links] == [
        ("lo", True, True, 65536, "", ""), ("eth0", True, False, 1400, "02:00:00:00:00:01", "br0"),
        ("eth1", False, True, 1500, "", ""),
    ]  # fmt: skip
    assert found.addresses[2].origin is not None
    assert found.addresses[2].origin.line == 8


def test_ifconfig_old_and_new() -> None:
    found = listing(OLD)
    assert not found.others
    assert [(a.text, a.device, a.label, a.broadcast) for a in found.addresses] == [
        ("192.168.20.108/24", "eth0", "", "192.168.20.255"), ("fe80::20c:29ff:feaa:bbcc/64", "eth0", "", ""),
        ("192.168.20.200/32", "eth0", "eth0:1", "192.168.20.255"), ("192.0.2.100/32", "lo", "lo:0", ""),
    ]  # fmt: skip
    assert [(link.name, link.up, link.arp, link.mtu, link.mac) for link in found.links] == [
        ("eth0", True, False, 1500, "00:0c:29:aa:bb:cc")
    ]


def test_route_n() -> None:
    found = listing(ROUTES)
    assert not found.others
    assert [(r.kind, r.destination, r.via, r.device, r.metric) for r in found.routes] == [
        ("unicast", "192.168.20.0/24", "", "eth0", 0), ("unreachable", "192.168.30.0/24", "", "", 0),
        ("blackhole", "10.4.0.0/16", "", "", 0), ("unicast", "0.0.0.0/0", "192.168.20.1", "eth0", 100),
        ("unicast", "0.0.0.0/0", "192.168.20.2", "eth0", 0),
    ]  # fmt: skip


def test_ip_route() -> None:
    found = listing(
        "default via 10.0.0.254 dev eth0 proto dhcp metric 100 linkdown\n"
        "10.0.0.0/24 dev eth0 proto kernel scope link src 10.0.0.1\n"
        "local default dev lo table 100 scope host\nblackhole 10.4.0.0/16\n"
        "10.21.0.0/16\n\tnexthop via 10.0.0.9 dev eth0 weight 1\n\tnexthop via 10.0.0.10 dev eth0 weight 2\n"
        "fd05::/64 via fd00::9 dev eth0 metric 1024 pref medium\ndefault via fd00::9 dev eth0 metric 1024 pref medium\n"
        "broadcast 10.0.0.255 dev eth0 table local proto kernel scope link src 10.0.0.1\n"
    )
    assert not found.others
    assert [(r.family, r.kind, r.destination, r.table, r.scope, r.source, r.metric) for r in found.routes] == [
        (4, "unicast", "0.0.0.0/0", "main", "global", "", 100), (4, "unicast", "10.0.0.0/24", "main", "link", "10.0.0.1", 0),
        (4, "local", "0.0.0.0/0", "100", "host", "", 0), (4, "blackhole", "10.4.0.0/16", "main", "global", "", 0),
        (4, "unicast", "10.21.0.0/16", "main", "global", "", 0), (6, "unicast", "fd05::/64", "main", "global", "", 1024),
        (6, "unicast", "::/0", "main", "global", "", 1024),
        (4, "broadcast", "10.0.0.255/32", "local", "link", "10.0.0.1", 0),
    ]  # fmt: skip
    assert found.routes[4].hops == (NextHop("10.0.0.9", "eth0", 1), NextHop("10.0.0.10", "eth0", 2))


def test_a_table_that_only_the_command_names() -> None:
    found = read_routes(lines(Source("x", "local default dev lo scope host\n")), "100")
    assert [route.table for route in found.routes] == ["100"]


def test_rules() -> None:
    found = listing(
        "0:\tfrom all lookup local\n100:\tfrom all fwmark 0x1/0xff iif eth9 [detached] lookup 100\n90:\tnot from fd00::/64 blackhole\n"
    )
    assert [(r.preference, r.mark, r.mask, r.iif, r.table, r.action, r.family) for r in found.rules] == [
        (0, None, None, "", "local", "lookup", 4), (100, 1, 255, "eth9", "100", "lookup", 4),
        (90, None, None, "", "", "blackhole", 6),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "some words\n",
        "10.0.0.1 is the address\n",
        "default gateway is here\n",
        "inet nonsense\n",
        "12: what?\n",
        "ipvsadm -C\n",
        # What a damaged listing may hold is no address.
        "    inet 10.0.0.1/33 scope global eth0\n",
        "    inet 10.0.0.1/\u00b2 scope global eth0\n",
        "    inet 10.0.0.1 peer 10.7.0./24 scope global eth0\n",
        "    inet6 fe80::1/6464 scope link\n",
        f"    inet 10.0.0.1/{'1' * 5000} scope global eth0\n",
    ],
)
def test_other_lines_are_kept(text: str) -> None:
    found = listing(text)
    assert [stmt.text for stmt in found.others] == [text]
    assert [each.text for each in found.facts().opaque] == [text]


def test_numbers_that_no_kernel_prints() -> None:
    huge = "9" * 5000
    found = listing(
        f"2: eth0: <UP> mtu {huge} qdisc\neth1: flags=1<UP>  mtu {huge}\n        inet6 fe80::1  prefixlen {huge}\n"
        f"          UP MTU:{huge}  Metric:1\ndefault proto static\n\tnexthop via 10.0.0.1 dev eth0 weight {huge}\n"
    )
    assert [link.mtu for link in found.links] == [None, None]
    assert [route.hops[-1].weight for route in found.routes] == [1]
    assert [stmt.line for stmt in found.others] == [3]
