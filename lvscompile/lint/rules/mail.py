"""2xx: who hears of a change: mail and FIFOs."""

from __future__ import annotations
