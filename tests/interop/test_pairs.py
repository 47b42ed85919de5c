"""The linter against what pairs of real keepalived did: `effect: split` exactly where both held the address."""

from __future__ import annotations

import pytest
from pairs import Pair, pairs

from lvscompile.app.load import load
from lvscompile.ir.core import Target, parse_version
from lvscompile.lint.engine import lint

VERSIONS = ("2.2.7", "2.4.3")
PAIRS = {pair.name: pair for pair in pairs()}

# The pairs have the number and the password of every example, no script security, and nothing told of their hosts.
OF_THE_EXAMPLES = {"LVS242", "LVS500", "LVS801", "LVS802"}
# What else the linter may say about a pair, beside what makes it split.
ALSO = {
    "auth-same-first8": {"LVS207"},
    "both-MASTER-150-100": {"LVS301"},
    "both-255": {"LVS311", "LVS301"},
    "equal-priority": {"LVS309"},
    "advert-v3-differs": {"LVS304"},
    "vips-differ": {"LVS306"},
    "vips-subset": {"LVS306"},
    "unicast-backup-lists-other": {"LVS310"},
    "unicast-own-ip-in-peers": {"LVS214"},
    "track-script-missing": {"LVS215", "LVS316"},
    "vip-mask-differs": {"LVS324"},
}


def findings(pair: Pair, version: str | None) -> list:
    target = Target(parse_version(version) if version else None)
    loaded = load([f"a={pair.a}", f"b={pair.b}"], target=target)
    return lint(loaded.hosts, target).findings


def test_there_are_24_pairs() -> None:
    assert len(PAIRS) == 24
    assert ALSO.keys() <= PAIRS.keys()


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", PAIRS)
def test_split_is_said_exactly_where_it_splits(name: str, version: str) -> None:
    pair = PAIRS[name]
    found = findings(pair, version)
    splitting = [f.code for f in found if f.effect == "split"]
    assert bool(splitting) == pair.splits[version], found
    assert len(splitting) <= 1, "one mistake, one finding"
    assert {f.code for f in found if f.effect != "split"} - OF_THE_EXAMPLES <= ALSO.get(name, set())


@pytest.mark.parametrize("name", [name for name, pair in PAIRS.items() if not any(pair.splits.values())])
def test_no_version_makes_up_a_split(name: str) -> None:
    assert not [f for f in findings(PAIRS[name], None) if f.effect == "split"]


@pytest.mark.parametrize("name", [name for name, pair in PAIRS.items() if any(pair.splits.values())])
def test_without_a_target_the_worst_version_counts(name: str) -> None:
    assert [f for f in findings(PAIRS[name], None) if f.effect == "split" and f.severity == "error"]


@pytest.mark.parametrize("name", ["baseline", "vips-order", "unicast-ok"])
def test_sound_pairs_are_silent(name: str) -> None:
    assert {f.code for f in findings(PAIRS[name], None)} <= OF_THE_EXAMPLES
