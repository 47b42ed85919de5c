"""Names that are used, where they are defined, and whether keepalived finds them."""

from __future__ import annotations

import pytest

from lvscompile.frontends.keepalived import lower
from lvscompile.ir.references import late_groups, references, without_group
from lvscompile.ir.site import Director
from lvscompile.syntax.keepalived.tree import read_configuration
from lvscompile.syntax.source import Source


def host(text: str) -> Director:
    return lower(read_configuration(Source("x", text)), "x")[0]


def found(text: str) -> list[tuple[str, str, bool, bool]]:
    return [(r.block.keyword.name, r.name, r.definition is not None, r.too_early) for r in references(host(text))]


USES = {
    "vrrp_script": "track_script", "vrrp_track_process": "track_process", "track_file": "track_file",
    "vrrp_track_file": "track_file", "bfd_instance": "track_bfd",
}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "owner"),
    [(kind, "vrrp_instance A") for kind in USES]
    # A sync group tracks no BFD.
    + [(kind, "vrrp_sync_group G") for kind in USES if kind != "bfd_instance"],
)
def test_definition_before_and_after(kind: str, owner: str) -> None:
    definition, use = f"{kind} N {{\n}}\n", f"{owner} {{\n{USES[kind]} {{\nN weight 5\n}}\n}}\n"
    assert found(definition + use) == [(USES[kind], "N", True, False)]
    assert found(use + definition) == [(USES[kind], "N", True, True)]
    assert found(use) == [(USES[kind], "N", False, False)]


def test_members_of_a_sync_group_may_come_later() -> None:
    group, instance = "vrrp_sync_group G {\ngroup {\nA B\n}\n}\n", "vrrp_instance A {\n}\n"
    assert found(group + instance) == [("group", "A", True, False), ("group", "B", False, False)]
    assert found(instance + group) == found(group + instance)


def test_the_first_definition_is_the_one() -> None:
    script = "vrrp_script S {\n}\n"
    assert found(script + "vrrp_instance A {\ntrack_script {\nS\n}\n}\n" + script) == [
        ("track_script", "S", True, False)
    ]


def test_groups_of_a_track_group_are_none_of_these() -> None:
    assert found("track_group T {\ngroup {\nA\n}\n}\n") == []


def test_late_groups() -> None:
    address = "static_ipaddress {\n10.0.0.1/24 track_group T dev eth0\n10.0.0.2/24\n10.0.0.3/24 track_group U\n}\n"
    group = "track_group T {\ngroup {\nA\n}\n}\n"
    late = host(address + group)
    items = late.blocks[0].items
    assert late_groups(late) == {id(items[0])}
    assert without_group(items[0]) == ("10.0.0.1/24", "dev", "eth0")
    assert late_groups(host(group + address)) == set()
