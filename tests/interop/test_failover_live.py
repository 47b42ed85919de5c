"""What the failover simulator says, asked of live keepalived: the script of the first host fails, that of the second does
not. Who has the address in the end?
"""

from __future__ import annotations

from pathlib import Path

import pairs
import pytest

from lvscompile.app.load import load
from lvscompile.ir.contest import contenders, priority
from lvscompile.ir.core import Target
from lvscompile.ir.site import Director
from lvscompile.lint.engine import lint

TARGET = Target((2, 2, 7))
HEAD = """global_defs {
    enable_script_security
    script_user root
}
vrrp_script web {
    script "/bin/%s"
    interval 1
    fall 1
    rise 1
    weight %s
}
"""
INSTANCE = """vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 71
    priority %s
    %s
    track_script {
        web
    }
    virtual_ipaddress {
        10.0.0.100/24
    }
}
"""
KEPT = {"LVS316", "LVS318"}
# Priorities, weight, a line more; and what the linter says of it.
CASES: dict[str, tuple[int, int, str, str, set[str]]] = {
    "too-small": (150, 100, "-20", "", {"LVS316"}),
    "too-small-positive": (150, 100, "20", "", {"LVS316"}),
    "tie": (120, 100, "-20", "", {"LVS318"}),
    "enough": (120, 100, "-21", "", set()),
    "enough-positive": (120, 100, "21", "", set()),
    "cut-off-at-one": (100, 1, "-253", "", {"LVS318"}),
    "reversed": (150, 100, "20 reverse", "", {"LVS316"}),
    "fault": (150, 100, "0", "", set()),
    "nopreempt": (120, 100, "-60", "nopreempt", {"LVS240"}),
}  # fmt: skip


def configurations(name: str) -> tuple[str, str]:
    a, b, weight, line, _ = CASES[name]
    # With `reverse` the script that succeeds is the one that costs.
    bad, good = ("true", "false") if "reverse" in weight else ("false", "true")
    return HEAD % (bad, weight) + INSTANCE % (a, line), HEAD % (good, weight) + INSTANCE % (b, line)


def directors(folder: Path) -> list[Director]:
    hosts = load([f"a={folder / 'a.conf'}", f"b={folder / 'b.conf'}"], target=TARGET).hosts
    found = {f.code for f in lint(hosts, TARGET).findings if f.code in KEPT | {"LVS240"}}
    assert found == CASES[folder.name][4]
    return [host.director for host in hosts]


def simulated(folder: Path) -> str:
    """Who wins by the numbers, the script having failed on the first host; a tie leaves the address where it is."""
    a, b = (
        next(iter(contenders(host, {id(i): i.priority.value for i in host.vrrp if i.priority}).values()))
        for host in directors(folder)
    )
    failed, well = priority(a, a.trackers), priority(b)
    stays = failed >= well or (bool(b.instance.nopreempt) and failed > 0)
    return "a" if stays else "b"


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    found = {}
    for name in CASES:
        folder = tmp_path_factory.mktemp("failover") / name
        folder.mkdir()
        for file, text in zip(("a.conf", "b.conf"), configurations(name), strict=True):
            (folder / file).write_text(text)
        found[name] = folder
    return found


def holders(folders: dict[str, Path]) -> dict[str, str]:
    ran = pairs.run(pairs.Pair(name, folder / "a.conf", folder / "b.conf", {}) for name, folder in folders.items())
    return {name: ("a" if found.a else "") + ("b" if found.b else "") for name, found in ran.items()}


@pytest.fixture(scope="module")
def live(folders: dict[str, Path]) -> dict[str, str]:
    """All at the same time. A busy machine can starve a daemon: what differs is asked once more, alone."""
    found = holders(folders)
    doubtful = {name: folder for name, folder in folders.items() if found[name] != simulated(folder)}
    return found | holders(doubtful) if doubtful else found


@pytest.mark.netns
@pytest.mark.parametrize("name", CASES)
def test_keepalived_elects_as_simulated(name: str, folders: dict[str, Path], live: dict[str, str]) -> None:
    assert live[name] == simulated(folders[name])


@pytest.mark.parametrize("name", CASES)
def test_the_linter_says_where_nothing_fails_over(name: str, folders: dict[str, Path]) -> None:
    assert (simulated(folders[name]) == "a") == bool(CASES[name][4])
