"""Simple commands: what a program is given, where its output goes, and the commands of the shell itself."""

from __future__ import annotations

import os.path
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from lvscompile.frontends.shell.builtins import BUILTINS
from lvscompile.frontends.shell.expand import Field, expand_all, expand_one
from lvscompile.frontends.shell.files import kind_of
from lvscompile.frontends.shell.status import ASSUMED, OK, UNKNOWN
from lvscompile.frontends.shell.tools import HARMLESS, INIT, KNOWN, PREFIXES, base, only_looks, strip_prefixes
from lvscompile.frontends.shell.writes import printed
from lvscompile.ir.shell import Command, Condition, Kept, Written
from lvscompile.syntax.shell.nodes import Command as CommandNode
from lvscompile.syntax.shell.nodes import Plain, Redirect, Simple

if TYPE_CHECKING:
    from lvscompile.frontends.shell.run import Runner

_TO_FILE = frozenset({">", ">>", ">|", "&>", "&>>"})
_PRINTING = frozenset({"echo", "printf"})
_TALKING = _PRINTING | {"cat", "tee"}


class _Sink:
    """Where standard output goes: into a file, or (`path` is None) down a pipe."""

    __slots__ = ("append", "path", "pieces")

    def __init__(self, path: str | None, append: bool = False) -> None:
        self.path = path
        self.append = append
        self.pieces: list[str] | None = []  # None: not known


class _Input:
    """Standard input: its text, or the file that it comes from."""

    __slots__ = ("path", "place", "text")

    def __init__(self, text: str | None = None, path: str = "", place: tuple[int, int] | None = None) -> None:
        self.text = text
        self.path = path
        self.place = place


_NOTHING = _Input()


class Calls:
    """Runs the simple commands of a Runner."""

    def __init__(self, runner: Runner) -> None:
        self.runner = runner
        self._sinks: list[_Sink] = []
        self._input = _NOTHING

    def simple(self, node: Simple) -> int:
        runner = self.runner
        if type(node) is Plain and not self._sinks and node.texts[0] not in runner.functions:
            tool = node.texts[0]
            if tool[0] == "/":
                tool = base(tool)
            if tool in KNOWN and tool not in _TALKING:
                return self._emit_plain(tool, node)
        runner.visited.add(id(node))
        if runner.scope.unresolved:
            runner.scope.unresolved.clear()
        fields = self._fields(node)
        if not fields:
            return self._assign(node)
        first = fields[0].text
        at: int | None = 0
        if first is None or base(first) in PREFIXES:
            at = strip_prefixes([field.text for field in fields])
        if at is None:
            return self.keep(node, fields, "unresolved")
        if at == len(fields):
            return UNKNOWN
        name = fields[at].text or ""
        if name in runner.functions and at == 0:
            return self._call(name, fields, node)
        builtin = BUILTINS.get(name)
        if builtin is not None:
            return builtin(runner, node, fields[at:])
        tool = base(name)
        if tool in KNOWN or tool == INIT:
            return self._emit(tool, at, fields, node)
        if tool in HARMLESS and not any(kind_of(path) for path, _ in self._targets(node)):
            self._print(None)
            return UNKNOWN
        return self.keep(node, fields, "unknown")

    def _emit_plain(self, tool: str, node: Plain) -> int:
        """What _emit would do, for the lines that files of ten thousand are made of."""
        runner, context, given = self.runner, self.runner.context, self._input
        argv = (tool, *node.texts[1:])
        runner.items.append(
            Command(
                tool,
                argv,
                None,
                runner.origin(node.start),
                "display" if only_looks(tool, argv[1:]) else "run",
                context.host,
                context.section,
                runner.scope.folder or context.folder,
                runner.conditions,
                (),
                given.text,
                given.path,
                given.place,
                (),
                (),
                context.behind_prose,
            )
        )
        return ASSUMED

    def aside(self, node: Simple, condition: Condition) -> None:
        """Note a command that does not run."""
        runner = self.runner
        kept, items, conditions = runner.scope, runner.items, runner.conditions
        runner.scope, runner.items, runner.conditions = runner.scope.copy(), runner.aside, (condition,)
        fields = self._fields(node)
        at = strip_prefixes([field.text for field in fields])
        name = (fields[at].text or "") if at is not None and at < len(fields) else ""
        tool = base(name)
        if at is None:
            self.keep(node, fields, "unresolved")
        elif tool in KNOWN or tool == INIT:
            self._emit(tool, at, fields, node)
        elif fields and at < len(fields) and not (name in BUILTINS or name in runner.functions or tool in HARMLESS):
            self.keep(node, fields, "unknown")
        runner.scope, runner.items, runner.conditions = kept, items, conditions

    def _fields(self, node: Simple) -> list[Field]:
        words = node.words
        for word in words:
            if word.value is None or word.quoted or "{" in word.value:
                return expand_all(words, self.runner.scope)
        return [Field(word.value, word) for word in words]

    def _assign(self, node: Simple) -> int:
        scope = self.runner.scope
        for assignment in node.assignments:
            value = expand_one(assignment.value, scope)
            if assignment.append and value is not None:
                known, before = scope.get(assignment.name)
                value = None if before is None and known else (before or "") + value
            scope.set(assignment.name, value)
        for path, append in self._targets(node):
            # Nothing in front of the redirection: the file is emptied.
            if not append and not node.assignments:
                self.keep(node, [], "unknown") if kind_of(path) else None
        return OK if all(assignment.value.value is not None for assignment in node.assignments) else ASSUMED

    def _call(self, name: str, fields: list[Field], node: Simple) -> int:
        with self.into(node.redirects):
            return self.runner.call(name, fields[1:], node)

    # Words, input and output.

    def _place(self, field: Field) -> tuple[int, int]:
        word = field.word
        reading = self.runner.here()
        if not reading.shifts:
            return word.start, word.end
        return reading.place(word.start), reading.place(word.end - 1) + 1

    def keep(self, node: Simple, fields: Sequence[Field], reason: str) -> int:
        runner = self.runner
        place = runner.here().place
        origin = runner.origin(place(node.start))
        runner.kept_at.add(id(origin))
        argv = tuple([field.text for field in fields])
        places = tuple([self._place(field) for field in fields])
        runner.items.append(Kept(argv, places, origin, reason, host=runner.context.host, conditions=runner.conditions))
        self._print(None)
        return ASSUMED

    def _emit(self, tool: str, at: int, fields: list[Field], node: Simple) -> int:
        runner = self.runner
        if at:
            prefix = tuple([field.text or "" for field in fields[:at]])
            fields = fields[at:]
        else:
            prefix = ()
        name = fields[0].text or ""
        argv = (tool if tool != INIT else name, *[field.text for field in fields[1:]])
        given = self._stdin(node) if node.redirects else self._input
        text = printed(argv, given.text) if tool in _TALKING else None
        written = self._written(tool, argv, node, text, given) if node.redirects or self._sinks or tool == "tee" else ()
        if not written and (tool in _PRINTING or (tool == "cat" and text is not None)):
            return OK
        context = runner.context
        places = (
            tuple([(field.word.start, field.word.end) for field in fields])
            if not runner.here().shifts
            else tuple([self._place(field) for field in fields])
        )
        looks = only_looks(tool, argv[1:]) and not (written and tool == "cat")
        runner.items.append(
            Command(
                tool,
                argv,
                places,
                runner.origin(places[0][0]),
                "display" if looks else "run",
                context.host,
                context.section,
                runner.scope.folder or context.folder,
                runner.conditions,
                prefix,
                given.text,
                given.path,
                given.place,
                written,
                tuple(runner.scope.unresolved),
                context.behind_prose,
            )
        )
        return ASSUMED

    def _stdin(self, node: Simple) -> _Input:
        scope, given = self.runner.scope, self._input
        for redirect in node.redirects:
            if redirect.here is not None:
                text = expand_one(redirect.here.word, scope)
                verbatim = (
                    not self.runner.here().shifts
                    and text == self.runner.here().text[redirect.here.start : redirect.here.end]
                )
                given = _Input(text, place=(redirect.here.start, redirect.here.end) if verbatim else None)
            elif redirect.operator == "<<<":
                word = expand_one(redirect.target, scope)
                given = _Input(None if word is None else word + "\n")
            elif redirect.operator == "<" and redirect.fd in (-1, 0):
                given = _Input(None, self._path(redirect))
        return given

    def _path(self, redirect: Redirect) -> str:
        scope = self.runner.scope
        path = expand_one(redirect.target, scope)
        if path and scope.folder and not path.startswith("/"):
            return os.path.join(scope.folder, path)
        return path or ""

    def _targets(self, node: Simple) -> Iterator[tuple[str, bool]]:
        """Files that standard output goes to; the last one gets it, the others are emptied."""
        for redirect in node.redirects:
            if redirect.operator in _TO_FILE and redirect.fd in (-1, 1):
                path = self._path(redirect)
                if path != "/dev/null":
                    yield path, redirect.operator in (">>", "&>>")

    def _written(
        self, tool: str, argv: Sequence[str | None], node: Simple, text: str | None, given: _Input
    ) -> tuple[Written, ...]:
        start, end = given.place if given.place and tool in ("cat", "tee") and given.text == text else (-1, -1)
        found: list[Written] = []
        if tool == "tee":
            append = any(word in ("-a", "--append", "-ia", "-ai") for word in argv[1:])
            for word in argv[1:]:
                if word and word[0] != "-" and word != "/dev/null":
                    path = os.path.join(self.runner.scope.folder, word)
                    found.append(Written(path, kind_of(path), append, text, start, end))
        own = [Written(path, kind_of(path), append, text, start, end) for path, append in self._targets(node)]
        if own or any(r.operator in _TO_FILE or r.operator == ">&" for r in node.redirects if r.fd in (-1, 1)):
            return tuple(found + own)
        if self._sinks:
            sink = self._sinks[-1]
            if sink.path is None:
                self._print(text if tool in _TALKING else None)
            elif sink.path != "/dev/null" and (text is not None or only_looks(tool, argv[1:])):
                found.append(Written(sink.path, kind_of(sink.path), sink.append, text, start, end))
                sink.append = True
        return tuple(found)

    def _print(self, text: str | None) -> None:
        """Output goes down a pipe."""
        if self._sinks and self._sinks[-1].path is None:
            pieces = self._sinks[-1].pieces
            if text is None:
                self._sinks[-1].pieces = None
            elif pieces is not None:
                pieces.append(text)

    @contextmanager
    def into(self, redirects: Sequence[Redirect]) -> Iterator[None]:
        """The output of what runs inside goes where the redirections say."""
        sinks = len(self._sinks)
        for redirect in redirects:
            if redirect.operator in _TO_FILE and redirect.fd in (-1, 1):
                self._sinks.append(_Sink(self._path(redirect), redirect.operator in (">>", "&>>")))
        yield
        del self._sinks[sinks:]

    def piped(self, commands: Sequence[CommandNode]) -> int:
        """Each command in a shell of its own, its output into the next one."""
        outer, status = self._input, OK
        for number, command in enumerate(commands):
            last = number == len(commands) - 1
            sink = _Sink(None)
            if not last:
                self._sinks.append(sink)
            with self.runner.subshell():
                status = self.runner.node(command)
            if not last:
                self._sinks.pop()
            self._input = _Input("".join(sink.pieces) if sink.pieces else None, _file_shown(command))
        self._input = outer
        return status


def _file_shown(command: CommandNode) -> str:
    """The file that `cat FILE` at the head of a pipe reads."""
    if isinstance(command, Simple) and len(command.words) == 2 and (command.words[0].value or "").endswith("cat"):
        return command.words[1].value or ""
    return ""
