"""Routing tables as the kernel keeps them: what it refuses, and which of two routes it takes for one."""

from __future__ import annotations

from lvscompile.frontends.iproute.words import masked, within
from lvscompile.frontends.replay.addresses import is_link_local, rank
from lvscompile.frontends.replay.host_state import (
    EXISTS,
    NET_DOWN,
    NO_DEVICE,
    NO_ENTRY,
    NO_PROCESS,
    NO_WAY,
    Refusal,
    State,
    Ways,
    answer,
    error,
)
from lvscompile.frontends.replay.lookup import REFUSING, covering, lookup4
from lvscompile.ir.host import NextHop, Route
from lvscompile.ir.node import replace

_LOWEST = {"local": "host", "nat": "host", "broadcast": "link", "anycast": "link"}
METRIC6 = 1024
_REFUSALS = {"unreachable": "No route to host", "prohibit": "Permission denied"}


def _family(key: Route) -> tuple[int, int]:
    return key.tos, key.metric


def add(state: State, route: Route, action: str) -> Route | None:
    """`ip route add`, `replace`, `change`, `append`, `prepend`."""
    if route.family == 4:
        for hop in route.hops:
            if hop.device:
                state.port(hop.device)
        # The table is made before the route is looked at.
        state.tables.add((4, route.table))
    else:
        state.tables.add((6, route.table))
    checked = _checked6(state, route) if route.family == 6 else _checked4(state, route)
    routes = state.table(route.family, route.table)
    same = [own for own in routes.to(checked.destination) if _family(own) == _family(checked)]
    if route.family == 6:
        return _put6(state, routes, same, checked, action)
    if same:
        if action == "add":
            raise answer(EXISTS)
        equal = next((own for own in same if _equal(own, checked)), None)
        if action in ("replace", "change"):
            if equal is not None:
                if equal is not same[0]:
                    raise answer(EXISTS)
                return None
            routes.exchange(same[0], checked)
            state.gone.append(same[0])
            state.made.append(checked)
            return checked
        if equal is not None:
            raise answer(EXISTS)
    elif action == "change" or (action == "change" and not state.complete):
        if state.complete:
            raise answer(NO_ENTRY)
        state.doubt()
    routes.place(checked, append=action == "append")
    state.made.append(checked)
    return checked


def _equal(one: Route, other: Route) -> bool:
    """Whether the kernel would share one record for both."""
    return (one.kind, one.scope, one.hops, one.source, one.protocol) == (
        other.kind, other.scope, other.hops, other.source, other.protocol
    )  # fmt: skip


def _put6(state: State, routes: Ways, same: list[Route], route: Route, action: str) -> Route | None:
    if same and action == "add":
        raise answer(EXISTS)
    if action == "change" and not same:
        if state.complete:
            raise answer(NO_ENTRY) if route.is_default else error("Can not replace route - no match found")
        state.doubt()
    if same and action in ("replace", "change"):
        routes.exchange(same[0], route)
        state.gone.append(same[0])
        state.made.append(route)
        return route
    if same and action in ("append", "prepend"):
        if any(own.hops == route.hops for own in same):
            raise answer(EXISTS)
        first = same[0]
        if first.kind == route.kind == "unicast" and route.via and first.via:
            merged = replace(first, hops=first.hops + route.hops)
            routes.exchange(first, merged)
            state.made.append(merged)
            return merged
    routes.place(route, append=True)
    state.made.append(route)
    return route


# What the kernel checks before it looks into the table.


def _checked4(state: State, route: Route) -> Route:
    address, _, length = route.destination.rpartition("/")
    if masked(address, int(length)) != address:
        raise error("Invalid prefix for given prefix length")
    if rank(route.scope) < rank(_LOWEST.get(route.kind, "global")):
        raise error("Invalid scope")
    if route.kind in REFUSING:
        if route.hops:
            raise error("Gateway, device and multipath can not be specified for this route type")
    elif route.scope == "host":
        route = _host_scope(state, route)
    else:
        hops = route.hops or (NextHop("", ""),)
        route = replace(route, hops=tuple(_hop4(state, route, hop) for hop in hops))
    if route.source and route.kind not in REFUSING and not state.is_local(4, route.source):
        own = route.kind == "local" and route.destination == f"{route.source}/32"
        if not own and state.complete:
            raise error("Invalid prefsrc address")
        state.doubt()
    return route


def _host_scope(state: State, route: Route) -> Route:
    if len(route.hops) > 1:
        raise error("Route with host scope can not have multiple nexthops")
    if route.via:
        raise error("Route with host scope can not have a gateway")
    if not route.device:
        raise answer(NO_DEVICE)
    state.port(route.device)
    return route


def _hop4(state: State, route: Route, hop: NextHop) -> NextHop:
    port = state.port(hop.device) if hop.device else None
    if not hop.via:
        if hop.onlink:
            raise error("Invalid flags for nexthop - PERVASIVE and ONLINK can not be set")
        if port is None:
            raise answer(NO_DEVICE)
        if not port.up:
            raise error("Device for nexthop is not up", NET_DOWN)
        return hop
    if hop.onlink:
        return _onlink(state, route, hop)
    found = lookup4(state, hop.via, hop.device, max(rank(route.scope) + 1, rank("link")), route.table)
    if found is None:
        if state.complete:
            raise error("Nexthop has invalid gateway", "Network is unreachable")
        state.doubt()
        return hop
    device, kind = found
    if kind not in ("unicast", "local"):
        raise error("Nexthop has invalid gateway", _REFUSALS.get(kind, "Invalid argument"))
    way = state.ports.get(device)
    if way is not None and not way.up:
        raise answer(NET_DOWN)
    return hop._replace(device=hop.device or device)


def _onlink(state: State, route: Route, hop: NextHop) -> NextHop:
    if rank(route.scope) >= rank("link"):
        raise error("Nexthop has invalid scope")
    if not hop.device:
        raise error("Nexthop device required for onlink")
    if not state.port(hop.device).up:
        raise error("Nexthop device is not up", NET_DOWN)
    if state.is_local(4, hop.via):
        raise error("Nexthop has invalid gateway")
    return hop


def _checked6(state: State, route: Route) -> Route:
    address, _, length = route.destination.rpartition("/")
    route = replace(
        route, destination=f"{masked(address, int(length))}/{length}", metric=route.metric or METRIC6, scope="global"
    )
    if route.kind in REFUSING or (route.kind == "local" and route.device in ("", "lo")):
        hops = (NextHop("", "lo"),)
        return replace(route, hops=hops)
    if not route.hops:
        raise answer(NO_DEVICE)
    return replace(route, hops=tuple(_hop6(state, hop) for hop in route.hops))


def _hop6(state: State, hop: NextHop) -> NextHop:
    port = state.port(hop.device) if hop.device else None
    if port is not None and not port.up:
        raise error("Nexthop device is not up", NET_DOWN)
    if not hop.via:
        if port is None:
            raise answer(NO_DEVICE)
        return hop
    if hop.onlink:
        return hop
    if state.is_local(6, hop.via) and (port is None or any(a.address == hop.via for a in state.on(port.name, 6))):
        raise error("Gateway can not be a local address")
    if is_link_local(hop.via):
        if port is None:
            raise error("Egress device not specified")
        return hop
    best = next(
        (
            own
            for own in covering(state.table(6, "main"), hop.via, 128)
            if own.kind not in REFUSING and (port is None or own.device == port.name)
        ),
        None,
    )
    if best is None or best.via:
        if state.complete:
            raise answer(NO_WAY)
        state.doubt()
        return hop
    return hop._replace(device=hop.device or best.device)


# Deleting.


def delete(state: State, route: Route) -> None:
    """`ip route del`: the first route that agrees with all that is said."""
    routes = state.table(route.family, route.table)
    for hop in route.hops:
        if hop.device:
            state.port(hop.device)
    network, _, length = route.destination.rpartition("/")
    if masked(network, int(length)) != network:
        if route.family == 4:
            raise error("Invalid prefix for given prefix length")
        route = replace(route, destination=f"{masked(network, int(length))}/{length}")
    if (route.family, route.table) not in state.tables and state.complete:
        raise error("FIB table does not exist")
    for own in routes.to(route.destination):
        if matches(own, route):
            state.take(routes, own)
            return
    if state.complete:
        raise answer(NO_PROCESS)
    state.doubt()
    state.gone.append(route)


def matches(own: Route, wanted: Route) -> bool:
    """Whether a route is one of those that a deletion names."""
    if own.destination != wanted.destination or own.tos != wanted.tos:
        return False
    if wanted.kind and own.kind != wanted.kind:
        return False
    if own.family == 4 and wanted.scope and own.scope != wanted.scope:
        return False
    if (wanted.source and own.source != wanted.source) or (wanted.protocol and own.protocol != wanted.protocol):
        return False
    if wanted.metric and own.metric != wanted.metric:
        return False
    if len(wanted.hops) > 1:
        return own.hops == wanted.hops
    if wanted.hops:
        hop = wanted.hops[0]
        first = own.hops[0] if own.hops else NextHop("", "")
        return (not hop.device or hop.device == first.device) and (not hop.via or hop.via == first.via)
    return True


def flush(state: State, wanted: Route, how: str, table_given: bool) -> None:
    """`ip route flush`: all routes of a table, or those that the words choose."""
    names = [wanted.table]
    if wanted.table == "all":
        names = [name for family, name in state.routes if family == wanted.family]
    elif (wanted.family, wanted.table) not in state.tables:
        if state.complete:
            word = "ipv4" if wanted.family == 4 else "ipv6"
            raise Refusal(f"Error: {word}: FIB table does not exist.\nFlush terminated")
        state.doubt()
    for name in names:
        routes = state.table(wanted.family, name)
        for own in list(routes):
            if _chosen(own, wanted, how):
                state.take(routes, own)


def _chosen(own: Route, wanted: Route, how: str) -> bool:
    network, _, length = wanted.destination.rpartition("/")
    address = own.destination.rpartition("/")[0]
    if how == "exact" and own.destination != wanted.destination:
        return False
    if how == "root" and not (own.prefix >= int(length) and within(address, wanted.destination)):
        return False
    if how == "match" and not (own.prefix <= int(length) and within(network, own.destination)):
        return False
    if wanted.hops:
        hop = wanted.hops[0]
        if not any((not hop.device or hop.device == h.device) and (not hop.via or hop.via == h.via) for h in own.hops):
            return False
    if wanted.metric and own.metric != wanted.metric:
        return False
    return (
        (not wanted.protocol or own.protocol == wanted.protocol)
        and (not wanted.scope or own.scope == wanted.scope)
        and (not wanted.kind or own.kind == wanted.kind)
        and (not wanted.source or own.source == wanted.source)
    )
