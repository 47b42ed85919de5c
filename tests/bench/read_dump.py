"""Reads and replays one dump as the program does, and prints the seconds that took: without start-up.

python tests/bench/read_dump.py iptables|ipvsadm FILE
"""

from __future__ import annotations

import gc
import sys
import time

from lvscompile.frontends.ipvsadm.files import read_rules
from lvscompile.frontends.replay.netfilter import Netfilter
from lvscompile.syntax.iptables.scan import read, scan
from lvscompile.syntax.source import read_source


def iptables(path: str) -> int:
    events = Netfilter(4).restore(read(scan(read_source(path))))
    assert all(event.outcome is not None and event.outcome.ok for event in events)
    return len(events)


def ipvsadm(path: str) -> int:
    rules = read_rules(read_source(path), dump=False)
    assert all(event.outcome is not None and event.outcome.ok for event in rules.events)
    return len(rules.events)


def main() -> None:
    gc.disable()  # as the program does
    start = time.process_time()
    {"iptables": iptables, "ipvsadm": ipvsadm}[sys.argv[1]](sys.argv[2])
    print(time.process_time() - start)


if __name__ == "__main__":
    main()
