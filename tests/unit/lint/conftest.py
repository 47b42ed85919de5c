"""What the tests of the linter share: findings of texts, by the public way in."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from lvscompile.app.load import load
from lvscompile.ir.core import Target, parse_version
from lvscompile.lint.engine import lint
from lvscompile.syntax.findings import Finding

# The helper modules here, and the judge (real keepalived), are found by name.
sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2] / "interop")]

import judge  # noqa: E402
from places import Findings, Texts, write  # noqa: E402


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests marked `netns` need the judge."""
    reason = judge.unavailable()
    for item in items:
        if reason is not None and item.get_closest_marker("netns"):
            item.add_marker(pytest.mark.skip(reason=f"no judge: {reason}"))


@pytest.fixture
def findings(tmp_path: Path) -> Findings:
    """The findings of one host's text (or files by name), or of several hosts given as keywords."""

    def run(one: Texts | None = None, target: str = "", host: str = "lvs1", **hosts: Texts) -> list[Finding]:
        given = hosts if one is None else {host: one, **hosts}
        inputs = [f"{name}={write(tmp_path / name, texts)}" for name, texts in given.items()]
        # The texts are keepalived.conf whatever they look like, but for directories of whole hosts.
        kinds = {path: "keepalived" for path in (each.partition("=")[2] for each in inputs) if Path(path).is_file()}
        wanted = Target(parse_version(target) if target else None)
        report = lint(load(inputs, kinds=kinds, target=wanted).hosts, wanted)
        assert not report.crashes
        return report.findings

    return run
