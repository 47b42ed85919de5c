"""`.lvscompile.toml`: where it is looked for, what it may say, and how each mistake in it is told."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lvscompile.app.settings import NAME, Settings, find, read_settings
from lvscompile.lint.choice import Choice, over
from lvscompile.lint.known import Known
from lvscompile.syntax.source import InputError


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, the top of a checkout."""
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def put(folder: Path, text: str) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / NAME).write_text(text)
    return str(folder / NAME)


def refused(folder: Path, text: str) -> InputError:
    with pytest.raises(InputError) as caught:
        read_settings(put(folder, text))
    return caught.value


# -- finding ------------------------------------------------------------------------------------------------


def test_beside_the_input_and_above_it(folder: Path) -> None:
    put(folder, "")
    (folder / "a/b").mkdir(parents=True)
    (folder / "a/b/x.conf").touch()
    assert find(["a/b/x.conf"]) == NAME
    assert find(["lvs1=a/b/x.conf"]) == NAME
    assert find([str(folder / "a/b/x.conf")]) == NAME
    assert find(["a/b"]) == NAME
    put(folder / "a/b", "")
    assert find(["a/b/x.conf"]) == f"a/b/{NAME}"
    assert find(["a/b"]) == f"a/b/{NAME}"
    assert find(["a"]) == NAME


def test_the_first_input_counts(folder: Path) -> None:
    put(folder / "one", "")
    assert find(["one/x", "two/x"]) == f"one/{NAME}"
    assert find(["two/x", "one/x"]) == ""


def test_not_above_the_top_of_a_checkout(folder: Path) -> None:
    put(folder, "")
    (folder / "sub").mkdir()
    (folder / "sub/.git").write_text("gitdir: elsewhere\n")  # a worktree
    assert find(["sub/x.conf"]) == ""
    put(folder / "sub", "")
    assert find(["sub/x.conf"]) == f"sub/{NAME}"


def test_without_inputs_and_for_standard_input(folder: Path) -> None:
    put(folder, "")
    put(folder / "sub", "")
    assert find([]) == NAME
    assert find(["-"]) == NAME
    assert find(["-"], "sub/x.conf") == f"sub/{NAME}"
    assert find(["lvs1=-"], "sub/x.conf") == f"sub/{NAME}"


def test_outside_the_working_directory(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(folder / "one", "")
    (folder / "two").mkdir()
    monkeypatch.chdir(folder / "two")
    assert find(["../one/x.conf"]) == str(folder / "one" / NAME)
    assert find([]) == ""


def test_a_working_directory_that_is_gone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "gone").mkdir()
    monkeypatch.chdir(folder / "gone")
    os.rmdir(folder / "gone")
    assert find([]) == ""


# -- reading ------------------------------------------------------------------------------------------------

FULL = """\
select = ["LVS1", "lvs2"]
ignore = ["ignored-words"]
allow = ["LVS304"]
fail-on = "warning"
target-keepalived = "2.2.7"
baseline = "known.json"
no-peers = true

[severity]
LVS205 = "info"
"ignored-words" = "off"

[clusters]
front = ["lvs1", "lvs2"]

[network]
subnets = ["192.0.2.0/24", "2001:db8::/64"]

[interfaces.lvs1]
eth0 = "front"
"eth0.7" = "back"

[hosts]
lvs1 = "hosts/lvs1.conf"
lvs2 = "hosts/lvs2"
"""


def test_everything(folder: Path) -> None:
    (folder / "site/hosts/lvs2").mkdir(parents=True)
    (folder / "site/hosts/lvs1.conf").touch()
    put(folder / "site", FULL)
    settings = read_settings(f"site/{NAME}")
    assert settings == Settings(
        f"site/{NAME}",
        Choice(("LVS1", "LVS2"), ("LVS112",), {"LVS205": "info", "LVS112": "off"}),
        ("LVS304",),
        "warning",
        (2, 2, 7),
        "site/known.json",
        True,
        {"front": ("lvs1", "lvs2")},
        ("192.0.2.0/24", "2001:db8::/64"),
        {("lvs1", "eth0"): "front", ("lvs1", "eth0.7"): "back"},
        {"lvs1": "site/hosts/lvs1.conf", "lvs2": "site/hosts/lvs2"},
    )
    assert settings.known() == Known(settings.subnets, settings.segments, (("lvs1", "lvs2"),))


def test_nothing(folder: Path) -> None:
    assert read_settings(put(folder, "# nothing\n")) == Settings(str(folder / NAME))
    assert Settings().known() == Known()


@pytest.mark.parametrize(
    ("text", "line", "reason", "hint"),
    [
        ('\nselekt = ["LVS1"]', 2, "`selekt` is no setting", "did you mean `select`?"),
        ("colour = 1", 1, "`colour` is no setting", "known are: select, ignore"),
        ('select = "LVS1"', 1, '["like", "this"]', ""),
        ("select = [1]", 1, '["like", "this"]', ""),
        ('select = [""]', 1, '["like", "this"]', ""),
        ('select = [\n "LVS1",\n "LVS999",\n]', 1, "no rule is called `LVS999`", "did you mean"),
        ('ignore = ["ignord-words"]', 1, "no rule is called `ignord-words`", "did you mean `ignored-words`?"),
        ('allow = ["~~"]', 1, "no rule is called `~~`", "lvscompile rules"),
        (
            'fail-on = "erorr"',
            1,
            "`erorr` is no value of `fail-on`",
            "did you mean `error`? Known are: error, warning, info",
        ),
        ("fail-on = 1", 1, "this is no value of `fail-on`", "known are: error, warning, info"),
        ('target-keepalived = "new"', 1, "'new' is not a version like 2.2.7", ""),
        ("target-keepalived = 2.2", 1, "a text in quotes", ""),
        ("baseline = []", 1, "a text in quotes", ""),
        ('baseline = ""', 1, "a text in quotes", ""),
        ('baseline = "a\\u0000b"', 1, "a text in quotes", ""),
        ('no-peers = "yes"', 1, "true or false", ""),
        ("severity = 1", 1, "a table: [severity]", ""),
        ('[severity]\n\nLVS205 = "fatal"', 3, "`fatal` is no value of `severity.LVS205`", "error, warning, info, off"),
        ('[severity]\n"LVS9" = "info"', 2, "no rule is called `LVS9`", ""),
        ('severity.LVS205 = "fatal"', 1, "`fatal` is no value", ""),
        ('[clusters]\nfront = "lvs1"', 2, '["like", "this"]', ""),
        ('[network]\nsubnet = ["192.0.2.0/24"]', 2, "`subnet` is no setting of [network]", "did you mean `subnets`?"),
        ('[network]\nsubnets = ["192.0.2.0"]', 2, "`192.0.2.0` is no network", "192.0.2.0/24"),
        ('[network]\nsubnets = ["192.0.2.0/33"]', 2, "`192.0.2.0/33` is no network", ""),
        ('[network]\nsubnets = ["2001:db8::/129"]', 2, "no network", ""),
        ('network = { subnets = ["x"] }', 1, "`x` is no network", ""),
        ("[interfaces]\nlvs1 = 1", 2, "a table: [interfaces.lvs1]", ""),
        ("[interfaces.lvs1]\neth0 = 1", 2, "`interfaces.lvs1.eth0` must be a text", ""),
        ('[hosts]\nlvs1.example = "x"', 2, "`lvs1` must be a path", "quotes"),
        ("[hosts]\nlvs1 = 1", 2, "`hosts.lvs1` must be a text", ""),
        ('[hosts]\n"a b" = "x"', 2, "`a b` cannot be the name of a host", ""),
        ('[hosts]\nlvs1 = "none.conf"', 2, "there is no none.conf, which the host lvs1", "relative to the file"),
        ('[hosts]\na = "."\n[clusters]\nx = ["a", "b"]', 4, "no host is called `b`", "known are: a"),
        ('[hosts]\nlvs1 = "."\n[interfaces.lvs2]\neth0 = "x"', 3, "no host is called `lvs2`", "did you mean `lvs1`?"),
        ("[[severity]]\n", 1, "a table", ""),
    ],
)
def test_what_is_wrong_is_said_with_its_line(folder: Path, text: str, line: int, reason: str, hint: str) -> None:
    error = refused(folder, text)
    assert error.path == f"{folder / NAME}:{line}"
    assert reason in error.reason
    assert hint in error.hint


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("select = [\n", ""),
        ("a = 1\na = 2\n", ":2"),
        ("[severity\n", ":1"),
        ("x = 'a", ""),
        ("a = " + "[" * 5000, ""),
        ("a = " + "9" * 5000, ""),
    ],
)
def test_what_is_no_toml(folder: Path, text: str, where: str) -> None:
    error = refused(folder, text)
    assert error.path.startswith(f"{folder / NAME}{where}")
    assert "is not TOML" in error.reason


def test_what_is_no_utf8(folder: Path) -> None:
    (folder / NAME).write_bytes(b"# one\n# caf\xe9\n")
    with pytest.raises(InputError, match="UTF-8") as caught:
        read_settings(str(folder / NAME))
    assert caught.value.path.endswith(":2")


def test_what_cannot_be_read(folder: Path) -> None:
    (folder / NAME).mkdir()
    for path in (str(folder / NAME), "none.toml"):
        with pytest.raises(InputError):
            read_settings(path)


# -- the command line and the file --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "file", "runs", "rests"),
    [
        (Choice(), Choice(), "LVS112 LVS301", ""),
        (Choice(), Choice(select=("LVS1",)), "LVS112", "LVS301"),
        (Choice(), Choice(ignore=("LVS1",)), "LVS301", "LVS112"),
        (Choice(), Choice(severity={"LVS112": "off"}), "LVS301", "LVS112"),
        (Choice(), Choice(severity={"LVS1": "off", "LVS112": "info"}), "LVS112", "LVS101"),
        (Choice(select=("LVS3",)), Choice(select=("LVS1",)), "LVS301", "LVS112"),
        (Choice(ignore=("LVS3",)), Choice(ignore=("LVS1",)), "LVS201", "LVS301 LVS112"),
        (Choice(select=("LVS112",)), Choice(ignore=("LVS1",)), "LVS112", "LVS101"),
        (Choice(select=("LVS112",)), Choice(ignore=("LVS112",)), "LVS112", ""),
        (Choice(select=("LVS1",)), Choice(ignore=("LVS112",)), "LVS101", "LVS112"),
        (Choice(select=("LVS112",)), Choice(severity={"LVS112": "off"}), "LVS112", ""),
        (Choice(select=("LVS1",)), Choice(severity={"LVS112": "off"}), "LVS101", "LVS112"),
    ],
)
def test_which_rules_run(line: Choice, file: Choice, runs: str, rests: str) -> None:
    choice = over(line, file)
    assert all(choice.wanted(code) for code in runs.split())
    assert not any(choice.wanted(code) for code in rests.split())
