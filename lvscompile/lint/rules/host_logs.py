"""Rules about the other commands of scripts and logs, and how the texts were read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from lvscompile.ir.core import Origin
from lvscompile.ir.host import HostEvent, Misuse, place
from lvscompile.ir.ipvs_runs import BOOT, LOG, kind_of
from lvscompile.ir.machine import Machine, Tally
from lvscompile.ir.netfilter import Command as FilterCommand
from lvscompile.ir.netfilter import Event as FilterEvent
from lvscompile.ir.netfilter import UsageError
from lvscompile.ir.shell import Command, Condition, Script
from lvscompile.lint.engine import Context, Emit, Equipped
from lvscompile.lint.logs import lines
from lvscompile.lint.registry import rule
from lvscompile.syntax.findings import Span
from lvscompile.syntax.remarks import Remark

# Tools whose commands change what the model holds.
_CHANGING = frozenset(
    ("ipvsadm", "ipvsadm-restore", "iptables", "ip6tables", "ip", "ifconfig", "route", "sysctl", "arptables")
)
_NO_CHAIN = "No chain/target/match by that name."
_MAKING = frozenset(("append", "insert", "replace", "policy"))
# What the kernel says of a rule that it never takes, whatever else is there.
_NEVER = ("Invalid argument", "Numerical result out of range", "Bad policy name", "Bad built-in", "can't initialize")
_NO_TARGET = re.compile(r"Couldn't load target `([^']+)'")
# Whether a program or its file is there: on a host that works it is.
_PRESENCE = re.compile(r"(?:\[\[?|test)[ \t]+-[xefrs][ \t]+\S+(?:[ \t]+\]\]?)?[ \t]*;?")
_BASH = re.compile(r"[<>]\(|=\(")


@rule("LVS640", "command-kept", "info", Equipped)
def kept(equipped: Equipped, ctx: Context, emit: Emit) -> None:
    """What of a text is not understood: it is kept as it is, and nothing more."""
    machine = equipped.machine
    # Another rule speaks of those.
    broken = {id(r.stmt) for _, found in _first_remarks(machine, "no-command") for r in found if not _is_bash(r)}
    # The commands of a page may be those of several hosts.
    here = {id(item.origin) for script in machine.scripts for item in script.items}
    for tally in machine.tallies:
        missing = [each.origin for each in machine.opaque if each.language == "shell" and _is_in(each.origin, tally)]
        if any(id(origin) not in broken for origin in missing):
            _keep(emit, tally.commands_kept, tally.commands, "commands", missing)
        known = here | {id(origin) for origin in missing}
        others = [origin for origin in tally.kept_at if id(origin) not in known]
        if others:
            _keep(emit, len({origin.line for origin in others}), tally.lines - tally.prose, "lines", others)


def _is_in(origin: Origin, tally: Tally) -> bool:
    return origin.source.name == tally.name


def _keep(emit: Emit, left: int, count: int, what: str, origins: list[Origin]) -> None:
    first = min(origins, key=lambda origin: origin.start)
    emit(
        place(first, None),
        f"{count - left} of {count} {what} understood; {left} kept as {'it is' if left == 1 else 'they are'}: "
        + lines(origin.line for origin in origins),
        help="look at what they do: it is not checked, and no conversion carries it over",
    )


def _first_remarks(machine: Machine, *kinds: str) -> Iterator[tuple[Script, list[Remark]]]:
    for script in machine.scripts:
        found = [remark for remark in script.remarks if remark.kind in kinds]
        if found:
            yield script, found


@rule("LVS641", "command-in-prose", "info", Equipped)
def in_prose(equipped: Equipped, ctx: Context, emit: Emit) -> None:
    """Lines of notes that begin with the name of a program, and are taken for prose."""
    for _, remarks in _first_remarks(equipped.machine, "command-in-prose"):
        one = len(remarks) == 1
        emit(
            place(remarks[0].stmt, None),
            f"{lines(remark.stmt.line for remark in remarks)} {'begins' if one else 'begin'} like a command, and "
            f"{'is' if one else 'are'} taken for prose: not run",
            help="if one is a command, write it on a line of its own, behind a prompt",
        )


@rule("LVS642", "unreadable-shell", "warning", Equipped, effect="latent")
def unreadable(equipped: Equipped, ctx: Context, emit: Emit) -> None:
    """A line of a script that is no shell command."""
    for _, remarks in _first_remarks(equipped.machine, "no-command"):
        for remark in remarks[:20]:
            stmt = remark.stmt
            if _is_bash(remark):
                continue
            at = min(remark.facts["at"], stmt.end - 1)
            emit(
                Span(stmt.source, at, at + 1),
                f"{remark.facts['message']}: this is no shell command, and a shell stops here; nothing behind it is run",
                help="close what is open, or quote what the shell shall not read",
            )


def _is_bash(remark: Remark) -> bool:
    """What bash takes and other shells do not: it is among what is kept."""
    return _BASH.search(remark.stmt.text) is not None


@rule("LVS643", "depends-on-the-machine", "info", Equipped)
def conditional(equipped: Equipped, ctx: Context, emit: Emit) -> None:
    """Commands that run only if something holds that the inputs do not tell."""
    found: dict[str, list[Command]] = {}
    for command in equipped.machine.commands:
        if command.role == "run" and command.tool in _CHANGING and any(map(_matters(command), command.conditions)):
            found.setdefault(command.origin.source.name, []).append(command)
    for commands in found.values():
        one = len(commands) == 1
        numbers = lines(each.span().begin()[0] for each in commands)
        emit(
            commands[0].span(),
            f"{len(commands)} {'command runs' if one else 'commands run'} only under conditions that depend on the machine "
            f"({numbers}): {'it is' if one else 'they are'} read as if {'it' if one else 'they'} ran",
            help="where that is not what this host does, remove what it does not run from the text that is read",
        )


def _matters(command: Command) -> Callable[[Condition], bool]:
    text = command.origin.source.text
    return lambda condition: (
        condition.kind in ("test", "loop") and not _PRESENCE.fullmatch(text[condition.start : condition.end].strip())
    )


@rule("LVS644", "never-runs", "warning", Equipped, effect="outage")
def never_runs(equipped: Equipped, ctx: Context, emit: Emit) -> None:
    """Commands behind an `exit`, or in a function that nobody calls: they never run."""
    for script in equipped.machine.scripts:
        behind: list[Command] = []
        uncalled: list[Command] = []
        for item in script.aside:
            if not isinstance(item, Command) or item.tool not in _CHANGING or item.role == "display":
                continue
            if item.conditions[0].kind == "unreached":
                behind.append(item)
            elif item.conditions[0].kind == "uncalled" and not _is_named(script, item.conditions[0]):
                uncalled.append(item)
        at_boot = bool(behind + uncalled) and kind_of(equipped.machine, (behind + uncalled)[0].origin) == BOOT
        for commands, why in ((behind, "the script has ended before"), (uncalled, "nobody calls the function")):
            if commands:
                numbers = lines(each.span().begin()[0] for each in commands)
                is_grave = at_boot and commands is behind
                emit(
                    commands[0].span(),
                    f"{why}: {len(commands)} command{'s' if len(commands) > 1 else ''} ({numbers}) never run",
                    help="move them before the `exit`" if commands is behind else "call the function, or remove it",
                    severity="" if is_grave else "info",
                    effect="" if is_grave else "none",
                )


def _is_named(script: Script, condition: Condition) -> bool:
    """Whether the text speaks of a function outside of it."""
    text = script.source.text
    head = text[condition.start : condition.end].removeprefix("function").lstrip()
    name = re.split(r"[\s({]", head, maxsplit=1)[0]
    around = f"{text[: condition.start]} {text[condition.end :]}"
    return re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w.-])", around) is not None


def _severity(machine: Machine, origin: Origin) -> str:
    """Notes may be read wrongly, and tell of the past."""
    return "warning" if kind_of(machine, origin) == LOG else ""


@rule("LVS645", "iptables-command-fails", "error", Equipped, effect="latent")
def iptables_fails(equipped: Equipped, ctx: Context, emit: Emit) -> None:
    """An iptables command that fails whatever else is there: what it says does not count."""
    machine = equipped.machine
    for event in machine.filter_events:
        outcome, command = event.outcome, event.command
        message = outcome.message if outcome is not None and outcome.certain else ""
        if event.places is None or not message:
            continue
        made: FilterEvent | None = None
        if isinstance(command, FilterCommand):
            # Scripts delete, empty and make chains in case: a failure does not matter there.
            made = _made_later(machine, event, command, message)
            if command.name not in _MAKING or (made is None and not message.startswith(_NEVER)):
                continue
        emit(
            event.span(command.word if isinstance(command, UsageError) else -1),
            f"{'ip6tables' if event.family == 6 else 'iptables'} says `{' '.join(message.split())}`: "
            "the command does nothing",
            related=[(made.span(), "the chain is made here")] if made is not None else [],
            help="make the chain before it is used" if made is not None else "correct it, or remove it",
            severity=_severity(machine, event.origin),
        )


def _made_later(machine: Machine, event: FilterEvent, command: FilterCommand, message: str) -> FilterEvent | None:
    """The command that makes the chain which this one needs, behind it in the same text."""
    if message == _NO_CHAIN:
        name = command.chain
    else:
        missing = _NO_TARGET.match(message)
        name = missing[1] if missing else ""
    behind = machine.filter_events[machine.filter_events.index(event) + 1 :]
    return next(
        (
            each
            for each in behind
            if isinstance(each.command, FilterCommand)
            and (each.command.name, each.command.chain, each.command.table) == ("new-chain", name, command.table)
            and (each.family, each.origin.source.name) == (event.family, event.origin.source.name)
        ),
        None,
    )


@rule("LVS646", "ip-command-fails", "error", Equipped, effect="latent")
def ip_fails(equipped: Equipped, ctx: Context, emit: Emit) -> None:
    """A command for addresses, links, routes or rules that its tool refuses."""
    for event, command in _misuses(equipped.machine):
        if command.tool != "sysctl":
            emit(
                event.span(command.word),
                f"{command.tool} says `{' '.join(command.message.split())}`: the command does nothing",
                help="correct it, or remove it",
                severity=_severity(equipped.machine, event.origin),
            )


@rule("LVS647", "sysctl-command-fails", "error", Equipped, effect="latent")
def sysctl_fails(equipped: Equipped, ctx: Context, emit: Emit) -> None:
    """A sysctl command that is refused: the setting stays as it is."""
    for event, command in _misuses(equipped.machine):
        if command.tool == "sysctl":
            emit(
                event.span(command.word),
                f"sysctl says `{' '.join(command.message.split())}`: the setting stays as it is",
                help="write `sysctl -w KEY=VALUE`, without blanks around the `=`",
                severity=_severity(equipped.machine, event.origin),
            )


def _misuses(machine: Machine) -> Iterator[tuple[HostEvent, Misuse]]:
    """The commands that are refused, each at its first mistake."""
    last: tuple[int, int] | None = None
    for event in machine.host_events:
        if isinstance(event.command, Misuse) and event.outcome.certain:
            at = id(event.origin), event.span().start
            if at != last:
                yield event, event.command
            last = at


@rule("LVS648", "loop-not-followed", "info", Equipped)
def loops(equipped: Equipped, ctx: Context, emit: Emit) -> None:
    """A loop whose rounds only the machine knows, or too many of them: what it does is not followed."""
    wanted = "give what it leaves behind as well, the output of `ipvsadm -S -n` for one"
    for script, remarks in _first_remarks(equipped.machine, "loop-not-run"):
        for remark in remarks:
            start, end = remark.facts["start"], remark.facts["end"]
            inside = [
                item.span().begin()[0]
                for item in script.aside
                if isinstance(item, Command) and item.tool in _CHANGING and start <= item.places[0][0] < end
            ]
            if inside:
                emit(
                    Span(script.source, start, end),
                    f"how often this loop runs depends on the machine: its commands are not followed ({lines(inside)})",
                    help=wanted,
                )
    for script, remarks in _first_remarks(equipped.machine, "too-many-rounds", "too-deep"):
        emit(
            Span(script.source, remarks[0].facts["start"], remarks[0].facts["end"]),
            "this goes on for too long: only a part of it is followed",
            help=wanted,
            severity="warning",
        )


@rule("LVS650", "restored-file-missing", "info", Equipped)
def restored_file(equipped: Equipped, ctx: Context, emit: Emit) -> None:
    """A command that loads rules from a file which is not among the inputs."""
    given = {each.path for each in equipped.machine.givens}
    for command in equipped.machine.commands:
        loads = command.tool == "ipvsadm" or command.tool.endswith("-restore")
        if loads and command.role == "run" and command.stdin_path and command.stdin_path not in given:
            emit(
                command.span(),
                f"{command.tool} loads {command.stdin_path}, which is not among the inputs: what it holds is not known",
                help="give the file as well",
            )
