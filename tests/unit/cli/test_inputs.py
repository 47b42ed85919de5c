"""Inputs that cannot be read, or hardly: one line on stderr, the right status, nothing on stdout, no traceback."""

from __future__ import annotations

import os
import random
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[3]


def refused(result, *says: str) -> None:  # type: ignore[no-untyped-def]
    assert result.status == 2
    assert result.out == ""
    assert "Traceback" not in result.err
    assert result.err.count("\n") <= 3
    for word in says:
        assert word in result.err


def judged(result, *statuses: int) -> None:  # type: ignore[no-untyped-def]
    assert result.status in (statuses or (0, 1))
    assert "Traceback" not in result.err
    assert "defect" not in result.err


# -- what is no readable file -------------------------------------------------------------------------------


def test_missing_file(lvscompile, tmp_path: Path) -> None:
    refused(lvscompile("lint", str(tmp_path / "none.conf")), "none.conf", "no such file")


def without_root_rights() -> list[str]:
    """A prefix that takes away what makes root read everything. (The interpreter may lie in root's own folder.)"""
    if os.geteuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        pytest.skip("no setpriv")
    return ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]


def test_unreadable_file(lvscompile, small: Path) -> None:
    small.chmod(0)
    refused(lvscompile("lint", str(small), through=without_root_rights()), "permission denied", "sudo")


def test_unreadable_directory(lvscompile, tmp_path: Path) -> None:
    (tmp_path / "lvs1").mkdir(mode=0)
    refused(lvscompile("lint", str(tmp_path / "lvs1"), through=without_root_rights()), "permission denied")


def test_unreadable_include(lvscompile, small: Path) -> None:
    (small.parent / "more.conf").touch(0)
    small.write_text(small.read_text() + "include more.conf\n")
    result = lvscompile("lint", "--format", "concise", str(small), through=without_root_rights())
    judged(result, 1)
    assert "LVS121" in result.out
    assert "permission denied" in result.out


def test_a_name_that_is_too_long(lvscompile) -> None:
    refused(lvscompile("lint", "/tmp/" + "x" * 5000), "name too long")


def test_a_file_where_a_folder_should_be(lvscompile, small: Path) -> None:
    refused(lvscompile("lint", f"{small}/keepalived.conf"), "not a directory")


def test_an_empty_word(lvscompile) -> None:
    refused(lvscompile("lint", ""))


def test_a_loop_of_links(lvscompile, tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    refused(lvscompile("lint", str(tmp_path / "a")), "symbolic links")


def test_directory_without_anything_known(lvscompile, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello\n")
    refused(lvscompile("lint", str(tmp_path)), "nothing in this directory is known")


def test_empty_directory(lvscompile, tmp_path: Path) -> None:
    refused(lvscompile("lint", str(tmp_path)), "nothing in this directory is known")


def test_directory_with_several_candidates(lvscompile, tmp_path: Path, small: Path) -> None:
    shutil.copy(small, tmp_path / "other.conf")
    refused(lvscompile("lint", str(tmp_path)), "several files", "small.conf", "other.conf", "name one")


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/null", "/dev/full"])
def test_device(lvscompile, device: str) -> None:
    refused(lvscompile("lint", device), "not a regular file")


def test_named_pipe_without_a_writer(lvscompile, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    refused(lvscompile("lint", str(tmp_path / "pipe"), seconds=5), "named pipe", "`-`")


def test_directory_with_a_named_pipe(lvscompile, tmp_path: Path, small: Path) -> None:
    os.mkfifo(tmp_path / "keepalived.pipe")
    judged(lvscompile("lint", str(tmp_path), seconds=5), 0)


def test_canonical_place_is_a_named_pipe(lvscompile, tmp_path: Path) -> None:
    (tmp_path / "etc/keepalived").mkdir(parents=True)
    os.mkfifo(tmp_path / "etc/keepalived/keepalived.conf")
    refused(lvscompile("lint", str(tmp_path), seconds=5), "named pipe")


# -- what is no text ----------------------------------------------------------------------------------------


def test_program(lvscompile) -> None:
    refused(lvscompile("lint", os.path.realpath(sys.executable)), "binary")


def test_only_nuls(lvscompile, tmp_path: Path) -> None:
    path = tmp_path / "keepalived.conf"
    path.write_bytes(b"\0" * 100_000)
    refused(lvscompile("lint", str(path)), "binary")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf16(lvscompile, small: Path, encoding: str) -> None:
    small.write_bytes(small.read_text().encode(encoding))
    refused(lvscompile("lint", str(small)))


def test_a_stray_nul(lvscompile, small: Path) -> None:
    small.write_bytes(small.read_bytes().replace(b"priority 100", b"priority 100\0junk"))
    result = lvscompile("lint", "--format", "concise", str(small))
    judged(result, 1)
    assert "LVS119" in result.out
    assert result.out.count("\n") == 1
    assert "\0" not in result.out


def test_byte_order_mark(lvscompile, small: Path) -> None:
    small.write_bytes(b"\xef\xbb\xbf" + small.read_bytes())
    result = lvscompile("lint", "--format", "concise", str(small))
    judged(result, 1)
    assert "LVS126" in result.out


def test_unknown_text(lvscompile, tmp_path: Path) -> None:
    path = tmp_path / "hosts"
    path.write_text("127.0.0.1 localhost\n")
    refused(lvscompile("lint", str(path)), "no line of it is a keyword", f"--kind {path}=keepalived")
    judged(lvscompile("lint", str(path), "--kind", f"{path}=keepalived"), 1)


def test_empty_file_by_its_name(lvscompile, tmp_path: Path) -> None:
    (tmp_path / "keepalived.conf").write_bytes(b"")
    judged(lvscompile("lint", str(tmp_path / "keepalived.conf")), 0)
    (tmp_path / "x.conf").write_bytes(b"")
    refused(lvscompile("lint", str(tmp_path / "x.conf")), "no line of it is a keyword")


def cuts() -> Iterator[tuple[str, int]]:
    dice = random.Random(51)
    files = sorted((REPOSITORY / "fixtures").rglob("*.conf"))
    for _ in range(40):
        path = dice.choice(files)
        yield str(path.relative_to(REPOSITORY)), dice.randrange(path.stat().st_size)


def test_truncated_files(lvscompile, tmp_path: Path) -> None:
    """Forty fixtures cut at random places, forty hosts of one call: each is judged, none is a defect."""
    words = []
    for number, (path, offset) in enumerate(cuts()):
        cut = tmp_path / f"cut{number}.conf"
        cut.write_bytes((REPOSITORY / path).read_bytes()[:offset])
        words += [f"host{number}={cut}", "--kind", f"{cut}=keepalived"]
    judged(lvscompile("lint", "--no-peers", *words))


@pytest.mark.parametrize("number", range(0, 40, 8))
def test_truncated_file(lvscompile, tmp_path: Path, number: int) -> None:
    path, offset = list(cuts())[number]
    cut = tmp_path / "keepalived.conf"
    cut.write_bytes((REPOSITORY / path).read_bytes()[:offset])
    judged(lvscompile("lint", f"x={cut}", "--kind", f"{cut}=keepalived"))


# -- standard input and pipes -------------------------------------------------------------------------------


def test_standard_input(lvscompile, small: Path) -> None:
    result = lvscompile("lint", "-", stdin=small.read_bytes())
    judged(result, 0)
    assert "stdin" in result.out


def test_standard_input_of_a_named_host(lvscompile, small: Path) -> None:
    result = lvscompile("lint", "lvs7=-", stdin=small.read_bytes())
    judged(result, 0)
    assert "lvs7" in result.out


@pytest.mark.parametrize("data", [b"", b"hello\n"])
def test_standard_input_without_a_configuration(lvscompile, data: bytes) -> None:
    result = lvscompile("lint", "-", stdin=data)
    refused(result, "<stdin>")


def test_standard_input_twice(lvscompile, small: Path) -> None:
    result = lvscompile("lint", "a=-", "b=-", stdin=small.read_bytes())
    refused(result, "standard input", "twice")


def test_closed_standard_input(lvscompile) -> None:
    result = lvscompile("lint", "-", before=lambda: os.close(0))
    assert result.status in (2, 3)  # 2 is what it should be, see the next test


def test_closed_standard_input_is_refused(lvscompile) -> None:
    refused(lvscompile("lint", "-", before=lambda: os.close(0)))


def test_process_substitution(lvscompile, small: Path) -> None:
    reader, writer = os.pipe()
    os.write(writer, small.read_bytes())
    os.close(writer)
    judged(lvscompile("lint", f"/dev/fd/{reader}", pass_fds=[reader], seconds=5), 0)
    os.close(reader)


# -- names --------------------------------------------------------------------------------------------------


def test_a_path_with_a_newline_and_escapes(lvscompile, tmp_path: Path, broken: Path) -> None:
    path = tmp_path / "two\nlines \x1b[31m.conf"
    broken.rename(path)
    result = lvscompile("lint", "--format", "concise", "--", f"x={path}")
    judged(result, 1)
    assert "\x1b" not in result.out + result.err


def test_one_finding_is_one_line_whatever_the_path(lvscompile, tmp_path: Path, broken: Path) -> None:
    path = tmp_path / "two\nlines.conf"
    broken.rename(path)
    assert lvscompile("lint", "--format", "concise", f"x={path}").out.count("\n") == 1


@pytest.mark.parametrize("exists", [True, False])
def test_control_characters_of_a_path_reach_no_terminal(lvscompile, tmp_path: Path, small: Path, exists: bool) -> None:
    path = tmp_path / "\x1b]0;owned\x07.conf"
    if exists:
        small.rename(path)
    result = lvscompile("lint", str(path))
    assert "\x1b" not in result.out + result.err


def test_a_path_of_any_bytes(lvscompile, tmp_path: Path, small: Path) -> None:
    path = os.fsencode(tmp_path) + b"/caf\xe9.conf"
    os.rename(small, path)
    for encoding in ("C.UTF-8", "C", "POSIX"):
        result = lvscompile("lint", os.fsdecode(path), env={"LC_ALL": encoding})
        judged(result, 0)


def test_nul_in_a_path_of_an_include(lvscompile, small: Path) -> None:
    small.write_bytes(small.read_bytes() + b"include a\0b\n")
    judged(lvscompile("lint", str(small)), 1)


def test_the_same_file_twice(lvscompile, small: Path) -> None:
    result = lvscompile("lint", str(small), str(small))
    judged(result, 0)
    assert "given twice" in result.err


def test_one_file_for_two_hosts(lvscompile, small: Path) -> None:
    result = lvscompile("lint", f"a={small}", f"b={small}")
    judged(result, 0, 1)
    assert "a and b" in result.out
    assert "twice" not in result.err


@pytest.mark.parametrize("given", ["lvs1={}", "lvs-1.example.org={}", "a_b={}"])
def test_host_and_path(lvscompile, small: Path, given: str) -> None:
    result = lvscompile("lint", given.format(small))
    judged(result, 0)
    assert given.partition("=")[0] in result.out


def test_a_path_that_holds_an_equals_sign(lvscompile, tmp_path: Path, small: Path) -> None:
    shutil.copy(small, tmp_path / "a=b.conf")
    judged(lvscompile("lint", "a=b.conf", cwd=tmp_path), 0)
    judged(lvscompile("lint", f"{tmp_path}/a=b.conf"), 0)


@pytest.mark.parametrize("given", ["=x", "a=", "a b=x", "=", "-=x"])
def test_what_is_no_host_and_path(lvscompile, given: str, tmp_path: Path) -> None:
    result = lvscompile("lint", "--", given, cwd=tmp_path)
    assert result.status == 2
    assert "Traceback" not in result.err


def test_two_hosts_of_one_name_are_told_apart(lvscompile, tmp_path: Path, small: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        shutil.copy(small, tmp_path / folder / "small.conf")
    result = lvscompile("lint", str(tmp_path / "a/small.conf"), str(tmp_path / "b/small.conf"))
    judged(result)
    assert "small and small#2" in result.out


# -- directories --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["etc/keepalived/keepalived.conf", "keepalived/keepalived.conf", "keepalived.conf"])
def test_directory_with_a_canonical_place(lvscompile, tmp_path: Path, small: Path, place: str) -> None:
    root = tmp_path / "lvs1"
    (root / place).parent.mkdir(parents=True, exist_ok=True)
    small.rename(root / place)
    result = lvscompile("lint", str(root))
    judged(result, 0)
    assert "on lvs1" in result.out


def test_current_directory(lvscompile, tmp_path: Path, small: Path) -> None:
    root = tmp_path / "lvs9"
    root.mkdir()
    small.rename(root / "keepalived.conf")
    result = lvscompile("lint", ".", cwd=root)
    judged(result, 0)
    assert "lvs9" in result.out


def test_leftovers_are_noted_once_and_not_read(lvscompile, tmp_path: Path, small: Path) -> None:
    root = tmp_path / "lvs1"
    root.mkdir()
    for name in ("keepalived.conf", "keepalived.conf.bak", "keepalived.conf~", "keepalived.conf.rpmsave"):
        shutil.copy(small, root / name)
    result = lvscompile("lint", str(root))
    judged(result, 0)
    assert result.err.count("note:") == 1
    for name in ("keepalived.conf.bak", "keepalived.conf~", "keepalived.conf.rpmsave"):
        assert result.err.count(name) == 1


def test_leftovers_in_a_canonical_place_are_noted(lvscompile, tmp_path: Path, small: Path) -> None:
    folder = tmp_path / "lvs1/etc/keepalived"
    folder.mkdir(parents=True)
    shutil.copy(small, folder / "keepalived.conf")
    shutil.copy(small, folder / "keepalived.conf.bak")
    assert "keepalived.conf.bak" in lvscompile("lint", str(tmp_path / "lvs1")).err


def test_absolute_includes_are_sought_inside_the_directory(lvscompile, tmp_path: Path, small: Path) -> None:
    folder = tmp_path / "lvs1/etc/keepalived"
    (folder / "conf.d").mkdir(parents=True)
    (folder / "keepalived.conf").write_text("include /etc/keepalived/conf.d/*.conf\n" + small.read_text())
    (folder / "conf.d/a.conf").write_text("global_defs {\n  rooter_id x\n}\n")
    result = lvscompile("lint", "--format", "concise", str(tmp_path / "lvs1"))
    judged(result, 1)
    assert "conf.d/a.conf:2:3: error LVS101" in result.out


def test_a_directory_that_is_a_link(lvscompile, tmp_path: Path, small: Path) -> None:
    root = tmp_path / "real"
    root.mkdir()
    small.rename(root / "keepalived.conf")
    (tmp_path / "link").symlink_to("real")
    judged(lvscompile("lint", str(tmp_path / "link")), 0)


@pytest.mark.parametrize("setup", ["clean-nat-pair", "clean-unicast-cloud", "global-office-latin1"])
def test_clean_pairs(lvscompile, setup: str) -> None:
    folder = REPOSITORY / "fixtures" / setup
    hosts = sorted(
        p for p in folder.iterdir() if p.is_dir() and any(p.rglob("keepalived.conf")) and p.name != "expected"
    )
    assert len(hosts) == 2
    assert lvscompile("lint", *map(str, hosts)).status == 0
