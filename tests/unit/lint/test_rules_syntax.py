"""1xx: one mistake, one finding, at its cause."""

from __future__ import annotations

from pathlib import Path

import pytest
from places import SECURE, Findings, instance, service, shown

A = instance()
C = instance(name="VI_3", vips=("192.0.2.30/24",)).replace("61", "53")
OPEN = """vrrp_instance VI_2 {
    interface eth0
    virtual_router_id 52
    virtual_ipaddress {
        192.0.2.20/24
    }
"""
PASSWORD = "    authentication {\n        auth_type PASS\n        auth_pass "


def password(text: str) -> str:
    return instance().replace("    virtual_ip", f"{PASSWORD}{text}\n    }}\n    virtual_ip")


# What is written → what is found, all of it.
CASES = {
    # LVS101
    "typo": (instance("priorty 150"), ["LVS101 error/none 4:5-12"]),
    "wrong case": (instance("Priority 150"), ["LVS101 error/none 4:5-13"]),
    "slashes": (instance("// a remark"), ["LVS101 error/none 4:5-7"]),
    "typo behind a tab": (instance("\tnopremt"), ["LVS101 error/none 4:6-13"]),
    "keyword of another block": (instance("delay_loop 3"), ["LVS101 error/none 4:5-15"]),
    "typo on every line": (instance("foo", "bar"), ["LVS101 error/none 4:5-8", "LVS101 error/none 5:5-8"]),
    "typo before a brace": ("global_defs { rooter_id x }\n", ["LVS101 error/none 1:15-24"]),
    # LVS102
    "unknown block": (
        instance("unicast_peers {", "    192.0.2.3", "}", "priority 150", "advert_int 2") + C,
        ["LVS102 error/outage 4:5-18"],
    ),
    "unknown block at the top": ("vrrp_instanze VI_0 {\n    state MASTER\n}\n" + A, ["LVS102 error/outage 1:1-14"]),
    "unknown block in a block in a block": (
        service("TCP_CHEK {", "    connect_timeout 3", "}", "weight 1") + A,
        ["LVS102 error/outage 6:9-17"],
    ),
    "unknown block of addresses": (A.replace("ess {", "esses {"), ["LVS102 error/outage 4:5-24"]),
    "unknown block in an unknown block": (
        instance("tracking {", "    scripts {", "        web", "    }", "}"),
        ["LVS102 error/outage 4:5-13"],
    ),
    "block of old": (service("ICMP_CHECK {", "}", "weight 1"), ["LVS102 error/outage 6:9-19"]),
    # LVS103
    "no value": (instance("priority"), ["LVS103 error/outage 4:5-13"]),
    "no value but a remark": (instance("priority # 150"), ["LVS103 error/outage 4:5-13"]),
    "no address": ("virtual_server {\n    lb_algo rr\n}\n", ["LVS103 error/outage 1:1-15"]),
    # LVS104
    "wrong case of a value": (instance("state backup"), ["LVS104 warning/none 4:11-17"]),
    "not a number": (instance("priority high"), ["LVS104 error/none 4:14-18"]),
    "a unit": (instance("preempt_delay 5s"), ["LVS104 error/none 4:19-21"]),
    "hexadecimal": (instance("priority 0x64"), ["LVS104 error/none 4:14-18"]),
    "a semicolon": (instance("priority 100;"), ["LVS104 error/none 4:14-18"]),
    "the word of a state elsewhere": (instance("priority backup"), ["LVS104 error/none 4:14-20"]),
    "vrid is no number": (A.replace("61", "web"), ["LVS104 error/outage 3:23-26"]),
    "address and port": (
        service("weight 1").replace("real_server 198.51.100.1 80", "real_server 198.51.100.1:80"),
        ["LVS104 error/outage 5:17-32"],
    ),
    "undefined name without braces": (instance("priority $PRIO"), ["LVS104 error/none 4:14-19"]),
    # LVS105
    "too much": (instance("priority 256"), ["LVS105 error/none 4:14-17"]),
    "nothing": (instance("priority 0"), ["LVS105 error/none 4:14-15"]),
    "vrid too large": (A.replace("61", "256"), ["LVS105 error/outage 3:23-26"]),
    "negative": (instance("garp_master_delay -1"), ["LVS105 error/none 4:23-25"]),
    # LVS106
    "open in the middle": (A + OPEN + C, ["LVS106 error/outage 8:1-19 +14:1-19"]),
    "list open": (
        A.replace("        192.0.2.10/24\n    }\n", "        192.0.2.10/24\n") + C,
        ["LVS106 error/outage 4:5-22 +7:1-19"],
    ),
    "list open before a keyword": (
        "vrrp_instance VI_1 {\n    interface eth0\n    virtual_ipaddress {\n        192.0.2.10/24\n"
        "    virtual_router_id 61\n}\n" + C,
        ["LVS106 error/outage 3:5-22 +5:5-25"],
    ),
    "open at the end": (A + OPEN, ["LVS106 error/outage 8:1-19"]),
    "script open": (
        'vrrp_script web {\n    script "/bin/true"\n' + instance("track_script {", "    web", "}") + SECURE,
        ["LVS106 error/outage 1:1-16 +3:1-19"],
    ),
    "globals open, no indentation": (
        "global_defs {\nrouter_id x\n" + A.replace("    ", ""),
        ["LVS106 error/outage 1:1-12 +3:1-19"],
    ),
    "open, and a typo before": (
        instance("foo 1") + OPEN + C,
        ["LVS101 error/none 4:5-8", "LVS106 error/outage 9:1-19 +15:1-19"],
    ),
    # LVS107
    "closed too early": (
        A.replace("    }\n}\n", "    }\n    }\n    priority 150\n}\n") + C,
        ["LVS107 error/outage 7:5-6 +1:1-19"],
    ),
    "closed again": (A + "}\n" + C, ["LVS107 error/none 8:1-2"]),
    "closed again at once": (A.replace("\n}\n", "\n}}\n"), ["LVS107 error/none 7:2-3"]),
    # LVS108
    "check without braces": (
        service("weight 1", "TCP_CHECK") + A,
        ["LVS108 error/outage 7:9-18 +8:5-6"],
    ),
    "instance without brace": (A.replace("VI_1 {", "VI_1"), ["LVS108 error/outage 1:1-14 +2:5-19"]),
    "list without brace": (A.replace("address {", "address"), ["LVS108 error/outage 4:5-22 +5:9-22"]),
    # LVS109
    "brace behind a value": (A.replace("61", "61 {"), ["LVS109 error/outage 3:5-25"]),
    "brace pair behind a value": (instance("priority 150 {", "}", "advert_int 2"), ["LVS109 error/outage 4:5-17"]),
    "lone brace": ("{\n" + A + "}\n", ["LVS109 error/outage 1:1-2"]),
    # LVS110
    "two keywords": (instance("priority 150 advert_int 2"), ["LVS110 error/latent 4:18-30"]),
    "authentication on one line": (
        instance("authentication { auth_type PASS auth_pass s3cret }"),
        ["LVS110 error/latent 4:37-53"],
    ),
    "interfaces on one line": (instance("track_interface { eth1 eth2 }"), ["LVS110 error/latent 4:28-32"]),
    "addresses on one line": (
        instance(vips=("192.0.2.10/24 192.0.2.11/24 192.0.2.12/24",)),
        ["LVS110 error/latent 5:23-50"],
    ),
    "peers on one line": (instance("unicast_peer { 192.0.2.2 192.0.2.3 }"), ["LVS110 error/latent 4:30-39"]),
    # LVS111
    "flag off": (instance("nopreempt off"), ["LVS111 error/latent 4:15-18"]),
    "flag false": ("global_defs {\n    lvs_flush false\n}\n", ["LVS111 error/latent 2:15-20"]),
    "flag on": (instance("nopreempt on"), ["LVS111 warning/none 4:15-17"]),
    # LVS112
    "remark without its sign": (instance("priority 150  <-- here"), ["LVS112 warning/none 4:19-27"]),
    "script arguments": (
        "vrrp_script web {\n    script /bin/test -e x\n}\n" + instance("track_script {", "    web", "}") + SECURE,
        ["LVS216 error/latent 2:22-26"],
    ),
    # LVS113
    "dropped": (
        service("TCP_CHECK {", "}").replace("protocol", "nat_mask 255.255.255.0\n    protocol"),
        ["LVS113 warning/none 4:5-13"],
    ),
    "never there": ("global_defs {\n    state_file_location /tmp/x\n}\n", ["LVS113 warning/none 2:5-24"]),
    # LVS114
    "deprecated twice": (
        "global_defs {\n    lvs_flush_onstop\n    lvs_flush_onstop\n}\n",
        ["LVS114 info/none 2:5-21"],
    ),
    # LVS116
    "quote open": ('global_defs {\n    router_id a "b c\n}\n', ["LVS116 error/none 2:17-18"]),
    "password open": (password('"s3cret'), ["LVS116 error/outage 6:19-20"]),
    # LVS117
    "continued": (instance("priority 150 \\"), ["LVS117 error/outage 4:18-19"]),
    "continued number": (A.replace("61", "51\\"), ["LVS117 error/outage 3:25-26"]),
    "remark ends in one": (instance("priority 150 # C:\\"), ["LVS117 error/outage 4:22-23"]),
    "comment ends in one": ("# C:\\\n" + A, ["LVS117 error/outage 1:5-6"]),
    # LVS118, LVS119
    "long comment": ("# " + "x" * 1100 + "\n" + A, ["LVS118 error/latent 1:1-61"]),
    "long line of two-byte characters": ("# " + "é" * 600 + "\n" + A, ["LVS118 error/latent 1:1-61"]),
    "nul": (instance("priority 1\x0050"), ["LVS119 error/latent 4:15-16"]),
    # LVS120
    "no such file": ("include none.conf\n" + A, ["LVS120 warning/none 1:1-18"]),
    "no such file, and it must be": ("includem none.conf\n" + A, ["LVS120 error/outage 1:1-19"]),
    # LVS122, LVS123, LVS124, LVS125
    "undefined": (A.replace("61", "${VRID}"), ["LVS122 error/outage 3:5-30"]),
    "defined too late": (A.replace("61", "${VRID}") + "$VRID=51\n", ["LVS122 error/outage 3:5-30"]),
    "endless": ("$A=x $A\nglobal_defs {\n    router_id ${A}\n}\n", ["LVS123 error/outage 3:5-19"]),
    "endless in two steps": ("$A=$B\n$B=$A\nglobal_defs {\n    router_id ${A}\n}\n", ["LVS123 error/outage 4:5-19"]),
    "generator": (instance("~SEQ(x) priority $x"), ["LVS124 error/none 4:5-24"]),
    "generator goes nowhere": (instance("~SEQ(x,1,0,9) priority $x"), ["LVS124 error/none 4:5-30"]),
    "generator without end": (A + "~SEQ(a,1,300) ~SEQ(b,1,300) # $a\n", ["LVS125 error/none 8:1-28"]),
    # LVS126
    "byte order mark": ("\ufeff" + A, ["LVS126 error/outage 1:1-15"]),
    "byte order mark before a comment": ("\ufeff# x\n" + A, ["LVS126 error/outage 1:1-2"]),
    # LVS127, LVS128
    "no name": (A.replace(" VI_1", ""), ["LVS127 error/outage 1:1-14"]),
    "two names": (A.replace("VI_1", "web front"), ["LVS127 error/outage 1:19-24"]),
    "name and quoted name": (A.replace("VI_1", 'VI"1"'), ["LVS127 error/outage 1:17-20"]),
    "same name": (A + C.replace("VI_3", "VI_1"), ["LVS128 error/outage 8:15-19"]),
    # LVS129
    "not an address": (instance(vips=("192.0.2.10/24", "192.0.2.300/24")), ["LVS129 error/latent 6:9-23"]),
    "only a name": (instance(vips=("www.example.com",)), ["LVS129 error/latent 5:9-24"]),
    "an item of several on a line": (
        "garp_group {\n    garp_interval 1\n    interfaces {\n        eth0 a_name_of_16_bytes eth1\n    }\n}\n",
        ["LVS129 error/latent 4:14-32"],
    ),
    "unknown option": (instance(vips=("192.0.2.10/24 device eth0",)), ["LVS129 error/latent 5:23-29"]),
}


@pytest.mark.parametrize("name", CASES)
def test_one_mistake_one_finding(name: str, findings: Findings) -> None:
    text, expected = CASES[name]
    assert [shown(finding) for finding in findings(text)] == expected


HINTS = {
    "priorty 150": "did you mean `priority`?",
    "PRIORITY 150": "did you mean `priority`?",
    "auth_pass x": "this keyword belongs in `vrrp_instance / authentication`",
    "unicast_peers {": "did you mean `unicast_peer`?",
    "virtual_ip {": "did you mean `virtual_ipaddress`?",
    "zzz 1": "",
    "priority high": "",
    'priority ""': "",
    "priority 1:1": "",
    'priority "${PRIO}"': "nothing defines `PRIO` before this line",
    "priority=150": "leave the `=` out: `priority VALUE`",
    "priorty=150": "did you mean `priority`?",
    "state master": "write `MASTER`: keepalived tells upper from lower case here",
    "state MASTR": "did you mean `MASTER`?",
    "priority = 100": "leave the `=` out: `priority VALUE`",
    "priority $PRIO": "nothing defines `PRIO` before this line",
    "priority $A/7": "`$NAME` is replaced before a blank, a comma, a `)` or the end of the line only: write `${NAME}`",
    "nopreempt off": "remove the line to have nopreempt off",
    "lvs_sync_daemon_inteface eth0": "use lvs_sync_daemon instead",
}


@pytest.mark.parametrize("line", HINTS)
def test_the_hint(line: str, findings: Findings) -> None:
    [found] = findings(instance(line) + ("}\n" if line.endswith("{") else ""))
    assert found.help == HINTS[line]


def test_hint_for_address_and_port(findings: Findings) -> None:
    [found] = findings(service("weight 1").replace("198.51.100.1 80", "web1 80"))
    assert found.help == ""
    [found] = findings(service("weight 1").replace("198.51.100.1 80", "198.51.100.1:80"))
    assert found.help == "address and port are two words: `real_server 198.51.100.1 80`"


def test_the_case_of_a_value_is_seen_however_many_words_are_unknown(findings: Findings) -> None:
    *_, found = findings(instance(*(f"unknown{n}" for n in range(300)), "state master"))
    assert found.help.startswith("write `MASTER`")


@pytest.mark.parametrize(
    ("text", "harm"),
    [
        (instance("priority high"), ": keepalived ignores the line and goes on with 100"),
        (instance("smtp_alert maybe"), ": keepalived ignores the line"),
        (instance("priority 256"), "; keepalived ignores the line and goes on with 100"),
        (A.replace("61", "256"), "; the instance is left without a VRID and the whole daemon stops"),
        (service().replace("10 80", "10:80"), ": keepalived skips the whole block"),
    ],
)
def test_what_a_wrong_value_does(text: str, harm: str, findings: Findings) -> None:
    [found] = findings(text)
    assert found.message.endswith(harm)


@pytest.mark.parametrize(("word", "what"), [("192.0.2.1/24", "without a mask"), ("192.0.2.1-9", "no range")])
def test_what_stands_behind_an_address(word: str, what: str, findings: Findings) -> None:
    [found] = [f for f in findings(instance(f"unicast_src_ip {word}")) if f.code == "LVS112"]
    assert found.message.endswith(what)


@pytest.mark.parametrize(
    ("text", "history", "help"),
    [
        (instance("track_vips"), "no release of keepalived ever accepted it", "remove the line"),
        (
            service().replace("    protocol", "    nat_mask 255.0.0.0\n    protocol"),
            "dropped it after",
            "remove the line",
        ),
        (instance("lvs_sync_daemon_inteface eth0"), "no release of keep", "use lvs_sync_daemon instead"),
    ],
)
def test_what_became_of_a_word(text: str, history: str, help: str, findings: Findings) -> None:
    [found] = [f for f in findings(text) if f.code == "LVS113"]
    assert history in found.message
    assert found.help == help


@pytest.mark.parametrize(
    ("item", "harm"),
    [
        ("192.0.2.10/24 dev", "`virtual_ipaddress` ends too early"),
        ("192.0.2.10/24 frob", "keepalived goes on with `192.0.2.10/24`"),
        ("192.0.2.300/24", "keepalived drops the line"),
    ],
)
def test_what_becomes_of_an_item(item: str, harm: str, findings: Findings) -> None:
    found = findings(instance(vips=("192.0.2.20/24", item)))
    assert harm in next(f.message for f in found if f.code == "LVS129")


def test_a_word_of_no_release_yet(findings: Findings) -> None:
    text = "global_defs {\n    set_supplementary_groups\n}\n"
    [found] = findings(text, target="2.4.3")
    assert (found.code, "is in no release yet" in found.message) == ("LVS115", True)
    assert findings(text) == []


@pytest.mark.parametrize(("count", "times"), [(1, ""), (2, " (2 times in this configuration)")])
def test_how_often_a_deprecated_word_is_there(count: int, times: str, findings: Findings) -> None:
    [found] = findings("global_defs {\n" + "    lvs_flush_onstop\n" * count + "}\n")
    assert found.message.startswith(f"`lvs_flush_onstop` is deprecated{times}: ")
    assert found.help == "use lvs_flush_on_stop instead"


def test_a_deprecated_word_that_was_always_there(findings: Findings) -> None:
    text = service(
        "HTTP_GET {", "    nb_get_retry 3", "    url {", "        path /", "        status_code 200", "    }", "}"
    )
    assert [f.code for f in findings(text, target="1.2.19") if "nb_get" in f.message] == ["LVS114"]


def test_hint_for_a_block_of_old(findings: Findings) -> None:
    [found] = findings(service("ICMP_CHECK {", "}"))
    assert found.help == "this block is gone since keepalived 0.4.9; use PING_CHECK instead"


# Keyword, the version it came with (timer_expired_backup), one before, the same, one later.
@pytest.mark.parametrize(("target", "expected"), [("2.2.7", 1), ("2.2.8", 0), ("2.4.3", 0), ("1.1.15", 1), ("", 0)])
def test_keyword_too_new_depends_on_the_target(target: str, expected: int, findings: Findings) -> None:
    found = findings(instance("state BACKUP", "nopreempt", "timer_expired_backup"), target=target)
    codes = [shown(finding) for finding in found if "timer_expired" in finding.message]
    assert codes == ["LVS115 error/none 6:5-25"] * expected


_SEQ = "~SEQ(x,1,3) vrrp_instance A$x {\n"
_ADD, _WRITE = "add the missing `}`", "write `vrrp_instance NAME {`"
_APART = "put each item on a line of its own"
# What is written → the code, how the message ends or a part of it, the help.
SAID = {
    "unknown block": (
        instance("unicast_peers {", "}"), "LVS102", "part of `vrrp_instance`, and its `}` closes",
        "did you mean `unicast_peer`?",
    ),
    "unknown block at the top": (
        "vrrp_instanze A {\n}\n" + A, "LVS102", "as if it stood at the top level",
        "did you mean `vrrp_instance`?",
    ),
    "a block that never was": (
        "static_route {\n}\n" + A, "LVS102", "no block `static_route` in the top level", "use static_routes instead",
    ),
    "a block of old without a successor": (instance("foo_bar {", "}"), "LVS102", "no block `foo_bar`", ""),
    "a word of old with a brace": (
        service().replace("    protocol", "    nat_mask {\n    }\n    protocol"), "LVS102", "no block `nat_mask`", "",
    ),
    "open before another": (OPEN + C, "LVS106", "not closed before `vrrp_instance` begins in line 7:", _ADD),
    "open in a generator": (_SEQ, "LVS106", "is not closed before this line generates the next `vrrp_instance`", _ADD),
    "open at the end": (OPEN, "LVS106", "`vrrp_instance VI_2` is never closed", _ADD),
    "one too many": (A + "}\n", "LVS107", "this `}` closes nothing: no block", "remove it"),
    "two too many": (A + "}\n}\n", "LVS107", "closes nothing (nor does the next): no block", "remove it"),
    "three too many": (A + "}\n}\n}\n", "LVS107", "closes nothing (nor do the 2 behind it): no block", "remove it"),
    "a list without its brace": (
        A.replace("address {", "address"), "LVS108", "reads the lines up to the next `}` as its items",
        "write `virtual_ipaddress {`",
    ),
    "a list of words without its brace": (
        "vrrp_sync_group G {\n    group\n        VI_1\n    }\n}\n" + A, "LVS108", "as its items, without a word",
        "write `group {`",
    ),
    "a list of words on a line": (
        "vrrp_sync_group G {\n    group VI_1\n}\n" + A, "LVS108", "the next `}` closes it: the block around it stays open",
        "write `group {`",
    ),
    "a block without its brace": (
        A.replace("VI_1 {", "VI_1"), "LVS108", "and reads the next lines inside it", "write `vrrp_instance {` and `}`, with nothing between them for the defaults",
    ),
    "a brace behind a value": (instance("priority 150 {", "}"), "LVS109", "`priority` opens no block: keep", "remove the braces"),
    "a brace behind a wrong value": (
        instance("priority high {", "}"), "LVS109", "`priority` opens no block: keep", "remove the braces",
    ),
    "a brace inside a block": (
        instance("priority 150 {", "}"), "LVS109", "that belongs to it closes `vrrp_instance` instead", "remove the braces",
    ),
    "a lone brace": ("{\n}\n" + A, "LVS109", "no block begins here: keepalived", "remove the braces"),
    "a brace of nothing": ("{\n}\n" + A, "LVS109", "that belongs to it closes nothing", "remove the braces"),
    "a brace in a list": (
        instance("track_interface {", "    eth1 {", "    }", "}"), "LVS109", "a list of items has no blocks inside: keep",
        "remove the braces",
    ),
    "items on a line": (instance("unicast_peer { 192.0.2.2 192.0.2.3 }"), "LVS110", "keepalived keeps `192.0.2.2` only", _APART),
    "trackers on a line": (instance("track_interface { eth1 eth2 }"), "LVS110", "keepalived drops the whole line", _APART),
    "no name": (A.replace(" VI_1", ""), "LVS127", "has no name: keepalived skips", _WRITE),
    "two names": (A.replace("VI_1", "A B"), "LVS127", "has 2 names: keepalived skips", _WRITE + "; put a name with blanks in double quotes"),
}  # fmt: skip


@pytest.mark.parametrize("name", SAID)
def test_what_is_said(name: str, findings: Findings) -> None:
    text, code, message, help = SAID[name]
    found = next(f for f in findings(text) if f.code == code)
    assert message in found.message
    assert found.help == help


def test_an_executable_include(tmp_path: Path, findings: Findings) -> None:
    texts = {"keepalived.conf": "include a.conf\n", "a.conf": A}
    assert findings(texts) == []
    (tmp_path / "lvs1" / "a.conf").chmod(0o755)
    [found] = findings(texts)
    assert shown(found) == "LVS121 error/none 1:1-15"
    assert found.help.startswith("chmod -x ")


def test_an_included_directory(findings: Findings) -> None:
    [found] = findings({"keepalived.conf": "include sites\n", "sites/a.conf": A})
    assert shown(found) == "LVS121 error/none 1:1-14"
    assert found.help.endswith("/sites/*.conf")


def test_a_file_that_includes_itself(findings: Findings) -> None:
    [found] = findings("include keepalived.conf\n" + A)
    assert shown(found) == "LVS121 error/none 1:1-24"


def test_the_place_is_in_the_included_file(findings: Findings) -> None:
    [found] = findings({"keepalived.conf": "# x\ninclude a.conf\n", "a.conf": instance("priorty 150")})
    assert shown(found) == "LVS101 error/none 4:5-12"
    assert Path(found.span.source.name).name == "a.conf"


def test_no_matching_host(findings: Findings) -> None:
    text = instance("@lvs1 priority 150", "@lvs2 priority 100")
    assert [shown(f) for f in findings(text, host="lvs9")] == ["LVS130 info/none 4:5-23"]
    assert findings(text, host="lvs2") == []
    # Only the lines of other hosts are left out: a condition that says `not` counts here.
    assert findings(instance("@^lvs1 priority 100"), host="lvs1") == []


# Damaged structure: still one finding a mistake.
DAMAGED = {
    "an inner block of an inner block is not closed": (
        service("TCP_CHECK {", "    connect_timeout 3") + A,
        ["LVS106 error/outage 6:9-18 +10:1-19"],
    ),
    "an early end inside hides the rest": (
        A.replace("    virtual_ip", "    }\n    priority 150\n    virtual_ip"),
        ["LVS107 error/outage 4:5-6 +1:1-19"],
    ),
    "an inner block that is not closed hides the rest": (
        A.replace("    virtual_r", "    authentication {\n        auth_type PASS\n        auth_pass x\n    virtual_r"),
        ["LVS106 error/outage 3:5-19 +6:5-25"],
    ),
    "a brace too many, told by its indentation": (
        service("TCP_CHECK {", "}", "}").replace(
            "    }\n}\n", "    }\n    real_server 198.51.100.2 80 {\n        TCP_CHECK {\n        }\n    }\n}\n"
        ),
        ["LVS107 error/outage 8:9-10 +5:5-32"],
    ),
    "two missing braces": (
        OPEN + OPEN.replace("2", "3") + C,
        ["LVS106 error/outage 1:1-19 +7:1-19", "LVS106 error/outage 7:1-19"],
    ),
    "a lost keyword is not missing": (
        A.replace("    interface eth0\n    virtual_router_id", "    interface eth0 virtual_router_id"),
        ["LVS110 error/outage 2:20-40"],
    ),
    "a word list without braces": (
        "vrrp_sync_group G {\n    group VI_1 VI_3\n}\n" + A + C,
        ["LVS108 error/outage 2:5-10 +3:1-2"],
    ),
    "a number on the line after a backslash": (instance("priority \\", "150"), ["LVS117 error/outage 4:14-15"]),
    "interval 0": (
        'vrrp_script web {\n    script "/bin/true"\n    interval 0\n}\n'
        + instance("track_script {", "    web", "}")
        + SECURE,
        ["LVS105 error/none 3:14-15"],
    ),
    "a brace where a value is missing": (instance("priority {", "}"), ["LVS103 error/outage 4:5-13"]),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_one_mistake_one_finding_in_a_damaged_file(name: str, findings: Findings) -> None:
    text, expected = DAMAGED[name]
    assert [shown(finding) for finding in findings(text)] == expected
