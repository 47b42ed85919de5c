"""The options of one extension while they get their normal form."""

from __future__ import annotations

from collections.abc import Callable

from lvscompile.frontends.iptables.values import Context
from lvscompile.ir.netfilter import Option

Found = dict[str, Option]
Finish = Callable[[Found, Context], None]


def put(found: Found, name: str, value: object, text: str, negated: bool = False) -> None:
    found[name] = Option(name, value, text, negated)


def default(found: Found, name: str, value: object, text: str) -> None:
    if name not in found:
        put(found, name, value, text)


def hide(found: Found, name: str, value: object) -> None:
    if name in found and found[name].value == value:
        del found[name]


def dscp_class(found: Found, context: Context) -> None:
    rename(found, "dscp-class", "dscp")
    rename(found, "set-dscp-class", "set-dscp")


def rename(found: Found, old: str, new: str) -> None:
    if old in found:
        found[new] = found.pop(old)._replace(name=new)
