"""What a host's IPVS table holds in the end: what keepalived programs, and what other inputs leave there.

keepalived adds a virtual server by its address, by its mark, or once for each entry of its group. Its defaults, the
ports that it resets and what it leaves out are those of 2.2.7. All real servers count as up; checks, quorum, sorry
servers, `ha_suspend` and `alpha` are not looked at.
"""

from __future__ import annotations

# The C module alone: `socket` on top of it costs five milliseconds of start-up.
from _socket import AF_INET, AF_INET6, inet_ntop, inet_pton
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from lvscompile.ir.core import Block, Item, Setting, Version
from lvscompile.ir.ipvs import IPIP, Destination, Service, ServiceKey, Tunnel
from lvscompile.ir.node import replace
from lvscompile.ir.pool import stands_before
from lvscompile.ir.services import RealServer, VirtualService
from lvscompile.ir.settings import counting, is_newer, made_at_run_time, same_thing
from lvscompile.ir.site import Director

SCHEDULER, METHOD, PROTOCOL = "wlc", "NAT", "UDP"
PERSISTENCE = 360  # seconds, where a service must be persistent and does not say for how long
ENGINES = ("", "sip")  # the kernel knows no other, and refuses the service
# Each sets one bit, whatever the scheduler is.
FLAG_BITS = {
    "flag-1": 1, "flag-2": 2, "flag-3": 4, "sh-fallback": 1, "sh-port": 2, "mh-fallback": 1, "mh-port": 2,
}  # fmt: skip
NO_MASK = {4: "255.255.255.255", 6: "128"}
FAMILIES = {"inet": 4, "inet6": 6}
MOST = 65536  # addresses of one entry of a group that are told one by one

_Said = Mapping[str, Setting]


class Entry(NamedTuple):
    """An address, or a mark, that a virtual server stands for."""

    family: int
    address: str
    port: int
    fwmark: int


def services(director: Director, version: Version) -> tuple[Service, ...]:
    """All services of the host: those that keepalived programs first. What another input tells of as well is there
    once, as keepalived has it.

    The `origin` of a service or destination is the statement that begins its block, or the command. Destinations
    stand newest first, as in the kernel.
    """
    found: dict[ServiceKey, Service] = {}
    for service in director.services:
        for made in _programmed(director, service, version) if service.valid else ():
            before = found.get(made.key)
            # The kernel refuses the second service; its servers go to the first.
            found[made.key] = made if before is None else _added(before, reversed(made.destinations))
    table = director.machine.ipvs if director.machine is not None else None
    for other in table.services if table is not None else ():
        found.setdefault(other.key, other)
    return tuple(found.values())


def _programmed(director: Director, service: VirtualService, version: Version) -> Iterator[Service]:
    said = _said(service, version)
    servers = [server for server in service.real_servers if server.valid]
    family = _family(service, said, servers)
    entries = _entries(director, service, family)
    if not servers or not entries:
        return
    # One that is there twice is dropped before anything is said of its port or its limits.
    fitting: dict[tuple[str, int], RealServer] = {}
    for server in servers:
        if _fits(service, server, entries[0].family):
            fitting.setdefault((server.address, server.port or 0), server)
    stated = [(server, _said(server, version)) for server in fitting.values()]
    if not stated:
        return
    for entry in entries:
        made = _service(service, said, entry, entries)
        if made.engine not in ENGINES:
            return
        destinations = (_destination(service, said, server, own, entry) for server, own in stated)
        yield _added(made, [each for each in destinations if each.lower <= each.upper])


def _added(service: Service, more: Iterator[Destination] | Sequence[Destination]) -> Service:
    """The service with further destinations; of two with the same address and port the first stays."""
    present = {destination.key: destination for destination in reversed(service.destinations)}
    for destination in more:
        present.setdefault(destination.key, destination)
    return replace(service, destinations=tuple(reversed(present.values())))


def _said(block: Block, version: Version) -> _Said:
    """What a block says, by the keyword's name (one of them where two say the same)."""
    return {
        same_thing(keyword): setting
        for keyword, setting in counting(block.settings, version)
        if not is_newer(keyword, version) and not made_at_run_time(setting)
    }


def _word(said: _Said, name: str) -> str:
    setting = said.get(name)
    return setting.words[1] if setting is not None and len(setting.words) > 1 else ""


# Which addresses and marks.


def _entries(director: Director, service: VirtualService, family: int) -> tuple[Entry, ...]:
    """What the service stands for; nothing where keepalived leaves it out."""
    if service.kind == "address":
        return (Entry(service.family, service.address, service.port or 0, 0),)
    if service.kind == "fwmark":
        return (Entry(family, "", 0, int(service.address)),) if service.address.isdigit() else ()
    return _of_group(director, service.address, family)


def _of_group(director: Director, name: str, family: int) -> tuple[Entry, ...]:
    """The entries of the first group of that name. A family that does not fit takes all of it away."""
    named = (
        block
        for block in director.blocks
        if block.keyword.name == "virtual_server_group" and block.words[1:2] == (name,) and block.valid
    )
    group = next(named, None)
    if group is None:
        return ()
    items = [item for item in group.items if item.valid]
    families = {FAMILIES.get(word, 0) for word in group.words[2:3]} | {_item_family(item) for item in items}
    families.discard(0)
    if len(families | ({family} if family else set())) > 1:
        return ()
    family = next(iter(families), family) or 4
    return tuple(entry for item in items for entry in _of_item(item, family))


def _item_family(item: Item) -> int:
    """4 or 6; 0 where a mark does not say it."""
    if item.words[0] == "fwmark":
        return FAMILIES.get(item.words[2], 0) if len(item.words) > 2 else 0
    return 6 if ":" in item.words[0] else 4


def _of_item(item: Item, family: int) -> Iterator[Entry]:
    if item.words[0] == "fwmark":
        yield Entry(family, "", 0, int(item.words[1]))
        return
    port = int(item.words[1]) if len(item.words) > 1 else 0
    for address in addresses(item.words[0]):
        yield Entry(family, address, port, 0)


def addresses(text: str) -> Iterator[str]:
    """The addresses that an entry of a group stands for: 10.0.0.1, 10.0.0.1-9, 10.0.0.1-10.0.0.9, 10.0.0.0/29; the
    end of an IPv6 range is its last group.
    """
    first, dash, last = text.partition("-")
    first, slash, length = first.partition("/")
    code = AF_INET6 if ":" in first else AF_INET
    packed = inet_pton(code, first)
    start = int.from_bytes(packed, "big")
    end = start
    if slash:
        end = start + (1 << len(packed) * 8 - int(length)) - 1
    elif dash and "." in last:
        end = int.from_bytes(inet_pton(AF_INET, last), "big")
    elif dash:
        end = start >> 16 << 16 | int(last, 16) if code == AF_INET6 else start >> 8 << 8 | int(last)
    for value in range(start, min(end + 1, start + MOST)):
        yield inet_ntop(code, value.to_bytes(len(packed), "big"))


def _family(service: VirtualService, said: _Said, servers: Sequence[RealServer]) -> int:
    """The family of a service that has no address of its own: whatever tells it first. Servers behind a tunnel may be
    of the other family, so that they tell it only where nothing else does.
    """
    if service.family:
        return service.family
    stated = [setting for name in ("ip_family", "persistence_granularity") if (setting := said.get(name)) is not None]
    plain = [server for server in servers if _method(service, server)[0] != "TUN"]
    first = min(stated, key=lambda setting: setting.origin.start, default=None)
    if first is not None and (not plain or stands_before(first, plain[0])):
        return FAMILIES.get(first.words[1]) or (4 if "." in first.words[1] else 6)
    # A group tells it by its entries.
    families = [server.family for server in plain[:1] or (servers if service.kind == "fwmark" else ())]
    return min(families, default=0)


def _fits(service: VirtualService, server: RealServer, family: int) -> bool:
    """Whether keepalived takes a server: one of the other family only behind a tunnel."""
    return server.family == family or _method(service, server)[0] == "TUN"


def _method(service: VirtualService, server: RealServer) -> tuple[str, ...]:
    """The forwarding method of a server, as far as keepalived knows it when it has read the server's block."""
    own = [s for s in server.settings if s.valid and same_thing(s.keyword) == "lb_kind"]
    if not own:
        said = (s for s in service.settings if s.valid and same_thing(s.keyword) == "lb_kind")
        own = [s for s in said if stands_before(s, server)]
    return own[-1].words[1:] if own else (METHOD,)


# What is programmed.


def _service(service: VirtualService, said: _Said, entry: Entry, entries: Sequence[Entry]) -> Service:
    protocol = (_word(said, "protocol") or PROTOCOL).upper()
    by_address = [each for each in entries if each.address]
    persistence = _persistence(said, entry.family, any(not each.port for each in by_address))
    return Service(
        protocol="FWM" if entry.fwmark else protocol,
        family=entry.family,
        address=entry.address,
        port=entry.port,
        fwmark=entry.fwmark,
        scheduler=_word(said, "lb_algo") or SCHEDULER,
        persistence=persistence,
        netmask=_mask(said, entry.family) if persistence is not None and service.kind != "group" else "",
        engine=_word(said, "persistence_engine") if persistence is not None else "",
        one_packet="ops" in said and (protocol == "UDP" or not by_address),
        flags=_flags(service, said),
        origin=service.origin,
        added=service.origin,
    )


def _flags(service: VirtualService, said: _Said) -> int:
    """The bits of the flags. One that is named after a scheduler needs that scheduler before it, and then stays."""
    flags, scheduler = 0, ""
    for setting in service.settings:
        name = same_thing(setting.keyword)
        if name == "lb_algo" and setting.valid:
            scheduler = setting.words[1]
        elif name in said and name.partition("-")[0] in ("flag", scheduler):
            flags |= FLAG_BITS.get(name, 0)
    return flags


def _persistence(said: _Said, family: int, port_missing: bool) -> int | None:
    timeout = said.get("persistence_timeout")
    if timeout is not None and len(timeout.words) > 1:
        return int(timeout.words[1])
    return PERSISTENCE if timeout is not None or port_missing or _granularity(said, family) else None


def _granularity(said: _Said, family: int) -> str:
    """The mask of persistence: dotted, or a length for IPv6. For IPv4 a bare 24 is the address 0.0.0.24."""
    word = _word(said, "persistence_granularity")
    if family == 6:
        return word if word.isdigit() else ""
    return inet_ntop(AF_INET, int(word).to_bytes(4, "big")) if word.isdigit() else word


def _mask(said: _Said, family: int) -> str:
    """The same, "" where each client counts by itself."""
    mask = _granularity(said, family)
    return "" if mask == NO_MASK[family] else mask


def _destination(service: VirtualService, said: _Said, server: RealServer, own: _Said, entry: Entry) -> Destination:
    method = own.get("lb_kind") or said.get("lb_kind")
    words = method.words[1:] if method is not None else (METHOD,)
    weight = _word(own, "weight") or _word(said, "weight") or "1"
    return Destination(
        family=server.family,
        address=server.address,
        port=_port(service, server, words[0], entry),
        method=words[0],
        weight=int(weight),
        upper=int(_word(own, "uthreshold") or 0),
        lower=int(_word(own, "lthreshold") or 0),
        tunnel=_tunnel(words) if words[0] == "TUN" else IPIP,
        origin=server.origin,
        added=server.origin,
    )


def _port(service: VirtualService, server: RealServer, method: str, entry: Entry) -> int:
    """Only a masquerading director can change the port. A server of a group does not take the port of its entries."""
    if method != "NAT":
        return entry.port
    return server.port or (entry.port if service.kind != "group" else 0)


def _tunnel(words: Sequence[str]) -> Tunnel:
    """`TUN type gue port 6080 csum`"""
    kind = words[words.index("type") + 1] if "type" in words[:-1] else "ipip"
    port = int(words[words.index("port") + 1]) if "port" in words[:-1] else 0
    checksum = next((word for word in words if word in ("csum", "remcsum")), "nocsum")
    return Tunnel(kind, port, checksum)
