"""Effective values: the kernel's own answers are asked in tests/interop; here the rest."""

from __future__ import annotations

import pytest

from lvscompile.ir.host import Sysctl
from lvscompile.ir.host_settings import (
    Born,
    Effective,
    conf_key,
    effective,
    forwards_ipv4,
    forwards_ipv6,
    last,
    number,
    own,
    plain,
    survives,
)
from lvscompile.syntax.source import Source
from lvscompile.syntax.statements import Stmt

STMT = Stmt("SYSCTL", Source("test", ""), 0, 0, 1, "")


def sysctl(key: str, value: str, persistent: bool = False) -> Sysctl:
    return Sysctl(key, value, STMT, 0, persistent)


def test_a_dot_in_an_interface_s_name_is_a_slash() -> None:
    assert conf_key("eth0.5", "rp_filter") == "net.ipv4.conf.eth0/5.rp_filter"
    assert conf_key("eth0", "forwarding", 6) == "net.ipv6.conf.eth0.forwarding"


@pytest.mark.parametrize(
    ("text", "value"),
    [("1", 1), ("0x2", 2), ("010", 8), ("2 # why", 2), ("", None), ("yes", None), ("08", None), ("-1", -1)],
)
def test_numbers(text: str, value: int | None) -> None:
    assert number(sysctl("a", text)) == value


def test_the_deciding_setting_is_told() -> None:
    every, mine = sysctl("net.ipv4.conf.all.rp_filter", "1"), sysctl("net.ipv4.conf.eth0.rp_filter", "2")
    assert effective([every, mine], "eth0", "rp_filter") == Effective(2, (mine,))
    assert effective([every], "eth0", "rp_filter") == Effective(1, (every,))
    assert effective([], "eth0", "rp_filter") == Effective(0)
    assert effective([every, sysctl("net.ipv4.conf.eth0.rp_filter", "0")], "eth0", "rp_filter").because == (every,)


def test_before_2_6_31_both_had_to_filter() -> None:
    every, mine = sysctl("net.ipv4.conf.all.rp_filter", "0"), sysctl("net.ipv4.conf.eth0.rp_filter", "1")
    assert effective([every, mine], "eth0", "rp_filter", kernel=(2, 6, 18)).value == 0
    assert effective([every, mine], "eth0", "rp_filter", kernel=(2, 6, 31)).value == 1
    assert effective([every, mine], "eth0", "rp_filter").value == 1
    both = [sysctl("net.ipv4.conf.all.rp_filter", "1"), mine]
    assert effective(both, "eth0", "rp_filter", kernel=(2, 6, 18)).value == 1
    assert len(effective(both, "eth0", "rp_filter", kernel=(2, 6, 18)).because) == 2
    off = [sysctl("net.ipv4.conf.all.rp_filter", "1"), sysctl("net.ipv4.conf.eth0.rp_filter", "0")]
    assert effective(off, "eth0", "rp_filter", kernel=(2, 6, 18)).value == 0


def test_redirects_are_sent_unless_both_say_no() -> None:
    assert effective([], "eth0", "send_redirects").value == 1
    assert effective([sysctl("net.ipv4.conf.all.send_redirects", "0")], "eth0", "send_redirects").value == 1
    both = [sysctl("net.ipv4.conf.all.send_redirects", "0"), sysctl("net.ipv4.conf.eth0.send_redirects", "0")]
    assert effective(both, "eth0", "send_redirects").value == 0


def test_a_setting_of_its_own_kind_counts_alone() -> None:
    assert effective([sysctl("net.ipv4.conf.all.tag", "3")], "eth0", "tag").value == 0


def test_accepting_redirects_depends_on_forwarding() -> None:
    off = sysctl("net.ipv4.conf.all.accept_redirects", "0")
    assert effective([off], "eth0", "accept_redirects").value == 1
    assert effective([off, sysctl("net.ipv4.ip_forward", "1")], "eth0", "accept_redirects").value == 0


def test_ip_forward_and_all_are_one_switch() -> None:
    settings = [sysctl("net.ipv4.ip_forward", "1"), sysctl("net.ipv4.conf.all.forwarding", "0")]
    assert plain(settings, "net.ipv4.ip_forward") == Effective(0, (settings[1],))
    assert plain([*settings, sysctl("net.ipv4.ip_forward", "nonsense")], "net.ipv4.ip_forward").value == 0
    assert forwards_ipv4([settings[0]], "eth0").value == 1
    assert plain([], "net.ipv4.vs.conntrack", 0) == Effective(0)
    assert plain([sysctl("net.ipv4.vs.conntrack", "1")], "net.ipv4.vs.conntrack").value == 1


def test_ipv6_asks_all_alone() -> None:
    assert forwards_ipv6([sysctl("net.ipv6.conf.eth0.forwarding", "1")]).value == 0
    assert forwards_ipv6([sysctl("net.ipv6.conf.all.forwarding", "1")]).value == 1


def test_default_counts_until_the_first_address() -> None:
    default = sysctl("net.ipv4.conf.default.rp_filter", "1")
    assert own([default], "eth0", "rp_filter", Born(0, 0)).value == 0
    assert own([default], "eth0", "rp_filter", Born(0, 1)).value == 1
    assert own([default], "eth0", "rp_filter", Born()).value == 1
    assert own([default], "eth0", "rp_filter").value == 0
    assert own([sysctl("net.ipv4.conf.default.rp_filter", "1", True)], "eth0", "rp_filter").value == 1
    assert own([sysctl("net.ipv4.conf.eth0.rp_filter", "2"), default], "eth0", "rp_filter").value == 2


def test_the_switch_overwrites_where_its_own_value_changes() -> None:
    on, off, own_off = (
        sysctl("net.ipv4.ip_forward", "1"),
        sysctl("net.ipv4.ip_forward", "0"),
        sysctl("net.ipv4.conf.eth0.forwarding", "0"),
    )
    assert own([on, own_off], "eth0", "forwarding") == Effective(0, (own_off,))
    assert own([on, own_off, on], "eth0", "forwarding") == Effective(0, (own_off,))
    assert own([on, own_off, off, on], "eth0", "forwarding") == Effective(1, (on,))
    assert own([sysctl("net.ipv4.conf.eth0.forwarding", "1"), off], "eth0", "forwarding").value == 1
    assert own([off], "eth0", "forwarding") == Effective(0, (off,))


def test_default_forwarding_counts_for_later_interfaces_only() -> None:
    default = sysctl("net.ipv4.conf.default.forwarding", "1")
    assert own([default], "eth0", "forwarding").value == 0
    assert own([default], "eth0", "forwarding", Born(1)).value == 1


def test_last_and_survives() -> None:
    key = "net.ipv4.ip_forward"
    kept, now = sysctl(key, "1", True), sysctl(key, "0")
    assert last([kept, now], key) is now
    assert last([], key) is None
    assert survives([], key) is None
    assert survives([kept], key) is True
    assert survives([sysctl(key, "1")], key) is False
    assert survives([kept, now], key) is False
    assert survives([kept, sysctl(key, "1")], key) is True
    assert survives([sysctl("net.ipv4.conf.all.forwarding", "1", True)], key) is True
