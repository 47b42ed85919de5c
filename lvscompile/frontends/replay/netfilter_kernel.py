"""What the kernel has against a rule, a chain or a table that iptables itself would take.

A table is accepted or refused as a whole, when it is committed: extensions are tied to tables, to the hooks from which
their chain can be reached, and to protocols; jumps must not go in circles.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from lvscompile.ir.netfilter import Match, Spec, Target

EINVAL = "Invalid argument. Run `dmesg' for more information."
ERANGE = "Numerical result out of range."
ELOOP = "Too many levels of symbolic links."
ENOENT = "No chain/target/match by that name."

PRE, IN, FORWARD, OUT, POST = (1 << bit for bit in range(5))
EVERYWHERE = 31
HOOK = {"PREROUTING": PRE, "INPUT": IN, "FORWARD": FORWARD, "OUTPUT": OUT, "POSTROUTING": POST}

_TABLES: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(("DNAT", "SNAT", "MASQUERADE", "REDIRECT", "NETMAP"), frozenset({"nat"})),
    **dict.fromkeys(("CT", "NOTRACK", "TRACE"), frozenset({"raw"})),
    **dict.fromkeys(("TOS", "DSCP", "TTL", "HL", "ECN", "CHECKSUM", "TCPOPTSTRIP", "TPROXY"), frozenset({"mangle"})),
    "REJECT": frozenset({"filter"}),
    "rpfilter": frozenset({"raw", "mangle"}),
}
_HOOKS: Mapping[str, int] = {
    "DNAT": PRE | OUT,
    "SNAT": POST | IN,
    "MASQUERADE": POST,
    "REDIRECT": PRE | OUT,
    "REJECT": IN | FORWARD | OUT,
    "CLASSIFY": OUT | FORWARD | POST,
    "TPROXY": PRE,
    "SYNPROXY": IN | FORWARD,
    "owner": OUT | POST,
    "socket": PRE | IN,
    "mac": PRE | IN | FORWARD,
    "rpfilter": PRE,
    "eui64": PRE | IN | FORWARD,
}
_PROTOCOL: Mapping[str, frozenset[int]] = {
    "tcp": frozenset({6}),
    "udp": frozenset({17}),
    "sctp": frozenset({132}),
    "dccp": frozenset({33}),
    "icmp": frozenset({1}),
    "icmp6": frozenset({58}),
    "esp": frozenset({50}),
    "ipcomp": frozenset({108}),
    "tcpmss": frozenset({6}),
    "ECN": frozenset({6}),
    "TCPMSS": frozenset({6}),
    "SYNPROXY": frozenset({6}),
    "TPROXY": frozenset({6, 17}),
}


# Extensions that are the kernel's concern; any other goes anywhere.
_TIED = (
    _TABLES.keys()
    | _HOOKS.keys()
    | (_PROTOCOL.keys() - {"tcp", "udp"})
    | frozenset(("limit", "recent", "string", "CONNMARK", "ah", "ecn", "addrtype", "physdev", "devgroup"))
)
_PORTS = {"tcp": 6, "udp": 17}


def is_free(spec: Spec) -> bool:
    """Whether the kernel certainly takes a rule in any table and chain."""
    target = spec.target
    if target is not None and target.kind != "verdict" and (target.kind == "chain" or target.name in _TIED):
        return False
    for match in spec.matches:
        name = match.name
        needed = _PORTS.get(name)
        if needed is not None:
            protocol = spec.protocol
            if protocol is None or protocol.negated or protocol.value != needed:
                return False
        elif name in _TIED:
            return False
    return True


def refusal(spec: Spec, table: str, family: int) -> str:
    """Why the kernel takes this rule nowhere in this table; "" where it does somewhere."""
    for match in spec.matches:
        found = _tied(match.name, spec, table) or _match(match, spec, family)
        if found:
            return found
    target = spec.target
    return _tied(target.name, spec, table) or _target(target, spec, table) if target else ""


def _tied(name: str, spec: Spec, table: str) -> str:
    tables = _TABLES.get(name)
    if tables and table not in tables:
        return EINVAL
    needed = _PROTOCOL.get(name)
    if needed is None or name == "ECN":
        return ""
    protocol = spec.protocol
    return "" if protocol and not protocol.negated and protocol.number in needed else EINVAL


def _match(match: Match, spec: Spec, family: int) -> str:
    if match.name == "limit":
        return _limit(match)
    if match.name == "recent":
        return _recent(match)
    if match.name == "string":
        return "" if match.value("algo") in ("bm", "kmp", "fsm") else ENOENT
    if match.name == "addrtype" and family == 6:
        named = {kind for option in match.options if isinstance(option.value, tuple) for kind in option.value}
        return EINVAL if named & _NOT_IN_IPV6 else ""
    if match.name == "ah" and family == 4:
        protocol = spec.protocol
        return "" if protocol and not protocol.negated and protocol.number == 51 else EINVAL
    if match.name == "ecn" and (match.option("ecn-tcp-cwr") or match.option("ecn-tcp-ece")):
        protocol = spec.protocol
        return "" if protocol and not protocol.negated and protocol.number == 6 else EINVAL
    return ""


_NOT_IN_IPV6 = frozenset({"BROADCAST", "BLACKHOLE", "PROHIBIT", "THROW", "NAT", "XRESOLVE"})
# What a full bucket may hold: a product of 32 bits. Kernels count in ticks of 1/100 to 1/1000 s and scale by about as
# much: the product of the two hardly differs.
_SCALE = 10000
_TICKS = 32000


def _limit(match: Match) -> str:
    period, burst = match.value("limit"), match.value("limit-burst")
    assert isinstance(period, int)
    count = burst if isinstance(burst, int) else 5
    wrapped = period * count & 0xFFFFFFFF
    return ERANGE if count == 0 or _credits(wrapped) < _credits(period) else ""


def _credits(user: int) -> int:
    if user > 0xFFFFFFFF // _TICKS:
        return user // _SCALE * _TICKS & 0xFFFFFFFF
    return user * _TICKS // _SCALE & 0xFFFFFFFF


def _recent(match: Match) -> str:
    given = {option.name for option in match.options}
    if given & {"set", "remove"} and given & {"seconds", "hitcount", "rttl", "reap"}:
        return EINVAL
    hits = match.value("hitcount")
    return EINVAL if isinstance(hits, int) and hits > 65535 else ""


def _target(target: Target, spec: Spec, table: str) -> str:
    protocol = spec.protocol.number if spec.protocol and not spec.protocol.negated else 0
    if target.name == "REJECT" and target.value("reject-with") == "tcp-reset":
        return "" if protocol == 6 else EINVAL
    if target.name == "ECN" and ({"ecn-tcp-remove", "ecn-tcp-cwr", "ecn-tcp-ece"} & {o.name for o in target.options}):
        return "" if protocol == 6 else EINVAL
    if target.name == "CT":
        # No timeout policy is known: those are made by another tool.
        return ENOENT if target.option("timeout") else _helper(target.value("helper"), protocol)
    if target.name == "CONNMARK":
        shifts = (target.value("left-shift-mark"), target.value("right-shift-mark"))
        return EINVAL if any(isinstance(shift, int) and shift > 31 for shift in shifts) else ""
    if target.name == "TCPMSS":
        return "" if any(_sees_syn(match) for match in spec.matches) else EINVAL
    return ""


# Connection tracking helpers, and the protocols that they help.
_HELPERS: Mapping[object, tuple[int, ...]] = {
    "ftp": (6,), "irc": (6,), "pptp": (6,), "sane": (6,), "Q.931": (6,), "H.245": (6,), "sip": (6, 17), "tftp": (17,),
    "amanda": (17,), "RAS": (17,), "snmp": (17,), "snmp_trap": (17,), "netbios-ns": (17,),
}  # fmt: skip


def _helper(name: object, protocol: int) -> str:
    if name is None:
        return ""
    if not protocol:
        return ENOENT
    return "" if protocol in _HELPERS.get(name, ()) else ENOENT


def _sees_syn(match: Match) -> bool:
    """Whether a match lets nothing but packets with SYN through."""
    option = match.option("tcp-flags") if match.name == "tcp" else None
    return option is not None and not option.negated and isinstance(option.value, tuple) and bool(option.value[1] & 2)


def hooks(spec: Spec) -> int:
    """The hooks from which a rule may be reached."""
    allowed = EVERYWHERE
    for each in (*spec.matches, spec.target):
        if each is None:
            continue
        allowed &= _HOOKS.get(each.name, EVERYWHERE)
        if each.name == "addrtype":
            if each.option("limit-iface-in"):
                allowed &= ~(POST | OUT)
            if each.option("limit-iface-out"):
                allowed &= ~(PRE | IN)
        elif each.name == "physdev" and _names_way_out(each):
            allowed &= ~OUT
        elif each.name == "devgroup":
            if each.option("src-group"):
                allowed &= PRE | IN | FORWARD
            if each.option("dst-group"):
                allowed &= FORWARD | OUT | POST
        elif each.name == "TCPMSS" and each.option("clamp-mss-to-pmtu"):
            allowed &= FORWARD | OUT | POST
    return allowed


def _names_way_out(match: Match | Target) -> bool:
    """A bridge port to leave by is not known yet where a packet of this host begins."""
    return bool(match.option("physdev-out")) and not match.option("physdev-is-bridged")


def reached(edges: Mapping[str, Iterable[str]], built_in: Iterable[str]) -> dict[str, int] | None:
    """The hooks from which each chain can be reached, by the jumps from chain to chain; None where jumps that can be
    reached go in circles.
    """
    masks: dict[str, int] = {}
    for start in built_in:
        if not _walk(start, edges, HOOK[start], masks):
            return None
    return masks


def _walk(start: str, edges: Mapping[str, Iterable[str]], hook: int, masks: dict[str, int]) -> bool:
    """Mark all chains that a hook leads to; False at a circle. Depth is the inputs' choice, hence no recursion."""
    path = [(start, iter(edges.get(start, ())))]
    open_chains = {start}
    masks[start] = masks.get(start, 0) | hook
    while path:
        chain, rest = path[-1]
        step = next(rest, None)
        if step is None:
            path.pop()
            open_chains.discard(chain)
        elif step in open_chains:
            return False
        elif not masks.get(step, 0) & hook:
            masks[step] = masks.get(step, 0) | hook
            open_chains.add(step)
            path.append((step, iter(edges.get(step, ()))))
    return True
