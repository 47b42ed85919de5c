"""LVS801 to LVS805: security."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from places import SECURE, Findings, instance, service, shown

from lvscompile.lint.rules import security
from lvscompile.lint.rules.security import is_live, is_public

ENABLED = "global_defs {\n    enable_script_security\n}\n"
SCRIPT = "vrrp_script web {\n    script /bin/true\n}\n" + instance("track_script {", "    web", "}")
KEYS = ("auth_hmac {", "    key 1 abcdefghijklmnopqrstuvwxyz012345", "}")


def password(text: str, kind: str = "auth_type PASS") -> str:
    """An instance with a password, at line 6."""
    return instance("authentication {", f"    {kind}", f"    auth_pass {text}", "}")


CASES = {
    # LVS801
    "a script": (SCRIPT, ["LVS801 info/none 2:12-21"]),
    "a notify script": (instance("notify /bin/true"), ["LVS801 info/none 4:12-21"]),
    "a check": (service("MISC_CHECK {", "    misc_path /bin/true", "}"), ["LVS801 info/none 7:23-32"]),
    "a startup script": ("global_defs {\n    startup_script /bin/true\n}\n", ["LVS801 info/none 2:20-29"]),
    "no script": (instance("notify_deleted"), []),
    "a process": ("vrrp_track_process x {\n    process y\n}\n" + instance("track_process {", "    x", "}"), []),
    "security is on": (SCRIPT + SECURE, []),
    "security is on, before": (SECURE + SCRIPT, []),
    # LVS802
    "a password of tutorials": (password("1111"), ["LVS802 info/none 6:19-23"]),
    "in capitals": (password("PassWord"), ["LVS802 info/none 6:19-27"]),
    "a longer one": (password("password1"), ["LVS802 info/none 6:19-28"]),
    "a password of one's own": (password("1112"), []),
    "a type without a password": (instance("authentication {", "    auth_type PASS", "}"), []),
    "among unicast peers": (password("1111").replace("    auth", "    unicast_peer {\n 192.0.2.3\n }\n    auth", 1), []),
    "a password without a type": (password("1111", ""), []),
    # LVS804
    "a script in /tmp": (instance('notify "/tmp/x y"') + SECURE, ["LVS804 warning/none 4:12-22"]),
    "in /var/tmp": (instance('notify "/var/tmp/x"') + SECURE, ["LVS804 warning/none 4:12-24"]),
    "in /dev/shm": (instance('notify "/dev/shm/a/x"') + SECURE, ["LVS804 warning/none 4:12-26"]),
    "beside /tmp": (instance('notify "/tmpx/y"') + SECURE, []),
    "an argument in /tmp": (instance('notify "/bin/cat /tmp/x"') + SECURE, []),
    "run by a shell": (instance('notify "/bin/sh -x /tmp/x"') + SECURE, ["LVS804 warning/none 4:12-31"]),
    "an argument of a script": (instance('notify "/bin/sh /x /tmp/y"') + SECURE, []),
    "a shell alone": (instance('notify "/bin/sh -x"') + SECURE, []),
    "in quotes of its own": (instance("notify '/bin/bash \"/tmp/x\"'") + SECURE, ["LVS804 warning/none 4:12-32"]),
    "one script twice": (
        instance("notify /tmp/x", "notify_master /tmp/x", "notify_fault /tmp/y") + SECURE,
        ["LVS804 warning/none 4:12-18", "LVS804 warning/none 6:18-24"],
    ),
    # LVS805
    "no user": (ENABLED + SCRIPT, ["LVS805 info/latent 2:5-27 +5:12-21"]),
    "no user of a check": (
        ENABLED + service("MISC_CHECK {", "    misc_path /bin/true", "}"), ["LVS805 info/latent 2:5-27 +10:23-32"]
    ),
    "a user of its own": (ENABLED + SCRIPT.replace("true", "true\n    user root"), []),
    "a user of the check": (ENABLED + service("MISC_CHECK {", "    misc_path /bin/true", "    user root", "}"), []),
    "a user behind the command": (ENABLED + instance("notify /bin/true root"), []),
    "one has a user": (
        ENABLED + instance("notify /bin/true root", "notify_fault /bin/true"), ["LVS805 info/latent 2:5-27 +8:18-27"]
    ),
    "nothing to run": (ENABLED + instance(), []),
    "no security, no user": ("global_defs {\n    script_user root\n}\n" + SCRIPT, ["LVS801 info/none 5:12-21"]),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_findings(name: str, findings: Findings) -> None:
    text, expected = CASES[name]
    assert [shown(finding) for finding in findings(text) if finding.code >= "LVS8"] == expected


@pytest.mark.parametrize("text", [SCRIPT, ENABLED + SCRIPT])
def test_a_missing_include_may_say_more(text: str, findings: Findings) -> None:
    assert [f.code for f in findings("include none.conf\n" + text) if f.code >= "LVS8"] == []


@pytest.mark.parametrize(("target", "expected"), [("1.2.19", []), ("1.3", ["LVS801"]), ("", ["LVS801"])])
def test_security_since_1_3(target: str, expected: list[str], findings: Findings) -> None:
    assert [f.code for f in findings(SCRIPT, target=target) if f.code >= "LVS8"] == expected


def test_how_many(findings: Findings) -> None:
    one, two = (
        next(f for f in findings(instance(*lines)) if f.code == "LVS801")
        for lines in (("notify /bin/true",), ("notify /bin/true", "notify_fault /bin/true"))
    )
    assert "runs a command here" in one.message
    assert "runs 2 commands here" in two.message


def test_no_password_is_printed(findings: Findings) -> None:
    [found] = [f for f in findings(password("changeme")) if f.code == "LVS802"]
    assert "changeme" not in found.message + found.help


# LVS803


def readable(monkeypatch: pytest.MonkeyPatch, findings: Findings, texts: object, live: str = "") -> list[str]:
    """What LVS803 says where all files of this name are live and public."""
    monkeypatch.setattr(security, "is_live", lambda path: path.endswith(live))
    monkeypatch.setattr(security, "is_public", lambda path: True)
    return [shown(f) for f in findings(texts) if f.code == "LVS803"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (password("pr1nting"), ["LVS803 warning/none 6:9-18"]),
        (instance(*KEYS), ["LVS803 warning/none 5:9-12"]),
        (instance(), []),
        (password("a") + password("b").replace("VI_1", "VI_2"), ["LVS803 warning/none 6:9-18"]),
        ("$P=pr1nting\n" + password("$P"), []),
        ("SSL {\n    password pr1nting\n    key /x\n}\n", []),
    ],
)
def test_a_readable_secret(text: str, expected: list[str], findings: Findings, monkeypatch: pytest.MonkeyPatch) -> None:
    assert readable(monkeypatch, findings, text) == expected


def test_the_file_that_holds_the_secret_counts(findings: Findings, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = {"keepalived.conf": "include auth.conf\n" + instance(), "auth.conf": password("a").replace("VI_1", "B")}
    assert readable(monkeypatch, findings, texts, "auth.conf") == ["LVS803 warning/none 6:9-18"]
    assert readable(monkeypatch, findings, texts, "keepalived.conf") == []


def test_a_secret_that_nobody_else_reads(findings: Findings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(security, "is_live", lambda path: True)
    monkeypatch.setattr(security, "is_public", lambda path: False)
    assert [f.code for f in findings(password("a")) if f.code == "LVS803"] == []


def test_a_copy_is_not_live(findings: Findings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(security, "is_public", lambda path: True)
    assert [f.code for f in findings(password("a")) if f.code == "LVS803"] == []


def test_what_is_live(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert is_live("/etc/keepalived/keepalived.conf")
    assert is_live("/etc/../etc/keepalived.conf")
    assert not is_live("/etc/../srv/keepalived.conf")
    assert not is_live(str(tmp_path / "etc" / "keepalived" / "keepalived.conf"))
    monkeypatch.chdir(tmp_path)
    assert not is_live("etc/keepalived/keepalived.conf")
    monkeypatch.chdir("/etc")
    assert is_live("keepalived.conf")
    monkeypatch.setattr(security, "LIVE", "/")
    assert not is_live("")


def test_what_is_public(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "a"
    folder.mkdir()
    file = folder / "keepalived.conf"
    file.write_text("")
    # Test folders are private: what counts are the two above the file.
    real = os.stat
    monkeypatch.setattr(
        os, "stat", lambda path, **_: real(path) if Path(path).is_relative_to(folder) else real("/")
    )  # fmt: skip
    for mode, above, expected in (
        (0o644, 0o755, True),
        (0o640, 0o755, False),
        (0o644, 0o750, False),
        (0o604, 0o711, True),
    ):
        file.chmod(mode)
        folder.chmod(above)
        assert is_public(str(file)) is expected
    file.chmod(0o644)
    folder.chmod(0o755)
    link = folder / "link.conf"
    link.symlink_to(file)
    assert is_public(str(link))
    assert not is_public(str(folder / "gone.conf"))
