"""What every part of the model is made of: stated values, settings, versions, targets."""

from __future__ import annotations

from typing import Generic, TypeVar

from lvscompile.ir.node import Node
from lvscompile.syntax.keepalived.keywords import Keyword
from lvscompile.syntax.statements import Stmt

__all__ = ["Keyword"]  # the floors above the model know keywords through it

T = TypeVar("T")

# Where a fact comes from. For a configuration file that is the statement itself, which knows its frames.
Origin = Stmt


class Stated(Generic[T]):
    """A value that an input states, and where: word number `word` of the statement `origin`.

    A fact that no input states is None in the model, never its default.
    """

    __slots__ = ("origin", "value", "word")

    def __init__(self, value: T, origin: Origin, word: int = 1) -> None:
        self.value = value
        self.origin = origin
        self.word = word

    def __repr__(self) -> str:
        return f"Stated({self.value!r}, line {self.origin.line})"


class Setting(Node):
    """A keyword with the words that count, checked against the keyword table, in the order of the input.

    `valid` is False where keepalived rejects the words and goes on with its default.
    """

    keyword: Keyword
    words: tuple[str, ...]
    origin: Origin
    valid: bool = True

    @property
    def path(self) -> str:
        """Block path and keyword, e.g. `vrrp_instance/garp_master_delay`."""
        return self.keyword.path


class Item(Node):
    """One item of a list block; `valid` is False where keepalived drops it."""

    words: tuple[str, ...]
    origin: Origin
    valid: bool = True


class Block(Node):
    """A block of an input: the words of its head, and what is inside, in the order of the input.

    Blocks whose contents several consumers read have classes of their own, with typed fields beside this; one walker
    emits them all. `valid` is False where keepalived skips the block, `cut_short` is True where it sees a part of it
    only, because of a misplaced brace.
    """

    keyword: Keyword
    words: tuple[str, ...]
    origin: Origin
    settings: tuple[Setting, ...] = ()
    items: tuple[Item, ...] = ()
    blocks: tuple[Block, ...] = ()
    valid: bool = True
    cut_short: bool = False

    def setting(self, name: str) -> Setting | None:
        """The last valid setting of this keyword: it is the one that counts."""
        return next((s for s in reversed(self.settings) if s.valid and s.keyword.name == name), None)

    def block(self, name: str) -> Block | None:
        """The last block of this keyword inside."""
        return next((b for b in reversed(self.blocks) if b.keyword.name == name), None)


class Opaque(Node):
    """Something understood as far as its place, kept as it was written."""

    language: str
    text: str
    origin: Origin


Version = tuple[int, ...]


class Loss(Node):
    """Something that a target does not say.

    `kind`: unknown (a statement that keepalived ignores), skipped (a block that it skips), rejected (a value or an
    item that it drops; `detail` is the default it goes on with), too-early (a reference to something defined only
    later, which keepalived ignores), newer (a word that the target does not have yet; `detail` is the version that
    brought it).
    """

    kind: str
    origin: Origin
    detail: str


# The releases whose behaviour is told apart, oldest first. "Every known version" means these.
KNOWN_KEEPALIVED: tuple[Version, ...] = (
    (1, 1, 15), (1, 2, 19), (1, 3, 5), (1, 4, 5), (2, 0, 20), (2, 1, 5), (2, 2, 8), (2, 3, 2), (2, 3, 4), (2, 4, 3),
)  # fmt: skip


NEWEST = KNOWN_KEEPALIVED[-1]


class Target(Node):
    """What the set-up shall run on. None means every known version: the worst that can happen counts."""

    keepalived: Version | None = None

    def versions(self) -> tuple[Version, ...]:
        return KNOWN_KEEPALIVED if self.keepalived is None else (self.keepalived,)


def parse_version(text: str) -> Version:
    """`2.2.7` to a tuple. Raises ValueError for anything else than two to four numbers joined by dots."""
    parts = text.removeprefix("v").split(".")
    if not 2 <= len(parts) <= 4 or not all(part.isascii() and part.isdigit() for part in parts):
        raise ValueError(f"{text!r} is not a version like 2.2.7")
    return tuple(int(part) for part in parts)


def show_version(version: Version) -> str:
    return ".".join(map(str, version))
