"""virtual_server blocks to the model."""

from __future__ import annotations

from lvscompile.frontends.keepalived import values
from lvscompile.frontends.keepalived.blocks import Checker, RawBlock
from lvscompile.ir.addresses import canonical
from lvscompile.ir.core import NEWEST, Block, Setting, Stated
from lvscompile.ir.node import replace
from lvscompile.ir.services import Check, Endpoint, RealServer, VirtualService
from lvscompile.ir.settings import counting, made_at_run_time
from lvscompile.syntax.statements import Stmt

DEFAULT_PERSISTENCE = 360  # seconds, of a bare persistence_timeout


def virtual_service(checker: Checker, raw: RawBlock) -> VirtualService | Block:
    """The service; a plain block, not valid, where its address is nothing that keepalived takes."""
    settings, inner = checker.block(raw.children, raw.keyword.table or {})
    servers = [real_server(checker, each) for each in inner]
    parts = checker.assembled(raw, tuple(settings), tuple(servers))
    key = _key(raw.words[1:])
    if key is None:
        return replace(Block(*parts), valid=False)
    kind, address, family, port = key
    counts = counting(settings, NEWEST)
    by_keyword = {keyword.name: setting for keyword, setting in counts if not made_at_run_time(setting)}

    def last(*keywords: str) -> Setting | None:
        return next((by_keyword[k] for k in keywords if k in by_keyword), None)

    def word(*keywords: str) -> Stated[str] | None:
        setting = last(*keywords)
        return values.word(setting) if setting is not None else None

    quorum, persistence, sorry = last("quorum"), last("persistence_timeout"), last("sorry_server")
    return VirtualService(
        *parts,
        kind=kind,
        address=address,
        family=family,
        port=port,
        protocol=word("protocol"),
        scheduler=word("lb_algo", "lvs_sched"),
        method=word("lb_kind", "lvs_method"),
        persistence=_persistence(persistence) if persistence is not None else None,
        quorum=values.integer(quorum) if quorum is not None else None,
        sorry_server=_endpoint(sorry.words[1:], sorry.origin) if sorry is not None else None,
        real_servers=tuple([server for server in servers if isinstance(server, RealServer)]),
    )


def _key(words: tuple[str, ...]) -> tuple[str, str, int, int | None] | None:
    if len(words) >= 2 and words[0] in ("fwmark", "group"):
        return words[0], words[1], 0, None
    parts = canonical(words[0]) if words else None
    if parts is None:
        return None
    return "address", parts[1], parts[0], _port(words[1:])


def _port(words: tuple[str, ...]) -> int | None:
    return int(words[0]) if words and words[0].isascii() and words[0].isdigit() else None


def _persistence(setting: Setting) -> Stated[int]:
    return values.integer(setting) if len(setting.words) > 1 else Stated(DEFAULT_PERSISTENCE, setting.origin, 0)


def _endpoint(words: tuple[str, ...], origin: Stmt) -> Endpoint | None:
    parts = canonical(words[0]) if words else None
    return Endpoint(parts[1], parts[0], _port(words[1:]), origin) if parts is not None else None


def real_server(checker: Checker, raw: RawBlock) -> RealServer | Block:
    settings, inner = checker.block(raw.children, raw.keyword.table or {})
    checks = tuple([_check(checker, each) for each in inner])
    parts = checker.assembled(raw, tuple(settings), checks)
    parsed = canonical(raw.words[1]) if len(raw.words) > 1 else None
    if parsed is None:
        return replace(Block(*parts), valid=False)
    weight = None
    for setting in settings:
        if setting.words[0] == "weight" and setting.valid and not made_at_run_time(setting):
            weight = values.integer(setting)
    family, address = parsed
    port = _port(raw.words[2:])
    return RealServer(*parts, address, family, port, weight, checks)


def _check(checker: Checker, raw: RawBlock) -> Check:
    parts = checker.parts(raw)
    urls = tuple([block.settings for block in parts[5] if block.keyword.name == "url"])
    return Check(*parts, raw.keyword.name, urls)
