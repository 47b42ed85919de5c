"""What the recursive reader makes of a complete command. All offsets are into the text that was read."""

from __future__ import annotations

import re
from typing import NamedTuple, TypeAlias

_TEXT = re.compile(r"[^ \t\r\n]+")


class Part(NamedTuple):
    """A piece of a word: `kind` is text, name (an expansion of a variable) or code (of which nothing is known).

    Of a name, `action` is the operator of `${NAME:-argument}`; of code, `text` is what stands between the brackets.
    """

    kind: str
    text: str
    quoted: bool
    action: str = ""
    argument: Word | None = None


class Word(NamedTuple):
    """One word. `value` is what it says when nothing in it is expanded, else None and `parts` tell.

    `quoted` is True where any of it is quoted: then it is no reserved word, and exists even when it is empty.
    """

    start: int
    end: int
    value: str | None
    quoted: bool = False
    parts: tuple[Part, ...] = ()


class Assignment(NamedTuple):
    start: int
    end: int
    name: str
    value: Word
    append: bool = False


class HereDoc:
    """A here-document: `start:end` is its body, up to the line of the delimiter; `after` is behind that line.

    `word` holds the body as one word once it is read; `ended` is False where the text ends before it does.
    """

    __slots__ = ("after", "delimiter", "end", "ended", "literal", "start", "strip", "word")

    def __init__(self, delimiter: str, literal: bool, strip: bool) -> None:
        self.delimiter = delimiter
        self.literal = literal
        self.strip = strip
        self.start = self.end = self.after = 0
        self.ended = True
        self.word = Word(0, 0, "", True)


class Redirect(NamedTuple):
    """A redirection; `fd` is -1 where the operator decides. Here-documents have no target."""

    start: int
    end: int
    fd: int
    operator: str
    target: Word
    here: HereDoc | None = None


class Simple:
    """A simple command."""

    __slots__ = ("assignments", "end", "redirects", "start", "words")

    words: tuple[Word, ...]

    def __init__(
        self,
        start: int,
        end: int,
        assignments: tuple[Assignment, ...],
        words: tuple[Word, ...],
        redirects: tuple[Redirect, ...] = (),
    ) -> None:
        self.start = start
        self.end = end
        self.assignments = assignments
        self.words = words
        self.redirects = redirects


class Plain(Simple):
    """A command of a line in which nothing means anything to a shell: `texts` are its words. Most lines are such; where
    the words stand is worked out when somebody asks."""

    __slots__ = ("texts", "whole")

    def __init__(self, whole: str, start: int, end: int, texts: tuple[str, ...]) -> None:
        self.whole = whole
        self.texts = texts
        self.start = start
        self.end = end
        self.assignments = ()
        self.redirects = ()

    @property
    def words(self) -> tuple[Word, ...]:  # type: ignore[override]
        return tuple([Word(m.start(), m.end(), m.group()) for m in _TEXT.finditer(self.whole, self.start, self.end)])


class Pipeline(NamedTuple):
    commands: tuple[Command, ...]
    negated: bool


class AndOr(NamedTuple):
    """`first`, then each of `rest` behind its `&&` or `||`. `background`: the whole ends with `&`."""

    first: Node
    rest: tuple[tuple[str, Node], ...]
    background: bool


class If(NamedTuple):
    start: int
    end: int
    branches: tuple[tuple[Sequence, Sequence], ...]
    otherwise: Sequence
    redirects: tuple[Redirect, ...] = ()


class For(NamedTuple):
    """`words` is None for the positional parameters."""

    start: int
    end: int
    name: str
    words: tuple[Word, ...] | None
    body: Sequence
    redirects: tuple[Redirect, ...] = ()


class While(NamedTuple):
    """Also `until`, `select` and the loop with three expressions: what nobody can unroll."""

    start: int
    end: int
    keyword: str
    condition: Sequence
    body: Sequence
    redirects: tuple[Redirect, ...] = ()


class Branch(NamedTuple):
    patterns: tuple[Word, ...]
    body: Sequence


class Case(NamedTuple):
    start: int
    end: int
    subject: Word
    branches: tuple[Branch, ...]
    redirects: tuple[Redirect, ...] = ()


class Group(NamedTuple):
    start: int
    end: int
    body: Sequence
    subshell: bool
    redirects: tuple[Redirect, ...] = ()


class Function(NamedTuple):
    start: int
    end: int
    name: str
    body: Command


class Brackets(NamedTuple):
    """`[[ … ]]`, whose words are those between; `(( … ))` has none."""

    start: int
    end: int
    words: tuple[Word, ...]
    redirects: tuple[Redirect, ...] = ()


Command: TypeAlias = Simple | If | For | While | Case | Group | Function | Brackets
Node: TypeAlias = Command | Pipeline | AndOr
Sequence: TypeAlias = tuple[Node, ...]


class Broken(Exception):
    """The text is no shell command. `unfinished`: it might become one with more lines."""

    def __init__(self, message: str, at: int, unfinished: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.at = at
        self.unfinished = unfinished
