"""Sequences of commands that change a host's network, some of them wrong, from a seed."""

from __future__ import annotations

from random import Random

DEVICES = ("va0", "va0", "va0", "va1", "vb0", "lo", "nope")
HOSTS = ("10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.1.1", "192.168.5.1", "10.0.0.254", "10.1", "172.16.0.1", "010.0.0.9")
LENGTHS = ("/24", "/24", "/24", "/32", "/25", "", "/16", "/255.255.255.0", "/31", "/0x18")
NETWORKS = ("10.5.0.0/16", "10.5.0.0/24", "default", "0/0", "10.6.0.0/16", "10.0.0.0/24", "10.5.5.5", "10.5.1.1/16", "10.7/16",
            "192.168.5.0/24", "any")  # fmt: skip
GATEWAYS = ("10.0.0.254", "10.0.0.253", "10.0.0.2", "10.9.9.9", "10.0.0.1", "10.0.0.255", "192.168.5.9")
TABLES = ("100", "100", "200", "main", "local", "0x64", "254")
HOSTS6 = ("fd00::1", "fd00::2", "fd00:1::1", "FD00:0::3")
NETWORKS6 = ("fd05::/64", "default", "fd06::/48", "fd05::1", "::/0", "fd07::1/64")
GATEWAYS6 = ("fd00::9", "fd00::8", "fd09::1", "fd00::1")


def sequence(seed: int) -> list[str]:
    random = Random(seed)
    makers = {0: (_address, _link), 1: (_address, _route, _link), 2: (_route, _rule), 3: (_address6, _route6),
              4: (_rule, _rule6), 5: (_ifconfig, _old_route, _address), 6: (_ifconfig, _ifconfig, _link),
              7: (_address, _route, _rule, _link, _old_route, _ifconfig)}[seed % 8]  # fmt: skip
    commands = []
    if seed % 8 in (1, 2, 5, 7):
        commands = ["ip addr add 10.0.0.1/24 dev va0"]
    if seed % 8 == 3:
        commands = ["ip addr add fd00::1/64 dev va0"]
    for _ in range(random.randint(6, 14)):
        commands.append(random.choice(makers)(random))
    return commands


def _address(r: Random) -> str:
    word = r.choice(("addr", "address", "a", "ad"))
    kind = r.random()
    if kind < 0.08:
        return f"ip {word} flush dev {r.choice(DEVICES)}" + r.choice(
            ("", "", " scope global", " label va0:1", " to 10.0.0.0/24")
        )
    action = r.choice(("add", "add", "add", "a", "del", "del", "delete", "replace", "change"))
    text = f"ip {word} {action} {r.choice(HOSTS)}{r.choice(LENGTHS)}"
    options = [f"dev {r.choice(DEVICES)}"]
    if r.random() < 0.15:
        options.append(f"label va0:{r.randint(1, 3)}")
    if r.random() < 0.12:
        options.append(r.choice(("brd +", "broadcast 10.0.0.255", "brd -")))
    if r.random() < 0.1:
        options.append(f"scope {r.choice(('link', 'global', 'host', '200', 'foo'))}")
    if r.random() < 0.08:
        options.append(f"peer 10.8.0.{r.randint(1, 3)}{r.choice(('', '/24'))}")
    if r.random() < 0.04:
        options = options[1:]
    if r.random() < 0.04:
        options.append(r.choice(("bogus", "dev", "scope")))
    r.shuffle(options)
    return " ".join((text, *options))


def _address6(r: Random) -> str:
    action = r.choice(("add", "add", "add", "del", "replace"))
    return f"ip {r.choice(('', '-6 '))}addr {action} {r.choice(HOSTS6)}{r.choice(('/64', '/64', '', '/128', '/48'))} dev {r.choice(('va0', 'va0', 'va1'))}"


def _link(r: Random) -> str:
    device = r.choice(("va0", "va0", "vb0", "nope", "va1"))
    return r.choice((
        f"ip link set {device} up", f"ip link set dev {device} down", f"ip l s {device} up", f"ip li set {device} mtu 1400",
        f"ip link set {device} arp off", f"ip link set {device} bogus", f"ip link set {device} mtu 10", "ip link set up",
        f"ip link set {device} up mtu 1500 arp on",
    ))  # fmt: skip


def _route(r: Random) -> str:
    word = r.choice(("route", "route", "r", "ro"))
    if r.random() < 0.06:
        return f"ip {word} flush " + r.choice(
            (
                "table 100",
                "dev va0",
                "10.5.0.0/16",
                "root 10.0.0.0/8",
                "cache",
                "proto boot",
                "match 10.5.5.5",
                "via 10.0.0.254",
            )
        )
    action = r.choice(("add", "add", "add", "a", "replace", "del", "del", "change", "append", "prepend"))
    kind = r.random()
    network = r.choice(NETWORKS)
    if kind < 0.12:
        network = f"{r.choice(('blackhole', 'unreachable', 'prohibit', 'throw'))} {network}"
        options = []
    elif kind < 0.25:
        network = f"local {network}"
        options = [f"dev {r.choice(('lo', 'lo', 'va0'))}"]
    elif kind < 0.4:
        options = [f"dev {r.choice(DEVICES)}"]
    else:
        options = [f"via {r.choice(GATEWAYS)}"]
        if r.random() < 0.3:
            options.append(f"dev {r.choice(DEVICES)}")
        if r.random() < 0.1:
            options.append("onlink")
    if r.random() < 0.25:
        options.append(f"table {r.choice(TABLES)}")
    if r.random() < 0.2:
        options.append(f"{r.choice(('metric', 'prio', 'm', 'preference'))} {r.randint(1, 3)}")
    if r.random() < 0.1:
        options.append(f"src {r.choice(HOSTS)}")
    if r.random() < 0.08:
        options.append(f"scope {r.choice(('link', 'global', 'host', 'foo'))}")
    if r.random() < 0.05:
        options.append(r.choice(("bogus", "via", "proto static", "table 9x9")))
    if r.random() < 0.04:
        options = ["nexthop via 10.0.0.2 nexthop via 10.0.0.3 weight 2"]
    if r.random() < 0.03:
        network = ""
    r.shuffle(options)
    return " ".join(("ip", word, action, network, *options))


def _route6(r: Random) -> str:
    action = r.choice(("add", "add", "add", "replace", "del", "change"))
    options = [
        r.choice(
            (
                f"via {r.choice(GATEWAYS6)}",
                f"dev {r.choice(('va0', 'va1', 'vb0'))}",
                f"via {r.choice(GATEWAYS6)} dev va0",
            )
        )
    ]
    if r.random() < 0.25:
        options.append(f"metric {r.randint(1, 3)}")
    if r.random() < 0.2:
        options.append("table 100")
    return " ".join(("ip", "-6", "route", action, r.choice(NETWORKS6), *options))


def _rule(r: Random) -> str:
    action = r.choice(("add", "add", "add", "a", "del", "del", "delete"))
    if r.random() < 0.03:
        return r.choice(("ip rule flush", "ip rule add", "ip rule del", "ip ru add bogus"))
    options = []
    if r.random() < 0.5:
        options.append(
            f"{r.choice(('prio', 'pref', 'priority', 'order', 'p', 'preference'))} {r.choice((100, 101, 32000, '0x64', 'x'))}"
        )
    if r.random() < 0.5:
        options.append(f"fwmark {r.choice(('1', '0x1', '2', '0x10/0xff', '1/0xffffffff', '0', '0/0xff', 'x'))}")
    if r.random() < 0.3:
        options.append(f"from {r.choice(('10.0.0.0/24', '10.0.0.1', 'all', '0/0', '10/8'))}")
    if r.random() < 0.2:
        options.append(f"to {r.choice(('10.5.0.0/16', '10.0.0.9', 'any'))}")
    if r.random() < 0.15:
        options.append(f"{r.choice(('iif', 'dev', 'oif'))} {r.choice(('va0', 'lo', 'nope'))}")
    if r.random() < 0.8:
        options.append(
            r.choice(
                (f"{r.choice(('table', 'lookup', 't'))} {r.choice(('100', 'main', '0x64', '200'))}",) * 6
                + ("blackhole", "prohibit", "unreachable", "goto 32766", "nop")
            )
        )
    if not options:
        options.append("table 100")
    r.shuffle(options)
    return " ".join(("ip", r.choice(("rule", "ru")), action, *options))


def _rule6(r: Random) -> str:
    return _rule(r).replace("ip ru", "ip -6 ru").replace("10.0.0.0/24", "fd00::/64").replace("10.0.0.1", "fd00::1").replace(
        "0/0", "::/0").replace("10/8", "fd00::/8").replace("10.5.0.0/16", "fd05::/64").replace("10.0.0.9", "fd00::9")  # fmt: skip


def _ifconfig(r: Random) -> str:
    device = r.choice(("va0", "va0", "va0:1", "va0:1", "va0:2", "lo:0", "va1", "nope", "vb0", "vb0:1"))
    kind = r.random()
    if kind < 0.2:
        return f"ifconfig {device} {r.choice(('up', 'down', 'down'))}"
    if kind < 0.3:
        return f"ifconfig {device} {r.choice(('-arp', 'mtu 1300', 'netmask 255.255.0.0', 'broadcast 10.0.9.9', 'netmask 255.0.255.0'))}"
    text = f"ifconfig {device} {r.choice(('10.0.0.1', '10.0.0.2', '192.168.5.1', '172.16.1.1', '224.0.0.5', '0.0.0.0', '10.1', 'foo'))}"
    if r.random() < 0.6:
        text += f" netmask {r.choice(('255.255.255.0', '255.255.255.255', '255.255.0.0', '255.255.255.0'))}"
    if r.random() < 0.2:
        text += f" broadcast {r.choice(('10.0.0.255', '10.0.9.9'))}"
    return text + r.choice(("", "", " up"))


def _old_route(r: Random) -> str:
    action = r.choice(("add", "add", "add", "del"))
    target = r.choice(("default", "-net 10.5.0.0 netmask 255.255.0.0", "-host 10.5.5.5", "-net 10.6.0.0/16", "10.5.5.6", "-net 10.7.0.0",
                       "-net 10.5.1.0 netmask 255.255.0.0", "-net default", "-host 10.8.0.0 netmask 255.255.0.0", "-net foo"))  # fmt: skip
    way = r.choice(
        (f"gw {r.choice(GATEWAYS)}",) * 3
        + (f"dev {r.choice(DEVICES)}", r.choice(DEVICES), f"gw {r.choice(GATEWAYS)} dev va0", "", "reject")
    )
    extra = r.choice(("", "", "", " metric 2"))
    return f"route {action} {target} {way}{extra}".strip()
