"""What makes two set-ups different, and what does not."""

from __future__ import annotations

import pytest

from lvscompile.frontends.keepalived import lower
from lvscompile.ir.compare import Change, compare
from lvscompile.ir.core import Target, parse_version
from lvscompile.syntax.keepalived.tree import read_configuration
from lvscompile.syntax.source import Source

VI = "vrrp_instance A"
VS = "virtual_server 10.0.0.1 80"


def changes(one: str, other: str, target: str = "") -> tuple[Change, ...]:
    a, b = (lower(read_configuration(Source(name, text)), name)[0] for name, text in (("a", one), ("b", other)))
    return compare(a, b, Target(parse_version(target) if target else None))


def told(one: str, other: str, target: str = "") -> list[tuple[str, str | None, str | None]]:
    return [
        (" > ".join(c.path), c.before and c.before.text, c.after and c.after.text)  # type: ignore[misc]
        for c in changes(one, other, target)
    ]


def within(head: str, body: str) -> str:
    return f"{head} {{\n{body}\n}}\n"


VIPS = "virtual_ipaddress {{\n{}\n}}".format

SAME = [
    (VI, "priority 7", "priority   007 # c"),
    (VI, "priority 7", 'priority "7"'),
    (VI, "priority +7", "priority 7 8"),
    (VI, "priority 5\npriority 7", "priority 7"),
    (VI, "advert_int 1.5", "advert_int 1.50"),
    (VI, "advert_int .5", "advert_int 0.5"),
    (VI, "advert_int 2.", "advert_int 2"),
    (VI, "smtp_alert", "smtp_alert yes"),
    (VI, "smtp_alert off", "smtp_alert false"),
    (VI, "nopreempt", "nopreempt off"),
    (VI, "preempt", ""),
    (VI, "accept", ""),
    (VI, "priority 100", ""),
    (VI, "state BACKUP", ""),
    (VI, "advert_int 1", ""),
    (VI, "priority 300", ""),
    (VI, "frob 1", ""),
    (VI, "unicast_src_ip 2001:db8::1", "unicast_src_ip 2001:DB8:0::1"),
    (VI, VIPS("10.0.0.1"), VIPS("10.0.0.1/32")),
    (VI, VIPS("2001:db8::1"), VIPS("2001:DB8::1/128")),
    (VI, "interface eth0\n" + VIPS("10.0.0.1/24 dev eth0"), VIPS("10.0.0.1/24") + "\ninterface eth0"),
    (VI, VIPS("10.0.0.1") + "\n" + VIPS("10.0.0.2"), VIPS("10.0.0.1\n10.0.0.2")),
    (VI, VIPS("10.0.0.2\n10.0.0.1"), VIPS("10.0.0.1\n10.0.0.2")),
    (VI, "authentication {\nauth_type PASS\nauth_pass 12345678\n}", "authentication {\nauth_pass 123456789\nauth_type PASS\n}"),
    (VI, "vmac_garp_intvl 5", "garp_extra_if 5"),
    (VS, "lvs_sched rr", "lb_algo rr"),
    (VS, "lvs_method DR", "lb_kind DR"),
    (VS, "protocol UDP", ""),
    (VS, "protocol udp", "protocol UDP"),
    (VS, "lb_algo rr\nlb_kind DR", "lb_kind DR\nlb_algo rr"),
    (VS, "real_server 10.0.0.2 {\n}", "real_server 10.0.0.2 80 {\n}"),
    (VS, "delay_loop 60", ""),
    ("global_defs", "lvs_flush_onstop", "lvs_flush_on_stop"),
    ("global_defs", "lvs_process_name x", "checker_process_name x"),
    ("bfd_instance B", "neighbour_ip 10.0.0.1", "neighbor_ip 10.0.0.1"),
]  # fmt: skip


@pytest.mark.parametrize(("head", "one", "other"), SAME)
def test_same(head: str, one: str, other: str) -> None:
    assert told(within(head, one), within(head, other)) == []
    assert told(within(head, other), within(head, one)) == []


DIFFERENT = [
    (VI, "priority 7", "priority 8", ("priority", "7", "8")),
    (VI, "priority 7", "", ("priority", "7", None)),
    (VI, "", "nopreempt", ("nopreempt", None, "")),
    (VI, "state MASTER\nstate BACKUP", "state BACKUP", ("state", "MASTER", "BACKUP")),
    (VI, "version 2\nversion 3", "version 3", ("version", "2", "3")),
    (VI, "nopreempt\npreempt", "preempt\nnopreempt", ("nopreempt", None, "")),
    (VI, "notify /a\nnotify /b", "notify /b", ("notify", "/a", "/b")),
    (VI, 'notify "/bin/x  a"', 'notify "/bin/x a"', ("notify", "/bin/x  a", "/bin/x a")),
    (VI, "state MASTER\npriority 100", "state MASTER", ("priority", "100", None)),
    (VI, VIPS("10.0.0.1/24"), VIPS(""), ("virtual_ipaddress > 10.0.0.1/24", "", None)),
    (VI, VIPS("10.0.0.1 dev eth0"), VIPS("10.0.0.1 dev eth1"), ("virtual_ipaddress > 10.0.0.1/32", "dev eth0", "dev eth1")),
    (VI, VIPS("10.0.0.1\n10.0.0.1"), VIPS("10.0.0.1"), ("virtual_ipaddress > 10.0.0.1/32 #2", "", None)),
    (VI, VIPS("10.0.0.1 dev eth1\n10.0.0.1"), VIPS("10.0.0.1 dev eth2\n10.0.0.1"), ("virtual_ipaddress > 10.0.0.1/32", "dev eth1", "dev eth2")),
]  # fmt: skip


@pytest.mark.parametrize(("head", "one", "other", "change"), DIFFERENT)
def test_different(head: str, one: str, other: str, change: tuple[str, str | None, str | None]) -> None:
    path, before, after = change
    path = " > ".join((head, path))
    assert told(within(head, one), within(head, other)) == [(path, before, after)]
    assert told(within(head, other), within(head, one)) == [(path, after, before)]


def test_what_is_in_a_missing_object_is_not_told() -> None:
    text = within(VI, "priority 5\n" + VIPS("10.0.0.1") + "\nauthentication {\nauth_type PASS\n}")
    assert told(text, "") == [(VI, "", None)]
    assert told("", within("virtual_server_group G", "10.0.0.1 80\n10.0.0.2 80")) == [
        ("virtual_server_group G", None, "")
    ]
    assert told(within(VI, ""), within(VI, "authentication {\nauth_type PASS\n}")) == [
        (f"{VI} > authentication", None, "")
    ]


def test_order_of_objects_does_not_count() -> None:
    one, two = within(VI, "priority 1"), within("vrrp_instance B", "priority 2")
    assert told(one + two, two + one) == []
    tcp, udp = within(VS, "protocol TCP\nlb_algo rr"), within(VS, "protocol UDP")
    assert told(tcp + udp, udp + tcp) == []


def test_services_on_any_port() -> None:
    assert told(within("virtual_server 10.0.0.1", ""), within("virtual_server 10.0.0.1 0", "")) == []


def test_order_of_routes_counts() -> None:
    one, two = (
        within("static_routes", "10.1.0.0/16 via 10.0.0.1\n10.2.0.0/16 via 10.0.0.1"),
        within("static_routes", "10.2.0.0/16 via 10.0.0.1\n10.1.0.0/16 via 10.0.0.1"),
    )
    assert len(changes(one, two)) == 4


def test_an_instance_inherits() -> None:
    """What an instance says is compared with what holds for it where it says nothing."""
    above = within("global_defs", "vrrp_garp_master_delay 9\nvrrp_strict\nvrrp_version 3")
    assert told(above + within(VI, "garp_master_delay 9\nstrict_mode on\nversion 3"), above + within(VI, "")) == []
    assert told(above + within(VI, "garp_master_delay 5"), above + within(VI, "")) == [
        (f"{VI} > garp_master_delay", "5", None)
    ]
    assert told(within(VI, "garp_master_delay 5"), within(VI, "")) == []


def test_the_target_decides() -> None:
    one, two = within(VI, "timer_expired_backup 5"), within(VI, "")
    assert told(one, two, "2.2.7") == []
    assert told(one, two, "2.2.8") == [(f"{VI} > timer_expired_backup", "5", None)]
    assert told(within(VI, "state MASTER\npriority 100"), within(VI, "state MASTER"), "1.4.5") == []


def test_a_late_reference_does_not_count() -> None:
    script, use = within("vrrp_script S", "script /bin/true"), within(VI, "track_script {\nS\n}")
    assert told(use + script, script + within(VI, "")) == []
    assert told(script + use, script + within(VI, "")) == [(f"{VI} > track_script > S", "", None)]


@pytest.mark.parametrize(
    ("body", "secret"),
    [
        ("authentication {\nauth_pass x\n}", True),
        ("auth_hmac {\nkey 1 kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk\n}", True),
        ("priority 7", False),
    ],
)
def test_secrets_are_flagged(body: str, secret: bool) -> None:
    inner = body.partition("\n")[0] + "\n}" if "{" in body else ""
    (change,) = changes(within(VI, body), within(VI, inner))
    assert change.before is not None
    assert change.before.secret is secret
