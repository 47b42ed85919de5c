"""The token stream of the recursive reader: words, operators, redirections with their here-documents."""

from __future__ import annotations

import re
from typing import NamedTuple

from lvscompile.syntax.shell.nodes import Broken, HereDoc, Redirect, Word
from lvscompile.syntax.shell.quoting import read_body, read_word

# Blanks, joined lines, and a comment behind them.
_BLANKS = re.compile(r"(?:[ \t]++|\\\r?\n|\r(?=\n|\Z))*+")
_OPERATOR = re.compile(r";;&|;;|;&|&&|\|\||\|&|&>>|&>|<<-|<<<|<<|<&|>&|<>|>>|>\||[|&;()<>\n]")
_NUMBER = re.compile(r"[0-9]{1,4}(?=[<>])")
_NO_WORD = Word(0, 0, "", True)


class Token(NamedTuple):
    """`kind` is word, redirect, "" at the end of the text, or the operator itself."""

    kind: str
    start: int
    end: int
    word: Word = _NO_WORD
    redirect: Redirect | None = None


class Tokens:
    """Tokens of `text[at:end]`, one ahead. `joints` are the newlines that end no command line: behind a backslash or
    within quotes; `here` the here-documents that were read."""

    __slots__ = ("_ahead", "_pending", "at", "end", "here", "joints", "text")

    def __init__(self, text: str, at: int, end: int) -> None:
        self.text = text
        self.at = at
        self.end = end
        self.joints: list[int] = []
        self.here: list[HereDoc] = []
        self._pending: list[HereDoc] = []
        self._ahead: Token | None = None

    def peek(self) -> Token:
        if self._ahead is None:
            self._ahead = self._read()
        return self._ahead

    def take(self) -> Token:
        token = self._ahead or self._read()
        self._ahead = None
        return token

    def _note_joints(self, start: int, end: int) -> None:
        at = self.text.find("\n", start, end)
        while at >= 0:
            self.joints.append(at)
            at = self.text.find("\n", at + 1, end)

    def _skip_blanks(self) -> None:
        start = self.at
        self.at = _BLANKS.match(self.text, start, self.end).end()  # type: ignore[union-attr]
        if self.at > start:
            self._note_joints(start, self.at)

    def _read(self) -> Token:
        self._skip_blanks()
        text, start = self.text, self.at
        if start >= self.end:
            self._finish_documents(start)
            return Token("", start, start)
        if text[start] == "#":
            newline = text.find("\n", start, self.end)
            self.at = start = self.end if newline < 0 else newline
            if newline < 0:
                return self._read()
        match = _OPERATOR.match(text, start, self.end)
        if match is None:
            number = _NUMBER.match(text, start, self.end)
            if number:
                match = _OPERATOR.match(text, number.end(), self.end)
                return self._redirect(start, match, int(number.group()))  # type: ignore[arg-type]
            word = self._word()
            return Token("word", start, word.end, word)
        operator = match.group()
        if operator[-1] == "\n":
            self.at = match.end()
            self._finish_documents(self.at)
            return Token("\n", start, match.end())
        if "<" in operator or ">" in operator:
            return self._redirect(start, match, -1)
        self.at = match.end()
        return Token(operator, start, match.end())

    def _word(self) -> Word:
        word = read_word(self.text, self.at, self.end)
        self.at = word.end
        if word.value is None or word.quoted or word.parts or "\n" in word.value:
            self._note_joints(word.start, word.end)
        return word

    def _redirect(self, start: int, match: re.Match[str], fd: int) -> Token:
        operator = match.group()
        self.at = match.end()
        self._skip_blanks()
        if self.at >= self.end or _OPERATOR.match(self.text, self.at, self.end):
            raise Broken(f"nothing stands behind `{operator}`", start, self.at >= self.end)
        word = self._word()
        here = None
        if operator in ("<<", "<<-"):
            here = HereDoc(word.value or self.text[word.start : word.end], word.quoted, operator == "<<-")
            self._pending.append(here)
        return Token("redirect", start, word.end, word, Redirect(start, word.end, fd, operator, word, here))

    def _finish_documents(self, at: int) -> None:
        """Read the bodies of the here-documents that the line before `at` has opened."""
        for here in self._pending:
            at = self._read_document(here, at)
            self.here.append(here)
        if self._pending:
            self._pending = []
            self.at = at

    def _read_document(self, here: HereDoc, at: int) -> int:
        text, limit = self.text, self.end
        here.start = at
        while at < limit:
            newline = text.find("\n", at, limit)
            after = limit if newline < 0 else newline + 1
            line = text[at:after].rstrip("\r\n")
            if (line.lstrip("\t") if here.strip else line) == here.delimiter:
                here.end, here.after = at, after
                break
            at = after
        else:
            here.end = here.after = limit
            here.ended = False
        body = text[here.start : here.end]
        if here.literal:
            here.word = Word(here.start, here.end, _unindent(body) if here.strip else body, True)
        elif here.strip and "\t" in body:
            here.word = read_body(_unindent(body), 0, len(_unindent(body)))
        else:
            here.word = read_body(text, here.start, here.end)
        return here.after


def _unindent(body: str) -> str:
    return "".join(line.lstrip("\t") for line in body.splitlines(keepends=True))
