"""What all unit tests share."""

from __future__ import annotations

import pytest

from lvscompile.lint import registry
from lvscompile.lint.registry import all_rules

# It speaks of nearly each sound set-up: what that needs from its host. Tests are about other things.
ADVICE = "LVS500"


@pytest.fixture
def advice() -> None:
    """For the tests that are about it."""


@pytest.fixture(autouse=True)
def without_advice(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the rule from speaking, but in tests that ask for `advice` or have its code in their name."""
    if "advice" not in request.fixturenames and f"[{ADVICE}]" not in request.node.name:
        monkeypatch.setitem(registry.RULES, ADVICE, all_rules()[ADVICE]._replace(on=()))
