"""Inputs to a Site, with all that the readers noticed: the one way in for every command."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from lvscompile.app.inputs import HostInput, resolve
from lvscompile.frontends.keepalived import lower
from lvscompile.ir.core import Target
from lvscompile.ir.site import Site
from lvscompile.lint.engine import Host, KeywordUse
from lvscompile.syntax.keepalived.tree import read_configuration
from lvscompile.syntax.source import Source
from lvscompile.syntax.statements import Stmt

if TYPE_CHECKING:
    import lark


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


def load(
    inputs: Sequence[str] = (),
    *,
    kinds: Mapping[str, str] | None = None,
    config_id: str = "",
    target: Target | None = None,
    stdin_name: str = "",
) -> Loaded:
    """Read INPUT words (`[HOST=]PATH`, `-` for standard input, none for this host) into one Site. Standard input may be
    called `stdin_name`.

    Raises InputError where an input cannot be read at all. Whatever is wrong inside a readable input is a remark
    on its host, for the linter to speak about.
    """
    resolved = resolve(inputs, kinds or {}, stdin_name)
    hosts: list[Host] = []
    sources: list[Source] = []
    trees: list[lark.Tree[Stmt]] = []
    secrets: set[str] = set()
    for each in resolved.hosts:
        host, files, tree, found = _load_host(each, config_id or each.name)
        hosts.append(host)
        sources += files
        trees.append(tree)
        secrets |= found
    return Loaded(
        Site(tuple(host.director for host in hosts), target or Target()),
        tuple(hosts),
        tuple(sources),
        tuple(each.source for each in resolved.hosts),
        tuple(each.root for each in resolved.hosts),
        tuple(trees),
        frozenset(secrets),
        tuple(resolved.notes),
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
    for before, main, root in zip(loaded.hosts, mains, loaded.roots, strict=True):
        given = HostInput(before.director.name, main, root)
        host, files, tree, found = _load_host(given, before.config_id, seen)
        hosts.append(host)
        sources += files
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


def _load_host(
    given: HostInput, config_id: str, texts: Mapping[str, str] = {}
) -> tuple[Host, tuple[Source, ...], lark.Tree[Stmt], set[str]]:
    reading = read_configuration(given.source, config_id, given.root, texts)
    director, checker = lower(reading, given.name)
    host = Host(
        director,
        tuple(reading.remarks + checker.remarks),
        tuple(KeywordUse(keyword, statements) for keyword, statements in checker.uses.items()),
        config_id,
        reading.conditions,
        reading.includes_missing,
        tuple(file.name for file in reading.files),
        tuple(reading.files),
    )
    return host, reading.files, reading.tree, checker.secrets


def count_statements(trees: Sequence[lark.Tree[Stmt]]) -> dict[str, int]:
    """How many statements were understood, and how many are kept as they stand because nobody knows them."""
    counts = {"understood": 0, "kept": 0, "prose": 0}
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
