"""How long lint takes, in proportion to programs that do as little as can be done.

    python tests/bench/bench.py [--json FILE] [--runs N] [--small-runs N]

Comparisons of whole processes run in turn (A B A B …), with user and system time, wall-clock time and peak memory as the
kernel counts them:

- a file of 37,205 real servers: `lvscompile lint` against `keepalived -t`;
- the same against its first half: twice the size shall take twice the time;
- a file of ten lines: `lvscompile lint` against an interpreter that does nothing;
- a dump of 10,000 rules: our reader against `iptables-legacy-restore --test`, and against its half;
- a dump of 10,000 lines of ipvsadm: our reader against `ipvsadm -R`, on a kernel that has IPVS (the guest's, where both are
  slower by as much), and against its half. For both dumps the lines a second, without start-up.

Ratios are those of the medians. The exit status is 1 only when a limit is passed: the machine may be busy, the limits
are far away.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parent))

import make_big
import make_dumps

MAX_BIG_RATIO = 8  # of keepalived -t, processor time
MAX_BIG_MIB = 300
MAX_SMALL_RATIO = 15  # of python -c pass
MAX_DOUBLE_RATIO = 2.6  # of half the file
MAX_DUMP_MIB = 150
SMALL = """\
vrrp_instance VI_1 {
    state BACKUP
    interface eth0
    virtual_router_id 51
    priority 100
    virtual_ipaddress {
        10.255.255.1/24
    }
}
"""
LINT = [sys.executable, "-P", "-m", "lvscompile", "lint", "--format", "concise"]
HERE = Path(__file__).parent
GUEST = HERE.parent / "guest"
MEASURED = "MEASURED "


class Run(NamedTuple):
    cpu: float  # seconds, user and system, children included
    wall: float
    mib: float
    status: int


def run(command: Sequence[str]) -> Run:
    start = time.perf_counter()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    return Run(used.ru_utime + used.ru_stime, wall, used.ru_maxrss / 1024, process.returncode)


def alternate(a: Sequence[str], b: Sequence[str], runs: int) -> tuple[list[Run], list[Run]]:
    run(a), run(b)  # the first ones read everything from disk
    results: tuple[list[Run], list[Run]] = ([], [])
    for _ in range(runs):
        results[0].append(run(a))
        results[1].append(run(b))
    return results


def middle(runs: list[Run]) -> Run:
    return Run(
        *(median(getattr(r, field) for r in runs) for field in ("cpu", "wall", "mib")), max(r.status for r in runs)
    )


def in_namespace(program: str) -> list[str]:
    """A shell of our own with an interface and nothing else; what it measures of itself goes to a file."""
    script = f"ip link add eth0 type bridge && ip link set eth0 up && ip addr add 10.255.255.2/24 dev eth0 && {program}"
    return ["unshare", "-n", "sh", "-c", script]


def keepalived(path: Path, runs: int, other: Sequence[str]) -> tuple[list[Run], list[Run]] | None:
    """`other` against `keepalived -t`, whose own processor time is measured inside its namespace."""
    if shutil.which("keepalived") is None or shutil.which("unshare") is None or os.geteuid() != 0:
        return None
    measure = [sys.executable, "-P", __file__, "--measure", f"{runs}", "--", "keepalived", "-t", "-f", str(path)]
    command = in_namespace(" ".join(f"'{word}'" for word in measure))
    done = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert done.stdin is not None
    assert done.stdout is not None
    results: tuple[list[Run], list[Run]] = ([], [])
    run(other)
    for _ in range(runs):
        results[0].append(run(other))
        done.stdin.write("go\n")
        done.stdin.flush()
        answer = done.stdout.readline()
        if not answer:
            return None
        results[1].append(Run(*json.loads(answer)))
    done.stdin.close()
    done.wait()
    return results


def measure(runs: int, command: Sequence[str]) -> None:
    """Run the command once for each line on standard input and say what it took."""
    run(command)
    for _ in range(runs):
        if not sys.stdin.readline():
            return
        print(json.dumps(run(command)), flush=True)


def show(name: str, a: str, b: str, found: tuple[list[Run], list[Run]]) -> dict[str, object]:
    one, two = middle(found[0]), middle(found[1])
    runs = len(found[0])
    print(f"\n{name} (median of {runs}, in turn)")
    for label, each in ((a, one), (b, two)):
        print(
            f"  {label:<34} {each.cpu * 1000:9.1f} ms cpu {each.wall * 1000:9.1f} ms wall {each.mib:7.1f} MiB  status {each.status}"
        )
    print(f"  {'ratio':<34} {one.cpu / two.cpu:9.2f} x      {one.wall / two.wall:9.2f} x")
    return {
        "runs": runs, "a": a, "b": b, "a_cpu_ms": round(one.cpu * 1000, 1), "b_cpu_ms": round(two.cpu * 1000, 1),
        "a_wall_ms": round(one.wall * 1000, 1), "b_wall_ms": round(two.wall * 1000, 1), "a_mib": round(one.mib, 1),
        "b_mib": round(two.mib, 1), "cpu_ratio": round(one.cpu / two.cpu, 2), "wall_ratio": round(one.wall / two.wall, 2),
        "a_status": one.status, "b_status": two.status,
    }  # fmt: skip


def reader(kind: str, path: Path) -> list[str]:
    return [sys.executable, "-P", str(HERE / "read_dump.py"), kind, str(path)]


def lines_per_second(kind: str, path: Path, lines: int, runs: int) -> dict[str, object]:
    """How many lines of a dump are read and replayed in a second of processor time, start-up left out."""
    done = [subprocess.run(reader(kind, path), capture_output=True, text=True, check=True) for _ in range(runs)]
    rates = [lines / float(each.stdout) for each in done]
    print(f"\n{kind}: {median(rates):,.0f} lines/s (median of {runs}; {min(rates):,.0f} to {max(rates):,.0f})")
    return {
        "lines": lines, "lines_per_second": round(median(rates)), "slowest": round(min(rates)), "fastest": round(max(rates)),
    }  # fmt: skip


def in_guest() -> tuple[list[Run], list[Run]] | None:
    """Our reader against `ipvsadm -R`, on a kernel with IPVS; None where there is none."""
    command = [sys.executable, str(GUEST / "boot.py"), str(GUEST / "measure_restore.py"), "-q", "-s"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    line = next((line for line in done.stdout.splitlines() if line.startswith(MEASURED)), "")
    if not line:
        return None
    # What the process that started them holds counts in their memory: it says nothing.
    ours, theirs = ([Run(*each)._replace(mib=0) for each in runs] for runs in json.loads(line.removeprefix(MEASURED)))
    return ours, theirs


def dumps(folder: Path, runs: int) -> dict[str, dict[str, object]]:
    """All figures of the two dumps."""
    results: dict[str, dict[str, object]] = {}
    for kind in ("iptables", "ipvsadm"):
        whole, half = folder / f"{kind}.dump", folder / f"{kind}-half.dump"
        for path, count in ((whole, make_dumps.LINES), (half, make_dumps.LINES // 2)):
            with open(path, "wb") as file:
                subprocess.run([sys.executable, make_dumps.__file__, kind, str(count)], stdout=file, check=True)
        lines = whole.read_bytes().count(b"\n")
        results[f"{kind}_lines"] = lines_per_second(kind, whole, lines, runs)
        found = alternate(reader(kind, whole), reader(kind, half), runs)
        results[f"{kind}_double"] = show(f"{kind}: whole and half", "our reader, whole", "our reader, half", found)
    restore = ["unshare", "-n", "iptables-legacy-restore", "--test", str(folder / "iptables.dump")]
    if all(map(shutil.which, (restore[0], restore[2]))) and os.geteuid() == 0:
        found = alternate(reader("iptables", folder / "iptables.dump"), restore, runs)
        results["iptables"] = show(
            "iptables: a dump of 10,000 rules", "our reader", "iptables-legacy-restore --test", found
        )
    else:
        print("\niptables-legacy-restore is not compared: it needs iptables, unshare and root")
    guest = in_guest()
    if guest is None:
        print("\nipvsadm -R is not compared: it needs a kernel with IPVS (see tests/guest/boot.py)")
    else:
        results["ipvsadm"] = show("ipvsadm: a dump of 10,000 lines, in the guest", "our reader", "ipvsadm -R", guest)
    return results


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--small-runs", type=int, default=21)
    parser.add_argument("--measure", type=int, help=argparse.SUPPRESS)
    parser.add_argument("command", nargs="*", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure is not None:
        measure(options.measure, options.command)
        return 0

    results: dict[str, dict[str, object]] = {}
    with tempfile.TemporaryDirectory() as folder:
        big, half, small = (Path(folder) / name for name in ("big.conf", "half.conf", "small.conf"))
        # By a process of its own: what this one holds in memory would count in the peak of those that it starts.
        for path, count in ((big, make_big.REAL_SERVERS), (half, make_big.REAL_SERVERS // 2)):
            with open(path, "wb") as file:
                subprocess.run([sys.executable, make_big.__file__, str(count)], stdout=file, check=True)
        small.write_text(SMALL)
        with open(big, "rb") as file:
            count = sum(1 for _ in file)
        size = big.stat().st_size / 1e6
        print(f"{big.name}: {count:,} lines, {size:.1f} MB, {make_big.REAL_SERVERS:,} real servers")
        found = keepalived(big, options.runs, [*LINT, str(big)])
        if found is None:
            print("keepalived -t is not compared: it needs keepalived, unshare and root")
        else:
            results["big"] = show("the large file", "lvscompile lint", "keepalived -t", found)
        found = alternate([*LINT, str(big)], [*LINT, str(half)], options.runs)
        results["double"] = show("whole and half", "lvscompile lint, whole", "lvscompile lint, half", found)
        found = alternate([*LINT, str(small)], [sys.executable, "-c", "pass"], options.small_runs)
        results["small"] = show("the small file", "lvscompile lint", "python -c pass", found)
        results |= dumps(Path(folder), options.runs)
    passed = judge(results)
    if options.json:
        Path(options.json).write_text(json.dumps(results, indent=2) + "\n")
    return 0 if passed else 1


def judge(results: dict[str, dict[str, object]]) -> bool:
    limits = [
        ("big", "cpu_ratio", MAX_BIG_RATIO), ("double", "a_mib", MAX_BIG_MIB), ("double", "cpu_ratio", MAX_DOUBLE_RATIO),
        ("small", "cpu_ratio", MAX_SMALL_RATIO), ("iptables_double", "cpu_ratio", MAX_DOUBLE_RATIO),
        ("ipvsadm_double", "cpu_ratio", MAX_DOUBLE_RATIO), ("iptables", "a_mib", MAX_DUMP_MIB), ("ipvsadm_double", "a_mib", MAX_DUMP_MIB),
    ]  # fmt: skip
    passed = True
    for name, figure, limit in limits:
        value = results.get(name, {}).get(figure, 0)
        if isinstance(value, int | float) and value > limit:
            print(f"too much: {figure} of {name} is {value}, the limit is {limit}")
            passed = False
    return passed


if __name__ == "__main__":
    sys.exit(main())
