"""The contest: who is master when what has failed. The arithmetic is that of live keepalived 2.2.7."""

from __future__ import annotations

from itertools import chain, combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lvscompile.frontends.keepalived import lower
from lvscompile.ir.contest import (
    FAULT,
    Contender,
    clamped,
    contenders,
    decides,
    is_fault,
    priorities,
    priority,
    well_worth,
)
from lvscompile.ir.core import Item
from lvscompile.ir.site import Director
from lvscompile.ir.tracking import Tracked
from lvscompile.syntax.keepalived.tree import read_configuration
from lvscompile.syntax.source import Source

SCRIPTS = """vrrp_script plus {
script /bin/true
weight 20
}
vrrp_script minus {
script /bin/true
weight -30
}
vrrp_script fault {
script /bin/true
}
vrrp_script broken {
script /bin/true
weight -300
}
vrrp_track_process daemon {
process x
weight -254
}
track_file file {
file /x
}
"""


def director(body: str, group: str = "", members: str = "A\nB") -> Director:
    head = f"vrrp_sync_group G {{\ngroup {{\n{members}\n}}\n{group}\n}}\n" if group or members != "A\nB" else ""
    text = SCRIPTS + head + f"vrrp_instance A {{\ninterface eth0\n{body}\n}}\nvrrp_instance B {{\ninterface eth1\n}}\n"
    return lower(read_configuration(Source("x", text)), "x")[0]


def contender(body: str, group: str = "", members: str = "A\nB", base: int = 100) -> Contender:
    host = director(body, group, members)
    return contenders(host, {id(instance): base for instance in host.vrrp})[id(host.vrrp[0])]


def tracks(*items: str, kind: str = "script") -> str:
    return f"track_{kind} {{\n" + "\n".join(items) + "\n}"


def names(found: Contender) -> list[str]:
    return [line.name for line in found.trackers]


@pytest.mark.parametrize(
    ("body", "well", "failed"),
    [
        (tracks("plus"), 120, 100),
        (tracks("minus"), 100, 70),
        (tracks("fault"), 100, FAULT),
        # keepalived: a script of weight -20 reverse that fails makes 170 of 150, one of 20 reverse leaves it at 150.
        (tracks("plus weight -20 reverse"), 120, 100),
        (tracks("plus weight 20 reverse"), 100, 80),
        (tracks("fault weight 0 reverse"), 100, FAULT),
        (tracks("minus weight -120"), 100, 1),
        (tracks("plus weight 200"), 254, 100),
        (tracks("eth2 weight -5", kind="interface"), 100, 95),
        (tracks("eth2", kind="interface"), 100, FAULT),
        (tracks("daemon", kind="process"), 100, FAULT),
        (tracks("daemon weight 253", kind="process"), 254, 100),
        (tracks("file weight 0", kind="file"), 100, FAULT),
    ],
)
def test_one_tracker(body: str, well: int, failed: int) -> None:
    found = contender(body)
    assert found.certain
    assert priority(found) == well
    assert priority(found, found.trackers) == failed


def test_an_owner_stays_one_until_a_fault() -> None:
    found = contender(tracks("minus", "fault"), base=255)
    assert priority(found, found.trackers[:1]) == 255
    assert priority(found, found.trackers[1:]) == FAULT
    assert priorities(found) == {255}
    assert not decides(found, found.trackers[0], [contender("", base=100)])
    assert not decides(contender(tracks("minus"), base=255), found.trackers[0], [contender("", base=255)])


def test_the_own_interface_is_no_tracker() -> None:
    assert names(contender(tracks("eth0 weight -50", "eth1 weight -5", kind="interface"))) == ["eth1"]


def test_nothing_counts_twice() -> None:
    found = contender(tracks("minus", "minus weight -1"))
    assert [line.weight for line in found.trackers] == [-30]


def test_the_group_tracks_for_its_members() -> None:
    # Seen with and without sync_group_tracking_weight: 150 becomes 130 for each member.
    found = contender("", group=tracks("minus"))
    assert found.certain
    assert priority(found, found.trackers) == 70


def test_the_group_comes_first() -> None:
    found = contender(tracks("fault"), group=tracks("fault", "minus"))
    assert names(found) == ["fault", "minus"]


def test_a_member_with_weights_of_its_own_is_uncertain() -> None:
    assert not contender(tracks("minus"), members="A B").certain
    # keepalived ignores the script.
    assert names(contender(tracks("minus", "fault"), members="A B")) == ["fault"]
    weighing = contender(tracks("minus", "fault"), group="sync_group_tracking_weight")
    assert not weighing.certain
    assert names(weighing) == ["minus", "fault"]
    assert contender(tracks("fault"), members="A B").certain


@pytest.mark.parametrize(
    "body",
    [
        tracks("file", kind="file"), tracks("file weight 253", kind="file"), tracks("broken"), tracks("minus bogus"),
    ],
)  # fmt: skip
def test_what_nobody_can_tell(body: str) -> None:
    assert not contender(body).certain


def test_what_nobody_can_tell_in_the_group() -> None:
    assert not contender("", group=tracks("file", kind="file")).certain
    assert not contender("", group=tracks("minus bogus")).certain


def test_an_instance_that_is_cut_short_is_uncertain() -> None:
    assert not contender("}\npriority 7").certain


def test_without_a_base_all_is_uncertain() -> None:
    host = director("")
    assert [found.certain for found in contenders(host, {id(host.vrrp[1]): 7}).values()] == [False, True]
    assert contenders(host, {id(host.vrrp[1]): 7})[id(host.vrrp[1])].base == 7


def test_what_is_not_defined_does_not_count() -> None:
    assert names(contender(tracks("nothing", "minus"))) == ["minus"]


def test_a_fault_always_decides() -> None:
    found = contender(tracks("fault"), base=254)
    assert decides(found, found.trackers[0], [contender("", base=1)])


# -- against all states, one by one ---------------------------------------------------------------------------

LINES = st.builds(
    Tracked,
    st.sampled_from(["script", "interface", "process"]),
    st.sampled_from(["a", "b", "c"]),
    st.integers(-254, 254) | st.integers(-30, 30),
    st.booleans(),
    st.builds(lambda: Item((), None)),  # type: ignore[arg-type]
)
CONTENDERS = st.builds(
    lambda base, lines: Contender(HOST, HOST.vrrp[0], base, tuple(lines)),
    st.integers(1, 255) | st.integers(90, 110),
    st.lists(LINES, max_size=4),
)
HOST = director("")


def states(found: Contender) -> list[tuple[Tracked, ...]]:
    return list(chain.from_iterable(combinations(found.trackers, n) for n in range(len(found.trackers) + 1)))


def plain_priority(found: Contender, failed: tuple[Tracked, ...]) -> int:
    """The same, by keepalived's rules as they are written: what is up adds a positive weight, what is down a negative."""
    if any(line.weight == 0 or (line.kind == "process" and abs(line.weight) == 254) for line in failed):
        return 0
    if found.base == 255:
        return 255
    total = found.base
    for line in found.trackers:
        if line.weight == 0 or (line.kind == "process" and abs(line.weight) == 254):
            continue
        # Well is up; with reverse it is down.
        up = (line not in failed) != line.reverse
        sign = -1 if line.reverse else 1
        if up:
            total += sign * line.weight if line.weight > 0 else 0
        else:
            total += sign * line.weight if line.weight < 0 else 0
    return max(1, min(254, total))


@given(CONTENDERS)
def test_priorities_are_those_of_all_states(found: Contender) -> None:
    each = {state: plain_priority(found, state) for state in states(found)}
    assert {state: priority(found, state) for state in each} == each
    assert priorities(found) == set(each.values()) - {FAULT}


@given(CONTENDERS, st.lists(CONTENDERS, min_size=1, max_size=2))
def test_decides_is_what_all_states_say(found: Contender, rivals: list[Contender]) -> None:
    against = {plain_priority(rival, state) for rival in rivals for state in states(rival)} - {0}
    for line in found.trackers:
        if is_fault(line):
            continue
        expected = any(
            plain_priority(found, (*state, line)) < other <= plain_priority(found, state)
            for state in states(found)
            if line not in state and plain_priority(found, state)
            for other in against
        )
        assert decides(found, line, rivals) == expected


@given(LINES)
def test_well_is_never_worse(line: Tracked) -> None:
    assert well_worth(line) >= 0
    assert well_worth(line) in (0, abs(line.weight))


@pytest.mark.parametrize(("total", "result"), [(0, 1), (1, 1), (2, 2), (254, 254), (255, 254), (-900, 1)])
def test_clamped(total: int, result: int) -> None:
    assert clamped(total) == result
