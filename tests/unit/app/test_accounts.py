"""What became of the lines, in sentences."""

from __future__ import annotations

from pathlib import Path

from lvscompile.app.accounts import sentences
from lvscompile.app.load import load


def told(folder: Path, name: str, text: str) -> list[str]:
    (folder / name).write_text(text)
    return [each.replace(f"{folder}/", "") for each in sentences(load([str(folder / name)]).tallies)]


def test_sentences(tmp_path: Path) -> None:
    assert told(tmp_path, "a.sh", "ipvsadm -C\nsleep 1\n") == ["a.sh: 1 of 1 commands understood"]
    kept = "ipvsadm -C\nfirewall-cmd --reload\n"
    assert told(tmp_path, "b.sh", kept) == ["b.sh: 1 of 2 commands understood; 1 kept as it is: line 2"]
    assert told(tmp_path, "sysctl.conf", "net.ipv4.ip_forward = 1\n") == []
    assert told(tmp_path, "sysctl.conf", "net.ipv4.ip_forward = 1\nhello\nyou\n") == [
        "sysctl.conf: 2 kept as they are of 3 lines: lines 2, 3"
    ]
    many = "ipvsadm -C\n" + "ufw enable\n" * 20
    assert told(tmp_path, "c.sh", many)[0].endswith("lines 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13 …")
