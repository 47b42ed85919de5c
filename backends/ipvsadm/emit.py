"""The table as input of `ipvsadm -R`, for a version of ipvsadm."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from lvscompile.ir.addresses import network
from lvscompile.ir.core import Loss
from lvscompile.ir.ipvs import IPIP, Daemon, Destination, Service, ServiceSpec, Table

Version = tuple[int, int]
NEWEST: Version = (1, 31)

# The first ipvsadm that can say it.
IPV6: Version = (1, 25)
ENGINES: Version = (1, 26)
FLAGS: Version = (1, 27)
MIXED: Version = (1, 28)
DAEMON_OPTIONS: Version = (1, 29)
MAGLEV_FLAGS: Version = (1, 30)
TUNNELS: Version = (1, 31)

SERVICES = {"TCP": "-t", "UDP": "-u", "SCTP": "--sctp-service"}
METHODS = {"NAT": "-m", "DR": "-g", "LOCAL": "-g", "TUN": "-i"}
# The kernel's own values, which need not be said.
GROUP, PORT, TTL = "224.0.0.81", 8848, 1
MAXLEN = "1472"  # what older kernels use


class Emitted(NamedTuple):
    """The text, and what it could not say."""

    text: str
    losses: tuple[Loss, ...]


def emit(table: Table, version: Version = NEWEST) -> Emitted:
    """The commands that make an empty table this one: services by mark or address, each with its destinations.

    Options stand only where they are not the default, but for scheduler, method and weight. A service or destination
    that this version of ipvsadm cannot name is left out, and told as a loss.
    """
    losses: list[Loss] = []
    lines: list[str] = []
    for service in sorted(table.services, key=_service_order):
        if service.family == 6 and version < IPV6:
            losses.append(Loss("newer", service.origin, "1.25"))
        elif service.protocol == "SCTP" and version < FLAGS:
            losses.append(Loss("newer", service.origin, "1.27"))
        else:
            lines.append(" ".join(("-A", *_service(service, version, losses))))
            for destination in sorted(service.destinations, key=_destination_order):
                lines.extend(_destination(service, destination, version, losses))
    timeouts = [0 if timeout is None else timeout.value for timeout in (table.tcp, table.tcp_fin, table.udp)]
    if any(timeouts):
        lines.append("--set {} {} {}".format(*timeouts))
    lines.extend(" ".join(_daemon(daemon, version, losses)) for daemon in table.daemons)
    return Emitted("".join(f"{line}\n" for line in lines), tuple(losses))


def service_words(service: ServiceSpec) -> tuple[str, ...]:
    """The options that name a service."""
    if service.protocol == "FWM":
        return "-f", str(service.fwmark), *(("-6",) if service.family == 6 else ())
    return SERVICES[service.protocol], service.title


def _service_order(service: Service) -> tuple[object, ...]:
    address = network(service.address, 128) if service.address else b""
    return service.fwmark, service.family, service.protocol, address, service.port


def _destination_order(destination: Destination) -> tuple[object, ...]:
    return destination.family, network(destination.address, 128), destination.port


def _service(service: Service, version: Version, losses: list[Loss]) -> Iterator[str]:
    yield from service_words(service)
    # Where a log says only that the service was there, nobody knows its scheduler.
    if service.scheduler:
        yield from ("-s", service.scheduler)
    if service.persistence is not None:
        yield from ("-p", str(service.persistence))
    if service.netmask:
        yield from ("-M", service.netmask)
    if service.engine and _can(version, ENGINES, service, losses):
        yield from ("--pe", service.engine)
    if service.one_packet and _can(version, ENGINES, service, losses):
        yield "-o"
    names = (*service.flag_names, *_unnamed(service))
    needed = MAGLEV_FLAGS if service.scheduler == "mh" else FLAGS
    if names and _can(version, needed, service, losses):
        yield from ("-b", ",".join(names))


def _unnamed(service: Service) -> tuple[str, ...]:
    """The third flag means nothing to schedulers that name the other two, but it can be set."""
    return ("flag-3",) if service.flags & 4 and "flag-3" not in service.flag_names else ()


def _destination(service: Service, destination: Destination, version: Version, losses: list[Loss]) -> Iterator[str]:
    if destination.family != service.family and not _can(version, MIXED, destination, losses):
        return
    if destination.tunnel != IPIP and not _can(version, TUNNELS, destination, losses):
        return
    words = ["-a", *service_words(service), "-r", destination.title, METHODS[destination.method]]
    words += ["-w", str(destination.weight)]
    if destination.upper:
        words += ["-x", str(destination.upper)]
    if destination.lower:
        words += ["-y", str(destination.lower)]
    kind, port, checksum = destination.tunnel
    if kind != "ipip":
        words += ["--tun-type", kind, *(("--tun-port", str(port)) if kind == "gue" else ())]
        words += [] if checksum == "nocsum" else [f"--tun-{checksum}"]
    yield " ".join(words)


def _daemon(daemon: Daemon, version: Version, losses: list[Loss]) -> Iterator[str]:
    yield from ("--start-daemon", daemon.role)
    if daemon.interface:
        yield from ("--mcast-interface", daemon.interface)
    if daemon.syncid and version >= IPV6:  # 1.24 refuses it here
        yield from ("--syncid", str(daemon.syncid))
    options = (
        ("--sync-maxlen", daemon.maxlen, 0),
        ("--mcast-group", daemon.group, GROUP),
        ("--mcast-port", daemon.port, PORT),
        ("--mcast-ttl", daemon.ttl, TTL),
    )
    said = [(name, str(value)) for name, value, default in options if value and value != default]
    if version >= DAEMON_OPTIONS:
        yield from (word for pair in said for word in pair)
    elif daemon.origin is not None and said not in ([], [("--sync-maxlen", MAXLEN)]):
        losses.append(Loss("newer", daemon.origin, "1.29"))


def _can(version: Version, needed: Version, thing: Service | Destination, losses: list[Loss]) -> bool:
    if version >= needed:
        return True
    losses.append(Loss("newer", thing.origin, "{}.{}".format(*needed)))
    return False
