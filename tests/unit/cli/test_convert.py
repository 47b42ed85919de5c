"""`lvscompile convert`: what it writes and where, what it says, when it refuses."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from lvscompile.app.write import write_whole
from lvscompile.cli import run
from lvscompile.syntax.source import InputError

INPUT = """\
! by hand
vrrp_instance VI_1 {
  priority 0150
  interface eth0
  virtual_ipaddress { 10.0.0.1/24 }
}
"""
OUTPUT = """\
vrrp_instance VI_1 {
    interface eth0
    priority 0150
    virtual_ipaddress {
        10.0.0.1/24
    }
}
"""
GOOD = INPUT.replace("interface", "virtual_router_id 61\n  interface")
MADE = OUTPUT.replace("    priority", "    virtual_router_id 61\n    priority")
LOSSY = GOOD.replace("priority 0150", "prority 0150")
NOTED = "# lvscompile: not carried over: prority 0150\n\n" + MADE.replace("    priority 0150\n", "")
GUARDED = GOOD.replace("}\n}", "}\n  auth_hmac {\n    key 1 hunter2hunter2hunter2hunter2hunter2\n  }\n}")
BARE = "# lvscompile: not carried over: auth_hmac {\n\n" + MADE


@pytest.fixture
def conf(tmp_path: Path) -> Path:
    path = tmp_path / "lvs1.conf"
    path.write_text(GOOD)
    return path


def entries(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


# -- to stdout ------------------------------------------------------------------------------------------


def test_stdout_has_the_result_only(lvscompile, conf: Path) -> None:
    done = lvscompile("convert", str(conf))
    assert (done.status, done.out, done.err) == (0, MADE, "")


def test_the_output_converts_to_itself(lvscompile, conf: Path) -> None:
    assert lvscompile("convert", "-", stdin=MADE.encode()).out == MADE


def test_standard_input(lvscompile) -> None:
    done = lvscompile("convert", "lvs1=-", stdin=GOOD.encode())
    assert (done.status, done.out, done.err) == (0, MADE, "")


def test_bytes_of_any_encoding_come_through(tmp_path: Path) -> None:
    path = tmp_path / "lvs1.conf"
    path.write_bytes(b"global_defs {\n router_id caf\xe9\n}\n")
    assert run(["convert", str(path), "-o", str(tmp_path / "out")]) == 0
    assert (tmp_path / "out").read_bytes() == b"global_defs {\n    router_id caf\xe9\n}\n"


def test_losses_are_told_on_stderr_and_in_the_output(lvscompile, conf: Path) -> None:
    conf.write_text(LOSSY)
    done = lvscompile("convert", conf.name, cwd=conf.parent)
    assert (done.status, done.out) == (0, NOTED)
    codes = [line.split(": ")[1].split()[1] for line in done.err.splitlines()]
    assert codes == ["LVS101", "LVS701"]
    assert all(line.startswith("lvs1.conf:3:3: ") for line in done.err.splitlines())


def test_errors_of_the_input_do_not_stop_it(lvscompile, conf: Path) -> None:
    conf.write_text(GOOD + "vrrp_instance VI_1 {\n}\n")
    done = lvscompile("convert", str(conf))
    assert done.status == 0
    assert done.out.endswith(MADE)
    assert "LVS128" in done.err
    assert "LVS703" in done.err


def test_notes_about_the_input_go_to_stderr(lvscompile, conf: Path) -> None:
    (conf.parent / "other.conf~").write_text("")
    done = lvscompile("convert", str(conf.parent))
    assert (done.status, done.out) == (0, MADE)
    assert done.err.startswith("note: ")


# -- refusals -------------------------------------------------------------------------------------------


def test_strict_refuses_any_loss(lvscompile, conf: Path) -> None:
    conf.write_text(LOSSY)
    done = lvscompile("convert", str(conf), "--strict", "-o", str(conf.parent / "out"))
    assert (done.status, done.out) == (1, "")
    assert "LVS701" in done.err
    assert done.err.endswith("lvscompile: nothing is written: see the losses above\n")
    assert entries(conf.parent) == ["lvs1.conf"]


def test_strict_is_content_without_losses(lvscompile, conf: Path) -> None:
    done = lvscompile("convert", str(conf), "--strict")
    assert (done.status, done.out) == (0, MADE)


def test_a_loss_that_weakens_is_refused(lvscompile, conf: Path) -> None:
    conf.write_text(GUARDED)
    done = lvscompile("convert", str(conf), "--target-keepalived", "2.2.7")
    assert (done.status, done.out) == (1, "")
    assert "error" in done.err
    assert "LVS705" in done.err
    assert "--allow-lossy" in done.err or "nothing is written" in done.err


def test_unless_it_is_allowed(lvscompile, conf: Path) -> None:
    conf.write_text(GUARDED)
    done = lvscompile("convert", str(conf), "--target-keepalived", "2.2.7", "--allow-lossy")
    assert (done.status, done.out) == (0, BARE)
    assert "LVS705" in done.err


def test_the_newest_version_has_it(lvscompile, conf: Path) -> None:
    conf.write_text(GUARDED)
    done = lvscompile("convert", str(conf))
    assert done.status == 0
    assert "auth_hmac" in done.out


@pytest.mark.parametrize(
    "text",
    [
        GUARDED,
        GUARDED.replace("key 1 hunter2", "key 1 " + "hunter2" * 10),
        GOOD.replace("}\n}", "}\n  authentication {\n    auth_type PASS\n    auth_pass hunter2\n  }\n}"),
        GOOD.replace("}\n}", "}\n  authentication {\n    auth_typo PASS\n    auth_pas hunter2\n  }\n}"),
        GOOD.replace("}\n}", '}\n  authentication {\n    auth_pass "hunter2\n  }\n}'),
    ],
)
def test_secrets_are_not_shown(lvscompile, conf: Path, text: str) -> None:
    conf.write_text(text)
    done = lvscompile("convert", str(conf), "--target-keepalived", "2.2.7", "-o", str(conf.parent / "out"))
    assert "hunter" not in done.out + done.err


# -- into files -----------------------------------------------------------------------------------------


def test_into_a_file(lvscompile, conf: Path) -> None:
    done = lvscompile("convert", str(conf), "-o", "out.conf", cwd=conf.parent)
    assert (done.status, done.out, done.err) == (0, "", "")
    assert (conf.parent / "out.conf").read_text() == MADE


@pytest.mark.parametrize("output", ["out", "out/", "new/"])
def test_one_host_into_a_directory(lvscompile, conf: Path, output: str) -> None:
    (conf.parent / "out").mkdir()
    assert lvscompile("convert", str(conf), "-o", output, cwd=conf.parent).status == 0
    assert (conf.parent / output / "keepalived.conf").read_text() == MADE


def test_several_hosts_into_a_directory(lvscompile, conf: Path) -> None:
    (conf.parent / "two.conf").write_text(GOOD.replace("0150", "0140"))
    done = lvscompile("convert", "lvs1=lvs1.conf", "lvs2=two.conf", "-o", "out", cwd=conf.parent)
    assert (done.status, done.out) == (0, "")
    assert entries(conf.parent / "out") == ["lvs1/keepalived.conf", "lvs2/keepalived.conf"]
    assert (conf.parent / "out/lvs2/keepalived.conf").read_text() == MADE.replace("0150", "0140")


def test_several_hosts_need_a_directory(lvscompile, conf: Path) -> None:
    done = lvscompile("convert", f"lvs1={conf}", f"lvs2={conf}")
    assert (done.status, done.out) == (2, "")
    assert "-o DIR" in done.err


def test_the_input_itself(lvscompile, conf: Path) -> None:
    assert lvscompile("convert", str(conf), "-o", str(conf)).status == 0
    assert conf.read_text() == MADE
    assert entries(conf.parent) == ["lvs1.conf"]


def test_an_existing_file_keeps_mode_and_owner(lvscompile, conf: Path) -> None:
    out = conf.parent / "out.conf"
    out.write_text("old")
    out.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(out, 12345, 23456)
    before = out.stat()
    assert lvscompile("convert", str(conf), "-o", str(out)).status == 0
    after = out.stat()
    assert out.read_text() == MADE
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)


def test_a_symbolic_link_is_followed(lvscompile, conf: Path) -> None:
    (conf.parent / "real.conf").write_text("old")
    (conf.parent / "link.conf").symlink_to("real.conf")
    assert lvscompile("convert", str(conf), "-o", str(conf.parent / "link.conf")).status == 0
    assert (conf.parent / "link.conf").is_symlink()
    assert (conf.parent / "real.conf").read_text() == MADE


def test_a_pipe_stays_a_pipe(conf: Path) -> None:
    """So does /dev/null, which a rename would have replaced by a file."""
    pipe = conf.parent / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert run(["convert", str(conf), "-o", str(pipe)]) == 0
        assert os.read(reader, 10000).decode() == MADE
    finally:
        os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@pytest.mark.parametrize("output", ["no/such/folder/out.conf", "lvs1.conf/out.conf", "lvs1.conf/"])
def test_where_nothing_can_be_written(lvscompile, conf: Path, output: str) -> None:
    done = lvscompile("convert", str(conf), "-o", output, cwd=conf.parent)
    assert (done.status, done.out) == (2, "")
    assert "Traceback" not in done.err
    assert done.err
    assert entries(conf.parent) == ["lvs1.conf"]
    assert conf.read_text() == GOOD


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(28, "No space left on device")])
@pytest.mark.parametrize("step", ["replace", "fsync"])
def test_nothing_half_written_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, error: BaseException
) -> None:
    def fail(*_: object) -> None:
        raise error

    path = tmp_path / "out.conf"
    path.write_text("old")
    monkeypatch.setattr(os, step, fail)
    with pytest.raises(InputError if isinstance(error, OSError) else KeyboardInterrupt):
        write_whole(str(path), "new")
    assert path.read_text() == "old"
    assert entries(tmp_path) == ["out.conf"]


# -- wrong calls ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [("no-such-file",), ("{}", "--target-keepalived", "newest"), ("{}", "--to", "nonsense"), ("{}", "--nonsense"), ("-", "-")],
)  # fmt: skip
def test_what_cannot_run(lvscompile, conf: Path, arguments: tuple[str, ...]) -> None:
    done = lvscompile("convert", *(each.format(conf) for each in arguments), stdin=GOOD.encode())
    assert (done.status, done.out) == (2, "")
    assert "Traceback" not in done.err


def test_a_long_rejected_line_is_named_by_its_word(lvscompile, conf: Path) -> None:
    conf.write_text(GOOD.replace("priority 0150", f"priority {'9' * 80}  # why"))
    done = lvscompile("convert", str(conf))
    assert "`priority ...` is left out: keepalived rejects it, and goes on with 100" in done.err
