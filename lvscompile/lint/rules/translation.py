"""Rules about addresses that the packet filter translates (the nat table), and about check replies."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from lvscompile.ir.host import HostAddress
from lvscompile.ir.ipvs import Service
from lvscompile.ir.machine import Machine
from lvscompile.ir.netfilter import Ruleset
from lvscompile.ir.path import Packet, Step, Walked, traverse
from lvscompile.ir.path.routing import Routing
from lvscompile.ir.peers import Pair
from lvscompile.ir.site import Director
from lvscompile.lint.engine import Context, Emit, Equipped, Place
from lvscompile.lint.packets import INCOMING, by_all_interfaces, place, refusal, tracked, words
from lvscompile.lint.registry import rule
from lvscompile.lint.rules.traffic import CLIENT_PORT, balanced, by_rule, checked, listed, servers, syn

_TAKES = frozenset({"REDIRECT", "DNAT"})
_HIDES = frozenset({"MASQUERADE", "SNAT"})


@rule("LVS568", "vip-taken-by-nat", "error", Equipped, effect="outage")
def vip_taken(equipped: Equipped, ctx: Context, emit: Emit) -> None:
    """REDIRECT or DNAT takes the packets to a service before IPVS sees them."""
    services = list(balanced(equipped, ctx))
    ends = {(service.protocol, service.address, service.port) for service, _ in services}
    own = {address.address for address in equipped.machine.facts.addresses if not address.secondary}
    found = []
    for service, ruleset in services:
        taken = _taken(ruleset, service)
        if taken is None:
            continue
        after = taken.packet
        # An address that comes first on its interface is redirected to itself.
        address = after.destination or (service.address if service.address in own else "")
        if not {(service.protocol, address, after.dport), (service.protocol, address, 0)} & ends:
            found.append((service, ruleset, taken.steps[-1]))
    for each in by_rule(found):
        emit(
            place(each.ruleset, each.step),
            f"`{words(each.step)}` rewrites the packets to {each.titles} before IPVS sees them: nothing is balanced",
            related=each.related,
            help="remove it here: it belongs on the real servers of direct routing",
        )


def _taken(ruleset: Ruleset, service: Service) -> Walked | None:
    """How the nat table rewrites the packets to a service, if it certainly does."""
    ways = [_before_routing(ruleset, packet) for packet in by_all_interfaces(ruleset, syn(service))]
    return ways[0] if all(way is not None and way.verdict in _TAKES for way in ways) else None


def _before_routing(ruleset: Ruleset, packet: Packet) -> Walked | None:
    """How a packet leaves PREROUTING; None where nobody can tell."""
    for name in ("raw", "mangle", "nat"):
        table = ruleset.table(name)
        walked = traverse(ruleset, name, "PREROUTING", packet)
        if not walked.certain or (table is not None and not table.complete):
            return None
        packet = walked.packet
        if walked.verdict != "ACCEPT":
            break
    return walked


@rule("LVS570", "masquerade-inside", "warning", Equipped)
def masquerade_inside(equipped: Equipped, ctx: Context, emit: Emit) -> None:
    """MASQUERADE on the interface of the real servers, not on the way out."""
    found: list[tuple[Service, Ruleset, Step]] = []
    devices: dict[int, str] = {}
    for family in (4, 6):
        routing = _routing(equipped.director, equipped.machine, family)
        outside = _outside(routing)
        for service, server, ruleset in servers(equipped, ctx):
            inside = routing.on_link(server.address)
            fronts = outside | {routing.on_link(service.address)} - {""}
            if not inside or not fronts or inside in fronts:
                continue
            packet = syn(service)._replace(
                destination=server.address, in_interface="", out_interface=inside, balanced=True
            )
            walked = traverse(ruleset, "nat", "POSTROUTING", packet)
            if walked.verdict in _HIDES and walked.certain and " -m ipvs " not in words(walked.steps[-1]):
                found.append((service, ruleset, walked.steps[-1]))
                devices[id(walked.steps[-1].rule)] = inside
    known = tracked(equipped.machine)
    for each in by_rule(found):
        inside = devices[id(each.step.rule)]
        emit(
            place(each.ruleset, each.step),
            f"this translates what goes out by {inside}, and there are the real servers: "
            + (
                "they see every client with the address of this host"
                if known
                else "what they send to the outside leaves with their own addresses, and with net.ipv4.vs.conntrack=1 they would "
                "see every client with the address of this host"
            ),
            severity="info" if _others(each.ruleset, each.step) else "",
            related=each.related,
            help=f"name the outside interface: `-o {next(iter(sorted(_fronts(equipped, each.services, each.ruleset))), 'IF')}`",
        )


def _others(ruleset: Ruleset, step: Step) -> bool:
    """Whether other rules translate source addresses, too."""
    return any(other.rule is not step.rule for other in _sources(ruleset))


def _fronts(equipped: Equipped, services: tuple[Service, ...], ruleset: Ruleset) -> set[str]:
    routing = _routing(equipped.director, equipped.machine, ruleset.family)
    return _outside(routing) or {routing.on_link(service.address) for service in services} - {""}


def _outside(routing: Routing) -> set[str]:
    """The interfaces of default routes."""
    return {entry.device for entry in routing.tables["main"] if not entry.prefix and entry.device}


def _routing(director: Director, machine: Machine, family: int) -> Routing:
    virtual = tuple(
        HostAddress(v.family, v.address, v.prefix, v.device or (i.interface.value if i.interface is not None else ""))
        for i in director.vrrp
        for v in (*i.addresses, *i.excluded)
        if v.prefix is not None
    )
    return Routing(machine.facts, family, told=machine.told, complete=machine.complete, more=virtual)


@rule("LVS571", "translation-on-one-director", "warning", Pair, effect="latent")
def translation_on_one(pair: Pair, ctx: Context, emit: Emit) -> None:
    """One director masquerades what the real servers send out, its peer does not."""
    for here, there in ((pair.a, pair.b), (pair.b, pair.a)):
        for family in (4, 6):
            mine = here.machine.filter(family) if here.machine is not None else None
            other = there.machine.filter(family) if there.machine is not None else None
            if mine is None or other is None or not all(table.complete for table in other.tables):
                continue
            first = next(_sources(mine), None)
            if first is None or next(_sources(other), None) is not None:
                continue
            emit(
                place(mine, first),
                f"only {here.name} translates the addresses of what goes out; {there.name} has no such rule: after a failover "
                "the real servers reach nothing outside",
                help=f"give {there.name} the same rule",
            )


def _sources(ruleset: Ruleset) -> Iterator[Step]:
    """The rules that translate source addresses."""
    for table, chain, each in ruleset.rules():
        target = each.readable.target if each.readable is not None else None
        if target is not None and target.name in _HIDES:
            yield Step(table.name, chain.name, each, target.name)


@rule("LVS575", "check-replies-rejected", "error", Equipped, effect="outage")
def check_replies(equipped: Equipped, ctx: Context, emit: Emit) -> None:
    """The packet filter refuses what the real servers answer to the health checks."""
    groups: dict[object, tuple[Ruleset, Step, dict[str, Place]]] = {}
    for where, asked, ruleset in checked(equipped):
        step = refusal(ruleset, INCOMING, _answer(asked))
        if step is not None:
            key = (ruleset, id(step.rule), step[:2])
            groups.setdefault(key, (ruleset, step, {}))[2].setdefault(asked.destination, where)
    for ruleset, step, silent in groups.values():
        emit(
            place(ruleset, step),
            f"`{words(step)}` refuses what {listed(silent)} answer to the health checks: every check fails, and the services "
            "lose these servers",
            related=[(where, f"the check of {address}") for address, where in islice(silent.items(), 3)],
            help="accept answers before that: `iptables -I INPUT -m state --state RELATED,ESTABLISHED -j ACCEPT`",
        )


def _answer(asked: Packet) -> Packet:
    """What comes back for the first packet of a connection of the host's own."""
    return Packet(
        asked.family, asked.protocol, asked.destination, "", asked.dport, CLIENT_PORT, None, "", "ESTABLISHED",
        flags=frozenset({"SYN", "ACK"}), reply=True,
    )  # fmt: skip
