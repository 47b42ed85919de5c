"""The forms that `lint` gives its findings in: a module each, imported when it is asked for."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from lvscompile.syntax.findings import SEVERITIES, Edit, Finding, Fix
from lvscompile.syntax.secrets import Masker

if TYPE_CHECKING:
    from lvscompile.cli.render import Style
    from lvscompile.lint.engine import Crash
    from lvscompile.lint.suppress import Suppressed

FORMATS = ("full", "concise", "json", "sarif", "github")
_BROKEN = re.compile("[\ud800-\udfff]")


class Results(NamedTuple):
    """What a run of the linter has to tell, whatever the form."""

    findings: Sequence[Finding]
    hosts: Sequence[str]
    statements: Callable[[], Mapping[str, int]]  # a walk through all there is: for who wants it
    mask: Masker
    crashes: Sequence[Crash] = ()
    suppressed: Sequence[Suppressed] = ()
    note: str = ""  # for the end of the summary: how many were fixed
    accounts: Sequence[str] = ()  # what became of the lines of the inputs, in sentences


class Paper(NamedTuple):
    """What the text is for: with colours or without, and how many columns wide."""

    style: Style
    width: int


def render(form: str, results: Results, paper: Paper) -> str:
    """The findings in one of FORMATS."""
    if form == "json":
        from lvscompile.cli.formats.document import as_json

        return as_json(results.findings, results.mask, results.statements())
    if form == "sarif":
        from lvscompile.cli.formats.sarif import as_sarif

        return as_sarif(results)
    if form == "github":
        from lvscompile.cli.formats.github import as_github

        return as_github(results.findings, results.mask)
    from lvscompile.cli.formats.text import concise, full, summary_line
    from lvscompile.cli.render import one_line

    if form == "concise":
        return concise(results.findings, results.mask, paper.style)
    text = full(results.findings, results.mask, paper.style, paper.width)
    line = summary_line(results.findings, results.hosts, paper.style, results.suppressed, results.note)
    told = "".join(f"{one_line(account)}\n" for account in results.accounts)
    return text + ("\n" if text else "") + line + "\n" + told


def summary(findings: Sequence[Finding]) -> dict[str, int]:
    """How many findings there are of each severity."""
    return {severity: sum(f.severity == severity for f in findings) for severity in SEVERITIES}


def whole(text: str) -> str:
    """Text that every reader of JSON takes: a byte that is no UTF-8 is shown in hexadecimal, `\\xff`."""
    return _BROKEN.sub(lambda broken: f"\\x{ord(broken[0]) & 0xFF:02x}", text)


def applicable(fix: Fix | None, mask: Masker) -> Fix | None:
    """The fix, if a program can be told of it.

    A secret that an edit holds cannot be shown, and its mask must not be written into a file; bytes that are no UTF-8
    have no form in JSON. `--fix` knows both.
    """
    if fix is None or not all(_plain(edit, mask) for edit in fix.edits):
        return None
    return fix


def _plain(edit: Edit, mask: Masker) -> bool:
    return mask.line(edit.text) == edit.text and not _BROKEN.search(edit.text + edit.span.source.name)
