"""Files written whole or not at all."""

from __future__ import annotations

import os

from lvscompile.syntax.source import InputError, encode


def write_whole(path: str, text: str) -> None:
    """Put `text` into the file at `path`, or leave what was there. Mode and owner of an existing file stay.

    Raises InputError where the folder does not allow it.
    """
    path = os.path.realpath(path)
    temporary = f"{path}.lvscompile-{os.getpid()}"
    try:
        kept = os.stat(path) if os.path.exists(path) else None
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if kept else 0o666)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(encode(text))
                file.flush()
                os.fsync(file.fileno())
            if kept is not None:
                os.chmod(temporary, kept.st_mode & 0o7777)
                os.chown(temporary, kept.st_uid, kept.st_gid)
            os.replace(temporary, path)
        except OSError:
            os.unlink(temporary)
            raise
    except OSError as error:
        raise InputError(path, f"cannot be written: {(error.strerror or str(error)).lower()}") from None
