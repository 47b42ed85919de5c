"""What the kernel makes of the settings that are written, one after the other.

A setting of IPv4 exists for `all`, for `default`, and for each interface. How they combine depends on the setting;
`ip_forward` and `conf.all.forwarding` are one switch that overwrites those of all interfaces when it is written.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from lvscompile.ir.core import Version
from lvscompile.ir.host import Sysctl

# How `all` and the interface's own value combine. Whatever is not here: the interface's own value counts alone.
HIGHER = frozenset(("rp_filter", "arp_ignore", "arp_announce", "arp_notify", "drop_gratuitous_arp"))
EITHER = frozenset(
    ("accept_local", "send_redirects", "route_localnet", "src_valid_mark", "promote_secondaries", "arp_filter",
     "proxy_arp", "secure_redirects", "shared_media", "log_martians", "bootp_relay")
)  # fmt: skip
BOTH = frozenset(("accept_source_route", "mc_forwarding"))
SWITCH = frozenset(("net.ipv4.ip_forward", "net.ipv4.conf.all.forwarding"))
# What an interface begins with where nobody says anything.
DEFAULTS = dict.fromkeys(
    ("send_redirects", "accept_redirects", "secure_redirects", "shared_media", "accept_source_route"), 1
)
MAXIMUM_SINCE: Version = (2, 6, 31)


class Effective(NamedTuple):
    """A value and the settings that made it, the deciding one first. Of no settings, it is the kernel's default."""

    value: int
    because: tuple[Sysctl, ...] = ()


class Born(NamedTuple):
    """When an interface came into being, and when it got its first address, counted in settings written before.

    `default.*` goes on reaching an interface that has no address yet. None: it never got one. Where nothing is known
    (no Born at all), files are taken to be read before the interfaces have addresses, and commands to be run later.
    """

    created: int = 0
    addressed: int | None = None

    def reached(self, index: int) -> bool:
        return self.addressed is None or index < self.addressed


def conf_key(interface: str, name: str, family: int = 4) -> str:
    """The key of an interface's setting, a dot in its name as a slash."""
    return f"net.ipv{family}.conf.{interface.replace('.', '/')}.{name}"


def number(setting: Sysctl) -> int | None:
    """The value as the kernel reads it; None where it is no number."""
    words = setting.value.split()
    try:
        return int(words[0], 0) if words else None
    except ValueError:
        # The kernel takes octal with a leading zero, Python does not.
        text = words[0]
        return int(text, 8) if text.isascii() and text.isdigit() and not set(text) & {"8", "9"} else None


def last(sysctls: Iterable[Sysctl], key: str) -> Sysctl | None:
    """The setting of this very key that was written last."""
    found = None
    for setting in sysctls:
        if setting.key == key:
            found = setting
    return found


def plain(sysctls: Iterable[Sysctl], key: str, default: int = 0) -> Effective:
    """A setting that stands for itself, like `net.ipv4.vs.conntrack`."""
    if key in SWITCH:
        return _switch(sysctls)
    found = last(sysctls, key)
    value = number(found) if found else None
    return Effective(default) if found is None or value is None else Effective(value, (found,))


def _switch(sysctls: Iterable[Sysctl]) -> Effective:
    result = Effective(0)
    for setting in sysctls:
        if setting.key in SWITCH:
            value = number(setting)
            if value is not None:
                result = Effective(int(value != 0), (setting,))
    return result


def own(sysctls: Iterable[Sysctl], interface: str, name: str, born: Born | None = None) -> Effective:
    """The value that stands in an interface's own file."""
    if name == "forwarding":
        return _forwarding(sysctls, interface, born)
    key, default_key = conf_key(interface, name), conf_key("default", name)
    result, touched = Effective(DEFAULTS.get(name, 0)), False
    for index, setting in enumerate(sysctls):
        value = number(setting)
        if value is None:
            continue
        if setting.key == key:
            result, touched = Effective(value, (setting,)), True
        elif setting.key == default_key and not touched and _reached(setting, index, born):
            result = Effective(value, (setting,))
    return result


def _reached(setting: Sysctl, index: int, born: Born | None) -> bool:
    """Whether what is written to `default` comes to an interface."""
    return born.reached(index) if born else setting.persistent and not setting.late


def _forwarding(sysctls: Iterable[Sysctl], interface: str, born: Born | None) -> Effective:
    """`all` and `ip_forward` overwrite `default` and every interface, where their own value changes; `default` counts
    when an interface is made.
    """
    key, default_key = conf_key(interface, "forwarding"), conf_key("default", "forwarding")
    result, switch = Effective(0), 0
    for index, setting in enumerate(sysctls):
        value = number(setting)
        if value is None:
            continue
        on = int(value != 0)
        inherited = born is not None and setting.key == default_key and index < born.created
        thrown = setting.key in SWITCH and (on != switch or not result.because)
        switch = on if setting.key in SWITCH else switch
        if setting.key == key or thrown or inherited:
            result = Effective(on, (setting,))
    return result


def effective(
    sysctls: Iterable[Sysctl], interface: str, name: str, born: Born | None = None, kernel: Version | None = None
) -> Effective:
    """What counts for IPv4 packets on an interface."""
    sysctls = tuple(sysctls)
    mine = own(sysctls, interface, name, born)
    if name == "forwarding":
        return mine
    found = last(sysctls, conf_key("all", name))
    value = number(found) if found else None
    every = Effective(_for_all(name)) if found is None or value is None else Effective(value, (found,))
    # Before 2.6.31 rp_filter was a matter of yes or no, and both had to say yes.
    if name in BOTH or (name == "rp_filter" and kernel is not None and kernel < MAXIMUM_SINCE):
        return _both(mine, every)
    if name in HIGHER:
        return every if every.value > mine.value else mine
    if name in EITHER:
        return mine if mine.value or not every.value else every
    if name == "accept_redirects":
        forwards = own(sysctls, interface, "forwarding", born).value
        return _both(mine, every) if forwards else (mine if mine.value or not every.value else every)
    return mine


def _for_all(name: str) -> int:
    return DEFAULTS.get(name, 0)


def _both(mine: Effective, every: Effective) -> Effective:
    if mine.value and every.value:
        return Effective(min(mine.value, every.value), mine.because + every.because)
    return mine if not mine.value else every


def forwards_ipv6(sysctls: Iterable[Sysctl]) -> Effective:
    """IPv6 packets are forwarded by `conf.all.forwarding` alone; an interface's own makes it a router or a host."""
    return plain(sysctls, "net.ipv6.conf.all.forwarding")


def forwards_ipv4(sysctls: Iterable[Sysctl], incoming: str, born: Born | None = None) -> Effective:
    """Whether packets that come in by an interface are forwarded."""
    return own(sysctls, incoming, "forwarding", born)


def survives(sysctls: Iterable[Sysctl], key: str) -> bool | None:
    """Whether what counts now is what will be there after a reboot; None where nothing is written at all.

    What the files say counts after a reboot, the last of them; what was written at run time is gone.
    """
    written = [setting for setting in sysctls if setting.key == key or (key in SWITCH and setting.key in SWITCH)]
    if not written:
        return None
    kept = [setting for setting in written if setting.persistent]
    return bool(kept) and number(kept[-1]) == number(written[-1])
