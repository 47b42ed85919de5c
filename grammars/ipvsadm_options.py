"""The options of ipvsadm, as its own table has them, and which of them each command takes.

Data: `frontends/ipvsadm` reads lines by it. The order of the columns is the order in which ipvsadm complains.
"""

from __future__ import annotations

# What may follow an option.
NONE, REQUIRED, OPTIONAL = 0, 1, 2

# Long name, short names, what follows, slot ("" where the option may be repeated), the ipvsadm that brought it.
# Options of one slot exclude each other: ipvsadm takes them for the same option given twice.
OPTIONS: tuple[tuple[str, str, int, str, tuple[int, int]], ...] = (
    ("tcp-service", "t", REQUIRED, "service-address", (1, 24)),
    ("udp-service", "u", REQUIRED, "service-address", (1, 24)),
    ("sctp-service", "", REQUIRED, "service-address", (1, 27)),
    ("fwmark-service", "f", REQUIRED, "service-address", (1, 24)),
    ("ipv6", "6", NONE, "", (1, 25)),
    ("scheduler", "s", REQUIRED, "scheduler", (1, 24)),
    ("persistent", "p", OPTIONAL, "persistent", (1, 24)),
    ("netmask", "M", REQUIRED, "netmask", (1, 24)),
    ("ops", "o", NONE, "ops", (1, 26)),
    ("pe", "", REQUIRED, "pe", (1, 26)),
    ("sched-flags", "b", REQUIRED, "sched-flags", (1, 27)),
    ("real-server", "r", REQUIRED, "real-server", (1, 24)),
    ("masquerading", "m", NONE, "forwarding-method", (1, 24)),
    ("ipip", "i", NONE, "forwarding-method", (1, 24)),
    ("gatewaying", "g", NONE, "forwarding-method", (1, 24)),
    ("weight", "w", REQUIRED, "weight", (1, 24)),
    ("u-threshold", "x", REQUIRED, "u-threshold", (1, 24)),
    ("l-threshold", "y", REQUIRED, "l-threshold", (1, 24)),
    ("tun-type", "", REQUIRED, "tun-type", (1, 31)),
    ("tun-port", "", REQUIRED, "tun-port", (1, 31)),
    ("tun-nocsum", "", NONE, "tun-nocsum", (1, 31)),
    ("tun-csum", "", NONE, "tun-csum", (1, 31)),
    ("tun-remcsum", "", NONE, "tun-remcsum", (1, 31)),
    ("mcast-interface", "", REQUIRED, "mcast-interface", (1, 24)),
    ("syncid", "", REQUIRED, "syncid", (1, 24)),
    ("mcast-group", "", REQUIRED, "mcast-group", (1, 29)),
    ("mcast-port", "", REQUIRED, "mcast-port", (1, 29)),
    ("mcast-ttl", "", REQUIRED, "mcast-ttl", (1, 29)),
    ("sync-maxlen", "", REQUIRED, "sync-maxlen", (1, 29)),
    ("numeric", "n", NONE, "numeric", (1, 24)),
    ("connection", "c", NONE, "connection", (1, 24)),
    ("timeout", "", NONE, "timeout", (1, 24)),
    ("daemon", "", NONE, "daemon", (1, 24)),
    ("stats", "", NONE, "stats", (1, 24)),
    ("rate", "", NONE, "rate", (1, 24)),
    ("thresholds", "", NONE, "thresholds", (1, 24)),
    ("persistent-conn", "", NONE, "persistent-conn", (1, 24)),
    ("nosort", "", NONE, "nosort", (1, 25)),
    ("sort", "", NONE, "", (1, 24)),
    ("exact", "X", NONE, "exact", (1, 24)),
    ("tun-info", "", NONE, "tun-info", (1, 31)),
)

# Long name, short names, what follows, name in messages.
COMMANDS: tuple[tuple[str, str, int, str], ...] = (
    ("add-service", "A", NONE, "add-service"),
    ("edit-service", "E", NONE, "edit-service"),
    ("delete-service", "D", NONE, "delete-service"),
    ("clear", "C", NONE, "flush"),
    ("list", "Ll", NONE, "list"),
    ("add-server", "a", NONE, "add-server"),
    ("delete-server", "d", NONE, "delete-server"),
    ("edit-server", "e", NONE, "edit-server"),
    ("set", "", NONE, "set"),
    ("start-daemon", "", REQUIRED, "start-daemon"),
    ("stop-daemon", "", REQUIRED, "stop-daemon"),
    ("restore", "R", NONE, "restore"),
    ("save", "S", NONE, "save"),
    ("zero", "Z", NONE, "zero"),
    ("help", "h", NONE, "help"),
    ("version", "v", NONE, "version"),
)

# The slots, in the order in which ipvsadm looks at them.
SLOTS = (
    "numeric", "connection", "service-address", "scheduler", "persistent", "netmask", "real-server",
    "forwarding-method", "weight", "u-threshold", "l-threshold", "mcast-interface", "timeout", "daemon", "stats",
    "rate", "thresholds", "persistent-conn", "nosort", "syncid", "exact", "ops", "pe", "sched-flags", "mcast-group",
    "mcast-port", "mcast-ttl", "sync-maxlen", "tun-info", "tun-type", "tun-port", "tun-nocsum", "tun-csum",
    "tun-remcsum",
)  # fmt: skip

_TUNNEL = "tun-type tun-port tun-nocsum tun-csum tun-remcsum"
_SERVER = f"forwarding-method weight u-threshold l-threshold {_TUNNEL}"
_VIEW = "numeric stats rate thresholds persistent-conn nosort syncid exact tun-info"

# Command: slots it needs; slots it may have; slots of which it may have one.
PAIRINGS: dict[str, tuple[str, str, str]] = {
    "add-service": ("service-address", "scheduler persistent netmask ops pe sched-flags", ""),
    "edit-service": ("service-address", "scheduler persistent netmask ops pe sched-flags", ""),
    "delete-service": ("service-address", "", ""),
    "clear": ("", "", ""),
    "list": ("", _VIEW, "connection service-address timeout daemon"),
    "add-server": ("service-address real-server", _SERVER, ""),
    "delete-server": ("service-address real-server", "", ""),
    "edit-server": ("service-address real-server", _SERVER, ""),
    "set": ("", "", ""),
    "start-daemon": ("", "mcast-interface syncid mcast-group mcast-port mcast-ttl sync-maxlen", ""),
    "stop-daemon": ("", "syncid", ""),
    "restore": ("", "", ""),
    "save": ("", "numeric", ""),
    "zero": ("", "service-address", ""),
}

# Tunnel type: the same three.
TUNNELS: dict[str, tuple[str, str, str]] = {
    "ipip": ("", "", ""),
    "gue": ("tun-port", "", "tun-nocsum tun-csum tun-remcsum"),
    "gre": ("", "", "tun-nocsum tun-csum"),
}

TUNNEL_SLOTS = ("tun-port", "tun-nocsum", "tun-csum", "tun-remcsum")
