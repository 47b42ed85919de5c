"""8xx: security."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator

from lvscompile.ir.commands import PUBLIC, Command, commands
from lvscompile.ir.core import Setting
from lvscompile.ir.site import Director
from lvscompile.lint.engine import Context, Emit, Host, Owned
from lvscompile.lint.registry import rule
from lvscompile.syntax.findings import is_expanded, script_span

# Passwords of documents and tutorials, as far as VRRP carries them: 8 characters.
KNOWN_PASSWORDS = frozenset({
    "0000", "1111", "1234", "12345", "123456", "1234567", "12345678", "1066", "d0cker", "k@l!ve1", "password", "passwd",
    "passw0rd", "pass", "changeme", "changeit", "keepaliv", "admin", "root", "qwerty", "abc123", "mypass", "test",
})  # fmt: skip
SECRET_BYTES = 8
INTERPRETERS = frozenset({"sh", "bash", "dash", "python", "python2", "python3", "perl"})
# Where the configuration of the machine that lvscompile runs on is; whatever lies elsewhere may be a copy, in which
# modes say nothing.
LIVE = "/etc/"
SCRIPT_SECURITY = (1, 3)  # the release that brought it


@rule("LVS801", "script-security-off", "info", Host)
def script_security_off(host: Host, ctx: Context, emit: Emit) -> None:
    """Commands that keepalived runs without looking at who may change them."""
    used = commands(host.director)
    if not used or host.includes_missing or ctx.newest() < SCRIPT_SECURITY:
        return
    if host.director.global_setting("enable_script_security") is not None:
        return
    number = "a command" if len(used) == 1 else f"{len(used)} commands"
    emit(
        script_span(used[0].setting.origin, 1, 1),
        f"keepalived runs {number} here without enable_script_security: it does not look who may write to the file or to the "
        "directories above it, and may run it as root",
        help="add enable_script_security and `script_user USER` to global_defs",
    )


@rule("LVS802", "default-secret", "info", Owned)
def default_secret(owned: Owned, ctx: Context, emit: Emit) -> None:
    """A password that stands in every tutorial."""
    stated = owned.instance.auth_pass
    if owned.instance.peers:
        return  # among unicast peers nobody else takes part
    if stated is None or owned.instance.auth_type is None or not is_known_password(stated.value):
        return
    emit(
        (stated.origin, stated.word),
        "this password is in many a tutorial: whoever follows one on this network, with the same VRID, joins the election",
        help="use one of your own, of up to 8 characters, on all directors of this instance",
    )


def is_known_password(text: str) -> bool:
    """Whether what VRRP carries of it is a password of tutorials."""
    return text[:SECRET_BYTES].lower() in KNOWN_PASSWORDS


@rule("LVS803", "readable-secret", "warning", Host)
def readable_secret(host: Host, ctx: Context, emit: Emit) -> None:
    """A secret in a file of this machine's configuration that every user can read."""
    told: set[str] = set()
    for setting in _secrets(host.director):
        path = setting.origin.source.path
        if path in told or is_expanded(setting.origin):
            continue
        told.add(path)
        if is_live(path) and is_public(path):
            emit(
                (setting.origin, 0),
                f"every user of this machine can read the secret of `{setting.keyword.name}` in this file",
                help=f"chmod o-rwx {path}",
            )


def _secrets(director: Director) -> Iterator[Setting]:
    for instance in director.vrrp:
        for block in instance.blocks:
            yield from (setting for setting in block.settings if _is_secret(setting))


def _is_secret(setting: Setting) -> bool:
    return setting.path in ("vrrp_instance/authentication/auth_pass", "vrrp_instance/auth_hmac/key")


def is_live(path: str) -> bool:
    """Whether the file is at its place on this machine, no copy of another one's. Standard input has no path."""
    return bool(path) and os.path.abspath(path).startswith(LIVE)


def is_public(path: str) -> bool:
    """Whether any user can read the file: its mode says so, and those of the directories above it."""
    path = os.path.realpath(path)
    try:
        mode = os.stat(path).st_mode
        while path != "/":
            path = os.path.dirname(path)
            if not os.stat(path).st_mode & stat.S_IXOTH:
                return False
    except OSError:
        return False
    return bool(mode & stat.S_IROTH)


@rule("LVS804", "script-in-writable-directory", "warning", Host)
def script_in_public_directory(host: Host, ctx: Context, emit: Emit) -> None:
    """A command in a directory where everybody may put files."""
    told: set[str] = set()
    for command in commands(host.director):
        path = _program(command)
        if not path.startswith(PUBLIC) or path in told:
            continue
        told.add(path)
        emit(
            script_span(command.setting.origin, 1, 1),
            f"everybody may put files into {path[: path.rindex('/')]}, and they go when the machine starts or cleans up: another "
            "user's file of this name is run then, or none",
            help="move it to /usr/local/libexec or /etc/keepalived, owned by root",
        )


def _program(command: Command) -> str:
    """What a command runs: its first argument where an interpreter stands before it."""
    arguments = [argument.strip("\"'") for argument in command.arguments()]
    first = arguments[0]
    if first.rpartition("/")[2] in INTERPRETERS:
        return next((argument for argument in arguments[1:] if not argument.startswith("-")), "")
    return first


@rule("LVS805", "script-user-missing", "info", Host, effect="latent")
def script_user_missing(host: Host, ctx: Context, emit: Emit) -> None:
    """enable_script_security without script_user: commands need the user keepalived_script."""
    enabled = host.director.global_setting("enable_script_security")
    if (
        enabled is None
        or host.includes_missing
        or any(s.path == "global_defs/script_user" for s in host.director.globals)
    ):
        return
    without = [command for command in commands(host.director) if not command.user]
    if without:
        emit(
            (enabled.origin, 0),
            "no script_user is set: commands run as the user keepalived_script, and where that user does not exist keepalived "
            "drops them, so that nothing is checked or notified",
            related=[(script_span(without[0].setting.origin, 1, 1), "the first of them")],
            help="add `script_user USER`, or create keepalived_script",
        )
