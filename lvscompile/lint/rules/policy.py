"""Rules about marks, policy rules and routing tables."""

from __future__ import annotations

from collections.abc import Iterator

from lvscompile.ir.machine import Machine
from lvscompile.ir.netfilter import Ruleset, word_span
from lvscompile.ir.path import Packet, connect, matches
from lvscompile.ir.peers import Pair
from lvscompile.ir.site import Director
from lvscompile.lint.engine import Context, Emit, Equipped, Place
from lvscompile.lint.marking import (
    BUILT_IN_TABLES,
    SEEN_BY_IPVS,
    SEEN_BY_ROUTING,
    Lookup,
    Marking,
    all_local,
    asks_in_filter,
    by_mark,
    by_other_means,
    is_plain,
    lookups,
    markings,
    routes_in,
    tables_filled_by_keepalived,
)
from lvscompile.lint.registry import rule
from lvscompile.syntax.findings import Span

MAIN = 32766  # the preference of the rule that looks into the main table
_RETYPES = frozenset({"TOS", "DSCP"})


@rule("LVS550", "mark-for-nobody", "warning", Equipped)
def mark_for_nobody(equipped: Equipped, ctx: Context, emit: Emit) -> None:
    """Packets to a service are marked, and nothing asks for the mark."""
    host, director, machine = equipped
    if "rules" not in machine.told or by_other_means(machine) or host.includes_missing:
        return
    vips = {service.address for service in ctx.services(director) if service.address}
    asked = lookups(director)
    for ruleset in machine.filters:
        marked = {service.fwmark for service in by_mark(director, ctx) if service.family == ruleset.family}
        for each in markings(ruleset):
            if each.to not in vips or not each.value:
                continue
            used = each.value in marked or any(
                look.takes(each.value) for look in asked if look.family == ruleset.family
            )
            if used or asks_in_filter(ruleset, each.value) or _unmarked(marked, ruleset):
                continue
            emit(
                each.at,
                f"this marks packets to {each.to} with {each.value:#x}, and nothing asks for that mark: no policy rule, "
                "no firewall mark service, no other rule",
                related=[(look.place, "the policy rule asks for another mark") for look in asked if look.mark][:3],
                help=f"for local delivery: `ip rule add fwmark {each.value:#x} table 100`; else remove the rule",
            )


def _unmarked(marks: set[int], ruleset: Ruleset) -> bool:
    """Whether some firewall mark service waits for packets in vain: another rule tells it."""
    return any(not any(each.may_set(mark) for each in markings(ruleset)) for mark in marks)


@rule("LVS551", "rule-meets-empty-table", "warning", Equipped, effect="latent")
def empty_table(equipped: Equipped, ctx: Context, emit: Emit) -> None:
    """A policy rule looks into a table that holds no route."""
    host, director, machine = equipped
    if "routes" not in machine.told or host.includes_missing:
        return
    filled = {(route.family, route.table) for route in machine.facts.routes}
    filled |= {(family, name) for name in tables_filled_by_keepalived(director) for family in (4, 6)}
    for look in lookups(director):
        if look.table in BUILT_IN_TABLES or (look.family, look.table) in filled:
            continue
        emit(
            look.place,
            f"this rule looks into table {look.table}, and there is no route in it: the packets go on to the next rule as if this "
            "one were not there",
            severity="error" if "routes" in machine.complete else "",
            related=[
                (at, f"this route is in table {route.table}")
                for route, at in all_local(machine)
                if route.family == look.family
            ],
            help=f"`ip route add local 0.0.0.0/0 dev lo table {look.table}` for local delivery"
            if look.mark is not None and look.family == 4
            else f"add its routes: `ip route add … table {look.table}`",
        )


@rule("LVS552", "rule-mark-never-set", "warning", Equipped, effect="outage")
def mark_never_set(equipped: Equipped, ctx: Context, emit: Emit) -> None:
    """A policy rule delivers marked packets locally, and nothing sets the mark."""
    machine = equipped.machine
    for look in lookups(equipped.director) if not by_other_means(machine) else ():
        ruleset = machine.filter(look.family)
        if not look.mark or ruleset is None or not _delivers(machine, look) or not is_plain(ruleset):
            continue
        marks = markings(ruleset)
        if any(each.may_set(look.mark, look.mask) for each in marks):
            continue
        emit(
            look.place,
            f"this rule is for packets with the mark {look.mark:#x}, and no rule sets it: they are not delivered to IPVS",
            related=[(each.at, f"this sets {each.value:#x}") for each in marks[:3]],
            help=f"`iptables -t mangle -A PREROUTING -d VIP -j MARK --set-mark {look.mark:#x}`",
        )


def _delivers(machine: Machine, look: Lookup) -> bool:
    """Whether the table of a rule delivers packets to the host itself."""
    return any(route.kind == "local" for route in routes_in(machine, look.family, look.table))


@rule("LVS553", "policy-on-one-director", "error", Pair, effect="latent")
def policy_on_one(pair: Pair, ctx: Context, emit: Emit) -> None:
    """Local delivery by mark, rule and table on one director; its peer lacks a part of it."""
    # Where each has a recipe of its own, one finding says that they differ.
    if not _compared(pair.a, pair.b, emit):
        _compared(pair.b, pair.a, emit)


def _compared(here: Director, there: Director, emit: Emit) -> bool:
    """Say what one of two peers lacks of the other's recipe; whether it lacks anything."""
    if here.machine is None or there.machine is None:
        return False
    lacks = False
    for look in lookups(here):
        recipe = _recipe(here.machine, look)
        if recipe is None:
            continue
        missing, sure = _missing(there, there.machine, look, recipe)
        if missing:
            lacks = True
            emit(
                look.place,
                f"{here.name} delivers packets to {recipe.to} to IPVS by this rule; on {there.name} there is no "
                f"{' and no '.join(missing)}: after a failover nothing is balanced",
                severity="" if sure else "warning",
                related=[(recipe.at, "the mark")],
                help=f"give {there.name} the same mark, rule and route, and save them on both",
            )
    return lacks


def _recipe(machine: Machine, look: Lookup) -> Marking | None:
    """The rule that marks the packets which a policy rule delivers locally."""
    ruleset = machine.filter(look.family)
    if ruleset is None or not _delivers(machine, look):
        return None
    marks = (each for each in markings(ruleset) if each.to and each.hooks & SEEN_BY_ROUTING)
    return next((each for each in marks if look.takes(each.value)), None)


def _missing(there: Director, machine: Machine, look: Lookup, recipe: Marking) -> tuple[list[str], bool]:
    """What of the recipe a peer lacks, of the parts that inputs tell of; and whether that is sure."""
    ruleset = machine.filter(look.family)
    mine = markings(ruleset) if ruleset is not None else []
    marks = {each.value for each in mine if each.to == recipe.to}
    filled = tables_filled_by_keepalived(there)
    rules = [other for other in lookups(there) if other.family == look.family and other.mark]
    fitting = [other for other in rules if not marks or any(other.takes(mark) for mark in marks)]
    delivered = any(_delivers(machine, other) or other.table in filled for other in rules)
    parts = (
        (
            "mark for it",
            f"filter{look.family}",
            bool(marks) or by_other_means(machine) or (ruleset is not None and not is_plain(ruleset)),
        ),
        ("rule for the mark", "rules", bool(fitting)),
        (
            "local route in the table",
            "routes",
            delivered or (not rules and bool(all_local(machine))),
        ),
    )
    begun = bool(marks or rules)
    lacking = [(name, subject) for name, subject, there_ in parts if not there_ and (subject in machine.told or begun)]
    return [name for name, _ in lacking], all(subject in machine.complete for _, subject in lacking)


@rule("LVS554", "service-mark-never-set", "warning", Equipped, effect="outage")
def service_never_marked(equipped: Equipped, ctx: Context, emit: Emit) -> None:
    """A firewall mark service, and no rule sets its mark."""
    machine = equipped.machine
    for service in by_mark(equipped.director, ctx) if not by_other_means(machine) else ():
        ruleset = machine.filter(service.family)
        if ruleset is None or not is_plain(ruleset):
            continue
        marks = markings(ruleset)
        if any(each.may_set(service.fwmark) for each in marks):
            continue
        emit(
            service.origin,
            f"no rule of the packet filter sets the mark {service.fwmark}: this service gets no packet",
            severity="error" if f"filter{service.family}" in machine.complete else "",
            related=[(each.at, f"this sets {each.value}") for each in marks[:3]],
            help=f"`iptables -t mangle -A PREROUTING -d VIP -p tcp --dport PORT -j MARK --set-mark {service.fwmark}`",
        )


@rule("LVS555", "mark-too-late", "error", Equipped, effect="outage")
def mark_too_late(equipped: Equipped, ctx: Context, emit: Emit) -> None:
    """A mark is set where IPVS, or the routing that shall deliver to it, has gone by already."""
    machine = equipped.machine
    wanted: list[tuple[int, int, int, frozenset[str], str, Place]] = [
        (service.family, service.fwmark, 0xFFFFFFFF, SEEN_BY_IPVS, "IPVS looks for it", service.origin)
        for service in by_mark(equipped.director, ctx)
    ]
    for look in lookups(equipped.director):
        if look.mark and _delivers(machine, look):
            wanted.append((look.family, look.mark, look.mask, SEEN_BY_ROUTING, "this rule is looked at", look.place))
    said: set[int] = set()
    for family, mark, mask, hooks, who, where in wanted:
        ruleset = machine.filter(family)
        if ruleset is None or not is_plain(ruleset):
            continue
        setting = [each for each in markings(ruleset) if each.may_set(mark, mask)]
        if not setting or any(each.hooks & hooks for each in setting) or id(setting[0].rule) in said:
            continue
        first = setting[0]
        said.add(id(first.rule))
        chains = " and ".join(sorted(first.hooks))
        emit(
            first.at,
            (f"the mark is set in {chains}: " if chains else "no packet comes to this chain: ")
            + f"when {who}, no packet has it yet",
            related=[(where, who)],
            help=f"set it in mangle PREROUTING: `iptables -t mangle -A PREROUTING … -j MARK --set-mark {mark:#x}`",
        )


@rule("LVS556", "tos-reroutes", "error", Equipped, effect="outage")
def tos_reroutes(equipped: Equipped, ctx: Context, emit: Emit) -> None:
    """TOS is changed in OUTPUT for packets that a mark delivers locally."""
    director, machine = equipped.director, equipped.machine
    for look in lookups(director):
        ruleset = machine.filter(look.family)
        recipe = _recipe(machine, look)
        if ruleset is None or recipe is None:
            continue
        for packet in _forwarded(director, ctx, recipe):
            for where, said in _retyped(ruleset, packet):
                emit(
                    where,
                    f"`{said}` changes the TOS of what IPVS forwards: the kernel then routes the packet again, by its mark, back to "
                    "this host, and no real server gets it",
                    related=[(recipe.at, "the mark")],
                    help="leave them out: `! -d VIP`, or take the mark away before it",
                )
            break


def _forwarded(director: Director, ctx: Context, recipe: Marking) -> Iterator[Packet]:
    """What direct routing sends on to the servers of the services that a rule marks packets for."""
    for service in ctx.services(director):
        if service.address and any(server.method == "DR" for server in service.destinations):
            packet = connect("", service.address, service.port or None, protocol=service.protocol.lower())
            if matches(recipe.spec, packet) is not False:
                yield packet._replace(in_interface="", mark=recipe.value, state="UNTRACKED")


def _retyped(ruleset: Ruleset, packet: Packet) -> Iterator[tuple[Span, str]]:
    """The rules of OUTPUT that certainly change the TOS of a packet."""
    table = ruleset.table("mangle")
    for chain in table.chains if table is not None and table.complete else ():
        for each in chain.rules if chain.name == "OUTPUT" else ():
            spec = each.readable
            if spec is not None and spec.target is not None and spec.target.name in _RETYPES and matches(spec, packet):
                yield word_span(each.origin, each.places), f"-A {chain.name}{each.text}"


@rule("LVS557", "local-route-misplaced", "error", Equipped, effect="outage")
def local_route_misplaced(equipped: Equipped, ctx: Context, emit: Emit) -> None:
    """`local 0.0.0.0/0` in a table that all packets look into, or that none does."""
    machine = equipped.machine
    asked = lookups(equipped.director)
    for route, at in all_local(machine):
        looking = [look for look in asked if look.table == route.table and look.family == route.family]
        if route.table in ("local", "main") or any(look.selects_all for look in looking):
            emit(
                at,
                f"this takes all packets, whatever their destination, for the host's own: it is in table {route.table}, which is asked "
                "for every packet, and the host reaches nobody any more",
                help="put it into a table of its own: `ip route add local 0.0.0.0/0 dev lo table 100`, with `ip rule add fwmark 1 table "
                "100`",
            )
        elif not looking and "rules" in machine.told and not equipped.host.includes_missing:
            emit(
                at,
                f"no policy rule looks into table {route.table}: this route is never used, and packets to the VIP are not delivered to "
                "IPVS",
                severity="error" if "rules" in machine.complete else "warning",
                help=f"`ip rule add fwmark 1 table {route.table}`",
            )


@rule("LVS558", "rule-behind-main", "warning", Equipped, effect="outage")
def rule_behind_main(equipped: Equipped, ctx: Context, emit: Emit) -> None:
    """A rule for local delivery that comes after the main table."""
    machine = equipped.machine
    for look in lookups(equipped.director):
        behind = look.preference is not None and look.preference > MAIN
        default = [route for route in routes_in(machine, look.family, "main") if route.is_default]
        if behind and look.mark and _delivers(machine, look) and default:
            emit(
                look.place,
                f"this rule comes after the main table (preference {MAIN}), which has a default route and so decides for every packet: "
                "nothing is delivered to IPVS by it",
                help="give it a preference below 32766, for instance 100",
            )
