"""Who is whose peer."""

from __future__ import annotations

import pytest

from lvscompile.frontends.keepalived import lower
from lvscompile.ir.peers import pairs, twins
from lvscompile.ir.site import Director
from lvscompile.syntax.keepalived.tree import read_configuration
from lvscompile.syntax.source import Source


def instance(name: str = "VI_1", vrid: int | None = 51, vips: str = "10.0.0.1/24", more: str = "") -> str:
    stated = f"virtual_router_id {vrid}\n" if vrid is not None else ""
    return f"vrrp_instance {name} {{\n{stated}{more}\nvirtual_ipaddress {{\n" + vips.replace(" ", "\n") + "\n}\n}\n"


def host(name: str, *instances: str) -> Director:
    return lower(read_configuration(Source(name, "".join(instances))), name)[0]


def found(a: Director, b: Director) -> list[tuple[str, str, bool]]:
    return [(t.a.name, t.b.name, t.same_router) for t in twins(a, b)]


UNICAST_A = "unicast_src_ip 192.0.2.1\nunicast_peer {\n192.0.2.2\n}"
UNICAST_B = "unicast_src_ip 192.0.2.2\nunicast_peer {\n192.0.2.1\n}"

TWINS = {
    "the same": (instance(), instance(), [("VI_1", "VI_1", True)]),
    "other names": (instance("A"), instance("B"), [("A", "B", True)]),
    "another address of the subnet": (instance(), instance(vips="10.0.0.2/24"), [("VI_1", "VI_1", True)]),
    "one address of two": (instance(vips="10.0.0.1 10.0.0.2"), instance(vips="10.0.0.2 10.0.0.3"), [("VI_1", "VI_1", True)]),
    "peer lists": (instance("A", more=UNICAST_A), instance("B", vips="10.9.0.1/24", more=UNICAST_B), [("A", "B", True)]),
    "peer list of one": (instance("A", more=UNICAST_A), instance("B", vips="10.9.0.1/24", more="unicast_src_ip 192.0.2.2"), [("A", "B", True)]),
    "name alone, without masks": (instance(vips="10.0.0.1"), instance(vips="10.0.0.2"), [("VI_1", "VI_1", True)]),
    "unrelated sites share VRID 61": (instance(), instance(vips="10.9.0.1/24"), []),
    "unrelated sites, other names, no masks": (instance("A", vips="10.0.0.1"), instance("B", vips="10.9.0.1"), []),
    "near miss": (instance(vrid=61), instance(vrid=52), [("VI_1", "VI_1", False)]),
    "no near miss by subnet": (instance(vrid=61), instance(vrid=52, vips="10.0.0.2/24"), []),
    "no near miss by name": (instance(vrid=61), instance(vrid=52, vips="10.9.0.1/24"), []),
    "other families": (instance(vips="10.0.0.1/24"), instance(vips="2001:db8::1/64"), []),
    "no VRID on one side": (instance(vrid=None), instance(), [("VI_1", "VI_1", False)]),
    "IPv6, the same": (instance(vips="2001:db8::1/64"), instance(vips="2001:db8::1/64"), [("VI_1", "VI_1", True)]),
    "two instances, crossed order": (
        instance("A", 51) + instance("B", 52, "10.1.0.1/24"), instance("B", 52, "10.1.0.1/24") + instance("A", 51),
        [("A", "A", True), ("B", "B", True)],
    ),
    "VRIDs exchanged": (
        instance("A", 51) + instance("B", 52, "10.1.0.1/24"), instance("A", 52) + instance("B", 51, "10.1.0.1/24"),
        [("A", "A", False), ("B", "B", False)],
    ),
    "one VRID on two interfaces": (
        instance("IN", 51, "10.0.0.1/24") + instance("OUT", 51, "192.0.2.1/24"),
        instance("OUT", 51, "192.0.2.1/24") + instance("IN", 51, "10.0.0.1/24"),
        [("IN", "IN", True), ("OUT", "OUT", True)],
    ),
    "the closer of two": (
        instance("A", 51, "10.0.0.1/24 10.0.0.2/24"), instance("X", 51, "10.0.0.9/24") + instance("Y", 51, "10.0.0.2/24"),
        [("A", "Y", True)],
    ),
    "one left over": (instance("A", 51) + instance("B", 52, "10.1.0.1/24"), instance("A", 51), [("A", "A", True)]),
    "nothing at all": ("", instance(), []),
}  # fmt: skip


@pytest.mark.parametrize("name", TWINS)
def test_twins(name: str) -> None:
    a, b, expected = TWINS[name]
    assert found(host("a", a), host("b", b)) == expected


@pytest.mark.parametrize("name", TWINS)
def test_twins_the_other_way_round(name: str) -> None:
    a, b, expected = TWINS[name]
    assert sorted(found(host("b", b), host("a", a))) == sorted((y, x, same) for x, y, same in expected)


@pytest.mark.parametrize(
    ("b", "expected"),
    [
        (instance("B", vips="2001:db8::2/64"), [("VI_1", "B", True)]),
        (instance(vips="2001:db8:9::1/64"), []),
    ],
    ids=["the same subnet", "unrelated sites"],
)
def test_subnets_of_ipv6(b: str, expected: list[tuple[str, str, bool]]) -> None:
    assert found(host("a", instance(vips="2001:db8::1/64")), host("b", b)) == expected


def test_pairs_in_the_order_of_the_hosts() -> None:
    hosts = [
        host("a", instance()),
        host("x", instance(vips="10.9.0.1/24")),
        host("b", instance()),
        host("c", instance()),
    ]
    assert [(p.a.name, p.b.name) for p in pairs(hosts)] == [("a", "b"), ("a", "c"), ("b", "c")]


def test_two_hundred_unrelated_sites_are_no_cluster() -> None:
    hosts = [host(f"h{n}", instance(vips=f"10.{n}.0.1/24")) for n in range(200)]
    assert pairs(hosts) == ()
