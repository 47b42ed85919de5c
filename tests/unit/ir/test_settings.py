"""Which statements of a block count, by version."""

from __future__ import annotations

import pytest

from lvscompile.frontends.keepalived import lower
from lvscompile.ir.core import Block
from lvscompile.ir.settings import counting, is_newer, joined, merged, raw_arguments, successor, too_early
from lvscompile.syntax.keepalived.keywords import table
from lvscompile.syntax.keepalived.scan import scan
from lvscompile.syntax.keepalived.tree import read_configuration
from lvscompile.syntax.source import Source

NEW = (2, 2, 7)


def blocks(text: str) -> tuple[Block, ...]:
    return lower(read_configuration(Source("x", text)), "x")[0].blocks


def counted(head: str, *lines: str, version: tuple[int, ...] = NEW) -> list[tuple[str, ...]]:
    (block,) = blocks("\n".join((f"{head} {{", *lines, "}\n")))
    return [(keyword.name, *setting.words[1:]) for keyword, setting in counting(block.settings, version)]


@pytest.mark.parametrize(
    ("lines", "kept"),
    [
        (("priority 1", "priority 2"), [("priority", "2")]),
        (("priority 1", "advert_int 2", "priority 3"), [("advert_int", "2"), ("priority", "3")]),
        (("priority 1", "priority x"), [("priority", "1")]),
        (("state MASTER", "state BACKUP"), [("state", "MASTER")]),
        (("state BACKUP", "state BACKUP"), [("state", "BACKUP")]),
        (("state BACKUP", "state MASTER"), [("state", "MASTER")]),
        (("notify_master a", "notify_backup b", "notify_master c"), [("notify_master", "a"), ("notify_backup", "b")]),
        (("notify_priority_changes", "notify_priority_changes no"), [("notify_priority_changes", "no")]),
        (("version 3", "version 2"), [("version", "3")]),
        (("nopreempt", "preempt"), [("preempt",)]),
    ],
)
def test_of_an_instance(lines: tuple[str, ...], kept: list[tuple[str, ...]]) -> None:
    assert counted("vrrp_instance A", *lines) == kept


@pytest.mark.parametrize(
    ("head", "lines", "kept"),
    [
        ("vrrp_script S", ("weight 1", "weight 2"), [("weight", "2")]),
        ("track_file F", ("weight 1", "weight 2"), [("weight", "1")]),
        ("virtual_server 10.0.0.1 80", ("lvs_sched rr", "lb_algo lc"), [("lb_algo", "lc")]),
        ("virtual_server 10.0.0.1 80", ("lb_algo lc", "lvs_sched rr"), [("lvs_sched", "rr")]),
        ("virtual_server 10.0.0.1 80", ("lb_kind DR", "lvs_method NAT"), [("lvs_method", "NAT")]),
        ("virtual_server 10.0.0.1 80", ("mh-port", "lb_algo mh", "mh-fallback"), [("lb_algo", "mh"), ("mh-fallback",)]),
        ("global_defs", ("include_check read", "include_check match"), [("include_check", "read"), ("include_check", "match")]),
        ("SSL", ("key /a", "key /b"), [("key", "/b")]),
    ],
)  # fmt: skip
def test_of_other_blocks(head: str, lines: tuple[str, ...], kept: list[tuple[str, ...]]) -> None:
    assert counted(head, *lines) == kept


def test_a_deprecated_word_and_its_successor_are_one_where_the_successor_is_known() -> None:
    lines = ("lvs_flush_onstop", "lvs_flush_on_stop VS")
    assert counted("global_defs", *lines) == [("lvs_flush_on_stop", "VS")]
    assert counted("global_defs", *lines, version=(2, 1, 5)) == [("lvs_flush_onstop",), ("lvs_flush_on_stop", "VS")]


def test_too_early() -> None:
    (block,) = blocks("virtual_server 10.0.0.1 80 {\nsh-port\nmh-port\nlb_algo rr\nlb_algo sh\nsh-fallback\n}\n")
    assert [(s.words[0], needed) for s, needed in too_early(block.settings)] == [("sh-port", "lb_algo sh")]


@pytest.mark.parametrize(
    ("block", "word", "version", "name"),
    [
        ("global_defs", "lvs_flush_onstop", (2, 1, 5), "lvs_flush_onstop"),
        ("global_defs", "lvs_flush_onstop", (2, 2, 0), "lvs_flush_on_stop"),
        ("", "vrrp_track_file", (2, 0, 20), "vrrp_track_file"),
        ("", "vrrp_track_file", (2, 1, 0), "track_file"),
        ("vrrp_instance", "native_ipv6", (2, 4, 3), "native_ipv6"),
        ("vrrp_instance", "lvs_sync_daemon_interface", (2, 4, 3), "lvs_sync_daemon_interface"),
        ("virtual_server/real_server/HTTP_GET", "nb_get_retry", (2, 2, 7), "retry"),
        ("vrrp_instance", "priority", (2, 4, 3), "priority"),
    ],
)
def test_successor(block: str, word: str, version: tuple[int, ...], name: str) -> None:
    assert successor(table(block)[word], version).name == name


@pytest.mark.parametrize(
    ("block", "word", "version", "newer"),
    [
        ("vrrp_instance", "auth_hmac", (2, 3, 4), True),
        ("vrrp_instance", "auth_hmac", (2, 4, 0), False),
        ("vrrp_instance", "priority", (1, 0), False),
        ("global_defs", "set_supplementary_groups", (9, 9, 9), True),
        ("vrrp_instance", "timer_expired_backup", (2, 2, 7), True),
        ("vrrp_instance", "timer_expired_backup", (2, 2, 8), False),
    ],
)
def test_is_newer(block: str, word: str, version: tuple[int, ...], newer: bool) -> None:
    assert is_newer(table(block)[word], version) is newer


def test_every_successor_takes_what_the_old_word_took() -> None:
    """Or the line would have to be written anew."""
    for block in ("", "global_defs", "vrrp_instance", "vrrp_sync_group", "virtual_server/real_server/HTTP_GET"):
        for keyword in table(block).values():
            newer = successor(keyword, (9, 9, 9))
            if newer is not keyword and keyword.name not in ("vrrp_vmac_garp_intvl", "vmac_garp_intvl"):
                assert newer.arguments == keyword.arguments or newer.default == keyword.default, keyword


def test_merged() -> None:
    text = "global_defs {\nrouter_id a\n}\nvrrp_instance A {\n}\nglobal_defs {\n}\nstatic_ipaddress {\n10.0.0.1\n}\nvrrp_instance B {\n}\nstatic_ipaddress {\n10.0.0.2\n}\n"
    groups = merged(blocks(text))
    assert [[block.words for block in group] for group in groups] == [
        [("global_defs",), ("global_defs",)], [("vrrp_instance", "A")], [("static_ipaddress",), ("static_ipaddress",)],
        [("vrrp_instance", "B")],
    ]  # fmt: skip
    assert [item.words for item in joined(groups[2]).items] == [("10.0.0.1",), ("10.0.0.2",)]
    assert joined(groups[1]) is groups[1][0]


@pytest.mark.parametrize(
    ("statement", "raw"),
    [
        ('notify "/bin/x  a" root  # c', '"/bin/x  a" root'),
        ("  notify\t'/bin/x a'", "'/bin/x a'"),
        ('"notify" /bin/x', "/bin/x"),
        ('notify"/bin/x"', '"/bin/x"'),
        ('script "/bin/x a#b"', '"/bin/x a#b"'),
        ("notify", ""),
    ],
)
def test_raw_arguments(statement: str, raw: str) -> None:
    (stmt,) = scan(Source("x", statement))
    assert raw_arguments(stmt) == raw
