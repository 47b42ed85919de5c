"""A host's services as one IPVS table, and what a table cannot say of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lvscompile.ir.core import Loss, Setting, Stated
from lvscompile.ir.ipvs import Service, Table
from lvscompile.ir.site import Director

_TIMEOUTS = ("tcp", "tcpfin", "udp")


def table(director: Director, services: Sequence[Service]) -> Table:
    """The services with the timeouts that keepalived, or another input, sets."""
    given = director.machine.ipvs if director.machine is not None else None
    stated = director.global_setting("lvs_timeouts")
    tcp, fin, udp = _timeouts(stated) if stated is not None else (None, None, None)
    if given is None:
        return Table(tuple(services), tcp, fin, udp)
    return Table(
        tuple(services), tcp or given.tcp, fin or given.tcp_fin, udp or given.udp, given.daemons, given.complete
    )


def _timeouts(setting: Setting) -> Iterator[Stated[int] | None]:
    """`lvs_timeouts tcp 900 udp 300`; 0 leaves a timeout as it is."""
    words = setting.words
    for name in _TIMEOUTS:
        at = words.index(name) + 1 if name in words[1:-1] else 0
        yield Stated(int(words[at]), setting.origin, at) if at and int(words[at]) else None


def unsaid(director: Director, given: Table) -> Iterator[Loss]:
    """What the host does besides."""
    checked = [server for service in director.services for server in service.real_servers if server.checks]
    if checked:
        yield Loss("checks", checked[0].checks[0].origin, str(len(checked)))
    for instance in director.vrrp:
        if instance.valid:
            yield Loss("failover", instance.origin, instance.name)
    for service in director.services:
        if service.sorry_server is not None:
            yield Loss("sorry-server", service.sorry_server.origin, service.title)
    for each in given.services:
        if not each.known:
            yield Loss("half-known", each.origin, each.title)
    if given.services and not given.complete:
        yield Loss("begins-late", given.services[0].origin, "")
