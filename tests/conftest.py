"""What all tests share: reproducible hypothesis runs, and no silent skips in CI."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "gate", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
settings.load_profile("gate")

IN_CI = bool(os.environ.get("LVSCOMPILE_CI"))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests that need IPVS are another run's, on a kernel that has it: `make guest`."""
    if os.environ.get("LVSCOMPILE_GUEST"):
        return
    elsewhere = [item for item in items if item.get_closest_marker("ipvs")]
    if elsewhere:
        config.hook.pytest_deselected(items=elsewhere)
        items[:] = [item for item in items if item.get_closest_marker("ipvs") is None]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = len(terminalreporter.stats.get("skipped", []))
    if skipped:
        terminalreporter.section("not run")
        terminalreporter.write_line(f"{skipped} tests were skipped: nothing that they show is shown by this run")


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if IN_CI and exitstatus == 0 and reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = 1
