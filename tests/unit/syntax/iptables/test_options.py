"""The table of extensions: what it must hold together."""

from __future__ import annotations

import pytest

from lvscompile.syntax.iptables.options import extension, extensions, match_of_protocol


@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize("kind", ["match", "target"])
def test_every_name_that_the_table_speaks_of_is_in_it(kind: str, family: int) -> None:
    for each in extensions(kind, family):
        for written, option in each.options.items():
            assert option.written == written
            for name in (option.name, *option.excludes, *option.also):
                assert name in each.options, (each.name, written, name)


@pytest.mark.parametrize("family", [4, 6])
def test_every_kind_of_value_can_be_read(family: int) -> None:
    from lvscompile.frontends.iptables import lists, rewriting, values

    known = {*values.READERS, *lists.READERS, *rewriting.READERS, "hashrate"}
    for kind in ("match", "target"):
        for each in extensions(kind, family):
            assert {option.value for option in each.options.values()} <= known, each.name


def test_families_differ() -> None:
    assert extension("match", "ttl", 6) is None
    assert extension("match", "hl", 4) is None
    assert extension("match", "icmp", 4) is not None
    six, four = extension("match", "ah", 6), extension("match", "ah", 4)
    assert six is not None
    assert four is not None
    assert "ahlen" in six.options
    assert "ahlen" not in four.options


def test_the_match_of_a_protocol() -> None:
    tcp, icmp = match_of_protocol("tcp", 4), match_of_protocol("ipv6-icmp", 6)
    assert tcp is not None
    assert icmp is not None
    assert (tcp.name, icmp.name) == ("tcp", "icmp6")
    assert match_of_protocol("gre", 4) is None
