"""`lvscompile trace`."""

from __future__ import annotations

import json
import sys

import click

from lvscompile.app.load import load
from lvscompile.app.trace import Unanswerable, describe, draw, question, trace
from lvscompile.cli.options import reading_options
from lvscompile.cli.render import one_line
from lvscompile.ir.core import Target, Version
from lvscompile.ir.path.packet import STATES

SERVED, NOT_SERVED, CANNOT_RUN = 0, 1, 2


@click.command("trace", short_help="Follow a client's packet and its answer through a set-up.")
@click.argument("client", metavar="CLIENT")
@click.argument("target", metavar="VIP:PORT")
@click.argument("inputs", nargs=-1, metavar="[[HOST=]PATH]...")
@click.option("--proto", "protocol", type=click.Choice(["tcp", "udp", "sctp", "icmp"]), default="tcp",
              show_default=True)  # fmt: skip
@click.option("--in-interface", default="", metavar="IF",
              help="The interface of the director that it comes in by. Default: where the client is.")  # fmt: skip
@click.option("--state", type=click.Choice(STATES), default="NEW", show_default=True,
              help="What conntrack takes the packet for.")  # fmt: skip
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@reading_options
def command(
    client: str,
    target: str,
    inputs: tuple[str, ...],
    protocol: str,
    in_interface: str,
    state: str,
    form: str,
    target_keepalived: Version | None,
    config_id: str,
    kinds: dict[str, str],
    roles: dict[str, str],
) -> int:
    """Follow the first packet that CLIENT sends to VIP:PORT through the directors: packet filter, routing, IPVS, the
    real servers where their files are given, and the way of the answer. Each rule, route or setting that decides is
    named, and what the end hangs on that no input tells.

    The exit status is 0 where every director serves the client, with every real server; 1 where one does not.

    \b
    Examples:
      lvscompile trace 198.51.100.7 192.0.2.10:80 lvs1=lvs1/ web1=web1/
      lvscompile trace 198.51.100.7 192.0.2.10:53 --proto udp lvs1/ --format json
    """
    try:
        asked = question(client, target, protocol, in_interface, state)
    except Unanswerable as error:
        raise click.UsageError(f"{error}.") from None
    loaded = load(inputs, kinds=kinds, roles=roles, config_id=config_id, target=Target(target_keepalived))
    for note in loaded.notes:
        print(f"note: {one_line(note)}", file=sys.stderr)
    traced = trace(loaded, asked)
    if not traced:
        print("lvscompile: none of these hosts is a director (--role HOST=director says that one is)", file=sys.stderr)
        return CANNOT_RUN
    if form == "json":
        sys.stdout.write(json.dumps(describe(traced, loaded.secrets), indent=2) + "\n")
    else:
        for line in draw(traced, loaded.secrets):
            print(one_line(line))
    return SERVED if all(each.served for each in traced) else NOT_SERVED
