"""What a host's other inputs tell, put into its keepalived.conf: the model that `convert --to keepalived` writes.

The new blocks are written as text, read by the front end as any other text, and stand behind those that the host has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from lvscompile.app.vips import Vips, needs_one, sort_addresses, was_run
from lvscompile.backends.keepalived import blocks
from lvscompile.backends.keepalived.blocks import CHECKS, Line, Tell
from lvscompile.backends.keepalived.quoting import line
from lvscompile.frontends.keepalived import lower
from lvscompile.ir.core import Block, Loss, Origin, Target
from lvscompile.ir.host import HostAddress, PolicyRule, Route
from lvscompile.ir.ipvs import Destination, Service
from lvscompile.ir.machine import Machine
from lvscompile.ir.node import replace
from lvscompile.ir.programmed import services
from lvscompile.ir.services import Check, RealServer, VirtualService
from lvscompile.ir.site import NOTE, Director
from lvscompile.syntax.keepalived.tree import read_configuration
from lvscompile.syntax.source import Source

# What a VRRP packet holds at most; more go along without being told.
MOST_VIPS = 20


class Vrrp(NamedTuple):
    """The instance that virtual addresses go to."""

    vrid: int
    interface: str
    priority: int
    name: str = "VI_1"
    state: str = "BACKUP"
    advert: str = ""
    auth: str = ""


class Clash(Exception):
    """The instance that is asked for cannot be there beside what the host has."""


class Composed(NamedTuple):
    """A host as keepalived is to have it. `comments` tell where a block or an item came from, by the id of its origin;
    `added` holds what is new alone.
    """

    director: Director
    added: Director
    comments: Mapping[int, str]
    losses: tuple[Loss, ...]
    source: Source
    origins: tuple[Origin | None, ...]  # of the lines of the source
    vips: Vips = Vips()
    moved: tuple[Origin, ...] = ()  # the commands that the output stands for

    def origin_of(self, origin: Origin) -> Origin:
        """What a line that was written here was written for."""
        if origin.source is not self.source:
            return origin
        # The head of a list has no origin of its own: that of its first item is as good.
        return next((own for own in self.origins[origin.line - 1 :] if own is not None), origin)

    def told(self, loss: Loss) -> Loss:
        """A loss of a line that was written here, as one of what it was written for."""
        if loss.origin.source is not self.source:
            return loss
        origin = self.origin_of(loss.origin)
        text = loss.origin.text.split("\n")[0].rstrip(" {")
        since = f", which came with keepalived {loss.detail}" if loss.kind == "newer" else ""
        return Loss("unsaid", origin, f"`{text.strip()}`{since}")


def compose(
    director: Director, target: Target, vrrp: Vrrp | None = None, checks: str = "", gateways: Iterable[str] = ()
) -> Composed:
    """`checks` is tcp or http where each server of TCP that has no check shall have one. `gateways` are what the real
    servers given beside send their answers to.

    Raises Clash where the instance has no place.
    """
    if vrrp is not None:
        _make_room(director, vrrp)
    writer = _Writer(director, vrrp, checks, target)
    machine = director.machine
    if machine is not None:
        writer.all(machine, frozenset(gateways))
    text = "".join(f"{each.text}\n" for each in writer.lines)
    source = Source("(composed)", text)
    added, _ = lower(read_configuration(source, director.name, "/"), director.name)
    comments = _comments(added, writer.lines, machine) if machine is not None else {}
    if checks:
        director = _checked(director, checks)
    joined = replace(
        director,
        blocks=(*director.blocks, *added.blocks),
        globals=(*director.globals, *added.globals),
        vrrp=(*director.vrrp, *added.vrrp),
        services=(*director.services, *added.services),
        notes=(*director.notes, *(NOTE + _shown(loss.detail) for loss in writer.losses if loss.kind == "unsaid")),
    )
    origins = tuple(each.origin for each in writer.lines)
    return Composed(joined, added, comments, tuple(writer.losses), source, origins, writer.vips, tuple(writer.moved))


def _make_room(director: Director, vrrp: Vrrp) -> None:
    for own in director.vrrp:
        if own.name == vrrp.name:
            raise Clash(f"{director.name} has a vrrp_instance {own.name} already: choose another name with name=.")
        where = (own.vrid.value if own.vrid else None, own.interface.value if own.interface else "")
        if where == (vrrp.vrid, vrrp.interface):
            raise Clash(f"{director.name} has VRID {vrrp.vrid} on {vrrp.interface} already, in {own.name}.")


class _Writer:
    def __init__(self, director: Director, vrrp: Vrrp | None, checks: str, target: Target) -> None:
        self.director = director
        self.vrrp = vrrp
        self.checks = checks
        self.version = target.versions()[-1]
        self.lines: list[Line] = []
        self.losses: list[Loss] = []
        self.vips = Vips()
        self.moved: list[Origin] = []

    def all(self, machine: Machine, gateways: frozenset[str]) -> None:
        new = self.new_services(machine)
        self.vips = sort_addresses(
            self.director, machine, new, self.vrrp.interface if self.vrrp is not None else "", gateways
        )
        self.losses += self.vips.losses
        self.global_defs(machine)
        self.items("static_ipaddress", [(blocks.address(fact, self.losses.append), fact) for fact in self.vips.static])
        facts = machine.facts
        routes = [fact for fact in facts.routes if was_run(machine, fact.origin) and fact.protocol != "kernel"]
        floating = self.vips.floating if self.vrrp is not None else ()
        with_them = [fact for fact in routes if needs_one(fact, floating, facts.addresses)]
        self.items("static_routes", [(blocks.route(fact), fact) for fact in routes if fact not in with_them])
        rules = [fact for fact in facts.rules if was_run(machine, fact.origin)]
        self.items("static_rules", [(blocks.policy_rule(fact, self.losses.append), fact) for fact in rules])
        if self.vrrp is not None and floating:
            self.lines += _instance(self.vrrp, floating, with_them, self.losses.append)
            origins = [fact.origin for fact in floating] + [fact.origin for fact in with_them]
            self.moved += [origin for origin in origins if origin is not None and was_run(machine, origin)]
        for service in new:
            self.lines += blocks.virtual_server(service, self.losses.append, self.check_for(service))

    def new_services(self, machine: Machine) -> list[Service]:
        """Those that keepalived is to have and has not yet, without what it cannot have."""
        table = machine.ipvs
        if table is None:
            return []
        known = {service.key: service for service in services(replace(self.director, machine=None), self.version)}
        found = []
        for service in table.services:
            theirs = known.get(service.key)
            if theirs is not None:
                present = {server.key for server in theirs.destinations}
                more = [server for server in service.destinations if server.key not in present]
                self.losses += [Loss("by-hand", server.origin, f"{server.title} of {service.title}") for server in more]
            elif not service.destinations:
                self.losses.append(Loss("no-servers", service.origin, service.title))
            else:
                self.losses += [] if service.known else [Loss("half-known", service.origin, service.title)]
                newest_first = sorted(service.destinations, key=lambda d: self.rank(machine, d.added), reverse=True)
                found.append(replace(service, destinations=tuple(newest_first)))
        if found and not table.complete:
            self.losses.append(Loss("begins-late", found[0].origin, ""))
        self.moved += [place for service in found for place in _origins(service)]
        return sorted(found, key=lambda service: self.rank(machine, service.added))

    def rank(self, machine: Machine, origin: Origin) -> tuple[int, int]:
        """Where something stands in the inputs, as they were read."""
        at = (index for index, given in enumerate(machine.givens) if given.source is origin.source)
        return next(at, len(machine.givens)), origin.start

    def check_for(self, service: Service) -> Callable[[Destination], str]:
        if not self.checks or service.protocol != "TCP":
            return lambda server: ""
        return lambda server: blocks.check_of(server.port, self.checks)

    def global_defs(self, machine: Machine) -> None:
        table = machine.ipvs
        if table is None:
            return
        inside: list[Line] = []
        words = blocks.timeouts(table)
        stated = next((value for value in (table.tcp, table.tcp_fin, table.udp) if value is not None), None)
        if words and stated is not None and self.director.global_setting("lvs_timeouts") is None:
            inside.append(Line(f"lvs_timeouts {words}", stated.origin))
            self.moved.append(stated.origin)
        named = self.vrrp.name if self.vrrp is not None and self.vips.floating else ""
        for daemon in table.daemons if self.director.global_setting("lvs_sync_daemon") is None else ():
            if daemon.origin is None:
                continue
            if not (named and daemon.interface):
                self.losses.append(Loss("sync-daemon", daemon.origin, daemon.role))
            elif not any("lvs_sync_daemon" in each.text for each in inside):
                inside.append(Line(blocks.sync_daemon(daemon, named), daemon.origin))
            self.moved.append(daemon.origin)
        if inside:
            self.lines += [Line("global_defs {"), *inside, Line("}")]

    def items(self, keyword: str, entries: list[tuple[str, HostAddress | Route | PolicyRule]]) -> None:
        if entries:
            inside = [Line(text, fact.origin) for text, fact in entries]
            self.lines += [Line(f"{keyword} {{"), *inside, Line("}")]
            self.moved += [fact.origin for _, fact in entries if fact.origin is not None]


def _origins(service: Service) -> Iterator[Origin]:
    yield from (service.added, service.origin)
    for server in service.destinations:
        yield from (server.added, server.origin)


def _instance(vrrp: Vrrp, addresses: Iterable[HostAddress], routes: Iterable[Route], tell: Tell) -> Iterator[Line]:
    """The instance with its addresses. Those of another family than the first, and those that no packet has room for,
    go along without being told to the other hosts.
    """
    several = list(addresses)
    told = [fact for fact in several if fact.family == several[0].family][:MOST_VIPS]
    others = [fact for fact in several if fact not in told]
    yield Line(line(("vrrp_instance", vrrp.name)) + " {")
    yield from (
        Line(text)
        for text in (
            f"state {vrrp.state}", line(("interface", vrrp.interface)), f"virtual_router_id {vrrp.vrid}",
            f"priority {vrrp.priority}", *((f"advert_int {vrrp.advert}",) if vrrp.advert else ()),
        )
    )  # fmt: skip
    if vrrp.auth:
        yield from map(Line, ("authentication {", "auth_type PASS", line(("auth_pass", vrrp.auth)), "}"))
    for keyword, facts in (("virtual_ipaddress", told), ("virtual_ipaddress_excluded", others)):
        if facts:
            yield Line(f"{keyword} {{")
            yield from (Line(blocks.address(fact, tell), fact.origin) for fact in facts)
            yield Line("}")
    several_routes = [Line(blocks.route(route), route.origin) for route in routes]
    if several_routes:
        yield from (Line("virtual_routes {"), *several_routes, Line("}"))
    yield Line("}")


def _comments(added: Director, lines: list[Line], machine: Machine) -> dict[int, str]:
    """Where blocks and items came from, in the words of an operator: /etc/rc.d/rc.local:8."""
    comments: dict[int, str] = {}
    stack: list[Block] = list(added.blocks)
    while stack:
        block = stack.pop()
        stack += block.blocks
        wanted = [block.origin] if isinstance(block, VirtualService | RealServer) else []
        for origin in (*wanted, *(item.origin for item in block.items)):
            came_from = lines[origin.line - 1].origin
            if came_from is not None:
                comments[id(origin)] = place(machine, came_from)
    return comments


def place(machine: Machine, origin: Origin) -> str:
    given = machine.given(origin)
    name = given.path if given is not None and given.path else origin.source.name
    return _shown(f"{name}:{origin.line}")


def _shown(text: str) -> str:
    """As a comment can have it: a line break, or a backslash at its end, would end it."""
    return "".join(char if char.isprintable() else "?" for char in text)[:200].rstrip("\\ ")


# Checks for servers that keepalived has already.


def _checked(director: Director, kind: str) -> Director:
    changed = {id(service): _with_checks(service, kind) for service in director.services}
    return replace(
        director,
        blocks=tuple(changed.get(id(block), block) for block in director.blocks),
        services=tuple(changed[id(service)] for service in director.services),
    )


def _with_checks(service: VirtualService, kind: str) -> VirtualService:
    """Each server without a check gets one, where it is plain which one and what to ask."""
    if service.protocol is None or service.protocol.value.upper() != "TCP" or service.kind == "fwmark":
        return service
    servers = {id(server): _with_check(service, server, kind) for server in service.real_servers}
    return replace(
        service,
        blocks=tuple(servers.get(id(block), block) for block in service.blocks),
        real_servers=tuple(servers[id(server)] for server in service.real_servers),
    )


def _with_check(service: VirtualService, server: RealServer, kind: str) -> RealServer:
    keyword = blocks.check_of(server.port or service.port or 0, kind)
    if server.blocks or not keyword:
        return server
    check = _parsed_check(keyword)
    return replace(server, blocks=(check,), checks=(check,))


def _parsed_check(keyword: str) -> Check:
    text = "\n".join(("virtual_server 192.0.2.1 80 {", "real_server 192.0.2.2 80 {", *CHECKS[keyword], "}", "}", ""))
    director, _ = lower(read_configuration(Source("(check)", text), "", "/"), "")
    return director.services[0].real_servers[0].checks[0]
