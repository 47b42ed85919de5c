"""Command lines: what iptables takes, what it makes of it, and what it says to the rest."""

from __future__ import annotations

import shlex

import pytest

from lvscompile.frontends.iptables.commands import parse
from lvscompile.ir.netfilter import Command, Net, Spec, UsageError


def taken(line: str, family: int = 4, strict: bool = True) -> Command:
    found = parse(shlex.split(line), family, strict=strict)
    assert isinstance(found, Command), found
    return found


def refused(line: str, family: int = 4, strict: bool = True) -> UsageError:
    found = parse(shlex.split(line), family, strict=strict)
    assert isinstance(found, UsageError), found
    return found


def spec(line: str, family: int = 4, strict: bool = True) -> Spec:
    (only,) = taken(f"-A INPUT {line}", family, strict).specs
    assert isinstance(only, Spec)
    return only


@pytest.mark.parametrize(
    ("line", "saved"),
    [
        ("-j ACCEPT -p TCP -d 10.1.2.3/255.255.0.0 -s 192.0.2.1", "-s 192.0.2.1/32 -d 10.1.0.0/16 -p tcp -j ACCEPT"),
        ("-s 10.1", "-s 10.1.0.0/32"),
        ("-s 10.1.2.3/255.0.255.0", "-s 10.0.2.0/255.0.255.0"),
        ("-s 0/0 -i + -p all", ""),
        ("! -s 0/0 ! -i eth+ ! -f", "! -s 0.0.0.0/0 ! -i eth+ ! -f"),
        ("-p 112", "-p vrrp"),
        ("-p 200", "-p 200"),
        ("-p tcp --syn", "-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN"),
        ("-p tcp ! --syn --sport :1024", "-p tcp -m tcp --sport 0:1024 ! --tcp-flags FIN,SYN,RST,ACK SYN"),
        ("-p tcp --dest 192.0.2.1 --dport ssh", "-d 192.0.2.1/32 -p tcp -m tcp --dport 22"),
        ("-p tcp -m state --state NEW,EST --dport 80", "-p tcp -m state --state NEW,ESTABLISHED -m tcp --dport 80"),
        ("-p icmp --icmp-type echo-request", "-p icmp -m icmp --icmp-type 8"),
        ("-p icmp --icmp-type 255", "-p icmp -m icmp --icmp-type any"),
        ("-m limit", "-m limit --limit 3/hour"),
        ("-m limit --limit 13/minute --limit-burst 5", "-m limit --limit 13/min"),
        ("-p tcp -m multiport --dports http,1:5", "-p tcp -m multiport --dports 80,1:5"),
        ("-j MARK --set-mark 5", "-j MARK --set-xmark 0x5/0xffffffff"),
        ("-j MARK --or-mark 5", "-j MARK --set-xmark 0x5/0x5"),
        ("-j CONNMARK --restore", "-j CONNMARK --restore-mark --nfmask 0xffffffff --ctmask 0xffffffff"),
        ("-j TOS --set-tos Minimize-Delay", "-j TOS --set-tos 0x10/0x3f"),
        ("-j LOG --log-prefix 'a b: ' --log-level warning", '-j LOG --log-prefix "a b: "'),
        ("-j REJECT", "-j REJECT --reject-with icmp-port-unreachable"),
        ("-m recent --set", "-m recent --set --name DEFAULT --mask 255.255.255.255 --rsource"),
        ("-m connlimit ! --connlimit-above 3", "-m connlimit --connlimit-upto 3 --connlimit-mask 32 --connlimit-saddr"),
        ("-m comment --comment plain -g somewhere", "-m comment --comment plain -g somewhere"),
        ("-p tcp -j REDIRECT --to-port 80-90", "-p tcp -j REDIRECT --to-ports 80-90"),
        ("-p tcp -j DNAT --to 192.0.2.1:http", "-p tcp -j DNAT --to-destination 192.0.2.1:80"),
        ("-m string --hex-string '|41|b' --algo bm", '-m string --string "Ab" --algo bm'),
        ("-m statistic --mode random --probability 0.333", "-m statistic --mode random --probability 0.33300000010"),
        ("-m mark --mark 1 -m mark ! --mark 0x10/0xff", "-m mark --mark 0x1 -m mark ! --mark 0x10/0xff"),
    ],
)  # fmt: skip
def test_the_normal_form(line: str, saved: str) -> None:
    assert spec(line).text.strip() == saved


@pytest.mark.parametrize(
    ("line", "saved"),
    [
        ("-s 2001:DB8::1 -p icmpv6 --icmpv6-type 1/4", "-s 2001:db8::1/128 -p ipv6-icmp -m icmp6 --icmpv6-type 1/4"),
        ("-s ::/0 -j REJECT", "-j REJECT --reject-with icmp6-port-unreachable"),
        ("-p tcp -j DNAT --to [2001:db8::1]:80", "-p tcp -j DNAT --to-destination [2001:db8::1]:80"),
        ("-p tcp -j DNAT --to :80", "-p tcp -j DNAT --to-destination :80"),
        ("-m hl --hl 5", "-m hl --hl-eq 5"),
    ],
)
def test_the_normal_form_of_ipv6(line: str, saved: str) -> None:
    assert spec(line, 6).text.strip() == saved


def test_values_are_typed() -> None:
    rule = spec("-s 10.0.0.0/8 ! -i eth0 -p tcp -m multiport ! --dports 80,1:5 -m mark --mark 1 -j LOG --log-level 7")
    assert rule.source is not None
    assert rule.source.net == Net("10.0.0.0", 8)
    assert rule.in_interface is not None
    assert (rule.in_interface.word, rule.in_interface.negated) == ("eth0", True)
    assert rule.protocol is not None
    assert rule.protocol.number == 6
    ports = rule.matches[0].option("dports")
    assert ports is not None
    assert (ports.value, ports.negated) == (((80, 80), (1, 5)), True)
    match = rule.match("mark")
    assert match is not None
    assert match.value("mark") == (1, 0xFFFFFFFF)
    assert rule.target is not None
    assert (rule.target.kind, rule.target.value("log-level"), rule.target.option("log-uid")) == ("extension", 7, None)
    assert rule.known


@pytest.mark.parametrize(("name", "kind"), [("DROP", "verdict"), ("LOG", "extension"), ("my-chain", "chain")])
def test_kinds_of_targets(name: str, kind: str) -> None:
    target = spec(f"-j {name}").target
    assert target is not None
    assert (target.name, target.kind) == (name, kind)


def test_lists_of_addresses_make_several_rules() -> None:
    found = taken("-A INPUT -s 192.0.2.1,192.0.2.2 -d 10.0.0.1,10.0.0.2")
    assert [each.text for each in found.specs] == [
        " -s 192.0.2.1/32 -d 10.0.0.1/32", " -s 192.0.2.1/32 -d 10.0.0.2/32",
        " -s 192.0.2.2/32 -d 10.0.0.1/32", " -s 192.0.2.2/32 -d 10.0.0.2/32",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "name", "chain", "number", "argument"),
    [
        ("-I INPUT -j ACCEPT", "insert", "INPUT", 1, ""),
        ("-I INPUT 3", "insert", "INPUT", 3, ""),
        ("--insert INPUT 3", "insert", "INPUT", 3, ""),
        ("-D INPUT 2", "delete", "INPUT", 2, ""),
        ("-R INPUT 2 -j DROP", "replace", "INPUT", 2, ""),
        ("-P INPUT DROP", "policy", "INPUT", 0, "DROP"),
        ("-E a b", "rename-chain", "a", 0, "b"),
        ("-N a", "new-chain", "a", 0, ""),
        ("-X", "delete-chain", "", 0, ""),
        ("--flush a", "flush", "a", 0, ""),
        ("-Z a 2", "zero", "a", 2, ""),
        ("-nvL INPUT --line-numbers", "list", "INPUT", 0, ""),
        ("-L -Z -v -n -x", "zero", "", 0, "list"),
        ("-w 5 -S a", "list-rules", "a", 0, ""),
        ("--wait -F", "flush", "", 0, ""),
        ("-h", "skipped", "", 0, ""),
    ],
)
def test_commands(line: str, name: str, chain: str, number: int, argument: str) -> None:
    found = taken(line)
    assert (found.name, found.chain, found.number, found.argument) == (name, chain, number, argument)


def test_the_table_and_the_counters() -> None:
    found = taken("-t nat -A OUTPUT -c 5 6 -j ACCEPT")
    assert (found.table, found.counters) == ("nat", (5, 6))
    assert taken("-A INPUT -c 7,8").counters == (7, 8)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("", "no command specified"),
        ("-A INPUT --foo", 'unknown option "--foo"'),
        ("-A INPUT --dport 80", 'unknown option "--dport"'),
        ("-A INPUT -Q", 'unknown option "-Q"'),
        ("-A INPUT foo", "Bad argument `foo'"),
        ("-A INPUT -s", 'option "-s" requires an argument'),
        ("-A INPUT ! ! -s 192.0.2.1", "multiple consecutive ! not allowed"),
        ("-A INPUT !", "nothing appropriate following !"),
        ("-A INPUT ! -j DROP", "cannot have ! before -j"),
        ("-A INPUT ! -m state --state NEW", "unexpected ! flag before --match"),
        ("-A INPUT -s 192.0.2.1 -s 192.0.2.1", "multiple -s flags not allowed"),
        ("-A INPUT -s 256.0.0.1", "host/network `256.0.0.1' not found"),
        ("-A INPUT -s 192.0.2.1/33", "invalid mask `33' specified"),
        ("-A INPUT ! -s 192.0.2.1,192.0.2.2", "! not allowed with multiple source or destination IP addresses"),
        ("-A INPUT -o eth0", "Can't use -o with INPUT"),
        ("-A OUTPUT -i eth0", "Can't use -i with OUTPUT"),
        ("-A INPUT -i 1234567890123456", "interface name `1234567890123456' must be shorter than IFNAMSIZ (15)"),
        ("-A INPUT -p nothing", 'unknown protocol "nothing" specified'),
        ("-A INPUT -ptcp", 'unknown protocol "-ptcp" specified'),
        ("-A INPUT ! -p 0", "rule would never match protocol"),
        ("-A INPUT -p tcp --dport 5:4", "invalid portrange (min > max)"),
        ("-A INPUT -p tcp --dport 80 --dport 81", "Only one `--destination-port' allowed"),
        ("-A INPUT -m psd", "Couldn't load match `psd':No such file or directory"),
        ("-A INPUT -m mark", 'mark: option "--mark" must be specified'),
        ("-A INPUT -m recent --set --update", 'recent: option "--set" cannot be used together with "--update".'),
        ("-A INPUT -m statistic --mode nth --every 3", 'statistic: option "--every" also requires "--packet".'),
        ("-A INPUT -m limit ! --limit 5/s", 'limit: option "--limit" cannot be inverted.'),
        ("-A INPUT -m multiport --dports 80", "multiport needs `-p tcp', `-p udp', `-p udplite', `-p sctp' or `-p dccp'"),
        ("-A INPUT -m ttl --ttl-lt 256", 'ttl: bad value for option "--ttl-lt", or out of range (0-255).'),
        ("-A INPUT -j MASQUERADE --to-ports 80", "Need TCP, UDP, SCTP or DCCP with port specification"),
        ("-A INPUT -n", "Illegal option `-n' with this command"),
        ("-A INPUT --line-numbers", "Illegal option `--line-numbers' with this command"),
        ("-D INPUT 1 -s 192.0.2.1", "Illegal option `-s' with this command"),
        ("-F -L", "Cannot use -L with -F"),
        ("-I INPUT 0", "Invalid rule number `0'"),
        ("-R INPUT -j DROP", "-R requires a rule number"),
        ("-R INPUT 1 -s 192.0.2.1,192.0.2.2", "Replacement rule does not specify a unique address"),
        ("-N ACCEPT", "chain name may not clash with target name"),
        ("-N LOG", "chain name may not clash with target name"),
        ("-N -x", "chain name not allowed to start with `-'"),
        ("-N 'a b'", "Invalid chain name `a b'"),
        ("-N 12345678901234567890123456789", "chain name `12345678901234567890123456789' too long (must be under 29 chars)"),
        ("-P INPUT", "-P requires a chain and a policy"),
        ("-E a", "-E requires old-chain-name and new-chain-name"),
        ("-t nat -A OUTPUT -j DROP", 'The "nat" table is not intended for filtering, the use of DROP is therefore inhibited.'),
        ("-A INPUT -c 5", "-c requires packet and byte counter"),
        ("-A INPUT -c a b", "-c packet counter not numeric"),
        ("-A INPUT -j ''", "Invalid target name (too short)"),
        ("-A INPUT -- x", "unknown arguments found on commandline"),
        ("-A INPUT -p tcp --tcp-flags SYN", "--tcp-flags requires two args."),
    ],
)  # fmt: skip
def test_what_is_refused(line: str, message: str) -> None:
    found = refused(line)
    assert (found.status, found.message) == (2, message)


def test_the_word_at_fault() -> None:
    assert refused("-A INPUT -p tcp --dprot 80").word == 4
    assert refused("-A INPUT foo").word == 2


def test_names_that_another_machine_may_know() -> None:
    assert refused("-A INPUT -s www.example.com").unresolved == "www.example.com"
    assert refused("-A INPUT -p tcp --dport my-service").unresolved == "my-service"
    assert refused("-A INPUT -s 1.2.3.4.5").unresolved == ""


@pytest.mark.parametrize(
    ("line", "saved"),
    [
        ("-s ! 10.0.0.0/8", "! -s 10.0.0.0/8"),
        ("-i ! eth0 -p ! tcp", "! -i eth0 ! -p tcp"),
        ("-p tcp --dport ! 80", "-p tcp -m tcp ! --dport 80"),
        ("-p tcp --tcp-flags ! SYN,ACK SYN", "-p tcp -m tcp ! --tcp-flags SYN,ACK SYN"),
        ("-m state --state ! NEW", "-m state ! --state NEW"),
    ],
)
def test_negation_as_it_was(line: str, saved: str) -> None:
    found = taken(f"-A INPUT {line}", strict=False)
    assert found.specs[0].text.strip() == saved
    assert {why for why, _ in found.repairs} == {"negation-behind"}
    assert isinstance(parse(shlex.split(f"-A INPUT {line}"), strict=True), UsageError)


def test_what_nobody_knows_keeps_its_words() -> None:
    found = taken(
        "-A INPUT -p tcp -m geoip ! --source-country DE,FR -m condition --condition 'mail off' --dport 25", strict=False
    )
    (only,) = found.specs
    assert (
        only.text == ' -p tcp -m geoip ! --source-country DE,FR -m condition --condition "mail off" -m tcp --dport 25'
    )
    assert not only.known
    assert [why for why, _ in found.repairs] == ["unknown-match", "unknown-match"]


def test_options_of_older_versions() -> None:
    found = taken("-A INPUT -m time --timestart 08:00 --timestop 17:00 --days Mon", strict=False)
    assert "--weekdays Mon" in found.specs[0].text
    assert refused("-A INPUT -m time --days Mon").message == 'unknown option "--days"'


def test_a_typing_mistake_is_one_in_any_version() -> None:
    assert refused("-A INPUT -p tcp --dprot 80", strict=False).message == 'unknown option "--dprot"'


def test_lines_for_the_other_family() -> None:
    assert refused("-6 -A INPUT").status == 2
    skipped = parse(["-6", "-A", "INPUT", "--nonsense"], 4, strict=True, table="filter")
    assert isinstance(skipped, Command)
    assert skipped.name == "skipped"
    assert taken("-4 -A INPUT -j DROP").specs[0].text == " -j DROP"
    assert refused("-4 -A INPUT", 6).status == 2


def test_a_dump_cannot_change_the_table() -> None:
    found = parse(["-t", "nat", "-A", "INPUT"], 4, table="filter")
    assert isinstance(found, UsageError)
    assert "cannot be used in iptables-restore" in found.message
