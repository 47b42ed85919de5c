"""`lint` with a site's settings, a baseline, clusters, and a text on standard input that has a name."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from lvscompile.app.settings import NAME
from lvscompile.cli import run

SMALL = """\
vrrp_instance VI_1 {
    state BACKUP
    interface eth0
    virtual_router_id 61
    priority 100
    virtual_ipaddress {
        10.0.0.1/24
    }
}
"""
SURPLUS = SMALL.replace("priority 100", "priority 100 rack-7")  # LVS112, a warning
PRORITY = SMALL.replace("priority 100", "prority 100")  # LVS101, an error
Outcome = tuple[int, str, str]


@pytest.fixture
def lint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    """`lvscompile lint --format concise` in a checkout: status, stdout, stderr."""
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)

    def call(*options: str, form: str = "concise") -> Outcome:
        status = run(["lint", "--format", form, *options])
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return status, out, err

    return call


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A pair, in which lvs1 has a warning."""
    for name, text in (("lvs1.conf", SURPLUS), ("lvs2.conf", SMALL.replace("priority 100", "priority 50"))):
        (tmp_path / name).write_text(text)
    return tmp_path


def codes(out: str) -> list[str]:
    return re.findall(r": (?:error|warning|info) (LVS\d+) ", out)


def refused(outcome: Outcome, *says: str) -> None:
    status, out, err = outcome
    assert status == 2
    assert out == ""
    for word in says:
        assert word in err


# -- settings -----------------------------------------------------------------------------------------------


def test_settings_are_found_above_the_input(lint, site: Path) -> None:  # type: ignore[no-untyped-def]
    assert codes(lint("lvs1.conf")[1]) == ["LVS112"]
    (site / NAME).write_text('ignore = ["LVS112"]\n')
    assert lint("lvs1.conf")[:2] == (0, "")
    assert codes(lint("lvs1.conf", "--isolated")[1]) == ["LVS112"]
    assert codes(lint("lvs1.conf", "--select", "LVS112")[1]) == ["LVS112"]
    (site / "other.toml").write_text('fail-on = "warning"\n')
    assert lint("lvs1.conf", "--config", "other.toml")[0] == 1


def test_fail_on(lint, site: Path) -> None:  # type: ignore[no-untyped-def]
    (site / NAME).write_text('fail-on = "warning"\n')
    assert lint("lvs1.conf")[0] == 1
    assert lint("lvs1.conf", "--fail-on", "error")[0] == 0


@pytest.mark.parametrize(("level", "status"), [("error", 1), ("warning", 0), ("info", 0)])
def test_severity(lint, site: Path, level: str, status: int) -> None:  # type: ignore[no-untyped-def]
    (site / NAME).write_text(f'[severity]\nignored-words = "{level}"\n')
    found = lint("lvs1.conf")
    assert found[0] == status
    assert f": {level} LVS112 " in found[1]


def test_severity_off(lint, site: Path) -> None:  # type: ignore[no-untyped-def]
    (site / NAME).write_text('[severity]\nLVS1 = "off"\n')
    assert lint("lvs1.conf")[:2] == (0, "")


def test_target(lint, site: Path) -> None:  # type: ignore[no-untyped-def]
    (site / "lvs1.conf").write_text("global_defs {\n    vrrp_iptables_x y\n    lvs_flush_on_stop\n}\n" + SMALL)
    everywhere = lint("lvs1.conf")[1]
    (site / NAME).write_text('target-keepalived = "1.2.1"\n')
    old = lint("lvs1.conf")[1]
    assert old != everywhere
    assert (
        lint("lvs1.conf", "--target-keepalived", "2.2.7")[1]
        == lint("lvs1.conf", "--isolated", "--target-keepalived", "2.2.7")[1]
    )


def test_hosts_are_the_inputs_when_there_are_none(lint, site: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    (site / NAME).write_text('[hosts]\nfront1 = "lvs1.conf"\nfront2 = "lvs2.conf"\n')
    status, out, _ = lint(form="full")
    assert status == 0
    assert "on front1 and front2" in out
    (site / "sub").mkdir()
    monkeypatch.chdir(site / "sub")
    assert "on front1 and front2" in lint(form="full")[1]
    assert "on lvs2" in lint("../lvs2.conf", form="full")[1]


def test_a_host_whose_file_is_missing(lint, site: Path) -> None:  # type: ignore[no-untyped-def]
    (site / NAME).write_text('[hosts]\nlvs1 = "lvs1.conf"\nlvs2 = "away/lvs2.conf"\n')
    refused(lint(), f"{NAME}:3: there is no away/lvs2.conf, which the host lvs2 shall be read from")
    refused(lint("lvs1.conf"), "away/lvs2.conf")


def test_settings_that_are_wrong(lint, site: Path) -> None:  # type: ignore[no-untyped-def]
    (site / NAME).write_text('\nfail-on = "erorr"\n')
    refused(lint("lvs1.conf"), f"{NAME}:2: `erorr` is no value of `fail-on`", "did you mean `error`?")
    (site / NAME).write_text("fail-on = \n")
    refused(lint("lvs1.conf"), f"{NAME}:1: is not TOML")
    refused(lint("lvs1.conf", "--config", "none.toml"), "none.toml: no such file")
    assert lint("lvs1.conf", "--isolated")[0] == 0


def test_allow(lint, site: Path) -> None:  # type: ignore[no-untyped-def]
    (site / "lvs1.conf").write_text("# lvscompile: ignore[LVS203] later\n" + SMALL.replace("    interface eth0\n", ""))
    assert sorted(codes(lint("lvs1.conf")[1])) == ["LVS003", "LVS203"]
    assert lint("lvs1.conf", "--allow", "missing-interface")[:2] == (0, "")
    (site / NAME).write_text('allow = ["LVS203"]\n')
    assert lint("lvs1.conf")[:2] == (0, "")


def test_the_summary_says_what_is_suppressed(lint, site: Path) -> None:  # type: ignore[no-untyped-def]
    (site / "lvs1.conf").write_text(SURPLUS.replace("rack-7", "rack-7 # lvscompile: ignore[LVS112] why"))
    assert lint("lvs1.conf", form="full")[1] == "no findings on lvs1; 1 suppressed\n"


def test_tomllib_is_imported_for_a_file_only(lvscompile, site: Path) -> None:  # type: ignore[no-untyped-def]
    assert "tomllib" not in _imported(site)
    (site / NAME).touch()
    assert "tomllib" in _imported(site)


def _imported(site: Path) -> list[str]:
    import subprocess
    import sys

    program = "from lvscompile.cli import run\nimport sys\nrun(['lint', 'lvs1.conf'])\nprint(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=site, capture_output=True, text=True, check=True, timeout=20
    )
    return done.stdout.split()


# -- what contradicts itself --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--config", "x", "--isolated"], "--config and --isolated"),
        (["--cluster", "a=lvs1", "--no-peers"], "--cluster and --no-peers"),
        (["--baseline", "x", "--write-baseline", "y"], "--write-baseline and --baseline"),
        (["--prune-baseline", "--write-baseline", "y"], "--write-baseline and --prune-baseline"),
        (["--prune-baseline"], "needs a baseline"),
        (["--write-baseline", "x", "--statistics"], "--write-baseline reports nothing"),
        (["--write-baseline", "x", "--output", "json=y"], "--write-baseline reports nothing"),
        (["--config", ""], "--config needs"),
        (["--baseline", ""], "--baseline needs"),
        (["--write-baseline", ""], "--write-baseline needs"),
        (["--stdin-filename", "x"], "give `-` as an input"),
        (["--select", "LVS9"], "no rule is called 'LVS9'"),
        (["--allow", "both-peer-master"], "Did you mean both-peers-master?"),
        (["--ignore", ""], "no rule is called ''"),
        (["--cluster", "front"], "is not NAME=HOST,HOST"),
        (["--cluster", "front=a,,b"], "is not NAME=HOST,HOST"),
        (["--cluster", "=a"], "is not NAME=HOST,HOST"),
        (["--cluster", "a=lvs1", "--cluster", "a=lvs1"], "given twice"),
        (["--cluster", "front=lvs1,lsv2", "lvs2.conf"], "no host is called `lsv2`; did you mean `lvs2`?"),
        (["--cluster", "front=lvs1,lvs2"], "no host is called `lvs2`"),
    ],
)
def test_what_contradicts_itself(lint, site: Path, options: list[str], says: str) -> None:  # type: ignore[no-untyped-def]
    refused(lint("lvs1.conf", *options), says)


# -- clusters -----------------------------------------------------------------------------------------------


@pytest.fixture
def masters(tmp_path: Path) -> None:
    """Three hosts that all say MASTER: each two are a finding."""
    for number in (1, 2, 3):
        text = SMALL.replace("BACKUP", "MASTER").replace("priority 100", f"priority {number}0")
        (tmp_path / f"lvs{number}.conf").write_text(text)


def pairs(out: str) -> set[str]:
    return set(re.findall(r"(lvs\d and lvs\d) both say", out))


THREE = ("lvs1.conf", "lvs2.conf", "lvs3.conf")


@pytest.mark.usefixtures("masters")
def test_clusters(lint, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    assert len(pairs(lint(*THREE)[1])) == 3
    assert pairs(lint(*THREE, "--cluster", "a=lvs1,lvs3")[1]) == {"lvs1 and lvs3"}
    assert pairs(lint(*THREE, "--cluster", "a=lvs1,lvs3", "--cluster", "b=lvs2, lvs3")[1]) == {
        "lvs1 and lvs3",
        "lvs2 and lvs3",
    }
    assert pairs(lint(*THREE, "--no-peers")[1]) == set()
    (tmp_path / NAME).write_text('[clusters]\na = ["lvs1", "lvs2"]\n')
    assert pairs(lint(*THREE)[1]) == {"lvs1 and lvs2"}
    assert pairs(lint(*THREE, "--cluster", "a=lvs1,lvs3")[1]) == {"lvs1 and lvs3"}


@pytest.mark.usefixtures("masters")
def test_no_peers_of_the_settings(lint, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / NAME).write_text("no-peers = true\n")
    assert pairs(lint(*THREE)[1]) == set()
    assert len(pairs(lint(*THREE, "--peers")[1])) == 3
    assert len(pairs(lint(*THREE, "--cluster", "a=lvs1,lvs2")[1])) == 1


@pytest.mark.usefixtures("masters")
def test_a_cluster_of_the_settings_may_be_incomplete(lint, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / NAME).write_text('[clusters]\na = ["lvs1", "lvs2"]\nb = ["x", "y"]\n')
    status, _, err = lint("lvs1.conf")
    assert status == 0
    assert err == "note: cluster a: not compared with lvs2, which is not among the inputs\n"


@pytest.mark.usefixtures("masters")
def test_a_host_that_the_settings_know_is_to_be_given(lint, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / NAME).write_text('[hosts]\nlvs1 = "lvs1.conf"\nlvs2 = "lvs2.conf"\n')
    refused(lint("lvs1.conf", "--cluster", "a=lvs1,lvs2"), "give it as an input: lvs2=lvs2.conf")
    assert pairs(lint("--cluster", "a=lvs1,lvs2")[1]) == {"lvs1 and lvs2"}


# -- the baseline -------------------------------------------------------------------------------------------


def test_write_and_use(lint, site: Path) -> None:  # type: ignore[no-untyped-def]
    (site / "lvs2.conf").write_text(PRORITY)
    (site / NAME).write_text("no-peers = true\n")
    status, out, err = lint("lvs1.conf", "lvs2.conf", "--write-baseline", "known.json")
    assert (status, out) == (0, "")
    assert "known.json: 2 findings written" in err
    rows = json.loads((site / "known.json").read_text())["findings"]
    assert [(row["file"], row["code"]) for row in rows] == [("lvs1.conf", "LVS112"), ("lvs2.conf", "LVS101")]
    assert lint("lvs1.conf", "lvs2.conf", "--baseline", "known.json") == (0, "", "")
    assert lint("lvs1.conf", "lvs2.conf", "--baseline", "known.json", form="full")[1] == (
        "no findings on lvs1 and lvs2; 2 in the baseline\n"
    )
    (site / "lvs1.conf").write_text(SURPLUS.replace("interface eth0", "interface eth0\n    advert_int 1 x"))
    assert [line[:13] for line in lint("lvs1.conf", "lvs2.conf", "--baseline", "known.json")[1].splitlines()] == [
        "lvs1.conf:4:1"
    ]


def test_the_settings_name_the_baseline(lint, site: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    (site / NAME).write_text('baseline = "known.json"\n')
    refused(lint("lvs1.conf"), "known.json: the baseline cannot be read: no such file", "--write-baseline")
    assert lint("lvs1.conf", "--write-baseline", "known.json")[0] == 0
    assert lint("lvs1.conf")[:2] == (0, "")
    (site / "sub").mkdir()
    monkeypatch.chdir(site / "sub")
    assert lint("../lvs1.conf") == (0, "", "")
    assert codes(lint("../lvs1.conf", "--isolated")[1]) == ["LVS112"]


def test_what_is_gone_is_said_and_taken_out(lint, site: Path) -> None:  # type: ignore[no-untyped-def]
    assert lint("lvs1.conf", "--write-baseline", "known.json")[0] == 0
    before = (site / "known.json").read_text()
    (site / "lvs1.conf").write_text(SMALL)
    assert lint("lvs1.conf", "--baseline", "known.json") == (
        0, "", "note: known.json: 1 finding of the baseline is gone: LVS112; --prune-baseline takes out what is gone\n"
    )  # fmt: skip
    assert (site / "known.json").read_text() == before
    assert "taken out" in lint("lvs1.conf", "--baseline", "known.json", "--prune-baseline")[2]
    assert json.loads((site / "known.json").read_text())["findings"] == []
    assert lint("lvs1.conf", "--baseline", "known.json", "--prune-baseline") == (0, "", "")


def test_what_was_not_looked_at_is_not_gone(lint, site: Path) -> None:  # type: ignore[no-untyped-def]
    for name in ("lvs1.conf", "lvs2.conf"):
        (site / name).write_text(SURPLUS.replace("BACKUP", "MASTER"))
    everything = ("lvs1.conf", "lvs2.conf")
    assert lint(*everything, "--write-baseline", "known.json")[0] == 0
    rows = json.loads((site / "known.json").read_text())["findings"]
    assert {row["code"][:4] for row in rows} >= {"LVS1", "LVS3"}
    for options in (everything, ("lvs1.conf",), (*everything, "--no-peers"), (*everything, "--select", "LVS3")):
        assert lint(*options, "--baseline", "known.json", "--prune-baseline") == (0, "", "")
    (site / "lvs1.conf").write_text(SURPLUS)
    assert "LVS112" not in lint(*everything, "--baseline", "known.json")[2]
    assert lint(*everything, "--baseline", "known.json", "--prune-baseline")[0] == 0
    rows = json.loads((site / "known.json").read_text())["findings"]
    assert [(row["file"], row["code"]) for row in rows if row["code"] == "LVS112"] == [
        ("lvs1.conf", "LVS112"),
        ("lvs2.conf", "LVS112"),
    ]
    assert "LVS301" not in {row["code"] for row in rows}


def test_a_baseline_holds_no_secrets(lint, site: Path) -> None:  # type: ignore[no-untyped-def]
    secret = "authentication {\n        auth_type PASS\n        auth_pass hunter22 x\n    }\n    track_script {\n        hunter22\n    }\n    priority"
    (site / "lvs1.conf").write_text(SMALL.replace("priority", secret))
    assert lint("lvs1.conf", "--write-baseline", "known.json")[0] == 0
    text = (site / "known.json").read_text()
    assert len(json.loads(text)["findings"]) >= 2
    assert "hunter22" not in text


def test_a_suppressed_finding_is_in_no_baseline(lint, site: Path) -> None:  # type: ignore[no-untyped-def]
    (site / "lvs1.conf").write_text(SURPLUS.replace("rack-7", "rack-7 # lvscompile: ignore[LVS112] why"))
    assert lint("lvs1.conf", "--write-baseline", "known.json")[0] == 0
    assert json.loads((site / "known.json").read_text())["findings"] == []


@pytest.mark.parametrize("text", ["", "[]", '{"version": 1}', "\0" * 100, '{"version": 1, "findings": [{}]}'])
def test_a_bad_baseline(lint, site: Path, text: str) -> None:  # type: ignore[no-untyped-def]
    (site / "known.json").write_text(text)
    refused(lint("lvs1.conf", "--baseline", "known.json"), "known.json")


def test_a_baseline_that_cannot_be_written(lint, site: Path) -> None:  # type: ignore[no-untyped-def]
    refused(lint("lvs1.conf", "--write-baseline", "none/known.json"), "none/known.json: cannot be written")
    refused(lint("lvs1.conf", "--write-baseline", "./lvs1.conf"), "this is an input")
    refused(lint("lvs1.conf", "--write-baseline", "."), "cannot be written")
    assert (site / "lvs1.conf").read_text() == SURPLUS


def test_no_baseline_is_written_when_a_rule_failed(lint, site: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    from lvscompile.lint import registry
    from lvscompile.lint.registry import all_rules

    def raises(node: object, ctx: object, emit: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setitem(registry.RULES, "LVS101", all_rules()["LVS101"]._replace(check=raises))
    (site / "lvs1.conf").write_text(PRORITY)
    assert run(["lint", "lvs1.conf", "--write-baseline", "known.json"]) == 3
    assert not (site / "known.json").exists()


# -- standard input -----------------------------------------------------------------------------------------


def test_a_name_for_standard_input(lvscompile, site: Path) -> None:  # type: ignore[no-untyped-def]
    (site / "conf").mkdir()
    (site / "conf/part.inc").write_text("priority 9 x\n")
    (site / "conf" / NAME).write_text('[severity]\nLVS112 = "info"\n')
    text = SMALL.replace("priority 100", "include part.inc").encode()
    result = lvscompile("lint", "-", "--stdin-filename", "conf/lvs7.conf", "--format", "json", stdin=text, cwd=site)
    assert result.status == 0
    (found,) = json.loads(result.out)["findings"]
    assert (found["code"], found["severity"], found["file"], found["host"]) == (
        "LVS112",
        "info",
        "conf/part.inc",
        "lvs7",
    )
    result = lvscompile("lint", "-", "--stdin-filename", "conf/lvs7.conf", stdin=SURPLUS.encode(), cwd=site)
    assert result.out.startswith("conf/lvs7.conf:5:")
    assert "on lvs7" in result.out
    absolute = lvscompile("lint", "-", "--stdin-filename", str(site / "conf/lvs7.conf"), stdin=text, cwd="/")
    assert f"{site}/conf/part.inc:1:" in absolute.out


def test_a_name_that_does_not_exist(lvscompile, site: Path) -> None:  # type: ignore[no-untyped-def]
    result = lvscompile("lint", "-", "--stdin-filename", "none/lvs7.conf", stdin=SURPLUS.encode(), cwd=site)
    assert result.status == 0
    assert "none/lvs7.conf:5:" in result.out


def test_a_named_host_on_standard_input(lvscompile, site: Path) -> None:  # type: ignore[no-untyped-def]
    result = lvscompile("lint", "x=-", "lvs2.conf", "--stdin-filename", "lvs1.conf", stdin=SURPLUS.encode(), cwd=site)
    assert result.status == 0
    assert "on x and lvs2" in result.out


def test_a_text_of_another_kind_is_refused_by_its_name(lvscompile, site: Path) -> None:  # type: ignore[no-untyped-def]
    result = lvscompile("lint", "-", "--stdin-filename", "hosts.txt", stdin=b"hello\n", cwd=site)
    assert result.status == 2
    assert "hosts.txt" in result.err
    for name in ("-", "hosts.txt"):
        given = ("--stdin-filename", "hosts.txt", "--kind", f"{name}=keepalived")
        assert lvscompile("lint", "-", *given, stdin=b"hello\n", cwd=site).status == 1


# -- many files, and the same one ---------------------------------------------------------------------------


def test_two_hundred_files(lvscompile, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    files = []
    for number in range(200):
        path = tmp_path / f"site{number}.conf"
        path.write_text(SURPLUS.replace("10.0.0.1/24", f"10.0.{number}.1/24"))
        files.append(path.name)
    result = lvscompile("lint", "--no-peers", *files, cwd=tmp_path)
    assert result.status == 0
    assert "200 warnings on 200 hosts" in result.out
    assert lvscompile("lint", *files, cwd=tmp_path).status == 0


@pytest.mark.parametrize("other", ["./lvs1.conf", "sub/../lvs1.conf", "{}/lvs1.conf", "lvs1.conf"])
def test_the_same_file_by_another_spelling(lint, site: Path, other: str) -> None:  # type: ignore[no-untyped-def]
    (site / "sub").mkdir()
    other = other.format(site)
    status, out, err = lint("lvs1.conf", other, form="full")
    assert status == 0
    assert "1 warning on lvs1\n" in out
    assert err.startswith(f"note: {other}: given twice, read once")


def test_a_directory_and_the_file_in_it(lint, site: Path) -> None:  # type: ignore[no-untyped-def]
    (site / "lvs9").mkdir()
    shutil.copy(site / "lvs2.conf", site / "lvs9/keepalived.conf")
    _, out, err = lint("lvs9", "lvs9/keepalived.conf", form="full")
    assert "on lvs9\n" in out
    assert "(as lvs9)" in err


def test_a_link_of_another_name_is_another_host(lint, site: Path) -> None:  # type: ignore[no-untyped-def]
    """Shared files with `@lvs1` lines are given like this: the name decides which lines count."""
    (site / "lvs3.conf").symlink_to("lvs2.conf")
    assert "on lvs2 and lvs3\n" in lint("lvs2.conf", "lvs3.conf", form="full")[1]


def test_what_the_settings_say_of_the_network_reaches_the_rules(lint, site: Path) -> None:  # type: ignore[no-untyped-def]
    (site / NAME).write_text('[network]\nsubnets = ["198.51.100.0/24"]\n')
    assert codes(lint("lvs2.conf")[1]) == ["LVS262"]
    (site / NAME).write_text('[network]\nsubnets = ["10.0.0.0/24"]\n')
    assert lint("lvs2.conf")[1] == ""
