"""What must hold of any text in any of the legacy languages: nothing is lost, nothing raises, all is accounted for."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping

from lvscompile.backends.iptables import save as save_filter
from lvscompile.backends.ipvsadm import emit
from lvscompile.backends.ipvsadm import save as save_ipvs
from lvscompile.frontends import netfiles, sysctl
from lvscompile.frontends.facts import read as read_facts
from lvscompile.frontends.iproute import PROGRAMS, listings
from lvscompile.frontends.iproute import parse as parse_ip
from lvscompile.frontends.iptables import lines as filter_lines
from lvscompile.frontends.iptables.commands import parse as parse_filter
from lvscompile.frontends.ipvsadm import parse as parse_ipvs
from lvscompile.frontends.ipvsadm.files import read_rules
from lvscompile.frontends.ipvsadm.listing import read_listing
from lvscompile.frontends.machine.assemble import assemble
from lvscompile.frontends.machine.pieces import Piece
from lvscompile.frontends.netfiles.interfaces import scan as scan_interfaces
from lvscompile.frontends.replay.host import Replay as HostReplay
from lvscompile.frontends.replay.ipvs import Replay
from lvscompile.frontends.replay.netfilter import Netfilter
from lvscompile.frontends.shell import read_script
from lvscompile.frontends.sysctl import files as sysctl_files
from lvscompile.ir.host import HostFacts, Link
from lvscompile.ir.ipvs import Command as IpvsCommand
from lvscompile.ir.ipvs import Table
from lvscompile.ir.machine import Given
from lvscompile.ir.netfilter import Command as FilterCommand
from lvscompile.ir.netfilter import Spec
from lvscompile.ir.shell import Command, Embedded, Kept, Script
from lvscompile.syntax.findings import Span
from lvscompile.syntax.iptables import scan as filter_scan
from lvscompile.syntax.iptables.words import spans as filter_spans
from lvscompile.syntax.iptables.words import words as filter_words
from lvscompile.syntax.ipvsadm import scan as ipvsadm_scan
from lvscompile.syntax.ipvsadm.options import NEWEST
from lvscompile.syntax.ipvsadm.words import words as ipvsadm_words
from lvscompile.syntax.shell.grammar import parse as parse_shell
from lvscompile.syntax.shell.scan import scan as scan_shell
from lvscompile.syntax.source import InputError, Source, encode
from lvscompile.syntax.statements import Stmt


def physical(text: str) -> int:
    """Lines of a text; what stands behind the last newline is one, too."""
    return text.count("\n") + (text[-1:] not in ("\n", ""))


def joined(stmts: Iterable[Stmt], text: str) -> None:
    at = 0
    for stmt in stmts:
        assert stmt.start == at, "a gap between two statements"
        assert stmt.text == text[stmt.start : stmt.end], "a statement that is not its text"
        if stmt.text:  # what marks an end that is missing has none
            assert stmt.line == text.count("\n", 0, at) + 1, "a statement's line is wrong"
        at = stmt.end
    assert at == len(text), "the end of the text is lost"


def inside(span: Span, text: str) -> None:
    assert 0 <= span.start <= span.end <= len(text), "a place outside the text"


def command_line(text: str) -> Stmt:
    return Stmt("COMMAND", Source("command", text), 0, len(text), 1, text)


def commands(text: str, programs: Iterable[str]) -> Iterable[tuple[str, list[str], Stmt]]:
    """The lines as a shell hands them over, by the program that they name, if they name one."""
    for line in text.split("\n"):
        words = line.split()
        if words and words[0] in programs:
            yield words[0], words[1:], command_line(line)


def ipvsadm(text: str, dice: random.Random) -> None:
    source = Source("rules", text)
    joined(ipvsadm_scan.scan(source), text)
    leaves = ipvsadm_scan.tree(source).scan_values(lambda _: True)
    assert "".join(stmt.text for stmt in leaves) == text, "the tree lost something"
    read_listing(source)
    dump = dice.random() < 0.5
    replay = Replay(complete=dice.random() < 0.5, interfaces=dice.choice((None, {"eth0": 1500}, {})))
    rules = read_rules(source, dump=dump, comments=dice.random() < 0.5, replay=replay)
    joined(rules.lines, text)
    for event in rules.events:
        for word in (None, 0, 9):
            inside(event.span(word), text)
    if rules.listing is None:
        restored_ipvs(rules.table)
    else:  # a damaged listing shows what no kernel holds: it can be written all the same
        emit(rules.table)
        save_ipvs(rules.table)
    for line in text.split("\n"):
        parse_ipvs(ipvsadm_words(line), dump=dump, version=dice.choice(((1, 24), (1, 26), (1, 28), NEWEST)))


def restored_ipvs(table: Table) -> None:
    """What is written of a table makes the same table. Where a log says only that a service was there, what is written
    is a guess.
    """
    emit(table, (1, 24))
    text = emit(table).text
    save_ipvs(table)
    if any(not service.scheduler for service in table.services):
        return
    again = Replay(interfaces={daemon.interface: 1500 for daemon in table.daemons})
    outcome = again.restore(ipvsadm_scan.scan(Source("saved", text)))
    assert all(event.outcome is not None and event.outcome.ok for event in again.events), outcome.message
    assert emit(again.table()).text == text, "what is written does not make the same table"
    assert sorted(save_ipvs(again.table()).split("\n")) == sorted(save_ipvs(table).split("\n")), "what is saved differs"


def iptables(text: str, dice: random.Random) -> None:
    source = Source("dump", text)
    statements = list(filter_scan.scan(source))
    joined(statements, text)
    leaves = filter_scan.tree(source).scan_values(lambda _: True)
    assert "".join(stmt.text for stmt in leaves) == text, "the tree lost something"
    family, strict = dice.choice((4, 6)), dice.random() < 0.5
    netfilter = Netfilter(family, strict=strict, known=dice.random() < 0.7)
    lines = statements if dice.random() < 0.5 else filter_scan.read(filter_scan.scan(source))
    events = netfilter.restore(lines, noflush=dice.random() < 0.2, counters=dice.random() < 0.7)
    assert len(events) <= len(statements) + 1, "more events than lines"
    for event in events:
        inside(event.span(), text)
        inside(event.span(2), text)
    restored_filter(netfilter)
    for line in text.split("\n"):
        _filter_line(line, family)
    shell = Netfilter(family, strict=strict, known=dice.random() < 0.5)
    for line in text.split("\n"):
        words = filter_words(line)
        program = words[:1] in (["iptables"], ["ip6tables"])
        shell.run(words[1:] if program else words, command_line(line)).span(1)
    restored_filter(shell)


def restored_filter(netfilter: Netfilter) -> None:
    again = Netfilter(netfilter.family, strict=netfilter.strict)
    saved = save_filter(netfilter.ruleset(), counters=True)
    again.restore(filter_scan.scan(Source("saved", saved)))
    if all(table.complete for table in netfilter.tables.values()) and not _unwritable(netfilter):
        assert save_filter(again.ruleset(), counters=True) == saved, "what is saved does not make the same tables"


def _unwritable(netfilter: Netfilter) -> bool:
    """Whether a chain has a name (-E takes any) that no dump can hold, or a rule an extension that nobody knows: what
    belongs to that depends on the order of the options, which a dump changes.
    """
    names = [name for table in netfilter.tables.values() for name in table.chains]
    rules = [rule.spec for _, _, rule in netfilter.ruleset().rules()]
    return any(name.split() != [name] or name[0] in "-!" or len(encode(name)) > 28 for name in names) or any(
        isinstance(spec, Spec) and not spec.known for spec in rules
    )


def _filter_line(line: str, family: int) -> None:
    words = filter_words(line)
    assert len(words) == len(filter_spans(line)), "words without a place"
    quick = filter_lines.rule(line, family, "filter")
    if quick is not None:
        slow = parse_filter(words, family, strict=True, table="filter")
        assert isinstance(slow, FilterCommand), "a rule that only the quick way takes"
        assert (slow.chain, repr(slow.specs[0])) == (quick[0], repr(quick[1])), "a rule is two rules"


def shell(text: str, dice: random.Random) -> None:
    source = Source("script", text)
    joined(scan_shell(source), text)
    plausible = {
        "ipvsadm": lambda words: isinstance(parse_ipvs(words), IpvsCommand),
        "iptables": lambda words: isinstance(parse_filter(words, 4), FilterCommand),
    }
    script = read_script(source, dice.choice(({}, plausible)), mode=dice.choice(("", "", "script", "document")))
    _accounted(script, text)
    parse_shell([stmt for stmt, _ in script.lines])
    machine(Piece(Given(source, "script"), script, script.items), text)


def _accounted(script: Script, text: str) -> None:
    joined((stmt for stmt, _ in script.lines), text)  # type: ignore[misc]
    assert sum(script.counts().values()) == physical(text), "a line is not accounted for"
    for remark in script.remarks:
        assert remark.stmt.source is script.source, "a remark on nothing"
    for item in (*script.items, *script.aside):
        if isinstance(item, Embedded):
            assert 0 <= item.start < item.end <= len(text), "a file outside the text"
            continue
        assert len(item.places) == len(item.argv) or (isinstance(item, Kept) and item.reason == "broken"), "no place"
        assert all(0 <= start <= end <= len(text) for start, end in item.places), "a word outside the text"
        if isinstance(item, Command):
            assert item.argv[0], "a command without a name"
            inside(item.span(), text)


def machine(piece: Piece, text: str) -> None:
    """The whole host of one text: replayed, with every line of it told."""
    whole = assemble([piece], replay_all=True).machine
    for tally in whole.tallies:
        if tally.name == piece.given.source.name:
            total = tally.understood + tally.kept + tally.prose
            assert total >= physical(text), f"{total} lines are told of {physical(text)}"


def sysctls(text: str, dice: random.Random) -> None:
    source = Source("sysctl.conf", text)
    statements = list(sysctl_files.scan(source))
    joined(statements, text)
    for lines in (sysctl_files.read(source), sysctl_files.listing(source)):
        assert [line.origin.text for line in lines] == [stmt.text for stmt in statements], "a line is lost"
        for line in lines:
            for span in (line.key, line.value):
                if span is not None:
                    inside(span, text)
        written = sysctl_files.settings(lines)
        sysctl_files.expand(written, ("net.ipv4.ip_forward", "net.ipv4.conf.eth0.rp_filter"))
    # What is written again is the same setting.
    for setting in sysctl_files.settings(sysctl_files.read(source)):
        (line,) = sysctl_files.read(Source("again", f"{setting.key} = {setting.value}"))
        assert line.setting is not None, "a setting that cannot be written again"
        assert (line.setting.key, line.setting.value) == (setting.key, setting.value), "a setting is two settings"
    for _, words, stmt in commands(text, ("sysctl",)):
        sysctl.parse(words, stmt)
    machine(Piece(Given(source, "sysctl")), text)


def iproute(text: str, dice: random.Random) -> None:
    source = Source("listing", text)
    statements = list(listings.lines(source))
    joined(statements, text)
    listing = listings.read(statements)
    assert listing.understood + len(listing.others) == len(statements), "a line is not accounted for"
    listings.read_routes(statements, "100", dice.choice((4, 6)))
    facts = listing.facts()
    started(facts, dice)
    host = HostReplay([Link("eth0", up=True), Link("va0", up=False)], complete=dice.random() < 0.5)
    count = 0
    for program, words, stmt in commands(text, PROGRAMS):
        count += 1
        event = host.run(parse_ip(program, words, stmt), stmt)
        assert event.outcome.status == 0 or event.outcome.message, "an error without words"
    assert len(host.events) == count, "a command without an event"
    found = host.facts()
    assert all(fact.origin is not None for fact in (*found.addresses, *found.routes, *found.rules)), (
        "a fact from nowhere"
    )
    machine(Piece(Given(source, "listing")), text)


TOUCHING = (
    "ip addr add 192.0.2.77/24 dev eth0", "ip addr del 192.0.2.77/24 dev eth0", "ip addr flush dev eth0", "ip link set eth0 down",
    "ip link set eth0 up", "ip route add default via 192.0.2.254", "ip route del default", "ip route flush table main", "ip rule del prio 100",
    "ip rule add fwmark 1 lookup 100", "ifconfig eth0 192.0.2.78 netmask 255.255.255.0", "ifconfig eth0:1 down", "route add default gw 192.0.2.1",
    "ip addr flush to 10.0.0.0/8", "ip -6 addr add fd00::7/64 dev eth0", "ip -6 route add fd00:1::/64 via fd00::9", "ip link del eth0",
)  # fmt: skip


def started(facts: HostFacts, dice: random.Random) -> None:
    """A host that begins as some text says takes any command."""
    host = HostReplay(start=facts, complete=dice.random() < 0.5)
    for program, words, stmt in commands("\n".join(dice.sample(TOUCHING, 5)), PROGRAMS):
        host.run(parse_ip(program, words, stmt), stmt)
    host.facts()


def netfile(text: str, dice: random.Random) -> None:
    source = Source("ifcfg-eth0", text)
    total = sum(1 for _ in listings.lines(source))
    for reading in (
        netfiles.ifcfg(source, "eth0"), netfiles.network(source), netfiles.route_file(source, "eth0"),
        netfiles.rule_file(source, "eth0"), netfiles.keepalived_options(source),
    ):  # fmt: skip
        assert reading.understood + len(reading.facts.opaque) == total, "a line is not accounted for"
        if dice.random() < 0.3:
            started(reading.facts, dice)
    joined(scan_interfaces(source), text)
    reading = netfiles.interfaces(source)
    assert reading.understood + len(reading.facts.opaque) == len(list(scan_interfaces(source))), "a line is lost"
    for nested in reading.commands:
        inside(nested.place, text)
        assert text[nested.place.start : nested.place.end] == nested.text, "a command that stands elsewhere"
    machine(
        Piece(Given(source, dice.choice(("ifcfg", "network", "route-file", "rule-file", "interfaces", "options")))),
        text,
    )


def facts(text: str, dice: random.Random) -> None:
    source = Source("facts.json", text)
    try:
        found = read_facts(source)
    except InputError:
        return
    everything = found.facts
    for fact in (*everything.links, *everything.addresses, *everything.routes, *everything.rules, *everything.opaque):
        assert fact.origin is not None, "a fact from nowhere"
        assert text[fact.origin.start : fact.origin.end] == fact.origin.text, "a fact that stands elsewhere"
    started(everything, dice)
    for name, inner in found.texts:
        if "ip_vs" in name or "ipvsadm" in name:
            read_rules(inner)
        else:
            Netfilter(4).restore(filter_scan.scan(inner))
    machine(Piece(Given(source, "facts")), "")


CHECKS: Mapping[str, Callable[[str, random.Random], None]] = {
    "ipvsadm": ipvsadm, "iptables": iptables, "shell": shell, "sysctl": sysctls, "iproute": iproute, "netfiles": netfile, "facts": facts,
}  # fmt: skip
