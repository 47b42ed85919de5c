"""Virtual services, their real servers and the checks, as the inputs state them."""

from __future__ import annotations

from lvscompile.ir.core import Origin, Setting, Stated
from lvscompile.ir.node import Node


class Check(Node):
    """One health check of a real server: `kind` is the keyword, e.g. HTTP_GET. `urls` are those of HTTP checks."""

    kind: str
    settings: tuple[Setting, ...]
    urls: tuple[tuple[Setting, ...], ...]
    origin: Origin


class Endpoint(Node):
    """Address and port of a real server or sorry server; `port` None where none is written."""

    address: str
    family: int
    port: int | None
    origin: Origin


class RealServer(Node):
    """One real_server. `weight` is None where neither the server nor a default states one."""

    address: str
    family: int
    port: int | None
    weight: Stated[int] | None
    checks: tuple[Check, ...]
    settings: tuple[Setting, ...]
    origin: Origin


class VirtualService(Node):
    """One virtual_server: `key` names it as keepalived does: (address, port), (fwmark N), (group NAME).

    `kind` is address, fwmark or group; `address` holds the address, the mark or the group's name.
    """

    kind: str
    address: str
    family: int  # 0 where the address does not tell
    port: int | None
    origin: Origin
    protocol: Stated[str] | None = None
    scheduler: Stated[str] | None = None
    method: Stated[str] | None = None
    persistence: Stated[int] | None = None  # seconds
    quorum: Stated[int] | None = None
    sorry_server: Endpoint | None = None
    real_servers: tuple[RealServer, ...] = ()
    settings: tuple[Setting, ...] = ()

    @property
    def title(self) -> str:
        if self.kind == "address":
            return f"{self.address} {self.port}" if self.port is not None else self.address
        return f"{self.kind} {self.address}"
