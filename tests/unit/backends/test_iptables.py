"""Rulesets as iptables-save prints them."""

from __future__ import annotations

from lvscompile.backends.iptables import save, save_table
from lvscompile.frontends.replay.netfilter import Netfilter
from lvscompile.syntax.iptables.scan import scan
from lvscompile.syntax.source import Source

DUMP = """\
*filter
:INPUT DROP [1:2]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:Z - [0:0]
:a - [0:0]
[3:4] -A INPUT -i lo -j ACCEPT
[0:0] -A INPUT -p tcp -m comment --comment "a \\"b\\"" -m tcp --dport 80 -j a
[0:0] -A a -j Z
COMMIT
"""


def ruleset(text: str):  # type: ignore[no-untyped-def]
    netfilter = Netfilter()
    netfilter.restore(scan(Source("dump", text)))
    return netfilter.ruleset()


def test_a_saved_dump_is_saved_as_it_is() -> None:
    assert save(ruleset(DUMP), counters=True) == DUMP


def test_without_counters_those_of_the_chains_stay() -> None:
    text = save(ruleset(DUMP))
    assert ":INPUT DROP [1:2]\n" in text
    assert "\n-A INPUT -i lo -j ACCEPT\n" in text


def test_chains_are_in_order_whatever_the_input_s_was() -> None:
    turned = DUMP.replace(":Z - [0:0]\n:a - [0:0]\n", ":a - [0:0]\n:Z - [0:0]\n")
    assert turned != DUMP
    assert save(ruleset(turned), counters=True) == DUMP


def test_tables_stand_side_by_side() -> None:
    found = ruleset(f"*raw\nCOMMIT\n{DUMP}")
    assert save(found) == save_table(found.tables[0]) + save_table(found.tables[1])
    assert save_table(found.tables[0]) == "*raw\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n"
