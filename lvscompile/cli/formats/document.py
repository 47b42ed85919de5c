"""Findings as JSON, in the versioned form that `findings.schema.json` describes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from lvscompile.cli.formats import applicable, summary, whole
from lvscompile.syntax.findings import Edit, Finding, Fix, Note, Span
from lvscompile.syntax.secrets import Masker

VERSION = 1


def as_json(findings: Sequence[Finding], mask: Masker, statements: Mapping[str, int]) -> str:
    document = {
        "version": VERSION,
        "findings": [_finding(finding, mask) for finding in findings],
        "summary": {**summary(findings), "statements": statements},
    }
    return json.dumps(document, indent=2) + "\n"


def _finding(finding: Finding, mask: Masker) -> dict[str, object]:
    fix = applicable(finding.fix, mask)
    return {
        "code": finding.code,
        "name": finding.name,
        "severity": finding.severity,
        "effect": finding.effect,
        "message": whole(mask.text(finding.message)),
        **_range(finding.span),
        "host": whole(finding.host),
        "related": [_note(note, mask) for note in finding.related],
        "help": whole(mask.text(finding.help)),
        "fix": None if fix is None else _fix(fix, mask),
    }


def _note(note: Note, mask: Masker) -> dict[str, object]:
    return {"message": whole(mask.text(note.message)), **_place(note.span)}


def _fix(fix: Fix, mask: Masker) -> dict[str, object]:
    return {"safe": fix.safe, "title": whole(mask.text(fix.title)), "edits": [_edit(edit) for edit in fix.edits]}


def _edit(edit: Edit) -> dict[str, object]:
    return {**_range(edit.span), "text": edit.text}


def _place(span: Span) -> dict[str, object]:
    line, column = span.begin()
    return {"file": whole(span.source.name), "line": line, "column": column}


def _range(span: Span) -> dict[str, object]:
    line, column = span.finish()
    return {**_place(span), "end_line": line, "end_column": column}
