"""Blocks of the tree to checked settings: the part of lowering that is the same for every keyword."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from lvscompile.frontends.keepalived.items import kept_of_item
from lvscompile.ir.core import Block, Item, Opaque, Setting
from lvscompile.syntax.keepalived.arguments import check
from lvscompile.syntax.keepalived.keywords import Keyword, table
from lvscompile.syntax.keepalived.script_words import script_words
from lvscompile.syntax.keepalived.words import ends_in_backslash, words, words_of
from lvscompile.syntax.remarks import Remark
from lvscompile.syntax.statements import Stmt

if TYPE_CHECKING:
    import lark

    from lvscompile.syntax.keepalived.arguments import Mismatch

    Child = lark.Tree[Stmt] | Stmt


class RawBlock(NamedTuple):
    """A block of the tree: its keyword, the words of its head, its statement, and what is inside."""

    keyword: Keyword
    words: tuple[str, ...]
    head: Stmt
    children: list[Child]


class Checker:
    """Checks the statements of one host against the keyword table, and remarks on what does not fit.

    The same text under the same keyword is checked once: a farm of forty thousand real servers has few
    different lines.
    """

    def __init__(self, misread: set[int], skipped: set[int]) -> None:
        self.remarks: list[Remark] = []
        self.opaque: list[Opaque] = []
        self.secrets: set[str] = set()
        self.uses: dict[Keyword, list[Stmt]] = {}
        self._misread = misread
        self._skipped = skipped
        self._known: dict[Keyword, dict[str, tuple[tuple[str, ...], Mismatch | None]]] = {}

    def block(self, children: list[Child], keywords: dict[str, Keyword]) -> tuple[list[Setting], list[RawBlock]]:
        """The settings and the inner blocks of a block, in order."""
        settings: list[Setting] = []
        blocks: list[RawBlock] = []
        for child in children:
            if isinstance(child, Stmt):
                kind = child.type
                if kind in ("STMT", "BADOPEN"):
                    found = words(child.text)
                    keyword = keywords.get(found[0]) if found else None
                    if keyword is not None and not keyword.body:
                        settings.append(self.setting(child, keyword))
                    elif kind == "BADOPEN":
                        self.opaque.append(Opaque("keepalived.conf", child.text, child))
                elif kind == "UNKNOWN":
                    self.opaque.append(Opaque("keepalived.conf", child.text, child))
            else:
                self._inner(child.children, keywords, blocks)
        return settings, blocks

    def _inner(self, children: list[Child], keywords: dict[str, Keyword], blocks: list[RawBlock]) -> None:
        head = children[0]
        assert isinstance(head, Stmt)
        if id(head) in self._skipped:
            self.opaque.append(Opaque("keepalived.conf", head.text, head))
            return
        found = words(head.text)
        keyword = keywords[found[0]]
        self._checked(head, keyword)
        blocks.append(RawBlock(keyword, found, head, children[1:]))

    def setting(self, stmt: Stmt, keyword: Keyword) -> Setting:
        found, mismatch = self._checked(stmt, keyword)
        if mismatch is None:
            return Setting(keyword, found, stmt)
        if mismatch.kind == "extra":
            found = found[: mismatch.word + 1]
        return Setting(keyword, found, stmt, _still_counts(keyword, found, mismatch))

    def _checked(self, stmt: Stmt, keyword: Keyword) -> tuple[tuple[str, ...], Mismatch | None]:
        known = self._known.get(keyword)
        if known is None:
            known = self._known[keyword] = {}
        result = known.get(stmt.text)
        if result is None:
            found = script_words(stmt.text) if keyword.quoted else words_of(stmt.text, keyword.block)
            result = known[stmt.text] = (found, check(keyword.arguments, found[1:]))
            self.secrets.update(_secrets(keyword, found))
        if keyword.since or keyword.deprecated:
            self.uses.setdefault(keyword, []).append(stmt)
        if result[1] is not None and id(stmt) not in self._misread:
            self._mismatch(stmt, keyword, *result)
        return result

    def cut_short(self, block: RawBlock) -> bool:
        """Whether keepalived sees only a part of the block, because of a mistake that a remark tells of."""
        end = block.children[-1]
        return isinstance(end, Stmt) and (end.type == "MISSING" or id(end) in self._misread)

    def _mismatch(self, stmt: Stmt, keyword: Keyword, found: tuple[str, ...], mismatch: Mismatch | None) -> None:
        assert mismatch is not None
        if ends_in_backslash(stmt.text):
            return  # a remark says so already, and the backslash is what does not fit
        if stmt.type == "HEAD" and mismatch.kind == "extra":
            return  # the `{` is missing, a remark says so, and the words are what was meant to stand inside
        if "${_" in stmt.text:
            return  # a value that keepalived makes when it runs: nobody can check it before
        word = mismatch.word + 1
        facts: dict[str, Any] = {
            "keyword": keyword,
            "words": found,
            "expected": mismatch.expected,
            "choices": mismatch.choices,
        }
        if mismatch.kind == "missing":
            self.remarks.append(Remark("missing-argument", stmt, None, **facts))
        elif mismatch.kind != "extra":
            self.remarks.append(Remark("bad-argument", stmt, word, problem=mismatch.kind, **facts))
        else:
            lost = [w for w in found[word:] if w in table(keyword.block)]
            if lost:
                self.remarks.append(Remark("lost-keywords", stmt, found.index(lost[0], word), lost=lost, **facts))
            elif not keyword.arguments and not keyword.body:
                self.remarks.append(Remark("flag-argument", stmt, word, **facts))
            else:
                self.remarks.append(Remark("extra-words", stmt, word, **facts))

    def items(self, block: RawBlock) -> tuple[Item, ...]:
        """The items of a list block. A `words` block (several items a line) gives one a word, of one word."""
        entries: list[Item] = []
        for child in block.children:
            if not isinstance(child, Stmt) or child.type not in ("STMT", "BADOPEN"):
                continue
            found = words(child.text)
            if block.keyword.body == "words":
                entries += [self._item(child, block, (word,), at) for at, word in enumerate(found)]
            elif found:
                entries.append(self._item(child, block, found, 0))
        return tuple(entries)

    def parts(self, block: RawBlock) -> dict[str, Any]:
        """The constructor arguments that every block has, its inner blocks as plain blocks."""
        return self.head(block) | self.body(block)

    def head(self, block: RawBlock) -> dict[str, Any]:
        found, mismatch = self._known[block.keyword][block.head.text]
        if mismatch is not None and mismatch.kind == "extra":
            found = found[: mismatch.word + 1]
        return {
            "keyword": block.keyword,
            "words": found,
            "origin": block.head,
            "valid": mismatch is None or mismatch.kind == "extra",
            "cut_short": self.cut_short(block),
        }

    def body(self, block: RawBlock) -> dict[str, Any]:
        if block.keyword.body != "block":
            return {"items": self.items(block)}
        settings, inner = self.block(block.children, block.keyword.table or {})
        blocks = tuple([Block(**self.parts(each)) for each in inner])
        found: dict[str, Any] = {"settings": tuple(settings), "blocks": blocks}
        if any(each.cut_short for each in blocks):
            found["cut_short"] = True  # what was lost in there may have been meant for out here
        return found

    def _item(self, stmt: Stmt, block: RawBlock, found: tuple[str, ...], at: int) -> Item:
        item = block.keyword.item
        assert item is not None
        mismatch = check(item, found)
        if mismatch is None:
            return Item(found, stmt)
        if id(stmt) not in self._misread and not ends_in_backslash(stmt.text) and "${_" not in stmt.text:
            self._bad_item(stmt, block.keyword, found, at, mismatch)
        kept = kept_of_item(block.keyword, found)
        return Item(kept or found, stmt, bool(kept))

    def _bad_item(self, stmt: Stmt, keyword: Keyword, found: tuple[str, ...], at: int, mismatch: Mismatch) -> None:
        assert keyword.item is not None
        kind, word = "bad-item", at + mismatch.word
        # Another item where an option is expected: somebody wrote the whole list on one line.
        if mismatch.word and check(keyword.item, found[mismatch.word : mismatch.word + 1]) is None:
            kind = "lost-items"
        elif mismatch.kind == "missing":
            word = len(found)
        facts: dict[str, Any] = {"keyword": keyword, "words": found, "expected": mismatch.expected}
        facts["kept"] = kept_of_item(keyword, found)
        self.remarks.append(Remark(kind, stmt, word, problem=mismatch.kind, **facts))


def _secrets(keyword: Keyword, found: tuple[str, ...]) -> tuple[str, ...]:
    """The words that must not be shown."""
    if keyword.arguments[:1] == ("secret",):
        return found[1:2]
    return found[2:3] if "hmackey" in str(keyword.arguments) else ()


def _still_counts(keyword: Keyword, found: tuple[str, ...], mismatch: Mismatch) -> bool:
    """Surplus words are ignored, and a secret that is too long is cut: the statement counts all the same."""
    too_long = mismatch.kind == "length" and keyword.arguments[0] == "secret" and bool(found[1])
    return mismatch.kind == "extra" or too_long
