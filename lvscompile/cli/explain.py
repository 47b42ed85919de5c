"""`lvscompile explain`."""

from __future__ import annotations

import sys

import click

from lvscompile.lint.pages import page
from lvscompile.lint.registry import all_rules


@click.command("explain", short_help="Explain a rule.")
@click.argument("code")
def command(code: str) -> int:
    """Explain a rule: what it finds, what happens on the wire, how to mend it. Works offline.

    \b
    Examples:
      lvscompile explain LVS301
      lvscompile explain both-peers-master
    """
    rules = all_rules()
    names = {rule.name: known for known, rule in rules.items()}
    wanted = names.get(code, code.upper())
    text = page(wanted) if wanted in rules else None
    if text is None:
        import difflib

        near = difflib.get_close_matches(code.upper(), rules, n=1) or difflib.get_close_matches(code, names, n=1)
        hint = f" Did you mean {near[0]}?" if near else " `lvscompile rules` lists them."
        raise click.UsageError(f"There is no rule {code!r}.{hint}")
    sys.stdout.write(text)
    return 0
