"""4xx: health checks."""

from __future__ import annotations

from collections.abc import Iterator

from lvscompile.ir.checks import SECOND, CheckSpec, check_specs, worst_detection
from lvscompile.ir.core import Block, Setting, Version
from lvscompile.ir.pool import Checked, pool, says
from lvscompile.ir.services import Check, RealServer, VirtualService
from lvscompile.ir.settings import is_newer, made_at_run_time
from lvscompile.lint.engine import Context, Emit, Host
from lvscompile.lint.registry import rule

WEB = ("HTTP_GET", "SSL_GET")
EXPECTATIONS = ("status_code", "digest", "regex")
TRUE_WORDS = frozenset({"on", "true", "yes"})
LONGEST_REPLY = 255  # bytes, unless max_reply_length says more
SLOW = 90 * SECOND  # more than the defaults of a TCP_CHECK or an HTTP_GET come to
# What decides how fast a check sees a dead server.
TIMES = frozenset({
    "delay_loop", "connect_timeout", "misc_timeout", "retry", "nb_get_retry", "delay_before_retry", "require_reply",
})  # fmt: skip


def _web_checks(service: VirtualService) -> Iterator[Checked]:
    """The HTTP_GETs and SSL_GETs; their only blocks are urls."""
    checks = pool(service).checks
    return (each for kind in WEB for each in checks.get(kind, ()))


@rule("LVS411", "http-check-without-url", "error", VirtualService, effect="outage")
def without_url(service: VirtualService, ctx: Context, emit: Emit) -> None:
    """An HTTP_GET or SSL_GET without a url: keepalived 2.2.7 crashes."""
    for _, check in _web_checks(service):
        if not check.urls and not check.cut_short and not ctx.host_of(service).includes_missing:
            emit(
                (check.origin, 0),
                f"this {check.kind} asks for nothing: keepalived 2.2.7 dies of it (SIGSEGV) whenever it reads the file, and "
                "no virtual server runs; other versions drop the check and take the server for alive for ever",
                help="add `url { path / }`, on three lines",
            )


@rule("LVS441", "url-without-path", "error", VirtualService, effect="latent")
def without_path(service: VirtualService, ctx: Context, emit: Emit) -> None:
    """A url without a path: keepalived ignores it."""
    for _, check in _web_checks(service):
        urls = check.blocks
        pathless = [url for url in urls if not says(url, "path") and not url.cut_short]
        for url in pathless:
            if ctx.host_of(service).includes_missing:
                return
            emit(
                (url.origin, 0),
                "a `url` without `path`: keepalived ignores it"
                + (
                    f", and then 2.2.7 dies (SIGSEGV) of the {check.kind} that asks for nothing"
                    if len(pathless) == len(urls)
                    else ", and what else is said about it is not checked"
                ),
                effect="outage" if len(pathless) == len(urls) else "",
                help="add `path /`, or the page that tells whether the server works",
            )


@rule("LVS451", "path-without-slash", "error", VirtualService, effect="outage")
def without_slash(service: VirtualService, ctx: Context, emit: Emit) -> None:
    """A path that does not begin with a slash: the request is none."""
    for _, check in _web_checks(service):
        for url in check.blocks:
            path = url.setting("path")
            if path is not None and not path.words[1].startswith("/") and "://" not in path.words[1]:
                emit(
                    (path.origin, 1),
                    f"keepalived asks for `GET {path.words[1]}`, as it is written, and servers refuse a request without a "
                    "slash in front (400): the check always fails, and the server never gets a client",
                    help=f"write `/{path.words[1]}`",
                )


@rule("LVS412", "root-page-without-status", "info", VirtualService)
def without_expectation(service: VirtualService, ctx: Context, emit: Emit) -> None:
    """A check of `/` that does not say which answer is a good one."""
    for _, check in _web_checks(service):
        for url in check.blocks:
            path = url.setting("path")
            if path is not None and path.words[1] == "/" and not says(url, *EXPECTATIONS):
                emit(
                    (path.origin, 1),
                    "any status from 200 to 299 is good here and nothing else: where `/` begins to redirect (301, 302), to a "
                    "login or to https, all servers are taken for dead at once",
                    help="ask for a page made for the check, or write `status_code`",
                )
                return


@rule("LVS413", "tls-check-without-sni", "info", VirtualService)
def without_sni(service: VirtualService, ctx: Context, emit: Emit) -> None:
    """An SSL_GET with a virtualhost that does not name it in the TLS handshake."""
    for _, check in pool(service).checks.get("SSL_GET", ()):
        assert check.keyword.table is not None
        if says(check, "enable_sni") or is_newer(check.keyword.table["enable_sni"], ctx.newest()):
            continue
        name = next(_virtualhosts(service, check), None)
        if name is not None:
            emit(
                (check.origin, 0),
                f"the handshake does not name `{name.words[1]}`: a server with several certificates answers with its "
                "default one, or refuses, and then counts as dead",
                related=[((name.origin, 1), "the name is only in the Host header")],
                help="add `enable_sni`",
            )
            return


def _virtualhosts(service: VirtualService, check: Check) -> Iterator[Setting]:
    """The names that keepalived may put into the handshake."""
    for block in (*check.blocks, check, service):
        name = block.setting("virtualhost")
        if name is not None:
            yield name


@rule("LVS444", "sni-without-name", "warning", VirtualService)
def sni_without_name(service: VirtualService, ctx: Context, emit: Emit) -> None:
    """enable_sni where no virtualhost says which name."""
    for server, check, setting in pool(service).check_settings.get("enable_sni", ()):
        around = (*check.blocks, check, server, service)
        named = any(says(block, "virtualhost", "sni_name") for block in around)
        if check.kind == "SSL_GET" and _is_on(setting) and not named:
            emit(
                (setting.origin, 0),
                "nothing says which name: without a `virtualhost` the TLS handshake names none, as if this line were not there",
                help="add `virtualhost NAME` to the check",
            )


def _is_on(setting: Setting) -> bool:
    return len(setting.words) < 2 or setting.words[1] in TRUE_WORDS


Key = tuple[object, ...]


@rule("LVS414", "slow-detection", "info", Host, effect="latent")
def slow_detection(host: Host, ctx: Context, emit: Emit) -> None:
    """A real server may be dead for more than 90 s before keepalived takes it out."""
    version = ctx.newest()
    known: dict[Key, list[tuple[int, CheckSpec]]] = {}
    for service in host.director.services:
        slowest: tuple[int, Check, CheckSpec] | None = None
        above = _times(service)
        for server in service.real_servers:
            found: list[tuple[int, Check, CheckSpec]] = []
            around = (above, _times(server))
            for check in server.checks:
                own = id(check) if check.kind == "SMTP_CHECK" else _times(check)
                key = (check.kind, own, around)
                times = known.get(key)
                if times is None:
                    times = known[key] = _detections(service, server, check, version)
                for time, spec in times:
                    found.append((time, check, spec))
            if found:
                # One check that fails is enough.
                quickest = min(found, key=_first)
                if slowest is None or quickest[0] > slowest[0]:
                    slowest = quickest
        if slowest is not None and slowest[0] > SLOW:
            time, check, spec = slowest
            emit(
                (check.origin, 0),
                f"a real server that falls silent keeps getting clients for up to {_seconds(time)}: {_steps(spec)}",
                help=_advice(spec),
            )


def _first(found: tuple[int, Check, CheckSpec]) -> int:
    return found[0]


def _times(block: Block) -> tuple[tuple[str, ...], ...]:
    settings = block.settings
    return tuple([s.words for s in settings if s.keyword.name in TIMES]) if settings else ()


def _detections(
    service: VirtualService, server: RealServer, check: Check, version: Version
) -> list[tuple[int, CheckSpec]]:
    """How long each checker of a block takes at worst; nothing where a time is known only when keepalived runs."""
    blocks = (service, server, check, *check.blocks)
    if any(made_at_run_time(s) for block in blocks for s in block.settings if s.keyword.name in TIMES):
        return []
    specs = check_specs(service, server, check, version)
    return [(time, spec) for spec in specs if (time := worst_detection(spec)) is not None]


def _steps(spec: CheckSpec) -> str:
    attempts, each = spec.retry + 1, _seconds(spec.attempt_timeout)
    after = f"{_seconds(spec.delay_loop)} until the next check, then "
    if attempts == 1:
        return f"{after}one attempt of {each}"
    return f"{after}{attempts} attempts of {each} each, with {_seconds(spec.delay_before_retry)} before each retry"


def _advice(spec: CheckSpec) -> str:
    if 2 * spec.delay_loop > SLOW:
        return "lower `delay_loop`, which is 60 s unless something else is said"
    return "lower the timeout of an attempt, or `retry`"


def _seconds(micros: int) -> str:
    whole, rest = divmod(micros, SECOND)
    return f"{whole}.{rest:06d}".rstrip("0").rstrip(".") + " s"


@rule("LVS430", "script-check-without-path", "error", VirtualService, effect="latent")
def without_script(service: VirtualService, ctx: Context, emit: Emit) -> None:
    """A MISC_CHECK without a script: keepalived drops it."""
    for _, check in pool(service).checks.get("MISC_CHECK", ()):
        if not says(check, "misc_path") and not check.cut_short and not ctx.host_of(service).includes_missing:
            emit(
                (check.origin, 0),
                "a MISC_CHECK without `misc_path`: keepalived drops it, and takes the server for alive for ever unless it "
                "has another check",
                help='add `misc_path "/path/of/script arguments"`',
            )


@rule("LVS431", "reply-lengths-reversed", "error", VirtualService, effect="outage")
def reply_lengths(service: VirtualService, ctx: Context, emit: Emit) -> None:
    """A UDP_CHECK whose shortest good reply is longer than the longest one."""
    for _, check, setting in pool(service).check_settings.get("min_reply_length", ()):
        upper = check.setting("max_reply_length")
        if setting is not check.setting("min_reply_length") or (upper is None and says(check, "max_reply_length")):
            continue
        longest = int(upper.words[1]) if upper is not None else LONGEST_REPLY
        if int(setting.words[1]) > longest:
            emit(
                (setting.origin, 1),
                f"no reply has at least {setting.words[1]} and at most {longest} bytes: the check always fails, and the "
                "server never gets a client",
                related=[((upper.origin, 1), "the longest good reply")] if upper is not None else (),
                help="swap them" if upper is not None else f"raise max_reply_length, which is {LONGEST_REPLY} here",
            )


@rule("LVS442", "second-digest", "error", VirtualService)
def second_digest(service: VirtualService, ctx: Context, emit: Emit) -> None:
    """Two digests for one url: keepalived takes the first."""
    for _, check in _web_checks(service):
        for url in check.blocks:
            digests = [s for s in url.settings if s.valid and s.keyword.name == "digest"]
            for setting in digests[1:]:
                emit(
                    (setting.origin, 1),
                    "a url has one digest: keepalived ignores this one, and a page that only fits this one counts as dead",
                    related=[((digests[0].origin, 1), "the digest that counts")],
                    help="remove one of them",
                )
