"""One complete command of a text to nodes, by recursive descent."""

from __future__ import annotations

import re
from typing import NamedTuple

from lvscompile.syntax.shell import nodes
from lvscompile.syntax.shell.nodes import Broken, Command, HereDoc, Node, Redirect, Sequence, Word
from lvscompile.syntax.shell.quoting import read_word
from lvscompile.syntax.shell.tokens import Token, Tokens

# How deep compound commands may be nested. Python's own stack is the limit behind it.
MAX_DEPTH = 40

_CLOSERS = frozenset({"then", "elif", "else", "fi", "do", "done", "esac", "}"})
RESERVED = _CLOSERS | {"if", "for", "select", "while", "until", "case", "in", "{", "!", "function", "[[", "]]", "time"}
_ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*+)(\+?)=")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.\-]*\Z")
_WHOLE = ("", "\n")  # what ends a complete command


class Parsed(NamedTuple):
    """A complete command: its nodes, the offset behind its last line, newlines within it that end no line,
    its here-documents."""

    nodes: Sequence
    end: int
    joints: list[int]
    here: list[HereDoc]


def parse_command(text: str, at: int, end: int) -> Parsed:
    """The complete command that begins at `at`: to the end of its line, or of the line that completes it.

    Raises Broken.
    """
    tokens = Tokens(text, at, end)
    parser = _Parser(tokens)
    nodes = parser.line()
    return Parsed(nodes, tokens.at, tokens.joints, tokens.here)


class _Parser:
    __slots__ = ("depth", "tokens")

    def __init__(self, tokens: Tokens) -> None:
        self.tokens = tokens
        self.depth = 0

    def line(self) -> Sequence:
        nodes: list[Node] = []
        while True:
            token = self.tokens.peek()
            if token.kind in _WHOLE:
                self.tokens.take()
                return tuple(nodes)
            nodes.append(self.and_or())
            self._separator(_WHOLE)

    def _separator(self, also: tuple[str, ...]) -> None:
        token = self.tokens.peek()
        if token.kind in (";", "&"):
            self.tokens.take()
        elif token.kind not in also:
            raise self._unexpected(token)

    def _unexpected(self, token: Token) -> Broken:
        if not token.kind:
            return Broken("the command is not finished", token.start, True)
        said = self.tokens.text[token.start : token.end] if token.kind != "\n" else "end of line"
        return Broken(f"unexpected `{said}`", token.start)

    def _reserved(self) -> str:
        """The reserved word that comes next."""
        token = self.tokens.peek()
        if token.kind == "word" and not token.word.quoted and token.word.value in RESERVED:
            return token.word.value or ""
        return ""

    def _expect(self, word: str) -> Token:
        token = self.tokens.take()
        if token.kind != "word" or token.word.quoted or token.word.value != word:
            raise self._unexpected(token)
        return token

    def _newlines(self) -> None:
        while self.tokens.peek().kind == "\n":
            self.tokens.take()

    def body(self, *closers: str) -> Sequence:
        """Commands up to one of the closing words (`)` and `;;` count as such), which is left to be taken."""
        nodes: list[Node] = []
        while True:
            self._newlines()
            token = self.tokens.peek()
            word = self._reserved()
            if (word or token.kind) in closers:
                return tuple(nodes)
            if word in _CLOSERS or token.kind in ("", ";", "&", ")", ";;", ";&", ";;&"):
                raise self._unexpected(token)
            nodes.append(self.and_or())
            self._separator(("\n", *closers))

    def and_or(self) -> Node:
        first = self.pipeline()
        kind = self.tokens.peek().kind
        if kind not in ("&&", "||", "&"):
            return first
        rest: list[tuple[str, Node]] = []
        while kind in ("&&", "||"):
            self.tokens.take()
            self._newlines()
            rest.append((kind, self.pipeline()))
            kind = self.tokens.peek().kind
        return nodes.AndOr(first, tuple(rest), kind == "&")

    def pipeline(self) -> Node:
        negated = False
        while self._reserved() in ("!", "time"):
            negated ^= self.tokens.take().word.value == "!"
        commands = [self.command()]
        while self.tokens.peek().kind in ("|", "|&"):
            self.tokens.take()
            self._newlines()
            commands.append(self.command())
        if len(commands) == 1 and not negated:
            return commands[0]
        return nodes.Pipeline(tuple(commands), negated)

    def command(self) -> Command:
        token = self.tokens.peek()
        if token.kind == "(":
            return self._compound(token)
        word = self._reserved()
        if word:
            if word in _CLOSERS or word in ("in", "]]"):
                raise self._unexpected(token)
            return self._compound(token)
        if token.kind not in ("word", "redirect"):
            raise self._unexpected(token)
        return self._simple()

    def _compound(self, token: Token) -> Command:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise Broken("commands are nested too deeply", token.start)
        self.tokens.take()
        start = token.start
        word = token.word.value if token.kind == "word" else "("
        node: Command
        if word == "if":
            node = self._if(start)
        elif word in ("for", "select"):
            node = self._for(start, word)
        elif word in ("while", "until"):
            condition = self.body("do")
            self._expect("do")
            body = self.body("done")
            end = self._expect("done").end
            node = nodes.While(start, end, word, condition, body, self._redirects())
        elif word == "case":
            node = self._case(start)
        elif word == "[[":
            node = self._test(start)
        elif word == "function":
            node = self._function(start, self.tokens.take())
        elif word == "{":
            body = self.body("}")
            node = nodes.Group(start, self._expect("}").end, body, False, self._redirects())
        else:
            node = self._subshell(start)
        self.depth -= 1
        return node

    def _redirects(self) -> tuple[Redirect, ...]:
        found: list[Redirect] = []
        while self.tokens.peek().kind == "redirect":
            found.append(self.tokens.take().redirect)  # type: ignore[arg-type]
        return tuple(found)

    def _if(self, start: int) -> nodes.If:
        branches: list[tuple[Sequence, Sequence]] = []
        otherwise: Sequence = ()
        while True:
            condition = self.body("then")
            self._expect("then")
            branches.append((condition, self.body("elif", "else", "fi")))
            if self._reserved() != "elif":
                break
            self.tokens.take()
        if self._reserved() == "else":
            self.tokens.take()
            otherwise = self.body("fi")
        end = self._expect("fi").end
        return nodes.If(start, end, tuple(branches), otherwise, self._redirects())

    def _for(self, start: int, keyword: str) -> Command:
        name = self.tokens.take()
        if name.kind == "(":
            self._skip_arithmetic(name)
            return self._loop(start, keyword, "", ())
        if name.kind != "word" or name.word.value is None:
            raise self._unexpected(name)
        self._newlines()
        words: list[Word] | None = None
        if self._reserved() == "in":
            self.tokens.take()
            words = []
            while self.tokens.peek().kind == "word":
                words.append(self.tokens.take().word)
        return self._loop(start, keyword, name.word.value, None if words is None else tuple(words))

    def _loop(self, start: int, keyword: str, name: str, words: tuple[Word, ...] | None) -> Command:
        if self.tokens.peek().kind == ";":
            self.tokens.take()
        self._newlines()
        closer = "}" if self._reserved() == "{" else "done"
        self._expect("{" if closer == "}" else "do")
        body = self.body(closer)
        end = self._expect(closer).end
        if not name or keyword == "select":
            return nodes.While(start, end, keyword, (), body, self._redirects())
        return nodes.For(start, end, name, words, body, self._redirects())

    def _case(self, start: int) -> nodes.Case:
        subject = self.tokens.take()
        if subject.kind != "word":
            raise self._unexpected(subject)
        self._newlines()
        self._expect("in")
        branches: list[nodes.Branch] = []
        while True:
            self._newlines()
            if self._reserved() == "esac":
                break
            branches.append(self._branch())
        end = self._expect("esac").end
        return nodes.Case(start, end, subject.word, tuple(branches), self._redirects())

    def _branch(self) -> nodes.Branch:
        token = self.tokens.take()
        if token.kind == "(":
            token = self.tokens.take()
        patterns: list[Word] = []
        while True:
            if token.kind != "word":
                raise self._unexpected(token)
            patterns.append(token.word)
            token = self.tokens.take()
            if token.kind == ")":
                break
            if token.kind != "|":
                raise self._unexpected(token)
            token = self.tokens.take()
        body = self.body(";;", ";&", ";;&", "esac")
        if self.tokens.peek().kind != "word":
            self.tokens.take()
        return nodes.Branch(tuple(patterns), body)

    def _test(self, start: int) -> nodes.Brackets:
        words: list[Word] = []
        while True:
            token = self.tokens.take()
            if not token.kind:
                raise self._unexpected(token)
            if token.kind == "word" and token.word.value == "]]" and not token.word.quoted:
                return nodes.Brackets(start, token.end, tuple(words), self._redirects())
            if token.kind == "word":
                words.append(token.word)
            elif token.kind != "\n":  # an operator, as a word that nothing static looks like
                words.append(Word(token.start, token.end, None))

    def _subshell(self, start: int) -> Command:
        if self.tokens.text.startswith("((", start):
            token = self.tokens.take()
            end = self._skip_arithmetic(token)
            return nodes.Brackets(start, end, (), self._redirects())
        body = self.body(")")
        return nodes.Group(start, self.tokens.take().end, body, True, self._redirects())

    def _skip_arithmetic(self, token: Token) -> int:
        """Behind the `))`, the second `(` being taken."""
        text, tokens = self.tokens.text, self.tokens
        close = text.find("))", token.end, tokens.end)
        newline = text.find("\n", token.end, tokens.end)
        if close < 0 or 0 <= newline < close:
            raise Broken("`((` is not closed on its line", token.start)
        tokens.at, tokens._ahead = close + 2, None
        return close + 2

    def _function(self, start: int, name: Token) -> nodes.Function:
        if name.kind != "word" or not name.word.value:
            raise self._unexpected(name)
        if self.tokens.peek().kind == "(":
            self.tokens.take()
            if self.tokens.peek().kind != ")":
                raise self._unexpected(self.tokens.peek())
            self.tokens.take()
        self._newlines()
        body = self.command()
        return nodes.Function(start, body.end, name.word.value, body)

    def _simple(self) -> Command:
        tokens = self.tokens
        start = tokens.peek().start
        assignments: list[nodes.Assignment] = []
        words: list[Word] = []
        redirects: list[Redirect] = []
        end = start
        while True:
            token = tokens.peek()
            if token.kind == "word":
                tokens.take()
                end = token.end
                match = None if words else _ASSIGNMENT.match(tokens.text, token.start, token.end)
                if match:
                    assignment = self._assignment(token, match)
                    end = assignment.end
                    assignments.append(assignment)
                else:
                    words.append(token.word)
            elif token.kind == "redirect":
                tokens.take()
                end = token.end
                redirects.append(token.redirect)  # type: ignore[arg-type]
            elif token.kind == "(":
                if len(words) == 1 and not assignments and not redirects and _NAME.match(words[0].value or " "):
                    return self._called_function(start, words[0])
                raise self._unexpected(token)
            else:
                return nodes.Simple(start, end, tuple(assignments), tuple(words), tuple(redirects))

    def _called_function(self, start: int, name: Word) -> nodes.Function:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise Broken("commands are nested too deeply", start)
        node = self._function(start, Token("word", name.start, name.end, name))
        self.depth -= 1
        return node

    def _assignment(self, token: Token, match: re.Match[str]) -> nodes.Assignment:
        tokens = self.tokens
        at = match.end()
        if at == token.end and tokens.at == at and tokens.text.startswith("(", at) and at < tokens.end:
            # An array: which of its values is meant is said where it is used, in ways that are not followed.
            tokens.take()
            while (inner := tokens.take()).kind in ("word", "\n"):
                pass
            if inner.kind != ")":
                raise self._unexpected(inner)
            return nodes.Assignment(token.start, inner.end, match[1], Word(at, inner.end, None), bool(match[2]))
        value = read_word(tokens.text, at, token.end) if at < token.end else Word(at, at, "", True)
        return nodes.Assignment(token.start, token.end, match[1], value, bool(match[2]))
