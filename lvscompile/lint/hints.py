"""Did-you-mean and other help that several rules give."""

from __future__ import annotations

from collections.abc import Iterable

from lvscompile.syntax.keepalived.expand import LINE_BYTES
from lvscompile.syntax.keepalived.keywords import Keyword, blocks_with, obsolete
from lvscompile.syntax.keepalived.words import ends_in_backslash
from lvscompile.syntax.remarks import Remark
from lvscompile.syntax.source import encode

# difflib takes a millisecond a word: enough for the typing mistakes of a person, not for a file in which every
# line is unknown.
_LIMIT = 300
BOM = "\ufeff"
_memo: dict[tuple[str, int], str] = {}


def reset_hints() -> None:
    """Forget what was asked before: the limit is meant for one run."""
    _memo.clear()


def place(block: str) -> str:
    """A block's path as a person says it: `virtual_server / real_server`."""
    return f"`{block.replace('/', ' / ')}`" if block else "the top level of the file"


def closest(word: str, candidates: Iterable[str]) -> str:
    """The candidate that `word` was probably meant to be, or ""."""
    names = list(candidates)
    key = (word, hash(tuple(names)))
    if key not in _memo:
        if len(_memo) >= _LIMIT:
            return ""
        import difflib

        folded = {name.lower(): name for name in names}
        # Or the beginning of a longer word: virtual_ip, auth_pa.
        found = difflib.get_close_matches(word.lower(), folded, n=1, cutoff=0.75) or sorted(
            (name for name in folded if len(word) > 5 and name.startswith(word.lower())), key=len
        )
        _memo[key] = folded[found[0]] if found else ""
    return _memo[key]


def keyword_hint(word: str, table: dict[str, Keyword], block: str) -> str:
    """What to do about a keyword that its block does not have."""
    near = closest(word, table)
    if near:
        return f"did you mean `{near}`?"
    homes = blocks_with(word)
    if homes:
        return "this keyword belongs in " + " or ".join(place(home) for home in homes[:3])
    near = closest(word, {name for home in blocks_around(block) for name in home})
    return f"did you mean `{near}`, which belongs in another block?" if near else ""


def blocks_around(block: str) -> list[dict[str, Keyword]]:
    """The tables of the blocks directly inside `block`."""
    from lvscompile.syntax.keepalived.keywords import ROOT, table

    inside = table(block) if block else ROOT
    return [keyword.table for keyword in inside.values() if keyword.table]


def obsolete_keyword(word: str, block: str) -> Keyword | None:
    """The entry of a word that keepalived once knew, or that people often believe it knows."""
    return obsolete(block).get(word)


def quoted(items: Iterable[str]) -> str:
    """`a`, `b` and `c`."""
    names = [f"`{item}`" for item in items]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def told_elsewhere(remark: Remark) -> bool:
    """Whether another finding names the cause: a byte order mark, a backslash at the end, a line that is too long, a
    `${NAME}` that nothing defines."""
    stmt, name = remark.stmt, remark.facts.get("name", "")
    return (
        name.startswith(BOM)
        or (name.endswith("\\") and ends_in_backslash(stmt.text))
        or "${" in stmt.text
        or len(encode(stmt.source.text[stmt.start : min(stmt.end, stmt.start + LINE_BYTES + 1)].rstrip("\n")))
        > LINE_BYTES
    )
