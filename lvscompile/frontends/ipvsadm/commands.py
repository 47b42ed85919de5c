"""ipvsadm command lines: words to a command, or to the error that ipvsadm makes of them.

Options are taken from left to right, as ipvsadm does: what one of them means may depend on those before it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from lvscompile.frontends.ipvsadm import values
from lvscompile.frontends.ipvsadm.addresses import Refused, endpoint, inet_aton, leading_number
from lvscompile.frontends.ipvsadm.pairings import mismatch, tunnel_mismatch
from lvscompile.frontends.ipvsadm.popt import MISSING, Split, split
from lvscompile.frontends.ipvsadm.values import DEFAULT_SCHEDULER, Fail
from lvscompile.ir.ipvs import IPIP, Command, Daemon, DestinationSpec, ServiceSpec, Tunnel, UsageError
from lvscompile.syntax.ipvsadm.options import NEWEST, TUNNELS, Version, table

TRY_HELP = 255
PERSISTENT = 360  # seconds of a `-p` without a number, whatever the manual says
INT_MAX = 2**31 - 1
ALL_ONES = "255.255.255.255"
NAME_BYTES = 15  # of a scheduler or an interface
ENGINE_BYTES = 16
DEFAULT_INTERFACE = "eth0"

_PROTOCOLS = {"tcp-service": "TCP", "udp-service": "UDP", "sctp-service": "SCTP"}
_METHODS = {"masquerading": "NAT", "ipip": "TUN", "gatewaying": "DR"}
_CHECKSUMS = {"tun-nocsum": "nocsum", "tun-csum": "csum", "tun-remcsum": "remcsum"}
_TUNNEL_SLOTS = frozenset(("tun-type", "tun-port", *_CHECKSUMS))
_SERVICE_COMMANDS = frozenset(("add-service", "edit-service"))
_SERVER_COMMANDS = frozenset(("add-server", "edit-server"))
_NUMBERS = frozenset(("stats", "rate", "thresholds"))
_STATES = frozenset(("timeout", "daemon"))


def parse(
    words: Sequence[str], *, dump: bool = False, version: Version = NEWEST, program: str = "ipvsadm"
) -> Command | UsageError:
    """Read the words behind the program's name as this version of ipvsadm does.

    With `dump`, what older versions print without being able to read it is understood too: ` pe sip`, ` ops`, marks
    below zero, and a ` -b ` with nothing behind it.
    """
    if not words:
        return Command("list")
    given = split(words, table(version))
    first = given.options[0] if given.options else None
    if first is None or not first[0].is_command:
        message = f"Try `{program} -h' or '{program} --help' for more information."
        return UsageError(TRY_HELP, message, max(first[2] if first else given.word, 0))
    line = _Line(words, first[0].name, dump)
    try:
        return line.read(given, version)
    except Fail as fail:
        return UsageError(fail.status, fail.message, fail.word, line.command, True, fail.unresolved)


class _Line:
    """What one command line has said so far."""

    family = 0
    protocol = address = ""
    port = fwmark = 0
    scheduler = flags = engine = netmask = ""
    persistence: int | None = None
    one_packet = False
    flags_word = -1
    target: tuple[int, str, int] = (0, "", 0)
    stated_port: int | None = None
    method = "DR"
    weight = 1
    upper = lower = 0
    tunnel_kind = "ipip"
    tunnel_port = 0
    checksum = "nocsum"
    role = interface = group = ""
    syncid = maxlen = group_port = ttl = 0
    repairs: tuple[str, ...] = ()

    def __init__(self, words: Sequence[str], command: str, dump: bool) -> None:
        self.words = words
        self.command = command
        self.dump = dump
        self.used: dict[str, int] = {}

    def read(self, given: Split, version: Version) -> Command | UsageError:
        command, value, at = given.options[0]
        if command.name in ("help", "version"):
            return Command(command.name)
        if value is not None:
            self._role(value, at)
        used = self.used
        for option, argument, word in given.options[1:]:
            name, _, slot, _, is_command = option
            if is_command:
                raise Fail(f"invalid option `{self.words[word]}'", word)
            if slot:
                if slot in used:
                    raise Fail(f"multiple '{slot}' options specified", word)
                used[slot] = word
            _HANDLERS[name](self, name, argument, word)  # type: ignore[arg-type]  # only -p may have none
        if given.error and not (self.dump and given.error == MISSING and self.words[given.word] == "-b"):
            message = f"{self.words[given.word]}: {given.error}"
            return UsageError(TRY_HELP, message, given.word, self.command, False)
        if given.error:
            self.repairs += ("flags-lost",)
        timeouts = None
        others = self._dump_words(given.others) if self.dump and given.others else given.others
        if self.command == "set":
            if len(others) < 3:
                raise Fail("--set option requires 3 timeout values", at)
            tcp, fin, udp = (values.seconds(self.words[word], 0, word) for word in others[:3])
            timeouts, others = (tcp, fin, udp), others[3:]
        if others:
            raise Fail(f"unexpected argument {self.words[others[0]]}", others[0])
        bits = values.scheduler_flags(self.flags, self.scheduler, self.flags_word) if self.flags else 0
        if "flags-lost" in self.repairs:
            bits = 4
        wrong = mismatch(self.command, used)
        if wrong:
            raise Fail(wrong[0], used.get(wrong[1]))
        if version < (1, 25) and self.command == "start-daemon" and "syncid" in used:
            raise Fail("Illegal 'syncid' option with the 'start-daemon' command", used["syncid"])
        return self._command(bits, timeouts)

    def _role(self, role: str, word: int) -> None:
        if role not in ("master", "backup"):
            what = "start-daemon parameter" if self.command == "start-daemon" else "start_daemon"
            raise Fail(f"illegal {what} specified", word)
        self.role = role

    def _dump_words(self, others: list[int]) -> list[int]:
        """Take ` pe NAME` and ` ops` for the options they should have been."""
        left = []
        rest = iter(others)
        for word in rest:
            if self.words[word] == "ops" and not self.one_packet:
                self.one_packet = True
                self.used["ops"] = word
                self.repairs += ("ops-word",)
            elif self.words[word] == "pe" and not self.engine and word + 1 in others:
                self.engine = values.cut(self.words[next(rest)], ENGINE_BYTES)
                self.used["pe"] = word + 1
                self.repairs += ("pe-word",)
            else:
                left.append(word)
        return left

    # The checks behind the options, in ipvsadm's order.

    def _command(self, flags: int, timeouts: tuple[int, int, int] | None) -> Command:
        command, used = self.command, self.used
        if command in _SERVICE_COMMANDS:
            self._check_service()
        elif command in _SERVER_COMMANDS:
            self._check_server()
        elif command == "list":
            keys = used.keys()
            asks = keys & _STATES
            if (keys & _NUMBERS and (asks or "connection" in keys)) or (asks and "persistent-conn" in keys):
                raise Fail("options conflicts in the list command", max(used.values()))
        service = None
        if self.protocol:
            service = ServiceSpec(
                self.protocol if not self.fwmark else "FWM", self.family, self.address, self.port, self.fwmark,
                self.scheduler or DEFAULT_SCHEDULER, self.persistence, self.netmask, self.engine, self.one_packet,
                flags,
            )  # fmt: skip
        destination = None
        if self.target[0]:
            kind = self.tunnel_kind
            tunnel = IPIP if kind == "ipip" else Tunnel(kind, self.tunnel_port, self.checksum)
            destination = DestinationSpec(*self.target, self.method, self.weight, self.upper, self.lower, tunnel)
        daemon = None
        if self.role:
            interface = self.interface or (DEFAULT_INTERFACE if command == "start-daemon" else "")
            daemon = Daemon(
                self.role, interface, self.syncid, self.maxlen, self.group, self.group_port, self.ttl
            )  # fmt: skip
        return Command(command, service, destination, self.stated_port, timeouts, daemon, used, self.repairs)

    def _check_service(self) -> None:
        if self.fwmark:
            return
        if not self.port and self.persistence is None:
            raise Fail("Zero port specified for non-persistent service", self.used["service-address"])
        if self.one_packet and self.protocol != "UDP":
            raise Fail("One-Packet Scheduling is only for UDP virtual services", self.used["ops"])

    def _check_server(self) -> None:
        used = self.used
        family, address, _ = self.target
        if not self.fwmark and self.method != "NAT":
            # Without masquerading the port cannot be changed on the way: the service's counts.
            self.target = (family, address, self.port)
        if family != self.family and self.method != "TUN":
            raise Fail("Different address family is allowed only for tunneling servers", used["real-server"])
        given = used.keys() & _TUNNEL_SLOTS
        if given:
            if self.method != "TUN":
                raise Fail("Tunnel options conflict with forward method", min(used[slot] for slot in given))
            wrong = tunnel_mismatch(self.tunnel_kind, used)
            if wrong:
                raise Fail(wrong[0], used.get(wrong[1], used.get("tun-type")))

    # One method an option, or a group of them.

    def service(self, name: str, text: str, word: int) -> None:
        self.protocol = _PROTOCOLS[name]
        found = endpoint(text, self.protocol)
        if isinstance(found, Refused):
            raise Fail("illegal virtual server address[:port] specified", word, found.unresolved)
        self.family, self.address, port = found
        self.port = port or 0
        if self.family == 6:
            self.netmask = ""

    def mark(self, name: str, text: str, word: int) -> None:
        self.family = 4
        self.protocol = "TCP"
        self.fwmark = values.fwmark(text, self.dump, word)
        if text.lstrip()[:1] == "-":
            self.repairs += ("negative-fwmark",)

    def ipv6(self, name: str, text: str, word: int) -> None:
        if not self.fwmark:
            raise Fail("-6 used before -f", word)
        self.family = 6
        self.netmask = ""

    def scheduling(self, name: str, text: str, word: int) -> None:
        self.scheduler = values.cut(text, NAME_BYTES)

    def persist(self, name: str, text: str | None, word: int) -> None:
        self.persistence = PERSISTENT if text is None else values.seconds(text, 1, word)

    def mask(self, name: str, text: str, word: int) -> None:
        if self.family == 6:
            length = leading_number(text)
            if not 1 <= length <= 128:
                raise Fail("illegal ipv6 netmask specified", word)
            self.netmask = "" if length == 128 else str(length)
            return
        mask = inet_aton(text)
        if mask is None:
            raise Fail("illegal virtual server persistent mask specified", word)
        self.netmask = "" if mask == ALL_ONES else mask

    def single_packets(self, name: str, text: str, word: int) -> None:
        self.one_packet = True

    def persistence_engine(self, name: str, text: str, word: int) -> None:
        self.engine = values.cut(text, ENGINE_BYTES)

    def flag_list(self, name: str, text: str, word: int) -> None:
        self.flags, self.flags_word = text, word

    def server(self, name: str, text: str, word: int) -> None:
        found = endpoint(text, self.protocol)
        if isinstance(found, Refused):
            raise Fail("illegal real server address[:port] specified", word, found.unresolved)
        family, address, port = found
        self.stated_port = port
        self.target = (family, address, self.port if port is None else port)

    def forwarding(self, name: str, text: str, word: int) -> None:
        self.method = _METHODS[name]

    def weighing(self, name: str, text: str, word: int) -> None:
        # Debian's ipvsadm takes what the kernel takes; as released, 1.31 stops at 65535.
        self.weight = values.whole(text, 0, INT_MAX, "weight", word)

    def threshold(self, name: str, text: str, word: int) -> None:
        value = values.whole(text, 0, INT_MAX, name.replace("-", "_"), word)
        if name == "u-threshold":
            self.upper = value
        else:
            self.lower = value

    def tunnelling(self, name: str, text: str, word: int) -> None:
        if name == "tun-type":
            if text not in TUNNELS:
                raise Fail("illegal tunnel type specified", word)
            self.tunnel_kind = text
        elif name == "tun-port":
            self.tunnel_port = values.whole(text, 1, 65535, "tunnel port", word)
        else:
            self.checksum = _CHECKSUMS[name]

    def synchronisation(self, name: str, text: str, word: int) -> None:
        if name == "mcast-interface":
            self.interface = values.cut(text, NAME_BYTES)
        elif name == "syncid":
            self.syncid = values.whole(text, 0, 255, name, word)
        elif name == "mcast-group":
            self.group = values.multicast(text, word)
        elif name == "mcast-port":
            self.group_port = values.whole(text, 1, 65535, name, word)
        elif name == "mcast-ttl":
            self.ttl = values.whole(text, 1, 255, name, word)
        else:
            self.maxlen = values.whole(text, 1, 65535 - 20 - 8, name, word)

    def view(self, name: str, text: str, word: int) -> None:
        """What a listing shows is no matter to the table."""


_HANDLERS: Mapping[str, Callable[[_Line, str, str, int], None]] = {
    **dict.fromkeys(_PROTOCOLS, _Line.service),
    "fwmark-service": _Line.mark,
    "ipv6": _Line.ipv6,
    "scheduler": _Line.scheduling,
    "persistent": _Line.persist,
    "netmask": _Line.mask,
    "ops": _Line.single_packets,
    "pe": _Line.persistence_engine,
    "sched-flags": _Line.flag_list,
    "real-server": _Line.server,
    **dict.fromkeys(_METHODS, _Line.forwarding),
    "weight": _Line.weighing,
    "u-threshold": _Line.threshold,
    "l-threshold": _Line.threshold,
    **dict.fromkeys(_TUNNEL_SLOTS, _Line.tunnelling),
    **dict.fromkeys(
        ("mcast-interface", "syncid", "mcast-group", "mcast-port", "mcast-ttl", "sync-maxlen"), _Line.synchronisation
    ),
    **dict.fromkeys(
        ("numeric", "connection", "timeout", "daemon", "stats", "rate", "thresholds", "persistent-conn", "nosort",
         "sort", "exact", "tun-info"), _Line.view
    ),
}  # fmt: skip
