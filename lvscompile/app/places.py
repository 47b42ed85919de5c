"""A directory as one host: which of its files are read, as what, and in which order they take effect."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import NamedTuple

from lvscompile.app.kinds import LEFTOVERS, place_of, recognise
from lvscompile.syntax.source import InputError, Source, read_source

KEEPALIVED = ("etc/keepalived/keepalived.conf", "keepalived/keepalived.conf")
RC_FILES = ("/etc/rc.local", "/etc/rc.d/rc.local")
# Where real systems keep what takes effect at boot, in the order in which it does: a folder and names in it, or a file.
_PLACES = (
    ("network", "etc/sysconfig/network", ""),
    ("ifcfg", "etc/sysconfig/network-scripts", r"ifcfg-.+"),
    ("interfaces", "etc/network/interfaces", ""),
    ("interfaces", "etc/network/interfaces.d", r"[\w.-]+"),
    ("route-file", "etc/sysconfig/network-scripts", r"route6?-.+"),
    ("rule-file", "etc/sysconfig/network-scripts", r"rule6?-.+"),
    ("modules", "etc/modules", ""),
    ("modules", "etc/modules-load.d", r".+\.conf"),
    ("sysctl", "", ""),  # these have an order of their own
    ("iptables", "etc/sysconfig/iptables", ""),
    ("ip6tables", "etc/sysconfig/ip6tables", ""),
    ("iptables", "etc/iptables/rules.v4", ""),
    ("ip6tables", "etc/iptables/rules.v6", ""),
    ("iptables", "etc/iptables.rules", ""),
    ("ipvsadm", "etc/sysconfig/ipvsadm", ""),
    ("ipvsadm", "etc/ipvsadm.rules", ""),
    ("options", "etc/sysconfig/keepalived", ""),
    ("options", "etc/default/keepalived", ""),
    *(("script", file[1:], "") for file in reversed(RC_FILES)),
    ("script", "usr/local/bin", r".+"),
    ("script", "usr/local/sbin", r".+"),
)
_SYSCTL_FOLDERS = ("etc/sysctl.d", "run/sysctl.d", "usr/local/lib/sysctl.d", "usr/lib/sysctl.d", "lib/sysctl.d")
# What is given beside the places, in the order in which it would take effect.
_ORDER = (
    "keepalived", "network", "ifcfg", "interfaces", "route-file", "rule-file", "modules", "sysctl", "iptables",
    "ip6tables", "ipvsadm", "options", "listing", "script", "log", "facts",
)  # fmt: skip
MAX_FILES = 2000


class Found(NamedTuple):
    """A file of a host: `path` is absolute on that host, or "" where its place is not known."""

    kind: str
    path: str
    source: Source


def directory(root: str, notes: list[str], main: set[str]) -> list[Found]:
    """The files of a host's directory that are read, beside the `main` one: those at their places, in the order in
    which they take effect, and then those that lie directly in it. What else lies there is told in `notes`.
    """
    found = list(_at_places(root))
    known = main | {os.path.realpath(each.source.path) for each in found}
    loose, others = _loose(root, known)
    if others:
        notes.append(f"{root}: not read: {', '.join(others[:8])}{' …' if len(others) > 8 else ''}")
    return found + loose


def _at_places(root: str) -> Iterator[Found]:
    for kind, place, names in _PLACES:
        if not place:
            yield from _sysctls(root)
        elif not names:
            yield from _read(root, kind, place)
        else:
            for name in _names(os.path.join(root, place), names):
                # Among the programs of a host only some are scripts about what this is for.
                yield from _read(root, kind, f"{place}/{name}", sure=not place.startswith("usr/local"))


def _sysctls(root: str) -> Iterator[Found]:
    from lvscompile.frontends.sysctl import boot_order

    files: dict[str, Source] = {}
    for folder in _SYSCTL_FOLDERS:
        for name in _names(os.path.join(root, folder), r".+\.conf"):
            for each in _read(root, "sysctl", f"{folder}/{name}"):
                files[each.path] = each.source
    for each in _read(root, "sysctl", "etc/sysctl.conf"):
        files[each.path] = each.source
    paths = {id(source): path for path, source in files.items()}
    yield from (Found("sysctl", paths[id(source)], source) for source in boot_order(files))


def _names(folder: str, pattern: str) -> list[str]:
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return []
    wanted = [name for name in names if re.fullmatch(pattern, name) and not name.endswith(LEFTOVERS)]
    return [name for name in wanted if os.path.isfile(os.path.join(folder, name))][:MAX_FILES]


def _read(root: str, kind: str, place: str, sure: bool = True) -> Iterator[Found]:
    path = os.path.join(root, place)
    if not os.path.isfile(path):
        return
    try:
        source = read_source(path)
    except InputError:
        if sure:
            raise
        return
    if sure or recognise(source) == kind:
        yield Found(kind, f"/{place}", source)


def _loose(root: str, known: set[str]) -> tuple[list[Found], list[str]]:
    """The files directly in a directory that a front end recognises, and the names of the others."""
    found: list[Found] = []
    others: list[str] = []
    if os.path.abspath(root) == "/":
        return found, others
    for name in _names_of(root):
        path = os.path.join(root, name)
        if os.path.realpath(path) in known:
            continue
        if name.startswith(".") or name.endswith(LEFTOVERS):
            others += [name] if name.endswith(LEFTOVERS) else []
            continue
        try:
            source = read_source(path)
            kind = recognise(source)
        except InputError:
            kind = ""
        if kind:
            found.append(Found(kind, place_of(name), source))
        else:
            others.append(name)
    return sorted(found, key=lambda each: _ORDER.index(each.kind)), others


def _names_of(root: str) -> list[str]:
    try:
        names = sorted(os.listdir(root))
    except OSError as error:
        raise InputError(root, (error.strerror or "cannot be read").lower()) from None
    return [name for name in names if os.path.isfile(os.path.join(root, name))][:MAX_FILES]


def leftovers(folder: str, notes: list[str]) -> None:
    """Copies that editors and package managers left beside the real file: said once, never read."""
    try:
        names = sorted(name for name in os.listdir(folder) if name.endswith(LEFTOVERS))
    except OSError:
        return
    if names:
        notes.append(f"{folder}: not read: {', '.join(names[:8])}{' …' if len(names) > 8 else ''}")
