"""Which hosts balance, and which are balanced to, as far as the inputs show it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lvscompile.ir.addresses import canonical
from lvscompile.ir.machine import Machine
from lvscompile.ir.site import DIRECTOR, REAL_SERVER, Director


def guess(director: Director, others: Sequence[Director]) -> str:
    """The role of a host of which nobody has said it: what balances is a director; what another host balances to, or
    what is set up to take packets for an address that is not its own, is a real server.
    """
    if director.vrrp or director.services or director.machine is None:
        return DIRECTOR
    machine = director.machine
    if machine.ipvs is not None and machine.ipvs.services:
        return DIRECTOR
    mine = own_addresses(director)
    if any(mine & destinations(other) for other in others if other is not director):
        return REAL_SERVER
    return REAL_SERVER if _accepts_others(machine) else DIRECTOR


def own_addresses(director: Director) -> frozenset[str]:
    """The addresses that the inputs give to a host's interfaces, but for those of the loopback network."""
    if director.machine is None:
        return frozenset()
    facts = director.machine.facts
    written = [each.address for each in facts.addresses if each.device != "lo"]
    # A route may say from which address the host speaks.
    written += [route.source for route in facts.routes if route.source]
    return frozenset(found[1] for text in written if (found := canonical(text)))


def destinations(director: Director) -> frozenset[str]:
    """The addresses of the real servers that a host balances to."""
    return frozenset(_destinations(director))


def _destinations(director: Director) -> Iterator[str]:
    written = [server.address for service in director.services for server in service.real_servers]
    written += [service.sorry_server.address for service in director.services if service.sorry_server is not None]
    if director.machine is not None and director.machine.ipvs is not None:
        written += [server.address for service in director.machine.ipvs.services for server in service.destinations]
    yield from (found[1] for address in written if (found := canonical(address)))


def _accepts_others(machine: Machine) -> bool:
    """The recipes of real servers: an address on lo or tunl0, ARP kept quiet, REDIRECT of an address."""
    facts = machine.facts
    single = any(
        each.device in ("lo", "tunl0") and each.prefix in (32, 128) and not each.address.startswith("127.")
        for each in facts.addresses
    )
    quiet = any(setting.key.endswith((".arp_ignore", ".arp_announce")) for setting in facts.sysctls)
    ruleset = machine.filter(4)
    nat = ruleset.table("nat") if ruleset else None
    chain = nat.chain("PREROUTING") if nat else None
    redirected = chain is not None and any(
        rule.readable is not None
        and rule.readable.destination is not None
        and rule.readable.target is not None
        and rule.readable.target.name == "REDIRECT"
        for rule in chain.rules
    )
    return single or quiet or redirected
