"""Physical lines to the lines of complete commands."""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import NamedTuple

from lvscompile.syntax.shell.nodes import Broken, HereDoc, Plain, Sequence
from lvscompile.syntax.shell.parse import RESERVED, Parsed, parse_command
from lvscompile.syntax.shell.scan import SECONDARY
from lvscompile.syntax.statements import Stmt

# A line of words with nothing in it that means something to a shell.
_PLAIN = re.compile(
    r"[ \t]*+[A-Za-z0-9_.,:/%+@^\-][A-Za-z0-9_.,:/%+@^=\-]*+(?:[ \t]++[A-Za-z0-9_.,:/%+@^=!\-]++)*+[ \t]*+\r?\n?\Z"
)
# A command with secondary prompts, or lines taken for one command where a prompt is missing: no longer than this.
MAX_LINES = 500


class Reading(NamedTuple):
    """A complete command: its nodes; its lines as judged statements; the index of the line behind it.

    Offsets in the nodes are those of the source when `shifts` is empty; else they are of a text from which secondary
    prompts were taken, and `place` gives the source's.
    """

    nodes: Sequence
    stmts: list[Stmt]
    next: int
    here: list[HereDoc]
    text: str
    shifts: tuple[tuple[int, int], ...] = ()

    def place(self, offset: int) -> int:
        """The offset in the source."""
        if not self.shifts:
            return offset
        index = bisect_left(self.shifts, (offset + 1, -1)) - 1
        return offset + self.shifts[index][1]


class Reader:
    """Reads complete commands out of physical lines, within a budget: a text with ten thousand unclosed quotes does
    not make it read ten thousand times to the end."""

    __slots__ = ("_left", "end", "lines", "starts", "text")

    def __init__(self, lines: list[Stmt]) -> None:
        self.lines = lines
        self.text = lines[0].source.text if lines else ""
        self.end = lines[-1].end if lines else 0
        self.starts = [stmt.start for stmt in lines]
        self._left = 6 * (self.end - (lines[0].start if lines else 0)) + 10_000

    def read(self, index: int, offset: int = 0, limit: int = 0) -> Reading:
        """The complete command on line `index`, behind the first `offset` characters of it, at most to the line
        `limit` (0: to the end of the text). Raises Broken."""
        stmt = self.lines[index]
        at = stmt.start + offset
        plain = self._plain(at, stmt.end)
        if plain is not None:
            return Reading((plain,), [stmt], index + 1, [], self.text)
        end = self.starts[limit] if 0 < limit < len(self.starts) else self.end
        if self._left <= 0:
            end = stmt.end
        try:
            parsed = parse_command(self.text, at, end)
        except Broken as problem:
            self._left -= (end if problem.unfinished else max(problem.at, stmt.end)) - stmt.start
            raise
        if end < self.end and parsed.end >= end:
            # Where the command may go on behind the limit, it is not known to be one.
            unended = any(not here.ended for here in parsed.here)
            if unended or end - 1 in parsed.joints:
                raise Broken("the command goes on", stmt.start, True)
        following = bisect_left(self.starts, parsed.end)
        stmts = self._judge(self.lines[index:following], parsed)
        return Reading(parsed.nodes, stmts, following, parsed.here, self.text)

    def _plain(self, at: int, end: int) -> Plain | None:
        line = self.text[at:end]
        if not _PLAIN.match(line):
            return None
        texts = tuple(line.split())
        if texts[0] in RESERVED or "=" in texts[0]:
            return None
        return Plain(self.text, at, end, texts)

    def read_prompted(self, index: int, offset: int, limit: int) -> Reading:
        """The same for a session log, in which the lines that carry on a command may have a prompt, too."""
        try:
            return self.read(index, offset, index + 1)
        except Broken as problem:
            if not problem.unfinished:
                raise
        last = index + 1
        stop = min(limit or len(self.lines), index + MAX_LINES)
        while last < stop and SECONDARY.match(self.lines[last].text):
            last += 1
        if last == index + 1:
            return self.read(index, offset, stop)
        return self._read_shifted(index, offset, last)

    def _read_shifted(self, index: int, offset: int, last: int) -> Reading:
        pieces: list[str] = []
        shifts: list[tuple[int, int]] = []
        length = 0
        for number in range(index, last):
            stmt = self.lines[number]
            skip = offset if number == index else SECONDARY.match(stmt.text).end()  # type: ignore[union-attr]
            shifts.append((length, stmt.start + skip - length))
            pieces.append(stmt.text[skip:])
            length += len(stmt.text) - skip
        text = "".join(pieces)
        self._left -= length
        if self._left <= 0:
            raise Broken("too much of this text is no command", self.lines[index].start)
        parsed = parse_command(text, 0, length)
        reading = Reading(parsed.nodes, [], index, parsed.here, text, tuple(shifts))
        # Lines behind the complete command had a prompt, and nothing to carry on.
        following = bisect_left(self.starts, reading.place(parsed.end - 1))
        stmts = self.lines[index:following]
        for stmt in stmts[1:]:
            stmt.type = "MORE"
        if parsed.here:
            stmts = _mark_documents(stmts, parsed.here, [start for start, _ in shifts])
        return reading._replace(stmts=stmts, next=following)

    def _judge(self, lines: list[Stmt], parsed: Parsed) -> list[Stmt]:
        """Join lines that are one, and say of the others what they are."""
        if len(lines) == 1 and not parsed.here:
            return lines
        joints, here = set(parsed.joints), parsed.here
        found: list[Stmt] = []
        number = 0
        while number < len(lines):
            stmt, first = lines[number], number
            while lines[number].end - 1 in joints and number + 1 < len(lines):
                number += 1
            if number > first:
                end = lines[number].end
                stmt = Stmt(
                    stmt.type, stmt.source, stmt.start, end, stmt.line, self.text[stmt.start : end], stmt.frames
                )
            if found:
                stmt.type = "MORE"
            found.append(stmt)
            number += 1
        if here:
            found = _mark_documents(found, here, [stmt.start for stmt in found])
        return found


def _mark_documents(stmts: list[Stmt], here: list[HereDoc], starts: list[int]) -> list[Stmt]:
    """Say which lines are here-documents; `starts` is where the lines begin in the text that was read."""
    found: list[Stmt] = []
    number = 0
    for stmt, start in zip(stmts, starts, strict=False):
        while number < len(here) and start >= here[number].after:
            number += 1
        if number < len(here) and start >= here[number].start:
            stmt.type = "BODY" if start < here[number].end else "END"
        found.append(stmt)
    last = found[-1]
    if here[-1].ended:
        return found
    # Only the text's end can cut a here-document off; what was opened on the same line has not even begun.
    return [*found, Stmt("UNENDED", last.source, last.end, last.end, last.line, "", last.frames)]
