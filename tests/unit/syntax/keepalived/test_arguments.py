"""The argument checker: every type, every way of combining them, and what a mismatch says."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lvscompile.grammars.expressions import compile_expression
from lvscompile.grammars.keepalived_keywords import EXPRESSIONS
from lvscompile.syntax.keepalived import arguments, keywords
from lvscompile.syntax.keepalived.arguments import Mismatch, check, describe

VS = "'fwmark' int(1..UINT32_MAX) | 'group' name | ip [port0]"
VIP = "ipmask { enum(brd broadcast) (ip4 | '+' | '-') | 'dev' ifname | 'label' word(15) | 'no_track' }"


def mismatch(source: str, words: list[str]) -> Mismatch:
    found = check(compile_expression(source), words)
    assert found is not None, f"{words} should not match {source}"
    return found


@pytest.mark.parametrize(
    ("source", "word", "expected", "choices"),
    [
        ("int(1..255)", "x", "a whole number from 1 to 255", ()),
        ("int(1..60 s)", "x", "a whole number of seconds from 1 to 60", ()),
        ("int(0..9 B)", "x", "a whole number of bytes from 0 to 9", ()),
        ("anyint(0..511)", "x", "a whole number from 0 to 511, also in hexadecimal or octal", ()),
        ("dec(0.000001..255 s)", "x", "a number of seconds from 0.000001 to 255 with at most 6 decimals", ()),
        ("dec(0..100 ms .3)", "x", "a number of milliseconds from 0 to 100 with at most 3 decimals", ()),
        ("enum(MASTER BACKUP)", "master", "MASTER or BACKUP", ("MASTER", "BACKUP")),
        ("nocase(TCP UDP SCTP)", "x", "TCP, UDP or SCTP", ("TCP", "UDP", "SCTP")),
        ("bool", "1", "on, true, yes, off, false or no", ("on", "true", "yes", "off", "false", "no")),
        ("ip", "x", "an IPv4 or IPv6 address", ()),
        ("hex(32)", "x", "32 hexadecimal digits", ()),
        ("word(15)", "x" * 16, "a word of at most 15 characters", ()),
        ("secret(1..8)", "", "a secret of 1 to 8 bytes", ()),
        ("range(100..599)", "x", "a number from 100 to 599, or two with - between", ()),
        (VS, "x", "fwmark, group or an IPv4 or IPv6 address", ("fwmark", "group")),
    ],
)
def test_what_a_mismatch_says(source: str, word: str, expected: str, choices: tuple[str, ...]) -> None:
    found = mismatch(source, [word])
    assert (found.expected, found.choices) == (expected, choices)


def test_a_flag_takes_nothing() -> None:
    assert check((), []) is None
    found = check((), ["no", "really"])
    assert found is not None
    assert (found.kind, found.word, found.expected) == ("extra", 0, "no argument")


MATCHING = [
    (VS, ["10.0.0.1 80", "10.0.0.1", "fwmark 5", "group A", "::1 0"]),
    (
        VIP,
        [
            "10.0.0.1/24",
            "10.0.0.1 dev eth0 brd +",
            "10.0.0.1 no_track broadcast 10.0.0.255 label a",
            "::1 dev x",
        ],
    ),
    ("script [user [group]]", ["/bin/x", "/bin/x root", "/bin/x root wheel"]),
    ("range(1..9)...", ["1", "1 2-3 4"]),
    ("nocase(MTU ADVERT)... | int(0..9)", ["mtu advert", "5", "ADVERT"]),
    ("('tcp' int(0..9) | 'udp' int(0..9))...", ["tcp 1", "udp 1 tcp 2 udp 3"]),
    (
        "{ mac | ifname }",
        ["", "eth0", "00:00:5e:00:01:33", "eth0 00:00:5e:00:01:33", "00:00:5e:00:01:33 eth0"],
    ),
    ("{ ('x' int(0..9))... | 'y' }", ["", "x 1 x 2 y", "y x 1"]),
    ("[ip] [name]", ["", "10.0.0.1", "abc", "10.0.0.1 abc"]),
    ("ip [ 'a' 'b' | 'a' 'c' 'd' ]", ["::1", "::1 a b", "::1 a c d"]),
]


@pytest.mark.parametrize(("source", "line"), [(source, line) for source, lines in MATCHING for line in lines])
def test_lines_that_match(source: str, line: str) -> None:
    assert check(compile_expression(source), line.split()) is None


@pytest.mark.parametrize(
    ("source", "line", "kind", "word", "expected"),
    [
        (VS, "", "missing", 0, "fwmark, group or an IPv4 or IPv6 address"),
        (VS, "10.0.0.1:80", "type", 0, "fwmark, group or an IPv4 or IPv6 address"),
        (VS, "10.0.0.1 http", "type", 1, "a port number from 0 to 65535"),
        (VS, "10.0.0.1 70000", "range", 1, "a port number from 0 to 65535"),
        (VS, "10.0.0.1 80 90", "extra", 2, "nothing more"),
        (VS, "fwmark", "missing", 1, "a whole number from 1 to 4294967295"),
        (VS, "fwmark x", "type", 1, "a whole number from 1 to 4294967295"),
        (VS, "group", "missing", 1, "a name"),
        (VIP, "10.0.0.1 deb eth0", "enum", 1, "brd, broadcast, dev, label or no_track"),
        (VIP, "10.0.0.1 10.0.0.2", "enum", 1, "brd, broadcast, dev, label or no_track"),
        (VIP, "10.0.0.1 dev", "missing", 2, "an interface name of at most 15 characters"),
        (VIP, "10.0.0.1 dev eth0 dev eth1", "extra", 3, "dev only once"),
        (VIP, "10.0.0.1 brd + broadcast +", "extra", 3, "broadcast only once"),
        (VIP, "10.0.0.1 brd x", "type", 2, "+, - or an IPv4 address"),
        (VIP, "10.0.0.1 label aaaaaaaaaaaaaaaa dev eth0", "length", 2, "a word of at most 15 characters"),
        ("script [user [group]]", "/bin/x a b c", "extra", 3, "nothing more"),
        ("range(1..9)...", "", "missing", 0, "a number from 1 to 9, or two with - between"),
        ("range(1..9)...", "1 2 10 3", "range", 2, "a number from 1 to 9, or two with - between"),
        ("('tcp' int(0..9) | 'udp' int(0..9))...", "tcp 1 udp", "missing", 3, "a whole number from 0 to 9"),
        ("('tcp' int(0..9) | 'udp' int(0..9))...", "tcp 1 x", "enum", 2, "tcp or udp"),
        ("{ mac | ifname }", "eth0 eth1", "type", 1, "a MAC address"),
        ("int(1..2) int(3..4)", "1", "missing", 1, "a whole number from 3 to 4"),
        ("int(1..2) | 'x'", "7", "range", 0, "x or a whole number from 1 to 2"),
    ],
)
def test_lines_that_do_not_match(source: str, line: str, kind: str, word: int, expected: str) -> None:
    found = mismatch(source, line.split())
    assert (found.kind, found.word, found.expected) == (kind, word, expected)
    assert repr(found).startswith(f"Mismatch('{kind}', {word}, ")


def test_a_long_list_of_words_is_counted_not_listed() -> None:
    found = check(keywords.item("route"), ["10.0.0.0/8", "dve", "eth0"])
    assert found is not None
    assert found.expected == f"one of {len(found.choices)} known words"
    assert "dev" in found.choices


@pytest.mark.parametrize(
    ("item", "line"),
    [
        ("vip", "10.0.0.1/24 brd 10.0.0.255 dev eth0 label eth0:1 scope global no_track"),
        ("vip", "2001:db8::1/64 preferred_lft 0 -nodad home use_vmac"),
        ("static_address", "10.0.0.1/24 dev eth0 track_group G scope 200"),
        ("route", "default via 10.0.0.1 dev eth0 table 5 metric 10"),
        ("route", "blackhole 10.0.0.0/8"),
        ("route", "src 10.0.0.9 to 10.1.0.0/16 via inet 10.0.0.1 mtu lock 1400 rtt 200ms"),
        ("route", "10.0.0.0/8 nexthop via 10.0.0.1 weight 2 nexthop via 10.0.0.2 dev eth0 onlink"),
        ("route", "10.0.0.0/8 encap ip id 5 dst 10.0.0.1 ttl 3 dev eth0 no_track"),
        ("rule", "not from 10.0.0.0/8 to all iif eth0 fwmark 0x1/0xff lookup 100 priority 0x10"),
        ("rule", "from all dport 80-90 ipproto tcp goto 500 preference 5"),
        ("rule", "from all type prohibit priority 7"),
        ("vsg_entry", "10.0.0.1-9 80"),
        ("vsg_entry", "fwmark 5 inet6"),
        ("unicast_peer", "10.0.0.1 min_ttl 250 max_ttl 255"),
        ("track_weighted", "eth0 weight -10 reverse"),
        ("track_weighted", "check"),
        ("track_weighted_254", "check noreverse weight 254"),
        ("beat_interface", "eth0 MII"),
        ("interface_delay", "eth0 1.5 2"),
        ("email", "root@localhost"),
    ],
)
def test_items(item: str, line: str) -> None:
    assert check(keywords.item(item), line.split()) is None


@pytest.mark.parametrize(
    ("item", "line", "kind", "word"),
    [
        ("track_weighted", "eth0 eth1", "enum", 1),
        ("track_weighted", "check weight 254", "range", 2),
        ("unicast_peer", "10.0.0.1 10.0.0.2", "enum", 1),
        ("vip", "10.0.0.1/24 10.0.0.2/24", "enum", 1),
        ("vsg_entry", "10.0.0.1 http", "type", 1),
        ("beat_interface", "eth0 mii", "enum", 1),
        ("route", "10.0.0.0/8 via", "missing", 2),
        ("rule", "from", "missing", 1),
    ],
)
def test_items_with_a_mistake(item: str, line: str, kind: str, word: int) -> None:
    found = check(keywords.item(item), line.split())
    assert found is not None
    assert (found.kind, found.word) == (kind, word)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("", "no argument"),
        ("int(1..255)", "a whole number from 1 to 255"),
        ("ip [port0]", "an IPv4 or IPv6 address, then optionally a port number from 0 to 65535"),
        ("'fwmark' ip | name", "fwmark, then an IPv4 or IPv6 address, or a name"),
        ("{ 'dev' ifname | 'up' }", "in any order: dev, then an interface name of at most 15 characters; up"),
        ("ip...", "one or more times an IPv4 or IPv6 address"),
    ],
)
def test_describe(source: str, text: str) -> None:
    assert describe(compile_expression(source)) == text


# --- whatever the words, whatever the expression of the table

KNOWN = sorted({word for expression in EXPRESSIONS for word in repr(expression).split("'") if word.isidentifier()})
WORD = st.one_of(
    st.sampled_from(KNOWN),
    st.sampled_from(["10.0.0.1", "10.0.0.0/8", "::1", "80", "0", "-1", "1.5", "eth0", "all", "", "+", "lock", "${X}"]),
    st.text(max_size=20),
    st.text("0123456789.:-/+xX ", max_size=20),
    st.binary(max_size=8).map(lambda raw: raw.decode("utf-8", "surrogateescape")),
)
KINDS = {"missing", "type", "range", "enum", "length", "extra"}


@settings(max_examples=1500, deadline=None)
@given(st.sampled_from(EXPRESSIONS), st.lists(WORD, max_size=12))
def test_check_never_raises(expression: tuple[object, ...], words: list[str]) -> None:
    found = check(expression, words)
    if found is None:
        return
    assert found.kind in KINDS
    assert found.expected
    assert 0 <= found.word <= len(words)
    assert (found.word == len(words)) == (found.kind == "missing")
    assert check(expression, list(words)) is not None


@pytest.mark.parametrize("number", range(1, len(EXPRESSIONS)))
def test_work_grows_in_proportion(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Counts steps, not time: for twice the words the matcher takes at most about twice as many."""
    steps = 0
    plain = arguments._Matcher.match

    def counting(self: arguments._Matcher, expression: tuple[object, ...], position: int) -> int:
        nonlocal steps
        steps += 1
        return plain(self, expression, position)

    def count(words: list[str]) -> int:
        nonlocal steps
        steps = 0
        check(EXPRESSIONS[number], words)
        return steps

    monkeypatch.setattr(arguments._Matcher, "match", counting)
    own = [word for word in repr(EXPRESSIONS[number]).split("'") if word.isidentifier()][:3]
    for pattern in (
        ["1"],
        ["x"],
        ["10.0.0.1", "80"],
        ["nexthop", "via", "10.0.0.1"],
        ["tcp", "1"],
        [*own, "x"],
    ):
        assert count(pattern * 400) <= 2 * count(pattern * 200) + 200
