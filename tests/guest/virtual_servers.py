"""virtual_server blocks that keepalived reads in its own way, and generated ones.

Each stands for itself: `VIP` is an address of its own, `VIP6` too, `MARK` and `GROUP` a mark and a name, so that all
go into one configuration.
"""

from __future__ import annotations

from random import Random


def server(address: str = "10.99.250.5 80", inside: str = "") -> str:
    return f"real_server {address} {{\n{inside}\n}}"


def virtual(head: str, inside: str = "", *servers: str) -> str:
    body = "\n".join((inside, *(servers or (server(),))))
    return f"virtual_server {head} {{\n{body}\n}}\n"


def group(entries: str, inside: str, *servers: str) -> str:
    return f"virtual_server_group GROUP {{\n{entries}\n}}\n" + virtual("group GROUP", inside, *servers)


R6, R6_0, R4_0 = server("2001:db8:ff::5 80"), server("2001:db8:ff::5"), server("10.99.250.5")
GUE = "lvs_method TUN type gue port"

CASES = {
    "no protocol": virtual("VIP 80"),
    "no protocol, one packet": virtual("VIP 80", "ops"),
    "no port": virtual("VIP", "protocol TCP", R4_0),
    "no port, server with one": virtual("VIP", "protocol TCP"),
    "no port, direct routing": virtual("VIP 0", "protocol TCP\nlb_kind DR\npersistence_timeout 20"),
    "granularity": virtual("VIP 80", "protocol TCP\npersistence_granularity 255.255.255.0"),
    "granularity as a number": virtual("VIP 80", "protocol TCP\npersistence_timeout 5\npersistence_granularity 24"),
    "granularity with holes": virtual("VIP 80", "protocol TCP\npersistence_granularity 255.0.255.0"),
    "granularity of nobody": virtual("VIP 80", "protocol TCP\npersistence_timeout 9\npersistence_granularity 0.0.0.0"),
    "granularity of each": virtual("VIP 80", "protocol TCP\npersistence_granularity 255.255.255.255"),
    "granularity 6": virtual("VIP6 80", "protocol TCP\npersistence_timeout 5\npersistence_granularity 64", R6),
    "granularity 6 alone": virtual("VIP6 80", "protocol TCP\npersistence_granularity 56", R6),
    "granularity 6 of each": virtual("VIP6 80", "protocol TCP\npersistence_granularity 128", R6),
    "granularity 6 in dots": virtual("VIP6 80", "protocol TCP\npersistence_granularity 255.255.255.0", R6),
    "granularity of a mark": virtual("fwmark MARK", "persistence_granularity 255.255.0.0\nlb_kind DR", R4_0),
    "granularity of a mark, other family": virtual("fwmark MARK", "persistence_granularity 24\nlb_kind DR", R4_0),
    "granularity of a mark, 6": virtual("fwmark MARK", "persistence_granularity 64\nlb_kind DR", R6_0),
    "granularity of a mark, 6, in dots": virtual("fwmark MARK", "persistence_granularity 255.0.0.0", R6_0),
    "granularity of a mark, 6, in dots, said": virtual(
        "fwmark MARK", "ip_family inet6\npersistence_granularity 255.0.0.0", R6_0
    ),
    "granularity behind the server": virtual("fwmark MARK", "lb_kind DR", R6_0, "persistence_granularity 64"),
    "granularity of a group": group("VIP 80", "protocol TCP\npersistence_granularity 255.255.255.0"),
    "granularity and timeout of a group": group(
        "VIP 80\nfwmark MARK", "protocol TCP\npersistence_timeout 7\npersistence_granularity 255.255.255.0"
    ),
    "granularity of a group, 6": group("VIP6 80", "protocol TCP\npersistence_granularity 64", R6),
    "persistence": virtual("VIP 80", "protocol TCP\npersistence_timeout"),
    "persistence 0": virtual("VIP 80", "protocol TCP\npersistence_timeout 0"),
    "engine alone": virtual("VIP 80", "protocol UDP\npersistence_engine sip"),
    "engine": virtual("VIP 80", "protocol UDP\npersistence_engine sip\npersistence_timeout 30"),
    "engine, unknown": virtual("VIP 80", "protocol UDP\npersistence_engine foo\npersistence_timeout 30"),
    "engine, unknown, alone": virtual("VIP 80", "protocol UDP\npersistence_engine foo"),
    "engine of a group": group("VIP 80", "protocol UDP\npersistence_timeout 9\npersistence_engine sip"),
    "ops": virtual("VIP 80", "protocol UDP\nops"),
    "ops, TCP": virtual("VIP 80", "protocol TCP\nops"),
    "ops, SCTP": virtual("VIP 80", "protocol SCTP\nops"),
    "ops of a mark": virtual("fwmark MARK", "ops"),
    "ops of a group": group("VIP 80\nfwmark MARK", "protocol UDP\nops"),
    "ops of a group, TCP": group("VIP 80\nfwmark MARK", "protocol TCP\nops"),
    "ops of marks": group("fwmark MARK", "ops"),
    "a mark": virtual("fwmark MARK", "lb_kind DR", R4_0, server("10.99.250.6 8080", "lvs_method NAT")),
    "a mark with a port": virtual("fwmark MARK", "lb_kind DR"),
    "a mark with a protocol": virtual("fwmark MARK", "protocol TCP"),
    "a mark, 6": virtual("fwmark MARK", "ip_family inet6\nlb_kind DR", R6_0),
    "a mark, 6 by its server": virtual("fwmark MARK", "lb_kind DR", R6_0, R4_0),
    "a mark, 4 by its server": virtual("fwmark MARK", "", R4_0, R6_0),
    "a mark, tunnels": virtual("fwmark MARK", "lb_kind TUN", R6_0, R4_0),
    "a mark, tunnels, 4 first": virtual("fwmark MARK", "lb_kind TUN", R4_0, R6_0),
    "a mark, tunnels, 6 alone": virtual("fwmark MARK", "lb_kind TUN", R6_0),
    "a mark, tunnels, said": virtual("fwmark MARK", "ip_family inet6\nlb_kind TUN", R4_0, R6_0),
    "a mark, one tunnel": virtual("fwmark MARK", "lb_kind NAT", server("2001:db8:ff::5", "lvs_method TUN"), R4_0),
    "other family": virtual("VIP 80", "protocol TCP", R6, server("10.99.250.6 80")),
    "other family alone": virtual("VIP 80", "protocol TCP", R6),
    "other family, tunnel": virtual("VIP 80", "protocol TCP\nlb_kind TUN", R6, server("10.99.250.6 80")),
    "other family, tunnel said too late": virtual("VIP 80", "protocol TCP", R6, "lb_kind TUN", server()),
    "other family, own tunnel": virtual("VIP 80", "protocol TCP", server("2001:db8:ff::5 80", "lvs_method TUN")),
    "other family, no tunnel": virtual(
        "VIP 80", "protocol TCP\nlb_kind TUN", server("2001:db8:ff::5 80", "lvs_method DR"), server()
    ),
    "family that the address has not": virtual("VIP 80", "ip_family inet6\nprotocol TCP"),
    "sh": virtual("VIP 80", "protocol TCP\nlb_algo sh\nsh-port\nsh-fallback"),
    "mh": virtual("VIP 80", "protocol TCP\nlvs_sched mh\nmh-port\nmh-fallback"),
    "flags": virtual("VIP 80", "protocol TCP\nlb_algo rr\nflag-1\nflag-2\nflag-3"),
    "flags of sh": virtual("VIP 80", "protocol TCP\nlb_algo sh\nflag-1\nflag-3"),
    "flag, then another scheduler": virtual("VIP 80", "protocol TCP\nlb_algo sh\nsh-port\nlb_algo rr"),
    "flag too early": virtual("VIP 80", "protocol TCP\nsh-port\nlb_algo sh\nflag-2"),
    "hashed": virtual("VIP 80", "protocol TCP\nlb_algo sh\nhashed"),
    "direct routing, other port": virtual("VIP 80", "protocol TCP\nlb_kind DR", server("10.99.250.5 8080")),
    "methods": virtual(
        "VIP 80", "protocol TCP\nlb_kind NAT", server("10.99.250.5 8080", "lvs_method DR"),
        server("10.99.250.6 8080"), server("10.99.250.7"), server("10.99.250.8 0"),
    ),
    "tunnels": virtual(
        "VIP 80", "protocol TCP\nlb_kind TUN type gue port 6080 csum", server(),
        server("10.99.250.6 80", "lvs_method TUN type gre nocsum"), server("10.99.250.7 80", "lvs_method TUN"),
        server("10.99.250.8 80", f"{GUE} 7000 remcsum"), server("10.99.250.9 80", "lvs_method TUN type gre csum"),
        server("10.99.250.10 80", f"{GUE} 7001"),
    ),
    "weights": virtual(
        "VIP 80", "protocol TCP\nweight 7", server(), server("10.99.250.6 80", "weight 0"),
        server("10.99.250.7 80", "weight 65535\nuthreshold 100\nlthreshold 50"), server("10.99.250.8", "weight -1"),
    ),
    "said behind the server": virtual("VIP 80", "protocol TCP", server(), "weight 9\nlvs_method TUN"),
    "thresholds": virtual(
        "VIP 80", "protocol TCP", server("10.99.250.5 80", "lthreshold 5"),
        server("10.99.250.6 80", "uthreshold 5\nlthreshold 5"), server("10.99.250.7 80", "uthreshold 5"),
        server("10.99.250.8 80", "uthreshold 5\nlthreshold 6"),
    ),
    "two of one address": virtual("VIP 80", "protocol TCP\nlb_algo rr") + virtual(
        "VIP 80", "protocol TCP", server("10.99.250.6 80"), server("10.99.250.5 80", "weight 8"), server("10.99.250.4 80")
    ),
    "two of one mark": virtual("fwmark MARK", "lb_kind NAT") + virtual("fwmark MARK", "persistence_timeout 5", R4_0),
    "one server twice": virtual("VIP 80", "protocol TCP", server(), server("10.99.250.5 80", "weight 5")),
    "one server twice, by port": virtual("VIP 80", "protocol TCP\nlb_kind DR", server(), server("10.99.250.5 8080")),
    "one server twice, by method": virtual("fwmark MARK", "", server(), server("10.99.250.5 80", "lvs_method DR")),
    "one server twice, the first refused": virtual(
        "VIP 80", "protocol TCP", server("10.99.250.5 80", "lthreshold 5"), server(), server("10.99.250.6 80")
    ),
    "one server twice, once without port, refused": virtual(
        "VIP 80", "protocol TCP", server("10.99.250.5", "lthreshold 5"), server(), server("10.99.250.6 80")
    ),
    "one server, several ports": virtual("fwmark MARK", "", R4_0, server(), R4_0),
    "no server": "virtual_server VIP 80 {\nprotocol TCP\n}\n",
    "sorry server alone": "virtual_server VIP 80 {\nprotocol TCP\nsorry_server 10.99.250.20 80\n}\n",
    "sorry server": virtual("VIP 80", "protocol TCP\nsorry_server 10.99.250.20 80"),
    "weight 0 alone": virtual("VIP 80", "protocol TCP", server("10.99.250.5 80", "weight 0")),
    "SCTP": virtual("VIP 80", "protocol sctp"),
    "unknown words": virtual("VIP 80", "protocol TCP\nlb_algo dh2\nlb_kind tun\nlb_algo RR"),
    "unknown words behind known ones": virtual("VIP 80", "protocol TCP\nlb_kind DR\nlb_kind nat\nlb_algo rr\nlb_algo x"),
    "group": group("VIP 80\nVIP.20-23 443\nVIP.30\nfwmark MARK", "protocol TCP"),
    "group, server without port": group("VIP 80\nVIP.20-23 443", "protocol TCP", R4_0),
    "group, direct routing": group(
        "VIP 80\nVIP.20-21 443\nfwmark MARK", "protocol TCP\nlb_kind DR", R4_0, server("10.99.250.6 8080")
    ),
    "group, tunnel": group("VIP 80\nVIP.21 443", "protocol TCP\nlb_kind TUN", R4_0, server("10.99.250.6 99")),
    "group, no port": group("VIP", "protocol TCP\nlb_kind DR"),
    "group, networks": group("VIP.64/29 80\nVIP.50-VIP.52 80", "protocol UDP"),
    "group, 6": group("VIP6e-21 80\nVIP6/128 81\nVIP60/126 82", "protocol TCP", R6),
    "group of marks": group("fwmark MARK", "lb_kind DR", R4_0),
    "group of marks, 6 said": group("fwmark MARK inet6", "lb_kind DR", R6_0),
    "group of marks, 6 by its server": group("fwmark MARK", "lb_kind DR", R6_0),
    "group of marks, tunnels": group("fwmark MARK", "lb_kind TUN", R6_0),
    "group, tunnels of the other family": group("VIP 80", "protocol TCP\nlb_kind TUN", R6),
    "group, 6, tunnels of the other family": group("VIP6 80", "protocol TCP\nlb_kind TUN", server(), R6),
    "group of marks, 4 said": group("fwmark MARK inet", "lb_kind DR", R6_0),
    "group, address and mark of 6": group("fwmark MARK\nVIP6 80", "protocol TCP", R6_0),
    "group, mixed families": group("VIP 80\nVIP6 80", "protocol TCP"),
    "group, mixed families, marks": group("VIP 80\nfwmark MARK inet6", "protocol TCP"),
    "group, not there": virtual("group GROUP", "protocol TCP"),
    "group, empty": group("", "protocol TCP"),
    "group, address twice": group("VIP 80\nVIP 80\nVIP.9-11 80", "protocol TCP"),
    "group used twice": group("VIP 80", "protocol TCP") + virtual("group GROUP", "protocol UDP")
    + virtual("group GROUP", "protocol TCP\nlb_algo rr", server("10.99.250.6 80")),
    "group defined twice": group("VIP 80", "protocol TCP") + "virtual_server_group GROUP {\nVIP.11 80\n}\n",
}  # fmt: skip


def placed(text: str, number: int) -> str:
    """The text with addresses, a mark and a name that no other number has."""
    text = text.replace("VIP6", f"2001:db8:{number}::1").replace("VIP.", f"10.99.{number}.")
    text = text.replace("VIP", f"10.99.{number}.10")
    return text.replace("MARK", str(1000 + number)).replace("GROUP", f"group_{number}")


def all_cases() -> str:
    """Every case, in one configuration."""
    return "".join(placed(text, number) for number, text in enumerate(CASES.values()))


class Generator:
    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    def maybe(self, chance: float, *choices: str) -> list[str]:
        return [self.random.choice(choices)] if self.random.random() < chance else []

    def one(self) -> str:
        draw = self.random
        six = draw.random() < 0.25
        words = self.maybe(0.9, "protocol TCP", "protocol UDP", "protocol SCTP")
        words += self.maybe(
            0.8, *(f"lb_algo {name}" for name in ("rr", "wrr", "lc", "wlc", "sh", "mh", "sed", "nq", "fo"))
        )
        words += self.maybe(0.7, "lb_kind NAT", "lb_kind DR", "lvs_method TUN", "lb_kind TUN type gue port 6080")
        words += self.maybe(0.3, "persistence_timeout 50", "persistence_timeout")
        words += self.maybe(
            0.2,
            *(
                ("persistence_granularity 64", "persistence_granularity 100")
                if six
                else ("persistence_granularity 255.255.255.0", "persistence_granularity 255.255.0.0")
            ),
        )
        words += self.maybe(0.2, "ops", "sh-port", "sh-fallback", "mh-port", "flag-1", "flag-2", "flag-3", "weight 3")
        servers = [self.server(six) for _ in range(draw.randint(1, 4))]
        if draw.random() < 0.2:
            draw.shuffle(words)
        inside = "\n".join(words)
        if draw.random() < 0.25:
            entries = (
                ("VIP6 80", "VIP6e-21 443", "fwmark MARK")
                if six
                else ("VIP 80", "VIP.20-22 443", "fwmark MARK", "VIP.5")
            )
            return group("\n".join(draw.sample(entries, draw.randint(1, 3))), inside, *servers)
        vip = "VIP6" if six else "VIP"
        return virtual(draw.choice((f"{vip} 80", f"{vip} 443", f"{vip} 80", vip, "fwmark MARK")), inside, *servers)

    def server(self, six: bool) -> str:
        draw = self.random
        other = draw.random() < 0.1
        address = f"2001:db8:ff::{draw.randint(1, 9)}" if six != other else f"10.99.250.{draw.randint(1, 9)}"
        inside = self.maybe(0.5, "weight 0", "weight 5", "weight 1") + self.maybe(
            0.2, "uthreshold 100", "uthreshold 10"
        )
        inside += self.maybe(0.2, "lthreshold 10", "lthreshold 50") + self.maybe(
            0.2, "lvs_method DR", "lvs_method NAT", "lvs_method TUN"
        )
        return server(address + draw.choice((" 80", " 80", " 8080", "")), "\n".join(inside))


def generated(count: int, seed: int) -> str:
    generator = Generator(seed)
    return "".join(placed(generator.one(), number) for number in range(count))
