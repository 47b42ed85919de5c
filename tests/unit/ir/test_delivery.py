"""Local delivery by routing tables."""

from __future__ import annotations

import pytest

from lvscompile.ir.delivery import delivers
from lvscompile.ir.host import HostFacts, NextHop, PolicyRule, Route
from lvscompile.ir.machine import Machine


def machine(
    destination: str, table: str = "100", kind: str = "local", rule: str = "100", action: str = "lookup"
) -> Machine:
    family = 6 if ":" in destination else 4
    routes = (Route(family, kind, destination, (NextHop("", "lo"),), table),)
    return Machine(facts=HostFacts(routes=routes, rules=(PolicyRule(family, 100, action, rule, mark=1),)))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (machine("0.0.0.0/0"), True),
        (machine("192.0.2.0/24"), True),
        (machine("192.0.2.10/32", table="main", rule="7"), True),
        (machine("198.51.100.0/24"), False),
        (machine("::/0"), False),
        (machine("0.0.0.0/0", rule="200"), False),
        (machine("0.0.0.0/0", action="blackhole"), False),
        (machine("0.0.0.0/0", kind="unicast"), False),
        (None, False),
    ],
)
def test_delivers(given: Machine | None, expected: bool) -> None:
    assert delivers(given, "192.0.2.10") == expected


def test_ipv6() -> None:
    assert delivers(machine("::/0"), "2001:db8::1")
    assert not delivers(machine("::/0"), "no address")
