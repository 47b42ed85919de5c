"""Whether a packet meets the conditions of a rule: yes, no, or nobody can tell from what is known (None)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from lvscompile.ir.netfilter import Is, Match, Net, Option, Spec
from lvscompile.ir.path.packet import STATES, Packet, numeric
from lvscompile.syntax.iptables.names import TCP_FLAGS

# What kind of address it is to this host, as addrtype names them; None where that is not known.
KindOf = Callable[[str], str | None]
Answer = bool | None


def nobody_knows(address: str) -> str | None:
    """The kind of an address where nothing is known of the host."""
    number = numeric(address)
    if number is None:
        return None
    if ":" in address:
        return "MULTICAST" if number >> 120 == 0xFF else None
    if number >> 28 == 0xE:
        return "MULTICAST"
    if number >> 24 == 127:
        return "LOCAL"
    return "BROADCAST" if number == 0xFFFFFFFF else None


def matches(spec: Spec, packet: Packet, kind_of: KindOf = nobody_knows) -> Answer:
    """Whether a packet meets all conditions of a rule."""
    found = False
    for answer in _answers(spec, packet, kind_of):
        if answer is False:
            return False
        found = found or answer is None
    return None if found else True


def passes_as_a_rule(spec: Spec, packet: Packet, kind_of: KindOf = nobody_knows) -> bool:
    """Of a rule that nobody can tell of: whether it is only a rate that decides, which ordinary traffic keeps to."""
    rest = tuple(match for match in spec.matches if match.name not in _RATES)
    answers = [*_own(spec, packet), *(_answer(match, packet, kind_of) for match in rest)]
    if any(answer is not True for answer in answers):
        return False
    return all(_ordinary(match) for match in spec.matches if match.name in _RATES)


_RATES = frozenset({"limit", "hashlimit", "connlimit"})


def _ordinary(match: Match) -> bool:
    """Whether ordinary traffic meets a condition on rates: it stays below them."""
    return match.name == "limit" or any(option.name in ("hashlimit-upto", "connlimit-upto") for option in match.options)


def _answers(spec: Spec, packet: Packet, kind_of: KindOf) -> Iterable[Answer]:
    yield from _own(spec, packet)
    for match in spec.matches:
        yield _answer(match, packet, kind_of)


def _own(spec: Spec, packet: Packet) -> Iterable[Answer]:
    """iptables' own options."""
    if spec.protocol:
        yield _turned(spec.protocol.negated, _same(packet.number, spec.protocol.number))
    if spec.destination:
        yield _address(spec.destination, packet.destination)
    if spec.source:
        yield _address(spec.source, packet.source)
    if spec.in_interface:
        yield _interface(spec.in_interface, packet.in_interface)
    if spec.out_interface:
        yield _interface(spec.out_interface, packet.out_interface)
    if spec.fragment:
        yield packet.fragment != spec.fragment.negated


def _turned(negated: bool, answer: Answer) -> Answer:
    return answer if answer is None or not negated else not answer


def _same(mine: object, theirs: object) -> Answer:
    return None if mine is None else mine == theirs


def _address(condition: Is, address: str) -> Answer:
    return _turned(condition.negated, _in_net(condition.net, address))


def _in_net(net: Net, address: str) -> Answer:
    if net.name or not address:
        return None
    mine, theirs = numeric(address), numeric(net.address)
    if mine is None or theirs is None:
        return None
    if net.mask:
        mask = numeric(net.mask) or 0
        return mine & mask == theirs & mask
    away = (128 if ":" in net.address else 32) - net.prefix
    return mine >> away == theirs >> away


def _interface(condition: Is, name: str | None) -> Answer:
    if name is None:
        return None
    wanted = condition.word
    # A `+` alone is no condition and never comes here: a packet without an interface meets no name.
    met = name.startswith(wanted[:-1]) if wanted.endswith("+") else name == wanted
    return met != condition.negated


# -- extensions


def _answer(match: Match, packet: Packet, kind_of: KindOf) -> Answer:
    handler = _MATCHES.get(match.name)
    return handler(match, packet, kind_of) if handler and match.known else None


def _all(match: Match, answers: Mapping[str, Callable[[Option], Answer]]) -> Answer:
    """All options of a match, each by its own answer; one without an answer cannot be told."""
    unknown = False
    for option in match.options:
        answer = answers[option.name](option) if option.name in answers and option.known else None
        answer = _turned(option.negated, answer)
        if answer is False:
            return False
        unknown = unknown or answer is None
    return None if unknown else True


def _inside(value: object, number: int | None) -> Answer:
    if number is None or not isinstance(value, tuple):
        return None
    low, high = value
    return bool(low <= number <= high)


def _ports(protocol: str) -> Callable[[Match, Packet, KindOf], Answer]:
    def answer(match: Match, packet: Packet, kind_of: KindOf) -> Answer:
        if packet.protocol != protocol or packet.fragment:
            return False
        return _all(
            match,
            {
                "sport": lambda option: _inside(option.value, packet.sport),
                "dport": lambda option: _inside(option.value, packet.dport),
                "tcp-flags": lambda option: _flags(option.value, packet.flags),
            },
        )

    return answer


def _flags(value: object, flags: frozenset[str] | None) -> Answer:
    if flags is None or not isinstance(value, tuple):
        return None
    mask, wanted = value
    return bool(sum(TCP_FLAGS[flag] for flag in flags) & mask == wanted)


def _multiport(match: Match, packet: Packet, kind_of: KindOf) -> Answer:
    def among(value: object, port: int | None) -> Answer:
        if port is None or not isinstance(value, tuple):
            return None
        return any(low <= port <= high for low, high in value)

    def either(value: object) -> Answer:
        answers = (among(value, packet.sport), among(value, packet.dport))
        return True if True in answers else None if None in answers else False

    if packet.fragment:
        return False
    return _all(
        match,
        {
            "sports": lambda option: among(option.value, packet.sport),
            "dports": lambda option: among(option.value, packet.dport),
            "ports": lambda option: either(option.value),
        },
    )


def _icmp(protocol: str) -> Callable[[Match, Packet, KindOf], Answer]:
    def one(value: object, packet: Packet) -> Answer:
        if not isinstance(value, tuple):
            return None
        kind, low, high = value
        if kind == 255:
            return True
        return None if packet.icmp is None else packet.icmp[0] == kind and low <= packet.icmp[1] <= high

    def answer(match: Match, packet: Packet, kind_of: KindOf) -> Answer:
        if packet.protocol != protocol or packet.fragment:
            return False
        return _all(match, dict.fromkeys(("icmp-type", "icmpv6-type"), lambda option: one(option.value, packet)))

    return answer


def _state_among(value: object, packet: Packet) -> Answer:
    if not isinstance(value, tuple):
        return None
    if packet.statuses.intersection(value) or packet.state in value:
        return True
    asked = set(STATES) & set(value)
    if packet.state is None and asked:
        return True if len(asked) == len(STATES) else None
    return False


def _conntrack(match: Match, packet: Packet, kind_of: KindOf) -> Answer:
    states: dict[str, Callable[[Option], Answer]] = dict.fromkeys(
        ("state", "ctstate"), lambda option: _state_among(option.value, packet)
    )
    if packet.state in ("INVALID", "UNTRACKED"):
        # There is no connection: where the state is asked for it alone decides, else the answer is no.
        asked = tuple(option for option in match.options if option.name in states)
        return _all(Match(match.name, asked), states) if asked else False
    ends = packet.ends
    return _all(
        match,
        {
            **states,
            "ctproto": lambda option: _same(packet.number, option.value),
            "ctorigsrc": lambda option: _net(option.value, ends.source),
            "ctorigdst": lambda option: _net(option.value, ends.destination),
            "ctorigsrcport": lambda option: _inside(option.value, ends.sport),
            "ctorigdstport": lambda option: _inside(option.value, ends.dport),
            "ctdir": lambda option: (option.value == "REPLY") == packet.reply,
        },
    )


def _net(value: object, address: str) -> Answer:
    return _in_net(value, address) if isinstance(value, Net) else None


def _masked(mine: int | None, value: object) -> Answer:
    if mine is None or not isinstance(value, tuple):
        return None
    wanted, mask = value
    return bool(mine & mask == wanted)


def _mark(match: Match, packet: Packet, kind_of: KindOf) -> Answer:
    return _all(match, {"mark": lambda option: _masked(packet.mark, option.value)})


def _connmark(match: Match, packet: Packet, kind_of: KindOf) -> Answer:
    if packet.state in ("INVALID", "UNTRACKED"):
        # There is no connection that could have a mark: not even a negated condition is met.
        return False
    return _all(match, {"mark": lambda option: _masked(packet.connmark, option.value)})


def _addrtype(match: Match, packet: Packet, kind_of: KindOf) -> Answer:
    def among(value: object, address: str) -> Answer:
        kind = kind_of(address) if address else None
        return kind in value if kind is not None and isinstance(value, tuple) else None

    if match.option("limit-iface-in") or match.option("limit-iface-out"):
        return None
    return _all(
        match,
        {
            "src-type": lambda option: among(option.value, packet.source),
            "dst-type": lambda option: among(option.value, packet.destination),
        },
    )


def _iprange(match: Match, packet: Packet, kind_of: KindOf) -> Answer:
    def between(value: object, address: str) -> Answer:
        number = numeric(address)
        if number is None or not isinstance(value, tuple):
            return None
        low, high = (numeric(end) for end in value)
        return low is not None and high is not None and low <= number <= high

    return _all(
        match,
        {
            "src-range": lambda option: between(option.value, packet.source),
            "dst-range": lambda option: between(option.value, packet.destination),
        },
    )


def _pkttype(match: Match, packet: Packet, kind_of: KindOf) -> Answer:
    return _all(match, {"pkt-type": lambda option: option.value == packet.kind})


def _ipvs(match: Match, packet: Packet, kind_of: KindOf) -> Answer:
    ends = packet.ends
    if packet.balanced is False and any(option.name != "ipvs" for option in match.options):
        return False
    return _all(
        match,
        {
            "ipvs": lambda option: packet.balanced,
            "vproto": lambda option: _same(packet.number, option.value),
            "vaddr": lambda option: _net(option.value, ends.destination),
            "vport": lambda option: _same(ends.dport, option.value),
        },
    )


def _tos(match: Match, packet: Packet, kind_of: KindOf) -> Answer:
    return _all(match, {"tos": lambda option: _masked(packet.tos, option.value)})


def _dscp(match: Match, packet: Packet, kind_of: KindOf) -> Answer:
    value = None if packet.tos is None else packet.tos >> 2
    return _all(match, dict.fromkeys(("dscp", "dscp-class"), lambda option: _same(value, option.value)))


def _comment(match: Match, packet: Packet, kind_of: KindOf) -> Answer:
    return True


def _owner(match: Match, packet: Packet, kind_of: KindOf) -> Answer:
    """Whose socket a packet comes from. What IPVS sends on comes from none, and meets what is negated alone."""
    return all(option.negated for option in match.options) if packet.balanced else None


_MATCHES: Mapping[str, Callable[[Match, Packet, KindOf], Answer]] = {
    "tcp": _ports("tcp"),
    "udp": _ports("udp"),
    "sctp": _ports("sctp"),
    "multiport": _multiport,
    "icmp": _icmp("icmp"),
    "icmp6": _icmp("ipv6-icmp"),
    "state": _conntrack,
    "conntrack": _conntrack,
    "mark": _mark,
    "connmark": _connmark,
    "addrtype": _addrtype,
    "iprange": _iprange,
    "pkttype": _pkttype,
    "ipvs": _ipvs,
    "tos": _tos,
    "dscp": _dscp,
    "comment": _comment,
    "owner": _owner,
}
