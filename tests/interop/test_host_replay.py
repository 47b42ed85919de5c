"""What our host holds and says after a sequence of commands is what a real kernel holds and iproute2 says."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from typing import Any

import host_judge
import pytest
from host_judge import WORDS, Seen
from host_sequences import sequence

from lvscompile.frontends.iproute import PROGRAMS, parse
from lvscompile.frontends.replay.host import Replay
from lvscompile.ir.host import Link, PolicyRule, Route
from lvscompile.syntax.source import Source
from lvscompile.syntax.statements import Stmt

pytestmark = [
    pytest.mark.netns,
    pytest.mark.skipif(host_judge.unavailable("ifconfig") is not None, reason=str(host_judge.unavailable("ifconfig"))),
]
COUNT = 1200 if os.environ.get("LVSCOMPILE_FULL") else 280


def replayed(commands: Sequence[str]) -> Replay:
    links = [Link("va0", up=True), Link("va1", up=True), Link("vb0", up=False), Link("vb1", up=True)]
    host = Replay(links, complete=True)
    source = Source("commands", "".join(f"{command}\n" for command in commands))
    at = 0
    for number, command in enumerate(commands, 1):
        stmt = Stmt("COMMAND", source, at, at + len(command) + 1, number, command)
        at += len(command) + 1
        program, *words = shlex.split(command)
        assert program in PROGRAMS
        host.run(parse(program, words, stmt), stmt)
    return host


def answers(host: Replay) -> tuple[tuple[int, str], ...]:
    result = []
    for event in host.events:
        text = event.outcome.message.split("\n")[0] if event.outcome.message else ""
        if event.notes:
            text = event.notes[0].split("\n")[0]
        result.append((event.outcome.status, text))
    return tuple(result)


def kernels(seen: Seen) -> tuple[tuple[int, str], ...]:
    return tuple(
        (status, WORDS.get(text, text) if status or text.startswith("Warn") else "") for status, text in seen.answers
    )


def addresses_of(host: Replay) -> set[tuple[Any, ...]]:
    return {
        (own.device, own.family, own.address, own.prefix, own.peer, own.label or (own.device if own.family == 4 else ""),
         own.scope, own.broadcast, own.secondary)
        for own in (each for listed in host.state.addresses.values() for each in listed)
    }  # fmt: skip


def addresses_in(seen: Seen) -> set[tuple[Any, ...]]:
    result = set()
    for link in seen.left["addresses"]:
        for own in link["addr_info"]:
            if own["local"] == "::1":
                continue
            family = 4 if own["family"] == "inet" else 6
            result.add((link["ifname"], family, own["local"], own["prefixlen"], own.get("address", ""),
                        own.get("label", ""), own["scope"], own.get("broadcast", ""), bool(own.get("secondary"))))  # fmt: skip
    return result


def _destination(text: str, family: int) -> str:
    if text == "default":
        return "0.0.0.0/0" if family == 4 else "::/0"
    return text if "/" in text else f"{text}/{32 if family == 4 else 128}"


def _hops(route: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    if "nexthops" in route:
        return tuple((hop.get("gateway", ""), hop["dev"]) for hop in route["nexthops"])
    return ((route.get("gateway", ""), route["dev"]),) if "dev" in route else ()


def routes_in(seen: Seen, family: int) -> list[tuple[Any, ...]]:
    """All routes but the kernel's own of the local table, those of one table in their order."""
    result = []
    for route in seen.left[f"routes{family}"]:
        if route["table"] == "local" and route["protocol"] == "kernel":
            continue
        result.append((route["table"], route["type"], _destination(route["dst"], family), _hops(route),
                       route.get("prefsrc", ""), route.get("scope", "") if family == 4 else "", route.get("metric", 0),
                       route["protocol"]))  # fmt: skip
    return result


def routes_of(host: Replay, family: int) -> list[tuple[Any, ...]]:
    def shown(route: Route) -> tuple[Any, ...]:
        hops = tuple((hop.via, hop.device) for hop in route.hops)
        return (route.table, route.kind, route.destination, hops, route.source, route.scope if family == 4 else "",
                route.metric, route.protocol)  # fmt: skip

    return [shown(route) for (kind, _), routes in host.state.routes.items() if kind == family for route in routes]


def grouped(routes: list[tuple[Any, ...]]) -> dict[tuple[str, str], list[tuple[Any, ...]]]:
    """By table and destination: the order counts among those of one destination."""
    result: dict[tuple[str, str], list[tuple[Any, ...]]] = {}
    for route in routes:
        result.setdefault((route[0], route[2]), []).append(route)
    return result


def rules_in(seen: Seen, family: int) -> list[tuple[Any, ...]]:
    bits = 32 if family == 4 else 128
    result = []
    for rule in seen.left[f"rules{family}"]:
        source = "" if rule.get("src") == "all" else f"{rule['src']}/{rule.get('srclen', bits)}"
        target = f"{rule['dst']}/{rule.get('dstlen', bits)}" if "dst" in rule and rule["dst"] != "all" else ""
        action = "goto" if "goto" in rule else "nop" if "nop" in rule else rule.get("action", "lookup")
        result.append((rule["priority"], action, rule.get("table", ""), source, target, rule.get("iif", ""),
                       rule.get("oif", ""), int(rule.get("fwmark", "0"), 0), int(rule.get("fwmask", "0"), 0),
                       "not" in rule))  # fmt: skip
    return result


def rules_of(host: Replay, family: int) -> list[tuple[Any, ...]]:
    def shown(rule: PolicyRule) -> tuple[Any, ...]:
        return (rule.preference, rule.action, rule.table, rule.source, rule.destination, rule.iif, rule.oif,
                rule.mark or 0, rule.mask or 0, rule.negated)  # fmt: skip

    return [shown(rule) for rule in host.state.rules[family]]


def differences(commands: Sequence[str], seen: Seen) -> list[str]:
    host = replayed(commands)
    found = []
    for command, ours, theirs in zip(commands, answers(host), kernels(seen), strict=True):
        if ours != theirs:
            found.append(f"{command}\n     ours   {ours}\n     kernel {theirs}")
    if addresses_of(host) != addresses_in(seen):
        found.append(
            f"addresses: ours only {addresses_of(host) - addresses_in(seen)}\n  kernel only {addresses_in(seen) - addresses_of(host)}"
        )
    for family in (4, 6):
        if grouped(routes_of(host, family)) != grouped(routes_in(seen, family)):
            ours, theirs = routes_of(host, family), routes_in(seen, family)
            found.append(
                f"routes{family}: ours only {[x for x in ours if x not in theirs]}\n  kernel only {[x for x in theirs if x not in ours]}\n  or order"
            )
        if rules_of(host, family) != rules_in(seen, family):
            found.append(f"rules{family}: ours {rules_of(host, family)}\n  kernel {rules_in(seen, family)}")
    return found


def test_generated_sequences_end_as_the_kernel_ends_them() -> None:
    sequences = [sequence(seed) for seed in range(COUNT)]
    wrong = []
    for number, (commands, seen) in enumerate(zip(sequences, host_judge.watch_all(sequences), strict=True)):
        found = differences(commands, seen)
        if found:
            wrong.append(f"--- sequence {number}\n" + "\n".join(commands) + "\n" + "\n".join(found))
    assert not wrong, f"{len(wrong)} of {COUNT}\n" + "\n\n".join(wrong[:8])
