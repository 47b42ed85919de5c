"""The JSON of `lvscompile facts` back to the model of the host. Every fact points at its own line of the JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from lvscompile.frontends.iproute.words import address, prefix
from lvscompile.ir.core import Opaque
from lvscompile.ir.host import (
    HostAddress,
    HostFacts,
    KeepalivedOptions,
    Link,
    ModuleLoad,
    NextHop,
    PolicyRule,
    Route,
    Sysctl,
)
from lvscompile.ir.node import Node
from lvscompile.syntax.source import InputError, Source
from lvscompile.syntax.statements import Stmt

__all__ = ["FactsInput", "looks_like_facts", "read"]

VERSION = 1
_BLANK = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()
_HEAD = re.compile(r'\s*\{\s*"lvscompile_facts"\s*:')


class FactsInput(Node):
    """A host's facts, and the texts among them that have languages of their own: by the name of the tool that printed
    them (`nft`, `iptables-save` …, `ipvsadm-save`, `/proc/net/ip_vs`).
    """

    facts: HostFacts
    texts: tuple[tuple[str, Source], ...] = ()


def looks_like_facts(source: Source) -> bool:
    return _HEAD.match(source.text) is not None


def read(source: Source) -> FactsInput:
    """Read the JSON. An item that is not as it should be is kept. Raises InputError for what is no such JSON."""
    try:
        members = list(_members(source.text))
    except (ValueError, RecursionError):
        raise InputError(source.name, "is no JSON that lvscompile facts has written", "is it cut off?") from None
    version = next((value for key, value, _, _ in members if key == "lvscompile_facts"), None)
    if version is None:
        raise InputError(source.name, "is no JSON that lvscompile facts has written", "it has no `lvscompile_facts`")
    if version != VERSION:
        raise InputError(source.name, f"has facts of version {version!r}", "a newer lvscompile may read it")
    reader = _Reader(source)
    for key, value, start, end in members:
        reader.member(key, value, start, end)
    return FactsInput(reader.facts(), tuple(reader.texts))


def _skip(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at


def _members(text: str) -> Iterator[tuple[str, Any, int, int]]:
    """Key, value, and the place of the value, of each member of the outermost object."""
    at = _skip(text, 0)
    if text[at : at + 1] != "{":
        raise ValueError
    at = _skip(text, at + 1)
    while text[at : at + 1] == '"':
        key, at = _DECODER.raw_decode(text, at)
        at = _skip(text, at)
        if text[at : at + 1] != ":":
            raise ValueError
        start = _skip(text, at + 1)
        value, end = _DECODER.raw_decode(text, start)
        yield key, value, start, end
        at = _skip(text, end)
        if text[at : at + 1] != ",":
            break
        at = _skip(text, at + 1)
        if text[at : at + 1] != '"':
            raise ValueError
    if text[at:].strip() != "}":
        raise ValueError


def _items(text: str, start: int) -> Iterator[tuple[Any, int, int]]:
    """The items of an array that is known to be sound, with their places."""
    at = _skip(text, start + 1)
    while text[at : at + 1] != "]":
        value, end = _DECODER.raw_decode(text, at)
        yield value, at, end
        at = _skip(text, end)
        if text[at : at + 1] == ",":
            at = _skip(text, at + 1)


class _Reader:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.lists: dict[str, list[Any]] = {}
        self.words: dict[str, str] = {}
        self.texts: list[tuple[str, Source]] = []

    def member(self, key: str, value: Any, start: int, end: int) -> None:
        if key in _MAKERS and isinstance(value, list):
            for item, first, last in _items(self.source.text, start):
                stmt = self._stmt(first, last)
                try:
                    self.lists.setdefault(key, []).append(_MAKERS[key](item, stmt))
                except (KeyError, TypeError, ValueError, AttributeError):
                    self.lists.setdefault("opaque", []).append(Opaque("facts", stmt.text, stmt))
        elif key in ("hostname", "kernel") and isinstance(value, str):
            self.words[key] = value
        elif key in ("ipvs", "filters") and isinstance(value, dict):
            for name, lines in value.items():
                if isinstance(lines, list) and all(isinstance(line, str) for line in lines):
                    text = "".join(f"{line}\n" for line in lines)
                    self.texts.append((name, Source(f"{self.source.name} ({name})", text)))
        elif key == "keepalived" and isinstance(value, dict):
            self._keepalived(value, self._stmt(start, end))
        elif key == "missing" and isinstance(value, list):
            self.lists["missing"] = [
                (str(each.get("what", "")), str(each.get("why", ""))) for each in value if isinstance(each, dict)
            ]
        elif key != "lvscompile_facts":
            stmt = self._stmt(start, end)
            self.lists.setdefault("opaque", []).append(Opaque("facts", stmt.text, stmt))

    def _keepalived(self, value: dict[str, Any], stmt: Stmt) -> None:
        if isinstance(value.get("version"), str):
            self.words["keepalived_version"] = value["version"]
        running = value.get("running")
        for line in running if isinstance(running, list) else ():
            if isinstance(line, str) and line.split():
                options = KeepalivedOptions(tuple(line.split()[1:]), stmt, "", False)
                self.lists.setdefault("keepalived", []).append(options)

    def _stmt(self, start: int, end: int) -> Stmt:
        line = self.source.position(start)[0]
        return Stmt("FACT", self.source, start, end, line, self.source.text[start:end])

    def facts(self) -> HostFacts:
        lists: dict[str, Any] = {name: tuple(values) for name, values in self.lists.items()}
        words: dict[str, Any] = dict(self.words)
        return HostFacts(**lists, **words, complete=True)


def _text(item: dict[str, Any], name: str, default: str = "") -> str:
    value = item.get(name, default)
    if not isinstance(value, str):
        raise TypeError(name)
    return value


def _number(item: dict[str, Any], name: str, default: int = 0) -> int:
    value = item.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(name)
    return value


def _family(item: dict[str, Any]) -> int:
    family = _number(item, "family")
    if family not in (4, 6):
        raise ValueError(family)
    return family


def _in_family(text: str, family: int) -> str:
    """An address, or "" where there is none."""
    found = address(text, family) if text else (family, "")
    if found is None:
        raise ValueError(text)
    return found[1]


def _network(text: str, family: int) -> str:
    """`ADDRESS/LENGTH` of a network whose host bits are zeros or not."""
    found = prefix(text, family)
    if found is None or found.length is None or not found.address:
        raise ValueError(text)
    return f"{found.address}/{found.length}"


def _sysctl(item: dict[str, Any], stmt: Stmt) -> Sysctl:
    return Sysctl(item["key"] + "", item["value"] + "", stmt)


def _link(item: dict[str, Any], stmt: Stmt) -> Link:
    mtu = item.get("mtu")
    return Link(
        item["name"] + "", _text(item, "kind"), bool(item["up"]), bool(item.get("arp", True)),
        mtu if isinstance(mtu, int) else None, _text(item, "mac"), _text(item, "master"), stmt,
    )  # fmt: skip


def _address(item: dict[str, Any], stmt: Stmt) -> HostAddress:
    family, length = _family(item), _number(item, "prefix")
    found = address(item["address"], family)
    if found is None or not 0 <= length <= (32 if family == 4 else 128):
        raise ValueError(item["address"])
    return HostAddress(
        family, found[1], length, item["device"] + "", _text(item, "label"), _text(item, "scope", "global"),
        _in_family(_text(item, "peer"), family), _text(item, "broadcast"), bool(item.get("secondary")), stmt,
    )  # fmt: skip


def _route(item: dict[str, Any], stmt: Stmt) -> Route:
    family = _family(item)
    hops = tuple(
        NextHop(
            _in_family(_text(hop, "via"), 0), _text(hop, "device"), _number(hop, "weight", 1), bool(hop.get("onlink"))
        )
        for hop in item.get("hops", [])
    )
    return Route(
        family, item["type"] + "", _network(item["destination"], family), hops, item["table"] + "",
        _text(item, "source"), _text(item, "scope", "global"), _number(item, "metric"), _text(item, "protocol"), 0,
        stmt,
    )  # fmt: skip


def _rule(item: dict[str, Any], stmt: Stmt) -> PolicyRule:
    marks = [None if item.get(name) is None else int(item[name], 0) for name in ("mark", "mask")]
    target = item.get("target")
    tos = _text(item, "tos")
    return PolicyRule(
        _family(item), _number(item, "preference"), item["action"] + "", _text(item, "table"), _text(item, "source"),
        _text(item, "destination"), _text(item, "iif"), _text(item, "oif"), marks[0], marks[1],
        int(tos, 0) if tos else 0, bool(item.get("not")), target if isinstance(target, int) else None,
        tuple(sorted(item.get("others", {}).items())), stmt,
    )  # fmt: skip


def _module(item: str, stmt: Stmt) -> ModuleLoad:
    return ModuleLoad(item + "", (), False, stmt)


_MAKERS: dict[str, Callable[[Any, Stmt], Node]] = {
    "sysctls": _sysctl, "links": _link, "addresses": _address, "routes": _route, "rules": _rule, "modules": _module,
}  # fmt: skip
