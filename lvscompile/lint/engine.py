"""The lint engine: hands each rule the nodes that it asked for, and collects findings.

A rule that raises loses its own findings; the others do not, and the report names it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

from lvscompile.ir.core import Loss, Target, Version
from lvscompile.ir.effective import VrrpParams, vrrp_params
from lvscompile.ir.peers import Pair, Twins, pairs
from lvscompile.ir.services import VirtualService
from lvscompile.ir.site import Director
from lvscompile.ir.vrrp import VrrpInstance
from lvscompile.lint.hints import reset_hints
from lvscompile.lint.known import NOTHING_KNOWN, Known
from lvscompile.lint.registry import Rule, all_rules, is_whole
from lvscompile.lint.suppress import (
    LATE,
    Comments,
    Malformed,
    Refused,
    Suppressed,
    Suppression,
    Unused,
    judge,
    key,
    read_comments,
)  # fmt: skip
from lvscompile.syntax.findings import Finding, Fix, Note, Span, span_of
from lvscompile.syntax.remarks import Remark
from lvscompile.syntax.source import Source
from lvscompile.syntax.statements import Stmt

if TYPE_CHECKING:
    from lvscompile.ir.ipvs import Service
    from lvscompile.ir.machine import Machine

Place = Stmt | Span | tuple[Stmt, int | None]


class KeywordUse(NamedTuple):
    """A keyword that has a history (a first version, a deprecation), and where it is used."""

    keyword: Any
    statements: Sequence[Stmt]


class Host(NamedTuple):
    """One host as the linter sees it: the model, and what its readers remarked on."""

    director: Director
    remarks: Sequence[Remark]
    uses: Sequence[KeywordUse]
    config_id: str
    conditions: dict[str, list[Stmt]]
    includes_missing: bool
    files: Sequence[str]  # names, in the order they were read
    sources: Sequence[Source] = ()  # the texts themselves


class Crash(NamedTuple):
    """A rule that raised: a defect of ours."""

    rule: Rule
    host: str
    error: Exception


class Report(NamedTuple):
    """`suppressed` is what was found, and is not to be reported."""

    findings: list[Finding]
    crashes: list[Crash]
    suppressed: tuple[Suppressed, ...] = ()


class Context:
    """What rules may ask for."""

    def __init__(self, hosts: Sequence[Host], target: Target, compare: bool, known: Known = NOTHING_KNOWN) -> None:
        self.hosts = hosts
        self.target = target
        self.known = known
        self.compare = compare
        self.whole = any(host.director.machine is not None for host in hosts)
        found = pairs((h.director for h in hosts), known.segments) if compare else ()
        self.pairs: tuple[Pair, ...] = tuple(pair for pair in found if known.together(pair.a.name, pair.b.name))
        self._params: dict[tuple[int, Version], VrrpParams] = {}
        self._services: dict[int, tuple[Service, ...]] = {}

    def host(self, director: Director) -> Host:
        return next(host for host in self.hosts if host.director is director)

    def host_of(self, service: VirtualService) -> Host:
        return next(host for host in self.hosts if service in host.director.services)

    def params(self, director: Director, instance: VrrpInstance, version: Version) -> VrrpParams:
        """The instance's effective values under one keepalived version."""
        key = (id(instance), version)
        if key not in self._params:
            self._params[key] = vrrp_params(director, instance, version)
        return self._params[key]

    def services(self, director: Director) -> tuple[Service, ...]:
        """What a host balances, whichever of its inputs says so."""
        if id(director) not in self._services:
            from lvscompile.ir.programmed import services

            self._services[id(director)] = services(director, self.newest())
        return self._services[id(director)]

    def pair_of(self, twins: Twins) -> Pair:
        return next(pair for pair in self.pairs if twins in pair.twins)

    def newest(self) -> Version:
        """The target version, or the newest one known."""
        return self.target.versions()[-1]


class Emit:
    """Makes the findings of one rule on one host."""

    def __init__(self, rule: Rule, host: str, found: list[Finding]) -> None:
        self._rule = rule
        self._host = host
        self._found = found

    def __call__(
        self,
        at: Place,
        message: str,
        *,
        related: Iterable[tuple[Place, str]] = (),
        help: str = "",
        severity: str = "",
        effect: str = "",
        fix: Fix | None = None,
    ) -> None:
        rule = self._rule
        notes = tuple(Note(_span(place), text) for place, text in related)
        self._found.append(
            Finding(
                rule.code,
                rule.name,
                severity or rule.severity,
                effect or rule.effect,
                message,
                _span(at),
                self._host,
                notes,
                help,
                fix,
            )
        )


def _span(place: Place) -> Span:
    if isinstance(place, Span):
        return place
    return span_of(*place) if isinstance(place, tuple) else span_of(place)


def lint(
    hosts: Sequence[Host],
    target: Target,
    *,
    compare: bool = True,
    wanted: Callable[[str], bool] = lambda code: True,
    known: Known = NOTHING_KNOWN,
    allow: tuple[str, ...] = (),
) -> Report:
    """Run all wanted rules over the hosts, and over the pairs among them, and obey the comments that suppress findings.

    `allow` are the codes, or beginnings of codes, of stubborn rules that comments may suppress.
    """
    reset_hints()
    context = Context(hosts, target, compare, known)
    comments = read_comments((source for host in hosts for source in host.sources), _plain(hosts))
    report = _run(chain(_nodes(context), _comment_nodes(comments, hosts)), context, wanted)
    if comments.suppressions:
        report = _obeyed(report, comments, context, wanted, allow)
    report.findings[:] = _sorted(report.findings, hosts)
    return report


def judge_losses(losses: Iterable[tuple[str, Loss]], hosts: Sequence[Host], target: Target) -> Report:
    """What a conversion left out, as findings. `losses` come with the name of their host."""
    report = _run(losses, Context(hosts, target, False), lambda code: True)
    comments = read_comments((source for host in hosts for source in host.sources), _plain(hosts))
    # A loss that stops a conversion is for the command line to allow.
    verdict = judge(report.findings, comments, lambda finding: finding.severity == "error", lambda start, file: False)
    return Report(_sorted(verdict.kept, hosts), report.crashes, tuple(verdict.suppressed))


def _obeyed(
    report: Report, comments: Comments, context: Context, wanted: Callable[[str], bool], allow: tuple[str, ...]
) -> Report:
    """The report without what comments suppress, and with what there is to say about the comments."""
    rules = all_rules()
    crashed = {crash.rule.code for crash in report.crashes}
    readers = _readers(context.hosts)
    paired = {director.name for pair in context.pairs for director in (pair.a, pair.b)}
    unsure = {host.director.name for host in context.hosts if host.includes_missing}

    def refuses(finding: Finding) -> bool:
        grave = finding.severity == "error" and finding.effect in ("split", "outage")
        return grave and rules[finding.code].stubborn and not (allow and finding.code.startswith(allow))

    def ran(start: str, file: str) -> bool:
        names = readers[file]
        return not unsure.intersection(names) and all(
            wanted(code)
            and code not in LATE
            and code not in crashed
            # Losses are for conversions to tell; peers are compared where there are some.
            and not any(isinstance(on, str) and on.startswith("loss-") for on in rule.on)
            and (not code.startswith("LVS3") or not paired.isdisjoint(names))
            and (context.whole or not is_whole(rule))
            for code, rule in rules.items()
            if code.startswith(start)
        )

    verdict = judge(report.findings, comments, refuses, ran)
    about: list[Unused | Refused] = [*verdict.unused, *verdict.refused]
    nodes = [(readers[key(each.pattern.span.source)][0], each) for each in about]
    late = _run(nodes, context, wanted)
    # A comment may suppress what is said about comments, too.
    final = judge(late.findings, comments, refuses, lambda start, file: False)
    suppressed = [*verdict.suppressed, *final.suppressed]
    shown = {id(finding): at for at, finding in enumerate(_sorted([s.finding for s in suppressed], context.hosts))}
    return Report(
        verdict.kept + final.kept,
        report.crashes + late.crashes,
        tuple(sorted((s for s in suppressed if id(s.finding) in shown), key=lambda s: shown[id(s.finding)])),
    )


def _comment_nodes(comments: Comments, hosts: Sequence[Host]) -> Iterator[tuple[str, Any]]:
    readers = _readers(hosts)
    found: list[Suppression | Malformed] = [*chain(*comments.suppressions.values()), *comments.malformed]
    return ((readers[key(each.span.source)][0], each) for each in found)


def _plain(hosts: Iterable[Host]) -> Iterator[Source]:
    """The texts that are no keepalived.conf."""
    for host in hosts:
        for given in host.director.machine.givens if host.director.machine is not None else ():
            if given.kind not in ("keepalived", "facts"):
                yield given.source


def _readers(hosts: Sequence[Host]) -> dict[str, list[str]]:
    """The names of the hosts that read each file."""
    readers: dict[str, list[str]] = {}
    for host in hosts:
        for source in (*host.sources, *_plain((host,))):
            readers.setdefault(key(source), []).append(host.director.name)
    return readers


def _run(nodes: Iterable[tuple[str, Any]], context: Context, wanted: Callable[[str], bool]) -> Report:
    """What the rules say about the nodes, in the order of the nodes."""
    rules = _by_subject(rule for code, rule in all_rules(context.whole).items() if wanted(code))
    report = Report([], [])
    broken: set[str] = set()
    for name, node in nodes:
        for rule in rules.get(_subject(node), ()):
            if rule.code in broken:
                continue
            found: list[Finding] = []
            try:
                rule.check(node, context, Emit(rule, name, found))
            except Exception as error:
                broken.add(rule.code)
                report.crashes.append(Crash(rule, name, error))
                report.findings[:] = [f for f in report.findings if f.code != rule.code]
            else:
                report.findings.extend(found)
    return report


def _subject(node: Any) -> type | str:
    """What rules are registered for: a remark's kind, a loss's, or the class of a node."""
    if isinstance(node, Remark):
        return node.kind
    return f"loss-{node.kind}" if isinstance(node, Loss) else type(node)


def _by_subject(rules: Iterable[Rule]) -> dict[type | str, list[Rule]]:
    table: dict[type | str, list[Rule]] = {}
    for rule in rules:
        for subject in rule.on:
            table.setdefault(subject, []).append(rule)
    return table


def _nodes(context: Context) -> Iterator[tuple[str, Any]]:
    """Everything that a rule can be registered for, with the name of the host it belongs to."""
    for host in context.hosts:
        name = host.director.name
        yield from ((name, remark) for remark in host.remarks)
        yield from ((name, use) for use in host.uses)
        yield name, host
        yield from ((name, Owned(host.director, instance)) for instance in host.director.vrrp)
        yield from ((name, service) for service in host.director.services)
        if host.director.machine is not None:
            yield name, Equipped(host, host.director, host.director.machine)
    for pair in context.pairs:
        yield pair.a.name, pair
        yield from ((twins.a_host.name, twins) for twins in pair.twins)


class Owned(NamedTuple):
    """A VRRP instance with the host it runs on."""

    host: Director
    instance: VrrpInstance


class Equipped(NamedTuple):
    """A host of which other inputs than its keepalived.conf tell something."""

    host: Host
    director: Director
    machine: Machine


def _sorted(findings: list[Finding], hosts: Sequence[Host]) -> list[Finding]:
    """By host in the order given, then file in the order read, then place. Exact repeats are dropped: a file that
    two hosts share is one file."""
    order = {host.director.name: at for at, host in enumerate(hosts)}
    files = {name: at for host in reversed(hosts) for at, name in enumerate(host.files)}
    ordered = sorted(
        findings, key=lambda f: (order.get(f.host, 0), files.get(f.span.source.name, 0), f.span.start, f.code)
    )
    seen: set[tuple[str, str, int, str]] = set()
    kept = []
    for finding in ordered:
        key = (finding.code, finding.span.source.name, finding.span.start, finding.message)
        if key not in seen:
            seen.add(key)
            kept.append(finding)
    return kept
