"""What a host's IPVS table holds: keepalived's part as the real one programs it, and what other inputs add.

`programmed.json` has what `ipvsadm -Sn` printed while keepalived 2.2.7 ran each case; `make guest` compares once more.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from lvscompile.backends.ipvsadm import save
from lvscompile.frontends.ipvsadm import parse
from lvscompile.frontends.keepalived import lower
from lvscompile.frontends.replay.ipvs import Replay
from lvscompile.ir.core import Version
from lvscompile.ir.ipvs import Service, Table
from lvscompile.ir.machine import Machine
from lvscompile.ir.node import replace
from lvscompile.ir.programmed import addresses, services
from lvscompile.ir.site import Director
from lvscompile.syntax.keepalived.tree import read_configuration
from lvscompile.syntax.source import Source
from lvscompile.syntax.statements import Stmt

sys.path.insert(0, str(Path(__file__).parents[2] / "guest"))
from virtual_servers import CASES, placed, server, virtual

SEEN = json.loads((Path(__file__).parent / "programmed.json").read_text())


def host(text: str, *commands: str) -> Director:
    director, _ = lower(read_configuration(Source("keepalived.conf", text), "lvs1", "/"), "lvs1")
    if not commands:
        return director
    replay = Replay()
    for line in commands:
        outcome = replay.run(
            parse(line.split()), Stmt("COMMAND", Source("rc.local", line), 0, len(line), 1, line)
        ).outcome
        assert outcome is not None
        assert outcome.ok, outcome.message
    return replace(director, machine=Machine(ipvs=replay.table(), told=frozenset(("ipvs",))))


def saved(found: tuple[Service, ...]) -> list[str]:
    return save(Table(found)).split("\n")[:-1]


def test_every_case_was_seen() -> None:
    assert SEEN.keys() == CASES.keys()


@pytest.mark.parametrize("name", CASES)
def test_as_keepalived_programs_it(name: str) -> None:
    assert saved(services(host(placed(CASES[name], 7)), (2, 2, 7))) == SEEN[name]


def test_thresholds() -> None:
    (service,) = services(
        host(virtual("192.0.2.1 80", "protocol TCP", server(inside="uthreshold 9\nlthreshold 4"))), (2, 2, 7)
    )
    assert [(each.upper, each.lower) for each in service.destinations] == [(9, 4)]


def test_newest_first_and_where_it_comes_from() -> None:
    text = virtual("192.0.2.1 80", "protocol TCP", server("10.0.0.1 80"), server("10.0.0.2 80"))
    (service,) = services(host(text), (2, 2, 7))
    assert [each.address for each in service.destinations] == ["10.0.0.2", "10.0.0.1"]
    assert (service.origin.line, service.origin is service.added) == (1, True)
    assert [each.origin.line for each in service.destinations] == [6, 3]


def test_two_blocks_of_one_address_in_their_order() -> None:
    text = virtual("192.0.2.1 80", "protocol TCP", server("10.0.0.1 80"), server("10.0.0.2 80")) + virtual(
        "192.0.2.1 80", "protocol TCP", server("10.0.0.3 80"), server("10.0.0.4 80")
    )
    (service,) = services(host(text), (2, 2, 7))
    assert [each.address[-1] for each in service.destinations] == ["4", "3", "2", "1"]


@pytest.mark.parametrize(
    ("version", "flags"), [((1, 2, 19), ()), ((2, 2, 7), ("sh-port",))], ids=["too old", "new enough"]
)
def test_words_that_a_version_does_not_have(version: Version, flags: tuple[str, ...]) -> None:
    text = virtual("192.0.2.1 80", "protocol TCP\nlb_algo sh\nsh-port")
    assert [each.flag_names for each in services(host(text), version)] == [flags]


def test_values_made_at_run_time_are_not_known() -> None:
    text = virtual("192.0.2.1 80", "protocol TCP\nlb_algo ${_RANDOM}")
    assert [each.scheduler for each in services(host(text), (2, 2, 7))] == ["wlc"]


def test_other_inputs_add_services() -> None:
    text = virtual("192.0.2.1 80", "protocol TCP\nlb_algo rr")
    given = host(text, "-A -t 192.0.2.1:80 -s lc", "-A -u 192.0.2.1:80 -s sed")
    assert [(each.protocol, each.scheduler) for each in services(given, (2, 2, 7))] == [("TCP", "rr"), ("UDP", "sed")]
    assert [each.protocol for each in services(replace(given, services=()), (2, 2, 7))] == ["TCP", "UDP"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("192.0.2.1", ["192.0.2.1"]),
        ("192.0.2.254-255", ["192.0.2.254", "192.0.2.255"]),
        ("192.0.2.255-192.0.3.0", ["192.0.2.255", "192.0.3.0"]),
        ("192.0.2.4/31", ["192.0.2.4", "192.0.2.5"]),
        ("2001:db8::fe-ff", ["2001:db8::fe", "2001:db8::ff"]),
        ("2001:db8::/127", ["2001:db8::", "2001:db8::1"]),
    ],
)
def test_addresses_of_a_group(text: str, found: list[str]) -> None:
    assert list(addresses(text)) == found


def test_a_network_has_no_more_addresses_than_a_kernel_could_hold() -> None:
    assert sum(1 for _ in addresses("2001:db8::/32")) == 65536
