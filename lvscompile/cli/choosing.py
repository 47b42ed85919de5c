"""The options of `lint` that say what counts, and how they go together with a site's settings file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import click

from lvscompile.app.settings import HOST, Settings, expected, find, read_settings
from lvscompile.ir.core import Version
from lvscompile.lint.choice import Choice, meant, nearest, over
from lvscompile.syntax.findings import SEVERITIES

Clusters = Mapping[str, tuple[str, ...]]


class Choosing(NamedTuple):
    """What the options say. None, or nothing, is what they do not say."""

    select: tuple[str, ...]
    ignore: tuple[str, ...]
    allow: tuple[str, ...]
    fail_on: str | None
    no_peers: bool | None
    clusters: Clusters
    baseline: str | None
    write_baseline: str | None
    prune_baseline: bool
    config: str | None
    isolated: bool
    stdin_filename: str


def choosing_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options behind Choosing."""
    for option in reversed((
        click.option("--select", multiple=True, callback=_codes, metavar="CODES",
                     help="Only these rules (LVS301, LVS3, names)."),
        click.option("--ignore", multiple=True, callback=_codes, metavar="CODES", help="All but these rules."),
        click.option("--allow", multiple=True, callback=_codes, metavar="CODES",
                     help="Comments may suppress errors of these rules, even those that split a pair."),
        click.option("--fail-on", type=click.Choice(SEVERITIES),
                     help="Exit with 1 when there is a finding at least this severe.  [default: error]"),
        click.option("--no-peers/--peers", default=None, help="Do not compare hosts with each other, or do."),
        click.option("--cluster", "clusters", multiple=True, callback=_clusters, metavar="NAME=HOST,HOST",
                     help="Compare these hosts with each other, and with no others. May be repeated."),
        click.option("--baseline", metavar="FILE", help="Report what is not in FILE."),
        click.option("--write-baseline", metavar="FILE", help="Write what is found now to FILE, and report nothing."),
        click.option("--prune-baseline", is_flag=True, help="Take out of the baseline what is no longer found."),
        click.option("--config", metavar="FILE", help="Settings, instead of the .lvscompile.toml above the input."),
        click.option("--isolated", is_flag=True, help="Read no .lvscompile.toml."),
        click.option("--stdin-filename", default="", metavar="NAME", help="What the text on `-` is called."),
    )):  # fmt: skip
        command = option(command)
    return command


def _codes(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """Codes, beginnings of codes or rule names, comma separated; each must name a rule."""
    wanted = []
    for word in (part.strip() for text in values for part in text.split(",")):
        code = meant(word)
        if not code:
            near = nearest(word)
            hint = f" Did you mean {near}?" if near else " `lvscompile rules` lists them."
            raise click.BadParameter(f"no rule is called {word!r}.{hint}")
        wanted.append(code)
    return tuple(wanted)


def _clusters(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> Clusters:
    found: dict[str, tuple[str, ...]] = {}
    for value in values:
        name, _, given = value.partition("=")
        members = tuple(member.strip() for member in given.split(","))
        if not HOST.fullmatch(name) or not all(members):
            raise click.BadParameter(f"{value!r} is not NAME=HOST,HOST.")
        if name in found:
            raise click.BadParameter(f"the cluster {name!r} is given twice.")
        found[name] = members
    return found


def settle(given: Choosing, inputs: Sequence[str], target: Version | None) -> Settings:
    """The settings of a run: what the command line says, then what the settings file says.

    Raises InputError for a settings file that is not as it should be.
    """
    _refuse(given, inputs)
    path = given.config or ("" if given.isolated else find(inputs, given.stdin_filename))
    file = read_settings(path) if path else Settings()
    settled = file._replace(
        choice=over(Choice(given.select, given.ignore), file.choice),
        allow=(*given.allow, *file.allow),
        fail_on=given.fail_on or file.fail_on,
        target=target or file.target,
        baseline="" if given.write_baseline else given.baseline or file.baseline,
        no_peers=given.no_peers if given.no_peers is not None else file.no_peers and not given.clusters,
        clusters=given.clusters or file.clusters,
    )
    if given.prune_baseline and not settled.baseline:
        raise click.UsageError("--prune-baseline needs a baseline: --baseline FILE.")
    return settled


def _refuse(given: Choosing, inputs: Sequence[str]) -> None:
    """What contradicts itself."""
    for one, other, both in (
        ("--config", "--isolated", given.config is not None and given.isolated),
        ("--cluster", "--no-peers", given.no_peers and given.clusters),
        ("--write-baseline", "--baseline", given.write_baseline is not None and given.baseline is not None),
        ("--write-baseline", "--prune-baseline", given.write_baseline is not None and given.prune_baseline),
    ):
        if both:
            raise click.UsageError(f"{one} and {other} contradict each other.")
    for option, value in (("--config", given.config), ("--baseline", given.baseline),
                          ("--write-baseline", given.write_baseline)):  # fmt: skip
        if value == "":
            raise click.UsageError(f"{option} needs the name of a file.")
    if given.stdin_filename and not any(word == "-" or word.endswith("=-") for word in inputs):
        raise click.UsageError("--stdin-filename says what `-` is called: give `-` as an input.")


def check_clusters(given: Choosing, settled: Settings, hosts: Sequence[str]) -> list[str]:
    """Refuse a --cluster whose hosts are not there; notes about clusters of the settings that are not complete."""
    notes = []
    for name, members in settled.clusters.items():
        missing = [member for member in members if member not in hosts]
        if given.clusters and missing:
            place = settled.hosts.get(missing[0])
            hint = f"give it as an input: {missing[0]}={place}" if place else expected(missing[0], hosts)
            raise click.UsageError(f"--cluster {name}: no host is called `{missing[0]}`; {hint}.")
        if 0 < len(missing) < len(members):
            notes.append(f"cluster {name}: not compared with {', '.join(missing)}, which is not among the inputs")
    return notes
