"""`fmt` changes nothing that keepalived notices: its dump and its messages are those of the text as it was."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import corpus
import pytest
from corpus import Case
from dump import Dump, dump_case
from judge import Verdict, judge

from lvscompile.app.format import format_files
from lvscompile.syntax.source import encode, read_source

pytestmark = pytest.mark.netns

# What differs from run to run: the folder, and the link-local addresses that come of the bridges' random MACs.
_RANDOM = re.compile(r"/tmp/dump-\w+|\bfe80::[0-9a-f:]*ff:fe[0-9a-f:]*")

CASES = [case for case in corpus.cases() if not case.hangs]


@cache
def formatted(case: Case) -> Case:
    """The case with all of its files laid out."""
    with TemporaryDirectory(prefix="fmt-") as name:
        folder = Path(name).resolve()
        main = read_source(str(case.write(folder)))
        found = format_files(main, wanted=lambda path: Path(path).resolve().is_relative_to(folder))
        assert not any(each.defect for each in found), case.id
        texts = {str(Path(each.source.path).resolve().relative_to(folder)): encode(each.text) for each in found}
    # Without a folder of its own it is written out again for each run.
    return replace(case, files={**case.files, **texts}, folder=None)


def changed(case: Case) -> bool:
    return formatted(case).files != case.files


def more_than_indented(case: Case) -> bool:
    """Whether more changed than blanks at the beginning of lines, which keepalived does not even look at."""
    return any(flush_left(content) != flush_left(case.files[name]) for name, content in formatted(case).files.items())


def flush_left(content: bytes) -> list[bytes]:
    return [line.lstrip(b" \t") for line in content.split(b"\n") if line.strip()]


def judged(case: Case) -> Verdict:
    with TemporaryDirectory(prefix="judge-") as folder:
        etc = Path(folder) if case.kind == "fixture" else None
        return judge(case.write(Path(folder)), case.interfaces, case.config_id, etc=etc)


class Dumps:
    """keepalived's dumps, one a content: many cases are the same text once they are laid out."""

    def __init__(self) -> None:
        self._known: dict[str, Dump] = {}

    def __call__(self, case: Case) -> Dump:
        content = (sorted(case.files.items()), case.config_id, sorted(case.interfaces.items()))
        key = hashlib.sha256(repr(content).encode()).hexdigest()
        if key not in self._known:
            found = dump_case(replace(case, folder=None))
            self._known[key] = {name: tuple(_RANDOM.sub("…", line) for line in found[name]) for name in found}
        return self._known[key]


def test_same_messages(verdicts: Mapping[str, Verdict]) -> None:
    """Class by class; the lines that they point to have moved."""
    cases = [case for case in CASES if changed(case) and not verdicts[case.id].crashed]
    with ThreadPoolExecutor(2) as pool:
        after = dict(zip(cases, pool.map(lambda case: judged(formatted(case)), cases), strict=True))
    different = {
        case.id: (sorted(verdicts[case.id].classes), sorted(verdict.classes))
        for case, verdict in after.items()
        if (verdict.classes, verdict.status) != (verdicts[case.id].classes, verdicts[case.id].status)
    }
    assert different == {}
    assert len(cases) > 350


def test_same_dump(verdicts: Mapping[str, Verdict]) -> None:
    """Of what keepalived accepts and has a VRRP half: of virtual servers nothing is in the dump."""
    able = [case for case in CASES if changed(case) and has_dump(case, verdicts[case.id])]
    # Two dumps take half a second: of those that are merely indented every sixth will do.
    indented = [case for case in able if not more_than_indented(case)]
    cases = [case for case in able if more_than_indented(case)] + indented[::6]
    dumps = Dumps()
    with ThreadPoolExecutor(2) as pool:
        pairs = dict(zip(cases, pool.map(lambda case: (dumps(case), dumps(formatted(case))), cases), strict=True))
    assert [case.id for case, (before, after) in pairs.items() if before != after] == []
    # Some set-ups need more than the sandbox has: a kernel with IPVS, a network namespace of a certain name.
    assert sum("VRRP Topology" in before for before, _ in pairs.values()) > 60


def has_dump(case: Case, verdict: Verdict) -> bool:
    accepted = not (verdict.messages if case.kind == "syntax" else verdict.stopped)
    return accepted and any(b"vrrp_instance" in content for content in case.files.values())
