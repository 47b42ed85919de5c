"""The README.md of a converted host: what goes where, in the order in which it is done."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from lvscompile.app.compose import Composed
from lvscompile.ir.core import Origin
from lvscompile.ir.machine import Machine

_PLACES = {
    "keepalived.conf": "/etc/keepalived/keepalived.conf",
    "99-lvscompile.conf": "/etc/sysctl.d/99-lvscompile.conf",
    "lvscompile-modules.conf": "/etc/modules-load.d/lvscompile.conf",
    "rules.v4": "/etc/iptables/rules.v4 (Debian), /etc/sysconfig/iptables (Red Hat)",
    "rules.v6": "/etc/iptables/rules.v6 (Debian), /etc/sysconfig/ip6tables (Red Hat)",
}
_HOLD = {
    "keepalived.conf": "services, checks, virtual addresses, routes and rules that keepalived keeps",
    "99-lvscompile.conf": "kernel settings, as the inputs leave them",
    "lvscompile-modules.conf": "modules that scripts load",
    "rules.v4": "packet filter, IPv4",
    "rules.v6": "packet filter, IPv6",
}


def readme(composed: Composed, machine: Machine, files: Mapping[str, str], servers: Iterable[str]) -> str:
    """Plain steps. `files` are those beside keepalived.conf, `servers` the paragraphs on the real servers."""
    parts = [
        f"# {composed.director.name}: what goes where\n",
        _table(files),
        "## Steps\n",
        "\n".join(f"{number}. {step}" for number, step in enumerate(_steps(composed, machine, files), 1)) + "\n",
    ]
    paragraphs = list(servers)
    if paragraphs:
        parts += ["## The real servers\n", *(f"{text}\n" for text in paragraphs)]
    return "\n".join(parts)


def _table(files: Mapping[str, str]) -> str:
    rows = [
        f"| `{name}` | {_PLACES[name]} | {_HOLD[name]} |" for name in ("keepalived.conf", *files) if name in _PLACES
    ]
    return "\n".join(("| file | place | what it holds |", "|---|---|---|", *rows)) + "\n"


def _steps(composed: Composed, machine: Machine, files: Mapping[str, str]) -> Iterator[str]:
    yield "Copy the files to their places. `keepalived -t -f keepalived.conf` tests the first one."
    if "rules.v4" in files or "rules.v6" in files:
        partial = any(not table.complete for ruleset in machine.filters for table in ruleset.tables)
        yield (
            "Load the packet filter: `iptables-restore < rules.v4`, `ip6tables-restore < rules.v6`, as far as they are "
            "there. It replaces all rules of the tables that the file names."
            + (" The inputs do not tell all of the filter: compare with `iptables-save` first." if partial else "")
        )
    if "99-lvscompile.conf" in files:
        yield "Set the kernel's settings: `sysctl --system`."
    lines = list(_lines(machine, composed))
    if lines:
        yield (
            "Take out what these files do from now on, so that nothing does it twice (an `ipvsadm -C` there would "
            "clear keepalived's table, too):\n" + "\n".join(f"   - {line}" for line in lines)
        )
    removed = composed.vips.to_remove
    if removed:
        yield "Take these addresses out of the network's files: the instance brings them up where it is master.\n" + (
            "\n".join(f"   - {fact.text} on {fact.device} ({_where(machine, fact.origin)})" for fact in removed)
        )
    yield "Start it: `systemctl enable --now keepalived`. `ipvsadm -Ln` and `ip address` show what it made."
    if any(block.keyword.name == "vrrp_instance" for block in composed.added.blocks):
        yield "On the second director the same file with a lower `priority`; all else of the instance must be the same."


def _lines(machine: Machine, composed: Composed) -> Iterator[str]:
    """The commands of scripts that the files stand for, by script."""
    by_script: dict[str, set[int]] = {}
    done = [event.origin for event in machine.ipvs_events] + [event.origin for event in machine.filter_events]
    for origin in (*composed.moved, *done):
        given = machine.given(origin)
        if given is not None and given.kind == "script":
            by_script.setdefault(given.path or given.source.name, set()).add(origin.line)
    for name, numbers in by_script.items():
        yield f"`{name}`, {'lines' if len(numbers) > 1 else 'line'} {', '.join(map(str, sorted(numbers)))}"


def _where(machine: Machine, origin: Origin | None) -> str:
    given = machine.given(origin) if origin is not None else None
    return (given.path or given.source.name) if given is not None else ""
