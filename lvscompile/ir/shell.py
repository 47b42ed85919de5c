"""What a shell script, a session log or a page of notes amounts to: commands in the order in which they run, files that
it shows, and the rest, with every line accounted for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from lvscompile.ir.core import Origin
from lvscompile.ir.node import Node
from lvscompile.syntax.findings import Span
from lvscompile.syntax.remarks import Remark
from lvscompile.syntax.source import Source

_WORD = re.compile(r"[^ \t\r\n]+")
UNDERSTOOD, KEPT, PROSE, EMBEDDED = "understood", "kept", "prose", "embedded"


class Condition(NamedTuple):
    """What decides whether a command runs, where the text alone does not say: characters `start:end` of the source.

    `kind` is test (an `if` or `case` about what only the machine knows), loop (of how many rounds, nobody knows),
    success (behind `&&`) or failure (behind `||`) of the command at that place. Of commands that stand aside: branch
    (not taken), while, uncalled (a function), unreached (behind `exit`).
    """

    kind: str
    start: int
    end: int


class Written(NamedTuple):
    """A file that a command writes. `path` is "" and `text` None where only the machine knows; `start:end` is where
    the source holds the text verbatim, -1 where it does not. `kind` is that of an embedded file."""

    path: str
    kind: str
    append: bool
    text: str | None
    start: int = -1
    end: int = -1


class Command(Node):
    """One run of a program that is known here.

    `argv` begins with the program's name without its folder, and holds None for a word that only the machine knows;
    `places` (made of `spans`) are where the words stand in the source, one for each (an expanded word stands where its
    variable does).
    `prefix` are words that were in front, such as sudo. `role` is run, display (it changes nothing) or undo (notes
    tell how to revert an earlier command). `unresolved` names what is not known, as it is written.
    """

    tool: str
    argv: tuple[str | None, ...]
    spans: tuple[tuple[int, int], ...] | None  # None: the words are those of the line as it is
    origin: Origin
    role: str = "run"
    host: str = ""
    section: str = ""
    folder: str = ""
    conditions: tuple[Condition, ...] = ()
    prefix: tuple[str, ...] = ()
    stdin: str | None = None
    stdin_path: str = ""
    stdin_place: tuple[int, int] | None = None
    written: tuple[Written, ...] = ()
    unresolved: tuple[str, ...] = ()
    behind_prose: bool = False

    @property
    def places(self) -> tuple[tuple[int, int], ...]:
        if self.spans is not None:
            return self.spans
        # A prompt may be in front of the words: they are the last ones of the line.
        found = [match.span() for match in _WORD.finditer(self.origin.source.text, self.origin.start, self.origin.end)]
        return tuple(found[-len(self.argv) :])

    def span(self, word: int | None = None) -> Span:
        """The place of a word, or of the command without its prefix."""
        places = self.places
        if word is not None and 0 <= word < len(places):
            return Span(self.origin.source, *places[word])
        return Span(self.origin.source, places[0][0], places[-1][1])


class Kept(Node):
    """A command that is not modelled. `reason` is unknown (the program), unresolved (its name) or broken (it is no
    shell command; `message` says why)."""

    argv: tuple[str | None, ...]
    places: tuple[tuple[int, int], ...]
    origin: Origin
    reason: str = "unknown"
    message: str = ""
    host: str = ""
    conditions: tuple[Condition, ...] = ()


class Embedded(Node):
    """A file, or a part of one, that notes show: characters `start:end` of the source.

    `path` is "" for a bare fragment; `near` is a path that the line above it speaks of. `shown` is how it came in:
    display (behind `cat FILE`), editor (behind `vi FILE`), name (behind a line with its name), fragment, output (of
    the command before it).
    """

    kind: str
    path: str
    start: int
    end: int
    origin: Origin
    shown: str = "fragment"
    host: str = ""
    section: str = ""
    near: str = ""

    @property
    def text(self) -> str:
        return self.origin.source.text[self.start : self.end]


class Prose(Node):
    """Lines that nobody runs: `kind` is prose, output, heading, or mention (it begins like a command)."""

    kind: str
    start: int
    end: int
    origin: Origin


Item = Command | Kept | Embedded


class Script(Node):
    """`items` is what runs, or is shown, in order; `aside` what is there but does not run when the script does.

    `lines` are the statements, which joined are the text, each with what became of it: understood, kept, prose or
    embedded. `variables` are the values at the end; None where only the machine knows.
    """

    source: Source
    mode: str  # script | document
    items: tuple[Item, ...]
    aside: tuple[Item, ...]
    prose: tuple[Prose, ...]
    lines: tuple[tuple[Origin, str], ...]
    remarks: tuple[Remark, ...] = ()
    variables: Mapping[str, str | None] = {}

    @property
    def commands(self) -> Iterator[Command]:
        return (item for item in self.items if isinstance(item, Command))

    @property
    def kept(self) -> Iterator[Kept]:
        return (item for item in self.items if isinstance(item, Kept))

    @property
    def embedded(self) -> Iterator[Embedded]:
        return (item for item in self.items if isinstance(item, Embedded))

    def counts(self) -> dict[str, int]:
        """Physical lines by what became of them."""
        found = dict.fromkeys((UNDERSTOOD, KEPT, PROSE, EMBEDDED), 0)
        for stmt, verdict in self.lines:
            text = stmt.text
            found[verdict] += text.count("\n") + (text[-1:] not in ("\n", ""))
        return found
