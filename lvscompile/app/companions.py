"""What keepalived cannot hold of a host, as files beside its keepalived.conf, and how to put it all in place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lvscompile.app.compose import Composed, place
from lvscompile.app.load import Loaded
from lvscompile.app.readme import readme
from lvscompile.app.servers import needs
from lvscompile.app.vips import was_run
from lvscompile.backends.iptables.save import save
from lvscompile.ir.host import ModuleLoad, Sysctl
from lvscompile.ir.machine import Machine

SYSCTL, MODULES, README = "99-lvscompile.conf", "lvscompile-modules.conf", "README.md"
RULES = {4: "rules.v4", 6: "rules.v6"}


def beside_director(composed: Composed, loaded: Loaded) -> Mapping[str, str]:
    """File name -> text, for the folder of a host that balances."""
    machine = composed.director.machine
    assert machine is not None
    files: dict[str, str] = {}
    for ruleset in machine.filters:
        if any(True for _ in ruleset.rules()):
            files[RULES[ruleset.family]] = save(ruleset)
    files |= {name: text for name, text in ((SYSCTL, settings(machine)), (MODULES, modules(machine))) if text}
    servers = needs(composed.director, loaded)
    files |= servers.files
    return {**files, README: readme(composed, machine, files, servers.notes)}


def settings(machine: Machine) -> str:
    """The kernel settings as a file for /etc/sysctl.d: each key as it was written last, in that order."""
    last: dict[str, Sysctl] = {}
    for setting in machine.facts.sysctls:
        last.pop(setting.key, None)
        last[setting.key] = setting
    return "".join(
        f"# {place(machine, setting.origin)}\n{'-' if setting.forgiving else ''}{setting.key} = {setting.value}\n"
        for setting in last.values()
    )


def modules(machine: Machine) -> str:
    """The modules that commands load, as a file for /etc/modules-load.d."""
    return "".join(f"{module.name}\n" for module in _loaded(machine))


def _loaded(machine: Machine) -> Iterator[ModuleLoad]:
    found: dict[str, ModuleLoad] = {}
    for module in machine.facts.modules:
        found.pop(module.name, None)
        if not module.remove and was_run(machine, module.origin):
            found[module.name] = module
    yield from found.values()
