"""2xx: sync groups and track groups."""

from __future__ import annotations

import pytest
from places import Findings, instance, shown

A = instance("priority 150")
B = instance("priority 150", name="VI_2", vips=("192.0.2.20/24",)).replace("61", "52")
C = instance("priority 150", name="VI_3", vips=("192.0.2.30/24",)).replace("61", "53")
RULES = {"LVS271", "LVS272", "LVS273", "LVS274", "LVS275", "LVS284"}


def group(*members: str, name: str = "G1") -> str:
    return (
        "\n".join([f"vrrp_sync_group {name} {{", "    group {", *(f"        {m}" for m in members), "    }", "}"])
        + "\n"
    )


G = group("VI_1", "VI_2")
T = "track_group T1 {\n    group {\n        VI_1\n    }\n}\n"
STATIC = "static_ipaddress {\n    198.51.100.5/24 dev eth1 track_group T1\n}\n"
ROUTE = "static_routes {\n    203.0.113.0/24 dev eth1 track_group T1\n}\n"
DIFFER = "LVS274 warning/latent 1:17-19 +3:9-13 +4:9-13"
INFO = DIFFER.replace("warning", "info")

CASES = {
    # LVS271
    "sound": (G + A + B, []),
    "sound, the group last": (A + B + G, []),
    "unknown": (group("VI_1", "VI_2", "VI_9") + A + B, ["LVS271 error/latent 5:9-13"]),
    "unknown, on one line": (group("VI_1 VI_9 VI_2") + A + B, ["LVS271 error/latent 3:14-18"]),
    "unknown, on the second line": (group("VI_1 VI_2", "VI_3 VI_9") + A + B + C, ["LVS271 error/latent 4:14-18"]),
    "unknown, one is left": (group("VI_1", "VI_9") + A, ["LVS271 error/latent 4:9-13"]),
    "all unknown": (group("X", "Y"), ["LVS271 error/latent 3:9-10", "LVS271 error/latent 4:9-10"]),
    "unknown, a file is missing": (
        "include none.conf\n" + group("VI_1", "VI_9") + A, ["LVS271 info/latent 5:9-13"],
    ),
    # LVS272
    "one": (group("VI_1") + A, ["LVS272 info/latent 1:17-19"]),
    "one, twice": (group("VI_1", "VI_1") + A, ["LVS272 info/latent 1:17-19", "LVS273 warning/none 4:9-13 +3:9-13"]),
    "none": (group(), ["LVS272 error/latent 1:17-19"]),
    "no list": ("vrrp_sync_group G1 {\n}\n", ["LVS272 error/latent 1:17-19"]),
    "one, a file is missing": ("include none.conf\n" + group("VI_1") + A, []),
    "one, never closed": ("vrrp_sync_group G1 {\n    group {\n        VI_1\n", []),
    "no name": (group("VI_1", name=""), []),
    "a second group of the name": (G + group() + A + B, []),
    # LVS273
    "two groups": (
        G + group("VI_2", "VI_3", name="G2") + A + B + C, ["LVS273 error/latent 9:9-13 +4:9-13"],
    ),
    "two groups, on one line": (
        G + group("VI_3 VI_2", name="G2") + A + B + C, ["LVS273 error/latent 9:14-18 +4:9-13"],
    ),
    "two groups, one each": (
        G + group("VI_3", "VI_4", name="G2") + A + B + C
        + instance("priority 150", name="VI_4", vips=("192.0.2.40/24",)).replace("61", "54"),
        [],
    ),
    "twice": (group("VI_1", "VI_2", "VI_1") + A + B, ["LVS273 warning/none 5:9-13 +3:9-13"]),
    # LVS274
    "priorities differ": (G + A + B.replace("150", "100"), [DIFFER]),
    "priorities differ, by default": (G + A + B.replace("    priority 150\n", ""), [DIFFER]),
    "states differ": (
        G + A.replace("priority 150", "priority 150\n    state MASTER") + B, [DIFFER],
    ),
    "states are the same": (
        G + A.replace("priority 150", "priority 150\n    state BACKUP") + B, [],
    ),
    "intervals differ": (G + A.replace("priority 150", "priority 150\n    advert_int 2") + B, [INFO]),
    "intervals differ in writing": (G + A.replace("priority 150", "priority 150\n    advert_int 1") + B, []),
    "nopreempt differs": (G + A.replace("priority 150", "priority 150\n    nopreempt") + B, [INFO]),
    "intervals and priorities differ": (
        G + A.replace("priority 150", "priority 150\n    advert_int 2") + B.replace("150", "100"), [DIFFER],
    ),
    "the third differs": (
        group("VI_1", "VI_2", "VI_3") + A + B + C.replace("150", "100"),
        [DIFFER.replace("+4:9-13", "+5:9-13")],
    ),
    "another one differs": (G + A + B + C.replace("150", "100"), []),
    "one is not read whole": (G + A + B.replace("150", "100").rstrip("}\n"), []),
    # LVS275
    "owners mixed": (
        G + A.replace("150", "255") + B, ["LVS275 error/latent 1:17-19 +3:9-13 +4:9-13"],
    ),
    "owners mixed, the second": (
        G + A + B.replace("150", "255"), ["LVS275 error/latent 1:17-19 +4:9-13 +3:9-13"],
    ),
    "owners": (G + A.replace("150", "255") + B.replace("150", "255"), []),
    "owner by accident": (G + A.replace("priority 150", "state MASTER") + B, []),
    # LVS284
    "track group": (T + STATIC + ROUTE + A, []),
    "no such track group": (STATIC + A, ["LVS284 error/latent 2:42-44"]),
    "no such track group, rule": (
        "static_rules {\n    from 203.0.113.0/24 table 100 preference 5 track_group T1\n}\n" + A,
        ["LVS284 error/latent 2:60-62"],
    ),
    "track group below": (ROUTE + T + A, ["LVS284 error/latent 2:41-43"]),
    "another track group": (T.replace("T1", "T2") + STATIC + A, ["LVS284 error/latent 7:42-44"]),
    "no such track group, a file is missing": (
        "include none.conf\n" + STATIC + A, ["LVS284 info/latent 3:42-44"],
    ),
    "track group below, a file is missing": (
        "include none.conf\n" + STATIC + T + A, ["LVS284 error/latent 3:42-44"],
    ),
    "a script of that name": (
        'vrrp_script T1 {\n    script "/bin/true"\n}\n' + STATIC + A, ["LVS284 error/latent 5:42-44"],
    ),
    "a track group without a name": (T.replace("T1 ", "") + STATIC + A, ["LVS284 error/latent 7:42-44"]),
    "a dropped address": (STATIC.replace("dev eth1", "brd x") + A, []),
    "no name behind it": ("static_ipaddress {\n    198.51.100.5/24 dev eth1 track_group\n}\n" + A, []),
    "a virtual address has none": (A.replace("10/24", "10/24 track_group T1"), []),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_findings(name: str, findings: Findings) -> None:
    text, expected = CASES[name]
    assert [shown(f) for f in findings(text) if f.code in RULES] == expected


def test_nearly_of_that_name(findings: Findings) -> None:
    [near] = [
        f
        for f in findings(group("VI_1", "VI_2", "VI_one") + A.replace("VI_1", "VI_ones") + B + A)
        if f.code == "LVS271"
    ]
    assert near.help == "did you mean `VI_ones`?"
    [far] = [f for f in findings(group("VI_1", "VI_2", "xyz") + A + B) if f.code == "LVS271"]
    assert far.help == ""


def test_all_that_differs_is_named(findings: Findings) -> None:
    text = G + A.replace("priority 150", "priority 150\n    advert_int 2\n    state MASTER") + B.replace("150", "100")
    [found] = [f for f in findings(text) if f.code == "LVS274"]
    assert "differ in state and priority and advert_int" in found.message
    assert [note.message for note in found.related] == ["state MASTER", "state BACKUP"]


@pytest.mark.parametrize(("priority", "note"), [("150", "priority 150"), ("1", "priority 1")])
def test_the_values_are_shown(priority: str, note: str, findings: Findings) -> None:
    [found] = [f for f in findings(G + A.replace("150", priority) + B.replace("150", "2")) if f.code == "LVS274"]
    assert [n.message for n in found.related] == [note, "priority 2"]


def test_twice_in_one_and_in_two(findings: Findings) -> None:
    [one] = [f for f in findings(group("VI_1", "VI_2", "VI_1") + A + B) if f.code == "LVS273"]
    [two] = [f for f in findings(G + group("VI_2", "VI_3", name="G2") + A + B + C) if f.code == "LVS273"]
    assert "in `G1` already" in one.message
    assert "in `G1` too" in two.message


def test_where_a_track_group_is(findings: Findings) -> None:
    [none] = [f for f in findings(STATIC + A) if f.code == "LVS284"]
    [late] = [f for f in findings(STATIC + T + A) if f.code == "LVS284"]
    assert ("is not defined:" in none.message, none.help) == (True, "")
    assert ("only further down:" in late.message, late.help) == (True, "define the track_group before its use")
