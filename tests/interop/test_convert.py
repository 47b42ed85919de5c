"""`convert` keeps the meaning: keepalived understands its output as it understood the input, and complains of nothing new."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import corpus
import pytest
from corpus import Case
from dump import Dump, dump
from judge import VERSION, Verdict, judge

from lvscompile.app.load import load
from lvscompile.backends.keepalived import emit
from lvscompile.ir.core import Target, parse_version
from lvscompile.syntax.keepalived.words import words
from lvscompile.syntax.source import decode, encode

pytestmark = pytest.mark.netns

TARGET = Target(parse_version(VERSION))
# What the case is called where it has no config id: `@id` lines of nobody.
NOBODY = "matches-nothing"
# What differs from run to run: the folder, and the link-local addresses that come of the bridges' random MACs.
_RANDOM = re.compile(r"/tmp/convert-\w+|\bfe80::[0-9a-f:]*ff:fe[0-9a-f:]*")
CASES = [case for case in corpus.cases() if not case.hangs]
# Two dumps take half a second: of the cases that are merely laid out anew, or in another order, every sixth will do.
SPOT_CHECKS = frozenset(CASES if os.environ.get("LVSCOMPILE_FULL") else CASES[::6])
EXPLAINED = Path(__file__).parent / "conversions.json"


class Round(NamedTuple):
    """A case, and what keepalived says about what was made of it."""

    case: Case
    before: Dump  # nothing where it was not asked
    after: Dump
    verdict: Verdict
    settled: bool  # a second conversion gives the same text


def converted(main: Path, config_id: str) -> str:
    loaded = load([f"{config_id}={main}"], kinds={str(main): "keepalived"})
    return emit(loaded.hosts[0].director, TARGET).text


def words_of(text: str) -> list[tuple[str, ...]]:
    """The words line by line, in any order."""
    return sorted(filter(None, map(words, text.split("\n"))))


class Keepalived:
    """Asked once a content: many cases come to the same text."""

    def __init__(self) -> None:
        self._dumps: dict[str, Dump] = {}
        self._verdicts: dict[str, Verdict] = {}

    def dump(self, folder: Path, main: Path, case: Case) -> Dump:
        key = _key(folder, case)
        if key not in self._dumps:
            found = dump(main, case.interfaces, case.config_id or NOBODY)
            self._dumps[key] = {name: tuple(_RANDOM.sub("...", line) for line in found[name]) for name in found}
        return self._dumps[key]

    def verdict(self, folder: Path, main: Path, case: Case) -> Verdict:
        key = _key(folder, case)
        if key not in self._verdicts:
            # Beside it lies what absolute paths into /etc/keepalived mean.
            etc = folder if case.kind == "fixture" else None
            self._verdicts[key] = judge(main, case.interfaces, case.config_id or NOBODY, etc=etc)
        return self._verdicts[key]


def _key(folder: Path, case: Case) -> str:
    files = {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
    content = (sorted(files.items()), case.config_id, sorted(case.interfaces.items()), case.kind)
    return hashlib.sha256(repr(content).encode()).hexdigest()


def go_round(case: Case, keepalived: Keepalived) -> Round:
    """Input and output stand at the same path when keepalived reads them."""
    with TemporaryDirectory(prefix="convert-") as name:
        folder = Path(name)
        main = case.write(folder)
        text = converted(main, case.config_id or NOBODY)
        # Of virtual servers nothing is in a dump.
        asked = any(b"vrrp_instance" in content for content in case.files.values()) and (
            case in SPOT_CHECKS or words_of(text) != words_of(decode(main.read_bytes()))
        )
        before = keepalived.dump(folder, main, case) if asked else {}
        for path in folder.rglob("*"):
            if path.is_file():
                path.unlink()  # an output includes nothing
        main.write_bytes(encode(text))
        return Round(
            case,
            before,
            keepalived.dump(folder, main, case) if before else before,
            keepalived.verdict(folder, main, case),
            converted(main, case.config_id or NOBODY) == text,
        )


@pytest.fixture(scope="module")
def rounds() -> Mapping[str, Round]:
    keepalived = Keepalived()
    with ThreadPoolExecutor(4) as pool:
        return {each.case.id: each for each in pool.map(lambda case: go_round(case, keepalived), CASES)}


@cache
def explained(kind: str) -> dict[str, str]:
    """Case -> why, for the differences of one kind."""
    rows = json.loads(EXPLAINED.read_text())
    return {case: row["why"] for row in rows if row["kind"] == kind for case in row["cases"]}


def check(kind: str, rounds: Mapping[str, Round], wrong: Callable[[Round], bool]) -> None:
    """What is wrong must be explained, and what is explained must be wrong."""
    assert {name for name, each in rounds.items() if wrong(each)} == set(explained(kind))


def differs(each: Round) -> bool:
    """A busy machine may cut a dump short: what differs is asked once more, alone."""
    if each.before == each.after:
        return False
    again = go_round(each.case, Keepalived())
    return again.before != again.after


def test_same_dump(rounds: Mapping[str, Round]) -> None:
    check("dump", rounds, differs)
    # Some cases keepalived refuses to run: they have no dump.
    assert sum("VRRP Topology" in each.before for each in rounds.values()) > 300


def test_a_second_time_changes_nothing(rounds: Mapping[str, Round]) -> None:
    check("text", rounds, lambda each: not each.settled)


def test_no_new_messages(rounds: Mapping[str, Round], verdicts: Mapping[str, Verdict]) -> None:
    """Where it is content with the input it is with the output; it never says something of a kind not said before."""

    def worse(each: Round) -> bool:
        before = verdicts[each.case.id]
        # What it would have said had it read on is not known.
        return not before.stopped and not each.verdict.classes <= before.classes

    check("message", rounds, worse)


def test_rows_are_of_cases_that_exist() -> None:
    rows = json.loads(EXPLAINED.read_text())
    named = [(row["kind"], case) for row in rows for case in row["cases"]]
    assert len(named) == len(set(named))
    assert {case for _, case in named} <= {case.id for case in CASES}
    assert all(row["why"] for row in rows)
