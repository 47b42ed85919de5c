"""4xx: health checks."""

from __future__ import annotations
