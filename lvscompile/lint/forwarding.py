"""Whether a director forwards the answers of the servers that it masquerades."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import NamedTuple

from lvscompile.ir.farm import on_network
from lvscompile.ir.host import Sysctl
from lvscompile.ir.host_settings import SWITCH, forwards_ipv4, number, own, plain
from lvscompile.ir.ipvs import Destination, Service
from lvscompile.ir.machine import Machine
from lvscompile.ir.path.routing import UNICAST, Query
from lvscompile.ir.site import Director
from lvscompile.lint.attached import addresses, box, destinations
from lvscompile.lint.engine import Context

KEYS = {4: "net.ipv4.ip_forward", 6: "net.ipv6.conf.all.forwarding"}
# What decides whether a director forwards the servers' answers.
ON, OFF, INTERFACE, NEVER, UNKNOWN = "on", "off", "interface", "never", "unknown"
_FORWARDING = re.compile(r"net\.ipv4\.conf\.([^.]+)\.forwarding")


class Forwarding(NamedTuple):
    """Whether answers are forwarded that come in by one interface ("" where it is not known): one of the words above,
    and the setting that decides. `service` is one that hangs on it.
    """

    family: int
    state: str
    because: Sysctl | None
    device: str
    service: Service

    @property
    def key(self) -> str:
        return KEYS[self.family]


@lru_cache(maxsize=64)
def forwardings(ctx: Context, director: Director) -> tuple[Forwarding, ...]:
    """For each interface by which a director masquerades, whether it forwards."""
    machine = director.machine
    servers: dict[str, tuple[Service, Destination]] = {}
    for service, each in destinations(ctx, director, "NAT"):
        servers.setdefault(each.address, (service, each))
    found: dict[tuple[int, str], Forwarding] = {}
    for service, each in servers.values():
        device = on_network(addresses(director), each.address) or _routed(director, each)
        if machine is not None and (each.family, device) not in found:
            state, because = _state(machine, each.family, device)
            found[each.family, device] = Forwarding(each.family, state, because, device, service)
    return tuple(found.values())


def _routed(director: Director, server: Destination) -> str:
    """The interface by which a server in none of the director's networks is reached, "" where that is not known."""
    way = box(director).routing(server.family).lookup(Query(server.address, foreign=True))
    return way.device if way.kind == UNICAST and way.certain else ""


def _state(machine: Machine, family: int, device: str) -> tuple[str, Sysctl | None]:
    sysctls = machine.facts.sysctls
    switch = plain(sysctls, KEYS[family])
    decided = forwards_ipv4(sysctls, device) if family == 4 and device else switch
    because = decided.because[0] if decided.because else None
    if "sysctls" not in machine.told:
        return UNKNOWN, None
    if decided.value:
        return ON, because
    if because is not None and because.key not in KEYS.values() and because.key not in SWITCH:
        return INTERFACE, because
    if _by_pattern(sysctls, family) or (family == 4 and not device and _some_interface(sysctls)):
        return UNKNOWN, None
    return (OFF, because) if because is not None else (NEVER, None)


def _by_pattern(sysctls: Sequence[Sysctl], family: int) -> bool:
    """Whether forwarding may be on by a setting that is written with a pattern."""
    return any("*" in each.key and number(each) and fnmatchcase(KEYS[family], each.key) for each in sysctls)


def _some_interface(sysctls: Sequence[Sysctl]) -> bool:
    """Whether some interface forwards by a setting of its own."""
    names = {match[1] for each in sysctls if (match := _FORWARDING.fullmatch(each.key))} - {"all"}
    return any(own(sysctls, name.replace("/", "."), "forwarding").value or name == "default" for name in names)


def is_notified(director: Director) -> bool:
    """Whether keepalived runs scripts when it becomes master, which may switch forwarding on."""
    blocks = (*director.blocks, *director.vrrp, *director.sync_groups)
    return any(setting.keyword.name.startswith("notify") for block in blocks for setting in block.settings)


def first(ctx: Context, director: Director, *states: str) -> Iterator[Forwarding]:
    """One of each family that is in one of these states."""
    found: set[int] = set()
    for each in forwardings(ctx, director):
        if each.state in states and each.family not in found:
            found.add(each.family)
            yield each


def same_switch(key: str, other: str) -> bool:
    return key == other or (key in SWITCH and other in SWITCH)
