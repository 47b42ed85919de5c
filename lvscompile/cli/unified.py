"""What would change in a file, line by line, with its secrets masked."""

from __future__ import annotations

from collections.abc import Sequence

from lvscompile.cli.render import printable
from lvscompile.syntax.secrets import Masker


def unified(name: str, before: str, after: str, label: str, mask: Masker) -> str:
    """A unified diff; `label` says what the new text is. It is for reading: a mask is nothing to apply."""
    from difflib import unified_diff

    shown = printable(name)
    # Not splitlines(): a form feed ends no line.
    lines = unified_diff(_ended(before.split("\n")), _ended(after.split("\n")), shown, f"{shown} ({label})")
    return "".join(printable(mask.line(line).replace("\r\n", "\\r\n")) for line in lines)


def _ended(lines: Sequence[str]) -> list[str]:
    """The lines with their ends, as diff shows them."""
    last = [f"{lines[-1]}\n\\ No newline at end of file\n"] if lines[-1] else []
    return [line + "\n" for line in lines[:-1]] + last
