"""The fixes of rules: what a line becomes, and which lines are left to a person."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest
from places import write

from lvscompile.app.load import Loaded, load
from lvscompile.app.mend import mend
from lvscompile.ir.core import Target, parse_version
from lvscompile.lint.engine import lint
from lvscompile.lint.known import NOTHING_KNOWN, Known
from lvscompile.syntax.findings import Finding

Mend = Callable[..., Mapping[str, str]]


@pytest.fixture
def fixed(tmp_path: Path) -> Mend:
    """The texts of hosts after the fixes of one rule: the safe ones, or all."""

    def run(code: str, unsafe: bool, target: str = "", known: Known = NOTHING_KNOWN, **hosts: str) -> dict[str, str]:
        mains = {name: write(tmp_path / name, text) for name, text in hosts.items()}
        wanted = Target(parse_version(target) if target else None)
        kinds = {str(path): "keepalived" for path in mains.values()}
        loaded = load([f"{name}={path}" for name, path in mains.items()], kinds=kinds, target=wanted)

        def judge(each: Loaded) -> Sequence[Finding]:
            return [f for f in lint(each.hosts, wanted, known=known).findings if f.code == code]

        found = lint(loaded.hosts, wanted, known=known)
        assert not found.crashes
        assert code in {f.code for f in found.findings}
        run.offered = any(f.fix for f in judge(loaded))  # type: ignore[attr-defined]
        mended = mend(loaded, judge, unsafe)
        return {name: main.text for name, main in zip(hosts, mended.loaded.mains, strict=True)}

    return run


def instance(*lines: str, name: str = "VI_1", vrid: int = 61, vip: str = "192.0.2.10/24") -> str:
    body = "".join(f"    {line}\n" for line in lines)
    head = f"vrrp_instance {name} {{\n    interface eth0\n    virtual_router_id {vrid}\n{body}"
    return f"{head}    virtual_ipaddress {{\n        {vip}\n    }}\n}}\n"


def service(*lines: str, server: Sequence[str] = ()) -> str:
    body = "".join(f"    {line}\n" for line in lines)
    inner = "".join(f"        {line}\n" for line in server)
    return (
        f"virtual_server 192.0.2.10 80 {{\n    lb_algo rr\n    lb_kind NAT\n    protocol TCP\n{body}"
        f"    real_server 198.51.100.1 80 {{\n{inner}    }}\n}}\n"
    )


def tracking(*items: str, before: Sequence[str] = ()) -> str:
    return instance(*before, "track_interface {", *(f"    {item}" for item in items), "}")


SAFE, UNSAFE, NEVER = "safe", "unsafe", "never"
# Code, who mends it, a line of an instance, what it becomes.
LINES = [
    ("LVS101", SAFE, "priority=100 # c", "priority 100 # c"),
    ("LVS101", NEVER, "priority=100 7", ""),
    ("LVS101", NEVER, "priority=", ""),
    ("LVS101", NEVER, "priority=x", ""),
    ("LVS101", NEVER, "authentication=x", ""),
    ("LVS101", UNSAFE, "prority 100 # c", "priority 100 # c"),
    ("LVS101", NEVER, "prority x", ""),
    ("LVS101", NEVER, "prority=100", ""),
    ("LVS101", NEVER, "authentcation", ""),
    ("LVS101", NEVER, "nopreemt=1", ""),
    ("LVS101", NEVER, "frobnicate 100", ""),
    ("LVS104", SAFE, "priority 9\n    state master", "priority 9\n    state MASTER"),
    ("LVS104", SAFE, "priority 9\n    state master ;", "priority 9\n    state MASTER ;"),
    ("LVS104", UNSAFE, "priority 9\n    state MASTR", "priority 9\n    state MASTER"),
    ("LVS104", NEVER, "state who", ""),
    ("LVS104", SAFE, "advert_int = 3", "advert_int 3"),
    ("LVS104", NEVER, "advert_int = x", ""),
    ("LVS104", NEVER, "advert_int =", ""),
    ("LVS104", NEVER, "strict_mode =", ""),
    ("LVS104", NEVER, "smtp_alert =", ""),
    ("LVS104", NEVER, "advert_int ;", ""),
    ("LVS104", NEVER, "advert_int x 3", ""),
    ("LVS104", NEVER, "priority 1:1", ""),
    ("LVS104", SAFE, "priority 100;", "priority 100"),
    ("LVS104", NEVER, "priority x;", ""),
    ("LVS104", SAFE, "advert_int 3s", "advert_int 3"),
    ("LVS104", NEVER, "priority 100s", ""),
    ("LVS110", SAFE, "priority 100 advert_int 2 state BACKUP # c", "priority 100\n    advert_int 2\n    state BACKUP # c"),
    ("LVS110", SAFE, "nopreempt state BACKUP", "nopreempt\n    state BACKUP"),
    ("LVS110", NEVER, "priority 100 bla advert_int 2", ""),
    ("LVS110", NEVER, "priority 100 advert_int x", ""),
    ("LVS110", NEVER, "priority 100 advert_int state BACKUP", ""),
    ("LVS110", NEVER, "priority 100 virtual_ipaddress", ""),
    ("LVS110", NEVER, "priority 100 notify_master /bin/true", ""),
    ("LVS111", SAFE, "nopreempt off # c", "# c"),
    ("LVS111", NEVER, "nopreempt off really", ""),
    ("LVS111", SAFE, "nopreempt Yes # c", "nopreempt # c"),
    ("LVS111", NEVER, "nopreempt yes really", ""),
    ("LVS111", NEVER, "nopreempt maybe", ""),
    ("LVS112", SAFE, "priority 100 ; # c", "priority 100 # c"),
    ("LVS112", SAFE, "priority 100 ; ;", "priority 100"),
    ("LVS112", SAFE, "unicast_src_ip 192.0.2.1/24 # c", "unicast_src_ip 192.0.2.1 # c"),
    ("LVS112", UNSAFE, "unicast_src_ip 192.0.2.1-9", "unicast_src_ip 192.0.2.1"),
    ("LVS112", NEVER, "priority 100 ; x", ""),
    ("LVS112", SAFE, "priority 100 // why", "priority 100 # // why"),
    ("LVS112", NEVER, "priority 100 why // not", ""),
    ("LVS113", NEVER, "sync_instance X", ""),
    ("LVS113", NEVER, "garp_extra_if_vmac 5", ""),
    ("LVS206", UNSAFE, "state MASTER\n    nopreempt", "state BACKUP\n    nopreempt"),
    ("LVS210", SAFE, "advert_int 1.7 # c", "advert_int 2 # c"),
    ("LVS210", SAFE, "version 3\n    advert_int 0.123", "version 3\n    advert_int 0.12"),
    ("LVS213", UNSAFE, "state MASTER\n    state BACKUP # c", "state MASTER\n    # c"),
    ("LVS213", UNSAFE, "state BACKUP\n    state MASTER\n    state BACKUP", "state MASTER"),
    ("LVS230", SAFE, "state MASTER\n    priority 100\n    authentication {\n        auth_type AH\n        auth_pass x\n    }",
     "state BACKUP\n    priority 100\n    authentication {\n        auth_type AH\n        auth_pass x\n    }"),
    ("LVS239", SAFE, "use_vmac\n    promote_secondaries", "use_vmac"),
    ("LVS252", SAFE, "priority 150\n    owner_ignore_adverts on", "priority 150"),
    ("LVS252", UNSAFE, "priority 150\n    timer_expired_backup", "priority 150"),
    ("LVS268", SAFE, "garp_master_repeat 0", "garp_master_repeat 1"),
    ("LVS255", NEVER, "skip_check_adv_addr off", ""),
]  # fmt: skip

AUTHENTICATION = [
    ("LVS110", UNSAFE, "{ auth_type PASS auth_pass x }", "{\n        auth_type PASS\n        auth_pass x\n    }"),
    ("LVS104", UNSAFE, "{\n auth_type pass\n auth_pass x\n }", "{\n auth_type PASS\n auth_pass x\n }"),
    ("LVS104", UNSAFE, "{\n auth_type = PASS\n auth_pass x\n }", "{\n auth_type PASS\n auth_pass x\n }"),
    ("LVS104", UNSAFE, "{\n auth_type PASS;\n auth_pass x\n }", "{\n auth_type PASS\n auth_pass x\n }"),
    ("LVS101", UNSAFE, "{\n auth_type PASS\n auth_pass=x\n }", "{\n auth_type PASS\n auth_pass x\n }"),
]
_LOCKED = "vrrp_script s {\n    %s\n    interval 2\n}\n"
_CHECKED = service(server=("HTTP_GET {", "url {", "path /", "status_code 200", "%s", "}", "}"))
_GLOBAL = "global_defs {\n    %s\n}\n"
_FARM = service(server=("weight 1",))
_SECOND = "    real_server 198.51.100.1 80 {\n        weight 2\n    }\n"
_SYNC = instance() + _GLOBAL
_GROUP = (
    instance() + instance(name="VI_2", vrid=52, vip="192.0.2.11/24") + "vrrp_sync_group G {\n    group {\n%s    }\n}\n"
)
_ROUTES = "static_routes {\n    %s\n}\n"
_PEERS = ("unicast_src_ip 192.0.2.1", "unicast_peer {", "    192.0.2.2", "    %s", "}")
WHOLE = [
    ("LVS104", SAFE, _FARM.replace("1 80 {\n", "1:80 {\n", 2).replace("192.0.2.10:80", "192.0.2.10 80"), _FARM),
    ("LVS104", SAFE, _FARM.replace("10 80", "10:80"), _FARM),
    ("LVS104", NEVER, _FARM.replace("10 80", "10:80 80"), ""),
    ("LVS104", NEVER, _FARM.replace("192.0.2.10 80", "2001:db8::1:80x"), ""),
    ("LVS104", NEVER, _FARM.replace("192.0.2.10 80", "192.0.2.10:99999"), ""),
    ("LVS104", SAFE, _FARM.replace("TCP", "TCP").replace("rr", "RR"), _FARM),
    ("LVS112", NEVER, _LOCKED % "user a b c", ""),
    ("LVS112", NEVER, _CHECKED % "regex a b", ""),
    ("LVS216", UNSAFE, instance("notify_master /x root root x"), instance('notify_master "/x root root x"')),
    ("LVS104", NEVER, _GLOBAL % "lvs_timeouts TCP 9x", ""),
    ("LVS104", NEVER, _GLOBAL % "lvs_timeouts tcp:900", ""),
    ("LVS114", SAFE, instance("thread_timer_expired"), instance("timer_expired_backup")),
    ("LVS216", SAFE, _LOCKED % "script /x a b # c", _LOCKED % 'script "/x a b" # c'),
    ("LVS113", SAFE, _GLOBAL % "lvs_id X", _GLOBAL % "router_id X"),
    ("LVS113", NEVER, _GLOBAL % "enable_snmp", ""),
    ("LVS113", NEVER, _GLOBAL % "lvs_id", ""),
    ("LVS113", UNSAFE, instance("track_vips"), instance()),
    ("LVS113", NEVER, service("nat_mask 255.255.255.0"), ""),
    ("LVS126", SAFE, "\ufeff" + instance(), instance()),
    ("LVS209", SAFE, instance("version 3", "authentication {", "    auth_type PASS", "    auth_pass x", "}"),
     instance("version 3")),
    ("LVS209", NEVER, instance("version 3", "authentication {", "    auth_type PASS", "    auth_pass x # c", "}"), ""),
    ("LVS214", UNSAFE, instance(*_PEERS) % "192.0.2.1", instance(*_PEERS[:3], "}")),
    ("LVS214", NEVER, instance("unicast_src_ip 192.0.2.1", "unicast_peer {", "    192.0.2.1", "}"), ""),
    ("LVS235", UNSAFE, instance(*_PEERS, "mcast_dst_ip 224.0.0.99") % "192.0.2.3", instance(*_PEERS) % "192.0.2.3"),
    ("LVS239", SAFE, instance("use_vmac", *_PEERS) % "192.0.2.3",
     (instance("use_vmac", *_PEERS) % "192.0.2.3").replace("    interface", "    vmac_xmit_base\n    interface")),
    ("LVS241", UNSAFE, instance(*_PEERS) % "192.0.2.2", instance(*_PEERS[:3], "}")),
    ("LVS246", SAFE, tracking("eth0", "eth1"), tracking("eth1")),
    ("LVS246", UNSAFE, tracking("eth0 weight 7", "eth1"), tracking("eth1")),
    ("LVS246", UNSAFE, tracking("eth0", before=["dont_track_primary"]), tracking()),
    ("LVS247", SAFE, tracking("eth1", "eth2", "eth1"), tracking("eth1", "eth2")),
    ("LVS247", UNSAFE, tracking("eth1", "eth1 weight 7"), tracking("eth1")),
    ("LVS255", SAFE, _GLOBAL % "vrrp_strict off\n    router_id X", _GLOBAL % "router_id X"),
    ("LVS260", UNSAFE, instance(vip="192.0.2.10\n        198.51.100.1/24"),
     instance(vip="192.0.2.10/32\n        198.51.100.1/24")),
    ("LVS260", UNSAFE, instance(vip="2001:db8::1\n        2001:db8:1::1/64"),
     instance(vip="2001:db8::1/128\n        2001:db8:1::1/64")),
    ("LVS105", SAFE, _GLOBAL % "vrrp_garp_interval 0\n    router_id X", _GLOBAL % "router_id X"),
    ("LVS260", UNSAFE, instance(vip="192.0.2.10/24\n        192.0.2.11 dev eth1"),
     instance(vip="192.0.2.10/24\n        192.0.2.11/24 dev eth1")),
    ("LVS260", UNSAFE, instance(vip="192.0.2.10/24\n        192.0.2.11\n        198.51.100.1"),
     instance(vip="192.0.2.10/24\n        192.0.2.11/32\n        198.51.100.1/32")),
    ("LVS260", UNSAFE, instance(vip="192.0.2.10/24\n        192.0.2.129/25\n        192.0.2.200\n        192.0.2.9"),
     instance(vip="192.0.2.10/24\n        192.0.2.129/25\n        192.0.2.200/25\n        192.0.2.9/24")),
    ("LVS271", UNSAFE, _GROUP % "        VI_1\n        VI_2\n        VI_22 # c\n", _GROUP % "        VI_1\n        VI_2\n        VI_2 # c\n"),
    ("LVS273", SAFE, _GROUP % "        VI_1\n        VI_2\n        VI_1 # c\n", _GROUP % "        VI_1\n        VI_2\n        # c\n"),
    ("LVS271", NEVER, _GROUP % "        VI_1\n        VI_2\n        frob\n", ""),
    ("LVS273", NEVER, _GROUP % "        VI_1 VI_2 VI_1\n", ""),
    ("LVS273", NEVER, _GROUP % "        VI_1\n        VI_2\n" + "vrrp_sync_group H {\n    group {\n        VI_2\n    }\n}\n", ""),
    ("LVS276", UNSAFE, _SYNC % "lvs_sync_daemon eth0 inst VI_1\n    lvs_sync_daemon eth1 inst VI_1", _SYNC % "lvs_sync_daemon eth0 inst VI_1"),
    ("LVS276", UNSAFE, _SYNC % "lvs_sync_daemon eth0 inst VI_l", _SYNC % "lvs_sync_daemon eth0 inst VI_1"),
    ("LVS276", NEVER, _SYNC % "lvs_sync_daemon eth0 inst frob", ""),
    ("LVS276", NEVER, _SYNC % "lvs_sync_daemon eth0 VI_1 5", ""),
    ("LVS279", SAFE, _ROUTES % "198.51.100.0/24 gw 192.0.2.1 dev gw\n    203.0.113.0/24 gw 192.0.2.1 dev x",
     _ROUTES % "198.51.100.0/24 via 192.0.2.1 dev gw\n    203.0.113.0/24 via 192.0.2.1 dev x"),
    ("LVS282", SAFE, _ROUTES % "local default dev lo # c", _ROUTES % "local default dev lo scope host # c"),
    ("LVS282", NEVER, _ROUTES % "broadcast 203.0.113.0/24 nexthop via 198.51.100.1 dev eth1", ""),
    ("LVS291", UNSAFE, "static_ipaddress {\n    192.0.2.10/24 dev eth0\n}\n" + instance(), "static_ipaddress {\n}\n" + instance()),
    ("LVS401", UNSAFE, _FARM.replace("NAT", "DR").replace("1 80 {\n        ", "1 8080 { # c\n        "),
     _FARM.replace("NAT", "DR").replace("1 80 {\n        ", "1 80 { # c\n        ")),
    ("LVS403", SAFE, _FARM.removesuffix("}\n") + _SECOND + "}\n", _FARM),
    ("LVS403", NEVER, _FARM.removesuffix("}\n") + _SECOND.replace("2\n", "2 # c\n") + "}\n", ""),
]  # fmt: skip


def check(fixed: Mend, code: str, who: str, before: str, after: str) -> None:
    expected = {SAFE: (after, after), UNSAFE: (before, after), NEVER: (before, before)}[who]
    assert (fixed(code, False, a=before)["a"], fixed(code, True, a=before)["a"]) == expected
    assert fixed.offered == (who != NEVER)  # type: ignore[attr-defined]


@pytest.mark.parametrize(("code", "who", "before", "after"), LINES)
def test_lines(fixed: Mend, code: str, who: str, before: str, after: str) -> None:
    check(fixed, code, who, instance(before), instance(after))


@pytest.mark.parametrize(("code", "who", "before", "after"), AUTHENTICATION)
def test_authentication_is_never_switched_on_without_a_person(
    fixed: Mend, code: str, who: str, before: str, after: str
) -> None:
    check(fixed, code, who, instance(f"authentication {before}"), instance(f"authentication {after}"))


@pytest.mark.parametrize(("code", "who", "before", "after"), WHOLE)
def test_texts(fixed: Mend, code: str, who: str, before: str, after: str) -> None:
    check(fixed, code, who, before, after)


ITEMS = [
    ("track_interface { eth1 eth2 weight 5 eth3 }", "eth1", "eth2 weight 5", "eth3"),
    ("virtual_ipaddress_excluded { 192.0.2.11/24 dev eth1 192.0.2.12 }", "192.0.2.11/24 dev eth1", "192.0.2.12"),
]


@pytest.mark.parametrize(("line", "items"), [(line, items) for line, *items in ITEMS])
def test_items_of_one_line(fixed: Mend, line: str, items: list[str]) -> None:
    name = line.partition(" ")[0]
    expected = instance(f"{name} {{", *(f"    {item}" for item in items), "}")
    check(fixed, "LVS110", SAFE, instance(line), expected)


@pytest.mark.parametrize(
    "line", ["track_interface { eth1 eth2 weight x }", "track_interface { eth1 eth2 eth3 weight }"]
)
def test_items_that_cannot_be_told_apart(fixed: Mend, line: str) -> None:
    check(fixed, "LVS110", NEVER, instance(line), "")


# -- versions -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "target", "newer"),
    [
        ("lvs_flush_onstop", "", ""),
        ("lvs_flush_onstop", "2.1.5", ""),
        ("lvs_flush_onstop # c\n    lvs_flush_onstop", "2.2.7", "lvs_flush_on_stop # c\n    lvs_flush_on_stop"),
        ("vrrp_rlimit_rtime 5000", "", ""),
        ("enable_snmp_keepalived", "1.1.15", ""),
        ("enable_snmp_keepalived", "2.0.20", "enable_snmp_vrrp"),
    ],
)
def test_a_successor_that_the_target_knows(fixed: Mend, line: str, target: str, newer: str) -> None:
    before, after = _GLOBAL % line, _GLOBAL % (newer or line)
    assert fixed("LVS114", False, target=target, a=before)["a"] == after
    assert fixed.offered == bool(newer)  # type: ignore[attr-defined]


def test_a_word_that_is_gone_for_all_targets_is_removed(fixed: Mend) -> None:
    before = service("nat_mask 255.255.255.0")
    assert fixed("LVS113", False, target="2.2.7", a=before)["a"] == service()
    assert fixed("LVS113", False, target="1.2.19", a=before)["a"] == before


def test_an_obsolete_word_whose_successor_is_too_new(fixed: Mend) -> None:
    before, after = instance("garp_extra_if_vmac 5"), instance("garp_extra_if 5")
    assert fixed("LVS113", True, target="2.3.2", a=before)["a"] == after
    assert fixed("LVS113", False, target="2.3.2", a=before)["a"] == before
    assert fixed("LVS113", True, target="2.1.5", a=before)["a"] == before


def test_the_id_of_a_sync_daemon(fixed: Mend) -> None:
    before, after = _SYNC % "lvs_sync_daemon eth0 VI_1 5", _SYNC % "lvs_sync_daemon eth0 VI_1 id 5"
    assert fixed("LVS276", False, target="2.2.7", a=before)["a"] == after
    assert fixed("LVS276", False, target="2.0", a=before)["a"] == after
    assert fixed("LVS276", False, target="1.3.5", a=before)["a"] == before


def test_a_known_network_gives_its_length(fixed: Mend) -> None:
    known = Known(subnets=("192.0.2.0/26", "192.0.0.0/16"))
    before = instance(vip="192.0.2.10")
    assert fixed("LVS260", True, known=known, a=before)["a"] == instance(vip="192.0.2.10/26")


# -- pairs ----------------------------------------------------------------------------------------------------


def pair(*lines: str, a: int | None = 150, b: int | None = 100) -> dict[str, str]:
    return {
        name: instance(*([f"priority {priority}"] if priority else []), *lines)
        for name, priority in (("a", a), ("b", b))
    }


@pytest.mark.parametrize(
    ("given", "backups"),
    [
        (pair("state MASTER"), "b"),
        (pair("state MASTER", a=100, b=150), "a"),
        (pair("state MASTER", a=100), "ab"),
        (pair("state MASTER", "nopreempt"), "ab"),
        (pair("state MASTER") | {"a": instance("priority 150", "state MASTER", "nopreempt")}, "ab"),
        (pair("state MASTER") | {"b": instance("priority 100", "state MASTER", "nopreempt")}, "ab"),
        (pair("state MASTER", b=None), ""),
    ],
)  # fmt: skip
def test_one_of_two_masters_becomes_backup(fixed: Mend, given: dict[str, str], backups: str) -> None:
    """The host without a priority would be the owner: it is the other one that becomes backup."""
    expected = {name: text.replace("MASTER", "BACKUP") if name in backups else text for name, text in given.items()}
    if not backups:
        expected["a"] = given["a"].replace("MASTER", "BACKUP")
    assert fixed("LVS301", False, **given) == given
    assert fixed("LVS301", True, **given) == expected


def test_a_peer_is_added(fixed: Mend) -> None:
    def host(own: str, *peers: str) -> str:
        return instance(f"unicast_src_ip {own}", "unicast_peer {", *(f"    {peer}" for peer in peers), "}")

    given = {"a": host("192.0.2.1", "192.0.2.3"), "b": host("192.0.2.2", "192.0.2.1")}
    assert fixed("LVS310", False, **given) == given
    assert fixed("LVS310", True, **given)["a"] == host("192.0.2.1", "192.0.2.2", "192.0.2.3")


def test_the_master_that_loses_becomes_backup(fixed: Mend) -> None:
    given = {"a": instance("priority 100", "state MASTER"), "b": instance("priority 150", "state BACKUP")}
    assert fixed("LVS333", False, **given) == given
    assert fixed("LVS333", True, **given)["a"] == instance("priority 100", "state BACKUP")
