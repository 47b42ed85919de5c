"""The command `arptables`, as it was used to keep a virtual address silent on a real server."""

from __future__ import annotations

from collections.abc import Sequence

from lvscompile.ir.core import Origin
from lvscompile.ir.host import ArpRule, HostCommand, Misuse

_ACTIONS = {
    "-A": "append", "--append": "append", "-I": "insert", "--insert": "insert", "-D": "delete", "--delete": "delete",
    "-F": "flush", "--flush": "flush", "-P": "policy", "--policy": "policy", "-R": "replace", "--replace": "replace",
    "-N": "new-chain", "--new-chain": "new-chain", "-X": "delete-chain", "--delete-chain": "delete-chain",
    "-L": "show", "--list": "show", "-Z": "zero", "--zero": "zero", "-E": "rename", "--rename-chain": "rename",
}  # fmt: skip
_ADDRESS = frozenset(("-d", "--dst-ip", "--destination-ip", "--dst"))


def parse(words: Sequence[str], origin: Origin) -> HostCommand | Misuse:
    """Read the words behind `arptables`."""
    action = chain = target = destination = mangled = ""
    rest: list[str] = []
    stated: dict[str, int] = {}
    index = 0
    while index < len(words):
        word = words[index]
        value = words[index + 1] if index + 1 < len(words) else ""
        if word in ("-t", "--table"):
            index += 1
        elif word in _ACTIONS and not action:
            action = _ACTIONS[word]
            stated["action"] = index
            if value and not value.startswith("-"):
                chain, index = value, index + 1
        elif word in ("-j", "--jump"):
            target, index = value, index + 1
            rest += [word, value]
            stated["target"] = index
        elif word in _ADDRESS:
            destination, index = value, index + 1
            rest += [word, value]
            stated["address"] = index
        elif word == "--mangle-ip-s":
            mangled, index = value, index + 1
            rest += [word, value]
        else:
            rest.append(word)
        index += 1
    if not action:
        return Misuse(
            "arptables",
            2,
            "arptables: no command specified\nTry `arptables -h' or 'arptables --help' for more information.",
        )
    if action == "show":
        return HostCommand("arptables", "show", "show")
    if not chain and action not in ("flush", "zero", "delete-chain"):
        return Misuse("arptables", 2, "arptables: a chain is missing", stated.get("action"))
    if action == "policy" and rest:
        target = rest[0]
    fact = ArpRule(action, chain.upper() if chain.upper() in ("IN", "OUT") else chain, tuple(rest), target,
                   destination, mangled, origin)  # fmt: skip
    return HostCommand("arptables", "arp", action, fact, stated)
