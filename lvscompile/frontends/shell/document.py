"""Notes, how-to pages, session logs: line by line, what is a command, a file, output, or prose.

Everything is done to take no sentence for a command: a line is one only if it begins with a program that is known, the
rest reads as that program's arguments, and nothing of another language is glued behind it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping
from typing import NamedTuple

from lvscompile.frontends.shell.builtins import BUILTINS
from lvscompile.frontends.shell.files import extent, fragment_kind, kind_of, listing_kind, named_alone, path_in
from lvscompile.frontends.shell.labels import label_end, undo_label
from lvscompile.frontends.shell.plausible import Check, check_of, is_sentence
from lvscompile.frontends.shell.status import Context
from lvscompile.frontends.shell.tools import (
    COMMON,
    EDITING,
    HARMLESS,
    INIT,
    KNOWN,
    SHOWING,
    base,
    only_looks,
    strip_prefixes,
)
from lvscompile.frontends.shell.walk import simples
from lvscompile.syntax.shell.nodes import Broken, Plain, Simple
from lvscompile.syntax.shell.parse import RESERVED
from lvscompile.syntax.shell.read import MAX_LINES, Reader, Reading
from lvscompile.syntax.shell.scan import Prompt, prompt_of
from lvscompile.syntax.statements import Stmt

_FIRST = re.compile(r"[ \t]*([^ \t\r\n;|&<>(){}]+|[{(])")
_HEADING = re.compile(
    r"(?:(?:=+|#{1,6}|\*{1,3})[ \t]*|-{1,2}(?:[ \t]+|(?=[A-Z]{2}|[^!-~])))[^ \t\r\n=#*\-|][^\r\n|]{0,78}\r?\n?\Z"
)
_VERSION = re.compile(r"[ \t]*(?:ipvsadm|[Kk]eepalived|ip6?tables|ip utility)[ ,]+(?:v\d|iproute2)")
_ASSIGNED = re.compile(
    r"[ \t]*(?:export[ \t]+)?[A-Za-z_][A-Za-z0-9_]*=(?:[^ \t\r\n\"']*|\"[^\"]*\"|'[^']*')[ \t]*\r?\n?\Z"
)


class Shown(NamedTuple):
    """A file whose text is in the document: its lines follow the statement that stands for it."""

    kind: str
    path: str
    shown: str
    context: Context
    near: str


class Verdicts(NamedTuple):
    """What the lines are: statements in order, and by the id of a statement that begins something, what it begins."""

    stmts: list[Stmt]
    readings: Mapping[int, tuple[Reading, Context]]
    files: Mapping[int, Shown]
    prose: Mapping[int, str]


class Document:
    """Judges the lines of one document."""

    def __init__(self, reader: Reader, plausible: Mapping[str, Check]) -> None:
        self.reader = reader
        self.lines = reader.lines
        self.texts = [stmt.text for stmt in reader.lines]
        self.plausible = plausible
        self.stmts: list[Stmt] = []
        self.readings: dict[int, tuple[Reading, Context]] = {}
        self.files: dict[int, Shown] = {}
        self.prose: dict[int, str] = {}
        self.functions: set[str] = set()
        self.section = self.near = ""
        self.behind_prose = False
        self.in_output = False
        self._prompts = [number for number, stmt in enumerate(self.lines) if stmt.type == "PROMPT"]
        self._hash_is_prompt: bool | None = None

    def judge(self) -> Verdicts:
        at = 0
        while at < len(self.lines):
            stmt = self.lines[at]
            if stmt.type == "BLANK":
                self.in_output = False
                self.stmts.append(stmt)
                at += 1
                continue
            at = self._file(at, stmt) or self._command(at, stmt) or self._other(at, stmt)
        return Verdicts(self.stmts, self.readings, self.files, self.prose)

    # Files.

    def _file(self, at: int, stmt: Stmt) -> int:
        """Behind a file that begins here; 0 where none does."""
        if stmt.type == "PROMPT":
            return 0
        path = named_alone(stmt.text)
        if path:
            start = self._skip_blank(at + 1)
            end, kind = self._extent(path, start)
            if end > start:
                self._prose(stmt, "heading")
                self.stmts += self.lines[at + 1 : start]
                return self._show(start, end, Shown(kind, path, "name", self._context(None), ""))
            return 0
        kind = fragment_kind(stmt.text) or ""
        end = extent(kind, self.texts, at, len(self.texts)) if kind else at
        if end == at:
            return 0
        return self._show(at, end, Shown(kind, "", "fragment", self._context(None), self.near))

    def _extent(self, path: str, start: int) -> tuple[int, str]:
        """Behind the text of this file that begins at line `start`, and its kind: by its name, or by its look."""
        limit = len(self.texts)
        if start >= limit or self.lines[start].type == "PROMPT":
            return start, ""
        kind = kind_of(path)
        if kind == "script":
            return self._script_extent(start), kind
        if not kind or extent(kind, self.texts, start, limit) == start:
            kind = fragment_kind(self.texts[start]) or ""
        return extent(kind, self.texts, start, limit), kind

    def _script_extent(self, start: int) -> int:
        """Behind the lines that read as a script."""
        at = end = start
        while at < len(self.lines):
            kind = self.lines[at].type
            if kind in ("BLANK", "COMMENT", "SHEBANG"):
                at += 1
                end = at if kind != "BLANK" else end
                continue
            reading = self._reading(at, 0, True) if kind == "LINE" else None
            if reading is None:
                break
            at = end = reading.next
        return end

    def _show(self, start: int, end: int, shown: Shown) -> int:
        for number in range(start, end):
            stmt = self.lines[number]
            stmt.type = "FILE" if number == start else "CONTENT"
            self.stmts.append(stmt)
        self.files[id(self.lines[start])] = shown
        self.behind_prose = self.in_output = False
        return end

    def _skip_blank(self, at: int) -> int:
        if at < len(self.lines) and self.lines[at].type == "BLANK":
            following = at + 1
            if following < len(self.lines) and self.lines[following].type != "BLANK":
                return following
        return at

    # Commands.

    def _command(self, at: int, stmt: Stmt) -> int:
        """Behind a command that begins here; 0 where none does."""
        prompt: Prompt | None = None
        if stmt.type == "PROMPT":
            prompt = prompt_of(stmt.text)
        elif stmt.type == "COMMENT":
            if stmt.text.lstrip(" \t")[1:2] not in " \t" or not self._hashes():
                return 0
            prompt = prompt_of(stmt.text)
        elif stmt.type != "LINE":
            return 0
        reading = self._reading(at, prompt.end if prompt else 0, prompt is None or not prompt.is_full)
        if reading is None and prompt is None:
            label = undo_label(stmt.text)
            reading = self._reading(at, label, True) if label else None
            reading = reading if reading is not None and reading.nodes else None
            self.behind_prose = self.behind_prose or reading is not None
        if reading is None:
            return 0
        if prompt and not reading.nodes:
            self._prose(stmt, "output")  # a prompt with nothing behind it
            return at + 1
        context = self._context(prompt)
        head = reading.stmts[0]
        if head.type == "COMMENT":
            head.type = "LINE"
        self.stmts += reading.stmts
        self.readings[id(head)] = (reading, context)
        self.behind_prose, self.in_output = False, prompt is not None
        return self._behind(reading, context)

    def _context(self, prompt: Prompt | None) -> Context:
        if prompt is None:
            return Context("", self.section, "", self.behind_prose)
        folder = prompt.folder if prompt.folder.startswith("/") else ""
        return Context(prompt.host, self.section, folder, self.behind_prose)

    def _reading(self, at: int, offset: int, strict: bool) -> Reading | None:
        """The complete command on this line; with `strict`, only if it cannot be anything else."""
        first = _FIRST.match(self.texts[at], offset)
        if first is None:
            return None if offset == 0 else self._empty(at)
        if strict and not self._may_begin(first[1], self.texts[at][offset:]):
            return None
        prompt = bisect_right(self._prompts, at)
        limit = self._prompts[prompt] if prompt < len(self._prompts) else len(self.lines)
        try:
            reading = self.reader.read_prompted(at, offset, min(limit, at + MAX_LINES))
        except Broken:
            return None
        return reading if not strict or self._is_command(reading) else None

    def _empty(self, at: int) -> Reading:
        return Reading((), [self.lines[at]], at + 1, [], self.reader.text)

    def _may_begin(self, word: str, text: str) -> bool:
        name = base(word.strip("\"'"))
        if name == INIT or name in KNOWN or name in HARMLESS or name in COMMON or name in BUILTINS:
            return True
        if word in RESERVED or word in ("{", "(") or name in ("sudo", "nohup", "env", "time", "exec", "busybox"):
            return True
        opens = "(" in text.replace(" ", "")[len(word) : len(word) + 1]
        return "=" in word or word[0] == "$" or word in self.functions or opens

    def _is_command(self, reading: Reading) -> bool:
        """Whether every command in it is one that is known, with arguments that can be its own."""
        node = reading.nodes[0] if reading.nodes else None
        if isinstance(node, Plain) and (tool := base(node.texts[0])) in KNOWN and tool not in ("echo", "printf", "cat"):
            return not is_sentence(node.texts[1:]) and check_of(tool, self.plausible)(node.texts[1:])
        seen = False
        for simple, why, decider in simples(reading.nodes):
            verdict = self._is_plausible(simple, reading.text)
            if verdict is False:
                return False
            seen |= bool(verdict)
            if why == "uncalled":
                self.functions.add(getattr(decider, "name", ""))
        if not seen and len(reading.nodes) == 1 and isinstance(reading.nodes[0], Simple):
            return bool(_ASSIGNED.match(reading.stmts[0].text)) and reading.stmts[0].text.isascii()
        return seen

    def _is_plausible(self, node: Simple, text: str) -> bool | None:
        """True: surely a command; None: nothing against it."""
        if any(not text[word.start : word.end].isascii() for word in node.words if not word.quoted):
            return False
        words = [text[w.start : w.end].replace('"', "") if w.value is None else w.value for w in node.words]
        if not words:
            return None
        at = strip_prefixes(words) or 0
        if at >= len(words):
            return False
        name, arguments = words[at], words[at + 1 :]
        tool = base(name)
        unquoted = [said for said, word in zip(arguments, node.words[at + 1 :], strict=True) if not word.quoted]
        if name in BUILTINS and name != "cd":
            return None if name in ("[", "test") or not is_sentence(unquoted) else False
        if name in self.functions or name[0] == "$":
            return True
        if tool in ("echo", "printf"):
            return True if node.redirects and not is_sentence(unquoted) else None
        if not (tool in KNOWN or tool == INIT or tool in HARMLESS or tool in COMMON):
            return False
        if is_sentence(unquoted) and tool != "tcpdump":
            return False
        if tool == "cat" and not arguments and not node.redirects:
            return False
        return check_of(tool, self.plausible)(arguments)

    def _hashes(self) -> bool:
        """Whether `# ` is a prompt here: more commands stand behind one than without any."""
        if self._hash_is_prompt is None:
            self._hash_is_prompt = False
            count = 0
            for number, stmt in enumerate(self.lines):
                if stmt.type == "COMMENT":
                    prompt = prompt_of(stmt.text)
                    count += bool(prompt and self._plain_command(number, prompt.end))
                elif stmt.type == "LINE":
                    count -= self._plain_command(number, 0)
            self._hash_is_prompt = count > 0
        return self._hash_is_prompt

    def _plain_command(self, at: int, offset: int) -> bool:
        first = _FIRST.match(self.texts[at], offset)
        if first is None or base(first[1]) not in KNOWN:
            return False
        try:
            return self._is_command(self.reader.read(at, offset, at + 1))
        except Broken:
            return False

    # What follows a command: the file it shows or opens, its output.

    def _behind(self, reading: Reading, context: Context) -> int:
        at = reading.next
        last = reading.nodes[-1]
        if not isinstance(last, Simple):
            return at
        words = [word.value for word in last.words]
        index = strip_prefixes(words)
        if index is None or index >= len(words):
            return at
        tool, arguments = base(words[index] or ""), words[index + 1 :]
        start = self._skip_blank(at)
        if tool in SHOWING or tool in EDITING:
            if last.redirects:
                return at
            paths = [word for word in arguments if word and word[0] not in "-+"]
            path = paths[-1] if paths else ""
            if path and not path.startswith("/") and context.folder:
                path = f"{context.folder.rstrip('/')}/{path}"
            end, kind = self._extent(path, start) if path else (start, "")
            shown = Shown(kind, path, "editor" if tool in EDITING else "display", context, "")
        elif only_looks(tool, arguments) and not last.redirects:
            kind = listing_kind(tool, arguments)
            end = extent(kind, self.texts, start, len(self.texts))
            shown = Shown(kind, "", "output", context, "")
        else:
            return at
        if end == start:
            return at
        if tool in EDITING:
            # What was edited is known: nothing is left to be kept.
            self.readings[id(reading.stmts[0])] = (reading._replace(nodes=(), here=[]), context)
        self.stmts += self.lines[at:start]
        following = self._show(start, end, shown)
        self.in_output = bool(context.host)
        return following

    # The rest.

    def _other(self, at: int, stmt: Stmt) -> int:
        text = stmt.text
        if _VERSION.match(text) or (self.in_output and stmt.type in ("LINE", "COMMENT")):
            self._prose(stmt, "output")
            return at + 1
        first = _FIRST.match(text)
        if _HEADING.match(text):
            self.section = text.strip(" \t\r\n=#*-")
            self._prose(stmt, "heading")
        elif stmt.type == "LINE" and self._mentions(first[1] if first else "", text):
            self._prose(stmt, "mention")
        else:
            self._prose(stmt, "prose")
        path = path_in(text)
        self.near = path or self.near
        self.behind_prose = True
        return at + 1

    def _mentions(self, first: str, text: str) -> bool:
        """Whether a line begins like a command, or has one behind a colon."""
        found = _FIRST.match(text, label_end(text))
        return base(first) in KNOWN or (found is not None and base(found[1]) in KNOWN)

    def _prose(self, stmt: Stmt, kind: str) -> None:
        stmt.type = "OUTPUT" if kind == "output" else "PROSE"
        self.prose[id(stmt)] = kind
        self.stmts.append(stmt)
