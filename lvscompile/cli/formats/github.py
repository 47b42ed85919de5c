"""Findings as workflow commands: GitHub Actions shows them as annotations beside the lines of a change."""

from __future__ import annotations

from collections.abc import Sequence

from lvscompile.cli.render import one_line, printable
from lvscompile.syntax.findings import Finding
from lvscompile.syntax.secrets import Masker

LEVELS = {"error": "error", "warning": "warning", "info": "notice"}


def as_github(findings: Sequence[Finding], mask: Masker) -> str:
    return "".join(_command(finding, mask) + "\n" for finding in findings)


def _command(finding: Finding, mask: Masker) -> str:
    line, column = finding.span.begin()
    end_line, end_column = finding.span.finish()
    properties: dict[str, object] = {"file": finding.span.source.name, "line": line, "endLine": end_line}
    if line == end_line:  # an annotation over several lines has no columns: GitHub takes whole lines
        properties |= {"col": column, "endColumn": end_column}
    properties["title"] = f"{finding.code} {finding.name}"
    listed = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    message = one_line(mask.text(finding.message))
    help = f"\nhelp: {one_line(mask.text(finding.help))}" if finding.help else ""
    return f"::{LEVELS[finding.severity]} {listed}::{_data(message + help)}"


def _data(text: str) -> str:
    """The message of a command. It ends with the line, and `%` is what escapes begin with."""
    return printable(text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A"))


def _property(text: str) -> str:
    """A property's value: colons and commas end it."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")
