"""Whether words behind a program's name can be its arguments, or are a sentence that begins with the name.

These checks stand in where the tool's own front end does not say. They are only asked about notes: in a script, every
line is a command.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from lvscompile.frontends.shell.tools import INIT

Check = Callable[[Sequence[str]], bool]

# Words of sentences that are no arguments of anything here.
_SENTENCE = frozenset(
    {"the", "is", "are", "was", "were", "of", "and", "that", "you", "we", "will", "can", "which", "should", "with"}
    | {"this", "it", "has", "have", "be", "in", "as", "der", "die", "das", "ist", "und", "mit", "wird", "zum", "den"}
    | {"le", "la", "les", "est", "pour", "et", "el", "los", "para"}
)
_ASCII = re.compile(r"[!-~]*\Z")
_ENDS_SENTENCE = re.compile(r"[.,;:!?](?= |\Z)")
_IFACE = re.compile(r"(?:eth|lo|bond|br|tunl|tun|tap|en|wl|ppp|vlan|dummy|gre|ipip|em|p[0-9])[A-Za-z0-9.:@_-]*\Z|lo\Z")
_ADDRESS = re.compile(
    r"[0-9]{1,3}(?:\.[0-9]{1,3}){0,3}(?:/[0-9.]+)?\Z|[0-9a-fA-F:]*:[0-9a-fA-F:.]*(?:/[0-9]+)?\Z|default\Z"
)
_VERBS = frozenset(
    {"start", "stop", "restart", "reload", "status", "save", "force-reload", "condrestart", "try-restart", "panic"}
    | {"enable", "disable", "is-active", "is-enabled", "mask", "unmask", "daemon-reload", "show", "reload-or-restart"}
)
_SERVICE = re.compile(r"[A-Za-z0-9@][A-Za-z0-9_.@\-]*\Z")
_MODULE = re.compile(r"[a-z0-9]+(?:[_\-][a-z0-9]+)+\Z|dummy\Z|ipip\Z|bonding\Z|tun\Z")
_IPVSADM = re.compile(r"-[AEDaedCRSLlZhv][A-Za-z0-9.:\[\]]*\Z|--[a-z\-]+(?:=.*)?\Z")
_IPVSADM_NEEDS = re.compile(r"-[AEDaed]|--(?:add|edit|delete)")
_IPVSADM_SERVICE = re.compile(r"-[AEDaed]?[tuf]|--(?:tcp|udp|sctp|fwmark)-service")
_IPTABLES = re.compile(
    r"-[ADICRPNXFLSZEV]|--(?:append|delete|insert|replace|policy|new|flush|list|zero|rename|version)"
)
_IP_THINGS = (
    "address",
    "link",
    "route",
    "rule",
    "neighbour",
    "neighbor",
    "tunnel",
    "maddress",
    "addrlabel",
    "netns",
    "tuntap",
)
_IP_VERBS = (
    "add",
    "delete",
    "change",
    "replace",
    "show",
    "list",
    "lst",
    "set",
    "flush",
    "get",
    "append",
    "prepend",
    "save",
)
_PATHLIKE = re.compile(r"[~./A-Za-z0-9_*{},:=@+\-]*[/.][A-Za-z0-9_./*{},:=@+\-]*\Z")
_ARGUMENT = re.compile(r"-|.*[/.:=*0-9]|[a-z0-9_\-]+\Z")
_TELLING = re.compile(r"-|.*[/:=*0-9_]|.*[A-Za-z]\.[A-Za-z]")


def is_sentence(words: Sequence[str]) -> bool:
    """Whether the words hold something that no command line does, or no ASCII only."""
    if not _SENTENCE.isdisjoint([word.lower() for word in words]) or not _ASCII.match("".join(words)):
        return True
    line = " ".join(words)
    return any(line[match.start() - 1 : match.start()].isalpha() for match in _ENDS_SENTENCE.finditer(line))


def ipvsadm(words: Sequence[str]) -> bool:
    if not words:
        return True
    if not _IPVSADM.match(words[0]):
        return False
    if _IPVSADM_NEEDS.match(words[0]) and not any(_IPVSADM_SERVICE.match(word) for word in words):
        return False
    # A plain word is the value of the option before it; --set has three of them.
    free = 3 if words[0] == "--set" else 1
    plain = 0
    for word in words:
        plain = 0 if word.startswith("-") else plain + 1
        if plain > free:
            return False
    return True


def iptables(words: Sequence[str]) -> bool:
    if not words or not words[0].startswith(("-", "!")) or not any(_IPTABLES.match(word) for word in words):
        return False
    plain = 0
    for word in words:
        plain = 0 if word.startswith("-") else plain + (word != "!")
        if plain > 2:
            return False
    return True


def ip(words: Sequence[str]) -> bool:
    words = [word for word in words if not word.startswith("-")]
    if not words or not any(thing.startswith(words[0]) for thing in _IP_THINGS):
        return False
    if len(words) == 1:
        return True
    verb = words[1]
    if not any(full.startswith(verb) for full in _IP_VERBS) and verb not in ("del", "ls"):
        return False
    if verb[0] in "sl":
        return len(words) == 2 or len(words) % 2 == 0 or bool(_IFACE.match(words[-1]) or _ADDRESS.match(words[-1]))
    return len(words) > 2 or verb.startswith("f")


def sysctl(words: Sequence[str]) -> bool:
    return bool(words) and all(
        word[0] in "-=" or _PATHLIKE.match(word.partition("=")[0]) or word.isdigit() for word in words
    )


def ifconfig(words: Sequence[str]) -> bool:
    return not words or words[0] == "-a" or bool(_IFACE.match(words[0]))


def route(words: Sequence[str]) -> bool:
    if not words or words[0].startswith("-"):
        return bool(words)
    return words[0] in ("add", "del") and any(word in ("-net", "-host") or _ADDRESS.match(word) for word in words[1:])


def modules(words: Sequence[str]) -> bool:
    names = [word for word in words if not word.startswith("-") and "=" not in word]
    return bool(words) and all(_MODULE.match(name) for name in names)


def service(words: Sequence[str]) -> bool:
    return len(words) == 2 and bool(_SERVICE.match(words[0])) and words[1] in _VERBS


def systemctl(words: Sequence[str]) -> bool:
    words = [word for word in words if not word.startswith("-")]
    return bool(words) and words[0] in _VERBS and len(words) < 5 and all(_SERVICE.match(word) for word in words)


def init_script(words: Sequence[str]) -> bool:
    return len(words) == 1 and words[0] in _VERBS


def chkconfig(words: Sequence[str]) -> bool:
    return bool(words) and (words[0].startswith("-") or words[-1] in ("on", "off", "reset")) and len(words) < 6


def update_rc_d(words: Sequence[str]) -> bool:
    return any(word in ("defaults", "enable", "disable", "remove", "start", "stop") for word in words)


def options_only(words: Sequence[str]) -> bool:
    return bool(words) and words[0].startswith("-")


def nft(words: Sequence[str]) -> bool:
    return bool(words) and (
        words[0].startswith("-") or words[0] in ("add", "list", "flush", "delete", "insert", "create")
    )


def paths(words: Sequence[str]) -> bool:
    return all(word.startswith("-") or _PATHLIKE.match(word) for word in words)


def anything(words: Sequence[str]) -> bool:
    """For programs whose arguments nobody here knows: words that look like arguments, one of them surely."""
    if not words:
        return False
    return all(_ARGUMENT.match(word) for word in words) and any(_TELLING.match(word) for word in words)


def packages(words: Sequence[str]) -> bool:
    plain = [word for word in words if not word.startswith("-")]
    verbs = ("install", "update", "upgrade", "remove", "search", "info", "erase", "localinstall", "list")
    return bool(plain) and plain[0] in verbs and (len(plain) > 1 or plain[0] in ("update", "upgrade"))


def make(words: Sequence[str]) -> bool:
    return (
        not words or words[0].startswith("-") or list(words) in (["install"], ["clean"], ["all"], ["depend"], ["rpm"])
    )


def folder(words: Sequence[str]) -> bool:
    return len(words) == 1


def one_name(words: Sequence[str]) -> bool:
    return len(words) == 1 and bool(_SERVICE.match(words[0]))


CHECKS: Mapping[str, Check] = {
    "ipvsadm": ipvsadm,
    **dict.fromkeys(("iptables", "ip6tables", "arptables", "iptables-legacy", "iptables-nft"), iptables),
    **dict.fromkeys(("ip6tables-legacy", "ip6tables-nft"), iptables),
    "ip": ip,
    "sysctl": sysctl,
    "ifconfig": ifconfig,
    "route": route,
    **dict.fromkeys(("modprobe", "rmmod", "insmod"), modules),
    "service": service,
    "invoke-rc.d": service,
    "systemctl": systemctl,
    INIT: init_script,
    "chkconfig": chkconfig,
    "update-rc.d": update_rc_d,
    "keepalived": options_only,
    "nft": nft,
    "cat": paths,
    "tee": paths,
    **dict.fromkeys(("ifup", "ifdown"), ifconfig),
    **dict.fromkeys(("echo", "printf"), lambda words: True),  # what counts is where the output goes
    **dict.fromkeys(
        ("make", "su", "exit", "reboot", "clear", "history", "dmesg", "uptime", "w"), lambda words: not words
    ),
    "hostname": one_name,
    **dict.fromkeys(("yum", "dnf", "apt-get", "apt", "aptitude", "zypper"), packages),
    "make": make,
    "./configure": lambda words: not words or words[0].startswith("-"),
    "cd": folder,
}


def check_of(tool: str, plausible: Mapping[str, Check]) -> Check:
    """The check of a program: the caller's, ours, or that of programs nobody knows."""
    if tool.endswith(("-save", "-restore")) and tool not in plausible:
        return lambda words: not words or words[0].startswith("-")
    return plausible.get(tool) or CHECKS.get(tool) or anything
