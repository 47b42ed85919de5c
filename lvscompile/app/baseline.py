"""The baseline of a site: a file with the findings that are known, so that only new ones are reported."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable

from lvscompile.app.load import Loaded
from lvscompile.app.write import write_all
from lvscompile.lint.baseline import Entered, Matched, entered, from_text, match, to_text
from lvscompile.lint.engine import Report
from lvscompile.lint.suppress import Suppressed
from lvscompile.syntax.secrets import Masker
from lvscompile.syntax.source import InputError, Source, read_source

REASON = "in the baseline"
_MODE = 0o644  # it belongs into a repository, and holds no secrets


def write_baseline(path: str, report: Report, loaded: Loaded) -> None:
    """Make all findings of a report known."""
    _write(path, _entries(path, report, loaded), loaded)


def with_baseline(
    path: str, report: Report, loaded: Loaded, ran: Callable[[str], bool], prune: bool = False
) -> tuple[Report, list[str]]:
    """The report without the findings that a baseline knows, and notes about the baseline.

    `ran` says whether a rule has been run: entries of other rules, and of files that were not read, may still hold.
    With `prune` what is gone is taken out of the file.
    """
    baseline = _read(path)
    matched = match(report.findings, _entries(path, report, loaded), baseline)
    read = {_named(path, source) for source in loaded.sources}
    gone = [each for each in matched.left if each.file in read and ran(each.code)]
    notes = _told(path, gone, prune)
    if gone and prune:
        _write(path, _without(gone, matched), loaded)
    known = tuple(Suppressed(finding, "external", REASON) for finding in matched.known)
    return report._replace(findings=matched.new, suppressed=(*report.suppressed, *known)), notes


def _without(gone: list[Entered], matched: Matched) -> list[Entered]:
    left = Counter(matched.left) - Counter(gone)
    return [*matched.current, *left.elements()]


def _told(path: str, gone: list[Entered], prune: bool) -> list[str]:
    if not gone:
        return []
    counts = Counter(each.code for each in gone)
    codes = ", ".join(f"{code} ({count})" if count > 1 else code for code, count in sorted(counts.items()))
    what = f"{len(gone)} finding{'s' if len(gone) > 1 else ''} of the baseline {'are' if len(gone) > 1 else 'is'} gone"
    return [f"{path}: {what}: {codes}; {'taken out' if prune else '--prune-baseline takes out what is gone'}"]


def _entries(path: str, report: Report, loaded: Loaded) -> list[Entered]:
    return entered(report.findings, Masker(loaded.secrets), lambda source: _named(path, source))


def _named(baseline: str, source: Source) -> str:
    """A file's name in a baseline: relative to the baseline, the same wherever lvscompile is started."""
    if not source.path:
        return source.name
    return os.path.relpath(source.path, os.path.dirname(os.path.abspath(baseline)))


def _read(path: str) -> list[Entered]:
    try:
        text = read_source(path).text
    except InputError as error:
        hint = "`--write-baseline FILE` writes one" if error.reason == "no such file" else error.hint
        raise InputError(path, f"the baseline cannot be read: {error.reason}", hint) from None
    return from_text(text, path)


def _write(path: str, entries: list[Entered], loaded: Loaded) -> None:
    if os.path.realpath(path) in {os.path.realpath(source.path) for source in loaded.sources if source.path}:
        raise InputError(path, "this is an input: no baseline is written over it")
    write_all({path: to_text(entries)}, _MODE)
