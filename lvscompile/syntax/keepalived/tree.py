"""From a source to keepalived's own tree: `parse(read(expand(scan(text))))`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lvscompile.syntax.keepalived.expand import Expander
from lvscompile.syntax.keepalived.grammar import parse
from lvscompile.syntax.keepalived.include import Includes
from lvscompile.syntax.keepalived.read import Reader

if TYPE_CHECKING:
    from collections.abc import Mapping

    import lark

    from lvscompile.syntax.remarks import Remark
    from lvscompile.syntax.source import Source
    from lvscompile.syntax.statements import Stmt


# Blocks of the checker process. The VRRP process skips them by counting braces, where this one reads them by keyword.
CHECKER_BLOCKS = frozenset({"virtual_server", "virtual_server_group", "SSL"})


class Reading:
    """What one host's configuration amounts to.

    `tree` is Lark's; its leaves are statements. `vrrp` is the reading of the VRRP process where that is another one,
    because a brace is missing or misplaced in a block of the checker. `remarks` is all that was noticed on the way,
    `misread` the ids of the statements that keepalived takes for something else than was meant, because of a remark
    before them.
    """

    __slots__ = ("conditions", "files", "includes_missing", "misread", "remarks", "skipped", "source", "tree", "vrrp")

    def __init__(self, source: Source, tree: lark.Tree[Stmt], expander: Expander, reader: Reader) -> None:
        self.source = source
        self.tree = tree
        self.files: tuple[Source, ...] = (source, *expander.includes.read)
        self.remarks: list[Remark] = expander.remarks + reader.remarks
        self.misread = reader.misread
        self.skipped = reader.skipped
        self.conditions: dict[str, list[Stmt]] = expander.conditions
        self.includes_missing = expander.includes.missing
        self.vrrp: Reading | None = None


def read_configuration(source: Source, config_id: str = "", root: str = "", known: Mapping[str, str] = {}) -> Reading:
    """Read one keepalived.conf with all that it includes. Never fails; whatever is wrong is a remark.

    `known` are texts of included files, by path, that need not be read again.
    """
    texts = dict(known)
    reading, reader = _read(source, config_id, Includes(root, texts), 0, 0)
    if reader.found_unclosed or reader.found_surplus:
        includes = Includes(root, texts)
        reading, _ = _read(source, config_id, includes, reader.found_unclosed, reader.found_surplus)
    if reading.misread:
        lacks, extra = reader.found_unclosed, reader.found_surplus
        reading.vrrp, _ = _read(source, config_id, Includes(root, texts), lacks, extra, CHECKER_BLOCKS)
        reading.files += reading.vrrp.files[1:]
    return reading


def _read(
    source: Source,
    config_id: str,
    includes: Includes,
    unclosed: int,
    surplus: int,
    foreign: frozenset[str] = frozenset(),
) -> tuple[Reading, Reader]:
    expander = Expander(config_id, includes)
    reader = Reader(unclosed, surplus, foreign)
    # Stage by stage: one statement at a time through all of them costs a sixth more.
    tree = parse(list(reader.read(list(expander.expand(source)))))
    if expander.exhausted:
        # The text was cut off somewhere: whether its braces match, nobody knows.
        reader.remarks = [r for r in reader.remarks if r.kind not in ("missing-close", "extra-close")]
        reader.found_unclosed = reader.found_surplus = 0
    return Reading(source, tree, expander, reader), reader
