"""2xx: virtual and static addresses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from lvscompile.ir.addresses import network, split_mask
from lvscompile.ir.core import Block, Item
from lvscompile.ir.effective import OWNER
from lvscompile.ir.vrrp import Address, VrrpInstance
from lvscompile.lint import edits
from lvscompile.lint.engine import Context, Emit, Host, Owned
from lvscompile.lint.registry import rule
from lvscompile.syntax.findings import Fix

Parts = tuple[int, str, int | None]

MOST_IPV4 = 255  # addresses that an advertisement can count
MOST_IPV6 = 89  # that fit a packet of 1500 bytes
MOST_BEFORE_2 = 20  # that keepalived 1.x reads
_NOTHING_SAID = frozenset({("scope", "global"), ("scope", "0")})
_FLAGS = frozenset({"home", "-nodad", "mngtmpaddr", "noprefixroute", "autojoin", "no_track", "use_vmac"})
_NEVER_MOVED = ("lo", "dummy")  # interfaces on which an address alone is what is meant


@rule("LVS260", "address-without-mask", "info", Host, fix="unsafe")
def address_without_mask(host: Host, ctx: Context, emit: Emit) -> None:
    """A virtual address without a mask: keepalived adds it as /32, or /128."""
    served = {service.address for service in host.director.services}
    for instance in host.director.vrrp:
        kept = [a for a in instance.addresses if a.family == instance.family and a.address not in served]
        bare = [address for address in kept if _needs_mask(address)]
        # Where no address has one, that is the custom here, and the host has an address of its own in the network.
        if not bare or not (ctx.known.subnets or any(_has_mask(address) for address in kept)):
            continue
        first, bits = bare[0], 32 if bare[0].family == 4 else 128
        more = f", like {len(bare) - 1} more of `{instance.name}`" if len(bare) > 1 else ""
        emit(
            (first.origin, 0),
            f"`{first.address}` has no mask{more}: keepalived adds it as /{bits}, which brings no route to the neighbours: "
            "this host answers them only over another address of their network",
            help=f"write `{first.address}/LENGTH` with the length of the network, or /{bits} if that is what you mean",
            fix=_with_masks(host, ctx, bare),
        )


def _with_masks(host: Host, ctx: Context, bare: Sequence[Address]) -> Fix | None:
    """The length of the network where it is known for all of them, else what keepalived takes them for."""
    known = _networks((*ctx.known.subnets, *(item.words[0] for item, _ in _every_address(host))))
    bits = 32 if bare[0].family == 4 else 128
    lengths = [_length(address, known, bits) for address in bare]
    if None in lengths:
        lengths = [bits] * len(bare)
    title = f"write the masks that are known of {'their network' if len(bare) > 1 else 'its network'}"
    return edits.fix(
        f"write /{bits}" if lengths[0] == bits else title,
        *(edits.replaced(a.origin, 0, f"{a.words[0]}/{n}") for a, n in zip(bare, lengths, strict=True)),
        safe=False,
    )


def _length(address: Address, known: set[tuple[int, int, bytes]], bits: int) -> int | None:
    """The length of the narrowest network that holds the address."""
    lengths = sorted(
        {length for family, length, _ in known if family == address.family and length < bits}, reverse=True
    )
    return next((n for n in lengths if (address.family, n, network(address.address, n)) in known), None)


def _needs_mask(address: Address) -> bool:
    """Not said, and not pointless: a link-local address and one on the loopback need none."""
    local = address.device.startswith(_NEVER_MOVED) or _is_link_local(address.address)
    return address.prefix is None and not local and "peer" not in _options(address.words)


def _has_mask(address: Address) -> bool:
    return address.prefix is not None and not _is_link_local(address.address)


def _is_link_local(address: str) -> bool:
    return network(address, 10) == network("fe80::", 10)


@rule("LVS261", "no-host-address", "error", Host, effect="latent")
def no_host_address(host: Host, ctx: Context, emit: Emit) -> None:
    """The address of a network, a broadcast or a multicast address where a host's address belongs."""
    for item, parts in _every_address(host):
        kind = _kind(*parts)
        if kind:
            emit(
                (item.origin, 0),
                f"`{item.words[0]}` is {kind}: it is no host's address, and neighbours do not reach a service on it",
                help="write the address of a host, with the mask of its network",
            )


def _every_address(host: Host) -> Iterator[tuple[Item, Parts]]:
    """The virtual and static addresses of a host that keepalived takes: family, address, length."""
    blocks = [b for b in host.director.blocks if b.keyword.name == "static_ipaddress"]
    blocks += [b for i in host.director.vrrp for b in i.blocks if b.keyword.name.startswith("virtual_ipaddress")]
    items = (item for block in blocks for item in block.items if item.valid)
    yield from ((item, parts) for item in items if (parts := split_mask(item.words[0])) is not None)


def _kind(family: int, address: str, prefix: int | None) -> str:
    """What is wrong with an address, or ""."""
    if address in ("0.0.0.0", "::"):
        return "no address at all"
    if network(address, 4 if family == 4 else 8) == network("224.0.0.0" if family == 4 else "ff00::", 8):
        return "a multicast address"
    if address == "255.255.255.255":
        return "the broadcast address"
    bits = 32 if family == 4 else 128
    # Of two addresses both are hosts' (RFC 3021, RFC 6164), and a length of 0 is a mistake of another kind.
    if prefix is None or not 0 < prefix < bits - 1:
        return ""
    if network(address, prefix) == network(address, bits):
        return f"the address of the network /{prefix} itself" + (", which all its routers share" if family == 6 else "")
    if family == 4 and int.from_bytes(network(address, bits), "big") % (1 << (bits - prefix)) + 1 == 1 << (
        bits - prefix
    ):
        return f"the broadcast address of its network /{prefix}"
    return ""


@rule("LVS262", "address-off-subnet", "warning", Host, effect="latent")
def address_off_subnet(host: Host, ctx: Context, emit: Emit) -> None:
    """A virtual address in none of the networks that the directors are said to be attached to."""
    if not ctx.known.subnets:
        return
    known = _networks((*ctx.known.subnets, *(item.words[0] for item in _static(host))))
    sizes = {(family, length) for family, length, _ in known}
    for instance in host.director.vrrp:
        for address in (*instance.addresses, *instance.excluded):
            lengths = [length for family, length in sizes if family == address.family]
            if not lengths or _is_link_local(address.address):
                continue
            if not any((address.family, n, network(address.address, n)) in known for n in lengths):
                emit(
                    (address.origin, 0),
                    f"`{address.address}` lies in none of the networks that the directors are attached to: nobody there "
                    "asks for it by ARP or neighbour discovery, so it answers only where a route leads to the master",
                    help="correct the address, or name its network among the known subnets",
                )


def _networks(texts: Iterable[str]) -> set[tuple[int, int, bytes]]:
    """The networks of addresses with a mask: family, length, the bits that count."""
    parts = (split_mask(text) for text in texts)
    return {(p[0], p[2], network(p[1], p[2])) for p in parts if p is not None and p[2] is not None}


def _static(host: Host) -> Iterator[Item]:
    blocks = (b for b in host.director.blocks if b.keyword.name == "static_ipaddress")
    yield from (item for block in blocks for item in block.items if item.valid)


@rule("LVS263", "real-server-is-virtual", "warning", Host, effect="latent")
def real_server_is_virtual(host: Host, ctx: Context, emit: Emit) -> None:
    """A real server whose address is a virtual address of the directors."""
    moved = {a.address: a for i in host.director.vrrp for a in (*i.addresses, *i.excluded)}
    for service in host.director.services:
        for server in service.real_servers:
            address = moved.get(server.address)
            if address is not None:
                emit(
                    (server.origin, 1),
                    f"the real server `{server.address}` is a virtual address of this host: its traffic ends on whichever "
                    "director is master, and on the master the check asks the director itself",
                    related=[((address.origin, 0), "moved here")],
                    help="write the address of the server's own interface",
                )


@rule("LVS264", "own-address-as-virtual", "error", Owned, effect="outage")
def own_address_as_virtual(owned: Owned, ctx: Context, emit: Emit) -> None:
    """The address that an instance speaks from is one of its virtual addresses."""
    instance = owned.instance
    params = ctx.params(owned.host, instance, ctx.newest())
    address = next((a for a in (*instance.addresses, *instance.excluded) if a.address == params.source), None)
    if address is None:
        return
    source = instance.unicast_src or instance.mcast_src
    assert source is not None
    if not instance.peers and params.priority == OWNER:
        return  # an address owner: RFC 9568 means it so
    harm = (
        "keepalived takes virtual addresses away when it starts, then has none to speak from, and the instance stays in FAULT"
        if instance.peers
        else "keepalived takes it away while this host is backup, which then has no address of its own to be reached at"
    )
    emit(
        (address.origin, 0),
        f"`{address.address}` is the address that `{instance.name}` speaks from: {harm}",
        related=[((source.origin, source.word), "spoken from")],
        severity="" if instance.peers else "warning",
        effect="" if instance.peers else "latent",
        help="a virtual address must be an extra one, that no director has of its own",
    )


@rule("LVS265", "first-address-not-link-local", "info", Owned)
def first_address_not_link_local(owned: Owned, ctx: Context, emit: Emit) -> None:
    """An IPv6 instance whose first address is not link-local."""
    instance = owned.instance
    first = next(iter(instance.addresses), None)
    if first is None or first.family != 6 or _is_link_local(first.address):
        return
    strict = ctx.params(owned.host, instance, ctx.newest()).strict
    emit(
        (first.origin, 0),
        f"the first address of `{instance.name}` is not link-local, as VRRP for IPv6 wants it: hosts that use this virtual "
        "router as their gateway find none, services on the addresses work"
        + ("; in strict mode keepalived calls it a mistake" if strict else ""),
        severity="warning" if strict else "",
        help="put a link-local address first, e.g. `fe80::51/64`, the same on all peers",
    )


@rule("LVS266", "too-many-addresses", "warning", Owned, effect="latent")
def too_many_addresses(owned: Owned, ctx: Context, emit: Emit) -> None:
    """More addresses than an advertisement can carry."""
    instance = owned.instance
    addresses = [a for a in instance.addresses if a.family == instance.family]
    most = MOST_IPV4 if instance.family == 4 else MOST_IPV6
    old = len(addresses) > MOST_BEFORE_2 and any(version < (2, 0) for version in ctx.target.versions())
    if len(addresses) <= most and not old:
        return
    if len(addresses) > most:
        why = (
            f"an advertisement carries {most}: keepalived moves the rest to virtual_ipaddress_excluded, and how many that are "
            "depends on its version and on the interface's MTU: peers that differ reject each other's advertisements"
        )
    else:
        most = MOST_BEFORE_2
        why = (
            f"keepalived before 2.0 reads {most} and drops the rest; a peer that advertises another number is rejected"
        )
    emit(
        (addresses[most].origin, 0),
        f"`{instance.name}` has {len(addresses)} addresses, {why}",
        related=[((addresses[0].origin, 0), "the first of them")],
        severity="info" if most == MOST_BEFORE_2 and ctx.target.keepalived is None else "",
        help="leave a few in virtual_ipaddress, and list the others in virtual_ipaddress_excluded on all peers",
    )


@rule("LVS269", "address-option-ignored", "warning", Host)
def address_option_ignored(host: Host, ctx: Context, emit: Emit) -> None:
    """Options of an address that exclude each other, or that its family does not have."""
    for item, parts in _every_address(host):
        at, message = _odd_option(item.words, parts[0], parts[2])
        if message:
            lost = "keepalived drops the address" in message
            emit((item.origin, at), message, severity="error" if lost else "", effect="latent" if lost else "")


def _options(words: tuple[str, ...]) -> dict[str, int]:
    """The options of an address: word -> where it stands. A value is no option, whatever it is called."""
    found: dict[str, int] = {}
    at = 1
    while at < len(words):
        found.setdefault(words[at], at)
        at += 1 if words[at] in _FLAGS else 2
    return found


def _odd_option(words: tuple[str, ...], family: int, prefix: int | None) -> tuple[int, str]:
    """The word that keepalived 2.2.7 ignores, and why; ("") where it takes all."""
    at = _options(words)
    broadcast, peer = at.get("brd", at.get("broadcast", 0)), at.get("peer", 0)
    if broadcast and family == 6:
        return broadcast, "IPv6 has no broadcast: keepalived drops the address with it"
    if broadcast and peer:
        return broadcast, "an address with a peer has no broadcast: keepalived ignores it"
    if peer and "/" in words[peer + 1]:
        return peer + 1, "keepalived takes the peer without a mask only: it ignores the whole option"
    if peer and prefix is not None:
        return 0, "the mask of an address with a peer is the peer's: keepalived ignores this one"
    if broadcast and words[broadcast + 1] in ("+", "-") and (prefix is None or prefix > 30):
        return broadcast, "a network of one or two addresses has no broadcast address: keepalived ignores the option"
    for option in ("scope", "label"):
        if option in at and family == 6 and (option, words[at[option] + 1]) not in _NOTHING_SAID:
            return at[option], f"an IPv6 address has no {option}: keepalived ignores it"
    return 0, ""


@rule("LVS280", "static-address-without-device", "error", Host, effect="outage")
def static_address_without_device(host: Host, ctx: Context, emit: Emit) -> None:
    """A static address without `dev`, on a host of which nothing says that it has an eth0."""
    if host.director.global_setting("default_interface") is not None or host.includes_missing:
        return
    bare = [item for item in _static(host) if "dev" not in item.words[1:]]
    if not bare or any(_has_eth0(block) for block in host.director.blocks):
        return
    emit(
        (bare[0].origin, 0),
        f"`{bare[0].words[0]}` has no `dev` and nothing sets default_interface: keepalived puts it on eth0, and on a host "
        "without an eth0 it does not start",
        help="add `dev NAME`",
    )


def _has_eth0(block: Block) -> bool:
    """Whether a block speaks of an interface eth0."""
    settings = any("eth0" in s.words for s in block.settings)
    return settings or any("eth0" in i.words for b in (block, *block.blocks) for i in b.items)


@rule("LVS291", "static-address-is-virtual", "error", Host, effect="split", fix="unsafe")
def static_address_is_virtual(host: Host, ctx: Context, emit: Emit) -> None:
    """An address that is both static and virtual on one host."""
    static = {p[1]: i for i in _static(host) if (p := split_mask(i.words[0])) is not None}
    for instance in host.director.vrrp:
        _report_static(instance, static, emit)


def _report_static(instance: VrrpInstance, static: dict[str, Item], emit: Emit) -> None:
    for address in (*instance.addresses, *instance.excluded):
        item = static.get(address.address)
        if item is not None:
            emit(
                (address.origin, 0),
                f"`{address.address}` is a static address too: keepalived adds it when it starts, also on the backup, so that "
                "two directors have it at the same time",
                related=[((item.origin, 0), "static here")],
                help="remove it from static_ipaddress",
                fix=edits.fix("remove the static one", edits.removed(item.origin), safe=False),
            )
