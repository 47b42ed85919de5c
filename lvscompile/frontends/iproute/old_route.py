"""The command `route` of net-tools."""

from __future__ import annotations

from collections.abc import Sequence

from lvscompile.frontends.iproute.words import Fail, address, mask_length, masked, whole
from lvscompile.frontends.ipvsadm.addresses import inet_aton
from lvscompile.ir.core import Origin
from lvscompile.ir.host import HostCommand, Misuse, NextHop, Route

_USAGE = "Usage: inet_route [-vF] del {-host|-net} Target[/prefix] [gw Gw] [metric M] [[dev] If]"
_GENERAL = "Usage: route [-nNvee] [-FC] [<AF>]           List kernel routing tables"
USAGE_STATUS, LOOKUP_STATUS = 3, 6
_PLAIN = frozenset(
    [
        "-n",
        "-N",
        "-v",
        "-e",
        "-ee",
        "-F",
        "-C",
        "-V",
        "-h",
        "-FC",
        "-nee",
        "-ne",
        "-en",
        "--numeric",
        "--verbose",
        "--extend",
        "--fib",
        "--cache",
    ]
)
_WITH_VALUE = frozenset(["mss", "mtu", "window", "irtt", "hops"])
_SILENT = frozenset(["mod", "dyn", "reinstate"])


def parse(words: Sequence[str], origin: Origin) -> HostCommand | Misuse:
    """Read the words behind `route`."""
    family, at = 4, 0
    while at < len(words):
        word = words[at]
        if word in ("-A", "-6", "-4", "--inet6", "--inet") or word.startswith("--inet"):
            if word == "-A":
                at += 1
            name = words[at] if at < len(words) else ""
            family = 6 if "6" in name else 4
        elif word not in _PLAIN:
            break
        at += 1
    if at >= len(words):
        return HostCommand("route", "show", "show")
    if words[at] == "flush":
        return Misuse("route", USAGE_STATUS, f"Flushing `inet' routing table not supported\n{_USAGE}", at)
    if words[at] not in ("add", "del", "delete") or (words[at] == "delete"):
        return Misuse("route", USAGE_STATUS, _GENERAL, at)
    action = "add" if words[at] == "add" else "delete"
    try:
        return _Line(list(words), at + 1, action, family).read(origin)
    except Fail as fail:
        return Misuse("route", fail.status, fail.message, fail.word, fail.unresolved)


class _Line:
    def __init__(self, words: list[str], at: int, action: str, family: int) -> None:
        self.words = words
        self.at = at
        self.action = action
        self.family = family
        self.wanted = ""
        self.stated: dict[str, int] = {}

    def read(self, origin: Origin) -> HostCommand:
        words = self.words
        if self.at < len(words) and words[self.at] in ("-net", "-host"):
            self.wanted = words[self.at]
            self.at += 1
        if self.at >= len(words):
            raise Fail(USAGE_STATUS, _USAGE)
        target, length = self._target()
        self.stated["to"] = self.at
        self.at += 1
        gateway = device = ""
        metric = 0
        reject = False
        while self.at < len(words):
            word = words[self.at]
            if word in ("gw", "gateway"):
                gateway = self._host(self._value())
                self.stated["via"] = self.at
            elif word == "netmask":
                length = self._mask()
            elif word == "metric":
                text = self._value()
                number = whole(text, 2**31 - 2)
                if number is None:
                    raise Fail(USAGE_STATUS, _USAGE, self.at)
                metric = number
                self.stated["metric"] = self.at
            elif word in _WITH_VALUE:
                self._value()
            elif word == "reject":
                reject = True
            elif word not in _SILENT:
                if word in ("dev", "device"):
                    word = self._value()
                elif self.at + 1 < len(words):
                    # Without `dev`, the interface stands last.
                    raise Fail(USAGE_STATUS, _USAGE, self.at)
                if device:
                    raise Fail(USAGE_STATUS, _USAGE, self.at)
                device = word
                self.stated["device"] = self.at
            self.at += 1
        return self._command(target, length, gateway, device, metric, reject, origin)

    def _command(
        self, target: str, length: int | None, gateway: str, device: str, metric: int, reject: bool, origin: Origin
    ) -> HostCommand:
        bits = 32 if self.family == 4 else 128
        is_host = self.wanted == "-host"
        if length is None:
            # Without a mask, a network is taken for everything, which only fits the default route.
            length = bits if is_host or self.family == 6 else 0
        elif is_host and self.family == 4 and length != 32 and target != "0.0.0.0":
            shown = "".join(f"{octet:02x}" for octet in reversed(_mask_octets(length)))
            raise Fail(USAGE_STATUS, f"route: netmask {shown} doesn't make sense with host route\n{_USAGE}")
        elif self.family == 4 and masked(target, length) != target:
            raise Fail(USAGE_STATUS, f"route: netmask doesn't match route address\n{_USAGE}")
        hops = (NextHop(gateway, device),) if gateway or device else ()
        kind = "unreachable" if reject else "unicast"
        scope = "global" if gateway else "link"
        fact = Route(
            self.family, kind, f"{target}/{length}", hops, "main", "", "host" if reject else scope,
            metric, "boot", 0, origin,
        )  # fmt: skip
        return HostCommand("route", "old-route", self.action, fact, self.stated)

    def _value(self) -> str:
        self.at += 1
        if self.at >= len(self.words):
            raise Fail(USAGE_STATUS, _USAGE, self.at - 1)
        return self.words[self.at]

    def _host(self, text: str) -> str:
        if self.family == 6:
            found = address(text, 6)
            plain = found[1] if found else None
        else:
            plain = inet_aton(text)
        if plain is None:
            what = "Host name lookup failure" if not text[:1].isdigit() and self.wanted == "-net" else "Unknown host"
            raise Fail(LOOKUP_STATUS, f"{text}: {what}", self.at, text)
        return plain

    def _mask(self) -> int:
        text = self._value()
        mask = inet_aton(text)
        if mask is None:
            raise Fail(LOOKUP_STATUS, f"{text}: Unknown host", self.at, text)
        length = mask_length(mask)
        if length is None:
            raise Fail(USAGE_STATUS, f"route: bogus netmask {text}", self.at)
        return length

    def _target(self) -> tuple[str, int | None]:
        text = self.words[self.at]
        zeros = "0.0.0.0" if self.family == 4 else "::"
        if text == "default":
            if self.wanted == "":
                self.wanted = "-net"
            return zeros, 0
        host, slash, length = text.partition("/")
        found = self._host(host)
        bits = 32 if self.family == 4 else 128
        number = whole(length, bits) if slash else None
        if slash and number is None:
            raise Fail(LOOKUP_STATUS, f"{text}: Unknown host", self.at, text)
        if not self.wanted:
            # What names no network is taken for a host.
            self.wanted = "-net" if found == zeros else "-host"
            if found == zeros:
                return found, 0
        return found, number


def _mask_octets(length: int) -> list[int]:
    bits = (0xFFFFFFFF << (32 - length)) & 0xFFFFFFFF
    return [bits >> shift & 255 for shift in (24, 16, 8, 0)]
