"""The engine and what the command makes of it: crashes, selection, order, shared files, secrets."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from places import Findings, instance, shown, write

from lvscompile.app.load import load
from lvscompile.cli import run
from lvscompile.ir.core import Target
from lvscompile.lint import registry
from lvscompile.lint.engine import Report, lint
from lvscompile.lint.registry import all_rules

BAD = instance("priorty 150", "state master", "nopreempt off")  # LVS101, LVS104, LVS111
Outcome = tuple[int, str, str]


@pytest.fixture
def command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    """`lvscompile lint` over a text: status, stdout, stderr."""

    def call(text: str, *options: str) -> Outcome:
        status = run(["lint", f"lvs1={write(tmp_path, text)}", *options])
        out, err = capsys.readouterr()
        return status, out, err

    return call


def codes(out: str) -> list[str]:
    """The codes in the concise form, in order."""
    return [line.split(": ", 1)[1].split()[1] for line in out.splitlines()]


# Rules that raise


def break_rule(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    def raises(node: object, ctx: object, emit: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setitem(registry.RULES, code, all_rules()[code]._replace(check=raises))


def report_of(path: Path) -> Report:
    target = Target()
    return lint(load([f"lvs1={path}"], target=target).hosts, target)


def test_a_rule_that_raises_loses_its_own_findings_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, BAD)
    before = report_of(path)
    break_rule(monkeypatch, "LVS104")
    after = report_of(path)
    assert [shown(f) for f in after.findings] == [shown(f) for f in before.findings if f.code != "LVS104"]
    assert [(crash.rule.code, crash.host, str(crash.error)) for crash in after.crashes] == [("LVS104", "lvs1", "boom")]


def test_a_rule_that_raises_late_takes_back_what_it_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rule = all_rules()["LVS101"]

    def second_time(node: object, ctx: object, emit: object) -> None:
        if "second" in str(node):
            raise RuntimeError("boom")
        rule.check(node, ctx, emit)

    monkeypatch.setitem(registry.RULES, "LVS101", rule._replace(check=second_time))
    report = report_of(write(tmp_path, instance("first 1", "second 2", "third 3")))
    assert report.findings == []
    assert len(report.crashes) == 1


def test_the_command_reports_a_crash_and_goes_on(
    command: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    break_rule(monkeypatch, "LVS104")
    status, out, err = command(BAD, "--format", "concise")
    assert status == 3
    assert codes(out) == ["LVS101", "LVS111"]
    assert "rule LVS104 (invalid-value) failed on lvs1" in err
    assert "RuntimeError: boom" in err


# Selection and status


@pytest.mark.parametrize(
    ("options", "expected", "status"),
    [
        ((), ["LVS101", "LVS104", "LVS111"], 1),
        (("--select", "LVS101"), ["LVS101"], 1),
        (("--select", "LVS101,LVS111"), ["LVS101", "LVS111"], 1),
        (("--select", "LVS101", "--select", "invalid-value"), ["LVS101", "LVS104"], 1),
        (("--select", "lvs10"), ["LVS101", "LVS104"], 1),
        (("--select", "LVS2"), [], 0),
        (("--ignore", "LVS10"), ["LVS111"], 1),
        (("--ignore", "flag-with-argument, unknown-keyword"), ["LVS104"], 1),
        (("--select", "LVS1", "--ignore", "LVS101,LVS111"), ["LVS104"], 1),
        (("--select", "LVS101", "--ignore", "LVS1"), [], 0),
    ],
)
def test_select_and_ignore(
    options: tuple[str, ...], expected: list[str], status: int, command: Callable[..., Outcome]
) -> None:
    got, out, _ = command(BAD, "--format", "concise", *options)
    assert (got, codes(out)) == (status, expected)


@pytest.mark.parametrize("value", ["LVS999", "unknown-keywords", ""])
def test_select_of_no_rule_is_a_usage_error(value: str, command: Callable[..., Outcome]) -> None:
    status, out, err = command(BAD, "--select", value)
    assert (status, out) == (2, "")
    assert "no rule is called" in err


@pytest.mark.parametrize(
    ("text", "fail_on", "status"),
    [
        (instance("priority 150 high"), "error", 0),
        (instance("priority 150 high"), "warning", 1),
        ("global_defs {\n    lvs_flush_onstop\n}\n", "warning", 0),
        ("global_defs {\n    lvs_flush_onstop\n}\n", "info", 1),
        (instance(), "info", 0),
    ],
)
def test_fail_on(text: str, fail_on: str, status: int, command: Callable[..., Outcome]) -> None:
    assert command(text, "--fail-on", fail_on)[0] == status


# Order


def test_findings_come_in_the_order_of_the_text(findings: Findings) -> None:
    found = findings(instance("zzz 1", "priority high", "nopreempt off", "priority 1 2"))
    assert [f.code for f in found] == ["LVS101", "LVS104", "LVS111", "LVS112"]
    assert [f.span.begin()[0] for f in found] == [4, 5, 6, 7]


def test_hosts_come_in_the_order_given(findings: Findings) -> None:
    found = findings(zeta=BAD, alpha=BAD.replace("priorty", "prority"))
    assert [f.host for f in found if f.code == "LVS101"] == ["zeta", "alpha"]


def test_findings_do_not_depend_on_the_run(command: Callable[..., Outcome]) -> None:
    assert command(BAD, "--format", "json") == command(BAD, "--format", "json")


def test_files_come_in_the_order_read(findings: Findings) -> None:
    texts = {"keepalived.conf": "include z.conf\ninclude a.conf\n", "z.conf": "zzz 1\n", "a.conf": "aaa 1\n"}
    assert [Path(f.span.source.name).name for f in findings(texts)] == ["z.conf", "a.conf"]


# Several runs in one process


def test_hints_do_not_run_out(findings: Findings) -> None:
    findings(instance(*(f"unknown{number} 1" for number in range(301))))
    [found] = findings(instance("priorty 150"))
    assert found.help == "did you mean `priority`?"


# One file for two hosts


def test_a_shared_file_is_spoken_of_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path, BAD)
    status = run(["lint", f"lvs1={path}", f"lvs2={path}", "--format", "concise", "--no-peers"])
    assert (status, codes(capsys.readouterr().out)) == (1, ["LVS101", "LVS104", "LVS111"])


def test_a_shared_file_with_conditions_is_two_hosts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = instance("@lvs1 priority 150", "@lvs2 priority 100")
    path = write(tmp_path, text)
    assert run(["lint", f"lvs1={path}", f"lvs2={path}", "--fail-on", "info"]) == 0
    write(tmp_path, text.replace("100", "150"))
    assert run(["lint", f"lvs1={path}", f"lvs2={path}", "--format", "concise"]) == 0
    assert "LVS309" in capsys.readouterr().out


# Secrets

PLAIN = "s3cretpw"


def around(*lines: str) -> str:
    return instance("authentication {", *(f"    {line}" for line in lines), "}")


LEAKS = {
    "sound, with a finding beside": around("auth_type pass", f"auth_pass {PLAIN}"),
    "too long": around("auth_type PASS", f"auth_pass {PLAIN}{PLAIN}"),
    "quoted": around("auth_type pass", f'auth_pass "{PLAIN}" x'),
    "quoted, unmatched": around("auth_type PASS", f'auth_pass "{PLAIN}'),
    "with words behind": around("auth_type PASS", f"auth_pass {PLAIN} and more"),
    "on one line": instance("authentication { auth_type PASS auth_pass " + PLAIN + " }"),
    "on one line, first": instance("authentication { auth_pass " + PLAIN + " auth_type PASS }"),
    "misspelt": around("auth_type PASS", f"auth_pas {PLAIN}"),
    "misspelt otherwise": around("auth_type PASS", f"authpass {PLAIN}"),
    "misspelt, transposed": around("auth_type PASS", f"auth_psas {PLAIN}"),
    "misspelt, in capitals": around("auth_type PASS", f"AUTH_PASS {PLAIN}"),
    "misspelt, with a dash": around("auth_type PASS", f"auth-pass {PLAIN}"),
    "with a sign between": around("auth_type PASS", f"auth_pass={PLAIN}"),
    "with a sign and blanks between": around("auth_type PASS", f"auth_pass = {PLAIN}"),
    "outside of its block": instance(f"auth_pass {PLAIN}"),
    "by a definition": f"$PW={PLAIN}\n" + around("auth_type pass", "auth_pass $PW extra"),
    "by a definition, with a finding on it": f"$PW={PLAIN} \\\n" + around("auth_type pass", "auth_pass ${PW} x"),
    "behind a condition": around("auth_type pass", f"@lvs1 auth_pass {PLAIN} x"),
    "behind a condition of another host": around("auth_type pass", f"@lvs2 auth_pass {PLAIN} x"),
    "in a block that is skipped": instance() + around("auth_type PASS", f"auth_pass {PLAIN} x"),
    "in a block that is unknown": around("auth_type PASS", f"auth_pass {PLAIN}").replace("authentication", "auth"),
    "in an instance that is unknown": around(f"auth_pass {PLAIN} x").replace("vrrp_instance", "vrrp_instanz"),
    "behind a brace that is missing": around("auth_type PASS", f"auth_pass {PLAIN}").replace("    }\n", "", 1),
    "in a comment of the line": around(f"auth_typ PASS # auth_pass {PLAIN}"),
    "as an address": around("auth_type PASS", f"auth_pass {PLAIN}").replace("192.0.2.10/24", PLAIN),
    "as the name of a script": instance("track_script {", f"    {PLAIN}", "}", "authentication {",
                                        "    auth_type PASS", f"    auth_pass {PLAIN}", "}"),
    "hmac": instance("auth_hmac {", f"    key 1 {PLAIN}", "}"),
    "hmac, long enough": instance("auth_hmac {", f"    key 300 {PLAIN * 4}", "}"),
}  # fmt: skip


# What still shows the secret; each is in the report of these tests.
def every_form(path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    shown_text = ""
    for form in ("full", "concise", "json"):
        run(["lint", f"lvs1={path}", "--format", form, "--color", "always"])
        out, err = capsys.readouterr()
        shown_text += out + err
    return shown_text


@pytest.mark.parametrize("name", LEAKS)
def test_a_secret_is_never_shown(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = every_form(write(tmp_path, LEAKS[name]), capsys)
    assert "LVS" in text, "the case is about findings"
    assert PLAIN not in text


def test_secrets_of_both_hosts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = write(tmp_path / "a", around("auth_type PASS", f"auth_pass {PLAIN}"))
    two = write(tmp_path / "b", around("auth_type PASS", "auth_pass 0thersec"))
    assert run(["lint", f"lvs1={one}", f"lvs2={two}"]) == 1
    out, _ = capsys.readouterr()
    assert "LVS305" in out
    assert PLAIN not in out
    assert "0thersec" not in out


def test_a_masked_excerpt_keeps_its_columns(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path, around("auth_type PASS", f"auth_pass {PLAIN} x"))
    assert run(["lint", f"lvs1={path}", "--color", "never"]) == 0
    lines = capsys.readouterr().out.splitlines()
    [excerpt] = [line for line in lines if "auth_pass ****" in line and " | " in line]
    carets = lines[lines.index(excerpt) + 1]
    before = "auth_pass " + "*" * len(PLAIN) + " "
    assert carets.index("^") == excerpt.index(before) + len(before)


# JSON


def test_json_says_what_the_findings_say(command: Callable[..., Outcome]) -> None:
    status, out, _ = command(instance("state MASTER", "nopreempt", "priority 1"), "--format", "json")
    document = json.loads(out)
    assert status == 1
    assert document["version"] == 1
    assert document["summary"]["error"] == 1
    [found] = document["findings"]
    assert os.path.basename(found.pop("file")) == "keepalived.conf"
    assert [(note["line"], note["column"]) for note in found.pop("related")] == [(4, 11)]
    for text in ("message", "help"):
        assert found.pop(text)
    fix = found.pop("fix")
    [edit] = fix["edits"]
    assert not fix["safe"]
    assert (edit["line"], edit["column"], edit["text"]) == (4, 11, "BACKUP")
    assert found == {
        "code": "LVS206",
        "name": "nopreempt-on-master",
        "severity": "error",
        "effect": "latent",
        "line": 5,
        "column": 5,
        "end_line": 5,
        "end_column": 14,
        "host": "lvs1",
    }
