"""Sequences of commands from a seeded generator: chains come and go, rules are added, replaced, deleted, jumped through."""

from __future__ import annotations

import random

Words = list[str]
BODIES = [
    "-j ACCEPT", "-j DROP", "-j RETURN", "-s 192.0.2.1 -j ACCEPT", "-s 192.0.2.0/24 -p tcp --dport 80 -j ACCEPT",
    "-p tcp -m state --state NEW -m tcp --dport 22 -j ACCEPT", "-i eth0 -j DROP", "-o eth0 -j DROP", "-p icmp -j REJECT",
    "-s 192.0.2.1,192.0.2.2 -j DROP", "-s 192.0.2.1,192.0.2.2 -d 198.51.100.1,198.51.100.2 -j ACCEPT", "", "-p tcp",
    "-m limit --limit 5/min -j LOG --log-prefix 'no: '", "-j MARK --set-mark 1", "-p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu",
    "-j LOG -m owner --uid-owner 0", "-c 5 6 -j ACCEPT", "-p tcp --dprot 80", "-j NOWHERE", "-m nothing", "-j MASQUERADE",
    "-m mac --mac-source 00:11:22:33:44:55 -j ACCEPT", "-p tcp --dport 1:5 -g {chain}", "-j SNAT --to-source 192.0.2.9",
]  # fmt: skip
BUILT_IN = {
    "filter": ["INPUT", "FORWARD", "OUTPUT"],
    "nat": ["PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"],
    "mangle": ["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"],
}
USER = ["a", "b", "c", "RH-Firewall-1-INPUT", "net2fw"]


class Sequences:
    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def sequence(self, length: int) -> list[Words]:
        return [self.command() for _ in range(length)]

    def chain(self, table: str) -> str:
        name = self.random.choice([self.random.choice(BUILT_IN[table]), self.random.choice(USER[:3])])
        return self.random.choice(USER) if self.random.random() < 0.1 else name

    def body(self, table: str) -> Words:
        import shlex

        if self.random.random() < 0.35:
            jump = f"-j {self.chain(table)}"
            return shlex.split(self.random.choice([jump, f"-s 192.0.2.1 {jump}", f"-p tcp -g {self.chain(table)}"]))
        return shlex.split(self.random.choice(BODIES).replace("{chain}", self.chain(table)))

    def command(self) -> Words:
        table = self.random.choice(["filter"] * 4 + ["nat", "mangle"])
        where = ["-t", table] if table != "filter" or self.random.random() < 0.1 else []
        chain = self.chain(table)
        number = str(self.random.choice([1, 1, 1, 2, 2, 3, 4, 9, 0]))
        made = self.random.choice(
            ["A"] * 9 + ["I"] * 3 + ["In"] * 3 + ["D"] * 3 + ["Dn"] * 3 + ["R"] * 2 + ["N"] * 5
            + ["X", "Xa", "F", "Fa", "P", "P", "E", "Z", "Zn", "C", "C", "L", "S"]
        )  # fmt: skip
        body = self.body(table)
        user = self.random.choice(USER[:3])
        policy = self.random.choice(["ACCEPT", "DROP", "REJECT"])
        commands: dict[str, Words] = {
            "A": ["-A", chain, *body],
            "I": ["-I", chain, *body],
            "In": ["-I", chain, number, *body],
            "D": ["-D", chain, *body],
            "Dn": ["-D", chain, number],
            "R": ["-R", chain, number, *body],
            "N": ["-N", user],
            "X": ["-X", chain],
            "Xa": ["-X"],
            "F": ["-F", chain],
            "Fa": ["-F"],
            "P": ["-P", chain, policy],
            "E": ["-E", chain, self.chain(table)],
            "Z": ["-Z", chain],
            "Zn": ["-Z", chain, number],
            "C": ["-C", chain, *body],
            "L": ["-L", chain, "-n"],
            "S": ["-S", chain],
        }
        return [*where, *commands[made]]
