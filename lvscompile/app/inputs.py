"""What the INPUT words of a command line mean: which files make which host."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from lvscompile.syntax.keepalived.keywords import ROOT, table
from lvscompile.syntax.source import InputError, Source, read_source

KINDS = ("keepalived",)
CANONICAL = ("etc/keepalived/keepalived.conf", "keepalived/keepalived.conf")
_NAMED = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)=(.+)", re.S)
# Folders that say nothing about which host a file is from.
_COMMON = frozenset({"", ".", "..", "/", "etc", "keepalived", "conf", "config", "conf.d", "files", "templates"})


class HostInput(NamedTuple):
    """One host: its name, its main configuration, and the directory it lives in ("" for bare files)."""

    name: str
    source: Source
    root: str


class Inputs(NamedTuple):
    hosts: list[HostInput]
    notes: list[str]


def resolve(words: Sequence[str], kinds: Mapping[str, str], stdin_name: str = "") -> Inputs:
    """The hosts that the INPUT words name. Without words: this host. What comes on standard input is called
    `stdin_name`, and read as if it were that file.

    Raises InputError where an input cannot be read, holds nothing known, or names an unknown kind.
    """
    notes: list[str] = []
    hosts: list[HostInput] = []
    seen: set[str] = set()
    read: dict[tuple[str, str], str] = {}
    for word in words or ("/",):
        name, path = split_word(word)
        if path == "-" and path in seen:
            raise InputError("<stdin>", "standard input is given twice", "it can be read once")
        if not name and path in seen:
            notes.append(f"{path}: given twice, read once")
            continue
        seen.add(path)
        host = _host(name, path, kinds, notes, stdin_name)
        # By another spelling, or as its directory: one host has one such file.
        key = (host.name, os.path.realpath(host.source.path or host.source.name))
        if not name and key in read:
            notes.append(f"{path}: given twice, read once (as {read[key]})")
            continue
        read[key] = path
        hosts.append(host)
    return Inputs(_distinct(hosts), notes)


def split_word(word: str) -> tuple[str, str]:
    """`HOST=PATH` to both; a path that merely holds a `=` stays a path."""
    match = _NAMED.fullmatch(word)
    if match is None or os.path.exists(word):
        return "", word
    return match[1], match[2]


def _host(name: str, path: str, kinds: Mapping[str, str], notes: list[str], stdin_name: str) -> HostInput:
    if os.path.isdir(path):
        root = path
        path = _main_file(root, notes)
        source = read_source(path)
        return HostInput(name or _directory_name(root), source, root)
    source = _stdin(stdin_name) if path == "-" else read_source(path)
    if "keepalived" not in (kinds.get(path), kinds.get(source.name)) and not looks_like_keepalived(source):
        raise InputError(
            source.name,
            "this is no keepalived.conf as far as lvscompile can tell: no line begins with a keyword of it",
            f"if it is one, say so: --kind {path}=keepalived",
        )
    return HostInput(name or _file_name(stdin_name if path == "-" and stdin_name else path), source, "")


def _stdin(name: str) -> Source:
    """Standard input. With a name it finds its includes where the file of that name would."""
    source = read_source("-", name)
    folder = os.path.dirname(os.path.abspath(name)) if name else ""
    source.folder = folder if os.path.isdir(folder) else ""
    return source


def _directory_name(root: str) -> str:
    if os.path.abspath(root) == "/":
        return os.uname().nodename
    return os.path.basename(os.path.abspath(root))


def _main_file(root: str, notes: list[str]) -> str:
    """The keepalived.conf of a host's directory: where real systems have it, or the one in a flat folder."""
    for place in CANONICAL:
        if os.path.exists(os.path.join(root, place)):
            _note_leftovers(os.path.dirname(os.path.join(root, place)), notes)
            return os.path.join(root, place)
    if os.path.abspath(root) == "/":
        raise InputError("/etc/keepalived/keepalived.conf", "no such file", "say what to read: lvscompile lint PATH")
    try:
        names = sorted(name for name in os.listdir(root) if os.path.isfile(os.path.join(root, name)))
    except OSError as error:
        raise InputError(root, (error.strerror or "cannot be read").lower()) from None
    claimed = [name for name in names if _claimed(os.path.join(root, name), name)]
    main = "keepalived.conf" if "keepalived.conf" in claimed else claimed[0] if len(claimed) == 1 else ""
    if not claimed:
        raise InputError(root, "nothing in this directory is known to lvscompile", "it looked for a keepalived.conf")
    if not main:
        some = ", ".join(claimed[:4])
        raise InputError(root, f"several files could be the keepalived.conf of this host ({some})", "name one of them")
    others = [name for name in names if name != main]
    if others:
        notes.append(f"{root}: not read: {', '.join(others[:8])}{' …' if len(others) > 8 else ''}")
    return os.path.join(root, main)


LEFTOVERS = ("~", ".bak", ".orig", ".rpmsave", ".rpmnew", ".dpkg-old", ".dpkg-dist", ".swp")


def _note_leftovers(folder: str, notes: list[str]) -> None:
    """Copies that editors and package managers left beside the real file: said once, never read."""
    try:
        names = sorted(name for name in os.listdir(folder) if name.endswith(LEFTOVERS))
    except OSError:
        return
    if names:
        notes.append(f"{folder}: not read: {', '.join(names[:8])}{' …' if len(names) > 8 else ''}")


def _claimed(path: str, name: str) -> bool:
    if name.endswith(LEFTOVERS):
        return False
    try:
        return looks_like_keepalived(read_source(path))
    except InputError:
        return False


def looks_like_keepalived(source: Source) -> bool:
    """Whether a text is a keepalived.conf, by its content: some line begins with a keyword of it.

    The name decides only for texts that say nothing, an empty keepalived.conf for one.
    """
    known = _known_words()
    if any(match[1] in known for match in _FIRST_WORD.finditer(source.text)):
        return True
    lines = [line for line in source.text.split("\n") if line.strip() and not line.lstrip().startswith(("#", "!"))]
    if lines and all(map(_OF_ITS_OWN, lines)):
        return True
    return os.path.basename(source.path).startswith("keepalived") and not source.text.strip("\0 \t\r\n")


_FIRST_WORD = re.compile(r"(?m)^[ \t\ufeff]*(?:@\^?[^ \t\n]+[ \t]+)?([A-Za-z_$~]+)")


# Nothing but includes, definitions, conditions and generators: the main file of a site that keeps all else elsewhere.
_OF_ITS_OWN = re.compile(r"[ \t]*(?:include[rmwba]?[ \t]|\$[A-Za-z_][A-Za-z0-9_]*=|~(?:SEQx?|LST)\()").match


def _known_words() -> frozenset[str]:
    inner = ("vrrp_instance", "virtual_server", "virtual_server/real_server", "global_defs")
    return frozenset(ROOT).union(*(table(block) for block in inner)) - {"instance", "weight", "debug", "state"}


def _file_name(path: str) -> str:
    """A host's name from the path of a bare file: `lvs1.conf` is lvs1, `lvs1/keepalived.conf` too."""
    if path == "-":
        return "stdin"
    stem, extension = os.path.splitext(os.path.basename(path))
    if stem != "keepalived" and extension in (".conf", ".cfg", ".txt", ".keepalived", ""):
        return stem.removesuffix(".keepalived").removeprefix("keepalived-") or stem
    for part in reversed(os.path.dirname(os.path.abspath(path)).split("/")):
        if part not in _COMMON:
            return part
    return stem


def _distinct(hosts: list[HostInput]) -> list[HostInput]:
    """Names that clash are told apart by a number: two hosts must not be one."""
    taken: set[str] = set()
    result = []
    for host in hosts:
        name, number = host.name, 2
        while name in taken:
            name, number = f"{host.name}#{number}", number + 1
        taken.add(name)
        result.append(host._replace(name=name))
    return result
