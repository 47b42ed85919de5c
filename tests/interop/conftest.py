"""Shared by the tests against real keepalived: the judge, its corpora, a skip where it cannot sit."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

# The folder holds no package (pytest imports by path), its helper modules are found by name.
sys.path.insert(0, str(Path(__file__).parent))

import corpus
import judge


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests marked `netns` need the judge."""
    reason = judge.unavailable()
    if reason is None:
        return
    for item in items:
        if item.get_closest_marker("netns"):
            item.add_marker(pytest.mark.skip(reason=f"no judge: {reason}"))


@pytest.fixture(scope="session")
def verdicts() -> Mapping[str, judge.Verdict]:
    """What real keepalived says about every case, by id (two at a time: about 20 s for all)."""
    every = corpus.cases()
    with ThreadPoolExecutor(2) as pool:
        return dict(zip((case.id for case in every), pool.map(corpus.judge_case, every), strict=True))
