"""Findings as text for people and as JSON for programs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from lvscompile.syntax.findings import SEVERITIES, Finding, Span
from lvscompile.syntax.secrets import Masker

COLOURS = {"error": "31;1", "warning": "33;1", "info": "36;1", "bold": "1", "dim": "2"}
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\u202a-\u202e\u2066-\u2069]")


def printable(text: str) -> str:
    """Text that a terminal shows as it is: no control characters, broken bytes, or direction overrides."""
    return _UNPRINTABLE.sub("?", text)


def one_line(text: str) -> str:
    """The same for what must stay on its line: a path may hold a newline."""
    return printable(text).replace("\n", "?").replace("\t", " ")


class Style:
    """Escape codes, or none."""

    def __init__(self, colour: bool) -> None:
        self._colour = colour

    def __call__(self, kind: str, text: str) -> str:
        return f"\x1b[{COLOURS[kind]}m{text}\x1b[0m" if self._colour else text


def concise(findings: Iterable[Finding], mask: Masker, style: Style) -> str:
    """One line a finding: `file:line:column: severity CODE name: message`."""
    lines = []
    for finding in findings:
        line, column = finding.span.begin()
        where = style("bold", f"{one_line(finding.span.source.name)}:{line}:{column}:")
        what = style(finding.severity, f"{finding.severity} {finding.code}")
        lines.append(f"{where} {what} {finding.name}: {one_line(mask.text(finding.message))}")
    return "\n".join(lines) + "\n" if lines else ""


def full(findings: Sequence[Finding], mask: Masker, style: Style, width: int) -> str:
    """Findings with excerpts and carets, the second place where there is one, and the way out."""
    return "\n".join(_full(finding, mask, style, width) for finding in findings)


def _full(finding: Finding, mask: Masker, style: Style, width: int) -> str:
    line, column = finding.span.begin()
    gutter = len(str(max([line] + [note.span.begin()[0] for note in finding.related])))
    where = style("bold", f"{one_line(finding.span.source.name)}:{line}:{column}:")
    out = [f"{where} {style(finding.severity, f'{finding.severity} {finding.code}')} {finding.name}"]
    out.append(_wrapped(one_line(mask.text(finding.message)), width, "  ", "  "))
    out += _excerpt(finding.span, "^", "", mask, style, gutter, width, finding.severity)
    for note in finding.related:
        place = one_line(f"{note.span.source.name}:{note.span.begin()[0]}:{note.span.begin()[1]}")
        if note.span.source is not finding.span.source:
            out.append(f"{' ' * gutter} {style('dim', ':::')} {place}")
        out += _excerpt(note.span, "-", mask.text(note.message), mask, style, gutter, width, "info")
    out.append(f"{' ' * gutter} {style('dim', '=')} {_trailer(finding, mask, width, gutter)}")
    return "\n".join(out) + "\n"


def _trailer(finding: Finding, mask: Masker, width: int, gutter: int) -> str:
    explain = f"lvscompile explain {finding.code}"
    if not finding.help:
        return f"see: {explain}"
    text = f"help: {one_line(mask.text(finding.help))} ({explain})"
    return _wrapped(text, width - gutter - 3, "", " " * (gutter + 3))


def _wrapped(text: str, width: int, first: str, rest: str) -> str:
    """A paragraph wrapped to the terminal, its first line and the others indented as given."""
    lines, current = [], first
    for word in text.split(" "):
        if current.strip() and len(current) + len(word) > width:
            lines.append(current.rstrip())
            current = rest
        current += word + " "
    return "\n".join([*lines, current.rstrip()])


def _excerpt(
    span: Span, mark: str, label: str, mask: Masker, style: Style, gutter: int, width: int, severity: str
) -> list[str]:
    line, _ = span.begin()
    start, end = span.source.line_around(span.start)
    # Of a line without end a part is enough, with what stands before it: a secret is known by its keyword.
    start, end = max(start, span.start - 2000), min(end, span.start + 2000)
    text = mask.line(span.source.text[start:end].rstrip("\r"))
    first = min(span.start - start, len(text))
    last = min(max(span.end - start, first + 1), max(len(text), first + 1))
    shift = 0
    room = max(width - gutter - 4, 40)
    if len(text) > room:  # show the part around the place
        shift = max(0, min(first - 20, len(text) - room))
        text = text[shift : shift + room]
        first, last = first - shift, min(last - shift, len(text))
    before, marked = _columns(text[:first]), max(_columns(text[first:last]), 1)
    bar = style("dim", "|")
    shown = one_line(text.replace("\t", "    "))
    carets = style(severity, mark * marked)
    tail = f" {style(severity, one_line(label))}" if label else ""
    return [f"{line:>{gutter}} {bar} {shown}", f"{' ' * gutter} {bar} {' ' * before}{carets}{tail}"]


def _columns(text: str) -> int:
    """How many terminal columns a text takes, tabs drawn as four blanks."""
    text = text.replace("\t", "    ")
    if text.isascii():
        return len(text)
    from unicodedata import east_asian_width

    return sum(2 if east_asian_width(char) in "WF" else 1 for char in text)


def summary(findings: Sequence[Finding]) -> dict[str, int]:
    return {severity: sum(f.severity == severity for f in findings) for severity in SEVERITIES}


def summary_line(findings: Sequence[Finding], hosts: Sequence[str], style: Style) -> str:
    """`2 errors, 1 warning on lvs1 and lvs2`, or that there is nothing."""
    counts = summary(findings)
    parts = [
        style(severity, f"{count} {severity}{'s' if count > 1 and severity != 'info' else ''}")
        for severity, count in counts.items()
        if count
    ]
    where = one_line(" and ".join(hosts)) if len(hosts) <= 3 else f"{len(hosts)} hosts"
    return f"{', '.join(parts)} on {where}" if parts else f"no findings on {where}"


def as_json(findings: Sequence[Finding], mask: Masker, statements: dict[str, int]) -> str:
    """The findings in the versioned JSON form that the schema describes."""
    import json  # for this format only

    document = {
        "version": 1,
        "findings": [_json(finding, mask) for finding in findings],
        "summary": {**summary(findings), "statements": statements},
    }
    return json.dumps(document, indent=2) + "\n"


def _json(finding: Finding, mask: Masker) -> dict[str, object]:
    line, column = finding.span.begin()
    end_line, end_column = finding.span.finish()
    return {
        "code": finding.code,
        "name": finding.name,
        "severity": finding.severity,
        "effect": finding.effect,
        "message": mask.text(finding.message),
        "file": finding.span.source.name,
        "line": line,
        "column": column,
        "end_line": end_line,
        "end_column": end_column,
        "host": finding.host,
        "related": [
            {
                "message": mask.text(note.message),
                "file": note.span.source.name,
                "line": note.span.begin()[0],
                "column": note.span.begin()[1],
            }
            for note in finding.related
        ],
        "help": mask.text(finding.help),
        "fix": None,
    }
