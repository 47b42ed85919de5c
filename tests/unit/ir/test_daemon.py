"""Which halves of keepalived a command line starts, by version."""

from __future__ import annotations

import pytest

from lvscompile.ir.core import parse_version
from lvscompile.ir.daemon import CommandLine, told_version

OLD, MIDDLE, NEW = "1.2.19", "1.2.20", "2.0.0"
BOTH, NONE = {"vrrp", "checkers"}, set[str]()
LINES: dict[str, tuple[set[str], set[str], set[str]]] = {
    "": (BOTH, BOTH, BOTH),
    "-D": (BOTH, BOTH, BOTH),
    "-P": ({"vrrp"}, {"vrrp"}, {"vrrp"}),
    "-C": ({"checkers"}, {"checkers"}, {"checkers"}),
    "--vrrp": ({"vrrp"}, {"vrrp"}, {"vrrp"}),
    "--check": ({"checkers"}, {"checkers"}, {"checkers"}),
    "-D -C -P": (BOTH, {"vrrp"}, NONE),
    "-DPC": (BOTH, {"checkers"}, NONE),
    "--vrrp -D --check": (BOTH, {"checkers"}, NONE),
    "-C -C": ({"checkers"}, {"checkers"}, {"checkers"}),
    "-C -P --all": (BOTH, BOTH, BOTH),
    # What is a value is no option.
    "-S 3 -P": ({"vrrp"}, {"vrrp"}, {"vrrp"}),
    "-S -P": (BOTH, BOTH, BOTH),
    "-DS -C": (BOTH, BOTH, BOTH),
    "-fP": (BOTH, BOTH, BOTH),
    "--pid -C": (BOTH, BOTH, BOTH),
    "--pid=x -C": ({"checkers"}, {"checkers"}, {"checkers"}),
    "-MC": (BOTH, BOTH, BOTH),
    "-M -C": ({"checkers"}, {"checkers"}, {"checkers"}),
    "-f": (BOTH, BOTH, BOTH),
    "keepalived C P": (BOTH, BOTH, BOTH),
}


@pytest.mark.parametrize("words", LINES)
def test_started(words: str) -> None:
    line = CommandLine(words.split())
    assert tuple(line.started(parse_version(version)) for version in (OLD, MIDDLE, NEW)) == LINES[words]
    assert line.is_contradictory == (LINES[words][2] == NONE)


@pytest.mark.parametrize(
    ("words", "file"),
    [("-D", ""), ("-f /etc/x", "/etc/x"), ("-f/x -D", "/x"), ("--use-file=/y", "/y"), ("--use-file /y", "/y")],
)
def test_file(words: str, file: str) -> None:
    assert CommandLine(words.split()).file == file


def test_told_version() -> None:
    assert told_version("Keepalived v2.2.7 (01/16,2022)") == (2, 2, 7)
    assert told_version("1.1.15") == (1, 1, 15)
    assert told_version("unknown") is None
