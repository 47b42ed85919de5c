"""The way of a client's packet through a director that balances it, to a real server, and the way of the answer.

IPVS sits behind the filter's INPUT. What it masquerades or routes directly leaves by OUTPUT and POSTROUTING; answers of
masqueraded servers come back through FORWARD, those of the others go past the director.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from lvscompile.ir.host_settings import Effective
from lvscompile.ir.ipvs import Destination, Service
from lvscompile.ir.path.box import Box
from lvscompile.ir.path.packet import Packet
from lvscompile.ir.path.routing import LOCAL, UNICAST, Decision, Query
from lvscompile.ir.path.servers import Balanced, beyond
from lvscompile.ir.path.trip import DELIVERED, DROPPED, FORWARDED, REJECTED, SENT, Stage, Trip

METHODS = {"NAT": "masquerading", "DR": "direct routing", "TUN": "tunneling"}
ACK, FIN = frozenset({"ACK"}), frozenset({"FIN", "ACK"})


class Leg(NamedTuple):
    """A part of the way: one packet on one host. `end` is delivered, forwarded, sent, dropped or rejected."""

    title: str
    host: str
    packet: Packet
    stages: tuple[Stage, ...]
    end: str
    because: Stage | None

    @property
    def lost(self) -> bool:
        return self.end in (DROPPED, REJECTED)


class Journey(NamedTuple):
    """All of the way to one real server and back. `why` says where it fails, or how it is served; what is not told is
    in `doubts`. `remarks` are about later packets of a client that is served.
    """

    service: Service | None
    destination: Destination | None
    legs: tuple[Leg, ...]
    served: bool
    why: str
    doubts: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def certain(self) -> bool:
        return not self.doubts

    @property
    def failing(self) -> Leg | None:
        return next((leg for leg in self.legs if leg.lost), None)


class Phase(NamedTuple):
    """A packet in the life of a connection, as conntrack sees it on a director: `flags`, and the client's `state`."""

    title: str
    flags: frozenset[str] | None
    state: str


def phases(protocol: str, method: str, tracked: bool) -> tuple[Phase, ...]:
    """The client's packets after the first one. IPVS hides a connection from conntrack, unless it is told not to
    (net.ipv4.vs.conntrack): conntrack then takes each acknowledgement for a new connection, and the FIN for invalid.
    Where answers go past the director, a connection that is tracked never gets beyond its SYN.
    """
    if protocol != "tcp":
        return ()
    if not tracked:
        return Phase("the client's data", ACK, "NEW"), Phase("the client's FIN", FIN, "INVALID")
    later = "ESTABLISHED" if method == "NAT" else "INVALID"
    return Phase("the client's data", ACK, later), Phase("the client's FIN", FIN, later)


def walk(
    box: Box, services: Sequence[Service], packet: Packet, hosts: Mapping[str, Box] = {}, *, complete: bool = True
) -> tuple[Journey, ...]:
    """Send a client's first packet to a director, one journey for each real server that it may be sent to. `hosts` are
    real servers by their addresses. `complete` says that the director balances no other services.
    """
    trip = Trip(box, packet)
    service = _inside(trip, services, complete)
    title = "the client's packet"
    if service is None:
        return (_ended(None, None, (_leg(title, packet, trip),), trip, _not_balanced(trip)),)
    chosen = [each for each in service.destinations if each.weight > 0]
    if not chosen:
        reason = "no real server of it has a weight above 0" if service.destinations else "it has no real server"
        trip.stop(REJECTED, trip.note("IPVS", f"refused: {reason}", text=service.title, origin=service.origin))
        if not service.complete:
            trip.doubt(f"{box.name}: {service.title} may have more real servers than are told")
        return (_ended(service, None, (_leg(title, packet, trip),), trip, reason),)
    return tuple(_journey(box, services, service, each, packet, hosts) for each in chosen)


def find(services: Sequence[Service], packet: Packet) -> Service | None:
    """The service that IPVS takes a packet for: by its mark, by address and port, by address for all ports."""
    mine = [service for service in services if service.family == packet.family]
    wanted = packet.protocol.upper()
    marked = (each for each in mine if each.protocol == "FWM" and packet.mark and each.fwmark == packet.mark)
    here = [each for each in mine if each.protocol == wanted and each.address == packet.destination]
    exact = (each for each in here if each.port == packet.dport)
    every = (each for each in here if each.port == 0)
    return next(marked, None) or next(exact, None) or next(every, None)


def tracks(box: Box) -> Effective:
    """Whether IPVS leaves its connections to conntrack as well."""
    return box.setting("net.ipv4.vs.conntrack")


def _inside(trip: Trip, services: Sequence[Service], complete: bool = True) -> Service | None:
    """Bring a packet to IPVS; None where it ends before that, or where IPVS does not want it."""
    decision = trip.arrive(LOCAL)
    if decision is None:
        return None
    if decision.kind == UNICAST:
        trip.forward(decision)
        return None
    if not trip.enter():
        return None
    if trip.packet.mark is None and any(service.protocol == "FWM" for service in services):
        trip.doubt(f"{trip.box.name}: nobody can tell the packet's mark")
    service = find(services, trip.packet)
    if service is None:
        if not complete:
            trip.doubt(f"{trip.box.name}: it may have more services than are told")
        trip.note("IPVS", "it has no service for this packet")
        trip.deliver()
    return service


def _not_balanced(trip: Trip) -> str:
    if trip.end == DELIVERED:
        return f"it goes to {trip.box.name} itself: IPVS has no service for it"
    if trip.end == FORWARDED:
        return f"{trip.box.name} forwards it: IPVS sees only what is for the host itself"
    return _reason(trip.because, trip.end)


def _named(destination: Destination) -> str:
    """A real server by its address, and by its port where that is not the client's."""
    return destination.title if destination.port else destination.address


def _reason(stage: Stage | None, end: str) -> str:
    if stage is None:
        return end
    place = f"{stage.chain} of table {stage.table}" if stage.table else stage.hook
    return f"{stage.host}: {place}: {stage.what}"


def _leg(title: str, packet: Packet, trip: Trip) -> Leg:
    return Leg(title, trip.box.name, packet, tuple(trip.stages), trip.end, trip.because)


def _ended(
    service: Service | None, destination: Destination | None, legs: tuple[Leg, ...], trip: Trip, why: str
) -> Journey:
    return Journey(service, destination, legs, False, why, tuple(trip.doubts))


def _journey(
    box: Box,
    services: Sequence[Service],
    service: Service,
    destination: Destination,
    packet: Packet,
    hosts: Mapping[str, Box],
) -> Journey:
    """To one real server and back, and what becomes of the connection's later packets."""
    request = _request(box, services, destination, packet)
    legs = [_leg("the client's packet", packet, request)]
    trips = [request]
    if request.end == SENT:
        tracked = bool(tracks(box).value)
        balanced = Balanced(packet, request.packet, destination, tracked)
        for part in beyond(box, balanced, hosts.get(destination.address)):
            trips.append(part.trip)
            legs.append(_leg(part.title, part.packet, part.trip))
            if part.trip.lost:
                break
    remarks: list[str] = []
    if not any(trip.lost for trip in trips):
        _later(box, services, destination, packet, legs, trips, remarks)
    failing = next((leg for leg in legs if leg.lost), None)
    doubts = tuple(dict.fromkeys(doubt for trip in trips for doubt in trip.doubts))
    method = METHODS.get(destination.method, destination.method)
    why = (
        f"{failing.title}: {_reason(failing.because, failing.end)}"
        if failing
        else f"by {_named(destination)}, {method}"
    )
    return Journey(service, destination, tuple(legs), failing is None, why, doubts, tuple(remarks))


def _request(box: Box, services: Sequence[Service], destination: Destination, packet: Packet) -> Trip:
    """A client's packet from its arrival to its leaving for a real server."""
    trip = Trip(box, packet)
    service = _inside(trip, services)
    if service is not None:
        _transmit(trip, service, destination)
    return trip


def _later(
    box: Box,
    services: Sequence[Service],
    destination: Destination,
    packet: Packet,
    legs: list[Leg],
    trips: list[Trip],
    remarks: list[str],
) -> None:
    """The packets that follow the first one, where they end otherwise. A FIN that is lost leaves sockets open, nothing
    more.
    """
    for phase in phases(packet.protocol, destination.method, bool(tracks(box).value)):
        later = packet._replace(flags=phase.flags, state=phase.state)
        trip = _request(box, services, destination, later)
        if trip.end in (SENT, DELIVERED):
            continue
        if phase.flags is FIN:
            remarks.append(
                f"{phase.title} is lost ({_reason(trip.because, trip.end)}): servers keep their sockets open"
            )
            continue
        legs.append(_leg(phase.title, later, trip))
        trips.append(trip)
        return


def _transmit(trip: Trip, service: Service, destination: Destination) -> None:
    """What IPVS does with a packet: how it sends it to a real server, and what the hooks on the way out say."""
    method = METHODS.get(destination.method, destination.method)
    packet = trip.packet
    title = f"service {service.title} sends it to {_named(destination)} by {method}"
    trip.note("IPVS", title, text=f"real server {_named(destination)}", origin=destination.origin)
    tracked = bool(tracks(trip.box).value) and packet.state != "UNTRACKED"
    state = packet.state if tracked else "UNTRACKED"
    routing = trip.box.routing(packet.family)
    way = routing.lookup(Query(destination.address, "0.0.0.0" if packet.family == 4 else "::", 0, "lo", foreign=True))
    if way.kind == LOCAL:
        trip.note("routing", f"{destination.address} is this host itself")
        trip.deliver()
        return
    if way.kind != UNICAST and way.certain:
        stage = trip.note("routing", f"lost: there is no route to the real server {destination.address}")
        trip.stop(DROPPED, stage)
        return
    trip.doubt(f"{trip.box.name}: {way.doubt}: {destination.address} is taken to have one" if way.doubt else "")
    if destination.method == "NAT":
        trip.packet = packet._replace(
            destination=destination.address, dport=destination.port or packet.dport, original=packet.ends,
            state=state, balanced=True,
        )  # fmt: skip
    elif destination.method == "TUN":
        trip.packet = Packet(
            packet.family, "ipencap" if packet.family == 4 else "ipv6", routing.primary(way.device),
            destination.address, state="NEW", mark=packet.mark, balanced=True,
        )  # fmt: skip
    else:
        trip.packet = packet._replace(state=state, balanced=True)
        if way.via:
            _behind_router(trip, destination, way)
    left = trip.leave(way, translated=destination.method != "TUN")
    if left:
        device = f"by {way.device}" if way.device else "by an interface that no input tells"
        trip.stop(SENT, trip.note("POSTROUTING", f"sent {device}"))


def _behind_router(trip: Trip, destination: Destination, way: Decision) -> None:
    trip.doubt(
        f"{trip.box.name}: {destination.address} is behind the router {way.via}: direct routing needs one network with "
        "the real server, and the router may send the packet back"
    )
