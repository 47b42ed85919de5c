"""The kernel's IPVS table under a sequence of ipvsadm commands.

Each command ends as ipvsadm and the kernel would end it, with their exit status and words, and leaves the table as they
would. A log may begin *unknown*: then what its commands presuppose is taken for a fact about what was there before,
and an outcome that depends on it is not certain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from lvscompile.frontends.ipvsadm.commands import parse
from lvscompile.frontends.replay.ipvs_records import Entry, placed, started
from lvscompile.frontends.replay.unicast import is_unicast
from lvscompile.ir.core import Origin, Stated
from lvscompile.ir.ipvs import (
    Command,
    Daemon,
    Destination,
    DestinationSpec,
    Event,
    Outcome,
    Service,
    ServiceKey,
    ServiceSpec,
    Table,
    UsageError,
)
from lvscompile.ir.node import replace
from lvscompile.syntax.ipvsadm.options import NEWEST, Version
from lvscompile.syntax.ipvsadm.words import is_lost, words
from lvscompile.syntax.statements import Stmt

KERNEL_ERROR = 255
SCHEDULERS = frozenset(
    ("rr", "wrr", "lc", "wlc", "lblc", "lblcr", "dh", "sh", "mh", "sed", "nq", "fo", "ovf", "twos", "none")
)
ENGINES = frozenset(("sip",))

# What the kernel's errors are called.
EXISTS = "Service already exists"
NO_SERVICE = "No such service"
UNDEFINED = "Service not defined"
NO_SCHEDULER = "Scheduler or persistence engine not found"
DESTINATION_EXISTS = "Destination already exists"
NO_DESTINATION = "No such destination"
INVALID = "Invalid operation.  Possibly wrong module version, address not unicast, ..."
OUT_OF_RANGE = "Numerical result out of range"
DAEMON_RUNS = "Daemon has already run"
NO_DAEMON = "No daemon is running"
NO_DEVICE = "No such device"

OK = Outcome(0)
LIKELY = Outcome(0, "", False)

# Outcome, and the service or destination before and after.
_Done = tuple[Outcome, Service | Destination | None, Service | Destination | None]


class Replay:
    """A table that commands change. `events` tells what each of them did.

    `complete` is False for a start of which nothing is known. `interfaces` gives the MTU of each interface that a
    synchronisation daemon could use; None where nothing is known of them. `version` is that of ipvsadm.
    """

    def __init__(
        self,
        *,
        complete: bool = True,
        schedulers: frozenset[str] = SCHEDULERS,
        interfaces: Mapping[str, int] | None = None,
        version: Version = NEWEST,
    ) -> None:
        self.events: list[Event] = []
        self.complete = complete
        self.schedulers = schedulers
        self.interfaces = interfaces
        self.version = version
        self._services: dict[ServiceKey, Entry] = {}
        self._gone: set[ServiceKey] = set()
        self._timeouts: list[Stated[int] | None] = [None, None, None]
        self._daemons: dict[str, Daemon] = {}
        self._stopped: set[str] = set()
        self._mixed = 0

    def begin(self, table: Table) -> None:
        """Start from a table that is known, as listed. Nothing may have been run before."""
        self.complete = table.complete
        for service in reversed(table.services):
            entry = Entry(service, service.origin, service.known, service.complete)
            entry.destinations = {own.key: own for own in reversed(service.destinations)}
            self._services[service.key] = entry
        self._timeouts = [table.tcp, table.tcp_fin, table.udp]
        self._daemons = {daemon.role: daemon for daemon in table.daemons}

    def run(
        self, command: Command | UsageError, origin: Origin, places: Sequence[tuple[int, int]] | None = None
    ) -> Event:
        """Run one command line. `places` are those of its words in the source, where it is not a line of a dump."""
        if isinstance(command, UsageError):
            event = Event(command, origin, Outcome(command.status, command.message, not command.unresolved), places)
        else:
            handler = _HANDLERS.get(command.name)
            if handler is None:
                event = Event(command, origin, OK, places)
            else:
                outcome, before, after = handler(self, command, origin)
                event = Event(command, origin, outcome, places, before, after)
        self.events.append(event)
        return event

    def restore(
        self, lines: Iterable[Stmt], *, dump: bool = False, program: str = "ipvsadm", local: bool = False
    ) -> Outcome:
        """Run the lines of a stream as `ipvsadm -R` does: a usage error ends it, other errors do not. What it never
        comes to is an event without an outcome. `dump` as for `parse`.

        A name that cannot be resolved here does not end it, as the machine that the stream is for may know it; unless
        it is this one (`local`).
        """
        last = OK
        ended = False
        append, run, version = self.events.append, self.run, self.version
        for stmt in lines:
            argv = words(stmt.text)
            if not argv or is_lost(stmt.text):
                continue
            command = parse(argv, dump=dump, version=version, program=program)
            if ended:
                append(Event(command, stmt, None))
                continue
            if command.name == "restore" and isinstance(command, Command):
                message = f"Try `{program} -h' or '{program} --help' for more information."
                command = UsageError(KERNEL_ERROR, message, 0, "restore")
            last = run(command, stmt).outcome or OK
            if isinstance(command, UsageError):
                ended = command.exits and (local or not command.unresolved)
            elif command.name in ("list", "help", "version"):
                ended = command.name != "list" or not last.ok
        return last

    def table(self) -> Table:
        """The table as it is now."""
        tcp, fin, udp = self._timeouts
        services = tuple(entry.frozen() for entry in self._services.values())
        return Table(services, tcp, fin, udp, tuple(self._daemons.values()), self.complete)

    # Services.

    def _add_service(self, command: Command, origin: Origin) -> _Done:
        spec = _service(command)
        key = spec.key
        if key in self._services:
            return _failed(EXISTS)
        error = self._unsupported(spec)
        if error:
            return error
        certain = self.complete or key in self._gone
        self._gone.discard(key)
        entry = self._services[key] = Entry(spec, origin, True, True)
        return OK if certain else LIKELY, None, entry.frozen()

    def _edit_service(self, command: Command, origin: Origin) -> _Done:
        spec = _service(command)
        entry, certain = self._find(spec, origin)
        if entry is None:
            return _failed(NO_SERVICE)
        error = self._unsupported(spec)
        if error:
            return error
        before = entry.frozen(False)
        entry.spec, entry.origin, entry.known = spec, origin, True
        return OK if certain else LIKELY, before, entry.frozen(False)

    def _delete_service(self, command: Command, origin: Origin) -> _Done:
        entry, certain = self._find(_service(command), origin)
        if entry is None:
            return _failed(NO_SERVICE)
        key = entry.spec.key
        del self._services[key]
        if not self.complete:
            self._gone.add(key)
        self._mixed -= sum(key[0] != entry.spec.family for key in entry.destinations)
        return OK if certain else LIKELY, entry.frozen(), None

    def _unsupported(self, spec: ServiceSpec) -> _Done | None:
        if spec.scheduler not in self.schedulers or (spec.engine and spec.engine not in ENGINES):
            return _failed(NO_SCHEDULER)
        return None

    def _find(self, spec: ServiceSpec, origin: Origin) -> tuple[Entry | None, bool]:
        """The service a command names. Of an unknown start, it must have been there: it is put into the table."""
        key = spec.key
        entry = self._services.get(key)
        if entry is not None:
            return entry, True
        if self.complete or key in self._gone:
            return None, True
        unset = replace(
            spec, scheduler="", persistence=None, netmask="", engine="", one_packet=False, flags=0
        )  # fmt: skip
        entry = self._services[key] = Entry(unset, origin, False, False)
        return entry, False

    # Destinations.

    def _add_server(self, command: Command, origin: Origin) -> _Done:
        entry, certain = self._find(_service(command), origin)
        if entry is None:
            return _failed(UNDEFINED)
        spec = _destination(command)
        error = self._bad_destination(entry, spec)
        if error:
            return error
        key = spec.key
        if key in entry.destinations:
            return _failed(DESTINATION_EXISTS)
        if not is_unicast(spec.family, spec.address):
            return _failed(INVALID)
        certain = certain and (entry.complete or key in entry.gone)
        entry.gone.discard(key)
        after = entry.destinations[key] = placed(spec, origin, origin)
        self._mixed += spec.family != entry.spec.family
        return OK if certain else LIKELY, None, after

    def _edit_server(self, command: Command, origin: Origin) -> _Done:
        entry, certain = self._find(_service(command), origin)
        if entry is None:
            return _failed(UNDEFINED)
        spec = _destination(command)
        error = self._bad_destination(entry, spec)
        if error:
            return error
        before = entry.destinations.get(spec.key)
        if before is None and (entry.complete or spec.key in entry.gone or not is_unicast(spec.family, spec.address)):
            return _failed(NO_DESTINATION)
        after = entry.destinations[spec.key] = placed(spec, origin, before.added if before else origin)
        if before is None:
            self._mixed += spec.family != entry.spec.family
        return OK if certain and before else LIKELY, before, after

    def _delete_server(self, command: Command, origin: Origin) -> _Done:
        entry, certain = self._find(_service(command), origin)
        if entry is None:
            return _failed(UNDEFINED)
        key = _destination(command).key
        before = entry.destinations.pop(key, None)
        if before is None and (entry.complete or key in entry.gone):
            return _failed(NO_DESTINATION)
        if not entry.complete:
            entry.gone.add(key)
        if before is not None:
            self._mixed -= before.family != entry.spec.family
        return OK if certain and before else LIKELY, before, None

    def _bad_destination(self, entry: Entry, spec: DestinationSpec) -> _Done | None:
        if spec.family != entry.spec.family and self._daemons:
            return _failed(INVALID)
        return _failed(OUT_OF_RANGE) if spec.lower > spec.upper else None

    # The rest.

    def _clear(self, command: Command, origin: Origin) -> _Done:
        self._services.clear()
        self._gone.clear()
        self._mixed = 0
        self.complete = True
        return OK, None, None

    def _look(self, command: Command, origin: Origin) -> _Done:
        """-Z and -L of one service: it must be there."""
        spec = command.service
        if spec is None or (command.name == "zero" and not spec.fwmark and _is_any(spec)):
            return OK, None, None
        if command.name == "list" and not self.complete and spec.key not in self._services:
            return LIKELY, None, None
        entry, certain = self._find(spec, origin)
        if entry is None:
            return (Outcome(1, NO_SERVICE) if command.name == "list" else Outcome(KERNEL_ERROR, NO_SERVICE)), None, None
        return OK if certain else LIKELY, None, None

    def _set(self, command: Command, origin: Origin) -> _Done:
        for index, value in enumerate(command.timeouts or ()):
            if value:
                self._timeouts[index] = Stated(value, origin, index + 1)
        return OK, None, None

    def _start_daemon(self, command: Command, origin: Origin) -> _Done:
        wanted = command.daemon
        assert wanted is not None
        if self._mixed > 0:
            return _failed(INVALID)
        certain = self.complete or wanted.role in self._stopped
        mtu = 1500
        if self.interfaces is None:
            certain = False
        elif wanted.interface not in self.interfaces:
            return _failed(NO_DEVICE)
        else:
            mtu = self.interfaces[wanted.interface]
        if wanted.role in self._daemons:
            return _failed(DAEMON_RUNS)
        self._daemons[wanted.role] = started(wanted, mtu, origin)
        return OK if certain else LIKELY, None, None

    def _stop_daemon(self, command: Command, origin: Origin) -> _Done:
        assert command.daemon is not None
        role = command.daemon.role
        if self._daemons.pop(role, None) is not None:
            return OK, None, None
        if self.complete or role in self._stopped:
            return _failed(NO_DAEMON)
        self._stopped.add(role)
        return LIKELY, None, None


_HANDLERS: Mapping[str, Callable[[Replay, Command, Origin], _Done]] = {
    "add-service": Replay._add_service,
    "edit-service": Replay._edit_service,
    "delete-service": Replay._delete_service,
    "add-server": Replay._add_server,
    "edit-server": Replay._edit_server,
    "delete-server": Replay._delete_server,
    "clear": Replay._clear,
    "zero": Replay._look,
    "list": Replay._look,
    "set": Replay._set,
    "start-daemon": Replay._start_daemon,
    "stop-daemon": Replay._stop_daemon,
}


def _service(command: Command) -> ServiceSpec:
    assert command.service is not None
    return command.service


def _destination(command: Command) -> DestinationSpec:
    assert command.destination is not None
    return command.destination


def _failed(message: str) -> _Done:
    return Outcome(KERNEL_ERROR, message), None, None


def _is_any(spec: ServiceSpec) -> bool:
    """An address and port of zeros stand for no service at all."""
    return spec.address in ("0.0.0.0", "::") and spec.port == 0
