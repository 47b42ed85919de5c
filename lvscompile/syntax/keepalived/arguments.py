"""Checks the words after a keyword against its argument expression.

The expressions are the nested tuples of the generated keyword module. Matching never goes back over
words it has accepted: of alternatives the one that gets furthest counts, options and repetitions take
what they can. So a line of thousands of words costs time in proportion.
"""

from __future__ import annotations

from lvscompile.syntax.keepalived.nouns import choices_of, noun, one_of
from lvscompile.syntax.keepalived.values import TESTS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from lvscompile.syntax.keepalived.values import Expression

# When several expectations fail at one word, the one that came closest names the mistake.
_CLOSENESS = ("missing", "extra", "range", "length", "type", "enum")
_TOO_MANY = 16  # a message does not list more words than this; all are in the choices


class Mismatch:
    """Where and how the words of a statement differ from what its keyword takes."""

    __slots__ = ("choices", "expected", "kind", "word")

    def __init__(self, kind: str, word: int, expected: str, choices: tuple[str, ...] = ()) -> None:
        self.kind = kind  # missing, type, range, enum, length or extra
        self.word = word  # index into the words; their number for missing
        self.expected = expected
        self.choices = choices

    def __repr__(self) -> str:
        return f"Mismatch({self.kind!r}, {self.word}, {self.expected!r}, {self.choices!r})"


def check(expression: Expression, words: Sequence[str]) -> Mismatch | None:
    """The first mistake in the words after a keyword, or None."""
    if not expression:
        return Mismatch("extra", 0, "no argument") if words else None
    if expression[0] == "opt":
        if not words:
            return None
        expression = expression[1]
    test = TESTS.get(expression[0])
    if test is not None and words:
        kind = test(expression, words[0])
        if kind:
            return Mismatch(kind, 0, noun(expression), choices_of(expression))
        return Mismatch("extra", 1, "nothing more") if len(words) > 1 else None
    if expression[0] == "seq" and _fits(expression, words):
        return None
    matcher = _Matcher(words)
    end = matcher.match(expression, 0)
    return None if end == len(words) else matcher.mismatch(end)


def _fits(expression: Expression, words: Sequence[str]) -> bool:
    """Whether the words are plainly what a sequence of single types asks for. False says nothing: the matcher knows."""
    position, count = 0, len(words)
    for part in expression[1:]:
        optional = part[0] == "opt"
        if position >= count:
            if optional:
                continue
            return False
        if optional:
            part = part[1]
        test = TESTS.get(part[0])
        if test is None or test(part, words[position]):
            return False
        position += 1
    return position == count


class _Matcher:
    """One walk over the words. Remembers the furthest word at which anything was expected in vain."""

    __slots__ = ("count", "failed", "failures", "words")

    def __init__(self, words: Sequence[str]) -> None:
        self.words = words
        self.count = len(words)
        self.failed = -1
        self.failures: list[tuple[str, Expression]] = []

    def fail(self, kind: str, position: int, expression: Expression) -> int:
        if position > self.failed:
            self.failed = position
            self.failures = []
        if position == self.failed:
            self.failures.append((kind, expression))
        return -1

    def match(self, expression: Expression, position: int) -> int:
        """The position after what the expression takes from here, -1 if it does not fit."""
        kind = expression[0]
        test = TESTS.get(kind)
        if test is not None:
            if position >= self.count:
                return self.fail("missing", position, expression)
            bad = test(expression, self.words[position])
            return self.fail(bad, position, expression) if bad else position + 1
        if kind == "lit":
            if position >= self.count:
                return self.fail("missing", position, expression)
            if self.words[position] == expression[1]:
                return position + 1
            return self.fail("enum", position, expression)
        return self.combine(kind, expression, position)

    def combine(self, kind: str, expression: Expression, position: int) -> int:
        if kind == "seq":
            for part in expression[1:]:
                position = self.match(part, position)
                if position < 0:
                    break
            return position
        if kind == "opt":
            end = self.match(expression[1], position)
            return position if end < 0 else end
        if kind == "alt":
            return max(self.match(part, position) for part in expression[1:])
        if kind == "many":
            return self.repeat(expression[1], position)
        return self.options(expression[1:], position)

    def repeat(self, inner: Expression, position: int) -> int:
        end = self.match(inner, position)
        if end < 0:
            return -1
        while end > position:
            position = end
            if position < self.count:
                end = self.match(inner, position)
        return position

    def options(self, options: Expression, position: int) -> int:
        """Any of the options in any order, each once; one that begins with the very word goes first."""
        left = list(options)
        while position < self.count and left:
            word = self.words[position]
            chosen = next((option for option in left if _begins(option, word)), None)
            if chosen is not None:
                end = self.match(chosen, position)
            elif any(_begins(option, word) for option in options):
                self.fail("extra", position, ("once", word))
                break
            else:
                end, chosen = self.open_option(left, position)
            if end <= position or chosen is None:
                break
            left.remove(chosen)
            position = end
        return position

    def open_option(self, left: list[Expression], position: int) -> tuple[int, Expression | None]:
        for option in left:
            end = self.match(option, position)
            if end > position:
                return end, option
        return -1, None

    def mismatch(self, end: int) -> Mismatch:
        """What to say when the words were taken up to ``end`` only (-1: not at all)."""
        if self.failed < end or self.failed < 0:
            return Mismatch("extra", max(end, 0), "nothing more")
        kinds = {kind for kind, _ in self.failures}
        kind = next(kind for kind in _CLOSENESS if kind in kinds)
        choices: list[str] = []
        nouns: list[str] = []
        for _, expression in self.failures:
            accepted = choices_of(expression)
            choices += accepted
            nouns += () if accepted else (noun(expression),)
        if kind == "extra":
            return Mismatch(kind, self.failed, nouns[-1])
        distinct = tuple(dict.fromkeys(choices))
        listed = distinct if len(distinct) <= _TOO_MANY else (f"one of {len(distinct)} known words",)
        return Mismatch(kind, self.failed, one_of([*listed, *dict.fromkeys(nouns)]), distinct)


def _begins(option: Expression, word: str) -> bool:
    """Whether the option starts with this very word, so that nothing else can be meant."""
    kind = option[0]
    if kind == "seq":
        return _begins(option[1], word)
    if kind == "lit":
        return bool(option[1] == word)
    return kind == "enum" and word in option[1]


def describe(expression: Expression) -> str:
    """The expression in one line of plain English, for documentation and messages."""
    if not expression:
        return "no argument"
    kind = expression[0]
    if kind == "seq":
        return ", then ".join(describe(part) for part in expression[1:])
    if kind == "alt":
        return ", or ".join(describe(part) for part in expression[1:])
    if kind == "opt":
        return f"optionally {describe(expression[1])}"
    if kind == "many":
        return f"one or more times {describe(expression[1])}"
    if kind == "any":
        return f"in any order: {'; '.join(describe(part) for part in expression[1:])}"
    return noun(expression)
