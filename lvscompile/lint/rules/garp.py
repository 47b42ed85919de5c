"""2xx: gratuitous ARP and neighbour advertisements."""

from __future__ import annotations

from collections.abc import Iterable

from lvscompile.ir.core import Block, Setting
from lvscompile.ir.site import Director
from lvscompile.ir.vrrp import VrrpInstance
from lvscompile.lint import edits
from lvscompile.lint.engine import Context, Emit, Host
from lvscompile.lint.registry import rule

BURST = 1000  # packets at once, when a host becomes master of everything
STEADY = 100  # packets a second, all the time
_REPEATS = frozenset({"garp_master_repeat", "garp_master_refresh_repeat"})


def _value(director: Director, instance: VrrpInstance, name: str, default: int) -> int:
    """The instance's value, else the global one. keepalived makes 1 of a 0 where 0 makes no sense."""
    setting = instance.setting(name) or director.global_setting(f"vrrp_{name}")
    value = int(setting.words[1]) if setting is not None else default
    return max(value, 1) if name in _REPEATS else value


@rule("LVS267", "garp-storm", "warning", Host, effect="latent")
def garp_storm(host: Host, ctx: Context, emit: Emit) -> None:
    """So many gratuitous ARPs that switches drop them, or shut the port."""
    director = host.director
    counts: list[tuple[VrrpInstance, int]] = [(i, len(i.addresses) + len(i.excluded)) for i in director.vrrp]
    steady = 0.0
    burst = 0
    for instance, count in counts:
        refresh = _value(director, instance, "garp_master_refresh", 0)
        if refresh:
            steady += count * _value(director, instance, "garp_master_refresh_repeat", 1) / refresh
        burst += count * _value(director, instance, "garp_master_repeat", 5)
    if _is_paced(director) or host.includes_missing:
        return
    largest = max(counts, key=lambda pair: pair[1], default=(None, 0))[0]
    if largest is None:
        return
    at = largest.place("virtual_ipaddress")
    if steady >= STEADY:
        emit(
            at,
            f"this host repeats {steady:.0f} gratuitous ARPs a second as long as it is master: switches that limit ARP drop "
            "them, or shut the port, and each of them is work for every host on the network",
            help="raise garp_master_refresh, or set garp_master_refresh_repeat to 1",
        )
    elif burst >= BURST:
        emit(
            at,
            f"when this host becomes master it sends {burst} gratuitous ARPs at once, and again after garp_master_delay: what "
            "switches drop of them are addresses that stay with the old master until the neighbours' caches expire",
            severity="info",
            help="space them with vrrp_garp_interval, e.g. 0.001, or lower garp_master_repeat",
        )


def _is_paced(director: Director) -> bool:
    """Whether an interval between the packets is set, for all interfaces or for some."""
    grouped = any(b.setting("garp_interval") or b.setting("gna_interval") for b in director.blocks)
    general = director.global_setting("vrrp_garp_interval") or director.global_setting("vrrp_gna_interval")
    return grouped or general is not None


@rule("LVS268", "garp-value-changed", "warning", Host, fix="safe")
def garp_value_changed(host: Host, ctx: Context, emit: Emit) -> None:
    """A value that keepalived takes, and changes."""
    for setting in _settings(host):
        name = setting.keyword.name.removeprefix("vrrp_")
        if name in _REPEATS and int(setting.words[1]) == 0:
            emit(
                (setting.origin, 1),
                f"`{setting.keyword.name} 0` does not turn it off: keepalived makes it 1",
                help="write 1; only garp_lower_prio_repeat may be 0",
                fix=edits.fix("write 1", edits.replaced(setting.origin, 1, "1")),
            )
        elif setting.words[1:] == ("all",):
            emit(
                (setting.origin, 1),
                f"`{setting.keyword.name} all` lacks the number of seconds: keepalived ignores the line",
                help=f"write `{setting.keyword.name} all SECONDS`",
            )


def _settings(host: Host) -> Iterable[Setting]:
    yield from (s for s in host.director.globals if s.valid)
    yield from (s for i in host.director.vrrp for s in i.settings if s.valid)


@rule("LVS287", "useless-garp-group", "warning", Host)
def useless_garp_group(host: Host, ctx: Context, emit: Emit) -> None:
    """A garp_group without an interval, without interfaces, or for interfaces that another one has."""
    taken: dict[str, Block] = {}
    for block in host.director.blocks:
        if block.keyword.name != "garp_group" or block.cut_short:
            continue
        if not any(s.keyword.name.endswith("_interval") for s in block.settings):
            emit((block.origin, 0), "this garp_group sets no interval: keepalived removes it", help="add garp_interval")
        elif not _interfaces(block):
            emit(
                (block.origin, 0), "this garp_group names no interface: it changes nothing", help="add `interface NAME`"
            )
        for name in _interfaces(block):
            other = taken.setdefault(name, block)
            if other is not block:
                emit(
                    (block.origin, 0),
                    f"`{name}` is in an earlier garp_group already: keepalived leaves it there",
                    related=[((other.origin, 0), "the one that counts")],
                    help="name each interface in one garp_group",
                )


def _interfaces(block: Block) -> list[str]:
    """The interfaces that a garp_group names, also those that keepalived would not take."""
    named = [s.words[-1] for s in block.settings if s.keyword.name == "interface"]
    return named + [i.words[0] for b in block.blocks for i in b.items]
