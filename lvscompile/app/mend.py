"""`lint --fix`: the fixes of findings, applied to the files that they are about.

Everything happens in memory, round by round: fixes that do not get in each other's way are applied together, the
mended texts are read and judged again, and what then can be fixed is fixed in the next round. A fix that brings an
error which was not there before is taken back. The files are written at the end, all of them or none.
"""

from __future__ import annotations

import os
import re
import stat
from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from lvscompile.app.load import Loaded, key, reload
from lvscompile.app.write import write_all
from lvscompile.lint.engine import lint
from lvscompile.syntax.findings import Edit, Finding
from lvscompile.syntax.source import InputError, Source, read_source

ROUNDS = 10

Judge = Callable[[Loaded], Sequence[Finding]]
Errors = Counter[tuple[str, ...]]


class Change(NamedTuple):
    """A file as it was read, and its text after all fixes."""

    source: Source
    text: str


class Mended(NamedTuple):
    """What came out: the inputs as they read now, the files that changed, which findings were fixed, and which not,
    with the reason."""

    loaded: Loaded
    changes: tuple[Change, ...]
    fixed: tuple[Finding, ...]
    refused: tuple[tuple[Finding, str], ...]


def mend(loaded: Loaded, judge: Judge, unsafe: bool = False) -> Mended:
    """Fix what can be fixed among the findings of `judge`, with `unsafe` also what a person should look at."""
    run = _Run(loaded, unsafe)
    for _ in range(ROUNDS):
        if not run.round(judge(run.loaded)):
            break
    originals = {key(source): source for source in reversed(loaded.sources)}
    changes = [Change(originals[name], text) for name, text in run.texts.items() if originals[name].text != text]
    changes.sort(key=lambda change: change.source.name)
    return Mended(run.loaded, tuple(changes), tuple(run.fixed), tuple(run.refused.values()))


def store(changes: Iterable[Change]) -> None:
    """Write the changed files in place. Raises InputError, and writes none, where one cannot be written or is not the
    file any more that was read."""
    texts: dict[str, str] = {}
    for source, text in changes:
        path = os.path.realpath(source.path)
        # By the name that it was given: /dev/fd/63 leads to a pipe that has none.
        if os.path.exists(source.path) and not stat.S_ISREG(os.stat(source.path).st_mode):
            raise InputError(source.name, "cannot be rewritten: it is a pipe", "give `-` instead")
        now = read_source(path).text
        if not os.access(path, os.W_OK, effective_ids=os.access in os.supports_effective_ids):
            raise InputError(source.name, "cannot be rewritten: permission denied", "nothing was written")
        if now != source.text:
            raise InputError(source.name, "has changed while it was being looked at", "nothing was written; try again")
        texts[path] = text
    write_all(texts, 0o600)


# -- rounds ---------------------------------------------------------------------------------------------------


class _Run:
    """The state between rounds: `texts` are those of the files that were changed, by their keys."""

    def __init__(self, loaded: Loaded, unsafe: bool) -> None:
        self.loaded = loaded
        self.texts: dict[str, str] = {}
        self.fixed: list[Finding] = []
        self.refused: dict[tuple[str, ...], tuple[Finding, str]] = {}
        self._unsafe = unsafe
        self._errors: Errors | None = None
        self._seen: set[int] = set()

    def round(self, findings: Sequence[Finding]) -> bool:
        """Apply what can be applied at once; whether anything was."""
        chosen = _apart(finding for finding in findings if self._is_wanted(finding))
        if not chosen:
            return False
        if self._errors is None:
            self._errors = _errors(self.loaded)
        base = {key(source): source.text for source in self.loaded.sources}
        done: list[Finding] = []
        self._apply(chosen, done, base, self.loaded, self._errors)
        self.fixed += done
        # Fixes that undo each other would go round in circles.
        state = hash(tuple(sorted(self.texts.items())))
        fresh, self._seen = state not in self._seen, self._seen | {state}
        return bool(done) and fresh

    def _is_wanted(self, finding: Finding) -> bool:
        if finding.fix is None or not (finding.fix.safe or self._unsafe) or _identity(finding) in self.refused:
            return False
        outside = next((source for source, *_ in _places(finding) if not _belongs(source, self.loaded)), None)
        if outside is not None:
            self.refused[_identity(finding)] = finding, "the file lies outside of the directory that was given"
        return outside is None

    def _apply(
        self, chosen: Sequence[Finding], done: list[Finding], base: Mapping[str, str], before: Loaded, errors: Errors
    ) -> None:
        """Apply these fixes besides those that are `done`; where they bring new errors, each half on its own."""
        texts = _texts([*done, *chosen], base)
        loaded = reload(before, {**self.texts, **texts})
        found = _errors(loaded)
        worse = found - errors
        if not worse:
            done += chosen
            self.loaded, self._errors = loaded, found
            self.texts.update(texts)
        elif len(chosen) == 1:
            codes = ", ".join(sorted({code for code, *_ in worse}))
            self.refused[_identity(chosen[0])] = chosen[0], f"its fix would bring new errors ({codes})"
        else:
            middle = len(chosen) // 2
            self._apply(chosen[:middle], done, base, before, errors)
            self._apply(chosen[middle:], done, base, before, errors)


def _apart(findings: Iterable[Finding]) -> list[Finding]:
    """Those whose fixes do not touch each other, the first one first; two that do the same are one."""
    taken: dict[str, list[tuple[int, int]]] = {}
    chosen: list[Finding] = []
    for finding in findings:
        places = [(key(source), start, end) for source, start, end in _places(finding)]
        if all(_is_free(taken.get(name, []), start, end) for name, start, end in places):
            chosen.append(finding)
            for name, start, end in places:
                insort(taken.setdefault(name, []), (start, end))
    return chosen


def _places(finding: Finding) -> list[tuple[Source, int, int]]:
    """What a finding's fix touches."""
    return [(span.source, span.start, span.end) for span, _ in (finding.fix.edits if finding.fix else ())]


def _belongs(source: Source, loaded: Loaded) -> bool:
    """Whether a file may be changed. A directory that was given may include files of this very host: they may not."""
    if not source.path or not all(loaded.roots):
        return True
    path = os.path.abspath(source.path)
    return any(path.startswith(os.path.join(os.path.abspath(root), "")) for root in loaded.roots)


def _is_free(taken: list[tuple[int, int]], start: int, end: int) -> bool:
    at = bisect_left(taken, (start, end))
    before_free = at == 0 or taken[at - 1][1] < start or (taken[at - 1][1] == start != end)
    after_free = at == len(taken) or end < taken[at][0] or (end == taken[at][0] and start != end)
    return before_free and after_free


def _texts(findings: Iterable[Finding], base: Mapping[str, str]) -> dict[str, str]:
    """The texts of the files that these findings' fixes change, changed."""
    edits: dict[str, list[Edit]] = {}
    for finding in findings:
        assert finding.fix is not None
        for edit in finding.fix.edits:
            edits.setdefault(key(edit.span.source), []).append(edit)
    return {name: _edited(base[name], of_file) for name, of_file in edits.items()}


def _edited(text: str, edits: list[Edit]) -> str:
    parts: list[str] = []
    at = 0
    for start, end, new in sorted({(edit.span.start, edit.span.end, edit.text) for edit in edits}):
        parts += (text[at:start], new)
        at = end
    return "".join([*parts, text[at:]])


# -- errors ---------------------------------------------------------------------------------------------------

_numbers = re.compile(r"\d+")


def _errors(loaded: Loaded) -> Errors:
    """How often there is which error, whatever the user wants to hear of. Numbers do not count: lines move."""
    report = lint(loaded.hosts, loaded.site.target)
    return Counter(
        (f.code, f.host, key(f.span.source), _numbers.sub("#", f.message))
        for f in report.findings
        if f.severity == "error"
    )


def _identity(finding: Finding) -> tuple[str, ...]:
    """What a finding is known by in the next round, when its place has moved."""
    assert finding.fix is not None
    return finding.code, finding.host, key(finding.span.source), finding.message, finding.fix.title
