"""Lines of ipvsadm's input and output: what each is, its words, where they stand."""

from __future__ import annotations

import pytest

from lvscompile.syntax.ipvsadm.scan import kind, read, scan, tree
from lvscompile.syntax.ipvsadm.words import is_lost, spans, words
from lvscompile.syntax.port_names import name_of_port, port_named
from lvscompile.syntax.source import Source

KINDS = {
    "-A -t 192.0.2.1:80 -s rr": "COMMAND",
    "  -C": "COMMAND",
    "ipvsadm -C": "COMMAND",
    "ipvsadm": "COMMAND",
    "/sbin/ipvsadm --set 1 2 3": "COMMAND",
    "-6": "COMMAND",
    "ipvsadmin -C": "UNKNOWN",
    "- item": "UNKNOWN",
    "---": "UNKNOWN",
    "": "BLANK",
    " \t": "BLANK",
    "# a comment": "COMMENT",
    "  # a comment": "COMMENT",
    "IP Virtual Server version 1.2.1 (size=4096)": "HEAD",
    "IPVS connection entries": "HEAD",
    "IP Virtual Servers": "UNKNOWN",
    "Prot LocalAddress:Port Scheduler Flags": "TITLE",
    "  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn": "TITLE",
    "pro expire state       source             virtual            destination": "TITLE",
    "TCP  192.0.2.1:80 rr": "SERVICE",
    "UDP  [2001:db8::1]:53 rr persistent 360": "SERVICE",
    "TCP  www.example.com:http wlc": "SERVICE",
    "TCP  a-name-cut-off-at-28-bytes-x wlc": "SERVICE",
    "TCP  192.0.2.1:80                        0        0        0": "SERVICE",
    "TCP  C0000201:0050 wlc persistent 30000 FFFFFFFF": "SERVICE",
    "FWM  1 rr": "SERVICE",
    "FWM  1 IPv6 rr": "SERVICE",
    "FWM  -1 rr": "SERVICE",
    "TCP is a protocol": "UNKNOWN",
    "TCP  192.0.2.1:80": "UNKNOWN",
    "FWM": "UNKNOWN",
    "TCP 14:58  ESTABLISHED 192.0.2.9:1025 192.0.2.1:80 198.51.100.5:80": "CONNECTION",
    "  -> 198.51.100.5:80              Masq    1      0          0": "DEST",
    "  -> 198.51.100.5:80              10         5          0          0": "DEST",
    "  -> next": "UNKNOWN",
    "Timeout (tcp tcpfin udp): 900 120 300": "TIMEOUTS",
    "master sync daemon (mcast=eth0, syncid=0)": "DAEMON",
    "anything else": "UNKNOWN",
}


@pytest.mark.parametrize("line", KINDS)
def test_kinds(line: str) -> None:
    assert kind(line) == KINDS[line]
    if line:
        found = list(scan(Source("x", f"{line}\n{line}")))
        assert [stmt.type for stmt in found] == [KINDS[line]] * 2
        assert [stmt.line for stmt in found] == [1, 2]


def test_joined_lines_are_the_text() -> None:
    text = "-C\r\n\n\v x\n" + "\n".join(KINDS) + " \n\udc80"
    found = list(scan(Source("x", text)))
    assert "".join(stmt.text for stmt in found) == text
    assert [stmt.line for stmt in found] == list(range(1, len(found) + 1))


def test_a_destination_under_no_service_is_an_orphan() -> None:
    text = "  -> 1.2.3.4:80 Masq 1 0 0\nTCP  1.2.3.4:80 rr\n  -> 1.2.3.4:80 Masq 1 0 0\n\n  -> 1.2.3.4:80 Masq 1 0 0\n"
    types = [stmt.type for stmt in read(scan(Source("x", text)))]
    assert types == ["ORPHAN", "SERVICE", "DEST", "BLANK", "ORPHAN"]
    shape = [child.data if hasattr(child, "data") else child.type for child in tree(Source("x", text)).children]
    assert shape == ["ORPHAN", "service", "BLANK", "ORPHAN"]


def test_the_program_is_no_word_wherever_it_stands() -> None:
    text = " ipvsadm -A\t-t ipvsadm x:1\r\n"
    assert words(text) == ["-A", "-t", "x:1"]
    assert [text[start:end] for start, end in spans(text)] == words(text)
    assert words("/sbin/ipvsadm -A") == ["/sbin/ipvsadm", "-A"]
    assert words("-s ipvsadmin") == ["-s", "ipvsadmin"]


def test_form_feeds_and_other_blanks_are_parts_of_words() -> None:
    assert words("-A\f-t\v\u00a0x") == ["-A\f-t\v\u00a0x"]


@pytest.mark.parametrize(
    ("text", "lost"), [("-C", False), ("-C ", False), ("-C  ", True), ("-C \t", True), ("-C  \n", False)]
)
def test_the_last_line_may_get_lost(text: str, lost: bool) -> None:
    assert is_lost(text) is lost


def test_names_of_ports() -> None:
    assert (port_named("http", "TCP"), port_named("www", "TCP"), port_named("tftp", "UDP")) == (80, 80, 69)
    assert port_named("tftp", "TCP") is port_named("HTTP", "TCP") is port_named("http", "") is None
    assert (name_of_port(80, "TCP"), name_of_port(80, "UDP"), name_of_port(81, "TCP")) == ("http", None, None)
