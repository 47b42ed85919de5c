"""What the real servers of a service say and how they are checked, in one pass: there may be tens of thousands.

Rules ask about one service after the other, so the last answer is kept.
"""

from __future__ import annotations

from functools import lru_cache

from lvscompile.ir.core import Block, Item, Setting
from lvscompile.ir.node import Node
from lvscompile.ir.services import Check, RealServer, VirtualService
from lvscompile.ir.site import Director

Checked = tuple[RealServer, Check]


class Pool(Node):
    """`bare` are the servers without any check. `checks` are the checks of each kind; `server_settings` and
    `check_settings` hold what the servers, or their checks, say with a keyword. Only blocks that keepalived takes.
    """

    bare: tuple[RealServer, ...]
    checks: dict[str, list[Checked]]
    server_settings: dict[str, list[tuple[RealServer, Setting]]]
    check_settings: dict[str, list[tuple[RealServer, Check, Setting]]]


@lru_cache(maxsize=1)
def pool(service: VirtualService) -> Pool:
    bare: list[RealServer] = []
    checks: dict[str, list[Checked]] = {}
    said: dict[str, list[tuple[RealServer, Setting]]] = {}
    checks_said: dict[str, list[tuple[RealServer, Check, Setting]]] = {}
    for server in service.real_servers:
        if not server.valid:
            continue
        for setting in server.settings:
            if setting.valid:
                said.setdefault(setting.keyword.name, []).append((server, setting))
        if not server.blocks:
            bare.append(server)
        for check in server.checks:
            if check.valid:
                checks.setdefault(check.kind, []).append((server, check))
                for setting in check.settings:
                    if setting.valid:
                        checks_said.setdefault(setting.keyword.name, []).append((server, check, setting))
    return Pool(tuple(bare), checks, said, checks_said)


def says(block: Block, *keywords: str) -> bool:
    """Whether a block has a statement of one of the keywords, be it valid or not."""
    return any(setting.keyword.name in keywords for setting in block.settings)


def stands_before(a: Setting | Block, b: Setting | Block) -> bool:
    """Whether keepalived has read `a` when it comes to `b`; what stands in another file was included before it."""
    return a.origin.source is not b.origin.source or a.origin.start < b.origin.start


def group_items(director: Director, name: str) -> list[Item] | None:
    """What a virtual_server_group holds; None where there is none of that name."""
    groups = [
        block
        for block in director.blocks
        if block.keyword.name == "virtual_server_group" and block.words[1:2] == (name,)
    ]
    return [item for block in groups for item in block.items] if groups else None


def only_marks(director: Director, service: VirtualService) -> bool:
    """Whether the kernel knows the service by firewall marks alone: ports and protocols are then not looked at."""
    if service.kind != "group":
        return service.kind == "fwmark"
    items = [item for item in group_items(director, service.address) or () if item.valid]
    return bool(items) and all(item.words[0] == "fwmark" for item in items)
