"""Kernel settings: sysctl's files and commands, and writing into /proc/sys, to the model of the host."""

from lvscompile.frontends.sysctl.commands import parse, written
from lvscompile.frontends.sysctl.files import Line, boot_order, listing, read

__all__ = ["Line", "boot_order", "listing", "parse", "read", "written"]
