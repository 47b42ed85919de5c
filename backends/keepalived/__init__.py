"""The model to a normalised keepalived.conf."""

from lvscompile.backends.keepalived.emit import Emitted, emit

__all__ = ["Emitted", "emit"]
