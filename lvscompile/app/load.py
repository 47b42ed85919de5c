"""Inputs to a Site, with all that the readers noticed: the one way in for every command."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from lvscompile.app.inputs import HostInput, resolve
from lvscompile.frontends.keepalived import lower
from lvscompile.ir.core import Target
from lvscompile.ir.node import replace
from lvscompile.ir.site import Director, Site
from lvscompile.lint.engine import Host, KeywordUse
from lvscompile.syntax.keepalived.tree import read_configuration
from lvscompile.syntax.source import Source
from lvscompile.syntax.statements import Stmt

if TYPE_CHECKING:
    import lark

    from lvscompile.frontends.machine.assemble import Assembled
    from lvscompile.ir.machine import Tally


class Loaded(NamedTuple):
    """What the inputs amount to. `notes` are remarks about the inputs as such, `secrets` what must not be shown."""

    site: Site
    hosts: tuple[Host, ...]
    sources: tuple[Source, ...]
    mains: tuple[Source, ...]  # the main file of each host, and the directory that it lives in
    roots: tuple[str, ...]
    trees: tuple[lark.Tree[Stmt], ...]
    secrets: frozenset[str]
    notes: tuple[str, ...]
    assembled: tuple[Assembled | None, ...] = ()
    clusters: tuple[tuple[str, ...], ...] = ()  # which hosts belong together, as far as the inputs tell

    @property
    def tallies(self) -> tuple[Tally, ...]:
        """What became of the lines of each text that is no keepalived.conf."""
        found: dict[str, Tally] = {}
        for host in self.hosts:
            for tally in host.director.machine.tallies if host.director.machine is not None else ():
                found[tally.name] = found[tally.name].joined(tally) if tally.name in found else tally
        return tuple(found.values())


def load(
    inputs: Sequence[str] = (),
    *,
    kinds: Mapping[str, str] | None = None,
    config_id: str = "",
    target: Target | None = None,
    stdin_name: str = "",
    roles: Mapping[str, str] | None = None,
    replay_all: bool = False,
    live: bool = False,
) -> Loaded:
    """Read INPUT words (`[HOST=]PATH`, `-` for standard input, none for this host) into one Site. Standard input may be
    called `stdin_name`. `roles` tells by name which hosts are director or real-server, where that shall not be guessed;
    `replay_all` runs what undoes earlier commands, too; `live` adds what this host's kernel and tools say.

    Raises InputError where an input cannot be read at all. Whatever is wrong inside a readable input is a remark
    on its host, for the linter to speak about.
    """
    resolved = resolve(inputs, kinds or {}, stdin_name, live)
    hosts: list[Host] = []
    sources: list[Source] = []
    trees: list[lark.Tree[Stmt]] = []
    secrets: set[str] = set()
    assembled: list[Assembled | None] = []
    notes = list(resolved.notes)
    given: list[HostInput] = []
    for each in resolved.hosts:
        machine = _assemble(each, replay_all)
        assembled.append(machine)
        each = _with_shown(each, machine, notes)
        given.append(each)
        host, files, tree, found = _load_host(each, config_id or each.name, machine=machine)
        hosts.append(host)
        sources += files
        sources += [piece.given.source for piece in each.pieces if piece.given.source.path]
        trees.append(tree)
        secrets |= found
    hosts = _with_roles(hosts, given, roles or {}, notes)
    return Loaded(
        Site(tuple(host.director for host in hosts), target or Target()),
        tuple(hosts),
        tuple(sources),
        tuple(each.source for each in given),
        tuple(each.root for each in given),
        tuple(trees),
        frozenset(secrets),
        tuple(notes),
        tuple(assembled),
        resolved.clusters(),
    )


def key(source: Source) -> str:
    """What tells files apart, however they are named. Standard input has no path."""
    return os.path.realpath(source.path) if source.path else ""


def reload(loaded: Loaded, texts: Mapping[str, str]) -> Loaded:
    """The same inputs once more, with other texts in some files (by their keys); what was read is not read again."""
    seen = {source.path: texts.get(key(source), source.text) for source in loaded.sources}
    hosts: list[Host] = []
    sources: list[Source] = []
    trees: list[lark.Tree[Stmt]] = []
    secrets = set(loaded.secrets)
    mains = [Source(main.name, seen[main.path], main.path, main.frames) for main in loaded.mains]
    for before, main, root, machine in zip(loaded.hosts, mains, loaded.roots, loaded.assembled, strict=True):
        given = HostInput(before.director.name, main, root)
        host, files, tree, found = _load_host(given, before.config_id, seen, machine)
        hosts.append(host._replace(director=replace(host.director, role=before.director.role)))
        sources += files
        givens = machine.machine.givens if machine is not None else ()
        sources += [each.source for each in givens if each.source.path]
        trees.append(tree)
        secrets |= found
    return loaded._replace(
        site=Site(tuple(host.director for host in hosts), loaded.site.target),
        hosts=tuple(hosts),
        sources=tuple(sources),
        mains=tuple(mains),
        trees=tuple(trees),
        secrets=frozenset(secrets),
    )


def _assemble(given: HostInput, replay_all: bool) -> Assembled | None:
    if not given.pieces:
        return None
    from lvscompile.frontends.machine.assemble import assemble

    return assemble(given.pieces, replay_all)


def _with_shown(given: HostInput, assembled: Assembled | None, notes: list[str]) -> HostInput:
    """A host whose scripts or notes hold its keepalived.conf has that one, unless it has a file of its own."""
    shown = assembled.keepalived if assembled is not None else ()
    if not shown:
        return given
    if given.source.path:
        notes.append(f"{shown[-1].name}: the keepalived.conf in it is not read: {given.source.name} is there")
        return given
    if len(shown) > 1:
        notes.append(f"{shown[0].name}: of {len(shown)} texts of keepalived.conf in it the last one is read")
    return given._replace(source=shown[-1])


def _with_roles(
    hosts: list[Host], given: Sequence[HostInput], roles: Mapping[str, str], notes: list[str]
) -> list[Host]:
    """Each host with its role: as said, as its text says, or as the inputs look."""
    if all(host.director.machine is None for host in hosts) and not roles:
        return hosts
    from lvscompile.ir.roles import guess

    directors: list[Director] = [host.director for host in hosts]
    unknown = [name for name in roles if name not in {director.name for director in directors}]
    if unknown:
        notes.append(f"--role: there is no host {', '.join(unknown)}")
    result = []
    for host, each in zip(hosts, given, strict=True):
        role = roles.get(host.director.name) or each.role or guess(host.director, directors)
        result.append(host._replace(director=replace(host.director, role=role)))
    return result


def _load_host(
    given: HostInput, config_id: str, texts: Mapping[str, str] = {}, machine: Assembled | None = None
) -> tuple[Host, tuple[Source, ...], lark.Tree[Stmt], set[str]]:
    reading = read_configuration(given.source, config_id, given.root, texts)
    director, checker = lower(reading, given.name)
    names = [file.name for file in reading.files]
    if machine is not None:
        director = replace(director, machine=machine.machine)
        names += [each.source.name for each in machine.machine.givens]
    host = Host(
        director,
        tuple(reading.remarks + checker.remarks),
        tuple(KeywordUse(keyword, statements) for keyword, statements in checker.uses.items()),
        config_id,
        reading.conditions,
        reading.includes_missing,
        tuple(dict.fromkeys(names)),
        tuple(reading.files),
    )
    return host, reading.files, reading.tree, checker.secrets


def count_statements(trees: Sequence[lark.Tree[Stmt]], tallies: Sequence[Tally] = ()) -> dict[str, int]:
    """How many statements were understood, and how many are kept as they stand because nobody knows them; of texts that
    are no keepalived.conf, how many lines.
    """
    counts = {"understood": 0, "kept": 0, "prose": 0}
    for tally in tallies:
        counts["understood"] += tally.understood
        counts["kept"] += tally.kept
        counts["prose"] += tally.prose
    for stmt in _leaves(trees):
        if stmt.type in ("UNKNOWN", "BADOPEN", "EXTRA"):
            counts["kept"] += 1
        elif stmt.type in ("STMT", "OPEN", "HEAD", "DEF", "GEN", "INCLUDE", "COND"):
            counts["understood"] += 1
    return counts


def _leaves(trees: Sequence[lark.Tree[Stmt]]) -> Iterator[Stmt]:
    stack: list[lark.Tree[Stmt] | Stmt] = list(reversed(trees))
    while stack:
        node = stack.pop()
        if isinstance(node, Stmt):
            yield node
        else:
            stack.extend(reversed(node.children))
