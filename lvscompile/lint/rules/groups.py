"""2xx: sync groups."""

from __future__ import annotations
