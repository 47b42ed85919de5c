"""Rules about ipvsadm commands that succeed, and do something else than they seem to."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lvscompile.ir.host import place
from lvscompile.ir.ipvs import Command, Destination, Service, join
from lvscompile.ir.ipvs_runs import Run
from lvscompile.ir.machine import Machine
from lvscompile.lint.engine import Context, Emit, Equipped
from lvscompile.lint.logs import as_record, odd_address, options_of, runs, word_of
from lvscompile.lint.registry import rule
from lvscompile.syntax.findings import Span

# `-p` alone, or at the end of options that are glued together.
_BARE = re.compile(r"-\w*p|--persistent")


@rule("LVS610", "short-address", "warning", Equipped, effect="outage")
def short_address(equipped: Equipped, ctx: Context, emit: Emit) -> None:
    """An address that misses a number, or has a leading zero: it is read as another address."""
    known = _whole_addresses(equipped.machine)
    for run in runs(equipped.machine):
        odd = odd_address(run)
        if odd is None:
            continue
        word, written, real = odd
        parts = written.split(".")
        octal = any(len(part) > 1 and part[0] == "0" and part[1] not in "xX" for part in parts)
        if real in known or ".".join(part.lstrip("0") or "0" for part in parts) == real:
            continue  # an address of this host after all, or one that is the same in both systems
        meant = _meant_address(known, parts)
        why = (
            "a number that begins with 0 is octal"
            if octal
            else "the missing numbers are filled in with 0 before the last one"
        )
        careless = octal or len(parts) == 3
        emit(
            run.event.span(word),
            f"{written} is {real}: {why}" + (f". ipvsadm says `{run.says}`" if run.says and run.sure else ""),
            help=f"did you mean {meant}?" if meant else "write all four numbers, without leading zeros",
            severity="error" if meant else "" if careless else "info",
            effect="" if careless else "none",
        )


def _whole_addresses(machine: Machine) -> set[str]:
    """The addresses that commands of this host write out, and those that listings show."""
    found = {
        spec.address
        for run in runs(machine)
        if isinstance(run.event.command, Command) and odd_address(run) is None
        for spec in (run.event.command.service, run.event.command.destination)
        if spec is not None
    }
    for service in machine.ipvs.services if machine.ipvs is not None else ():
        if _is_listed(machine, service):
            found.update((service.address, *(server.address for server in service.destinations)))
    return found


def _is_listed(machine: Machine, service: Service) -> bool:
    return not any(event.origin is service.added for event in machine.ipvs_events)


def _meant_address(known: set[str], parts: list[str]) -> str:
    """An address that is known, which has the same numbers and one more, or the same in decimal."""
    plain = [part.lstrip("0") or "0" for part in parts]
    for address in sorted(known):
        numbers = address.split(".")
        if plain in (numbers, *(numbers[:at] + numbers[at + 1 :] for at in range(4))):
            return address
    return ""


def _edits(machine: Machine, name: str) -> Iterator[tuple[Run, Service | Destination, list[str]]]:
    """The edits that take something away: with the record before, and the slots of the options that it loses."""
    for run in runs(machine):
        before = run.event.before or run.whole.before
        if run.name != name or run.conditional or before is None or (isinstance(before, Service) and not before.known):
            continue
        old, new = options_of(before), options_of(as_record(run))
        lost = [slot for slot in old if old[slot] != new.get(slot) and slot not in run.command.options]
        if lost:
            yield run, before, lost


def _set_at(run: Run, before: Service | Destination) -> Span:
    return run.earlier.event.span() if run.earlier is not None else place(before.origin, None)


def _quoted(options: list[str]) -> str:
    return f"`{' '.join(options)}`"


@rule("LVS611", "edit-resets-service", "warning", Equipped, effect="latent")
def edit_resets_service(equipped: Equipped, ctx: Context, emit: Emit) -> None:
    """An edit of a service that leaves out options which the service had: it loses them."""
    for run, before, lost in _edits(equipped.machine, "edit-service"):
        old, new = options_of(before), options_of(as_record(run))
        now = [new[slot] for slot in lost if slot in new]
        emit(
            run.event.span(),
            f"-E replaces all that the service had: it loses {_quoted([old[slot] for slot in lost])}"
            + (f" and has {_quoted(now)} now" if now else ""),
            related=[(_set_at(run, before), "the service before")],
            help=f"write {_quoted([old[slot] for slot in lost])} again, beside what shall change",
        )


@rule("LVS612", "edit-resets-destination", "warning", Equipped, effect="latent")
def edit_resets_destination(equipped: Equipped, ctx: Context, emit: Emit) -> None:
    """An edit of a real server that leaves out options which it had, its forwarding method for one: it loses them."""
    for run, before, lost in _edits(equipped.machine, "edit-server"):
        old, new = options_of(before), options_of(as_record(run))
        now = _quoted([new[slot] for slot in lost if slot in new])
        was = _quoted([old[slot] for slot in lost])
        emit(
            run.event.span(),
            f"-e replaces all that the real server had: it loses {was} and has {now} now"
            + _other_method(old["forwarding-method"], new["forwarding-method"]),
            related=[(_set_at(run, before), "the real server before")],
            help=f"write {was} again, beside what shall change",
            effect="outage" if "forwarding-method" in lost and new["weight"] != "-w 0" else "",
        )


def _other_method(old: str, new: str) -> str:
    names = {"-m": "masquerading", "-g": "direct routing", "-i": "tunneling"}
    return f": {names.get(old, old)} becomes {names[new]}, which the server is not set up for" if old != new else ""


@rule("LVS613", "port-overwritten", "warning", Equipped, effect="outage")
def port_overwritten(equipped: Equipped, ctx: Context, emit: Emit) -> None:
    """A real server with a port of its own, but without masquerading: the port of the service counts."""
    reset = {id(run.event) for run, _, _ in _edits(equipped.machine, "edit-server")}
    for run in runs(equipped.machine):
        if run.name not in ("add-server", "edit-server") or not run.done or id(run.event) in reset:
            continue
        stated, there, options = run.command.stated_port, run.server, run.command.options
        if not stated or not there.port or stated == there.port:
            continue
        unsaid = "forwarding-method" not in options
        emit(
            run.event.span(options["real-server"]),
            f"{join(there.family, there.address, stated)} becomes {there.title}: "
            + (
                "without -m the method is direct routing, which"
                if unsaid
                else f"{'-i' if there.method == 'TUN' else '-g'}"
            )
            + " cannot change the port, and ipvsadm takes that of the service without a word",
            help=f"write `-m`, or let the server listen on port {there.port}",
        )


@rule("LVS621", "persistence-default", "info", Equipped)
def persistence_default(equipped: Equipped, ctx: Context, emit: Emit) -> None:
    """Persistence without a time: it is 360 seconds, whatever the manual page says."""
    for run in runs(equipped.machine):
        word = word_of(run, "persistent")
        if word is not None and _BARE.fullmatch(run.words[word]):
            emit(
                run.event.span(word),
                "without a number clients stay with their server for 360 s; the manual page says 300",
                help="write the seconds: `-p 360`",
            )


_OLD_WORDS = {
    "pe-word": "` pe NAME` without dashes is how ipvsadm 1.26 prints it",
    "ops-word": "` ops` without dashes is how ipvsadm 1.26 prints it",
    "negative-fwmark": "a firewall mark above 2147483647 is printed as a number below zero",
    "flags-lost": "`-b` with nothing behind it is how a scheduler flag without a name is printed",
}
_OLD_HELP = {
    "pe-word": "write `--pe NAME`",
    "ops-word": "write `--ops`",
    "negative-fwmark": "write the mark plus 4294967296",
    "flags-lost": "write `-b flag-3`",
}


@rule("LVS623", "dump-not-readable", "error", Equipped, effect="outage")
def old_words(equipped: Equipped, ctx: Context, emit: Emit) -> None:
    """A saved line as ipvsadm prints it, but cannot read it again: the restore stops there."""
    for text in equipped.machine.texts:
        for at, run in enumerate(text.runs):
            repairs = run.event.command.repairs if isinstance(run.event.command, Command) else ()
            if not repairs:
                continue
            lost = len(text.runs) - at - 1 if repairs != ("flags-lost",) else 0
            emit(
                run.event.span(),
                f"{_OLD_WORDS[repairs[0]]}, and no ipvsadm reads it: the line is not restored"
                + (f", nor are the {lost} behind it" if lost > 1 else ", nor is the one behind it" if lost else ""),
                help=_OLD_HELP[repairs[0]],
            )


@rule("LVS624", "scheduler-by-destination", "warning", Equipped, effect="latent")
def by_destination(equipped: Equipped, ctx: Context, emit: Emit) -> None:
    """A scheduler that goes by the destination address, for one address: all clients meet the same server."""
    for run in runs(equipped.machine):
        word = word_of(run, "scheduler")
        if word is None or not run.done or run.service.protocol == "FWM":
            continue
        service = run.service
        if service.scheduler not in ("dh", "lblc", "lblcr"):
            continue
        always = service.scheduler == "dh"
        emit(
            run.event.span(word),
            f"{service.scheduler} chooses by the destination's address, and that of {service.title} is always the same: "
            + (
                "all connections go to one real server" if always else "one real server gets all until it is overloaded"
            ),
            help="it is for transparent caches, behind a firewall mark; take `wlc`, or `sh` to keep clients together",
            severity="" if always else "info",
            effect="" if always else "none",
        )


@rule("LVS626", "odd-persistence-mask", "warning", Equipped, effect="latent")
def odd_mask(equipped: Equipped, ctx: Context, emit: Emit) -> None:
    """A persistence mask with holes, as of a prefix length, or one without persistence."""
    for run in runs(equipped.machine):
        word = word_of(run, "netmask")
        if word is None or not run.done:
            continue
        service = run.service
        if service.persistence is None:
            emit(
                run.event.span(word),
                "the mask is for persistent services, and this one is not: it does nothing",
                help="write `-p SECONDS` too, or leave `-M` out",
                severity="info",
                effect="none",
            )
        elif service.family == 4 and service.netmask and not _is_contiguous(service.netmask):
            emit(
                run.event.span(word),
                f"the mask is {service.netmask}: it has holes, and clients are kept together that have nothing in common",
                help="write it in four numbers, 255.255.255.0 for a network of 24 bits",
            )


def _is_contiguous(mask: str) -> bool:
    value = int.from_bytes(bytes(map(int, mask.split("."))), "big")
    inverted = value ^ 0xFFFFFFFF
    return inverted & (inverted + 1) == 0
