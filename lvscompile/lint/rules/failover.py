"""3xx: what the static failover simulator says of a pair."""

from __future__ import annotations
