"""Which way the kernel finds to an address: through the rules, the host's own addresses, and the tables."""

from __future__ import annotations

from collections.abc import Iterator

from lvscompile.frontends.iproute.words import broadcast_of, masked, within
from lvscompile.frontends.replay.addresses import rank
from lvscompile.frontends.replay.host_state import State, Ways
from lvscompile.ir.host import PolicyRule, Route

REFUSING = frozenset(("blackhole", "unreachable", "prohibit", "throw"))


def lookup4(state: State, address: str, device: str, scope: int, table: str = "main") -> tuple[str, str] | None:
    """Interface and kind of the way to a gateway: through the routes of this scope or a narrower one."""
    if table not in ("main", ""):
        found = _in_table(state, table, address, device, scope)
        if found is not None and found[1] not in REFUSING:
            return found
    for rule in state.rules[4]:
        if not _meets(rule, address, device):
            continue
        if rule.action != "lookup":
            if rule.action in REFUSING:
                # A rule that refuses leaves no way; a route that does so says how.
                return None if rule.action == "unreachable" else ("", rule.action)
            continue
        found = _in_table(state, rule.table, address, device, scope)
        if found is not None and found[1] != "throw":
            return found
    return None


def _meets(rule: PolicyRule, address: str, device: str) -> bool:
    hit = not (
        rule.source
        or (rule.destination and not within(address, rule.destination))
        or (rule.iif and rule.iif != "lo")
        or (rule.oif and rule.oif != device)
        or (rule.mark is not None and rule.mark != 0)
        or rule.tos
        or rule.others
    )
    return hit != rule.negated


def _in_table(state: State, table: str, address: str, device: str, scope: int) -> tuple[str, str] | None:
    if table == "local":
        local = _local(state, address, device, scope)
        if local is not None:
            return local
    for route in covering(state.table(4, table), address, 32):
        if rank(route.scope) < scope:
            continue
        if device and route.hops and all(hop.device != device for hop in route.hops):
            continue
        hop = next((hop for hop in route.hops if not device or hop.device == device), None)
        return (hop.device if hop else "", route.kind)
    return None


def covering(routes: Ways, address: str, bits: int) -> Iterator[Route]:
    """The routes to networks that an address lies in, the narrowest first."""
    for length in range(bits, -1, -1):
        yield from routes.to(f"{masked(address, length)}/{length}")


def own_kind(state: State, address: str) -> str:
    """What the address is to the host: local, broadcast, or "" for neither."""
    found = _local(state, address, "")
    return found[1] if found else ""


def _local(state: State, address: str, device: str, scope: int = 0) -> tuple[str, str] | None:
    """The host's own addresses and the broadcast addresses of its networks: the kernel's local table. The oldest of
    several counts; a whole network of the loopback interface comes behind single addresses.
    """
    same = [own for own in state.owned.get(address, ()) if not device or own.device == device]
    if same:
        return min(same, key=lambda own: state.births.get((own.device, own.address), 0)).device, "local"
    networks = (f"{masked(address, length)}/{length}" for length in range(32, -1, -1))
    around = [own for network in networks for own in state.networks.get(network, ())]
    mine = [own for own in around if not device or own.device == device]
    if scope <= rank("link"):
        last = [own for own in mine if own.prefix < 31 and broadcast_of(address, own.prefix) == address]
        for own in (*last, *(own for own in state.broadcasts.get(address, ()) if not device or own.device == device)):
            port = state.ports.get(own.device)
            if port is not None and port.up and not own.secondary:
                return own.device, "broadcast"
    if any(own.device == "lo" for own in mine):
        return "lo", "local"
    return None
