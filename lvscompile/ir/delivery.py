"""Whether a host takes packets for an address that none of its interfaces has: local routes in tables of their own."""

from __future__ import annotations

from lvscompile.ir.addresses import canonical, network
from lvscompile.ir.machine import Machine


def delivers(machine: Machine | None, address: str) -> bool:
    """Whether a policy rule leads to a table that delivers the address locally, or a local route does by itself."""
    if machine is None:
        return False
    facts = machine.facts
    looked_up = {rule.table for rule in facts.rules if rule.action == "lookup"} | {"local", "main", "default"}
    found = canonical(address)
    return found is not None and any(
        route.kind == "local"
        and route.family == found[0]
        and route.table in looked_up
        and network(found[1], route.prefix) == network(route.destination.partition("/")[0], route.prefix)
        for route in facts.routes
    )
