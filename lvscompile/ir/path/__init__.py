"""The way of packets through a host: the packet filter's chains, the routing, IPVS. Values in, values out."""

from lvscompile.ir.path.chains import Step, Walked, traverse
from lvscompile.ir.path.match import matches
from lvscompile.ir.path.packet import Packet, connect

__all__ = ["Packet", "Step", "Walked", "connect", "matches", "traverse"]
