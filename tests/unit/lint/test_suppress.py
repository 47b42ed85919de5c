"""Suppression comments: what they cover, which are refused, and what is said about them."""

from __future__ import annotations

from pathlib import Path

import pytest
from places import Findings, Texts, instance, shown, write

from lvscompile.app.load import load
from lvscompile.ir.core import Target
from lvscompile.lint.engine import Report, lint
from lvscompile.lint.registry import all_rules
from lvscompile.syntax.findings import Finding

SURPLUS = "priority 150 rack-7"  # LVS112


@pytest.fixture
def report(tmp_path: Path):  # type: ignore[no-untyped-def]
    """The whole report over hosts, with the options of the engine."""

    def run(allow: tuple[str, ...] = (), only: str = "LVS", compare: bool = True, **hosts: Texts) -> Report:
        inputs = [f"{name}={write(tmp_path / name, texts)}" for name, texts in hosts.items()]
        kinds = {given.partition("=")[2]: "keepalived" for given in inputs}
        return lint(
            load(inputs, kinds=kinds).hosts, Target(), allow=allow, compare=compare,
            wanted=lambda code: code.startswith(only),
        )  # fmt: skip

    return run


def codes(found: list[Finding]) -> list[str]:
    return [finding.code for finding in found]


# -- what a comment covers ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "priority 150 rack-7 # lvscompile: ignore[LVS112] why",
        "priority 150 rack-7 ! lvscompile: ignore[LVS112] why",
        "priority 150 rack-7 #lvscompile:ignore[LVS112]why",
        "priority 150 rack-7 ## LVScompile : Ignore [ lvs112 ] why",
        "priority 150 rack-7 # lvscompile: ignore[ignored-words] why",
        "priority 150 rack-7 # lvscompile: ignore[LVS1] why",
        "priority 150 rack-7 # lvscompile: ignore[LVS11] why",
        "priority 150 rack-7 # lvscompile: ignore[LVS112] why # and more",
        "priority 150 rack-7 # raised for the move # lvscompile: ignore[LVS112] why",
        "priority 150 rack-7 # lvscompile: ignore-file[LVS112] why",
        "# lvscompile: ignore[LVS112] why\n    priority 150 rack-7",
        "! lvscompile: ignore[LVS112] why\n    priority 150 rack-7",
        "# lvscompile: ignore[LVS112] why\n    # another comment\n\n    priority 150 rack-7",
        "# lvscompile: ignore-file[LVS112] why\n    priority 150 rack-7",
        "priority 150 rack-7\n    # lvscompile: ignore-file[LVS112] why",
    ],
)
def test_a_comment_suppresses(findings: Findings, line: str) -> None:
    assert findings(instance(line)) == []


@pytest.mark.parametrize(
    "line",
    [
        "priority 150 rack-7\n    # lvscompile: ignore[LVS112] behind it",
        "# lvscompile: ignore[LVS112] before another\n    advert_int 1\n    priority 150 rack-7",
        "advert_int 1 # lvscompile: ignore[LVS112] another line\n    priority 150 rack-7",
    ],
)
def test_a_comment_elsewhere_does_not(findings: Findings, line: str) -> None:
    assert codes(findings(instance(line))) in (["LVS112", "LVS001"], ["LVS001", "LVS112"])


def test_several_codes_of_one_comment(findings: Findings) -> None:
    line = "priority 150 rack-7 # lvscompile: ignore[LVS112, LVS101] why"
    assert [shown(f) for f in findings(instance(line))] == ["LVS001 warning/none 4:54-60"]
    assert findings(instance("# lvscompile: ignore[LVS1] why", "priorty 150 x")) == []


def test_two_comments_in_one(findings: Findings) -> None:
    line = "priority 150 rack-7 # lvscompile: ignore[LVS112] why # lvscompile: ignore[LVS101] not here"
    found = findings(instance(line))
    assert [shown(f) for f in found] == ["LVS001 warning/none 4:79-85"]


def test_a_comment_above_a_block_covers_the_block(findings: Findings) -> None:
    text = "# lvscompile: ignore[LVS112] why\n" + instance(SURPLUS, "virtual_routes {\n    }")
    assert findings(text) == []
    assert codes(findings(text + instance(SURPLUS, "virtual_router_id 52", name="VI_2"))).count("LVS112") == 1


def test_a_comment_above_a_block_whose_brace_stands_alone(findings: Findings) -> None:
    text = "# lvscompile: ignore[LVS112] why\n" + instance(SURPLUS).replace("VI_1 {", "VI_1\n{")
    assert findings(text) == []


def test_a_comment_behind_an_opening_brace_covers_its_line(findings: Findings) -> None:
    text = instance(SURPLUS).replace("VI_1 {", "VI_1 { # lvscompile: ignore[LVS112] why")
    assert codes(findings(text)) == ["LVS001", "LVS112"]


def test_a_comment_inside_a_block_does_not_reach_over_its_end(findings: Findings) -> None:
    text = instance("# lvscompile: ignore[LVS112] why", "virtual_routes {\n    }", SURPLUS)
    assert codes(findings(text)) == ["LVS001", "LVS112"]


def test_a_comment_behind_a_closing_brace_covers_its_line(findings: Findings) -> None:
    text = (
        "vrrp_instance A { interface eth0\n virtual_router_id 1\n virtual_ipaddress { 192.0.2.1/24\n } priority 7 x }"
    )
    assert "LVS112" in codes(findings(text + "\n"))
    assert "LVS112" not in codes(findings(text + " # lvscompile: ignore[LVS112] why\n"))


def test_a_block_without_end_is_covered_to_the_end(findings: Findings) -> None:
    text = "# lvscompile: ignore[LVS112] why\n" + instance("virtual_routes {", SURPLUS)
    assert "LVS112" not in codes(findings(text))


def test_a_comment_is_what_the_scanner_takes_for_one(findings: Findings) -> None:
    """Inside quotes there is none, behind an unmatched quote neither."""
    for line in ('notify "/x # lvscompile: ignore[LVS1] why"', 'notify "/x # lvscompile: ignore[LVS1] why'):
        found = codes(findings(instance(line + "\n    priority 150 rack-7")))
        assert "LVS112" in found
        assert not {"LVS001", "LVS002", "LVS003", "LVS004"} & set(found)


def test_an_escaped_mark_begins_no_comment(findings: Findings) -> None:
    found = findings("global_defs {\n    router_id a \\# lvscompile: ignore[LVS112] why\n}\n")
    assert "LVS112" in codes(found)


def test_a_comment_in_a_definition_of_several_lines(findings: Findings) -> None:
    text = "$P=priority 150 \\\nadvert_int 1 # lvscompile: ignore[LVS112] why\n" + instance("priority 150")
    assert codes(findings(text)) == ["LVS001"]


def test_a_generated_line_is_covered_where_it_stands(findings: Findings) -> None:
    text = instance("~SEQ(i,2) priority 15$i rack-7").replace("15$i ", "15${i} ")
    assert "LVS112" in codes(findings(text))
    text = text.replace("rack-7", "rack-7 # lvscompile: ignore[LVS112] why")
    assert "LVS112" not in codes(findings(text))


# -- includes -----------------------------------------------------------------------------------------------


def test_a_comment_in_an_included_file(findings: Findings) -> None:
    files = {
        "keepalived.conf": instance("include part.inc"),
        "part.inc": "priority 150 rack-7 # lvscompile: ignore[LVS112] why\n",
    }
    assert findings(files) == []


def test_a_block_covers_what_it_includes_and_a_line_too(findings: Findings) -> None:
    part = {"part.inc": "priority 150 rack-7\n"}
    assert codes(findings({"keepalived.conf": instance("include part.inc"), **part})) == ["LVS112"]
    above = "# lvscompile: ignore[LVS112] why\n"
    assert findings({"keepalived.conf": above + instance("include part.inc"), **part}) == []
    assert findings({"keepalived.conf": instance("include part.inc # lvscompile: ignore[LVS112] why"), **part}) == []


def test_ignore_file_is_for_one_file(findings: Findings) -> None:
    part = {"part.inc": "priority 150 rack-7\n"}
    above = "# lvscompile: ignore-file[LVS112] why\n"
    assert codes(findings({"keepalived.conf": above + instance("include part.inc"), **part})) == ["LVS001", "LVS112"]


def test_a_shared_file_is_judged_once(findings: Findings, tmp_path: Path) -> None:
    """Where one host includes a line under a comment and another without, the second one's finding stays."""
    shared = tmp_path / "shared.inc"
    shared.write_text("priority 150 rack-7\n")
    line = f"include {shared}"
    found = findings(lvs1=instance(line + " # lvscompile: ignore[LVS112] why"), lvs2=instance(line))
    assert [(f.code, f.host) for f in found if f.code == "LVS112"] == [("LVS112", "lvs2")]


def test_a_comment_in_a_shared_file_is_used_when_any_host_needs_it(findings: Findings, tmp_path: Path) -> None:
    shared = tmp_path / "shared.inc"
    shared.write_text("vrrp_garp_interval 1 x # lvscompile: ignore[LVS112] why\n")
    texts = "global_defs {\ninclude " + str(shared) + "\n}\n"
    assert findings(lvs1=texts, lvs2=texts) == []


# -- unused -------------------------------------------------------------------------------------------------

UNUSED = instance("priority 150 # lvscompile: ignore[LVS112] why")


def test_unused(findings: Findings) -> None:
    (found,) = findings(UNUSED)
    assert shown(found) == "LVS001 warning/none 4:39-45"
    assert found.message.startswith("LVS112 finds nothing here")
    assert found.help == "remove it"


def test_unused_in_the_file(findings: Findings) -> None:
    (found,) = findings("# lvscompile: ignore-file[LVS4,LVS112] why\n" + instance(SURPLUS))
    assert "no rule that begins with LVS4 finds anything in this file" in found.message
    assert found.help == "remove `LVS4` from it"


def test_unused_only_of_rules_that_were_run(report) -> None:  # type: ignore[no-untyped-def]
    assert codes(report(lvs1=UNUSED).findings) == ["LVS001"]
    assert codes(report(lvs1=UNUSED, only="LVS0").findings) == []
    family = UNUSED.replace("LVS112", "LVS1")
    assert codes(report(lvs1=family).findings) == ["LVS001"]
    assert codes(report(lvs1=family, only="LVS0").findings) == []


@pytest.mark.parametrize("code", ["LVS705", "LVS001", "LVS003", "LVS0"])
def test_what_lint_cannot_know_is_not_called_unused(findings: Findings, code: str) -> None:
    """Losses are found by conversions, and what is said about comments is known last."""
    assert findings(UNUSED.replace("LVS112", code)) == []


def test_a_rule_about_peers_needs_peers(report) -> None:  # type: ignore[no-untyped-def]
    text = instance("priority 150 # lvscompile: ignore[LVS302] why")
    other = instance("priority 100")
    assert codes(report(lvs1=text).findings) == []
    assert codes(report(lvs1=text, lvs2=other).findings) == ["LVS001"]
    assert codes(report(lvs1=text, lvs2=other, compare=False).findings) == []
    stranger = other.replace("_id 61", "_id 77").replace("192.0.2.10", "198.51.100.1")
    assert "LVS001" not in codes(report(lvs1=text, lvs2=stranger).findings)


def test_with_a_missing_include_nothing_is_called_unused(findings: Findings) -> None:
    assert "LVS001" not in codes(findings(UNUSED + "include none.conf\n"))


def test_a_line_for_some_hosts_is_not_called_unused(findings: Findings) -> None:
    assert "LVS001" not in codes(
        findings(instance("priority 150", "@lvs2 advert_int 1 # lvscompile: ignore[LVS112] x"))
    )
    assert "LVS001" not in codes(
        findings("# lvscompile: ignore[LVS112] x\n" + instance("@lvs2 priority 9 x", "priority 9"))
    )


def test_a_rule_that_crashed_did_not_run(report, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    from lvscompile.lint import registry

    def raises(node: object, ctx: object, emit: object) -> None:
        raise RuntimeError

    monkeypatch.setitem(registry.RULES, "LVS112", all_rules()["LVS112"]._replace(check=raises))
    result = report(lvs1=instance("priority 150 x # lvscompile: ignore[LVS112] why"))
    assert len(result.crashes) == 1
    assert result.findings == []


# -- reasons ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reason", ["", " ", ":", " -- "])
def test_without_a_reason(findings: Findings, reason: str) -> None:
    (found,) = findings(instance(f"priority 150 rack-7 # lvscompile: ignore[LVS112]{reason}"))
    assert found.code == "LVS002"
    assert "LVS112" in found.message


def test_what_is_said_about_comments_can_be_suppressed(findings: Findings) -> None:
    line = instance("priority 150 rack-7 # lvscompile: ignore[LVS112]")
    assert findings("# lvscompile: ignore-file[LVS002] old comments\n" + line) == []
    assert findings("# lvscompile: ignore-file[LVS001] needed for 1.x\n" + UNUSED) == []
    assert findings("# lvscompile: ignore-file[LVS0] quiet\n" + UNUSED + "# lvscompile: nonsense\n") == []


# -- refused ------------------------------------------------------------------------------------------------

NO_VRID = "vrrp_instance A {  # lvscompile: ignore[LVS202] why\n interface eth0\n priority 9\n virtual_ipaddress {\n 192.0.2.1/24\n }\n}\n"
SPLIT = (
    "# lvscompile: ignore[LVS304] ours\n" + instance("priority 150", "advert_int 1"),
    instance("priority 100", "advert_int 3"),
)


def test_an_error_that_stops_the_daemon_is_not_suppressed(report) -> None:  # type: ignore[no-untyped-def]
    found = report(lvs1=NO_VRID).findings
    assert sorted(codes(found)) == ["LVS003", "LVS202"]
    refused = next(f for f in found if f.code == "LVS003")
    assert shown(refused).startswith("LVS003 warning/none 1:41-47 +1:")
    assert "stops the service" in refused.message
    assert "--allow LVS202" in refused.help


@pytest.mark.parametrize("allowed", ["LVS202", "LVS20", "LVS2"])
def test_unless_it_is_allowed(report, allowed: str) -> None:  # type: ignore[no-untyped-def]
    result = report(lvs1=NO_VRID, allow=(allowed,))
    assert result.findings == []
    assert [(each.finding.code, each.kind, each.reason) for each in result.suppressed] == [
        ("LVS202", "inSource", "why")
    ]
    assert codes(report(lvs1=NO_VRID, allow=("LVS301",)).findings) == ["LVS202", "LVS003"]


def test_an_error_that_splits_a_pair_is_not_suppressed(report) -> None:  # type: ignore[no-untyped-def]
    found = report(lvs1=SPLIT[0], lvs2=SPLIT[1]).findings
    assert sorted(codes(found)) == ["LVS003", "LVS304"]
    assert "splits the pair" in next(f for f in found if f.code == "LVS003").message
    assert report(lvs1=SPLIT[0], lvs2=SPLIT[1], allow=("LVS304",)).findings == []


def test_what_splits_nothing_is_suppressed_from_either_host(report) -> None:  # type: ignore[no-untyped-def]
    """LVS301 is latent, and speaks of two hosts: the comment may stand in either file."""
    master = instance("state MASTER", "priority 150")
    other = instance("state MASTER", "priority 100")
    comment = "state MASTER # lvscompile: ignore[LVS301] the migration is under way"
    assert codes(report(lvs1=master, lvs2=other).findings) == ["LVS301"]
    assert report(lvs1=master.replace("state MASTER", comment), lvs2=other).findings == []
    assert report(lvs1=master, lvs2=other.replace("state MASTER", comment)).findings == []


def test_a_related_place_on_one_host_does_not_count(findings: Findings) -> None:
    """Of two instances with one name the second is the mistake, whatever the comment at the first says."""
    text = instance("priority 9") + "\n" + instance("priority 9", "virtual_router_id 52")
    where = {finding.code for finding in findings(text) if finding.related}
    for code in where:
        commented = text.replace("VI_1 {", f"VI_1 {{ # lvscompile: ignore[{code}] why", 1)
        assert code in codes(findings(commented))


def test_stubborn_rules() -> None:
    stubborn = {code for code, rule in all_rules().items() if rule.stubborn}
    assert {code for code in stubborn if not code.startswith("LVS3")} == {
        "LVS201", "LVS202", "LVS203", "LVS560", "LVS561", "LVS562", "LVS563", "LVS567",
    }  # fmt: skip
    assert {code for code in all_rules() if code.startswith("LVS3")} <= stubborn


def test_one_finding_a_refused_code(report) -> None:  # type: ignore[no-untyped-def]
    two = NO_VRID.replace("  # lvscompile: ignore[LVS202] why", "")
    text = (
        "# lvscompile: ignore-file[LVS202] why\n" + two + two.replace(" A ", " B ").replace("192.0.2.1/", "192.0.2.2/")
    )
    assert codes(report(lvs1=text).findings).count("LVS003") == 1


# -- malformed ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("comment", "says"),
    [
        ("# lvscompile: ignore", "brackets"),
        ("# lvscompile: ignore LVS112 why", "brackets"),
        ("# lvscompile: ignore=LVS112", "brackets"),
        ("# lvscompile: ignore[LVS112 why", "`]`"),
        ("# lvscompile: ignore[] why", "no rule is named"),
        ("# lvscompile: ignore[ , ] why", "no rule is named"),
        ("# lvscompile: ignored[LVS112] why", "does not understand"),
        ("# lvscompile: disable[LVS112] why", "does not understand"),
        ("# lvscompile:", "does not understand"),
        ("# lvscompile ignore[LVS112] why", "colon"),
        ("# lvscompile: ignore[LVS999] why", "no rule is called `LVS999`"),
        ("# lvscompile: ignore[ignord-words] why", "no rule is called `ignord-words`"),
        ("# lvscompile: ignore[112] why", "no rule is called `112`"),
        ("# lvscompile: ignore[LVS] why", "every rule"),
        ("# lvscompile: ignore[all] why", "no rule is called `all`"),
    ],
)
def test_malformed(findings: Findings, comment: str, says: str) -> None:
    found = findings(instance("priority 150", comment))
    assert codes(found) == ["LVS004"]
    assert says in found[0].message


@pytest.mark.parametrize(
    ("word", "near"),
    [
        ("ignord-words", "ignored-words"),
        ("LVS12x", "LVS12"),
        ("LSV112", "LVS112"),
        ("both-peer-master", "both-peers-master"),
    ],
)
def test_did_you_mean(findings: Findings, word: str, near: str) -> None:
    (found,) = findings(instance("priority 150", f"# lvscompile: ignore[{word}] why"))
    assert found.help.startswith(f"did you mean `{near}")


def test_the_good_codes_of_a_comment_count(findings: Findings) -> None:
    (found,) = findings(instance("priority 150 rack-7 # lvscompile: ignore[LVS112,LVS999] why"))
    assert shown(found) == "LVS004 warning/none 4:53-59"


@pytest.mark.parametrize(
    "comment",
    [
        "# lvscompile: not carried over: lvs_id LVS_FRONT",  # a conversion writes this
        "# checked with lvscompile",
        "# lvscompile ignores this",  # prose
        "# see https://example.org/lvscompile:80",
        "# the lvscompile: ignore[LVS112] comment",
    ],
)
def test_other_comments_are_left_alone(findings: Findings, comment: str) -> None:
    assert findings(instance("priority 150", comment)) == []


# -- reports ------------------------------------------------------------------------------------------------


def test_suppressed_findings_are_in_the_report_in_order(report) -> None:  # type: ignore[no-untyped-def]
    text = instance("# lvscompile: ignore-file[LVS112] why", SURPLUS, "advert_int 1 x")
    suppressed = report(lvs1=text).suppressed
    assert [shown(each.finding) for each in suppressed] == [
        "LVS112 warning/none 5:18-24",
        "LVS112 warning/none 6:18-19",
    ]
    assert {each.reason for each in suppressed} == {"why"}


def test_findings_stay_in_order(findings: Findings) -> None:
    found = findings(
        instance("# lvscompile: nonsense", "advert_int 1 x", "priority 150 # lvscompile: ignore[LVS112] x")
    )
    assert codes(found) == ["LVS004", "LVS112", "LVS001"]


def test_many_comments_take_no_time(findings: Findings) -> None:
    """Neither thousands of comments in a row, nor thousands above unclosed blocks, nor as many findings."""
    many = 3000
    comments = "# lvscompile: ignore[LVS112] why\n" * many
    lines = "    priority 150 x # lvscompile: ignore[LVS112] why\n" * many
    assert codes(findings(comments + instance("priority 150", lines.strip()))).count("LVS112") == 0
    unclosed = "# lvscompile: ignore[LVS112] why\nvrrp_instance A {\n" * 300
    assert "LVS004" not in codes(findings(unclosed))


def test_a_conversion_obeys_comments_about_losses(tmp_path: Path) -> None:
    from lvscompile.app.convert import to_keepalived

    def losses(text: str) -> list[str]:
        loaded = load([f"lvs1={write(tmp_path, text)}"])
        return codes(to_keepalived(loaded, Target((2, 2, 7))).losses.findings)

    text = "global_defs {\n    lvs_id LVS_FRONT\n}\n" + instance("priority 150")
    found = losses(text)
    assert len(found) == 1
    assert losses(f"# lvscompile: ignore-file[{found[0]}] it is not needed any more\n" + text) == []


def test_only_errors_are_stubborn(report, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    from lvscompile.lint import registry

    monkeypatch.setitem(registry.RULES, "LVS202", all_rules()["LVS202"]._replace(severity="warning"))
    assert report(lvs1=NO_VRID).findings == []
