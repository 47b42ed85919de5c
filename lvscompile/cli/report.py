"""How `lint` tells what it found: on standard output, and in files beside it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import click

from lvscompile.cli.formats import FORMATS, Paper, Results, render
from lvscompile.cli.render import Style, one_line
from lvscompile.lint.engine import Crash

PLAIN_WIDTH = 110
COUNTED = ("full", "concise", "json")  # the forms that have room for --statistics


class Printing(NamedTuple):
    """What the options ask for. `files` are paths, with the form of each."""

    form: str
    files: Mapping[str, str]
    statistics: bool
    colour: str


def _outputs(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    """FORMAT=FILE words, as path -> form."""
    files: dict[str, str] = {}
    taken: set[str] = set()
    for value in values:
        form, equals, path = value.partition("=")
        if not equals or form not in FORMATS:
            raise click.BadParameter(f"{one_line(value)!r} is not FORMAT=FILE; the formats are: {', '.join(FORMATS)}.")
        reason = "standard output is what --format is for; name a file" if path == "-" else _refusal(path)
        if not reason and os.path.realpath(path) in taken:
            reason = "it is named twice"
        if reason:
            raise click.BadParameter(f"cannot write {one_line(path)!r}: {reason}.")
        taken.add(os.path.realpath(path))
        files[path] = form
    return files


def _refusal(path: str) -> str:
    """Why a file cannot be written there; said before the work, not after it."""
    real = os.path.realpath(path)
    folder = os.path.dirname(real)
    if not path:
        return "the name is empty"
    if os.path.isdir(real):
        return "it is a directory"
    if not os.path.isdir(folder):
        return f"there is no directory {one_line(folder)}"
    if not os.access(real if os.path.exists(real) else folder, os.W_OK):
        return "permission denied"
    return ""


def output_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say in which form, and where, the findings are told."""
    for option in (
        click.option("--color", "colour", type=click.Choice(["auto", "always", "never"]), default="auto",
                     show_default=True),
        click.option("--statistics", is_flag=True, help="Count the findings by rule instead of listing them."),
        click.option("--output", "files", multiple=True, callback=_outputs, metavar="FORMAT=FILE",
                     help="Write the findings to FILE as well, in that format. May be repeated."),
        click.option("--format", "form", type=click.Choice(FORMATS), default="full", show_default=True),
    ):  # fmt: skip
        command = option(command)
    return command


def check(printing: Printing, read: Sequence[str]) -> None:
    """Refuse what cannot be meant. `read` are the paths that were read: no output goes there."""
    if printing.statistics and printing.form not in COUNTED:
        raise click.UsageError(
            f"--statistics has no form in --format {printing.form}; take one of {', '.join(COUNTED)}."
        )
    inputs = {os.path.realpath(path) for path in read if path}
    for path in printing.files:
        if os.path.realpath(path) in inputs:
            raise click.UsageError(f"--output would write over {one_line(path)}, which is an input.")


def publish(results: Results, printing: Printing) -> None:
    """Write the files, all or none of them, and then standard output; what failed in lvscompile goes to stderr."""
    plain = Paper(Style(False), PLAIN_WIDTH)
    if printing.files:
        from lvscompile.app.write import write_all

        write_all({path: render(form, results, plain) for path, form in printing.files.items()}, 0o666)
    paper = Paper(_style(printing.colour), _width())
    if printing.statistics:
        from lvscompile.cli.formats.statistics import as_json, as_text

        counted = as_json(results) if printing.form == "json" else as_text(results, paper.style)
        sys.stdout.write(counted)
    else:
        sys.stdout.write(render(printing.form, results, paper))
    _print_crashes(results.crashes)


def _style(colour: str) -> Style:
    on_terminal = sys.stdout.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
    return Style(colour == "always" or (colour == "auto" and on_terminal))


def _width() -> int:
    if not sys.stdout.isatty():
        return PLAIN_WIDTH
    said = os.environ.get("COLUMNS", "")
    try:
        columns = int(said) if said.isascii() and said.isdigit() else os.get_terminal_size(sys.stdout.fileno()).columns
    except (OSError, ValueError):  # a terminal that does not tell; a number without end
        return PLAIN_WIDTH
    return min(max(columns, 60), 130)


def _print_crashes(crashes: Sequence[Crash]) -> None:
    for crash in crashes:
        import traceback

        print(
            f"lvscompile: rule {crash.rule.code} ({crash.rule.name}) failed on {crash.host}; its findings are missing, "
            "all others are above. This is a defect of lvscompile, please report it with:",
            file=sys.stderr,
        )
        lines = "".join(traceback.format_exception(crash.error)).splitlines(keepends=True)
        print("".join("  " + line for line in lines), file=sys.stderr)
