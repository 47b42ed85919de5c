"""2xx: strict mode and virtual MAC addresses."""

from __future__ import annotations
