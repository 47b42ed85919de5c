"""What instances and sync groups track, and with which weight."""

from __future__ import annotations

import pytest

from lvscompile.frontends.keepalived import lower
from lvscompile.ir.site import Director
from lvscompile.ir.tracking import groups, tracked, weights_count
from lvscompile.syntax.keepalived.tree import read_configuration
from lvscompile.syntax.source import Source


def director(text: str) -> Director:
    return lower(read_configuration(Source("x", text)), "x")[0]


def lines(above: str, inside: str) -> list[tuple[str, str, int, bool]]:
    """What the instance tracks, under definitions."""
    host = director(f"{above}\nvrrp_instance A {{\n{inside}\n}}\n")
    return [(t.kind, t.name, t.weight, t.reverse) for t in tracked(host).get(id(host.vrrp[0]), [])]


SCRIPT = 'vrrp_script s {\nscript "/bin/true"\nweight -7 reverse\n}'


@pytest.mark.parametrize(
    ("above", "inside", "expected"),
    [
        ("", "", []),
        ("", "track_interface {\neth1\n}", [("interface", "eth1", 0, False)]),
        ("", "track_interface {\neth1 weight 5\n}", [("interface", "eth1", 5, False)]),
        ("", "track_interface {\neth1 reverse weight -5\n}", [("interface", "eth1", -5, True)]),
        ("", "track_interface {\neth1 eth2\n}", []),
        (SCRIPT, "track_script {\ns\n}", [("script", "s", -7, True)]),
        (SCRIPT, "track_script {\ns weight 3\n}", [("script", "s", 3, False)]),
        ("", "track_script {\ns weight 3\n}", []),
        ("track_file f {\nfile /run/f\n}", "track_file {\nf\n}", [("file", "f", 1, False)]),
        ("vrrp_track_file f {\nfile /run/f\nweight 0\n}", "track_file {\nf\n}", [("file", "f", 0, False)]),
        ("vrrp_track_process p {\nprocess x\n}", "track_process {\np\n}", [("process", "p", 0, False)]),
        ("bfd_instance b {\nneighbor_ip 192.0.2.3\nweight 9\n}", "track_bfd {\nb\n}", [("bfd", "b", 9, False)]),
    ],
)
def test_weights(above: str, inside: str, expected: list[tuple[str, str, int, bool]]) -> None:
    assert lines(above, inside) == expected


def test_a_definition_further_down_is_not_found() -> None:
    host = director(f"vrrp_instance A {{\ntrack_script {{\ns\n}}\n}}\n{SCRIPT}\n")
    assert tracked(host) == {}


def test_a_group_tracks_for_itself() -> None:
    host = director("vrrp_sync_group G {\ngroup {\nA\n}\ntrack_interface {\neth1\n}\n}\nvrrp_instance A {\n}\n")
    assert [t.name for t in tracked(host)[id(host.sync_groups[0])]] == ["eth1"]
    assert id(host.vrrp[0]) not in tracked(host)


@pytest.mark.parametrize(
    ("word", "count"), [("", False), ("sync_group_tracking_weight", True), ("global_tracking", True)]
)
def test_whether_the_weights_of_members_count(word: str, count: bool) -> None:
    host = director(
        f"vrrp_sync_group G {{\ngroup {{\nA\nB\n}}\n{word}\n}}\nvrrp_sync_group H {{\ngroup {{\nB\n}}\n}}\n"
    )
    assert {name: group.name for name, group in groups(host).items()} == {"A": "G", "B": "G"}
    assert weights_count(groups(host)["A"]) is count


def test_the_weights_of_no_member_count() -> None:
    assert weights_count(None)
