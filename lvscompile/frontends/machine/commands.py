"""The commands of scripts and logs: each to the front end of its tool, and run on the state of the host."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from lvscompile.frontends import iproute, starting, sysctl
from lvscompile.frontends.ipvsadm.commands import parse as parse_ipvsadm
from lvscompile.frontends.machine.pieces import begun, part
from lvscompile.frontends.machine.state import State
from lvscompile.frontends.netfiles import Nested
from lvscompile.frontends.shell import read_script
from lvscompile.frontends.shell.tools import INIT
from lvscompile.ir.core import Origin
from lvscompile.ir.host import HostCommand, HostFacts, KeepalivedOptions, Misuse, Sysctl
from lvscompile.ir.machine import Given
from lvscompile.ir.node import replace
from lvscompile.ir.shell import Command
from lvscompile.syntax.iptables.scan import read as read_lines
from lvscompile.syntax.iptables.scan import scan as scan_filter
from lvscompile.syntax.ipvsadm.scan import scan as scan_ipvsadm
from lvscompile.syntax.source import Source

Words = Sequence[str]
Places = Sequence[tuple[int, int]]
# Commands that are understood, and say nothing that the model holds.
_IDLE = frozenset(["echo", "printf", "cat", "tee", "ifup", "ifdown", "arping", "genhash", "hostname"])
_SERVICES = frozenset(["service", "systemctl", "chkconfig", "update-rc.d", "invoke-rc.d"])
_BOOT_SCRIPTS = {"iptables": "filter4", "ip6tables": "filter6", "ipvsadm": "ipvs"}


class Run:
    """One command on its way: the words behind the program's name, and where they stand."""

    def __init__(self, state: State, command: Command, given: Given, unknown: bool) -> None:
        self.state = state
        self.command = command
        self.given = given
        self.unknown = unknown
        self.words: list[str] = [word or "" for word in command.argv[1:]]
        self.places: Places = command.places[1:]
        self.origin: Origin = command.origin

    def stdin(self) -> Source | None:
        """What comes by standard input, as a text of its own."""
        command = self.command
        if command.stdin is None:
            return None
        if command.stdin_place is not None:
            return part(self.origin.source, *command.stdin_place)
        source = self.origin.source
        return Source(f"{source.name} (input of line {self.origin.line})", command.stdin)


def run_command(state: State, command: Command, given: Given, unknown: bool) -> bool:
    """Run a command of a script. Returns whether there is a model of it: what has none is kept."""
    if None in command.argv:
        return False
    tool = command.tool
    run = Run(state, command, given, unknown)
    if tool == INIT:
        return _service(run)
    handler = _HANDLERS.get(tool)
    if handler is not None:
        return handler(run)
    return tool in _IDLE


def run_nested(state: State, given: Given, nested: Nested) -> None:
    """A command that a file of the network holds, for when its interface comes up."""
    script = read_script(given.source, mode="script", start=nested.place.start, end=nested.place.end)
    for command in script.commands:
        if command.role == "run":
            state.commands.append(command)
            run_command(state, command, given, unknown=False)


def _ipvsadm(run: Run) -> bool:
    state, words = run.state, run.words
    if _saves(run, words, ("-S", "--save")):
        state.saved.add("ipvs")
        return True
    if run.command.role == "display":
        return True
    if words[:1] in (["-R"], ["--restore"]):
        return _ipvsadm_restore(run)
    table = state.table(run.unknown)
    event = table.run(parse_ipvsadm(words), run.origin, run.places)
    state.ipvs_events.append(event)
    return True


def _ipvsadm_restore(run: Run) -> bool:
    source = run.stdin()
    if source is None:
        return bool(run.command.stdin_path)
    table = run.state.table(run.unknown)
    lines = begun(source, scan_ipvsadm(source))
    if run.command.tool == "ipvsadm-restore":
        # The script clears the table, and leaves comments out; `ipvsadm -R` itself stops at them.
        table.run(parse_ipvsadm(["-C"]), run.origin, run.places)
        lines = [stmt for stmt in lines if not (stmt.type == "COMMENT" and stmt.text[:1] == "#")]
    seen = len(table.events)
    table.restore(lines, dump=True)
    run.state.ipvs_events += table.events[seen:]
    run.state.givens.append(replace(run.given, source=source))
    return True


def _ipvsadm_save(run: Run) -> bool:
    if run.command.written:
        run.state.saved.add("ipvs")
    return True


def _iptables(run: Run) -> bool:
    tool, state = run.command.tool, run.state
    family = 6 if tool.startswith("ip6") else 4
    if tool.endswith("-save"):
        if run.command.written:
            state.saved.add(f"filter{family}")
        return True
    if run.command.role == "display":
        return True
    if tool.endswith("-restore"):
        return _iptables_restore(run, family)
    event = state.filter(family, run.unknown).run(run.words, run.origin, run.places)
    state.filter_events.append(event)
    if run.words[:1] in (["-F"], ["--flush"]) and len(run.words) == 1:
        state.complete.add(f"filter{family}")
    return True


def _iptables_restore(run: Run, family: int) -> bool:
    source = run.stdin()
    if source is None:
        return bool(run.command.stdin_path)
    words = run.words
    noflush = "-n" in words or "--noflush" in words
    filter_ = run.state.filter(family, run.unknown)
    run.state.filter_events += filter_.restore(read_lines(begun(source, scan_filter(source))), noflush=noflush)
    if not noflush and "*filter" in source.text:
        run.state.complete.add(f"filter{family}")
    run.state.givens.append(replace(run.given, source=source))
    return True


def _saves(run: Run, words: Words, options: tuple[str, ...]) -> bool:
    return bool(words) and words[0].startswith(options) and bool(run.command.written)


def _network(run: Run) -> bool:
    if run.command.role == "display":
        return True
    parsed = iproute.parse(run.command.tool, run.words, run.origin)
    if isinstance(parsed, HostCommand) and parsed.kind == "other":
        return False
    run.state.network().run(parsed, run.origin, run.places)
    return True


def _sysctl(run: Run) -> bool:
    if run.command.role == "display":
        return True
    use = sysctl.parse(run.words, run.origin)
    if isinstance(use, Misuse):
        run.state.network().run(use, run.origin, run.places)
        return True
    _set(run, use.settings)
    for index, message in use.refused:
        run.state.network().run(Misuse("sysctl", 255, message, index), run.origin, run.places)
    return True


def _set(run: Run, settings: Sequence[Sysctl]) -> None:
    boots = run.given.persistent
    settled = tuple(replace(setting, persistent=boots, late=boots) for setting in settings)
    if settled:
        run.state.add(HostFacts(settled))


def write_setting(state: State, command: Command, given: Given, path: str, text: str) -> bool:
    """What `echo VALUE > /proc/sys/…` sets."""
    found = sysctl.written(path, text, command.origin)
    if found is None:
        return False
    _set(Run(state, command, given, False), (found,))
    return True


def _module(run: Run) -> bool:
    loads = starting.modules(run.command.tool, run.words, run.origin)
    run.state.add(HostFacts(modules=tuple(replace(load, persistent=run.given.persistent) for load in loads)))
    return True


def _service(run: Run) -> bool:
    program = run.command.argv[0] or ""
    started = starting.services(program, run.words, run.origin)
    run.state.add(HostFacts(services=started))
    for each in started:
        if each.action == "save" and each.name in _BOOT_SCRIPTS:
            run.state.saved.add(_BOOT_SCRIPTS[each.name])
    return True


def _keepalived(run: Run) -> bool:
    if run.command.role == "run":
        options = KeepalivedOptions(tuple(run.words), run.origin, "", run.given.persistent)
        run.state.add(HostFacts(keepalived=(options,)))
    return True


_FILTERS = (
    "iptables", "ip6tables", "iptables-legacy", "ip6tables-legacy", "iptables-nft", "ip6tables-nft", "iptables-save",
    "ip6tables-save", "iptables-restore", "ip6tables-restore", "iptables-legacy-save", "iptables-nft-save",
)  # fmt: skip
_HANDLERS: Mapping[str, Callable[[Run], bool]] = {
    "ipvsadm": _ipvsadm,
    "ipvsadm-save": _ipvsadm_save,
    "ipvsadm-restore": _ipvsadm_restore,
    "sysctl": _sysctl,
    "keepalived": _keepalived,
    **dict.fromkeys(_FILTERS, _iptables),
    **dict.fromkeys(("ip", "ifconfig", "route", "arptables"), _network),
    **dict.fromkeys(("modprobe", "insmod", "rmmod"), _module),
    **dict.fromkeys(_SERVICES, _service),
}
