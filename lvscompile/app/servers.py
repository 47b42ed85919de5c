"""What the real servers of a director need, by the way in which packets are forwarded to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from lvscompile.app.load import Loaded
from lvscompile.ir.addresses import canonical, network
from lvscompile.ir.core import NEWEST
from lvscompile.ir.host import HostAddress
from lvscompile.ir.ipvs import Destination, Service
from lvscompile.ir.machine import Machine
from lvscompile.ir.programmed import services
from lvscompile.ir.roles import own_addresses
from lvscompile.ir.site import Director

FOLDER = "real-servers"
# The VIP is theirs too, but they must not tell it to the network. Answers leave by another way than requests came by.
_QUIET = """\
net.ipv4.conf.all.arp_ignore = 1
net.ipv4.conf.all.arp_announce = 2
"""
_LOOSE = """\
net.ipv4.conf.all.rp_filter = 2
net.ipv4.conf.default.rp_filter = 2
"""


class Needs(NamedTuple):
    """The files (name -> text), and paragraphs for the README."""

    files: Mapping[str, str] = {}
    notes: tuple[str, ...] = ()


def needs(director: Director, loaded: Loaded) -> Needs:
    """What goes where on the real servers."""
    several = services(director, loaded.site.target.versions()[-1] if loaded.site.target else NEWEST)
    pairs = [(service, server) for service in several for server in service.destinations]
    files: dict[str, str] = {}
    notes: list[str] = []
    for method, write in (("NAT", _masqueraded), ("DR", _direct), ("TUN", _tunnelled)):
        mine = [(service, server) for service, server in pairs if server.method == method]
        if mine:
            found = write(director, loaded, mine)
            files |= found.files
            notes += found.notes
    return Needs(files, tuple(notes))


_Pairs = Sequence[tuple[Service, Destination]]


def _masqueraded(director: Director, loaded: Loaded, pairs: _Pairs) -> Needs:
    """Answers must come back through the director: it is their gateway."""
    addresses = list(dict.fromkeys(server.address for _, server in pairs))
    lines = [f"- {address}{_name(loaded, address)}: {_gateway(director, loaded, address)}" for address in addresses]
    text = (
        "### Masqueraded servers\n\nTheir answers must come back through the director, so it is their gateway. With "
        "two directors that is an inside address which moves with the virtual ones: put it into the vrrp_instance "
        "too. The director forwards packets (`net.ipv4.ip_forward = 1`).\n\n" + "\n".join(lines)
    )
    return Needs({}, (text,))


def _gateway(director: Director, loaded: Loaded, address: str) -> str:
    """How a server says it, with the director's address in its network where that is known."""
    host = _host(loaded, address)
    routes = host.machine.facts.routes if host is not None and host.machine is not None else ()
    moved = {own.address for instance in director.vrrp for own in (*instance.addresses, *instance.excluded)}
    ours = own_addresses(director) | moved
    has = next((route.via for route in routes if route.is_default and route.via in ours), "")
    if has:
        return f"its gateway is {has} already; leave it so"
    facts = director.machine.facts.addresses if director.machine is not None else ()
    for fact in facts:
        if fact.family == (6 if ":" in address else 4) and fact.prefix not in (32, 128) and _near(fact, address):
            return f"`ip route replace default via {fact.address}`"
    return "the default route goes to the director's address in its network"


def _near(fact: HostAddress, address: str) -> bool:
    return network(fact.address, fact.prefix) == network(address, fact.prefix)


def _direct(director: Director, loaded: Loaded, pairs: _Pairs) -> Needs:
    """They take packets for the virtual address, and must not answer ARP for it."""
    vips = _vips(pairs)
    taken = {
        address: how
        for address in _servers(pairs)
        if (how := _redirects(loaded, address, vips) or _holds(loaded, address, vips))
    }
    others = [address for address in _servers(pairs) if address not in taken]
    lines = [f"- {address}{_name(loaded, address)}: {how} already; leave it so" for address, how in taken.items()]
    lines += [f"- {address}{_name(loaded, address)}" for address in others]
    text = (
        "### Servers of direct routing\n\nPackets reach them with the virtual address, which they must take without "
        "telling the network."
    )
    if others:
        text += (
            f" `{FOLDER}/direct-routing.sh` adds the addresses to lo; `{FOLDER}/direct-routing.conf` (for "
            "/etc/sysctl.d) keeps ARP quiet and lets packets in that come by another way than answers leave."
        )
    files = {f"{FOLDER}/direct-routing.sh": _script(vips, "lo"), f"{FOLDER}/direct-routing.conf": _QUIET + _LOOSE}
    return Needs(files if others else {}, (text + "\n\n" + "\n".join(lines),))


def _tunnelled(director: Director, loaded: Loaded, pairs: _Pairs) -> Needs:
    vips = _vips(pairs)
    kinds = sorted({server.tunnel.kind for _, server in pairs})
    lines = [f"- {address}{_name(loaded, address)}" for address in _servers(pairs)]
    text = (
        f"### Servers behind tunnels ({', '.join(kinds)})\n\nThey unpack the packets and take them for the virtual "
        f"address. For ipip: `{FOLDER}/tunnel.sh` brings tunl0 up with the addresses, `{FOLDER}/tunnel.conf` (for "
        "/etc/sysctl.d) keeps ARP quiet and lets the unpacked packets in.\n\n" + "\n".join(lines)
    )
    script = "#!/bin/sh\nmodprobe ipip\nip link set tunl0 up\n" + _script(vips, "tunl0").partition("\n")[2]
    return Needs({f"{FOLDER}/tunnel.sh": script, f"{FOLDER}/tunnel.conf": _QUIET + _LOOSE}, (text,))


def _script(vips: Sequence[str], device: str) -> str:
    lines = [f"ip address replace {vip}/{128 if ':' in vip else 32} dev {device}" for vip in vips]
    if not lines:
        lines = ["# the services have marks, no addresses: add the address that the marked packets go to"]
    return "#!/bin/sh\n" + "".join(f"{line}\n" for line in lines)


def _vips(pairs: _Pairs) -> list[str]:
    return list(dict.fromkeys(service.address for service, _ in pairs if service.address))


def _servers(pairs: _Pairs) -> list[str]:
    return list(dict.fromkeys(server.address for _, server in pairs))


def _host(loaded: Loaded, address: str) -> Director | None:
    found = canonical(address)
    mine = (host.director for host in loaded.hosts)
    return next((each for each in mine if found is not None and found[1] in own_addresses(each)), None)


def _name(loaded: Loaded, address: str) -> str:
    host = _host(loaded, address)
    return f" ({host.name})" if host is not None else ""


def _holds(loaded: Loaded, address: str, vips: Sequence[str]) -> str:
    """Whether a server among the hosts has each virtual address on lo or a dummy."""
    host = _host(loaded, address)
    facts = host.machine.facts.addresses if host is not None and host.machine is not None else ()
    quiet = {fact.address for fact in facts if fact.device.startswith(("lo", "dummy"))}
    return "has the addresses on lo" if vips and quiet.issuperset(vips) else ""


def _redirects(loaded: Loaded, address: str, vips: Sequence[str]) -> str:
    """Whether a server among the hosts takes each virtual address by a REDIRECT of its own."""
    host = _host(loaded, address)
    redirected = frozenset(_redirected(host.machine)) if host is not None and host.machine is not None else frozenset()
    return "takes them by REDIRECT" if vips and redirected.issuperset(vips) else ""


def _redirected(machine: Machine) -> Iterator[str]:
    ruleset = machine.filter(4)
    table = ruleset.table("nat") if ruleset is not None else None
    chain = table.chain("PREROUTING") if table is not None else None
    for rule in chain.rules if chain is not None else ():
        spec = rule.readable
        if spec is None or spec.destination is None or spec.destination.negated or spec.target is None:
            continue
        if spec.target.name == "REDIRECT":
            yield spec.destination.net.address
