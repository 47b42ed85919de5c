"""Inputs of a size or shape that nobody means: bounded time and memory, a status, no traceback.

By default a tenth of the full size, so that the suite stays short; LVSCOMPILE_FULL=1 gives the full one. The limit
grows with the size: what passes at a tenth and fails in full is not linear.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

FULL = bool(os.environ.get("LVSCOMPILE_FULL"))
SCALE = 10 if FULL else 1
SECONDS = 20 if FULL else 10  # a tenth of the size, and a machine that may be busy
NESTED = b"vrrp_instance A {\n"


def judge(lvscompile, path: Path, *arguments: str, seconds: float = SECONDS):  # type: ignore[no-untyped-def]
    result = lvscompile(
        "lint", "--format", "concise", f"x={path}", "--kind", f"{path}=keepalived", *arguments, seconds=seconds
    )
    assert "Traceback" not in result.err
    assert "MemoryError" not in result.err
    assert result.status in (0, 1)
    return result


def doubling(count: int) -> bytes:
    lines = [b"$A0=xxxxxxxxxxxxxxxx"]
    lines += [b"$A%d=${A%d} ${A%d}" % (at + 1, at, at) for at in range(count)]
    return b"\n".join([*lines, b"vrrp_instance A {", b"priority $A%d" % count, b"}", b""])


def doubling_lines(count: int) -> bytes:
    lines = [b"$L0=state MASTER \\\n nopreempt"]
    lines += [b"$L%d=${L%d} \\\n ${L%d}" % (at + 1, at, at) for at in range(count)]
    return b"\n".join([*lines, b"vrrp_instance A {", b"$L%d" % count, b"}", b""])


LINEAR = {
    "a line of 50 MB": lambda: NESTED + b"router_id " + b"x" * (5_000_000 * SCALE) + b"\n}\n",
    "20 MB of quotes": lambda: NESTED + b'"' * (2_000_000 * SCALE),
    "20 MB of quotes in lines": lambda: NESTED + (b'"' * 1000 + b"\n") * (1_000 * SCALE),
    "a million {": lambda: NESTED + b"{" * (100_000 * SCALE),
    "a million { on lines": lambda: NESTED + b"{\n" * (100_000 * SCALE),
    "unbalanced": lambda: NESTED * (10_000 * SCALE),
    "deep": lambda: b"virtual_server 10.0.0.1 80 {\nreal_server 10.0.0.2 80 {\nHTTP_GET {\nurl {\n" * (5_000 * SCALE),
    "deep and skipped": lambda: b"vrrp_instance {\n" + b"a {\n" * (50_000 * SCALE),
    "comments in Latin-1": lambda: NESTED + b"# \xe9\n" * (100_000 * SCALE) + b"}\n",
    "blank lines": lambda: NESTED + b"\n" * (300_000 * SCALE) + b"}\n",
    "carriage returns": lambda: NESTED + b"\r" * (1_000_000 * SCALE) + b"}\n",
    "instances of one VRID": lambda: b"vrrp_instance A {\n virtual_router_id 61\n}\n" * (2_000 * SCALE),
    "conditions": lambda: NESTED + b"@x @x " * (100_000 * SCALE),
    "backslashes": lambda: NESTED + b"\\" * (2_000_000 * SCALE),
    "variables": lambda: b"$A=1\n" + NESTED + b"priority ${A}\n" * (20_000 * SCALE) + b"}\n",
    "definitions": lambda: b"".join(b"$A%d=%d\n" % (at, at) for at in range(20_000 * SCALE)) + NESTED + b"}\n",
    "a definition of many lines": lambda: b"$A=\\\n" + b"x \\\n" * (40_000 * SCALE) + b"y\n" + NESTED + b"$A\n}\n",
}
# What once took time in proportion to the square of the size, and why.
SQUARE = {
    "}": (lambda: NESTED + b"}" * 60_000, "every finding looks for the words of its whole line"),
    "} on lines": (lambda: NESTED + b"}\n" * 80_000, "line and column are counted from the start of the file"),
    "lines too long": (lambda: NESTED + (b"x" * 1100 + b"\n") * 5_000, "line and column are counted from the start"),
    "${": (lambda: NESTED + b"${" * 80_000 + b"\n}\n", "each looks at the rest of its line"),
}
BOUNDED = {
    "$A=$A": b"$A=$A\n" + NESTED + b"priority $A \n}\n",
    "$A=$B $B": b"$A=$B $B\n$B=$A $A\n" + NESTED + b"priority $A\n}\n",
    "doubling": doubling(60),
    "doubling lines": doubling_lines(12),
    "SEQ of millions": b"~SEQ(i,1,5000000) x\n",
    "chained SEQ": NESTED + b"~SEQ(i,9) " * 20 + b"x\n}\n",
    "chained SEQ without text": NESTED + b"~SEQ(i,1000) " * 20 + b"\n}\n",
    "deeply chained SEQ": NESTED + b"~SEQ(i,1) " * 60 + b"x\n}\n",
    "SEQ of SEQ": b"$A=~SEQ(i,9) $A\n" + NESTED + b"$A\n}\n",
    "LST of itself": b"$A=~LST(A,1,$A) $A\n" + NESTED + b"$A\n}\n",
    "SEQ to the end of numbers": NESTED + b"~SEQ(i,1,99999999999999999999999999) x$i\n}\n",
    "definition by SEQ": b"~SEQ(i,1,30000) $A$i=$i\n" + NESTED + b"}\n",
    "condition from a definition": b"$A=@x $A\n" + NESTED + b"$A\n}\n",
    "open braces in a pattern": NESTED + b"include " + b"{" * 900 + b"\n}\n",
    "nested braces in a pattern": NESTED + b"include " + b"{a," * 300 + b"}" * 120 + b"\n}\n",
    "stars in a pattern": NESTED + b"include " + b"*" * 900 + b"\n}\n",
    "a pattern over everything": NESTED + b"include /*/*/nothing-of-this-name\n}\n",
    "devices and folders": NESTED + b"include /dev/zero\ninclude /dev/null\ninclude /tmp\ninclude /\ninclude .\n}\n",
}


@pytest.mark.parametrize("name", LINEAR)
def test_large(lvscompile, tmp_path: Path, name: str) -> None:
    path = tmp_path / "large.conf"
    path.write_bytes(LINEAR[name]())
    judge(lvscompile, path)


@pytest.mark.parametrize("data", [pytest.param(data, id=name) for name, (data, _) in SQUARE.items()])
def test_in_proportion(lvscompile, tmp_path: Path, data: Callable[[], bytes]) -> None:
    path = tmp_path / "large.conf"
    path.write_bytes(data())
    judge(lvscompile, path, seconds=10)


@pytest.mark.parametrize("name", BOUNDED)
def test_bounded(lvscompile, tmp_path: Path, name: str) -> None:
    path = tmp_path / "small.conf"
    path.write_bytes(BOUNDED[name])
    result = judge(lvscompile, path, seconds=20)
    if name.startswith(("$A=", "SEQ of millions", "doubling", "chained SEQ")):
        assert result.status == 1
        assert "LVS" in result.out


def test_alternatives_of_alternatives(lvscompile, tmp_path: Path) -> None:
    path = tmp_path / "small.conf"
    path.write_bytes(NESTED + b"include " + b"{a,b}" * 40 + b"\n}\n")
    judge(lvscompile, path, seconds=10)


def test_doubling_of_lines(lvscompile, tmp_path: Path) -> None:
    path = tmp_path / "small.conf"
    path.write_bytes(doubling_lines(40))
    judge(lvscompile, path, seconds=20)


# -- includes -----------------------------------------------------------------------------------------------


def test_a_file_that_includes_itself(lvscompile, tmp_path: Path) -> None:
    path = tmp_path / "a.conf"
    path.write_bytes(NESTED + b"state MASTER\ninclude a.conf\n}\n")
    assert "LVS121" in judge(lvscompile, path).out


def test_files_that_include_each_other(lvscompile, tmp_path: Path) -> None:
    (tmp_path / "a.conf").write_bytes(NESTED + b"}\ninclude b.conf\n")
    (tmp_path / "b.conf").write_bytes(b"include a.conf\n")
    assert "LVS121" in judge(lvscompile, tmp_path / "a.conf").out


def test_files_that_all_include_all(lvscompile, tmp_path: Path) -> None:
    """Without a bound on the files read this is the factorial of their number."""
    for number in range(20 if FULL else 6):
        (tmp_path / f"{number}.conf").write_bytes(b"include *.conf\n")
    judge(lvscompile, tmp_path / "0.conf", seconds=20)


def test_an_include_of_a_pipe_and_a_folder(lvscompile, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    path = tmp_path / "a.conf"
    path.write_bytes(b"include pipe\ninclude folder\n" + NESTED + b"}\n")
    result = judge(lvscompile, path)
    assert "named pipe" in result.out
    assert "is a directory" in result.out


def test_an_include_of_thousands_of_files(lvscompile, tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    for number in range(1_000 * SCALE):
        (tmp_path / "d" / f"{number:05}.conf").write_bytes(b"# nothing\n")
    path = tmp_path / "a.conf"
    path.write_bytes(NESTED + b"}\ninclude d/*.conf\n")
    judge(lvscompile, path)


def test_an_include_through_a_chain_of_files(lvscompile, tmp_path: Path) -> None:
    for number in range(60):
        (tmp_path / f"{number}.conf").write_bytes(b"include %d.conf\n" % (number + 1))
    assert "LVS1" in judge(lvscompile, tmp_path / "0.conf").out


def test_an_include_of_a_link_to_itself(lvscompile, tmp_path: Path) -> None:
    (tmp_path / "link.conf").symlink_to("a.conf")
    (tmp_path / "a.conf").write_bytes(NESTED + b"}\ninclude link.conf\n")
    assert "LVS121" in judge(lvscompile, tmp_path / "a.conf").out


def test_many_hosts(lvscompile, tmp_path: Path) -> None:
    """Hosts are compared in pairs: fifty of them are more than a thousand comparisons."""
    words = []
    for number in range(50):
        path = tmp_path / f"h{number}.conf"
        path.write_text(
            f"vrrp_instance V {{\n virtual_router_id {number}\n virtual_ipaddress {{\n 10.{number}.0.1/24\n }}\n}}\n"
        )
        words.append(str(path))
    result = lvscompile("lint", "--format", "concise", *words, seconds=20)
    assert "Traceback" not in result.err
    assert result.status in (0, 1)
