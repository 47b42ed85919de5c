"""Commands that load kernel modules, and that start, stop or enable services."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence

from lvscompile.ir.core import Origin
from lvscompile.ir.host import ModuleLoad, ServiceStart

_WITH_VALUE = frozenset(("-C", "--config", "-d", "--dirname", "-S", "--set-version"))
_SHOWING = frozenset(("-l", "--list", "-c", "--showconfig", "-n", "--dry-run", "--show", "-D", "--show-depends", "-R"))
_FOLDERS = ("/etc/init.d", "/etc/rc.d/init.d")
_VERBS = """
start stop restart reload try-restart condrestart force-reload status enable disable mask unmask save reenable
reload-or-restart is-active is-enabled
"""
_ACTIONS = frozenset(_VERBS.split())


def modules(program: str, words: Sequence[str], origin: Origin) -> tuple[ModuleLoad, ...]:
    """What modprobe, insmod and rmmod load or unload."""
    remove, several = program == "rmmod", program == "rmmod"
    names: list[str] = []
    skip = False
    for word in words:
        if skip:
            skip = False
        elif word in _SHOWING:
            return ()
        elif word in _WITH_VALUE:
            skip = True
        elif word.startswith("--"):
            remove, several = remove or word == "--remove", several or word == "--all"
        elif word.startswith("-"):
            remove, several = remove or "r" in word, several or "a" in word
        else:
            names.append(word)
    if several or remove:
        return tuple(ModuleLoad(_name(name), (), remove, origin) for name in names)
    # Behind the module's name stand its options.
    return (ModuleLoad(_name(names[0]), tuple(names[1:]), False, origin),) if names else ()


def _name(word: str) -> str:
    """A module by its path or name; to the kernel `-` and `_` are one."""
    base = posixpath.basename(word)
    for ending in (".xz", ".gz", ".zst", ".ko"):
        base = base.removesuffix(ending)
    return base.replace("-", "_")


def services(program: str, words: Sequence[str], origin: Origin) -> tuple[ServiceStart, ...]:
    """What `service NAME ACTION`, `systemctl ACTION NAME …`, `/etc/init.d/NAME ACTION`, `chkconfig NAME on`,
    `update-rc.d NAME ACTION`, `rc-service NAME ACTION` ask for. Of other programs, and other words, nothing.
    """
    folder, name = posixpath.split(program)
    plain = [word for word in words if not word.startswith("-")]
    if folder in _FOLDERS:
        return (ServiceStart(name, plain[0], origin),) if plain else ()
    if name in ("service", "rc-service", "invoke-rc.d", "update-rc.d"):
        return (ServiceStart(plain[0], plain[1], origin),) if len(plain) > 1 else ()
    if name == "chkconfig":
        named = [word for word in plain if not word.isdigit()]
        action = {"on": "enable", "off": "disable"}.get(named[1], "") if len(named) > 1 else ""
        return (ServiceStart(named[0], action, origin),) if action else ()
    if name == "systemctl" and plain and plain[0] in _ACTIONS:
        found = [ServiceStart(_unit(unit), plain[0], origin) for unit in plain[1:]]
        if "--now" in words and plain[0] in ("enable", "disable"):
            now = "start" if plain[0] == "enable" else "stop"
            found += [ServiceStart(_unit(unit), now, origin) for unit in plain[1:]]
        return tuple(found)
    return ()


def _unit(word: str) -> str:
    return word.removesuffix(".service")
