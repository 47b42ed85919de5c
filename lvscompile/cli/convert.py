"""`lvscompile convert`."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from lvscompile.app.convert import Conversion, Converted, to_ipvsadm, to_keepalived, to_sysctl
from lvscompile.app.load import Loaded, load
from lvscompile.app.write import write_all, write_whole
from lvscompile.cli.formats.text import concise
from lvscompile.cli.options import reading_options
from lvscompile.cli.render import Style, one_line
from lvscompile.ir.core import Target, Version
from lvscompile.lint.engine import lint
from lvscompile.syntax.secrets import Masker
from lvscompile.syntax.source import encode

if TYPE_CHECKING:
    from lvscompile.app.compose import Vrrp

REFUSED, DEFECT = 1, 3
FORMS = ("keepalived", "ipvsadm", "sysctl")


def read_vrrp(ctx: click.Context, param: click.Parameter, value: str | None) -> Vrrp | None:
    if value is None:
        return None
    from lvscompile.cli.vrrp_words import parse_vrrp

    try:
        return parse_vrrp(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@click.command("convert", short_help="Compile a set-up.")
@click.argument("inputs", nargs=-1, metavar="[[HOST=]PATH]...")
@click.option("--to", "form", type=click.Choice(FORMS), default="keepalived", show_default=True)
@click.option("-o", "--output", default="", metavar="PATH",
              help="Write here; a directory gets a folder for each host, with what belongs beside it.")  # fmt: skip
@click.option("--vrrp", callback=read_vrrp, metavar="WORDS",
              help="Virtual addresses go into a vrrp_instance: vrid=51,interface=eth1,priority=150[,state=MASTER]"
                   "[,advert=1][,name=VI_1][,auth=secret]")  # fmt: skip
@click.option("--add-checks", "checks", type=click.Choice(["tcp", "http"]), default=None,
              help="Give each TCP server that has no check one.")  # fmt: skip
@click.option("--replay-all", is_flag=True, help="Run the lines of notes that undo earlier ones, too.")
@click.option("--expand/--keep", default=True, show_default=True,
              help="Resolve includes, variables, conditions; or keep them, words brought up to date.")  # fmt: skip
@click.option("--strict", is_flag=True, help="Refuse when anything is left out.")
@click.option("--allow-lossy", is_flag=True, help="Convert even where a loss weakens the set-up.")
@reading_options
def command(
    inputs: tuple[str, ...],
    form: str,
    output: str,
    vrrp: Vrrp | None,
    checks: str | None,
    replay_all: bool,
    expand: bool,
    strict: bool,
    allow_lossy: bool,
    target_keepalived: Version | None,
    config_id: str,
    kinds: dict[str, str],
    roles: dict[str, str],
) -> int:
    """Compile a set-up: to a normalised keepalived.conf, to input of `ipvsadm -R`, or to a file of sysctl settings.

    A keepalived.conf becomes what keepalived takes it for, in canonical order and layout: includes, variables and
    conditions are resolved, unless --keep is given. What a host's other inputs tell (scripts, session logs, ipvsadm
    dumps) goes into it as well; what keepalived cannot hold is written beside it with -o DIR. What is left out is told
    on stderr, and in comments at the top of the output.

    \b
    Examples:
      lvscompile convert /etc/keepalived/keepalived.conf
      lvscompile convert lvs1=a.conf lvs2=b.conf --target-keepalived 2.2.7 -o converted/
      lvscompile convert rc.local --vrrp vrid=71,interface=eth1,priority=150 --add-checks tcp
      lvscompile convert keepalived.conf --to ipvsadm
    """
    if form != "keepalived" and (vrrp is not None or checks or not expand):
        raise click.UsageError("--vrrp, --add-checks and --keep are for --to keepalived.")
    target = Target(target_keepalived)
    loaded = load(inputs, kinds=kinds, roles=roles, config_id=config_id, target=target, replay_all=replay_all)
    for note in loaded.notes:
        _note(note)
    conversion = _converted(loaded, target, form, vrrp, checks or "", expand)
    if len(conversion.outputs) > 1 and not output:
        raise click.UsageError("Several hosts need a directory to go to: -o DIR.")
    crashes = _tell(loaded, conversion, target)
    losses = conversion.losses.findings
    if (strict and losses) or (not allow_lossy and any(f.severity == "error" for f in losses)):
        print("lvscompile: nothing is written: see the losses above", file=sys.stderr)
        return REFUSED
    if not conversion.outputs:
        for host, why in conversion.nothing:
            print(f"lvscompile: {one_line(host)}: nothing to convert: {why}", file=sys.stderr)
        return DEFECT if crashes else REFUSED
    for host, why in conversion.nothing:
        _note(f"{host}: nothing to convert: {why}")
    _write(conversion.outputs, output, len(loaded.hosts) > 1)
    return DEFECT if crashes else 0


def _converted(
    loaded: Loaded, target: Target, form: str, vrrp: Vrrp | None, checks: str, expand: bool
) -> Conversion:  # fmt: skip
    if form == "ipvsadm":
        return to_ipvsadm(loaded, target)
    if form == "sysctl":
        return to_sysctl(loaded, target)
    from lvscompile.app.compose import Clash

    try:
        return to_keepalived(loaded, target, not expand, vrrp, checks)
    except Clash as error:
        raise click.UsageError(str(error)) from None


def _note(text: str) -> None:
    print(f"note: {one_line(text)}", file=sys.stderr)


def _tell(loaded: Loaded, conversion: Conversion, target: Target) -> bool:
    """Errors of the input and losses, on stderr. Returns whether a rule of ours failed."""
    report = lint(loaded.hosts, target, compare=False)
    errors = [finding for finding in report.findings if finding.severity == "error"]
    mask = Masker(loaded.secrets)
    sys.stderr.write(concise(errors + conversion.losses.findings, mask, Style(False)))
    for note in conversion.notes:
        _note(note)
    crashes = report.crashes + conversion.losses.crashes
    for crash in crashes:
        print(
            f"lvscompile: rule {crash.rule.code} ({crash.rule.name}) failed on {crash.host}; its findings are missing. "
            f"This is a defect of lvscompile, please report it: {one_line(repr(crash.error))}",
            file=sys.stderr,
        )
    return bool(crashes)


def _write(outputs: tuple[Converted, ...], output: str, several: bool) -> None:
    """To standard output, a file, or a directory: `several` hosts go there, whether or not each has an output."""
    if not output:
        _note_companions(outputs)
        sys.stdout.flush()
        sys.stdout.buffer.write(encode(outputs[0].text))
        return
    if not several and not os.path.isdir(output) and not output.endswith("/"):
        _note_companions(outputs)
        write_whole(output, outputs[0].text)
        return
    texts: dict[str, str] = {}
    for each in outputs:
        # A host that is more than its keepalived.conf has a folder of its own.
        alone = not several and not each.beside
        folder = output if alone else os.path.join(output, each.host.replace("/", "_"))
        texts |= {os.path.join(folder, name): text for name, text in _files(each).items()}
    made: list[str] = []
    try:
        for folder in dict.fromkeys(os.path.dirname(path) for path in texts):
            made += _make(folder)
        write_all(texts, 0o600)
        made.clear()
    finally:  # nothing half-made stays behind
        for folder in reversed(made):
            os.rmdir(folder)


def _files(converted: Converted) -> Mapping[str, str]:
    return {converted.file: converted.text, **converted.beside}


def _make(folder: str) -> list[str]:
    """Make a folder and those above it; the ones that were not there, outermost first."""
    missing = []
    above = folder
    while above and not os.path.isdir(above):
        missing.append(above)
        above = os.path.dirname(above)
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise click.UsageError(f"{folder}: {(error.strerror or str(error)).lower()}") from None
    return missing[::-1]


def _note_companions(outputs: tuple[Converted, ...]) -> None:
    beside = list(outputs[0].beside)
    if beside:
        _note(f"keepalived.conf does not hold all of {outputs[0].host}: -o DIR writes {', '.join(beside)} beside it")
