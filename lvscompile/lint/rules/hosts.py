"""3xx: what two hosts of one cluster share beyond an instance: groups, services, addresses."""

from __future__ import annotations
