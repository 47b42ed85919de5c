"""The state of a host's network that commands change, and the answers of its kernel."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from lvscompile.frontends.iproute.words import masked
from lvscompile.ir.core import Origin
from lvscompile.ir.host import HostAddress, Link, PolicyRule, Route
from lvscompile.ir.ipvs import Outcome
from lvscompile.ir.node import Node

STATUS = 2  # of `ip`, where the kernel refuses


class Refusal(Exception):
    """A command that fails: what the tool prints, and its status. `number` names the error number behind the words."""

    def __init__(self, message: str, status: int = STATUS, number: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.number = number or message


def answer(text: str) -> Refusal:
    """An error number's name, as iproute2 prints it."""
    return Refusal(f"RTNETLINK answers: {text}", STATUS, text)


def error(text: str, number: str = "Invalid argument") -> Refusal:
    """The kernel's own words for what is wrong, and the name of the error number that goes with them."""
    return Refusal(f"Error: {text}.", STATUS, number)


EXISTS = "File exists"
NO_ADDRESS = "Cannot assign requested address"
NO_PROCESS = "No such process"
NO_ENTRY = "No such file or directory"
NO_DEVICE = "No such device"
INVALID = "Invalid argument"
UNSUPPORTED = "Operation not supported"
NO_WAY = "No route to host"
NET_DOWN = "Network is down"

OK = Outcome(0)
LIKELY = Outcome(0, "", False)


class Port:
    """An interface. `carrier` is False where nothing is at its other end; `assumed` where no input mentions it but
    by using it.
    """

    __slots__ = ("arp", "assumed", "kind", "mac", "master", "mtu", "name", "origin", "peer", "up")

    def __init__(self, name: str, kind: str = "", up: bool = False, assumed: bool = False) -> None:
        self.name = name
        self.kind = kind
        self.up = up
        self.arp = True
        self.mtu: int | None = None
        self.mac = self.master = self.peer = ""
        self.assumed = assumed
        self.origin: Origin | None = None

    @property
    def loopback(self) -> bool:
        return self.name == "lo"

    def frozen(self) -> Link:
        up = None if self.assumed and self.up else self.up
        return Link(
            self.name, self.kind, up, self.arp if not self.arp else None, self.mtu, self.mac, self.master, self.origin
        )


def network_of(own: HostAddress) -> str:
    """The network that counts: that of the other end, where there is one."""
    return f"{masked(own.peer or own.address, own.prefix)}/{own.prefix}"


class Ways:
    """The routes of one table: those of one destination in the kernel's order."""

    __slots__ = ("_by",)

    def __init__(self) -> None:
        self._by: dict[str, list[Route]] = {}

    def __iter__(self) -> Iterator[Route]:
        for routes in list(self._by.values()):
            yield from list(routes)

    def to(self, destination: str) -> Sequence[Route]:
        return self._by.get(destination, ())

    def place(self, route: Route, append: bool = False) -> None:
        """Insert a route: by metric, in front of those of the same, or behind them."""
        same = self._by.setdefault(route.destination, [])
        metric = route.metric
        at = next(
            (i for i, own in enumerate(same) if own.metric > metric or (own.metric == metric and not append)), None
        )
        same.insert(len(same) if at is None else at, route)

    def exchange(self, old: Route, new: Route) -> None:
        same = self._by[old.destination]
        same[same.index(old)] = new

    def remove(self, route: Route) -> None:
        same = self._by[route.destination]
        same.remove(route)
        if not same:
            del self._by[route.destination]


class State:
    """Interfaces, addresses, routes and rules, in the kernel's order.

    `complete` is False for a host of which only a part is known: what a command presupposes is taken for a fact, and
    `certain` falls to False while it runs.
    """

    def __init__(self, complete: bool) -> None:
        self.complete = complete
        self.certain = True
        self.ports: dict[str, Port] = {}
        self.addresses: dict[tuple[str, int], list[HostAddress]] = {}
        self.routes: dict[tuple[int, str], Ways] = {}
        # Addresses by themselves, by their networks, by their broadcast addresses: thousands may be there.
        self.owned: dict[str, list[HostAddress]] = {}
        self.networks: dict[str, list[HostAddress]] = {}
        self.broadcasts: dict[str, list[HostAddress]] = {}
        self.rules: dict[int, list[PolicyRule]] = {4: [], 6: []}
        self.births: dict[tuple[str, str], int] = {}  # which of the host's addresses is older
        self.tables: set[tuple[int, str]] = {(4, "main"), (4, "local"), (6, "main"), (6, "local")}
        self.apart = False  # whether a rule was ever added
        self.promotes: set[str] = set()  # interfaces whose secondary addresses move up
        self.made: list[Node] = []
        self.gone: list[Node] = []
        self.notes: list[str] = []

    def port(self, name: str, message: str = "", status: int = 1) -> Port:
        """The interface of this name. On a host of which only a part is known, it is taken to be there."""
        found = self.ports.get(name)
        if found is None and not self.complete and name and len(name) <= 15:
            found = self.ports[name] = Port(name, up=True, assumed=True)
            self.certain = False
        if found is None:
            raise Refusal(message or f'Cannot find device "{name}"', status)
        return found

    def on(self, device: str, family: int) -> list[HostAddress]:
        return self.addresses.setdefault((device, family), [])

    def every(self, family: int) -> Iterable[HostAddress]:
        for (_, kind), addresses in self.addresses.items():
            if kind == family:
                yield from addresses

    def is_local(self, family: int, address: str) -> bool:
        """Whether the address is one of the host's own."""
        if family == 4 and address.startswith("127."):
            lo = self.ports.get("lo")
            return lo is not None and lo.up
        return address in self.owned or (family == 6 and address == "::1")

    def put(self, own: HostAddress, at: int | None = None) -> None:
        """List an address of an interface: last, or at this place."""
        listed = self.on(own.device, own.family)
        listed.insert(len(listed) if at is None else at, own)
        for index, key in self._indexes(own):
            index.setdefault(key, []).append(own)

    def drop(self, own: HostAddress) -> None:
        self.on(own.device, own.family).remove(own)
        for index, key in self._indexes(own):
            index[key].remove(own)
            if not index[key]:
                del index[key]

    def _indexes(self, own: HostAddress) -> Iterator[tuple[dict[str, list[HostAddress]], str]]:
        yield self.owned, own.address
        yield self.networks, network_of(own)
        if own.broadcast:
            yield self.broadcasts, own.broadcast

    def table(self, family: int, name: str) -> Ways:
        return self.routes.setdefault((family, name), Ways())

    def doubt(self) -> None:
        """Go on where more would have to be known; True kernels of complete states refuse instead."""
        self.certain = False

    def take(self, routes: Ways, route: Route) -> None:
        routes.remove(route)
        self.gone.append(route)
