"""`lvscompile diff`."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable

import click

from lvscompile.app.load import load
from lvscompile.cli.options import reading_options
from lvscompile.cli.render import Style, one_line
from lvscompile.ir.compare import Change, Fact, compare
from lvscompile.ir.core import Origin, Target, Version
from lvscompile.ir.node import replace
from lvscompile.ir.site import Director
from lvscompile.syntax.findings import span_of
from lvscompile.syntax.secrets import Masker

SAME, DIFFERENT = 0, 1


@click.command("diff", short_help="Compare two set-ups in meaning.")
@click.argument("first", metavar="[HOST=]A")
@click.argument("second", metavar="[HOST=]B")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--color", "colour", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True)
@reading_options
def command(
    first: str,
    second: str,
    form: str,
    colour: str,
    target_keepalived: Version | None,
    config_id: str,
    kinds: dict[str, str],
    roles: dict[str, str],
) -> int:
    """Compare two set-ups in meaning: order, layout, comments and written-out defaults do not count. What scripts,
    dumps and logs tell counts as keepalived would be told it.

    \b
    Examples:
      lvscompile diff old/keepalived.conf new/keepalived.conf
      lvscompile diff lvs1=a.conf lvs2=b.conf --format json
    """
    target = Target(target_keepalived)
    sides = [load([given], kinds=kinds, roles=roles, config_id=config_id, target=target) for given in (first, second)]
    (one, before), (other, after) = (_whole(side.hosts[0].director, target) for side in sides)
    changes = tuple(
        replace(change, before=_placed(change.before, before), after=_placed(change.after, after))
        for change in compare(one, other, target)
    )
    for note in (note for side in sides for note in side.notes):
        print(f"note: {one_line(note)}", file=sys.stderr)
    mask = Masker(sides[0].secrets | sides[1].secrets)
    if form == "json":
        rows = [_row(change, mask) for change in changes]
        sys.stdout.write(json.dumps({"version": 1, "changes": rows}, indent=2) + "\n")
    else:
        on_terminal = sys.stdout.isatty() and "NO_COLOR" not in os.environ
        style = Style(colour == "always" or (colour == "auto" and on_terminal))
        sys.stdout.write("".join(f"{line}\n" for line in _lines(changes, mask, style)))
    return DIFFERENT if changes else SAME


def _whole(director: Director, target: Target) -> tuple[Director, Callable[[Origin], Origin]]:
    """A host with what its other inputs tell, as keepalived would be told it, and where its facts come from."""
    if director.machine is None:
        return director, lambda origin: origin
    from lvscompile.app.compose import compose

    composed = compose(director, target)
    return composed.director, composed.origin_of


def _placed(fact: Fact | None, origin_of: Callable[[Origin], Origin]) -> Fact | None:
    return None if fact is None else replace(fact, origin=origin_of(fact.origin))


def _lines(changes: tuple[Change, ...], mask: Masker, style: Style) -> list[str]:
    """Changes grouped by the object they belong to, like a patch."""
    lines: list[str] = []
    title: tuple[str, ...] | None = None
    for change in changes:
        if change.path[:-1] != title:
            title = change.path[:-1]
            lines.append(style("bold", one_line(" > ".join(title) or "top level")))
        name = change.path[-1]
        for sign, fact, kind in (("-", change.before, "error"), ("+", change.after, "info")):
            other = change.after if fact is change.before else change.before
            if fact is None and other is not None and other.default_text and not other.secret:
                lines.append(f"  {style(kind, f'{sign} {name} {other.default_text}')}  {style('dim', '(the default)')}")
            elif fact is not None:
                text = one_line(mask.text(f"{sign} {name} {_shown(fact)}".rstrip()))
                lines.append(f"  {style(kind, text)}  {style('dim', '(' + one_line(_place(fact)) + ')')}")
    return lines


def _shown(fact: Fact) -> str:
    return "********" if fact.secret else fact.text


def _place(fact: Fact) -> str:
    span = span_of(fact.origin)
    return f"{span.source.name}:{span.begin()[0]}"


def _row(change: Change, mask: Masker) -> dict[str, object]:
    def side(fact: Fact | None) -> dict[str, object] | None:
        if fact is None:
            return None
        span = span_of(fact.origin)
        line, column = span.begin()
        return {"value": mask.text(_shown(fact)), "file": span.source.name, "line": line, "column": column}

    return {"path": list(change.path), "before": side(change.before), "after": side(change.after)}
