"""The coverage table: each known mistake against the rule that finds it. `make golden` writes `TABLE.md`."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

from mistakes import ROWS, Row

from lvscompile.app.load import load
from lvscompile.ir.core import Target, parse_version
from lvscompile.lint.engine import lint
from lvscompile.lint.known import Known

sys.path.insert(0, str(Path(__file__).parents[1] / "interop"))
import agreement
import corpus

TABLE = Path(__file__).with_name("TABLE.md")
# Infos about what is worth knowing, not about the point of a syntax case.
ADVICE = "LVS500"  # about what the inputs do not tell
ASIDE = frozenset({"LVS242", "LVS260", "LVS801", ADVICE})


def codes_of(row: Row) -> set[str]:
    """What the linter reports about a row's hosts."""
    with TemporaryDirectory() as folder:
        words = []
        for host, text in row.hosts.items():
            path = Path(folder) / host / "keepalived.conf"
            path.parent.mkdir()
            path.write_text(text)
            words.append(f"{host}={path}")
        target = Target(parse_version(row.target) if row.target else None)
        report = lint(load(words, target=target).hosts, target, known=Known(subnets=row.subnets))
    assert not report.crashes
    return {finding.code for finding in report.findings} - {ADVICE}


def syntax_rows() -> dict[str, tuple[str, tuple[str, ...], str]]:
    """Case -> what it is, the rules that speak, and why keepalived and lvscompile disagree about it, if they do."""
    why: dict[str, list[str]] = {}
    for (case, side, _), text in agreement.explained().items():
        if side == "keepalived":
            why.setdefault(case, []).append(text)
    rows = {}
    for case in corpus.syntax():
        if case.hangs:
            codes: Iterable[str] = {"LVS123"}
        else:
            codes = {finding.code for finding in agreement.lint_case(case)} - ASIDE
        rows[case.id] = case.title, tuple(sorted(codes)), "; ".join(dict.fromkeys(why.get(case.id, [])))
    return rows


def table() -> str:
    decidable = [row for row in ROWS if row.decidable]
    found = [row for row in decidable if row.codes]
    syntax = syntax_rows()
    faulty = {case for case, (_, codes, why) in syntax.items() if codes or why}
    told = {case for case in faulty if syntax[case][1]}
    out = [
        "# What is found, and by which rule",
        "",
        "Written by `make golden`; the tests hold each row against the linter.",
        "",
        f"* {len(ROWS)} mistakes that keepalived does not report: {len(decidable)} can be seen in the files, "
        f"{len(found)} of them are found ({100 * len(found) / len(decidable):.1f} %).",
        f"* {len(syntax)} syntax cases: {len(faulty)} are faulty, {len(told)} of them are told "
        f"({100 * len(told) / len(faulty):.1f} %); the notes say why not the others.",
        "",
        "## Mistakes that keepalived does not report",
        "",
        "| # | mistake | found by | why not |",
        "|---|---|---|---|",
    ]
    out += [f"| {row.number} | {row.what} | {' '.join(row.codes)} | {row.why_not} |" for row in ROWS]
    out += ["", "## Syntax cases", "", "| case | what it is | told by | notes |", "|---|---|---|---|"]
    out += [
        f"| {case} | {_cell(title)} | {' '.join(codes) or ('' if why else 'sound')} | {_cell(why)} |"
        for case, (title, codes, why) in syntax.items()
    ]
    return "\n".join(out) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
