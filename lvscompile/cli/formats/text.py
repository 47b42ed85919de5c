"""Findings as text for people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lvscompile.cli.formats import summary
from lvscompile.cli.render import Style, one_line
from lvscompile.lint.suppress import Suppressed
from lvscompile.syntax.findings import Finding, Span
from lvscompile.syntax.secrets import Masker


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
    bar = f"{' ' * gutter} {style('dim', '=')} "
    out.append(bar + _trailer(finding, mask, width, gutter))
    if finding.fix:
        how = "--fix" if finding.fix.safe else "--fix --unsafe-fixes"
        out.append(bar + _hanging(f"fix: {one_line(mask.text(finding.fix.title))} ({how})", width, gutter))
    return "\n".join(out) + "\n"


def _trailer(finding: Finding, mask: Masker, width: int, gutter: int) -> str:
    explain = f"lvscompile explain {finding.code}"
    if not finding.help:
        return f"see: {explain}"
    text = f"help: {one_line(mask.text(finding.help))} ({explain})"
    return _hanging(text, width, gutter)


def _hanging(text: str, width: int, gutter: int) -> str:
    """A paragraph behind the `=` below an excerpt."""
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


def summary_line(
    findings: Sequence[Finding],
    hosts: Sequence[str],
    style: Style,
    suppressed: Sequence[Suppressed] = (),
    note: str = "",
) -> str:
    """`2 errors, 1 warning on lvs1 and lvs2`, or that there is nothing, how much can be mended by itself, and how much
    is not reported."""
    counts = summary(findings)
    parts = [
        style(severity, f"{count} {severity}{'s' if count > 1 and severity != 'info' else ''}")
        for severity, count in counts.items()
        if count
    ]
    where = one_line(" and ".join(hosts)) if len(hosts) <= 3 else f"{len(hosts)} hosts"
    said = f"{', '.join(parts)} on {where}" if parts else f"no findings on {where}"
    return said + _fixable(findings) + _unreported(suppressed) + (f"; {note}" if note else "")


def _unreported(suppressed: Sequence[Suppressed]) -> str:
    by_comment = sum(each.kind == "inSource" for each in suppressed)
    known = len(suppressed) - by_comment
    return (f"; {by_comment} suppressed" if by_comment else "") + (f"; {known} in the baseline" if known else "")


def _fixable(findings: Sequence[Finding]) -> str:
    fixes = [finding.fix for finding in findings if finding.fix]
    safe = sum(fix.safe for fix in fixes)
    unsafe = len(fixes) - safe
    if safe and unsafe:
        return f"; {safe} fixable with --fix, {unsafe} more with --unsafe-fixes"
    if fixes:
        return f"; {safe} fixable with --fix" if safe else f"; {unsafe} fixable with --fix --unsafe-fixes"
    return ""
