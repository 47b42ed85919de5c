"""sysctl.conf, the files of sysctl.d, and what `sysctl -a` prints: a setting a line."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase

from lvscompile.frontends.sysctl.keys import canonical, is_pattern
from lvscompile.ir.host import Sysctl
from lvscompile.ir.node import Node
from lvscompile.syntax.findings import Span
from lvscompile.syntax.source import Source
from lvscompile.syntax.statements import Frame, Stmt

# Where `sysctl --system` looks: of files of one name the one in the directory named first counts.
DIRECTORIES = ("/etc/sysctl.d", "/run/sysctl.d", "/usr/local/lib/sysctl.d", "/usr/lib/sysctl.d", "/lib/sysctl.d")
MAIN = "/etc/sysctl.conf"
_LINE = re.compile(r"[^\n]*(?:\n|\Z)")
_ERROR = re.compile(r"sysctl: .*")


class Line(Node):
    """A line of a file: `kind` is SETTING, EXCEPTION (a key that patterns shall leave alone), COMMENT, BLANK, MESSAGE
    (of a listing), UNKNOWN. `key` and `value` give the places in the source.
    """

    kind: str
    origin: Stmt
    setting: Sysctl | None = None
    key: Span | None = None
    value: Span | None = None


def scan(source: Source) -> Iterator[Stmt]:
    """The lines of a text. Their texts, joined, are the text."""
    frames: tuple[Frame, ...] = source.frames  # type: ignore[assignment]
    number = 1
    for match in _LINE.finditer(source.text):
        start, end = match.span()
        if start == end:
            return
        yield Stmt("SYSCTL", source, start, end, number, match.group(), frames)
        number += 1


def read(source: Source, persistent: bool = True) -> list[Line]:
    """The lines of a file of settings. What is none is kept, with its place."""
    return [_line(stmt, persistent, False) for stmt in scan(source)]


def listing(source: Source) -> list[Line]:
    """The lines that `sysctl -a` or `sysctl KEY` printed: how things stand at run time."""
    return [_line(stmt, False, True) for stmt in scan(source)]


def settings(lines: Iterable[Line]) -> tuple[Sysctl, ...]:
    return tuple(line.setting for line in lines if line.setting is not None)


def _line(stmt: Stmt, persistent: bool, printed: bool) -> Line:
    text = stmt.text.rstrip("\r\n")
    begin = len(text) - len(text.lstrip(" \t"))
    body = text.strip(" \t")
    if not body:
        return Line("BLANK", stmt)
    if body[0] in "#;":
        return Line("COMMENT", stmt)
    if printed and _ERROR.fullmatch(body):
        return Line("MESSAGE", stmt)
    name, equals, rest = body.partition("=")
    forgiving = name.startswith("-")
    key = canonical(name[1:] if forgiving else name)
    base = stmt.start + begin
    first = base + forgiving + (len(name[forgiving:]) - len(name[forgiving:].lstrip()))
    key_place = Span(stmt.source, first, base + len(name.rstrip()))
    if not key or "\0" in body:
        return Line("UNKNOWN", stmt)
    if not equals:
        # `-key` alone takes the key out of patterns; a name alone says nothing.
        return Line("EXCEPTION" if forgiving else "UNKNOWN", stmt, None, key_place)
    value = rest.lstrip(" \t").rstrip(" \t\r")
    start = base + len(name) + 1 + (len(rest) - len(rest.lstrip(" \t")))
    value_place = Span(stmt.source, start, start + len(value))
    setting = Sysctl(key, value, stmt, 0, persistent, forgiving)
    return Line("SETTING", stmt, setting, key_place, value_place)


def boot_order(files: Mapping[str, Source]) -> list[Source]:
    """The files that are read at boot (or by `sysctl --system`), in their order: by name across the directories, the
    main file last. `files` maps absolute paths on that host to their texts.
    """
    chosen: dict[str, Source] = {}
    for directory in reversed(DIRECTORIES):
        for path, source in files.items():
            folder, name = posixpath.split(path)
            if folder == directory and name.endswith(".conf"):
                chosen[name] = source
    order = [chosen[name] for name in sorted(chosen)]
    main = files.get(MAIN)
    if main is not None:
        # Debian links the main file into sysctl.d; it is read once more all the same, last.
        order.append(main)
    return order


def expand(written: Iterable[Sysctl], keys: Iterable[str], exceptions: Iterable[str] = ()) -> tuple[Sysctl, ...]:
    """Patterns resolved against the keys that exist, as systemd-sysctl does: a key that is named outright, or excepted,
    is left alone. Patterns that nothing can be known of stay as they are.
    """
    written, keys = tuple(written), tuple(keys)
    named = {setting.key for setting in written if not is_pattern(setting.key)} | set(exceptions)
    result: list[Sysctl] = []
    for setting in written:
        if not is_pattern(setting.key):
            result.append(setting)
            continue
        hits = [key for key in keys if key not in named and _matches(key, setting.key)]
        if not keys:
            result.append(setting)
        for key in hits:
            result.append(
                Sysctl(key, setting.value, setting.origin, setting.word, setting.persistent, setting.forgiving)
            )
    return tuple(result)


def _matches(key: str, pattern: str) -> bool:
    """As glob(3) on the paths: a `*` does not cross a level."""
    own, wanted = key.split("."), pattern.split(".")
    return len(own) == len(wanted) and all(map(fnmatchcase, own, wanted))
