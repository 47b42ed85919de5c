"""ipvsadm: command lines, dumps and listings to the model of the table."""

from lvscompile.frontends.ipvsadm.commands import parse

__all__ = ["parse"]
