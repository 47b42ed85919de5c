"""Sequences of commands: each ends as real iptables ends it, and the tables are the same in the end."""

from __future__ import annotations

import filter_judge
import pytest
from filter_commands import BUILT_IN, Sequences

from lvscompile.backends.iptables import save
from lvscompile.frontends.replay.netfilter import Netfilter
from lvscompile.syntax.source import Source
from lvscompile.syntax.statements import Stmt

pytestmark = pytest.mark.netns
SEQUENCES = 220
LENGTH = 25
# A namespace of its own for each sequence costs more than to empty the tables.
EMPTY = "".join(
    f"*{table}\n{''.join(f':{chain} ACCEPT [0:0]{chr(10)}' for chain in chains)}COMMIT\n"
    for table, chains in BUILT_IN.items()
)


def test_generated_sequences() -> None:
    generator = Sequences(7)
    sequences = [generator.sequence(LENGTH) for _ in range(SEQUENCES)]
    commands = []
    for sequence in sequences:
        commands += [
            filter_judge.here("iptables-legacy-restore --counters", EMPTY),
            *(["iptables-legacy", *words] for words in sequence),
            "iptables-legacy-save --counters",
        ]
    answers = iter(filter_judge.run(commands))
    origin = Stmt("RULE", Source("generated", ""), 0, 0, 1, "")
    failed = 0
    for sequence in sequences:
        assert next(answers).status == 0
        netfilter = Netfilter(4, strict=True)
        for table in BUILT_IN:
            netfilter.table(table)
        for index, words in enumerate(sequence):
            answer = next(answers)
            outcome = netfilter.run(words, origin).outcome
            told = filter_judge.message(answer.text) if answer.status else ""
            assert outcome is not None
            assert (outcome.status, outcome.message) == (answer.status, told), sequence[: index + 1]
            failed += not outcome.ok
        text = save(netfilter.ruleset(), counters=True)
        assert filter_judge.saved(text) == filter_judge.saved(next(answers).text), sequence
    assert SEQUENCES * LENGTH / 4 < failed < SEQUENCES * LENGTH * 3 / 4
