"""What keepalived keeps of a list item that it does not wholly take. Each kind of list has its own way."""

from __future__ import annotations

from lvscompile.ir.addresses import canonical
from lvscompile.syntax.keepalived.arguments import Mismatch, check
from lvscompile.syntax.keepalived.keywords import Keyword

Words = tuple[str, ...]


def kept_of_item(keyword: Keyword, found: Words) -> Words:
    """The words that count, () where the whole item is dropped. Seen with keepalived 2.2.7."""
    assert keyword.item is not None
    mismatch = check(keyword.item, found)
    if mismatch is None:
        return found
    if keyword.item_name in ("vip", "static_address"):
        return _address(keyword, found)
    if keyword.item_name == "unicast_peer":
        return _whole_options(found, mismatch) if mismatch.word else ()
    if keyword.name.startswith("track_"):
        return _whole_options(found, mismatch) if mismatch.word > 1 else ()
    return found[: mismatch.word] if mismatch.kind == "extra" else ()


def _whole_options(found: Words, mismatch: Mismatch) -> Words:
    """The item and its options up to the one that does not fit; an option is a word and its value."""
    return found[: 1 + (mismatch.word - 1) // 2 * 2]


def _address(keyword: Keyword, found: Words) -> Words:
    """An unknown option, or an unknown scope, is skipped; a prefix too long is cut; anything else drops the address."""
    assert keyword.item is not None
    kept = found
    for _ in range(len(found) + 1):
        mismatch = check(keyword.item, kept)
        if mismatch is None:
            return kept
        at = mismatch.word
        if at == 0 and mismatch.kind == "range":
            address = kept[0].partition("/")[0]
            kept = (f"{address}/{128 if ':' in address else 32}", *kept[1:])
        elif at == 0 and mismatch.kind == "type" and canonical(kept[0].partition("/")[0]):
            # keepalived 2.2.7 says that it takes 32 for a length that is no number, and then has 0.
            kept = (kept[0].partition("/")[0] + "/0", *kept[1:])
        elif at and kept[at - 1] == "scope" and mismatch.kind != "missing":
            kept = kept[: at - 1] + kept[at + 1 :]
        elif at and mismatch.kind == "enum":
            kept = kept[:at] + kept[at + 1 :]
        else:
            return ()
    return ()
