"""Files written whole or not at all."""

from __future__ import annotations

import errno
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
    if os.path.exists(path) and not stat.S_ISREG(os.stat(path).st_mode):
        with open(path, "wb") as stream:
            stream.write(data)
        return
    replace(path, data)


def replace(path: str, data: bytes) -> None:
    """Give a file its content, whole or not at all; owner, mode and labels of an existing one stay.

    Raises OSError. What is new may hold passwords: it belongs to its owner alone, until somebody says otherwise.
    """
    kept = os.stat(path) if os.path.exists(path) else None
    folder, name = os.path.split(path)
    temporary = os.path.join(folder, f".{name[:200]}.{os.getpid()}.lvscompile")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            if kept is not None:
                if (kept.st_uid, kept.st_gid) != (os.geteuid(), os.getegid()):
                    os.fchown(descriptor, kept.st_uid, kept.st_gid)
                os.fchmod(descriptor, stat.S_IMODE(kept.st_mode))
                _copy_labels(path, temporary)
            os.fsync(descriptor)
        os.replace(temporary, path)
    except BaseException:  # an interrupt too: nothing half-written stays behind
        os.unlink(temporary)
        raise
    _sync_folder(folder)


def _copy_labels(path: str, temporary: str) -> None:
    """Access lists and security labels, as far as the file system has them."""
    try:
        for name in os.listxattr(path):
            os.setxattr(temporary, name, os.getxattr(path, name))
    except OSError as error:
        if error.errno not in (errno.ENOTSUP, errno.EPERM):
            raise


def _sync_folder(folder: str) -> None:
    handle = os.open(folder or ".", os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
