"""A host's network under a sequence of commands of ip, ifconfig, route and arptables.

Each command ends as the tool and the kernel would end it, with their exit status and words, and leaves addresses,
routes and rules as they would. Of a host of which only a part is known, what a command presupposes is taken for a
fact, and an outcome that depends on it is not certain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from lvscompile.frontends.replay import addresses, ioctl, routes, rules
from lvscompile.frontends.replay.host_state import (
    EXISTS,
    LIKELY,
    OK,
    UNSUPPORTED,
    Port,
    Refusal,
    State,
    answer,
    error,
)
from lvscompile.ir.core import Origin
from lvscompile.ir.host import (
    ArpRule,
    HostAddress,
    HostCommand,
    HostEvent,
    HostFacts,
    Link,
    Misuse,
    Places,
    PolicyRule,
    Route,
)
from lvscompile.ir.ipvs import Outcome
from lvscompile.ir.node import replace

SMALLEST_MTU = 68
WILDCARD = (
    "Warning: Executing wildcard deletion to stay compatible with old scripts.\n"
    "         Explicitly specify the prefix length ({0}/32) to avoid this warning.\n"
    "         This special behaviour is likely to disappear in further releases,\n"
    "         fix your scripts!"
)


class Replay:
    """A host that commands change. `events` tells what each of them did.

    `complete` is True where `links` are all interfaces and nothing else is set: else more may be there. `tables` are
    the names that rt_tables gives to routing tables, `promotes` the interfaces (or `all`) whose secondary addresses
    become primary when the primary one goes.
    """

    def __init__(
        self,
        links: Iterable[Link] = (),
        *,
        complete: bool = False,
        promotes: Iterable[str] = (),
        start: HostFacts | None = None,
        tables: Iterable[str] = (),
    ) -> None:
        self.events: list[HostEvent] = []
        self.state = State(complete)
        self.tables = frozenset(tables)
        self.state.promotes.update(promotes)
        self.arp: list[ArpRule] = []
        lo = Port("lo", "loopback", True)
        lo.up = True
        self.state.ports["lo"] = lo
        self.state.put(HostAddress(4, "127.0.0.1", 8, "lo", scope="host"))
        for link in (*links, *(start.links if start else ())):
            self._begin(link)
        for family in (4, 6):
            self.state.rules[family] = rules.initial(family)
        if start is not None:
            self._start(start)

    def _begin(self, link: Link) -> None:
        port = self.state.ports.setdefault(link.name, Port(link.name))
        port.kind, port.up = link.kind or port.kind, link.up is not False
        port.arp, port.mtu = link.arp is not False, link.mtu
        port.mac, port.master, port.origin = link.mac, link.master, link.origin

    def _start(self, start: HostFacts) -> None:
        state = self.state
        for own in start.addresses:
            if own not in state.on(own.device, own.family) and not (own.device == "lo" and own.address == "127.0.0.1"):
                if not state.complete:
                    # Files may name what no kernel takes for an interface's name: they are taken as they are.
                    state.ports.setdefault(own.device, Port(own.device, up=True, assumed=True))
                state.put(own)
        for route in start.routes:
            state.table(route.family, route.table).place(route, append=True)
        for family in (4, 6):
            known = [rule for rule in start.rules if rule.family == family]
            if known:
                state.rules[family] = sorted(known, key=lambda rule: rule.preference or 0)
        state.certain = True

    def run(self, command: HostCommand | Misuse, origin: Origin, places: Places | None = None) -> HostEvent:
        """Run one command."""
        state = self.state
        state.made, state.gone, state.notes, state.certain = [], [], [], True
        if isinstance(command, Misuse):
            outcome = Outcome(command.status or 1, command.message, not command.unresolved)
        else:
            handler = _HANDLERS.get((command.kind, command.action))
            try:
                if "unresolved" in command.extra:
                    self._unknown_table(command)
                if handler is not None:
                    handler(self, command)
                outcome = OK if state.certain else LIKELY
            except Refusal as refusal:
                outcome = Outcome(refusal.status, refusal.message, state.complete)
        event = HostEvent(command, origin, outcome, places, tuple(state.made), tuple(state.gone), tuple(state.notes))
        self.events.append(event)
        return event

    def facts(self) -> HostFacts:
        """Addresses, routes and rules as they are now. The kernel's own (routes to the networks of addresses, rules
        that are always there) are left out where nobody gave them.
        """
        state = self.state
        own = tuple(a for listed in state.addresses.values() for a in listed if a.origin is not None)
        ways = tuple(r for listed in state.routes.values() for r in listed if r.origin and r.protocol != "kernel")
        chosen = tuple(rule for family in (4, 6) for rule in state.rules[family] if rule.origin is not None)
        links = tuple(port.frozen() for port in state.ports.values() if port.origin is not None or port.assumed)
        return HostFacts((), links, own, ways, chosen, arp=tuple(self.arp), complete=state.complete)

    def _unknown_table(self, command: HostCommand) -> None:
        """The name of a table that rt_tables defines, or not."""
        name = command.extra["unresolved"]
        if name in self.tables:
            return
        if self.state.complete:
            what = "invalid table ID" if command.kind == "rule" else '"table" value is invalid'
            raise Refusal(f'Error: argument "{name}" is wrong: {what}\n', 255)
        self.state.doubt()

    # Addresses.

    def _address(self, command: HostCommand) -> None:
        state, fact = self.state, command.subject
        if not isinstance(fact, HostAddress):
            state.port(command.extra.get("device", ""))
            raise answer(UNSUPPORTED)
        any_length = command.action == "delete" and fact.family == 4 and "no-length" in command.extra
        if any_length:
            state.notes.append(WILDCARD.format(fact.address))
        port = state.port(fact.device)
        if len(fact.label) > 15:
            raise error("Attribute failed policy validation")
        if command.action == "delete":
            addresses.delete(state, port, fact, "label" in command.stated, any_length)
        elif not (fact.family == 4 and fact.address == "0.0.0.0"):
            # An address of zeros is taken, and nothing comes of it.
            addresses.add(state, port, fact, command.action != "add")

    def _flush_addresses(self, command: HostCommand) -> None:
        state, fact = self.state, command.subject
        assert isinstance(fact, HostAddress)
        if fact.device:
            state.port(fact.device, f'Device "{fact.device}" does not exist.')
        for (device, family), listed in list(state.addresses.items()):
            if (fact.device and device != fact.device) or (fact.family and family != fact.family):
                continue
            for own in list(listed):
                if own in listed and _flushed(own, fact, command.extra):
                    addresses.remove(state, state.port(device), own)
        if not state.complete:
            state.doubt()

    # Links.

    def _set_link(self, command: HostCommand) -> None:
        state, fact = self.state, command.subject
        assert isinstance(fact, Link)
        port = state.port(fact.name)
        if fact.mtu is not None and fact.mtu < SMALLEST_MTU:
            raise error("mtu less than device minimum")
        if fact.master and fact.master not in state.ports:
            state.port(fact.master, 'Error: argument "' + fact.master + '" is wrong: Device does not exist\n', 255)
        port.origin = fact.origin or port.origin
        port.mtu = fact.mtu if fact.mtu is not None else port.mtu
        port.mac = fact.mac or port.mac
        port.arp = fact.arp if fact.arp is not None else port.arp
        port.master = "" if "nomaster" in command.extra else fact.master or port.master
        if fact.up is not None and fact.up != port.up:
            self.turn(port, fact.up)
        elif fact.up is not None:
            port.assumed = False
        state.made.append(port.frozen())
        name = command.extra.get("name")
        if name and name != port.name:
            self._rename(port, name)

    def turn(self, port: Port, up: bool) -> None:
        port.up, port.assumed = up, False
        if up:
            addresses.connect_all(self.state, port)
        else:
            addresses.disconnect(self.state, port)

    def _rename(self, port: Port, name: str) -> None:
        state = self.state
        if name in state.ports:
            raise answer(EXISTS)
        old = port.name
        state.ports = {name if known == old else known: each for known, each in state.ports.items()}
        port.name = name
        for family in (4, 6):
            for own in list(state.on(old, family)):
                state.drop(own)
                state.put(replace(own, device=name))
        for ways in state.routes.values():
            for way in ways:
                if any(hop.device == old for hop in way.hops):
                    hops = tuple(hop._replace(device=name) if hop.device == old else hop for hop in way.hops)
                    ways.exchange(way, replace(way, hops=hops))

    def _add_link(self, command: HostCommand) -> None:
        state, fact = self.state, command.subject
        assert isinstance(fact, Link)
        under = command.extra.get("link")
        if under:
            state.port(under)
        if fact.name in state.ports and not state.ports[fact.name].assumed:
            raise answer(EXISTS)
        for name in (fact.name, command.extra.get("peer", "")):
            if name:
                port = Port(name, fact.kind, bool(fact.up) and name == fact.name)
                port.mac, port.mtu, port.origin = fact.mac, fact.mtu, fact.origin
                state.ports[name] = port
                state.made.append(port.frozen())
        peer = command.extra.get("peer", "")
        # An interface without a name gets one that the kernel makes up.
        if peer and fact.name:
            state.ports[fact.name].peer, state.ports[peer].peer = peer, fact.name

    def _delete_link(self, command: HostCommand) -> None:
        state, fact = self.state, command.subject
        assert isinstance(fact, Link)
        port = state.port(fact.name)
        if port.loopback:
            raise answer(UNSUPPORTED)
        for name in (port.name, port.peer):
            gone = state.ports.get(name)
            if gone is None:
                continue
            for family in (4, 6):
                for own in list(state.on(name, family)):
                    if own in state.on(name, family):
                        addresses.remove(state, gone, own)
            addresses.disconnect(state, gone)
            for ways in state.routes.values():
                for way in [way for way in ways if way.device == name]:
                    state.take(ways, way)
            state.gone.append(gone.frozen())
            del state.ports[name]

    # Routes and rules.

    def _route(self, command: HostCommand) -> None:
        fact = command.subject
        assert isinstance(fact, Route)
        if command.action == "delete":
            routes.delete(self.state, fact)
        else:
            routes.add(self.state, fact, command.action)

    def _flush_routes(self, command: HostCommand) -> None:
        fact = command.subject
        assert isinstance(fact, Route)
        if fact.device:
            self.state.port(fact.device)
        if "cache" not in command.extra:
            routes.flush(self.state, fact, command.extra.get("how", ""), "table" in command.stated)
            if not self.state.complete:
                self.state.doubt()

    def _rule(self, command: HostCommand) -> None:
        fact = command.subject
        assert isinstance(fact, PolicyRule)
        if command.action == "add":
            rules.add(self.state, fact)
        elif command.action == "delete":
            rules.delete(self.state, fact)
        else:
            rules.flush(self.state, fact.family)

    # The older tools.

    def _ifconfig(self, command: HostCommand) -> None:
        ioctl.ifconfig(self.state, command, self.turn)

    def _old_route(self, command: HostCommand) -> None:
        fact = command.subject
        assert isinstance(fact, Route)
        ioctl.route(self.state, fact, command.action)

    def _arptables(self, command: HostCommand) -> None:
        fact = command.subject
        assert isinstance(fact, ArpRule)
        self.state.made.append(fact)
        if command.action == "flush":
            self.arp = [rule for rule in self.arp if fact.chain and rule.chain != fact.chain]
        elif command.action == "delete":
            same = [rule for rule in self.arp if (rule.chain, rule.words) == (fact.chain, fact.words)]
            if same:
                self.arp.remove(same[0])
        else:
            self.arp.append(fact)


def _flushed(own: HostAddress, wanted: HostAddress, extra: Mapping[str, str]) -> bool:
    if wanted.scope and wanted.scope not in ("all", own.scope):
        return False
    if wanted.label and not _like(own.label or own.device, wanted.label):
        return False
    if wanted.address and not (own.family == wanted.family and _inside(own, wanted)):
        return False
    return not (("secondary" in extra and not own.secondary) or ("primary" in extra and own.secondary))


def _inside(own: HostAddress, wanted: HostAddress) -> bool:
    from lvscompile.frontends.iproute.words import within

    length = wanted.prefix if wanted.prefix >= 0 else (32 if own.family == 4 else 128)
    return within(own.address, f"{wanted.address}/{length}")


def _like(label: str, pattern: str) -> bool:
    from fnmatch import fnmatchcase

    return fnmatchcase(label, pattern)


_HANDLERS: Mapping[tuple[str, str], Callable[[Replay, HostCommand], None]] = {
    **{("address", action): Replay._address for action in ("add", "delete", "replace", "change")},
    ("address", "flush"): Replay._flush_addresses,
    ("link", "set"): Replay._set_link,
    ("link", "add"): Replay._add_link,
    ("link", "delete"): Replay._delete_link,
    **{("route", action): Replay._route for action in ("add", "delete", "replace", "change", "append", "prepend")},
    ("route", "flush"): Replay._flush_routes,
    **{("rule", action): Replay._rule for action in ("add", "delete", "flush")},
    ("ifconfig", "set"): Replay._ifconfig,
    **{("old-route", action): Replay._old_route for action in ("add", "delete")},
    **{("arp", action): Replay._arptables for action in ("append", "insert", "delete", "flush", "policy", "replace")},
}
