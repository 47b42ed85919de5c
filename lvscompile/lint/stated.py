"""Questions that several rules ask of an instance: what it really runs with, or that nobody can tell."""

from __future__ import annotations

from lvscompile.ir.core import Block, Setting
from lvscompile.ir.effective import OWNER
from lvscompile.ir.vrrp import VrrpInstance
from lvscompile.lint.engine import Context, Owned


def in_doubt(block: Block, *keywords: str) -> bool:
    """Whether one of these words stands there with a value that keepalived rejects, or that only it knows."""
    return any(not setting.valid and setting.keyword.name in keywords for setting in block.settings)


def priority(owned: Owned, ctx: Context) -> int | None:
    """The instance's priority; None where that is not certain."""
    host, instance = owned
    if instance.priority is None and (instance.cut_short or in_doubt(instance, "priority", "state")):
        return None
    return ctx.params(host, instance, ctx.newest()).priority


def is_owner(instance: VrrpInstance) -> bool:
    """Whether `priority 255` is said: what comes of MASTER without a priority is a matter of its own."""
    return instance.priority is not None and instance.priority.value == OWNER


def strict_by(owned: Owned, ctx: Context) -> Setting | None:
    """What puts the instance into strict mode, if anything does."""
    host, instance = owned
    if ctx.newest() < (1, 2, 20) or not ctx.params(host, instance, ctx.newest()).strict:
        return None
    return instance.setting("strict_mode") or host.global_setting("vrrp_strict")


def is_on(setting: Setting | None) -> bool:
    """Whether a boolean setting is on: without a word it is."""
    return setting is not None and (len(setting.words) < 2 or setting.words[1] in ("on", "true", "yes"))
