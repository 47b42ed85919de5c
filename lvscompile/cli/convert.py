"""`lvscompile convert`."""

from __future__ import annotations

import os
import sys

import click

from lvscompile.app.convert import Conversion, Converted, to_keepalived
from lvscompile.app.load import Loaded, load
from lvscompile.app.write import write_whole
from lvscompile.cli.formats.text import concise
from lvscompile.cli.options import reading_options
from lvscompile.cli.render import Style, one_line
from lvscompile.ir.core import Target, Version
from lvscompile.lint.engine import lint
from lvscompile.syntax.secrets import Masker
from lvscompile.syntax.source import encode

REFUSED, DEFECT = 1, 3


@click.command("convert", short_help="Compile a set-up.")
@click.argument("inputs", nargs=-1, metavar="[[HOST=]PATH]...")
@click.option("--to", "form", type=click.Choice(["keepalived"]), default="keepalived", show_default=True)
@click.option("-o", "--output", default="", metavar="PATH", help="Write here; with several hosts a directory.")
@click.option("--expand/--keep", default=True, show_default=True,
              help="Resolve includes, variables, conditions; or keep them, words brought up to date.")  # fmt: skip
@click.option("--strict", is_flag=True, help="Refuse when anything is left out.")
@click.option("--allow-lossy", is_flag=True, help="Convert even where a loss weakens the set-up.")
@reading_options
def command(
    inputs: tuple[str, ...],
    form: str,
    output: str,
    expand: bool,
    strict: bool,
    allow_lossy: bool,
    target_keepalived: Version | None,
    config_id: str,
    kinds: dict[str, str],
    roles: dict[str, str],
) -> int:
    """Compile a set-up to a normalised keepalived.conf: what keepalived takes it for, in canonical order and layout.

    Includes, variables and conditions are resolved, unless --keep is given. What is left out is told on stderr, and in
    comments at the top of the output.

    \b
    Examples:
      lvscompile convert /etc/keepalived/keepalived.conf
      lvscompile convert lvs1=a.conf lvs2=b.conf --target-keepalived 2.2.7 -o converted/
    """
    target = Target(target_keepalived)
    loaded = load(inputs, kinds=kinds, roles=roles, config_id=config_id, target=target)
    for note in loaded.notes:
        print(f"note: {one_line(note)}", file=sys.stderr)
    if len(loaded.hosts) > 1 and not output:
        raise click.UsageError("Several hosts need a directory to go to: -o DIR.")
    conversion = to_keepalived(loaded, target, keep=not expand)
    crashes = _tell(loaded, conversion, target)
    losses = conversion.losses.findings
    if (strict and losses) or (not allow_lossy and any(f.severity == "error" for f in losses)):
        print("lvscompile: nothing is written: see the losses above", file=sys.stderr)
        return REFUSED
    _write(conversion.outputs, output)
    return DEFECT if crashes else 0


def _tell(loaded: Loaded, conversion: Conversion, target: Target) -> bool:
    """Errors of the input and losses, on stderr. Returns whether a rule of ours failed."""
    report = lint(loaded.hosts, target, compare=False)
    errors = [finding for finding in report.findings if finding.severity == "error"]
    mask = Masker(loaded.secrets)
    sys.stderr.write(concise(errors + conversion.losses.findings, mask, Style(False)))
    crashes = report.crashes + conversion.losses.crashes
    for crash in crashes:
        print(
            f"lvscompile: rule {crash.rule.code} ({crash.rule.name}) failed on {crash.host}; its findings are missing. "
            f"This is a defect of lvscompile, please report it: {one_line(repr(crash.error))}",
            file=sys.stderr,
        )
    return bool(crashes)


def _write(outputs: tuple[Converted, ...], output: str) -> None:
    if not output:
        sys.stdout.flush()
        sys.stdout.buffer.write(encode(outputs[0].text))
        return
    if len(outputs) == 1 and not os.path.isdir(output) and not output.endswith("/"):
        write_whole(output, outputs[0].text)
        return
    for each in outputs:
        folder = os.path.join(output, each.host.replace("/", "_")) if len(outputs) > 1 else output
        try:
            os.makedirs(folder, exist_ok=True)
        except OSError as error:
            raise click.UsageError(f"{folder}: {(error.strerror or str(error)).lower()}") from None
        write_whole(os.path.join(folder, each.file), each.text)
