"""What other inputs tell of a host, in the words of keepalived.conf: services, addresses, routes, rules.

Each line knows the fact that it comes from. The text is meant to be read by the front end, which checks it, and to be
written by `emit`, which lays it out and knows the versions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import NamedTuple

from lvscompile.backends.keepalived.quoting import line
from lvscompile.ir.core import Loss, Origin
from lvscompile.ir.host import HostAddress, PolicyRule, Route
from lvscompile.ir.ipvs import FLAG_NAMES, IPIP, Daemon, Destination, Service, Table

SCHEDULERS = frozenset(
    ("rr", "wrr", "lc", "wlc", "lblc", "sh", "mh", "dh", "fo", "ovf", "lblcr", "sed", "nq", "twos")
)  # fmt: skip
# The kernel's own timeouts need not be said.
TIMEOUTS = {"tcp": 900, "tcpfin": 120, "udp": 300}
SYNC_GROUP, SYNC_PORT, SYNC_TTL = "224.0.0.81", 8848, 1
SYNC_MAXLEN = 1472  # what the kernel makes of an interface's usual size
# The flags of a scheduler; the third one means nothing to those that name the other two, but it can be set.
FLAGS = {"": FLAG_NAMES[""], **{name: (*names, "flag-3") for name, names in FLAG_NAMES.items() if name}}
# Selectors of rules that ip and keepalived call the same, or nearly so.
_SELECTORS = {"ipproto": "ipproto", "uidrange": "uidrange", "l3mdev": "l3mdev", "tun_id": "tunnel-id",
              "suppress_prefixlength": "suppress_prefixlength", "suppress_ifgroup": "suppress_ifgroup"}  # fmt: skip
_PORTS = ("sport", "dport")

CHECKS: dict[str, tuple[str, ...]] = {
    "TCP_CHECK": ("TCP_CHECK {", "connect_timeout 3", "}"),
    "HTTP_GET": ("HTTP_GET {", "url {", "path /", "status_code 200", "}", "connect_timeout 3", "}"),
    "SSL_GET": ("SSL_GET {", "url {", "path /", "status_code 200", "}", "connect_timeout 3", "}"),
}


class Line(NamedTuple):
    text: str
    origin: Origin | None = None


Tell = Callable[[Loss], None]


def virtual_server(service: Service, tell: Tell, check: Callable[[Destination], str] = lambda d: "") -> Iterator[Line]:
    """A virtual_server for a service; `check` gives the keyword of the check that a server gets. `tell` takes what
    keepalived has no words for.
    """
    origin = service.origin
    if service.protocol == "FWM":
        yield Line(f"virtual_server fwmark {service.fwmark} {{", origin)
        if service.family == 6:
            yield Line("ip_family inet6", origin)
        elif any(server.family == 6 for server in service.destinations):
            yield Line("ip_family inet", origin)
    else:
        yield Line(f"virtual_server {service.address} {service.port} {{", origin)
        yield Line(f"protocol {service.protocol}", origin)
    if service.scheduler in SCHEDULERS:
        yield Line(f"lb_algo {service.scheduler}", origin)
    elif service.scheduler:
        tell(Loss("unsaid", origin, f"the scheduler `{service.scheduler}`; the output has `wlc`"))
    kinds = Counter(_method(server) for server in service.destinations)
    kind = kinds.most_common(1)[0][0] if kinds else "NAT"
    yield Line(f"lb_kind {kind}", origin)
    yield from (Line(text, origin) for text in _options(service, tell))
    # Newest first is how the kernel has them; keepalived adds them in the order of its file.
    present: set[tuple[str, int]] = set()
    for server in reversed(service.destinations):
        where = server.address, _port(service, server)
        if where in present:
            tell(Loss("unsaid", server.origin, f"`{server.title}`: the server is there already"))
            continue
        present.add(where)
        yield from _real_server(service, server, kind, check(server))
    yield Line("}", origin)


def _options(service: Service, tell: Tell) -> Iterator[str]:
    for bit, name in enumerate(FLAGS.get(service.scheduler, FLAGS[""])):
        if service.flags >> bit & 1:
            yield name
    if service.one_packet and service.protocol in ("UDP", "FWM"):
        yield "ops"
    elif service.one_packet:
        tell(Loss("unsaid", service.origin, f"`-o` for {service.protocol}: it is for UDP"))
    if service.persistence is not None:
        yield f"persistence_timeout {service.persistence}"
        if service.netmask:
            yield f"persistence_granularity {service.netmask}"
        if service.engine:
            yield f"persistence_engine {service.engine}"


def _port(service: Service, server: Destination) -> int:
    """Where packets arrive: only masquerading changes the port, and 0 leaves it. Behind a mark that is 0, any port."""
    return (server.port if server.method == "NAT" else 0) or service.port


def _real_server(service: Service, server: Destination, kind: str, check: str) -> Iterator[Line]:
    own = _method(server)
    yield Line(f"real_server {server.address} {_port(service, server)} {{", server.origin)
    yield Line(f"weight {server.weight}", server.origin)
    if own != kind:
        yield Line(f"lvs_method {own}", server.origin)
    for word, value in (("uthreshold", server.upper), ("lthreshold", server.lower)):
        if value:
            yield Line(f"{word} {value}", server.origin)
    yield from (Line(text, server.origin) for text in CHECKS.get(check, ()))
    yield Line("}", server.origin)


def _method(server: Destination) -> str:
    """`LOCAL` is what old listings call a server that is the director itself."""
    if server.method != "TUN" or server.tunnel == IPIP:
        return "DR" if server.method == "LOCAL" else server.method
    kind, port, checksum = server.tunnel
    return f"TUN type {kind}" + (f" port {port}" if kind == "gue" else "") + (f" {checksum}" if kind != "ipip" else "")


def check_of(port: int, kind: str) -> str:
    """The keyword of the check that `tcp` or `http` stands for; "" where no port tells what to ask."""
    if not port:
        return ""
    if kind == "http":
        return "SSL_GET" if port == 443 else "HTTP_GET"
    return "TCP_CHECK"


# Of the table as a whole.


def timeouts(table: Table) -> str:
    """The words of lvs_timeouts, "" where nobody has set one."""
    stated = zip(TIMEOUTS, (table.tcp, table.tcp_fin, table.udp), strict=True)
    return " ".join(f"{name} {value.value}" for name, value in stated if value is not None)


def sync_daemon(daemon: Daemon, instance: str) -> str:
    """The words of lvs_sync_daemon: keepalived runs it as master or backup, as the instance is."""
    words = ["lvs_sync_daemon", daemon.interface, "inst", instance]
    words += ["id", str(daemon.syncid)] if daemon.syncid else []
    said = (("maxlen", daemon.maxlen, SYNC_MAXLEN), ("port", daemon.port, SYNC_PORT), ("ttl", daemon.ttl, SYNC_TTL))
    words += [word for name, value, usual in said if value and value != usual for word in (name, str(value))]
    words += ["group", daemon.group] if daemon.group not in ("", SYNC_GROUP) else []
    return line(words)


# Of the network.


def address(fact: HostAddress, tell: Tell) -> str:
    """An item of static_ipaddress or virtual_ipaddress."""
    # 2.2.7 takes no length beside a peer, neither here nor there.
    words = [fact.address, "peer", fact.peer] if fact.peer else [fact.text]
    if fact.peer and fact.prefix not in (32, 128) and fact.origin is not None:
        tell(Loss("unsaid", fact.origin, f"the length /{fact.prefix} of the peer {fact.peer}"))
    words += ["brd", fact.broadcast] if fact.broadcast and not fact.peer and fact.family == 4 else []
    words += ["dev", fact.device]
    if fact.family == 4:
        words += ["scope", fact.scope] if fact.scope != "global" else []
        words += ["label", fact.label] if fact.label not in ("", fact.device) else []
    return line(words)


def route(fact: Route) -> str:
    """An item of static_routes."""
    words = [fact.kind] if fact.kind != "unicast" else []
    words.append(fact.destination)
    if len(fact.hops) == 1:
        hop = fact.hops[0]
        words += ["via", hop.via] if hop.via else []
        words += ["dev", hop.device] if hop.device else []
        words += ["onlink"] if hop.onlink else []
    words += ["src", fact.source] if fact.source else []
    words += ["scope", fact.scope] if fact.scope not in ("", "global") and fact.family == 4 else []
    words += ["table", fact.table] if fact.table not in ("", "main") else []
    words += ["tos", f"0x{fact.tos:02x}"] if fact.tos else []
    words += ["metric", str(fact.metric)] if fact.metric else []
    for hop in fact.hops if len(fact.hops) > 1 else ():
        words += ["nexthop", *(("via", hop.via) if hop.via else ()), *(("dev", hop.device) if hop.device else ())]
        words += ["weight", str(hop.weight), *(("onlink",) if hop.onlink else ())]
    return line(words)


def policy_rule(fact: PolicyRule, tell: Tell) -> str:
    """An item of static_rules."""
    words = ["not"] if fact.negated else []
    # 2.2.7 swallows the word behind `inet6`.
    source = fact.source or ("::/0" if fact.family == 6 and not fact.destination else "")
    for name, text in (("from", source), ("to", fact.destination), ("iif", fact.iif), ("oif", fact.oif)):
        words += [name, text] if text else []
    if fact.mark is not None:
        words += ["fwmark", str(fact.mark) + (f"/{fact.mask:#x}" if fact.mask is not None else "")]
    words += ["tos", f"0x{fact.tos:02x}"] if fact.tos else []
    for name, value in fact.others:
        if name in _PORTS:
            words += [name, value if "-" in value else f"{value}-{value}"]
        elif name in _SELECTORS:
            words += [_SELECTORS[name], *((value,) if value else ())]
        elif fact.origin is not None:
            tell(Loss("unsaid", fact.origin, f"`{name} {value}`".replace(" `", "`")))
    words += ["table", fact.table] if fact.action == "lookup" else []
    words += ["goto", str(fact.target)] if fact.action == "goto" else []
    words += [fact.action] if fact.action not in ("lookup", "goto") else []
    words += ["priority", str(fact.preference)] if fact.preference is not None else []
    return line(words)
