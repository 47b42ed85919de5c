"""2xx: virtual and static addresses."""

from __future__ import annotations
