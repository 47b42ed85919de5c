"""`lvscompile show`."""

from __future__ import annotations

import json
import sys

import click

from lvscompile.app.load import load
from lvscompile.app.show import describe, draw
from lvscompile.cli.options import read_kinds, read_roles, read_version
from lvscompile.cli.render import one_line
from lvscompile.ir.core import Target, Version

BOX_CHARACTERS = "\u2500\u2502\u2514\u251c"


@click.command("show", short_help="Draw a set-up: addresses, services, servers, who takes over and when.")
@click.argument("inputs", nargs=-1, metavar="[[HOST=]PATH]...")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--target-keepalived", callback=read_version, metavar="X.Y.Z",
              help="The version that shall run this. Without it the newest known is meant.")  # fmt: skip
@click.option("--config-id", default="", metavar="ID", help="What `@id` lines match; default: the host's name.")
@click.option("--kind", "kinds", multiple=True, callback=read_kinds, metavar="PATH=KIND",
              help="Read PATH as KIND, whatever it looks like.")  # fmt: skip
@click.option("--role", "roles", multiple=True, callback=read_roles, metavar="HOST=ROLE",
              help="The host is a director, or a real-server.")  # fmt: skip
@click.option("--no-peers", is_flag=True, help="Do not look for hosts that back each other up.")
def command(
    inputs: tuple[str, ...],
    form: str,
    target_keepalived: Version | None,
    config_id: str,
    kinds: dict[str, str],
    roles: dict[str, str],
    no_peers: bool,
) -> int:
    """Draw a set-up as a person would: virtual addresses and who holds them, services, real servers, checks, and how
    long it takes until somebody takes over or a dead server is out. Every default is filled in.

    Each PATH is a keepalived.conf, or a directory that holds one host's files; `-` is standard input, and without
    any this host is read. Passwords are not shown.

    \b
    Examples:
      lvscompile show /etc/keepalived/keepalived.conf
      lvscompile show lvs1=a.conf lvs2=b.conf --format json
    """
    loaded = load(inputs, kinds=kinds, roles=roles, config_id=config_id, target=Target(target_keepalived))
    for note in loaded.notes:
        print(f"note: {one_line(note)}", file=sys.stderr)
    description = describe(loaded, compare=not no_peers)
    if form == "json":
        sys.stdout.write(json.dumps(description, indent=2) + "\n")
    else:
        for line in draw(description, box=_draws_boxes()):
            print(one_line(line))
    return 0


def _draws_boxes() -> bool:
    """Plain ASCII when not a terminal, or when the terminal's encoding has no box characters."""
    if not sys.stdout.isatty():
        return False
    try:
        BOX_CHARACTERS.encode(sys.stdout.encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True
