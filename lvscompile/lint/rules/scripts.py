"""2xx: scripts that keepalived runs, and how their command lines are read."""

from __future__ import annotations
