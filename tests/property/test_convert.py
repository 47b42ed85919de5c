"""Whatever the configuration: converted it means the same, converting again changes nothing, and nothing is left to mend."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lvscompile.app.load import load
from lvscompile.backends.keepalived import emit
from lvscompile.ir.compare import Change, compare
from lvscompile.ir.core import KNOWN_KEEPALIVED, Target
from lvscompile.ir.settings import ADDING, AFTER, FIRST_COUNTS, OPPOSITES, STAYING, SYNONYMS
from lvscompile.ir.site import Director
from lvscompile.lint.engine import Host, lint
from lvscompile.syntax.keepalived.arguments import check
from lvscompile.syntax.keepalived.keywords import ROOT, Keyword, item, table
from lvscompile.syntax.source import decode, encode

NEWEST = Target()
targets = st.sampled_from([NEWEST, *(Target(version) for version in (KNOWN_KEEPALIVED[0], (2, 2, 7), (2, 3, 2)))])

# Words that some type or other takes, in several spellings, and words that none takes.
WORDS = (
    "0", "1", "2", "007", "+5", "51", "100", "254", "255", "256", "300", "80", "65535", "99999999999", "1.5", ".5", "1.", "0.010", "-3",
    "on", "off", "true", "no", "yes", "ON", "MASTER", "BACKUP", "PASS", "AH", "rr", "wlc", "sh", "NAT", "DR", "TUN", "TCP", "udp", "A",
    "10.0.0.1", "10.0.0.2", "10.0.0.1/24", "10.0.0.300", "2001:db8::1", "2001:DB8:0::1/64", "224.0.0.18", "ff02::12", "default",
    "eth0", "eth1", "an-interface-too-long", "root", "name", "a b", "a#b", "a!b", "a{b}", "", "@x", "~y", "caf\xe9", "$X", "${X", "x\\",
    "/bin/true", "/bin/sh -c 'a b'", "/tmp/x", "a@b.c", "weight", "5", "reverse", "dev", "scope", "label", "via", "table", "priority",
    "0" * 32, "ab" * 40, "k" * 40, "hex:" + "ab" * 32, "200-299", "10.0.0.1-9", "fwmark", "group", "deadbeef", "IRUSR|IWUSR", "all",
)  # fmt: skip
NAMES = (
    "A",
    "B",
    "C",
    "VI_1",
    '"x y"',
    "long-name",
    "10.0.0.1 80",
    "10.0.0.2 80",
    "fwmark 7",
    "group A",
    "2001:db8::1 443",
    "10.0.0.1 53",
)
ONE_NAME = ("vrrp_instance", "vrrp_sync_group", "track_group", "bfd_instance")
INSERTED = (
    "# a comment",
    "",
    "frob 1",
    "}",
    "{",
    '"',
    "vrrp_instance A {",
    "priority 77 {",
    "x \\",
    "$P=77",
    "priority $P",
    "@me priority 9",
    "@you x",
)


@cache
def fitting(expression: Any) -> tuple[str, ...]:
    """The words that an argument takes when it stands alone."""
    return tuple(word for word in WORDS if word and check(expression, (word,)) is None)


def quoted(word: str) -> str:
    return f'"{word}"' if not word or any(char in word for char in " #!{}@~") else word


@st.composite
def arguments(draw: st.DrawFn, expression: Any) -> str:
    """Mostly one word that fits, sometimes none, any, or several."""
    known = fitting(expression) if expression else ()
    if not expression:
        return draw(st.sampled_from(("", "", "", "off")))
    how = draw(st.integers(0, 9))
    if known and how < 8:
        return quoted(draw(st.sampled_from(known)))
    some = draw(st.lists(st.sampled_from(WORDS), max_size=3))
    return " ".join(map(quoted, some))


@st.composite
def bodies(draw: st.DrawFn, block: str, depth: int = 0) -> list[str]:
    """Lines of a block."""
    keywords = [keyword for keyword in table(block).values() if not keyword.body]
    lines: list[str] = []
    if keywords:
        for keyword in draw(st.lists(st.sampled_from(keywords), max_size=6)):
            lines.append(f"{keyword.name} {draw(arguments(keyword.arguments))}".rstrip())
    inner = [keyword for keyword in table(block).values() if keyword.body]
    if inner and depth < 3:
        for keyword in draw(st.lists(st.sampled_from(inner), max_size=3)):
            lines += draw(block_of(keyword, depth + 1))
    return draw(st.permutations(lines)) if depth and not any("{" in each or "}" in each for each in lines) else lines


@st.composite
def block_of(draw: st.DrawFn, keyword: Keyword, depth: int = 0) -> list[str]:
    names = [each for each in NAMES if " " not in each] if keyword.name in ONE_NAME else NAMES
    name = " " + draw(st.sampled_from(names)) if keyword.arguments else ""
    if keyword.body == "block":
        lines = draw(bodies(keyword.path, depth))
    else:
        known = fitting(item(keyword.item_name)) or WORDS
        lines = [
            " ".join(map(quoted, words))
            for words in draw(
                st.lists(
                    st.one_of(
                        st.tuples(st.sampled_from(known)),
                        st.tuples(
                            st.sampled_from(known), st.sampled_from(("weight", "dev")), st.sampled_from(("5", "eth0"))
                        ),
                        st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(tuple),
                    ),
                    max_size=4,
                )
            )
        ]
    return [f"{keyword.name}{name} {{", *(f"  {each}" for each in lines), "}"]


blocks = st.sampled_from([keyword for keyword in ROOT.values() if keyword.body]).flatmap(block_of)
instances = st.just(ROOT["vrrp_instance"]).flatmap(block_of)
sound = st.lists(st.one_of(blocks, instances), max_size=5).map(lambda parts: [line for part in parts for line in part])


@st.composite
def configurations(draw: st.DrawFn) -> str:
    """Blocks of keywords with values that fit or not; sometimes with a foreign line or two in between."""
    lines = list(draw(sound))
    for _ in range(draw(st.sampled_from((0, 0, 0, 1, 2)))):
        lines.insert(draw(st.integers(0, len(lines))), draw(st.sampled_from(INSERTED)))
    return "".join(f"{each}\n" for each in lines)


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Host]:
    path = tmp_path_factory.mktemp("convert") / "me.conf"

    def run(text: str) -> Host:
        path.write_bytes(encode(text))
        return load([f"me={path}"], kinds={str(path): "keepalived"}).hosts[0]

    return run


def converted(host: Host, target: Target = NEWEST) -> str:
    return emit(host.director, target).text


def said(changes: tuple[Change, ...]) -> list[tuple[Any, ...]]:
    return [(c.path, c.before and c.before.value, c.after and c.after.value) for c in changes]


def same(one: Director, other: Director, target: Target = NEWEST) -> None:
    assert said(compare(one, other, target)) == []


@given(text=configurations(), target=targets)
@example(text="\\\n", target=NEWEST)
@example(text="vrrp_instance A {\nnopreempt\npreempt\nno_accept\naccept\n}\n", target=NEWEST)
@example(text="virtual_server 10.0.0.1 80 {\nsh-port\nlb_algo sh\nlvs_sched rr\n}\n", target=NEWEST)
def test_the_output_means_the_same_and_stays(read, text: str, target: Target) -> None:
    before = read(text)
    output = converted(before, target)
    after = read(output)
    same(before.director, after.director, target)
    assert converted(after, target) == output


@given(text=configurations())
def test_nothing_is_left_to_mend_in_the_syntax(read, text: str) -> None:
    host = read(converted(read(text)))
    found = lint([host], NEWEST, wanted=lambda code: code.startswith("LVS1")).findings
    # A backslash at the end of a line is a part of the word, and there is no other way to say it.
    assert [(f.code, f.message) for f in found if f.severity == "error" and f.code != "LVS117"] == []


@given(one=configurations(), other=configurations(), target=targets)
def test_comparison_is_symmetric(read, one: str, other: str, target: Target) -> None:
    a, b = read(one).director, read(other).director
    same(a, a, target)
    there, back = compare(a, b, target), compare(b, a, target)
    assert {(path, x, y) for path, x, y in said(there)} == {(path, y, x) for path, x, y in said(back)}


ALONE = {*FIRST_COUNTS, *ADDING, *AFTER, *OPPOSITES, *OPPOSITES.values(), *STAYING, *SYNONYMS, *SYNONYMS.values()}
ALONE |= {value for value, _ in AFTER.values()}


@given(data=st.data())
def test_order_of_settings_and_instances(read, data: st.DataObject) -> None:
    """Each keyword once: of several the last counts."""
    names = data.draw(st.lists(st.sampled_from(("A", "B", "C")), min_size=1, max_size=3, unique=True))
    scalars = [k for k in table("vrrp_instance").values() if not k.body and k.name not in ALONE and k.path not in ALONE]
    parts = []
    for name in names:
        chosen = data.draw(st.lists(st.sampled_from(scalars), max_size=6, unique_by=lambda k: k.name))
        parts.append((name, [f"{k.name} {data.draw(arguments(k.arguments))}" for k in chosen]))

    def text(parts: list[tuple[str, list[str]]]) -> str:
        return "".join("\n".join((f"vrrp_instance {name} {{", *lines, "}\n")) for name, lines in parts)

    shuffled = [(name, data.draw(st.permutations(lines))) for name, lines in data.draw(st.permutations(parts))]
    same(read(text(parts)).director, read(text(shuffled)).director)


def literal(keyword: Keyword) -> bool:
    """Whether the default is a value that can be written, not a word about it."""
    if not keyword.arguments:
        return False
    return bool(keyword.default) and check(keyword.arguments, tuple(keyword.default.split())) is None


@given(data=st.data())
def test_a_default_that_is_written_out(read, data: st.DataObject) -> None:
    block = data.draw(st.sampled_from(("vrrp_instance", "vrrp_script", "global_defs", "virtual_server")))
    known = [k for k in table(block).values() if not k.body and literal(k) and k.default.split() == [k.default]]
    keyword = data.draw(st.sampled_from(known))
    name = {"vrrp_instance": " A", "vrrp_script": " A", "virtual_server": " 10.0.0.1 80"}.get(block, "")
    bare, written = f"{block}{name} {{\n}}\n", f"{block}{name} {{\n{keyword.name} {keyword.default}\n}}\n"
    same(read(bare).director, read(written).director)


any_text = st.one_of(
    configurations(),
    st.binary(max_size=200).map(decode),
    st.lists(st.sampled_from((*INSERTED, *WORDS, "\n", "\r\n", "\t", "\0x", "include no-such-file")), max_size=20).map(
        "\n".join
    ),
)


@settings(max_examples=150)
@given(text=any_text, target=targets, seed=st.integers(0, 99))
def test_nothing_raises(read, text: str, target: Target, seed: int) -> None:
    """Not even on a text with pieces missing."""
    chosen = random.Random(seed)
    if seed % 2 and text:
        at = chosen.randrange(len(text))
        text = text[:at] + text[at + chosen.randrange(1, 20) :]
    if b"\0" in encode(text)[:1024]:
        return  # refused as a binary file
    host = read(text)
    output = converted(host, target)
    again = read(output)
    assert converted(again, target) == output
    same(host.director, again.director, target)


def test_a_track_group_with_two_names(read) -> None:
    assert converted(read("track_group A B {\n}\n")) == "# lvscompile: not carried over: track_group A B {\n"
