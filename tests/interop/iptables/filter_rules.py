"""Rules from a seeded generator: values of every kind of option, good and bad ones, over the whole table of extensions."""

from __future__ import annotations

import random
from collections.abc import Callable

from lvscompile.syntax.iptables.options import Extension, Option, extensions

Words = list[str]

# What this kernel or machine has not got, or what takes names of things outside (sets, users, LEDs).
WITHOUT = frozenset(
    [
        "ipvs",
        "set",
        "SET",
        "CLUSTERIP",
        "ULOG",
        "nfacct",
        "rateest",
        "RATEEST",
        "osf",
        "bpf",
        "cgroup",
        "connlabel",
        "IDLETIMER",
        "LED",
        "SECMARK",
        "CONNSECMARK",
        "HMARK",
        "SNPT",
        "DNPT",
        "srh",
        "mh",
        "dst",
        "hbh",
        "ipv6header",
        "rt",
        "policy",
        "dccp",
        "TCPOPTSTRIP",
        "u32",
        "physdev",
        "sctp",
        "hashlimit",
        "realm",
    ]
)
PROTOCOLS = ["tcp", "udp", "icmp", "esp", "ah", "112", "gre", "6"]
PORTS = ["80", "443", "22", "0", "65535", "http", "domain", "ssh", "1024", "0x50"]


class Generator:
    def __init__(self, seed: int, family: int = 4) -> None:
        self.random = random.Random(seed)
        self.family = family
        self.matches = [e for e in extensions("match", family) if e.name not in WITHOUT]
        self.targets = [e for e in extensions("target", family) if e.name not in WITHOUT]

    def pick(self, *choices: str) -> str:
        return self.random.choice(choices)

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    # -- values

    def address(self) -> str:
        if self.family == 6:
            return self.pick("2001:db8::1", "fe80::1", "::1", "2001:0db8:0::5", "::ffff:192.0.2.1", "fd00:1:2:3::")
        return f"{self.random.randrange(1, 224)}.{self.random.randrange(256)}.0.{self.random.randrange(256)}"

    def net(self) -> str:
        bits = 32 if self.family == 4 else 128
        masks = [f"/{self.random.randrange(bits + 1)}", "", f"/{bits}", "/24"]
        if self.family == 4:
            masks += ["/255.255.255.0", "/255.0.255.0"]
        return self.address() + self.pick(*masks)

    def number(self, low: int, high: int) -> str:
        value = self.random.choice([low, high, (low + high) // 2, min(high, low + self.random.randrange(50))])
        return self.random.choice([str, str, hex])(value)

    def port(self) -> str:
        return self.pick(*PORTS)

    def ports(self) -> str:
        return self.pick(self.port(), f"{self.port()}:65535", f":{self.port()}", "1:5", f"{self.port()}:", "20:21")

    def value(self, option: Option) -> Words:
        if option.value == "none":
            return []
        made = _SPECIAL.get(option.value)
        if made:
            found = made(self)
            return found if isinstance(found, list) else [found]
        tops = {
            "u8": 255,
            "u16": 65535,
            "u32": 2**32 - 1,
            "u64": 2**40,
            "u8x": 63,
            "u32x": 31,
            "option": 255,
            "u32h": 9,
        }
        kind = option.value.rstrip(":")
        if kind not in tops:
            raise LookupError(option.value)
        top = option.high or min(tops[kind], 2**31 - 1 if option.name == "seconds" else tops[kind])
        if option.value.endswith(":"):
            return [self.pick(f"{self.number(0, top)}", "1:5", f"7:{top}", ":9", "9:")]
        return [self.number(option.low or 0, top)]

    # -- rules

    def options(self, extension: Extension) -> Words:
        rows = list(extension.options.values())
        rows = [row for row in rows if not row.obsolete]
        needed = [row for row in rows if row.needed]
        chosen = [row for row in needed if not self.chance(0.02)]
        others = [row for row in rows if not row.needed]
        self.random.shuffle(others)
        # One zone overwrites the other; these numbers are cut short.
        others = [row for row in others if row.name not in ("zone-orig", "zone-reply", "wscale", "mss")]
        if "set-xmark" in extension.options:
            # Masks beside anything but these two are another way to write --set-xmark, and depend on their order.
            others = [row for row in others if row.name not in ("mask", "nfmask", "ctmask")]
        chosen += others[: self.random.choice([0, 1, 1, 1, 2, 3])]
        self.random.shuffle(chosen)
        words: Words = []
        for row in chosen:
            if row.negatable and self.chance(0.25):
                words.append("!")
            words += [f"--{row.written}", *self.value(row)]
        return words

    def conditions(self) -> Words:
        words: Words = []
        for letter, made in (("s", self.net), ("d", self.net), ("i", self.interface), ("o", self.interface)):
            if self.chance(0.2):
                words += [*(["!"] if self.chance(0.2) else []), f"-{letter}", made()]
        return words

    def interface(self) -> str:
        return self.pick("eth0", "eth+", "lo", "bond0.100", "eth0:1", "ppp+")

    def rule(self) -> tuple[str, str, Words]:
        """Table, chain, and the words of a rule."""
        table = self.pick("filter", "filter", "mangle", "mangle", "nat", "raw")
        chains = {
            "filter": ("INPUT", "FORWARD", "OUTPUT"), "raw": ("PREROUTING", "OUTPUT"),
            "mangle": ("PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"),
            "nat": ("PREROUTING", "OUTPUT", "POSTROUTING"),
        }  # fmt: skip
        words = self.conditions()
        matches = self.random.sample(self.matches, self.random.choice([0, 1, 1, 1, 2]))
        protocol = {"tcp": "tcp", "udp": "udp", "icmp": "icmp", "icmp6": "ipv6-icmp", "esp": "esp", "tcpmss": "tcp"}
        wanted = next((protocol[m.name] for m in matches if m.name in protocol), "")
        if wanted and not self.chance(0.05):
            words += ["-p", wanted]
        elif self.chance(0.5) or any(m.name == "multiport" for m in matches):
            words += [*(["!"] if self.chance(0.1) else []), "-p", self.pick(*PROTOCOLS)]
        for match in matches:
            words += [*([] if match.name == wanted and self.chance(0.5) else ["-m", match.name]), *self.options(match)]
        if self.chance(0.9):
            words += self.target()
        return table, self.pick(*chains[table]), words

    def target(self) -> Words:
        if self.chance(0.4):
            return ["-j", self.pick("ACCEPT", "DROP", "RETURN", "QUEUE")]
        target = self.random.choice(self.targets)
        return ["-j", target.name, *self.options(target)]


def _range(g: Generator) -> str:
    return g.pick(f"{g.address()}-{g.address()}", g.address())


def _nat(g: Generator) -> str:
    where = g.address()
    if g.family == 6:
        return g.pick(where, f"[{where}]:80", f"[{where}]", f"{where}-{where}", ":80")
    return g.pick(
        where, f"{where}:80", f"{where}-{where}", f"{where}:1-5", ":80", f"{where}:http", "1.2.3", where + ":x"
    )


_SPECIAL: dict[str, Callable[[Generator], str | Words]] = {
    "text": lambda g: g.pick("x", "two words", "a-b_c", "it's", 'say "hi"', "back\\slash", "1.2.3.4/5", "ende:"),
    "word": lambda g: g.pick("eth0", "mark", "7", "DEFAULT", "ftp", "in", "none"),
    "quoted": lambda g: g.pick("abc", "a b", "|41 42|", 'q"'),
    "mark": lambda g: g.pick("1", "0x10", "0x10/0xff", "5/7", "0xffffffff", "0/0", "x", "0x1ff/0xff"),
    "tos": lambda g: g.pick("0x10", "Minimize-Delay", "5/7", "maximize-throughput", "0"),
    "level": lambda g: g.pick("4", "debug", "warn", "7", "emerg", "8"),
    "host": Generator.address,
    # Of an option's mask with holes, 1.8.9 saves nothing at all.
    "net": lambda g: g.address() + g.pick("", "/8", "/32"),
    "protocol": lambda g: g.pick("tcp", "17", "gre"),
    "protoname": lambda g: g.pick("esp", "50"),
    "port": Generator.port,
    "ports": Generator.ports,
    "tcpports": Generator.ports,
    "length": lambda g: g.pick("8", "24", "32"),
    "lengths": lambda g: g.pick("8", "24", "32"),
    "mac": lambda g: g.pick("00:11:22:33:44:55", "0:1:2:a:B:c", "xx"),
    "group": lambda g: g.pick("5", "0x10/0xff"),
    "class": lambda g: g.pick("1:10", "0:0", "ffff:1"),
    "dscpclass": lambda g: g.pick("EF", "AF11", "CS3", "be", "XX"),
    "user": lambda g: g.pick("0", "root", "500-600", "7"),
    "double": lambda g: g.pick("0", "0.5", "1", "0.333", "0.0001", "2"),
    "states": lambda g: g.pick("NEW", "ESTABLISHED,RELATED", "new,inv", "UNTRACKED", "NEW,FOO"),
    "statuses": lambda g: g.pick("ASSURED", "NONE", "EXPECTED,CONFIRMED"),
    "ctdir": lambda g: g.pick("ORIGINAL", "reply"),
    "portlist": lambda g: ",".join(g.pick("80", "1:5", "http", "65535") for _ in range(g.random.randrange(1, 17))),
    "flags": lambda g: [g.pick("SYN,RST", "ALL", "syn,ack,fin,rst", "NONE"), g.pick("SYN", "NONE", "SYN,ACK", "ALL")],
    "icmp": lambda g: g.pick("8", "echo-request", "3/4", "any", "255", "redirect", "time-ex", "packet-too-big", "1/5"),
    "rate": lambda g: g.pick("5/s", "3/minute", "10/hour", "1/sec", "200/min", "7", "10000/s", "11/h", "3/day", "20/week"),
    "range": _range,
    "addrtypes": lambda g: g.pick("LOCAL", "local,BROADCAST", "UNICAST,MULTICAST", "FOO"),
    "pkttype": lambda g: g.pick("unicast", "broadcast", "multicast", "host", "foo"),
    "mode": lambda g: g.pick("random", "nth"),
    "bytesdir": lambda g: g.pick("both", "original", "reply"),
    "bytesmode": lambda g: g.pick("packets", "bytes", "avgpkt"),
    "zone": lambda g: g.pick("mark", "5", "0x10", "x"),
    "audit": lambda g: g.pick("accept", "drop", "reject"),
    "clock": lambda g: g.pick("08:00", "23:59:59", "0:0", "25:00"),
    "date": lambda g: g.pick("2020-01-02", "2030-02-03T04:05:06", "2021"),
    "weekdays": lambda g: g.pick("Mon,Tue", "Sun", "1,7", "fr"),
    "monthdays": lambda g: g.pick("1", "3,1,31", "15"),
    "reject": lambda g: g.pick("icmp-host-prohibited", "tcp-reset", "icmp-port-unreachable", "admin-prohib", "no-route", "adm-prohibited", "foo"),
    "nat": _nat,
    "natports": lambda g: g.pick("80", "80-90", "1-65535", "http", "90-80"),
    "ctevents": lambda g: g.pick("new", "destroy,new"),
}  # fmt: skip
