"""`lint --fix`, over all that there is to read: what it must never lose, and what it must never bring."""

from __future__ import annotations

import shutil
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from config_texts import MAIN, NEIGHBOURS, file_texts, fixtures
from hypothesis import given
from hypothesis import strategies as st

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "interop"), str(TESTS / "unit" / "lint")]

import corpus  # noqa: E402
import judge  # noqa: E402
from corpus import Case  # noqa: E402
from pages_examples import PAGES, example  # noqa: E402

from lvscompile.app.load import Loaded, load  # noqa: E402
from lvscompile.app.mend import Mended, mend, store  # noqa: E402
from lvscompile.ir.compare import compare  # noqa: E402
from lvscompile.ir.core import Target, parse_version  # noqa: E402
from lvscompile.lint.engine import lint  # noqa: E402
from lvscompile.lint.registry import all_rules  # noqa: E402
from lvscompile.syntax.findings import Finding  # noqa: E402
from lvscompile.syntax.keepalived.scan import scan  # noqa: E402
from lvscompile.syntax.keepalived.words import BLANKS, code_end  # noqa: E402
from lvscompile.syntax.source import InputError, Source, decode, encode  # noqa: E402

CASES = {case.id: case for case in corpus.cases()}
BAD = {code: example(code, "Bad") for code in PAGES}

INSTANCE = """\
vrrp_instance VI_1 {{
    interface eth0
    virtual_router_id 51
    priority 150
    {}
    virtual_ipaddress {{
        192.0.2.10/24
    }}
}}
"""
# What the pages' examples do not show: a fix of another kind of mistake that the rule finds.
MORE = {
    "LVS101": [INSTANCE.format("advert_int=2")],
    "LVS104": [
        INSTANCE.format("advert_int 2;"), INSTANCE.format("advert_int = 2"), INSTANCE.format("advert_int 2s"),
        INSTANCE.format("state backup ;"),
        "virtual_server 192.0.2.10:80 {\n lb_algo RR\n lb_kind NAT\n protocol tcp\n real_server 198.51.100.1:80 {\n }\n}\n",
    ],
    "LVS105": ["global_defs {\n    vrrp_garp_interval 0 # c\n}\n"],
    "LVS110": [
        INSTANCE.format("track_interface { eth1 eth2 weight 5 eth3 } # c"),
        INSTANCE.format("advert_int 2 garp_master_delay 3"),
        INSTANCE.format("authentication { auth_type PASS auth_pass s3cret } # c"),
    ],
    "LVS111": [INSTANCE.format("dont_track_primary off # c"), INSTANCE.format("dont_track_primary on # c")],
    "LVS112": [INSTANCE.format("advert_int 1 ;")],
    "LVS113": ["global_defs {\n    lvs_id X # c\n}\n"],
    "LVS114": ["vrrp_track_file f {\n    file /tmp/f\n}\n" + INSTANCE.format("track_file {\n        f\n    }")],
    "LVS239": [
        INSTANCE.format("promote_secondaries\n    use_vmac"),
        INSTANCE.format("use_vmac\n    unicast_src_ip 192.0.2.2\n    unicast_peer {\n        192.0.2.3\n    }"),
    ],
    "LVS246": [INSTANCE.format("track_interface {\n eth0 weight 5\n }"),
               INSTANCE.format("dont_track_primary\n    track_interface {\n eth0\n }")],
    "LVS247": [INSTANCE.format("track_interface {\n        eth1\n        eth1\n    }")],
    "LVS252": [INSTANCE.format("owner_ignore_adverts on"), INSTANCE.format("timer_expired_backup")],
    "LVS260": [INSTANCE.replace("192.0.2.10/24", "192.0.2.10/24\n        192.0.2.11\n        192.0.2.12 dev eth1").format("")],
    "LVS271": [
        "vrrp_sync_group G {\n group {\n VI_1\n VI_x\n}\n}\n"
        + INSTANCE.format("") + INSTANCE.format("").replace("VI_1", "VI_y").replace("51", "52"),
    ],
    "LVS273": [
        "vrrp_sync_group G {\n group {\n VI_1\n VI_2\n VI_1\n}\n}\n"
        + INSTANCE.format("") + INSTANCE.format("").replace("VI_1", "VI_2").replace("51", "52").replace("2.10", "2.11"),
    ],
    "LVS276": [
        f"global_defs {{\n    lvs_sync_daemon eth0 {words}\n}}\n" + INSTANCE.format("")
        for words in ("VI_1 5", "inst VI_1\n    lvs_sync_daemon eth1 inst VI_1", "inst VI_l id 5")
    ],
    "LVS282": ["static_routes {\n    broadcast 192.0.2.255 dev eth0\n}\n"],
}  # fmt: skip
FIXABLE = {code for code, rule in all_rules().items() if rule.fix}
TARGET = Target((2, 2, 7))

# Fixes whose point is a change of what the model says, by code and the beginning of the title.
CHANGING = {
    "LVS101": "the line counts from now on",
    "LVS104": "the line counts from now on",
    "LVS110": "what was lost counts from now on",
    "LVS111 remove": "keepalived took the flag for set, whatever was behind it",
    "LVS113 write": "the line counts from now on",
    "LVS126": "the first line counts from now on",
    "LVS206": "the state is another one",
    "LVS230": "the model has the state as it is written, keepalived takes it for BACKUP",
    "LVS235": "the model has the group that keepalived does not use",
    "LVS239": "what keepalived adds or drops by itself is written, or not",
    "LVS241": "the model has both lines",
    "LVS246": "the model has the line that keepalived ignores, and whether the interface is tracked",
    "LVS247": "the model has the line that keepalived ignores",
    "LVS252": "the model has the line that keepalived drops",
    "LVS255": "the line turned on what it says to turn off",
    "LVS260": "the mask is another one",
    "LVS268": "the model has the value as it is written",
    "LVS271": "one more member",
    "LVS273": "the model has both lines",
    "LVS276": "the line counts from now on, or is written in another form",
    "LVS279": "the model has the words of routes as they are written",
    "LVS282": "the kernel takes the route from now on",
    "LVS291": "one static address less",
    "LVS333": "the state is another one",
    "LVS209": "the model has the block, keepalived ignores it",
    "LVS210": "the model has the interval as it is written, keepalived rounds it",
    "LVS214": "one peer less",
    "LVS216": "the command gets its arguments",
    "LVS301": "the state is another one",
    "LVS310": "one peer more",
    "LVS401": "the model has the port as it is written, keepalived takes the service's",
    "LVS403": "the model has the second server, keepalived drops it",
}


def findings(loaded: Loaded) -> list[Finding]:
    report = lint(loaded.hosts, loaded.site.target)
    assert not report.crashes
    return report.findings


def unchanging(loaded: Loaded) -> list[Finding]:
    return [f for f in findings(loaded) if f.fix and not f"{f.code} {f.fix.title}".startswith(tuple(CHANGING))]


def errors(found: Sequence[Finding]) -> Counter[str]:
    return Counter(finding.code for finding in found if finding.severity == "error")


def comments(text: str) -> Counter[str]:
    """The comments of a text, and what expansion works on."""
    found: Counter[str] = Counter()
    for stmt in scan(Source("", text)):
        for line in stmt.text.split("\n"):
            found[line[code_end(line) :].strip(BLANKS)] += 1
    del found[""]
    return found


def line_ends(text: str) -> set[str]:
    lines = text.split("\n")[:-1]
    return {"\r\n" if line.endswith("\r") else "\n" for line in lines}


def sound(loaded: Loaded, mended: Mended, before: Sequence[Finding]) -> None:
    """What holds of every mended input."""
    for source, text in mended.changes:
        lost = comments(source.text) - comments(text)
        assert not lost, lost
        assert line_ends(text) <= line_ends(source.text)
    after = findings(mended.loaded)
    new = errors(after) - errors(before)
    assert not new, new
    assert all(finding.fix is not None for finding in mended.fixed)


def settled(mended: Mended, unsafe: bool) -> None:
    """A second time nothing changes, and nothing is left that could be fixed."""
    again = mend(mended.loaded, findings, unsafe)
    assert again.changes == ()
    refused = {(finding.code, finding.message) for finding, _ in again.refused}
    left = [f for f in findings(mended.loaded) if f.fix and (unsafe or f.fix.safe)]
    assert [f for f in left if (f.code, f.message) not in refused] == []


def keeps_meaning(loaded: Loaded) -> None:
    """The fixes that are not for changing anything change nothing."""
    mended = mend(loaded, unchanging, unsafe=True)
    for before, after in zip(loaded.site.directors, mended.loaded.site.directors, strict=True):
        assert compare(before, after, loaded.site.target) == ()


def everything(loaded: Loaded) -> None:
    before = findings(loaded)
    for unsafe in (False, True):
        mended = mend(loaded, findings, unsafe)
        sound(loaded, mended, before)
        settled(mended, unsafe)
    keeps_meaning(loaded)


def laid_out(case: Case, folder: Path) -> list[str]:
    main = case.write(folder)
    return [f"{case.config_id or 'node'}={main}"]


def loaded_from(words: Sequence[str], target: Target = TARGET) -> Loaded:
    return load(words, kinds={word.partition("=")[2]: "keepalived" for word in words}, target=target)


# -- all that there is ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_corpora(case: Case, tmp_path: Path) -> None:
    words = laid_out(case, tmp_path)
    everything(loaded_from(words))
    everything(loaded_from(words, Target()))


SETUPS = sorted({case.id.split("/")[1] for case in CASES.values() if case.kind == "fixture"})


@pytest.mark.parametrize("setup", SETUPS)
def test_hosts_together(setup: str, tmp_path: Path) -> None:
    """Two hosts may share a file, and then a fix for one must do for the other."""
    words: dict[str, str] = {}
    for case in CASES.values():
        if case.kind == "fixture" and case.id.split("/")[1] == setup:
            assert case.folder is not None
            folder = tmp_path / case.folder.parent.name / case.folder.name
            if not folder.exists():
                shutil.copytree(case.folder, folder)
            words[f"{case.config_id}"] = str(folder / case.main)
    everything(loaded_from([f"{host}={path}" for host, path in words.items()]))


def bad(code: str, folder: Path) -> Loaded:
    given = BAD[code]
    mains = given.write(folder)
    target = Target(parse_version(given.target) if given.target else None)
    return loaded_from([f"{host}={path}" for host, path in mains.items()], target)


def examples(code: str, folder: Path) -> Iterator[Loaded]:
    """The page's example, and the others."""
    yield bad(code, folder)
    for number in range(len(MORE.get(code, ()))):
        yield more(code, number, folder)


def more(code: str, number: int, folder: Path) -> Loaded:
    path = folder / "more.conf"
    path.write_text(MORE[code][number])
    return loaded_from([f"lvs1={path}"])


@pytest.mark.parametrize("code", PAGES)
def test_bad_examples(code: str, tmp_path: Path) -> None:
    for loaded in examples(code, tmp_path):
        everything(loaded)


@pytest.mark.parametrize("code", sorted(FIXABLE))
def test_examples_become_clean_of_their_rule(code: str, tmp_path: Path) -> None:
    fixes = []
    for loaded in examples(code, tmp_path):
        found = [finding.fix for finding in findings(loaded) if finding.code == code]
        fixes += [fix for fix in found if fix]
        if all(found):
            mended = mend(loaded, findings, unsafe=True)
            assert code not in {finding.code for finding in findings(mended.loaded)}
    assert fixes
    assert any(fix.safe for fix in fixes) == (all_rules()[code].fix == "safe")


@pytest.mark.parametrize(("code", "number"), [(code, n) for code, texts in MORE.items() for n in range(len(texts))])
def test_every_other_example_has_a_fix(code: str, number: int, tmp_path: Path) -> None:
    found = findings(more(code, number, tmp_path))
    assert [finding for finding in found if finding.code == code and finding.fix], found


def test_rules_say_that_they_have_fixes(tmp_path: Path) -> None:
    """The other way round: whoever emits a fix is registered with it."""
    silent: set[str] = set()
    for code in PAGES:
        folder = tmp_path / code
        folder.mkdir()
        silent |= {f.code for f in findings(bad(code, folder)) if f.fix and not all_rules()[f.code].fix}
    assert silent == set()


@pytest.mark.parametrize("code", sorted(FIXABLE))
def test_with_windows_line_ends(code: str, tmp_path: Path) -> None:
    """The same fixes, and every line ends as before."""
    mains = BAD[code].write(tmp_path)
    target = Target(parse_version(BAD[code].target) if BAD[code].target else None)
    words = [f"{host}={path}" for host, path in mains.items()]
    plain = mend(loaded_from(words, target), findings, unsafe=True)
    for path in tmp_path.rglob("*.conf"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    windows = mend(loaded_from(words, target), findings, unsafe=True)
    assert [text.replace("\n", "\r\n") for _, text in plain.changes] == [text for _, text in windows.changes]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("configuration")
    for name, data in NEIGHBOURS.items():
        (folder / name).write_bytes(data)
    return folder


@st.composite
def mistaken(draw: st.DrawFn) -> str:
    """A fixture with the mistakes of a person in a hurry, several of which may meet on one line."""
    lines = draw(st.sampled_from(fixtures())).split("\n")
    for _ in range(draw(st.integers(1, 8))):
        at = draw(st.integers(0, len(lines) - 1))
        change = draw(st.sampled_from(("join", "join", "tail", "sign", "case", "typo", "again", "insert")))
        indent = lines[at][: len(lines[at]) - len(lines[at].lstrip())]
        if change == "join" and at + 1 < len(lines):
            lines[at : at + 2] = [f"{lines[at]} {lines[at + 1].strip()}"]
        elif change == "tail":
            lines[at] += draw(
                st.sampled_from((" ;", ";", " // why", " off", " on", " # c", " # c \\", " {", " }", "s", "\r"))
            )
        elif change == "sign":
            lines[at] = indent + lines[at].strip().replace(" ", draw(st.sampled_from(("=", " = ", ":"))), 1)
        elif change == "case":
            lines[at] = lines[at].swapcase()
        elif change == "typo" and len(lines[at]) > len(indent) + 3:
            cut = draw(st.integers(len(indent), len(lines[at]) - 1))
            lines[at] = lines[at][:cut] + lines[at][cut + 1 :]
        elif change == "again":
            lines.insert(draw(st.integers(0, len(lines))), lines[at])
        elif change == "insert":
            lines.insert(at, indent + draw(st.sampled_from(MISTAKES)))
    text = draw(st.sampled_from(("\n", "\n", "\n", "\r\n"))).join(lines)
    return draw(st.sampled_from(("", "", "", "", "\ufeff"))) + text


MISTAKES = (
    "nopreempt off", "nopreempt on # c", "use_vmac off", "lvs_id X", "state MASTER", "state BACKUP # c", "advert_int 1.5",
    "advert_int 0.3 # c", "nb_get_retry 3", "vmac_garp_intvl 5", "track_vips", "script /bin/x -a -b # c", "priority=7",
    "authentication { auth_type PASS auth_pass geheim } # c", "virtual_ipaddress { 192.0.2.7 192.0.2.8/24 dev eth0 }",
    "@me nopreempt off", "~SEQ(i, 1, 3) nopreempt off", "$A=off", "nopreempt $A", "real_server 192.0.2.9:80 {", "}",
    "real_server 192.0.2.9 80 { weight 1 }", "include half.conf", "include rest.conf", "unicast_src_ip 192.0.2.1",
    "unicast_peer { 192.0.2.1 192.0.2.2 }", "native_ipv6", "virtual_server 192.0.2.9:80 { lb_algo RR lb_kind nat }",
)  # fmt: skip


@given(text=mistaken(), target=st.sampled_from([Target(), TARGET]))
def test_mistakes_that_meet(folder: Path, text: str, target: Target) -> None:
    (folder / MAIN).write_bytes(encode(text))
    everything(loaded_from([f"me={folder / MAIN}"], target))


@given(text=file_texts, target=st.sampled_from([Target(), TARGET]))
def test_any_text(folder: Path, text: str, target: Target) -> None:
    (folder / MAIN).write_bytes(encode(text))
    try:
        loaded = loaded_from([f"me={folder / MAIN}"], target)
    except InputError:
        return
    everything(loaded)


# -- what reaches the disk ------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", [case for case in CASES.values() if case.kind != "syntax"], ids=lambda case: case.id)
def test_what_is_written_reads_as_it_was_judged(case: Case, tmp_path: Path) -> None:
    words = laid_out(case, tmp_path)
    mended = mend(loaded_from(words), findings, unsafe=True)
    store(mended.changes)
    again = loaded_from(words)
    assert [repr(f) for f in findings(again)] == [repr(f) for f in findings(mended.loaded)]
    changed = {source.path: text for source, text in mended.changes}
    for name, data in case.files.items():
        path = tmp_path / name
        assert decode(path.read_bytes()) == changed.get(str(path), decode(data))


# -- keepalived -----------------------------------------------------------------------------------------------

# What keepalived finds only when something before it is mended: a mistake that has no fix.
UNCOVERED = {
    "fixture/typo-at-night/lvs1": {
        judge.Cls.NO_VIP
    },  # an unknown block hides the addresses of an instance without VRID
}


@pytest.mark.netns
@pytest.mark.parametrize(
    "case", [case for case in CASES.values() if not case.hangs], ids=[c.id for c in CASES.values() if not c.hangs]
)
def test_keepalived_finds_nothing_new(case: Case, tmp_path: Path) -> None:
    words = laid_out(case, tmp_path)
    mended = mend(loaded_from(words), findings, unsafe=True)
    if not mended.changes:
        return
    path = tmp_path / case.main
    before = judge.judge(path, case.interfaces, case.config_id)
    store(mended.changes)
    after = judge.judge(path, case.interfaces, case.config_id)
    assert not after.hung
    assert not after.crashed
    if not (before.stopped or before.unvalidated):  # else it had not come to the rest
        assert after.classes - before.classes <= UNCOVERED.get(case.id, frozenset()), after.messages


@pytest.mark.netns
@pytest.mark.parametrize("code", sorted(code for code in FIXABLE))
def test_keepalived_finds_nothing_new_in_an_example(code: str, tmp_path: Path) -> None:
    for loaded in examples(code, tmp_path):
        mended = mend(loaded, findings, unsafe=True)
        interfaces = corpus.guess_interfaces("\n".join(source.text for source in mended.loaded.sources))
        hosts = [(Path(main.path), host.config_id) for main, host in zip(loaded.mains, loaded.hosts, strict=True)]
        before = [judge.judge(path, interfaces, host) for path, host in hosts]
        store(mended.changes)
        after = [judge.judge(path, interfaces, host) for path, host in hosts]
        for old, new in zip(before, after, strict=True):
            assert old.stopped or old.unvalidated or new.classes <= old.classes, new.messages
