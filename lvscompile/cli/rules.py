"""`lvscompile rules`."""

from __future__ import annotations

import json
import sys

import click

from lvscompile.lint.registry import all_rules


@click.command("rules", short_help="List all rules.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(form: str) -> int:
    """List all rules: code, severity, name and what each finds.

    \b
    Examples:
      lvscompile rules
      lvscompile rules --format json
    """
    rules = all_rules().values()
    if form == "json":
        rows = [
            {"code": r.code, "name": r.name, "severity": r.severity, "effect": r.effect, "summary": r.summary}
            for r in rules
        ]
        sys.stdout.write(json.dumps({"version": 1, "rules": rows}, indent=2) + "\n")
        return 0
    width = max(len(rule.name) for rule in rules)
    for rule in rules:
        sys.stdout.write(f"{rule.code}  {rule.severity:<7}  {rule.name:<{width}}  {rule.summary}\n")
    return 0
