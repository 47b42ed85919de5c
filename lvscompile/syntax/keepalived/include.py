"""`include` and its variants: which files a pattern names, in keepalived's order and with its exceptions."""

from __future__ import annotations

import os
import re
import stat
from itertools import pairwise

from lvscompile.syntax.keepalived.words import BLANKS, code_end
from lvscompile.syntax.remarks import Remark
from lvscompile.syntax.source import InputError, Source, read_source
from lvscompile.syntax.statements import Frame, Stmt

MAX_NESTING = 32
MAX_FILES = 10_000

_STATEMENT = re.compile(r"[ \t]*(include[rmwba]?)[ \t\r\f\v]+([^\n]*)")


class Includes:
    """Finds included files. `root` is the host's directory when the input is one: absolute names are looked for
    below it first, so that a copied /etc works anywhere. Files that were read are kept in `read`.
    """

    def __init__(self, root: str = "", texts: dict[str, str] | None = None) -> None:
        self.root = root
        self._cache = {} if texts is None else texts  # several readings of one host see the same files
        self.read: list[Source] = []
        self.missing = False

    def directory(self, source: Source) -> str:
        """The folder of the file being read: includes and ${_PWD} are relative to it."""
        return source.folder or os.getcwd()

    def resolve(self, stmt: Stmt, text: str) -> tuple[list[Source], list[Remark]]:
        """The files of one include statement, read; and what there is to say about it."""
        keyword, pattern = _STATEMENT.match(text[: code_end(text)]).groups()  # type: ignore[union-attr]  # the terminal says so
        pattern = pattern.rstrip(BLANKS)
        paths = self._find(stmt, pattern)
        if not paths:
            self.missing = True
            strict = keyword[7:] in ("m", "w", "a")
            return [], [Remark("include-missing", stmt, pattern=pattern, strict=strict)]
        return self._read_all(stmt, paths)

    def _read_all(self, stmt: Stmt, paths: list[str]) -> tuple[list[Source], list[Remark]]:
        sources: list[Source] = []
        remarks: list[Remark] = []
        chain = _chain(stmt)
        for path in paths:
            full = len(self.read) + len(sources) >= MAX_FILES
            reason = "limit" if full else self._refusal(path, chain)
            if reason:
                remarks.append(Remark("include-" + reason, stmt, path=path))
                if full:
                    break
                continue
            try:
                frames = (*stmt.frames, Frame("include", stmt, path))
                name = self._display(path, stmt.source)
                if path not in self._cache:
                    self._cache[path] = read_source(path).text
                sources.append(Source(name, self._cache[path], path, frames))
            except InputError as error:
                remarks.append(Remark("include-unreadable", stmt, path=path, reason=error.reason))
        self.read.extend(sources)
        return sources, remarks

    def _refusal(self, path: str, chain: list[str]) -> str:
        try:
            mode = os.stat(path).st_mode
        except OSError:
            return ""
        if stat.S_ISDIR(mode):
            return "directory"
        if stat.S_ISREG(mode) and mode & 0o111:
            return "executable"
        if os.path.realpath(path) in chain:
            return "cycle"
        return "limit" if len(chain) > MAX_NESTING else ""

    def _find(self, stmt: Stmt, pattern: str) -> list[str]:
        import glob

        found: list[str] = []
        for alternative in _alternatives(pattern):
            for candidate in self._places(stmt, alternative):
                hits = sorted(glob.glob(candidate)) if glob.has_magic(candidate) else _existing(candidate)
                if hits:
                    found.extend(hits)
                    break
        return found

    def _places(self, stmt: Stmt, pattern: str) -> list[str]:
        if not os.path.isabs(pattern):
            return [os.path.join(self.directory(stmt.source), pattern)]
        inside = [os.path.join(self.root, pattern.lstrip("/"))] if self.root else []
        return [*inside, pattern]

    def _display(self, path: str, includer: Source) -> str:
        """Name an included file as its includer is named: relative names stay relative."""
        if includer.folder and not os.path.isabs(includer.name):
            return os.path.join(os.path.dirname(includer.name), os.path.relpath(path, includer.folder))
        return path


def _existing(path: str) -> list[str]:
    return [path] if os.path.exists(path) else []


def _chain(stmt: Stmt) -> list[str]:
    sites = [frame.site for frame in stmt.frames if frame.kind == "include"]
    return [os.path.realpath(s.source.path) for s in (*sites, stmt) if s.source.path]


MAX_ALTERNATIVES = 256


def _alternatives(pattern: str) -> list[str]:
    """glob(3)'s GLOB_BRACE: `{a,b}` stands for either. Bounded."""
    done: list[str] = []
    open_ = [pattern]
    while open_ and len(done) < MAX_ALTERNATIVES:
        split = _first_alternatives(open_.pop())
        if len(split) == 1:
            done += split
        else:
            open_ += reversed(split[:MAX_ALTERNATIVES])
    return done


def _first_alternatives(pattern: str) -> list[str]:
    start = pattern.find("{")
    if start < 0:
        return [pattern]
    depth, cuts = 0, [start]
    for at in range(start, len(pattern)):
        if pattern[at] == "{":
            depth += 1
        elif pattern[at] == "}":
            depth -= 1
            if depth == 0:
                cuts.append(at)
                break
        elif pattern[at] == "," and depth == 1:
            cuts.append(at)
    if depth:
        return [pattern]
    head, tail = pattern[:start], pattern[cuts[-1] + 1 :]
    options = [pattern[a + 1 : b] for a, b in pairwise(cuts)]
    return [head + option + tail for option in options]
