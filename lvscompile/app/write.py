"""Files written whole or not at all."""

from __future__ import annotations

import os
import stat

from lvscompile.syntax.source import InputError, encode


def write_whole(path: str, text: str) -> None:
    """Put `text` into the file at `path`, or leave what was there. Mode and owner of an existing file stay.

    Pipes and devices are written to as they are. Raises InputError where the folder does not allow it.
    """
    try:
        _write(os.path.realpath(path), encode(text))
    except OSError as error:
        raise InputError(path, f"cannot be written: {(error.strerror or str(error)).lower()}") from None


def _write(path: str, data: bytes) -> None:
    kept = os.stat(path) if os.path.exists(path) else None
    if kept is not None and not stat.S_ISREG(kept.st_mode):
        with open(path, "wb") as stream:
            stream.write(data)
        return
    folder, name = os.path.split(path)
    temporary = os.path.join(folder, f".{name[:200]}.{os.getpid()}.lvscompile")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600 if kept else 0o666)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            if kept is not None:
                os.fchown(descriptor, kept.st_uid, kept.st_gid)
                os.fchmod(descriptor, stat.S_IMODE(kept.st_mode))
            os.fsync(descriptor)
        os.replace(temporary, path)
    except BaseException:  # an interrupt too: nothing half-written stays behind
        os.unlink(temporary)
        raise
