"""What became of the commands and lines of the inputs, in a sentence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lvscompile.ir.machine import Tally

_SHOWN = 8  # places that a sentence names


def sentences(tallies: Iterable[Tally]) -> Iterator[str]:
    """`42 of 45 commands understood; 3 kept as they are: notes.txt:7, notes.txt:9, rc.local:4`. Texts without commands
    are counted in lines, and told of only where something of them is kept.
    """
    tallies = list(tallies)
    scripts = [tally for tally in tallies if tally.commands]
    others = [tally for tally in tallies if not tally.commands and tally.kept_at]
    if scripts:
        total = sum(tally.commands for tally in scripts)
        left = sum(tally.commands_kept for tally in scripts)
        yield f"{total - left} of {total} commands understood{_kept(scripts)}"
    if others:
        total = sum(tally.lines for tally in others)
        left = sum(tally.kept for tally in others)
        yield f"{total - left} of {total} lines of other files understood{_kept(others)}"


def _kept(tallies: list[Tally]) -> str:
    places = [place for tally in tallies for place in _places(tally)]
    if not places:
        return ""
    some = ", ".join(places[:_SHOWN])
    what = "it is" if len(places) == 1 else "they are"
    return f"; {len(places)} kept as {what}: {some}{' …' if len(places) > _SHOWN else ''}"


def _places(tally: Tally) -> list[str]:
    return [f"{tally.name}:{line}" for line in sorted({origin.line for origin in tally.kept_at})]
