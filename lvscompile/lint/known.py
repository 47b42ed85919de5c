"""What the user tells the linter beyond the inputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Known(NamedTuple):
    """What the user says of the network, beyond the inputs.

    `subnets` are the networks that the directors are attached to, e.g. 192.0.2.0/24. `segments` names the network that
    an interface of a host is on, by (host, interface): interfaces on one network may have different names. `clusters`
    says which hosts are compared with each other; without any all are.
    """

    subnets: tuple[str, ...] = ()
    segments: Mapping[tuple[str, str], str] = {}
    clusters: tuple[tuple[str, ...], ...] = ()

    def together(self, a: str, b: str) -> bool:
        """Whether two hosts, by name, may be peers."""
        return not self.clusters or any(a in cluster and b in cluster for cluster in self.clusters)


NOTHING_KNOWN = Known()
