"""Virtual services, real servers and health checks as keepalived of a given version really runs them.

Everything here is pure. Times are whole microseconds; inheritance and corrections are those of validate_check_config()
in check_data.c.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from lvscompile.ir.core import Setting, Version
from lvscompile.ir.node import Node
from lvscompile.ir.pool import only_marks
from lvscompile.ir.services import Check, RealServer, VirtualService
from lvscompile.ir.settings import counting, is_newer
from lvscompile.ir.site import Director

SECOND = 1_000_000
DELAY_LOOP = 60 * SECOND
CONNECT_TIMEOUT = 5 * SECOND
PERSISTENCE = 360  # seconds, where it is on and nobody says how long
# What differs from one retry after one second. None: as long as delay_loop.
RETRIES = {"DNS_CHECK": 3, "MISC_CHECK": 0}
RETRY_DELAYS: dict[str, int | None] = {
    "HTTP_GET": 3 * SECOND, "SSL_GET": 3 * SECOND, "DNS_CHECK": None, "MISC_CHECK": None,
}  # fmt: skip
# These wait for events; nothing in keepalived's configuration says how fast they come.
EVENT_CHECKS = frozenset({"FILE_CHECK", "BFD_CHECK"})
_TRUE = frozenset({"on", "true", "yes"})

Words = tuple[str, ...]
Layer = Mapping[str, Words]  # keyword -> the words that count of one block


class CheckSpec(Node):
    """One health check. Of `connect_timeout` and `misc_timeout` one is None, both for checks that wait for events;
    those have no times of their own, and all theirs are 0.

    `needs_reply` is False for a UDP_CHECK that takes silence for success.
    """

    kind: str
    delay_loop: int
    connect_timeout: int | None
    misc_timeout: int | None
    retry: int
    delay_before_retry: int
    warmup: int
    alpha: bool
    needs_reply: bool = True

    @property
    def attempt_timeout(self) -> int:
        """How long one attempt waits for a server that says nothing."""
        return self.connect_timeout or self.misc_timeout or 0


class ServerSpec(Node):
    """One real server; it is up only while all its checks are. `port` None means that of the packet."""

    address: str
    family: int
    port: int | None
    weight: int
    method: str
    inhibit_on_failure: bool
    alpha: bool
    checks: tuple[CheckSpec, ...]


class SorrySpec(Node):
    address: str
    family: int
    port: int | None
    method: str
    inhibit: bool


class ServiceSpec(Node):
    """One virtual service. `protocol` is "" where only a mark counts; `persistence` is seconds, 0 for none."""

    kind: str
    address: str
    family: int
    port: int | None
    protocol: str
    scheduler: str
    method: str
    persistence: int
    quorum: int
    hysteresis: int
    alpha: bool
    sorry_server: SorrySpec | None
    real_servers: tuple[ServerSpec, ...]


def service_spec(director: Director, service: VirtualService, version: Version) -> ServiceSpec:
    layer = _layer(service.settings, version)
    method = service.method.value if service.method else "NAT"
    servers = tuple(
        _server(service, server, method, layer, version) for server in _distinct(service.real_servers) if server.valid
    )
    quorum = service.quorum.value if service.quorum else 1
    if servers:  # not more than can be reached: more would mean never
        quorum = min(quorum, sum(server.weight for server in servers))
    return ServiceSpec(
        kind=service.kind,
        address=service.address,
        family=service.family,
        port=service.port,
        protocol=_protocol(director, service),
        scheduler=service.scheduler.value if service.scheduler else "wlc",
        method=method,
        persistence=_persistence(service, layer),
        quorum=quorum,
        hysteresis=max(min(_integer([layer], "hysteresis", 0), quorum - 1), 0),
        alpha="alpha" in layer,
        sorry_server=_sorry(service, method, layer),
        real_servers=servers,
    )


def _protocol(director: Director, service: VirtualService) -> str:
    """A service of marks alone has no protocol; any other is UDP unless it says so, as in the kernel."""
    if only_marks(director, service):
        return ""
    return service.protocol.value.upper() if service.protocol else "UDP"


def _persistence(service: VirtualService, layer: Layer) -> int:
    """Clients stay with their server also where there is a granularity, or no port to tell services apart by."""
    if service.persistence is not None:
        return service.persistence.value
    forced = "persistence_granularity" in layer or (service.kind == "address" and not service.port)
    return PERSISTENCE if forced else 0


def _sorry(service: VirtualService, method: str, layer: Layer) -> SorrySpec | None:
    sorry = service.sorry_server
    if sorry is None:
        return None
    own = layer.get("sorry_server_lvs_method", ("", method))[1]
    return SorrySpec(sorry.address, sorry.family, _port(service, sorry.port, own), own, "sorry_server_inhibit" in layer)


def _port(service: VirtualService, stated: int | None, method: str) -> int | None:
    """Only masquerading changes the port; without an address there is no port to take over."""
    if service.kind == "address":
        return (stated or service.port) if method == "NAT" else service.port
    return None if service.kind == "fwmark" and method != "NAT" else stated or None


def _distinct(servers: Iterable[RealServer]) -> list[RealServer]:
    """keepalived drops a second server with the same address and port."""
    first: dict[tuple[str, int | None], RealServer] = {}
    for server in servers:
        first.setdefault((server.address, server.port), server)
    return list(first.values())


def _server(service: VirtualService, server: RealServer, method: str, above: Layer, version: Version) -> ServerSpec:
    own = _layer(server.settings, version)
    method = own.get("lvs_method", ("", method))[1]
    alpha = _flag(own, "alpha", "alpha" in above)
    return ServerSpec(
        address=server.address,
        family=server.family,
        port=_port(service, server.port, method),
        weight=server.weight.value if server.weight else _integer([above], "weight", 1),
        method=method,
        # In a service the word alone counts, whatever follows it.
        inhibit_on_failure=_flag(own, "inhibit_on_failure", "inhibit_on_failure" in above),
        alpha=alpha,
        checks=tuple(
            _check(check, settings, [own, above], alpha, version)
            for check in server.checks
            if not is_newer(check.keyword, version)
            for settings in _checkers(check)
        ),
    )


def check_specs(service: VirtualService, server: RealServer, check: Check, version: Version) -> list[CheckSpec]:
    """The checkers that one block makes; none where the version does not know it."""
    if is_newer(check.keyword, version):
        return []
    own, above = _layer(server.settings, version), _layer(service.settings, version)
    alpha = _flag(own, "alpha", "alpha" in above)
    return [_check(check, settings, [own, above], alpha, version) for settings in _checkers(check)]


def _checkers(check: Check) -> list[tuple[Setting, ...]]:
    """The settings of each checker that a block makes: an SMTP_CHECK with `host` blocks makes one for each of them."""
    hosts = [block for block in check.blocks if block.keyword.name == "host"]
    return [check.settings + host.settings for host in hosts] or [check.settings]


def _check(check: Check, settings: tuple[Setting, ...], above: list[Layer], alpha: bool, version: Version) -> CheckSpec:
    own = _layer(settings, version)
    alpha = _flag(own, "alpha", alpha)
    if check.kind in EVENT_CHECKS:
        return CheckSpec(check.kind, 0, None, None, 0, 0, 0, alpha)
    layers = [own, *above]
    delay_loop = _time(layers, "delay_loop", DELAY_LOOP)
    misc = check.kind == "MISC_CHECK"
    retry_delay = RETRY_DELAYS.get(check.kind, SECOND)
    return CheckSpec(
        kind=check.kind,
        delay_loop=delay_loop,
        connect_timeout=None if misc else _time(layers, "connect_timeout", CONNECT_TIMEOUT),
        misc_timeout=(_time([own], "misc_timeout", 0) or delay_loop) if misc else None,
        retry=_retry(check, own, above, version),
        delay_before_retry=_time(layers, "delay_before_retry", delay_loop if retry_delay is None else retry_delay),
        warmup=_time(layers, "warmup", delay_loop),
        alpha=alpha,
        needs_reply=check.kind != "UDP_CHECK" or "require_reply" in own,
    )


def _retry(check: Check, own: Layer, above: list[Layer], version: Version) -> int:
    """`nb_get_retry` is the old name of `retry`. A version that knows neither for this check gives up at once."""
    known = check.keyword.table or {}
    if not any(name in known and not is_newer(known[name], version) for name in ("retry", "nb_get_retry")):
        return 0
    own = own if "retry" in own or "nb_get_retry" not in own else {**own, "retry": own["nb_get_retry"]}
    return _integer([own, *above], "retry", RETRIES.get(check.kind, 1))


def _layer(settings: Iterable[Setting], version: Version) -> Layer:
    """What a block says in the end; words that the version does not know yet say nothing."""
    known = [setting for setting in settings if not is_newer(setting.keyword, version)]
    return {keyword.name: setting.words for keyword, setting in counting(known, version)}


def _time(layers: Iterable[Layer], name: str, default: int) -> int:
    return next((micros(layer[name][1]) for layer in layers if name in layer), default)


def _integer(layers: Iterable[Layer], name: str, default: int) -> int:
    return next((int(layer[name][1]) for layer in layers if name in layer), default)


def _flag(layer: Layer, name: str, default: bool) -> bool:
    if name not in layer:
        return default
    return len(layer[name]) < 2 or layer[name][1] in _TRUE


def micros(text: str) -> int:
    """Seconds with a decimal point to whole microseconds, rounded half up, without floats."""
    whole, _, fraction = text.lstrip("+").partition(".")
    return int(whole or 0) * SECOND + (int((fraction + "0000000")[:7]) + 5) // 10


def worst_detection(check: CheckSpec) -> int | None:
    """The longest time from a server's silent death until keepalived takes it out; None: this check does not see it.

    The server dies right after a check, so a whole delay_loop passes first; then retry + 1 attempts have to time out,
    with delay_before_retry between them. A silent server stops HTTP_GET, SSL_GET and SMTP_CHECK at the connection, so
    one attempt costs one connect_timeout; but they apply it anew to each step (connecting, the TLS handshake, each
    reading), and a server that is merely slow in every one of them can keep an attempt going for longer than that.

    MISC_CHECK counts its delays from the start of the script, not from its end: a retry comes when both the delay and
    the attempt before it are over. A UDP_CHECK without require_reply takes silence for success.
    """
    if check.kind in EVENT_CHECKS or not check.needs_reply:
        return None
    attempt, pause = check.attempt_timeout, check.delay_before_retry
    turn = max(attempt, pause) if check.kind == "MISC_CHECK" else attempt + pause
    return check.delay_loop + check.retry * turn + attempt


def likely_detection(check: CheckSpec) -> int | None:
    """The same for a server that refuses at once (its service is gone, the machine answers): attempts cost nothing.

    A ping does not see that. Of a script it is assumed that it ends at once, too.
    """
    if check.kind in EVENT_CHECKS or check.kind == "PING_CHECK":
        return None
    return check.delay_loop + check.retry * check.delay_before_retry


def server_worst_detection(server: ServerSpec) -> int | None:
    """One failed check is enough: the quickest counts. None: no check ever sees it."""
    return min((t for t in map(worst_detection, server.checks) if t is not None), default=None)


def server_likely_detection(server: ServerSpec) -> int | None:
    return min((t for t in map(likely_detection, server.checks) if t is not None), default=None)
