"""Rules about what whole texts of ipvsadm commands leave in the table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from lvscompile.ir.core import Origin
from lvscompile.ir.host import place
from lvscompile.ir.ipvs import Event, Service, ServiceKey, UsageError
from lvscompile.ir.ipvs_runs import BOOT, DUMP, SCRIPT, Run
from lvscompile.ir.shell import Command
from lvscompile.lint.engine import Context, Emit, Equipped
from lvscompile.lint.logs import lines
from lvscompile.lint.registry import rule
from lvscompile.syntax.findings import Span

_NUMERIC = re.compile(r"--numeric|-\w*n\w*")
_REMOVES = ("clear", "delete-service")


def _line(event: Event) -> int:
    return event.span().begin()[0]


@rule("LVS615", "undo-left-out", "info", Equipped)
def undo(equipped: Equipped, ctx: Context, emit: Emit) -> None:
    """Notes that tell how to revert what they set up: those commands are left out."""
    left: dict[str, list[Command]] = {}
    for command in equipped.machine.undo:
        left.setdefault(command.origin.source.name, []).append(command)
    for commands in left.values():
        one = len(commands) == 1
        emit(
            commands[0].span(),
            f"{lines([each.origin.line for each in commands])} {'reverts' if one else 'revert'} what earlier lines do, "
            f"as notes tell how to: {'it is' if one else 'they are'} left out",
            related=[(each.span(), "left out too") for each in commands[1:8]],
            help="to run them like the others: `--replay-all`",
        )


@rule("LVS616", "flush-in-the-middle", "warning", Equipped, effect="outage")
def flush(equipped: Equipped, ctx: Context, emit: Emit) -> None:
    """A -C behind the commands that fill the table: what they added is gone."""
    for text in equipped.machine.texts:
        if text.kind not in (BOOT, SCRIPT) or not text.table.services:
            continue  # a log may tell of several set-ups; of what ends with nothing another rule speaks
        kept = {service.key for service in text.table.services}
        added: dict[object, Run] = {}
        for run in text.runs:
            if run.name == "clear" and not run.conditional:
                lost = [each for key, each in added.items() if key not in kept]
                if lost:
                    some = ", ".join(each.title for each in lost[:4])
                    emit(
                        run.event.span(),
                        f"-C empties the table: of the services before it, {some} {'is' if len(lost) == 1 else 'are'} "
                        "gone, and not added again",
                        related=[(each.event.span(), f"{each.title} is added here") for each in lost[:8]],
                        help="move the -C to the top",
                    )
                added.clear()
            elif run.done and run.name == "add-service" and not run.conditional:
                added[run.service.key] = run
            elif run.done and run.name == "delete-service":
                added.pop(run.service.key, None)


@rule("LVS617", "ends-with-nothing", "warning", Equipped, effect="outage")
def ends_with_nothing(equipped: Equipped, ctx: Context, emit: Emit) -> None:
    """Commands that add services, and at the end there is none."""
    for text in equipped.machine.texts:
        added = [run for run in text.runs if run.done and run.name == "add-service"]
        if not added or text.table.services or text.doubtful:
            continue
        last = next(run for run in reversed(text.runs) if run.done and run.name in ("clear", "delete-service"))
        at_boot = text.kind == BOOT
        emit(
            last.event.span(),
            f"behind this no service is left: {lines([_line(run.event) for run in added])} added "
            + ", ".join(dict.fromkeys(run.title for run in added[:4])),
            related=[(run.event.span(), "added here") for run in added[:8]],
            help="remove the command, or move it to the top"
            if at_boot
            else "if the last commands only tell how to take it all back, leave them out of what is converted",
            severity="" if at_boot else "info",
            effect="" if at_boot else "none",
        )


def _final(equipped: Equipped) -> Iterator[tuple[Service, Sequence[Run]]]:
    """The services that are there once the host is up, of which all is known, with the commands of their text."""
    machine = equipped.machine
    if equipped.director.services:
        return
    if machine.ipvs is not None and not machine.ipvs_events:
        yield from ((service, ()) for service in machine.ipvs.services)
    settled = [text for text in machine.texts if text.kind in (BOOT, DUMP)]
    for text in settled if len(settled) == 1 else ():
        # Where adding a server failed, that is the matter.
        failed = any(run.failed and run.name == "add-server" for run in text.runs)
        if not text.doubtful and not text.touched and not failed:
            yield from ((service, text.runs) for service in text.table.services)


@rule("LVS618", "service-without-servers", "warning", Equipped, effect="outage")
def without_servers(equipped: Equipped, ctx: Context, emit: Emit) -> None:
    """A service to which no real server is added: its clients are refused."""
    for service, commands in _final(equipped):
        if not service.destinations:
            emit(
                _place(commands, service.added, service.key),
                f"{service.title} has no real server: its clients are refused",
                help="add one with `ipvsadm -a`, or remove the service",
            )


@rule("LVS619", "all-drained", "warning", Equipped, effect="outage")
def all_drained(equipped: Equipped, ctx: Context, emit: Emit) -> None:
    """A service whose real servers all have the weight 0: new connections are refused."""
    for service, commands in _final(equipped):
        if service.destinations and all(server.weight == 0 for server in service.destinations):
            last = max(service.destinations, key=lambda server: server.origin.start)
            emit(
                _place(commands, last.origin, service.key),
                f"all {len(service.destinations)} real servers of {service.title} have the weight 0: who is connected stays, "
                "new clients are refused",
                help="give one of them a weight again: `ipvsadm -e … -w 1`, with its forwarding method",
            )


def _place(commands: Sequence[Run], origin: Origin, key: ServiceKey) -> Span:
    """The command of a line that is about a service."""
    for run in commands:
        if run.event.origin is origin and run.key is not None and run.key[0] == key:
            return run.event.span()
    return place(origin, None)


@rule("LVS620", "not-repeatable", "info", Equipped)
def not_repeatable(equipped: Equipped, ctx: Context, emit: Emit) -> None:
    """A script that adds services without emptying the table first: it works once."""
    for text in equipped.machine.texts:
        cleared = any(run.name in _REMOVES for run in text.runs)
        first = next((run for run in text.runs if run.done and run.name == "add-service"), None)
        if text.kind == SCRIPT and first is not None and not cleared and not text.doubtful and not first.tolerated:
            emit(
                first.event.span(),
                "the script works on an empty table: when it is run once more, each -A and -a fails, and a weight or a "
                "method that was changed in it stays as it was",
                help="begin with `ipvsadm -C`, or with `ipvsadm -D` for each of its services",
            )


@rule("LVS622", "names-in-dump", "warning", Equipped, effect="latent")
def names(equipped: Equipped, ctx: Context, emit: Emit) -> None:
    """Rules that are saved with names in place of addresses: they load only where the names can be resolved."""
    for text in equipped.machine.texts:
        for run in text.runs:
            command = run.event.command
            if isinstance(command, UsageError) and command.unresolved and text.kind == DUMP:
                emit(
                    run.event.span(command.word),
                    f"{command.unresolved} must be resolved when the rules are loaded: where that fails, at boot for one, "
                    f"ipvsadm says `{run.says}` and stops there",
                    help="save with `ipvsadm -S -n`, or write the address",
                )
                break
    for each in equipped.machine.commands:
        if _saves_names(each):
            emit(
                each.span(),
                "without -n the addresses are saved as names, where they have one: they must be resolved again when the "
                "rules are loaded",
                help=f"write `{each.tool} {'-S ' if each.tool == 'ipvsadm' else ''}-n`",
                severity="info",
                effect="none",
            )


def _saves_names(command: Command) -> bool:
    words = [word or "" for word in command.argv[1:]]
    first = next(iter(words), "")
    saves = command.tool == "ipvsadm-save" or (command.tool == "ipvsadm" and first.startswith(("-S", "--save")))
    return saves and bool(command.written) and not any(map(_NUMERIC.fullmatch, words))
