"""Where lint writes what it found: several files at once, all or none; standard output; terminals of any width."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from lvscompile.app.write import write_all
from lvscompile.syntax.source import InputError


def left(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


# -- files --------------------------------------------------------------------------------------------------


def test_several_outputs_at_once(lvscompile, tmp_path: Path, broken: Path) -> None:
    names = {form: f"x.{form}" for form in ("full", "concise", "json", "sarif", "github")}
    options = [f"--output={form}={name}" for form, name in names.items()]
    result = lvscompile("lint", "--format", "concise", "--color", "always", *options, "broken.conf", cwd=tmp_path)
    assert result.status == 1
    assert "\x1b[" in result.out
    assert result.err == ""
    for form, name in names.items():
        alone = lvscompile("lint", "--format", form, "broken.conf", cwd=tmp_path)
        assert (tmp_path / name).read_text() == alone.out, form
    assert left(tmp_path) == {"broken.conf", *names.values()}


def test_an_output_without_findings(lvscompile, tmp_path: Path, small: Path) -> None:
    result = lvscompile("lint", "--output", f"github={tmp_path}/x", "--output", f"json={tmp_path}/y=z", str(small))
    assert (result.status, result.out) == (0, "no findings on small\n")
    assert (tmp_path / "x").read_text() == ""
    assert json.loads((tmp_path / "y=z").read_text())["findings"] == []


def test_an_output_replaces_what_was_there(lvscompile, tmp_path: Path, broken: Path) -> None:
    old, link = tmp_path / "old", tmp_path / "link"
    old.write_text("a text of other days, longer than one line is\n" * 99)
    old.chmod(0o640)
    link.symlink_to(old)
    assert lvscompile("lint", f"--output=concise={link}", str(broken)).status == 1
    assert link.is_symlink()
    assert old.read_text().count("\n") == 1
    assert old.stat().st_mode & 0o777 == 0o640


def test_a_new_output_is_readable_as_the_umask_says(lvscompile, tmp_path: Path, small: Path) -> None:
    lvscompile("lint", f"--output=json={tmp_path}/x", str(small), before=lambda: os.umask(0o027) and None)
    assert (tmp_path / "x").stat().st_mode & 0o777 == 0o640


def test_a_device_is_written_to(lvscompile, tmp_path: Path, broken: Path) -> None:
    result = lvscompile("lint", "--format", "json", "--output", "concise=/dev/stderr", str(broken))
    assert "LVS101" in result.err
    assert json.loads(result.out)
    assert lvscompile("lint", "--output", "json=/dev/null", str(broken)).status == 1
    assert Path("/dev/null").is_char_device()


def test_a_pipe_is_written_to(lvscompile, broken: Path) -> None:
    reader, writer = os.pipe()
    result = lvscompile("lint", f"--output=concise=/dev/fd/{writer}", str(broken), pass_fds=[writer])
    os.close(writer)
    with open(reader, "rb") as pipe:
        assert b"LVS101" in pipe.read()
    assert result.status == 1


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("xml=x", "not FORMAT=FILE; the formats are: full, concise, json, sarif, github"),
        ("json", "not FORMAT=FILE"),
        ("=x", "not FORMAT=FILE"),
        ("JSON=x", "not FORMAT=FILE"),
        ("json=", "the name is empty"),
        ("json=-", "standard output is what --format is for"),
        ("json=none/x", "there is no directory"),
        ("json=.", "it is a directory"),
        ("json=small.conf", "an input"),
        ("json=./../{folder}/small.conf", "an input"),
        ("json=\x1b[31m/x", "there is no directory"),
    ],
)
def test_outputs_that_cannot_be(lvscompile, tmp_path: Path, small: Path, value: str, says: str) -> None:
    value = value.replace("{folder}", tmp_path.name)
    before = small.read_text()
    result = lvscompile("lint", "--output", "concise=good", "--output", value, "small.conf", cwd=tmp_path)
    assert result.status == 2
    assert result.out == ""
    assert says in result.err
    assert "Traceback" not in result.err
    assert "\x1b" not in result.err
    assert left(tmp_path) == {"small.conf"}
    assert small.read_text() == before


def test_one_file_for_two_outputs(lvscompile, tmp_path: Path, small: Path) -> None:
    for other in ("json=x", "json=./x"):
        result = lvscompile("lint", "--output", "sarif=x", "--output", other, "small.conf", cwd=tmp_path)
        assert (result.status, result.out) == (2, "")
        assert "named twice" in result.err
    assert left(tmp_path) == {"small.conf"}


def test_an_included_file_is_no_place_for_an_output(lvscompile, tmp_path: Path, small: Path) -> None:
    (tmp_path / "part.conf").write_text("! nothing\n")
    small.write_text(small.read_text() + "include part.conf\n")
    result = lvscompile("lint", "--output", "json=part.conf", "small.conf", cwd=tmp_path)
    assert (result.status, result.out) == (2, "")
    assert (tmp_path / "part.conf").read_text() == "! nothing\n"


def test_a_file_that_cannot_be_written(lvscompile, tmp_path: Path, broken: Path) -> None:
    """The disk is full for one: the other is not written either, and nothing is said to be found."""
    (tmp_path / "old").write_text("as it was")
    options = ["--output", f"json={tmp_path}/old", "--output", f"sarif={tmp_path}/new"]
    result = lvscompile("lint", *options, "--output", "concise=/dev/full", str(broken))
    assert (result.status, result.out) == (2, "")
    assert "/dev/full" in result.err
    assert "no space left" in result.err
    assert left(tmp_path) == {"broken.conf", "old"}
    assert (tmp_path / "old").read_text() == "as it was"


def test_no_permission(lvscompile, tmp_path: Path, small: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0o500)
    (tmp_path / "old").write_text("as it was")
    (tmp_path / "old").chmod(0o400)
    through = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
    for name in ("closed/x", "old"):
        result = lvscompile("lint", "--output", f"json={tmp_path}/{name}", str(small), through=through)
        assert (result.status, result.out) == (2, "")
        assert "permission denied" in result.err
    assert left(tmp_path) == {"closed", "old", "small.conf"}


def test_all_or_none(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")
    with pytest.raises(InputError, match="cannot be written: no such file"):
        write_all({str(tmp_path / "a"): "new", str(tmp_path / "none" / "b"): "new"}, 0o666)
    assert (tmp_path / "a").read_text() == "old"
    assert left(tmp_path) == {"a"}
    write_all({str(tmp_path / "a"): "new \udcff", str(tmp_path / "b"): ""}, 0o666)
    assert (tmp_path / "a").read_bytes() == b"new \xff"
    assert left(tmp_path) == {"a", "b"}


def test_a_defect_is_written_too(tmp_path: Path, broken: Path) -> None:
    """A rule that raises is named in SARIF; the findings of all others are there."""
    program = """
import sys
from lvscompile.lint.registry import all_rules, rule
from lvscompile.lint.engine import Host
all_rules()
@rule("LVS999", "made-to-fail", "error", Host)
def fail(node, ctx, emit):
    "Fails."
    raise RuntimeError("on purpose")
from lvscompile.cli import run
sys.exit(run(sys.argv[1:]))
"""
    done = subprocess.run(
        [sys.executable, "-P", "-c", program, "lint", "--ignore", "LVS500", "--output", f"sarif={tmp_path}/x", str(broken)],
        capture_output=True, text=True, check=False, timeout=20,
    )  # fmt: skip
    assert done.returncode == 3
    assert "made-to-fail" in done.stderr
    (run,) = json.loads((tmp_path / "x").read_text())["runs"]
    assert [result["ruleId"] for result in run["results"]] == ["LVS101"]
    assert run["invocations"][0]["executionSuccessful"] is False
    assert run["invocations"][0]["toolExecutionNotifications"][0]["associatedRule"]["id"] == "LVS999"


# -- counts -------------------------------------------------------------------------------------------------


def test_statistics_stand_in_the_place_of_findings(lvscompile, tmp_path: Path, broken: Path) -> None:
    for form in ("full", "concise"):
        result = lvscompile("lint", "--statistics", "--format", form, str(broken))
        assert (result.status, result.err) == (1, "")
        assert re.fullmatch(r"1  error  LVS101  (\[\*\] )?unknown-keyword\n\n1 error on broken(;.*)?\n", result.out)
    result = lvscompile("lint", "--statistics", "--format", "json", f"--output=concise={tmp_path}/x", str(broken))
    assert json.loads(result.out)["statistics"][0]["code"] == "LVS101"
    assert ": error LVS101 " in (tmp_path / "x").read_text()


@pytest.mark.parametrize("form", ["sarif", "github"])
def test_statistics_have_no_form_there(lvscompile, broken: Path, form: str) -> None:
    result = lvscompile("lint", "--statistics", "--format", form, str(broken))
    assert (result.status, result.out) == (2, "")
    assert f"--format {form}" in result.err


# -- terminals ----------------------------------------------------------------------------------------------


def on_terminal(*arguments: str, columns: int = 100, **env: str) -> tuple[str, int]:
    """What a terminal of that width is sent, and the status."""
    import fcntl
    import struct
    import termios

    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "lvscompile", "lint", "--ignore", "LVS500", *arguments],
        stdout=slave, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, env={**kept, "TERM": "xterm", **env},
    )  # fmt: skip
    os.close(slave)
    data = b""
    try:
        while piece := os.read(master, 65536):
            data += piece
    except OSError:  # the other end is closed
        pass
    os.close(master)
    return data.decode().replace("\r", ""), process.wait(20)


@pytest.mark.parametrize(
    ("arguments", "env", "coloured"),
    [
        ([], {}, True),
        (["--color", "never"], {}, False),
        (["--color", "always"], {"NO_COLOR": "1", "TERM": "dumb"}, True),
        ([], {"NO_COLOR": "", "FORCE_COLOR": "1"}, False),
        ([], {"TERM": "dumb"}, False),
        (["--statistics"], {}, True),
        (["--statistics"], {"NO_COLOR": "1"}, False),
        (["--format", "concise"], {}, True),
        (["--format", "json"], {}, False),
        (["--format", "sarif", "--color", "always"], {}, False),
        (["--format", "github", "--color", "always"], {}, False),
    ],
)
def test_colours(broken: Path, arguments: list[str], env: dict[str, str], coloured: bool) -> None:
    text, status = on_terminal(*arguments, str(broken), **env)
    assert ("\x1b[" in text) == coloured
    assert "LVS101" in text
    assert status == 1


@pytest.mark.parametrize(
    ("columns", "env", "width"),
    [
        (100, {}, 100), (20, {}, 60), (400, {}, 130), (100, {"COLUMNS": "70"}, 70), (100, {"COLUMNS": "0"}, 60),
        (100, {"COLUMNS": ""}, 100), (100, {"COLUMNS": "wide"}, 100), (100, {"COLUMNS": "-5"}, 100),
        (100, {"COLUMNS": "9" * 5000}, 110), (100, {"COLUMNS": "²"}, 100),
    ],
)  # fmt: skip
def test_the_width_of_the_terminal(broken: Path, columns: int, env: dict[str, str], width: int) -> None:
    """An excerpt of a line without end takes the room there is, but for the last column."""
    broken.write_text(broken.read_text().replace("prority 100", "prority 100 # " + "x" * 500))
    text, _ = on_terminal(str(broken), columns=columns, NO_COLOR="1", **env)
    (excerpt,) = (line for line in text.split("\n") if line.startswith("5 |"))
    assert len(excerpt) == width - 1
    assert max(map(len, text.split("\n")[1:])) <= width


@pytest.mark.parametrize("columns", [60, 80, 130])
def test_text_keeps_to_the_width(broken: Path, columns: int) -> None:
    broken.write_text(broken.read_text().replace("prority 100", "prority 100 " + "# a long remark " * 20))
    text, _ = on_terminal(str(broken), columns=columns, NO_COLOR="1")
    assert max(map(len, text.split("\n")[1:])) <= columns


def test_narrower_than_any_text(broken: Path) -> None:
    assert "LVS101" in on_terminal(str(broken), columns=1)[0]


def test_what_is_piped_does_not_know_the_terminal(lvscompile, broken: Path) -> None:
    assert lvscompile("lint", str(broken), env={"COLUMNS": "60"}).out == lvscompile("lint", str(broken)).out
