"""The pages of the rules: what `lvscompile explain` shows, and the examples that the tests run."""

from __future__ import annotations

import os


def page(code: str) -> str | None:
    """The page of a rule as Markdown; None when there is none."""
    path = os.path.join(os.path.dirname(__file__), f"{code}.md")
    if not os.path.exists(path):
        return None
    with open(path, encoding="utf-8") as file:
        return file.read()
