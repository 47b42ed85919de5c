"""What a text is, by its content: the front end that claims it."""

from __future__ import annotations

import os
import re

from lvscompile.syntax.keepalived.keywords import ROOT, table
from lvscompile.syntax.source import Source

LEFTOVERS = ("~", ".bak", ".orig", ".rpmsave", ".rpmnew", ".dpkg-old", ".dpkg-dist", ".swp")

# The first line that says anything, if it opens a block.
_FIRST_LINE = re.compile(r"\ufeff?(?:[ \t]*(?:[#!][^\n]*)?\n)*[ \t]*([a-z_]+)[^\n#!]*\{[ \t]*(?:[#!][^\n]*)?(?:\n|\Z)")
_ADDED = re.compile(r"^(?:-[AE]|--add-service)[ \t]+(?:-[tuf]|--(?:tcp|udp|sctp|fwmark)-service)[ =]", re.MULTILINE)
_STANZA = r"^(?:iface[ \t]+\S+[ \t]+inet6?[ \t]|(?:auto|allow-hotplug)[ \t]+\S+[ \t]*$)"
_PRINTED = r"^(?:default via \S+ dev|Kernel IP routing table|\S+[ \t]+Link encap:|\w+: flags=)"
_PROMPT = r"(?:\[[^\]\n]*\][#$%>]?[ \t]*|[\w.-]+@[\w.-]+[^\n#$]*[#$][ \t]*|[$#][ \t]+)?"
# A line that can only be a command: a program and words that no other language has behind it.
_COMMAND = re.compile(
    rf"^[ \t]*{_PROMPT}(?:sudo[ \t]+)?(?:/[\w/.-]*/)?(?:ipvsadm[ \t]+-|ip6?tables[ \t]+-|arptables[ \t]+-|sysctl[ \t]+-"
    r"|ip[ \t]+(?:-\w+[ \t]+)*(?:a|addr|address|link|r|ro|route|ru|rule)[ \t]+\w|route[ \t]+(?:add|del)[ \t]"
    r"|ifconfig[ \t]+[a-z]+[\w.:]*[ \t]|modprobe[ \t]+[a-z-]|echo[ \t][^\n]*>[ \t]*/proc/|cat[ \t]*>|ipvsadm-restore|"
    r"ip6?tables-(?:restore|save)|cat[ \t]+/etc/|service[ \t]+\w+[ \t]+\w|systemctl[ \t]+\w+[ \t]+\w)",
    re.MULTILINE,
)
_SHEBANG = re.compile(r"\ufeff?#![^\n]*sh\b")
# Lines that decide, of the languages that have such lines; the first that is found counts.
_TELLING = (
    ("iptables", re.compile(r"^\*(?:filter|nat|mangle|raw|security)[ \t]*\r?$", re.MULTILINE)),
    ("ipvsadm", _ADDED),
    ("ipvsadm", re.compile(r"^(?:IP Virtual Server version|Prot[ \t]+LocalAddress:Port)", re.MULTILINE)),
    ("interfaces", re.compile(_STANZA, re.MULTILINE)),
    ("options", re.compile(r"^[ \t]*(?:KEEPALIVED_OPTIONS|DAEMON_ARGS|KEEPALIVED_ARGS)=", re.MULTILINE)),
    ("network", re.compile(r"^[ \t]*NETWORKING=", re.MULTILINE)),
    ("ifcfg", re.compile(r"^[ \t]*(?:DEVICE|ONBOOT|BOOTPROTO|IPADDR0?)=", re.MULTILINE)),
    ("sysctl", re.compile(r"^[ \t]*-?(?:net|kernel|vm|fs)[./][\w.*/:-]+[ \t]*=[ \t]*\S", re.MULTILINE)),
    ("listing", re.compile(r"^(?:\d+:[ \t]+[\w.@-]+: <|\d+:\t(?:from|not) )", re.MULTILINE)),
    ("listing", re.compile(_PRINTED, re.MULTILINE)),
    ("listing", re.compile(r"^[\d.]+/\d+ dev \S+ +(?:proto|scope) ", re.MULTILINE)),
)  # fmt: skip
# Files that say what they are by their name, wherever they lie: where they lie on the host.
_NAMED = {
    "sysctl.conf": "/etc/sysctl.conf", "rc.local": "/etc/rc.local", "ipvsadm.rules": "/etc/ipvsadm.rules",
    "rules.v4": "/etc/iptables/rules.v4", "rules.v6": "/etc/iptables/rules.v6",
}  # fmt: skip
_FIRST_WORD = re.compile(r"(?m)^[ \t\ufeff]*(?:@\^?[^ \t\n]+[ \t]+)?([A-Za-z_$~]+)")
# Nothing but includes, definitions, conditions and generators: the main file of a site that keeps all else elsewhere.
_OF_ITS_OWN = re.compile(r"[ \t]*(?:include[rmwba]?[ \t]|\$[A-Za-z_][A-Za-z0-9_]*=|~(?:SEQx?|LST)\()").match


def recognise(source: Source) -> str:
    """The kind of a text, "" where no front end claims it."""
    text = source.text
    if text.lstrip()[:1] == "{" and _is_facts(source):
        return "facts"
    first = _FIRST_LINE.match(text)
    if first and first[1] in _known_words():
        return "keepalived"
    if _SHEBANG.match(text):
        return "script"
    if _COMMAND.search(text):
        return "script"  # its reader finds out whether it is a log
    found = next((kind for kind, pattern in _TELLING if pattern.search(text)), "")
    return found or ("keepalived" if looks_like_keepalived(source) else "")


def _is_facts(source: Source) -> bool:
    from lvscompile.frontends.facts import looks_like_facts  # brings json along

    return looks_like_facts(source)


def place_of(path: str) -> str:
    """Where a file that is given by itself lies on its host, as far as its name says so; "" for other names."""
    whole = os.path.abspath(path) if path else ""
    for start in ("/etc/", "/usr/local/"):
        if whole.startswith(start):
            return whole
    name = os.path.basename(path)
    if name.startswith("ifcfg-"):
        return f"/etc/sysconfig/network-scripts/{name}"
    return _NAMED.get(name, "")


def looks_like_keepalived(source: Source) -> bool:
    """Whether a text is a keepalived.conf, by its content: some line begins with a keyword of it.

    The name decides only for texts that say nothing, an empty keepalived.conf for one.
    """
    known = _known_words()
    if any(match[1] in known for match in _FIRST_WORD.finditer(source.text)):
        return True
    lines = [line for line in source.text.split("\n") if line.strip() and not line.lstrip().startswith(("#", "!"))]
    if lines and all(map(_OF_ITS_OWN, lines)):
        return True
    return os.path.basename(source.path).startswith("keepalived") and not source.text.strip("\0 \t\r\n")


def _known_words() -> frozenset[str]:
    inner = ("vrrp_instance", "virtual_server", "virtual_server/real_server", "global_defs")
    return frozenset(ROOT).union(*(table(block) for block in inner)) - {"instance", "weight", "debug", "state"}
