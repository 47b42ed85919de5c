"""Every type of a single word: what it accepts, and what kind of mistake the rest is."""

from __future__ import annotations

import pytest

from lvscompile.grammars.expressions import compile_expression
from lvscompile.syntax.keepalived.arguments import check

GOOD = {
    "int(1..255)": ["1", "255", "51", "+120", "0120", "  120", "\t7", "+007"],
    "int(-253..253)": ["-253", "253", "0", "-0", " -5"],
    "int(0..UINT_MAX)": ["0", "4294967295", "0" * 200 + "7"],
    "anyint(0..511)": ["22", "022", "0x1f", "0X1F", "0", "+5", " 7", "511", "0777"],
    "dec(0.01..255 s)": [".5", "1.5", "1.", "255", "0.01", "+1", " 2", "0.010000", "1.000001"],
    "dec(0..10 s .3)": ["0", "1.234", "10", "10.000"],
    "bool": ["on", "true", "yes", "off", "false", "no"],
    "enum(MASTER BACKUP)": ["MASTER", "BACKUP"],
    "nocase(TCP UDP SCTP)": ["tcp", "TCP", "Udp", "sCtP"],
    "ip": ["10.0.0.1", "0.0.0.0", "255.255.255.255", "::1", "2001:db8::1", "::ffff:10.0.0.1"],
    "ip4": ["10.0.0.1"],
    "ip6": ["fe80::1", "::"],
    "mcast": ["224.0.0.18", "ff02::12"],
    "mcast4": ["224.0.0.18", "239.255.255.255"],
    "mcast6": ["ff02::12"],
    "ipmask": ["10.0.0.1", "10.0.0.1/0", "10.0.0.1/32", "2001:db8::1/128", "2001:db8::1"],
    "prefix": ["default", "default6", "any", "all", "10.0.0.0/8", "2001:db8::/32", "10.0.0.1"],
    "iprange": [
        "10.0.0.1",
        "10.0.0.1-9",
        "10.0.0.1-10.0.0.9",
        "10.0.0.0/24",
        "0.0.0.0/0",
        "2001:db8::1-a",
        "2001:db8::/64",
    ],
    "port": ["1", "80", "65535", "080"],
    "port0": ["0", "65535"],
    "fwmark": ["5", "0x5", "0x5/0xff", "010/7", "4294967295"],
    "range(100..599)": ["200", "200-299", "100-599", "200-200"],
    "span(0..9)": ["1-2", "3-3", "0-9"],
    "word": ["x", "a b", "é", "{}"],
    "word(15)": ["a" * 15, "é" * 7],
    "name": ["VI_1", "A B", "1", ""],
    "ifname": ["eth0", "bond0.100", "a" * 15, "eth0:1"],
    "path": ["/etc/x", "x", "/a b"],
    "abspath": ["/", "/usr/share"],
    "script": ["/bin/true", "/bin/x -a 'b c'"],
    "process": ["haproxy"],
    "regex": [".*", " "],
    "user": ["root", "0"],
    "group": ["root"],
    "host": ["localhost", "mail.example.org", "10.0.0.1", "::1"],
    "email": ["root", "root@example.org"],
    "mac": ["00:00:5e:00:01:33", "AA:BB:CC:DD:EE:FF"],
    "hex(4)": ["00ff", "ABCD"],
    "hexbytes": ["00", "00ff", "0 1 2", "00 ff\t12", "abc"],
    "hexpattern": ["00XX", "x", "0 X"],
    "secret(1..8)": ["x", "12345678", "é" * 4, " "],
    "hmackey": ["k" * 32, "k" * 64, "hex:" + "0a" * 32, "hex:" + "0a" * 64, "file:/etc/keepalived/key"],
    "umask": ["IRUSR", "IRUSR|IWUSR", "|", "IXOTH|"],
}

BAD = {
    "int(1..255)": [("0", "range"), ("256", "range"), ("-5", "range"), ("9" * 5000, "range"), ("", "type")]
    + [
        (word, "type")
        for word in ("0x33", "100abc", "120;", "1.5", "12 ", "+-5", "+", "²", "٣", "$X", "${X}", "\udc80")
    ],
    "int(-253..253)": [("-254", "range"), ("254", "range"), ("--5", "type"), ("- 5", "type")],
    "anyint(0..511)": [
        ("512", "range"),
        ("01000", "range"),
        ("08", "type"),
        ("0x", "type"),
        ("", "type"),
        ("5 ", "type"),
        ("0b1", "type"),
        ("1_0", "type"),
        ("-1", "type"),
        ("++1", "type"),
        ("0o7", "type"),
    ],
    "dec(0.01..255 s)": [("0.001", "range"), ("255.1", "range"), ("-1", "range"), ("1.0000001", "range")]
    + [(word, "type") for word in ("", ".", "1.2.3", "1e3", "inf", "nan", "1,5", "x", "1 ", "٣")],
    "dec(0..10 s .3)": [("1.2345", "range"), ("10.001", "range")],
    "bool": [(word, "enum") for word in ("", "0", "1", "TRUE", "On", "${X}")],
    "enum(MASTER BACKUP)": [(word, "enum") for word in ("", "master", "MASTER ", "enum")],
    "nocase(TCP UDP)": [("icmp", "enum"), ("", "enum")],
    "ip": [(word, "type") for word in ("", "10.0.0.01", "10.0.0", "10.0.0.256", "host", "10.0.0.1/24", "10.0.0.1:80")]
    + [(word, "type") for word in ("::g", "fe80::1%eth0", "10.0.0.1\0", "\ud800:", ":\udc80")],
    "ip4": [("::1", "type"), ("x", "type")],
    "ip6": [("10.0.0.1", "type"), (":", "type")],
    "mcast": [("10.0.0.1", "range"), ("fe80::1", "range"), ("x", "type")],
    "mcast4": [("223.1.1.1", "range"), ("240.0.0.0", "range"), ("ff02::12", "type")],
    "mcast6": [("fe80::1", "range"), ("224.0.0.18", "type")],
    "ipmask": [
        ("10.0.0.1/33", "range"),
        ("::1/129", "range"),
        ("10.0.0.1/", "type"),
        ("10.0.0.1/x", "type"),
        ("10.0.0.1/255.255.255.0", "type"),
        ("/24", "type"),
        ("10.0.0.1/-1", "type"),
        ("10.0.0.1/" + "9" * 5000, "range"),
    ],
    "prefix": [("defualt", "type"), ("10.0.0.0/40", "range")],
    "iprange": [
        ("10.0.0.5-5", "range"),
        ("10.0.0.5-4", "range"),
        ("10.0.0.1-300", "range"),
        ("10.0.0.1/24", "range"),
        ("10.0.0.0/33", "range"),
        ("10.0.0.0/0", "range"),
        ("10.0.0.1-", "type"),
        ("10.0.0.1-x", "type"),
        ("x-5", "type"),
        ("2001:db8::a-1", "range"),
        ("2001:db8::1-2001:db8::5", "type"),
        ("10.0.0.9-10.0.0.1", "range"),
        ("10.0.0.1-10.0.0", "type"),
        ("::1-10000", "range"),
    ],
    "port": [("0", "range"), ("65536", "range"), ("http", "type"), ("", "type")],
    "port0": [("65536", "range"), ("-1", "range")],
    "fwmark": [
        ("5/", "type"),
        ("x", "type"),
        ("1/2/3", "type"),
        ("4294967296", "range"),
        ("1/4294967296", "range"),
    ],
    "range(100..599)": [
        ("99", "range"),
        ("600", "range"),
        ("300-200", "range"),
        ("2xx", "type"),
        ("200-", "type"),
        ("-", "type"),
    ],
    "span(0..9)": [("1", "type"), ("2-1", "range"), ("1-10", "range"), ("1-", "type"), ("", "type")],
    "word": [("", "type")],
    "word(15)": [
        ("a" * 16, "length"),
        ("é" * 8, "length"),
        ("", "type"),
        ("\udcff" * 16, "length"),
        ("\ud800" * 16, "length"),
    ],
    "name": [("  ", "type")],
    "ifname": [("a" * 16, "length"), ("", "type"), ("eth 0", "type"), ("a/b", "type")],
    "path": [("", "type")],
    "abspath": [("", "type"), ("x/y", "type")],
    "script": [("", "type"), (" ", "type")],
    "user": [("", "type"), ("a b", "type")],
    "mac": [
        ("00:00:5e:00:01", "type"),
        ("00-00-5e-00-01-33", "type"),
        ("0:0:5e:0:1:33", "type"),
        ("", "type"),
    ],
    "hex(4)": [("00f", "length"), ("00fff", "length"), ("00fg", "type"), ("", "length")],
    "hexbytes": [("", "type"), (" ", "type"), ("0x", "type"), ("XX", "type")],
    "hexpattern": [("", "type"), ("Y", "type")],
    "secret(1..8)": [("123456789", "length"), ("", "length")],
    "hmackey": [
        ("k" * 31, "length"),
        ("k" * 65, "length"),
        ("hex:0a", "length"),
        ("hex:zz", "type"),
        ("file:", "type"),
        ("hex:" + "0" * 65, "length"),
    ],
    "umask": [("IRWXU", "enum"), ("0777", "enum"), ("", "enum")],
}


@pytest.mark.parametrize(("source", "word"), [(source, word) for source, words in GOOD.items() for word in words])
def test_good_words(source: str, word: str) -> None:
    expression = compile_expression(source)
    assert check(expression, [word]) is None
    assert check(("seq", expression, ("lit", "x")), [word, "x"]) is None


@pytest.mark.parametrize(
    ("source", "word", "kind"), [(source, *case) for source, cases in BAD.items() for case in cases]
)
def test_bad_words(source: str, word: str, kind: str) -> None:
    expression = compile_expression(source)
    alone = check(expression, [word])
    nested = check(("seq", ("lit", "x"), expression), ["x", word])
    assert alone is not None
    assert nested is not None
    assert (alone.kind, alone.word) == (kind, 0)
    assert (nested.kind, nested.word) == (kind, 1)


@pytest.mark.parametrize("source", list(GOOD))
def test_a_single_type_wants_exactly_one_word(source: str) -> None:
    word = GOOD[source][0]
    nothing = check(compile_expression(source), [])
    assert nothing is not None
    assert (nothing.kind, nothing.word) == ("missing", 0)
    more = check(compile_expression(source), [word, word, word])
    assert more is not None
    assert (more.kind, more.word, more.expected) == ("extra", 1, "nothing more")
    assert check(compile_expression(f"[{source}]"), []) is None
    assert check(compile_expression(f"[{source}]"), [word]) is None
