"""The text of iptables-save, without its remarks on when and by whom it was made."""

from __future__ import annotations

from collections.abc import Iterator

from lvscompile.ir.netfilter import Chain, Ruleset, Table


def save(ruleset: Ruleset, *, counters: bool = False) -> str:
    """All tables of a family. With `counters`, rules have theirs in front, as `iptables-save -c` prints them."""
    return "".join(save_table(table, counters=counters) for table in ruleset.tables)


def save_table(table: Table, *, counters: bool = False) -> str:
    lines = [f"*{table.name}\n"]
    lines += [_head(chain) for chain in table.chains]
    for chain in table.chains:
        lines += _rules(chain, counters)
    lines.append("COMMIT\n")
    return "".join(lines)


def _head(chain: Chain) -> str:
    packets, octets = chain.counters
    return f":{chain.name} {chain.policy or '-'} [{packets}:{octets}]\n"


def _rules(chain: Chain, counters: bool) -> Iterator[str]:
    for rule in chain.rules:
        packets, octets = rule.counters
        yield f"{f'[{packets}:{octets}] ' if counters else ''}-A {chain.name}{rule.text}\n"
