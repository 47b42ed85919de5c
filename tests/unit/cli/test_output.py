"""What lint prints and how it leaves: formats, colours, options, pipes, locales."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[3]


def night() -> str:
    folder = REPOSITORY / "fixtures" / "typo-at-night"
    return str(next(p.parent for p in sorted(folder.rglob("keepalived.conf")) if "expected" not in p.parts))


# -- statuses -----------------------------------------------------------------------------------------------


def test_nothing_found_is_0(lvscompile, small: Path) -> None:
    result = lvscompile("lint", str(small))
    assert (result.status, result.out, result.err) == (0, "no findings on small\n", "")


def test_an_error_is_1(lvscompile, broken: Path) -> None:
    result = lvscompile("lint", str(broken))
    assert result.status == 1
    assert result.err == ""


@pytest.mark.parametrize(("fail_on", "status"), [("error", 0), ("warning", 1), ("info", 1)])
def test_fail_on(lvscompile, tmp_path: Path, small: Path, fail_on: str, status: int) -> None:
    small.write_text(small.read_text().replace("priority 100", "priority 100 # c\n    priority 101 102"))
    result = lvscompile("lint", "--format", "concise", "--fail-on", fail_on, str(small))
    assert "warning" in result.out
    assert " error " not in result.out
    assert result.status == status


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["lint", "--frobnicate", "x"], "frobnicate"),
        (["lint", "--format", "xml", "x"], "xml"),
        (["lint", "--fail-on", "never", "x"], "never"),
        (["lint", "--select", "LVS999", "x"], "LVS999"),
        (["lint", "--ignore", "nonsense", "x"], "nonsense"),
        (["lint", "--select", "", "x"], "no rule"),
        (["lint", "--select", "LVS30l", "x"], "Did you mean"),
        (["lint", "--select", "both-peer-master", "x"], "Did you mean both-peers-master"),
        (["lint", "--target-keepalived", "x", "y"], "not a version"),
        (["lint", "--target-keepalived", "2", "y"], "not a version"),
        (["lint", "--target-keepalived", "2.2.7.1.1", "y"], "not a version"),
        (["lint", "--target-keepalived", "2.٢.7", "y"], "not a version"),
        (["lint", "--kind", "x", "y"], "PATH=KIND"),
        (["lint", "--kind", "x=nginx", "y"], "keepalived"),
        (["lint", "--color", "blue", "y"], "blue"),
        (["lnit", "x"], "Did you mean `lint`"),
        (["frobnicate"], "There is no command `frobnicate`"),
        (["--frobnicate"], "frobnicate"),
        (["explain", "LVS999"], "no rule"),
        (["explain"], "CODE"),
    ],
    ids=" ".join,
)
def test_usage_is_2(lvscompile, arguments: list[str], says: str) -> None:
    result = lvscompile(*arguments)
    assert result.status == 2
    assert result.out == ""
    assert says in result.err
    assert "Traceback" not in result.err


@pytest.mark.parametrize(
    "arguments", [["--help"], ["-h"], ["lint", "--help"], ["--version"], ["rules"], ["rules", "--help"]]
)
def test_help_is_0(lvscompile, arguments: list[str]) -> None:
    result = lvscompile(*arguments)
    assert result.status == 0
    assert result.out
    assert result.err == ""


def test_help_of_lint_has_two_examples(lvscompile) -> None:
    text = lvscompile("lint", "--help").out
    assert text.partition("Examples:")[2].count("lvscompile lint ") == 2


def test_a_refused_input_prints_no_findings_of_the_others(lvscompile, broken: Path) -> None:
    result = lvscompile("lint", str(broken), "/none.conf")
    assert (result.status, result.out) == (2, "")


def test_a_defect_is_3_and_hides_nothing(small: Path, broken: Path) -> None:
    """A rule that raises is named on stderr; the findings of all others are there."""
    program = """
import sys
from lvscompile.lint.registry import RULES, all_rules, rule
from lvscompile.syntax.statements import Stmt
from lvscompile.lint.engine import Host
all_rules()
@rule("LVS999", "made-to-fail", "error", Host)
def fail(node, ctx, emit):
    "Fails."
    raise RuntimeError("on purpose")
from lvscompile.cli import run
sys.exit(run(sys.argv[1:]))
"""
    done = subprocess.run(
        [sys.executable, "-P", "-c", program, "lint", "--format", "concise", str(broken)],
        capture_output=True, text=True, check=False, timeout=20,
    )  # fmt: skip
    assert done.returncode == 3
    assert "LVS101" in done.stdout
    assert "on purpose" not in done.stdout
    for word in ("LVS999", "made-to-fail", "broken", "on purpose", "report"):
        assert word in done.stderr


# -- JSON ---------------------------------------------------------------------------------------------------

FINDING = {
    "code": str, "name": str, "severity": str, "effect": str, "message": str, "file": str, "line": int, "column": int,
    "end_line": int, "end_column": int, "host": str, "related": list, "help": str,
}  # fmt: skip


def test_json_has_what_the_contract_promises(lvscompile) -> None:
    result = lvscompile("lint", "--format", "json", night())
    document = json.loads(result.out)
    assert result.err == ""
    assert document["version"] == 1
    assert set(document) == {"version", "findings", "summary"}
    summary = document["summary"]
    assert set(summary) == {"error", "warning", "info", "statements"}
    assert set(summary["statements"]) == {"understood", "kept", "prose"}
    assert all(isinstance(number, int) for number in summary["statements"].values())
    for severity in ("error", "warning", "info"):
        assert summary[severity] == sum(f["severity"] == severity for f in document["findings"])
    assert len(document["findings"]) > 10
    for finding in document["findings"]:
        assert set(finding) == {*FINDING, "fix"}
        for field, kind in FINDING.items():
            assert isinstance(finding[field], kind), field
        assert finding["code"].startswith("LVS")
        assert finding["severity"] in ("error", "warning", "info")
        assert finding["effect"] in ("split", "outage", "latent", "none")
        assert (1, 1) <= (finding["line"], finding["column"]) <= (finding["end_line"], finding["end_column"])
        assert finding["fix"] is None or set(finding["fix"]) == {"safe", "title", "edits"}
        for related in finding["related"]:
            assert set(related) == {"message", "file", "line", "column"}


def test_json_without_findings(lvscompile, small: Path) -> None:
    document = json.loads(lvscompile("lint", "--format", "json", str(small)).out)
    assert document["findings"] == []
    assert document["summary"]["statements"]["kept"] == 0


def test_columns_count_characters(lvscompile, small: Path) -> None:
    small.write_text(small.read_text().replace("    priority 100", '    "é"  prority\n  @\u00e9 x'))
    finding = json.loads(lvscompile("lint", "--format", "json", str(small)).out)["findings"][0]
    assert (finding["line"], finding["column"]) == (5, 5)
    assert finding["end_column"] in (8, 17)


def test_notes_stay_out_of_json(lvscompile, small: Path) -> None:
    result = lvscompile("lint", "--format", "json", str(small), str(small))
    json.loads(result.out)
    assert result.err.startswith("note: ")


def test_secrets_appear_nowhere(lvscompile, small: Path) -> None:
    small.write_text(small.read_text().replace(
        "priority 100", "authentication {\n auth_type PAS\n auth_pass hunter2hunter2\n}\nprority hunter2hunter2"))  # fmt: skip
    for form in ("full", "concise", "json", "sarif", "github"):
        result = lvscompile("lint", "--format", form, str(small))
        assert result.status == 1
        assert "hunter2" not in result.out + result.err


# -- text ---------------------------------------------------------------------------------------------------


def test_concise_is_a_line_a_finding(lvscompile) -> None:
    lines = lvscompile("lint", "--format", "concise", night()).out.splitlines()
    document = json.loads(lvscompile("lint", "--format", "json", night()).out)
    assert len(lines) == len(document["findings"])
    for line, finding in zip(lines, document["findings"], strict=True):
        place = f"{finding['file']}:{finding['line']}:{finding['column']}: "
        assert line.startswith(f"{place}{finding['severity']} {finding['code']} {finding['name']}: ")


def test_text_when_piped_is_plain(lvscompile) -> None:
    out = lvscompile("lint", night()).out
    assert "\x1b" not in out
    assert all(char.isprintable() or char == "\n" for char in out)


@pytest.mark.parametrize(
    ("arguments", "env", "coloured"),
    [
        (["--color", "always"], {}, True),
        (["--color", "always"], {"NO_COLOR": "1"}, True),
        (["--color", "never"], {}, False),
        (["--color", "auto"], {}, False),
        ([], {"FORCE_COLOR": "1"}, False),
    ],
)
def test_colour_when_piped(lvscompile, broken: Path, arguments: list[str], env: dict[str, str], coloured: bool) -> None:
    assert ("\x1b[" in lvscompile("lint", *arguments, str(broken), env=env).out) == coloured


# -- pipes and locales --------------------------------------------------------------------------------------


def test_a_reader_that_leaves_early(tmp_path: Path) -> None:
    path = tmp_path / "keepalived.conf"
    path.write_text("frob x\n" * 5_000)
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "lvscompile", "lint", "--format", "concise", f"x={path}", "--kind", f"{path}=keepalived"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stderr is not None
    assert b"LVS101" in process.stdout.readline()
    process.stdout.close()
    err = process.stderr.read()
    process.stderr.close()
    assert process.wait(20) in (1, 141)
    assert err == b""


def test_closed_standard_output(lvscompile, broken: Path) -> None:
    result = lvscompile("lint", str(broken), before=lambda: os.close(1))
    assert result.out == ""
    assert result.status in (1, 2, 3, 141)  # what it must be, the next test says


def test_closed_standard_output_is_no_defect(lvscompile, broken: Path) -> None:
    result = lvscompile("lint", str(broken), before=lambda: os.close(1))
    assert "Traceback" not in result.err
    assert result.status in (1, 2, 141)


def test_a_full_disk(broken: Path) -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "lvscompile", "lint", str(broken)],
            stdout=full, stderr=subprocess.PIPE, check=False, timeout=20,
        )  # fmt: skip
    assert done.returncode != 0
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("locale", ["C", "POSIX", "C.UTF-8", "xx_XX.ISO-8859-1", ""])
def test_locales(lvscompile, small: Path, locale: str) -> None:
    small.write_bytes(small.read_bytes().replace(b"priority 100", "größe \u2028 ".encode() + b"\xff 100"))
    for form in ("full", "concise", "json", "sarif", "github"):
        result = lvscompile("lint", "--format", form, str(small), env={"LC_ALL": locale, "PYTHONUTF8": "0"})
        assert result.status == 1
        assert "LVS101" in result.out
        assert "Traceback" not in result.err


def test_python_options_do_not_matter(small: Path, broken: Path) -> None:
    for options in (["-OO"], ["-I", "-bb", "-W", "error"]):
        for path, status in ((small, 0), (broken, 1)):
            done = subprocess.run(
                [sys.executable, *options, "-P", "-m", "lvscompile", "lint", str(path)],
                capture_output=True, text=True, check=False, timeout=20,
            )  # fmt: skip
            assert (done.returncode, done.stderr) == (status, ""), options
