"""The judge judged: it sees what was planted, classes all it says, and leaves nothing behind."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path

import corpus
import pytest
from corpus import HERE, Case
from judge import Cls, Verdict, classify, count, judge, run_in_sandbox

ETH0 = {"eth0": ("10.0.0.9/24", "2001:db8::9/64")}
SOUND = """\
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    virtual_ipaddress {
        10.0.0.100/24
    }
}
"""


def sound_but(line: str, instead: str) -> str:
    """The sound configuration with one line replaced."""
    assert line in SOUND
    return SOUND.replace(line, instead)


@pytest.fixture
def main(tmp_path: Path) -> Path:
    return tmp_path / "keepalived.conf"


# what needs no keepalived


def test_ids_are_unique() -> None:
    ids = [case.id for case in corpus.cases()]
    assert len(ids) == len(set(ids))


def test_bytes_survive() -> None:
    cases = {case.id: case for case in corpus.syntax()}
    assert cases["syntax/bom"].files[corpus.MAIN].startswith(b"\xef\xbb\xbf")
    assert b"\0" in cases["syntax/nul"].files[corpus.MAIN]
    assert b"caf\xe9 " in cases["syntax/latin1-name"].files[corpus.MAIN]


def test_case_writes_its_companions(tmp_path: Path) -> None:
    case = next(case for case in corpus.syntax() if case.id == "syntax/inc-after-close")
    assert case.write(tmp_path) == tmp_path / corpus.MAIN
    assert (tmp_path / "sub2").read_bytes() == b"priority 77\n"


def test_recorded_messages_of_the_newer_version_are_classed() -> None:
    recorded = [text for case in corpus.syntax() for text in case.messages_243 or ()]
    texts = [re.sub(r"^\([^)]*Line \d+\) ", "", text) for text in recorded]
    assert len(texts) >= 100
    assert [text for text in texts if classify(text) is Cls.OTHER] == []


def test_every_row_of_the_lexical_table_has_its_case() -> None:
    ids = [case.id.removeprefix("syntax/") for case in corpus.syntax()]
    rows = re.findall(r"^\|.*\|([^|]*)\|$", (HERE / "LEXICAL.md").read_text(), re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`([^`]+)`", row)}
    assert len(named) > 100
    assert {name for name in named if not any(fnmatchcase(id_, name) for id_ in ids)} == set()


def test_interfaces_are_guessed() -> None:
    text = """
    vrrp_instance A {
        interface eth0.5   # interface that is not
        track_interface {
            bond1
            eth2 weight 5
        }
        virtual_ipaddress {
            192.0.2.7/24 dev eth3
        }
    }
    """
    guessed = corpus.guess_interfaces(text)
    assert guessed == {"eth0.5": ("192.0.2.254/24",), "eth3": (), "bond1": (), "eth2": ()}


# the sandbox


@pytest.mark.netns
def test_sandbox_has_the_interfaces_and_no_others() -> None:
    status, output, hung = run_in_sandbox(["ip", "-brief", "addr"], ETH0, 5)
    assert (status, hung) == (0, False)
    shown = output.decode()
    assert set(re.findall(r"^\S+", shown, re.MULTILINE)) == {"lo", "eth0"}
    assert "10.0.0.9/24" in shown
    assert "2001:db8::9/64" in shown


@pytest.mark.netns
@pytest.mark.parametrize("command", ["true", "sleep 60"])
def test_sandbox_leaves_nothing(command: str) -> None:
    script = f"readlink /proc/self/ns/net; {command}"
    _, output, hung = run_in_sandbox(["sh", "-c", script], ETH0, 1)
    assert hung == (command != "true")
    namespace = re.findall(r"net:\[\d+\]", output.decode())
    assert len(namespace) == 1
    assert namespace[0] not in _namespaces_in_use()


def _namespaces_in_use() -> set[str]:
    found = set()
    for link in Path("/proc").glob("[0-9]*/ns/net"):
        try:
            found.add(str(link.readlink()))
        except OSError:  # the process ended meanwhile
            continue
    return found


# the verdict


@pytest.mark.netns
def test_sound_configuration_is_silent(main: Path) -> None:
    main.write_text(SOUND)
    assert judge(main, ETH0) == Verdict((), 0)


@pytest.mark.netns
def test_planted_keyword_is_seen_once(main: Path) -> None:
    main.write_text(sound_but("    virtual_router_id 51\n", "    virtual_router_id 51\n    prioritee 120\n"))
    (message,) = judge(main, ETH0).messages
    assert message.file_line == ("keepalived.conf", 4)
    assert message.text == "Unknown keyword 'prioritee'"
    assert message.cls is Cls.UNKNOWN_KEYWORD


@pytest.mark.netns
def test_parent_and_child_speak_of_the_same_line(main: Path) -> None:
    main.write_text("frob 1\n" + SOUND)
    assert judge(main, ETH0).lines(Cls.UNKNOWN_KEYWORD) == {("keepalived.conf", 1)}


@pytest.mark.netns
def test_included_file_is_named(main: Path) -> None:
    (main.parent / "conf.d").mkdir()
    (main.parent / "conf.d" / "more.conf").write_text("\nprioritee 120\n")
    main.write_text(sound_but("    virtual_router_id 51\n", "virtual_router_id 51\ninclude conf.d/more.conf\n"))
    files = {Path(name).name for name, _ in judge(main, ETH0).lines(Cls.UNKNOWN_KEYWORD)}
    assert files == {"more.conf"}


@pytest.mark.netns
def test_missing_interface_is_seen(main: Path) -> None:
    main.write_text(SOUND)
    verdict = judge(main, {"eth7": ()})
    assert Cls.INTERFACE in verdict.classes
    assert verdict.unvalidated
    assert not verdict.stopped


@pytest.mark.netns
def test_etc_keepalived_is_the_hosts_own(main: Path) -> None:
    (main.parent / "id.conf").write_text("virtual_router_id 51\n")
    main.write_text(sound_but("    virtual_router_id 51\n", "include /etc/keepalived/id.conf\n"))
    assert judge(main, ETH0, etc=main.parent) == Verdict((), 0)
    assert Cls.INCLUDE in judge(main, ETH0).classes


@pytest.mark.netns
def test_missing_parameter_stops_it(main: Path) -> None:
    main.write_text(sound_but("    virtual_router_id 51\n", "    virtual_router_id 51\n    priority\n"))
    verdict = judge(main, ETH0)
    assert verdict.stopped
    assert verdict.classes == {Cls.MISSING_PARAMETER}


# the corpora


@pytest.mark.netns
def test_every_message_of_the_corpora_is_classed(verdicts: Mapping[str, Verdict]) -> None:
    unknown = [(id_, message.text) for id_, verdict in verdicts.items() for message in verdict.of(Cls.OTHER)]
    assert unknown == []
    # The judge has something to say: the corpora are not empty by accident.
    assert len(count(verdicts.values())) > 20


@pytest.mark.netns
def test_crash_and_hang_are_told_apart(verdicts: Mapping[str, Verdict]) -> None:
    assert verdicts["syntax/quote-unterm-open"].crashed
    assert verdicts["syntax/def-self"].hung
    troubled = {id_ for id_, verdict in verdicts.items() if verdict.crashed or verdict.hung}
    assert troubled == {"syntax/quote-unterm-open", "syntax/def-self"}


_K, _B, _M, _X, _N = (
    Cls.UNKNOWN_KEYWORD,
    Cls.UNEXPECTED_OPEN_BRACE,
    Cls.MISSING_OPEN_BRACE,
    Cls.EXTRA_CLOSE_BRACE,
    Cls.MISSING_CLOSE_BRACE,
)
# The rows of LEXICAL.md that the parser is built on: case → (class, lines).
ROWS: dict[str, dict[Cls, set[int]]] = {
    "rem-auth": {},
    "rem-close-next-block": {},
    "open-later": {},
    "open-lone-in-instance": {_B: {4}, _N: set()},
    "open-lone-in-instance-closed": {_B: {4, 8}, _K: {7, 8, 9, 10, 11}, Cls.NO_VIP: set()},
    "prio-open": {_B: {4}, _N: set()},
    "unk-noblock": {_K: {4}},
    "unk-nextline": {_B: {5, 9}, _K: {4, 6, 8, 9, 10, 11, 12}, Cls.NO_VIP: set()},
    "unk-root-known-inside": {_K: {1, 9}, _B: {1}},
    "close-extra-mid": {_X: {8}, _K: {8}},
    "auth-noopen-kw": {_M: {5}, _K: {5, 6, 7, 8}, _B: {7}, Cls.NO_VIP: set()},
    "tcp-noopen-close": {_M: {8}, _K: {10, 11, 12, 13, 14, 16}, _B: {10, 13}},
    "tcp-noopen-kw-close": {_M: {8}, _X: {12}, _K: {12}},
    "list-args-open": {Cls.EXTRA_PARAMETER: {4}},
    "list-noopen": {Cls.VALUE: {6}, _K: {8}, _B: {8}},
    "group-noblock": {
        Cls.EXTRA_PARAMETER: {2},
        Cls.SYNC_GROUP: {3},
        _K: {4, 5, 6, 7, 8, 10},
        _B: {4, 7},
    },
    "comment-last-backslash": {_K: {4}},
    "comment-last-double-backslash": {},
    "at-twice": {_K: {4, 5}},
    "def-brace": {},
    "def-undef-brace-quote": {Cls.NUMBER: {5}},
    "seq-chain2": {_K: {4}},
    "inc-quoted": {Cls.INCLUDE: {4}},
    "name-two": {Cls.NAME: {1}},
    "name-dup-unk": {Cls.DUPLICATE: {8}},
    "long-comment-1023": {},
    "long-comment-1024": {_K: {5}},
    "nul-mid": {},
}


@pytest.mark.netns
@pytest.mark.parametrize("name", ROWS)
def test_row_of_the_lexical_table(name: str, verdicts: Mapping[str, Verdict]) -> None:
    verdict = verdicts[f"syntax/{name}"]
    said = {cls: {line for _, line in verdict.lines(cls)} for cls in verdict.classes}
    assert said == ROWS[name]


@pytest.mark.netns
def test_pairs_are_sound_side_by_side(verdicts: Mapping[str, Verdict]) -> None:
    """What is wrong between two hosts, keepalived does not see on one of them."""
    spoken = {id_.split("/")[1] for id_, verdict in verdicts.items() if id_.startswith("pair/") and verdict.messages}
    assert spoken == {"auth-same-first8", "track-script-missing"}


@pytest.mark.netns
def test_a_verdict_is_asked_once(verdicts: Mapping[str, Verdict]) -> None:
    case: Case = corpus.cases()[0]
    assert corpus.judge_case(case) is verdicts[case.id]
