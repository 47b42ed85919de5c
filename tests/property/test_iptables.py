"""Any text is a dump, any words are a command line: nothing is lost, nothing crashes, nothing is read two ways."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from lvscompile.backends.iptables import save
from lvscompile.frontends.iptables import lines
from lvscompile.frontends.iptables.commands import parse
from lvscompile.frontends.replay.netfilter import Netfilter
from lvscompile.ir.netfilter import Command, UsageError
from lvscompile.syntax.iptables.options import extensions
from lvscompile.syntax.iptables.scan import scan, tree
from lvscompile.syntax.iptables.words import bare, spans, words
from lvscompile.syntax.source import Source

OPTIONS = sorted({f"--{name}" for kind in ("match", "target") for each in extensions(kind, 4) for name in each.options})
NAMES = sorted({each.name for kind in ("match", "target") for each in extensions(kind, 4)})
VALUES = [
    "1", "0", "80", "1:5", "5/s", "tcp", "udp", "icmp", "eth0", "10.0.0.0/8", "NEW", "src,dst", "a b", "", "!", "-", "--", "x=y",
    "0x10/0xff", "255", "4294967296", "random", "nth", "0.5", "Mon", "08:00", "00:11:22:33:44:55", "192.0.2.1:80", "[::1]:80",
    "|41|", '"', "\\", "é", ":", "/", ",", "1-2", "mark", "any", "SYN", "INIT", "both", "bytes", "EF", "1:10", "-1", "9" * 30,
]  # fmt: skip
WORDS = st.one_of(
    st.sampled_from(["-A", "-I", "-D", "-R", "-N", "-X", "-F", "-P", "-E", "-Z", "-C", "-t", "-s", "-d", "-i", "-o", "-p",
                     "-j", "-g", "-m", "-c", "-f", "-4", "-6", "-w", "-nvL", "!", "INPUT", "nat", "filter", "own"]),
    st.sampled_from(OPTIONS), st.sampled_from(NAMES), st.sampled_from(VALUES), st.text(max_size=4),
)  # fmt: skip
RULE = st.lists(WORDS, max_size=12).map(lambda found: " ".join(["-A", "INPUT", *map(bare, found)]))
LINE = st.one_of(
    RULE,
    st.sampled_from(["*filter", "*nat", "*x", "*", "COMMIT", "COMMIT ", ":INPUT ACCEPT [0:0]", ":own - [0:0]", ":x", "#", ""]),
    st.lists(WORDS, max_size=6).map(" ".join),
    st.text(max_size=20),
)  # fmt: skip
TEXT = st.one_of(st.lists(LINE, max_size=12).map("\n".join), st.text())


@given(TEXT)
def test_lines_joined_are_the_text(text: str) -> None:
    source = Source("dump", text)
    assert "".join(stmt.text for stmt in scan(source)) == text
    assert "".join(stmt.text for stmt in tree(source).scan_values(lambda _: True)) == text


@given(TEXT, st.booleans(), st.sampled_from([4, 6]))
def test_any_dump_ends_somehow_and_each_line_is_told_of(text: str, strict: bool, family: int) -> None:
    netfilter = Netfilter(family, strict=strict)
    statements = list(scan(Source("dump", text)))
    events = netfilter.restore(statements)
    assert len(events) <= len(statements) + 1
    for event in events:
        event.span()
    again = Netfilter(family, strict=strict)
    saved = save(netfilter.ruleset(), counters=True)
    again.restore(scan(Source("saved", saved)))
    assert save(again.ruleset(), counters=True) == saved


@given(st.lists(WORDS, max_size=14), st.booleans(), st.sampled_from([4, 6]))
def test_any_words_are_a_command_or_a_refusal(found: list[str], strict: bool, family: int) -> None:
    assert isinstance(parse(found, family, strict=strict), Command | UsageError)


@given(RULE, st.sampled_from([4, 6]), st.sampled_from(["filter", "nat"]))
@settings(max_examples=300)
def test_a_line_is_the_same_rule_both_ways(text: str, family: int, table: str) -> None:
    quick = lines.rule(text, family, table)
    if quick is not None:
        slow = parse(words(text), family, strict=True, table=table)
        assert isinstance(slow, Command), slow
        assert (slow.chain, repr(slow.specs[0])) == (quick[0], repr(quick[1]))


@given(st.lists(st.text(st.characters(exclude_characters="\0"), max_size=6)))
def test_words_survive_being_written(found: list[str]) -> None:
    text = " ".join(map(bare, found))
    assert words(text) == found
    assert len(spans(text)) == len(found)


def test_well_formed_rules_are_the_same_both_ways() -> None:
    """Options with values that fit are rare among random ones."""
    dice = random.Random(3)
    taken = 0
    for _ in range(6000):
        kind = dice.choice(["match", "target"])
        each = dice.choice(extensions(kind, 4))
        rows = dice.sample(list(each.options.values()), min(len(each.options), dice.choice([0, 1, 1, 2])))
        given_ = [
            part
            for row in rows
            for part in (f"--{row.written}", *(bare(dice.choice(VALUES)) for _ in range(row.words)))
        ]
        proto = dice.choice(["", "-p tcp ", "-p udp ", "! -p tcp "])
        text = f"-A INPUT {proto}-{'m' if kind == 'match' else 'j'} {each.name} {' '.join(given_)}".rstrip()
        quick = lines.rule(text, 4, "filter")
        if quick is not None:
            taken += 1
            slow = parse(words(text), 4, strict=True, table="filter")
            assert isinstance(slow, Command), (text, slow)
            assert repr(slow.specs[0]) == repr(quick[1]), text
    assert taken > 300
