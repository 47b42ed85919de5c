"""The pages of the rules: what `lvscompile explain` shows, and the examples that the tests run."""

from __future__ import annotations

from pathlib import Path

HERE = Path(__file__).parent


def page(code: str) -> str | None:
    """The page of a rule as Markdown; None when there is none."""
    path = HERE / f"{code}.md"
    return path.read_text(encoding="utf-8") if path.exists() else None
