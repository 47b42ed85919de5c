"""The keyword table: the built module is current, the table is whole, and its entries are right."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from lvscompile.grammars import build, expressions
from lvscompile.grammars.keepalived_keywords import EXPRESSIONS, ITEMS
from lvscompile.syntax.keepalived import keywords, nouns, values
from lvscompile.syntax.keepalived.arguments import describe

RS = "virtual_server/real_server"
HEADER = "\t".join(build.COLUMNS)


def live() -> list[keywords.Keyword]:
    return [keyword for block in keywords.blocks() for keyword in keywords.table(block).values()]


def gone() -> list[keywords.Keyword]:
    return [keyword for block in keywords.blocks() for keyword in keywords.obsolete(block).values()]


def text(expression: tuple[object, ...]) -> str:
    return expressions.text_of(expression)


# --- the build


@pytest.mark.parametrize("name", list(build.ARTEFACTS))
def test_the_built_file_is_current(name: str) -> None:
    assert build.ARTEFACTS[name].is_current((build.HERE / name).read_bytes())


def test_building_twice_gives_the_same_bytes() -> None:
    assert build.keywords_module() == build.keywords_module()


def test_check_says_what_is_not_current(tmp_path: Path) -> None:
    assert build.stale() == []
    assert build.stale(tmp_path) == list(build.ARTEFACTS)
    assert build.main(["--check"]) == 0
    assert build.main(["--nonsense"]) == 2


def row(**cells: str) -> str:
    cells = {"block": "-", "keyword": "kw", "debian": "Y", **cells}
    return "\t".join(cells.get(column, "") for column in build.COLUMNS)


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (["a\tb"], ":1: the columns must be"),
        ([HEADER, "a\tb"], ":2: 2 columns, 12 expected"),
        ([HEADER, row(), "# comment", "", row()], ":5: kw: already defined in line 2"),
        ([HEADER, row(block="x")], ":2: kw: there is no block x"),
        ([HEADER, row(body="blocks")], "the body 'blocks' is not one of"),
        ([HEADER, row(body="lines")], "the body 'lines' is not one of"),
        ([HEADER, row(body="lines vip")], "there is no item 'vip'"),
        ([HEADER, row(block="(item)")], "no keyword uses this item"),
        ([HEADER, row(since="2.3")], "since: '2.3' is not a version"),
        ([HEADER, row(deprecated="no")], "deprecated: 'no' is not a version"),
        ([HEADER, row(removed="yes")], "removed: 'yes' is not a version"),
        ([HEADER, row(use="nowhere")], "the replacement 'nowhere' is not a keyword"),
        ([HEADER, row(debian="")], "debian must be Y or N"),
        ([HEADER, row(build="vrrp+x")], "unknown build condition x"),
    ],
)
def test_a_mistake_in_the_table_is_told_with_its_line(lines: list[str], reason: str) -> None:
    with pytest.raises(build.BadSource) as caught:
        build.read_table("\n".join(lines))
    assert reason in str(caught.value)


def test_a_bad_expression_exits_with_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "keywords.tsv"
    table.write_text(f"{HEADER}\n{row(arguments='int(1..')}\n")
    monkeypatch.setattr(build, "KEYWORDS", table)
    assert build.main([]) == 2
    assert "keywords.tsv:2: kw: 'int(1..':" in capsys.readouterr().err


@pytest.mark.parametrize("bad", ["int(1..", "int(5..1)", "nonsense", "'two words'", "a |", "word()", "dec(1)", "[ip"])
def test_bad_expressions(bad: str) -> None:
    with pytest.raises(expressions.BadExpression):
        expressions.compile_expression(bad)


def test_brace_alternatives() -> None:
    assert list(build.spell_out("a/{b,c}/{d,e}")) == ["a/b/d", "a/b/e", "a/c/d", "a/c/e"]
    assert list(build.spell_out("plain")) == ["plain"]


# --- expressions


def test_every_expression_survives_the_round_trip() -> None:
    for expression in EXPRESSIONS:
        assert expressions.compile_expression(text(expression)) == expression


@pytest.mark.parametrize(
    "source",
    [
        "",
        "int(INT_MIN..INT_MAX s)",
        "dec(0..10 ms .3)",
        "(ip | name) port",
        "(ip port)...",
        "(ip | name)...",
        "[ip | name [port]]",
        "{ 'dev' ifname | (ip | name) port | ('x' | 'y')... }",
        "enum(1.0 +read a-b)",
        "secret(1..8) hex(32) word(15)",
    ],
)
def test_round_trip(source: str) -> None:
    compiled = expressions.compile_expression(source)
    assert expressions.compile_expression(text(compiled)) == compiled


def test_types_tests_and_nouns_agree() -> None:
    parametrised = {"int", "anyint", "dec", "enum", "nocase", "range", "span", "secret", "hex"}
    assert set(values.TESTS) == expressions.SIMPLE | parametrised
    for kind in expressions.SIMPLE:
        assert nouns.noun((kind,))
    for expression in EXPRESSIONS:
        assert describe(expression)


# --- the table


def test_how_many() -> None:
    assert len(live()) == 531
    assert len(gone()) == 22
    assert len(keywords.blocks()) == 29
    assert len(ITEMS) == 13


def test_every_block_is_opened_by_a_keyword() -> None:
    for block in keywords.blocks():
        if not block:
            continue
        parent, _, name = block.rpartition("/")
        opener = keywords.table(parent)[name]
        assert opener.body == "block"
        assert opener.path == block
        assert opener.table is keywords.table(block)


def test_a_body_that_is_no_keyword_block_has_no_table() -> None:
    for keyword in live():
        assert (keyword.table is not None) == (keyword.body == "block"), keyword
        assert (keyword.item is not None) == (keyword.body in ("lines", "words")), keyword
        assert keyword.table is None or keyword.table, f"{keyword} opens an empty block"


def test_every_replacement_exists() -> None:
    for keyword in [*live(), *gone()]:
        if keyword.use and " " not in keyword.use:
            assert keywords.blocks_with(keyword.use), keyword


def test_live_and_obsolete_words_are_apart() -> None:
    assert all(keyword.removed for keyword in gone())
    assert not any(keyword.removed for keyword in live())
    assert keywords.table(RS).keys().isdisjoint(keywords.obsolete(RS))
    assert "static_route" not in keywords.ROOT
    assert keywords.obsolete("")["static_route"].body == "block"


def test_an_unknown_block_is_empty() -> None:
    assert keywords.table("nowhere") == {}
    assert keywords.obsolete("nowhere") == {}
    assert keywords.blocks_with("nowhere") == []


def test_where_a_keyword_belongs() -> None:
    assert keywords.blocks_with("virtual_router_id") == ["vrrp_instance"]
    assert keywords.blocks_with("lb_kind") == ["virtual_server"]
    assert keywords.blocks_with("weight") == [
        "bfd_instance",
        "track_file",
        "virtual_server",
        RS,
        f"{RS}/FILE_CHECK",
        "vrrp_script",
        "vrrp_track_file",
        "vrrp_track_process",
    ]


def test_several_words_per_line_only_where_keepalived_reads_them() -> None:
    assert sorted(keyword.path for keyword in live() if keyword.body == "words") == [
        "garp_group/interfaces",
        "global_defs/notification_email",
        "track_group/group",
        "vrrp_sync_group/group",
    ]


def test_lines_cut_like_a_shell() -> None:
    names = {keyword.name for keyword in live() if keyword.quoted}
    assert names >= {"script", "misc_path", "quorum_up", "notify_down", "notify_deleted", "regex", "process"}
    assert names >= {"startup_script", "lvs_notify_fifo_script", "notify_master_rx_lower_pri"}
    assert names.isdisjoint({"notify_fifo", "user", "script_user", "interface"})


def test_passwords_are_marked_as_secrets() -> None:
    for path in ("vrrp_instance/authentication/auth_pass", "SSL/password"):
        block, _, name = path.rpartition("/")
        assert keywords.table(block)[name].arguments[0] == "secret"
    assert ("hmackey",) in keywords.table("vrrp_instance/auth_hmac")["key"].arguments


@pytest.mark.parametrize(
    ("path", "arguments", "body", "default", "since", "build_with", "debian"),
    [
        ("vrrp_instance", "name", "block", "", "", "vrrp", True),
        ("static_routes", "", "lines route", "", "1.0.1", "vrrp", True),
        ("net_namespace_ipvs", "[name]", "", "net_namespace", "2.1.0", "", True),
        ("global_defs/router_id", "word", "", "local hostname", "1.1.8", "", True),
        ("global_defs/vrrp_strict", "[bool]", "", "off", "1.2.20", "vrrp", True),
        ("global_defs/lvs_flush", "", "", "off", "1.2.23", "lvs", True),
        ("global_defs/vrrp_ipsets", None, "", None, "1.2.20", "vrrp+iptables", False),
        ("global_defs/set_supplementary_groups", "[bool]", "", "off", "next", "", False),
        ("global_defs/enable_dbus", "", "", "off", "1.3.0", "dbus", True),
        ("global_defs/json_version", "int(1..2)", "", "1", "2.2.8", "json", False),
        ("vrrp_instance/state", "enum(MASTER BACKUP)", "", "BACKUP", "", "vrrp", True),
        ("vrrp_instance/priority", "int(1..255)", "", "100", "", "vrrp", True),
        ("vrrp_instance/advert_int", "dec(0.01..255 s)", "", "1", "", "vrrp", True),
        ("vrrp_instance/virtual_ipaddress", "", "lines vip", "", "", "vrrp", True),
        ("vrrp_instance/nopreempt", "", "", "off", "1.1.8", "vrrp", True),
        ("vrrp_instance/use_ipvlan", None, "", "", "2.0.17", "vrrp+ipvlan", True),
        ("vrrp_instance/notify_master", "script [user [group]]", "", "", "0.5.9", "vrrp", True),
        ("vrrp_instance/track_file", "", "lines track_weighted_254", "", "2.0.0", "vrrp", True),
        ("vrrp_instance/authentication/auth_pass", "secret(1..8)", "", "", "", "vrrp+auth", True),
        (
            "vrrp_instance/auth_hmac/mode",
            "enum(enforce permissive receive-only)",
            "",
            "enforce",
            "2.4.0",
            "vrrp+auth",
            False,
        ),
        ("vrrp_sync_group/group", "", "words name", "", "0.6.4", "vrrp", True),
        ("vrrp_script/script", "script", "", "", "1.1.13", "vrrp", True),
        ("vrrp_script/weight", "int(-253..253) [enum(reverse noreverse)]", "", "0", "1.1.13", "vrrp", True),
        ("vrrp_track_process/quorum", "int(1..65535)", "", "1", "2.0.11", "vrrp+process", True),
        ("virtual_server_group", "name [enum(inet inet6)]", "lines vsg_entry", "", "1.0.2", "lvs", True),
        (
            "virtual_server",
            "'fwmark' int(1..4294967295) | 'group' name | ip [port0]",
            "block",
            "",
            "",
            "lvs",
            True,
        ),
        ("virtual_server/protocol", "nocase(TCP UDP SCTP)", "", "", "", "lvs", True),
        ("virtual_server/inhibit_on_failure", "", "", "off", "1.3.7", "lvs", True),
        (f"{RS}", "ip [port0]", "block", "", "", "lvs", True),
        (f"{RS}/inhibit_on_failure", "[bool]", "", "as the virtual server", "0.6.8", "lvs", True),
        (f"{RS}/TCP_CHECK/connect_port", "port", "", "the port of the real server", "0.5.8", "lvs", True),
        (f"{RS}/HTTP_GET/url/digest", "hex(32)", "", "", "", "lvs", True),
        (f"{RS}/SSL_GET/url/status_code", "range(100..599)...", "", "200-299", "0.7.6", "lvs", True),
        (f"{RS}/MISC_CHECK/misc_path", "script", "", "", "", "lvs", True),
        (
            f"{RS}/SMTP_CHECK/host/connect_ip",
            "ip",
            "",
            "the address of the real server",
            "1.1.8",
            "lvs",
            True,
        ),
        (f"{RS}/DNS_CHECK/retry", "int(0..4294967295)", "", "3", "1.3.0", "lvs", True),
        (f"{RS}/UDP_CHECK/require_reply", "[hexpattern]", "", None, "2.1.0", "lvs", True),
        (
            "bfd_instance/weight",
            "int(-253..253) [enum(reverse noreverse)]",
            "",
            "0",
            "2.0.0",
            "vrrp+bfd",
            True,
        ),
        ("garp_group/interfaces", "", "words ifname", "", "1.2.21", "vrrp", True),
        ("track_group/group", "", "words name", "", "2.0.3", "vrrp", True),
        ("SSL", "", "block", "", "", "lvs", True),
    ],
)
def test_a_sample_of_rows(
    path: str,
    arguments: str | None,
    body: str,
    default: str | None,
    since: str,
    build_with: str,
    debian: bool,
) -> None:
    block, _, name = path.rpartition("/")
    keyword = keywords.table(block)[name]
    assert (keyword.block, keyword.name, keyword.path) == (block, name, path)
    assert arguments is None or text(keyword.arguments) == arguments
    assert f"{keyword.body} {keyword.item_name}".strip() == body
    assert keyword.item == (keywords.item(keyword.item_name) if keyword.item_name else None)
    assert default is None or keyword.default == default
    assert set(keyword.build.split("+")) == set(build_with.split("+"))
    assert (keyword.since, keyword.debian, keyword.removed) == (since, debian, "")


@pytest.mark.parametrize(
    ("path", "deprecated", "use"),
    [
        ("global_defs/lvs_flush_onstop", "2.2.0", "lvs_flush_on_stop"),
        ("vrrp_instance/lvs_sync_daemon_interface", "1.2.20", "lvs_sync_daemon"),
        ("vrrp_instance/linkbeat_use_polling", "yes", "linkbeat_interfaces"),
        ("vrrp_sync_group/global_tracking", "yes", "track_* blocks in the sync group"),
        (f"{RS}/HTTP_GET/nb_get_retry", "yes", "retry"),
        ("vrrp_track_file", "2.1.0", "track_file"),
        ("linkbeat_use_polling", "", ""),
    ],
)
def test_deprecated(path: str, deprecated: str, use: str) -> None:
    block, _, name = path.rpartition("/")
    keyword = keywords.table(block)[name]
    assert (keyword.deprecated, keyword.use) == (deprecated, use)


@pytest.mark.parametrize(
    ("path", "removed", "use", "body"),
    [
        ("global_defs/lvs_id", "1.1.7", "router_id", ""),
        ("global_defs/plugin_dir", "1.2.19", "", ""),
        ("global_defs/state_file_location", "never", "state_dump_file", ""),
        ("virtual_server/nat_mask", "1.2.19", "", ""),
        ("virtual_server/real_group", "1.0.0", "", "block"),
        (f"{RS}/CI-LINUX", "1.1.4", "MISC_CHECK", "block"),
        (f"{RS}/ICMP_CHECK", "0.4.9", "PING_CHECK", "block"),
        (f"{RS}/lb_kind", "never", "lvs_method", ""),
        ("vrrp_instance/sync_instance", "0.5.9", "vrrp_sync_group", ""),
        ("vrrp_script/return_code", "never", "", ""),
        ("static_route", "never", "static_routes", "block"),
    ],
)
def test_obsolete(path: str, removed: str, use: str, body: str) -> None:
    block, _, name = path.rpartition("/")
    keyword = keywords.obsolete(block)[name]
    assert (keyword.removed, keyword.use, keyword.body) == (removed, use, body)
    assert not keyword.debian


def test_loading_the_table_imports_next_to_nothing() -> None:
    """Start-up is counted in milliseconds: no re, no typing, no dataclasses, no Lark."""
    program = (
        f"import sys; sys.path.insert(0, {str(build.HERE.parent.parent)!r})\n"
        "import lvscompile; before = set(sys.modules)\n"
        "import lvscompile.syntax.keepalived.keywords, lvscompile.syntax.keepalived.arguments\n"
        "print(*(m for m in set(sys.modules) - before if not m.startswith('lvscompile')))"
    )
    done = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) <= {"__future__", "_socket"}
