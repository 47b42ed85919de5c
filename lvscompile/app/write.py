"""Files written whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Mapping

from lvscompile.syntax.source import InputError, encode


def write_whole(path: str, text: str) -> None:
    """Put `text` into the file at `path`, or leave what was there. Mode and owner of an existing file stay.

    Pipes and devices are written to as they are. Raises InputError where the folder does not allow it. What is new may
    hold passwords: it belongs to its owner alone, until somebody says otherwise.
    """
    write_all({path: text}, 0o600)


def write_all(texts: Mapping[str, str], mode: int) -> None:
    """The same for several files, path -> text: when one cannot be written, all stay as they were."""
    streams = {path: text for path, text in texts.items() if _is_stream(path)}
    staged: list[tuple[str, str]] = []
    now = ""
    try:
        for now, text in texts.items():
            if now not in streams:
                real = os.path.realpath(now)
                staged.append((_stage(real, encode(text), mode), real))
        for now, text in streams.items():
            with open(now, "wb") as stream:
                stream.write(encode(text))
        while staged:
            temporary, now = staged[0]
            os.replace(temporary, now)
            staged.pop(0)
            _sync_folder(os.path.dirname(now))
    except OSError as error:
        raise InputError(now, f"cannot be written: {(error.strerror or str(error)).lower()}") from None
    finally:  # an interrupt too: nothing half-written stays behind
        for temporary, _ in staged:
            os.unlink(temporary)


def _is_stream(path: str) -> bool:
    """A pipe or a device, perhaps by a name that leads nowhere else: /dev/fd/63."""
    return os.path.exists(path) and not stat.S_ISREG(os.stat(path).st_mode)


def replace(path: str, data: bytes) -> None:
    """Give a file its content, whole or not at all; owner, mode and labels of an existing one stay.

    Raises OSError. A new one belongs to its owner alone.
    """
    temporary = _stage(path, data, 0o600)
    try:
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
    _sync_folder(os.path.dirname(path))


def _stage(path: str, data: bytes, mode: int) -> str:
    """The content in a file of its own beside the place that it is for; its name."""
    kept = os.stat(path) if os.path.exists(path) else None
    folder, name = os.path.split(path)
    temporary = os.path.join(folder, f".{name[:200]}.{os.getpid()}.lvscompile")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
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
    except BaseException:  # an interrupt too: nothing half-written stays behind
        os.unlink(temporary)
        raise
    return temporary


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
