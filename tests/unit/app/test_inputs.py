"""INPUT words to hosts."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lvscompile.app import inputs
from lvscompile.app.inputs import resolve
from lvscompile.syntax.source import InputError

CONFIG = "vrrp_instance A {\n}\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(folder: Path, name: str, text: str = CONFIG) -> str:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return str(path)


NAMES = {
    "lvs1.conf": "lvs1", "lvs1.keepalived.conf": "lvs1", "keepalived-lvs1.conf": "lvs1", "lvs1.example.org.conf": "lvs1.example.org",
    "lvs1/keepalived.conf": "lvs1", "lvs1/etc/keepalived/keepalived.conf": "lvs1", "lvs1": "lvs1", "lvs1.cfg": "lvs1",
    "lvs1/files/etc/keepalived/conf.d/keepalived.conf": "lvs1",
}  # fmt: skip


@pytest.mark.parametrize("path", NAMES)
def test_the_name_of_a_bare_file(folder: Path, path: str) -> None:
    write(folder, path)
    found = resolve([path], {})
    assert [host.name for host in found.hosts] == [NAMES[path]]
    assert [host.root for host in found.hosts] == [""]


@pytest.mark.parametrize(
    "place", ["etc/keepalived/keepalived.conf", "keepalived/keepalived.conf", "keepalived.conf", "x.conf"]
)
def test_a_directory_is_one_host(folder: Path, place: str) -> None:
    write(folder / "lvs7", place)
    for word, name in (
        ("lvs7", "lvs7"),
        ("lvs7/", "lvs7"),
        ("./lvs7", "lvs7"),
        ("other=lvs7", "other"),
        (str(folder / "lvs7"), "lvs7"),
    ):
        (host,) = resolve([word], {}).hosts
        assert host.name == name
        assert os.path.samefile(host.root, folder / "lvs7")
        assert host.source.path.endswith(place)


def test_the_canonical_place_comes_first(folder: Path) -> None:
    write(folder, "etc/keepalived/keepalived.conf")
    write(folder, "keepalived.conf", "global_defs {\n}\n")
    assert resolve([str(folder)], {}).hosts[0].source.path.endswith("etc/keepalived/keepalived.conf")


def test_names_that_clash_are_told_apart(folder: Path) -> None:
    write(folder, "a/x.conf")
    write(folder, "b/x.conf")
    assert [h.name for h in resolve(["a/x.conf", "b/x.conf", "y=a/x.conf"], {}).hosts] == ["x", "x#2", "y"]


def test_distinct_names_are_distinct(folder: Path) -> None:
    write(folder, "x.conf")
    write(folder, "x#2.conf")
    names = [h.name for h in resolve(["x#2.conf", "x=x.conf", "x=x.conf"], {}).hosts]
    assert len(set(names)) == 3


def test_the_same_path_twice(folder: Path) -> None:
    write(folder, "x.conf")
    found = resolve(["x.conf", "x.conf"], {})
    assert len(found.hosts) == 1
    assert found.notes == ["x.conf: given twice, read once"]


def test_the_same_path_under_two_spellings(folder: Path) -> None:
    write(folder, "x.conf")
    assert len({host.name for host in resolve(["x.conf", "./x.conf"], {}).hosts}) == len(
        resolve(["x.conf", "./x.conf"], {}).hosts
    )


@pytest.mark.parametrize(
    ("word", "split"),
    [
        ("a=b", ("a", "b")), ("a=b=c", ("a", "b=c")), ("a=-", ("a", "-")), ("a.b-c_d=/x", ("a.b-c_d", "/x")), ("=x", ("", "=x")),
        ("a=", ("", "a=")), ("/a=b", ("", "/a=b")), ("./a=b", ("", "./a=b")), ("-", ("", "-")), ("a b=c", ("", "a b=c")), ("a=b\nc", ("a", "b\nc")),
    ],
)  # fmt: skip
def test_split(folder: Path, word: str, split: tuple[str, str]) -> None:
    assert inputs.split_word(word) == split


def test_an_existing_file_is_no_host_and_path(folder: Path) -> None:
    write(folder, "a=b")
    assert inputs.split_word("a=b") == ("", "a=b")


@pytest.mark.parametrize(
    "name",
    ["k.conf.bak", "k.conf~", "k.conf.orig", "k.conf.rpmsave", "k.conf.rpmnew", "k.conf.dpkg-old", ".k.conf.swp"],
)
def test_leftovers_are_not_read(folder: Path, name: str) -> None:
    write(folder / "lvs1", "keepalived.conf")
    write(folder / "lvs1", name)
    found = resolve(["lvs1"], {})
    assert found.hosts[0].source.path.endswith("keepalived.conf")
    assert len(found.notes) == 1
    assert name in found.notes[0]


def test_leftovers_alone_are_nothing(folder: Path) -> None:
    write(folder / "lvs1", "keepalived.conf.bak")
    with pytest.raises(InputError, match="nothing in this directory"):
        resolve(["lvs1"], {})


def test_a_kind_is_believed(folder: Path) -> None:
    write(folder, "x", "hello\n")
    with pytest.raises(InputError, match="no line of it is a keyword"):
        resolve(["x"], {})
    assert resolve(["x"], {"x": "keepalived"}).hosts[0].name == "x"
