"""`.pre-commit-hooks.yaml`, run as pre-commit runs it: the entry, its args, then the files of the commit that match."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path
from typing import TypedDict

import pytest

ROOT = Path(__file__).resolve().parents[3]


class Hook(TypedDict):
    entry: str
    args: list[str]
    files: str


def hooks() -> dict[str, Hook]:
    """The little YAML that the file is written in: a list of `key: value` with flow lists of plain words."""
    found: dict[str, Hook] = {}
    for block in re.split(r"^- ", (ROOT / ".pre-commit-hooks.yaml").read_text(), flags=re.M)[1:]:
        pairs = (line.strip().partition(": ") for line in block.splitlines() if not line.strip().startswith("#"))
        fields = {key: value for key, _, value in pairs}
        args = [word.strip() for word in fields.get("args", "[]").strip("[]").split(",") if word.strip()]
        assert fields["language"] == "python"
        assert fields["require_serial"] == "true"  # the hosts of one commit are one call
        found[fields["id"]] = {"entry": fields["entry"], "args": args, "files": fields["files"]}
    return found


@pytest.fixture
def commit(tmp_path: Path) -> list[str]:
    """The files of a commit: two hosts of one pair, and what is no keepalived.conf."""
    text = (
        "vrrp_instance VI_1 {\n    state MASTER\n    interface eth0\n    virtual_router_id 61\n    priority {}\n"
        "    virtual_ipaddress {\n        192.0.2.1/24\n    }\n}\n"
    )
    for name, priority in (("lvs1/keepalived.conf", 150), ("lvs2/keepalived-front.conf", 100)):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(text.replace("{}", str(priority), 1))
    (tmp_path / "haproxy.conf").write_text("global\n")
    (tmp_path / "notes.md").write_text("keepalived.conf\n")
    return ["lvs1/keepalived.conf", "lvs2/keepalived-front.conf", "haproxy.conf", "notes.md"]


def call(lvscompile, hook: Hook, folder: Path, files: list[str]):  # type: ignore[no-untyped-def]
    program, *words = shlex.split(hook["entry"])
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    assert program in scripts
    matching = [name for name in files if re.search(hook["files"], name)]
    return lvscompile(*words, *hook["args"], *matching, cwd=folder)


def test_the_hooks() -> None:
    assert set(hooks()) == {"lvscompile-lint", "lvscompile-fmt"}


def test_lint_looks_at_each_file_on_its_own(lvscompile, tmp_path: Path, commit: list[str]) -> None:  # type: ignore[no-untyped-def]
    result = call(lvscompile, hooks()["lvscompile-lint"], tmp_path, commit)
    assert result.status == 0
    assert "on lvs1 and front" in result.out
    (tmp_path / commit[1]).write_text((tmp_path / commit[1]).read_text().replace("state", "stat"))
    result = call(lvscompile, hooks()["lvscompile-lint"], tmp_path, commit)
    assert result.status == 1
    assert "LVS101" in result.out
    assert "LVS301" not in result.out


def test_without_its_args_and_names_it_compares_the_hosts_of_the_settings(
    lvscompile, tmp_path: Path, commit: list[str]
) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / ".lvscompile.toml").write_text(f'[hosts]\nlvs1 = "lvs1"\nlvs2 = "{commit[1]}"\n')
    result = call(lvscompile, {**hooks()["lvscompile-lint"], "args": []}, tmp_path, [])
    assert result.status == 1
    assert "LVS301" in result.out


def test_fmt_rewrites_the_files(lvscompile, tmp_path: Path, commit: list[str]) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / commit[0]
    before = path.read_text()
    path.write_text(before.replace("    ", "\t"))
    assert call(lvscompile, hooks()["lvscompile-fmt"], tmp_path, commit).status == 0
    assert path.read_text() == before


def test_the_settings_in_the_documentation_are_valid(lvscompile, tmp_path: Path, commit: list[str]) -> None:  # type: ignore[no-untyped-def]
    text = (ROOT / "docs/ci.md").read_text()
    (settings,) = re.findall(r"^```toml\n(.*?)^```$", text, flags=re.M | re.S)
    for name in ("lvs1", "lvs2"):
        (tmp_path / "hosts" / name).mkdir(parents=True)
        (tmp_path / "hosts" / name / "keepalived.conf").write_text((tmp_path / commit[0]).read_text())
    (tmp_path / "known.json").write_text('{"version": 1, "findings": []}')
    (tmp_path / ".lvscompile.toml").write_text(settings)
    result = lvscompile("lint", cwd=tmp_path)
    assert result.status == 1
    assert "on lvs1 and lvs2" in result.out


def test_the_comment_in_the_documentation_suppresses(lvscompile, tmp_path: Path, commit: list[str]) -> None:  # type: ignore[no-untyped-def]
    (line,) = re.findall(r"^(priority .*)$", (ROOT / "docs/ci.md").read_text(), flags=re.M)
    path = tmp_path / commit[0]
    path.write_text(path.read_text().replace("priority 150", line))
    result = lvscompile("lint", commit[0], cwd=tmp_path)
    assert result.out.endswith("on lvs1; 1 suppressed\n")
