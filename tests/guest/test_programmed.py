"""What we say that keepalived programs, against the kernel's table when real keepalived runs."""

from __future__ import annotations

import os

import corpus
import pytest
from real_keepalived import all_program, difference, ours, programs
from virtual_servers import all_cases, generated

from lvscompile.backends.keepalived import emit
from lvscompile.frontends.keepalived import lower
from lvscompile.ir.core import Target
from lvscompile.ir.node import replace
from lvscompile.ir.programmed import services
from lvscompile.ir.services import VirtualService
from lvscompile.ir.site import Director
from lvscompile.syntax.keepalived.tree import read_configuration
from lvscompile.syntax.source import Source, decode

pytestmark = pytest.mark.ipvs

TARGET = Target((2, 2, 7))
SEED = int(os.environ.get("LVSCOMPILE_SEED", "1"))
TEXTS = [all_cases(), *(generated(120, SEED + n) for n in range(20 if os.environ.get("LVSCOMPILE_FULL") else 3))]
CASES = [
    case for case in corpus.cases() if not case.hangs and any(b"virtual_server" in text for text in case.files.values())
]
# With these it depends on what happens then whether a service has its servers.
TO_BE_SEEN = frozenset(("alpha", "ha_suspend", "quorum", "hysteresis", "sorry_server"))


def director(text: str) -> Director:
    return lower(read_configuration(Source("keepalived.conf", text), "nobody", "/"), "nobody")[0]


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_blocks_on_one_point_each_and_generated_ones(text: str) -> None:
    real = programs(text)
    assert len(real.blocks) > 80, real.log
    wrong = difference(real, ours(services(director(text), (2, 2, 7))))
    assert not wrong, f"{wrong}\n{text}\n{real.log}"


def unchecked(service: VirtualService) -> VirtualService:
    """The service without checks, so that all of its servers stay up."""
    servers = {
        id(server): replace(
            server, blocks=(), checks=(), settings=tuple(s for s in server.settings if s.keyword.name not in TO_BE_SEEN)
        )
        for server in service.real_servers
    }
    return replace(
        service,
        settings=tuple(s for s in service.settings if not s.keyword.name.startswith(tuple(TO_BE_SEEN))),
        blocks=tuple(servers.get(id(block), block) for block in service.blocks),
        real_servers=tuple(servers.values()),
    )


def without_checks(text: str) -> str:
    """The services of a configuration alone."""
    host = director(text)
    changed = {id(service): unchecked(service) for service in host.services}
    kept = [changed.get(id(block), block) for block in host.blocks]
    names = ("virtual_server", "virtual_server_group")
    return emit(Director("x", blocks=tuple(block for block in kept if block.keyword.name in names)), TARGET).text


def test_configurations_of_the_corpora() -> None:
    texts = {case.id: without_checks(decode(case.files[case.main])) for case in CASES}
    real = dict(zip(texts, all_program(list(texts.values())), strict=True))
    wrong = {}
    for name, text in texts.items():
        found = difference(real[name], ours(services(director(text), (2, 2, 7))))
        if found:
            wrong[name] = found
    assert not wrong, "\n".join(f"{name}:\n{found}\n{real[name].log}" for name, found in wrong.items())
    assert sum(bool(programmed.blocks) for programmed in real.values()) > 50
