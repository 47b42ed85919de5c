"""How reading a command line ends early."""

from __future__ import annotations


class Fail(Exception):
    """iptables stops here with this message. `unresolved` is the host or service that another machine may know."""

    def __init__(self, message: str, status: int = 2, unresolved: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.unresolved = unresolved
