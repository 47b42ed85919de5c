"""The texts of a host together: what is left once all has run."""

from __future__ import annotations

import json

import pytest

from lvscompile.frontends.machine.assemble import Assembled, assemble
from lvscompile.frontends.machine.pieces import Piece, family_of, is_boot_path, part
from lvscompile.frontends.shell import read_script
from lvscompile.ir.host_settings import forwards_ipv4, survives
from lvscompile.ir.machine import Given, Machine
from lvscompile.syntax.source import Source

ADD = "ipvsadm -A -t 192.0.2.1:80 -s rr\n"
SERVER = "ipvsadm -a -t 192.0.2.1:80 -r 198.51.100.1 -m\n"
DUMP = "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -p tcp -j DROP\nCOMMIT\n"


def piece(kind: str, text: str, path: str = "", name: str = "") -> Piece:
    source = Source(name or path or "x", text, path)
    given = Given(source, kind, path, is_boot_path(path))
    if kind not in ("script", "log"):
        return Piece(given)
    script = read_script(source, mode={"script": "script", "log": "document"}[kind])
    return Piece(given, script, script.items)


def assembled(*pieces: Piece, replay_all: bool = False) -> Assembled:
    return assemble(pieces, replay_all)


def machine(*pieces: Piece, replay_all: bool = False) -> Machine:
    return assembled(*pieces, replay_all=replay_all).machine


def table(of: Machine) -> list[tuple[str, list[str]]]:
    assert of.ipvs is not None
    return [(service.title, [server.title for server in service.destinations]) for service in of.ipvs.services]


def rules(of: Machine, family: int = 4) -> list[str]:
    ruleset = of.filter(family)
    return [f"{table.name} {chain.name}{rule.text}" for table, chain, rule in ruleset.rules()] if ruleset else []


def test_a_script_begins_with_an_empty_table_and_fails_as_it_would() -> None:
    found = machine(piece("script", SERVER + ADD + SERVER))
    assert table(found) == [("192.0.2.1:80", ["198.51.100.1:80"])]
    assert [event.outcome and event.outcome.status for event in found.ipvs_events] == [255, 0, 0]
    assert found.ipvs is not None
    assert found.ipvs.complete


def test_a_log_begins_with_what_nobody_knows() -> None:
    found = machine(piece("log", f"# {SERVER}"))
    assert [event.outcome and (event.outcome.status, event.outcome.certain) for event in found.ipvs_events] == [
        (0, False)
    ]
    assert found.ipvs is not None
    assert not found.ipvs.complete


UNDO = f"Add it:\n{ADD}To delete it:\nipvsadm -D -t 192.0.2.1:80\n"


def test_what_undoes_is_left_out_unless_asked_for() -> None:
    left = machine(piece("log", UNDO))
    assert table(left) == [("192.0.2.1:80", [])]
    assert [command.argv[1] for command in left.undo] == ["-D"]
    everything = machine(piece("log", UNDO), replay_all=True)
    assert table(everything) == []
    assert everything.undo == ()


def test_what_runs_when_something_fails_does_not_run() -> None:
    assert table(machine(piece("script", f"{ADD}ipvsadm -Z || ipvsadm -C\n"))) == [("192.0.2.1:80", [])]


def test_a_listing_is_where_commands_go_on() -> None:
    listing = (
        "IP Virtual Server version 1.2.1 (size=4096)\nProt LocalAddress:Port Scheduler Flags\n"
        "  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn\nTCP  192.0.2.1:80 rr\n"
        "  -> 198.51.100.9:80              Masq    1      0          0\n"
    )
    found = machine(piece("ipvsadm", listing), piece("script", SERVER))
    assert table(found) == [("192.0.2.1:80", ["198.51.100.1:80", "198.51.100.9:80"])]


def test_a_script_goes_on_where_a_dump_ends() -> None:
    dump = "-A -t 192.0.2.1:80 -s rr\n-a -t 192.0.2.1:80 -r 198.51.100.9:80 -m\n"
    found = machine(piece("ipvsadm", dump, "/etc/sysconfig/ipvsadm"), piece("script", SERVER))
    assert table(found) == [("192.0.2.1:80", ["198.51.100.1:80", "198.51.100.9:80"])]


def test_a_filter_of_a_dump_and_commands_on_top() -> None:
    found = machine(
        piece("iptables", DUMP, "/etc/sysconfig/iptables"),
        piece("script", "iptables -I INPUT -p vrrp -j ACCEPT\nip6tables -A INPUT -j DROP\n"),
    )
    assert rules(found) == ["filter INPUT -p vrrp -j ACCEPT", "filter INPUT -p tcp -j DROP"]
    assert rules(found, 6) == ["filter INPUT -j DROP"]
    assert {"filter4", "filter6"} <= found.told
    assert "filter4" in found.complete
    assert "filter6" not in found.complete


def test_a_later_dump_replaces_and_contradicts() -> None:
    found = machine(
        piece("iptables", DUMP, "/etc/sysconfig/iptables"),
        piece("iptables", DUMP.replace("tcp", "udp"), "/etc/iptables/rules.v4"),
    )
    assert rules(found) == ["filter INPUT -p udp -j DROP"]
    assert [(each.subject, each.what) for each in found.contradictions] == [("filter4", "filter")]


def test_a_flushed_filter_is_known() -> None:
    assert "filter4" in machine(piece("script", "iptables -F\n")).complete
    assert "filter4" not in machine(piece("script", "iptables -F INPUT\n")).complete
    assert "filter4" not in machine(piece("script", "iptables -t nat -F\n")).complete


def test_what_saves_the_state() -> None:
    script = "iptables-save > /etc/sysconfig/iptables\nservice ip6tables save\nipvsadm -S -n > /etc/sysconfig/ipvsadm\n"
    assert machine(piece("script", script)).saved == {"filter4", "filter6", "ipvs"}
    assert machine(piece("script", "iptables-save\nipvsadm -Sn\n")).saved == frozenset()


@pytest.mark.parametrize(
    ("path", "text", "kept"),
    [
        ("/etc/rc.local", "echo 1 > /proc/sys/net/ipv4/ip_forward\n", True),
        ("", "echo 1 > /proc/sys/net/ipv4/ip_forward\n", False),
        ("", "sysctl -w net.ipv4.ip_forward=1\n", False),
        ("", "cat > /etc/sysctl.conf <<EOF\nnet.ipv4.ip_forward = 1\nEOF\n", True),
    ],
)
def test_settings_of_scripts_last_where_the_script_is_run_at_boot(path: str, text: str, kept: bool) -> None:
    sysctls = machine(piece("script", text, path)).facts.sysctls
    assert forwards_ipv4(sysctls, "eth0").value == 1
    assert survives(sysctls, "net.ipv4.ip_forward") == kept


def test_addresses_of_files_and_commands() -> None:
    found = machine(
        piece("ifcfg", "DEVICE=eth0\nIPADDR=192.0.2.7\nNETMASK=255.255.255.0\n", "/etc/sysconfig/network-scripts/ifcfg-eth0"),
        piece("script", "ip addr add 192.0.2.10/32 dev eth0\nip rule add fwmark 1 table 100 prio 100\n"),
    )  # fmt: skip
    assert [address.text for address in found.facts.addresses] == ["192.0.2.7/24", "192.0.2.10/32"]
    assert [rule.table for rule in found.facts.rules] == ["100"]
    assert [found.persists(address.origin) for address in found.facts.addresses] == [True, False]


def test_commands_in_interfaces_run_when_it_comes_up() -> None:
    text = "auto eth0\niface eth0 inet static\n    address 192.0.2.7/24\n    up ip addr add 192.0.2.10/32 dev lo\n    down ipvsadm -C\n"
    found = machine(piece("interfaces", text, "/etc/network/interfaces"))
    assert "192.0.2.10/32" in [address.text for address in found.facts.addresses]
    assert found.ipvs is None


def test_files_that_a_script_writes() -> None:
    text = "cat > /etc/keepalived/keepalived.conf <<EOF\nvrrp_instance A {\n}\nEOF\ncat > /etc/ipvsadm.rules <<EOF\n-A -t 192.0.2.1:80 -s rr\nEOF\n"
    found = assembled(piece("script", text))
    (shown,) = found.keepalived
    assert shown.text.strip() == "vrrp_instance A {\n}"
    assert shown.position(shown.text.index("vrrp"))[0] == 2
    assert table(found.machine) == [("192.0.2.1:80", [])]
    assert found.machine.ipvs is not None
    assert found.machine.persists(found.machine.ipvs.services[0].origin)


def test_facts_are_what_runs_and_files_what_boots() -> None:
    facts = {
        "lvscompile_facts": 1, "sysctls": [{"key": "net.ipv4.ip_forward", "value": "1"}], "addresses": [],
        "filters": {"iptables-save": ["*filter", ":INPUT ACCEPT [0:0]", "COMMIT"]}, "ipvs": {"ipvsadm-save": [ADD[8:-1]]},
    }  # fmt: skip
    files = [
        piece("sysctl", "net.ipv4.ip_forward = 0\n", "/etc/sysctl.conf"),
        piece("iptables", DUMP, "/etc/sysconfig/iptables"),
    ]
    found = machine(*files, piece("facts", json.dumps(facts)))
    assert rules(found) == []
    assert table(found) == [("192.0.2.1:80", [])]
    assert forwards_ipv4(found.facts.sysctls, "eth0").value == 1
    assert survives(found.facts.sysctls, "net.ipv4.ip_forward") is False
    assert {"sysctls", "addresses", "filter4", "ipvs"} <= found.complete
    assert found.boot is not None
    assert rules(found.boot) == ["filter INPUT -p tcp -j DROP"]


def test_settings_that_contradict_each_other() -> None:
    found = machine(
        piece("sysctl", "net.ipv4.ip_forward = 0\nnet.ipv4.conf.all.rp_filter = 1\n", "/etc/sysctl.d/1.conf"),
        piece("sysctl", "net.ipv4.ip_forward = 1\nnet.ipv4.conf.all.rp_filter = 01\n", "/etc/sysctl.conf"),
    )
    assert [each.what for each in found.contradictions] == ["net.ipv4.ip_forward"]


def test_every_line_is_accounted_for() -> None:
    text = f"Notes about it:\n[root@lvs1 ~]# {ADD}nft flush ruleset\nwget http://192.0.2.3/x\ncat /etc/sysctl.conf\nnet.ipv4.ip_forward = 1\n"
    (tally,) = machine(piece("log", text)).tallies
    assert (tally.lines, tally.prose, tally.kept, tally.understood) == (6, 1, 2, 3)
    assert (tally.commands, tally.commands_kept) == (4, 2)
    assert [origin.line for origin in tally.kept_at] == [3, 4]


def test_a_script_that_calls_one_that_is_there() -> None:
    call = piece("script", "/usr/local/sbin/fw.sh\n/usr/local/sbin/other.sh\n", "/etc/rc.local")
    called = piece("script", "iptables -F\n", "/usr/local/sbin/fw.sh")
    assert [(tally.kept, tally.commands) for tally in machine(call, called).tallies] == [(1, 2), (0, 1)]


def test_a_command_with_a_word_that_nobody_knows_is_kept() -> None:
    (tally,) = machine(piece("script", "ipvsadm -A -t $VIP:80 -s rr\n")).tallies
    assert tally.kept == 1


def test_a_part_has_the_places_of_the_whole() -> None:
    whole = Source("notes", "one\ntwo words\nthree\n", "/notes")
    inner = part(whole, 8, 14)
    assert inner.text.strip() == "words"
    assert inner.position(inner.text.index("words")) == (2, 5)
    assert inner.path == ""


@pytest.mark.parametrize(
    ("path", "text", "family"),
    [
        ("/etc/sysconfig/ip6tables", "", 6), ("/etc/iptables/rules.v6", "", 6), ("/etc/iptables/rules.v4", "::", 4),
        ("x", "# Generated by ip6tables-save v1\n", 6), ("x", "# Generated by iptables-save v1\n-A INPUT -s 2001:db8::1\n", 4),
        ("x", "-A INPUT -s 2001:db8::1/128 -j DROP\n", 6), ("x", "-A INPUT -p ipv6-icmp -j DROP\n", 6), ("x", "-A INPUT -s 192.0.2.1 -j DROP\n", 4),
    ],
)  # fmt: skip
def test_the_family_of_a_dump(path: str, text: str, family: int) -> None:
    assert family_of(path, text) == family


def test_ipvsadm_restore_clears_the_table_and_minds_no_comments() -> None:
    dump = "# saved\n-A -t 192.0.2.2:80 -s rr\n"
    assert table(machine(piece("script", f"{ADD}ipvsadm-restore <<EOF\n{dump}EOF\n"))) == [("192.0.2.2:80", [])]
    assert table(machine(piece("script", f"{ADD}ipvsadm -R <<EOF\n{dump}EOF\n"))) == [("192.0.2.1:80", [])]
    assert len(table(machine(piece("script", f"{ADD}ipvsadm -R <<EOF\n{dump[8:]}EOF\n")))) == 2
