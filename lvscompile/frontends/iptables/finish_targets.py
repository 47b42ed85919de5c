"""What a target makes of its options once all are read."""

from __future__ import annotations

from collections.abc import Mapping

from lvscompile.frontends.iptables.addresses import net
from lvscompile.frontends.iptables.found import Finish, Found, default, dscp_class, hide, put
from lvscompile.frontends.iptables.refusal import Fail
from lvscompile.frontends.iptables.values import U8, U32, Context
from lvscompile.ir.netfilter import Net


def _marking(found: Found, context: Context) -> None:
    """Every way to write a mark is one: clear the bits of the mask, then exclusive-or the value."""
    for name in ("set-mark", "and-mark", "or-mark", "xor-mark"):
        option = found.pop(name, None)
        if option is None:
            continue
        given = option.value
        if isinstance(given, tuple):
            value, mask = given[0], given[0] | given[1]
        else:
            assert isinstance(given, int)
            value, mask = {
                "and-mark": (0, given ^ U32), "or-mark": (given, given), "xor-mark": (given, 0)
            }[name]  # fmt: skip
        put(found, "set-xmark", (value, mask), "")
    set_to = found.get("set-xmark")
    if set_to:
        assert isinstance(set_to.value, tuple)
        found["set-xmark"] = set_to._replace(text="0x{:x}/0x{:x}".format(*set_to.value))


def _connmark(found: Found, context: Context) -> None:
    _marking(found, context)
    mask = found.pop("mask", None)
    shifts = [name for name in found if name in ("left-shift-mark", "right-shift-mark")]
    for name in shifts[:-1]:
        # There is room for one: the last.
        del found[name]
    for name in shifts:
        hide(found, name, 0)
    if "save-mark" not in found and "restore-mark" not in found:
        found.pop("nfmask", None)
        found.pop("ctmask", None)
    else:
        for name in ("nfmask", "ctmask"):
            option = mask or found.get(name)
            value = option.value if option else U32
            put(found, name, value, f"0x{value:x}")


def _tos(found: Found, context: Context) -> None:
    for name in ("and-tos", "or-tos", "xor-tos"):
        option = found.pop(name, None)
        if option:
            given = option.value
            assert isinstance(given, int)
            pair = {"and-tos": (0, given ^ U8), "or-tos": (given, given), "xor-tos": (given, 0)}[name]
            put(found, "set-tos", pair, "0x{:02x}/0x{:02x}".format(*pair))


def _one_line(found: Found, name: str) -> None:
    prefix = found[name].value if name in found else None
    if isinstance(prefix, str) and "\n" in prefix:
        raise Fail(f"Newlines not allowed in --{name}")


def _log(found: Found, context: Context) -> None:
    _one_line(found, "log-prefix")
    hide(found, "log-level", 4)


def _nflog(found: Found, context: Context) -> None:
    _one_line(found, "nflog-prefix")
    hide(found, "nflog-group", 0)
    hide(found, "nflog-range", 0)
    hide(found, "nflog-threshold", 0)


def _reject(found: Found, context: Context) -> None:
    name = "icmp-port-unreachable" if context.family == 4 else "icmp6-port-unreachable"
    default(found, "reject-with", name, name)


def _nfqueue(found: Found, context: Context) -> None:
    balance = found.get("queue-balance")
    if balance is None:
        default(found, "queue-num", 0, "0")
        return
    assert isinstance(balance.value, tuple)
    low, high = balance.value
    if low >= high:
        raise Fail(f"{low} should be less than {high}")


def _netmap(found: Found, context: Context) -> None:
    to = found["to"]
    assert isinstance(to.value, Net)
    clean = net(str(to.value), context.family)
    found["to"] = to._replace(value=clean, text=str(clean))


def _tproxy(found: Found, context: Context) -> None:
    nowhere = "0.0.0.0" if context.family == 4 else "::"
    default(found, "on-ip", nowhere, nowhere)
    default(found, "tproxy-mark", (0, 0), "")
    mark = found["tproxy-mark"]
    assert isinstance(mark.value, tuple)
    found["tproxy-mark"] = mark._replace(text="0x{:x}/0x{:x}".format(*mark.value))


TARGETS: Mapping[str, Finish] = {
    "MARK": _marking,
    "CONNMARK": _connmark,
    "TOS": _tos,
    "DSCP": dscp_class,
    "LOG": _log,
    "NFLOG": _nflog,
    "REJECT": _reject,
    "NFQUEUE": _nfqueue,
    "NETMAP": _netmap,
    "TPROXY": _tproxy,
}
