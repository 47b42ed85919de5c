"""Reading: which statement is what, decided by the keyword table as keepalived decides it.

The statements that come in are the expanded ones; the same come out, with their `type` settled, so that the
grammar's nesting is keepalived's. A misplaced brace makes keepalived read the rest of a block, or of the file,
at a wrong level, and complain about each line of it. Here the mistake is remarked on once, where it was made; what
is read wrongly because of it is kept in `misread`, and later stages say nothing about it.

keepalived's nesting (`self._open`) and the braces as written (`self._literal`) are followed side by side: while
they differ, something is being misread.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from lvscompile.syntax.keepalived.keywords import ROOT, Keyword
from lvscompile.syntax.keepalived.levels import Level, Tally, indent, outdented_child
from lvscompile.syntax.keepalived.words import ends_in_backslash, has_unmatched_quote, words
from lvscompile.syntax.remarks import Remark
from lvscompile.syntax.statements import Stmt

# Blocks that need exactly one name, and of which a second one of the same name is skipped.
NAMED_ONCE = frozenset({"vrrp_instance", "vrrp_sync_group", "track_group", "bfd_instance"})


class Reader:
    """Settles the types of one host's statements. Use once.

    `unclosed` and `surplus` say how many `}` the text lacks, or has too many; a first reading finds out (see
    `found_unclosed`, `found_surplus`), a second one can then tell a missing brace from a misplaced keyword.
    `foreign` names blocks of the top level that belong to another of keepalived's processes: those are skipped by
    counting braces.
    """

    def __init__(self, unclosed: int = 0, surplus: int = 0, foreign: frozenset[str] = frozenset()) -> None:
        self.remarks: list[Remark] = []
        self.misread: set[int] = set()
        self.skipped: set[int] = set()
        self.found_unclosed = 0
        self.found_surplus = 0
        self._unclosed = unclosed
        self._surplus = surplus
        self._foreign = foreign
        self._open: list[Level] = []
        self._literal: list[Stmt] = []
        self._cause: Remark | None = None
        self._names: set[tuple[str, str]] = set()
        self._last_closed: tuple[Level, Stmt] | None = None
        self._head: Stmt | None = None
        self._continues = False
        self._extra: Remark | None = None
        self._tally = Tally()

    def read(self, statements: Iterable[Stmt]) -> Iterator[Stmt]:
        stmt: Stmt | None = None
        open_ = self._open
        for stmt in statements:
            kind = stmt.type
            if kind == "STMT":
                # The common case first and fast: a keyword of the block, nothing to be careful about.
                table = open_[-1].table if open_ else ROOT
                text = stmt.text
                if table is not None and '"' not in text and "\\" not in text and self._is_calm():
                    found = stmt.words = words(text)
                    keyword = table.get(found[0]) if found else None
                    if keyword is not None and not keyword.body:
                        self._extra = None
                        yield stmt
                        continue
                self._statement(stmt)
            elif kind == "OPEN":
                self._opening(stmt)
            elif kind == "CLOSE":
                self._closing(stmt)
            elif kind == "TRIVIA" and "\\" in stmt.text and ends_in_backslash(stmt.text):
                self._backslash(stmt)
            elif self._cause is not None:
                self.misread.add(id(stmt))
            yield stmt
        if stmt is not None:
            yield from self._end(stmt)

    def _is_calm(self) -> bool:
        return self._cause is None and self._head is None and not self._continues

    # -- statements -------------------------------------------------------------------------------------

    def _statement(self, stmt: Stmt) -> None:
        self._extra = None
        level = self._open[-1] if self._open else None
        if self._cause is not None:
            self.misread.add(id(stmt))
        if '"' in stmt.text and has_unmatched_quote(stmt.text):
            self._remark("unmatched-quote", stmt)
        continues, self._continues = self._continues, "\\" in stmt.text and ends_in_backslash(stmt.text)
        if self._continues:
            self._remark("trailing-backslash", stmt)
        if self._head is not None:
            self._missing_open(stmt)
        if level is not None and level.table is None:
            if self._unclosed and level.keyword is not None and self._is_keyword_of_parent(stmt):
                self._never_closed(stmt)
            return
        table = level.table if level is not None and level.table is not None else ROOT
        found = words(stmt.text)
        keyword = table.get(found[0]) if found else None
        if keyword is None:
            if not continues:  # what was meant to continue the line before is not a mistake of its own
                self._unknown(stmt, found)
            stmt.type = "UNKNOWN"
        elif keyword.body:
            stmt.type = "HEAD"
            self._head = stmt
            self._push(stmt, keyword, found, literal=False)

    def _backslash(self, stmt: Stmt) -> None:
        """A comment line that ends in a backslash: the backslash stays, and is a line of its own."""
        stmt.type = "STMT"
        if self._open and self._open[-1].table is None:
            return
        stmt.type = "UNKNOWN"
        self._remark("trailing-backslash", stmt)

    def _backslash_behind_brace(self, stmt: Stmt) -> None:
        """The backslash at the end of a comment behind a brace is a line of its own, too."""
        if ends_in_backslash(stmt.text):
            self._remark("trailing-backslash", stmt)

    def _unknown(self, stmt: Stmt, found: tuple[str, ...]) -> None:
        word = found[0] if found else ""
        if self._cause is not None:
            return
        if self._unclosed and any(word in (level.table or ()) for level in self._ancestors()):
            self._never_closed(stmt)
            return
        if self._surplus and self._closed_too_early(word):
            return
        if found:
            table = self._open[-1].table if self._open else ROOT
            self._remark("unknown-keyword", stmt, 0, name=word, table=table, block=self.block())
        else:
            self._remark("unknown-keyword", stmt, None, name=stmt.text.strip(), table={}, block=self.block())

    # -- braces -----------------------------------------------------------------------------------------

    def _opening(self, stmt: Stmt) -> None:
        self._extra = None
        if "\\" in stmt.text:
            self._backslash_behind_brace(stmt)
        found = stmt.words = words(stmt.text)
        level = self._open[-1] if self._open else None
        if '"' in stmt.text and has_unmatched_quote(stmt.text):
            self._remark("unmatched-quote", stmt)
        if self._head is not None:
            if not found:
                self._head = None
                self._literal.append(self._open[-1].opener)
                stmt.type = "BRACE"
                return
            self._missing_open(stmt)
            level = self._open[-1]
        if level is not None and level.table is None:
            self._opening_in_list(stmt, level)
            return
        table = level.table if level is not None and level.table is not None else ROOT
        keyword = table.get(found[0]) if found else None
        if keyword is not None and keyword.body:
            if self._cause is not None:
                self.misread.add(id(stmt))
            self._push(stmt, keyword, found, literal=True)
        else:
            self._bad_opening(stmt, keyword, found)

    def _opening_in_list(self, stmt: Stmt, level: Level) -> None:
        if level.keyword is None:  # a skipped block: braces are counted, nothing else
            self._open.append(Level(None, stmt, None))
            self._literal.append(stmt)
            return
        stmt.type = "BADOPEN"
        if self._unclosed and self._cause is None and self._is_keyword_of_parent(stmt):
            self._never_closed(stmt)
        elif self._cause is None:
            self._blame(Remark("brace-in-list", stmt, block=self.block()))
        self.misread.add(id(stmt))
        self._literal.append(stmt)

    def _bad_opening(self, stmt: Stmt, keyword: Keyword | None, found: tuple[str, ...]) -> None:
        """A brace that opens nothing for keepalived: its `}` will close the block around it."""
        stmt.type = "BADOPEN"
        word = found[0] if found else ""
        if self._cause is None:
            if not found or keyword is not None:
                self._blame(Remark("unexpected-brace", stmt, keyword=word, block=self.block()))
            elif self._unclosed and any(word in (level.table or ()) for level in self._ancestors()):
                self._never_closed(stmt)
            elif not (self._surplus and self._closed_too_early(word)):
                table = self._open[-1].table if self._open else ROOT
                facts: dict[str, Any] = {
                    "name": word,
                    "table": table,
                    "block": self.block(),
                    "inside": bool(self._open),
                }
                self._blame(Remark("unknown-block", stmt, 0, **facts))
        if keyword is None:
            self.misread.add(id(stmt))
        self._literal.append(stmt)

    def _push(self, stmt: Stmt, keyword: Keyword, found: tuple[str, ...], literal: bool) -> None:
        level = Level(keyword, stmt, keyword.table if keyword.body == "block" else None)
        if not keyword.block and (keyword.name in self._foreign or self._skipped(stmt, keyword, found)):
            level = Level(None, stmt, None)
            self.skipped.add(id(stmt))
        self._open.append(level)
        if literal:
            self._literal.append(stmt)

    def _skipped(self, stmt: Stmt, keyword: Keyword, found: tuple[str, ...]) -> bool:
        """Whether keepalived skips the whole block: no name, two names, or a name that is taken."""
        if keyword.name not in NAMED_ONCE:
            return False
        if len(found) != 2:
            # A BFD instance may have more words: they are ignored.
            if len(found) < 2 or keyword.name != "bfd_instance":
                self._remark("block-name", stmt, 1 if len(found) < 2 else 2, keyword=keyword, names=len(found) - 1)
                return True
            return False
        key = (keyword.name, found[1])
        if key in self._names:
            self._remark("duplicate-block", stmt, 1, keyword=keyword, name=found[1])
            return True
        self._names.add(key)
        return False

    def _closing(self, stmt: Stmt) -> None:
        if "\\" in stmt.text:
            self._backslash_behind_brace(stmt)
        if self._head is not None:
            self._missing_open(stmt)
        if self._cause is not None:
            self.misread.add(id(stmt))
        if self._surplus and self._cause is None and self._one_too_many(stmt):
            self._surplus -= 1
            self._blame(Remark("extra-close", stmt, None, (self._open[-1].opener,)))
            self.misread.add(id(stmt))
        elif self._literal:
            self._literal.pop()
        else:
            self.found_surplus += 1
            if not self._open:
                self._extra_close(stmt)
        if not self._open:
            stmt.type = "EXTRA"
        else:
            level = self._open.pop()
            self._last_closed = (level, stmt)
            if self._open:
                self._open[-1].last_child = (level, stmt)
        if self._cause is not None and self._aligned():
            self._cause = None

    def _extra_close(self, stmt: Stmt) -> None:
        """A `}` that closes nothing. Those that follow one another are one mistake."""
        last = self.remarks[-1] if self.remarks else None
        if last is not None and last is self._extra and self._cause is None:
            last.facts["more"] += 1
            return
        before = len(self.remarks)
        self._remark("extra-close", stmt, more=0)
        self._extra = self.remarks[-1] if len(self.remarks) > before else None

    def _one_too_many(self, stmt: Stmt) -> bool:
        """Whether this `}` stands under that of an inner block, and not under the block that it would close."""
        level = self._open[-1] if self._open else None
        if level is None or level.last_child is None:
            return False
        _, closer = level.last_child
        return indent(stmt) == indent(closer) > indent(level.opener)

    def _aligned(self) -> bool:
        return len(self._open) == len(self._literal) and all(
            level.opener is opener for level, opener in zip(self._open, self._literal, strict=True)
        )

    # -- causes -----------------------------------------------------------------------------------------

    def _missing_open(self, stmt: Stmt) -> None:
        """A block's keyword, and then no `{`. keepalived opens the block all the same and reads on inside."""
        head, self._head = self._head, None
        assert head is not None
        keyword = self._open[-1].keyword
        if keyword is None:
            return
        remark = Remark("missing-open", head, 0, (stmt,), keyword=keyword, closes=stmt.type == "CLOSE")
        if self._surplus:  # one `}` too many: the block was meant, only its `{` is forgotten
            self._literal.append(head)
            self._surplus -= 1
            if self._cause is None:
                self.remarks.append(remark)
        elif self._cause is None:
            self._blame(remark)

    def _never_closed(self, stmt: Stmt) -> None:
        """`stmt` belongs to a block further out: the block it stands in was never closed."""
        self._unclosed -= 1
        level = self._open[-1]
        culprit = outdented_child(level) or level.opener
        if self._literal:
            self._literal.pop()
        self._blame(Remark("missing-close", culprit, None, (stmt,), keyword=level.keyword))
        self.misread.add(id(stmt))

    def _closed_too_early(self, word: str) -> bool:
        """True when `word` belongs to the block that the last `}` closed: that `}` is the one too many."""
        if self._last_closed is None:
            return False
        level, closer = self._last_closed
        if level.table is None or word not in level.table:
            return False
        self._surplus -= 1
        self._literal.append(level.opener)
        self.misread.add(id(closer))
        self._blame(Remark("extra-close", closer, None, (level.opener,)))
        return True

    def _blame(self, remark: Remark) -> None:
        self.remarks.append(remark)
        self._cause = remark

    def _end(self, last: Stmt) -> Iterator[Stmt]:
        if self._head is not None:
            self._missing_open(last)
        self.found_unclosed = len(self._literal)
        if self._literal and (self._cause is None or self._cause.kind == "missing-close"):
            level = self._open[-1] if self._open else None
            culprit = (outdented_child(level) if level else None) or self._literal[-1]
            self.remarks.append(Remark("missing-close", culprit, None, (), keyword=level and level.keyword))
        for _ in self._open:
            yield Stmt("MISSING", last.source, last.end, last.end, last.line, "", last.frames)

    # -- helpers ----------------------------------------------------------------------------------------

    def _remark(self, kind: str, stmt: Stmt, word: int | None = None, **facts: Any) -> None:
        if self._cause is not None:
            return
        if self._tally.allows(kind, stmt):
            self.remarks.append(Remark(kind, stmt, word, **facts))

    def _ancestors(self) -> list[Level]:
        return [*self._open[:-1], Level(None, self._open[-1].opener, ROOT)] if self._open else []

    def _is_keyword_of_parent(self, stmt: Stmt) -> bool:
        found = words(stmt.text)
        return bool(found) and any(found[0] in (level.table or ()) for level in self._ancestors())

    def block(self) -> str:
        """The path of the block being read, "" at the top level."""
        level = self._open[-1] if self._open else None
        return "" if level is None or level.keyword is None else level.keyword.path
