"""2xx: global_defs, as far as the instances and services depend on them."""

from __future__ import annotations

from lvscompile.ir.addresses import network
from lvscompile.ir.core import Setting
from lvscompile.lint import edits
from lvscompile.lint.engine import Context, Emit, Host
from lvscompile.lint.hints import closest
from lvscompile.lint.registry import rule

LARGE = 1000  # addresses, routes and rules of a host that move together
_SYNC_OPTIONS = frozenset({"inst", "id", "maxlen", "port", "ttl", "group"})
_ID_SINCE = (2, 0)  # that the word `id` is certainly known
_MOVED = ("virtual_ipaddress", "virtual_routes", "virtual_rules")


@rule("LVS276", "sync-daemon-incomplete", "warning", Host, effect="latent", fix="safe")
def sync_daemon(host: Host, ctx: Context, emit: Emit) -> None:
    """A connection synchronisation daemon that follows no instance, or an unknown one."""
    said = [s for s in host.director.globals if s.valid and s.keyword.name == "lvs_sync_daemon"]
    for again in said[1:]:
        emit(
            (again.origin, 0),
            "keepalived takes the first lvs_sync_daemon and ignores this one",
            related=[((said[0].origin, 0), "the one that counts")],
            effect="none",
            help="keep one of them",
            fix=edits.fix("remove this one", edits.removed(again.origin), safe=False),
        )
    if not said:
        return
    words = said[0].words
    at = _instance_word(words)
    names = {instance.name for instance in host.director.vrrp}
    if not at:
        emit(
            (said[0].origin, 0),
            "this lvs_sync_daemon names no instance: the host sends its connections and takes those of its peer all the time, "
            "whether it is master or backup",
            severity="info",
            effect="none",
            help="add `inst NAME`: the master then sends, the backup listens",
        )
    elif words[at] not in names:
        near = closest(words[at], sorted(names))
        emit(
            (said[0].origin, at),
            f"no vrrp_instance is called `{words[at]}`: keepalived drops the whole setting, and a failover breaks all "
            "connections",
            severity="info" if host.includes_missing else "error",
            help=f"did you mean `{near}`?" if near else "",
            fix=edits.fix(f"write `{near}`", edits.replaced(said[0].origin, at, near), safe=False) if near else None,
        )
    if at and at + 1 < len(words) and words[at + 1] not in _SYNC_OPTIONS:
        emit(
            (said[0].origin, at + 1),
            f"`{words[at + 1]}` is the synchronisation id in an old form, about which keepalived complains",
            severity="info",
            effect="none",
            help=f"write `id {words[at + 1]}`",
            fix=edits.fix("write `id` before it", edits.replaced(said[0].origin, at + 1, f"id {words[at + 1]}"))
            if ctx.target.versions()[0] >= _ID_SINCE
            else None,
        )


def _instance_word(words: tuple[str, ...]) -> int:
    """The index of the instance's name in the words of lvs_sync_daemon, 0 where there is none."""
    at = 2
    while at < len(words):
        if words[at] == "inst":
            return at + 1
        if words[at] not in _SYNC_OPTIONS:
            return at
        at += 2
    return 0


@rule("LVS281", "two-packet-filters", "warning", Host)
def two_packet_filters(host: Host, ctx: Context, emit: Emit) -> None:
    """Settings for iptables beside those for nftables, or for ipsets without iptables."""
    given = {name: host.director.global_setting(name) for name in ("vrrp_iptables", "vrrp_ipsets", "nftables")}
    iptables, ipsets, nftables = given["vrrp_iptables"], given["vrrp_ipsets"], given["nftables"]
    if iptables is not None and nftables is not None:
        emit(
            (iptables.origin, 0),
            "vrrp_iptables and nftables are both set: keepalived uses nftables alone, and these chains stay empty",
            related=[((nftables.origin, 0), "the one that counts")],
            help="remove vrrp_iptables",
        )
    if ipsets is not None and iptables is None and not _is_off(ipsets) and not host.includes_missing:
        emit(
            (ipsets.origin, 0),
            "vrrp_ipsets has no effect without vrrp_iptables: keepalived ignores it",
            help="add vrrp_iptables, or remove the line",
        )


def _is_off(setting: Setting) -> bool:
    return setting.words[1:2] in (("off",), ("no",), ("false",))


@rule("LVS283", "small-buffers", "info", Host, effect="latent")
def small_buffers(host: Host, ctx: Context, emit: Emit) -> None:
    """Very many addresses, routes and rules with the kernel's default buffers."""
    blocks = [b for i in host.director.vrrp for b in i.blocks if b.keyword.name.startswith(_MOVED)]
    number = sum(len(block.items) for block in blocks)
    if (
        number <= LARGE
        or host.includes_missing
        or any(s.valid and "netlink" in s.keyword.name for s in host.director.globals)
    ):
        return
    largest = max(blocks, key=lambda block: len(block.items))
    emit(
        (largest.origin, 0),
        f"this host moves {number} addresses, routes and rules: the kernel reports each of them back, and what does not fit "
        "keepalived's receive buffer is lost, so that it misses changes",
        help="set vrrp_netlink_monitor_rcv_bufs, e.g. 4194304, and vrrp_netlink_monitor_rcv_bufs_force true",
    )


@rule("LVS285", "wide-multicast-group", "warning", Host)
def wide_multicast_group(host: Host, ctx: Context, emit: Emit) -> None:
    """An IPv6 multicast group whose packets routers may forward."""
    setting = host.director.global_setting("vrrp_mcast_group6")
    # The fourth digit is the scope (RFC 4291 section 2.7).
    if setting is None or network(setting.words[1], 16)[1] & 0xF == 2:
        return
    emit(
        (setting.origin, 1),
        f"`{setting.words[1]}` is not a link-local multicast group (ff02::/16): VRRP stays on one link, and routers may carry "
        "these packets further; keepalived takes it and complains",
        help="use an address that begins with ff02",
    )
