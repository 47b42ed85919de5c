"""`ip link`."""

from __future__ import annotations

from lvscompile.frontends.iproute.words import GARBAGE, Fail, Reader, short_for, whole
from lvscompile.ir.core import Origin
from lvscompile.ir.host import HostCommand, Link

_ACTIONS = (
    ("add", "add"), ("set", "set"), ("change", "set"), ("replace", "add"), ("delete", "delete"), ("show", "show"),
    ("list", "show"), ("lst", "show"), ("xstats", "show"), ("afstats", "show"), ("property", "show"), ("help", "show"),
)  # fmt: skip
# Options of `set` with one value each that change nothing we follow.
_WITH_VALUE = frozenset(
    [
        "alias",
        "group",
        "netns",
        "xdp",
        "xdpgeneric",
        "xdpdrv",
        "xdpoffload",
        "vf",
        "index",
        "numtxqueues",
        "numrxqueues",
        "gso_max_size",
        "gso_max_segs",
        "protodown",
        "protodown_reason",
        "carrier",
        "link-netnsid",
        "parentdev",
        "addrgenmode",
        "xdp",
        "link",
    ]
)
_SWITCHES = ("multicast", "allmulticast", "promisc", "trailers")
_NO_DEVICE = 'Not enough information: "dev" argument is required.'


def read(words: list[str], at: int, origin: Origin) -> HostCommand:
    """Read the words behind `ip link`."""
    if at >= len(words):
        return HostCommand("ip", "link", "show")
    word = words[at]
    # `s` is set: it is asked first.
    action = next((does for full, does in _ACTIONS if short_for(word, full)), "")
    if not action:
        raise Fail(GARBAGE, f'Command "{word}" is unknown, try "ip link help".', at)
    reader = Reader(words, at + 1)
    if action == "show":
        return HostCommand("ip", "link", "show")
    if action == "set":
        return _set(reader, origin)
    if action == "delete":
        return _delete(reader, origin)
    return _add(reader, origin)


def _set(reader: Reader, origin: Origin) -> HostCommand:
    stated: dict[str, int] = {}
    extra: dict[str, str] = {}
    name = mac = master = ""
    up: bool | None = None
    arp: bool | None = None
    mtu: int | None = None
    while reader.left:
        word = reader.word
        if word in ("up", "down"):
            up = word == "up"
            stated["up"] = reader.at
        elif word == "arp":
            arp = _switch(reader, "arp")
            stated["arp"] = reader.at
        elif word in _SWITCHES:
            extra[word] = "on" if _switch(reader, word) else "off"
        elif word == "mtu":
            text = reader.value()
            mtu = whole(text)
            if mtu is None:
                raise Fail(GARBAGE, f'Error: argument "{text}" is wrong: Invalid "mtu" value\n', reader.at)
            stated["mtu"] = reader.at
        elif word == "name":
            extra["name"] = reader.value()
            stated["name"] = reader.at
        elif short_for(word, "address"):
            mac = reader.value()
            stated["mac"] = reader.at
        elif short_for(word, "master") or word == "vrf":
            master = reader.value()
            stated["master"] = reader.at
        elif word == "nomaster":
            extra["nomaster"] = "yes"
        elif word == "type" or short_for(word, "type"):
            reader.value()
            extra["type"] = " ".join(reader.words[reader.at :])
            reader.at = len(reader.words)
        elif (
            word in _WITH_VALUE
            or word in ("qlen", "brd", "dynamic", "mode", "state")
            or short_for(word, "txqueuelen")
            or (len(word) > 2 and short_for(word, "dynamic"))
            or short_for(word, "broadcast")
        ):
            extra[word] = reader.value()
        else:
            if word == "dev":
                word = reader.value()
            if "device" in stated:
                raise Fail(GARBAGE, f'Error: either "dev" is duplicate, or "{word}" is a garbage.', reader.at)
            name = word
            stated["device"] = reader.at
        reader.at += 1
    if not name:
        raise Fail(GARBAGE, _NO_DEVICE)
    fact = Link(name, "", up, arp, mtu, mac, master, origin)
    return HostCommand("ip", "link", "set", fact, stated, extra)


def _switch(reader: Reader, option: str) -> bool:
    text = reader.value()
    if text not in ("on", "off"):
        raise Fail(GARBAGE, f'Error: argument of "{option}" must be one of "on" "off", not "{text}"', reader.at)
    return text == "on"


def _add(reader: Reader, origin: Origin) -> HostCommand:
    name = kind = mac = ""
    up: bool | None = None
    mtu: int | None = None
    stated: dict[str, int] = {}
    extra: dict[str, str] = {}
    while reader.left:
        word = reader.word
        if word == "type":
            kind = reader.value()
            stated["type"] = reader.at
            extra["options"] = " ".join(reader.words[reader.at + 1 :])
            # The other end of a pair is named among the options of its type.
            rest = reader.words[reader.at + 1 :]
            if "peer" in rest:
                behind = [word for word in rest[rest.index("peer") + 1 :] if word != "name"]
                extra["peer"] = behind[0] if behind else ""
            break
        if word == "link":
            extra["link"] = reader.value()
        elif word in ("up", "down"):
            up = word == "up"
        elif word == "mtu":
            mtu = whole(reader.value())
        elif short_for(word, "address"):
            mac = reader.value()
        elif word in _WITH_VALUE or word in ("master", "qlen", "broadcast", "brd") or short_for(word, "txqueuelen"):
            extra[word] = reader.value()
        else:
            if word in ("name", "dev"):
                word = reader.value()
            if name:
                raise Fail(GARBAGE, f'Error: either "dev" is duplicate, or "{word}" is a garbage.', reader.at)
            name = word
            stated["device"] = reader.at
        reader.at += 1
    if not kind:
        raise Fail(GARBAGE, 'Not enough information: "type" argument is required')
    return HostCommand("ip", "link", "add", Link(name, kind, up, None, mtu, mac, "", origin), stated, extra)


def _delete(reader: Reader, origin: Origin) -> HostCommand:
    name = ""
    stated: dict[str, int] = {}
    while reader.left:
        word = reader.word
        if word == "type":
            reader.value()
            break
        if word == "dev":
            word = reader.value()
        if name:
            raise Fail(GARBAGE, f'Error: either "dev" is duplicate, or "{word}" is a garbage.', reader.at)
        name = word
        stated["device"] = reader.at
        reader.at += 1
    if not name:
        raise Fail(GARBAGE, _NO_DEVICE)
    return HostCommand("ip", "link", "delete", Link(name, origin=origin), stated)
