"""The long fuzz of the legacy languages: whatever a text holds, reading and replaying it come back, soon, with every line.

    python tests/verify/fuzz_languages.py --inputs 100000 --seed 1 [--language NAME] [--seconds N] [--no-record]

Per language three kinds of inputs: random bytes, lines that fit (some of them damaged), and the texts of our own tests
and fixtures with damage. `language_checks.py` says what must hold of each. An input that takes more than five seconds
counts as a hang. A line of figures for each language is appended to tests/evidence/fuzz-languages.json; inputs that
failed lie under tests/evidence/failures/.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import random
import signal
import sys
import time
import traceback
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from fuzz import EVIDENCE, HANG, Hang, alarm, revision, save
from language_checks import CHECKS
from language_texts import Maker

RECORD = EVIDENCE / "fuzz-languages.json"
MAX_FAILURES = 200  # of one language and process


def judge(language: str, text: str, seed: str) -> str:
    """Why a text fails; "" where it does not. What a check throws dice for comes out the same again."""
    signal.alarm(HANG)
    try:
        CHECKS[language](text, random.Random(seed))
        return ""
    except Hang:
        return f"hang\n{traceback.format_exc()}"
    except Exception:
        return traceback.format_exc()
    finally:
        signal.alarm(0)


def work(number: int, language: str, seed: int, inputs: int, deadline: float) -> dict[str, Any]:
    gc.disable()
    signal.signal(signal.SIGALRM, alarm)
    maker = Maker(language, f"{seed}/{language}/{number}")
    figures: Counter[str] = Counter()
    failures: list[dict[str, str]] = []
    slowest = 0.0
    for at in range(inputs):
        if time.monotonic() > deadline or len(failures) >= MAX_FAILURES:
            break
        kind, text = maker.make()
        start = time.monotonic()
        why = judge(language, text, f"{seed}/{number}/{at}")
        slowest = max(slowest, time.monotonic() - start)
        if why:
            figures["hangs" if why.startswith("hang\n") else "crashes"] += 1
            failures.append({"text": text, "why": f"{language}, dice {seed}/{number}/{at}\n{why}"})
        figures["inputs"] += 1
        figures["lines"] += text.count("\n") + 1
        figures[kind] += 1
        if at % 2000 == 0:
            gc.collect()
    return {"figures": figures, "failures": failures, "slowest": slowest}


def run(language: str, options: argparse.Namespace, commit: str) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """The figures of one language, and the inputs that failed."""
    start = time.monotonic()
    share = -(-options.inputs // options.processes)
    with ProcessPoolExecutor(options.processes) as pool:
        arguments = (language, options.seed, share, start + options.seconds)
        running = [pool.submit(work, number, *arguments) for number in range(options.processes)]
        gathered = [each.result() for each in running]
    seconds = time.monotonic() - start
    figures: Counter[str] = sum((Counter(each["figures"]) for each in gathered), Counter())
    line = {
        "commit": commit,
        "seed": options.seed,
        "language": language,
        **{key: figures[key] for key in ("inputs", "bytes", "pieces", "mutation", "lines", "crashes", "hangs")},
        "seconds": round(seconds, 1),
        "inputs_per_second": round(figures["inputs"] / seconds),
        "slowest_ms": round(max(each["slowest"] for each in gathered) * 1000),
    }
    return line, [failure for each in gathered for failure in each["failures"]]


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--inputs", type=int, default=100_000, help="for each language")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--language", choices=sorted(CHECKS), help="this one alone")
    parser.add_argument("--seconds", type=float, default=1800, help="stop a language after this time, whatever is left")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--no-record", action="store_true", help=f"leave {RECORD.name} as it is")
    options = parser.parse_args()
    commit = revision()  # before the run: a checkout may move on meanwhile
    failed = False
    for language in [options.language] if options.language else CHECKS:
        line, failures = run(language, options, commit)
        failed = failed or bool(failures)
        print(json.dumps(line), flush=True)
        if not options.no_record:
            EVIDENCE.mkdir(exist_ok=True)
            with open(RECORD, "a") as file:
                file.write(json.dumps(line) + "\n")
        reasons = Counter(failure["why"].strip().rpartition("\n")[2] for failure in failures)
        for reason, count in reasons.most_common():
            print(f"{count} x {reason}")
        for path in save(failures)[:5]:
            print(f"saved: {os.path.relpath(path)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
