"""Which files an include names: section 7 of LEXICAL.md."""

from __future__ import annotations

from pathlib import Path

import pytest

from lvscompile.syntax.keepalived import include as module
from lvscompile.syntax.keepalived.expand import Expander
from lvscompile.syntax.keepalived.include import Includes
from lvscompile.syntax.source import read_source


def read(folder: Path, main: str, root: str = "") -> tuple[list[str], list[str], Expander]:
    """The statements that are left, and the kinds of the remarks."""
    (folder / "main.conf").write_text(main)
    expander = Expander("node", Includes(root))
    statements = list(expander.expand(read_source(str(folder / "main.conf"))))
    kept = [stmt.text.strip() for stmt in statements if stmt.type in ("STMT", "OPEN", "CLOSE")]
    return kept, [remark.kind for remark in expander.remarks], expander


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "d").mkdir()
    (tmp_path / "d/deep").mkdir()
    files = {"a": "in-a\n", "b": "in-b\n", "c d": "in-c-d\n", "d/x": "in-x\n", "d/y": "include x\nin-y\n", "half": "open {\n",
             "no-newline": "last", "d/z.conf": "in-z\n", "d/w.conf": "in-w\n", "d/.hidden.conf": "hidden\n"}  # fmt: skip
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "run").write_text("in-run\n")
    (tmp_path / "run").chmod(0o755)
    return tmp_path


FOUND = {
    "include a\nend\n": ["in-a", "end"],
    "include d/x\n": ["in-x"],
    "include d/y\n": ["in-x", "in-y"],
    "include d/*.conf\n": ["in-w", "in-z"],
    "include {b,a}\n": ["in-b", "in-a"],
    "include d/{z,w}.conf\n": ["in-z", "in-w"],
    "include d/[wz].conf\n": ["in-w", "in-z"],
    "include c d\n": ["in-c-d"],
    "include ./a\n": ["in-a"],
    "include d/../a\n": ["in-a"],
    "$F=a\ninclude $F\n": ["in-a"],
    "$F=d\ninclude ${F}/x\n": ["in-x"],
    "@node include a\n@other include b\n": ["in-a"],
    "~SEQ(i,2) include a\n": ["in-a", "in-a"],
    "blk { include half\n": ["blk {", "open {"],
    "} include a\n": ["}", "in-a"],
    "include no-newline\nend\n": ["last", "end"],
    "includer a\nincludem b\nincludew a\nincludeb b\nincludea a\n": ["in-a", "in-b", "in-a", "in-b", "in-a"],
}


@pytest.mark.parametrize("main", FOUND)
def test_found(folder: Path, main: str) -> None:
    kept, remarks, expander = read(folder, main)
    assert kept == FOUND[main]
    assert remarks == []
    assert not expander.includes.missing


REMARKED = {
    "include none\n": ["include-missing"],
    "includem none\n": ["include-missing"],
    'include "a"\n': ["include-missing"],
    "include a }\n": ["include-missing"],
    "include none*\n": ["include-missing"],
    "include d\n": ["include-directory"],
    "include d/deep\n": ["include-directory"],
    "include run\n": ["include-executable"],
    "include main.conf\n": ["include-cycle"],
    "include ./d/../main.conf\n": ["include-cycle"],
}


@pytest.mark.parametrize("main", REMARKED)
def test_remarked(folder: Path, main: str) -> None:
    kept, remarks, _ = read(folder, main)
    assert kept == []
    assert remarks == REMARKED[main]


def test_a_missing_file_is_remembered(folder: Path) -> None:
    assert read(folder, "include none\n")[2].includes.missing


@pytest.mark.parametrize("keyword", ["includem", "includew", "includea"])
def test_some_includes_must_find_something(folder: Path, keyword: str) -> None:
    remark = read(folder, f"{keyword} none*\n")[2].remarks[0]
    assert (remark.facts["pattern"], remark.facts["strict"]) == ("none*", True)


@pytest.mark.parametrize("keyword", ["include", "includer", "includeb"])
def test_others_need_not(folder: Path, keyword: str) -> None:
    assert read(folder, f"{keyword} none\n")[2].remarks[0].facts["strict"] is False


def test_mutual_includes(folder: Path) -> None:
    (folder / "a").write_text("in-a\ninclude b\n")
    (folder / "b").write_text("in-b\ninclude a\n")
    kept, remarks, _ = read(folder, "include a\n")
    assert kept == ["in-a", "in-b"]
    assert remarks == ["include-cycle"]


def test_a_comment_alone_behind_include_names_nothing(folder: Path) -> None:
    """keepalived cuts the comment first, and finds the unknown keyword `include`."""
    _, remarks, expander = read(folder, "include # a\n")
    assert expander.includes.read == []
    assert remarks != []


def test_an_absolute_name_is_sought_below_the_root_first(folder: Path, tmp_path: Path) -> None:
    (folder / "etc").mkdir()
    (folder / "etc/a.conf").write_text("inside\n")
    assert read(folder, "include /etc/a.conf\n", str(folder))[0] == ["inside"]
    assert read(folder, f"include {folder}/a\n", str(folder))[0] == ["in-a"]


def test_names_stay_relative(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    (folder / "main.conf").write_text("include d/y\n")
    expander = Expander("node", Includes())
    list(expander.expand(read_source("main.conf")))
    assert [source.name for source in expander.includes.read] == ["d/y", "d/x"]


def test_an_included_statement_knows_its_way(folder: Path) -> None:
    (folder / "main.conf").write_text("\ninclude d/y\n")
    expander = Expander("node", Includes())
    deepest = next(s for s in expander.expand(read_source(str(folder / "main.conf"))) if "in-x" in s.text)
    assert [(f.kind, f.site.line, Path(f.detail).name) for f in deepest.frames] == [
        ("include", 2, "y"),
        ("include", 1, "x"),
    ]


def test_nesting_is_bounded(folder: Path) -> None:
    for number in range(60):
        (folder / f"n{number}").write_text(f"in-{number}\ninclude n{number + 1}\n")
    kept, remarks, _ = read(folder, "include n0\n")
    assert 30 <= len(kept) <= 34
    assert remarks == ["include-limit"]


def test_files_of_one_include_are_bounded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_FILES", 5)
    for number in range(20):
        (folder / f"n{number}").write_text("x\n")
    kept, remarks, _ = read(folder, "include n*\n")
    assert len(kept) == 5
    assert "include-limit" in remarks


def test_files_of_several_includes_are_bounded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_FILES", 5)
    kept, remarks, _ = read(folder, "include a\n" * 20)
    assert len(kept) == 5
    assert set(remarks) == {"include-limit"}


@pytest.mark.parametrize(
    ("pattern", "alternatives"),
    [
        ("a", ["a"]), ("{a,b}", ["a", "b"]), ("x{a,b}y", ["xay", "xby"]), ("{a}", ["a"]), ("{}", [""]), ("{a,}", ["a", ""]),
        ("{a,{b,c}}", ["a", "b", "c"]), ("{a,b}{c,d}", ["ac", "ad", "bc", "bd"]), ("{a", ["{a"]), ("a}", ["a}"]),
    ],
)  # fmt: skip
def test_alternatives(pattern: str, alternatives: list[str]) -> None:
    assert module._alternatives(pattern) == alternatives
