"""Suppression comments: `# lvscompile: ignore[LVS112] reason` and `# lvscompile: ignore-file[LVS112] reason`.

What is a comment, the scanner says; what is inside a block, the braces as written. A finding is suppressed where its
place is covered, or, for findings about two hosts, any place that it speaks of.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from lvscompile.ir.site import NOTE
from lvscompile.lint.choice import meant, nearest
from lvscompile.syntax.findings import Finding, Span
from lvscompile.syntax.keepalived.outline import Entry, outline
from lvscompile.syntax.keepalived.words import BLANKS, code_end
from lvscompile.syntax.source import Source
from lvscompile.syntax.statements import Frame

# What a person writes who means a suppression, rightly spelled or not.
_DIRECTIVE = re.compile(
    r"[#!][#! \t]*lvscompile(?:[ \t]*:|(?=[ \t]+ignore(?:-file)?(?:[ \t]*[\[:=]|[ \t]+LVS)))[ \t]*", re.I
)
_FORM = re.compile(r"(ignore(?:-file)?)[ \t]*\[([^\][]*)\](.*)", re.I | re.S)
_WORD = re.compile(r"[^\s,]+")
_PLAIN = re.compile(r"(?<!\S)#[# \t]*lvscompile[^\n]*", re.I)
_SAYING = re.compile(r"\n[ \t]*[^# \t\r\n]")
_NOTE = _DIRECTIVE.sub("", NOTE)
EXAMPLE = "# lvscompile: ignore[LVS112] the reason"

# These are only known when all else is: a suppression of them is never called unused.
LATE = ("LVS001", "LVS003")


class Pattern(NamedTuple):
    """One code in a comment, or the beginning of some."""

    code: str
    span: Span


class Suppression(NamedTuple):
    """A comment that suppresses what is in `start:end` of its file, or (`whole`) in the file itself, includes aside."""

    span: Span
    patterns: tuple[Pattern, ...]
    reason: str
    start: int
    end: int
    whole: bool = False
    conditional: bool = False  # it covers lines that count on some hosts only


class Malformed(NamedTuple):
    """A comment that was meant to suppress, and does not."""

    span: Span
    problem: str
    help: str


class Unused(NamedTuple):
    """A code of a suppression that nothing was found for."""

    pattern: Pattern
    suppression: Suppression


class Refused(NamedTuple):
    """A code of a suppression that is not obeyed, and what it would have suppressed."""

    pattern: Pattern
    findings: tuple[Finding, ...]


class Suppressed(NamedTuple):
    """A finding that is not reported, and why: by a comment (`inSource`) or by the baseline (`external`)."""

    finding: Finding
    kind: str
    reason: str = ""


class Verdict(NamedTuple):
    kept: list[Finding]
    suppressed: list[Suppressed]
    unused: list[Unused]
    refused: list[Refused]


class Comments(NamedTuple):
    """The suppression comments of all files, by the file's key."""

    suppressions: dict[str, list[Suppression]]
    malformed: list[Malformed]


# -- reading ------------------------------------------------------------------------------------------------


def read_comments(sources: Iterable[Source], plain: Iterable[Source] = ()) -> Comments:
    """The suppression comments of these files, each file once. Those of `plain` are no keepalived.conf: a comment is
    what stands behind `#`, and covers a line.
    """
    comments = Comments({}, [])
    seen: set[str] = set()
    for source, read in chain(((each, _read) for each in sources), ((each, _read_plain) for each in plain)):
        name = key(source)
        if name not in seen and "lvscompile" in source.text.lower():
            found = list(read(source))
            comments.malformed.extend(each for each in found if isinstance(each, Malformed))
            suppressions = [each for each in found if isinstance(each, Suppression)]
            comments.suppressions[name] = sorted(suppressions, key=lambda each: (each.start, each.span.start))
        seen.add(name)
    return comments


def key(source: Source) -> str:
    """What tells files apart: a file may be read for several hosts, or included twice."""
    return source.path or source.name


def _read(source: Source) -> Iterator[Suppression | Malformed]:
    lay = _Lay(outline(source))
    for at, entry in enumerate(lay.entries):
        if "lvscompile" not in entry.stmt.text.lower():
            continue
        for start, comment in _comments(entry):
            for directive, stop in _directives(comment):
                span = Span(source, start + directive.start(), start + stop)
                for read in _directive(span, start + directive.end()):
                    yield lay.placed(read, at) if isinstance(read, Suppression) else read


def _read_plain(source: Source) -> Iterator[Suppression | Malformed]:
    """The comments of a script, a dump, a file of settings."""
    for comment in _PLAIN.finditer(source.text):
        start, end = source.line_around(comment.start())
        if not source.text[start : comment.start()].strip():
            following = _SAYING.search(source.text, end)
            start, end = source.line_around(following.end() - 1) if following else (len(source.text), len(source.text))
        for directive, stop in _directives(comment[0]):
            span = Span(source, comment.start() + directive.start(), comment.start() + stop)
            for read in _directive(span, comment.start() + directive.end()):
                if isinstance(read, Suppression):
                    yield read if read.whole else read._replace(start=start, end=end)
                else:
                    yield read


def _comments(entry: Entry) -> Iterator[tuple[int, str]]:
    """The comments of a statement, with their offsets in the text. A definition may have several lines."""
    offset = entry.stmt.start
    for line in entry.stmt.text.split("\n"):
        code = code_end(line)
        if code < len(line):
            yield offset + code, line[code:].rstrip(BLANKS)
        offset += len(line) + 1


def _directives(comment: str) -> Iterator[tuple[re.Match[str], int]]:
    """The suppressions in one comment, and where each ends."""
    found = list(_DIRECTIVE.finditer(comment))
    for at, match in enumerate(found):
        stop = found[at + 1].start() if at + 1 < len(found) else len(comment)
        yield match, match.start() + len(comment[match.start() : stop].rstrip(BLANKS))


def _directive(span: Span, start: int) -> Iterator[Suppression | Malformed]:
    """What the text from `start` to the end of `span` says."""
    source = span.source
    text = source.text[start : span.end]
    if text.startswith(_NOTE):  # written by a conversion
        return
    form = _FORM.match(text)
    if ":" not in source.text[span.start : start]:
        yield Malformed(span, "the colon behind `lvscompile` is missing: this suppresses nothing", f"write `{EXAMPLE}`")
        return
    if form is None:
        yield Malformed(span, _problem(text), f"write `{EXAMPLE}`")
        return
    patterns: list[Pattern] = []
    at = start + form.start(2)
    for word in _WORD.finditer(form[2]):
        place = Span(source, at + word.start(), at + word.end())
        code = meant(word[0])
        if any(char.isdigit() for char in code):
            patterns.append(Pattern(code, place))
        else:
            yield _unknown(place, word[0], bool(code))
    if patterns:
        reason = form[3].strip(BLANKS + ":,;-–—")
        whole = form[1].lower() == "ignore-file"
        yield Suppression(span, tuple(patterns), reason, 0, len(source.text) + 1, whole)
    elif not _WORD.search(form[2]):
        yield Malformed(span, "no rule is named: this suppresses nothing", f"write `{EXAMPLE}`")


def _problem(text: str) -> str:
    if not re.match(r"ignore(?:-file)?\b", text, re.I):
        return "a comment for lvscompile that it does not understand: it knows `ignore[…]` and `ignore-file[…]`"
    if "[" in text and "]" not in text:
        return "the `]` behind the rules is missing, so this suppresses nothing"
    return "the rules that it is about must stand in brackets right behind `ignore`: it suppresses nothing"


def _unknown(place: Span, word: str, everything: bool) -> Malformed:
    if everything:
        return Malformed(place, f"`{word}` would be every rule, which is refused", "name a family at least, e.g. LVS1")
    near = nearest(word)
    hint = f"did you mean `{near}`?" if near else "`lvscompile rules` lists them"
    return Malformed(place, f"no rule is called `{word}`, so nothing is suppressed by it", hint)


class _Lay:
    """The statements of a file, with what a comment among them covers."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.entries = entries
        self._conditions = [entry.stmt.start for entry in entries if entry.stmt.type == "COND"]
        # Of each entry the first statement from there on that is no comment.
        self._next: list[Entry | None] = [None] * (len(entries) + 1)
        for at in range(len(entries) - 1, -1, -1):
            self._next[at] = self._next[at + 1] if entries[at].stmt.type == "TRIVIA" else entries[at]

    def placed(self, read: Suppression, at: int) -> Suppression:
        """With its place: the line that it ends, or the next statement where it has a line of its own."""
        source = read.span.source
        stmt = self.entries[at].stmt
        if read.whole:
            start, end = 0, read.end
        elif stmt.type == "TRIVIA":
            then = self._next[at]
            start, end = (then.stmt.start, then.end) if then else (len(source.text), len(source.text))
        else:
            start = source.line_around(stmt.start)[0]
            end = max(source.line_around(read.span.start)[1], stmt.end)
        conditional = bisect_left(self._conditions, start) < bisect_left(self._conditions, end)
        return read._replace(start=start, end=end, conditional=conditional)


# -- judging ------------------------------------------------------------------------------------------------


def judge(
    findings: Sequence[Finding],
    comments: Comments,
    refuses: Callable[[Finding], bool],
    ran: Callable[[str, str], bool],
) -> Verdict:
    """Part the findings into those that stay and those that a comment suppresses.

    `refuses` says which findings no comment gets rid of, `ran` whether all rules that a code (the first argument)
    stands for were run over a file (by its key).
    """
    covering = _covering(findings, comments)
    verdict = Verdict([], [], [], [])
    used: set[Pattern] = set()
    refused: dict[Pattern, list[Finding]] = defaultdict(list)
    for number, finding in enumerate(findings):
        hits = {
            pattern: each.reason
            for each in covering.get(number, ())
            for pattern in each.patterns
            if finding.code.startswith(pattern.code)
        }
        used.update(hits)
        if hits and not refuses(finding):
            verdict.suppressed.append(Suppressed(finding, "inSource", next(filter(None, hits.values()), "")))
            continue
        verdict.kept.append(finding)
        for pattern in hits:
            refused[pattern].append(finding)
    verdict.refused.extend(Refused(pattern, tuple(about)) for pattern, about in refused.items())
    verdict.unused.extend(
        Unused(pattern, each)
        for name, suppressions in comments.suppressions.items()
        for each in suppressions
        for pattern in each.patterns
        if pattern not in used and not each.conditional and ran(pattern.code, name)
    )
    return verdict


def _covering(findings: Sequence[Finding], comments: Comments) -> dict[int, list[Suppression]]:
    """Which suppressions cover which findings (by number), whatever codes they name."""
    places: dict[str, set[tuple[int, int, bool]]] = defaultdict(set)
    for number, finding in enumerate(findings):
        for name, offset, itself in _places(finding):
            if name in comments.suppressions:
                places[name].add((offset, number, itself))
    covering: dict[int, list[Suppression]] = defaultdict(list)
    for name, wanted in places.items():
        upcoming = comments.suppressions[name][::-1]
        active: list[Suppression] = []
        for offset, number, itself in sorted(wanted):
            while upcoming and upcoming[-1].start <= offset:
                active.append(upcoming.pop())
            active = [each for each in active if offset < each.end]
            covering[number] += [each for each in active if itself or not each.whole]
    return covering


def _places(finding: Finding) -> Iterator[tuple[str, int, bool]]:
    """Where a finding is: its own place, and what it points at if it compares hosts; and the includes that lead there
    (False)."""
    spans = [finding.span]
    if finding.code.startswith("LVS3"):
        spans += [note.span for note in finding.related]
    for span in spans:
        yield key(span.source), span.start, True
        for frame in span.source.frames:
            if isinstance(frame, Frame) and frame.kind == "include":
                yield key(frame.site.source), frame.site.start, False
