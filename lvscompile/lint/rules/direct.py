"""5xx: what the kernel of a real server, or of its director, does to packets that are passed on as they came."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from lvscompile.ir.farm import Served, holders, is_wire
from lvscompile.ir.host import HostAddress, PolicyRule
from lvscompile.ir.host_settings import Effective, conf_key, last, plain
from lvscompile.ir.ipvs import IPIP, Service
from lvscompile.ir.machine import Machine
from lvscompile.ir.netfilter import Ruleset
from lvscompile.ir.node import replace
from lvscompile.ir.path.box import Box
from lvscompile.ir.path.routing import Routing
from lvscompile.ir.site import Director
from lvscompile.lint.attached import (
    ANY,
    addresses,
    box,
    defaults,
    destinations,
    device_of,
    filters_arp,
    is_one_armed,
    one_segment,
    served,
    spot,
    words,
)
from lvscompile.lint.engine import Context, Emit, Equipped, Place
from lvscompile.lint.packets import INCOMING, PASSES, REFUSED, by_all_interfaces, judge, place
from lvscompile.lint.registry import rule
from lvscompile.lint.rules.traffic import balanced, syn

TUNNEL = "tunl0"  # by it come packets that no tunnel of the host's own was made for
STRICT, LOOSE = 1, 2
_METHODS = {"DR": "direct routing", "TUN": "a tunnel"}


class Dropped(NamedTuple):
    """A real server whose rp_filter drops what its director sends: by which interface it comes in ("" where that is not
    known), by which ones its senders are answered (none where not both are known), and whether all of them are.
    """

    served: Served
    device: str
    strict: Effective
    ways: tuple[str, ...]
    sure: bool


def dropped_by_rp_filter(ctx: Context, host: Director) -> Iterator[Dropped]:
    """What rp_filter drops on a real server."""
    for each in served(ctx, host):
        routing = box(host).routing(4)
        if each.service.family == 4 and not routing.has_custom:
            found = _tunneled(host, each) if each.method == "TUN" else _direct(host, each, routing)
            if found is not None:
                yield found


def _tunneled(host: Director, each: Served) -> Dropped | None:
    """What comes out of a tunnel comes in by an interface that answers never leave by. Where that has no address, even
    the loose check fails.
    """
    machine = host.machine
    assert machine is not None
    other = each.destination is not None and each.destination.tunnel != IPIP
    own = any(link.kind == "ipip" and link.name != TUNNEL for link in machine.facts.links)
    if other or own or any("tunnel" in command.argv for command in machine.commands):
        return None
    strict = box(host).of_interface(TUNNEL, "rp_filter")
    elsewhere = bool(holders(addresses(host), each.service.address)) and not any(
        own.device == TUNNEL for own in addresses(host)
    )
    if strict.value == STRICT or (strict.value == LOOSE and elsewhere):
        return Dropped(each, TUNNEL, strict, (), True)
    return None


def _direct(host: Director, each: Served, routing: Routing) -> Dropped | None:
    """Answers that leave by another interface than the one that requests come in by."""
    device = device_of(host, each.address)
    strict = box(host).of_interface(device or ANY, "rp_filter")
    wires = {own.device for own in addresses(host) if own.family == 4 and is_wire(own.device)}
    ways = defaults(routing)
    if each.method != "DR" or strict.value != STRICT or device in ways or (not ways and len(wires) == 1):
        return None
    others = any(entry.via and entry.prefix and entry.device == device for entry in routing.tables["main"])
    return Dropped(each, device, strict, ways if device else (), not others)


@rule("LVS506", "rp-filter-drops-direct", "error", Equipped, effect="outage")
def rp_filter_drops(node: Equipped, ctx: Context, emit: Emit) -> None:
    """A real server behind direct routing or a tunnel that checks the senders of packets."""
    for each in dropped_by_rp_filter(ctx, node.director):
        because = each.strict.because[0]
        device = each.device or "the interface that requests come in by"
        known = each.device == TUNNEL or each.ways
        if each.device == TUNNEL:
            why = f"what comes out of the tunnel comes in by {TUNNEL}, and answers leave by another interface"
        elif each.ways:
            why = f"requests come in by {device}, and their senders are answered by {' and '.join(each.ways)}"
        else:
            why = "where the senders of requests are answered by another interface than the one that these come in by"
        emit(
            spot(node.machine, because.origin),
            f"rp_filter is {each.strict.value} on {device}: {why}"
            + (": the kernel drops the requests" if known else ", the kernel drops them"),
            related=[
                (
                    each.served.service.origin,
                    f"{each.served.director.name} sends them by {_METHODS[each.served.method]}",
                )
            ],
            severity="" if known and each.sure else "warning" if known else "info",
            effect="" if known else "none",
            help=_rp_help(each),
        )


def _rp_help(each: Dropped) -> str:
    name = each.device.replace(".", "/") or "INTERFACE"
    return (
        f"write `net.ipv4.conf.all.rp_filter = 0` and `net.ipv4.conf.{name}.rp_filter = 0`: the higher of the two counts"
        + ("" if each.device == TUNNEL else "; 2 for the interface will do, too")
    )


@rule("LVS507", "marked-packets-dropped", "error", Equipped, effect="outage")
def marked_packets_dropped(node: Equipped, ctx: Context, emit: Emit) -> None:
    """Marked packets are delivered locally, and src_valid_mark has their senders looked up with the mark."""
    machine = node.machine
    delivering = _delivering(machine)
    if delivering is None:
        return
    assert delivering.origin is not None
    here = box(node.director)
    for device in (ANY, *defaults(here.routing(4))):
        marked = here.of_interface(device, "src_valid_mark")
        lenient = any(s.key.endswith(".accept_local") and s.value != "0" for s in machine.facts.sysctls)
        if marked.value and not (lenient and here.of_interface(device, "rp_filter").value != STRICT):
            emit(
                spot(machine, marked.because[0].origin),
                "with this the kernel looks the senders of marked packets up by their mark, and "
                f"`{words(machine, delivering.origin)}` makes every address local: no sender can be this host itself, "
                "and it drops the packets, whatever rp_filter says",
                related=[(delivering.origin, "the rule that delivers marked packets here")],
                help="remove it: 0 is the default",
            )
            return


def _delivering(machine: Machine) -> PolicyRule | None:
    """A rule that sends marked packets to a table which calls everything local."""
    everything = {r.table for r in machine.facts.routes if r.kind == "local" and r.family == 4 and r.is_default}
    for each in machine.facts.rules:
        unless_marked = replace(each, mark=None)
        if each.family == 4 and each.mark is not None and unless_marked.selects_all and each.table in everything:
            return each
    return None


class Answering(NamedTuple):
    """A real server that has the service's address where neighbours can ask for it by ARP: by which interface they ask,
    and what arp_ignore and arp_announce are there.
    """

    served: Served
    holder: HostAddress
    wire: str
    ignore: Effective
    announce: Effective


def answering(ctx: Context, node: Equipped) -> Iterator[Answering]:
    machine = node.machine
    quiet = any(s.key.endswith((".hidden", "*.arp_ignore", "*.arp_announce")) for s in machine.facts.sysctls)
    if quiet or filters_arp(machine) or "sysctls" not in machine.told:
        return
    for each in served(ctx, node.director):
        vip = each.service.address
        found = [own for own in holders(machine.facts.addresses, vip) if not is_wire(own.device)]
        wire = device_of(node.director, each.address)
        deaf = any(link.name == wire and link.arp is False for link in machine.facts.links)
        if each.method != "DR" or each.service.family != 4 or not found or deaf or not one_segment(each):
            continue
        here = box(node.director)
        yield Answering(each, found[0], wire, _of_wire(here, wire, "arp_ignore"), _of_wire(here, wire, "arp_announce"))


def _of_wire(here: Box, wire: str, name: str) -> Effective:
    """What counts on an interface; a 0 for `all` is what says so where the interface has nothing of its own."""
    found = here.of_interface(wire, name)
    said = last(here.sysctls, conf_key("all", name))
    return Effective(found.value, (said,)) if said is not None and not found.because else found


def _answers(each: Answering) -> bool:
    return each.ignore.value == 0 or (each.ignore.value == 3 and each.holder.scope != "host")


@rule("LVS512", "arp-ignore-missing", "warning", Equipped, effect="outage")
def arp_ignore_missing(node: Equipped, ctx: Context, emit: Emit) -> None:
    """A real server that answers ARP requests for the virtual address."""
    for each in answering(ctx, node):
        if not _answers(each):
            continue
        at = each.ignore.because[0].origin if each.ignore.because else each.holder.origin
        assert at is not None
        emit(
            spot(node.machine, at),
            f"arp_ignore is {each.ignore.value} on {each.wire}: this real server answers there when the neighbours ask for "
            f"{each.holder.address}, which is on {each.holder.device}, and clients come to it past the director",
            related=[(each.served.service.origin, f"{each.served.director.name} balances {each.served.service.title}")],
            help="write `net.ipv4.conf.all.arp_ignore = 1` and `net.ipv4.conf.all.arp_announce = 2`, and set both before "
            "the address is added",
        )


@rule("LVS513", "arp-announce-missing", "warning", Equipped, effect="latent")
def arp_announce_missing(node: Equipped, ctx: Context, emit: Emit) -> None:
    """A real server that asks for its neighbours with the virtual address as the sender."""
    for each in answering(ctx, node):
        # 1 helps where no interface is in the network of the address.
        own_network = box(node.director).routing(4).on_link(each.holder.address) == each.wire
        fine = each.announce.value >= LOOSE or (each.announce.value == 1 and not own_network)
        at = each.announce.because[0].origin if each.announce.because else each.holder.origin
        if fine or _answers(each):
            continue
        assert at is not None
        emit(
            spot(node.machine, at),
            f"arp_announce is {each.announce.value} on {each.wire}: when this real server asks for its gateway on behalf of "
            f"an answer from {each.holder.address}, it says that the address is here, and the gateway sends requests past "
            "the director from then on",
            related=[(each.served.service.origin, f"{each.served.director.name} balances {each.served.service.title}")],
            help="write `net.ipv4.conf.all.arp_announce = 2`",
        )


@rule("LVS514", "send-redirects-one-armed", "info", Equipped)
def send_redirects(node: Equipped, ctx: Context, emit: Emit) -> None:
    """Masquerading within one network, and the director tells the servers a shorter way."""
    machine = node.machine
    if "sysctls" not in machine.told:
        return
    for service, each in destinations(ctx, node.director, "NAT"):
        device = is_one_armed(node.director, service, each)
        sends = box(node.director).of_interface(device, "send_redirects")
        if device and sends.value:
            emit(
                spot(machine, sends.because[0].origin) if sends.because else service.origin,
                f"clients and servers of `{service.title}` are both behind {device}: this director tells the servers by ICMP "
                "redirects that the router is nearer, and a server that follows answers past it",
                help=f"write `net.ipv4.conf.all.send_redirects = 0` and `net.ipv4.conf.{device.replace('.', '/')}."
                "send_redirects = 0`: either of them at 1 sends them",
            )
            return


@rule("LVS516", "vs-conntrack-state-new", "error", Equipped, effect="outage")
def conntrack_of_one_way(node: Equipped, ctx: Context, emit: Emit) -> None:
    """net.ipv4.vs.conntrack, and a filter that asks for the state of connections of which only one way is seen."""
    switch = plain(node.machine.facts.sysctls, "net.ipv4.vs.conntrack")
    if not switch.value:
        return
    for service, ruleset in balanced(node, ctx):
        methods = {each.method for each in service.destinations}
        if service.protocol != "TCP" or service.family != 4 or not methods or not methods <= _METHODS.keys():
            continue
        where = _second_packet(ruleset, service)
        if where is not None:
            emit(
                spot(node.machine, switch.because[0].origin),
                f"conntrack sees the clients' packets to `{service.title}`, and not the answers, which do not come through "
                "this host: from the second packet on they are INVALID, and the packet filter refuses them",
                related=[(where, "this refuses them")],
                help="write 0, which is the default, or accept the service whatever the state is: "
                f"`iptables -I INPUT -d {service.address} -p tcp --dport {service.port} -j ACCEPT`",
            )
            return


def _second_packet(ruleset: Ruleset, service: Service) -> Place | None:
    """What refuses a connection's second packet by each interface that its first one may come in by."""
    found: Place | None = None
    for first in by_all_interfaces(ruleset, syn(service)):
        begun = judge(ruleset, INCOMING, first).verdict
        if begun != PASSES:
            if not begun:
                return None
            continue
        later = judge(ruleset, INCOMING, first._replace(state="INVALID", flags=frozenset({"ACK"})))
        if later.verdict != REFUSED:
            return None
        assert later.step is not None
        found = found or place(ruleset, later.step)
    return found
