"""Notes tell how a thing is done, and then how it is undone: which commands only do the latter."""

from __future__ import annotations

from collections.abc import Sequence

from lvscompile.frontends.shell.tools import INIT
from lvscompile.ir.node import replace
from lvscompile.ir.shell import Command, Embedded, Kept

Key = tuple[object, ...]

_IPVSADM_VALUES = {
    "-t": "t",
    "--tcp-service": "t",
    "-u": "u",
    "--udp-service": "u",
    "-f": "f",
    "--fwmark-service": "f",
    "-r": "r",
    "--real-server": "r",
}
_IPVSADM_VERBS = {
    "-A": ("do", "service"),
    "--add-service": ("do", "service"),
    "-a": ("do", "server"),
    "--add-server": ("do", "server"),
    "-D": ("undo", "service"),
    "--delete-service": ("undo", "service"),
    "-d": ("undo", "server"),
    "--delete-server": ("undo", "server"),
    "-C": ("clear", ""),
    "--clear": ("clear", ""),
}
_CHAIN_VERBS = {"-A": "do", "--append": "do", "-I": "do", "--insert": "do", "-D": "undo", "--delete": "undo"}
_CHAIN_CLEARS = frozenset({"-F", "--flush"})
_PAIRED = {
    **dict.fromkeys(("add", "a", "append", "replace"), "do"),
    **dict.fromkeys(("del", "delete", "d"), "undo"),
}
_STARTED = {
    "start": "do",
    "restart": "do",
    "enable": "do",
    "on": "do",
    "stop": "undo",
    "disable": "undo",
    "off": "undo",
}


def mark_undo(items: Sequence[Command | Kept | Embedded]) -> list[Command | Kept | Embedded]:
    """The items, in which the commands that notes give to revert earlier ones have the role undo.

    Such a command stands behind a line of prose (or behind another such command), something before it did what it
    reverts, and nothing behind it does the same again.
    """
    acts: list[tuple[str, list[Key]] | None] = []
    host = ""
    for item in items:
        host = item.host or host  # what stands between prompts belongs to the host of the last one
        acts.append(_act(item, host) if isinstance(item, Command) and item.role == "run" else None)
    last_done: dict[Key, int] = {}
    for number, act in enumerate(acts):
        if act and act[0] == "do":
            for key in act[1]:
                last_done[key] = number
    done: set[Key] = set()
    found: list[Command | Kept | Embedded] = []
    previous = False
    for number, (item, act) in enumerate(zip(items, acts, strict=True)):
        undoes = False
        if act and isinstance(item, Command) and (item.behind_prose or previous):
            reverted = [key for key in act[1] if key in done]
            undoes = act[0] != "do" and bool(reverted) and all(last_done[key] < number for key in reverted)
        if act and act[0] == "do":
            done.update(act[1])
        elif act and not undoes:
            done.difference_update(act[1])
        previous = undoes
        found.append(replace(item, role="undo") if undoes and isinstance(item, Command) else item)
    return found


def _act(command: Command, host: str) -> tuple[str, list[Key]] | None:
    """do or undo, and what: keys that both share."""
    words = [word or "" for word in command.argv[1:]]
    tool = command.tool
    if tool == "ipvsadm":
        return _ipvsadm(host, words)
    if tool.startswith(("iptables", "ip6tables", "arptables")) and not tool.endswith(("-save", "-restore")):
        return _chain(host, tool, words)
    if tool in ("ip", "route"):
        return _paired(host, tool, words)
    if tool in ("modprobe", "rmmod"):
        names: list[Key] = [(host, "module", word) for word in words if word and word[0] != "-"]
        return "undo" if tool == "rmmod" or "-r" in words else "do", names[:1]
    if tool in ("service", "systemctl", INIT, "chkconfig"):
        said = [word for word in (command.argv[0] or "", *words) if word not in _STARTED and word[:1] != "-"]
        verb = next((_STARTED[word] for word in words if word in _STARTED), "")
        name = said[-1].rpartition("/")[2].removesuffix(".service")
        kind = "boot" if tool == "chkconfig" or {"enable", "disable"} & set(words) else "service"
        return (verb, [(host, kind, name)]) if verb else None
    if tool == "ifconfig" and words:
        return "undo" if words[-1] == "down" else "do", [(host, "ifconfig", words[0])]
    return None


def _ipvsadm(host: str, words: Sequence[str]) -> tuple[str, list[Key]] | None:
    if not words:
        return None
    first = words[0]
    verb, thing = _IPVSADM_VERBS.get(first if first.startswith("--") else first[:2], ("", ""))
    if verb == "clear":
        return "undo", [(host, "ipvs")]
    if not verb:
        return None
    said: dict[str, str] = {}
    rest = ([f"-{first[2:]}"] if not first.startswith("--") and len(first) > 2 else []) + list(words[1:])
    for at, word in enumerate(rest):
        name, equals, value = word.partition("=") if word.startswith("--") else (word[:2], word[2:3], word[2:])
        if name in _IPVSADM_VALUES:
            said[_IPVSADM_VALUES[name]] = value.lstrip("=") if equals else rest[at + 1] if at + 1 < len(rest) else ""
    service = next((f"{kind} {said[kind]}" for kind in "tuf" if kind in said), "")
    key: Key = (host, thing, service, said.get("r", "") if thing == "server" else "")
    if verb == "do":
        return verb, [key, (host, "ipvs"), *([(host, "service", service, "")] if thing == "service" else [])]
    return verb, [key]


def _chain(host: str, tool: str, words: Sequence[str]) -> tuple[str, list[Key]] | None:
    table = next((words[at + 1] for at in range(len(words) - 1) if words[at] in ("-t", "--table")), "filter")
    for at, word in enumerate(words):
        verb = _CHAIN_VERBS.get(word)
        if verb and at + 1 < len(words):
            rest = list(words[:at]) + list(words[at + 1 :])
            # The position of an insertion, and the table, are said elsewhere.
            if word in ("-I", "--insert") and at + 2 < len(words) and words[at + 2].isdigit():
                del rest[at + 1]
            spec = tuple(w for w in rest if w not in ("-t", "--table", table))
            keys: list[Key] = [(host, tool, table, spec)]
            return verb, keys + ([(host, tool, "flush")] if verb == "do" else [])
        if word in _CHAIN_CLEARS:
            return "undo", [(host, tool, "flush")]
    return None


def _paired(host: str, tool: str, words: Sequence[str]) -> tuple[str, list[Key]] | None:
    for at, word in enumerate(words[:4]):
        verb = _PAIRED.get(word)
        if verb:
            thing = words[at - 1][:1] + words[at - 1][1:2].replace("o", "") if at and words[at - 1][0] != "-" else ""
            return verb, _paired_keys(host, tool, thing, words[at + 1 :])
    return None


def _paired_keys(host: str, tool: str, thing: str, rest: Sequence[str]) -> list[Key]:
    """The whole of what was said, and what suffices to delete it."""
    keys: list[Key] = [(host, tool, thing, tuple(rest))]
    said = {rest[at]: rest[at + 1] for at in range(len(rest) - 1)}
    if tool == "ip" and rest:
        if thing == "ru":
            keys += [(host, "rule", said[word]) for word in ("prio", "pref", "priority", "order") if word in said]
        elif thing.startswith("a"):
            keys.append((host, "address", rest[0], said.get("dev", "")))
        elif thing == "r":
            target = rest[1] if rest[0] in ("local", "unicast", "blackhole") and len(rest) > 1 else rest[0]
            keys.append((host, "route", target, said.get("table", "main")))
    return keys
