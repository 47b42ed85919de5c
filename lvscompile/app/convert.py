"""Compiling loaded hosts to another form, with what gets lost on the way."""

from __future__ import annotations

from typing import NamedTuple

from lvscompile.app.keep import kept
from lvscompile.app.load import Loaded
from lvscompile.backends.keepalived import emit
from lvscompile.ir.core import Loss, Target
from lvscompile.lint.engine import Report, judge_losses


class Converted(NamedTuple):
    """One host's output: its name, the name of the file, the text."""

    host: str
    file: str
    text: str


class Conversion(NamedTuple):
    """All outputs, and the losses as findings."""

    outputs: tuple[Converted, ...]
    losses: Report


def to_keepalived(loaded: Loaded, target: Target, keep: bool = False) -> Conversion:
    """A normalised keepalived.conf for each host: what keepalived takes the input for, in canonical order.

    With `keep`, the main file of each host as it is, its words brought up to date where they stand.
    """
    outputs = []
    losses: list[tuple[str, Loss]] = []
    for host, source, root in zip(loaded.hosts, loaded.mains, loaded.roots, strict=True):
        name = host.director.name
        text, lost = kept(host.director, source, target, root) if keep else emit(host.director, target)
        outputs.append(Converted(name, "keepalived.conf", text))
        losses += [(name, loss) for loss in lost]
    return Conversion(tuple(outputs), judge_losses(losses, loaded.hosts, target))
