"""The rules' pages: complete, in step with the registry, and their examples do what they say."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import patch

import judge
import pytest
from corpus import guess_interfaces
from pages_examples import PAGES, SECTIONS, Example, example, sections, title

from lvscompile.app.convert import to_ipvsadm, to_keepalived
from lvscompile.app.load import Loaded, load
from lvscompile.app.settings import NAME, read_settings
from lvscompile.cli import run
from lvscompile.cli.vrrp_words import parse_vrrp
from lvscompile.ir.core import Target, parse_version
from lvscompile.lint.engine import Report, lint
from lvscompile.lint.known import NOTHING_KNOWN
from lvscompile.lint.pages import page
from lvscompile.lint.registry import all_rules
from lvscompile.lint.rules import security
from lvscompile.syntax.findings import Finding

RULES = all_rules()

# Bad examples about which keepalived 2.2.7 says nothing under -t, and why.
SILENT = {
    "LVS001": "comments are not read",
    "LVS002": "comments are not read",
    "LVS004": "comments are not read",
    "LVS111": "flags do not look at what follows",
    "LVS112": "surplus words are dropped without a message",
    "LVS114": "2.2.7 does not mind the old spelling",
    "LVS119": "2.2.7 reads up to the NUL",
    "LVS130": "a line for another host is no mistake",
    "LVS205": "priority 255 by default is what keepalived means to do",
    "LVS208": "a password without a type is not looked at",
    "LVS212": "instances are not compared with each other",
    "LVS213": "MASTER behind BACKUP is taken, only the other way round is reported",
    "LVS214": "it shows only when the advertisements arrive",
    "LVS260": "/32 is what keepalived means to do",
    "LVS261": "any address will do",
    "LVS262": "addresses are not compared with those of the interface",
    "LVS263": "addresses and services are not compared",
    "LVS264": "it shows only when the daemon runs, as FAULT",
    "LVS265": "only strict mode makes it a mistake",
    "LVS267": "nobody counts the packets",
    "LVS274": "members are not compared with each other",
    "LVS275": "the check comes before the priorities are known",
    "LVS276": "the instance is looked for only when the daemon runs",
    "LVS282": "it is the kernel that refuses the route",
    "LVS283": "buffers are the kernel's",
    "LVS291": "addresses are not compared with each other",
    "LVS216": "the words are dropped, or taken as a user, and only the log tells",
    "LVS217": "arguments are the program's affair",
    "LVS218": "it shows when the command hangs",
    "LVS219": "2.2.7 does not count who tracks a script",
    "LVS221": "only the log tells",
    "LVS222": "the program is there, or it is not",
    "LVS223": "any path will do",
    "LVS224": "no mail is no mistake",
    "LVS225": "only the log and the FIFO tell",
    "LVS234": "the firewall rules are there when it is master",
    "LVS240": "nopreempt and weights are not held together",
    "LVS241": "2.2.7 keeps both peers",
    "LVS242": "a number like any other",
    "LVS243": "a random value is as good as any other",
    "LVS244": "how fast is fast is not its business",
    "LVS245": "the interface is there in the test",
    "LVS250": "a bridge is an interface",
    "LVS251": "the priority is cut without a message",
    "LVS255": "2.2.7 does not look at the value",
}
# Good examples with words that 2.2.7 does not have yet.
TOO_NEW = {"LVS705"}
# keepalived hangs over the first, and takes long over the second.
UNJUDGED = {"LVS123", "LVS125"}


def found_in(given: Example, folder: Path) -> list[Finding]:
    """What the linter says of an example, or what its conversion loses."""
    target = Target(parse_version(given.target) if given.target else None)
    mains = given.write(folder)
    kinds = {str(path): "keepalived" for path in mains.values() if path.is_file()}
    loaded = load([f"{host}={path}" for host, path in mains.items()], kinds=kinds, target=target)
    stated = [path.with_name(NAME) for path in mains.values() if path.with_name(NAME).exists()]
    known = read_settings(str(stated[0])).known() if stated else NOTHING_KNOWN
    with patch.multiple(security, is_live=lambda path: given.live, is_public=lambda path: True):
        report = losses_of(loaded, target, given) if given.converted else lint(loaded.hosts, target, known=known)
    assert not report.crashes
    return report.findings


def losses_of(loaded: Loaded, target: Target, given: Example) -> Report:
    if given.to == "ipvsadm":
        return to_ipvsadm(loaded, target).losses
    return to_keepalived(loaded, target, vrrp=parse_vrrp(given.vrrp) if given.vrrp else None).losses


def test_every_rule_has_a_page_and_every_page_a_rule() -> None:
    assert list(RULES) == PAGES


@pytest.mark.parametrize("code", PAGES)
def test_title_agrees_with_the_registry(code: str) -> None:
    assert title(code) == (code, RULES[code].name, RULES[code].severity)


@pytest.mark.parametrize("code", PAGES)
def test_sections_are_complete(code: str) -> None:
    found = sections(code)
    assert tuple(found)[1:] == SECTIONS
    assert all(text.strip() for text in found.values())


@pytest.mark.parametrize("code", PAGES)
def test_bad_example_reports_the_rule(code: str, tmp_path: Path) -> None:
    bad = example(code, "Bad")
    assert {finding.code for finding in found_in(bad, tmp_path)} == {code} | bad.also


@pytest.mark.parametrize("code", PAGES)
def test_good_example_is_silent(code: str, tmp_path: Path) -> None:
    assert found_in(example(code, "Good"), tmp_path) == []


@pytest.mark.parametrize("code", PAGES)
def test_examples_are_small(code: str) -> None:
    assert len((page(code) or "").splitlines()) <= (
        110 if code.startswith(("LVS3", "LVS505", "LVS525", "LVS553", "LVS571")) else 75
    )


def test_explain_prints_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "both-peers-master"]) == 0
    assert capsys.readouterr().out == page("LVS301")


def judged(given: Example, folder: Path) -> dict[str, judge.Verdict]:
    """What keepalived says about each host of an example."""
    verdicts = {}
    for host, main in given.write(folder).items():
        if main.is_dir():
            main = main / "etc" / "keepalived" / "keepalived.conf"
        if not main.exists():
            continue
        everything = "".join(given.hosts[host].values())
        verdicts[host] = judge.judge(main, guess_interfaces(everything), host)
    return verdicts


@pytest.mark.netns
@pytest.mark.parametrize("code", [code for code in PAGES if code < "LVS3" and code not in UNJUDGED])
def test_keepalived_minds_the_bad_example(code: str, tmp_path: Path) -> None:
    verdicts = judged(example(code, "Bad"), tmp_path)
    complained = any(verdict.messages for verdict in verdicts.values())
    assert complained == (code not in SILENT), verdicts


@pytest.mark.netns
@pytest.mark.parametrize("code", [code for code in PAGES if code not in TOO_NEW])
def test_keepalived_is_content_with_the_good_example(code: str, tmp_path: Path) -> None:
    for verdict in judged(example(code, "Good"), tmp_path).values():
        assert verdict.messages == ()
        assert verdict.status == 0
