"""Compiling loaded hosts to another form, with what gets lost on the way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from lvscompile.app.keep import kept
from lvscompile.app.load import Loaded
from lvscompile.backends.keepalived import emit
from lvscompile.ir.core import Loss, Target
from lvscompile.ir.programmed import services
from lvscompile.ir.site import DIRECTOR, Director
from lvscompile.lint.engine import Report, judge_losses

if TYPE_CHECKING:
    from lvscompile.app.compose import Vrrp
    from lvscompile.ir.machine import Machine

# Form -> the file that holds it.
FILES = {"keepalived": "keepalived.conf", "ipvsadm": "ipvsadm.rules", "sysctl": "99-lvscompile.conf"}


class Converted(NamedTuple):
    """One host's output: its name, the name of the file, the text, and what belongs beside it (file -> text)."""

    host: str
    file: str
    text: str
    beside: Mapping[str, str] = {}


class Conversion(NamedTuple):
    """All outputs, and the losses as findings. `notes` is what else there is to say, `nothing` names the hosts of which
    nothing can be converted, with the reason.
    """

    outputs: tuple[Converted, ...]
    losses: Report
    notes: tuple[str, ...] = ()
    nothing: tuple[tuple[str, str], ...] = ()


def to_keepalived(
    loaded: Loaded, target: Target, keep: bool = False, vrrp: Vrrp | None = None, checks: str = ""
) -> Conversion:
    """A normalised keepalived.conf for each host that balances: what keepalived takes the input for, in canonical
    order, with what the host's other inputs tell.

    With `keep`, the main file of each host as it is, its words brought up to date where they stand.
    """
    outputs = []
    losses: list[tuple[str, Loss]] = []
    notes: list[str] = []
    nothing: list[tuple[str, str]] = []
    balancing = _balancing(loaded)
    if vrrp is not None and len(balancing) > 1:
        from lvscompile.app.compose import Clash

        raise Clash("The priority of --vrrp is that of one director: convert the others by themselves.")
    for host, source, root in zip(loaded.hosts, loaded.mains, loaded.roots, strict=True):
        director = host.director
        name = director.name
        if director not in balancing:
            continue
        if director.machine is None and not checks and vrrp is None:
            text, lost = kept(director, source, target, root) if keep else emit(director, target)
            losses += [(name, loss) for loss in lost]
            if _says_something(text):
                outputs.append(Converted(name, FILES["keepalived"], text))
            else:
                nothing.append((name, _why_nothing(None)))
            continue
        from lvscompile.app.companions import beside_director
        from lvscompile.app.compose import compose

        composed = compose(director, target, vrrp, checks, _gateways(loaded))
        if keep:
            text, found = kept(director, source, target, root)
            added, more = emit(composed.added, target, composed.comments)
            text = "\n".join(part for part in (text, added) if part)
            found = [*found, *more]
        else:
            text, several = emit(composed.director, target, composed.comments)
            found = list(several)
        losses += [(name, composed.told(loss)) for loss in (*composed.losses, *found)]
        if vrrp is not None and not composed.vips.floating:
            notes.append(f"{name}: --vrrp has nothing to do: no address is left that an instance could own")
        if not _says_something(text):
            nothing.append((name, _why_nothing(director.machine)))
            continue
        beside = beside_director(composed, loaded) if director.machine is not None else {}
        outputs.append(Converted(name, FILES["keepalived"], text, beside))
    notes += _undo_notes(loaded)
    return Conversion(tuple(outputs), judge_losses(losses, loaded.hosts, target), tuple(notes), tuple(nothing))


def to_ipvsadm(loaded: Loaded, target: Target) -> Conversion:
    """The services of each host as `ipvsadm -R` reads them, however the host was told of them."""
    from lvscompile.app.table import table, unsaid
    from lvscompile.backends.ipvsadm import emit as emit_table

    outputs = []
    losses: list[tuple[str, Loss]] = []
    nothing: list[tuple[str, str]] = []
    for director in _balancing(loaded):
        found = table(director, services(director, target.versions()[-1]))
        text, lost = emit_table(found)
        losses += [(director.name, loss) for loss in (*lost, *unsaid(director, found))]
        if text:
            outputs.append(Converted(director.name, FILES["ipvsadm"], text))
        else:
            nothing.append((director.name, _why_nothing(director.machine)))
    return Conversion(
        tuple(outputs), judge_losses(losses, loaded.hosts, target), tuple(_undo_notes(loaded)), tuple(nothing)
    )


def to_sysctl(loaded: Loaded, target: Target) -> Conversion:
    """The kernel settings of each host, as a file of /etc/sysctl.d."""
    from lvscompile.app.companions import settings

    outputs = []
    nothing = []
    for host in loaded.hosts:
        machine = host.director.machine
        text = settings(machine) if machine is not None else ""
        if text:
            outputs.append(Converted(host.director.name, FILES["sysctl"], text))
        else:
            nothing.append((host.director.name, "no input says anything of its kernel settings"))
    return Conversion(tuple(outputs), judge_losses((), loaded.hosts, target), (), tuple(nothing))


def _balancing(loaded: Loaded) -> list[Director]:
    """The directors; all hosts where none is one."""
    every = [host.director for host in loaded.hosts]
    return [director for director in every if director.role == DIRECTOR] or every


def _gateways(loaded: Loaded) -> frozenset[str]:
    """What the real servers among the hosts send their answers to."""
    machines = (host.director.machine for host in loaded.hosts if host.director.role != DIRECTOR)
    return frozenset(
        route.via for machine in machines if machine is not None for route in machine.facts.routes if route.is_default
    )


def _says_something(text: str) -> bool:
    return any(line.strip() and not line.lstrip().startswith(("#", "!")) for line in text.split("\n"))


def _why_nothing(machine: Machine | None) -> str:
    if machine is None:
        return "the inputs hold no statement that counts"
    if machine.undo:
        return "its services are taken away again by the lines that undo earlier ones"
    if "ipvs" in machine.told:
        return "the commands leave no service with servers behind: the last ones clear or delete what the others made"
    return "no input speaks of services, virtual addresses, routes or rules"


def _undo_notes(loaded: Loaded) -> Iterable[str]:
    """Lines that undo earlier ones are left out; nobody shall have to guess that."""
    for host in loaded.hosts:
        machine = host.director.machine
        if machine is not None and machine.undo:
            lines = ", ".join(dict.fromkeys(str(command.origin.line) for command in machine.undo[:10]))
            more = "" if len(machine.undo) <= 10 else " ..."
            yield (
                f"{host.director.name}: {len(machine.undo)} commands that undo earlier ones are left out "
                f"({machine.undo[0].origin.source.name}, lines {lines}{more}); --replay-all runs them too"
            )
