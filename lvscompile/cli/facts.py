"""`lvscompile facts`."""

from __future__ import annotations

import sys

import click

from lvscompile.app.facts import collect, show


@click.command("facts", short_help="Print what this host's kernel and tools say, as an input for the other commands.")
@click.option("--schema", is_flag=True, help="Print the JSON Schema of the output instead.")
def command(schema: bool) -> int:
    """Print this host's kernel settings, links, addresses, routes, policy rules, packet filters, IPVS table and
    keepalived version as JSON. It only reads. What it could not find out (a tool that is not there, no root) stands
    under `missing`. Passwords are masked.

    The output is an input like any other: give it to lint beside the host's configuration.

    \b
    Examples:
      lvscompile facts > lvs1-facts.json
      ssh lvs2 sudo lvscompile facts > lvs2-facts.json
    """
    if schema:
        from importlib.resources import files

        sys.stdout.write((files("lvscompile.cli") / "facts.schema.json").read_text(encoding="utf-8"))
        return 0
    sys.stdout.write(show(collect()))
    return 0
