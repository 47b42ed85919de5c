"""The names of kernel settings: with dots, with slashes, as paths below /proc/sys."""

from __future__ import annotations

import posixpath
import re

ROOT = "/proc/sys/"
_SWAP = str.maketrans("./", "/.")
_KEY = re.compile(r"[A-Za-z0-9_][^\s=\0]*")


def canonical(name: str) -> str:
    """The key as sysctl prints it; "" for what cannot be one (a path below /proc/sys
    is none).

    The separator that comes first decides: after a slash, dots belong to names; after a dot, slashes do.
    """
    name = name.strip()
    if not _KEY.fullmatch(name):
        return ""
    first = next((character for character in name if character in "./"), "")
    return name.translate(_SWAP) if first == "/" else name


def from_path(path: str) -> str:
    """The key of a file below /proc/sys; "" for another path."""
    if not path.startswith("/"):
        return ""
    # A leading double slash would survive normpath.
    path = posixpath.normpath("/" + path.lstrip("/"))
    if not path.startswith(ROOT):
        return ""
    return path.removeprefix(ROOT).translate(_SWAP)


def path(key: str) -> str:
    """The file of a canonical key."""
    return ROOT + key.translate(_SWAP)


def is_pattern(key: str) -> bool:
    return any(character in key for character in "*?[")
