"""keepalived.conf: from its tree to the model."""

from __future__ import annotations

from collections.abc import Callable

from lvscompile.frontends.keepalived import services, vrrp
from lvscompile.frontends.keepalived.blocks import Checker, RawBlock
from lvscompile.ir.core import Block, Setting
from lvscompile.ir.services import VirtualService
from lvscompile.ir.site import NOTE, Director
from lvscompile.ir.vrrp import Script, SyncGroup, VrrpInstance
from lvscompile.syntax.keepalived.keywords import ROOT
from lvscompile.syntax.keepalived.tree import CHECKER_BLOCKS, Reading

# Blocks with a class of their own.
TYPED: dict[str, Callable[[Checker, RawBlock], Block]] = {
    "vrrp_instance": vrrp.instance,
    "vrrp_sync_group": vrrp.sync_group,
    "vrrp_script": vrrp.script,
    "virtual_server": services.virtual_service,
}


def lower(reading: Reading, name: str) -> tuple[Director, Checker]:
    """The director that a reading describes. The checker that comes with it holds the remarks made on the way."""
    checker = Checker(reading.misread, reading.skipped)
    settings, blocks = _top(checker, reading)
    if reading.vrrp is not None:
        # Each process runs what it reads itself. What there is to remark on was remarked on above.
        own = [block for block in blocks if block.keyword.name in CHECKER_BLOCKS]
        settings, others = _top(Checker(reading.vrrp.misread, reading.vrrp.skipped), reading.vrrp)
        blocks = (*(block for block in others if block.keyword.name not in CHECKER_BLOCKS), *own)
    in_globals = [setting for block in blocks if block.keyword.name == "global_defs" for setting in block.settings]
    director = Director(
        name,
        settings=tuple(settings),
        blocks=blocks,
        globals=(*settings, *in_globals),
        vrrp=tuple([block for block in blocks if isinstance(block, VrrpInstance)]),
        sync_groups=tuple([block for block in blocks if isinstance(block, SyncGroup)]),
        scripts=tuple([block for block in blocks if isinstance(block, Script)]),
        services=tuple([block for block in blocks if isinstance(block, VirtualService)]),
        opaque=tuple(checker.opaque),
        notes=_notes(reading),
    )
    return director, checker


def _top(checker: Checker, reading: Reading) -> tuple[list[Setting], tuple[Block, ...]]:
    settings, inner = checker.block(reading.tree.children, ROOT)
    return settings, tuple(
        [TYPED[b.keyword.name](checker, b) if b.keyword.name in TYPED else _plain(checker, b) for b in inner]
    )


def _plain(checker: Checker, raw: RawBlock) -> Block:
    return Block(*checker.parts(raw))


def _notes(reading: Reading) -> tuple[str, ...]:
    """The comments of earlier conversions, which tell what they left out."""
    texts = (source.text for source in reading.files if NOTE in source.text)
    lines = (line.strip() for text in texts for line in text.split("\n"))
    return tuple(dict.fromkeys(line for line in lines if line.startswith(NOTE)))
