"""Shared by the tests against real iptables: the judge, and a skip where it cannot sit."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

# The folder holds no package (pytest imports by path), its helper modules are found by name.
sys.path.insert(0, str(Path(__file__).parent))

import filter_judge


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    here = str(Path(__file__).parent)
    reason = filter_judge.unavailable() if any(str(item.path).startswith(here) for item in items) else None
    for item in items:
        if reason and str(item.path).startswith(here) and item.get_closest_marker("netns"):
            item.add_marker(pytest.mark.skip(reason=f"no judge: {reason}"))
