"""5xx: what a set-up needs from its host, where nothing is told of the host."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from lvscompile.ir.node import replace
from lvscompile.ir.site import Director
from lvscompile.lint.engine import Context, Emit, Host, Place
from lvscompile.lint.registry import rule

if TYPE_CHECKING:
    from lvscompile.ir.ipvs import Service
    from lvscompile.ir.machine import Machine

_ENOUGH = 100
_TELLING = frozenset(("sysctls", "filter4", "filter6"))


@rule("LVS500", "host-facts-wanted", "info", Host)
def host_facts_wanted(host: Host, ctx: Context, emit: Emit) -> None:
    """No input tells of the host's kernel settings and packet filter: what the set-up needs of them."""
    director = host.director
    if director.machine is not None and _is_whole(director.machine):
        return
    needs = list(_needs(director, ctx))
    if needs:
        emit(
            _first_place(director, ctx),
            "no input tells of this host's kernel settings or packet filter, which lvscompile would check. This set-up "
            f"needs: {'; '.join(needs)}",
            help="run `lvscompile facts > facts.json` on the host and give that file too, or give the host's directory",
        )


def _is_whole(machine: Machine) -> bool:
    """Whether the host's own files are given, or something that tells of its settings or filter."""
    boots = any(given.persistent and given.kind not in ("keepalived", "ipvsadm") for given in machine.givens)
    return boots or bool(machine.told & _TELLING)


def _first_place(director: Director, ctx: Context) -> Place:
    blocks = [block.origin for block in (*director.vrrp, *director.services)]
    return min(blocks or [service.origin for service in ctx.services(director)], key=lambda origin: origin.start), 0


def _needs(director: Director, ctx: Context) -> Iterator[str]:
    """What must be so on the host, a few words for each."""
    services = _services(director, ctx)
    yield from _of_masquerading(services)
    yield from _of_real_servers(services)
    marks = sorted({service.fwmark for service in services if service.protocol == "FWM"})
    if marks:
        yield f"mangle PREROUTING that marks packets with {_some([str(mark) for mark in marks])}"
    ports = [f"{each.protocol} {each.title}" for each in services if each.protocol != "FWM"]
    if ports:
        yield f"INPUT that accepts {_some(ports, len(director.services) - _ENOUGH)}"
    yield from _of_vrrp(director, ctx)


def _services(director: Director, ctx: Context) -> Sequence[Service]:
    """What the host balances; of a set-up with thousands of services the first ones, which need what all need."""
    if len(director.services) <= _ENOUGH:
        return ctx.services(director)
    from lvscompile.ir.programmed import services

    return services(replace(director, services=director.services[:_ENOUGH]), ctx.newest())


def _of_masquerading(services: Iterable[Service]) -> Iterator[str]:
    families = {
        service.family
        for service in services
        for server in service.destinations
        if server.method == "NAT" and not server.address.startswith("127.")
    }
    keys = {4: "net.ipv4.ip_forward", 6: "net.ipv6.conf.all.forwarding"}
    for family in sorted(families):
        yield f"`{keys[family]} = 1`, and FORWARD that lets the servers' replies through (masquerading)"


def _of_real_servers(services: Iterable[Service]) -> Iterator[str]:
    methods = {server.method for service in services for server in service.destinations}
    if "DR" in methods:
        yield (
            "on the real servers the virtual address on lo with `arp_ignore = 1` and `arp_announce = 2`, or a REDIRECT of "
            "it, and `rp_filter` 0 or 2 if replies leave by another interface (direct routing)"
        )
    if "TUN" in methods:
        yield (
            "on the real servers a tunnel interface with the virtual address, `arp_ignore = 1` and `arp_announce = 2`, and "
            "`rp_filter` 0 or 2 on it (tunneling)"
        )


def _of_vrrp(director: Director, ctx: Context) -> Iterator[str]:
    protocols: dict[str, list[str]] = {}
    for instance in director.vrrp:
        if not instance.valid:
            continue
        params = ctx.params(director, instance, ctx.newest())
        protocol = "protocol 51 (AH)" if params.auth[0] == "AH" else "protocol 112 (VRRP)"
        name = instance.interface.value if instance.interface is not None else "its interface"
        names = protocols.setdefault(protocol, [])
        if name not in names:
            names.append(name)
    for protocol, names in protocols.items():
        yield f"INPUT that accepts {protocol} on {_some(names)}"


def _some(names: list[str], unseen: int = 0) -> str:
    """A few names, and how many there are beside; `unseen` were not looked at."""
    left = len(names) - 3 + max(unseen, 0)
    more = f" and {left} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more
