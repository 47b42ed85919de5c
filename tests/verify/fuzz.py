"""The long fuzz: whatever a text holds, reading, lowering and linting it come back, soon, without an exception.

    python tests/verify/fuzz.py --inputs 500000 --seed 1 [--seconds N] [--no-record]

Three kinds of inputs: random bytes, texts made of the pieces of the language, and the fixtures (and the samples of
the system's keepalived package) with damage. Most are judged in memory; every fiftieth goes through a file, load()
and the renderers. Two processes; an input that takes more than five seconds counts as a hang. One line of
figures is appended to tests/evidence/fuzz.json; inputs that failed lie under tests/evidence/failures/.
"""

from __future__ import annotations

import argparse
import gc
import hashlib
import json
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path
from typing import Any

import lvscompile
from lvscompile.app.inputs import HostInput
from lvscompile.app.load import _load_host, count_statements, load
from lvscompile.cli.formats import Paper, Results, render
from lvscompile.cli.formats.document import as_json
from lvscompile.cli.formats.text import concise, full
from lvscompile.cli.render import Style
from lvscompile.ir.core import KNOWN_KEEPALIVED, Target
from lvscompile.lint.engine import Report, lint
from lvscompile.syntax.keepalived.keywords import blocks, table
from lvscompile.syntax.keepalived.scan import scan
from lvscompile.syntax.secrets import Masker
from lvscompile.syntax.source import InputError, Source, decode, encode

REPOSITORY = Path(__file__).resolve().parents[2]
EVIDENCE = REPOSITORY / "tests" / "evidence"
SAMPLES = Path("/usr/share/doc/keepalived/samples")
HANG = 5
THROUGH_A_FILE = 50
MAIN = "main.conf"
NEIGHBOURS = {
    "half.conf": b"vrrp_instance HALF {\n  state MASTER\n",
    "rest.conf": b"  priority 77\n}\n",
    "a.conf": b"router_id a\ninclude b.conf\n",
    "b.conf": b"include a.conf\n",
    MAIN: b"include main.conf\n",
}

MARKS = [
    "{", "}", " { ", " }\n", "{\n", "}\n", "}\n", "\n", "\n", "\n", "\n", "\r\n", "\r", "\\\n", "\\ \n", "\x85", "\u2028", "\0",
    "\v", "\f", "\t", " ", " ", " ", '"', '""', '"a b"', "'", "\\", "\\\\", "\\#", '\\"', "\\{", "#", "!", "# c\n", '# "c\n', "# \\\n",
    "@", "@me ", "@^me ", "@you ", "@ ", "$", "${", "$A", "$A ", "$A\n", "${A}", "${A }", "${ A}", "${$A}", "${_RANDOM 1 2}", "${_PWD}",
    "${_INSTANCE}", "$_HASH ", "\n$A=", "\n$A=$B", "\n$B=$A $A\n", "\n$A=1 \\\n2 \\\n3\n", "\n$A={\n", "\n$A=include half.conf\n",
    "\n$A=@me x\n", "\n$A=~SEQ(i,2) x$i\n", "\n~SEQ(i,3) ", "~SEQ(i,3,1) ", "~SEQx(i,9,11) ", "~SEQ(i,0x3) ", "~SEQ(i,010) ", "~SEQ(", "~SEQ(i) ",
    "~SEQ(i,1,0,2) ", "~SEQ(i,1,2,9)", "\n~LST(A,1,2) ", "~LST({A,B},{1,2},{3}) ", "~LST(", "~LST({", "~", "$i", "${i}", "\ninclude ",
    "\ninclude half.conf\n", "\ninclude rest.conf\n", "\ninclude main.conf\n", "\ninclude a.conf\n", "\nincludem none*.conf\n",
    "\ninclude {half,rest}.conf\n", "\ninclude h*.conf\n", "include\n", "include #\n", "\ninclude .\n", "includew x }\n", "include \\\n",
    "\ufeff", "\xa0", "\udcff", "\udc8f\\\n", "\x1b[0m", "10.0.0.1", "10.0.0.1/24", "10.0.0.1/33", "10.0.0.1/-1", "2001:db8::1/64", "::", "1",
    "-1", "0", "255", "256", "1.5", ".", "+", "1e3", "99999999999", "+7", "0x10", "\u0663", "\xb2", "1_0", "eth0", "MASTER", "master", "on", "off",
    "PASS", "AH", "secret", "weight", "dev", "label", "=", ";", "//", "fwmark", "group", "-", "TCP", "rr", "NAT", "A", "B", "x" * 40,
]  # fmt: skip
LINES = [
    "vrrp_instance A {\n", "vrrp_instance B {\n", "vrrp_instance\n", "vrrp_sync_group G {\n", "group {\n", "vrrp_script s {\n",
    "virtual_server 10.0.0.1 80 {\n", "virtual_server fwmark 1 {\n", "real_server 10.0.0.2 80 {\n", "virtual_ipaddress {\n",
    "authentication {\n", "global_defs {\n", "track_script {\n", "unicast_peer {\n", "TCP_CHECK {\n", "HTTP_GET\n", "url {\n",
    "virtual_server_group x {\n", "state MASTER\n", "virtual_router_id 51\n", "priority 100\n", "interface eth0\n", "auth_pass x\n",
    "auth_type PASS\n", "advert_int 1\n", "version 3\n", "10.0.0.1/24\n", "2001:db8::1/64 dev eth0\n", "unicast_src_ip 10.0.0.1\n",
]  # fmt: skip


class Hang(BaseException):
    """Not an Exception: the engine must not take it for a rule's own."""


class Maker:
    """Makes inputs of three kinds from one generator of random numbers."""

    def __init__(self, seed: str) -> None:
        self.dice = random.Random(seed)
        words = sorted({name for block in blocks() for name in table(block)})
        self.material = MARKS + LINES * 2 + [f"{word} " for word in words] + [f"\n{word} " for word in words]
        self.bases = [decode(path.read_bytes()) for path in base_files()]

    def make(self) -> tuple[str, str]:
        kind = self.dice.choices(("bytes", "pieces", "mutation"), (1, 5, 4))[0]
        return kind, getattr(self, kind)()

    def bytes(self) -> str:
        return decode(self.dice.randbytes(self.dice.randrange(120)))

    def pieces_of(self, most: int) -> str:
        return "".join(self.dice.choices(self.material, k=self.dice.randrange(most)))

    def pieces(self) -> str:
        return self.pieces_of(40)

    def mutation(self) -> str:
        text = self.dice.choice(self.bases)
        if len(text) > 500:  # a window of it: an input shall cost half a millisecond
            start = self.dice.randrange(len(text) - 400)
            start = text.rfind("\n", 0, start) + 1 if self.dice.random() < 0.8 else start
            text = text[start : start + self.dice.randrange(100, 700)]
        for _ in range(self.dice.randrange(1, 5)):
            start = self.dice.randrange(len(text) + 1)
            end = min(len(text), start + self.dice.choice((0, 1, 1, 2, 8, 40)))
            change = self.dice.randrange(4)
            if change == 0:
                text = text[:start] + text[end:]
            elif change == 1:
                text = text[:end] + text[start:end] + text[end:]
            elif change == 2:
                text = text[:start] + self.pieces_of(3) + text[end:]
            else:
                text = (
                    text[:start]
                    + chr(self.dice.choice((0, 10, 13, 34, 35, 36, 64, 92, 123, 125, 0x85, 0x2028)))
                    + text[end:]
                )
        return text


def base_files() -> list[Path]:
    fixtures = sorted((REPOSITORY / "fixtures").rglob("*.conf"))
    samples = sorted(SAMPLES.glob("keepalived.conf.*")) if SAMPLES.is_dir() else []
    return fixtures + samples


class Judge:
    """Runs inputs in one folder, in memory or by way of a file."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / MAIN
        for name, data in NEIGHBOURS.items():
            (folder / name).write_bytes(data)

    def in_memory(self, text: str, target: Target) -> tuple[int, int]:
        source = Source(MAIN, text, str(self.path))
        assert "".join(stmt.text for stmt in scan(source)) == text, "the scan lost something"
        host, files, tree, _ = _load_host(HostInput("me", source, ""), "me")
        report = lint([host], target)
        self.check(report, files)
        return len(report.findings), sum(count_statements([tree]).values())

    def through_a_file(self, text: str, target: Target) -> tuple[int, int]:
        self.path.write_bytes(encode(text))
        try:
            loaded = load([f"me={self.path}"], kinds={str(self.path): "keepalived"}, target=target)
        except InputError:
            return 0, 0
        report = lint(loaded.hosts, target)
        self.check(report, loaded.sources)
        mask, plain = Masker(loaded.secrets), Style(False)
        counts = count_statements(loaded.trees)
        assert len(concise(report.findings, mask, plain).splitlines()) == len(report.findings), "a finding is no line"
        full(report.findings, mask, Style(True), 80).encode("utf-8", "backslashreplace")
        document = json.loads(as_json(report.findings, mask, counts))
        assert len(document["findings"]) == len(report.findings), "a finding is lost"
        for form in ("sarif", "github"):
            results = Results(report.findings, ["me"], lambda: counts, mask, report.crashes, report.suppressed)
            render(form, results, Paper(plain, 80)).encode("utf-8")
        return len(report.findings), sum(counts.values())

    @staticmethod
    def check(report: Report, sources: tuple[Source, ...]) -> None:
        if report.crashes:
            raise report.crashes[0].error
        known = {(source.name, len(source.text)) for source in sources}
        for finding in report.findings:
            for span in (finding.span, *(note.span for note in finding.related)):
                assert (span.source.name, len(span.source.text)) in known, "a finding in no file that was read"
                assert 0 <= span.start <= span.end <= len(span.source.text), "a finding outside its file"


def alarm(signum: int, frame: Any) -> None:
    raise Hang


def work(number: int, seed: int, inputs: int, deadline: float, results: multiprocessing.Queue[dict[str, Any]]) -> None:
    gc.disable()
    signal.signal(signal.SIGALRM, alarm)
    maker = Maker(f"{seed}/{number}")
    figures: Counter[str] = Counter()
    failures: list[dict[str, str]] = []
    slowest = 0.0
    with tempfile.TemporaryDirectory() as folder:
        judge = Judge(Path(folder))
        for at in range(inputs):
            if time.monotonic() > deadline:
                break
            kind, text = maker.make()
            target = Target(maker.dice.choice((None, *KNOWN_KEEPALIVED)))
            run = judge.through_a_file if at % THROUGH_A_FILE == 0 else judge.in_memory
            start = time.monotonic()
            signal.alarm(HANG)
            try:
                findings, statements = run(text, target)
                signal.alarm(0)
                figures["findings"] += findings
                figures["statements"] += statements
            except Hang:
                figures["hangs"] += 1
                failures.append({"text": text, "why": f"hang\n{traceback.format_exc()}"})
            except Exception:
                signal.alarm(0)
                figures["crashes"] += 1
                failures.append({"text": text, "why": traceback.format_exc()})
            slowest = max(slowest, time.monotonic() - start)
            figures["inputs"] += 1
            figures[kind] += 1
            if at % 2000 == 0:
                gc.collect()
            if len(failures) >= 200:
                break
    results.put({"figures": figures, "failures": failures, "slowest": slowest})


def revision() -> str:
    """The commit of the package that was imported, which need not be the one beside this file."""
    folder = Path(lvscompile.__file__).resolve().parents[1]

    def git(*arguments: str) -> str:
        done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=False)
        return done.stdout.strip()

    changed = git("status", "--porcelain", "--", "lvscompile", "grammars")
    return (git("rev-parse", "HEAD") or "unknown") + ("+changes" if changed else "")


def save(failures: list[dict[str, str]]) -> list[Path]:
    folder = EVIDENCE / "failures"
    folder.mkdir(parents=True, exist_ok=True)
    saved = []
    for failure in failures:
        data = encode(failure["text"])
        path = folder / f"{hashlib.sha256(data).hexdigest()[:12]}.conf"
        path.write_bytes(data)
        path.with_suffix(".txt").write_text(failure["why"], errors="backslashreplace")
        saved.append(path)
    return saved


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--inputs", type=int, default=500_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=3600, help="stop after this time, whatever is left")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--no-record", action="store_true", help="leave tests/evidence/fuzz.json as it is")
    options = parser.parse_args()
    start = time.monotonic()
    commit = revision()  # before the run: a checkout may move on meanwhile
    results: multiprocessing.Queue[dict[str, Any]] = multiprocessing.Queue()
    share = -(-options.inputs // options.processes)
    arguments = (options.seed, share, start + options.seconds, results)
    processes = [multiprocessing.Process(target=work, args=(n, *arguments)) for n in range(options.processes)]
    for process in processes:
        process.start()
    gathered = [results.get() for _ in processes]
    for process in processes:
        process.join()
    seconds = time.monotonic() - start
    figures: Counter[str] = sum((Counter(each["figures"]) for each in gathered), Counter())
    failures = [failure for each in gathered for failure in each["failures"]]
    line = {
        "commit": commit,
        "seed": options.seed,
        **{
            key: figures[key]
            for key in ("inputs", "bytes", "pieces", "mutation", "statements", "findings", "crashes", "hangs")
        },
        "seconds": round(seconds, 1),
        "inputs_per_second": round(figures["inputs"] / seconds),
        "slowest_ms": round(max(each["slowest"] for each in gathered) * 1000),
    }
    if not options.no_record:
        EVIDENCE.mkdir(exist_ok=True)
        with open(EVIDENCE / "fuzz.json", "a") as file:
            file.write(json.dumps(line) + "\n")
    print(json.dumps(line, indent=2))
    reasons: Counter[str] = Counter(failure["why"].strip().rpartition("\n")[2] for failure in failures)
    for reason, count in reasons.most_common():
        print(f"{count} x {reason}")
    for path in save(failures)[:5]:
        print(f"saved: {os.path.relpath(path)}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
