"""Rules about dumps of the packet filter that do not load."""

from __future__ import annotations

from lvscompile.ir.machine import Machine
from lvscompile.ir.netfilter import Rule, word_span
from lvscompile.lint.engine import Context, Emit, Equipped
from lvscompile.lint.registry import rule

_DUMPS = frozenset({"iptables", "ip6tables"})


def _sources(machine: Machine) -> frozenset[int]:
    """The texts that are dumps, by identity."""
    return frozenset(id(given.source) for given in machine.givens if given.kind in _DUMPS)


@rule("LVS573", "dump-not-loaded", "error", Equipped, effect="latent")
def dump_not_loaded(equipped: Equipped, ctx: Context, emit: Emit) -> None:
    """A dump that the restoring program stops at: tables are left as they were, mostly empty."""
    dumps = set(_sources(equipped.machine))
    for event in equipped.machine.filter_events:
        outcome, source = event.outcome, id(event.origin.source)
        if source not in dumps or outcome is None or outcome.ok or not outcome.certain:
            continue
        dumps.discard(source)  # the first failure ends it
        program = "ip6tables-restore" if event.family == 6 else "iptables-restore"
        emit(
            event.span(),
            f"{program} stops here ({outcome.message}): "
            + (f"nothing of the table {event.table} is loaded" if event.table else "the rest is not loaded"),
            help="end each table with a line `COMMIT`" if "COMMIT" in outcome.message else "mend or remove the line",
        )


@rule("LVS574", "dump-of-another-age", "info", Equipped, effect="latent")
def another_age(equipped: Equipped, ctx: Context, emit: Emit) -> None:
    """A dump with matches, targets or negations that current iptables does not take."""
    dumps = _sources(equipped.machine)
    old: dict[int, list[tuple[Rule, str]]] = {}
    for ruleset in equipped.machine.filters:
        for _, _, each in ruleset.rules():
            why = _of_old(each) if id(each.origin.source) in dumps else ""
            if why:
                old.setdefault(id(each.origin.source), []).append((each, why))
    for found in old.values():
        first, why = found[0]
        more = f" (and {len(found) - 1} more rules here)" if len(found) > 1 else ""
        emit(
            word_span(first.origin, first.places),
            f"{why}{more}: iptables-restore of today stops at it, and loads nothing of the table",
            help="rewrite it before this host is moved to a newer system",
        )


def _of_old(each: Rule) -> str:
    """What iptables of today does not take of a rule, "" where it takes all."""
    spec = each.readable
    if spec is None:
        return ""
    unknown = [match.name for match in spec.matches if not match.known]
    if unknown:
        return f"iptables itself has no match `{unknown[0]}`, or not with these options"
    if spec.target is not None and not spec.target.known:
        return f"iptables itself has no target `{spec.target.name}`, or not with these options"
    return "this rule is written as old iptables did" if each.repairs else ""
