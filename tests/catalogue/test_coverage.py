"""The table of known mistakes against what the linter says today."""

from __future__ import annotations

import pytest
from mistakes import ROWS, Row
from table import TABLE, codes_of, table

from lvscompile.lint.registry import all_rules

FOUND = [row for row in ROWS if row.codes]


def test_each_row_has_a_rule_or_a_reason() -> None:
    assert [row for row in ROWS if bool(row.codes) == bool(row.why_not)] == []
    assert {code for row in ROWS for code in row.codes} <= all_rules().keys()


@pytest.mark.parametrize("row", FOUND, ids=lambda row: f"{row.number}-{row.codes[0]}")
def test_the_rule_finds_it(row: Row) -> None:
    assert set(row.codes) <= codes_of(row)


def test_coverage() -> None:
    decidable = [row for row in ROWS if row.decidable]
    assert len([row for row in decidable if row.codes]) >= 0.95 * len(decidable)


def test_the_table_is_current() -> None:
    """`make golden` mends this."""
    assert TABLE.read_text(encoding="utf-8") == table()
