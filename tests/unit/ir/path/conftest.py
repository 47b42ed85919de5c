"""Puts the module on the path that makes hosts of commands: it is shared with the tests that ask real kernels."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3] / "interop"))
