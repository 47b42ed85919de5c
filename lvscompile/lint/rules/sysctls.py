"""5xx: settings of the kernel that do not do what they say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from lvscompile.ir.farm import is_wire
from lvscompile.ir.host import Sysctl
from lvscompile.ir.host_settings import conf_key, effective, number
from lvscompile.ir.machine import Machine
from lvscompile.lint.attached import ANY, box, kind_of, spot, words
from lvscompile.lint.engine import Context, Emit, Equipped
from lvscompile.lint.forwarding import KEYS, NEVER, first, same_switch
from lvscompile.lint.hints import closest
from lvscompile.lint.registry import rule
from lvscompile.lint.rules.direct import dropped_by_rp_filter


@rule("LVS508", "rp-filter-overruled", "info", Equipped)
def rp_filter_overruled(node: Equipped, ctx: Context, emit: Emit) -> None:
    """A 0 for rp_filter that does not count, because the higher value of `all` and of the interface does."""
    sysctls, kernel = node.machine.facts.sysctls, box(node.director).kernel
    if any(True for _ in dropped_by_rp_filter(ctx, node.director)):
        return
    for zero in _zeros(sysctls):
        name = zero.key.split(".")[3].replace("/", ".")
        found = effective(sysctls, ANY if name == "all" else name, "rp_filter", None, kernel)
        if not found.value:
            continue
        other = found.because[0]
        emit(
            spot(node.machine, zero.origin),
            "this 0 does not count: the kernel takes the higher value of `all` and of the interface, and "
            f"`{words(node.machine, other.origin)}` makes it {found.value}",
            related=[(other.origin, "the value that counts")],
            help="write 0 there too, where rp_filter is to be off; on a director it need not be",
        )


def _zeros(sysctls: Sequence[Sysctl]) -> Iterator[Sysctl]:
    """What is 0 in the end, for `all` or for an interface."""
    written = {each.key: each for each in sysctls if re.fullmatch(r"net\.ipv4\.conf\.[^.*]+\.rp_filter", each.key)}
    written.pop(conf_key("default", "rp_filter"), None)
    return (each for each in written.values() if number(each) == 0)


# Settings of interfaces that a director or a real server hangs on.
_MATTER = frozenset({"rp_filter", "arp_ignore", "arp_announce", "forwarding", "accept_local", "src_valid_mark"})


@rule("LVS509", "setting-reaches-nobody", "info", Equipped)
def reaches_nobody(node: Equipped, ctx: Context, emit: Emit) -> None:
    """`conf.default` written while the host runs: interfaces that have an address keep their values."""
    sysctls = node.machine.facts.sysctls
    made = [link.name for link in node.machine.facts.links if not is_wire(link.name) and link.name != "lo"]
    for each in sysctls:
        match = re.fullmatch(r"net\.ipv4\.conf\.default\.(\w+)", each.key)
        kind = kind_of(node.machine, each.origin)
        if match is None or match[1] not in _MATTER or kind not in ("script", "log") or made:
            continue
        same = [s for s in sysctls if s.key.endswith("." + match[1]) and s.key.startswith("net.ipv4.conf.")]
        if any(s.key != each.key or (s.persistent and not s.late and number(s) == number(each)) for s in same):
            continue
        emit(
            spot(node.machine, each.origin),
            "`default` is what interfaces begin with: those that have an address keep their own value, so that this "
            "changes none of them",
            help="write it for `all` or for the interface, or into /etc/sysctl.conf: there it comes before the addresses",
        )


_VLAN = re.compile(r"net\.ipv[46]\.(?:conf|neigh)\.(?P<device>[^.]+(?:\.\d+)+)\.(?P<name>[a-z]\w*)")


@rule("LVS510", "sysctl-interface-dots", "warning", Equipped, effect="latent")
def interface_dots(node: Equipped, ctx: Context, emit: Emit) -> None:
    """An interface with a dot in its name, written with dots: sysctl looks for something else."""
    for each in node.machine.facts.sysctls:
        match = _VLAN.fullmatch(each.key)
        if match is not None:
            path = each.key[: match.start("device")].replace(".", "/") + f"{match['device']}/{match['name']}"
            emit(
                spot(node.machine, each.origin),
                f"sysctl takes every dot for a slash: it looks for `{match['device'].replace('.', '/')}` and sets nothing "
                f"for {match['device']}",
                help=f"write `{path} = {each.value}`",
            )


# The settings below these that the kernel has, or had.
_IP = """
ip_always_defrag ip_autobind_reuse ip_autoconfig ip_conntrack_max ip_default_ttl ip_dynaddr ip_early_demux ip_forward
ip_forward_update_priority ip_forward_use_pmtu ip_local_port_range ip_local_reserved_ports ip_masq_debug
ip_masq_udp_dloose ip_no_pmtu_disc ip_nonlocal_bind ip_queue_maxlen ip_unprivileged_port_start
"""
_CONF = """
accept_local accept_redirects accept_source_route arp_accept arp_announce arp_evict_nocarrier arp_filter arp_ignore
arp_notify bc_forwarding bootp_relay disable_policy disable_xfrm drop_gratuitous_arp drop_unicast_in_l2_multicast
force_igmp_version forwarding hidden igmpv2_unsolicited_report_interval igmpv3_unsolicited_report_interval
ignore_routes_with_linkdown log_martians loop mc_forwarding medium_id promote_secondaries proxy_arp proxy_arp_pvlan
route_localnet rp_filter secure_redirects send_redirects shared_media src_valid_mark tag
"""
_NAMES = ((re.compile(r"net\.ipv4\.(ip_?f?\w*)"), frozenset(_IP.split())),
          (re.compile(r"net\.ipv4\.conf\.[^.]+\.([\w-]+)"), frozenset(_CONF.split())))  # fmt: skip


@rule("LVS511", "sysctl-unknown", "warning", Equipped, effect="latent")
def unknown_setting(node: Equipped, ctx: Context, emit: Emit) -> None:
    """A setting that no kernel has, and whose name is nearly that of one."""
    for each in node.machine.facts.sysctls:
        meant = _meant(each.key)
        if meant:
            needed = same_switch(meant, KEYS[4]) and any(True for _ in first(ctx, node.director, NEVER))
            emit(
                spot(node.machine, each.origin),
                f"the kernel has no `{each.key}`: this sets nothing"
                + (", and a director that masquerades does not forward without it" if needed else ""),
                severity="error" if needed else "",
                effect="outage" if needed else "",
                help=f"did you mean `{meant}`?",
            )


def _meant(key: str) -> str:
    """The setting that a name which no kernel knows was probably meant to be, or ""."""
    for pattern, names in _NAMES:
        match = pattern.fullmatch(key)
        if match is not None and match[1] not in names:
            near = closest(match[1], names)
            return key[: match.start(1)] + near if near else ""
    return ""


def misspelt(machine: Machine, key: str) -> bool:
    """Whether a setting was probably meant to be this one: another rule speaks of that."""
    return any(same_switch(_meant(each.key), key) for each in machine.facts.sysctls)
