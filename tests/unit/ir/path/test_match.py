"""What rules match, what they do not, and what nobody can tell."""

from __future__ import annotations

import shlex

import pytest

from lvscompile.frontends.iptables.commands import parse
from lvscompile.ir.netfilter import Command, Spec
from lvscompile.ir.path.match import matches, nobody_knows, passes_as_a_rule
from lvscompile.ir.path.packet import Packet, Tuple4, connect

WEB = connect("198.51.100.7", "192.0.2.10", 80, in_interface="eth1")._replace(sport=40000)
DNS = connect("198.51.100.7", "192.0.2.10", 53, protocol="udp", in_interface="eth1")
PING = connect("198.51.100.7", "192.0.2.10", None, protocol="icmp")
VRRP = Packet(4, "vrrp", "10.0.0.1", "224.0.0.18", in_interface="eth0", state="NEW", kind="multicast")
AH = VRRP._replace(protocol="ah")
UNKNOWN = Packet(state=None, source="", sport=None, flags=None, mark=None, connmark=None, tos=None, balanced=None)
BALANCED = WEB._replace(
    destination="10.0.0.5", dport=8080, balanced=True, original=Tuple4("198.51.100.7", 40000, "192.0.2.10", 80)
)
TRANSLATED = BALANCED._replace(balanced=False, statuses=frozenset({"DNAT"}))
V6 = connect("2001:db8::7", "2001:db8::10", 80, in_interface="eth1")


def spec(text: str, family: int = 4) -> Spec:
    command = parse(["-A", "INPUT" if "-o " not in text else "OUTPUT", *shlex.split(text), "-j", "ACCEPT"], family)
    assert isinstance(command, Command), command
    (found,) = command.specs
    assert isinstance(found, Spec)
    return found


@pytest.mark.parametrize(
    ("text", "packet", "expected"),
    [
        ("", WEB, True),
        ("-p tcp", WEB, True),
        ("-p tcp", DNS, False),
        ("! -p tcp", DNS, True),
        ("-p 112", VRRP, True),
        ("-p vrrp", AH, False),
        ("-p ah", AH, True),
        ("-p 47", VRRP._replace(protocol="47"), True),
        ("-s 198.51.100.0/24", WEB, True),
        ("-s 198.51.101.0/24", WEB, False),
        ("! -s 198.51.100.7", WEB, False),
        ("-s 198.51.100.7", UNKNOWN, None),
        ("-s 198.0.100.7/255.0.255.255", WEB, True),
        ("-d 224.0.0.0/8", VRRP, True),
        ("-i eth1", WEB, True),
        ("-i eth+", WEB, True),
        ("-i eth1+", WEB._replace(in_interface="eth10"), True),
        ("! -i eth1", WEB, False),
        ("-i eth1", UNKNOWN, None),
        ("-o eth0", WEB._replace(out_interface="eth0"), True),
        ("! -i eth1", WEB._replace(in_interface=""), True),
        ("-f", WEB, False),
        ("! -f", WEB, True),
        ("-p tcp --dport 80", WEB, True),
        ("-p tcp --dport 1024:", WEB, False),
        ("-p tcp --sport 1024:", WEB, True),
        ("-p tcp --sport 1024:", WEB._replace(sport=None), None),
        ("-p tcp ! --dport 80", WEB, False),
        ("-p tcp --dport 81 --sport 1:2", WEB._replace(sport=None), False),
        ("-p udp --dport 53", DNS, True),
        ("-p tcp --dport 80", WEB._replace(fragment=True), False),
        ("-p tcp --syn", WEB, True),
        ("-p tcp ! --syn", WEB, False),
        ("-p tcp --tcp-flags ALL ACK", WEB._replace(flags=frozenset({"ACK"})), True),
        ("-p tcp --syn", UNKNOWN, None),
        ("-p tcp --tcp-option 5", WEB, None),
        ("-p tcp -m multiport --dports 79,80:90", WEB, True),
        ("-p tcp -m multiport ! --dports 79,81", WEB, True),
        ("-p tcp -m multiport --ports 40000", WEB, True),
        ("-p tcp -m multiport --ports 81", WEB._replace(sport=None), None),
        ("-p tcp -m multiport --sports 1", WEB, False),
        ("-p tcp -m multiport --dports 80", WEB._replace(fragment=True), False),
        ("-p icmp --icmp-type 8", PING, True),
        ("-p icmp --icmp-type echo-reply", PING, False),
        ("-p icmp --icmp-type 8/1", PING, False),
        ("-p icmp --icmp-type any", PING._replace(icmp=None), True),
        ("-p icmp --icmp-type 8", PING._replace(icmp=None), None),
        ("-m state --state NEW", WEB, True),
        ("-m state --state RELATED,ESTABLISHED", WEB, False),
        ("-m state ! --state INVALID", WEB, True),
        ("-m state --state NEW", UNKNOWN, None),
        ("-m state --state INVALID,NEW,RELATED,ESTABLISHED,UNTRACKED", UNKNOWN, True),
        ("-m conntrack --ctstate DNAT", TRANSLATED, True),
        ("-m conntrack --ctstate DNAT", WEB, False),
        ("-m conntrack --ctorigdst 192.0.2.10 --ctorigdstport 80", TRANSLATED, True),
        ("-m conntrack --ctorigdst 10.0.0.5", TRANSLATED, False),
        ("-m conntrack --ctorigsrc 198.51.100.7 --ctorigsrcport 40000", TRANSLATED, True),
        ("-m conntrack --ctproto tcp --ctdir ORIGINAL", WEB, True),
        ("-m conntrack --ctdir REPLY", WEB, False),
        ("-m conntrack ! --ctproto udp", WEB._replace(state="INVALID"), False),
        ("-m conntrack --ctstate INVALID --ctproto udp", WEB._replace(state="INVALID"), True),
        ("-m conntrack --ctexpire 1:9", WEB, None),
        ("-m mark --mark 1", WEB._replace(mark=1), True),
        ("-m mark --mark 1/1", WEB._replace(mark=3), True),
        ("-m mark ! --mark 1", WEB, True),
        ("-m mark --mark 1", UNKNOWN, None),
        ("-m connmark --mark 2", WEB._replace(connmark=2), True),
        ("-m connmark ! --mark 2", WEB._replace(state="UNTRACKED"), False),
        ("-m addrtype --dst-type MULTICAST", VRRP, True),
        ("-m addrtype --dst-type LOCAL", WEB, None),
        ("-m addrtype --dst-type LOCAL --limit-iface-in", VRRP, None),
        ("-m addrtype --src-type LOCAL", UNKNOWN, None),
        ("-m iprange --src-range 198.51.100.1-198.51.100.9", WEB, True),
        ("-m iprange --dst-range 192.0.2.11-192.0.2.12", WEB, False),
        ("-m iprange --src-range 198.51.100.1-198.51.100.9", UNKNOWN, None),
        ("-m pkttype --pkt-type multicast", VRRP, True),
        ("-m pkttype --pkt-type unicast", VRRP, False),
        ("-m comment --comment 'for the web'", WEB, True),
        ("-m limit --limit 3/min", WEB, None),
        ("-m mac --mac-source 00:11:22:33:44:55", WEB, None),
        ("-m ipvs --ipvs", BALANCED, True),
        ("-m ipvs ! --ipvs", WEB, True),
        ("-m ipvs --vaddr 192.0.2.10 --vport 80 --vproto tcp", BALANCED, True),
        ("-m ipvs --vaddr 192.0.2.11", BALANCED, False),
        ("-m ipvs --vaddr 192.0.2.10", WEB, False),
        ("-m ipvs --ipvs", UNKNOWN, None),
        ("-m ipvs --vmethod MASQ", BALANCED, None),
        ("-m tos --tos 0x10/0x3f", WEB, False),
        ("-m dscp --dscp 4", WEB._replace(tos=0x10), True),
        ("-m dscp --dscp 4", UNKNOWN, None),
        ("-o eth0 -m owner --uid-owner 0", BALANCED._replace(out_interface="eth0"), False),
        ("-o eth0 -m owner ! --uid-owner 0", BALANCED._replace(out_interface="eth0"), True),
        ("-o eth0 -m owner --uid-owner 0", WEB._replace(out_interface="eth0"), None),
        ("-p udp -m recent --rcheck --name a", WEB, False),
        ("-p tcp -m recent --rcheck --name a", WEB, None),
    ],
)  # fmt: skip
def test_a_condition(text: str, packet: Packet, expected: bool | None) -> None:
    assert matches(spec(text), packet) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("-s 2001:db8::/32", True), ("-d 2001:db8::11", False), ("! -s fe80::/10", True), ("-p tcp --dport 80", True)],
)
def test_ipv6(text: str, expected: bool) -> None:
    assert matches(spec(text, 6), V6) is expected


def test_icmp6() -> None:
    ping = connect("2001:db8::7", "2001:db8::10", None, protocol="ipv6-icmp")
    assert matches(spec("-p ipv6-icmp --icmpv6-type 128", 6), ping) is True


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-m limit --limit 3/min", True),
        ("-p udp -m limit --limit 3/min", False),
        ("-p tcp -m hashlimit --hashlimit-upto 5/s --hashlimit-name a", True),
        ("-p tcp -m hashlimit --hashlimit-above 5/s --hashlimit-name a", False),
        ("-p tcp -m connlimit --connlimit-above 5", False),
        ("-p tcp -m limit --limit 3/min -m recent --rcheck --name a", False),
    ],
)
def test_ordinary_traffic_keeps_to_rates(text: str, expected: bool) -> None:
    assert passes_as_a_rule(spec(text), WEB) is expected


def test_an_unknown_match_is_unknown() -> None:
    assert matches(spec("-m geoip --src-cc CN"), WEB) is None
    assert matches(spec("-p udp -m geoip --src-cc CN"), WEB) is False


@pytest.mark.parametrize(
    ("address", "kind"),
    [("224.0.0.18", "MULTICAST"), ("127.0.0.1", "LOCAL"), ("255.255.255.255", "BROADCAST"), ("192.0.2.1", None),
     ("ff02::12", "MULTICAST"), ("2001:db8::1", None), ("", None)],
)  # fmt: skip
def test_kinds_of_addresses_that_are_the_same_everywhere(address: str, kind: str | None) -> None:
    assert nobody_knows(address) == kind
