"""`lint --fix`: what is fixed is written, or shown, and told of."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from lvscompile.app.load import Loaded, key
from lvscompile.cli.render import one_line
from lvscompile.syntax.findings import Finding
from lvscompile.syntax.secrets import Masker
from lvscompile.syntax.source import Source, encode

if TYPE_CHECKING:
    from lvscompile.app.mend import Change, Judge, Mended


class Fixing(NamedTuple):
    """What the options ask for."""

    fix: bool
    unsafe_fixes: bool
    diff: bool
    exit_non_zero_on_fix: bool

    @property
    def wanted(self) -> bool:
        return self.fix or self.diff

    def summary(self, fixed: int) -> str:
        """What the summary says of it."""
        if not self.wanted:
            return ""
        return f"{fixed} would be fixed" if self.diff else f"{fixed} fixed"


def fixing_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options behind Fixing."""
    for option in reversed((
        click.option("--fix", is_flag=True,
                     help="Mend what can be mended without anybody's judgement, in the files; report the rest."),
        click.option("--unsafe-fixes", is_flag=True,
                     help="With --fix or --diff: mend also what somebody should look at."),
        click.option("--diff", is_flag=True,
                     help="Write nothing; show what --fix would change, secrets masked; the rest on standard error."),
        click.option("--exit-non-zero-on-fix", is_flag=True,
                     help="Exit with 1 also when something was fixed, or would be."),
    )):  # fmt: skip
        command = option(command)
    return command


def refuse(fixing: Fixing) -> None:
    """What contradicts itself."""
    for option, given in (
        ("--unsafe-fixes", fixing.unsafe_fixes),
        ("--exit-non-zero-on-fix", fixing.exit_non_zero_on_fix),
    ):
        if given and not fixing.wanted:
            raise click.UsageError(f"{option} needs --fix, or --diff.")


def takes_stdout(fixing: Fixing, loaded: Loaded) -> bool:
    """Whether standard output is for a text: a diff, or standard input mended. The findings then go elsewhere."""
    return fixing.diff or (fixing.fix and _stdin(loaded) is not None)


def fixed(fixing: Fixing, loaded: Loaded, judge: Judge) -> Mended:
    """Fix what the options ask for; write it, or show it."""
    from lvscompile.app.mend import mend

    mended = mend(loaded, judge, fixing.unsafe_fixes)
    if fixing.diff:
        from lvscompile.cli.unified import unified

        mask = Masker(mended.loaded.secrets)
        for source, text in mended.changes:
            sys.stdout.write(unified(source.name, source.text, text, "fixed", mask))
    else:
        _write(mended.changes, _stdin(loaded))
    _tell(fixing, mended)
    return mended


def _stdin(loaded: Loaded) -> Source | None:
    return next((source for source in loaded.sources if not key(source)), None)


def _write(changes: Sequence[Change], stdin: Source | None) -> None:
    """Files in place; standard input, changed or not, to standard output."""
    from lvscompile.app.mend import store

    store(change for change in changes if key(change.source))
    if stdin is not None:
        text = next((change.text for change in changes if not key(change.source)), stdin.text)
        sys.stdout.flush()
        sys.stdout.buffer.write(encode(text))
        sys.stdout.flush()


def _tell(fixing: Fixing, mended: Mended) -> None:
    by_file: dict[str, list[Finding]] = {}
    for finding in mended.fixed:
        by_file.setdefault(finding.span.source.name, []).append(finding)
    verb = "would fix" if fixing.diff else "fixed"
    for name, findings in by_file.items():
        counts = Counter(finding.code for finding in findings)
        what = ", ".join(f"{code} ({count} times)" if count > 1 else code for code, count in sorted(counts.items()))
        print(f"{verb} {one_line(name)}: {what}", file=sys.stderr)
    for finding, reason in mended.refused:
        where = f"{one_line(finding.span.source.name)}:{finding.span.begin()[0]}"
        print(f"not fixed {where}: {finding.code}: {reason}", file=sys.stderr)
