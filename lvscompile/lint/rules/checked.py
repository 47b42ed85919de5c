"""4xx: whom and what health checks ask."""

from __future__ import annotations

from collections.abc import Iterator

from lvscompile.ir.addresses import canonical, network
from lvscompile.ir.pool import Checked, Pool, pool, says
from lvscompile.ir.services import Check, RealServer, VirtualService
from lvscompile.ir.site import Director
from lvscompile.lint.engine import Context, Emit
from lvscompile.lint.hints import closest
from lvscompile.lint.registry import rule

# Those that ask a port.
TO_A_PORT = ("TCP_CHECK", "HTTP_GET", "SSL_GET", "SMTP_CHECK", "DNS_CHECK", "UDP_CHECK")
# Check -> its word for a name, the blocks that define such names, and what they are.
NAMED = {
    "FILE_CHECK": ("track_file", ("track_file", "vrrp_track_file"), "track_file"),
    "BFD_CHECK": ("name", ("bfd_instance",), "bfd_instance"),
}


@rule("LVS440", "check-addresses-differ", "error", VirtualService)
def addresses_differ(service: VirtualService, ctx: Context, emit: Emit) -> None:
    """A check from an address of one family to one of the other."""
    for server, check, _ in pool(service).check_settings.get("bindto", ()):
        target, source = server.family, 0
        for setting in check.settings:
            parts = (
                canonical(setting.words[1])
                if setting.valid and setting.keyword.name in ("bindto", "connect_ip")
                else None
            )
            if parts is None:
                continue
            # keepalived compares each with what it has read so far.
            binds = setting.keyword.name == "bindto"
            if parts[0] != (target if binds else source or parts[0]):
                emit(
                    (setting.origin, 1),
                    f"an address of the other family than what the check {'asks' if binds else 'comes from'}: keepalived "
                    "ignores the line",
                    help="write `connect_ip` and `bindto` with addresses of one family, connect_ip first",
                )
            elif binds:
                source = parts[0]
            else:
                target = parts[0]


@rule("LVS445", "link-local-check-without-interface", "error", VirtualService, effect="latent")
def link_local(service: VirtualService, ctx: Context, emit: Emit) -> None:
    """A check of a link-local address that does not say on which link."""
    for server, check in _link_local_checks(service, pool(service)):
        emit(
            (check.origin, 0),
            f"`{_target(server, check)}` may be on any link, and `bind_if` does not say on which: keepalived drops the check, "
            "and takes the server for alive for ever unless it has another one",
            help="add `bind_if INTERFACE`",
        )


def _link_local_checks(service: VirtualService, found: Pool) -> Iterator[Checked]:
    redirected = {id(check) for _, check, _ in found.check_settings.get("connect_ip", ())}
    if service.family == 4 and not redirected:
        return
    for kind in (*TO_A_PORT, "PING_CHECK"):
        for server, check in found.checks.get(kind, ()):
            odd = server.address.startswith("fe") or id(check) in redirected
            if odd and _is_link_local(_target(server, check)) and not says(check, "bind_if") and not _has_hosts(check):
                yield server, check


def _target(server: RealServer, check: Check) -> str:
    said = check.setting("connect_ip")
    return said.words[1] if said is not None else server.address


def _has_hosts(check: Check) -> bool:
    """An SMTP_CHECK may hold the addresses that it asks in blocks of their own."""
    return any(block.keyword.name == "host" for block in check.blocks)


def _is_link_local(address: str) -> bool:
    return ":" in address and network(address, 10) == network("fe80::", 10)


@rule("LVS446", "unknown-check-target", "error", VirtualService, effect="latent")
def unknown_target(service: VirtualService, ctx: Context, emit: Emit) -> None:
    """A FILE_CHECK or BFD_CHECK of something that is not defined before it."""
    checks = pool(service).checks
    for kind, (word, blocks, noun) in NAMED.items():
        for _, check in checks.get(kind, ()):
            host = ctx.host_of(service)
            said = check.setting(word)
            if check.cut_short or host.includes_missing or (said is None and says(check, word)):
                continue
            if said is None:
                emit(
                    (check.origin, 0),
                    f"a {kind} that does not say which {noun}: keepalived drops it, and takes the server for alive for ever "
                    "unless it has another check",
                    help=f"add `{word} NAME`",
                )
                continue
            before, behind = _names(host.director, blocks, service)
            name = said.words[1]
            if name not in before:
                near = closest(name, before)
                emit(
                    (said.origin, 1),
                    f"there is no {noun} `{name}`"
                    + (" before this line, where keepalived looks for it" if name in behind else "")
                    + ": keepalived drops the check, and takes the server for alive for ever unless it has another one",
                    help=f"move the {noun} in front of the service"
                    if name in behind
                    else f"did you mean `{near}`?"
                    if near
                    else f"define the {noun}",
                )


def _names(director: Director, keywords: tuple[str, ...], service: VirtualService) -> tuple[set[str], set[str]]:
    """The names that blocks define before and behind the service."""
    before: set[str] = set()
    behind: set[str] = set()
    names = before
    for block in director.blocks:
        if block is service:
            names = behind
        elif block.keyword.name in keywords and len(block.words) > 1:
            names.add(block.words[1])
    return before, behind


@rule("LVS448", "check-without-port", "error", VirtualService, effect="outage")
def without_port(service: VirtualService, ctx: Context, emit: Emit) -> None:
    """A check of a port where neither the service nor the server says which."""
    if service.kind == "address" and service.port:
        return
    for kind in TO_A_PORT:
        for server, check in pool(service).checks.get(kind, ()):
            if not server.port and not says(check, "connect_port") and not _has_hosts(check):
                emit(
                    (check.origin, 0),
                    f"nothing says which port of `{server.address}` to ask: keepalived asks port 0, the check always fails, "
                    "and the server never gets a client",
                    help="add `connect_port PORT` to the check",
                )


@rule("LVS449", "check-of-the-wrong-port", "warning", VirtualService, effect="outage")
def wrong_port(service: VirtualService, ctx: Context, emit: Emit) -> None:
    """HTTP_GET to port 443, or SSL_GET to port 80."""
    for kind, usual, instead in (("HTTP_GET", 443, "SSL_GET"), ("SSL_GET", 80, "HTTP_GET")):
        for server, check in pool(service).checks.get(kind, ()):
            said = check.setting("connect_port")
            unknown = said is None and says(check, "connect_port")
            port = int(said.words[1]) if said is not None else server.port or service.port
            if port == usual and not unknown:
                emit(
                    (check.origin, 0),
                    f"{kind} speaks {'plain HTTP' if usual == 443 else 'TLS'} to port {usual}: a usual server there refuses "
                    "that, and counts as dead",
                    related=[
                        ((said.origin, 1) if said is not None else (server.origin, 1), "the server that is asked")
                    ],
                    help=f"write {instead}",
                )
