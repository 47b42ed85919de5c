"""Virtual services, their real servers and the checks, as the inputs state them."""

from __future__ import annotations

from lvscompile.ir.core import Block, Origin, Setting, Stated
from lvscompile.ir.node import Node


class Check(Block):
    """One health check of a real server: `kind` is the keyword, e.g. HTTP_GET. `urls` are those of HTTP checks."""

    kind: str = ""
    urls: tuple[tuple[Setting, ...], ...] = ()


class Endpoint(Node):
    """Address and port of a sorry server; `port` None where none is written."""

    address: str
    family: int
    port: int | None
    origin: Origin


class RealServer(Block):
    """One real_server. `weight` is None where the server states none; `port` where it takes the service's."""

    address: str = ""
    family: int = 0
    port: int | None = None
    weight: Stated[int] | None = None
    checks: tuple[Check, ...] = ()


class VirtualService(Block):
    """One virtual_server. `kind` is address, fwmark or group; `address` holds the address, the mark or the name of the
    group; `family` is 0 where the address does not tell.
    """

    kind: str = ""
    address: str = ""
    family: int = 0
    port: int | None = None
    protocol: Stated[str] | None = None
    scheduler: Stated[str] | None = None
    method: Stated[str] | None = None
    persistence: Stated[int] | None = None  # seconds
    quorum: Stated[int] | None = None
    sorry_server: Endpoint | None = None
    real_servers: tuple[RealServer, ...] = ()

    @property
    def title(self) -> str:
        if self.kind == "address":
            return f"{self.address} {self.port}" if self.port is not None else self.address
        return f"{self.kind} {self.address}"
