"""The keepalived backend: canonical order and layout, words of the target, losses told."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import pytest

from lvscompile.app.load import load
from lvscompile.backends.keepalived import Emitted, emit
from lvscompile.backends.keepalived.quoting import line, quote
from lvscompile.ir.core import Target, parse_version
from lvscompile.ir.site import NOTE
from lvscompile.syntax.keepalived.words import words


class Emit(Protocol):
    def __call__(self, text: str, target: str = "") -> Emitted: ...


@pytest.fixture
def emitted(tmp_path: Path) -> Emit:
    def run(text: str, target: str = "") -> Emitted:
        path = tmp_path / "lvs1.conf"
        path.write_bytes(text.encode("utf-8", "surrogateescape"))
        loaded = load([f"lvs1={path}"], kinds={str(path): "keepalived"})
        return emit(loaded.hosts[0].director, Target(parse_version(target) if target else None))

    return run


def body(text: str) -> list[str]:
    """The lines of the one block of an output, without indentation; comments of ours left out."""
    lines = [each.strip() for each in text.splitlines() if each.strip() and not each.startswith(NOTE)]
    return lines[1:-1]


def kinds(found: Emitted) -> list[tuple[str, str]]:
    return [(loss.kind, loss.origin.text.strip()) for loss in found.losses]


# -- quoting --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "written"),
    [
        ("eth0", "eth0"), ("a b", '"a b"'), ("a\tb", '"a\tb"'), ("a#b", '"a#b"'), ("a!b", '"a!b"'), ("", '""'),
        ("a{b", '"a{b"'), ("a}b", '"a}b"'), ("${X}", '"${X}"'), ("@node", '"@node"'), ("a@b.c", "a@b.c"),
        ("~SEQ(i,2)", '"~SEQ(i,2)"'), ("$X", "$X"), ("caf\udce9", "caf\udce9"), ("'x'", "'x'"), ("10.0.0.1/24", "10.0.0.1/24"),
    ],
)  # fmt: skip
def test_quote(word: str, written: str) -> None:
    assert quote(word) == written
    assert words(f"router_id {written}") == ("router_id", word)


def test_line() -> None:
    assert line(("router_id", "a b", "c")) == 'router_id "a b" c'


@pytest.mark.parametrize("name", ['"a b"', '"a#b"', '"a!b"', '""', '"{x}"', "'x'", "caf\udce9"])
def test_names_of_blocks_keep_their_quotes(emitted: Emit, name: str) -> None:
    found = emitted(f"vrrp_instance {name} {{\n}}\n")
    assert found.text == f"vrrp_instance {name} {{\n}}\n"
    assert found.losses == ()


@pytest.mark.parametrize(
    "command",
    [
        "\"/bin/sh -c 'a b'\" root",
        "'/bin/x  \"y\"'",
        '"/bin/x a#b"',
        '"/bin/x  a\\" b"',
        "/bin/x",
        '"/bin/x a!b" nobody nogroup',
    ],
)
def test_commands_keep_their_quotes(emitted: Emit, command: str) -> None:
    found = emitted(f"vrrp_instance A {{\n  notify_master   {command}   # said\n}}\n")
    assert body(found.text) == [f"notify_master {command}"]


@pytest.mark.parametrize(
    "statement",
    [
        "priority ${_RANDOM 1 9}",
        "virtual_router_id ${_INSTANCE}",
        "virtual_ipaddress {\n10.0.0.${_INSTANCE}/24 dev eth0\n}",
    ],
)
def test_a_value_that_keepalived_makes_itself_is_left_alone(emitted: Emit, statement: str) -> None:
    found = emitted(f"vrrp_instance A {{\n{statement}\n}}\n")
    assert body(found.text) == statement.split("\n")
    assert found.losses == ()


# -- order and layout -----------------------------------------------------------------------------------

MIXED = """\
virtual_server 10.0.0.1 80 {
  real_server 10.0.0.2 80 {
  weight 2
  }
  lb_kind DR
  lb_algo rr
}
vrrp_sync_group G {
  group { A }
}
vrrp_script S {
  script /bin/true
}
vrrp_instance A {
  track_script {
    S
  }
  priority 100
  interface eth0
}
global_defs {
  router_id X
}
"""
ORDERED = """\
global_defs {
    router_id X
}

vrrp_script S {
    script /bin/true
}

vrrp_sync_group G {
    group {
        A
    }
}

vrrp_instance A {
    interface eth0
    track_script {
        S
    }
    priority 100
}

virtual_server 10.0.0.1 80 {
    lb_algo rr
    lb_kind DR
    real_server 10.0.0.2 80 {
        weight 2
    }
}
"""


def test_canonical_order(emitted: Emit) -> None:
    found = emitted(MIXED)
    assert found == Emitted(ORDERED, ())
    assert emitted(ORDERED) == found


@pytest.mark.parametrize(
    ("definition", "block"),
    [
        ("vrrp_script", "track_script"),
        ("vrrp_track_process", "track_process"),
        ("track_file", "track_file"),
        ("bfd_instance", "track_bfd"),
    ],
)
def test_definitions_stand_before_their_uses(emitted: Emit, definition: str, block: str) -> None:
    defined, use = f"{definition} N {{\n}}\n", f"vrrp_instance A {{\n{block} {{\nN\n}}\n}}\n"
    found = emitted(defined + use)
    assert found.text.index(definition) < found.text.index("vrrp_instance")
    assert found.losses == ()


def test_files_of_one_setting_and_of_nothing(emitted: Emit) -> None:
    assert emitted("").text == ""
    assert emitted("# a comment\n").text == ""
    assert emitted("net_namespace blue\n").text == "net_namespace blue\n"


def test_blocks_that_add_up_are_one(emitted: Emit) -> None:
    text = "global_defs {\nrouter_id a\n}\nvrrp_instance A {\nvirtual_ipaddress {\n10.0.0.1\n}\npriority 5\nvirtual_ipaddress {\n10.0.0.2\n}\n}\nglobal_defs {\nrouter_id b\n}\n"
    assert emitted(text).text == (
        "global_defs {\n    router_id b\n}\n\nvrrp_instance A {\n    priority 5\n    virtual_ipaddress {\n"
        "        10.0.0.1\n        10.0.0.2\n    }\n}\n"
    )


@pytest.mark.parametrize(
    ("said", "written"),
    [("script a b", "script a"), ("script 'a b'  c  'd e'", "script 'a b'"), ('script "a b"', 'script "a b"')],
)
def test_a_command_loses_its_surplus_words(emitted: Emit, said: str, written: str) -> None:
    assert body(emitted(f"vrrp_script S {{\n{said}\n}}\n").text) == [written]


def test_a_line_does_not_outgrow_what_keepalived_reads(emitted: Emit) -> None:
    command = f'notify_master "/bin/true {"x" * 990}"'
    (long,) = body(emitted(f"vrrp_instance A {{\n{command}\n}}\n").text)
    assert long == command
    longest = f'notify_master "/bin/true {"x" * (1023 - 26)}"'
    assert len(longest) == 1023
    assert f"\n{longest}\n" in emitted(f"vrrp_instance A {{\n{longest}\n}}\n").text


# -- what counts ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("block", "said", "written"),
    [
        ("vrrp_instance A", "priority 1\npriority 2", ["priority 2"]),
        ("vrrp_instance A", "priority 1\npriority 300", ["priority 1"]),
        ("vrrp_instance A", "priority 1 2 3", ["priority 1"]),
        ("vrrp_instance A", "state MASTER\nstate BACKUP", ["state MASTER"]),
        ("vrrp_instance A", "state BACKUP\nstate MASTER", ["state MASTER"]),
        ("vrrp_instance A", "version 2\nversion 3", ["version 2"]),
        ("vrrp_instance A", "nopreempt\npreempt", ["preempt"]),
        ("vrrp_instance A", "preempt\nnopreempt", ["nopreempt"]),
        ("vrrp_instance A", "accept\nno_accept", ["no_accept"]),
        ("vrrp_instance A", "nopreempt off", ["nopreempt"]),
        ("vrrp_instance A", "notify /bin/a\nnotify /bin/b", ["notify /bin/a"]),
        ("vrrp_instance A", "notify_priority_changes on\nnotify_priority_changes off", ["notify_priority_changes off"]),
        ("vrrp_instance A", "auth_pass x", []),
        ("global_defs", "vrrp_min_garp\nvrrp_min_garp off", ["vrrp_min_garp"]),
        ("global_defs", "lvs_process_name a\nchecker_process_name b", ["checker_process_name b"]),
        ("global_defs", "checker_process_name b\nlvs_process_name a", ["lvs_process_name a"]),
        ("global_defs", "lvs_timeouts tcp 5\nlvs_timeouts udp 6", ["lvs_timeouts tcp 5", "lvs_timeouts udp 6"]),
        ("global_defs", "nftables a\nnftables b", ["nftables a"]),
        ("track_file T", "file /tmp/a\nfile /tmp/b", ["file /tmp/a"]),
        ("vrrp_track_process P", "process a\nprocess b", ["process a"]),
        ("virtual_server 10.0.0.1 80", "lb_algo rr\nlvs_sched wrr", ["lvs_sched wrr"]),
        ("virtual_server 10.0.0.1 80", "quorum_up /bin/a\nquorum_up /bin/b", ["quorum_up /bin/a"]),
        ("virtual_server 10.0.0.1 80", "lb_algo sh\nsh-port", ["lb_algo sh", "sh-port"]),
        ("virtual_server 10.0.0.1 80", "sh-port\nlb_algo sh", ["lb_algo sh"]),
        ("virtual_server 10.0.0.1 80", "sh-port", ["sh-port"]),
        ("virtual_server 10.0.0.1 80", "sorry_server_inhibit\nsorry_server 10.0.0.9 80", ["sorry_server 10.0.0.9 80"]),
    ],
)  # fmt: skip
def test_repeated_statements(emitted: Emit, block: str, said: str, written: list[str]) -> None:
    assert body(emitted(f"{block} {{\n{said}\n}}\n", "2.2.7").text) == written


# -- versions -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("block", "said", "target", "written"),
    [
        ("global_defs", "lvs_flush_onstop", "2.2.7", "lvs_flush_on_stop"),
        ("global_defs", "lvs_flush_onstop", "2.1.5", "lvs_flush_onstop"),
        ("global_defs", "vrrp_rlimit_rtime 5", "2.0.20", "vrrp_rlimit_rtime 5"),
        ("global_defs", "vrrp_rlimit_rtime 5", "", "vrrp_rlimit_rttime 5"),
        ("global_defs", "enable_snmp_keepalived", "1.4.5", "enable_snmp_keepalived"),
        ("vrrp_instance A", "vmac_garp_intvl 5", "2.2.3", "garp_extra_if 5"),
        ("vrrp_instance A", "vmac_garp_intvl 5", "2.2.2", "vmac_garp_intvl 5"),
        ("vrrp_instance A", "thread_timer_expired 5", "", "timer_expired_backup 5"),
    ],
)  # fmt: skip
def test_deprecated_words(emitted: Emit, block: str, said: str, target: str, written: str) -> None:
    found = emitted(f"{block} {{\n{said}\n}}\n", target)
    assert body(found.text) == [written]
    assert found.losses == ()


def test_a_deprecated_block(emitted: Emit) -> None:
    text = "vrrp_track_file F {\n    file /tmp/x\n}\n"
    assert emitted(text, "2.0.20").text == text
    assert emitted(text, "2.2.7").text == text.replace("vrrp_track_file", "track_file")


@pytest.mark.parametrize(
    ("text", "before", "since"),
    [
        ("vrrp_instance A {\ntimer_expired_backup 5\n}\n", "2.2.7", "2.2.8"),
        ("vrrp_instance A {\nauth_hmac {\nkey 1 kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk\n}\n}\n", "2.3.4", "2.4.0"),
        ("vrrp_track_process P {\nprocess x\n}\n", "2.0.10", "2.0.11"),
        ("interface_up_down_delays {\neth0 1\n}\n", "2.2.2", "2.2.3"),
    ],
)
def test_newer_words(emitted: Emit, text: str, before: str, since: str) -> None:
    assert [(loss.kind, loss.detail) for loss in emitted(text, before).losses] == [("newer", since)]
    assert emitted(text, since).losses == ()


# -- losses ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "lost"),
    [
        ("vrrp_instance A {\nfrob 1\n}\n", [("unknown", "frob 1")]),
        ("vrrp_instance A {\npriority 300\n}\n", [("rejected", "priority 300")]),
        ("vrrp_instance A {\nvirtual_ipaddress {\n10.0.0.300\n}\n}\n", [("rejected", "10.0.0.300")]),
        ("vrrp_instance A {\n}\nvrrp_instance A {\n}\n", [("skipped", "vrrp_instance A {")]),
        ("virtual_server www 80 {\n}\n", [("skipped", "virtual_server www 80 {")]),
        ("vrrp_instance A {\ntrack_script {\nS\n}\n}\nvrrp_script S {\n}\n", [("too-early", "S")]),
        ("virtual_server 10.0.0.1 80 {\nmh-port\nlb_algo mh\n}\n", [("too-early", "mh-port")]),
        ("static_ipaddress {\n10.0.0.1 track_group T\n}\ntrack_group T {\n}\n", [("too-early", "10.0.0.1 track_group T")]),
        ("vrrp_instance A {\nvirtual_ipaddress {\n10.0.0.1/33 dev eth0\n}\n}\n", []),
        ("vrrp_instance A {\ntrack_script {\nnobody\n}\n}\n", []),
    ],
)  # fmt: skip
def test_losses(emitted: Emit, text: str, lost: list[tuple[str, str]]) -> None:
    found = emitted(text)
    assert kinds(found) == lost
    notes = [each for each in found.text.splitlines() if each.startswith(NOTE)]
    assert notes == [NOTE + origin for _, origin in lost]
    again = emitted(found.text)
    assert (again.text, again.losses) == (found.text, ())


def test_a_late_track_group(emitted: Emit) -> None:
    """The address stays, only its group is not found."""
    found = emitted("static_ipaddress {\n10.0.0.1/24 dev eth0 track_group T\n}\ntrack_group T {\ngroup {\nA\n}\n}\n")
    assert "\n    10.0.0.1/24 dev eth0\n" in found.text


def test_notes_of_earlier_conversions_stay_and_are_not_doubled(emitted: Emit) -> None:
    first = emitted("vrrp_instance A {\nfrob 1\nfrob 1\n}\n")
    assert first.text.count(NOTE) == 1
    second = emitted(first.text + "vrrp_instance B {\npriority 300\n}\n")
    assert second.text.splitlines()[:3] == [f"{NOTE}frob 1", f"{NOTE}priority 300", ""]


@pytest.mark.parametrize(
    ("statement", "note"),
    [
        ("frob  a\tb", "frob a b"), ("frob \x1b[31m", "frob ?[31m"), ("frob \udcff", "frob ?"), ("frob x \\", "frob x"),
        ("\\", "(a line without words)"), ("frob " + "x" * 300, "frob " + "x" * 195 + " ..."),
    ],
)  # fmt: skip
def test_a_note_is_one_clean_line(emitted: Emit, statement: str, note: str) -> None:
    found = emitted(f"vrrp_instance A {{\n{statement}\n}}\n")
    assert found.text.splitlines()[0] == NOTE + note
    assert emitted(found.text).text == found.text


def test_a_prefix_that_is_too_long_is_cut(emitted: Emit) -> None:
    """keepalived: `Prefix length must be ..., using 32`."""
    found = emitted("vrrp_instance A {\nvirtual_ipaddress {\n10.0.0.1/33\n}\n}\n")
    assert body(found.text) == ["virtual_ipaddress {", "10.0.0.1/32", "}"]
