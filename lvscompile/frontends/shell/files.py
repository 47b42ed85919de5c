"""Files by name and by look: which kind is shown, and where its text ends.

A kind is one of: keepalived, sysctl, sysctl-value (of a file under /proc/sys), iptables-save, ipvsadm-save, options (of
a daemon: NAME="…"), network, ifcfg, route-file, rule-file, interfaces, modules, script; of program output:
ipvsadm-listing, iptables-listing, address-listing, route-listing, rule-listing, ifconfig-listing; "" for any
other file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from lvscompile.syntax.keepalived.keywords import blocks, obsolete, table

_BY_PATH: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), kind)
    for pattern, kind in (
        (r"(?:.*/)?keepalived[^/]*\.conf(?:\.[a-z]+)?\Z|.*/keepalived/[^/]+\.conf\Z", "keepalived"),
        (r"(?:.*/)?sysctl\.conf\Z|.*/sysctl\.d/[^/]+\Z", "sysctl"),
        (r"/proc/sys/.*", "sysctl-value"),
        (r".*/init\.d/[^/]+\Z|(?:.*/)?rc\.(?:local|firewall)\Z|.*\.sh\Z", "script"),
        (
            r".*/sysconfig/ip6?tables\Z|.*/ip6?tables/rules\.v[46]\Z|.*/ip6?tables\.(?:rules|save|up\.rules)\Z",
            "iptables-save",
        ),
        (r".*/sysconfig/ipvsadm(?:\.rules|-config)?\Z|.*/ipvsadm\.rules\Z", "ipvsadm-save"),
        (r".*/(?:sysconfig|default)/(?:keepalived|ipvsadm|iptables-config|ip6tables-config)\Z", "options"),
        (r".*/sysconfig/network\Z", "network"),
        (r".*/network-scripts/ifcfg-[^/]+\Z|(?:.*/)?ifcfg-[^/]+\Z", "ifcfg"),
        (r".*/network-scripts/route6?-[^/]+\Z|(?:.*/)?route-[a-z][^/]*\Z", "route-file"),
        (r".*/network-scripts/rule6?-[^/]+\Z|(?:.*/)?rule-[a-z][^/]*\Z", "rule-file"),
        (r".*/network/interfaces(?:\.d/[^/]+)?\Z", "interfaces"),
        (r"/etc/modules\Z|.*/(?:modules-load|modprobe)\.d/[^/]+\Z|.*/modprobe\.conf\Z", "modules"),
        (r"/proc/net/ip_vs\Z", "ipvsadm-listing"),
        (r"/etc/[^ ]+|/usr/local/etc/[^ ]+|/proc/[^ ]+", ""),
    )
)

# A line that names a file and says nothing else.
_NAME_LINE = re.compile(
    r"[ \t]*(?:[#=*>\-]+[ \t]*)?(?:[Ff]ile:?[ \t]+)?[`'\"\[(<*]*"
    r"(/(?:etc|proc|usr/local/etc)/[A-Za-z0-9_./:+\-]*[A-Za-z0-9_])[`'\"\])>*]*[ \t]*[:=\-]*[ \t\r\n]*\Z"
)
_PATH = re.compile(r"/(?:etc|usr/local/etc)/[A-Za-z0-9_./+\-]*[A-Za-z0-9_]")

_SYSCTL = re.compile(r"[ \t]*-?(?:net|kernel|vm|fs)[./][A-Za-z0-9_.*/:\-]+[ \t]*=[ \t]*[^ \t\r\n]")
_ASSIGNMENT = re.compile(r"[ \t]*(?:export[ \t]+)?[A-Za-z_][A-Za-z0-9_]*=[^=]?")
_VALUE = re.compile(r"[0-9][0-9 \t]*\r?\n?\Z")
_OPTIONS_START = re.compile(r"[ \t]*(?:KEEPALIVED_OPTIONS|DAEMON_ARGS|IPVS_[A-Z_]+|IPTABLES_[A-Z_]+)=")
_IFCFG_START = re.compile(r"[ \t]*(?:DEVICE|BOOTPROTO|ONBOOT|IPADDR0?)=")
_NETWORK_START = re.compile(r"[ \t]*NETWORKING=")
_TABLE = re.compile(r"[ \t]*\*(?:nat|filter|mangle|raw|security)[ \t]*\r?\n?\Z")
_SAVED = re.compile(
    r"[ \t]*(?:\*[a-z]+[ \t]*\r?\n?\Z|:[A-Za-z0-9_.\-]+ (?:ACCEPT|DROP|REJECT|-)"
    r"|(?:\[[0-9]+:[0-9]+\] )?-[AINPX] [A-Za-z0-9_]|COMMIT[ \t]*\r?\n?\Z)"
)
_SAVED_RULE = re.compile(r"[ \t]*(?:\[[0-9]+:[0-9]+\] )?-A [A-Za-z0-9_.\-]{2,}[ \t]+(?:!|-)")
_SAVED_SERVICE = re.compile(r"[ \t]*(?:ipvsadm[ \t]+)?-[AaEe][ \t]+-[tuf][ \t]+[^ \t]")
_LISTING = re.compile(
    r"[ \t]*(?:IP Virtual Server version|IPVS connection entries|Prot LocalAddress:Port|->[ \t]+\S|pro expire state"
    r"|(?:TCP|UDP|SCTP)[ \t]+\S+:\S+[ \t]|(?:TCP|UDP)[ \t]+[0-9]+:[0-9]+[ \t]|FWM[ \t]+[0-9A-F]+[ \t])"
)
_LISTING_START = re.compile(r"[ \t]*(?:IP Virtual Server version|IPVS connection entries|Prot LocalAddress:Port)")
_CHAIN = re.compile(r"Chain [A-Za-z0-9_.\-]+ \((?:policy |\d+ references)")
_CHAIN_LINE = re.compile(
    r"Chain |(?:num|pkts|target|[ \t]+pkts)\b|[ \t]*(?:[0-9]+[KMG]?[ \t]+)*[A-Za-z0-9_.\-]*[ \t]+"
    r"(?:all|tcp|udp|icmp|icmpv6|ipv6-icmp|esp|ah|vrrp|ospf|sctp|gre|[0-9]+)[ \t]+"
)
_INTERFACES = re.compile(
    r"[ \t]*(?:auto|allow-[a-z]+|iface|mapping|source|address|netmask|gateway|broadcast|network|up|down|pre-up|post-up"
    r"|pre-down|post-down|bond[-_]|bridge[-_]|dns-|mtu|hwaddress|metric|pointopoint|vlan|hostname|script|scope)"
    r"(?=[ \t\-_a-z])"
)
_INTERFACES_START = re.compile(
    r"[ \t]*(?:auto|iface|allow-hotplug)[ \t]+[a-z][A-Za-z0-9.:]*(?:[ \t]+inet6?\b|[ \t]*\r?\n?\Z)"
)
_MODULE = re.compile(r"[ \t]*(?:(?:alias|options|install|blacklist)[ \t]+[A-Za-z0-9_\-]+|[a-z0-9]+_[a-z0-9_]+)")
_ROUTE_FILE = re.compile(r"[ \t]*(?:default|local|(?:ADDRESS|NETMASK|GATEWAY)[0-9]+=|[0-9]+[./]|[0-9a-f]*:)")
_RULE_FILE = re.compile(r"[ \t]*(?:from|to|fwmark|prio|pref|not|iif|dev|table|add)[ \t]")
_ADDRESSES = re.compile(r"[0-9]+: [^ ]+:? |[ \t]+(?:link/|inet6? |valid_lft|altname|RX|TX|[0-9])")
_ROUTES = re.compile(
    r"(?:default|local|broadcast|unreachable|blackhole|prohibit|Kernel IP|Destination|[0-9]+\.|[0-9a-f]+:"
    r"|[ \t]+nexthop)"
)
_RULES = re.compile(r"[0-9]+:[ \t]+(?:from|not)")
_IFCONFIG = re.compile(r"[a-z][^ \t]*(?:[ \t]+Link encap|: flags=)|[ \t]+[^ \t\r\n]")
_KEYWORD = re.compile(r"[ \t]*([A-Za-z_][A-Za-z0-9_]*)(?=[ \t\r\n{]|\Z)")
_INSIDE = re.compile(
    r"[ \t]*(?:[0-9a-fA-F]*[:.][0-9a-fA-F]|[#!\"'$@~{}]|[0-9]|include"
    r"|[^ \t@]+@[^ \t@]+[ \t\r\n]*\Z|[A-Za-z0-9_.\-]+[ \t\r\n]*\Z)"
)
_OUTSIDE = re.compile(r"[ \t]*[#!@$~{}]")
_TOO_ODD = 3  # lines in a row that are nothing to keepalived: there, the file must be over

_COMMENT = re.compile(r"[ \t]*[#;]")


def kind_of(path: str) -> str:
    """The kind of the file with this name."""
    return next((kind for pattern, kind in _BY_PATH if pattern.match(path)), "")


def named_alone(line: str) -> str:
    """The path that a line names and says nothing else; "" for other lines."""
    match = _NAME_LINE.match(line) if "/" in line else None
    return match[1] if match else ""


def path_in(line: str) -> str:
    """The last path of a file that a line speaks of."""
    found = _PATH.findall(line) if "/" in line else []
    return found[-1] if found else ""


def _keywords() -> frozenset[str]:
    if not _keyword_cache:
        _keyword_cache.append(frozenset(name for block in blocks() for name in (*table(block), *obsolete(block))))
    return _keyword_cache[0]


_keyword_cache: list[frozenset[str]] = []


def fragment_kind(line: str) -> str | None:
    """The kind of file that a line begins when nothing names it; None for other lines."""
    head = line.lstrip(" \t")[:1]
    if head == "*":
        return "iptables-save" if _TABLE.match(line) else None
    if head in ("-", "["):
        if _SAVED_RULE.match(line):
            return "iptables-save"
        return "ipvsadm-save" if head == "-" and _SAVED_SERVICE.match(line) else None
    if head == "C" and _CHAIN.match(line):
        return "iptables-listing"
    if head in ("I", "P") and _LISTING_START.match(line):
        return "ipvsadm-listing"
    if "{" in line:
        match = _KEYWORD.match(line)
        opens = match and match[1] in _keywords() and line.isascii() and line.partition("#")[0].rstrip().endswith("{")
        return "keepalived" if opens else None
    if "=" in line:
        for pattern, kind in (
            (_SYSCTL, "sysctl"),
            (_OPTIONS_START, "options"),
            (_NETWORK_START, "network"),
            (_IFCFG_START, "ifcfg"),
        ):
            if pattern.match(line):
                return kind
        return None
    return "interfaces" if head in ("a", "i") and _INTERFACES_START.match(line) else None


def _lines_like(pattern: re.Pattern[str], comments: bool = True) -> Callable[[Sequence[str], int, int], int]:
    """Lines that look so, with comments, and blank lines between them."""

    def extent(lines: Sequence[str], start: int, limit: int) -> int:
        end = at = start
        while at < limit:
            line = lines[at]
            if pattern.match(line) or (comments and _COMMENT.match(line)):
                at += 1
                end = at
            elif not line.strip(" \t\r\n") and at + 1 < limit and at == end:
                at += 1
            else:
                break
        return end

    return extent


def _keepalived(lines: Sequence[str], start: int, limit: int) -> int:
    """Up to where the braces are even and no keyword follows, or nothing makes sense any more."""
    depth, end, odd = 0, start, 0
    for at in range(start, limit):
        line = lines[at]
        text = re.split(r"[#!]", line, maxsplit=1)[0]
        if not line.strip(" \t\r\n"):
            continue
        match = _KEYWORD.match(line)
        known = (match and match[1] in _keywords()) or (_INSIDE if depth > 0 else _OUTSIDE).match(line)
        if depth <= 0 and (not known or not (line.isascii() or "#" in line)):
            break
        odd = 0 if known else odd + 1
        if odd >= _TOO_ODD:
            break
        depth += text.count("{") - text.count("}")
        # What is odd counts only when something that is not comes after it.
        end = at + 1 if known else end
    return end


_EXTENTS: dict[str, Callable[[Sequence[str], int, int], int]] = {
    "keepalived": _keepalived,
    "sysctl": _lines_like(_SYSCTL),
    "sysctl-value": lambda lines, start, limit: start + (start < limit and bool(_VALUE.match(lines[start]))),
    "iptables-save": _lines_like(_SAVED),
    "ipvsadm-save": _lines_like(re.compile(r"[ \t]*(?:ipvsadm[ \t]+)?-[AaEe][ \t]+-")),
    "options": _lines_like(_ASSIGNMENT),
    "network": _lines_like(_ASSIGNMENT),
    "ifcfg": _lines_like(_ASSIGNMENT),
    "route-file": _lines_like(_ROUTE_FILE),
    "rule-file": _lines_like(_RULE_FILE),
    "interfaces": _lines_like(_INTERFACES),
    "modules": _lines_like(_MODULE),
    "ipvsadm-listing": _lines_like(_LISTING, comments=False),
    "iptables-listing": _lines_like(_CHAIN_LINE, comments=False),
    "address-listing": _lines_like(_ADDRESSES, comments=False),
    "route-listing": _lines_like(_ROUTES, comments=False),
    "rule-listing": _lines_like(_RULES, comments=False),
    "ifconfig-listing": _lines_like(_IFCONFIG, comments=False),
}


def extent(kind: str, lines: Sequence[str], start: int, limit: int) -> int:
    """Behind the last line of a file of this kind whose text begins at line `start`; `start` where there is none."""
    measure = _EXTENTS.get(kind)
    return start if measure is None else measure(lines, start, limit)


def listing_kind(tool: str, words: Sequence[str | None]) -> str:
    """What a run that only looks prints; "" for what no front end reads."""
    if tool.endswith("-save"):
        return "ipvsadm-save" if tool.startswith("ipvsadm") else "iptables-save"
    if tool == "ipvsadm":
        saves = bool(words) and (words[0] or "").startswith(("-S", "--save"))
        return "ipvsadm-save" if saves else "ipvsadm-listing"
    if tool.startswith(("iptables", "ip6tables")):
        return "iptables-save" if any((word or "") in ("-S", "--list-rules") for word in words) else "iptables-listing"
    if tool == "ip":
        thing = next((word or "" for word in words if not (word or "").startswith("-")), "")
        for kind, name in (
            ("address-listing", "address"),
            ("address-listing", "link"),
            ("route-listing", "route"),
            ("rule-listing", "rule"),
        ):
            if thing and name.startswith(thing):
                return kind
    return {"sysctl": "sysctl", "ifconfig": "ifconfig-listing", "route": "route-listing"}.get(tool, "")
