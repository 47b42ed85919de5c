"""Addresses of interfaces as the kernel keeps them: primary and secondary, and the routes that come with them."""

from __future__ import annotations

from lvscompile.frontends.iproute.words import broadcast_of, decimal, masked, within
from lvscompile.frontends.replay.host_state import (
    EXISTS,
    INVALID,
    NO_ADDRESS,
    Port,
    State,
    Ways,
    answer,
    network_of,
)
from lvscompile.ir.host import HostAddress, NextHop, Route
from lvscompile.ir.node import replace

_SCOPES = {"global": 0, "site": 200, "link": 253, "host": 254, "nowhere": 255}


def rank(scope: str) -> int:
    # A name out of the host's own rt_scopes is as good as global.
    return _SCOPES[scope] if scope in _SCOPES else decimal(scope, 255) or 0


# Adding.


def add(state: State, port: Port, fact: HostAddress, replacing: bool = False) -> HostAddress | None:
    """Put an address on an interface. With `replacing`, one that is there already is left as it is."""
    if fact.family == 6:
        return _add6(state, port, fact, replacing)
    same = [own for own in state.networks.get(network_of(fact), ()) if own.device == port.name]
    if any(own.address == fact.address for own in same):
        if replacing:
            return None
        raise answer(EXISTS)
    after = _insert(state, port, fact, same)
    state.births[port.name, fact.address] = len(state.births) + 1
    state.made.append(after)
    _connect(state, port, after)
    return after


def _insert(state: State, port: Port, fact: HostAddress, same: list[HostAddress]) -> HostAddress:
    if any(rank(own.scope) != rank(fact.scope) for own in same):
        raise answer(INVALID)
    after = replace(fact, secondary=bool(same))
    state.put(after, None if same else _behind_primaries(state.on(port.name, 4), rank(fact.scope)))
    return after


def _behind_primaries(addresses: list[HostAddress], scope: int) -> int:
    """The place behind the last primary address of this scope or a narrower one."""
    for index in range(len(addresses), 0, -1):
        own = addresses[index - 1]
        if not own.secondary and scope <= rank(own.scope):
            return index
    return 0


def _add6(state: State, port: Port, fact: HostAddress, replacing: bool) -> HostAddress | None:
    addresses = state.on(port.name, 6)
    if fact.address.startswith("ff"):
        raise answer(INVALID)
    if fact.address == "::1" and not port.loopback:
        raise answer(NO_ADDRESS)
    if any(own.device == port.name for own in state.owned.get(fact.address, ())):
        if replacing:
            return None
        raise answer(EXISTS)
    # The kernel lists the newest first, those of wider scope behind.
    at = next((i for i, own in enumerate(addresses) if rank6(own.address) <= rank6(fact.address)), len(addresses))
    after = replace(fact, scope="link" if is_link_local(fact.address) else "global")
    state.put(after, at)
    state.made.append(after)
    if port.up and not port.loopback:
        _connected6(state, port, after)
    return after


def is_link_local(address: str) -> bool:
    return address[:3] in ("fe8", "fe9", "fea", "feb")


def rank6(address: str) -> int:
    return 1 if is_link_local(address) else 2


def _connect(state: State, port: Port, fact: HostAddress) -> None:
    """The route to the network that an address brings."""
    if not port.up or fact.secondary or port.loopback:
        return
    network = network_of(fact)
    if network.startswith("0.") or network == f"{fact.address}/32":
        return
    _install(
        state,
        Route(4, "unicast", network, (NextHop("", port.name),), "main", fact.address, "link", 0, "kernel",
              origin=fact.origin),
    )  # fmt: skip


def _connected6(state: State, port: Port, fact: HostAddress) -> None:
    network = f"{masked(fact.address, fact.prefix)}/{fact.prefix}"
    route = Route(6, "unicast", network, (NextHop("", port.name),), "main", "", "global", 256, "kernel",
                  origin=fact.origin)  # fmt: skip
    routes = state.table(6, "main")
    if not any(r.metric == 256 and r.device == port.name for r in routes.to(network)):
        _install(state, route)


def _install(state: State, route: Route) -> None:
    """The kernel's own routes go behind those of one destination and metric."""
    routes = state.table(route.family, route.table)
    if not any(_alike(own, route) for own in routes.to(route.destination)):
        routes.place(route, append=True)


def _alike(one: Route, other: Route) -> bool:
    return (
        one.metric == other.metric
        and one.hops == other.hops
        and one.source == other.source
        and one.protocol == other.protocol
        and one.scope == other.scope
        and one.kind == other.kind
    )


# Deleting.


def delete(state: State, port: Port, fact: HostAddress, labelled: bool, any_length: bool) -> None:
    """Take an address away. IPv4: without a length, of any network; a label must be that of the address."""
    for own in state.on(port.name, fact.family) if fact.address in state.owned else ():
        if own.address != fact.address:
            continue
        if fact.family == 6:
            hit = own.prefix == fact.prefix
        else:
            wanted = fact.peer or fact.address
            hit = (not labelled or (own.label or own.device) == fact.label) and (
                any_length or (own.prefix == fact.prefix and within(wanted, network_of(own)))
            )
        if hit:
            remove(state, port, own)
            return
    if state.complete:
        raise answer(NO_ADDRESS)
    state.doubt()
    state.gone.append(fact)


def remove(state: State, port: Port, own: HostAddress) -> None:
    """Take this address away, with what hangs on it: secondary addresses of its network, routes from it."""
    addresses = state.on(port.name, own.family)
    if own.family == 6:
        state.drop(own)
        state.gone.append(own)
        _forget6(state, port, own)
        return
    heirs: list[HostAddress] = []
    if not own.secondary:
        same = [other for other in state.networks[network_of(own)] if other.device == port.name and other.secondary]
        heirs = [other for other in addresses if other in same] if same else []
    promoted: HostAddress | None = None
    if heirs and state.promotes & {port.name, "all"}:
        promoted = heirs[0]
    elif heirs:
        for heir in heirs:
            _unlist(state, port, heir)
    if promoted is None:
        _unlist(state, port, own)
        return
    # The first secondary takes the place behind the last primary address of its scope.
    state.drop(own)
    state.gone.append(own)
    state.drop(promoted)
    after = replace(promoted, secondary=False)
    state.put(after, _behind_primaries(addresses, rank(own.scope)))
    _forget(state, port, own)
    _connect(state, port, after)


def _unlist(state: State, port: Port, own: HostAddress) -> None:
    state.drop(own)
    state.gone.append(own)
    _forget(state, port, own)


def _forget(state: State, port: Port, own: HostAddress) -> None:
    """Routes that go with an address: to its network, and all those that give it as their source. Without any address
    left the interface loses all its routes.
    """
    left = state.on(port.name, 4)
    if not own.secondary:
        network = network_of(own)
        for route in list(state.table(4, "main").to(network)):
            if route.protocol == "kernel" and route.device == port.name and route.source == own.address:
                state.take(state.table(4, "main"), route)
    if own.address not in state.owned:
        for (family, name), routes in list(state.routes.items()):
            for route in list(routes):
                if family == 4 and route.source == own.address:
                    state.take(state.table(4, name), route)
    if not left:
        for (family, _), routes in list(state.routes.items()):
            for route in list(routes):
                if family == 4 and any(hop.device == port.name for hop in route.hops):
                    _lose_hop(state, routes, route, port.name)


def _lose_hop(state: State, routes: Ways, route: Route, device: str) -> None:
    """A route dies when all its ways are dead."""
    if all(hop.device == device for hop in route.hops):
        state.take(routes, route)


def _forget6(state: State, port: Port, own: HostAddress) -> None:
    network = f"{masked(own.address, own.prefix)}/{own.prefix}"
    if any(other.device == port.name for other in state.networks.get(network, ())):
        return
    routes = state.table(6, "main")
    for route in list(routes.to(network)):
        if route.protocol == "kernel" and route.device == port.name:
            state.take(routes, route)
    for (family, _), each in list(state.routes.items()):
        for route in list(each):
            if family == 6 and route.source == own.address:
                state.take(each, route)


# Up and down.


def connect_all(state: State, port: Port) -> None:
    """An interface comes up: the routes to its networks come back; those that were added by hand do not."""
    for own in list(state.on(port.name, 4)):
        _connect(state, port, own)
    for own in list(state.on(port.name, 6)):
        if not port.loopback:
            _connected6(state, port, own)


def disconnect(state: State, port: Port) -> None:
    """An interface goes down: its routes go, but for local ones; IPv4 addresses stay, those of IPv6 do not."""
    for (family, _), routes in list(state.routes.items()):
        for route in list(routes):
            if family == 4 and route.scope == "host":
                continue
            if any(hop.device == port.name for hop in route.hops):
                _lose_hop(state, routes, route, port.name)
    for own in list(state.on(port.name, 6)):
        state.drop(own)
        state.gone.append(own)


def class_length(address: str) -> int:
    """The length of an address's network before there were netmasks; -1 where it has none."""
    first = int(address.partition(".")[0])
    if address == "0.0.0.0":
        return 0
    for limit, length in ((128, 8), (192, 16), (224, 24)):
        if first < limit:
            return length
    return -1 if first < 240 else 32


def directed_broadcast(address: str, prefix: int) -> str:
    return broadcast_of(address, prefix) if prefix < 31 else ""
