"""Whatever the words and texts are: nothing is lost, and nothing but the named errors comes out."""

from __future__ import annotations

import json
from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from lvscompile.frontends.facts import read as read_facts
from lvscompile.frontends.iproute import PROGRAMS, parse
from lvscompile.frontends.iproute.listings import lines
from lvscompile.frontends.iproute.listings import read as read_listing
from lvscompile.frontends.netfiles import ifcfg, interfaces, keepalived_options, network, route_file, rule_file
from lvscompile.frontends.netfiles.interfaces import scan as scan_interfaces
from lvscompile.frontends.replay.host import Replay
from lvscompile.frontends.sysctl import files as sysctl_files
from lvscompile.frontends.sysctl import parse as parse_sysctl
from lvscompile.ir.host import Link
from lvscompile.syntax.source import InputError, Source
from lvscompile.syntax.statements import Stmt

TEXT = """
ip addr address add del replace change flush show dev label scope link host brd + peer route via src table
metric nexthop weight local default 0/0 10.0.0.1/24 10.0.0.1 10.5.0.0/16 fd00::1/64 fd00::9 blackhole onlink
rule fwmark 1 0x1/0xff prio lookup 100 from to iif oif not goto up down mtu arp off set name eth0 va0 lo lo:0
eth0:1 netmask 255.255.255.0 broadcast hw ether -arp -net -host gw reject -A INPUT -j DROP -d -F -4 -6 -o type
veth bridge master to exact root all any nodad net.ipv4.ip_forward=1 -w -p --system IPADDR=10.0.0.1 ONBOOT=no
inet static iface auto gateway \\ ; # 12: inet6 peer proto kernel
"""
WORDS = TEXT.split()
words = st.lists(st.one_of(st.sampled_from(WORDS), st.text(max_size=6)), max_size=12)
texts = st.one_of(
    st.text(max_size=200),
    st.lists(st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join), max_size=8).map("\n".join),
)


def statement(text: str) -> Stmt:
    return Stmt("COMMAND", Source("script", text), 0, len(text), 1, text)


@given(st.sampled_from(sorted(PROGRAMS)), words)
def test_any_words_are_read(program: str, argv: list[str]) -> None:
    parse(program, argv, statement(" ".join(argv)))


@given(words)
def test_any_words_of_sysctl(argv: list[str]) -> None:
    parse_sysctl(argv, statement(" ".join(argv)))


@given(st.lists(st.tuples(st.sampled_from(sorted(PROGRAMS)), words), max_size=12), st.booleans())
def test_any_commands_are_run(commands: list[tuple[str, list[str]]], complete: bool) -> None:
    host = Replay([Link("eth0", up=True), Link("va0", up=False)], complete=complete)
    for program, argv in commands:
        stmt = statement(" ".join((program, *argv)))
        event = host.run(parse(program, argv, stmt), stmt)
        assert event.outcome.status == 0 or event.outcome.message
    assert len(host.events) == len(commands)
    facts = host.facts()
    assert all(fact.origin is not None for fact in (*facts.addresses, *facts.routes, *facts.rules))


@given(texts)
def test_texts_are_kept(text: str) -> None:
    source = Source("text", text)
    assert "".join(stmt.text for stmt in lines(source)) == text
    assert "".join(stmt.text for stmt in sysctl_files.scan(source)) == text
    assert "".join(stmt.text for stmt in scan_interfaces(source)) == text
    assert len(sysctl_files.read(source)) == len(list(sysctl_files.scan(source)))
    listing = read_listing(lines(source))
    assert listing.understood + len(listing.others) == len(list(lines(source)))
    for reading in (ifcfg(source, "eth0"), network(source), route_file(source, "eth0"), rule_file(source),
                    keepalived_options(source)):  # fmt: skip
        assert reading.understood + len(reading.facts.opaque) == len(list(lines(source)))
    interfaces(source)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
    st.sampled_from(["family", "address", "prefix", "device", "key", "value", "name", "up", "type", "destination", "table", "hops", "via", "preference", "action", "mark", "others"]), inner, max_size=5), max_leaves=20))  # fmt: skip
def test_any_json_is_read_or_refused(value: object) -> None:
    for key in (
        "sysctls",
        "links",
        "addresses",
        "routes",
        "rules",
        "modules",
        "keepalived",
        "filters",
        "missing",
        "else",
    ):
        text = json.dumps({"lvscompile_facts": 1, key: [value] if key in ("sysctls", "rules", "routes") else value})
        found = read_facts(Source("facts.json", text))
        assert found.facts.complete
    with suppress(InputError):
        read_facts(Source("facts.json", json.dumps(value)))
