"""2xx: gratuitous ARP and the timers of an instance."""

from __future__ import annotations
