"""2xx: what an instance tracks, and what comes of it."""

from __future__ import annotations
