"""Listings and files of rules, read as tables."""

from __future__ import annotations

import pytest

from lvscompile.backends.ipvsadm import save
from lvscompile.frontends.ipvsadm.files import read_rules
from lvscompile.frontends.ipvsadm.listing import read_listing
from lvscompile.frontends.replay.ipvs import Replay
from lvscompile.ir.ipvs import Tunnel
from lvscompile.syntax.source import Source

HEAD = """\
IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
"""
NUMERIC = (
    HEAD
    + """\
TCP  192.0.2.1:80 wlc persistent 300 mask 255.255.255.0 pe sip
  -> 198.51.100.5:80              Masq    3      1          2
  -> 198.51.100.6:8080            Local   0      0          0
UDP  [2001:db8::1]:53 sh (sh-fallback,sh-port) persistent 360 mask 64 ops
  -> [2001:db8::5]:53             Route   1      0          0
FWM  -2 IPv6 rr
"""
)


def listed(text: str):  # type: ignore[no-untyped-def]
    return read_listing(Source("listing", text))


def test_a_numeric_listing() -> None:
    found = listed(NUMERIC)
    services = {service.key: service for service in found.table.services}
    assert set(services) == {("TCP", 4, "192.0.2.1", 80), ("UDP", 6, "2001:db8::1", 53), ("FWM", 6, "4294967294", 0)}
    tcp = services["TCP", 4, "192.0.2.1", 80]
    assert (tcp.scheduler, tcp.persistence, tcp.netmask, tcp.engine) == ("wlc", 300, "255.255.255.0", "sip")
    assert [(d.address, d.port, d.method, d.weight) for d in tcp.destinations] == [
        ("198.51.100.5", 80, "NAT", 3), ("198.51.100.6", 8080, "LOCAL", 0),
    ]  # fmt: skip
    mark = services["FWM", 6, "4294967294", 0]
    assert (mark.scheduler, mark.port, mark.flags, mark.known) == ("rr", 0, 0, True)
    udp = services["UDP", 6, "2001:db8::1", 53]
    assert (udp.flags, udp.netmask, udp.one_packet) == (3, "64", True)
    assert found.shown == {"method", "weight", "scheduler"}
    assert found.table.complete
    assert found.kept == ()


def test_names_of_ports_and_hosts() -> None:
    found = listed(
        HEAD
        + """\
TCP  192.0.2.1:http rr
  -> 198.51.100.5:webcache        Masq    1      0          0
  -> web1.example.com:http        Masq    1      0          0
  -> 198.51.100.7:nosuch          Masq    1      0          0
TCP  www.example.com:http rr
  -> 198.51.100.5:http            Masq    1      0          0
TCP  [ip6-localhost]:http rr
TCP  localhost:http rr
"""
    )
    assert [service.key for service in found.table.services] == [
        ("TCP", 4, "192.0.2.1", 80),
        ("TCP", 4, "127.0.0.1", 80),
    ]
    assert [server.port for server in found.table.services[0].destinations] == [8080]
    assert [opaque.origin.line for opaque in found.kept] == [6, 7, 8, 9, 10]


THRESHOLDS = """\
Prot LocalAddress:Port            Uthreshold Lthreshold ActiveConn InActConn
  -> RemoteAddress:Port
TCP  192.0.2.1:80 rr
  -> 198.51.100.5:80              20         10         0          0
"""
STATS = """\
Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
  -> RemoteAddress:Port
TCP  192.0.2.1:80                       20      100        0     1500        0
  -> 198.51.100.5:80                    10       50        0      750        0
"""
PERSISTENT = """\
Prot LocalAddress:Port            Weight    PersistConn ActiveConn InActConn
  -> RemoteAddress:Port
TCP  192.0.2.1:80 rr
  -> 198.51.100.5:80              7         0           0          0
"""
TUNNELS = """\
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port           Forward TunnelInfo    Weight ActiveConn InActConn
TCP  192.0.2.1:80 rr
  -> 198.51.100.5:80              Tunnel  gue:6080:r+c  7      0          0
"""
RAW = """\
IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port Forward Weight ActiveConn InActConn
TCP  C0000201:0050 rr persistent 90000 00FFFFFF
  -> C6336405:1F90      Tunnel  7      0          0
FWM  0000000A rr
UDP  [2001:0db8:0000:0000:0000:0000:0000:0001]:0035 rr ops persistent 90000 40000000
"""


def test_other_columns() -> None:
    (server,) = listed(THRESHOLDS).table.services[0].destinations
    assert (server.upper, server.lower, listed(THRESHOLDS).shown) == (20, 10, {"upper", "lower", "scheduler"})
    stats = listed(STATS)
    (server,) = stats.table.services[0].destinations
    assert (server.address, stats.shown, stats.table.services[0].scheduler) == ("198.51.100.5", frozenset(), "")
    assert (stats.table.services[0].known, stats.table.complete) == (False, False)
    assert listed(PERSISTENT).table.services[0].destinations[0].weight == 7
    (server,) = listed(TUNNELS).table.services[0].destinations
    assert (server.method, server.weight, server.tunnel) == ("TUN", 7, Tunnel("gue", 6080, "remcsum"))


def test_the_kernels_own_listing() -> None:
    tcp, mark, udp = listed(RAW).table.services
    assert (tcp.address, tcp.port, tcp.persistence, tcp.netmask) == ("192.0.2.1", 80, 360, "0.255.255.255")
    assert [(server.address, server.port, server.method) for server in tcp.destinations] == [
        ("198.51.100.5", 8080, "TUN")
    ]
    assert mark.fwmark == 10
    assert (udp.key, udp.netmask, udp.one_packet) == (("UDP", 6, "2001:db8::1", 53), "64", True)


def test_the_last_listing_counts_and_other_output_is_understood() -> None:
    text = (
        NUMERIC
        + HEAD
        + "FWM  1 rr\nTimeout (tcp tcpfin udp): 900 120 300\n"
        + ("master sync daemon (mcast=eth0, syncid=7, maxlen=1472, group=224.0.0.81, port=8848, ttl=1)\nIPVS oddity\n")
    )
    found = listed(text)
    assert [service.key for service in found.table.services] == [("FWM", 4, "1", 0)]
    assert found.table.tcp is not None
    assert found.table.tcp.value == 900
    (daemon,) = found.table.daemons
    assert (daemon.role, daemon.interface, daemon.syncid, daemon.group, daemon.ttl) == (
        "master",
        "eth0",
        7,
        "224.0.0.81",
        1,
    )
    assert [opaque.text for opaque in found.kept] == ["IPVS oddity\n"]


@pytest.mark.parametrize(
    "line",
    [
        "  -> 198.51.100.5:80 1 0 0",
        "  -> 198.51.100.5:80 Masqued 1 0",
        "  -> 2001:db8::5 Masq 1 0 0",
        "  -> [web]:80 Masq 1 0 0",
        "  -> 198.51.100.5:80 Masq",
        "  -> 198.51.100.5 Masq 1 0 0",
        "  -> 198.51.100.5:80 Masq x 0 0",
    ],
)
def test_lines_cut_short_are_kept(line: str) -> None:
    found = listed(HEAD + "TCP  192.0.2.1:80 rr\n" + line)
    assert [opaque.text for opaque in found.kept] == [line]
    assert len(found.table.services) == 1


# Files.

RULES = "# saved\n\n-A -t 192.0.2.1:80 -s rr\n-a -t 192.0.2.1:80 -r 198.51.100.5:80 -m -w 1\n"


def test_a_file_of_rules() -> None:
    found = read_rules(Source("ipvsadm", RULES))
    assert save(found.table) == "\n".join(RULES.split("\n")[2:])
    assert (len(found.events), found.outcome and found.outcome.status, found.kept) == (2, 0, ())
    strict = read_rules(Source("ipvsadm", RULES), comments=False)
    assert (strict.table.services, strict.outcome and strict.outcome.status) == ((), 255)
    assert [opaque.text for opaque in strict.kept] == ["# saved\n"]
    assert "".join(stmt.text for stmt in found.lines) == RULES


def test_a_file_that_is_a_listing() -> None:
    found = read_rules(Source("listing", NUMERIC))
    assert found.listing is not None
    assert len(found.table.services) == 3
    assert found.events == ()


def test_a_dump_that_its_own_version_cannot_read() -> None:
    dump = "-A -u 192.0.2.1:5060 -s rr -p 300 pe sip\n-A -f -1 -s rr\n"
    assert len(read_rules(Source("x", dump)).table.services) == 2
    assert len(read_rules(Source("x", dump), dump=False).table.services) == 0


@pytest.mark.parametrize(
    "line", ["  -> 198.51.100.5:80 1 x 0 0", "  -> 198.51.100.5:80 1x 1 0 0", "  -> 198.51.100.5:80 1"]
)
def test_thresholds_that_are_none(line: str) -> None:
    found = listed(THRESHOLDS.rpartition("  ->")[0] + line)
    assert [opaque.text for opaque in found.kept] == [line]


@pytest.mark.parametrize(
    ("text", "tunnel"), [("gre:+c", Tunnel("gre", 0, "csum")), ("ipip", Tunnel()), ("n/a", Tunnel()), ("gue", Tunnel()),
                         ("vxlan:1", Tunnel()), ("gue:x:?", Tunnel("gue", 0, "nocsum"))]
)  # fmt: skip
def test_tunnels_as_listed(text: str, tunnel: Tunnel) -> None:
    found = listed(TUNNELS.replace("gue:6080:r+c", text))
    assert found.table.services[0].destinations[0].tunnel == tunnel


@pytest.mark.parametrize("line", ["TCP  192.0.2.1:80 rr", "TCP  [web]:0050 rr", "TCP  [1:2:]:0050 rr", "FWM  0 rr"])
def test_lines_that_the_kernel_would_not_print(line: str) -> None:
    found = listed("\n".join([*RAW.split("\n")[:3], line, RAW.split("\n")[4]]))
    assert found.table.services == ()
    assert [opaque.origin.line for opaque in found.kept] == [4, 5]


def test_facts_cut_short() -> None:
    found = listed(HEAD + "TCP  192.0.2.1:80 rr persistent\n  -> 198.51.100.5:80 Masq 1\nFWM  AB rr mask\n")
    (service,) = found.table.services
    assert (service.persistence, len(service.destinations)) == (0, 1)
    assert listed("Timeout (tcp tcpfin udp): x 120\nmaster sync daemon (syncid=x)\n").table.daemons[0].syncid == 0
    raw = listed("\n".join([*RAW.split("\n")[:3], "TCP  C0000201:0050 rr persistent 90000 x"])).table
    assert raw.services[0].netmask == ""
    assert listed(HEAD + "TCP  192.0.2.1:80 rr persistent 5 mask 255.255.255.255").table.services[0].netmask == ""


def test_a_file_read_into_a_table_that_is_not_empty() -> None:
    replay = Replay()
    read_rules(Source("first", "-A -f 1\n"), replay=replay)
    again = read_rules(Source("second", "-A -f 1\n  # indented\n-A -f 2\n"), replay=replay)
    assert [event.outcome and event.outcome.status for event in again.events] == [255, 255, None]
    assert [service.fwmark for service in again.table.services] == [1]
    mixed = read_rules(Source("third", "-A -f 1\nTCP  192.0.2.1:80 rr\n"))
    assert mixed.listing is None
    assert read_rules(Source("none", "words\n")).listing is None


def test_a_mark_with_nothing_behind_it() -> None:
    assert read_listing(Source("x", "FWM  0 \n")).table.services == ()
