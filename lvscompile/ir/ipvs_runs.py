"""What each ipvsadm command did as its own text tells, for those who judge the commands.

One table for all texts (`ir.machine`) is what a conversion needs. A judgement needs more care: notes repeat what a
script did, and a script that is called by hand presupposes what others left. So texts stand apart here, but for those
of the boot.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from lvscompile.ir.core import Origin
from lvscompile.ir.ipvs import (
    Command,
    DestinationKey,
    DestinationSpec,
    Event,
    ServiceKey,
    ServiceSpec,
    Table,
    UsageError,
)

if TYPE_CHECKING:
    from lvscompile.ir.machine import Machine

# Kinds of texts: what runs at boot, a script that somebody runs, a session log or notes, rules that are restored.
BOOT, SCRIPT, LOG, DUMP = "boot", "script", "log", "dump"
SERVER_COMMANDS = frozenset(("add-server", "edit-server", "delete-server"))
RecordKey = tuple[ServiceKey, DestinationKey | None]

# The author counts on a failure, or does not want to hear of it.
_TOLERATED = re.compile(r"2>+ ?/dev/null|&>+ ?/dev/null|> ?/dev/null 2>&1|\|\| *(?:true|:)(?=[\s;]|\Z)")


class Run(NamedTuple):
    """One command line: what it did as its text tells, and as the `whole` of the host's texts does.

    `words` are those behind the program's name; `earlier` is the command that made, or last set, the record that this
    one is about. Not `sure` where the outcome depends on more than its text tells; `conditional` where it may not run.
    """

    event: Event
    whole: Event
    words: Sequence[str]
    kind: str
    sure: bool
    conditional: bool = False
    earlier: Run | None = None

    @property
    def key(self) -> RecordKey | None:
        return record_key(self.event)

    @property
    def name(self) -> str:
        return self.event.command.name

    @property
    def command(self) -> Command:
        """The command; not for those that ipvsadm does not take."""
        assert isinstance(self.event.command, Command)
        return self.event.command

    @property
    def service(self) -> ServiceSpec:
        """The service that a command is about; not for those that are about none."""
        assert self.command.service is not None
        return self.command.service

    @property
    def server(self) -> DestinationSpec:
        """The same for the destination."""
        assert self.command.destination is not None
        return self.command.destination

    def text_of(self, slot: str) -> str:
        """The word that holds the value of an option which is there."""
        return self.words[self.command.options[slot]]

    @property
    def title(self) -> str:
        """The service or the server that a command names."""
        return self.server.title if self.name in SERVER_COMMANDS else self.service.title

    @property
    def failed(self) -> bool:
        return self.event.outcome is not None and not self.event.outcome.ok

    @property
    def done(self) -> bool:
        return self.event.outcome is not None and self.event.outcome.ok

    @property
    def refusal(self) -> str:
        """The message of a command that certainly fails."""
        outcome = self.event.outcome
        return outcome.message if outcome is not None and not outcome.ok and outcome.certain else ""

    @property
    def says(self) -> str:
        """What ipvsadm prints, on one line."""
        outcome = self.event.outcome
        return " ".join(outcome.message.split()) if outcome is not None else ""

    @property
    def tolerated(self) -> bool:
        text = self.event.origin.text
        return bool(_TOLERATED.search(text)) and self.event.places is not None


class Text(NamedTuple):
    """The commands of one text, or of all that runs at boot, and the table that they leave.

    `doubtful` tells that some of them run on a condition that only the machine knows, `touched` that programs of which
    there is no model may change the table, too.
    """

    kind: str
    runs: tuple[Run, ...]
    table: Table
    doubtful: bool
    touched: bool


def record_key(event: Event) -> RecordKey | None:
    """The service, or the destination of a service, that a command is about."""
    command = event.command
    if isinstance(command, UsageError) or command.service is None:
        return None
    return command.service.key, command.destination.key if command.destination is not None else None


def kind_of(machine: Machine, origin: Origin) -> str:
    given = machine.given(origin)
    if given is None:
        return SCRIPT
    if given.kind == "ipvsadm":
        return DUMP
    if given.kind == "log":
        return LOG
    return BOOT if given.persistent else SCRIPT
