"""Rules about the packet filter in the way of clients, of replies and of health checks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from lvscompile.ir.ipvs import Destination, Service
from lvscompile.ir.machine import Machine
from lvscompile.ir.netfilter import Ruleset
from lvscompile.ir.path import Packet, Step, connect
from lvscompile.ir.site import Director
from lvscompile.lint.engine import Context, Emit, Equipped, Place
from lvscompile.lint.packets import (
    FORWARDED,
    INCOMING,
    OUTGOING,
    PASSES,
    agreed,
    by_all_interfaces,
    everywhere,
    judge,
    most,
    place,
    refusal,
    tracked,
    words,
)  # fmt: skip
from lvscompile.lint.registry import rule
from lvscompile.lint.rules.filters import adverts

_SHOWN = 3  # services that a message names
CLIENT_PORT = 40000  # one of those that clients take
_CONNECTED = frozenset({"TCP_CHECK", "HTTP_GET", "SSL_GET"})
_REDIRECTED = frozenset({"connect_port", "connect_ip"})


class Refused(NamedTuple):
    """Something that a rule, or a policy, refuses: the services it concerns."""

    ruleset: Ruleset
    step: Step
    services: tuple[Service, ...]

    @property
    def at(self) -> Place:
        return place(self.ruleset, self.step)

    @property
    def titles(self) -> str:
        return listed(service.title for service in self.services)

    @property
    def related(self) -> list[tuple[Place, str]]:
        return [(service.origin, f"the service {service.title}") for service in self.services[:_SHOWN]]


def listed(names: Iterable[str]) -> str:
    """The first names of several, and how many more there are."""
    once = list(dict.fromkeys(names))
    more = len(once) - _SHOWN
    return ", ".join(once[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def by_rule(found: Iterable[tuple[Service, Ruleset, Step]]) -> list[Refused]:
    """What is refused, each rule or policy once."""
    groups: dict[object, Refused] = {}
    for service, ruleset, step in found:
        key = (ruleset, id(step.rule), step[:2])
        before = groups.get(key, Refused(ruleset, step, ()))
        if service not in before.services:
            before = before._replace(services=(*before.services, service))
        groups[key] = before
    return list(groups.values())


def balanced(equipped: Equipped, ctx: Context) -> Iterator[tuple[Service, Ruleset]]:
    """The services with an address, each with the packet filter of its family."""
    counts: dict[int, int] = {}
    for service in ctx.services(equipped.director):
        ruleset = equipped.machine.filter(service.family)
        if ruleset is None or not service.address:
            continue
        counts[service.family] = counts.get(service.family, 0) + 1
        if counts[service.family] <= most(ruleset):
            yield service, ruleset


def syn(service: Service) -> Packet:
    """The first packet of a client."""
    packet = connect("", service.address, service.port or None, protocol=service.protocol.lower())
    return packet._replace(out_interface="")


def fin(service: Service) -> Packet:
    """The last packet of a client. conntrack, which is not told of what IPVS forwards, takes it for INVALID."""
    return syn(service)._replace(state="INVALID", flags=frozenset({"FIN", "ACK"}))


@rule("LVS564", "service-rejected", "error", Equipped, effect="outage")
def service_rejected(equipped: Equipped, ctx: Context, emit: Emit) -> None:
    """The packet filter refuses the clients of a service."""
    found = []
    for service, ruleset in balanced(equipped, ctx):
        step = refusal(ruleset, INCOMING, syn(service))
        if step is not None and _notracked(ruleset, service) is None:
            found.append((service, ruleset, step))
    for each in by_rule(found):
        first = each.services[0]
        emit(
            each.at,
            f"`{words(each.step)}` refuses what clients send to {each.titles}: IPVS comes behind INPUT, and never sees them",
            related=each.related,
            help=f"accept them before that: `{_program(first)} -I INPUT -d {first.address} -p {first.protocol.lower()} "
            f"--dport {first.port} -j ACCEPT`"
            if first.port
            else f"accept what goes to {first.address} before that",
        )


def _program(service: Service) -> str:
    return "ip6tables" if service.family == 6 else "iptables"


def _notracked(ruleset: Ruleset, service: Service) -> Step | None:
    """The rule that keeps a service's packets from conntrack, where they are refused for no other reason."""
    judged = everywhere(ruleset, INCOMING, syn(service))
    rules = (step for step in judged.steps if step.what == "not tracked")
    return next(rules, None) if everywhere(ruleset, INCOMING[1:], syn(service)).verdict == PASSES else None


@rule("LVS569", "notrack-with-state", "error", Equipped, effect="outage")
def notrack_with_state(equipped: Equipped, ctx: Context, emit: Emit) -> None:
    """NOTRACK for a service whose packets are accepted by their state."""
    found = []
    refusing: dict[int, Place] = {}
    for service, ruleset in balanced(equipped, ctx):
        refuses = refusal(ruleset, INCOMING, syn(service))
        step = _notracked(ruleset, service)
        if refuses is not None and step is not None:
            found.append((service, ruleset, step))
            refusing[id(step.rule)] = place(ruleset, refuses)
    for each in by_rule(found):
        emit(
            each.at,
            f"this keeps the packets to {each.titles} from conntrack: they are UNTRACKED, never NEW, and INPUT refuses them",
            related=[(refusing[id(each.step.rule)], "this refuses them"), *each.related],
            help="accept the service without asking for a state, in INPUT",
        )


@rule("LVS565", "closing-rejected", "warning", Equipped)
def closing_rejected(equipped: Equipped, ctx: Context, emit: Emit) -> None:
    """The packet filter lets connections begin and refuses their end."""
    if tracked(equipped.machine):
        return
    found = []
    for service, ruleset in balanced(equipped, ctx):
        step = _end_of(ruleset, service) if service.protocol == "TCP" else None
        if step is not None:
            found.append((service, ruleset, step))
    for each in by_rule(found):
        first = each.services[0]
        emit(
            each.at,
            f"clients may begin connections to {each.titles}, and `{words(each.step)}` refuses what ends them: conntrack does not know "
            "what IPVS forwards, takes the FIN and RST packets for INVALID, and the servers keep dead connections open",
            related=each.related,
            help=f"accept the service whatever the state, before that: `{_program(first)} -I INPUT -d {first.address} -p tcp "
            + (f"--dport {first.port} " if first.port else "")
            + "-j ACCEPT`",
        )


def _end_of(ruleset: Ruleset, service: Service) -> Step | None:
    """What refuses a connection's last packet by each interface by which its first one comes in."""
    begun = [(judge(ruleset, INCOMING, first).verdict, first) for first in by_all_interfaces(ruleset, syn(service))]
    if not all(verdict for verdict, _ in begun):
        return None
    ends = (fin(service)._replace(in_interface=first.in_interface) for verdict, first in begun if verdict == PASSES)
    return agreed(judge(ruleset, INCOMING, each) for each in ends).step


def servers(
    equipped: Equipped, ctx: Context, methods: tuple[str, ...] = ("NAT",)
) -> Iterator[tuple[Service, Destination, Ruleset]]:
    """The servers that are reached by some forwarding methods, as far as they are other hosts."""
    mine = _own(equipped.director, equipped.machine)
    counts: dict[int, int] = {}
    for service, ruleset in balanced(equipped, ctx):
        for server in service.destinations:
            loopback = server.address.startswith("127.") or server.address == "::1"
            if server.method not in methods or server.family != service.family or loopback or server.address in mine:
                continue
            counts[service.family] = counts.get(service.family, 0) + 1
            if counts[service.family] <= most(ruleset):
                yield service, server, ruleset


def _own(director: Director, machine: Machine) -> frozenset[str]:
    virtual = (address.address for instance in director.vrrp for address in (*instance.addresses, *instance.excluded))
    return frozenset((*virtual, *(own.address for own in machine.facts.addresses)))


def _reply(service: Service, server: Destination, known: bool) -> Packet:
    """A server's answer to the first packet. Where conntrack does not know the connection, that of TCP is INVALID, and
    that of UDP seems to be the first packet of one.
    """
    tcp = service.protocol == "TCP"
    return Packet(
        service.family, service.protocol.lower(), server.address, "", server.port or service.port or None, CLIENT_PORT,
        state="ESTABLISHED" if known else "INVALID" if tcp else "NEW",
        flags=frozenset({"SYN", "ACK"}) if tcp else None, reply=known, balanced=True,
    )  # fmt: skip


@rule("LVS566", "replies-rejected", "error", Equipped, effect="outage")
def replies_rejected(equipped: Equipped, ctx: Context, emit: Emit) -> None:
    """The packet filter refuses what masqueraded servers answer."""
    known = tracked(equipped.machine)
    found: dict[bool, list[tuple[Service, Ruleset, Step]]] = {True: [], False: []}
    for service, server, ruleset in servers(equipped, ctx):
        if service.protocol == "SCTP":
            continue
        step = refusal(ruleset, FORWARDED, _reply(service, server, bool(known)))
        if step is not None:
            sure = known is not None or refusal(ruleset, FORWARDED, _reply(service, server, True)) is not None
            found[sure].append((service, ruleset, step))
    for sure, refused in found.items():
        for each in by_rule(refused):
            first = each.services[0]
            as_what = "" if known else ", which to conntrack belongs to no connection that it knows"
            emit(
                each.at,
                f"`{words(each.step)}` refuses what the real servers of {each.titles} answer{as_what}: no client gets a reply",
                severity="" if sure else "warning",
                related=each.related,
                help="accept in FORWARD what comes from the real servers' ports, whatever the state: `"
                f"{_program(first)} -I FORWARD -s SERVER -p {first.protocol.lower()} --sport PORT -j ACCEPT`",
            )


def _outgoing(equipped: Equipped, ctx: Context) -> Iterator[tuple[str, Place, Ruleset, Packet, bool]]:
    """What a director has to send: what it is, the place that makes it, the filter, the packet, and whether it counts
    only if it is refused in the state ESTABLISHED, too.
    """
    for advert in adverts(equipped.machine, equipped.director, ctx, outgoing=True):
        ruleset = equipped.machine.filter(advert.packet.family)
        interface = advert.instance.interface
        if ruleset is not None and interface is not None:
            what = "the host's own VRRP advertisements"
            yield what, (interface.origin, interface.word), ruleset, advert.packet, not advert.params.group
    state = "NEW" if tracked(equipped.machine) else "UNTRACKED"
    for service, server, ruleset in servers(equipped, ctx, ("NAT", "DR")):
        packet = syn(service)._replace(in_interface="", out_interface=None, state=state, balanced=True)
        if server.method == "NAT":
            packet = packet._replace(destination=server.address, dport=server.port or service.port or None)
        yield "what IPVS forwards to the real servers", service.origin, ruleset, packet, False
    for where, packet, ruleset in checked(equipped):
        yield "the health checks", where, ruleset, packet, False


def checked(equipped: Equipped) -> Iterator[tuple[Place, Packet, Ruleset]]:
    """The first packets of health checks by TCP, and the packet filter of their family."""
    counts: dict[int, int] = {}
    for service in equipped.director.services:
        for server in service.real_servers:
            port = server.port or service.port
            ruleset = equipped.machine.filter(server.family)
            for check in server.checks:
                plain = not any(setting.keyword.name in _REDIRECTED for setting in check.settings)
                usable = check.valid and check.kind in _CONNECTED
                if not usable or not plain or not port or ruleset is None:
                    continue
                counts[server.family] = counts.get(server.family, 0) + 1
                if counts[server.family] <= most(ruleset):
                    yield check.origin, connect("", server.address, port, in_interface=""), ruleset


@rule("LVS567", "output-rejected", "error", Equipped, effect="outage", stubborn=True)
def output_rejected(equipped: Equipped, ctx: Context, emit: Emit) -> None:
    """The packet filter refuses what a director has to send itself."""
    groups: dict[object, tuple[Ruleset, Step, dict[str, Place]]] = {}
    for what, where, ruleset, packet, twice in _outgoing(equipped, ctx):
        step = refusal(ruleset, OUTGOING, packet)
        if step is None or (twice and refusal(ruleset, OUTGOING, packet._replace(state="ESTABLISHED")) is None):
            continue
        _, _, kinds = groups.setdefault((ruleset, id(step.rule), step[:2]), (ruleset, step, {}))
        kinds.setdefault(what, where)
    for ruleset, step, kinds in groups.values():
        deaf = any("VRRP" in what for what in kinds)
        emit(
            place(ruleset, step),
            f"`{words(step)}` refuses {', '.join(kinds)}: "
            + ("the peer hears nothing of this host and becomes master, too" if deaf else _silence(kinds)),
            effect="split" if deaf else "",
            related=[(where, what) for what, where in kinds.items()],
            help=f"accept them before that, in {step.chain}",
        )


def _silence(kinds: Iterable[str]) -> str:
    if any("IPVS" in what for what in kinds):
        return "packets that IPVS forwards leave by OUTPUT, too, and no client gets an answer"
    return "every check fails, and the services lose all their servers"
