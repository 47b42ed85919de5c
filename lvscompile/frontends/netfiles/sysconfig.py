"""/etc/sysconfig of the Red Hat family: network, network-scripts/ifcfg-*, route-*, rule-*; and keepalived's options."""

from __future__ import annotations

import re

from lvscompile.frontends.iproute import ip
from lvscompile.frontends.iproute.listings import lines
from lvscompile.frontends.iproute.words import address, decimal, mask_length, prefix
from lvscompile.frontends.netfiles.reading import Assignment, Reading, assignments, count, kept
from lvscompile.frontends.replay.addresses import class_length
from lvscompile.ir.host import (
    HostAddress,
    HostCommand,
    HostFacts,
    KeepalivedOptions,
    Link,
    NextHop,
    PolicyRule,
    Route,
    Sysctl,
)
from lvscompile.ir.node import replace
from lvscompile.syntax.source import Source
from lvscompile.syntax.statements import Stmt

LANGUAGE = "sysconfig"
_NUMBERED = re.compile(r"(IPADDR|PREFIX|NETMASK|BROADCAST|GATEWAY|ADDRESS|LABEL|SCOPE)(\d*)")
# Names that say nothing of addresses, routes or links.
_SILENT = """
DEVICE NAME UUID TYPE ONBOOT ONPARENT BOOTPROTO USERCTL NM_CONTROLLED PEERDNS PEERROUTES DNS1 DNS2 DNS3 DOMAIN
NETWORK HWADDR MACADDR MTU BRIDGE MASTER SLAVE VLAN ARP IPV6INIT IPV6ADDR IPV6ADDR_SECONDARIES IPV6_DEFAULTGW
IPV6_AUTOCONF IPV4_FAILURE_FATAL IPV6_FAILURE_FATAL DEFROUTE BONDING_OPTS STP DELAY ETHTOOL_OPTS ZONE
PROXY_METHOD BROWSER_ONLY IPV6_DEFROUTE IPV6_ADDR_GEN_MODE IPV6_PRIVACY IPV4_ROUTE_METRIC METRIC SUBCHANNELS
PHYSDEV SRCADDR NETWORKING NETWORKING_IPV6 HOSTNAME GATEWAYDEV NOZEROCONF NISDOMAIN FORWARD_IPV4 IPV6FORWARDING
VLAN_PLUS_VID
"""
_KNOWN = frozenset(_SILENT.split())
OPTIONS = ("KEEPALIVED_OPTIONS", "DAEMON_ARGS", "KEEPALIVED_ARGS")


class _File:
    """The assignments of a file, the last of each name, and the lines that are none."""

    def __init__(self, source: Source) -> None:
        self.values: dict[str, Assignment] = {}
        self.others: list[Stmt] = []
        for line in assignments(source):
            if isinstance(line, Stmt):
                self.others.append(line)
                continue
            self.values[line.name] = line
            if line.name not in _KNOWN and not _NUMBERED.fullmatch(line.name):
                self.others.append(line.origin)

    def text(self, name: str) -> str:
        found = self.values.get(name)
        return found.value.strip() if found else ""

    def off(self, name: str) -> bool:
        return self.text(name).lower() in ("no", "n", "false", "0", "off", "f")


def network(source: Source) -> Reading:
    """/etc/sysconfig/network: the host's name, the default gateway."""
    file = _File(source)
    routes: list[Route] = []
    gateway = file.values.get("GATEWAY")
    if gateway is not None:
        routes += _default(gateway, file.text("GATEWAYDEV"), file)
    sysctls = tuple(
        Sysctl(key, "1" if said.value.lower() in ("yes", "true", "1") else "0", said.origin, 0, True)
        for name, key in (("FORWARD_IPV4", "net.ipv4.ip_forward"), ("IPV6FORWARDING", "net.ipv6.conf.all.forwarding"))
        if (said := file.values.get(name)) is not None
    )
    facts = HostFacts(
        sysctls, routes=tuple(routes), hostname=file.text("HOSTNAME"), opaque=kept(file.others, LANGUAGE)
    )  # fmt: skip
    return Reading(facts, (), count(source, file.others))


def ifcfg(source: Source, name: str) -> Reading:
    """An ifcfg-NAME file. What is not brought up at boot is no fact of the host after a reboot."""
    file = _File(source)
    device = file.text("DEVICE") or name
    base, colon, _ = device.partition(":")
    boots = not file.off("ONBOOT") if "ONBOOT" in file.values else not (colon and file.off("ONPARENT"))
    addresses: list[HostAddress] = []
    routes: list[Route] = []
    for assigned in list(file.values.values()):
        match = _NUMBERED.fullmatch(assigned.name)
        if match is not None and match[1] == "IPADDR" and assigned.value.strip():
            own = _address(file, assigned, match[2], base, device if colon else "", boots)
            if own is None:
                file.others.append(assigned.origin)
            else:
                addresses.append(own)
    for key in ("IPV6ADDR", "IPV6ADDR_SECONDARIES"):
        said = file.values.get(key)
        for text in said.value.split() if said else ():
            found = prefix(text, 6)
            if found is None or said is None:
                continue
            length = 64 if found.length is None else found.length
            addresses.append(HostAddress(6, found.address, length, base, origin=said.origin, persistent=boots))
    for key in ("GATEWAY", "GATEWAY0", "IPV6_DEFAULTGW"):
        said = file.values.get(key)
        if said is not None and not file.off("DEFROUTE"):
            routes += [replace(route, persistent=boots) for route in _default(said, base, file)]
    links: tuple[Link, ...] = ()
    if not colon and file.values:
        first = next(iter(file.values.values())).origin
        mtu = file.text("MTU")
        links = (
            Link(base, file.text("TYPE").lower(), boots, False if file.off("ARP") else None,
                 decimal(mtu), (file.text("MACADDR") or file.text("HWADDR")).lower(),
                 file.text("BRIDGE") or file.text("MASTER"), first, boots),
        )  # fmt: skip
    facts = HostFacts((), links, tuple(addresses), tuple(routes), opaque=kept(file.others, LANGUAGE))
    return Reading(facts, (), count(source, file.others))


def _address(
    file: _File, assigned: Assignment, number: str, device: str, label: str, boots: bool
) -> HostAddress | None:
    found = prefix(assigned.value.strip(), 4)
    if found is None or found.family != 4:
        return None
    length = found.length
    said = file.text(f"PREFIX{number}")
    mask = file.text(f"NETMASK{number}")
    if decimal(said, 32) is not None:
        length = decimal(said, 32)
    elif mask:
        length = mask_length(mask)
    if length is None:
        # Nothing said: the class of the address decides, as in the days before netmasks.
        length = max(class_length(found.address), 0) or 32
    return HostAddress(
        4, found.address, length, device, file.text(f"LABEL{number}") or label, "global", "",
        file.text(f"BROADCAST{number}"), origin=assigned.origin, persistent=boots,
    )  # fmt: skip


def _default(said: Assignment, device: str, file: _File) -> list[Route]:
    via, _, dev = said.value.strip().partition("%")
    found = address(via)
    if found is None:
        file.others.append(said.origin)
        return []
    zeros = "0.0.0.0/0" if found[0] == 4 else "::/0"
    return [Route(found[0], "unicast", zeros, (NextHop(found[1], dev or device),), origin=said.origin, persistent=True)]


def route_file(source: Source, device: str) -> Reading:
    """A route-NAME file: either the arguments of `ip route`, a route a line, or ADDRESS0=, NETMASK0=, GATEWAY0=."""
    routes: list[Route] = []
    others: list[Stmt] = []
    numbered: dict[str, dict[str, Assignment]] = {}
    for line in assignments(source):
        if isinstance(line, Assignment):
            match = _NUMBERED.fullmatch(line.name)
            if match is None:
                others.append(line.origin)
            else:
                numbered.setdefault(match[2], {})[match[1]] = line
            continue
        words = line.text.split()
        command = ip.parse(["route", "add", *words], line)
        if isinstance(command, HostCommand) and isinstance(command.subject, Route):
            routes.append(replace(_on(command.subject, device), persistent=True))
        else:
            others.append(line)
    for group in numbered.values():
        route = _numbered(group, device)
        if route is None:
            others += [said.origin for said in group.values()]
        else:
            routes.append(route)
    return Reading(HostFacts(routes=tuple(routes), opaque=kept(others, LANGUAGE)), (), count(source, others))


def _on(route: Route, device: str) -> Route:
    """The route goes by the file's interface where it names none."""
    if route.kind not in ("unicast", "local") or any(hop.device for hop in route.hops):
        return route
    hops = route.hops or (NextHop("", device),)
    return replace(route, hops=tuple(hop._replace(device=device) for hop in hops))


def _numbered(group: dict[str, Assignment], device: str) -> Route | None:
    target, mask, gateway = group.get("ADDRESS"), group.get("NETMASK"), group.get("GATEWAY")
    if target is None:
        return None
    found = prefix(target.value.strip(), 4)
    length = mask_length(mask.value.strip()) if mask else (found.length if found else None)
    via = address(gateway.value.strip(), 4) if gateway else (4, "")
    if found is None or via is None:
        return None
    network = f"{found.address}/{32 if length is None else length}"
    scope = "global" if via[1] else "link"
    return Route(4, "unicast", network, (NextHop(via[1], device),), scope=scope, origin=target.origin, persistent=True)


def rule_file(source: Source, device: str = "") -> Reading:
    """A rule-NAME file: the arguments of `ip rule`, a rule a line."""
    rules: list[PolicyRule] = []
    others: list[Stmt] = []
    for line in lines(source):
        words = line.text.split()
        if not words or words[0].startswith("#"):
            continue
        command = ip.parse(["rule", "add", *words], line)
        if isinstance(command, HostCommand) and isinstance(command.subject, PolicyRule):
            rules.append(replace(command.subject, persistent=True))
        else:
            others.append(line)
    return Reading(HostFacts(rules=tuple(rules), opaque=kept(others, LANGUAGE)), (), count(source, others))


def keepalived_options(source: Source) -> Reading:
    """/etc/sysconfig/keepalived and /etc/default/keepalived: the last assignment of a variable counts."""
    found: dict[str, KeepalivedOptions] = {}
    others: list[Stmt] = []
    for line in assignments(source):
        if isinstance(line, Assignment) and line.name in OPTIONS:
            found[line.name] = KeepalivedOptions(tuple(line.value.split()), line.origin, line.name)
        else:
            others.append(line if isinstance(line, Stmt) else line.origin)
    facts = HostFacts(keepalived=tuple(found.values()), opaque=kept(others, LANGUAGE))
    return Reading(facts, (), count(source, others))
