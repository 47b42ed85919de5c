"""0xx: the comments that suppress findings."""

from __future__ import annotations

from lvscompile.lint.engine import Context, Emit
from lvscompile.lint.registry import RULES, rule
from lvscompile.lint.suppress import Malformed, Refused, Suppression, Unused


@rule("LVS001", "unused-suppression", "warning", Unused)
def unused_suppression(unused: Unused, ctx: Context, emit: Emit) -> None:
    """A comment suppresses a rule that finds nothing there."""
    code = unused.pattern.code
    what = f"{code} finds nothing" if code in RULES else f"no rule that begins with {code} finds anything"
    where = "in this file" if unused.suppression.whole else "here"
    emit(
        unused.pattern.span,
        f"{what} {where}: the comment would hide the next mistake of this kind",
        help="remove it" if len(unused.suppression.patterns) == 1 else f"remove `{code}` from it",
    )


@rule("LVS002", "suppression-without-reason", "info", Suppression)
def suppression_without_reason(suppression: Suppression, ctx: Context, emit: Emit) -> None:
    """A comment suppresses a finding and does not say why."""
    if not suppression.reason:
        codes = ", ".join(pattern.code for pattern in suppression.patterns)
        emit(
            suppression.span,
            f"this suppresses {codes} without a reason: whoever reads it next cannot tell whether it still holds",
            help="say why behind the bracket",
        )


@rule("LVS003", "suppression-refused", "warning", Refused)
def suppression_refused(refused: Refused, ctx: Context, emit: Emit) -> None:
    """A comment is not enough to suppress an error that splits a pair or stops the daemon."""
    first = refused.findings[0]
    does = "splits the pair" if first.effect == "split" else "stops the service"
    emit(
        refused.pattern.span,
        f"{first.code} ({first.name}) is reported all the same: an error that {does} is not suppressed by a comment alone",
        related=[(first.span, "what the comment was to suppress")],
        help=f'mend it; if it is really meant, `--allow {first.code}`, or `allow = ["{first.code}"]` in .lvscompile.toml',
    )


@rule("LVS004", "malformed-suppression", "warning", Malformed)
def malformed_suppression(malformed: Malformed, ctx: Context, emit: Emit) -> None:
    """A comment was meant to suppress findings, and does not: an unknown rule, or another form."""
    emit(malformed.span, malformed.problem, help=malformed.help)
