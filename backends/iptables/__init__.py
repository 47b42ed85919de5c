"""Rulesets as iptables-save prints them: what iptables-restore takes, and what comes out of it again."""

from __future__ import annotations

from lvscompile.backends.iptables.save import save, save_table

__all__ = ["save", "save_table"]
