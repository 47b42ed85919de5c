"""`lvscompile fmt`."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable, Iterator, Sequence

import click

from lvscompile.app.format import Formatted, format_files, refuse_foreign, secrets
from lvscompile.app.inputs import resolve
from lvscompile.app.write import replace
from lvscompile.cli.render import printable
from lvscompile.cli.unified import unified
from lvscompile.syntax.secrets import Masker
from lvscompile.syntax.source import InputError, Source, encode, read_source

WOULD_CHANGE, DEFECT = 1, 3


@click.command("fmt", short_help="Lay a keepalived.conf out in the one canonical way.")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--check", is_flag=True, help="Write nothing; list the files that would change, exit with 1 if any.")
@click.option("--diff", is_flag=True, help="Write nothing; show what would change, secrets masked.")
def command(paths: tuple[str, ...], check: bool, diff: bool) -> int:
    """Lay a keepalived.conf out in the one canonical way: four blanks a level, one statement a line. Comments,
    includes, conditions and definitions stay as they are. Each text is read again before it is written: it must say
    the same as before.

    Each PATH is a file, rewritten in place; a directory: its keepalived.conf and the files below it that are
    included; or `-`: standard input, written to standard output.

    \b
    Examples:
      lvscompile fmt /etc/keepalived/keepalived.conf
      lvscompile fmt --check --diff lvs1 lvs2
    """
    if not paths:
        raise click.UsageError("Say what to format: a keepalived.conf, a directory, or `-` for standard input.")
    # All is read before anything is written: where one file cannot be read, none is changed.
    files = list(_formatted(paths, masked=diff))
    dry = check or diff
    for each, mask in files:
        if diff:
            _print_diff(each, mask)
        elif check:
            _print_name(each)
        else:
            _put(each)
        _remark(each)
    _summarise([each for each, _ in files if dry or each.source.path], dry)
    if any(each.defect for each, _ in files):
        return DEFECT
    return WOULD_CHANGE if check and any(each.changed for each, _ in files) else 0


# -- reading --------------------------------------------------------------------------------------------


def _formatted(paths: Sequence[str], masked: bool) -> Iterator[tuple[Formatted, Masker]]:
    """The files that the PATH words name, each once."""
    seen: set[str] = set()
    for path in paths:
        source, root = _read(path)
        mask = Masker(secrets(source, root) if masked else ())
        for each in format_files(source, root, lambda included, root=root: _is_below(included, root)):  # type: ignore[misc]
            key = os.path.realpath(each.source.path) if each.source.path else "-"
            if key not in seen:
                seen.add(key)
                yield each, mask


def _read(path: str) -> tuple[Source, str]:
    """The main file that a PATH word names, and the directory if it names one."""
    if not os.path.isdir(path):
        source = read_source(path)
        refuse_foreign(source)
        return source, ""
    resolved = resolve((path,), {})
    for note in resolved.notes:
        print(f"note: {printable(note)}", file=sys.stderr)
    host = resolved.hosts[0]
    return host.source, host.root


def _is_below(path: str, root: str) -> bool:
    above = os.path.realpath(root)
    return bool(root) and os.path.commonpath((os.path.realpath(path), above)) == above


# -- writing --------------------------------------------------------------------------------------------


def _put(file: Formatted) -> None:
    if not file.source.path:
        if not file.defect:
            sys.stdout.flush()
            sys.stdout.buffer.write(encode(file.text))
    elif file.changed:
        try:
            _replace(file.source.path, encode(file.text))
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            hint = "it is replaced as a whole: you must be able to write the file and its directory, and to own it"
            raise InputError(file.source.name, f"cannot be rewritten: {reason}", hint) from None
        print(f"reformatted {printable(file.source.name)}", file=sys.stderr)


def _replace(path: str, data: bytes) -> None:
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise OSError("it is a pipe; give `-` instead")
    path = os.path.realpath(path)
    if not os.access(path, os.W_OK):
        raise PermissionError(13, "permission denied")
    replace(path, data)


# -- telling --------------------------------------------------------------------------------------------


def _print_name(file: Formatted) -> None:
    if file.changed:
        print(printable(file.source.name))


def _print_diff(file: Formatted, mask: Masker) -> None:
    if not file.changed:
        return
    sys.stdout.write(unified(file.source.name, file.source.text, file.text, "formatted", mask))


def _remark(file: Formatted) -> None:
    """Say what a user would be surprised by."""
    name = printable(file.source.name)
    if file.defect:
        print(
            f"lvscompile: {name}: left as it is, its new layout would not say the same. "
            "This is a defect of lvscompile, please report it with the file.",
            file=sys.stderr,
        )
        return
    if file.changed and "\r\n" in file.source.text:
        print(f"{name}: line ends: CRLF becomes LF", file=sys.stderr)
    if file.kept:
        print(
            f"{name}: left as they are: {_spelled(file.kept)}; keepalived does not read them as they look "
            "(`lvscompile lint` says why)",
            file=sys.stderr,
        )


def _spelled(ranges: Sequence[tuple[int, int]]) -> str:
    parts = [f"{first}-{last}" if last > first else f"{first}" for first, last in ranges]
    several = len(parts) > 1 or ranges[0][1] > ranges[0][0]
    return f"line{'s' if several else ''} {', '.join(parts)}"


def _summarise(files: Iterable[Formatted], dry: bool) -> None:
    changed = [file.changed for file in files]
    parts = []
    if any(changed):
        parts.append(f"{_count(sum(changed))} {'would be ' if dry else ''}reformatted")
    if not all(changed):
        parts.append(f"{_count(len(changed) - sum(changed))} left unchanged")
    if parts:
        print(", ".join(parts), file=sys.stderr)


def _count(files: int) -> str:
    return f"{files} file{'s' if files != 1 else ''}"
