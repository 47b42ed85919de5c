"""`lvscompile lint --fix`: what it writes, what it shows, what it says, how it leaves."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp

import pytest

from lvscompile.cli import run

BODY = """\
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 61
    nopreempt off  # not yet
    priority 100
    authentication { auth_type PASS auth_pass hunter22 }
    virtual_ipaddress { 10.0.0.1/24 10.0.0.2/24 }
}
"""
SAFE = """\
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 61
    # not yet
    priority 100
    authentication { auth_type PASS auth_pass hunter22 }
    virtual_ipaddress {
        10.0.0.1/24
        10.0.0.2/24
    }
}
"""
ALL = SAFE.replace(
    "{ auth_type PASS auth_pass hunter22 }", "{\n        auth_type PASS\n        auth_pass hunter22\n    }"
)


@pytest.fixture
def mistaken(tmp_path: Path) -> Path:
    path = tmp_path / "a.conf"
    path.write_text(BODY)
    return path


def test_the_file_is_mended_and_the_rest_reported(lvscompile, mistaken: Path) -> None:
    result = lvscompile("lint", "--fix", "--format", "concise", "a.conf", cwd=mistaken.parent)
    assert mistaken.read_text() == SAFE
    assert result.status == 1
    assert [line.split(": ")[1] for line in result.out.splitlines()] == ["error LVS110 lost-on-one-line"]
    assert result.err == "fixed a.conf: LVS110, LVS111\n"
    assert os.listdir(mistaken.parent) == ["a.conf"]


def test_the_summary_counts(lvscompile, mistaken: Path) -> None:
    assert (
        lvscompile("lint", str(mistaken))
        .out.splitlines()[-1]
        .endswith("; 2 fixable with --fix, 1 more with --unsafe-fixes")
    )
    assert lvscompile("lint", "--fix", str(mistaken)).out.splitlines()[-1] == (
        "1 error on a; 1 fixable with --fix --unsafe-fixes; 2 fixed"
    )
    assert lvscompile("lint", "--fix", str(mistaken)).out.splitlines()[-1].endswith("; 0 fixed")


def test_unsafe_fixes(lvscompile, mistaken: Path) -> None:
    result = lvscompile("lint", "--fix", "--unsafe-fixes", str(mistaken))
    assert mistaken.read_text() == ALL
    assert result.status == 0
    assert result.err.startswith(f"fixed {mistaken}: LVS110 (2 times), LVS111")


def test_a_file_without_anything_to_fix_is_not_touched(lvscompile, mistaken: Path) -> None:
    mistaken.write_text(SAFE)
    before = mistaken.stat()
    result = lvscompile("lint", "--fix", str(mistaken))
    assert result.err == ""
    assert (mistaken.stat().st_ino, mistaken.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_only_what_is_selected_is_fixed(lvscompile, mistaken: Path) -> None:
    lvscompile("lint", "--fix", "--select", "LVS111", str(mistaken))
    assert mistaken.read_text() == BODY.replace("nopreempt off  # not yet", "# not yet")


def test_what_is_suppressed_is_not_fixed(lvscompile, mistaken: Path) -> None:
    text = BODY.replace("# not yet", "# lvscompile: ignore[LVS111] so it was left to us")
    mistaken.write_text(text)
    lvscompile("lint", "--fix", str(mistaken))
    assert "    nopreempt off  # lvscompile" in mistaken.read_text()


def test_what_the_baseline_knows_is_not_fixed(lvscompile, mistaken: Path) -> None:
    baseline = str(mistaken.parent / "baseline.json")
    assert lvscompile("lint", "--write-baseline", baseline, str(mistaken)).status == 0
    result = lvscompile("lint", "--fix", "--baseline", baseline, str(mistaken))
    assert mistaken.read_text() == BODY
    assert result.status == 0


# -- --diff ---------------------------------------------------------------------------------------------------


def test_a_diff_writes_nothing_and_shows_no_secret(lvscompile, mistaken: Path) -> None:
    result = lvscompile("lint", "--diff", "--unsafe-fixes", "a.conf", cwd=mistaken.parent)
    assert mistaken.read_text() == BODY
    assert result.out.startswith("--- a.conf\n+++ a.conf (fixed)\n@@ ")
    assert "-    nopreempt off  # not yet\n+    # not yet\n" in result.out
    assert "+        auth_pass ********\n" in result.out
    assert "hunter22" not in result.out + result.err
    assert result.err.startswith("would fix a.conf: LVS110 (2 times), LVS111\n")
    assert result.err.endswith("on a; 3 would be fixed\n")
    assert result.status == 0


def test_a_diff_leaves_the_findings_that_stay_on_standard_error(lvscompile, mistaken: Path) -> None:
    result = lvscompile("lint", "--diff", "--format", "json", str(mistaken))
    assert result.status == 1
    document = json.loads(result.err.partition("\n")[2])
    assert [finding["code"] for finding in document["findings"]] == ["LVS110"]


@pytest.mark.parametrize("options", [("--diff",), ("--diff", "--fix")])
def test_a_diff_of_nothing_is_empty(lvscompile, small: Path, options: tuple[str, ...]) -> None:
    result = lvscompile("lint", *options, str(small))
    assert (result.status, result.out) == (0, "")


# -- exit status ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("option", ["--fix", "--diff"])
def test_a_fix_may_be_what_a_pipeline_stops_at(lvscompile, mistaken: Path, option: str) -> None:
    mistaken.write_text(ALL.replace("# not yet", "dont_track_primary off"))
    result = lvscompile("lint", option, "--exit-non-zero-on-fix", str(mistaken))
    assert result.status == 1
    mistaken.write_text(ALL)
    assert lvscompile("lint", option, "--exit-non-zero-on-fix", str(mistaken)).status == 0


@pytest.mark.parametrize("option", ["--unsafe-fixes", "--exit-non-zero-on-fix"])
def test_options_that_need_another(lvscompile, small: Path, option: str) -> None:
    result = lvscompile("lint", option, str(small))
    assert result.status == 2
    assert f"{option} needs --fix, or --diff." in result.err


# -- standard input -------------------------------------------------------------------------------------------


def test_standard_input_goes_to_standard_output(lvscompile) -> None:
    result = lvscompile("lint", "--fix", "--unsafe-fixes", "-", stdin=BODY.replace("\n", "\r\n").encode())
    assert result.status == 0
    assert result.out == ALL.replace("\n", "\r\n")
    assert result.err.endswith("on stdin; 3 fixed\n")


def test_standard_input_comes_out_when_there_is_nothing_to_fix(lvscompile) -> None:
    data = ALL.encode() + b"# caf\xe9"
    result = lvscompile("lint", "--fix", "-", stdin=data)
    assert result.out == ALL + "# caf\\xe9"
    assert result.status == 0


# -- files ----------------------------------------------------------------------------------------------------


def test_mode_owner_link_and_bytes_stay(lvscompile, tmp_path: Path) -> None:
    real, link = tmp_path / "real.conf", tmp_path / "link.conf"
    real.write_bytes(b"# caf\xe9\r\n" + BODY.replace("\n", "\r\n").encode())
    real.chmod(0o640)
    link.symlink_to("real.conf")
    lvscompile("lint", "--fix", "--unsafe-fixes", str(link))
    assert real.read_bytes() == b"# caf\xe9\r\n" + ALL.replace("\n", "\r\n").encode()
    assert link.is_symlink()
    assert real.stat().st_mode & 0o777 == 0o640


def test_included_files_are_mended(lvscompile, mistaken: Path) -> None:
    (mistaken.parent / "main.conf").write_text("include a.conf\n")
    result = lvscompile("lint", "--fix", "main.conf", cwd=mistaken.parent)
    assert mistaken.read_text() == SAFE
    assert result.err == "fixed a.conf: LVS110, LVS111\n"


@pytest.fixture
def public() -> Iterator[Path]:
    """A folder that any user can reach."""
    folder = Path(mkdtemp(prefix="fix-"))
    folder.chmod(0o777)
    yield folder
    shutil.rmtree(folder)


def test_a_file_that_cannot_be_written(public: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The other file is left alone as well."""
    one, two = public / "a.conf", public / "b.conf"
    one.write_text(BODY)
    two.write_text(BODY)
    one.chmod(0o666)
    two.chmod(0o444)
    arguments = ["lint", "--no-peers", str(one), str(two)]
    run([*arguments, "--diff"])  # imports what another user may not be able to read
    user = os.geteuid()
    try:
        if user == 0:
            os.seteuid(65534)
        status = run([*arguments, "--fix"])
    finally:
        os.seteuid(user)
    assert status == 2
    assert "b.conf: cannot be rewritten: permission denied" in capsys.readouterr().err
    assert (one.read_text(), two.read_text()) == (BODY, BODY)
    assert sorted(os.listdir(public)) == ["a.conf", "b.conf"]


def test_what_is_taken_back_is_said(lvscompile, mistaken: Path) -> None:
    """The second instance would get the VRID of the first."""
    mistaken.write_text(ALL + ALL.replace("VI_1", "VI_2").replace("_id 61", "_id = 61").replace("10.0.0", "10.0.1"))
    result = lvscompile("lint", "--fix", "a.conf", cwd=mistaken.parent)
    assert "not fixed a.conf:17: LVS104: its fix would bring new errors (LVS201)\n" in result.err
    assert "_id = 61" in mistaken.read_text()


@pytest.mark.parametrize(
    "line", ["auth_pass=s3cret77", "auth_pass = s3cret77", "auth_pas s3cret77", "auth_pass s3cret77 ;"]
)
@pytest.mark.parametrize(
    "options", [("--diff",), ("--fix",), ("--format", "json"), ("--format", "sarif"), ("--format", "github")]
)
def test_no_secret_is_shown(lvscompile, small: Path, line: str, options: tuple[str, ...]) -> None:
    small.write_text(small.read_text().replace("priority 100", f"authentication {{\n auth_type PASS\n {line}\n }}"))
    unsafe = ("--unsafe-fixes",) if options[0] != "--format" else ()
    result = lvscompile("lint", *options, *unsafe, str(small))
    assert "LVS1" in result.out + result.err
    assert "s3cret77" not in result.out + result.err
