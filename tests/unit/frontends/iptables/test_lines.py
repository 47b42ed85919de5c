"""Dump lines by their parts: the same as word by word, or left to it."""

from __future__ import annotations

import pytest

from lvscompile.frontends.iptables import lines
from lvscompile.frontends.iptables.commands import parse
from lvscompile.ir.netfilter import Command
from lvscompile.syntax.iptables.words import words

PLAIN = [
    "-A INPUT -j ACCEPT",
    "-A INPUT ! -s 10.0.0.0/8 -d 192.0.2.1/32 ! -i eth0 -p tcp -m state --state NEW -m tcp --dport 80 -j ACCEPT",
    "-A INPUT -p ! x",
    '-A INPUT -m comment --comment "it\\"s -j DROP" -j LOG --log-prefix "a b: "',
    "-A OUTPUT ! -p tcp -m mark ! --mark 0x1 -j MARK --set-mark 2",
    "-A OUTPUT -o lo -j my-chain",
    "-A PREROUTING ! -p tcp -j DNAT --to-destination 192.0.2.1:80",
    "-A INPUT -s 10.1.2.3/8 -j REJECT",
    "-A x -p 112 -j RETURN",
    "-A INPUT",
    "-A INPUT -p tcp -m multiport ! --dports 80,443 -m limit --limit 5/min --limit-burst 7",
]
LEFT = [
    "-I INPUT -j ACCEPT",
    "-A INPUT -s ! 10.0.0.0/8",
    "-A INPUT -s 10.0.0.1,10.0.0.2",
    "-A INPUT -s 10.0.0.1 -s 10.0.0.2",
    "-A INPUT -p tcp --dport 80",
    "-A INPUT -m tcp --dport 80 -p tcp",
    "-A INPUT -p tcp -m tcp --destination-p 80",
    "-A INPUT -o eth0 -j ACCEPT",
    "-A INPUT -f -j ACCEPT",
    "-A INPUT -g there",
    "-A INPUT -m psd --psd-weight 5",
    "-A INPUT -m time --days Mon",
    '-A INPUT -m comment --comment "a"b',
    '-A "IN PUT" -j ACCEPT',
    "-A INPUT ! -m state --state NEW",
    "-A INPUT -j ACCEPT -j DROP",
    "-A INPUT -p tcp -m tcp --tcp-flags SYN -j DROP",
    "-A INPUT -m mark --mark x",
    "-A INPUT -c 1 2 -j ACCEPT",
]


@pytest.mark.parametrize("text", PLAIN)
def test_both_ways_lead_to_the_same_rule(text: str) -> None:
    found = lines.rule(text, 4, "mangle")
    command = parse(words(text), 4, strict=True, table="mangle")
    if found is None:
        assert not isinstance(command, Command)
        return
    assert isinstance(command, Command)
    chain, spec = found
    assert (chain, spec.text) == (command.chain, command.specs[0].text)
    assert repr(spec) == repr(command.specs[0])


@pytest.mark.parametrize("text", LEFT)
def test_what_is_left_to_the_other_way(text: str) -> None:
    assert lines.rule(text, 4, "filter") is None


def test_nat_drops_nothing() -> None:
    assert lines.rule("-A OUTPUT -j DROP", 4, "nat") is None
    assert lines.rule("-A OUTPUT -j DROP", 4, "filter") is not None
