"""2xx: settings of one instance that contradict each other or do nothing."""

from __future__ import annotations
