"""2xx: routes and rules."""

from __future__ import annotations
