"""Puts the helper modules on the path: those of the judge are shared with the other tests."""

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "interop")]
