"""The keyword table of keepalived.conf, by block, from the generated module of plain literals.

Tables are made when a block is first asked for: a small file touches few of them, and start-up time counts.
"""

from __future__ import annotations

from lvscompile.grammars.keepalived_keywords import BLOCKS, EXPRESSIONS, ITEMS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Expression = tuple[Any, ...]

# Types whose words keepalived cuts out of the raw line a second time, with the quotes of a shell.
_REQUOTED = ("script", "regex", "process")


class Keyword:
    """One keyword of one block. Not to be changed: the same object serves every statement."""

    __slots__ = (
        "_table",
        "arguments",
        "block",
        "body",
        "build",
        "debian",
        "default",
        "deprecated",
        "item",
        "item_name",
        "name",
        "path",
        "quoted",
        "rank",
        "removed",
        "since",
        "use",
    )

    name: str
    path: str  # of the block it opens; also what names it in messages and settings
    rank: int  # its place in the table of its block: the canonical order
    block: str  # path of the enclosing block, "" at the top level
    arguments: Expression  # () takes nothing and ignores what follows
    body: str  # "", "block", "lines" (an item a line) or "words" (many items a line)
    item: Expression | None
    item_name: str
    default: str
    since: str
    deprecated: str
    use: str
    removed: str
    build: str
    debian: bool
    quoted: bool  # keepalived cuts the raw line into words like a shell

    def __init__(self, block: str, name: str, rank: int, row: tuple[Any, ...]) -> None:
        self.block = block
        self.rank = rank
        self.name = name
        self.path = f"{block}/{name}" if block else name
        self._table: dict[str, Keyword] | None = None
        (
            number,
            body,
            self.default,
            self.since,
            self.deprecated,
            self.use,
            self.removed,
            self.build,
            self.debian,
        ) = row
        self.arguments = EXPRESSIONS[number]
        self.body, _, self.item_name = body.partition(" ")
        self.item = EXPRESSIONS[ITEMS[self.item_name]] if self.item_name else None
        self.quoted = _first_type(self.arguments) in _REQUOTED

    @property
    def table(self) -> dict[str, Keyword] | None:
        """The keywords of the block that this one opens; None when its body is no keyword block."""
        if self._table is None and self.body == "block":
            self._table = table(self.path)
        return self._table

    def __repr__(self) -> str:
        return f"Keyword({self.path!r})"


def _first_type(expression: Expression) -> str:
    while expression and expression[0] in ("seq", "opt", "many"):
        expression = expression[1]
    return expression[0] if expression else ""


_live: dict[str, dict[str, Keyword]] = {}
_obsolete: dict[str, dict[str, Keyword]] = {}


def _make(block: str) -> None:
    # The rows are complete before the dictionaries are published: another thread sees all or nothing.
    live: dict[str, Keyword] = {}
    gone: dict[str, Keyword] = {}
    for rank, (name, row) in enumerate(BLOCKS.get(block, {}).items()):
        keyword = Keyword(block, name, rank, row)
        (gone if keyword.removed else live)[name] = keyword
    _obsolete[block] = gone
    _live[block] = live


def table(block: str) -> dict[str, Keyword]:
    """The live keywords of a block path ("" is the top level); empty for an unknown path."""
    if block not in _live:
        _make(block)
    return _live[block]


def obsolete(block: str) -> dict[str, Keyword]:
    """Words that keepalived refuses in this block but that are met in old files and in documentation."""
    table(block)
    return _obsolete[block]


def blocks() -> list[str]:
    """Every block path, the top level ("") first."""
    return list(BLOCKS)


def blocks_with(name: str) -> list[str]:
    """Every block in which a live keyword of that name exists."""
    return [block for block, rows in BLOCKS.items() if name in rows and name in table(block)]


def item(name: str) -> Expression:
    """What one item of that kind may be, e.g. ``vip`` or ``route``."""
    expression: Expression = EXPRESSIONS[ITEMS[name]]
    return expression


ROOT: dict[str, Keyword] = table("")
