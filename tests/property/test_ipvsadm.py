"""Whatever stands in a file of ipvsadm's: nothing is lost, nothing breaks, what is read can be written and read again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lvscompile.backends.ipvsadm import emit, save
from lvscompile.frontends.ipvsadm import parse
from lvscompile.frontends.ipvsadm.files import read_rules
from lvscompile.frontends.ipvsadm.listing import read_listing
from lvscompile.frontends.replay.ipvs import Replay
from lvscompile.ir.ipvs import Command, UsageError
from lvscompile.syntax.ipvsadm.scan import scan, tree
from lvscompile.syntax.ipvsadm.words import spans, words
from lvscompile.syntax.source import Source
from lvscompile.syntax.statements import Stmt

WORDS = (
    "-A", "-E", "-D", "-a", "-e", "-d", "-C", "-L", "-S", "-R", "-Z", "-t", "-u", "-f", "-6", "-s", "-p", "-M", "-r", "-m",
    "-i", "-g", "-w", "-x", "-y", "-o", "-b", "-n", "-Ln", "--pe", "--set", "--start-daemon", "--stop-daemon", "master",
    "10.0.0.1:80", "10.0.0.2:80", "10.0.0.5", "[2001:db8::1]:80", "2001:db8::5", "www:80", "rr", "sh", "sh-port", "sip",
    "300", "1", "0", "-1", "2", "255.255.255.0", "--tun-type", "gue", "--tun-port", "ops", "pe", "#", "ipvsadm", "--", "-",
    "TCP ", "FWM ", "  ->", "Masq", "Prot LocalAddress:Port", "IP Virtual Server version", "persistent", "é", "\udc80", "\0",
)  # fmt: skip
GLUE = (" ", " ", " ", " ", "\n", "\n", "\t", "\r\n", "", "=", ",", ":", "\v")
texts = st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from(GLUE)), max_size=60).map(
    lambda pairs: "".join(word + glue for word, glue in pairs)
)
any_texts = st.one_of(texts, st.text(max_size=200))

service = st.sampled_from(
    ("-t 10.0.0.1:80", "-t [2001:db8::1]:80", "-f 1", "-f 1 -6", "-u 10.0.0.1:53", "-u 192.168.0.1:53")
)
server = st.sampled_from(("10.0.0.5:80", "10.0.0.6:80", "192.168.0.9:80", "2001:db8::5", "[2001:db8::6]:81"))
method = st.sampled_from(("-m", "-g", "-i", "-i --tun-type gre --tun-csum"))
commands = st.one_of(
    st.builds("-{} {} -s {} {}".format, st.sampled_from("AE"), service, st.sampled_from(("rr", "sh -b sh-port", "mh")),
              st.sampled_from(("", "-p", "-p 50 -M 255.255.0.0", "--pe sip"))),
    st.builds("-{} {} -r {} {} -w {} -x {}".format, st.sampled_from("ae"), service, server, method,
              st.integers(0, 9), st.integers(0, 9)),
    st.builds("-d {} -r {}".format, service, server),
    st.builds("-D {}".format, service),
    st.sampled_from(("-C", "--set 1 2 3", "--start-daemon master", "--stop-daemon master")),
)  # fmt: skip


@given(any_texts)
def test_lines_joined_are_the_text(text: str) -> None:
    source = Source("x", text)
    at = 0
    for number, stmt in enumerate(scan(source), 1):
        assert (stmt.start, stmt.line) == (at, number)
        assert stmt.text == text[stmt.start : stmt.end]
        assert [stmt.text[first:last] for first, last in spans(stmt.text)] == words(stmt.text)
        at = stmt.end
    assert at == len(text)
    tree(source)
    read_listing(source)


@given(any_texts)
def test_any_file_can_be_read(text: str) -> None:
    for dump in (False, True):
        found = read_rules(Source("x", text), dump=dump, replay=Replay(complete=dump))
        assert "".join(stmt.text for stmt in found.lines) == text
        for event in found.events:
            for word in (None, 0, 5):
                span = event.span(word)
                assert 0 <= span.start <= span.end <= len(text)
        emit(found.table, (1, 24))
        save(found.table)


@given(st.lists(st.one_of(st.sampled_from(WORDS), st.text(max_size=12)), max_size=12))
def test_any_words_are_a_command_or_an_error(argv: list[str]) -> None:
    found = parse(argv)
    assert isinstance(found, Command | UsageError)
    if isinstance(found, UsageError):
        assert found.message
        assert found.word is None or 0 <= found.word < len(argv)
    else:
        assert all(0 <= word < len(argv) for word in found.options.values())


@given(st.lists(commands, max_size=25))
def test_what_is_written_makes_the_same_table(lines: list[str]) -> None:
    first = Replay()
    first.restore(scan(Source("x", "\n".join(lines))))
    text = emit(first.table()).text
    second = Replay()
    outcome = second.restore(scan(Source("y", text)))
    assert outcome.ok
    assert emit(second.table()).text == text
    assert sorted(save(second.table()).split("\n")) == sorted(save(first.table()).split("\n"))


@given(st.lists(commands.filter(lambda line: "daemon" not in line), max_size=25))
def test_a_clear_ends_what_is_unknown(lines: list[str]) -> None:
    empty, unknown = Replay(), Replay(complete=False)
    origin = Stmt("COMMAND", Source("x", ""), 0, 0, 1, "")
    for line in lines:
        empty.run(parse(line.split()), origin)
    for line in [*lines, "-C", *lines]:
        unknown.run(parse(line.split()), origin)
    assert unknown.table().complete
    assert save(empty.table()) == save(unknown.table())
