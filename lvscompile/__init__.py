"""lvscompile reads Linux Virtual Server set-ups into one typed model, says what is wrong, and compiles them.

`lvscompile.load()` is the public way in; everything else may still move.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lvscompile.app.load import load

__version__ = "0.1.0"
__all__ = ["__version__", "load"]


def __getattr__(name: str) -> Any:
    # Importing the package must stay free: the reader behind load() imports Lark.
    if name == "load":
        from lvscompile.app.load import load

        return load
    raise AttributeError(f"module 'lvscompile' has no attribute {name!r}")
