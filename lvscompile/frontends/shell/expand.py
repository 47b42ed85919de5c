"""Words to what the shell makes of them, as far as the text alone says."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple

from lvscompile.frontends.shell.arithmetic import evaluate
from lvscompile.syntax.shell.nodes import Part, Word

# A value longer than this is no value of a script any more; all of a script's expansions together hold this much.
MAX_VALUE = 64 * 1024
MAX_EXPANDED = 16 * 1024 * 1024
MAX_ALTERNATIVES = 1000
MAX_BRACED = 4096

_FIELD = re.compile(r"[^ \t\n]+")
_BRACES = re.compile(r"\{([^{}]*,[^{}]*|-?[0-9]{1,9}\.\.-?[0-9]{1,9})\}")
_SEQ = re.compile(r"[ \t]*(?:/usr/bin/)?seq[ \t]+(.*?)[ \t]*\Z", re.S)
_INTEGER = re.compile(r"-?[0-9]{1,9}\Z")
_POSITIONAL = re.compile(r"[0-9]+\Z")


class Field(NamedTuple):
    """One word of a command line; `text` is None where it is not known. `word` is what it was made of."""

    text: str | None
    word: Word


class Scope:
    """Variables, and the positional parameters where they are known. None is a value that only the machine knows;
    a name that is not there may have one from elsewhere."""

    __slots__ = ("folder", "left", "positional", "unresolved", "values")

    def __init__(self) -> None:
        self.values: dict[str, str | None] = {}
        self.positional: list[str | None] | None = None
        self.unresolved: list[str] = []
        self.folder = ""
        self.left = [MAX_EXPANDED]  # shared by copies

    def copy(self) -> Scope:
        other = Scope()
        other.values = dict(self.values)
        other.positional = self.positional
        other.folder = self.folder
        other.left = self.left
        return other

    def set(self, name: str, value: str | None) -> None:
        self.values[name] = value if value is None or len(value) <= MAX_VALUE else None

    def get(self, name: str) -> tuple[bool, str | None]:
        """Whether the text gives this name a value, and which."""
        if _POSITIONAL.match(name):
            return self._positional(name)
        if name == "#":
            return True, None if self.positional is None else str(len(self.positional))
        if name in "@*":
            known = self.positional is not None and None not in self.positional
            return True, " ".join(self.positional) if known else None  # type: ignore[arg-type]
        return name in self.values, self.values.get(name)

    def _positional(self, name: str) -> tuple[bool, str | None]:
        if self.positional is None or name == "0" or len(name) > 4:
            return False, None
        index = int(name) - 1
        return (True, self.positional[index]) if index < len(self.positional) else (True, "")


def expand_all(words: Sequence[Word], scope: Scope) -> list[Field]:
    """The fields of a command line."""
    fields: list[Field] = []
    for word in words:
        if word.value is not None and not word.quoted and "{" not in word.value:
            fields.append(Field(word.value, word))
            continue
        parts = word.parts or (Part("text", word.value or "", word.quoted),)
        for alternative in _alternatives(parts) if word.end - word.start < MAX_BRACED else [parts]:
            found = _fields(alternative, scope, word)
            scope.left[0] -= sum(map(len, found or ()))
            fields += [Field(text, word) for text in found] if found is not None else [Field(None, word)]
    return fields


def expand_one(word: Word, scope: Scope) -> str | None:
    """The text of a word where nothing is split: a value, a here-document, the name of a file."""
    if word.value is not None:
        return word.value
    pieces: list[str] = []
    for part in word.parts:
        piece = _value(part, scope)
        if piece is None:
            return None
        pieces.append(piece)
    text = "".join(pieces)
    scope.left[0] -= len(text)
    return text if scope.left[0] > 0 else None


def matches(subject: str | None, patterns: Sequence[Word], scope: Scope) -> bool | None:
    """Whether one of a case's patterns matches; None where only the machine knows."""
    verdict: bool | None = False
    for word in patterns:
        pattern = expand_one(word, scope)
        if subject is None or pattern is None:
            verdict = None
        elif pattern == subject or (not word.quoted and fnmatchcase(subject, pattern)):
            return True
    return verdict


def merge(scopes: Sequence[Scope], into: Scope) -> None:
    """What branches, of which one may run, leave in the variables: values on which all that set one agree."""
    if len(scopes) <= 1:
        return
    for name in sorted({name for scope in scopes for name in scope.values}):
        found = {scope.values[name] for scope in scopes if name in scope.values}
        into.values[name] = found.pop() if len(found) == 1 else None


def _fields(parts: Sequence[Part], scope: Scope, word: Word) -> list[str] | None:
    if scope.left[0] <= 0:
        scope.unresolved.append("")
        return None
    found: list[str] = []
    current: str | None = None
    listed = any(part.kind == "name" and part.text == "@" and part.quoted for part in parts)
    for part in parts:
        if part.kind == "text":
            if part.text or not listed:
                current = (current or "") + part.text
            continue
        if part.kind == "name" and part.text == "@" and part.quoted and not part.action:
            if scope.positional is None or None in scope.positional:
                scope.unresolved.append("$@")
                return None
            for number, value in enumerate(scope.positional):
                if number:
                    found.append(current or "")
                    current = None
                current = (current or "") + str(value)
            continue
        value = _value(part, scope)
        if value is None:
            return None
        if part.quoted:
            current = (current or "") + value
        elif value:
            if "IFS" in scope.values:
                scope.unresolved.append("$IFS")
                return None
            current = _split(value, current, found)
    if current is not None:
        found.append(current)
    return found


def _split(value: str, current: str | None, found: list[str]) -> str | None:
    """Cut the value of an unquoted expansion at its blanks; what begins or ends with none joins its neighbours."""
    if value[0] in " \t\n" and current is not None:
        found.append(current)
        current = None
    for number, piece in enumerate(_FIELD.findall(value)):
        if number:
            found.append(current or "")
            current = None
        current = (current or "") + piece
    if value[-1] in " \t\n" and current is not None:
        found.append(current)
        current = None
    return current


def _value(part: Part, scope: Scope) -> str | None:
    if part.kind == "text":
        return part.text
    value = _code(part.text, scope) if part.kind == "code" else _name(part, scope)
    if value is None:
        scope.unresolved.append(_written(part))
    return value


def _name(part: Part, scope: Scope) -> str | None:
    known, value = scope.get(part.text)
    action, argument = part.action, part.argument
    if not action or argument is None or "?" in action:
        return value
    if known and value is None:
        return None
    # A name that the text gives no value counts as unset here: its author gave a default for that.
    filled = known and (bool(value) or ":" not in action)
    if "+" in action:
        return expand_one(argument, scope) if filled else ""
    if filled:
        return value
    value = expand_one(argument, scope)
    if "=" in action:
        scope.set(part.text, value)
    return value


def _code(text: str, scope: Scope) -> str | None:
    if text.startswith("(") and text.endswith(")"):
        return evaluate(text[1:-1], lambda name: scope.get(name)[1])
    match = _SEQ.match(text)
    if match is None:
        return None
    numbers: list[int] = []
    for argument in match[1].split():
        name = re.fullmatch(r'"?\$\{?([A-Za-z_][A-Za-z0-9_]*|[0-9])\}?"?', argument)
        value = (scope.get(name[1])[1] or "") if name else argument
        if not _INTEGER.match(value):
            return None
        numbers.append(int(value))
    if not 1 <= len(numbers) <= 3:
        return None
    first, step, last = {1: (1, 1, numbers[0]), 2: (numbers[0], 1, numbers[-1])}.get(len(numbers)) or tuple(numbers)
    if not step or abs(last - first) // abs(step) > 20_000:
        return None
    return "\n".join(map(str, range(first, last + (1 if step > 0 else -1), step)))


def _written(part: Part) -> str:
    if part.kind == "name":
        return f"${part.text}"
    return f"${part.text}}}" if part.text.startswith("{") else f"$({part.text})"


def _alternatives(parts: tuple[Part, ...]) -> list[tuple[Part, ...]]:
    """Brace expansion, as bash has it: `192.0.2.{1,2}`, `{1..9}`."""
    done: list[tuple[Part, ...]] = []
    waiting = [parts]
    while waiting:
        if len(done) + len(waiting) > MAX_ALTERNATIVES:
            return [parts]
        current = waiting.pop()
        for number, part in enumerate(current):
            match = None if part.kind != "text" or part.quoted else _BRACES.search(part.text)
            if match:
                choices = _choices(match[1])
                if choices is None:
                    return [parts]
                waiting += [_with(current, number, match.span(), choice) for choice in reversed(choices)]
                break
        else:
            done.append(current)
    return done


def _choices(inner: str) -> list[str] | None:
    if "," in inner:
        return inner.split(",")
    first, _, last = inner.partition("..")
    low, high = int(first), int(last)
    if abs(high - low) > MAX_ALTERNATIVES:
        return None
    return [str(number) for number in range(low, high + (1 if high >= low else -1), 1 if high >= low else -1)]


def _with(parts: tuple[Part, ...], number: int, span: tuple[int, int], choice: str) -> tuple[Part, ...]:
    text = parts[number].text
    changed = Part("text", text[: span[0]] + choice + text[span[1] :], False)
    return (*parts[:number], changed, *parts[number + 1 :])
