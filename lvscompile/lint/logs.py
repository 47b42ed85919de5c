"""The commands of scripts and logs, as rules look at them and speak of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from lvscompile.ir.ipvs import Command, Destination, Service
from lvscompile.ir.ipvs_runs import SERVER_COMMANDS, Run
from lvscompile.ir.machine import Machine

# The host of an address, where it is made of numbers only, with what an option may have in front of it.
_NUMBERS = re.compile(r"(?:-\w+=?|--[\w-]+=)??((?:0[xX][0-9a-fA-F]+|\d+)(?:\.(?:0[xX][0-9a-fA-F]+|\d+)){0,3})(:\S*)?")
_PLAIN = re.compile(r"(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*)){3}")


def runs(machine: Machine) -> Iterator[Run]:
    """The ipvsadm commands of all texts."""
    return (run for text in machine.texts for run in text.runs)


def lines(numbers: Iterable[int]) -> str:
    """`line 7`, `lines 7, 9, 31`."""
    found = sorted(set(numbers))
    some = ", ".join(map(str, found[:12])) + (" …" if len(found) > 12 else "")
    return f"line{'s' if len(found) > 1 else ''} {some}"


def options_of(record: Service | Destination) -> dict[str, str]:
    """What a record says beside its addresses, each as the option that says so; by the option's slot."""
    if isinstance(record, Destination):
        found = {"forwarding-method": {"NAT": "-m", "DR": "-g", "TUN": "-i"}.get(record.method, ""),
                 "weight": f"-w {record.weight}", "u-threshold": f"-x {record.upper}",
                 "l-threshold": f"-y {record.lower}"}  # fmt: skip
        if record.method == "TUN":
            found["tun-type"] = f"--tun-type {record.tunnel.kind}"
        return found
    found = {"scheduler": f"-s {record.scheduler}"}
    if record.persistence is not None:
        found["persistent"] = f"-p {record.persistence}"
        found |= {"netmask": f"-M {record.netmask}"} if record.netmask else {}
        found |= {"pe": f"--pe {record.engine}"} if record.engine else {}
    found |= {"ops": "-o"} if record.one_packet else {}
    found |= {"sched-flags": f"-b {','.join(record.flag_names)}"} if record.flags else {}
    return found


def as_record(run: Run) -> Service | Destination:
    """What a command says of its service or destination, as if it stood in the table."""
    origin = run.event.origin
    if run.name in SERVER_COMMANDS:
        spec = run.server
        return Destination(
            spec.family, spec.address, spec.port, spec.method, spec.weight, spec.upper, spec.lower, spec.tunnel,
            origin, origin,
        )  # fmt: skip
    own = run.service
    return Service(
        own.protocol, own.family, own.address, own.port, own.fwmark, own.scheduler, own.persistence, own.netmask,
        own.engine, own.one_packet, own.flags, origin, origin,
    )  # fmt: skip


def differences(kept: Service | Destination, asked: Service | Destination) -> tuple[str, str]:
    """The options that two records differ in, those of each; "" where one has none of them."""
    old, new = options_of(kept), options_of(asked)
    slots = [slot for slot in dict.fromkeys((*old, *new)) if old.get(slot) != new.get(slot)]
    return " ".join(old[s] for s in slots if s in old), " ".join(new[s] for s in slots if s in new)


def word_of(run: Run, slot: str) -> int | None:
    command = run.event.command
    return command.options.get(slot) if isinstance(command, Command) else None


def odd_address(run: Run) -> tuple[int, str, str] | None:
    """An address that is written otherwise than in four plain numbers: its word, the host, and its true form."""
    command = run.event.command
    if not isinstance(command, Command):
        return None
    for slot, spec in (("service-address", command.service), ("real-server", command.destination)):
        word = command.options.get(slot)
        if spec is None or word is None or spec.family != 4 or not spec.address:
            continue
        match = _NUMBERS.fullmatch(run.words[word])
        if match and not _PLAIN.fullmatch(match[1]):
            return word, match[1], spec.address
    return None
