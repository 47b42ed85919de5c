"""8xx: secrets and privileges."""

from __future__ import annotations
