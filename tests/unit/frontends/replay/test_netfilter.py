"""The packet filter under commands and dumps."""

from __future__ import annotations

import shlex

import pytest

from lvscompile.backends.iptables import save
from lvscompile.frontends.replay.netfilter import Netfilter
from lvscompile.ir.netfilter import Event, Outcome, Refused, UsageError
from lvscompile.syntax.iptables.scan import read, scan
from lvscompile.syntax.source import Source
from lvscompile.syntax.statements import Stmt


def run(netfilter: Netfilter, line: str) -> Outcome:
    stmt = Stmt("COMMAND", Source("log", line), 0, len(line), 1, line)
    outcome = netfilter.run(shlex.split(line), stmt).outcome
    assert outcome is not None
    return outcome


def rules(netfilter: Netfilter, chain: str = "INPUT", table: str = "filter") -> list[str]:
    return [rule.text.strip() for rule in netfilter.table(table).chains[chain].rules]


def after(*lines: str) -> Netfilter:
    netfilter = Netfilter()
    for line in lines:
        assert run(netfilter, line).ok, line
    return netfilter


def restored(text: str, netfilter: Netfilter | None = None, **options: object) -> tuple[Netfilter, list[Event]]:
    netfilter = netfilter or Netfilter()
    return netfilter, netfilter.restore(scan(Source("dump", text)), **options)  # type: ignore[arg-type]


def failure(events: list[Event]) -> tuple[int, str, int] | None:
    for event in events:
        if event.outcome and not event.outcome.ok:
            return event.outcome.status, event.outcome.message, event.origin.line
    return None


def test_adding_inserting_replacing_deleting() -> None:
    netfilter = after("-A INPUT -j ACCEPT", "-I INPUT -s 192.0.2.1", "-I INPUT 2 -s 192.0.2.2", "-R INPUT 3 -j DROP")
    assert rules(netfilter) == ["-s 192.0.2.1/32", "-s 192.0.2.2/32", "-j DROP"]
    assert run(netfilter, "-D INPUT 1").ok
    assert run(netfilter, "-D INPUT -j DROP").ok
    assert rules(netfilter) == ["-s 192.0.2.2/32"]
    assert run(netfilter, "-C INPUT -s 192.0.2.2/255.255.255.255").ok


def test_a_rule_is_what_it_says_not_how() -> None:
    netfilter = after("-A INPUT -c 5 6 -p tcp --dport ssh -j ACCEPT")
    assert run(netfilter, "-D INPUT -j ACCEPT -p 6 -m tcp --destination-port 22").ok


def test_several_addresses() -> None:
    netfilter = after("-A INPUT -s 192.0.2.1,192.0.2.2", "-I INPUT -s 192.0.2.3,192.0.2.4")
    assert [rule[-4:-3] for rule in rules(netfilter)] == ["4", "3", "1", "2"]
    assert run(netfilter, "-D INPUT -s 192.0.2.1,192.0.2.9").message.startswith("Bad rule")
    assert len(rules(netfilter)) == 4


@pytest.mark.parametrize(
    ("line", "status", "message"),
    [
        ("-A nowhere -j ACCEPT", 1, "No chain/target/match by that name."),
        ("-D nowhere -j ACCEPT", 1, "Bad rule (does a matching rule exist in that chain?)."),
        ("-D nowhere 1", 1, "No chain/target/match by that name."),
        ("-D INPUT -j ACCEPT", 1, "Bad rule (does a matching rule exist in that chain?)."),
        ("-C INPUT -j used", 1, "No chain/target/match by that name."),
        ("-C INPUT -j OUTPUT", 1, "Invalid argument. Run `dmesg' for more information."),
        ("-A INPUT -j nowhere", 2, "Couldn't load target `nowhere':No such file or directory"),
        ("-A INPUT -g nowhere", 2, "goto 'nowhere' is not a chain"),
        ("-A INPUT -j OUTPUT", 1, "Invalid argument. Run `dmesg' for more information."),
        ("-I INPUT 3 -j ACCEPT", 1, "Index of insertion too big."),
        ("-R INPUT 2 -j ACCEPT", 1, "Index of replacement too big."),
        ("-D INPUT 2", 1, "Index of deletion too big."),
        ("-Z INPUT 2", 1, "Index of counter too big."),
        ("-N used", 1, "Chain already exists."),
        ("-N INPUT", 1, "Chain already exists."),
        ("-X used", 1, "Too many links."),
        ("-X full", 1, "Directory not empty."),
        ("-X INPUT", 1, "Invalid argument. Run `dmesg' for more information."),
        ("-X nowhere", 1, "No chain/target/match by that name."),
        ("-X", 1, "Too many links."),
        ("-E used full", 1, "File exists."),
        ("-E nowhere new", 1, "No chain/target/match by that name."),
        ("-E INPUT new", 1, "No chain/target/match by that name."),
        ("-F nowhere", 1, "No chain/target/match by that name."),
        ("-L nowhere", 1, "No chain/target/match by that name."),
        ("-P used DROP", 1, "Bad built-in chain name."),
        ("-P INPUT REJECT", 1, "Bad policy name. Run `dmesg' for more information."),
        (
            "-t nothing -L",
            3,
            "can't initialize iptables table `nothing': Table does not exist (do you need to insmod?)",
        ),
        ("-A used -s 192.0.2.1 -j used", 1, "Too many levels of symbolic links."),
        ("-A INPUT -j MASQUERADE", 1, "Invalid argument. Run `dmesg' for more information."),
        ("-t nat -A PREROUTING -j SNAT --to 192.0.2.1", 1, "Invalid argument. Run `dmesg' for more information."),
        ("-A INPUT -m tcp --dport 80", 1, "Invalid argument. Run `dmesg' for more information."),
        ("-A INPUT -m owner --uid-owner 0", 1, "Invalid argument. Run `dmesg' for more information."),
        ("-A used -m owner --uid-owner 0", 1, "Invalid argument. Run `dmesg' for more information."),
        ("-A INPUT -m limit --limit 1/day", 1, "Numerical result out of range."),
        ("-A INPUT -m string --string a --algo none", 1, "No chain/target/match by that name."),
    ],
)
def test_failures(line: str, status: int, message: str) -> None:
    netfilter = after("-N used", "-A INPUT -s 192.0.2.1 -j used", "-N full", "-A full -j DROP")
    before = save(netfilter.ruleset())
    assert run(netfilter, line)[:2] == (status, message)
    assert save(netfilter.ruleset()).startswith(before)


def test_what_no_packet_reaches_may_be_anywhere() -> None:
    netfilter = after("-N alone", "-A alone -m owner --uid-owner 0 -j ACCEPT")
    assert not run(netfilter, "-A INPUT -j alone").ok
    assert run(netfilter, "-A OUTPUT -j alone").ok
    assert run(netfilter, "-A INPUT -j DROP").ok
    assert run(netfilter, "-A INPUT -j alone").ok
    # The rule before it goes: now it would be reached.
    assert run(netfilter, "-D INPUT 1").message.startswith("Invalid argument")
    assert rules(netfilter) == ["-j DROP", "-j alone"]


def test_a_circle_that_is_not_reached() -> None:
    netfilter = after("-N a", "-N b", "-A a -j b", "-A b -j a")
    assert run(netfilter, "-A INPUT -j a").message == "Too many levels of symbolic links."


def test_chains_come_and_go() -> None:
    netfilter = after("-N a", "-A INPUT -j a", "-A INPUT -p tcp -g a", "-E a b", "-P INPUT DROP")
    assert rules(netfilter) == ["-j b", "-p tcp -g b"]
    assert not run(netfilter, "-X b").ok
    assert run(netfilter, "-F").ok
    assert run(netfilter, "-X").ok
    assert [chain.name for chain in netfilter.table("filter").frozen().chains] == ["INPUT", "FORWARD", "OUTPUT"]
    assert netfilter.table("filter").chains["INPUT"].policy == "DROP", "flushing keeps the policy"


def test_counters() -> None:
    netfilter = after("-A INPUT -c 5 6 -j ACCEPT", "-A INPUT -c 7 8", "-P INPUT DROP -c 1 2", "-Z INPUT 1")
    assert "[0:0] -A INPUT -j ACCEPT\n[7:8] -A INPUT\n" in save(netfilter.ruleset(), counters=True)
    assert run(netfilter, "-Z").ok
    assert "7:8" not in save(netfilter.ruleset(), counters=True)


def test_a_chain_goes_before_an_extension_of_its_name() -> None:
    netfilter = after("-N a", "-E a LOG", "-A INPUT -j LOG")
    rule = netfilter.ruleset().tables[0].chains[0].rules[0].readable
    assert rule is not None
    assert rule.target is not None
    assert rule.target.kind == "chain"


def test_an_unknown_past() -> None:
    netfilter = Netfilter(known=False)
    assert run(netfilter, "-D INPUT -j ACCEPT") == Outcome(0, "", False)
    assert run(netfilter, "-A old-chain -j DROP").ok
    assert run(netfilter, "-A INPUT -j RH-Firewall-1-INPUT").ok
    assert not netfilter.ruleset().tables[0].complete
    assert run(netfilter, "-F").ok
    assert netfilter.ruleset().tables[0].complete
    assert run(netfilter, "-D INPUT -j ACCEPT").status == 1


def test_targets_that_are_gone() -> None:
    netfilter = Netfilter()
    outcome = run(netfilter, "-A INPUT -p tcp -j TARPIT")
    assert (outcome.ok, outcome.certain) == (True, False)
    assert run(Netfilter(strict=True), "-A INPUT -p tcp -j TARPIT").status == 2


def test_a_host_that_only_its_machine_knows() -> None:
    netfilter = Netfilter()
    assert run(netfilter, "-A INPUT -s www.example.com -j ACCEPT") == Outcome(0, "", False)
    spec = netfilter.table("filter").chains["INPUT"].rules[0].spec
    assert isinstance(spec, Refused)
    assert spec.text == " -s www.example.com -j ACCEPT"


DUMP = """\
*nat
:PREROUTING ACCEPT [1:2]
-A PREROUTING -j ACCEPT
COMMIT
*filter
:INPUT DROP [0:0]
:mine - [0:0]
[3:4] -A INPUT -s ! 10.0.0.0/8 -j mine
-A mine -m psd --psd-weight-threshold 21 -j DROP
COMMIT
"""


def test_a_dump_is_restored() -> None:
    netfilter, events = restored(DUMP)
    assert failure(events) is None
    assert rules(netfilter) == ["! -s 10.0.0.0/8 -j mine"]
    rule = netfilter.table("filter").chains["INPUT"].rules[0]
    assert (rule.counters, rule.repairs) == ((3, 4), (("negation-behind", 3),))
    assert rules(netfilter, "mine") == ["-m psd --psd-weight-threshold 21 -j DROP"]
    assert netfilter.table("nat").chains["PREROUTING"].counters == (1, 2)


def test_the_tree_s_lines_restore_as_well() -> None:
    netfilter = Netfilter()
    events = netfilter.restore(read(scan(Source("dump", "*filter\n-A INPUT -j DROP\n"))))
    assert failure(events) == (1, "COMMIT expected at line 3", 2)


def test_events_point_into_the_dump() -> None:
    _, events = restored(DUMP)
    event = next(event for event in events if event.origin.line == 8)
    span = event.span(3)
    assert span.source.text[span.start : span.end] == "!"
    whole = event.span()
    assert whole.source.text[whole.start : whole.end] == "-A INPUT -s ! 10.0.0.0/8 -j mine"


@pytest.mark.parametrize(
    ("text", "status", "message", "line"),
    [
        ("-A INPUT -j DROP\n", 1, "line 1 failed", 1),
        ("*filter\n-A INPUT -j DROP\n", 1, "COMMIT expected at line 3", 2),
        ("*filter\n*nat\nCOMMIT\n", 2, "Bad argument `*nat'", 2),
        ("*nothing\nCOMMIT\n", 2, "iptables-restore: unable to initialize table 'nothing'", 1),
        ("*\n", 2, "line 1 table name invalid", 1),
        ("*filter\n:\n", 2, "line 2 chain name invalid", 2),
        ("*filter\n:INPUT\n", 2, "line 2 policy invalid", 2),
        ("*filter\n:INPUT DENY\n", 1, "Can't set policy `DENY' on `INPUT' line 2: Bad policy name", 2),
        ("*filter\n:a -\n:a -\n", 2, "error creating chain 'a':File exists", 3),
        ("*filter\n-A a\nCOMMIT\n", 1, "line 2 failed: No chain/target/match by that name.", 2),
        ("*filter\n-A INPUT --dprot 80\nCOMMIT\n", 2, 'unknown option "--dprot"', 2),
        ("*filter\n-A INPUT -j ACCEPT #\nCOMMIT\n", 2, "Bad argument `#'", 2),
        ("*filter\n:a -\n-A INPUT -j a\n-A a -s 192.0.2.1 -j a\nCOMMIT\n", 1, "line 4 failed: Too many levels of symbolic links.", 4),
        ("*filter\n[12] -A INPUT\nCOMMIT\n", 2, "Bad line 2: need ]", 2),
    ],
)  # fmt: skip
def test_dumps_that_fail(text: str, status: int, message: str, line: int) -> None:
    netfilter, events = restored(f"*raw\n-A OUTPUT -j DROP\nCOMMIT\n{text}*mangle\n")
    failed = failure(events)
    assert failed is not None
    if "expected" not in message:
        assert failed == (
            status,
            message.replace(f"ine {line} ", f"ine {line + 3} ").replace(f"ine {line}:", f"ine {line + 3}:"),
            line + 3,
        )
    assert list(netfilter.tables) == ["raw"], "what was committed before stays, the rest never was"


def test_lines_that_were_never_come_to() -> None:
    _, events = restored("*filter\n-A INPUT -j DROP\ngarbage\n-A INPUT -j ACCEPT\nCOMMIT\n")
    assert [(event.origin.line, event.outcome is None) for event in events] == [
        (1, True), (2, True), (3, False), (4, True), (5, True),
    ]  # fmt: skip
    assert not any(event.changed for event in events)


def test_commands_within_a_dump() -> None:
    text = "*filter\n:x - [0:0]\n-N y\n-A y -j DROP\n-I INPUT -j y\n-P OUTPUT DROP\n-F y\n-6 -A INPUT --foo\nCOMMIT\n"
    netfilter, events = restored(text)
    assert failure(events) is None
    assert (rules(netfilter), rules(netfilter, "y")) == (["-j y"], [])


def test_noflush_keeps_what_is_there() -> None:
    netfilter, _ = restored("*filter\n:a -\n-A a -j DROP\n-A INPUT -j a\nCOMMIT\n")
    restored("*filter\n-A INPUT -j ACCEPT\nCOMMIT\n", netfilter, noflush=True)
    assert rules(netfilter) == ["-j a", "-j ACCEPT"]
    restored("*filter\n:a -\nCOMMIT\n", netfilter, noflush=True)
    assert rules(netfilter, "a") == []
    restored("*filter\nCOMMIT\n", netfilter)
    assert list(netfilter.table("filter").chains) == ["INPUT", "FORWARD", "OUTPUT"]


def test_one_table_of_many() -> None:
    netfilter, events = restored(DUMP.replace("PREROUTING -j", "PREROUTING --nonsense"), table="filter")
    assert failure(events) is None
    assert list(netfilter.tables) == ["filter"]


def test_without_counters() -> None:
    netfilter, _ = restored(DUMP, counters=False)
    assert "3:4" not in save(netfilter.ruleset(), counters=True)
    assert "1:2" not in save(netfilter.ruleset(), counters=True)


def test_a_rule_that_only_its_machine_can_read_keeps_its_place() -> None:
    netfilter, events = restored("*filter\n-A INPUT -s www.example.com\n-A INPUT -j DROP\nCOMMIT\n")
    assert rules(netfilter) == ["-s www.example.com", "-j DROP"]
    event = events[1]
    assert isinstance(event.command, UsageError)
    assert event.outcome == Outcome(0, "host/network `www.example.com' not found", False)
    strict = Netfilter(strict=True)
    assert failure(strict.restore(scan(Source("dump", "*filter\n-A INPUT -s www.example.com\nCOMMIT\n"))))


def test_ip6tables() -> None:
    netfilter = Netfilter(6)
    assert run(netfilter, "-A INPUT -s 2001:db8::1 -p ipv6-icmp -j ACCEPT").ok
    assert run(netfilter, "-A INPUT -s 192.0.2.1").status == 2
    assert run(netfilter, "-t x -L").message.startswith("can't initialize ip6tables table `x'")


def test_hundred_thousand_rules() -> None:
    text = "*filter\n:c -\n" + "-A INPUT -s 192.0.2.1 -j c\n" * 100_000 + "COMMIT\n"
    netfilter, events = restored(text)
    assert len(rules(netfilter)) == 100_000
    assert failure(events) is None


def test_a_long_line_of_chains_is_no_matter() -> None:
    chains = "".join(f":c{n} -\n" for n in range(3000))
    jumps = "".join(f"-A c{n} -j c{n + 1}\n" for n in range(2999))
    _, events = restored(f"*filter\n{chains}{jumps}-A INPUT -j c0\nCOMMIT\n")
    assert failure(events) is None


def test_counters_that_are_too_large() -> None:
    netfilter = Netfilter(4)
    netfilter.restore(
        scan(Source("dump", f"*filter\n:INPUT ACCEPT [{'9' * 5000}:1]\n[{'9' * 23}:5] -A INPUT -j DROP\nCOMMIT\n"))
    )
    table = netfilter.ruleset().tables[0]
    assert table.chains[0].counters == (2**64 - 1, 1)
    assert table.chains[0].rules[0].counters == (2**64 - 1, 5)


def test_a_rule_with_an_unknown_host_keeps_its_place() -> None:
    netfilter = Netfilter(4)
    for line in ("-A INPUT -j DROP", "-I INPUT 2 -s web.example -j ACCEPT", "-I INPUT -s db.example -j ACCEPT"):
        stmt = Stmt("COMMAND", Source("log", line), 0, len(line), 1, line)
        netfilter.run(line.split(), stmt)
    assert [rule.text for rule in netfilter.ruleset().tables[0].chains[0].rules] == [
        " -s db.example -j ACCEPT", " -j DROP", " -s web.example -j ACCEPT",
    ]  # fmt: skip


@pytest.mark.parametrize(("length", "kept"), [(28, 28), (29, 29), (31, 29), (32, 0), (300, 0)])
def test_a_chain_is_renamed_as_far_as_the_name_fits(length: int, kept: int) -> None:
    netfilter = after("-N own")
    assert run(netfilter, f"-E own {'n' * length}").ok == bool(kept)
    assert ("n" * kept if kept else "own") in netfilter.table("filter").chains
