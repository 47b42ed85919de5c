"""LVS216 to LVS223, LVS227: scripts."""

from __future__ import annotations

import pytest
from places import SECURE, Findings, instance, service, shown

TRACK = ("track_script {", "    web", "}")
TRACKED = instance(*TRACK)


def script(*lines: str, secure: str = SECURE) -> str:
    """A vrrp_script whose lines begin at line 2, tracked by an instance; global_defs stand at the end."""
    body = "".join(f"    {line}\n" for line in lines)
    return f"vrrp_script web {{\n{body}}}\n" + TRACKED + secure


def notify(line: str, *more: str) -> str:
    """An instance with one line, at line 4."""
    return instance(line, *more) + SECURE


def track_file(path: str, kind: str = "track_file") -> str:
    return f"{kind} load {{\n    file {path}\n}}\n" + instance("track_file {", "    load weight 1", "}")


CASES = {
    # LVS216
    "arguments": (script("script /bin/test -e x"), ["LVS216 error/latent 2:22-26"]),
    "arguments behind single quotes": (script("script '/bin/test -e' x y"), ["LVS216 error/latent 2:27-30"]),
    "quoted arguments": (script('script "/bin/test -e x"'), []),
    "misc_path": (service("MISC_CHECK {", "    misc_path /bin/test x", "}") + SECURE, ["LVS216 error/latent 7:33-34"]),
    "a state": (notify("notify_master /bin/true MASTER"), ["LVS216 error/latent 4:29-35"]),
    "a state behind quotes": (notify('notify_fault "/bin/true" fault'), ["LVS216 error/latent 4:30-35"]),
    "the user backup": (notify("notify_master /bin/true backup"), []),
    "the state backup": (notify("notify_backup /bin/true backup"), ["LVS216 error/latent 4:29-35"]),
    "an option": (notify("notify /bin/true -v"), ["LVS216 error/latent 4:22-24"]),
    "a number": (notify("notify /bin/true 10"), ["LVS216 error/latent 4:22-24"]),
    "a path": (notify("notify /bin/true /x"), ["LVS216 error/latent 4:22-24"]),
    "an interface": (notify("notify /bin/true eth0"), ["LVS216 error/latent 4:22-26"]),
    "an instance": (notify("notify /bin/true VI_1"), ["LVS216 error/latent 4:22-26"]),
    "an instance in small letters": (notify("notify /bin/true web").replace("VI_1", "web"), []),
    "a user": (notify("notify /bin/true www-data"), []),
    "a user and a group": (notify('notify "/bin/true" www-data adm'), []),
    "a user and no group": (notify("notify /bin/true root eth0"), ["LVS216 error/latent 4:27-31"]),
    "three words more": (notify("notify /bin/true a b c"), ["LVS216 error/latent 4:22-27"]),
    "three words more, no user": (notify("notify /bin/true -a b c"), ["LVS216 error/latent 4:22-28"]),
    "no interface": (instance("notify /bin/true x", "garp_master_delay 1").replace("    interface eth0\n", "") + SECURE,
                     ["LVS203 error/outage 1:15-19"]),
    "surplus words of another keyword": (script("interval 2 x", "script /bin/true"), ["LVS112 warning/none 2:16-17"]),
    "surplus words of a block": ("global_defs x {\n}\n", ["LVS112 warning/none 1:13-14"]),
    # LVS217
    "a pipe": (script('script "/bin/true | /bin/false"'), ["LVS217 error/latent 2:12-36"]),
    "or": (script('script "/bin/true || /bin/false"'), ["LVS217 error/latent 2:12-37"]),
    "and": (script('script "/bin/true && /bin/false"'), ["LVS217 error/latent 2:12-37"]),
    "a semicolon": (script('script "/bin/true; /bin/false"'), ["LVS217 error/latent 2:12-35"]),
    "a semicolon alone": (script('script "/bin/true ; /bin/false"'), ["LVS217 error/latent 2:12-36"]),
    "the output of a command": (script('script "/bin/test $(id -u) = 0"'), ["LVS217 error/latent 2:12-36"]),
    "backticks": (script('script "/bin/test x`id`"'), ["LVS217 error/latent 2:12-29"]),
    "a redirection": (script('script "/bin/echo x > /y"'), ["LVS217 warning/latent 2:12-30"]),
    "a redirection of errors": (script('script "/bin/echo x 2>/dev/null"'), ["LVS217 warning/latent 2:12-37"]),
    "both redirected": (script('script "/bin/echo x &>/dev/null"'), ["LVS217 warning/latent 2:12-37"]),
    "a pipe behind a redirection": (script('script "/bin/echo < /x | y"'), ["LVS217 error/latent 2:12-32"]),
    "a shell": (script("script \"/bin/sh -c '/bin/true | /bin/false; $(x) > y'\""), []),
    "a shell in the other quotes": (script("script '/bin/sh -c \"a && b;\"'"), []),
    "signs inside words": (script('script "/bin/curl http://x/?a=1&b=2;c|d"'), []),
    "/dev/tcp": (script('script "</dev/tcp/192.0.2.1/80"'), ["LVS217 info/latent 2:12-36"]),
    "/dev/udp": (script('script "</dev/udp/192.0.2.1/53"'), ["LVS217 info/latent 2:12-36"]),
    "a file opened": (script('script "</run/x.pid"'), []),
    "a pipe in a notify script": (notify('notify "/bin/true | x" root'), ["LVS217 error/latent 4:12-27"]),
    # LVS218
    "timeout over interval": (
        script('script "/bin/true"', "interval 2", "timeout 3"), ["LVS218 info/none 4:13-14 +3:14-15"]
    ),
    "timeout over the default": (script('script "/bin/true"', "timeout 2"), ["LVS218 info/none 3:13-14"]),
    "timeout as the default": (script('script "/bin/true"', "timeout 1"), []),
    "timeout as interval": (script('script "/bin/true"', "interval 3", "timeout 3"), []),
    "no timeout": (script('script "/bin/true"', "interval 3"), []),
    "interval rejected": (script('script "/bin/true"', "interval 0", "timeout 3"), ["LVS105 error/none 3:14-15"]),
    "fall rejected": (script('script "/bin/true"', "fall x", "timeout 3"), ["LVS104 error/none 3:10-11"]),
    "another value rejected": (
        script('script "/bin/true"', "rise x", "timeout 3"),
        ["LVS104 error/none 3:10-11", "LVS218 info/none 4:13-14"],
    ),
    # LVS219
    "not tracked": (script("script /bin/true").replace(TRACKED, instance()), ["LVS219 info/none 1:13-16"]),
    "tracked by a group": (
        script("script /bin/true").replace(TRACKED, "")
        + instance() + instance(name="B", vips=("192.0.2.20/24",)).replace("router_id 6", "router_id 7")
        + "vrrp_sync_group G {\n    group {\n        VI_1\n        B\n    }\n    track_script {\n        web\n    }\n}\n",
        [],
    ),
    "perhaps meant elsewhere": (
        script("script /bin/true").replace(TRACKED, TRACKED.replace("web", "wbe")), ["LVS215 error/latent 8:9-12"]
    ),
    "tracked too early": (
        TRACKED + "vrrp_script web {\n    script /bin/true\n}\n" + SECURE, ["LVS215 error/latent 5:9-12 +11:13-16"]
    ),
    "tracked in another kind of list": (
        "vrrp_track_process web {\n    process x\n}\nvrrp_script web {\n    script /bin/true\n}\n"
        + instance("track_process {", "    web", "}") + SECURE,
        ["LVS219 info/none 4:13-16"],
    ),
    # LVS220
    "no command": (script("interval 2"), ["LVS220 error/latent 1:13-16"]),
    "an empty command": (script('script ""'), ["LVS104 error/none 2:12-14"]),
    "a command for another host": (script("@lvs2 script /bin/true", "@lvs1 script /bin/true"), []),
    "a command for the other host alone": (
        script("@lvs2 script /bin/true", "@lvs1 interval 2"), ["LVS220 error/latent 1:13-16"]
    ),
    # LVS221
    "a bare name": (script('script "true x"'), ["LVS221 info/none 2:12-20"]),
    "a relative path": (script('script "bin/true x"'), []),
    "something opened by name": (script('script "<x"'), []),
    "a script without a name": (instance() + "vrrp_script {\n    interval 2\n}\n", ["LVS103 error/outage 8:1-12"]),
    "no user": (notify('notify "true" "a b"'), ["LVS104 error/none 4:19-24"]),
    "known at run time only": (notify('notify "true ${_RANDOM}"'), []),
    "a bare name to notify": (notify("notify true root"), ["LVS221 info/none 4:12-16"]),
    "one bare name in two places": (notify('notify "true x"', 'notify_master "true x"'), ["LVS221 info/none 4:12-20"]),
    "two bare names": (
        notify('notify "true x"', 'notify_master "true y"'), ["LVS221 info/none 4:12-20", "LVS221 info/none 5:19-27"]
    ),
    # LVS222
    "killall -0": (script('script "killall -0 haproxy"'), ["LVS222 info/none 2:12-32"]),
    "killall by path": (script('script "/usr/bin/killall -0 haproxy"'), ["LVS222 info/none 2:12-41"]),
    "killall in earnest": (script('script "/usr/bin/killall haproxy"'), []),
    "pidof": (script('script "pidof haproxy"'), ["LVS222 info/none 2:12-27"]),
    "pgrep": (script('script "pgrep haproxy"'), ["LVS222 info/none 2:12-27"]),
    "-0 to another program": (script('script "/bin/test -0"'), []),
    "pidof to notify": (notify('notify "pidof x"'), ["LVS221 info/none 4:12-21"]),
    # LVS223
    "a file in /tmp": (track_file("/tmp/x"), ["LVS223 warning/none 2:10-16"]),
    "an old block": (track_file("/var/tmp/x", "vrrp_track_file"), ["LVS223 warning/none 2:10-20"]),
    "a file in /dev/shm": (track_file("/dev/shm/x"), ["LVS223 warning/none 2:10-20"]),
    "no file": (track_file(""), ["LVS103 error/outage 2:5-9"]),
    "a file in /run": (track_file("/run/tmp/x"), []),
    "a file in /tmpfiles": (track_file("/tmpfiles/x"), []),
    "a file known at run time only": (track_file("/tmp/${_RANDOM}"), []),
    # LVS227
    "reload check, no security": (
        "global_defs {\n    reload_check_config\n}\n" + script("script /bin/true", secure=""),
        ["LVS227 error/outage 2:5-24 +5:12-21", "LVS801 info/none 5:12-21"],
    ),
    "reload check": ("global_defs {\n    reload_check_config\n}\n" + script("script /bin/true"), []),
    "reload check, no scripts": ("global_defs {\n    reload_check_config\n}\n" + instance(), []),
    "reload check, unknown word": (
        "global_defs {\n    reload_check_config\n}\n" + instance("priorty 2"),
        ["LVS227 error/outage 2:5-24 +7:5-12", "LVS101 error/none 7:5-12"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_findings(name: str, findings: Findings) -> None:
    text, expected = CASES[name]
    found = [f for f in findings(text) if f.code not in ("LVS114", "LVS242", "LVS414")]
    assert sorted(shown(finding) for finding in found) == sorted(expected)


@pytest.mark.parametrize(("target", "expected"), [("1.3.5", []), ("1.4", ["LVS217"]), ("2.4.3", ["LVS217"])])
def test_a_shell_ran_scripts_once(target: str, expected: list[str], findings: Findings) -> None:
    found = [f.code for f in findings(notify('notify "/bin/true | x"'), target=target)]
    assert [code for code in found if code == "LVS217"] == expected


@pytest.mark.parametrize(("target", "expected"), [("2.0.10", "LVS221"), ("2.0.11", "LVS222")])
def test_processes_are_tracked_since_2_0_11(target: str, expected: str, findings: Findings) -> None:
    found = [f.code for f in findings(script('script "pidof x"'), target=target)]
    assert [code for code in found if code in ("LVS221", "LVS222")] == [expected]


@pytest.mark.parametrize("text", [script("interval 2"), script("script /bin/true").replace(TRACKED, instance())])
def test_a_missing_include_may_say_more(text: str, findings: Findings) -> None:
    assert [f.code for f in findings("include none.conf\n" + text)] == ["LVS120"]


def test_a_missing_include_may_turn_security_on(findings: Findings) -> None:
    text = "global_defs {\n    reload_check_config\n}\n" + script("script /bin/true", secure="")
    assert [f.code for f in findings("include none.conf\n" + text)] == ["LVS120"]


def test_a_name_of_another_host(findings: Findings) -> None:
    """The host of this file may be lvs1 or lvs2: who knows."""
    found = findings(script("@lvs2 script /bin/true"), host="director")
    assert [f.code for f in found if f.code == "LVS220"] == []


def test_blocks_that_are_cut_short(findings: Findings) -> None:
    text = "vrrp_script web {\n    interval 2\n    weight 3 {\n" + TRACKED
    assert {f.code for f in findings(text)}.isdisjoint({"LVS219", "LVS220"})
    hung = 'vrrp_script web {\n    script "/bin/true"\n    timeout 5\n' + TRACKED + SECURE
    assert {f.code for f in findings(hung)}.isdisjoint({"LVS218", "LVS219"})


@pytest.mark.parametrize(
    ("lines", "seconds"),
    [
        (("timeout 5",), "due every 1 s"),
        (("timeout 5", "fall 3"), "at least 15 s"),
        (("timeout 5", "interval 2"), "2 s"),
    ],
)
def test_how_long_a_script_may_hang(lines: tuple[str, ...], seconds: str, findings: Findings) -> None:
    [found] = [f for f in findings(script("script /bin/true", *lines)) if f.code == "LVS218"]
    assert seconds in found.message


def test_times(findings: Findings) -> None:
    [once, twice] = [
        f for f in findings(notify('notify "true x"', 'notify_master "true x"', 'notify_fault "true y"'))
        if f.code == "LVS221"
    ]  # fmt: skip
    assert "(2 times in this configuration)" in once.message
    assert "times" not in twice.message


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("notify_master /bin/true MASTER", 'notify_master "/bin/true MASTER"'),
        ("notify /bin/true a b c", 'notify "/bin/true a b c"'),
        ("notify /bin/true root eth0", ""),
        ('notify "/bin/true" eth0', ""),
    ],
)
def test_fixes_of_216(line: str, text: str, findings: Findings) -> None:
    [found] = [f for f in findings(notify(line)) if f.code == "LVS216"]
    if not text:
        assert found.fix is None
        return
    assert found.fix is not None
    assert found.fix.safe == ("MASTER" in line)
    new = found.span.source.text
    for edit in sorted(found.fix.edits, key=lambda edit: -edit.span.start):
        new = new[: edit.span.start] + edit.text + new[edit.span.end :]
    assert f"    {text}\n" in new


def test_what_216_says(findings: Findings) -> None:
    user, group, many, alone = (
        next(f for f in findings(text) if f.code == "LVS216")
        for text in (
            notify("notify /bin/true eth0"),
            notify("notify /bin/true root eth0"),
            notify("notify /bin/true a b c"),
            script("script /bin/true a b c"),
        )
    )
    assert "takes `eth0` as the user that runs `/bin/true`" in user.message
    assert "takes `eth0` as the group" in group.message
    assert group.help == "arguments belong inside the quotes of the command"
    assert user.help.endswith('`notify "/bin/true eth0"`')
    assert "`a` as the user and `b` as the group" in many.message
    assert "runs `/bin/true` alone" in alone.message


def test_words_that_a_variable_holds(findings: Findings) -> None:
    [found] = [f for f in findings("$A=MASTER\n" + notify("notify /bin/true $A")) if f.code == "LVS216"]
    assert shown(found) == "LVS216 error/latent 5:5-24"


def test_a_regex_with_too_many_words_is_no_command(findings: Findings) -> None:
    text = service("HTTP_GET {", "    url {", "        path /", "        regex a b", "    }", "}")
    found = [f for f in findings(text) if f.code in ("LVS112", "LVS216")]
    assert [(f.code, f.fix) for f in found] == [("LVS112", None)]
