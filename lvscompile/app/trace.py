"""The way of a client's packet through a set-up, and of the answer: as data, and as lines for a person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from lvscompile.app.load import Loaded
from lvscompile.ir.addresses import canonical
from lvscompile.ir.core import KNOWN_KEEPALIVED, Origin
from lvscompile.ir.ipvs import Service
from lvscompile.ir.path.box import Box, box_of
from lvscompile.ir.path.packet import STATES, WITH_PORTS, Packet, connect
from lvscompile.ir.path.routing import UNICAST, Query
from lvscompile.ir.path.trip import Stage
from lvscompile.ir.path.walk import Journey, Leg, walk
from lvscompile.ir.programmed import services
from lvscompile.ir.site import DIRECTOR, Director
from lvscompile.syntax.secrets import Masker

Json = dict[str, Any]


class Question(NamedTuple):
    """What is asked: a client's packet, and by which interface it comes in ("" where that is to be guessed)."""

    client: str
    address: str
    port: int | None
    protocol: str = "tcp"
    in_interface: str = ""
    state: str = "NEW"


class Unanswerable(ValueError):
    """A question that makes no sense."""


def question(client: str, target: str, protocol: str, in_interface: str, state: str) -> Question:
    """Read CLIENT and VIP:PORT. Raises Unanswerable."""
    address, port = target, ""
    if target.startswith("["):
        address, _, port = target[1:].partition("]")
        port = port.removeprefix(":")
    elif target.count(":") == 1:
        address, _, port = target.partition(":")
    sender, receiver = canonical(client), canonical(address)
    if sender is None:
        raise Unanswerable(f"{client!r} is no IP address")
    if receiver is None:
        raise Unanswerable(f"{target!r} is not VIP:PORT (an IPv6 address stands in brackets)")
    if sender[0] != receiver[0]:
        raise Unanswerable("the client and the VIP are not of one family")
    if protocol in WITH_PORTS and not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise Unanswerable(f"{target!r} names no port: VIP:PORT is wanted for {protocol}")
    number = int(port) if protocol in WITH_PORTS else None
    assert state in STATES
    return Question(sender[1], receiver[1], number, protocol, in_interface, state)


class Traced(NamedTuple):
    """The answer of one director."""

    host: str
    packet: Packet
    guessed: str  # why the packet is taken to come in by its interface, "" where that was said
    journeys: tuple[Journey, ...]

    @property
    def served(self) -> bool:
        return all(journey.served for journey in self.journeys)

    @property
    def certain(self) -> bool:
        return all(journey.certain for journey in self.journeys)


def trace(loaded: Loaded, asked: Question) -> tuple[Traced, ...]:
    """Send the packet to each of the directors."""
    directors = loaded.site.directors
    boxes = {director.name: box_of(director) for director in directors}
    servers = {
        own.address: boxes[director.name]
        for director in directors
        if director.role != DIRECTOR
        for own in (director.machine.facts.addresses if director.machine is not None else ())
        if own.device != "lo"
    }
    version = loaded.site.target.keepalived or KNOWN_KEEPALIVED[-1]
    known = [(each, services(each, version)) for each in directors if each.role == DIRECTOR]
    # A host that balances nothing, beside those that do, is no director that clients are sent to.
    balancing = [pair for pair in known if pair[1]] or known
    return tuple(_traced(director, boxes[director.name], each, servers, asked) for director, each in balancing)


def _traced(
    director: Director, box: Box, known: Sequence[Service], servers: Mapping[str, Box], asked: Question
) -> Traced:
    device, why = (asked.in_interface, "") if asked.in_interface else incoming(box, known, asked)
    packet = connect(
        asked.client, asked.address, asked.port, protocol=asked.protocol, in_interface=device or None
    )._replace(state=asked.state)  # fmt: skip
    table = director.machine.ipvs if director.machine is not None else None
    complete = (table is None or table.complete) and bool(director.services or table)
    return Traced(director.name, packet, why, walk(box, known, packet, servers, complete=complete))


def incoming(box: Box, known: Sequence[Service], asked: Question) -> tuple[str, str]:
    """By which interface a client's packets most likely come in, and why; "" where no input tells."""
    family = 6 if ":" in asked.client else 4
    routing = box.routing(family)
    back = routing.lookup(Query(asked.client, mark=0, iif="lo", foreign=True))
    if back.kind == UNICAST and back.device:
        return back.device, f"the route to {asked.client} leads there"
    device = routing.device_of(asked.address)
    if device and device != "lo":
        return device, f"{asked.address} is there"
    device = routing.on_link(asked.address)
    if device:
        return device, f"the network of {asked.address} is there"
    inside = {routing.on_link(server.address) for service in known for server in service.destinations}
    named = dict.fromkeys([own.device for own in routing.addresses] + [link.name for link in box.facts.links])
    others = [name for name in named if name and name != "lo" and name not in inside]
    return (others[0], "the real servers are not there") if len(others) == 1 and any(inside) else ("", "")


# -- as data


def describe(traced: tuple[Traced, ...], secrets: frozenset[str]) -> Json:
    mask = Masker(secrets)
    return {
        "version": 1,
        "served": all(each.served for each in traced),
        "hosts": [_host(each, mask) for each in traced],
    }


def _host(traced: Traced, mask: Masker) -> Json:
    packet = traced.packet
    return {
        "name": traced.host,
        "packet": {
            "protocol": packet.protocol, "source": packet.source, "destination": packet.destination,
            "port": packet.dport, "interface": packet.in_interface, "state": packet.state,
        },
        "interface_because": traced.guessed or None,
        "served": traced.served,
        "certain": traced.certain,
        "ways": [_journey(journey, mask) for journey in traced.journeys],
    }  # fmt: skip


def _journey(journey: Journey, mask: Masker) -> Json:
    server = journey.destination
    return {
        "service": journey.service.title if journey.service else None,
        "real_server": server.title if server else None,
        "method": server.method if server else None,
        "served": journey.served,
        "why": mask.line(journey.why),
        "doubts": [mask.line(doubt) for doubt in journey.doubts],
        "remarks": [mask.line(remark) for remark in journey.remarks],
        "parts": [_leg(leg, mask) for leg in journey.legs],
    }


def _leg(leg: Leg, mask: Masker) -> Json:
    return {
        "title": leg.title,
        "host": leg.host,
        "packet": str(leg.packet),
        "interface": leg.packet.in_interface or None,
        "end": leg.end,
        "steps": [_stage(stage, mask) for stage in leg.stages],
    }


def _stage(stage: Stage, mask: Masker) -> Json:
    return {
        "hook": stage.hook, "table": stage.table or None, "chain": stage.chain or None, "what": mask.line(stage.what),
        "text": mask.line(stage.text) or None, "file": stage.origin.source.name if stage.origin else None,
        "line": stage.origin.line if stage.origin else None, "certain": stage.sure,
    }  # fmt: skip


# -- as text


def draw(traced: tuple[Traced, ...], secrets: frozenset[str]) -> Iterator[str]:
    """Lines for a person: each director, each part of the way, and how it ends."""
    mask = Masker(secrets)
    for number, each in enumerate(traced):
        if number:
            yield ""
        yield from (mask.line(line) for line in _drawn(each))


def _drawn(traced: Traced) -> Iterator[str]:
    packet = traced.packet
    where = f", in by {packet.in_interface}" if packet.in_interface else ", by an interface that no input tells"
    because = f" ({traced.guessed})" if traced.guessed else ""
    yield f"{traced.host}: {packet}{where}{because}"
    seen: list[tuple[Any, ...]] = []
    for journey in traced.journeys:
        shape = _shape(journey)
        if shape in seen:
            continue
        seen.append(shape)
        for leg in journey.legs:
            yield from _drawn_leg(leg)
    yield ""
    yield from _verdict(traced)


def _shape(journey: Journey) -> tuple[Any, ...]:
    """What tells ways apart that are worth drawing: not the server's address."""
    server = journey.destination
    name = server.address if server else ""
    legs = tuple(
        (leg.title, leg.end, tuple((s.hook, s.table, s.what.replace(name, ""), id(s.origin) if s.hook != "IPVS" else 0)
                                   for s in leg.stages))
        for leg in journey.legs
    )  # fmt: skip
    return legs if all(leg.host == journey.legs[0].host for leg in journey.legs) else (name, legs)


def _drawn_leg(leg: Leg) -> Iterator[str]:
    yield ""
    by = f", in by {leg.packet.in_interface}" if leg.packet.in_interface else ""
    yield f"  {leg.title}, on {leg.host}: {leg.packet}{by}"
    for stage in leg.stages:
        table = f" {stage.table}" if stage.table else ""
        doubt = "" if stage.sure else " (not certain)"
        yield f"    {stage.hook + table:<20} {stage.what}{doubt}"
        written = ": ".join(part for part in (_place(stage.origin), stage.text) if part)
        if written:
            yield f"    {'':<20}   {written}"


def _place(origin: Origin | None) -> str:
    return f"{origin.source.name}:{origin.line}" if origin is not None else ""


def _verdict(traced: Traced) -> Iterator[str]:
    for journey in traced.journeys:
        word = "served" if journey.served else "NOT served"
        yield f"  {word}: {journey.why}{'' if journey.certain else ' (not certain)'}"
        failing = journey.failing
        if failing is not None and failing.because is not None and failing.because.origin is not None:
            yield f"    {_place(failing.because.origin)}: {failing.because.text}"
        yield from (f"    note: {remark}" for remark in journey.remarks)
    doubts = dict.fromkeys(doubt for journey in traced.journeys for doubt in journey.doubts)
    yield from (f"  not told: {doubt}" for doubt in doubts)
