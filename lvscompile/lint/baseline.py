"""Fingerprints of findings, and the baseline: the findings that are known and not reported again.

A fingerprint is made of content, not of line numbers: the rule, the blocks around the place, the words of the statement
there, and what the message says of values. Moving lines, comments and indentation do not change it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256
from typing import NamedTuple

from lvscompile.syntax.findings import Finding, Span
from lvscompile.syntax.keepalived.outline import Entry, outline, path
from lvscompile.syntax.keepalived.words import words
from lvscompile.syntax.secrets import MASK, Masker
from lvscompile.syntax.source import InputError, Source, encode

VERSION = 1
# What a message says of values: what stands in backticks, and numbers and addresses on their own. The names of hosts
# are left out with the prose around them: they come from where the files lie. So are paths, and line numbers.
_ARGUMENTS = re.compile(r"`([^`]*)`|(?<![\w.:/`-])(?<!line )(?<!lines )(\d[\w.:/]*[\w/]|\d)(?![\w`-])")
_PLAIN = Masker()
_outlines: dict[int, tuple[Source, list[Entry], list[int]]] = {}
_OUTLINES = 4  # findings come file by file


def fingerprint(finding: Finding, mask: Masker = _PLAIN) -> str:
    """The finding's fingerprint, the same for each of several findings that say the same."""
    said = [quoted or number for quoted, number in _ARGUMENTS.findall(finding.message)]
    values = [each for each in said if each != finding.host and not each.startswith("/")]
    arguments = [" ".join(_masked(each.split(" "), mask)) for each in values]
    parts = [finding.code, *_place(finding.span, mask), *arguments]
    return sha256(encode("\0".join(parts))).hexdigest()[:24]


def fingerprints(findings: Iterable[Finding], mask: Masker = _PLAIN) -> list[str]:
    """A fingerprint for each finding; those that would be the same are numbered."""
    return list(_numbered(fingerprint(finding, mask) for finding in findings))


def _numbered(prints: Iterable[str]) -> Iterator[str]:
    seen: Counter[str] = Counter()
    for each in prints:
        seen[each] += 1
        yield each if seen[each] == 1 else f"{each}-{seen[each]}"


def _place(span: Span, mask: Masker) -> list[str]:
    """The words of the blocks around a place and of the statement there, without secrets: a hash of a short password
    would give it away."""
    entries, starts = _outline(span.source)
    at = bisect_right(starts, span.start) - 1
    if at < 0:
        return []
    return [" ".join(_masked(found, mask)) for found in (*path(entries, at), words(entries[at].stmt.text))]


def _masked(found: Sequence[str], mask: Masker) -> Sequence[str]:
    line = mask.line(" ".join(found))
    return re.sub(r"\*+", MASK, line).split(" ") if line != " ".join(found) else found


def _outline(source: Source) -> tuple[list[Entry], list[int]]:
    known = _outlines.get(id(source))
    if known is None:
        while len(_outlines) >= _OUTLINES:
            del _outlines[next(iter(_outlines))]
        entries = outline(source)
        known = _outlines[id(source)] = (source, entries, [entry.stmt.start for entry in entries])
    return known[1], known[2]


# -- the file -----------------------------------------------------------------------------------------------


class Entered(NamedTuple):
    """One finding in a baseline. All but the fingerprint is for people who read its diff."""

    file: str
    code: str
    name: str
    message: str
    fingerprint: str


class Matched(NamedTuple):
    """Findings against a baseline: those that are not in it, those that are with their entries as they are now, and
    the entries that stand for none."""

    new: list[Finding]
    known: list[Finding]
    current: list[Entered]
    left: list[Entered]


def entered(findings: Sequence[Finding], mask: Masker, named: Callable[[Source], str]) -> list[Entered]:
    """The findings as entries; `named` gives a file the name that the baseline has for it."""
    return [
        Entered(_whole(named(f.span.source)), f.code, f.name, _whole(mask.text(f.message)), fingerprint(f, mask))
        for f in findings
    ]


def match(findings: Sequence[Finding], entries: Sequence[Entered], baseline: Sequence[Entered]) -> Matched:
    """Which findings (with their entries) are in the baseline. Of several that say the same, those in the file that the
    baseline names are the known ones."""
    waiting: dict[str, dict[str, list[Entered]]] = defaultdict(lambda: defaultdict(list))
    for each in sorted(baseline, reverse=True):
        waiting[each.fingerprint][each.file].append(each)
    known: set[int] = set()
    for in_place in (True, False):
        for at, each in enumerate(entries):
            files = waiting.get(each.fingerprint, {})
            left = next((old for file, old in files.items() if old and (file == each.file or not in_place)), None)
            if left and at not in known:
                left.pop()
                known.add(at)
    return Matched(
        [finding for at, finding in enumerate(findings) if at not in known],
        [finding for at, finding in enumerate(findings) if at in known],
        [entry for at, entry in enumerate(entries) if at in known],
        sorted(each for files in waiting.values() for left in files.values() for each in left),
    )


def _whole(text: str) -> str:
    """Text that JSON can hold: a byte that is no UTF-8 is shown as it is written in hexadecimal."""
    return encode(text).decode("utf-8", "backslashreplace")


def to_text(entries: Iterable[Entered]) -> str:
    """A baseline as JSON, in an order that does not depend on the inputs' order."""
    import json

    ordered = sorted(entries)
    numbered = _numbered(each.fingerprint for each in ordered)
    rows = [each._replace(fingerprint=print_)._asdict() for each, print_ in zip(ordered, numbered, strict=True)]
    return json.dumps({"version": VERSION, "findings": rows}, indent=2, ensure_ascii=False) + "\n"


def from_text(text: str, name: str) -> list[Entered]:
    """The entries of a baseline. Raises InputError for what is none."""
    import json

    hint = "`lvscompile lint --write-baseline FILE` writes a new one"
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        reason = error if isinstance(error, ValueError) else "brackets without end"
        raise InputError(name, f"is no baseline: {reason}", hint) from None
    version = document.get("version") if isinstance(document, dict) else None
    if version != VERSION or isinstance(version, bool):
        raise InputError(name, f'is no baseline of lvscompile: "version" is not {VERSION}', hint)
    rows = document.get("findings")
    if not isinstance(rows, list):
        raise InputError(name, 'is no baseline of lvscompile: "findings" is not a list', hint)
    return [_entry(row, number, name, hint) for number, row in enumerate(rows, 1)]


def _entry(row: object, number: int, name: str, hint: str) -> Entered:
    if not isinstance(row, dict):
        raise InputError(name, f"finding {number} is not an object", hint)
    values = [row.get(field) for field in Entered._fields]
    for field, value in zip(Entered._fields, values, strict=True):
        if not isinstance(value, str):
            raise InputError(name, f'finding {number} has no "{field}"', hint)
    entry = Entered(*map(str, values))
    return entry._replace(fingerprint=entry.fingerprint.partition("-")[0])
