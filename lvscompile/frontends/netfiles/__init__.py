"""The files that say how a host's network is set up at boot, and with which options keepalived starts."""

from lvscompile.frontends.netfiles.interfaces import interfaces
from lvscompile.frontends.netfiles.reading import Nested, Reading
from lvscompile.frontends.netfiles.sysconfig import ifcfg, keepalived_options, network, route_file, rule_file

__all__ = ["Nested", "Reading", "ifcfg", "interfaces", "keepalived_options", "network", "route_file", "rule_file"]
