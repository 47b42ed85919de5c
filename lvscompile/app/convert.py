"""Compiling loaded hosts to another form, with what gets lost on the way."""

from __future__ import annotations

from typing import NamedTuple

from lvscompile.app.load import Loaded
from lvscompile.backends.keepalived import emit
from lvscompile.ir.core import Target
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


def to_keepalived(loaded: Loaded, target: Target) -> Conversion:
    """A normalised keepalived.conf for each host: what keepalived takes the input for, in canonical order."""
    outputs = []
    losses = []
    for host in loaded.hosts:
        name = host.director.name
        emitted = emit(host.director, target)
        outputs.append(Converted(name, "keepalived.conf", emitted.text))
        losses += [(name, loss) for loss in emitted.losses]
    return Conversion(tuple(outputs), judge_losses(losses, loaded.hosts, target))
