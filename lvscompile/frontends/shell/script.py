"""Scripts: every line is a command, or broken. Telling them from notes."""

from __future__ import annotations

import re
from collections.abc import Mapping

from lvscompile.frontends.shell.builtins import BUILTINS
from lvscompile.frontends.shell.document import Verdicts
from lvscompile.frontends.shell.plausible import is_sentence
from lvscompile.frontends.shell.status import Context
from lvscompile.frontends.shell.tools import COMMON, HARMLESS, INIT, KNOWN, PREFIXES, base
from lvscompile.frontends.shell.walk import simples
from lvscompile.syntax.shell.nodes import Broken, Function, Plain, Simple
from lvscompile.syntax.shell.read import Reader, Reading
from lvscompile.syntax.shell.scan import prompt_of
from lvscompile.syntax.statements import Stmt

# A text without a shebang is a script when of a hundred of its commands no more than this many are strange.
MAX_STRANGE = 10
_PROSE = re.compile(r"[A-Z][a-z]*\Z|.*[:,.]\Z|-")


def read_lines(reader: Reader) -> tuple[Verdicts, Mapping[int, Broken]]:
    """The lines of a script; what is wrong with those that are broken."""
    stmts: list[Stmt] = []
    readings: dict[int, tuple[Reading, Context]] = {}
    broken: dict[int, Broken] = {}
    context, at, lines = Context(), 0, reader.lines
    while at < len(lines):
        stmt = lines[at]
        if stmt.type in ("BLANK", "COMMENT", "SHEBANG"):
            stmts.append(stmt)
            at += 1
            continue
        stmt.type = "LINE"
        try:
            reading = reader.read(at)
        except Broken as problem:
            stmt.type = "BROKEN"
            broken[id(stmt)] = problem.with_traceback(None)  # which would keep all the frames alive
            stmts.append(stmt)
            at += 1
            continue
        readings[id(reading.stmts[0])] = (reading, context)
        stmts += reading.stmts
        at = reading.next
    return Verdicts(stmts, readings, {}, {}), broken


def has_prompts(lines: list[Stmt]) -> bool:
    return any(stmt.type == "PROMPT" and (prompt_of(stmt.text) or 0) and stmt.text.isascii() for stmt in lines)


def looks_like_script(verdicts: Verdicts, broken: Mapping[int, Broken]) -> bool:
    """Whether nearly all commands are some that scripts have, and none is a sentence."""
    functions = {
        node.name for reading, _ in verdicts.readings.values() for node in reading.nodes if isinstance(node, Function)
    }
    count = strange = len(broken)
    for reading, _ in verdicts.readings.values():
        first = reading.nodes[0] if reading.nodes else None
        if isinstance(first, Plain) and base(first.texts[0]) in KNOWN:
            count += 1
            if is_sentence(first.texts[1:]):
                return False
            continue
        for simple, _, _ in simples(reading.nodes):
            if not simple.words:
                continue
            count += 1
            verdict = _strange(simple, reading.text, functions)
            if verdict is None:
                return False
            strange += verdict
    return strange * 100 <= count * MAX_STRANGE


def _strange(simple: Simple, text: str, functions: set[str]) -> bool | None:
    """True for a command that scripts seldom have, None for what is none."""
    words = [text[word.start : word.end] for word in simple.words if not word.quoted]
    if any(not word.isascii() for word in words):
        return None
    if not words or words[0][0] == "$":
        return False
    name = base(words[0])
    known = name == INIT or any(name in names for names in (KNOWN, HARMLESS, COMMON, BUILTINS, PREFIXES, functions))
    if known:
        return None if is_sentence(words[1:]) and name not in ("echo", "printf", "logger", "[", "test") else False
    if _PROSE.match(words[0]) or is_sentence(words):
        return None
    return not name.startswith(("/", ".")) and words[0] == name
