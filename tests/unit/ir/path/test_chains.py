"""A packet's way through the chains of a table: what ends it, what changes it, and what is not certain."""

from __future__ import annotations

from typing import Any

import pytest
from path_model import machine

from lvscompile.ir.netfilter import Ruleset
from lvscompile.ir.node import replace
from lvscompile.ir.path.chains import Walked, traverse
from lvscompile.ir.path.packet import Packet, connect

WEB = connect("198.51.100.7", "192.0.2.10", 80, in_interface="eth1")


def ruleset(*rules: str) -> Ruleset:
    found = machine((), [f"iptables {rule}" for rule in rules], {}).filter(4)
    assert found is not None
    return found


def walk(*rules: str, table: str = "filter", chain: str = "INPUT", packet: Packet = WEB) -> Walked:
    return traverse(
        ruleset(*rules), table, chain, packet, primary=lambda device: "10.0.0.1" if device == "eth1" else ""
    )


NEW_USER = "-N user"


@pytest.mark.parametrize(
    ("rules", "verdict", "certain"),
    [
        ((), "ACCEPT", True),
        (("-P INPUT DROP",), "DROP", True),
        (("-A INPUT -p tcp -j DROP", "-A INPUT -j ACCEPT"), "DROP", True),
        (("-A INPUT -p udp -j DROP",), "ACCEPT", True),
        (("-A INPUT -j REJECT",), "REJECT", True),
        (("-A INPUT -j QUEUE",), "QUEUE", True),
        (("-A INPUT -j NFQUEUE",), "QUEUE", True),
        (("-A INPUT -j LOG", "-A INPUT", "-A INPUT -j DROP"), "DROP", True),
        (("-A INPUT -j TARPIT",), "TAKEN", True),
        (("-A INPUT -j ROUTE",), "UNKNOWN", False),
        ((NEW_USER, "-A INPUT -j user", "-A user -j DROP"), "DROP", True),
        ((NEW_USER, "-A INPUT -j user", "-A user -p tcp -j RETURN", "-A user -j DROP", "-A INPUT -j REJECT"), "REJECT", True),
        ((NEW_USER, "-A INPUT -j user", "-A INPUT -j DROP"), "DROP", True),
        ((NEW_USER, "-A INPUT -g user", "-A INPUT -j DROP"), "ACCEPT", True),
        ((NEW_USER, "-P INPUT DROP", "-A INPUT -g user", "-A INPUT -j ACCEPT"), "DROP", True),
        (("-A INPUT -j RETURN", "-A INPUT -j DROP"), "ACCEPT", True),
        ((NEW_USER, "-N more", "-A INPUT -j user", "-A user -g more", "-A user -j DROP", "-A INPUT -j REJECT"), "REJECT", True),
        # A doubt that makes no difference is none.
        (("-A INPUT -m limit --limit 1/s -j LOG", "-A INPUT -j DROP"), "DROP", True),
        (("-A INPUT -m recent --rcheck -j DROP", "-A INPUT -j DROP"), "DROP", True),
        (("-A INPUT -m recent --rcheck -j ACCEPT", "-A INPUT -j DROP"), "DROP", False),
        (("-A INPUT -m limit --limit 1/s -j ACCEPT", "-A INPUT -j DROP"), "ACCEPT", False),
        ((NEW_USER, "-A INPUT -m recent --rcheck -j user", "-A user -j ACCEPT", "-A INPUT -j DROP"), "DROP", False),
        ((NEW_USER, "-A INPUT -m recent --rcheck -j user", "-A user -p udp -j ACCEPT", "-A INPUT -j DROP"), "DROP", True),
        (("-A INPUT -s web.example.org -j ACCEPT", "-P INPUT DROP"), "DROP", False),
    ],
)  # fmt: skip
def test_verdicts(rules: tuple[str, ...], verdict: str, certain: bool) -> None:
    found = walk(*rules)
    assert (found.verdict, found.certain) == (verdict, certain)


def test_who_decided() -> None:
    found = walk(NEW_USER, "-A INPUT -j user", "-A user -p tcp --dport 80 -j DROP")
    assert found.decider is not None
    assert found.decider.rule is not None
    assert (found.decider.chain, found.decider.rule.origin.line, found.passes) == ("user", 3, False)
    assert found.doubts == ()


def test_a_policy_decides_without_a_rule() -> None:
    (step,) = walk("-P INPUT DROP").steps
    assert (step.rule, step.chain, step.what) == (None, "INPUT", "policy DROP")


def test_doubts_name_the_rules_in_question() -> None:
    found = walk("-A INPUT -m recent --rcheck -j ACCEPT", "-A INPUT -m limit --limit 1/s -j REJECT", "-A INPUT -j DROP")
    assert found.verdict == "REJECT"
    assert sorted(other.verdict for other in found.others) == ["ACCEPT", "DROP"]
    assert sorted(step.rule.origin.line for step in found.doubts if step.rule) == [1, 2]


@pytest.mark.parametrize(
    ("rules", "before", "after"),
    [
        (("MARK --set-mark 5",), {}, {"mark": 5}),
        (("MARK --or-mark 2",), {"mark": 1}, {"mark": 3}),
        (("MARK --and-mark 2",), {"mark": 3}, {"mark": 2}),
        (("MARK --or-mark 2",), {"mark": None}, {"mark": None}),
        (("MARK --set-mark 2",), {"mark": None}, {"mark": 2}),
        (("CONNMARK --set-mark 4", "CONNMARK --restore-mark"), {}, {"mark": 4, "connmark": 4}),
        (("MARK --set-mark 6", "CONNMARK --save-mark"), {}, {"connmark": 6}),
        (("CONNMARK --restore-mark --mask 0xf0",), {"mark": 0x11, "connmark": 0x22}, {"mark": 0x21}),
        (("CONNMARK --set-mark 4",), {"state": "INVALID"}, {"connmark": 0}),
        (("TOS --set-tos 0x10",), {}, {"tos": 0x10}),
        (("DSCP --set-dscp 1",), {}, {"tos": 4}),
        (("HMARK --hmark-tuple src --hmark-mod 2 --hmark-rnd 1",), {}, {"mark": None}),
    ],
)  # fmt: skip
def test_what_is_changed_on_the_way(rules: tuple[str, ...], before: dict[str, Any], after: dict[str, Any]) -> None:
    lines = [f"-t mangle -A PREROUTING -j {rule}" for rule in rules]
    found = walk(*lines, table="mangle", chain="PREROUTING", packet=WEB._replace(**before))
    assert (found.verdict, {name: getattr(found.packet, name) for name in after}) == ("ACCEPT", after)


@pytest.mark.parametrize(
    ("rule", "verdict", "ends"),
    [
        ("PREROUTING -j REDIRECT", "REDIRECT", ("198.51.100.7", "10.0.0.1", 80)),
        ("PREROUTING -p tcp -j REDIRECT --to-ports 8080", "REDIRECT", ("198.51.100.7", "10.0.0.1", 8080)),
        ("OUTPUT -j REDIRECT", "REDIRECT", ("198.51.100.7", "127.0.0.1", 80)),
        ("PREROUTING -j DNAT --to-destination 10.0.0.5", "DNAT", ("198.51.100.7", "10.0.0.5", 80)),
        ("PREROUTING -p tcp -j DNAT --to-destination 10.0.0.5:81", "DNAT", ("198.51.100.7", "10.0.0.5", 81)),
        ("PREROUTING -p tcp -j DNAT --to-destination :81", "DNAT", ("198.51.100.7", "192.0.2.10", 81)),
        ("PREROUTING -j DNAT --to-destination 10.0.0.5-10.0.0.6", "DNAT", ("198.51.100.7", "", 80)),
        ("PREROUTING -d 192.0.2.0/24 -j NETMAP --to 10.1.0.0/24", "DNAT", ("198.51.100.7", "10.1.0.10", 80)),
        ("POSTROUTING -j SNAT --to-source 10.0.0.9", "SNAT", ("10.0.0.9", "192.0.2.10", 80)),
        ("POSTROUTING -o eth1 -j MASQUERADE", "MASQUERADE", ("10.0.0.1", "192.0.2.10", 80)),
    ],
)  # fmt: skip
def test_translation(rule: str, verdict: str, ends: tuple[str, str, int]) -> None:
    chain = rule.split(maxsplit=1)[0]
    found = walk(f"-t nat -A {rule}", table="nat", chain=chain, packet=WEB._replace(out_interface="eth1"))
    packet = found.packet
    assert (found.verdict, (packet.source, packet.destination, packet.dport)) == (verdict, ends)
    assert packet.ends.destination == "192.0.2.10"
    assert packet.statuses == ({"SNAT"} if chain == "POSTROUTING" else {"DNAT"})
    assert found.passes


@pytest.mark.parametrize("state", ["ESTABLISHED", "INVALID", "UNTRACKED"])
def test_nat_is_for_first_packets(state: str) -> None:
    packet = WEB._replace(state=state)
    assert walk("-t nat -A PREROUTING -j REDIRECT", table="nat", chain="PREROUTING", packet=packet).verdict == "ACCEPT"


def test_raw_comes_before_states() -> None:
    rules = ("-t raw -A PREROUTING -m state --state NEW -j DROP", "-t raw -A PREROUTING -p tcp -j NOTRACK")
    found = walk(*rules, table="raw", chain="PREROUTING")
    assert (found.verdict, found.packet.state) == ("ACCEPT", "UNTRACKED")
    assert walk("-t raw -N none", table="raw", chain="PREROUTING").packet.state == "NEW"
    later = WEB._replace(balanced=True)
    assert walk(*rules, table="raw", chain="PREROUTING", packet=later).verdict == "DROP"


def test_what_no_input_tells() -> None:
    assert traverse(None, "filter", "INPUT", WEB) == (*Walked("ACCEPT", WEB)[:4], False, ())
    rules = ruleset("-A INPUT -p tcp -j DROP")
    assert not traverse(rules, "nat", "PREROUTING", WEB).complete
    assert traverse(rules, "filter", "INPUT", WEB).complete
    (table,) = rules.tables
    unsure = traverse(replace(rules, tables=(replace(table, complete=False),)), "filter", "INPUT", WEB)
    assert (unsure.verdict, unsure.certain, unsure.complete) == ("DROP", True, False)


def test_calls_in_circles_end() -> None:
    rules = ruleset("-N a", "-N b", "-A a -j LOG", "-A b -g a", "-A INPUT -j a")
    (table,) = rules.tables
    chains = {chain.name: chain for chain in table.chains}
    chains["a"] = replace(chains["a"], rules=(replace(chains["b"].rules[0], spec=_goto(chains, "b")),))
    broken = replace(rules, tables=(replace(table, chains=tuple(chains.values())),))
    found = traverse(broken, "filter", "INPUT", WEB)
    assert (found.verdict, found.certain) == ("UNKNOWN", False)


def _goto(chains: dict[str, Any], name: str) -> Any:
    spec = chains["b"].rules[0].spec
    return replace(spec, target=replace(spec.target, name=name))


def test_many_doubts_stay_affordable() -> None:
    rules = [f"-A INPUT -m recent --rcheck --name r{number} -j MARKED" for number in range(300)]
    found = walk("-N MARKED", "-A MARKED -m recent --rcheck --name x -j RETURN", *rules, "-A INPUT -j DROP")
    assert (found.verdict, found.certain) == ("DROP", True)
