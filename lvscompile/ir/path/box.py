"""One host with all that decides over packets there: its filters, its routing, its kernel settings."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from lvscompile.ir.core import Version
from lvscompile.ir.host import HostAddress, HostFacts, Sysctl
from lvscompile.ir.host_settings import Effective, conf_key, effective, forwards_ipv4, forwards_ipv6, plain
from lvscompile.ir.machine import Machine
from lvscompile.ir.netfilter import Ruleset
from lvscompile.ir.path.routing import Routing
from lvscompile.ir.site import Director


class Box:
    """A host. `routing` and `filter` are those of a family; `told` and `complete` are subjects as in Machine."""

    def __init__(self, name: str, machine: Machine | None = None, more: tuple[HostAddress, ...] = ()) -> None:
        """`more` are addresses beside those that the machine has, like the virtual ones of a master."""
        self.name = name
        self.machine = machine or Machine()
        self.told, self.complete = self.machine.told, self.machine.complete
        self.more = more
        self._routings: dict[int, Routing] = {}

    @property
    def facts(self) -> HostFacts:
        return self.machine.facts

    def routing(self, family: int) -> Routing:
        if family not in self._routings:
            self._routings[family] = Routing(
                self.facts, family, told=self.told, complete=self.complete, more=self.more
            )  # fmt: skip
        return self._routings[family]

    def filter(self, family: int) -> Ruleset | None:
        return self.machine.filter(family)

    @property
    def kernel(self) -> Version | None:
        """The version of the kernel that the host runs, None where nobody tells."""
        match = re.match(r"(\d+)\.(\d+)(?:\.(\d+))?", self.facts.kernel)
        return tuple(int(part or 0) for part in match.groups()) if match else None

    @property
    def sysctls(self) -> tuple[Sysctl, ...]:
        return self.facts.sysctls

    def setting(self, key: str, default: int = 0) -> Effective:
        """A setting that stands for itself."""
        return plain(self.sysctls, key, default)

    def of_interface(self, interface: str, name: str) -> Effective:
        """What counts on an interface."""
        return effective(self.sysctls, interface, name, kernel=self.kernel)

    def knows(self, name: str, interface: str = "") -> bool:
        """Whether the value of a setting of interfaces is known: it is written, or all settings are told."""
        if "sysctls" in self.complete:
            return True
        keys = {conf_key(each, name) for each in ("all", "default", interface) if each}
        return any(setting.key in keys for setting in self.sysctls)

    def forwards(self, family: int, incoming: str) -> Effective:
        """Whether packets that come in by an interface are forwarded."""
        if family == 6:
            return forwards_ipv6(self.sysctls)
        return forwards_ipv4(self.sysctls, incoming) if incoming else plain(self.sysctls, "net.ipv4.ip_forward")

    def primary(self, family: int) -> Callable[[str | None], str]:
        return self.routing(family).primary


def box_of(director: Director) -> Box:
    """A host of a site; where it runs VRRP, as it is while it holds all of its virtual addresses."""
    return Box(director.name, director.machine, tuple(virtual_addresses(director)))


def virtual_addresses(director: Director) -> Iterator[HostAddress]:
    """The addresses that keepalived puts on a master's interfaces."""
    for instance in director.vrrp:
        for each in (*instance.addresses, *instance.excluded):
            device = each.device or (instance.interface.value if instance.interface else "")
            prefix = each.prefix if each.prefix is not None else 32 if each.family == 4 else 128
            yield HostAddress(each.family, each.address, prefix, device, secondary=True, origin=each.origin)
