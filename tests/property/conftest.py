"""One profile for CI: the same examples in every run, no database, no clock. HYPOTHESIS_PROFILE=thorough looks further."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from hypothesis import HealthCheck, settings

# The folder holds no package (pytest imports by path), its helper modules are found by name.
sys.path.insert(0, str(Path(__file__).parent))

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
settings.register_profile(
    "ci", derandomize=True, database=None, deadline=None, max_examples=400, suppress_health_check=SLOW
)
settings.register_profile("thorough", deadline=None, max_examples=5000, suppress_health_check=SLOW)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))
