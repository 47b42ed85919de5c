"""2xx: routes and rules."""

from __future__ import annotations

import pytest
from places import Findings, instance, shown

RULES = {"LVS277", "LVS278", "LVS279", "LVS282", "LVS288", "LVS289", "LVS290"}


def routes(*lines: str) -> str:
    return "\n".join(["static_routes {", *(f"    {line}" for line in lines), "}"]) + "\n"


def rules(*lines: str) -> str:
    return routes(*lines).replace("_routes", "_rules")


def virtual(*lines: str, kind: str = "routes") -> str:
    return instance(f"virtual_{kind} {{", *(f"    {line}" for line in lines), "}")


NET = "203.0.113.0/24"
CASES = {
    # LVS277
    "with an interface": (routes(f"{NET} via 198.51.100.1 dev eth1", f"{NET} oif eth1"), []),
    "without": (routes(f"{NET} via 198.51.100.1"), ["LVS277 info/latent 2:5-36"]),
    "without, virtual": (virtual(f"{NET} via 192.0.2.1"), ["LVS277 info/latent 5:9-37"]),
    "without, in both": (
        routes(f"{NET} via 198.51.100.1") + virtual(f"{NET} via 192.0.2.1"),
        ["LVS277 info/latent 2:5-36", "LVS277 info/latent 8:9-37"],
    ),
    "without, twice": (routes("default dev eth1", f"{NET} via 198.51.100.1", "blackhole 192.0.2.0/24"),
        ["LVS277 info/latent 3:5-36"]),
    "without, and not tracked": (routes(f"{NET} via 198.51.100.1 no_track"), []),
    "without, a nexthop's": (
        routes(f"{NET} nexthop via 198.51.100.1 dev eth1 nexthop via 198.51.100.2 dev eth1"), ["LVS277 info/latent 2:5-87"],
    ),
    "an option's value is no option": (routes(f"{NET} via 198.51.100.1 table dev"), ["LVS277 info/latent 2:5-46"]),
    "not taken": (routes(f"{NET} via somewhere"), []),
    "half taken": (routes(f"{NET} via 198.51.100.1 198.51.100.2"), []),
    "no destination, untracked": (routes("via 198.51.100.1"), ["LVS288 error/latent 2:5-21"]),
    # LVS278
    "with a preference": (rules(*(f"from {NET} table 7 {word} 9" for word in ("preference", "order", "priority"))), []),
    "without a preference": (rules(f"from {NET} table 7"), ["LVS278 warning/latent 2:5-32"]),
    "without a preference, virtual": (virtual(f"to {NET} table 7", kind="rules"), ["LVS278 warning/latent 5:9-34"]),
    "without a preference, twice": (
        rules(f"from {NET} table 7 priority 9", f"from {NET} table 7", f"to {NET} table 7"),
        ["LVS278 warning/latent 3:5-32"],
    ),
    "a table of that name": (rules(f"from {NET} table priority"), ["LVS278 warning/latent 2:5-39"]),
    "half taken, a rule": (rules(f"from {NET} table 7 table 8 preference 9"), []),
    # LVS279
    "gw": (routes(f"{NET} gw 198.51.100.1 dev eth1"), ["LVS279 info/none 2:20-22"]),
    "or": (virtual(f"{NET} via 192.0.2.1 or 192.0.2.2 dev eth0"), ["LVS279 info/none 5:38-40"]),
    "gw and or, twice": (
        routes(f"{NET} gw 198.51.100.1 or 198.51.100.2 dev eth1", "default gw 198.51.100.1 dev eth1"),
        ["LVS279 info/none 2:20-22", "LVS279 info/none 2:36-38"],
    ),
    "a rule has no such word": (rules(f"from {NET} table gw preference 9"), []),
    "a table called gw": (routes(f"{NET} dev eth1 table gw"), []),
    # LVS282
    "local": (routes("local default dev lo table 100"), ["LVS282 error/latent 2:5-10"]),
    "local, with a scope": (routes("local default dev lo table 100 scope host"), []),
    "broadcast": (routes(f"broadcast {NET} dev eth1"), ["LVS282 error/latent 2:5-14"]),
    "anycast": (routes(f"anycast {NET} dev eth1"), ["LVS282 error/latent 2:5-12"]),
    "broadcast, with a scope": (routes(f"broadcast {NET} dev eth1 scope link"), []),
    "multicast": (routes("multicast 239.1.1.0/24 dev eth1"), []),
    "unicast": (routes(f"unicast {NET} dev eth1"), []),
    "local, IPv6": (routes("local 2001:db8:9::/64 dev lo"), []),
    "local, IPv6 by its word": (routes("inet6 local default dev lo"), []),
    "local, IPv6 by its source": (routes("local default dev lo src 2001:db8::1"), []),
    "local, to nowhere": (routes("local dev lo"), []),
    "a table called local": (routes(f"{NET} dev eth1 table local"), []),
    # LVS288
    "no destination": (routes("via 198.51.100.1 dev eth1"), ["LVS288 error/latent 2:5-30"]),
    "no destination, virtual": (virtual("src 192.0.2.10 dev eth0"), ["LVS288 error/latent 5:9-32"]),
    "a destination behind": (routes("via 198.51.100.1 dev eth1 to default"), []),
    "a gateway of a family is no destination": (routes("via inet 198.51.100.1 dev eth1"), ["LVS288 error/latent 2:5-35"]),
    "a number behind lock is none": (routes("mtu lock 1400 dev eth1"), ["LVS288 error/latent 2:5-27"]),
    "a source is no destination": (routes(f"src 198.51.100.2 to {NET} dev eth1"), []),
    "two families": (routes(f"{NET} via 2001:db8::1 dev eth1"), ["LVS288 error/latent 2:24-35"]),
    "two families, old word": (
        routes(f"{NET} gw 2001:db8::1 dev eth1"), ["LVS279 info/none 2:20-22", "LVS288 error/latent 2:23-34"],
    ),
    "two families, source": (
        routes("2001:db8:9::/64 via 2001:db8::1 dev eth1 src 198.51.100.2"), ["LVS288 error/latent 2:50-62"],
    ),
    "two families, and meant": (routes(f"{NET} via inet6 2001:db8::1 dev eth1"), []),
    "one family": (routes("2001:db8:9::/64 via 2001:db8::1 dev eth1 src 2001:db8::2"), []),
    "default of either": (routes("default via 2001:db8::1 dev eth1"), []),
    # LVS289
    "no action": (rules(f"from {NET} preference 9"), ["LVS289 error/latent 2:5-37"]),
    "no action, virtual": (virtual("fwmark 7 preference 9", kind="rules"), ["LVS289 error/latent 5:9-30"]),
    "no action, no preference": (rules(f"from {NET}"), ["LVS289 error/latent 2:5-24"]),
    "two actions": (rules(f"from {NET} table 7 blackhole preference 9"), ["LVS289 error/latent 2:5-55"]),
    "two actions, l3mdev": (rules("l3mdev table 7 preference 9"), ["LVS289 error/latent 2:5-32"]),
    "l3mdev": (rules("l3mdev preference 9"), []),
    "each action": (
        rules(*(f"from {NET} preference 9 {a}" for a in ("lookup 7", "goto 10", "nop", "blackhole", "prohibit", "unreachable"))),
        [],
    ),
    "across the families": (rules(f"from {NET} to 2001:db8::/64 table 7 preference 9"), ["LVS289 error/latent 2:5-62"]),
    "of one family": (rules(f"from {NET} to 198.51.100.0/24 table 7 preference 9"), []),
    "to all": (rules("from 2001:db8::/64 to all table 7 preference 9"), []),
    "back": (rules(f"from {NET} goto 9 preference 10"), ["LVS289 error/latent 2:5-45"]),
    "to itself": (rules(f"from {NET} goto 9 preference 9"), ["LVS289 error/latent 2:5-44"]),
    "from nowhere": (rules(f"from {NET} goto 9"), ["LVS278 warning/latent 2:5-31"]),
    "table 0": (rules(f"from {NET} table 0 preference 9"), ["LVS289 error/latent 2:5-45"]),
    "lookup 0": (rules(f"from {NET} lookup 0 preference 9"), ["LVS289 error/latent 2:5-46"]),
    "a table by name": (rules(f"from {NET} table main preference 9"), []),
    # LVS290
    "a protocol": (routes(f"{NET} dev eth1 protocol static"), ["LVS290 warning/none 2:38-44"]),
    "a protocol, oif": (routes(f"{NET} oif eth1 protocol static"), ["LVS290 warning/none 2:38-44"]),
    "a protocol, virtual": (virtual(f"{NET} dev eth0 protocol static"), ["LVS290 warning/none 5:42-48"]),
    "keepalived's protocol": (routes(f"{NET} dev eth1 protocol keepalived", f"{NET} dev eth1 protocol 18"), []),
    "a protocol, not tracked": (routes(f"{NET} dev eth1 protocol static no_track"), []),
    "a protocol, not tracked for want of an interface": (
        routes(f"{NET} via 198.51.100.1 protocol static"), ["LVS277 info/latent 2:5-52"],
    ),
    "a protocol of a rule": (rules(f"from {NET} table 7 preference 9 protocol 4"), ["LVS290 warning/none 2:55-56"]),
    "a protocol of a rule, not tracked": (rules(f"from {NET} table 7 preference 9 protocol 4 no_track"), []),
    "a protocol of a rule, by name": (rules(f"from {NET} table 7 preference 9 protocol static"), []),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_findings(name: str, findings: Findings) -> None:
    text, expected = CASES[name]
    assert [shown(f) for f in findings(text) if f.code in RULES] == expected


@pytest.mark.parametrize(
    ("target", "expected"), [("2.0.2", []), ("2.0.3", ["LVS277", "LVS290"]), ("", ["LVS277", "LVS290"])]
)
def test_nothing_is_tracked_before_2_0_3(target: str, expected: list[str], findings: Findings) -> None:
    found = findings(routes(f"{NET} via 198.51.100.1", f"{NET} dev eth1 protocol static"), target=target)
    assert [f.code for f in found if f.code in ("LVS277", "LVS290")] == expected


def test_how_many_more(findings: Findings) -> None:
    [one] = [f for f in findings(rules(f"from {NET} table 7")) if f.code == "LVS278"]
    [two] = [f for f in findings(rules(f"from {NET} table 7", f"to {NET} table 7")) if f.code == "LVS278"]
    assert "more here" not in one.message
    assert "(and 1 more here)" in two.message


def test_a_value_that_keepalived_makes_when_it_runs(findings: Findings) -> None:
    found = findings(rules(f"from {NET} table ${{_RANDOM 1 9}}"))
    assert [f.code for f in found if f.code in RULES] == []


@pytest.mark.parametrize(("kind", "scope"), [("local", "host"), ("broadcast", "link"), ("anycast", "link")])
def test_the_scope_that_is_missing(kind: str, scope: str, findings: Findings) -> None:
    [found] = [f for f in findings(routes(f"{kind} {NET} dev eth1")) if f.code == "LVS282"]
    assert found.help == f"add `scope {scope}`"
