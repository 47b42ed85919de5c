"""Ports by name and names by port, the same on every machine."""

from __future__ import annotations

from collections.abc import Mapping

from lvscompile.grammars.port_names import SCTP, TCP, UDP

NAMES: Mapping[str, Mapping[int, tuple[str, ...]]] = {"TCP": TCP, "UDP": UDP, "SCTP": SCTP}
_PORTS = {
    protocol: {name: port for port, names in table.items() for name in names} for protocol, table in NAMES.items()
}


def port_named(name: str, protocol: str) -> int | None:
    """The port of a name; None where it is none of the common ones. Capitals count."""
    return _PORTS.get(protocol, {}).get(name)


def name_of_port(port: int, protocol: str) -> str | None:
    """The name that listings print for a port."""
    names = NAMES.get(protocol, {}).get(port)
    return names[0] if names else None
