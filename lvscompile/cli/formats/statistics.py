"""`--statistics`: how often each rule spoke, instead of what it said."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from lvscompile.cli.formats import Results, summary
from lvscompile.cli.formats.document import VERSION
from lvscompile.cli.formats.text import summary_line
from lvscompile.cli.render import Style
from lvscompile.syntax.findings import SEVERITIES, Finding


class Row(NamedTuple):
    """One rule at one severity: a rule may speak of the certain and of the probable."""

    code: str
    name: str
    severity: str
    times: int
    fixable: int


def rows(findings: Sequence[Finding]) -> list[Row]:
    """The most frequent first, then the most severe."""
    counts = Counter((f.code, f.name, f.severity) for f in findings)
    fixable = Counter((f.code, f.name, f.severity) for f in findings if f.fix)
    found = [Row(*key, count, fixable[key]) for key, count in counts.items()]
    return sorted(found, key=lambda row: (-row.times, SEVERITIES.index(row.severity), row.code))


def as_text(results: Results, style: Style) -> str:
    """A line a rule, `*` where some of its findings have a fix, and the summary."""
    found = rows(results.findings)
    digits = len(str(max((row.times for row in found), default=0)))
    severities = max((len(row.severity) for row in found), default=0)
    stars = any(row.fixable for row in found)
    lines = []
    for row in found:
        severity = style(row.severity, f"{row.severity:<{severities}}")
        star = ("[*] " if row.fixable else "    ") if stars else ""
        lines.append(f"{row.times:>{digits}}  {severity}  {row.code}  {star}{row.name}\n")
    blank = "\n" if lines else ""
    line = summary_line(results.findings, results.hosts, style, results.suppressed, results.note)
    return "".join(lines) + blank + line + "\n"


def as_json(results: Results) -> str:
    found = [
        {"code": r.code, "name": r.name, "severity": r.severity, "count": r.times, "fixable": r.fixable}
        for r in rows(results.findings)
    ]
    statements = results.statements()
    document = {
        "version": VERSION,
        "statistics": found,
        "summary": {**summary(results.findings), "statements": statements},
    }
    return json.dumps(document, indent=2) + "\n"
