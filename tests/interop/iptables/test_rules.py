"""Generated rules: real iptables takes the ones that we take, refuses the others the same way, and saves our text."""

from __future__ import annotations

from collections import Counter

import filter_judge
import pytest
from filter_rules import Generator, Words

from lvscompile.backends.iptables import save
from lvscompile.frontends.replay.netfilter import Netfilter
from lvscompile.ir.netfilter import Command, Event
from lvscompile.syntax.source import Source
from lvscompile.syntax.statements import Stmt

pytestmark = pytest.mark.netns
RULES = {4: 900, 6: 400}
PROGRAM = {4: "iptables", 6: "ip6tables"}


def origin(line: str = "") -> Stmt:
    return Stmt("RULE", Source("generated", line), 0, len(line), 1, line)


def generated(family: int) -> list[Words]:
    generator = Generator(20, family)
    rules = []
    for _ in range(RULES[family]):
        table, chain, words = generator.rule()
        rules.append(["-t", table, "-A", chain, *words])
    return rules


@pytest.mark.parametrize("family", [4, 6])
def test_generated_rules(family: int) -> None:
    program = f"{PROGRAM[family]}-legacy"
    rules = generated(family)
    answers = filter_judge.run([*([program, *words] for words in rules), f"{program}-save"])
    netfilter = Netfilter(family, strict=True)
    counts: Counter[int] = Counter()
    different = []
    for words, answer in zip(rules, answers, strict=False):
        outcome = netfilter.run(words, origin()).outcome
        assert outcome is not None
        counts[answer.status] += 1
        # A rule that the kernel refuses for two reasons is refused for the first that it comes to.
        if outcome.status != answer.status:
            different.append((" ".join(words), answer, outcome))
    assert not different
    assert filter_judge.saved(save(netfilter.ruleset())) == filter_judge.saved(answers[-1].text)
    assert min(counts.values()) > RULES[family] / 8, "the generator makes good rules and bad ones"
    assert counts[0] > RULES[family] / 4


@pytest.mark.parametrize("family", [4, 6])
def test_what_we_emit_loads_to_itself(family: int) -> None:
    netfilter = Netfilter(family, strict=True)
    for words in generated(family):
        netfilter.run(words, origin())
    text = save(netfilter.ruleset(), counters=True)
    assert text.count("\n-A") + text.count("] -A") > RULES[family] / 4
    program = f"{PROGRAM[family]}-legacy"
    test, load, saved = filter_judge.run(
        [
            filter_judge.here(f"{program}-restore --test", text),
            filter_judge.here(f"{program}-restore --counters", text),
            f"{program}-save --counters",
        ]
    )
    assert (test.status, load.status) == (0, 0), test.text
    assert filter_judge.saved(saved.text) == filter_judge.saved(text)


def test_the_nft_variant_prints_the_same() -> None:
    """Of what it takes: it has no QUEUE, and asks whether a rule fits its chain even where no packet reaches it."""
    netfilter = Netfilter(4, strict=True)
    taken: list[tuple[Words, Event]] = []
    for words in generated(4):
        event = netfilter.run(words, origin())
        if event.outcome and event.outcome.ok and "QUEUE" not in words and "--nflog-range" not in words:
            taken.append((words, event))
    answers = filter_judge.run([*(["iptables-nft", *words] for words, _ in taken), "iptables-nft-save"])
    theirs = lines_of(answers[-1].text)
    agreed = 0
    for (words, event), answer in zip(taken, answers, strict=False):
        assert answer.status in (0, 4), (words, answer)
        if answer.status:
            assert "Invalid argument" in answer.text
            continue
        assert isinstance(event.command, Command)
        for spec in event.command.specs:
            assert theirs[event.table, event.chain].pop(0) == spec.text, words
        agreed += 1
    assert agreed > len(taken) * 0.9


def lines_of(saved: str) -> dict[tuple[str, str], list[str]]:
    """What is said of the rules of each chain."""
    rules: dict[tuple[str, str], list[str]] = {}
    table = ""
    for line in saved.split("\n"):
        if line[:1] == "*":
            table = line[1:]
        elif line[:3] == "-A ":
            chain, _, rest = line[3:].partition(" ")
            rules.setdefault((table, chain), []).append(f" {rest}" if rest else "")
    return rules
