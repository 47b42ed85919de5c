"""ip, ifconfig, route, arptables: command lines and listings to the model of the host.

Words come split, as a shell hands them over, without the program's name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from lvscompile.frontends.iproute import arptables, ifconfig, ip, old_route
from lvscompile.ir.core import Origin
from lvscompile.ir.host import HostCommand, Misuse

PROGRAMS: Mapping[str, Callable[[Sequence[str], Origin], HostCommand | Misuse]] = {
    "ip": ip.parse,
    "ifconfig": ifconfig.parse,
    "route": old_route.parse,
    "arptables": arptables.parse,
}


def parse(program: str, words: Sequence[str], origin: Origin) -> HostCommand | Misuse:
    """Read the command line of one of PROGRAMS."""
    return PROGRAMS[program](words, origin)
