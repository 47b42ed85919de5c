"""Fingerprints stay when lines move, and the baseline knows what it has seen."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from places import Findings, instance, service

from lvscompile.lint.baseline import Entered, fingerprint, fingerprints, from_text, match, to_text
from lvscompile.syntax.findings import Finding, Span
from lvscompile.syntax.secrets import Masker
from lvscompile.syntax.source import InputError, Source

SURPLUS = instance("priority 150 rack-7")


def prints(found: list[Finding]) -> list[str]:
    return fingerprints(found)


# -- fingerprints -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "# a comment\n\n" + SURPLUS,
        SURPLUS.replace("    ", "\t"),
        SURPLUS.replace("rack-7", "  rack-7   # a comment"),
        SURPLUS.replace("priority", "advert_int 1\n    priority"),
        SURPLUS.replace("\n", "\r\n"),
        SURPLUS.replace("VI_1 {", "VI_1\n{"),
        "global_defs {\n    router_id a\n}\n" + SURPLUS,
        SURPLUS.rstrip("\n"),
        SURPLUS.replace("150 rack-7", '"150" rack-7'),
    ],
)
def test_what_does_not_change_a_fingerprint(findings: Findings, text: str) -> None:
    assert prints(findings(text)) == prints(findings(SURPLUS))


@pytest.mark.parametrize(
    "text",
    [
        SURPLUS.replace("rack-7", "rack-8"),
        SURPLUS.replace("VI_1", "VI_2"),
        SURPLUS.replace("priority 150 rack-7", "advert_int 1 rack-7"),
        instance("virtual_routes {\n 192.0.2.0/24 dev eth0 rack-7\n }"),
    ],
)
def test_what_changes_a_fingerprint(findings: Findings, text: str) -> None:
    found = findings(text)
    assert found
    assert prints(found) != prints(findings(SURPLUS))


def test_a_fingerprint_is_the_same_on_every_host_and_in_every_place(findings: Findings) -> None:
    a = instance("state MASTER", "priority 150")
    b = instance("state MASTER", "priority 100")
    assert prints(findings(lvs1=a, lvs2=b)) == prints(findings(x=a, y=b))
    missing = SURPLUS + "include parts.d\n"
    (one,) = [f for f in findings({"keepalived.conf": missing, "parts.d/x": ""}) if f.code == "LVS121"]
    (two,) = [f for f in findings({"keepalived.conf": missing, "parts.d/x": ""}, host="other") if f.code == "LVS121"]
    assert one.message != two.message  # it names the path
    assert fingerprint(one) == fingerprint(two)


def test_the_values_of_a_message_count() -> None:
    source = Source("x", "priority 1\n")

    def finding(message: str, code: str = "LVS999", host: str = "lvs9") -> Finding:
        return Finding(code, "x", "error", "none", message, Span(source, 0, 8), host)

    base = fingerprint(finding("`a` is not `b` for 3 s in line 7"))
    same = [finding("now `a` is not `b`; that takes 3 s, see line 9"), finding("`a`, `b`, 3 on lvs1")]
    assert {fingerprint(each) for each in same} == {base}
    others = [finding("`a` is not `c` for 3 s"), finding("`a` is not `b` for 4 s"), finding("`b` and `a`: 3"),
              finding("`a` is not `b` for 3 s in line 7", "LVS998")]  # fmt: skip
    assert base not in {fingerprint(each) for each in others}
    assert fingerprint(finding("`a` of `lvs1`", host="lvs1")) == fingerprint(finding("`a` of `lvs2`", host="lvs2"))


def test_a_fingerprint_gives_no_password_away(findings: Findings) -> None:
    """A hash of eight characters can be turned back by trying."""
    text = instance("authentication {\n auth_type PASS\n auth_pass {} x\n }".replace("{}", "hunter22"))
    one, two = findings(text), findings(text.replace("hunter22", "sesame77"))
    assert any(f.code == "LVS112" for f in one)
    assert prints(one) == prints(two)
    custom = instance("notify /bin/x y hunter22"), instance("notify /bin/x y sesame77")
    masked = [fingerprints(findings(text), Masker(["hunter22", "sesame77"])) for text in custom]
    assert masked[0] == masked[1]


def test_findings_that_say_the_same_are_numbered(findings: Findings) -> None:
    found = findings(instance("priority 150", "advert_int 1 x\n    advert_int 1 x\n    advert_int 1 x"))
    same = [
        each for each in prints(found) if each.startswith(fingerprint(next(f for f in found if f.code == "LVS112")))
    ]
    assert len(same) == len(set(same)) == 3
    assert [each.partition("-")[2] for each in same] == ["", "2", "3"]
    assert all(re.fullmatch(r"[0-9a-f]{24}(-\d+)?", each) for each in same)


def test_statements_are_told_apart_by_their_block(findings: Findings) -> None:
    text = service("TCP_CHECK {\n connect_timeout 3 x\n }")
    found = findings(text + text.replace("192.0.2.10", "192.0.2.11").replace("51.100.1", "51.100.2"))
    assert len({fingerprint(f) for f in found if f.code == "LVS112"}) == 2


def test_braces_without_end_take_no_time(findings: Findings) -> None:
    found = findings("vrrp_instance A {\nx 1\n" * 2000)
    assert len(fingerprints(found)) == len(found) > 0
    source = Source("x", "{\n" * 30_000)
    places = [
        Finding("LVS999", "x", "error", "none", "m", Span(source, 2 * at, 2 * at + 1), "h") for at in range(30_000)
    ]
    assert len(set(fingerprints(places))) == 30_000


def test_a_place_in_an_empty_text() -> None:
    finding = Finding("LVS999", "x", "error", "none", "nothing", Span(Source("x", ""), 0, 0), "a")
    assert fingerprint(finding)


# -- matching -----------------------------------------------------------------------------------------------


def entry(print_: str, file: str = "a.conf") -> Entered:
    return Entered(file, "LVS112", "ignored-words", "message", print_)


def finding_in(file: str) -> Finding:
    return Finding("LVS112", "x", "error", "none", "m", Span(Source(file, "x"), 0, 1), file)


def test_of_several_that_say_the_same_those_of_the_named_file_are_known() -> None:
    found = [finding_in("a.conf"), finding_in("b.conf")]
    entries = [entry("f"), entry("f", "b.conf")]
    matched = match(found, entries, [entry("f", "b.conf")])
    assert matched.new == [found[0]]
    assert matched.known == [found[1]]
    assert matched.current == [entries[1]]
    assert matched.left == []


def test_a_file_that_moved_is_known_by_content() -> None:
    found = [finding_in("new.conf")]
    matched = match(found, [entry("f", "new.conf")], [entry("f", "old.conf"), entry("g"), entry("f", "older.conf")])
    assert matched.known == found
    assert matched.current == [entry("f", "new.conf")]
    assert sorted(each.fingerprint for each in matched.left) == ["f", "g"]


def test_each_entry_stands_for_one_finding() -> None:
    found = [finding_in("a.conf")] * 3
    matched = match(found, [entry("f")] * 3, [entry("f")] * 2)
    assert (len(matched.new), len(matched.known), len(matched.left)) == (1, 2, 0)


def test_many_that_say_the_same_take_no_time() -> None:
    found = [finding_in("a.conf")] * 20_000
    assert match(found, [entry("f")] * 20_000, [entry("f")] * 20_000).new == []


# -- the file -----------------------------------------------------------------------------------------------


def test_text_and_back() -> None:
    entries = [entry("b", "b.conf"), entry("f"), entry("f"), entry("a", "ä.conf")]
    text = to_text(entries)
    assert text == to_text(entries[::-1])
    assert from_text(text, "x") == sorted(entries)
    document = json.loads(text)
    assert document["version"] == 1
    assert [row["fingerprint"] for row in document["findings"]] == ["f", "f-2", "b", "a"]
    assert "ä.conf" in text  # readable in a diff
    assert text.endswith("}\n")


GOOD = json.loads(to_text([entry("f")]))["findings"][0]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is no baseline"),
        ("{", "is no baseline"),
        ("[" * 100_000, "is no baseline"),
        ("[]", "version"),
        ("{}", "version"),
        ('{"version": 2, "findings": []}', "version"),
        ('{"version": true, "findings": []}', "version"),
        ('{"version": 1}', "not a list"),
        ('{"version": 1, "findings": {}}', "not a list"),
        ('{"version": 1, "findings": [1]}', "finding 1 is not an object"),
        (json.dumps({"version": 1, "findings": [GOOD, {**GOOD, "fingerprint": 7}]}), 'finding 2 has no "fingerprint"'),
        (json.dumps({"version": 1, "findings": [{k: v for k, v in GOOD.items() if k != "file"}]}), 'no "file"'),
    ],
)
def test_what_is_no_baseline(text: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=re.escape(says)) as caught:
        from_text(text, "base.json")
    assert caught.value.path == "base.json"
    assert "--write-baseline" in caught.value.hint
