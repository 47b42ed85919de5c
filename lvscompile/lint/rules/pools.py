"""4xx: the real servers of a service."""

from __future__ import annotations
