"""Shell scripts, rc.local, session logs, notes: text to the commands it runs, in order, and the files it shows."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

import lark

from lvscompile.frontends.shell.document import Document, Verdicts
from lvscompile.frontends.shell.run import Runner
from lvscompile.frontends.shell.script import has_prompts, looks_like_script, read_lines
from lvscompile.frontends.shell.undo import mark_undo
from lvscompile.ir.shell import EMBEDDED, KEPT, PROSE, UNDERSTOOD, Command, Embedded, Kept, Prose, Script
from lvscompile.syntax.remarks import Remark
from lvscompile.syntax.shell.grammar import parse
from lvscompile.syntax.shell.nodes import Broken
from lvscompile.syntax.shell.read import Reader
from lvscompile.syntax.shell.scan import scan
from lvscompile.syntax.source import Source
from lvscompile.syntax.statements import Stmt

Check = Callable[[Sequence[str]], bool]

# An init script does something else for each first word; `start` is what it is called with at boot.
_INIT_SCRIPT = re.compile(r"case[ \t]+\"?\$\{?1\b|\[[ \t]+\"?x?\$\{?1\b[^\n]*\bstart\b")


def read_script(
    source: Source,
    plausible: Mapping[str, Check] = {},
    mode: str = "",
    start: int = 0,
    end: int | None = None,
) -> Script:
    """Read a text, or the part `start:end` of it. `mode` is script, document, or "" to decide by looks.

    `plausible` says of words whether they can be the arguments of a program, by its name: it is asked about lines of
    notes that begin with that name. Never fails, runs nothing, reads no other file.
    """
    end = len(source.text) if end is None else end
    lines = list(scan(source, start, end))
    verdicts: Verdicts | None = None
    broken: Mapping[int, Broken] = {}
    has_shebang = bool(lines) and lines[0].type == "SHEBANG"
    if mode == "script" or (not mode and (has_shebang or not has_prompts(lines))):
        verdicts, broken = read_lines(Reader(lines))
        if not mode and not has_shebang and not looks_like_script(verdicts, broken):
            verdicts = None
            lines = list(scan(source, start, end))
    if verdicts is None:
        verdicts, broken = Document(Reader(lines), plausible).judge(), {}
        return _Lowering(source, "document", verdicts, broken, False).script()
    is_boot = bool(_INIT_SCRIPT.search(source.text, start, end))
    return _Lowering(source, "script", verdicts, broken, is_boot).script()


class _Lowering:
    """Judged lines to what they amount to, along Lark's tree."""

    def __init__(
        self, source: Source, mode: str, verdicts: Verdicts, broken: Mapping[int, Broken], is_boot: bool
    ) -> None:
        self.source = source
        self.mode = mode
        self.verdicts = verdicts
        self.broken = broken
        self.runner = Runner(mode, is_boot)
        self.items: list[Command | Kept | Embedded] = self.runner.items
        self.prose: list[Prose] = []
        self.remarks: list[Remark] = []
        self.embedded: set[int] = set()  # ids of here-documents' lines that are the text of a known file

    def script(self) -> Script:
        verdicts, runner = self.verdicts, self.runner
        for child in parse(verdicts.stmts).children:
            if isinstance(child, lark.Tree):
                head = child.children[0]
                if child.data == "command":
                    self._command(head, child)  # type: ignore[arg-type]
                else:
                    self._file(head, child.children[-1])  # type: ignore[arg-type]
            else:
                self._line(child)
        runner.finish()
        return Script(
            self.source,
            self.mode,
            tuple(mark_undo(self.items) if self.mode == "document" else self.items),
            tuple(runner.aside),
            tuple(self.prose),
            tuple([(stmt, self._verdict(stmt)) for stmt in verdicts.stmts]),
            tuple(self.remarks + runner.remarks),
            runner.scope.values,
        )

    def _command(self, head: Stmt, tree: lark.Tree[Stmt]) -> None:
        reading, context = self.verdicts.readings[id(head)]
        before = len(self.items)
        self.runner.run(reading, context)
        if reading.here and any(
            isinstance(item, Command) and any(written.kind for written in item.written) for item in self.items[before:]
        ):
            documents = (child for child in tree.children if isinstance(child, lark.Tree))
            self.embedded.update(id(line) for here in documents for line in here.children[:-1])

    def _file(self, head: Stmt, last: Stmt) -> None:
        shown = self.verdicts.files[id(head)]
        context = shown.context
        self.items.append(
            Embedded(
                shown.kind,
                shown.path,
                head.start,
                last.end,
                head,
                shown.shown,
                context.host,
                context.section,
                shown.near,
            )
        )

    def _line(self, stmt: Stmt) -> None:
        if stmt.type in ("PROSE", "OUTPUT"):
            kind = self.verdicts.prose[id(stmt)]
            self.prose.append(Prose(kind, stmt.start, stmt.end, stmt))
            if kind == "mention":
                self.remarks.append(Remark("command-in-prose", stmt))
        elif stmt.type == "BROKEN":
            message = self.broken[id(stmt)].message
            self.items.append(Kept((), ((stmt.start, stmt.end),), stmt, "broken", message))
            self.remarks.append(Remark("no-command", stmt, message=message, at=self.broken[id(stmt)].at))

    def _verdict(self, stmt: Stmt) -> str:
        kind = stmt.type
        if kind in ("PROSE", "OUTPUT") or (kind in ("BLANK", "COMMENT") and self.mode == "document"):
            return PROSE
        if kind in ("FILE", "CONTENT") or id(stmt) in self.embedded:
            return EMBEDDED
        return KEPT if kind == "BROKEN" or id(stmt) in self.runner.kept_at else UNDERSTOOD
