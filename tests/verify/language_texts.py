"""Inputs for the fuzz of the legacy languages: for each of them words, lines that fit, and whole texts to damage."""

from __future__ import annotations

import ast
import json
import random
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from lvscompile.syntax.iptables.options import extensions
from lvscompile.syntax.ipvsadm.options import NEWEST
from lvscompile.syntax.ipvsadm.options import table as ipvsadm_table
from lvscompile.syntax.source import decode

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "property"))

import shell_texts

TESTS = Path(__file__).resolve().parents[1]

# What breaks a line, a word or a scanner.
DAMAGE = (
    "\n", "\n\n", "\r\n", "\r", "\0", "\v", "\f", "\t", " ", "  ", "\x85", "\u2028", "\xa0", "\ufeff", "\udcff", "\udce9", "é", "\x1b[0m",
    "\\", "\\\n", '"', "'", "`", "$", "$(", "$((", "${", "{", "}", "(", ")", "[", "]", "#", ";", "!", "-", "--", "=", ":", ",", "/", "*",
    "%", "|", "&", "<<EOF\n", "0", "-1", "4294967296", "9" * 40, "9" * 5000, "0x", "1.5", "٣", "²", "x" * 300, "::", "[::1]:80", "10.0.0.1/33",
)  # fmt: skip
IP_TEXT = """
ip -4 -6 -o -br addr address add del replace change append flush show dev label scope link host global brd + peer route get
via src table metric nexthop weight local default 0/0 10.0.0.1/24 10.0.0.1 10.5.0.0/16 fd00::1/64 fd00::9 blackhole unreachable
onlink proto static kernel rule fwmark 1 0x1/0xff prio lookup 100 main from to iif oif not goto nop up down mtu arp off set name
eth0 va0 lo lo:0 eth0:1 veth bridge master type exact root all any nodad ifconfig netmask 255.255.255.0 broadcast hw ether -arp
pointopoint route -net -host gw reject -n -A inet6 arptables -A INPUT OUTPUT -j DROP mangle --mangle-ip-s -d -s -F -P 1500 -1
"""
IP_WORDS = IP_TEXT.split()
IP_LISTED = (
    "1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000",
    "12: eth0@if3: <BROADCAST,MULTICAST> mtu 1500 qdisc noop state DOWN", "    link/ether 00:11:22:33:44:55 brd ff:ff:ff:ff:ff:ff",
    "    inet 192.0.2.1/24 brd 192.0.2.255 scope global secondary eth0:1", "    inet6 fe80::1/64 scope link tentative",
    "       valid_lft forever preferred_lft forever", "default via 192.0.2.254 dev eth0 proto static metric 100 linkdown",
    "192.0.2.0/24 dev eth0 scope link src 192.0.2.1", "default proto static", "\tnexthop via 192.0.2.254 dev eth0 weight 1",
    "0:\tfrom all lookup local", "100:\tfrom all fwmark 0x1/0xff lookup 100 [detached]", "broadcast 192.0.2.0 dev eth0 table local",
    "eth0      Link encap:Ethernet  HWaddr 00:11:22:33:44:55", "          inet addr:192.0.2.1  Bcast:192.0.2.255  Mask:255.255.255.0",
    "eth0: flags=4163<UP,BROADCAST,RUNNING,MULTICAST>  mtu 1500", "        inet 192.0.2.1  netmask 255.255.255.0  broadcast 192.0.2.255",
    "Destination     Gateway         Genmask         Flags Metric Ref    Use Iface", "0.0.0.0 192.0.2.254 0.0.0.0 UG 0 0 0 eth0",
    "Kernel IP routing table", "          UP BROADCAST RUNNING MULTICAST  MTU:1500  Metric:1",
)  # fmt: skip
IPVS_LISTED = (
    "IP Virtual Server version 1.2.1 (size=4096)", "Prot LocalAddress:Port Scheduler Flags",
    "  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn", "TCP  192.0.2.1:80 wlc persistent 360 mask 255.255.255.0",
    "UDP  [2001:db8::1]:53 sh (sh-fallback,sh-port) ops", "FWM  1 IPv6 rr", "  -> 198.51.100.1:80 Masq 1 0 0",
    "  -> [2001:db8::2]:53 Tunnel 3 10 4", "  -> 198.51.100.9:0 Route 0 0 0", "Timeout (tcp tcpfin udp): 900 120 300",
    "master sync daemon (mcast=eth0, syncid=1)", "TCP  C0000201:0050 rr", "  -> C6336401:0050 Masq 1 0 0",
    "TCP 14:58  ESTABLISHED 192.0.2.9:1025 192.0.2.1:80 198.51.100.5:80",
)  # fmt: skip
SYSCTL = (
    "net.ipv4.ip_forward = 1", "net/ipv4/conf/eth0.100/rp_filter=0", "-net.ipv4.vs.conntrack=1", "net.ipv4.conf.*.rp_filter = 2",
    "-net.ipv4.conf.eth0.rp_filter", "; comment", "# comment", "net.ipv4.ip_local_port_range = 1024\t65000", "kernel.x=", "= 1", "nothing",
    "sysctl: cannot stat /proc/sys/x: No such file or directory", "net.ipv4.tcp_rmem = 4096 \"x\" 1", "a.b = c = d", "...=1", "/=1", "-=1",
)  # fmt: skip
SYSCTL_WORDS = ("-w", "-p", "-a", "-e", "-q", "--system", "--load=/etc/x", "--pattern", "-r", "--", "-", "net.ipv4.ip_forward=1",
                "net/ipv4/ip_forward=0", "net.ipv4.conf.*.x=1", "x", "=1", "/x=1", "a.b=", "-nw", "--w", "--no", "-z")  # fmt: skip
NETFILES = (
    "DEVICE=eth0", 'IPADDR="192.0.2.1"', "IPADDR2=192.0.2.2", "PREFIX2=24", "NETMASK='255.255.255.0'", "ONBOOT=no", "export A=b # c",
    "GATEWAY=192.0.2.254", "GATEWAYDEV=eth0", "IPV6ADDR=2001:db8::1/64", 'IPV6ADDR_SECONDARIES="2001:db8::2/64 x"', "IPV6_DEFAULTGW=fe80::1%eth0",
    "ADDRESS0=10.0.0.0", "NETMASK0=255.0.0.0", "GATEWAY0=192.0.2.9", "default via 192.0.2.254 dev eth0", "from 10.0.0.0/8 table 100", "ARPCHECK=no",
    "KEEPALIVED_OPTIONS=\"-D -P\"", "DAEMON_ARGS=", "auto lo eth0", "allow-hotplug eth1", "iface eth0 inet static", "iface eth0:1 inet6 static",
    "    address 192.0.2.1/24", "    netmask 24", "    gateway 192.0.2.254", "    up ip route add default via 192.0.2.1", "  pre-up \\",
    "    post-down echo $IFACE", "mapping eth0", "source /etc/network/interfaces.d/*", "iface x", "iface", "    pointopoint x", "  mtu 9999999",
    "    scope host", "    hwaddress ether 00:11:22:33:44:55", "BROADCAST=x", "MTU=1500", "TYPE=Bridge", "up", "address", "NETWORKING=yes",
)  # fmt: skip
FACTS = {
    "lvscompile_facts": 1, "hostname": "lvs1", "kernel": "6.1.0",
    "sysctls": [{"key": "net.ipv4.ip_forward", "value": "1"}, "x"],
    "links": [{"name": "eth0", "up": True, "arp": False, "mtu": 1500, "mac": "00:11:22:33:44:55", "kind": "veth", "master": "br0"}],
    "addresses": [{"family": 4, "address": "10.0.0.1", "prefix": 24, "device": "eth0", "label": "eth0:1", "secondary": True}],
    "routes": [{"family": 4, "type": "unicast", "destination": "0.0.0.0/0", "table": "main", "hops": [{"via": "10.0.0.254", "weight": 2}]}],
    "rules": [{"family": 4, "preference": 9, "action": "lookup", "mark": "0x1", "mask": "0xff", "tos": "0x10", "others": {"a": 1, "b": "2"}}],
    "modules": ["ip_vs", 7], "keepalived": {"version": "2.2.7", "running": ["/usr/sbin/keepalived -D -P", ""]},
    "ipvs": {"ipvsadm-save": ["-A -t 192.0.2.1:80 -s rr"], "/proc/net/ip_vs": ["TCP  C0000201:0050 rr"]},
    "filters": {"nft": ["table x {"], "iptables-save": ["*filter", ":INPUT DROP [0:0]", "-A INPUT -j ACCEPT", "COMMIT"]},
    "missing": [{"what": "modules", "why": "no such file"}, 3], "later": {"new": [1.5, None, -0.0, 1e400]},
}  # fmt: skip
JSON_VALUES = (
    "null",
    "true",
    "-1",
    "1e999",
    "NaN",
    '""',
    '"\\ud800"',
    "[]",
    "{}",
    "[[]]",
    '{"family": 6}',
    "1" * 5000,
    '"0x"',
    '"x/"',
)
ENDS = (*("\n",) * 20, "\r\n", " \n")
VALUES = (
    "1", "0", "80", "1:5", "5/s", "tcp", "udp", "icmp", "all", "eth0", "eth+", "10.0.0.0/8", "10.0.0.1/255.0.255.0", "2001:db8::/32", "NEW",
    "NEW,ESTABLISHED", "src,dst", '"a b"', "0x10/0xff", "255", "random", "nth", "0.5", "Mon", "08:00", "00:11:22:33:44:55", "192.0.2.1:80",
    "192.0.2.1-192.0.2.9:80-90", "|41|", "1-2", "mark", "any", "SYN", "FIN,SYN SYN", "both", "EF", "1:10", "host.example", "ACCEPT", "own",
)  # fmt: skip


class Language(NamedTuple):
    """Makes a line that fits, more or less; `words` go anywhere; `bases` are whole texts."""

    line: Callable[[random.Random], str]
    words: Sequence[str]
    bases: Sequence[str]


def harvest(*places: str) -> Iterator[str]:
    """The texts that the tests of a front end hold: every string of theirs with a blank in it."""
    for place in places:
        path = TESTS / place
        for file in sorted(path.glob("*.py")) if path.is_dir() else [path]:
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
                    yield node.value


def _files(*patterns: str) -> Iterator[str]:
    for pattern in patterns:
        for path in sorted(TESTS.parent.glob(pattern)):
            if path.is_file():
                yield decode(path.read_bytes())


@cache
def _ipvsadm_options() -> Sequence[str]:
    return sorted(ipvsadm_table(NEWEST))


SERVICES = (
    "-t 192.0.2.1:80",
    "-u 192.0.2.1:53",
    "-f 1",
    "-f 2 -6",
    "-t [2001:db8::1]:80",
    "--sctp-service 192.0.2.1:9",
    "-t www:x",
)
SERVERS = ("198.51.100.1:80", "198.51.100.2", "[2001:db8::2]:80", "127.0.0.1:80", "224.0.0.1:80", "web:80")


def _ipvsadm(dice: random.Random) -> str:
    pick = dice.choice
    kind = dice.randrange(10)
    head = pick(("", "", "ipvsadm ", "/sbin/ipvsadm "))
    if kind < 3:
        return f"{head}-{pick('AE')} {pick(SERVICES)} -s {pick(('rr', 'wlc', 'sh -b sh-port', 'mh', 'x'))}{pick(('', ' -p', ' -p 9 -M 255.255.255.0', ' -o', ' --pe sip'))}"
    if kind < 6:
        way = pick(("-m", "-g", "-i", "-i --tun-type gue --tun-port 9", ""))
        return f"{head}-{pick('ae')} {pick(SERVICES)} -r {pick(SERVERS)} {way} -w {pick((0, 1, 65536, -1))}{pick(('', ' -x 5 -y 9', ' -y 1'))}"
    if kind == 6:
        return f"{head}{pick(('-d', '-D'))} {pick(SERVICES)}{pick(('', f' -r {pick(SERVERS)}'))}"
    if kind == 7:
        return head + pick(
            (
                "-C",
                "-Z",
                "-Ln",
                "-R",
                "-S",
                "--set 1 2 3",
                "--start-daemon master --mcast-interface eth0",
                "--stop-daemon backup",
            )
        )
    if kind == 8:
        return pick(IPVS_LISTED)
    return " ".join([head, *dice.choices((*_ipvsadm_options(), *SERVICES, *SERVERS, *VALUES), k=dice.randrange(1, 6))])


@cache
def _iptables_parts(family: int) -> Sequence[Sequence[str]]:
    return [
        (f"-{'m' if kind == 'match' else 'j'} {each.name}", *(f"--{name}" for name in each.options))
        for kind in ("match", "target")
        for each in extensions(kind, family)
    ]


CHAINS = ("INPUT", "OUTPUT", "FORWARD", "PREROUTING", "POSTROUTING", "own", "RH-Firewall-1-INPUT")
FILTER_LINES = (
    "*filter", "*nat", "*mangle", "*raw", "*x", "COMMIT", "COMMIT", "COMMIT ", ":INPUT DROP [0:0]", ":FORWARD ACCEPT [12:720]", ":own - [0:0]",
    ":PREROUTING ACCEPT [0:0]", ":x", "# Generated by iptables-save v1.8.9", "", "-F", "-X own", "-Z", "-P INPUT DROP", "-N own", "-E own new",
    "-D INPUT 1", "-R INPUT 1 -j own", "-I INPUT 99 -j DROP", "-L -n", "-S", "-D INPUT -j DROP", "-A own -j own", "-A INPUT -j own", "-X",
    "*filter\n:INPUT ACCEPT [0:0]\n:own - [0:0]\n-A INPUT -j own\n", "[1:2] -A INPUT -j ACCEPT", "-A INPUT -p tcp --dport 80 -j ACCEPT",
)  # fmt: skip


def _iptables(dice: random.Random) -> str:
    pick = dice.choice
    if dice.random() < 0.4:
        return pick(FILTER_LINES)
    words = [pick(("-A", "-A", "-A", "-I", "-D", "-C")), pick(CHAINS)]
    for _ in range(dice.randrange(4)):
        flag = pick(("-s", "-d", "-i", "-o", "-p", "-p"))
        fits = {"p": ("tcp", "udp", "icmp", "6"), "i": ("eth0", "eth+"), "o": ("eth0", "lo")}
        words += [
            pick(("", "", "!")),
            flag,
            pick(fits.get(flag[1], ("10.0.0.0/8", "192.0.2.1", "2001:db8::1", "10.0.0.1,10.0.0.2"))),
        ]
    for _ in range(dice.randrange(3)):
        head, *options = pick(_iptables_parts(pick((4, 4, 6))))
        words.append(head)
        for option in dice.sample(options, min(len(options), dice.randrange(3))):
            words += [pick(("", "", "", "!")), option, *dice.choices(VALUES, k=pick((0, 1, 1, 2)))]
    words += pick(
        ([], ["-j", "ACCEPT"], ["-j", "own"], ["-j", "DNAT", "--to-destination", "192.0.2.1:80"], ["-g", "own"])
    )
    return pick(("", "", "iptables ", "ip6tables -t nat ", "[3:4] ")) + " ".join(filter(None, words))


def _shell(dice: random.Random) -> str:
    parts = [dice.choice(shell_texts.PIECES)]
    while dice.random() < 0.75:
        parts += [dice.choice(shell_texts.SPACES), dice.choice(shell_texts.PIECES)]
    return "".join(parts)


def _of(*lines: str) -> Callable[[random.Random], str]:
    return lambda dice: dice.choice(lines)


def _sysctl(dice: random.Random) -> str:
    if dice.random() < 0.7:
        return dice.choice(SYSCTL)
    return " ".join(("sysctl", *dice.choices(SYSCTL_WORDS, k=dice.randrange(1, 5))))


def _iproute(dice: random.Random) -> str:
    if dice.random() < 0.4:
        return dice.choice(IP_LISTED)
    start = dice.choice((
        ("ip", "addr", "add"), ("ip", "route", "add"), ("ip", "rule", "add"), ("ip", "link", "set"), ("ip", "addr", "del"), ("ip", "route", "del"),
        ("ip", "route", "replace"), ("ip", "addr", "flush"), ("ip", "link", "add"), ("ip",), ("ifconfig", "eth0"), ("route", "add"), ("arptables",),
    ))  # fmt: skip
    return " ".join((*start, *dice.choices(IP_WORDS, k=dice.randrange(8))))


def _facts(dice: random.Random) -> str:
    """A member, as it stands in a line of the JSON."""
    key = dice.choice(list(FACTS))
    value = json.dumps(FACTS[key])
    if dice.random() < 0.5:
        value = dice.choice(JSON_VALUES)
    if dice.random() < 0.3:
        value = f"[{value}]"
    return f'"{key}": {value},'


LANGUAGES: Mapping[str, Callable[[], Language]] = {
    "ipvsadm": lambda: Language(
        _ipvsadm, (*_ipvsadm_options(), *SERVERS, *VALUES),
        [*harvest("unit/frontends/ipvsadm", "unit/frontends/replay/test_ipvs.py"), "\n".join(IPVS_LISTED), *_files("fixtures/host-*/*/**/*ipvsadm*")],
    ),
    "iptables": lambda: Language(
        _iptables, VALUES,
        [*_files("tests/interop/iptables/dumps/*", "fixtures/host-*/*/**/*iptables*", "fixtures/host-*/*/**/*.v[46]"), *harvest("unit/frontends/iptables", "unit/frontends/replay/test_netfilter.py")],
    ),
    "shell": lambda: Language(
        _shell, shell_texts.PIECES,
        [shell_texts.SCRIPT, shell_texts.NOTES, *_files("fixtures/*/**/*.sh", "fixtures/host-*/*/**/rc.local", "fixtures/host-*/*/**/*.log", "fixtures/host-*/*/**/*.txt"), *harvest("unit/frontends/shell")],
    ),
    "sysctl": lambda: Language(_sysctl, SYSCTL_WORDS, ["\n".join(SYSCTL), *harvest("unit/frontends/sysctl"), *_files("fixtures/host-*/*/etc/sysctl.conf")]),
    "iproute": lambda: Language(_iproute, IP_WORDS, ["\n".join(IP_LISTED), *harvest("unit/frontends/iproute", "unit/frontends/replay/test_host.py")]),
    "netfiles": lambda: Language(
        _of(*NETFILES), NETFILES, ["\n".join(NETFILES), *harvest("unit/frontends/netfiles"), *_files("fixtures/*/*/etc/sysconfig/**/[!i]*", "fixtures/*/*/etc/sysconfig/**/ifcfg-*", "fixtures/*/*/etc/network/interfaces")]
    ),
    "facts": lambda: Language(_facts, JSON_VALUES, [json.dumps(FACTS, indent=1), json.dumps(FACTS), json.dumps({"lvscompile_facts": 1}), *_files("fixtures/host-*/*/facts.json")]),
}  # fmt: skip


class Maker:
    """Makes inputs of one language, of three kinds, from one generator of random numbers."""

    def __init__(self, language: str, seed: str) -> None:
        self.dice = random.Random(seed)
        self.language = LANGUAGES[language]()
        self.is_json = language == "facts"

    def make(self) -> tuple[str, str]:
        kind = self.dice.choices(("bytes", "pieces", "mutation"), (1, 5, 4))[0]
        return kind, getattr(self, kind)()

    def bytes(self) -> str:
        return decode(self.dice.randbytes(self.dice.randrange(120)))

    def pieces(self) -> str:
        """Lines that fit, some of them damaged."""
        dice = self.dice
        lines = [self.language.line(dice) for _ in range(dice.randrange(14))]
        text = "".join(line + dice.choice(ENDS) for line in lines)
        if self.is_json:
            text = '{"lvscompile_facts": 1,\n' + text.rstrip(",\n") + "}"
        return text if dice.random() < 0.5 else self.damaged(text)

    def mutation(self) -> str:
        dice = self.dice
        text = dice.choice(self.language.bases)
        if len(text) > 700 and not self.is_json:
            start = text.rfind("\n", 0, dice.randrange(len(text) - 400)) + 1
            text = text[start : start + dice.randrange(100, 900)]
        return self.damaged(text)

    def damaged(self, text: str) -> str:
        dice = self.dice
        for _ in range(dice.randrange(1, 5)):
            start = dice.randrange(len(text) + 1)
            end = min(len(text), start + dice.choice((0, 1, 1, 2, 8, 40)))
            change = dice.randrange(6)
            if change == 0:
                text = text[:start] + text[end:]
            elif change == 1:
                text = text[:end] + text[start:end] + text[end:]
            elif change == 2:
                text = text[:start] + dice.choice(DAMAGE) + text[end:]
            elif change == 3:
                text = text[:start] + dice.choice(self.language.words) + text[end:]
            elif change == 4:
                text = text[:start] + self.language.line(dice) + "\n" + text[end:]
            else:
                text = text[:start] if dice.random() < 0.3 else self._word_for_word(text)
        return text

    def _word_for_word(self, text: str) -> str:
        """One word of the text replaced by another that the language knows."""
        words = text.split(" ")
        words[self.dice.randrange(len(words))] = self.dice.choice(self.language.words)
        return " ".join(words)
