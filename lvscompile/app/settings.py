"""`.lvscompile.toml`: what a site has settled once, instead of on each command line.

The file is looked for from the first input upwards. Whatever is wrong in it is said with its line, and nothing is
linted: a setting that is misspelt must not be one that is not there.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from lvscompile.app.inputs import split_word
from lvscompile.ir.addresses import split_mask
from lvscompile.ir.core import Version, parse_version
from lvscompile.lint.choice import LEVELS, Choice, meant, nearest
from lvscompile.lint.known import Known
from lvscompile.syntax.findings import SEVERITIES
from lvscompile.syntax.source import InputError, read_source

NAME = ".lvscompile.toml"
HOST = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
Keys = tuple[str, ...]


class Settings(NamedTuple):
    """What a file says. `path` is the file's, "" for none; `hosts` are inputs, name -> path."""

    path: str = ""
    choice: Choice = Choice()
    allow: tuple[str, ...] = ()
    fail_on: str = "error"
    target: Version | None = None
    baseline: str = ""
    no_peers: bool = False
    clusters: Mapping[str, tuple[str, ...]] = {}
    subnets: tuple[str, ...] = ()
    segments: Mapping[tuple[str, str], str] = {}
    hosts: Mapping[str, str] = {}

    def known(self) -> Known:
        return Known(self.subnets, self.segments, tuple(self.clusters.values()))


class Wrong(Exception):
    """What is wrong with a setting: the keys that lead to it, what is wrong, and the way out."""

    def __init__(self, keys: Keys, reason: str, hint: str = "") -> None:
        super().__init__(reason)
        self.keys = keys
        self.reason = reason
        self.hint = hint


# -- finding ------------------------------------------------------------------------------------------------


def find(inputs: Sequence[str], stdin_name: str = "") -> str:
    """The settings file for these INPUT words: in the directory of the first one or above it, up to the top of a git
    checkout. "" when there is none."""
    try:
        folder = _folder(inputs[0] if inputs else ".", stdin_name)
    except OSError:  # the working directory is gone
        return ""
    while True:
        if os.path.lexists(os.path.join(folder, NAME)):
            return _shown(os.path.join(folder, NAME))
        above = os.path.dirname(folder)
        if above == folder or os.path.lexists(os.path.join(folder, ".git")):
            return ""
        folder = above


def _folder(word: str, stdin_name: str) -> str:
    path = split_word(word)[1]
    if path == "-":
        path = stdin_name or "."
    return os.path.abspath(path if os.path.isdir(path) else os.path.dirname(path))


def _shown(path: str) -> str:
    """A path as a person would write it: relative, where that leads downwards."""
    relative = os.path.relpath(path)
    return path if relative.startswith("..") else relative


# -- reading ------------------------------------------------------------------------------------------------


def read_settings(path: str) -> Settings:
    """Read a settings file. Raises InputError, with the line, for anything that is not as it should be."""
    text = read_source(path).text
    document = _parsed(path, text)
    try:
        return _settings(path, document)
    except Wrong as wrong:
        line = _line(text, wrong.keys)
        raise InputError(f"{path}:{line}" if line else path, wrong.reason, wrong.hint) from None


def _parsed(path: str, text: str) -> dict[str, Any]:
    import tomllib  # only where there is a file

    try:
        text.encode()
        return tomllib.loads(text)
    except UnicodeEncodeError as error:
        line = text.count("\n", 0, error.start) + 1
        raise InputError(f"{path}:{line}", "is not UTF-8, as TOML must be") from None
    except tomllib.TOMLDecodeError as error:
        reason, at, place = str(error).rpartition(" (at line ")
        where = f"{path}:{place.partition(',')[0]}" if at else path
        raise InputError(where, f"is not TOML: {(reason or str(error)).lower()}") from None
    except (ValueError, RecursionError):  # numbers of thousands of digits, brackets without end
        raise InputError(path, "is not TOML that makes sense here") from None


def _settings(path: str, document: dict[str, Any]) -> Settings:
    _check_keys((), document, KEYS)
    found = {name: read((name,), document[name]) for name, read in KEYS.items() if name in document}
    hosts: dict[str, str] = found.get("hosts", {})
    clusters: dict[str, tuple[str, ...]] = found.get("clusters", {})
    segments: dict[tuple[str, str], str] = found.get("interfaces", {})
    if hosts:
        for name, members in clusters.items():
            for member in members:
                _check_host(("clusters", name), member, hosts)
        for host, _ in segments:
            _check_host(("interfaces", host), host, hosts)
    folder = os.path.dirname(os.path.abspath(path))
    return Settings(
        path,
        Choice(found.get("select", ()), found.get("ignore", ()), found.get("severity", {})),
        found.get("allow", ()),
        found.get("fail-on", "error"),
        found.get("target-keepalived"),
        _shown(os.path.join(folder, found["baseline"])) if "baseline" in found else "",
        found.get("no-peers", False),
        clusters,
        found.get("network", ()),
        segments,
        {name: _existing(name, os.path.join(folder, given)) for name, given in hosts.items()},
    )


def _existing(host: str, path: str) -> str:
    if not os.path.exists(path):
        raise Wrong(("hosts", host), f"there is no {_shown(path)}, which the host {host} shall be read from",
                    "paths are relative to the file that says them")  # fmt: skip
    return _shown(path)


def _check_host(keys: Keys, name: str, hosts: Mapping[str, str]) -> None:
    if name not in hosts:
        raise Wrong(keys, f"no host is called `{name}`", expected(name, hosts))


def expected(word: str, allowed: Sequence[str] | Mapping[str, Any]) -> str:
    """Did you mean, and what is allowed."""
    import difflib

    near = difflib.get_close_matches(word, allowed, n=1)
    some = f"{', '.join(list(allowed)[:30])}{' …' if len(allowed) > 30 else ''}"
    return f"did you mean `{near[0]}`? Known are: {some}" if near else f"known are: {some}"


# -- values -------------------------------------------------------------------------------------------------


def _check_keys(keys: Keys, given: Mapping[str, Any], allowed: Mapping[str, Any]) -> None:
    for name in given:
        if name not in allowed:
            what = f"`{name}` is no setting" + (f" of [{'.'.join(keys)}]" if keys else "")
            raise Wrong((*keys, name), what, expected(name, allowed))


def _must(keys: Keys, holds: bool, what: str) -> None:
    if not holds:
        raise Wrong(keys, f"`{'.'.join(keys)}` must be {what}")


def _text(keys: Keys, value: Any) -> str:
    _must(keys, isinstance(value, str) and bool(value) and "\0" not in value, 'a text in quotes, "like this"')
    return str(value)


def _texts(keys: Keys, value: Any) -> tuple[str, ...]:
    is_list = isinstance(value, list) and all(isinstance(each, str) and each for each in value)
    _must(keys, is_list, 'a list of texts, ["like", "this"]')
    return tuple(value)


def _table(keys: Keys, value: Any) -> dict[str, Any]:
    _must(keys, isinstance(value, dict), f"a table: [{'.'.join(keys)}]")
    return dict(value)


def _truth(keys: Keys, value: Any) -> bool:
    _must(keys, isinstance(value, bool), "true or false")
    return bool(value)


def _one_of(*allowed: str) -> Callable[[Keys, Any], str]:
    def read(keys: Keys, value: Any) -> str:
        if value not in allowed:
            shown = f"`{value}`" if isinstance(value, str) else "this"
            raise Wrong(keys, f"{shown} is no value of `{'.'.join(keys)}`", expected(str(value), allowed))
        return str(value)

    return read


def _code(keys: Keys, word: str) -> str:
    code = meant(word)
    if not code:
        near = nearest(word)
        hint = f"did you mean `{near}`?" if near else "`lvscompile rules` lists them"
        raise Wrong(keys, f"no rule is called `{word}`", hint)
    return code


def _codes(keys: Keys, value: Any) -> tuple[str, ...]:
    return tuple(_code(keys, word) for word in _texts(keys, value))


def _version(keys: Keys, value: Any) -> Version:
    try:
        return parse_version(_text(keys, value))
    except ValueError as error:
        raise Wrong(keys, f"{error}") from None


def _severity(keys: Keys, value: Any) -> dict[str, str]:
    level = _one_of(*LEVELS)
    return {_code((*keys, name), name): level((*keys, name), said) for name, said in _table(keys, value).items()}


def _clusters(keys: Keys, value: Any) -> dict[str, tuple[str, ...]]:
    return {name: _texts((*keys, name), members) for name, members in _table(keys, value).items()}


def _network(keys: Keys, value: Any) -> tuple[str, ...]:
    table = _table(keys, value)
    _check_keys(keys, table, {"subnets": None})
    keys = (*keys, "subnets")
    subnets = _texts(keys, table.get("subnets", []))
    for subnet in subnets:
        parts = split_mask(subnet)
        if parts is None or parts[2] is None or parts[2] > (32 if parts[0] == 4 else 128):
            raise Wrong(keys, f"`{subnet}` is no network", "write ADDRESS/LENGTH, e.g. 192.0.2.0/24")
    return subnets


def _interfaces(keys: Keys, value: Any) -> dict[tuple[str, str], str]:
    return {
        (host, interface): _text((*keys, host, interface), segment)
        for host, interfaces in _table(keys, value).items()
        for interface, segment in _table((*keys, host), interfaces).items()
    }


def _hosts(keys: Keys, value: Any) -> dict[str, str]:
    table = _table(keys, value)
    for name, path in table.items():
        if isinstance(path, dict):
            raise Wrong((*keys, name), f"`{name}` must be a path in quotes", "a name with dots needs quotes, too")
        _text((*keys, name), path)
        if not HOST.fullmatch(name):
            raise Wrong((*keys, name), f"`{name}` cannot be the name of a host", "letters, digits, `.`, `-` and `_`")
    return table


KEYS: dict[str, Callable[[Keys, Any], Any]] = {
    "select": _codes, "ignore": _codes, "allow": _codes, "fail-on": _one_of(*SEVERITIES),
    "target-keepalived": _version, "baseline": _text, "no-peers": _truth, "severity": _severity,
    "clusters": _clusters, "network": _network, "interfaces": _interfaces, "hosts": _hosts,
}  # fmt: skip


# -- lines --------------------------------------------------------------------------------------------------

_KEY = re.compile(r"""\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*=""")
_PART = re.compile(r"""[A-Za-z0-9_-]+|"[^"]*"|'[^']*'""")


def _line(text: str, keys: Keys) -> int:
    """The line where a key stands, or the nearest of those around it: tomllib does not tell. 0 when none is seen."""
    best, where = 0, 0
    table: Keys = ()
    for number, line in enumerate(text.split("\n"), 1):
        header, key = line.lstrip().startswith("["), _KEY.match(line)
        if header:
            table = _parts(line.strip().lstrip("[").partition("]")[0])
        full = (*table, *_parts(key[1])) if key else table if header else ()
        length = min(len(full), len(keys))
        common = length if full[:length] == keys[:length] else 0
        if common > best:
            best, where = common, number
    return where


def _parts(dotted: str) -> Keys:
    return tuple(part.strip("\"'") for part in _PART.findall(dotted))
