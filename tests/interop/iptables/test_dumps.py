"""Dumps of every age, whole and broken: real iptables-restore ends as ours does, and holds what ours holds."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import filter_judge
import pytest
from filter_rules import Generator

from lvscompile.backends.iptables import save
from lvscompile.frontends.replay.netfilter import Netfilter
from lvscompile.ir.netfilter import Outcome
from lvscompile.syntax.iptables.scan import scan
from lvscompile.syntax.source import Source

pytestmark = pytest.mark.netns
DUMPS = sorted((Path(__file__).parent / "dumps").glob("*.save"))
# Refused by 1.8.9, which has forgotten what older versions wrote.
OLD = {"negations", "addons"}


def restored(text: str, family: int = 4, strict: bool = True, **options: object) -> tuple[Netfilter, Outcome]:
    netfilter = Netfilter(family, strict=strict)
    events = netfilter.restore(scan(Source("dump", text)), **options)  # type: ignore[arg-type]
    worst = next((event.outcome for event in events if event.outcome and not event.outcome.ok), Outcome())
    return netfilter, worst


def real(text: str, options: str = "", before: str = "") -> str:
    """A line of shell: restore a dump in a namespace of its own, tell the status, save."""
    first = f"{filter_judge.here('iptables-legacy-restore', before)}; " if before else ""
    load = filter_judge.here(f"iptables-legacy-restore {options}", text)
    script = f"{first}{load}; echo status $?; iptables-legacy-save --counters"
    return f"unshare -n sh -c {filter_judge.shlex.quote(script)}"


def status_and_tables(answer: str) -> tuple[int, str, str]:
    said, _, rest = answer.rpartition("status ")
    status, _, tables = rest.partition("\n")
    return int(status), filter_judge.message(said), without_empty(filter_judge.saved(tables))


@pytest.mark.parametrize("counters", [False, True])
@pytest.mark.parametrize("path", DUMPS, ids=lambda path: path.stem)
def test_dumps_of_every_age(path: Path, counters: bool) -> None:
    text = path.read_text()
    answer = filter_judge.run([real(text, "--counters" if counters else "")])[0]
    status, _, tables = status_and_tables(answer.text)
    strict, outcome = restored(text, counters=counters)
    assert outcome.status == status
    assert without_empty(filter_judge.saved(save(strict.ruleset(), counters=True))) == tables
    # With --counters, each policy must have some.
    assert (status != 0) == (path.stem in OLD or (counters and path.stem == "by-hand"))
    # Read as what it was when it was written, and written as today's iptables takes it.
    mild, outcome = restored(text, strict=False)
    assert outcome.ok
    ours = save(mild.ruleset(), counters=True)
    if path.stem != "addons":
        status, _, tables = status_and_tables(filter_judge.run([real(ours, "--counters")])[0].text)
        assert status == 0
        assert tables == without_empty(filter_judge.saved(ours))


def test_broken_dumps() -> None:
    """Lines lost, doubled, cut, moved: the status is the same, and what was committed before."""
    dice = random.Random(19)
    whole = [path.read_text() for path in DUMPS if path.stem not in OLD and path.stem != "by-hand"]
    texts = [broken(dice, dice.choice(whole)) for _ in range(250)]
    answers = filter_judge.run([real(text, "--counters") for text in texts])
    counts: Counter[int] = Counter()
    for text, answer in zip(texts, answers, strict=True):
        status, told, tables = status_and_tables(answer.text)
        netfilter, outcome = restored(text)
        counts[status] += 1
        assert outcome.status == status, (text, told, outcome)
        ours = filter_judge.saved(save(netfilter.ruleset(), counters=True))
        assert without_empty(ours) == tables, text
    assert counts[0] > 20
    assert counts[1] + counts[2] > 100


def without_empty(text: str) -> str:
    """Without tables that are as they are when they come into being."""
    kept = []
    for table in text.split("COMMIT\n"):
        if "-A " in table or " - " in table or " DROP " in table or any(d in table for d in "123456789"):
            kept.append(table)
    return "COMMIT\n".join(kept)


def broken(dice: random.Random, text: str) -> str:
    lines = text.split("\n")
    for _ in range(dice.choice([1, 1, 2])):
        lines = lines or [""]
        place = dice.randrange(len(lines))
        kind = dice.randrange(9)
        if kind == 0:
            del lines[place]
        elif kind == 1:
            lines.insert(place, lines[place])
        elif kind == 2:
            del lines[place:]
        elif kind == 3:
            lines[place] = lines[place][: dice.randrange(len(lines[place]) + 1)]
        elif kind == 4:
            lines.insert(
                place, dice.choice(["*nat", "*filter", "COMMIT", "", "garbage", " # no", ":x - [0:0]", "-F", ":INPUT"])
            )
        elif kind == 5:
            lines[place] = lines[place].replace("-A", dice.choice(["-I", "-D", "-X", "--append", "-C"]))
        elif kind == 6:
            lines[place] = lines[place].replace("ACCEPT", dice.choice(["DROP", "nowhere", "RETURN", "ACCPET"]))
        elif kind == 7:
            lines[place] = dice.choice(["[1:2] ", "[1:2", "[x:y] ", " "]) + lines[place]
        else:
            lines[place] += dice.choice([" ", "\t", "\r", ' "', " !", " --dport 80", " #"])
    return "\n".join(lines)


def test_noflush_and_one_table() -> None:
    before = (Path(__file__).parent / "dumps" / "modern.save").read_text()
    text = (Path(__file__).parent / "dumps" / "rhel5.save").read_text()
    cases: list[tuple[str, dict[str, object]]] = [
        ("--noflush", {"noflush": True}), ("-T nat", {"table": "nat"}), ("-T filter -n", {"table": "filter", "noflush": True}),
        ("", {}), ("-T mangle", {"table": "mangle"}),
    ]  # fmt: skip
    answers = filter_judge.run([real(text, f"--counters {options}", before) for options, _ in cases])
    for (name, options), answer in zip(cases, answers, strict=True):
        netfilter = Netfilter(4, strict=True)
        netfilter.restore(scan(Source("before", before)), counters=False)
        events = netfilter.restore(scan(Source("dump", text)), **options)  # type: ignore[arg-type]
        status, _, tables = status_and_tables(answer.text)
        assert (status, all(event.outcome and event.outcome.ok for event in events)) == (0, True), name
        assert without_empty(filter_judge.saved(save(netfilter.ruleset(), counters=True))) == tables, name


@pytest.mark.parametrize("family", [4, 6])
def test_a_generated_dump_survives_the_round_trip(family: int) -> None:
    """Our text of what we read is what real iptables saves of what it restores: canonical and not."""
    generator = Generator(5, family)
    lines = ["*mangle\n"]
    from lvscompile.frontends.iptables.commands import parse
    from lvscompile.frontends.replay.netfilter_tables import TableState
    from lvscompile.ir.netfilter import Command
    from lvscompile.syntax.iptables.words import bare

    for _ in range(600):
        table, chain, words = generator.rule()
        command = parse(["-A", chain, *words], family, strict=True, table="mangle")
        if table != "mangle" or not isinstance(command, Command):
            continue
        state = TableState("mangle", family)
        if all(not state.takes_more(state.chains[chain], state.ties(spec)) for spec in command.specs):
            lines.append(f"-A {chain} {' '.join(bare(word) for word in words)}\n")
    assert len(lines) > 40
    text = "".join([*lines, "COMMIT\n"])
    program = {4: "iptables-legacy", 6: "ip6tables-legacy"}[family]
    load, saved = filter_judge.run([filter_judge.here(f"{program}-restore", text), f"{program}-save"])
    assert load.status == 0, load.text
    netfilter, outcome = restored(text, family)
    assert outcome.ok
    assert filter_judge.saved(save(netfilter.ruleset())) == filter_judge.saved(saved.text)
