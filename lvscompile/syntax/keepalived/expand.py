"""The stream that keepalived really reads: includes, conditions, definitions and generated lines resolved.

Physical statements go in, statements with `frames` come out: each expanded statement remembers the physical one
it stands at, and each step that led from there to it. Everything is bounded: keepalived itself hangs on
`$A=$A`, and takes half a minute over a `~SEQ` of millions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from lvscompile.syntax.keepalived.generators import bindings
from lvscompile.syntax.keepalived.include import Includes
from lvscompile.syntax.keepalived.scan import rescan, scan
from lvscompile.syntax.keepalived.words import BLANKS, code_end
from lvscompile.syntax.remarks import Remark
from lvscompile.syntax.source import Source, decode, encode
from lvscompile.syntax.statements import Frame, Stmt

LINE_BYTES = 1023  # keepalived's line buffer, without the final NUL
MAX_DEPTH = 48  # nested replacements at one place
MAX_TEXT = 1 << 20  # characters that one statement may grow to
MAX_GENERATED = 70_000  # lines out of ~SEQ and ~LST, all together
MAX_STATEMENTS = 1_000_000
MAX_TOTAL = 1 << 24  # characters that definitions of several lines may make, all together

_VARIABLE = re.compile(
    r"\$\{([A-Za-z_][A-Za-z0-9_]*)((?:[ \t][^{}\n]*)?)\}|\$([A-Za-z_][A-Za-z0-9_]*)(?=[ \t\r\n\f\v,)]|\Z)"
)
_DEFINITION = re.compile(r"[ \t]*\$([A-Za-z_][A-Za-z0-9_]*)=(.*)", re.S)
_CONDITION = re.compile(r"[ \t]*@(\^?)([^ \t\n]*)(.*)", re.S)
_GENERATOR = re.compile(r"[ \t]*~(SEQx?|LST)[ \t]*\(([^)\n]*)\)(.*)", re.S)
_UNRESOLVED = re.compile(r"\$\{([^}\n]*)").search
_QUOTED = re.compile(r'"[^"\n]*"?').sub
_CONTINUED = re.compile(r"\\[ \t\r]*\n").search

# Built-in names whose value depends on where and when keepalived runs: left as they are, and remembered.
RUNTIME_NAMES = frozenset({"_RANDOM", "_ENV", "_INSTANCE"})


class Expander:
    """One reading of one host's configuration. Definitions live as long as the reading."""

    def __init__(self, config_id: str, includes: Includes) -> None:
        self.config_id = config_id
        self.includes = includes
        self.definitions: dict[str, str] = {"_HASH": "#", "_BANG": "!"}
        self.remarks: list[Remark] = []
        self.conditions: dict[str, list[Stmt]] = {}
        self._generated = 0
        self._count = 0
        self._made = 0
        self.exhausted = False
        self._noted: set[tuple[str, int, int]] = set()

    def expand(self, source: Source) -> Iterator[Stmt]:
        """All statements that `source` amounts to, in keepalived's order."""
        statements: Iterable[Stmt] = scan(source)
        cut = _long_or_nul_lines(source.text)
        if cut:
            statements = self._cut_lines(statements, source, cut)
        elif not _needs_expansion(source.text):
            return iter(statements)
        return self._stream(statements, 0)

    def _stream(self, statements: Iterable[Stmt], depth: int) -> Iterator[Stmt]:
        for stmt in statements:
            if self.exhausted:
                return
            if self._count >= MAX_STATEMENTS:
                self.exhausted = True
                self._note("too-much", stmt, limit=MAX_STATEMENTS)
                return
            kind = stmt.type
            if kind in ("STMT", "OPEN", "CLOSE"):
                if "$" in stmt.text:
                    yield from self._variables(stmt, depth)
                else:
                    self._count += 1
                    yield stmt
            elif kind in ("TRIVIA", "BADOPEN"):
                yield stmt
            elif depth >= MAX_DEPTH:
                self._note("endless-definition", stmt)
            elif kind == "DEF":
                self._define(stmt)
                yield stmt
            elif kind == "COND":
                yield from self._condition(stmt, depth)
            elif kind == "GEN":
                yield from self._generate(stmt, depth)
            else:
                yield from self._include(stmt, depth)

    # -- $NAME ------------------------------------------------------------------------------------------

    def _define(self, stmt: Stmt) -> None:
        match = _DEFINITION.match(stmt.text)
        assert match is not None  # the terminal says so
        name, value = match.groups()
        if _CONTINUED(value):
            lines = [line.rstrip(BLANKS).removesuffix("\\") for line in value.split("\n")]
            body = [line[: code_end(line)].strip(BLANKS) for line in lines]
            self.definitions[name] = "\n".join(line for line in body if line) + "\n"
        else:
            self.definitions[name] = value[: code_end(value)].strip(BLANKS)

    def _variables(self, stmt: Stmt, depth: int) -> Iterator[Stmt]:
        names: list[str] = []
        text = self._substitute(stmt, names)
        if not names:
            self._count += 1
            if "${" not in text or any(f"${{{name}" in text for name in RUNTIME_NAMES):
                yield stmt
                return
            self._undefined(stmt)
            yield from rescan(text, stmt, Frame("literal", stmt, ""), braces=True)
        elif depth >= MAX_DEPTH or len(text) > MAX_TEXT:
            self._note("endless-definition", stmt, name=names[0])
        elif self._made > MAX_TOTAL:
            self.exhausted = True
            self._note("too-much", stmt, limit=f"{MAX_TOTAL >> 20} MiB of")
        elif len(text) > LINE_BYTES and max(len(encode(line)) for line in text.split("\n")) > LINE_BYTES:
            # keepalived leaves the variable that does not fit as it is, and so do we.
            self._note("long-line", stmt, length=len(encode(text)), limit=LINE_BYTES)
            yield from rescan(stmt.text, stmt, Frame("literal", stmt, ""), braces=True)
        else:
            self._made += len(text) if "\n" in text[:-1] else 0
            frame = Frame("variable", stmt, ", ".join(dict.fromkeys(names)))
            yield from self._stream(rescan(text, stmt, frame), depth + 1)

    def _undefined(self, stmt: Stmt) -> None:
        """Remark on a `${…}` that nothing defines, unless it stands inside quotes, where its braces do no harm."""
        match = _UNRESOLVED(stmt.source.text[stmt.start : stmt.start + 200])
        bare = _QUOTED("", stmt.text)
        if "${" in bare:
            self._note("undefined-variable", stmt, name=match[1] if match else bare.partition("${")[2].strip(" {}\n"))

    def _substitute(self, stmt: Stmt, names: list[str]) -> str:
        """The text with each defined variable replaced once; `names` receives their names."""

        def value(match: re.Match[str]) -> str:
            name = match[1] or match[3]
            if name == "_PWD":
                names.append(name)
                return self.includes.directory(stmt.source)
            known = self.definitions.get(name)
            if known is None or match[2]:
                return match[0]
            # A definition of several lines counts at the end of a line only.
            if "\n" in known and (match.end() < end or not ends_line):
                return match[0]
            # `$NAME` needs a blank behind it, or the end of the line; a brace is neither.
            if match[3] and match.end() >= end and not ends_line:
                return match[0]
            names.append(name)
            return known

        code = stmt.text[: code_end(stmt.text)]
        end = len(code.rstrip(BLANKS))
        ends_line = stmt.text.endswith("\n") or stmt.end >= len(stmt.source.text)
        code = _VARIABLE.sub(value, code)
        return code.rstrip(BLANKS) + "\n" if names else stmt.text

    # -- @id --------------------------------------------------------------------------------------------

    def _condition(self, stmt: Stmt, depth: int) -> Iterator[Stmt]:
        match = _CONDITION.match(stmt.text)
        assert match is not None
        negated, name, rest = match.groups()
        name = name.rstrip("\r")
        self.conditions.setdefault(name, []).append(stmt)
        holds = (name == self.config_id) != bool(negated) and (name or negated)
        if not holds:
            yield stmt
            return
        pieces = list(rescan(rest.lstrip(" \t"), stmt, Frame("condition", stmt, f"@{negated}{name}")))
        # A line has one condition: what looks like a second one is a keyword.
        if pieces and pieces[0].type == "COND":
            pieces[0].type = "STMT"
        yield from self._stream(pieces, depth + 1)

    # -- ~SEQ, ~LST -------------------------------------------------------------------------------------

    def _generate(self, stmt: Stmt, depth: int) -> Iterator[Stmt]:
        match = _GENERATOR.match(stmt.text)
        values = bindings(match[1], self._bounds(match[2])) if match else None
        if match is None or values is None:
            self._note("bad-generator", stmt)
            return
        rest = match[3].lstrip(" \t")
        frame = Frame("sequence", stmt, f"~{match[1]}({match[2]})")
        for binding in values:
            if self.exhausted:
                return
            if self._generated >= MAX_GENERATED:
                self._note("too-many-instances", stmt, limit=MAX_GENERATED)
                return
            self._generated += 1
            self.definitions.update(binding)
            yield from self._stream(rescan(rest, stmt, frame), depth + 1)

    def _bounds(self, arguments: str) -> str:
        """A generator's arguments, with the variables among them replaced."""
        return _VARIABLE.sub(lambda match: self.definitions.get(match[1] or match[3], match[0]), arguments)

    # -- include ----------------------------------------------------------------------------------------

    def _include(self, stmt: Stmt, depth: int) -> Iterator[Stmt]:
        text = stmt.text
        if "$" in text:
            names: list[str] = []
            text = self._substitute(stmt, names)
        yield stmt
        sources, remarks = self.includes.resolve(stmt, text)
        self.remarks.extend(remarks)
        for source in sources:
            yield from self._included(source, depth)

    def _included(self, source: Source, depth: int) -> Iterator[Stmt]:
        statements: Iterable[Stmt] = scan(source)
        cut = _long_or_nul_lines(source.text)
        if cut:
            statements = self._cut_lines(statements, source, cut)
        return self._stream(statements, depth + 1)

    # -- lines that keepalived cannot take --------------------------------------------------------------

    def _cut_lines(self, statements: Iterable[Stmt], source: Source, cut: dict[int, int]) -> Iterator[Stmt]:
        """Replace each line that holds a NUL, or more bytes than the line buffer, by what keepalived reads."""
        skip_to = 0
        for stmt in statements:
            if stmt.start < skip_to:
                continue
            start = source.text.rfind("\n", 0, stmt.start) + 1
            if start not in cut or stmt.type == "DEF":
                yield stmt
                continue
            skip_to = cut[start]
            whole = Stmt("STMT", source, stmt.start, skip_to, stmt.line, "", stmt.frames)
            for piece in self._pieces(source.text[start:skip_to], whole):
                yield from rescan(piece, whole, Frame("literal", whole, ""))

    def _pieces(self, text: str, stmt: Stmt) -> Iterator[str]:
        if "\0" in text:
            self._note("nul-byte", stmt)
        data = encode(text.removesuffix("\n"))
        if len(data) > LINE_BYTES:
            self._note("long-line", stmt, length=len(data), limit=LINE_BYTES)
        for at in range(0, max(len(data), 1), LINE_BYTES):
            piece = data[at : at + LINE_BYTES].partition(b"\0")[0]
            yield decode(piece) + "\n"

    def _note(self, kind: str, stmt: Stmt, **facts: Any) -> None:
        """Remark once a line and kind: a generated line may run into the same thing thousands of times."""
        key = (kind, id(stmt.source), stmt.line)
        if key not in self._noted:
            self._noted.add(key)
            self.remarks.append(Remark(kind, stmt, **facts))


def _needs_expansion(text: str) -> bool:
    """Whether anything in the text can expand. Most files have an `@` or two, in mail addresses, and nothing else."""
    if "$" in text or "\0" in text:
        return True
    for mark in ("@", "~", "include"):
        at = text.find(mark)
        for _ in range(100):
            if at < 0:
                break
            before = text[max(at - 80, 0) : at].rstrip(" \t")
            if not before or before[-1] in "\n{}":
                return True
            at = text.find(mark, at + 1)
        else:
            return True
    return False


def _long_or_nul_lines(text: str) -> dict[int, int]:
    """Start and end offsets of the lines that keepalived cuts. Looks at a few characters a kilobyte."""
    found: dict[int, int] = {}
    at = text.find("\0")
    while at >= 0:
        start, end = text.rfind("\n", 0, at) + 1, _line_end(text, at)
        found[start] = end
        at = text.find("\0", end)
    # A byte is at most one character, so a long line has 1024 bytes within at most 1024 characters, and within
    # at least 256. Non-ASCII texts are measured line by line.
    if not text.isascii():
        found.update(_long_lines_by_bytes(text))
        return found
    start, size = 0, len(text)
    while size - start > LINE_BYTES:
        last = text.rfind("\n", start, start + LINE_BYTES + 1)
        if last < 0:
            end = _line_end(text, start)
            found[start] = end
            start = end
        else:
            start = last + 1
    return found


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end + 1


def _long_lines_by_bytes(text: str) -> dict[int, int]:
    found: dict[int, int] = {}
    start = 0
    while start < len(text):
        end = _line_end(text, start)
        if (end - start) * 4 > LINE_BYTES and len(encode(text[start:end].removesuffix("\n"))) > LINE_BYTES:
            found[start] = end
        start = end
    return found
