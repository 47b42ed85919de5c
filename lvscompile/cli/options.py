"""Options and arguments that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from lvscompile.frontends.machine.pieces import KINDS
from lvscompile.ir.core import Version, parse_version
from lvscompile.ir.site import ROLES


def read_version(ctx: click.Context, param: click.Parameter, value: str | None) -> Version | None:
    if value is None:
        return None
    try:
        return parse_version(value)
    except ValueError as error:
        raise click.BadParameter(f"{error}.") from None


def read_kinds(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    kinds = {}
    for value in values:
        path, equals, kind = value.rpartition("=")
        if not equals or kind not in KINDS:
            raise click.BadParameter(f"{value!r} is not PATH=KIND; the kinds are: {', '.join(KINDS)}.")
        kinds[path] = kind
    return kinds


def read_roles(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    roles = {}
    for value in values:
        host, equals, role = value.rpartition("=")
        if not equals or not host or role not in ROLES:
            raise click.BadParameter(f"{value!r} is not HOST=ROLE; the roles are: {', '.join(ROLES)}.")
        roles[host] = role
    return roles


def reading_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say how inputs are read, and for which version of keepalived."""
    for option in (
        click.option("--kind", "kinds", multiple=True, callback=read_kinds, metavar="PATH=KIND",
                     help=f"Read PATH as KIND, whatever it looks like: {', '.join(KINDS)}."),
        click.option("--role", "roles", multiple=True, callback=read_roles, metavar="HOST=ROLE",
                     help="The host is a director, or a real-server."),
        click.option("--config-id", default="", metavar="ID", help="What `@id` lines match; default: the host's name."),
        click.option("--target-keepalived", callback=read_version, metavar="X.Y.Z",
                     help="The version that shall run this. Without it every known version counts."),
    ):  # fmt: skip
        command = option(command)
    return command
