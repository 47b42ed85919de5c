"""What a reboot takes from a host: what was typed at a prompt, and stands in nothing that runs at boot."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple

from lvscompile.ir.core import Origin
from lvscompile.ir.host import PolicyRule, Route, Sysctl
from lvscompile.ir.host_settings import SWITCH, number
from lvscompile.ir.ipvs import Service, ServiceKey, Table
from lvscompile.ir.machine import Machine
from lvscompile.ir.netfilter import Command as FilterCommand
from lvscompile.ir.netfilter import Ruleset
from lvscompile.ir.shell import Kept, Script

# What else fills tables and adds addresses, and is configured in files that are not read here.
MANAGERS = frozenset(
    ("ldirectord", "heartbeat", "pulse", "piranha-gui", "pacemaker", "corosync", "ucarp", "firewalld", "ufw",
     "shorewall", "nftables", "netfilter-persistent")
)  # fmt: skip
_SHELLS = frozenset(("sh", "bash", "ksh", "dash", "source", ".", "nohup", "run-parts", "perl", "python"))
# Modules that the kernel does not load by itself when they are needed.
NOT_BY_ITSELF = frozenset(("ip_vs_ftp",))

# The kinds of inputs that make services, addresses and routes …; a script may make anything.
_TABLES = frozenset(("ipvsadm",))
_INTERFACES = frozenset(("network", "ifcfg", "interfaces"))
_NETWORK = _INTERFACES | {"route-file", "rule-file", "keepalived"}
_SETTINGS = frozenset(("sysctl", "interfaces"))
_MODULES = frozenset(("modules", "interfaces", "network"))


class Lost(NamedTuple):
    """Something that is gone after a reboot: how it is called, where it was typed, and what a file says instead."""

    title: str
    origin: Origin
    instead: str = ""


class Reboot:
    """What is typed on one host, held against what its other inputs hold.

    `texts` are those of its keepalived.conf, `programmed` the services that come of them, `owned` the addresses.
    """

    def __init__(
        self,
        machine: Machine,
        texts: Iterable[str] = (),
        programmed: frozenset[ServiceKey] = frozenset(),
        owned: frozenset[str] = frozenset(),
    ) -> None:
        self.machine = machine
        self._programmed = programmed
        self._owned = owned
        self._typed_in = {script.source.name for script in machine.scripts if script.mode == "document"}
        others = ((each.kind, each.source) for each in machine.givens if each.kind != "facts")
        self._others = [(kind, source.text) for kind, source in others if not self._is_typed(source.name)]
        self._others += [("keepalived", text) for text in texts]

    def typed(self, origin: Origin | None) -> bool:
        """Whether a fact comes from what somebody typed."""
        given = self.machine.given(origin) if origin is not None else None
        return given is not None and not given.persistent and self._is_typed(given.source.name)

    def _is_typed(self, name: str) -> bool:
        return name in self._typed_in or name.partition(" (")[0] in self._typed_in

    def is_known(self) -> bool:
        """Whether the inputs show files that are read at boot, and all that these run is understood."""
        machine = self.machine
        if not any(given.persistent and given.path and given.source.path for given in machine.givens):
            return False
        if any(None in command.argv and machine.persists(command.origin) for command in machine.commands):
            return False
        if any(each.name in MANAGERS and each.action not in ("stop", "disable") for each in machine.facts.services):
            return False
        at_boot = [script for script in machine.scripts if self._at_boot(script)]
        return not any(_runs_others(kept) for script in at_boot for kept in script.kept)

    def _at_boot(self, script: Script) -> bool:
        return any(given.persistent and given.source is script.source for given in self.machine.givens)

    def _is_said(self, kinds: frozenset[str], *words: str) -> bool:
        """Whether another input that is a script, or of one of the kinds, has all of these words."""
        patterns = [re.compile(rf"(?<![\w.:]){re.escape(word)}(?!\w|\.\d)") for word in words]
        return any(
            (kind in kinds or kind == "script") and all(pattern.search(text) for pattern in patterns)
            for kind, text in self._others
        )

    def services(self) -> Iterator[Lost]:
        """Virtual services, and real servers of services that the boot makes."""
        table = self.machine.ipvs
        if table is None or "ipvs" in self.machine.saved:
            return
        for service in table.services:
            if service.key in self._programmed:
                continue
            if not self.typed(service.added):
                yield from self._destinations(service)
            elif not self._is_said(_TABLES, service.address or str(service.fwmark)):
                yield Lost(service_title(service), service.added)

    def _destinations(self, service: Service) -> Iterator[Lost]:
        for server in reversed(service.destinations):
            if self.typed(server.added) and not self._is_said(_TABLES, server.address):
                yield Lost(f"{server.title} of {service_title(service)}", server.added)

    def addresses(self) -> Iterator[Lost]:
        for address in self.machine.facts.addresses:
            if address.address in self._owned or not self.typed(address.origin):
                continue
            if not self._is_said(_INTERFACES, address.address):
                assert address.origin is not None
                yield Lost(f"{address.text} on {address.label or address.device}", address.origin)

    def filter_rules(self) -> Iterator[Lost]:
        """Rules of the packet filter, by family."""
        machine = self.machine
        for ruleset in machine.filters:
            if f"filter{ruleset.family}" in machine.saved:
                continue
            kept = {text for origin, text in self._rules_written() if not self.typed(origin)}
            for table, chain, rule in ruleset.rules():
                text = f"-A {chain.name}{rule.text}"
                if self.typed(rule.origin) and f"{table.name} {text}" not in kept:
                    yield Lost(text, rule.origin)

    def _rules_written(self) -> Iterator[tuple[Origin, str]]:
        """All rules that an input adds, whatever became of them."""
        for event in self.machine.filter_events:
            command = event.command
            if isinstance(command, FilterCommand):
                for spec in command.specs:
                    yield event.origin, f"{command.table} -A {command.chain}{spec.text}"

    def routing(self) -> Iterator[Lost]:
        """Routes and rules of policy routing."""
        facts = self.machine.facts
        for route in facts.routes:
            if self.typed(route.origin) and route.protocol != "kernel" and not self._has_route(route):
                assert route.origin is not None
                yield Lost(_route_title(route), route.origin)
        for rule in facts.rules:
            if self.typed(rule.origin) and not self._has_rule(rule):
                assert rule.origin is not None
                yield Lost(_rule_title(rule), rule.origin)

    def _has_route(self, route: Route) -> bool:
        if route.table != "main" and self._is_said(_NETWORK, "table", route.table):
            return True
        address = route.destination.partition("/")[0]
        return self._is_said(_NETWORK, route.via if route.is_default and route.via else address)

    def _has_rule(self, rule: PolicyRule) -> bool:
        words = ("fwmark",) if rule.mark is not None else ("table", rule.table)
        return self._is_said(_NETWORK, *words)

    def settings(self) -> Iterator[Lost]:
        """Kernel settings. Forwarding has rules of its own."""
        last: dict[str, Sysctl] = {}
        kept: dict[str, Sysctl] = {}
        for setting in self.machine.facts.sysctls:
            last[setting.key] = setting
            if setting.persistent:
                kept[setting.key] = setting
        for key, setting in last.items():
            if _is_forwarding(key) or not key.startswith("net."):
                continue
            before = kept.get(key) or next((each for each in kept.values() if fnmatchcase(key, each.key)), None)
            if not self.typed(setting.origin) or (before is None and self._is_said(_SETTINGS, key.rpartition(".")[2])):
                continue
            if before is None:
                yield Lost(f"{key} = {setting.value}", setting.origin)
            elif number(before) != number(setting) or before.value.split() != setting.value.split():
                yield Lost(f"{key} = {setting.value}", setting.origin, before.value)

    def modules(self) -> Iterator[Lost]:
        for load in self.machine.facts.modules:
            wanted = load.name in NOT_BY_ITSELF and not load.remove and self.typed(load.origin)
            if wanted and not any(self._is_said(_MODULES, name) for name in (load.name, load.name.replace("_", "-"))):
                assert load.origin is not None
                yield Lost(load.name, load.origin)


def _is_forwarding(key: str) -> bool:
    return key in SWITCH or key.endswith(".forwarding")


def service_title(service: Service) -> str:
    return service.title if service.protocol == "FWM" else f"{service.protocol} {service.title}"


def _runs_others(kept: Kept) -> bool:
    """Whether a command that is not modelled may run commands that no input shows."""
    program = kept.argv[0] if kept.argv else None
    return program is None or "/" in program or program in _SHELLS


def _route_title(route: Route) -> str:
    destination = "default" if route.is_default and route.kind == "unicast" else route.destination
    kind = "" if route.kind == "unicast" else f"{route.kind} "
    via = f" via {route.via}" if route.via else f" dev {route.device}" if route.device else ""
    table = "" if route.table == "main" else f" table {route.table}"
    return f"route {kind}{destination}{via}{table}"


def _rule_title(rule: PolicyRule) -> str:
    chosen = f" fwmark {rule.mark:#x}" if rule.mark is not None else f" from {rule.source}" if rule.source else ""
    return f"rule{chosen} table {rule.table}"


# What runs, and what is saved for the next boot.


class Difference(NamedTuple):
    """`now` only runs, `saved` only is in the files; each with a place that tells it."""

    now: tuple[Lost, ...] = ()
    saved: tuple[Lost, ...] = ()


_SAME = Difference()
# Chains that a program fills while it runs, and fills again after a boot.
_FILLED = re.compile(r"-[Ajg] (?:DOCKER|f2b-|fail2ban-|LIBVIRT_|KUBE-|cali-|CNI-|sshguard|ufw-)")
_Facts = dict[str, Origin]


def filter_difference(machine: Machine, family: int) -> Difference:
    """Rules in which the running packet filter and the saved one differ."""
    boot = machine.boot.filter(family) if machine.boot is not None else None
    running = machine.filter(family)
    return _difference(machine, _rules(running), _rules(boot)) if running and boot else _SAME


def _rules(ruleset: Ruleset) -> _Facts:
    rules = {f"-t {table.name} -A {chain.name}{rule.text}": rule.origin for table, chain, rule in ruleset.rules()}
    return {text: origin for text, origin in rules.items() if not _FILLED.search(text)}


def services_difference(machine: Machine, programmed: frozenset[ServiceKey]) -> Difference:
    """Virtual services, and their real servers, that only run or only are saved. What keepalived has `programmed` is
    its own affair.
    """
    boot = machine.boot.ipvs if machine.boot is not None else None
    if boot is None or machine.ipvs is None:
        return _SAME
    return _difference(machine, _services(machine.ipvs, programmed), _services(boot, programmed))


def _services(table: Table, programmed: frozenset[ServiceKey]) -> _Facts:
    found: _Facts = {}
    for service in table.services:
        if service.key not in programmed:
            found[service_title(service)] = service.origin
            found |= {f"{server.title} of {service_title(service)}": server.origin for server in service.destinations}
    return found


def addresses_difference(machine: Machine, owned: frozenset[str]) -> Difference:
    """IPv4 addresses that run on interfaces which the files configure, and are in none of them. Those that keepalived
    has `owned` are its own affair.
    """
    if machine.boot is None:
        return _SAME
    files = [address for address in machine.boot.facts.addresses if address.family == 4]
    devices, saved = {each.device for each in files if machine.persists(each.origin)}, {each.address for each in files}
    now = {
        f"{each.text} on {each.device}": each.origin
        for each in machine.facts.addresses
        if each.family == 4 and each.origin is not None and each.device in devices
        if each.address not in saved and each.address not in owned
    }
    return Difference(tuple(Lost(title, origin) for title, origin in now.items()), ())


def settings_difference(machine: Machine) -> tuple[Lost, ...]:
    """Kernel settings that have one value now, and another in the file that is read at boot. Forwarding has rules of
    its own.
    """
    if machine.boot is None:
        return ()
    kept = {setting.key: setting for setting in machine.boot.facts.sysctls if setting.persistent}
    now = {setting.key: setting for setting in machine.facts.sysctls if not setting.persistent}
    return tuple(
        Lost(f"{key} = {now[key].value}", saved.origin, saved.value)
        for key, saved in kept.items()
        if key in now and not _is_forwarding(key) and saved.value.split() != now[key].value.split()
    )


def _difference(machine: Machine, now: _Facts, boot: _Facts) -> Difference:
    """What only runs, and what only is saved; nothing where nothing is saved at all."""
    saved = {title: origin for title, origin in boot.items() if machine.persists(origin)}
    if not saved:
        return _SAME
    return Difference(
        tuple(Lost(title, origin) for title, origin in now.items() if title not in boot),
        tuple(Lost(title, origin) for title, origin in saved.items() if title not in now),
    )


def titles(lost: Sequence[Lost], most: int = 3) -> str:
    """`a`, `b` and 4 more."""
    shown = [f"`{each.title}`" for each in lost[:most]]
    if len(lost) > most:
        return f"{', '.join(shown)} and {len(lost) - most} more"
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
