"""The IPVS table as ipvsadm takes it (`emit`) and as it prints it (`save`)."""

from lvscompile.backends.ipvsadm.emit import Emitted, emit
from lvscompile.backends.ipvsadm.save import save

__all__ = ["Emitted", "emit", "save"]
