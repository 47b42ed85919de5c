"""The ipvsadm commands of a host once more, each text by itself: which outcomes are sure (`ir.ipvs_runs`)."""

from __future__ import annotations

from collections.abc import Sequence

from lvscompile.frontends.ipvsadm.files import read_rules
from lvscompile.frontends.replay.ipvs import NO_DESTINATION, Replay
from lvscompile.frontends.shell.tools import COMMON
from lvscompile.ir import shell
from lvscompile.ir.core import Origin
from lvscompile.ir.ipvs import Command, Event, ServiceKey, Table
from lvscompile.ir.ipvs_runs import BOOT, DUMP, LOG, RecordKey, Run, Text, kind_of, record_key
from lvscompile.ir.machine import Machine
from lvscompile.syntax.ipvsadm.words import words

# Programs that may put services into the table, beside scripts of the host itself.
_FILLERS = frozenset(("ldirectord", "pcs", "crm", "sh", "bash", "source", "."))
_SERVICES = frozenset(("ipvsadm", "keepalived", "ldirectord", "heartbeat", "pulse", "piranha-gui", "pacemaker"))
_STARTS = frozenset(("start", "restart", "reload", "try-restart", "force-reload"))


def judged(machine: Machine) -> tuple[Text, ...]:
    """The texts of a host that hold ipvsadm commands."""
    if not machine.ipvs_events:
        return ()
    commands = _Commands(machine)
    filled, touched = _is_filled(machine), _is_touched(machine)
    grouped: dict[object, list[tuple[Event, str]]] = {}
    for event in machine.ipvs_events:
        kind = kind_of(machine, event.origin)
        source = event.origin.source
        group = BOOT if kind == BOOT else (kind, source.name if kind != DUMP else id(source))
        grouped.setdefault(group, []).append((event, kind))
    found = []
    for events in grouped.values():
        kind = events[0][1]
        judge = _Judge(kind, commands, kind == DUMP or (kind == BOOT and not filled))
        shown = _shown_before(machine, events[0][0]) if kind == LOG else None
        if shown is not None:
            judge.replay.begin(shown)
        for event, _ in events:
            judge.take(event)
        found.append(judge.text(touched))
    return tuple(found)


def _is_filled(machine: Machine) -> bool:
    """Whether something else than its commands may have filled the table of a host before they run."""
    return _is_touched(machine) or any(given.kind == "ipvsadm" for given in machine.givens)


def _is_touched(machine: Machine) -> bool:
    """Whether programs of which there is no model may change the table of a host."""
    return (
        any(each.name in _SERVICES and each.action in _STARTS for each in machine.facts.services)
        or any(_may_fill(kept.argv) for script in machine.scripts for kept in script.kept)
        or any(_is_blind_restore(command) or None in command.argv for command in machine.commands)
        or any(given.kind == "keepalived" for given in machine.givens)
    )


def _is_blind_restore(command: shell.Command) -> bool:
    return bool(command.stdin_path) and (
        command.tool == "ipvsadm-restore" or (command.tool == "ipvsadm" and command.role == "run")
    )


def _may_fill(argv: Sequence[str | None]) -> bool:
    name = argv[0] if argv else None
    return name is None or name in _FILLERS or "/" in name or name not in COMMON


def _shown_before(machine: Machine, first: Event) -> Table | None:
    """The table as a log lists it before its first command."""
    for given in machine.givens:
        source, text = given.source, given.source.text
        if given.kind != "ipvsadm" or source.name != first.origin.source.name or source is first.origin.source:
            continue
        if len(text) - len(text.lstrip()) < first.origin.start:
            listing = read_rules(source).listing
            return listing.table if listing is not None else None
    return None


class _Commands:
    """Finds the shell command that an event comes from."""

    def __init__(self, machine: Machine) -> None:
        self._at: dict[tuple[int, int], list[shell.Command]] = {}
        self._restores: list[shell.Command] = []
        for command in machine.commands:
            if command.tool == "ipvsadm" and command.role != "display" and len(command.argv) > 1:
                self._at.setdefault((id(command.origin), command.places[1][0]), []).append(command)
            if command.stdin is not None and command.tool.startswith("ipvsadm"):
                self._restores.append(command)

    def of(self, event: Event) -> shell.Command | None:
        if event.places is not None:
            found = self._at.get((id(event.origin), event.places[0][0])) if event.places else None
            # The body of a loop is run once for each word of the loop.
            return found.pop(0) if found and len(found) > 1 else found[0] if found else None
        return next((each for each in self._restores if _holds(each, event.origin)), None)


def _holds(restore: shell.Command, origin: Origin) -> bool:
    start, end = restore.stdin_place or (-1, -1)
    return restore.origin.source.name == origin.source.name and start <= origin.start < end


class _Judge:
    """Replays the commands of one text. It begins with an empty table, or (not `known`) with one of which nothing is
    known.
    """

    def __init__(self, kind: str, commands: _Commands, known: bool) -> None:
        self.kind = kind
        self.commands = commands
        self.replay = Replay(complete=known)
        self.found: list[Run] = []
        self.latest: dict[RecordKey, Run] = {}
        self.failed: list[Event] = []
        self.doubted: set[ServiceKey] = set()  # what conditional commands are about
        self.doubts_all = False
        self.presumed: set[ServiceKey] = set()  # services that may have been there before they were added
        self.restored: set[int] = set()

    def text(self, touched: bool) -> Text:
        doubtful = self.doubts_all or bool(self.doubted)
        return Text(self.kind, tuple(self.found), self.replay.table(), doubtful, touched)

    def take(self, event: Event) -> None:
        command = self.commands.of(event)
        if command is not None and command.tool == "ipvsadm-restore":
            self._empty_first(event)
        if command is None or event.places is None:
            said = words(event.origin.text)
        else:
            said = [word or "" for word in command.argv[1:]]
        if event.outcome is None:
            self.found.append(Run(event, event, said, self.kind, True))
            return
        conditional = command is not None and self._is_conditional(command)
        ran = self.replay.run(event.command, event.origin, event.places)
        key = record_key(ran)
        earlier = self.latest.get(key) if key is not None else None
        sure = not conditional and self._is_sure(ran, key)
        run = Run(ran, event, said, self.kind, sure, conditional, earlier)
        self.found.append(run)
        self._note(run, key)

    def _empty_first(self, event: Event) -> None:
        """ipvsadm-restore does so, `ipvsadm -R` does not."""
        if id(event.origin.source) not in self.restored:
            self.restored.add(id(event.origin.source))
            self.replay.run(Command("clear"), event.origin)
            self.latest.clear()

    def _is_conditional(self, command: shell.Command) -> bool:
        """Whether it runs only if something holds that the text does not tell."""
        return any(
            condition.kind != "success" or any(_inside(event, command, condition) for event in self.failed)
            for condition in command.conditions
        )

    def _is_sure(self, ran: Event, key: RecordKey | None) -> bool:
        if ran.outcome is None or not ran.outcome.certain or self.doubts_all:
            return False
        if key is None:
            return True
        # A service that was there before may have the server.
        return key[0] not in self.doubted and not (key[0] in self.presumed and ran.outcome.message == NO_DESTINATION)

    def _note(self, run: Run, key: RecordKey | None) -> None:
        if run.failed:
            self.failed.append(run.event)
        elif run.name == "clear":
            self.latest.clear()
            self.doubts_all = self.doubts_all or run.conditional
        elif key is not None:
            self._note_record(run, key)
        if run.conditional and key is not None:
            self.doubted.add(key[0])

    def _note_record(self, run: Run, key: RecordKey) -> None:
        name, outcome = run.name, run.event.outcome
        if name in ("add-service", "edit-service", "add-server", "edit-server"):
            self.latest[key] = run
        elif name == "delete-server":
            self.latest.pop(key, None)
        elif name == "delete-service":
            for known in [known for known in self.latest if known[0] == key[0]]:
                del self.latest[known]
        if name == "add-service" and outcome is not None and not outcome.certain:
            self.presumed.add(key[0])


def _inside(event: Event, command: shell.Command, condition: shell.Condition) -> bool:
    if event.places is None or event.origin is not command.origin:
        return False
    return condition.start <= event.places[0][0] < condition.end
