"""The older way into the kernel: what ifconfig and route ask for, one request after the other."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from lvscompile.frontends.iproute.words import address as read_address
from lvscompile.frontends.iproute.words import decimal, mask_length, masked
from lvscompile.frontends.ipvsadm.addresses import leading_number
from lvscompile.frontends.replay import addresses, routes
from lvscompile.frontends.replay.host_state import Port, Refusal, State
from lvscompile.frontends.replay.lookup import own_kind
from lvscompile.ir.host import HostAddress, HostCommand, Route, Steps
from lvscompile.ir.node import replace

ROUTE_STATUS = 7
FATAL = 255
# Steps behind which ifconfig sets flags, too.
_FLAGGING = frozenset(("address", "broadcast", "pointopoint"))
_LEAST_MTU = 68
_NO_DEVICE = "No such device"
_NO_ADDRESS = "Cannot assign requested address"

Turn = Callable[[Port, bool], None]


def ifconfig(state: State, command: HostCommand, turn: Turn) -> None:
    """Run the steps of one command. It goes on behind a step that fails, unless the interface is not there."""
    fact = command.subject
    assert isinstance(fact, Steps)
    base, colon, _ = fact.name.partition(":")
    problems: list[str] = []
    status = 0
    for name, value, _ in fact.steps:
        try:
            _step(state, fact, base, bool(colon), name, value, turn)
        except Refusal as refusal:
            problems.append(refusal.message)
            status = max(status, refusal.status)
            if name == "address" and not colon and base in state.ports and not state.ports[base].up:
                turn(state.ports[base], True)
            if name in _FLAGGING and refusal.status != FATAL and colon and base in state.ports:
                try:
                    _flags(state, state.ports[base], fact.name, name == "address")
                except Refusal as second:
                    problems.append(second.message)
                    status = max(status, second.status)
            if base not in state.ports:
                status = FATAL if name in _FLAGGING else status
                break
    if problems:
        raise Refusal("\n".join(problems), status)


def _flags(state: State, port: Port, name: str, up: bool) -> None:
    """The request that follows a new address, broadcast address or peer, for an alias. It repeats the flags of the
    interface, so that the alias of one that is down goes away again: only an address asks for "up" besides.
    """
    _up_or_down(state, port, name, True, up or port.up, None)


def _step(state: State, fact: Steps, base: str, alias: bool, name: str, value: str, turn: Turn) -> None:
    if name in ("up", "down", "arp", "-arp"):
        missing = f"{fact.name}: ERROR while getting interface flags: {_NO_DEVICE}"
        port = state.port(base, missing, 255)
        if name in ("up", "down"):
            _up_or_down(state, port, fact.name, alias, name == "up", turn)
        elif alias:
            # An alias has no such switch: it takes over the flags of its interface, and goes when that is down.
            _up_or_down(state, port, fact.name, True, port.up, turn)
        else:
            port.arp = name == "arp"
        return
    request = {"address": "SIOCSIFADDR", "length": "SIOCSIFNETMASK", "netmask": "SIOCSIFNETMASK",
               "broadcast": "SIOCSIFBRDADDR", "pointopoint": "SIOCSIFDSTADDR", "mtu": "SIOCSIFMTU",
               "hw": "SIOCSIFHWADDR"}.get(name, "")  # fmt: skip
    if name == "address":
        missing = f"SIOCSIFADDR: {_NO_DEVICE}\n{fact.name}: ERROR while getting interface flags: {_NO_DEVICE}"
        port = state.port(base, missing, 255)
        _set_address(state, port, fact, value)
        if alias:
            if value != "0.0.0.0":
                _flags(state, port, fact.name, True)
        elif not port.up:
            turn(port, True)
        return
    if name in ("add", "del"):
        _other_family(state, state.port(base, f"SIOCGIFINDEX: {_NO_DEVICE}", 1), fact, name, value)
        return
    if not request:
        return
    port = state.port(base, f"{request}: {_NO_DEVICE}", 1)
    if name == "mtu":
        mtu = decimal(value) or 0
        if mtu < _LEAST_MTU:
            raise Refusal("SIOCSIFMTU: Invalid argument", 1)
        port.mtu = mtu
    elif name == "hw":
        port.mac = value
    else:
        _change(state, port, fact, name, value, request)
        if alias and name in _FLAGGING:
            _flags(state, port, fact.name, False)


def labelled(state: State, name: str, base: str) -> HostAddress | None:
    """The first address of this label."""
    return next((own for own in state.on(base, 4) if (own.label or own.device) == name), None)


def _up_or_down(state: State, port: Port, name: str, alias: bool, up: bool, turn: Turn | None) -> None:
    if not alias and turn is not None:
        if port.up != up:
            turn(port, up)
        return
    own = labelled(state, name, port.name)
    if own is None:
        if state.complete:
            raise Refusal(f"SIOCSIFFLAGS: {_NO_ADDRESS}", 255)
        state.doubt()
    elif not up:
        addresses.remove(state, port, own)


def _set_address(state: State, port: Port, fact: Steps, value: str) -> None:
    length = addresses.class_length(value)
    if length < 0:
        raise Refusal("SIOCSIFADDR: Invalid argument", 1)
    own = labelled(state, fact.name, port.name)
    if own is not None:
        if own.address == value:
            return
        addresses.remove(state, port, own)
    if value == "0.0.0.0":
        return
    broadcast = "" if port.loopback else addresses.directed_broadcast(value, length)
    _put(state, port, fact, value, length, broadcast, "", "SIOCSIFADDR")


def _put(
    state: State, port: Port, fact: Steps, value: str, length: int, broadcast: str, peer: str, request: str
) -> None:
    scope = "host" if value.startswith("127.") else "global"
    label = fact.name if ":" in fact.name else ""
    after = HostAddress(4, value, length, port.name, label, scope, peer, broadcast, origin=fact.origin)
    try:
        addresses.add(state, port, after)
    except Refusal as refusal:
        raise Refusal(f"{request}: {refusal.number}", 1) from None


def _change(state: State, port: Port, fact: Steps, name: str, value: str, request: str) -> None:
    """Netmask, broadcast address and peer: the address is taken away and put back with the change."""
    own = labelled(state, fact.name, port.name)
    if own is None:
        if state.complete:
            raise Refusal(f"{request}: {_NO_ADDRESS}", 1)
        state.doubt()
        return
    length, broadcast, peer = own.prefix, own.broadcast, own.peer
    if name in ("netmask", "length"):
        found = int(value) if name == "length" else mask_length(value)
        if found is None:
            raise Refusal(f"{request}: Invalid argument", 1)
        if found == length:
            return
        # A broadcast address that follows from the mask follows the new one.
        if broadcast and broadcast == addresses.directed_broadcast(own.address, length):
            broadcast = addresses.directed_broadcast(own.address, found) or broadcast
        length = found
    elif name == "broadcast":
        if broadcast == value:
            return
        broadcast = value
    elif name == "pointopoint":
        peer = "" if value == own.address else value
    addresses.remove(state, port, own)
    # The kernel does not look whether it can be put back: where it cannot, the address is lost without a word.
    with suppress(Refusal):
        _put(state, port, fact, own.address, length, broadcast, peer, request)


def _other_family(state: State, port: Port, fact: Steps, name: str, value: str) -> None:
    host, slash, length = value.partition("/")
    found = read_address(host)
    if found is None:
        raise Refusal(f"{host}: Unknown host", 1)
    if found[0] == 4:
        # An alias of the next free number.
        if name == "add":
            number = next(n for n in range(10_000) if labelled(state, f"{fact.name}:{n}", port.name) is None)
            alias = Steps(f"{fact.name}:{number}", (), fact.origin)
            _set_address(state, port, alias, found[1])
        return
    prefix = leading_number(length) if slash else 128  # what is no number is a length of 0
    own = HostAddress(6, found[1], prefix, port.name, origin=fact.origin)
    request = "SIOCSIFADDR" if name == "add" else "SIOCDIFADDR"
    try:
        if name == "add":
            addresses.add(state, port, own)
        else:
            addresses.delete(state, port, own, False, False)
    except Refusal as refusal:
        raise Refusal(f"{request}: {refusal.number}", 1) from None


def route(state: State, fact: Route, action: str) -> None:
    """`route add` lets two routes to one destination stand side by side: the newer counts."""
    request = "SIOCADDRT" if action == "add" else "SIOCDELRT"
    try:
        for hop in fact.hops:
            if hop.device:
                state.port(hop.device, _NO_DEVICE)
        network, _, length = fact.destination.rpartition("/")
        if masked(network, int(length)) != network:
            raise Refusal("Invalid argument")
        if action == "add":
            # As long as no rule was ever added, the main table and that of own addresses are one to the kernel.
            if fact.via and fact.family == 4 and not state.apart and not _is_foreign(state, fact.via):
                fact = replace(fact, scope="link")
            routes.add(state, fact, "prepend")
        else:
            any_scope = replace(fact, scope="", protocol="", kind="" if fact.kind == "unicast" else fact.kind)
            routes.delete(state, any_scope)
    except Refusal as refusal:
        raise Refusal(f"{request}: {refusal.number}", ROUTE_STATUS) from None


def _is_foreign(state: State, gateway: str) -> bool:
    """Whether a gateway is neither the host's own address nor the broadcast address of one of its networks."""
    return own_kind(state, gateway) == ""
