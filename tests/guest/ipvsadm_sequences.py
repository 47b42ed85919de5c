"""Sequences of ipvsadm commands, valid and failing, from a seed: the same seed gives the same sequences."""

from __future__ import annotations

import random
from typing import NamedTuple

VIPS = (
    "10.0.0.1:80", "10.0.0.1:443", "10.0.0.1:8080", "192.168.0.1:80", "172.16.0.1:53", "10.0.0.1", "10.1:80",
    "192.168.100:80", "010.0.0.1:80", "0x0a000001:80", "10.0.0.1:http", "10.0.0.1:domain", "10.0.0.1:0", "0:80",
    "[2001:db8::1]:80", "[2001:db8::1]:0", "[2001:DB8:0::1]:443", "2001:db8::1", "2001:db8::1:80", "[10.0.0.1]:80",
    "167772161:80", "255.255.255.255:80", "224.0.0.1:80", "127.0.0.1:21", "localhost:80",
)  # fmt: skip
PLAIN_VIPS = ("10.0.0.1:80", "10.0.0.1:443", "192.168.0.1:80", "172.16.0.1:53", "[2001:db8::1]:80", "[fd00::1]:443")
BAD_VIPS = (
    "167772161", "[2001:db8::1]", "[2001:db8::1", "10.0.0.1:65536", "10.0.0.1:-1", "10.0.0.256:80", "10.0.0.1:nosuch",
    "", ":80", "10.0.0.1:", "10.0.0.1:80:80", "1.2.3.4.5:80", "[fe80::1%eth0]:80", "10.0.0.1/24:80", "08.0.0.1:80",
    "10.0.0.1:0x50", "10.0.0.1 :80", "10.0.0.1: 80", "10.0.0.1:+80", "10.0.0.1:HTTP", "::g", "10.0.0.1:ftp ",
)  # fmt: skip
MARKS = ("1", "2", "2147483648", "4294967295", "0", "-1", "0x10", "4294967296", "abc", "+3", "007", "")
SERVERS = (
    "10.0.0.5:80", "10.0.0.5", "10.0.0.5:8080", "10.0.0.6:80", "192.168.0.9:80", "172.16.0.9:80", "172.16.0.9",
    "10.0.0.7:http", "[2001:db8::5]:80", "2001:db8::5", "[2001:db8::6]:8080", "[fd00::1]:80", "::1", "127.0.0.1:80",
    "8.8.8.8:80", "200.1.1.1:80", "100.64.0.1:80", "130.1.1.1:80",
)  # fmt: skip
ODD_SERVERS = (
    "224.0.0.1:80", "0.0.0.0:80", "255.255.255.255:80", "240.0.0.1:80", "0.1.2.3:80", "[fe80::1]:80", "[ff02::1]:80",
    "[::ffff:10.0.0.1]:80", "::", "[::1.2.3.4]:80", "[fec0::1]:80", "[10.0.0.5]:8080", "10.0.0.5:nosuch", "10.0.0.300",
    "1234", "10.5:80", "", "[2001:db8::5]",
)  # fmt: skip
SCHEDULERS = ("rr", "wrr", "lc", "wlc", "sh", "mh", "sed", "nq", "dh", "lblc", "lblcr", "fo", "ovf", "none")
BAD_SCHEDULERS = ("", "RR", "nosuch", "averyveryverylongschedulername", "rr,wrr")
FLAGS = (
    "sh-port", "sh-fallback", "sh-port,sh-fallback", "mh-port", "mh-fallback", "flag-1", "flag-2", "flag-3",
    "flag-1,flag-3", "", "nosuch", "sh-port,nosuch", ",sh-port,",
)  # fmt: skip
MASKS = ("255.255.255.0", "255.255.255.255", "24", "64", "128", "0", "129", "255.255", "/24", "255.255.0.0", "abc")
TIMES = ("300", "1", "2678400", "2678401", "0", "-5", "abc", "", "+60", " 60")
GOOD_WEIGHTS = ("0", "1", "5", "100", "65535")
BAD_WEIGHTS = ("65536", "2147483648", "-1", "x", "", "0x10", "1.5", "99999999999999999999")
THRESHOLDS = ("0", "10", "20", "2147483647", "2147483648", "-1", "y")
OTHERS = (
    "-n", "-c", "--stats", "--rate", "--thresholds", "--exact", "-X", "--timeout", "--daemon", "--nosort", "--sort",
    "--persistent-conn", "--tun-info", "--syncid 3", "-w 3", "-s rr", "-p", "-o", "-m", "-i", "-r 10.0.0.5:80", "-A",
    "-D", "-z", "--tcp", "--nosuch", "extra", "--", "-", "-t 10.0.0.1:80", "--numeric=1", "-n=1", "--weight", "-w",
    "-x 5", "-M 255.255.0.0", "-6", "--tun-csum", "--mcast-port 5",
)  # fmt: skip
FIRST = (
    [], ["-t", "10.0.0.1:80", "-A"], ["-nL"], ["--tcp"], ["foo"], ["foo", "-L"], ["-z"], ["-"], ["--"], ["--", "-L"],
    ["-h"], ["-v"], ["--help"], ["--version"], ["-L", "-n"], ["-Ln"], ["-ln"], ["-Lnc"], ["--list", "--timeout"],
    ["--list", "--daemon"], ["-S"], ["-Sn"], ["--save", "--numeric"], ["-L=x"], ["--clear=x"], ["--list", "-t"],
    ["-Cx"], ["-C", "-A"], ["-tcp-service", "x"], ["-add-service"], ["-L", "--thresholds", "-c"], ["--start-daemon"],
    ["-L", "--persistent-conn", "--daemon"], ["-L", "-c", "--timeout"], ["-Lt10.0.0.1:80", "-n"], ["-L", "-f", "1"],
    ["-R", "-n"], ["-S", "-X"], ["-Z"], ["-Zt", "10.0.0.1:80"], ["-Z", "-t", "0.0.0.0:0"], ["-Z", "-f", "1"],
)  # fmt: skip


class Step(NamedTuple):
    """One command: its words behind the program's name, and what it gets on standard input (-R)."""

    words: list[str]
    stdin: str = ""


class Generator:
    """Draws sequences. Most commands speak of few services and servers, so that they meet."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def sequence(self) -> list[Step]:
        draw = self.random
        self.services = [self.service() for _ in range(draw.randint(1, 3))]
        self.servers = draw.sample(SERVERS, draw.randint(1, 5))
        steps = [Step(["-C"])] if draw.random() < 0.2 else []
        steps += [
            Step(["-A", *service, "-s", draw.choice(SCHEDULERS), *self.maybe(0.3, ["-p"])])
            for service in self.services
            if draw.random() < 0.8
        ]
        steps += [self.step(self.any_command) for _ in range(draw.randint(2, 11))]
        return steps

    def step(self, command: object) -> Step:
        draw = self.random
        words: list[str] = command()  # type: ignore[operator]
        if draw.random() < 0.06:
            words.insert(draw.randint(0, len(words)), draw.choice(OTHERS).split()[0])
        elif draw.random() < 0.06:
            words += draw.choice(OTHERS).split()
        elif draw.random() < 0.04 and len(words) > 2:
            del words[draw.randint(0, len(words) - 1)]
        elif draw.random() < 0.15:
            words = self.glued(words)
        if draw.random() < 0.06:
            lines = [" ".join(self.any_command()) for _ in range(draw.randint(1, 6))]
            return Step(["-R"], self.stream(lines))
        return Step(words)

    def stream(self, lines: list[str]) -> str:
        draw = self.random
        text = ""
        for line in lines:
            if draw.random() < 0.2:
                line = draw.choice(("ipvsadm ", "  ", "\t")) + line
            if draw.random() < 0.05:
                line = draw.choice(("# comment", "", "   ", line + " # x", "/sbin/ipvsadm " + line))
            text += line + draw.choice(("\n", "\n", "\n", " \n", "\t \n", "\r\n"))
        if draw.random() < 0.2:
            text = text.rstrip() + draw.choice(("", " ", "  "))
        return text

    def glued(self, words: list[str]) -> list[str]:
        """The same command in other clothes: bundles, values joined to their options."""
        draw = self.random
        out: list[str] = []
        for word in words:
            last = out[-1] if out else ""
            if last in ("-t", "-u", "-s", "-r", "-w", "-p", "-M", "-f", "-x", "-y") and draw.random() < 0.5:
                out[-1] = last + draw.choice(("", "=")) + word
            elif last.startswith("--") and "=" not in last and not word.startswith("-") and draw.random() < 0.5:
                out[-1] = f"{last}={word}"
            elif (
                len(last) == 2 and last[0] == "-" and last[1] in "AEDadeCLZmgi6on"
                and len(word) == 2 and word[0] == "-" and draw.random() < 0.6
            ):  # fmt: skip
                out[-1] = last + word[1]
            else:
                out.append(word)
        return out

    # Parts of commands.

    def service(self) -> list[str]:
        draw = self.random
        chance = draw.random()
        if chance < 0.22:
            return ["-f", draw.choice(MARKS[:3] if draw.random() < 0.8 else MARKS), *self.maybe(0.3, ["-6"])]
        option = draw.choice(("-t", "-t", "-t", "-u", "-u", "--sctp-service", "--tcp-service", "--udp-service"))
        chance = draw.random()
        return [option, draw.choice(PLAIN_VIPS if chance < 0.7 else VIPS if chance < 0.93 else BAD_VIPS)]

    def maybe(self, chance: float, words: list[str]) -> list[str]:
        return words if self.random.random() < chance else []

    def any_service(self) -> list[str]:
        return list(self.random.choice(self.services)) if self.random.random() < 0.9 else self.service()

    def any_server(self) -> str:
        draw = self.random
        chance = draw.random()
        return draw.choice(self.servers) if chance < 0.84 else draw.choice(SERVERS if chance < 0.92 else ODD_SERVERS)

    def fitting_server(self, service: list[str]) -> str:
        """A server of the service's own family, mostly."""
        wanted = "-6" in service or service[1].count(":") > 1
        for _ in range(8):
            server = self.any_server()
            if (server.count(":") > 1) == wanted:
                return server
        return self.random.choice([server for server in SERVERS if (server.count(":") > 1) == wanted])

    def any_command(self) -> list[str]:
        draw = self.random
        chance = draw.random()
        if chance < 0.16:
            return self.add_service("-A")
        if chance < 0.26:
            return self.add_service("-E")
        if chance < 0.30:
            return [draw.choice(("-D", "--delete-service")), *self.any_service()]
        if chance < 0.62:
            return self.server_command(draw.choice(("-a", "-a", "--add-server")))
        if chance < 0.75:
            return self.server_command(draw.choice(("-e", "--edit-server")))
        if chance < 0.84:
            service = self.any_service()
            return [draw.choice(("-d", "--delete-server")), *service, "-r", self.fitting_server(service)]
        if chance < 0.87:
            return [
                "--set",
                *(draw.choice(("0", "30", "900", "2678401", "-1", "x")) for _ in range(draw.randint(2, 4))),
            ]
        if chance < 0.91:
            return self.daemon()
        return list(draw.choice(FIRST))

    def add_service(self, command: str) -> list[str]:
        draw = self.random
        parts = [self.any_service()]
        parts.append(self.maybe(0.6, ["-s", draw.choice(SCHEDULERS if draw.random() < 0.93 else BAD_SCHEDULERS)]))
        parts.append(
            self.maybe(0.3, ["-p", *self.maybe(0.7, [draw.choice(TIMES[:3] if draw.random() < 0.8 else TIMES)])])
        )
        parts.append(self.maybe(0.2, ["-M", draw.choice(MASKS)]))
        parts.append(self.maybe(0.12, ["-o"]))
        parts.append(self.maybe(0.08, ["--pe", draw.choice(("sip", "sip", "nosuch", "", "averyveryverylongname"))]))
        parts.append(self.maybe(0.12, ["-b", draw.choice(FLAGS)]))
        return [command, *self.shuffled(parts)]

    def server_command(self, command: str) -> list[str]:
        draw = self.random
        service = self.any_service()
        server = self.fitting_server(service) if draw.random() < 0.9 else self.any_server()
        parts = [service, ["-r", server]]
        parts.append(self.maybe(0.8, [draw.choice(("-m", "-m", "-g", "-i", "--masquerading", "--ipip"))]))
        parts.append(self.maybe(0.4, ["-w", draw.choice(GOOD_WEIGHTS if draw.random() < 0.9 else BAD_WEIGHTS)]))
        parts.append(self.maybe(0.15, ["-x", draw.choice(THRESHOLDS[:3] if draw.random() < 0.8 else THRESHOLDS)]))
        parts.append(self.maybe(0.12, ["-y", draw.choice(THRESHOLDS[:3] if draw.random() < 0.8 else THRESHOLDS)]))
        if draw.random() < 0.12:
            parts.append(["--tun-type", draw.choice(("ipip", "gue", "gre", "vxlan"))])
            parts.append(self.maybe(0.4, ["--tun-port", draw.choice(("6080", "0", "65536"))]))
            parts.append(self.maybe(0.4, [draw.choice(("--tun-nocsum", "--tun-csum", "--tun-remcsum"))]))
        return [command, *self.shuffled(parts)]

    def shuffled(self, parts: list[list[str]]) -> list[str]:
        """Mostly in the usual order, sometimes in any: the order may matter."""
        if self.random.random() < 0.2:
            self.random.shuffle(parts)
        return [word for part in parts for word in part]

    def daemon(self) -> list[str]:
        draw = self.random
        role = draw.choice(("master", "backup", "master", "backup", "both"))
        if draw.random() < 0.3:
            return ["--stop-daemon", role, *self.maybe(0.3, ["--syncid", "3"])]
        words = ["--start-daemon", role]
        words += self.maybe(0.6, ["--mcast-interface", draw.choice(("eth0", "eth0", "nodev0"))])
        words += self.maybe(0.4, ["--syncid", draw.choice(("0", "3", "255", "256"))])
        words += self.maybe(0.2, ["--sync-maxlen", draw.choice(("1", "500", "9000", "65507", "65508", "0"))])
        words += self.maybe(
            0.2, ["--mcast-group", draw.choice(("224.0.0.99", "10.0.0.1", "239.1.1.1", "x", "2001:db8::1"))]
        )
        words += self.maybe(0.2, ["--mcast-port", draw.choice(("9999", "0", "65536"))])
        words += self.maybe(0.2, ["--mcast-ttl", draw.choice(("5", "255", "256"))])
        return words


def sequences(count: int, seed: int) -> list[list[Step]]:
    generator = Generator(seed)
    return [generator.sequence() for _ in range(count)]
