"""What the INPUT words of a command line mean: which texts make which host."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from lvscompile.app.kinds import looks_like_keepalived, place_of, recognise
from lvscompile.app.places import KEEPALIVED, RC_FILES, Found, directory, leftovers
from lvscompile.frontends.machine.pieces import Piece, is_boot_path
from lvscompile.syntax.source import InputError, Source, read_source

_NAMED = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)=(.+)", re.S)
_HOSTNAME = re.compile(r'"hostname"[ \t]*:[ \t]*"([^"]+)"')
# Folders that say nothing about which host a file is from.
_COMMON = frozenset({"", ".", "..", "/", "etc", "keepalived", "conf", "config", "conf.d", "files", "templates"})


class HostInput(NamedTuple):
    """One host: its name, its main configuration, the directory it lives in ("" for bare files), and its other texts in
    the order in which they take effect. A host without a keepalived.conf has an empty one without a path.
    `page` names the notes that describe it beside other hosts, without a name.
    """

    name: str
    source: Source
    root: str
    pieces: tuple[Piece, ...] = ()
    role: str = ""
    page: str = ""


class Inputs(NamedTuple):
    """The hosts, what there is to say about the inputs, and which hosts belong together where a page of notes speaks of
    several set-ups.
    """

    hosts: list[HostInput]
    notes: list[str]

    def clusters(self) -> tuple[tuple[str, ...], ...]:
        """The hosts that prompts name are one set-up; each other one of a page is a set-up by itself."""
        alone = [host for host in self.hosts if host.page]
        if not alone:
            return ()
        return (tuple(host.name for host in self.hosts if not host.page), *((host.name,) for host in alone))


class _Host:
    """A host that is being put together."""

    def __init__(self, name: str, said: bool, root: str = "") -> None:
        self.name = name
        self.said = said  # by the user
        self.root = root
        self.source: Source | None = None
        self.pieces: list[Piece] = []
        self.role = ""
        self.page = ""

    def frozen(self) -> HostInput:
        source = self.source or Source(f"{self.name} (no keepalived.conf)", "")
        return HostInput(self.name, source, self.root, tuple(self.pieces), self.role, self.page)


def resolve(words: Sequence[str], kinds: Mapping[str, str], stdin_name: str = "", live: bool = False) -> Inputs:
    """The hosts that the INPUT words name. Without words: this host. What comes on standard input is called
    `stdin_name`, and read as if it were that file. With `live`, what this host's kernel and tools say is one text more.

    Raises InputError where an input cannot be read, holds nothing known, or names an unknown kind.
    """
    found = _Resolver(kinds, stdin_name)
    for word in words or ("/",):
        found.word(*split_word(word))
    if live:
        found.this_host()
    return Inputs(_distinct([host.frozen() for host in found.together()]), found.notes)


def split_word(word: str) -> tuple[str, str]:
    """`HOST=PATH` to both; a path that merely holds a `=` stays a path."""
    match = _NAMED.fullmatch(word)
    if match is None or os.path.exists(word):
        return "", word
    return match[1], match[2]


class _Resolver:
    def __init__(self, kinds: Mapping[str, str], stdin_name: str) -> None:
        self.kinds = kinds
        self.stdin_name = stdin_name
        self.notes: list[str] = []
        self.hosts: list[_Host] = []
        self.loose: list[_Host] = []  # bare files that are no keepalived.conf, each as if it were a host
        self.seen: set[str] = set()
        self.read: dict[tuple[str, str], str] = {}

    def word(self, name: str, path: str) -> None:
        if path == "-" and path in self.seen:
            raise InputError("<stdin>", "standard input is given twice", "it can be read once")
        if not name and path in self.seen:
            self.notes.append(f"{path}: given twice, read once")
            return
        self.seen.add(path)
        if os.path.isdir(path):
            self._directory(name, path)
        else:
            self._file(name, path)

    def this_host(self) -> None:
        from lvscompile.app.facts import collect, show

        source = Source("<this host>", show(collect()))
        host = _Host(os.uname().nodename, False)
        host.pieces = [piece for _, _, piece in _pieces(Found("facts", "", source), alone=True)]
        self.loose.append(host)

    def _directory(self, name: str, root: str) -> None:
        host = _Host(name or _directory_name(root), bool(name), root)
        host.source = _main_file(root, self.notes)
        files = directory(root, self.notes, {os.path.realpath(host.source.path)} if host.source else set())
        rivals = [each.source.name for each in files if each.kind == "keepalived"]
        if host.source is None and len(rivals) == 1:
            host.source = next(each.source for each in files if each.kind == "keepalived")
        elif host.source is None and rivals:
            some = ", ".join(os.path.basename(each) for each in rivals[:4])
            raise InputError(
                root, f"several files could be the keepalived.conf of this host ({some})", "name one of them"
            )
        elif rivals:
            some = ", ".join(os.path.basename(each) for each in rivals[:8])
            self.notes.append(f"{root}: not read: {some}")
        boot = "".join(each.source.text for each in files if each.path in RC_FILES)
        for each in files:
            if host.source is not None and each.path.startswith("/usr/local/") and each.path in host.source.text:
                # What keepalived runs, it runs with arguments, and when something happens.
                self.notes.append(f"{each.source.name}: keepalived runs it when something happens; it is not replayed")
            elif each.kind != "keepalived":
                starts = bool(each.path) and each.path in boot
                host.pieces += [piece for _, _, piece in _pieces(each, alone=True, starts=starts)]
        if host.source is None and not host.pieces:
            if os.path.abspath(root) == "/":
                place = f"/{KEEPALIVED[0]}"
                raise InputError(place, "no such file", "say what to read: lvscompile lint PATH")
            raise InputError(
                root,
                "nothing in this directory is known to lvscompile",
                "it looked for a keepalived.conf, rules of ipvsadm and iptables, scripts, settings of sysctl",
            )
        if host.source is not None and self._known(host, name):
            return
        self.hosts.append(host)

    def _known(self, host: _Host, name: str) -> bool:
        """Whether this file is there already, by another spelling, or as its directory: one host has one such file."""
        assert host.source is not None
        key = (host.name, os.path.realpath(host.source.path or host.source.name))
        if not name and key in self.read:
            path = host.root or host.source.path or host.source.name
            self.notes.append(f"{path}: given twice, read once (as {self.read[key]})")
            return True
        self.read[key] = host.root or host.source.path or host.source.name
        return False

    def _file(self, name: str, path: str) -> None:
        source = _stdin(self.stdin_name) if path == "-" else read_source(path)
        kind = self.kinds.get(path) or self.kinds.get(source.name) or recognise(source)
        if not kind:
            raise InputError(
                source.name,
                "no line of it is a keyword of keepalived.conf, a command about LVS, or anything else that lvscompile "
                "can read",
                f"if it is something, say what: --kind {path}=keepalived",
            )
        own = name or _file_name(self.stdin_name if path == "-" and self.stdin_name else path)
        if kind == "keepalived":
            host = _Host(own, bool(name))
            host.source = source
            if not self._known(host, name):
                self._put(host)
            return
        parts = list(_pieces(Found(kind, place_of(source.path), source), alone=bool(name)))
        if len(parts) > 1:
            self.notes.append(f"{source.name}: speaks of {len(parts)} hosts")
        for part, role, piece in parts:
            host = _Host(own if not part else f"{own}{part}" if part.startswith("-") else part, bool(name or part))
            host.role = role
            host.page = source.name if len(parts) > 1 and not part else ""
            host.pieces.append(piece)
            self._put(host)

    def _put(self, host: _Host) -> None:
        """Texts of one name, where it is said, are one host's; but one host has one keepalived.conf."""
        if not host.said and host.source is None:
            self.loose.append(host)
            return
        for known in self.hosts:
            if host.said and known.said and known.name == host.name and not (known.source and host.source):
                known.source = known.source or host.source
                known.pieces += host.pieces
                known.role = known.role or host.role
                return
        self.hosts.append(host)

    def together(self) -> list[_Host]:
        """All hosts, with the bare files that belong to no other added to those that have a keepalived.conf."""
        self._place_facts()
        bare = [host for host in self.hosts if host.source is not None and not host.root and not host.said]
        if not self.loose:
            return self.hosts
        if not bare and len(self.hosts) == 1 and not self.hosts[0].said:
            bare = self.hosts
        names = [host.pieces[0].given.source.name for host in self.loose]
        several = len({host.pieces[0].given.source.name for host in self.loose}) < len(self.loose)
        if not bare or several:
            # Nothing to belong to: they make a host together, but for notes that speak of several.
            return self.hosts + (self.loose if several else [_joined(self.loose)])
        for host in bare:
            host.pieces += [piece for each in self.loose for piece in each.pieces]
        if len(bare) > 1:
            self.notes.append(f"{', '.join(names)}: taken for part of each of {', '.join(h.name for h in bare)}")
        return self.hosts

    def _place_facts(self) -> None:
        """Facts belong to the host whose name they tell, where that is given."""
        for facts in list(self.loose):
            given = facts.pieces[0].given
            told = _HOSTNAME.search(given.source.text) if given.kind == "facts" else None
            names = (told[1], told[1].partition(".")[0]) if told else ()
            owner = next((host for host in self.hosts if host.name in names), None)
            if owner is not None:
                owner.pieces += facts.pieces
                self.loose.remove(facts)


def _joined(hosts: list[_Host]) -> _Host:
    first = hosts[0]
    for other in hosts[1:]:
        first.pieces += other.pieces
    return first


def _pieces(found: Found, alone: bool, starts: bool = False) -> Iterable[tuple[str, str, Piece]]:
    """The pieces of a text: name of the host ("" where it names none), role, piece. `alone`: it is all of one host;
    `starts`: a script of the boot calls it.
    """
    from lvscompile.ir.machine import Given

    kind, path, source = found
    given = Given(source, kind, path, starts or is_boot_path(path))
    if kind not in ("script", "log"):
        yield "", "", Piece(given)
        return
    from lvscompile.app.pages import hosts_of
    from lvscompile.frontends.shell import read_script

    script = read_script(source, mode={"log": "document"}.get(kind, "script" if path else ""))
    if script.mode == "document":
        given = Given(source, "log", path, False)
    if alone:
        yield "", "", Piece(given, script, script.items)
        return
    for name, role, items in hosts_of(script):
        yield name, role, Piece(given, script, items)


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


def _main_file(root: str, notes: list[str]) -> Source | None:
    """The keepalived.conf of a host's directory: where real systems have it, or the one of that name."""
    for place in KEEPALIVED:
        path = os.path.join(root, place)
        if os.path.exists(path):
            leftovers(os.path.dirname(path), notes)
            return read_source(path)
    if os.path.abspath(root) == "/":
        return None
    path = os.path.join(root, "keepalived.conf")
    if not os.path.isfile(path):
        return None
    source = read_source(path)
    return source if looks_like_keepalived(source) else None


def _file_name(path: str) -> str:
    """A host's name from the path of a bare file: `lvs1.conf` is lvs1, `lvs1/keepalived.conf` too."""
    if path == "-":
        return "stdin"
    stem, extension = os.path.splitext(os.path.basename(path))
    if stem != "keepalived" and extension in (".conf", ".cfg", ".txt", ".keepalived", ".sh", ".log", ".rules", ""):
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
