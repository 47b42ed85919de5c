"""Rules about ipvsadm commands that the kernel refuses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lvscompile.ir.ipvs import Event, UsageError
from lvscompile.ir.ipvs_runs import BOOT, SERVER_COMMANDS, RecordKey, Run, Text
from lvscompile.lint.engine import Context, Emit, Equipped
from lvscompile.lint.hints import closest
from lvscompile.lint.logs import as_record, differences, odd_address
from lvscompile.lint.registry import rule

_CODES: Mapping[str, str] = {
    "Service already exists": "LVS601",
    "Destination already exists": "LVS602",
    "Service not defined": "LVS603",
    "No such service": "LVS603",
    "No such destination": "LVS604",
    "Numerical result out of range": "LVS606",
    "Scheduler or persistence engine not found": "LVS614",
}
_OF_STATE = frozenset(("LVS601", "LVS602", "LVS603", "LVS604"))
DELETES = frozenset(("delete-service", "delete-server"))
ADDS = frozenset(("add-service", "add-server"))
SCHEDULERS = ("rr", "wrr", "lc", "wlc", "lblc", "lblcr", "dh", "sh", "mh", "sed", "nq", "fo", "ovf", "twos")


def code_of(run: Run) -> str:
    """The rule that speaks of a command that fails; "" for one that does not, or where nobody knows."""
    message = run.refusal
    if not message:
        return ""
    if isinstance(run.event.command, UsageError):
        if message.startswith("Zero port"):
            return "LVS605"
        is_deletion = run.name == "delete-service" and message.startswith("Illegal ")
        return "LVS609" if is_deletion else "LVS608"
    code = _CODES.get(message, "")
    if code in _OF_STATE:
        # What a short address fails at is not the matter, and who throws its message away knows of the failure.
        return code if run.sure and not run.tolerated and not odd_address(run) else ""
    if not code and run.name in SERVER_COMMANDS:
        return "LVS607" if run.server.family == run.service.family else "LVS625"
    return code or "LVS625"


def failing(equipped: Equipped, code: str) -> Iterator[tuple[Text, Run]]:
    return ((text, run) for text in equipped.machine.texts for run in text.runs if code_of(run) == code)


def filled(equipped: Equipped) -> bool:
    """Whether keepalived fills the table as well."""
    return bool(equipped.director.services)


@rule("LVS601", "service-exists", "error", Equipped, effect="latent")
def service_exists(equipped: Equipped, ctx: Context, emit: Emit) -> None:
    """A service that is added twice: the second -A fails, and what it says does not count."""
    _exists(equipped, emit, "LVS601", "-E", "service")


@rule("LVS602", "destination-exists", "error", Equipped, effect="latent")
def destination_exists(equipped: Equipped, ctx: Context, emit: Emit) -> None:
    """A real server that is added twice to a service: the second -a fails, and what it says does not count."""
    _exists(equipped, emit, "LVS602", "-e", "real server")


def _exists(equipped: Equipped, emit: Emit, code: str, edit: str, what: str) -> None:
    for _, run in failing(equipped, code):
        earlier = run.earlier
        if earlier is None or earlier.event.origin.source.name != run.event.origin.source.name:
            continue
        old, new = differences(as_record(earlier), as_record(run))
        if not old and not new:
            emit(
                run.event.span(),
                f"{run.title} is there already: ipvsadm says `{run.says}`. Both lines say the same, so nothing is lost",
                related=[(earlier.event.span(), "added here")],
                help="remove one of them",
                severity="info",
                effect="none",
            )
            continue
        emit(
            run.event.span(),
            f"{run.title} is there already: ipvsadm says `{run.says}`, and the {what} keeps "
            + f"{_or_none(old)}; {_or_none(new)} here does not count",
            related=[(earlier.event.span(), f"the {what} is made here")],
            help=f"write `{edit}` to change it, with all its options, or remove the line that is wrong"
            + (_ports_hint(run, earlier) if code == "LVS602" else ""),
        )


def _or_none(options: str) -> str:
    return f"`{options}`" if options else "no such option"


def _ports_hint(run: Run, earlier: Run) -> str:
    """How two servers came to be one: without masquerading the port of the service counts."""
    stated = {run.command.stated_port, earlier.command.stated_port} - {None}
    if len(stated) == 1:
        return ""
    return "; two ports of one server need -m: with -g and -i the port is always that of the service"


@rule("LVS603", "no-such-service", "error", Equipped, effect="outage")
def no_such_service(equipped: Equipped, ctx: Context, emit: Emit) -> None:
    """A command about a service that is not there, or not there yet: it fails."""
    told: set[tuple[int, object]] = set()
    for text, run in [] if filled(equipped) else failing(equipped, "LVS603"):
        later = _done_later(text, run, (run.service.key, None))
        deletes = run.name in DELETES
        subject = (id(text), run.service.key)
        if (deletes and later is not None) or subject in told or _was_refused(text, run, "service-address"):
            continue  # whoever cleans up first does not mind
        told.add(subject)
        emit(
            run.event.span(run.command.options["service-address"]),
            f"there is no service {run.service.title} {'yet' if later else 'here'}: ipvsadm says `{run.says}`, and "
            + nothing(run.name),
            related=[(later.span(), "it is added here")] if later else [],
            help="move the line behind the one that adds the service"
            if later
            else _other_service(text, run) or "add the service first",
            severity="warning" if deletes else "",
            effect="none" if deletes else "latent" if run.name.startswith("edit") else "",
        )


def nothing(name: str) -> str:
    """What a command that failed has not done."""
    return {
        "add-service": "the service is not made",
        "add-server": "the real server gets no traffic",
        "edit-server": "the real server stays as it is",
        "edit-service": "nothing changes",
        "delete-server": "nothing is deleted",
        "delete-service": "nothing is deleted",
    }.get(name, "it does nothing")


def _done_later(text: Text, run: Run, key: RecordKey | None) -> Event | None:
    """The command that adds the record of a key, behind another one of the same text."""
    later = text.runs[text.runs.index(run) + 1 :]
    return next((each.event for each in later if each.done and each.key == key), None)


def _was_refused(text: Text, run: Run, slot: str) -> bool:
    """Whether what is missing would be there if another finding's mistake were not."""
    name = run.text_of(slot)
    return any(
        each.name in ADDS and ((each.failed and name in each.words) or odd_address(each) is not None)
        for each in text.runs[: text.runs.index(run)]
    )


def _other_service(text: Text, run: Run) -> str:
    """A service of the same text that was probably meant."""
    wanted = run.service
    near = [
        service.title + (f" ({service.protocol})" if service.protocol != wanted.protocol else "")
        for service in text.table.services
        if service.address and service.address == wanted.address
    ]
    return f"the address has {' and '.join(near)}" if near else ""


@rule("LVS604", "no-such-destination", "error", Equipped, effect="latent")
def no_such_destination(equipped: Equipped, ctx: Context, emit: Emit) -> None:
    """An edit or a deletion of a real server that its service does not have: it fails."""
    for text, run in [] if filled(equipped) else failing(equipped, "LVS604"):
        deletes = run.name in DELETES
        if (deletes and _done_later(text, run, run.key) is not None) or _was_refused(text, run, "real-server"):
            continue
        emit(
            run.event.span(run.command.options["real-server"]),
            f"{run.service.title} has no real server {run.title}: ipvsadm says `{run.says}`, and {nothing(run.name)}",
            help=_meant_server(text, run) or "name it as it was added, with its port",
            severity="warning" if deletes and run.kind != BOOT else "",
            effect="none" if deletes else "",
        )


def _meant_server(text: Text, run: Run) -> str:
    """The server of this address that the service has, and why it was missed."""
    before = text.runs[: text.runs.index(run)]
    added = [
        each
        for each in before
        if each.name == "add-server"
        and each.service.key == run.service.key
        and each.server.address == run.server.address
    ]
    if not added:
        return ""
    there = added[-1].server
    if run.command.stated_port == there.port:
        return f"write `-m`: without it the edit means direct routing, and so {run.title}"
    why = ", as with -g and -i the port is that of the service" if there.method != "NAT" else ""
    return f"line {added[-1].event.span().begin()[0]} added {there.title}{why}"


@rule("LVS606", "thresholds-crossed", "error", Equipped, effect="outage")
def thresholds(equipped: Equipped, ctx: Context, emit: Emit) -> None:
    """A lower threshold above the upper one: the kernel refuses the real server."""
    for _, run in failing(equipped, "LVS606"):
        upper, lower = run.server.upper, run.server.lower
        emit(
            run.event.span(run.command.options["l-threshold"]),
            f"the lower threshold {lower} is above the upper one"
            + (f" ({upper})" if upper else ", which is not set")
            + f": the kernel says `{run.says}`, and {nothing(run.name)}",
            help=f"write `-x` with more than {lower}, or leave `-y` out",
            effect="" if run.name in ADDS else "latent",
        )


@rule("LVS607", "address-not-unicast", "error", Equipped, effect="outage")
def not_unicast(equipped: Equipped, ctx: Context, emit: Emit) -> None:
    """A real server whose address is none of one host: the kernel refuses it."""
    for _, run in failing(equipped, "LVS607"):
        emit(
            run.event.span(run.command.options["real-server"]),
            f"{run.server.address} is not the address of one host: the kernel says `{run.says}`, and "
            + nothing(run.name),
            help="write the real server's own address",
        )


@rule("LVS614", "unknown-scheduler", "error", Equipped, effect="outage")
def unknown_scheduler(equipped: Equipped, ctx: Context, emit: Emit) -> None:
    """A scheduler, or a persistence engine, that no kernel has: the service is not made."""
    for _, run in failing(equipped, "LVS614"):
        name = run.service.scheduler
        engine = name in SCHEDULERS
        near = "" if engine else closest(name, SCHEDULERS) or _with_letters(name)
        emit(
            run.event.span(run.command.options["pe" if engine else "scheduler"]),
            (f"there is no persistence engine `{run.service.engine}`" if engine else f"there is no scheduler `{name}`")
            + f": ipvsadm says `{run.says}`, and {nothing(run.name)}",
            help=f"did you mean `{near}`?"
            if near
            else "the engine is called sip"
            if engine
            else "choose one of " + ", ".join(SCHEDULERS[:4]),
            effect="" if run.name == "add-service" else "latent",
        )


def _with_letters(name: str) -> str:
    return next((each for each in SCHEDULERS if sorted(each) == sorted(name.lower())), "")


@rule("LVS625", "command-refused", "error", Equipped, effect="latent")
def refused(equipped: Equipped, ctx: Context, emit: Emit) -> None:
    """Another command that the kernel refuses: a daemon that runs already, families that cannot be mixed."""
    for _, run in failing(equipped, "LVS625"):
        emit(
            run.event.span(),
            f"the kernel says `{run.says}`: {_REFUSALS.get(run.name, 'the real server gets no traffic')}",
            help=_REFUSAL_HELP.get(
                run.name, "stop the synchronisation daemon, or give the service servers of its own family"
            ),
        )


_REFUSALS = {
    "start-daemon": "this synchronisation daemon is not started",
    "stop-daemon": "there is no synchronisation daemon to stop",
    "zero": "no counter is reset",
}
_REFUSAL_HELP = {
    "start-daemon": "stop the one that runs first, with `ipvsadm --stop-daemon`",
    "stop-daemon": "remove the line, or start the daemon before",
    "zero": "name a service that is there",
}
