"""Remarks: what a reader noticed about a statement, before anyone says what it means to an operator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lvscompile.syntax.statements import Stmt


class Remark:
    """Something that the reading of an input noticed.

    `kind` is a kebab-case name that lint rules subscribe to; `word` the index of the word it is about (None:
    the whole statement); `facts` what the rule needs to say it; `related` other statements that take part.
    """

    __slots__ = ("facts", "kind", "related", "stmt", "word")

    def __init__(
        self,
        kind: str,
        stmt: Stmt,
        word: int | None = None,
        related: tuple[Stmt, ...] = (),
        **facts: Any,
    ) -> None:
        self.kind = kind
        self.stmt = stmt
        self.word = word
        self.related = related
        self.facts = facts

    def __repr__(self) -> str:
        return f"Remark({self.kind!r}, {self.stmt!r}, {self.word}, {self.facts})"
