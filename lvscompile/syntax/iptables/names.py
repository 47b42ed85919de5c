"""The words that iptables knows for numbers: protocols, ICMP types, service classes, log levels."""

from __future__ import annotations

from collections.abc import Mapping

# As /etc/protocols has them, the same on every machine; the first name of a number is the one that is printed.
_PROTOCOLS = (
    "0 ip hopopt;1 icmp;2 igmp;3 ggp;4 ipencap;5 st;6 tcp;8 egp;9 igp;12 pup;17 udp;20 hmp;22 xns-idp;27 rdp;"
    "29 iso-tp4;33 dccp;36 xtp;37 ddp;38 idpr-cmtp;41 ipv6;43 ipv6-route;44 ipv6-frag;45 idrp;46 rsvp;47 gre;50 esp;"
    "51 ah;57 skip;58 ipv6-icmp icmpv6;59 ipv6-nonxt;60 ipv6-opts;73 rspf;81 vmtp;88 eigrp;89 ospf;93 ax.25;94 ipip;"
    "97 etherip;98 encap;103 pim;108 ipcomp;112 vrrp;115 l2tp;124 isis;132 sctp;133 fc;135 mobility-header ipv6-mh mh;"
    "136 udplite;137 mpls-in-ip;138 manet;139 hip;140 shim6;141 wesp;142 rohc;143 ethernet"
)
_BY_NUMBER: dict[int, str] = {}
_BY_NAME: dict[str, int] = {"all": 0}
for _entry in _PROTOCOLS.split(";"):
    _number, *_names = _entry.split()
    _BY_NUMBER[int(_number)] = _names[0]
    _BY_NAME.update(dict.fromkeys(_names, int(_number)))


def protocol_number(name: str) -> int | None:
    """The number of a protocol's name; None where it is none of the common ones."""
    return _BY_NAME.get(name)


def protocol_name(number: int) -> str:
    """The name of a protocol, its number where it has none."""
    return _BY_NUMBER.get(number) or str(number)


# Type, lowest and highest code of the names of ICMP types.
IcmpTypes = Mapping[str, tuple[int, int, int]]


def _types(text: str) -> IcmpTypes:
    found: dict[str, tuple[int, int, int]] = {}
    for entry in text.split():
        names, kind, code = entry.split(":")
        low, high = (0, 255) if code == "*" else (int(code), int(code))
        for name in names.split("="):
            found[name] = (int(kind), low, high)
    return found


ICMP = _types("""
any:255:* echo-reply=pong:0:* destination-unreachable:3:* network-unreachable:3:0 host-unreachable:3:1
protocol-unreachable:3:2 port-unreachable:3:3 fragmentation-needed:3:4 source-route-failed:3:5 network-unknown:3:6
host-unknown:3:7 network-prohibited:3:9 host-prohibited:3:10 TOS-network-unreachable:3:11 TOS-host-unreachable:3:12
communication-prohibited:3:13 host-precedence-violation:3:14 precedence-cutoff:3:15 source-quench:4:* redirect:5:*
network-redirect:5:0 host-redirect:5:1 TOS-network-redirect:5:2 TOS-host-redirect:5:3 echo-request=ping:8:*
router-advertisement:9:* router-solicitation:10:* time-exceeded=ttl-exceeded:11:* ttl-zero-during-transit:11:0
ttl-zero-during-reassembly:11:1 parameter-problem:12:* ip-header-bad:12:0 required-option-missing:12:1
timestamp-request:13:* timestamp-reply:14:* address-mask-request:17:* address-mask-reply:18:*
""")
ICMP6 = _types("""
destination-unreachable:1:* no-route:1:0 communication-prohibited:1:1 beyond-scope:1:2 address-unreachable:1:3
port-unreachable:1:4 failed-policy:1:5 reject-route:1:6 packet-too-big:2:* time-exceeded=ttl-exceeded:3:*
ttl-zero-during-transit:3:0 ttl-zero-during-reassembly:3:1 parameter-problem:4:* bad-header:4:0
unknown-header-type:4:1 unknown-option:4:2 echo-request=ping:128:* echo-reply=pong:129:* router-solicitation:133:*
router-advertisement:134:* neighbour-solicitation=neighbor-solicitation:135:*
neighbour-advertisement=neighbor-advertisement:136:* redirect:137:*
""")

# What --reject-with takes: the name that is printed, and the shorter one.
REJECT = {
    4: {
        "icmp-net-unreachable": "net-unreach",
        "icmp-host-unreachable": "host-unreach",
        "icmp-proto-unreachable": "proto-unreach",
        "icmp-port-unreachable": "port-unreach",
        "icmp-net-prohibited": "net-prohib",
        "icmp-host-prohibited": "host-prohib",
        "tcp-reset": "tcp-rst",
        "icmp-admin-prohibited": "admin-prohib",
    },
    6: {
        "icmp6-no-route": "no-route",
        "icmp6-adm-prohibited": "adm-prohibited",
        "icmp6-addr-unreachable": "addr-unreach",
        "icmp6-port-unreachable": "port-unreach",
        "tcp-reset": "tcp-reset",
        "icmp6-policy-fail": "policy-fail",
        "icmp6-reject-route": "reject-route",
    },
}

TCP_FLAGS = {"FIN": 1, "SYN": 2, "RST": 4, "PSH": 8, "ACK": 16, "URG": 32}
STATES = ("INVALID", "NEW", "RELATED", "ESTABLISHED", "UNTRACKED", "SNAT", "DNAT")
STATUSES = ("EXPECTED", "SEEN_REPLY", "ASSURED", "CONFIRMED")
ADDRESS_TYPES = (
    "UNSPEC", "UNICAST", "LOCAL", "BROADCAST", "ANYCAST", "MULTICAST", "BLACKHOLE", "UNREACHABLE", "PROHIBIT", "THROW",
    "NAT", "XRESOLVE",
)  # fmt: skip
PACKET_TYPES = {
    "unicast": "unicast", "broadcast": "broadcast", "multicast": "multicast", "otherhost": "otherhost",
    "host": "unicast", "bcast": "broadcast", "mcast": "multicast", "other": "otherhost",
}  # fmt: skip
LOG_LEVELS = {
    "emerg": 0, "panic": 0, "alert": 1, "crit": 2, "error": 3, "warning": 4, "notice": 5, "info": 6, "debug": 7,
}  # fmt: skip
TOS = {
    "Minimize-Delay": 16, "Maximize-Throughput": 8, "Maximize-Reliability": 4, "Minimize-Cost": 2, "Normal-Service": 0,
}  # fmt: skip
DSCP_CLASSES = (
    {"BE": 0, "EF": 46}
    | {f"CS{n}": 8 * n for n in range(8)}
    | {f"AF{n}{m}": 8 * n + 2 * m for n in range(1, 5) for m in range(1, 4)}
)
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
HASH_MODES = ("srcip", "srcport", "dstip", "dstport")
CT_EVENTS = (
    "new", "related", "destroy", "reply", "assured", "protoinfo", "helper", "mark", "natseqinfo", "secmark",
)  # fmt: skip
DCCP_TYPES = (
    "REQUEST", "RESPONSE", "DATA", "ACK", "DATAACK", "CLOSEREQ", "CLOSE", "RESET", "SYNC", "SYNCACK", "INVALID",
)  # fmt: skip
# DATA, INIT, ... as SCTP numbers them.
CHUNKS = {
    "DATA": 0, "INIT": 1, "INIT_ACK": 2, "SACK": 3, "HEARTBEAT": 4, "HEARTBEAT_ACK": 5, "ABORT": 6, "SHUTDOWN": 7,
    "SHUTDOWN_ACK": 8, "ERROR": 9, "COOKIE_ECHO": 10, "COOKIE_ACK": 11, "ECN_ECNE": 12, "ECN_CWR": 13,
    "SHUTDOWN_COMPLETE": 14, "I_DATA": 64, "RE_CONFIG": 130, "PAD": 132, "ASCONF": 193, "ASCONF_ACK": 128,
    "FORWARD_TSN": 192, "I_FORWARD_TSN": 194,
}  # fmt: skip
