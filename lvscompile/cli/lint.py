"""`lvscompile lint`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import nullcontext, redirect_stdout
from typing import Any

import click

from lvscompile.app.load import Loaded, count_statements, load
from lvscompile.app.settings import Settings
from lvscompile.cli.choosing import Choosing, check_clusters, choosing_options, settle
from lvscompile.cli.fixing import Fixing, fixed, fixing_options, refuse, takes_stdout
from lvscompile.cli.formats import Results
from lvscompile.cli.options import reading_options
from lvscompile.cli.render import one_line
from lvscompile.cli.report import Printing, check, output_options, publish
from lvscompile.ir.core import Target, Version
from lvscompile.lint.engine import Report, lint
from lvscompile.syntax.findings import SEVERITIES, Finding
from lvscompile.syntax.secrets import Masker

FOUND, DEFECT = 1, 3


@click.command("lint", short_help="Say what is wrong with a set-up.")
@click.argument("inputs", nargs=-1, metavar="[[HOST=]PATH]...")
@output_options
@choosing_options
@fixing_options
@reading_options
@click.option(
    "--facts",
    "facts",
    multiple=True,
    metavar="[HOST=]FILE",
    help="What `lvscompile facts` printed on the host; the same as one more PATH.",
)
@click.option("--live", is_flag=True, help="Look at this host's kernel and tools as well, as `lvscompile facts` does.")
def command(
    inputs: tuple[str, ...],
    form: str,
    files: dict[str, str],
    statistics: bool,
    colour: str,
    target_keepalived: Version | None,
    config_id: str,
    kinds: dict[str, str],
    roles: dict[str, str],
    fix: bool,
    unsafe_fixes: bool,
    diff: bool,
    exit_non_zero_on_fix: bool,
    facts: tuple[str, ...],
    live: bool,
    **choosing: Any,
) -> int:
    """Say what is wrong with a set-up, or with a pair of them.

    Each PATH is a keepalived.conf, or a directory that holds one host's files; `-` is standard input, and without
    any the hosts of .lvscompile.toml are read, or this host. Several hosts are compared with each other.

    \b
    Examples:
      lvscompile lint /etc/keepalived/keepalived.conf
      lvscompile lint lvs1=a.conf lvs2=b.conf --target-keepalived 2.2.7
    """
    given = Choosing(**choosing)
    printing = Printing(form, files, statistics, colour)
    fixing = Fixing(fix, unsafe_fixes, diff, exit_non_zero_on_fix)
    refuse(fixing)
    if given.write_baseline and (files or statistics):
        raise click.UsageError("--write-baseline reports nothing: --output and --statistics contradict it.")
    settings = settle(given, inputs, target_keepalived)
    target = Target(settings.target)
    words = inputs or [f"{name}={path}" for name, path in settings.hosts.items()]
    words = [*(words or (["/"] if facts else [])), *facts]
    loaded = load(
        words,
        kinds=kinds,
        roles=roles,
        config_id=config_id,
        target=target,
        stdin_name=given.stdin_filename,
        live=live,
    )
    check(printing, [source.path for source in loaded.sources])
    _say(loaded.notes)
    _say(check_clusters(given, settings, [host.director.name for host in loaded.hosts]))
    mended = fixed(fixing, loaded, lambda each: _reported(each, settings)) if fixing.wanted else None
    loaded = mended.loaded if mended else loaded
    report = _linted(loaded, settings)
    if given.write_baseline and not report.crashes:
        return _write_baseline(given.write_baseline, report, loaded)
    if settings.baseline:
        report = _with_baseline(settings, report, loaded, given.prune_baseline)
    results = _results(report, loaded)._replace(note=fixing.summary(len(mended.fixed) if mended else 0))
    with redirect_stdout(sys.stderr) if takes_stdout(fixing, loaded) else nullcontext():
        publish(results, printing)
    return _status(report, settings.fail_on) or int(exit_non_zero_on_fix and bool(mended and mended.fixed))


def _linted(loaded: Loaded, settings: Settings) -> Report:
    choice = settings.choice
    known = settings.known()
    if loaded.clusters and not known.clusters:
        known = known._replace(clusters=loaded.clusters)
    report = lint(
        loaded.hosts,
        Target(settings.target),
        compare=not settings.no_peers,
        wanted=choice.wanted,
        known=known,
        allow=settings.allow,
    )
    return report._replace(findings=choice.judged(report.findings))


def _reported(loaded: Loaded, settings: Settings) -> Sequence[Finding]:
    """The findings that the user is told of: nothing else is fixed."""
    report = _linted(loaded, settings)
    if settings.baseline:
        from lvscompile.app.baseline import with_baseline

        report, _ = with_baseline(settings.baseline, report, loaded, lambda code: False)
    return report.findings


def _write_baseline(path: str, report: Report, loaded: Loaded) -> int:
    from lvscompile.app.baseline import write_baseline

    write_baseline(path, report, loaded)
    count = len(report.findings)
    _say([f"{path}: {count} finding{'' if count == 1 else 's'} written; --baseline {path} reports what is new"])
    return 0


def _with_baseline(settings: Settings, report: Report, loaded: Loaded, prune: bool) -> Report:
    from lvscompile.app.baseline import with_baseline

    def ran(code: str) -> bool:
        compared = len(loaded.hosts) > 1 and not settings.no_peers
        return settings.choice.wanted(code) and (compared or not code.startswith("LVS3")) and not report.crashes

    report, notes = with_baseline(settings.baseline, report, loaded, ran, prune)
    _say(notes)
    return report


def _results(report: Report, loaded: Loaded) -> Results:
    return Results(
        report.findings,
        [host.director.name for host in loaded.hosts],
        lambda: count_statements(loaded.trees, loaded.tallies),
        Masker(loaded.secrets),
        report.crashes,
        report.suppressed,
        accounts=_accounts(loaded),
    )


def _accounts(loaded: Loaded) -> Sequence[str]:
    if not loaded.tallies:
        return ()
    from lvscompile.app.accounts import sentences

    return tuple(sentences(loaded.tallies))


def _say(notes: Sequence[str]) -> None:
    for note in notes:
        print(f"note: {one_line(note)}", file=sys.stderr)


def _status(report: Report, fail_on: str) -> int:
    if report.crashes:
        return DEFECT
    limit = SEVERITIES.index(fail_on)
    return FOUND if any(SEVERITIES.index(f.severity) <= limit for f in report.findings) else 0
