"""keepalived.conf: from its tree to the model."""

from __future__ import annotations

from lvscompile.frontends.keepalived import services, vrrp
from lvscompile.frontends.keepalived.blocks import Block, Checker
from lvscompile.ir.core import Opaque, Setting
from lvscompile.ir.services import VirtualService
from lvscompile.ir.site import Director
from lvscompile.ir.vrrp import Script, SyncGroup, VrrpInstance
from lvscompile.syntax.keepalived.keywords import ROOT
from lvscompile.syntax.keepalived.tree import Reading


def lower(reading: Reading, name: str) -> tuple[Director, Checker]:
    """The director that a reading describes. The checker that comes with it holds the remarks made on the way."""
    checker = Checker(reading.misread, reading.skipped)
    settings, blocks = checker.block(reading.tree.children, ROOT)
    instances: list[VrrpInstance] = []
    groups: list[SyncGroup] = []
    scripts: list[Script] = []
    virtual: list[VirtualService] = []
    for block in blocks:
        kind = block.keyword.name
        if kind == "vrrp_instance":
            instances.append(vrrp.instance(checker, block))
        elif kind == "virtual_server":
            service = services.virtual_service(checker, block)
            if service is not None:
                virtual.append(service)
        elif kind == "vrrp_sync_group":
            groups.append(vrrp.sync_group(checker, block))
        elif kind == "vrrp_script":
            scripts.append(vrrp.script(checker, block))
        else:
            settings += _other(checker, block)
    director = Director(
        name,
        globals=tuple(settings),
        vrrp=tuple(instances),
        sync_groups=tuple(groups),
        scripts=tuple(scripts),
        services=tuple(virtual),
        opaque=tuple(checker.opaque),
    )
    return director, checker


def _other(checker: Checker, block: Block) -> list[Setting]:
    """Blocks without fields of their own: their statements are checked and kept in order."""
    if block.keyword.body == "block":
        settings, inner = checker.block(block.children, block.keyword.table or {})
        for each in inner:
            settings += _other(checker, each)
        return settings
    for stmt, words, _ in checker.items(block):
        checker.opaque.append(Opaque("keepalived.conf item of " + block.keyword.name, " ".join(words), stmt))
    return []
