"""The second half of a balanced packet's way: the real server, as far as its inputs tell of it, and the answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from lvscompile.ir.ipvs import Destination
from lvscompile.ir.path.box import Box
from lvscompile.ir.path.packet import Packet, Tuple4
from lvscompile.ir.path.routing import LOCAL, UNICAST, Query
from lvscompile.ir.path.trip import DROPPED, FORWARDED, SENT, Trip

ACK, SYN_ACK = frozenset({"ACK"}), frozenset({"SYN", "ACK"})
TUNNEL = "tunl0"


class Balanced(NamedTuple):
    """A packet that IPVS sends on: as the client sent it (`asked`), as it left the director (`sent`), and by which
    interface; to which real server, and whether conntrack has the connection.
    """

    asked: Packet
    sent: Packet
    destination: Destination
    tracked: bool


class Part(NamedTuple):
    """A part of the way: its title, the packet that it begins with, and what happens."""

    title: str
    packet: Packet
    trip: Trip


def beyond(box: Box, balanced: Balanced, host: Box | None) -> Iterator[Part]:
    """What follows once a packet has left the director, part by part. Who asks stops at the first that is lost."""
    if host is not None:
        yield from _arrivals(host, balanced)
        yield _answer(host, box, balanced)
    if balanced.destination.method == "NAT":
        yield from _replies(box, balanced)


# -- on the real server


def _arrivals(host: Box, balanced: Balanced) -> Iterator[Part]:
    """The packet on the real server; of a tunnel, what holds it first."""
    destination, sent = balanced.destination, balanced.sent
    device = host.routing(destination.family).device_of(destination.address) or None
    if destination.method == "TUN":
        outer = Packet(sent.family, sent.protocol, sent.source, sent.destination, in_interface=device, state="NEW")
        trip = Trip(host, outer)
        if _enters(trip) and not _has_tunnel(host):
            stage = trip.note("INPUT", f"lost: no interface {TUNNEL} takes the packet out of the tunnel")
            trip.stop(DROPPED, stage)
        yield Part("the tunnelled packet on the real server", outer, trip)
        device = TUNNEL
    inner = balanced.asked
    if destination.method == "NAT":
        inner = inner._replace(destination=destination.address, dport=sent.dport)
    inner = inner._replace(in_interface=device)
    trip = Trip(host, inner)
    if _enters(trip):
        trip.deliver()
    yield Part("the packet on the real server", inner, trip)


def _enters(trip: Trip) -> bool:
    """Bring a packet to where programs of the host get it."""
    decision = trip.arrive(LOCAL)
    if decision is None:
        return False
    if decision.kind == UNICAST:
        what = f"lost: {trip.packet.destination} is no address of this host, which sends the packet on instead"
        trip.stop(DROPPED, trip.note("routing", what))
        return False
    return trip.enter()


def _has_tunnel(host: Box) -> bool:
    """Whether the host has an interface for tunnelled packets; True where that is not known."""
    found = any(link.name == TUNNEL or link.kind == "ipip" for link in host.facts.links)
    return found or "links" not in host.complete


def _answer(host: Box, box: Box, balanced: Balanced) -> Part:
    """The real server's answer up to where it leaves."""
    asked, destination = balanced.asked, balanced.destination
    nat = destination.method == "NAT"
    packet = asked._replace(
        source=destination.address if nat else asked.destination, sport=balanced.sent.dport if nat else asked.dport,
        destination=asked.source, dport=asked.sport, in_interface="", state="ESTABLISHED", reply=True,
        flags=SYN_ACK if asked.flags else None, original=asked.ends,
    )  # fmt: skip
    trip = Trip(host, packet)
    way = host.routing(packet.family).lookup(Query(packet.destination, packet.source, 0, "lo", foreign=True))
    if way.doubt:
        trip.doubt(f"{host.name}: {way.doubt}: {packet.destination} is taken to have one")
    elif way.kind != UNICAST:
        trip.stop(DROPPED, trip.note("routing", f"lost: no route leads to the client {packet.destination}"))
        return Part("the real server's answer", packet, trip)
    if nat and way.certain:
        _comes_back(trip, box, way.via)
    if not trip.end and trip.leave(way):
        device = f"by {way.device}" if way.device else "by an interface that no input tells"
        past = "" if nat else ", past the director"
        trip.stop(SENT, trip.note("POSTROUTING", f"sent {device}{past}"))
    return Part("the real server's answer", packet, trip)


def _comes_back(trip: Trip, box: Box, gateway: str) -> None:
    """A masqueraded server must answer through the director: only there does the answer get the VIP for its sender."""
    if gateway and any(own.address == gateway for own in box.routing(trip.packet.family).addresses):
        return
    if not gateway:
        what = f"lost: {trip.packet.destination} is in the server's own network, so the answer goes past the director"
    else:
        what = f"lost: the answer goes to {gateway}, which is no address of the director {box.name}"
    if gateway and "addresses" not in box.complete:
        trip.doubt(f"{trip.box.name}: nobody tells whether {gateway} is an address of the director {box.name}")
        return
    trip.stop(DROPPED, trip.note("routing", what))


# -- back on the director


def _replies(box: Box, balanced: Balanced) -> Iterator[Part]:
    """The answers of a masqueraded server on the director: the first one, and of TCP its data. To conntrack the
    answer to a SYN that it does not have is invalid, and an acknowledgement the beginning of something new.
    """
    kinds = [("the answer on the director", SYN_ACK, "INVALID"), ("the answer's data on the director", ACK, "NEW")]
    if balanced.asked.protocol == "udp":
        kinds = [("the answer on the director", frozenset(), "NEW")]
    for title, flags, state in kinds[: 1 if balanced.tracked else None]:
        yield _reply(box, balanced, title, flags, "ESTABLISHED" if balanced.tracked else state)


def _reply(box: Box, balanced: Balanced, title: str, flags: frozenset[str], state: str) -> Part:
    asked, sent = balanced.asked, balanced.sent
    packet = Packet(
        asked.family, asked.protocol, sent.destination, asked.source, sent.dport, asked.sport,
        sent.out_interface, None, state, flags=flags if asked.flags else None, reply=balanced.tracked,
        original=Tuple4(asked.source, asked.sport, asked.destination, asked.dport), balanced=balanced.tracked,
    )  # fmt: skip
    trip = Trip(box, packet)
    decision = trip.arrive(UNICAST)
    if decision is None:
        return Part(title, packet, trip)
    if decision.kind != UNICAST:
        if trip.enter():
            trip.deliver()
        return Part(title, packet, trip)
    if trip.cross(decision):
        vip = asked.destination if asked.dport is None else f"{asked.destination}:{asked.dport}"
        trip.note("IPVS", f"the sender becomes {vip} again")
        left = "ESTABLISHED" if balanced.tracked else "UNTRACKED"
        trip.packet = trip.packet._replace(
            source=asked.destination, sport=asked.dport, state=left, balanced=True
        )  # fmt: skip
        if trip.post():
            device = f"by {decision.device}" if decision.device else "by an interface that no input tells"
            trip.stop(FORWARDED, trip.note("POSTROUTING", f"sent to the client {device}"))
    return Part(title, packet, trip)
