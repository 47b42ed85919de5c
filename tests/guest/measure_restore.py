"""How long `ipvsadm -R` takes for a dump, and our reader for the same, in turn, on the kernel with IPVS.

No test of ours: tests/bench/bench.py has it run, and reads the line that it prints.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.ipvs
BENCH = Path(__file__).resolve().parents[1] / "bench"
RUNS = 5


def measured(command: list[str], text: str) -> tuple[float, float, float, int]:
    """Processor seconds, seconds, MiB, status."""
    start = time.perf_counter()
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as process:
        assert process.stdin is not None
        process.stdin.write(text.encode())
        process.stdin.close()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    return used.ru_utime + used.ru_stime, time.perf_counter() - start, used.ru_maxrss / 1024, process.returncode


def test_measure(tmp_path: Path) -> None:
    path = tmp_path / "rules"
    text = subprocess.run(
        [sys.executable, str(BENCH / "make_dumps.py"), "ipvsadm"], capture_output=True, text=True, check=True
    ).stdout
    path.write_text(text)
    ours, theirs = [], []
    for number in range(RUNS + 1):  # the first ones read everything from disk
        subprocess.run(["ipvsadm", "-C"], check=True)
        one = measured([sys.executable, "-P", str(BENCH / "read_dump.py"), "ipvsadm", str(path)], "")
        other = measured(["ipvsadm", "-R"], text)
        if number:
            ours.append(one)
            theirs.append(other)
    held = subprocess.run(["ipvsadm", "-Sn"], capture_output=True, text=True, check=True).stdout
    subprocess.run(["ipvsadm", "-C"], check=True)
    assert len(held.splitlines()) == len(text.splitlines())
    print("\nMEASURED", json.dumps([ours, theirs]))
