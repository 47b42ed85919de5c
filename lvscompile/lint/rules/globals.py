"""2xx: global_defs."""

from __future__ import annotations
