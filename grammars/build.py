"""Builds the generated files of this folder: ``python -m lvscompile.grammars.build [--check]``.

``--check`` writes nothing and exits with 1 when a built file is not current. A mistake in a source is
reported with its line and exits with 2.
"""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import NamedTuple

from lvscompile.grammars.expressions import GRAMMAR, BadExpression, Expression, compile_expression

HERE = Path(__file__).parent
KEYWORDS = HERE / "keepalived-keywords.tsv"
PARSER_GRAMMAR = HERE / "keepalived.lark"
IPVSADM_GRAMMAR = HERE / "ipvsadm.lark"
IPTABLES_GRAMMAR = HERE / "iptables.lark"
SHELL_GRAMMAR = HERE / "shell.lark"

ITEM = "(item)"
# Parts that a binary may be built without; "firewall" is iptables or nftables.
BUILDS = frozenset(
    ("vrrp", "lvs", "bfd", "snmp", "dbus", "linkbeat", "regex", "json", "iptables", "nftables", "firewall")
) | {"auth", "vmac", "ipvlan", "vrf", "process"}
VERSION = re.compile(r"\d+\.\d+\.\d+")
BRACES = re.compile(r"\{([^{}]*)\}")


class BadSource(Exception):
    """A mistake in a source file, told with file and line."""


class Row(NamedTuple):
    """One line of the keyword table, before its brace alternatives are spelled out."""

    line: int
    block: str
    keyword: str
    arguments: str
    body: str
    default: str
    since: str
    deprecated: str
    use: str
    removed: str
    build: str
    debian: str
    note: str

    def wrong(self, message: str) -> BadSource:
        return BadSource(f"{KEYWORDS.name}:{self.line}: {self.keyword}: {message}")


COLUMNS = list(Row._fields[1:])


class Table(NamedTuple):
    """The whole keyword table: rows by block path ("" is the top level) and keyword; items by name."""

    blocks: dict[str, dict[str, Row]]
    items: dict[str, Row]


def read_rows(text: str) -> list[Row]:
    """The rows of the TSV text, in order; comments and empty lines are skipped."""
    rows: list[Row] = []
    header: list[str] | None = None
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        cells = line.split("\t")
        if header is None:
            header = cells
            if header != COLUMNS:
                raise BadSource(f"{KEYWORDS.name}:{number}: the columns must be {' '.join(COLUMNS)}")
        elif len(cells) != len(COLUMNS):
            raise BadSource(f"{KEYWORDS.name}:{number}: {len(cells)} columns, {len(COLUMNS)} expected")
        else:
            rows.append(Row(number, *cells))
    return rows


def spell_out(text: str) -> Iterator[str]:
    """``a/{b,c}/d`` gives ``a/b/d`` and ``a/c/d``."""
    parts = BRACES.split(text)
    choices = [part.split(",") if index % 2 else [part] for index, part in enumerate(parts)]
    return ("".join(chosen) for chosen in product(*choices))


def read_table(text: str) -> Table:
    """The checked keyword table. Raises BadSource."""
    table = Table({}, {})
    rows = read_rows(text)
    for row in rows:
        if row.block == ITEM:
            if row.keyword in table.items:
                raise row.wrong("item defined twice")
            table.items[row.keyword] = row
            continue
        for path in spell_out("" if row.block == "-" else row.block):
            entries = table.blocks.setdefault(path, {})
            for keyword in spell_out(row.keyword):
                if keyword in entries:
                    raise row.wrong(f"already defined in line {entries[keyword].line}")
                entries[keyword] = row
    for row in rows:
        _check_row(row, table)
    _check_structure(table)
    return table


def _check_row(row: Row, table: Table) -> None:
    kind, _, item = row.body.partition(" ")
    if kind not in ("", "block", "lines", "words") or (kind in ("lines", "words")) != bool(item):
        raise row.wrong(f"the body {row.body!r} is not one of: block, lines ITEM, words ITEM")
    if item and item not in table.items:
        raise row.wrong(f"there is no item {item!r}")
    if row.since not in ("", "next") and not VERSION.fullmatch(row.since):
        raise row.wrong(f"since: {row.since!r} is not a version")
    if row.deprecated not in ("", "yes") and not VERSION.fullmatch(row.deprecated):
        raise row.wrong(f"deprecated: {row.deprecated!r} is not a version")
    if row.removed not in ("", "never") and not VERSION.fullmatch(row.removed):
        raise row.wrong(f"removed: {row.removed!r} is not a version")
    if row.debian not in ("Y", "N"):
        raise row.wrong("debian must be Y or N")
    unknown = set(row.build.split("+")) - BUILDS if row.build else set()
    if unknown:
        raise row.wrong(f"unknown build condition {' '.join(sorted(unknown))}")


def _check_structure(table: Table) -> None:
    """Every block path leads through keywords that open blocks; every item and replacement exists."""
    known = {word for entries in table.blocks.values() for word, row in entries.items() if not row.removed}
    used: set[str] = set()
    for path, entries in table.blocks.items():
        parent, _, name = path.rpartition("/")
        opener = table.blocks.get(parent, {}).get(name)
        if path and (opener is None or opener.body != "block"):
            raise next(iter(entries.values())).wrong(f"there is no block {path}")
        for row in entries.values():
            used.add(row.body.partition(" ")[2])
            if row.use and " " not in row.use and row.use not in known:
                raise row.wrong(f"the replacement {row.use!r} is not a keyword")
    for name, row in table.items.items():
        if name not in used:
            raise row.wrong("no keyword uses this item")


class _Expressions:
    """Numbers each distinct expression in order of appearance."""

    def __init__(self) -> None:
        self.numbers: dict[Expression, int] = {(): 0}

    def number(self, row: Row) -> int:
        try:
            expression = compile_expression(row.arguments)
        except BadExpression as error:
            raise row.wrong(f"{row.arguments!r}: {error}") from error
        return self.numbers.setdefault(expression, len(self.numbers))


def keywords_module() -> bytes:
    """The text of keepalived_keywords.py."""
    text = KEYWORDS.read_bytes()
    table = read_table(text.decode("utf-8"))
    expressions = _Expressions()
    items = [f"    {name!r}: {expressions.number(row)},\n" for name, row in sorted(table.items.items())]
    blocks: list[str] = []
    for path, entries in sorted(table.blocks.items()):
        blocks.append(f"    {path!r}: {{\n")
        for keyword, row in entries.items():
            words = (row.body, row.default, row.since, row.deprecated, row.use, row.removed, row.build)
            values = (expressions.number(row), *words, row.debian == "Y")
            blocks.append(f"        {keyword!r}: {values!r},\n")
        blocks.append("    },\n")
    lines = [
        "# Generated by `python -m lvscompile.grammars.build` from keepalived-keywords.tsv. Do not edit.\n",
        f'SOURCE = "{hashlib.sha256(text + GRAMMAR.read_bytes()).hexdigest()}"\n',
        "EXPRESSIONS = (\n",
        *(f"    {expression!r},\n" for expression in expressions.numbers),
        ")\nITEMS = {\n",
        *items,
        "}\n# keyword: (expression, body, default, since, deprecated, use, removed, build, debian)\n",
        "BLOCKS = {\n",
        *blocks,
        "}\n",
    ]
    return "".join(lines).encode()


def keyword_module_is_current(built: bytes) -> bool:
    return built == keywords_module()


def parser_table(grammar: Path = PARSER_GRAMMAR) -> bytes:
    """The bytes of a .table file: Lark's parse table of a grammar, stamped with what it was made from."""
    from lvscompile.syntax.keepalived.grammar import table_of

    return table_of(grammar.read_bytes())


def parser_table_is_current(built: bytes, grammar: Path = PARSER_GRAMMAR) -> bool:
    """Whether the table is of the grammar as it is now. Lark writes its sets in no order, so the bytes differ from
    build to build; and with another Lark installed, the reader ignores the table and builds its own."""
    from lvscompile.syntax.keepalived.grammar import stamp

    return built.partition(b" ")[0] == stamp(grammar.read_bytes()).partition(b" ")[0]


class Artefact(NamedTuple):
    """A built file: what makes its bytes, and whether given bytes are still good."""

    make: Callable[[], bytes]
    is_current: Callable[[bytes], bool]


# The built files by name. Another one is another line here.
ARTEFACTS: Mapping[str, Artefact] = {
    "keepalived_keywords.py": Artefact(keywords_module, keyword_module_is_current),
    "keepalived.table": Artefact(parser_table, parser_table_is_current),
    "ipvsadm.table": Artefact(
        lambda: parser_table(IPVSADM_GRAMMAR), lambda built: parser_table_is_current(built, IPVSADM_GRAMMAR)
    ),
    "iptables.table": Artefact(
        lambda: parser_table(IPTABLES_GRAMMAR), lambda built: parser_table_is_current(built, IPTABLES_GRAMMAR)
    ),
    "shell.table": Artefact(
        lambda: parser_table(SHELL_GRAMMAR), lambda built: parser_table_is_current(built, SHELL_GRAMMAR)
    ),
}


def stale(folder: Path = HERE) -> list[str]:
    """Names of the built files in the folder that are missing, or not of the sources as they are now."""
    return [
        name
        for name, artefact in ARTEFACTS.items()
        if not (folder / name).exists() or not artefact.is_current((folder / name).read_bytes())
    ]


def main(arguments: list[str]) -> int:
    """Build, or with ``--check`` compare."""
    if arguments not in ([], ["--check"]):
        print("usage: python -m lvscompile.grammars.build [--check]", file=sys.stderr)
        return 2
    try:
        behind = stale()
        if arguments:
            for name in behind:
                print(f"{name} is not current: run python -m lvscompile.grammars.build", file=sys.stderr)
            return 1 if behind else 0
        for name in behind:
            (HERE / name).write_bytes(ARTEFACTS[name].make())
            print(f"built {name}")
    except BadSource as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
