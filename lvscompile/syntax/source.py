"""Files as text: reading them without surprises, and finding a line and column again.

Text is decoded as UTF-8 with *surrogateescape*, so that any byte of any encoding survives a round trip;
keepalived itself works on bytes and gives meaning to ASCII only.
"""

from __future__ import annotations

import os
import stat
import sys
from bisect import bisect_right

# keepalived.conf files of real sites stay under a few megabytes; this bounds what a mistake (a core dump, a
# disk image) can cost.
MAX_BYTES = 256 * 1024 * 1024


class InputError(Exception):
    """An input that cannot be read at all. `reason` is plain English, `hint` the way out (may be empty)."""

    def __init__(self, path: str, reason: str, hint: str = "") -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason
        self.hint = hint


class Source:
    """One text as it was given: a file, or standard input.

    `name` is what messages call it; `path` where it was read ("" when it did not come from a file);
    `folder` where its includes are looked for; `frames` how it was reached (the include statements, outermost first).
    """

    __slots__ = ("_lines", "folder", "frames", "name", "path", "text")

    def __init__(self, name: str, text: str, path: str = "", frames: tuple[object, ...] = ()) -> None:
        self.name = name
        self.text = text
        self.path = path
        self.folder = os.path.dirname(os.path.abspath(path)) if path else ""
        self.frames = frames
        self._lines: list[int] = []

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of a character offset, both counted from 1; the column counts characters."""
        if not self._lines:
            starts = [0]
            at = self.text.find("\n")
            while at >= 0:
                starts.append(at + 1)
                at = self.text.find("\n", at + 1)
            self._lines = starts
        line = bisect_right(self._lines, offset)
        return line, offset - self._lines[line - 1] + 1

    def line_around(self, offset: int) -> tuple[int, int]:
        """Start and end (without the newline) of the line that holds `offset`."""
        start = self.text.rfind("\n", 0, offset) + 1
        end = self.text.find("\n", offset)
        return start, len(self.text) if end < 0 else end

    def __repr__(self) -> str:
        return f"Source({self.name!r}, {len(self.text)} characters)"


def decode(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def read_source(path: str, name: str = "", frames: tuple[object, ...] = ()) -> Source:
    """Read a file, or standard input for `-`.

    Raises InputError for whatever is not a readable text of bounded size: a directory, a named pipe, a
    device, no permission, a binary file.
    """
    if path == "-":
        if sys.stdin is None:
            raise InputError("<stdin>", "standard input is closed")
        data = _bounded(sys.stdin.buffer.read(MAX_BYTES + 1), "<stdin>")
        return Source(name or "<stdin>", _text(data, "<stdin>"), "", frames)
    try:
        mode = os.stat(path).st_mode
        _refuse_unreadable_kind(path, mode)
        with open(path, "rb") as file:
            data = _bounded(file.read(MAX_BYTES + 1), path)
    except OSError as error:
        raise InputError(path, _explain(error), _hint(error)) from None
    except ValueError:  # a NUL inside the name
        raise InputError(path.replace("\0", "\\0"), "this cannot be the name of a file") from None
    return Source(name or path, _text(data, path), path, frames)


def _refuse_unreadable_kind(path: str, mode: int) -> None:
    if stat.S_ISDIR(mode):
        raise InputError(path, "is a directory", "a directory is read as one host: give it as an input")
    if stat.S_ISREG(mode):
        return
    # <(command) hands the process a pipe under /dev/fd: somebody is writing at its other end. Any other pipe
    # may have no writer, and opening it would wait for ever.
    if stat.S_ISFIFO(mode) and path.startswith(("/dev/fd/", "/proc/self/fd/")):
        return
    if stat.S_ISFIFO(mode):
        raise InputError(path, "is a named pipe", "pipe the text in and give `-` instead")
    raise InputError(path, "is not a regular file")


def _bounded(data: bytes, name: str) -> bytes:
    if len(data) > MAX_BYTES:
        raise InputError(name, f"is larger than {MAX_BYTES >> 20} MiB", "this is hardly a configuration file")
    return data


def _text(data: bytes, name: str) -> str:
    if looks_binary(data):
        raise InputError(name, "looks like a binary file, not like a configuration")
    return decode(data)


def looks_binary(data: bytes) -> bool:
    """True when the first 8 kB hold NULs and more than a tenth of control bytes.

    A configuration with a stray NUL is still read (keepalived cuts the line there, and a finding says so);
    bytes above 0x7f prove nothing, they are comments in some encoding.
    """
    head = data[:8192]
    if b"\0" not in head:
        return False
    controls = sum(byte < 32 and byte not in b"\t\n\v\f\r" for byte in head)
    return controls * 10 > len(head)


def _explain(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "no such file"
    if isinstance(error, PermissionError):
        return "permission denied"
    return (error.strerror or str(error)).lower()


def _hint(error: OSError) -> str:
    if isinstance(error, PermissionError):
        return "keepalived.conf is often readable by root alone: try sudo, or give a copy"
    return ""
