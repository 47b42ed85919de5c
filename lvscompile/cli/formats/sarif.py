"""Findings as SARIF 2.1.0, the form that code scanning services and editors read."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from urllib.parse import quote

from lvscompile import __version__
from lvscompile.cli.formats import Results, applicable, whole
from lvscompile.lint.baseline import fingerprints
from lvscompile.lint.engine import Crash
from lvscompile.lint.pages import page
from lvscompile.lint.registry import Rule, all_rules
from lvscompile.lint.suppress import Suppressed
from lvscompile.syntax.findings import Edit, Finding, Fix, Note, Span
from lvscompile.syntax.secrets import Masker

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS = {"error": "error", "warning": "warning", "info": "note"}
ROOT = "%SRCROOT%"  # the usual name of the directory that relative addresses start from

Json = dict[str, object]


def as_sarif(results: Results) -> str:
    codes, rules = _codes(results), all_rules()
    index = {code: at for at, code in enumerate(codes)}
    run: Json = {
        "tool": {
            "driver": {
                "name": "lvscompile",
                "semanticVersion": __version__,
                "rules": [_rule(rules[code]) for code in codes],
            }
        },
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {ROOT: {"description": {"text": "The directory that lvscompile was started in."}}},
        "invocations": [_invocation(results.crashes, index, results.mask)],
        "results": _results(results, index),
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _codes(results: Results) -> list[str]:
    """The rules that this run has to speak of: those that found something, and those that failed."""
    found = {finding.code for finding in results.findings}
    failed = {crash.rule.code for crash in results.crashes}
    return sorted(found | failed | {each.finding.code for each in results.suppressed})


# -- rules ------------------------------------------------------------------------------------------------


def _rule(rule: Rule) -> Json:
    text = page(rule.code) or ""
    tags = ["keepalived", "security"] if rule.code.startswith("LVS8") else ["keepalived"]
    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": _first_paragraph(text) or rule.summary},
        "help": {"text": text or rule.summary, "markdown": text or rule.summary},
        "defaultConfiguration": {"level": LEVELS[rule.severity]},
        "properties": {"tags": tags, "effect": rule.effect},
    }


def _first_paragraph(text: str) -> str:
    """What a page says first, below its title."""
    return " ".join(text.partition("\n\n")[2].partition("\n\n")[0].split())


# -- results ----------------------------------------------------------------------------------------------


def _results(results: Results, index: dict[str, int]) -> list[Json]:
    """What was found, and behind it what is not reported, with the reason."""
    findings = [*results.findings, *(each.finding for each in results.suppressed)]
    prints = fingerprints(findings, results.mask)
    made = [_result(finding, print_, index, results.mask) for finding, print_ in zip(findings, prints, strict=True)]
    for result, each in zip(made[len(results.findings) :], results.suppressed, strict=True):
        result["suppressions"] = [_suppression(each, results.mask)]
    return made


def _result(finding: Finding, print_: str, index: dict[str, int], mask: Masker) -> Json:
    result: Json = {
        "ruleId": finding.code,
        "ruleIndex": index[finding.code],
        "level": LEVELS[finding.severity],
        "message": _message(finding.message + (f" (help: {finding.help})" if finding.help else ""), mask),
        "locations": [{"physicalLocation": _physical(finding.span)}],
        "partialFingerprints": {"lvscompile/v1": print_},
        "properties": {"effect": finding.effect, "host": whole(finding.host)},
    }
    if finding.related:
        result["relatedLocations"] = [_related(at, note, mask) for at, note in enumerate(finding.related)]
    fix = applicable(finding.fix, mask)
    if fix is not None:
        result["fixes"] = [_fix(fix, mask)]
    return result


def _suppression(each: Suppressed, mask: Masker) -> Json:
    suppression: Json = {"kind": each.kind}
    if each.reason:
        suppression["justification"] = whole(mask.text(each.reason))
    return suppression


def _related(at: int, note: Note, mask: Masker) -> Json:
    return {"id": at, "physicalLocation": _physical(note.span), "message": _message(note.message, mask)}


def _message(text: str, mask: Masker) -> Json:
    """A message string: `{0}` in it would be a placeholder, and `[text](address)` a link."""
    text = whole(mask.text(text)).replace("{", "{{").replace("}", "}}")
    return {"text": text.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]") if "](" in text else text}


def _physical(span: Span) -> Json:
    return {"artifactLocation": _artifact(span), "region": _region(span)}


def _region(span: Span) -> Json:
    line, column = span.begin()
    end_line, end_column = span.finish()
    return {"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column}


def _artifact(span: Span) -> Json:
    """Where a file is: relative to the working directory if it lies below it, else by its full path."""
    path = os.path.abspath(span.source.name)
    here = os.path.join(os.getcwd(), "")
    if not path.startswith(here):
        return {"uri": "file://" + _quoted(path)}
    return {"uri": _quoted(path.removeprefix(here)), "uriBaseId": ROOT}


def _quoted(path: str) -> str:
    """A path as the path of an address; bytes of any encoding stay what they are."""
    return quote(path, safe="/", errors="surrogateescape")


# -- fixes ------------------------------------------------------------------------------------------------


def _fix(fix: Fix, mask: Masker) -> Json:
    by_file: dict[str, list[Edit]] = {}
    for edit in fix.edits:
        by_file.setdefault(edit.span.source.name, []).append(edit)
    return {
        "description": _message(fix.title if fix.safe else f"{fix.title} (unsafe: look at it first)", mask),
        "artifactChanges": [_change(edits) for edits in by_file.values()],
        "properties": {"safe": fix.safe},
    }


def _change(edits: Sequence[Edit]) -> Json:
    return {
        "artifactLocation": _artifact(edits[0].span),
        "replacements": [
            {"deletedRegion": _region(edit.span), "insertedContent": {"text": edit.text}} for edit in edits
        ],
    }


# -- what failed ------------------------------------------------------------------------------------------


def _invocation(crashes: Sequence[Crash], index: dict[str, int], mask: Masker) -> Json:
    invocation: Json = {"executionSuccessful": not crashes}
    if crashes:
        invocation["toolExecutionNotifications"] = [_notification(crash, index, mask) for crash in crashes]
    return invocation


def _notification(crash: Crash, index: dict[str, int], mask: Masker) -> Json:
    text = f"Rule {crash.rule.code} ({crash.rule.name}) failed on {crash.host}: its findings are missing."
    return {
        "level": "error",
        "message": _message(text, mask),
        "associatedRule": {"id": crash.rule.code, "index": index[crash.rule.code]},
        "exception": {"kind": type(crash.error).__name__, "message": whole(mask.text(str(crash.error)))},
    }
