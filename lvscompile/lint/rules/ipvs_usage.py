"""Rules about ipvsadm command lines that are refused before the kernel is asked."""

from __future__ import annotations

from lvscompile.ir.ipvs import UsageError
from lvscompile.ir.ipvs_runs import Run, Text
from lvscompile.lint.engine import Context, Emit, Equipped
from lvscompile.lint.hints import closest
from lvscompile.lint.registry import rule
from lvscompile.lint.rules.ipvs_logs import ADDS, DELETES, failing, nothing


@rule("LVS605", "zero-port", "error", Equipped, effect="outage")
def zero_port(equipped: Equipped, ctx: Context, emit: Emit) -> None:
    """A service without a port that is not persistent: ipvsadm refuses it."""
    for text, run in failing(equipped, "LVS605"):
        emit(
            run.event.span(_error(run).word),
            f"the service has no port, and is not persistent: ipvsadm says `{run.says}`" + _cut_off(text, run),
            help="write ADDRESS:PORT, or `-p SECONDS` for a service of all ports",
        )


def _error(run: Run) -> UsageError:
    assert isinstance(run.event.command, UsageError)
    return run.event.command


def _cut_off(text: Text, run: Run) -> str:
    """What else is lost where rules are restored."""
    lost = sum(each.event.outcome is None for each in text.runs)
    if not lost or not _error(run).exits or run.event.places is not None:
        return ""
    return f", stops, and never comes to the {lost} line{'s' if lost > 1 else ''} behind it"


@rule("LVS608", "ipvsadm-usage", "error", Equipped, effect="outage")
def usage(equipped: Equipped, ctx: Context, emit: Emit) -> None:
    """A command line that ipvsadm refuses before it asks the kernel."""
    for text, run in failing(equipped, "LVS608"):
        command = _error(run)
        adds = command.name in ADDS or _cut_off(text, run)
        emit(
            run.event.span(command.word),
            f"ipvsadm says `{run.says}`, and " + nothing(command.name) + _cut_off(text, run),
            help=_usage_help(command),
            effect="" if adds else "none" if command.name in DELETES else "latent",
        )


_USAGE_HELP: tuple[tuple[str, str], ...] = (
    ("Try `", "the command (-A, -a, -e, -d …) is the first word"),
    ("unexpected argument #", "rules that are restored know no comments behind a command: remove it"),
    ("unexpected argument", "remove the word, or quote or join what belongs together"),
    ("illegal virtual server address", "write ADDRESS:PORT, an IPv6 address in brackets: [ADDRESS]:PORT"),
    ("illegal real server address", "write ADDRESS:PORT, an IPv6 address in brackets: [ADDRESS]:PORT"),
    ("multiple 'forwarding-method'", "a server has one forwarding method: -g, -i or -m"),
    ("multiple '", "write the option once"),
    ("Illegal 'forwarding-method'", "the forwarding method belongs to each real server: write it with -a"),
    ("Illegal 'scheduler'", "the scheduler belongs to the service: write it with -A or -E"),
    ("You need to supply the 'real-server'", "name the real server with -r, or delete the service with -D"),
    ("You need to supply the 'service-address'", "name the service with -t, -u or -f"),
    ("Different address family", "a firewall mark of IPv6 needs `-6` behind it: `-f N -6`"),
    ("One-Packet Scheduling", "`-o` is for UDP"),
    ("invalid fwmark", "write the mark as a decimal number from 1 to 4294967295"),
)


def _usage_help(command: UsageError) -> str:
    word, _, problem = command.message.partition(": ")
    if problem == "unknown option":
        from lvscompile.syntax.ipvsadm.options import table

        near = closest(word, table())
        return f"did you mean `{near}`?" if near else "ipvsadm knows no abbreviations: write the option out"
    return next((text for start, text in _USAGE_HELP if command.message.startswith(start)), "")


@rule("LVS609", "delete-with-options", "error", Equipped)
def delete_with_options(equipped: Equipped, ctx: Context, emit: Emit) -> None:
    """A deletion of a service that states more than its address: ipvsadm refuses it, and the service stays."""
    for _, run in failing(equipped, "LVS609"):
        emit(
            run.event.span(_error(run).word),
            f"ipvsadm says `{run.says}`: nothing is deleted, the service still takes connections",
            help="-D takes the address alone: `ipvsadm -D -t ADDRESS:PORT`",
        )
