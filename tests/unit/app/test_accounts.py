"""What became of the lines, in sentences."""

from __future__ import annotations

from pathlib import Path

import pytest

from lvscompile.app.accounts import sentences
from lvscompile.app.load import load


def told(folder: Path, texts: dict[str, str]) -> list[str]:
    for name, text in texts.items():
        (folder / name).write_text(text)
    loaded = load([str(folder / name) for name in texts])
    return [each.replace(f"{folder}/", "") for each in sentences(loaded.tallies)]


KEPT = "ipvsadm -C\nfirewall-cmd --reload\n"


def test_sentences(tmp_path: Path) -> None:
    assert told(tmp_path, {"a.sh": "ipvsadm -C\n"}) == ["1 of 1 commands understood"]
    assert told(tmp_path, {"b.sh": KEPT}) == ["1 of 2 commands understood; 1 kept as it is: b.sh:2"]
    assert told(tmp_path, {"b.sh": KEPT, "c.sh": KEPT, "a.sh": "ipvsadm -C\n"}) == [
        "3 of 5 commands understood; 2 kept as they are: b.sh:2, c.sh:2"
    ]
    assert told(tmp_path, {"sysctl.conf": "net.ipv4.ip_forward = 1\n"}) == []
    assert told(tmp_path, {"sysctl.conf": "net.ipv4.ip_forward = 1\nhello\nyou\n", "b.sh": KEPT}) == [
        "1 of 2 commands understood; 1 kept as it is: b.sh:2",
        "1 of 3 lines of other files understood; 2 kept as they are: sysctl.conf:2, sysctl.conf:3",
    ]
    assert told(tmp_path, {"d.sh": "ipvsadm -C\n" + "ufw enable\n" * 20})[0].endswith("d.sh:8, d.sh:9 …")


FIXTURES = Path(__file__).parents[3] / "fixtures"
WHOLE = sorted(
    path for path in FIXTURES.glob("*") if path.name.startswith(("host-", "clean-host-", "session-log", "howto"))
)


@pytest.mark.parametrize("fixture", WHOLE, ids=lambda path: path.name)
def test_every_line_of_the_fixtures_is_accounted_for(fixture: Path) -> None:
    inputs = [str(path) for path in fixture.iterdir() if path.name not in ("expected", "README.md", "interfaces.json")]
    loaded = load(inputs)
    found = {tally.name: tally for tally in loaded.tallies}
    given = {
        each.source.name: each.source.text
        for host in loaded.hosts
        for each in (host.director.machine.givens if host.director.machine is not None else ())
        if each.source.path and each.kind != "keepalived"
    }
    assert found.keys() == given.keys()
    for name, text in given.items():
        tally = found[name]
        assert tally.lines == len(text.splitlines()), name
        assert min(tally.understood, tally.kept, tally.prose) >= 0
        assert tally.understood + tally.kept + tally.prose == tally.lines
