"""`lvscompile fmt`: what it writes, what it says, how it leaves, and what it never does to a file."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp

import pytest

from lvscompile.cli import fmt, run

MESSY = "vrrp_instance A{\nstate  MASTER # c\n}\n"
NEAT = "vrrp_instance A {\n    state MASTER  # c\n}\n"


@pytest.fixture
def messy(tmp_path: Path) -> Path:
    path = tmp_path / "keepalived.conf"
    path.write_text(MESSY)
    return path


def entries(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# -- writing --------------------------------------------------------------------------------------------


def test_a_file_is_rewritten(lvscompile, messy: Path) -> None:
    result = lvscompile("fmt", "keepalived.conf", cwd=messy.parent)
    assert (result.status, result.out) == (0, "")
    assert result.err == "reformatted keepalived.conf\n1 file reformatted\n"
    assert messy.read_text() == NEAT
    assert entries(messy.parent) == ["keepalived.conf"]


def test_a_neat_file_is_not_touched(lvscompile, messy: Path) -> None:
    messy.write_text(NEAT)
    before = messy.stat()
    result = lvscompile("fmt", str(messy))
    assert (result.status, result.out, result.err) == (0, "", "1 file left unchanged\n")
    assert (messy.stat().st_ino, messy.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_owner_and_mode_stay(lvscompile, messy: Path) -> None:
    messy.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(messy, 12345, 23456)
    before = messy.stat()
    assert lvscompile("fmt", str(messy)).status == 0
    after = messy.stat()
    assert messy.read_text() == NEAT
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)


def test_extended_attributes_stay(lvscompile, messy: Path) -> None:
    try:
        os.setxattr(messy, "user.origin", b"here")
    except OSError:
        pytest.skip("the file system has no extended attributes")
    assert lvscompile("fmt", str(messy)).status == 0
    assert os.getxattr(messy, "user.origin") == b"here"


def test_a_symbolic_link_is_followed(lvscompile, messy: Path) -> None:
    (messy.parent / "elsewhere").mkdir()
    link = messy.parent / "elsewhere" / "link.conf"
    link.symlink_to("../keepalived.conf")
    assert lvscompile("fmt", str(link)).status == 0
    assert link.is_symlink()
    assert messy.read_text() == NEAT
    assert entries(link.parent) == ["link.conf"]


def test_any_bytes_survive(lvscompile, messy: Path) -> None:
    messy.write_bytes(b"# caf\xe9 \x81\nvrrp_instance caf\xe9{\n}\n")
    assert lvscompile("fmt", str(messy)).status == 0
    assert messy.read_bytes() == b"# caf\xe9 \x81\nvrrp_instance caf\xe9 {\n}\n"


def test_standard_input(lvscompile) -> None:
    result = lvscompile("fmt", "-", stdin=MESSY.encode())
    assert (result.status, result.out, result.err) == (0, NEAT, "")


def test_standard_input_that_is_neat_is_written_too(lvscompile) -> None:
    assert lvscompile("fmt", "-", stdin=NEAT.encode()).out == NEAT


# -- directories ----------------------------------------------------------------------------------------


@pytest.fixture
def host(tmp_path: Path) -> Path:
    (tmp_path / "outside.conf").write_text("  router_id   a\n")
    root = tmp_path / "lvs1"
    (root / "conf.d").mkdir(parents=True)
    (root / "keepalived.conf").write_text(
        "global_defs {\ninclude ../outside.conf\n}\nvrrp_instance A {\ninclude conf.d/vips\ninclude conf.d/vips\n}\n"
    )
    (root / "conf.d" / "vips").write_text("virtual_ipaddress\n{\n10.0.0.1\n}\n")
    (root / "conf.d" / "unused").write_text("virtual_ipaddress\n{\n10.0.0.1\n}\n")
    return root


def test_a_directory_is_one_host(lvscompile, host: Path) -> None:
    result = lvscompile("fmt", "lvs1", cwd=host.parent)
    assert result.status == 0
    assert result.err == (
        "reformatted lvs1/keepalived.conf\nreformatted lvs1/conf.d/vips\n2 files reformatted\n"
    )  # fmt: skip
    assert (host / "conf.d" / "vips").read_text() == "virtual_ipaddress {\n    10.0.0.1\n}\n"
    assert (host / "conf.d" / "unused").read_text() == "virtual_ipaddress\n{\n10.0.0.1\n}\n"
    assert (host.parent / "outside.conf").read_text() == "  router_id   a\n"
    assert "    include conf.d/vips\n" in (host / "keepalived.conf").read_text()


def test_a_link_does_not_lead_out_of_the_directory(lvscompile, host: Path) -> None:
    (host / "conf.d" / "vips").unlink()
    (host / "conf.d" / "vips").symlink_to("../../outside.conf")
    assert lvscompile("fmt", str(host)).status == 0
    assert (host.parent / "outside.conf").read_text() == "  router_id   a\n"


def test_files_given_twice_are_formatted_once(lvscompile, host: Path) -> None:
    result = lvscompile("fmt", "--check", "lvs1", "lvs1/keepalived.conf", "./lvs1/conf.d/vips", cwd=host.parent)
    assert result.out == "lvs1/keepalived.conf\nlvs1/conf.d/vips\n"
    assert result.err == "2 files would be reformatted\n"


# -- --check and --diff ---------------------------------------------------------------------------------


def test_check(lvscompile, messy: Path, small: Path) -> None:
    result = lvscompile("fmt", "--check", "keepalived.conf", "small.conf", cwd=messy.parent)
    assert (result.status, result.out) == (1, "keepalived.conf\n")
    assert result.err == "1 file would be reformatted, 1 file left unchanged\n"
    assert messy.read_text() == MESSY


def test_check_of_neat_files(lvscompile, small: Path) -> None:
    result = lvscompile("fmt", "--check", str(small))
    assert (result.status, result.out, result.err) == (0, "", "1 file left unchanged\n")


DIFF = """\
--- keepalived.conf
+++ keepalived.conf (formatted)
@@ -1,3 +1,3 @@
-vrrp_instance A{
-state  MASTER # c
+vrrp_instance A {
+    state MASTER  # c
 }
"""


@pytest.mark.parametrize(("options", "status"), [(["--diff"], 0), (["--diff", "--check"], 1)])
def test_diff(lvscompile, messy: Path, options: list[str], status: int) -> None:
    result = lvscompile("fmt", *options, "keepalived.conf", cwd=messy.parent)
    assert (result.status, result.out, result.err) == (status, DIFF, "1 file would be reformatted\n")
    assert messy.read_text() == MESSY


def test_diff_of_standard_input(lvscompile) -> None:
    result = lvscompile("fmt", "--diff", "-", stdin=MESSY.encode())
    assert result.out == DIFF.replace("keepalived.conf", "<stdin>")


def test_diff_of_a_last_line_without_newline(lvscompile) -> None:
    result = lvscompile("fmt", "--diff", "-", stdin=NEAT.removesuffix("\n").encode())
    assert result.out.endswith("-}\n\\ No newline at end of file\n+}\n")


def test_diff_shows_no_secret(lvscompile) -> None:
    text = "vrrp_instance A {\nauthentication {\nauth_type PASS\nauth_pass  hush1\n}\n# hush1 is the pass\n}\n"
    result = lvscompile("fmt", "--diff", "-", stdin=text.encode())
    assert "auth_pass" in result.out
    assert "hush1" not in result.out


def test_diff_shows_no_escape_sequence(lvscompile) -> None:
    result = lvscompile("fmt", "--diff", "-", stdin=b"global_defs{\n# \x1b[31m\r\n}\n")
    assert "-# ?[31m\\r\n" in result.out


# -- what is said ---------------------------------------------------------------------------------------


def test_line_ends_are_told(lvscompile, messy: Path) -> None:
    messy.write_bytes(NEAT.replace("\n", "\r\n").encode())
    result = lvscompile("fmt", "keepalived.conf", cwd=messy.parent)
    assert "keepalived.conf: line ends: CRLF becomes LF\n" in result.err
    assert messy.read_bytes() == NEAT.encode()


def test_what_is_left_is_told(lvscompile, messy: Path) -> None:
    messy.write_text("vrrp_instance A {\nfrob {\nx 1\n}\n}\n")
    result = lvscompile("fmt", "keepalived.conf", cwd=messy.parent)
    assert result.status == 0
    assert "keepalived.conf: left as they are: lines 2-5; keepalived does not read them as they look" in result.err


def test_help_shows_examples(lvscompile) -> None:
    result = lvscompile("fmt", "--help")
    assert result.out.count("  lvscompile fmt ") == 2


# -- what goes wrong ------------------------------------------------------------------------------------


def test_no_path_is_a_usage_error(lvscompile) -> None:
    result = lvscompile("fmt")
    assert result.status == 2
    assert "Say what to format" in result.err


def test_one_unreadable_file_and_none_is_changed(lvscompile, messy: Path) -> None:
    result = lvscompile("fmt", str(messy), "/nonexistent")
    assert result.status == 2
    assert "/nonexistent: no such file" in result.err
    assert messy.read_text() == MESSY


def test_a_foreign_file_is_refused(lvscompile, tmp_path: Path) -> None:
    (tmp_path / "x.py").write_text("if x:\n    y()\n")
    result = lvscompile("fmt", str(tmp_path / "x.py"))
    assert result.status == 2
    assert "this is no keepalived.conf" in result.err


def test_a_pipe_is_not_rewritten(lvscompile) -> None:
    reader, writer = os.pipe()
    os.write(writer, MESSY.encode())
    os.close(writer)
    result = lvscompile("fmt", f"/dev/fd/{reader}", pass_fds=[reader])
    os.close(reader)
    assert result.status == 2
    assert "it is a pipe; give `-` instead" in result.err


@pytest.fixture
def public() -> Iterator[Path]:
    """A folder that any user can reach."""
    folder = Path(mkdtemp(prefix="fmt-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.parametrize("mode", [0o444, 0o666])
def test_a_read_only_folder(public: Path, capsys, mode: int) -> None:
    path = public / "keepalived.conf"
    path.write_text(MESSY)
    path.chmod(mode)
    public.chmod(0o555)
    user = os.geteuid()
    try:
        if user == 0:
            os.seteuid(65534)
        assert run(["fmt", str(path)]) == 2
    finally:
        os.seteuid(user)
    error = capsys.readouterr().err
    assert f"{path}: cannot be rewritten: permission denied\n" in error
    assert "you must be able to write the file and its directory" in error
    assert path.read_text() == MESSY
    assert entries(public) == ["keepalived.conf"]


def test_a_write_that_fails_leaves_the_old_file(messy: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(fmt.os, "fsync", full)
    assert run(["fmt", str(messy)]) == 2
    assert "cannot be rewritten: no space left on device" in capsys.readouterr().err
    assert messy.read_text() == MESSY
    assert entries(messy.parent) == ["keepalived.conf"]


def test_a_defect_leaves_the_file(messy: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    from lvscompile.app import format as tested

    monkeypatch.setattr(tested, "lay_out", lambda source, places: NEAT.replace("MASTER", "BACKUP"))
    assert run(["fmt", str(messy)]) == 3
    assert "This is a defect of lvscompile" in capsys.readouterr().err
    assert messy.read_text() == MESSY


def test_a_temporary_file_of_another_is_not_overwritten(messy: Path, capsys) -> None:
    planted = messy.parent / f".keepalived.conf.{os.getpid()}.lvscompile"
    planted.symlink_to(messy.parent / "target")
    assert run(["fmt", str(messy)]) == 2
    assert "cannot be rewritten: file exists" in capsys.readouterr().err
    assert planted.is_symlink()
    assert not (messy.parent / "target").exists()


def test_setuid_is_not_lost_to_the_change_of_owner(messy: Path) -> None:
    """chown clears these bits, so the mode is set after it."""
    if os.geteuid() != 0:
        pytest.skip("needs root")
    os.chown(messy, 12345, 23456)
    messy.chmod(0o2640)
    assert run(["fmt", str(messy)]) == 0
    assert stat.S_IMODE(messy.stat().st_mode) == 0o2640


def test_the_output_lints_as_the_input(lvscompile, host: Path) -> None:
    before = lvscompile("lint", "--format", "concise", str(host)).out
    assert lvscompile("fmt", str(host)).status == 0
    after = lvscompile("lint", "--format", "concise", str(host)).out
    assert _codes(after) == _codes(before)


def _codes(findings: str) -> list[str]:
    return sorted(line.split(": ", 1)[1] for line in findings.splitlines())


def test_a_diff_of_many_files_can_be_cut_short(messy: Path) -> None:
    """`| head` is no error."""
    command = f"lvscompile fmt --diff {messy} | true"
    environment = os.environ | {"PATH": f"{Path(os.sys.executable).parent}:{os.environ['PATH']}"}
    done = subprocess.run(["bash", "-c", command], capture_output=True, env=environment, check=False)
    assert b"Traceback" not in done.stderr
