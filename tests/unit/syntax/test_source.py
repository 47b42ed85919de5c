"""Files as text: what is read, what is refused, and where a character stands."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from lvscompile.syntax import source as sources
from lvscompile.syntax.source import InputError, Source, decode, encode, looks_binary, read_source

TEXT = "ab\n\ncé\td\n"
POSITIONS = {0: (1, 1), 1: (1, 2), 2: (1, 3), 3: (2, 1), 4: (3, 1), 6: (3, 3), 7: (3, 4), 8: (3, 5), 9: (4, 1)}


@pytest.mark.parametrize("offset", POSITIONS)
def test_position(offset: int) -> None:
    assert Source("x", TEXT).position(offset) == POSITIONS[offset]


@pytest.mark.parametrize(
    ("offset", "line"), [(0, (0, 2)), (2, (0, 2)), (3, (3, 3)), (4, (4, 8)), (8, (4, 8)), (9, (9, 9))]
)
def test_line_around(offset: int, line: tuple[int, int]) -> None:
    assert Source("x", TEXT).line_around(offset) == line


def test_only_a_newline_ends_a_line() -> None:
    text = "a\rb\x85c\u2028d\ve\fg\n"
    assert Source("x", text).position(len(text) - 1) == (1, len(text))


@pytest.mark.parametrize(
    "data", [b"", b"abc", b"\xff\xfe", b"caf\xe9", "é漢".encode(), bytes(range(256)), b"\xed\xa0\x80"]
)
def test_bytes_survive(data: bytes) -> None:
    assert encode(decode(data)) == data


@pytest.mark.parametrize(
    ("data", "binary"),
    [
        (b"", False), (b"text", False), (b"a\0b" + b"x" * 100, False), (b"\0" * 10, True), (b"\x7fELF\x02\x01\x01" + b"\0" * 9, True),
        (b"\xe9" * 100, False), (b"\x01\x02" * 100, False), ("state\n".encode("utf-16"), True), (b"a" * 8192 + b"\0" * 9000, False),
    ],
)  # fmt: skip
def test_looks_binary(data: bytes, binary: bool) -> None:
    assert looks_binary(data) == binary


def test_read(tmp_path: Path) -> None:
    path = tmp_path / "a.conf"
    path.write_bytes(b"caf\xe9\r\n")
    found = read_source(str(path))
    assert (found.name, found.path, found.text, found.frames) == (str(path), str(path), "caf\udce9\r\n", ())
    assert read_source(str(path), "shown").name == "shown"


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"state\xff\n")))
    found = read_source("-")
    assert (found.name, found.path, found.text) == ("<stdin>", "", "state\udcff\n")


def test_what_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "elf").write_bytes(b"\x7fELF" + b"\0" * 100)
    cases = {
        str(tmp_path): "is a directory",
        str(tmp_path / "none"): "no such file",
        str(tmp_path / "pipe"): "is a named pipe",
        str(tmp_path / "elf"): "looks like a binary file, not like a configuration",
        "/dev/zero": "is not a regular file",
        "a\0b": "this cannot be the name of a file",
    }
    for path, reason in cases.items():
        with pytest.raises(InputError) as caught:
            read_source(path)
        assert caught.value.reason == reason
        assert "\0" not in caught.value.path


def test_a_file_of_any_size_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "MAX_BYTES", 1 << 20)
    path = tmp_path / "big"
    path.write_bytes(b"x" * (1 << 20))
    assert len(read_source(str(path)).text) == 1 << 20
    path.write_bytes(b"x" * ((1 << 20) + 1))
    with pytest.raises(InputError, match="larger than 1 MiB"):
        read_source(str(path))
