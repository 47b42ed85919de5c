"""Hosts in our model, made of the commands that make them in a kernel: read by the front ends, replayed."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence

from lvscompile.frontends.iproute import parse as parse_ip
from lvscompile.frontends.ipvsadm import parse as parse_ipvsadm
from lvscompile.frontends.replay.host import Replay
from lvscompile.frontends.replay.ipvs import Replay as IpvsReplay
from lvscompile.frontends.replay.netfilter import Netfilter
from lvscompile.ir.host import Link, Sysctl
from lvscompile.ir.machine import SUBJECTS, Machine
from lvscompile.ir.node import replace
from lvscompile.syntax.source import Source
from lvscompile.syntax.statements import Stmt

EVERY = frozenset(SUBJECTS)


def machine(
    links: Sequence[str], commands: Sequence[str], settings: Iterable[tuple[str, int]] | Mapping[str, int]
) -> Machine:
    """A host of which everything is told: commands of iptables, ip and ipvsadm, each of which succeeds, and settings."""
    source = Source("commands", "".join(f"{command}\n" for command in commands))
    host, filters = Replay([Link(name, up=True) for name in links], complete=True), Netfilter()
    table = IpvsReplay(interfaces=dict.fromkeys(links, 1500))
    at = 0
    for number, command in enumerate(commands, 1):
        stmt = Stmt("COMMAND", source, at, at + len(command) + 1, number, command)
        at += len(command) + 1
        program, *words = shlex.split(command)
        if program == "iptables":
            done = filters.run(words, stmt).outcome
        elif program == "ipvsadm":
            done = table.run(parse_ipvsadm(words), stmt).outcome
        else:
            done = host.run(parse_ip(program, words, stmt), stmt).outcome
        assert done is not None, command
        assert done.ok, f"{command}: {done}"
    stmt = Stmt("COMMAND", source, 0, 1, 1, "")
    written = settings.items() if isinstance(settings, Mapping) else settings
    sysctls = tuple(Sysctl(key, str(value), stmt) for key, value in written)
    facts = replace(host.facts(), sysctls=sysctls, links=tuple(Link(name, up=True) for name in links))
    return Machine(facts=facts, ipvs=table.table(), filters=(filters.ruleset(),), told=EVERY, complete=EVERY)
