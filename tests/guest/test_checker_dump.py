"""`convert` keeps the meaning of virtual servers: keepalived's dump of its checker half, before and after.

The VRRP half is compared on the machine's own kernel; keepalived starts its checkers only where there is IPVS.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import corpus
import pytest
from corpus import Case
from dump import Dump, dump

from lvscompile.app.load import load
from lvscompile.backends.keepalived import emit
from lvscompile.ir.core import Target
from lvscompile.syntax.source import encode

pytestmark = pytest.mark.ipvs

TARGET = Target((2, 2, 7))
CASES = {
    case.id: case
    for case in corpus.cases()
    if not case.hangs and any(b"virtual_server" in content for content in case.files.values())
}
# What tells of the run, not of the configuration: how far the checkers have come.
_OF_THE_RUN = re.compile(
    r"\s+(alive|effective weight|previous effective_weight|num failed checkers|RS set|reloaded|quorum_state_up|"
    r"Last status|last exit code|RIP = .* EFF WEIGHT) ?[=:]?"
)


def checkers(main: Path, case: Case) -> Dump:
    found = dump(main, case.interfaces, case.config_id or "nobody", half="checkers")
    return {
        name: tuple(re.sub(r"/tmp/guest-\w+", "...", line) for line in lines if not _OF_THE_RUN.match(line))
        for name, lines in found.items()
        if name != "Global definitions"
    }


def test_the_kernel_has_ipvs() -> None:
    listing = subprocess.run(["ipvsadm", "-L", "-n"], capture_output=True, text=True, check=True).stdout
    assert listing.startswith("IP Virtual Server")


# 2.2.7 complains of the value, and then takes the number that it begins with; the output has the default, which is what
# keepalived means to do.
NUMBER_IN_FRONT = {"fixture/comment-backslash/lvs1": "weight 10\\", "fixture/typo-at-night/lvs1": "connect_timeout 3s"}


def before_and_after(case: Case) -> tuple[Dump, Dump]:
    """Input and output stand at the same path when keepalived reads them."""
    with TemporaryDirectory(prefix="guest-") as name:
        folder = Path(name)
        main = case.write(folder)
        before = checkers(main, case)
        loaded = load([f"{case.config_id or 'nobody'}={main}"], kinds={str(main): "keepalived"})
        text = emit(loaded.hosts[0].director, TARGET).text
        for path in folder.rglob("*"):
            if path.is_file():
                path.unlink()  # an output includes nothing
        main.write_bytes(encode(text))
        return before, checkers(main, case)


@pytest.fixture(scope="module")
def dumps() -> Mapping[str, tuple[Dump, Dump]]:
    # keepalived mostly waits.
    with ThreadPoolExecutor(6) as pool:
        return dict(zip(CASES, pool.map(before_and_after, CASES.values()), strict=True))


@pytest.mark.parametrize("name", CASES)
def test_same_checkers(name: str, dumps: Mapping[str, tuple[Dump, Dump]]) -> None:
    before, after = dumps[name]
    if before != after and name not in NUMBER_IN_FRONT:
        before, after = before_and_after(CASES[name])  # a busy machine may cut a dump short
    assert (before == after) == (name not in NUMBER_IN_FRONT)


def test_there_was_something_to_compare(dumps: Mapping[str, tuple[Dump, Dump]]) -> None:
    assert sum("LVS Topology" in before for before, _ in dumps.values()) > 50
