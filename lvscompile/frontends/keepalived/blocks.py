"""Blocks of the tree to checked settings: the part of lowering that is the same for every keyword."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from lvscompile.frontends.keepalived.items import kept_of_item
from lvscompile.frontends.keepalived.tails import address_alone, takes_address
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


# The fields of a Block, in order: a constructor called with them takes half the time of one called by keyword.
Parts = tuple[Keyword, tuple[str, ...], Stmt, tuple[Setting, ...], tuple[Item, ...], tuple[Block, ...], bool, bool]


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
        self._secret_at: dict[Keyword, int] = {}
        self._known: dict[Keyword, dict[str, tuple[tuple[str, ...], Mismatch | None]]] = {}
        # Statements of which keepalived reads less than a whole word, with that word's index and all words.
        self._tails: dict[tuple[Keyword, str], tuple[int, tuple[str, ...]]] = {}

    def block(self, children: list[Child], keywords: dict[str, Keyword]) -> tuple[list[Setting], list[RawBlock]]:
        """The settings and the inner blocks of a block, in order."""
        settings: list[Setting] = []
        blocks: list[RawBlock] = []
        for child in children:
            if isinstance(child, Stmt):
                kind = child.type
                if kind in ("STMT", "BADOPEN"):
                    found = child.words if child.words is not None else words(child.text)
                    keyword = keywords.get(found[0]) if found else None
                    if keyword is not None and not keyword.body:
                        found, mismatch = self._checked(child, keyword)
                        if mismatch is None:
                            settings.append(Setting(keyword, found, child))
                        else:
                            settings.append(_imperfect(keyword, found, child, mismatch))
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
        found = head.words if head.words is not None else words(head.text)
        keyword = keywords[found[0]]
        read, _ = self._checked(head, keyword)
        if self._tails and (keyword, head.text) in self._tails:
            found = read
        blocks.append(RawBlock(keyword, found, head, children))

    def _checked(self, stmt: Stmt, keyword: Keyword) -> tuple[tuple[str, ...], Mismatch | None]:
        known = self._known.get(keyword)
        if known is None:
            known = self._known[keyword] = {}
            self._secret_at[keyword] = _secret_at(keyword)
        result = known.get(stmt.text)
        if result is None:
            if keyword.quoted:
                found = script_words(stmt.text)
            elif stmt.words is None or "\\" in stmt.text:
                found = words_of(stmt.text, keyword.block)
            else:
                found = stmt.words
            result = known[stmt.text] = (found, check(keyword.arguments, found[1:]))
            if result[1] is not None and takes_address(keyword.arguments):
                read = address_alone(keyword.arguments, found, 1, result[1])
                if read is not None:
                    self._tails[keyword, stmt.text] = result[1].word + 1, found
                    result = known[stmt.text] = read
            if secret_at := self._secret_at[keyword]:
                self.secrets.update(found[secret_at : secret_at + 1])
        if keyword.since or keyword.deprecated:
            self.uses.setdefault(keyword, []).append(stmt)
        if self._tails and (keyword, stmt.text) in self._tails:
            self._tail(stmt, keyword, *self._tails[keyword, stmt.text])
        if result[1] is not None and id(stmt) not in self._misread:
            self._mismatch(stmt, keyword, *result)
        return result

    def _tail(self, stmt: Stmt, keyword: Keyword, word: int, found: tuple[str, ...]) -> None:
        if id(stmt) not in self._misread:
            self.remarks.append(Remark("extra-words", stmt, word, keyword=keyword, words=found, tail=True))

    def _cut_short(self, raw: RawBlock) -> bool:
        """Whether keepalived sees only a part of the block, because of a mistake that a remark tells of."""
        end = raw.children[-1]
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

    def parts(self, raw: RawBlock) -> Parts:
        """What every block has, in the order of Block's fields; the inner blocks as plain blocks."""
        if raw.keyword.body != "block":
            return self.assembled(raw, (), (), self.items(raw))
        settings, inner = self.block(raw.children, raw.keyword.table or {})
        return self.assembled(raw, tuple(settings), tuple([Block(*self.parts(each)) for each in inner]))

    def assembled(
        self,
        raw: RawBlock,
        settings: tuple[Setting, ...],
        blocks: tuple[Block, ...],
        items: tuple[Item, ...] = (),
    ) -> Parts:
        found, mismatch = self._known[raw.keyword][raw.head.text]
        if mismatch is not None and mismatch.kind == "extra":
            found = found[: mismatch.word + 1]
        valid = mismatch is None or mismatch.kind == "extra"
        cut_short = self._cut_short(raw)
        for each in blocks:
            cut_short = cut_short or each.cut_short  # what was lost in there may have been meant for out here
        return raw.keyword, found, raw.head, settings, items, blocks, valid, cut_short

    def _item(self, stmt: Stmt, block: RawBlock, found: tuple[str, ...], at: int) -> Item:
        item = block.keyword.item
        assert item is not None
        mismatch = check(item, found)
        if mismatch is not None and block.keyword.item_name == "unicast_peer":
            read = address_alone(item, found, 0, mismatch)
            if read is not None:
                self._tail(stmt, block.keyword, mismatch.word, found)
                found, mismatch = read
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


def _imperfect(keyword: Keyword, found: tuple[str, ...], stmt: Stmt, mismatch: Mismatch) -> Setting:
    """A statement with a mistake in it: it counts as far as keepalived lets it."""
    if mismatch.kind == "extra":
        found = found[: mismatch.word + 1]
    return Setting(keyword, found, stmt, _still_counts(keyword, found, mismatch))


def _secret_at(keyword: Keyword) -> int:
    """The index of the word that must not be shown, 0 where there is none."""
    if keyword.arguments[:1] == ("secret",):
        return 1
    return 2 if "hmackey" in str(keyword.arguments) else 0


def _still_counts(keyword: Keyword, found: tuple[str, ...], mismatch: Mismatch) -> bool:
    """Surplus words are ignored, and a secret that is too long is cut: the statement counts all the same."""
    too_long = mismatch.kind == "length" and keyword.arguments[0] == "secret" and bool(found[1])
    return mismatch.kind == "extra" or too_long
