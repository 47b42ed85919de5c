"""`lvscompile lint`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

import click

from lvscompile.app.load import Loaded, count_statements, load
from lvscompile.cli.options import reading_options
from lvscompile.cli.render import Style, as_json, concise, full, one_line, summary_line
from lvscompile.ir.core import Target, Version
from lvscompile.lint.engine import Report, lint
from lvscompile.lint.registry import all_rules
from lvscompile.syntax.findings import SEVERITIES, Finding
from lvscompile.syntax.secrets import Masker

FOUND, DEFECT = 1, 3


def _codes(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """Codes, beginnings of codes or rule names, comma separated; each must name a rule."""
    rules = all_rules()
    names = {rule.name: code for code, rule in rules.items()}
    wanted = []
    for value in (part.strip() for text in values for part in text.split(",")):
        code = names.get(value, value.upper())
        if not value or not any(known.startswith(code) for known in rules):
            import difflib

            near = difflib.get_close_matches(value, [*rules, *names], n=1)
            hint = f" Did you mean {near[0]}?" if near else " `lvscompile rules` lists them."
            raise click.BadParameter(f"no rule is called {value!r}.{hint}")
        wanted.append(code)
    return tuple(wanted)


@click.command("lint", short_help="Say what is wrong with a set-up.")
@click.argument("inputs", nargs=-1, metavar="[[HOST=]PATH]...")
@click.option("--format", "form", type=click.Choice(["full", "concise", "json"]), default="full", show_default=True)
@click.option("--fail-on", type=click.Choice(SEVERITIES), default="error", show_default=True,
              help="Exit with 1 when there is a finding at least this severe.")  # fmt: skip
@click.option(
    "--select", multiple=True, callback=_codes, metavar="CODES", help="Only these rules (LVS301, LVS3, names)."
)
@click.option("--ignore", multiple=True, callback=_codes, metavar="CODES", help="All but these rules.")
@click.option("--color", "colour", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True)
@click.option("--no-peers", is_flag=True, help="Do not compare hosts with each other.")
@reading_options
def command(
    inputs: tuple[str, ...],
    form: str,
    fail_on: str,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    target_keepalived: Version | None,
    config_id: str,
    kinds: dict[str, str],
    no_peers: bool,
    colour: str,
) -> int:
    """Say what is wrong with a set-up, or with a pair of them.

    Each PATH is a keepalived.conf, or a directory that holds one host's files; `-` is standard input, and without
    any this host is read. Several hosts are compared with each other.

    \b
    Examples:
      lvscompile lint /etc/keepalived/keepalived.conf
      lvscompile lint lvs1=a.conf lvs2=b.conf --target-keepalived 2.2.7
    """
    target = Target(target_keepalived)
    loaded = load(inputs, kinds=kinds, config_id=config_id, target=target)
    for note in loaded.notes:
        print(f"note: {one_line(note)}", file=sys.stderr)
    report = lint(loaded.hosts, target, compare=not no_peers, wanted=_wanted(select, ignore))
    _print(report.findings, loaded, form, _style(colour))
    _print_crashes(report)
    if report.crashes:
        return DEFECT
    limit = SEVERITIES.index(fail_on)
    return FOUND if any(SEVERITIES.index(f.severity) <= limit for f in report.findings) else 0


def _wanted(select: tuple[str, ...], ignore: tuple[str, ...]) -> Callable[[str], bool]:
    return lambda code: (not select or code.startswith(select)) and not (ignore and code.startswith(ignore))


def _style(colour: str) -> Style:
    on_terminal = sys.stdout.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
    return Style(colour == "always" or (colour == "auto" and on_terminal))


def _print(findings: list[Finding], loaded: Loaded, form: str, style: Style) -> None:
    mask = Masker(loaded.secrets)
    hosts = [host.director.name for host in loaded.hosts]
    if form == "json":
        sys.stdout.write(as_json(findings, mask, count_statements(loaded.trees)))
    elif form == "concise":
        sys.stdout.write(concise(findings, mask, style))
    else:
        text = full(findings, mask, style, _width())
        sys.stdout.write(text + ("\n" if text else "") + summary_line(findings, hosts, style) + "\n")


def _width() -> int:
    if not sys.stdout.isatty():
        return 110
    try:
        return min(max(os.get_terminal_size().columns, 60), 130)
    except OSError:
        return 110


def _print_crashes(report: Report) -> None:
    for crash in report.crashes:
        import traceback

        print(
            f"lvscompile: rule {crash.rule.code} ({crash.rule.name}) failed on {crash.host}; its findings are missing, "
            "all others are above. This is a defect of lvscompile, please report it with:",
            file=sys.stderr,
        )
        lines = "".join(traceback.format_exception(crash.error)).splitlines(keepends=True)
        print("".join("  " + line for line in lines), file=sys.stderr)
