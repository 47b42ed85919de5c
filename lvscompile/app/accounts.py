"""What became of the lines of the inputs, in a sentence for each text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lvscompile.ir.machine import Tally

_SHOWN = 12  # lines that a sentence names


def sentences(tallies: Iterable[Tally]) -> Iterator[str]:
    """`notes.txt: 42 of 45 commands understood; 3 kept as they are: lines 7, 9, 31`. A text without commands is told of
    only where something of it is kept.
    """
    for tally in tallies:
        lines = _numbers(tally)
        if tally.commands:
            known = tally.commands - tally.commands_kept
            kept = f"; {_kept(len(lines))}: {_named(lines)}" if lines else ""
            yield f"{tally.name}: {known} of {tally.commands} commands understood{kept}"
        elif lines:
            yield f"{tally.name}: {_kept(len(lines))} of {tally.lines} lines: {_named(lines)}"


def _kept(count: int) -> str:
    return f"{count} kept as {'it is' if count == 1 else 'they are'}"


def _numbers(tally: Tally) -> list[int]:
    return sorted({origin.line for origin in tally.kept_at})


def _named(lines: list[int]) -> str:
    some = ", ".join(map(str, lines[:_SHOWN]))
    return f"line{'s' if len(lines) > 1 else ''} {some}{' …' if len(lines) > _SHOWN else ''}"
