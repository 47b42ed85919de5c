"""2xx: mail and notifications."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from lvscompile.ir.core import Block, Setting
from lvscompile.ir.site import Director
from lvscompile.lint.engine import Context, Emit, Host
from lvscompile.lint.registry import rule

_RECIPIENTS = "global_defs/notification_email"
_ALERTS = ("smtp_alert", "smtp_alert_vrrp", "smtp_alert_checker")
_OFF = (("off",), ("no",), ("false",))


@rule("LVS224", "mail-goes-nowhere", "warning", Host)
def mail_goes_nowhere(host: Host, ctx: Context, emit: Emit) -> None:
    """Mail that is asked for, but has no recipient or no server."""
    director = host.director
    if host.includes_missing or any(b.cut_short for b in director.blocks if b.keyword.name == "global_defs"):
        return
    lists = [block for outer in director.blocks for block in outer.blocks if block.keyword.path == _RECIPIENTS]
    recipients = next((block for block in lists if any(item.valid for item in block.items)), None)
    if recipients is None:
        alert = next(_alerts(director), None)
        if alert is not None:
            emit(
                (alert.origin, 0),
                "no mail is sent: global_defs names no recipient, and keepalived does not mention it",
                help="add `notification_email { you@example.com }` and smtp_server to global_defs, or remove the line",
            )
    elif not any(s.path == "global_defs/smtp_server" for s in director.globals):
        emit(
            (recipients.origin, 0),
            "no mail reaches these recipients: without smtp_server keepalived sends none, and does not mention it",
            help="add `smtp_server ADDRESS` to global_defs",
        )


def _alerts(director: Director) -> Iterator[Setting]:
    """The settings that turn mail on."""
    owners: Iterable[Block] = chain[Block](
        director.sync_groups,
        director.vrrp,
        director.services,
        chain.from_iterable(service.real_servers for service in director.services),
    )
    settings = chain(director.globals, chain.from_iterable(owner.settings for owner in owners))
    return (s for s in settings if s.keyword.name in _ALERTS and s.valid and s.words[1:2] not in _OFF)


@rule("LVS225", "fifo-shared", "warning", Host)
def fifo_shared(host: Host, ctx: Context, emit: Emit) -> None:
    """One FIFO for two kinds of notifications."""
    seen: dict[str, Setting] = {}
    for name in ("notify_fifo", "vrrp_notify_fifo", "lvs_notify_fifo"):
        setting = next((s for s in host.director.globals if s.keyword.name == name and s.valid), None)
        if setting is None:
            continue
        first = seen.setdefault(setting.words[1], setting)
        if first is setting:
            continue
        both = first.keyword.name == "notify_fifo"
        harm = (
            "every record arrives twice"
            if both
            else "records of both kinds arrive mixed, and one script at most reads them"
        )
        emit(
            (setting.origin, 1),
            f"`{setting.keyword.name}` is the FIFO of `{first.keyword.name}`, too: {harm}",
            related=[((first.origin, 1), "the same FIFO")],
            help=f"give it a name of its own, or remove it: {first.keyword.name} has it all"
            if both
            else "give it its own name",
        )
