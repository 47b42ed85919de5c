"""The lint engine: hands each rule the nodes that it asked for, and collects findings.

A rule that raises loses its own findings; the others do not, and the report names it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from lvscompile.ir.core import Loss, Target, Version
from lvscompile.ir.effective import VrrpParams, vrrp_params
from lvscompile.ir.peers import Pair, Twins, pairs
from lvscompile.ir.site import Director
from lvscompile.ir.vrrp import VrrpInstance
from lvscompile.lint.hints import reset_hints
from lvscompile.lint.registry import Rule, all_rules
from lvscompile.syntax.findings import Finding, Fix, Note, Span, span_of
from lvscompile.syntax.remarks import Remark
from lvscompile.syntax.statements import Stmt

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


class Crash(NamedTuple):
    """A rule that raised: a defect of ours."""

    rule: Rule
    host: str
    error: Exception


class Report(NamedTuple):
    findings: list[Finding]
    crashes: list[Crash]


class Known(NamedTuple):
    """What the user says of the network, beyond the inputs.

    `subnets` are the networks that the directors are attached to, e.g. 192.0.2.0/24. `segments` names the network that
    an interface of a host is on, by (host, interface): interfaces on one network may have different names. `clusters`
    says which hosts are compared with each other; without any all are.
    """

    subnets: tuple[str, ...] = ()
    segments: Mapping[tuple[str, str], str] = {}
    clusters: tuple[tuple[str, ...], ...] = ()

    def together(self, a: str, b: str) -> bool:
        """Whether two hosts, by name, may be peers."""
        return not self.clusters or any(a in cluster and b in cluster for cluster in self.clusters)


NOTHING_KNOWN = Known()


class Context:
    """What rules may ask for."""

    def __init__(self, hosts: Sequence[Host], target: Target, compare: bool, known: Known = NOTHING_KNOWN) -> None:
        self.hosts = hosts
        self.target = target
        self.known = known
        found = pairs(h.director for h in hosts) if compare else ()
        self.pairs: tuple[Pair, ...] = tuple(pair for pair in found if known.together(pair.a.name, pair.b.name))
        self._params: dict[tuple[int, Version], VrrpParams] = {}

    def host(self, director: Director) -> Host:
        return next(host for host in self.hosts if host.director is director)

    def params(self, director: Director, instance: VrrpInstance, version: Version) -> VrrpParams:
        """The instance's effective values under one keepalived version."""
        key = (id(instance), version)
        if key not in self._params:
            self._params[key] = vrrp_params(director, instance, version)
        return self._params[key]

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
) -> Report:
    """Run all wanted rules over the hosts, and over the pairs among them."""
    reset_hints()
    context = Context(hosts, target, compare, known)
    return _run(_nodes(context), context, wanted)


def judge_losses(losses: Iterable[tuple[str, Loss]], hosts: Sequence[Host], target: Target) -> Report:
    """What a conversion left out, as findings. `losses` come with the name of their host."""
    return _run(losses, Context(hosts, target, False), lambda code: True)


def _run(nodes: Iterable[tuple[str, Any]], context: Context, wanted: Callable[[str], bool]) -> Report:
    rules = _by_subject(rule for code, rule in all_rules().items() if wanted(code))
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
    report.findings[:] = _sorted(report.findings, context.hosts)
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
    for pair in context.pairs:
        yield pair.a.name, pair
        yield from ((twins.a_host.name, twins) for twins in pair.twins)


class Owned(NamedTuple):
    """A VRRP instance with the host it runs on."""

    host: Director
    instance: VrrpInstance


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
