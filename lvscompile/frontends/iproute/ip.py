"""The command `ip`: its global options, its objects, and what it does with each."""

from __future__ import annotations

from collections.abc import Sequence

from lvscompile.frontends.iproute import address, link, route, rule
from lvscompile.frontends.iproute.words import GARBAGE, INVALID, Fail, first_of, short_for
from lvscompile.ir.core import Origin
from lvscompile.ir.host import HostCommand, Misuse

# In iproute2's order: the first that a word can stand for counts.
OBJECTS = (
    "address", "addrlabel", "maddress", "route", "rule", "neighbor", "neighbour", "ntable", "ntbl", "link", "l2tp",
    "fou", "ila", "macsec", "tunnel", "tunl", "tuntap", "tap", "token", "tcpmetrics", "monitor", "xfrm", "mroute",
    "mrule", "netns", "netconf", "vrf", "sr", "nexthop", "mptcp", "ioam", "stats", "help",
)  # fmt: skip
_FAMILY = {"inet": 4, "inet6": 6}
_WITH_VALUE = ("-rcvbuf", "-loops", "-netns", "-n", "-batch", "-b")
_PLAIN = ("-human-readable", "-iec", "-statistics", "-details", "-resolve", "-oneline", "-timestamp", "-tshort",
          "-brief", "-json", "-pretty", "-color", "-force", "-all", "-Numeric", "-echo", "-Version", "-help", "-0",
          "-B", "-M", "-6", "-4", "-o", "-h")  # fmt: skip


def parse(words: Sequence[str], origin: Origin) -> HostCommand | Misuse:
    """Read the words behind `ip`."""
    try:
        return _read(list(words), origin)
    except Fail as fail:
        return Misuse("ip", fail.status, fail.message, fail.word, fail.unresolved)


def _read(words: list[str], origin: Origin) -> HostCommand:
    at, family = 0, 0
    while at < len(words) and words[at].startswith("-"):
        word = words[at]
        if word == "--":
            at += 1
            break
        # Two dashes do as well as one.
        option = word[1:] if word.startswith("--") else word
        if option == "-4":
            family = 4
        elif option == "-6":
            family = 6
        elif option in ("-f", "-family") or (len(option) > 2 and short_for(option, "-family")):
            at += 1
            if at >= len(words):
                raise Fail(GARBAGE, 'Command line is not complete. Try option "help"', at - 1)
            if words[at] not in ("inet", "inet6", "link", "bridge", "mpls", "dnet", "ipx"):
                raise Fail(GARBAGE, f'Error: argument "{words[at]}" is wrong: invalid protocol family\n', at)
            family = _FAMILY.get(words[at], 0)
        elif option in _WITH_VALUE:
            at += 1
            if at < len(words) and option in ("-b", "-batch", "-n", "-netns"):
                return HostCommand("ip", "other", option[1:], None, {}, {"value": words[at]})
        elif not (option.startswith("-color") or first_of(option, _PLAIN)):
            raise Fail(GARBAGE, f'Option "{word}" is unknown, try "ip -help".', at)
        at += 1
    if at >= len(words):
        return HostCommand("ip", "show", "show")
    name = first_of(words[at], OBJECTS)
    if not name:
        raise Fail(INVALID, f'Object "{words[at]}" is unknown, try "ip help".', at)
    at += 1
    if name == "address":
        return address.read(words, at, family, origin)
    if name == "link":
        return link.read(words, at, origin)
    if name == "route":
        return route.read(words, at, family, origin)
    if name == "rule":
        return rule.read(words, at, family, origin)
    return HostCommand("ip", "other", name, None, {}, {"words": " ".join(words[at:])})
