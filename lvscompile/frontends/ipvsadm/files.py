"""Files of ipvsadm: saved rules and listings, read as what the kernel holds once they are loaded."""

from __future__ import annotations

from lvscompile.frontends.ipvsadm.listing import Listing, read_listing
from lvscompile.frontends.replay.ipvs import Replay
from lvscompile.ir.core import Opaque
from lvscompile.ir.ipvs import Event, Outcome, Table
from lvscompile.ir.node import Node
from lvscompile.syntax.ipvsadm.scan import LISTING, scan
from lvscompile.syntax.source import Source
from lvscompile.syntax.statements import Stmt


class Rules(Node):
    """A file of rules, replayed. `outcome` is that of the whole restore; `listing` stands where the file holds what
    `ipvsadm -L` printed instead. Each line is one of `lines`; those of `kept` mean nothing to ipvsadm.
    """

    lines: tuple[Stmt, ...]
    table: Table
    events: tuple[Event, ...] = ()
    outcome: Outcome | None = None
    listing: Listing | None = None
    kept: tuple[Opaque, ...] = ()


def read_rules(source: Source, *, comments: bool = True, dump: bool = True, replay: Replay | None = None) -> Rules:
    """Read a dump, /etc/sysconfig/ipvsadm, input of `ipvsadm -R`, or a listing.

    `comments`: the file goes through ipvsadm-restore, or the init script, which leave out lines that begin with `#`;
    `ipvsadm -R` itself stops at them. `dump` as for `parse`. Without a `replay`, the table is empty before.
    """
    lines = tuple(scan(source))
    types = {stmt.type for stmt in lines}
    if "COMMAND" not in types and types & LISTING:
        listing = read_listing(source)
        return Rules(lines, listing.table, listing=listing, kept=listing.kept)
    replay = replay or Replay()
    seen = len(replay.events)
    stream = [stmt for stmt in lines if not (comments and stmt.type == "COMMENT" and stmt.text[0] == "#")]
    outcome = replay.restore(stream, dump=dump)
    kept = tuple(Opaque("ipvsadm", stmt.text, stmt) for stmt in stream if stmt.type not in ("COMMAND", "BLANK"))
    return Rules(lines, replay.table(), tuple(replay.events[seen:]), outcome, None, kept)
