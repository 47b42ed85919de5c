"""The dump is a function of what a configuration means, not of how it is written."""

from __future__ import annotations

from dataclasses import replace

import corpus
import pytest
from dump import Dump, dump_case

pytestmark = pytest.mark.netns

CASES = {case.id.removeprefix("syntax/"): case for case in corpus.syntax()}


def understood(name: str) -> Dump:
    dumped = dump_case(CASES[name])
    assert "VRRP Topology" in dumped
    return dumped


# Rows of LEXICAL.md that say "the same as".
SAME = [
    ("brace-nospace", "brace-blankline"),
    ("open-later", "open-later-with-kw"),
    ("rem-auth", "rem-after-close"),
    ("def-nested", "def-redef"),
    ("quote-kw", "def-keyword"),
    ("crlf", "no-final-nl"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_same_meaning_same_dump(one: str, other: str) -> None:
    assert understood(one) == understood(other)


def test_config_id_counts() -> None:
    case = CASES["at-match"]
    assert dump_case(case) != dump_case(replace(case, config_id="other"))


# case → a line of the dump of its one instance.
READ_AS = {
    "at-match": "Priority = 77",
    "at-rev": "Advert interval = 3 sec",
    "at-noid": "Advert interval = 3 sec",
    "comment-bang-mid": "Priority = 120",
    "cr-only": "Priority = 77",
    "esc-hash-vrrp": "Password = a",
    "list-noopen-close": "Priority = 77",
    "long-comment-kw": "Priority = 77",
    "ml-nested": "Advert interval = 3 sec",
    "ml-use-mid": "Priority = 77",
    "nul-mid2": "Priority = 7",
    "prio-open-closed": "Advert interval = 3 sec",
    "quote-after": "Password = abc",
    "quote-brace": "Password = a{b}c",
    "seq-step": "Priority = 74",
    "seq-var-left": "Priority = 72",
}


@pytest.mark.parametrize("name", READ_AS)
def test_read_as(name: str) -> None:
    lines = [line.strip() for line in understood(name)["VRRP Topology"]]
    assert READ_AS[name] in lines


def test_read_as_global() -> None:
    dumped = dump_case(CASES["esc-inquote-hash"])
    assert r" Router ID = a\#b" in dumped["Global definitions"]


def test_refused_configuration_has_no_dump() -> None:
    assert "VRRP Topology" not in dump_case(CASES["kw-only-missing"])
