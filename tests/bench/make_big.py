"""A large keepalived.conf: 37,205 real servers, no two blocks alike, the same bytes every time.

python tests/bench/make_big.py [REAL_SERVERS] > big.conf
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator

REAL_SERVERS = 37_205
SEED = 51

SCHEDULERS = ("rr", "wrr", "lc", "wlc", "sh")
WORDS = (
    "portal",
    "mail",
    "ldap",
    "shop",
    "archive",
    "intranet",
    "api",
    "cache",
    "tickets",
    "search",
    "static",
    "stream",
)
COMMENTS = (
    "# moved in March",
    "! ask the network team first",
    '# the "old" rack',
    "# weight by number of cores",
    "#",
    "# {not a block}",
)


def lines(real_servers: int = REAL_SERVERS) -> Iterator[str]:
    """The file, line by line. Blocks differ in addresses, names, weights, comments, layout and checks."""
    dice = random.Random(SEED)
    yield "! Machine written, like the farms it stands for."
    yield "global_defs {"
    yield '\trouter_id "balancer 1"'
    yield "}"
    yield ""
    yield "vrrp_instance VI_1 {"
    yield from ("\tstate BACKUP", "\tinterface eth0", "\tvirtual_router_id 51", "\tpriority 100", "\tadvert_int 1")
    yield "\tvirtual_ipaddress {"
    yield from ("\t\t10.255.255.1/24 dev eth0", "\t}", "}", "")
    made = service = 0
    while made < real_servers:
        count = min(dice.randrange(8, 60), real_servers - made)
        yield from virtual_server(dice, service, made, count)
        made += count
        service += 1


def virtual_server(dice: random.Random, service: int, first: int, count: int) -> Iterator[str]:
    name = f"{dice.choice(WORDS)}-{service}"
    tab = dice.choice(("\t", "    ", "  "))
    port = 1024 + service % 60_000
    yield f"# {name}: {count} real servers {dice.choice(COMMENTS)}"
    yield f"virtual_server {address(10, service + 256)} {port} {{" + dice.choice(("", f"  # {name}"))
    yield f"{tab}delay_loop {dice.randrange(2, 60)}"
    yield f"{tab}lb_algo {dice.choice(SCHEDULERS)}\t\t{dice.choice(COMMENTS)}"
    yield f"{tab}lb_kind NAT"
    yield f"{tab}protocol TCP"
    if dice.random() < 0.4:
        yield f"{tab}persistence_timeout {dice.randrange(30, 3600)}"
    if dice.random() < 0.3:
        yield f'{tab}virtualhost "{name}.example.org"'
    yield ""
    for number in range(first, first + count):
        yield from real_server(dice, name, number, port, tab)
    yield "}"
    yield ""


def real_server(dice: random.Random, name: str, number: int, port: int, tab: str) -> Iterator[str]:
    if dice.random() < 0.3:
        yield f"{tab}{dice.choice(COMMENTS)} {name} {number}"
    yield f"{tab}real_server {address(172, number)} {port} {{"
    yield f"{tab * 2}weight {dice.randrange(1, 250)}{dice.choice(('', '', '  # ' + name))}"
    if dice.random() < 0.76:
        yield from (f"{tab * 2}TCP_CHECK {{", f"{tab * 3}connect_timeout {dice.randrange(1, 20)}", f"{tab * 2}}}")
    else:
        yield f"{tab * 2}HTTP_GET {{"
        yield f"{tab * 3}url {{"
        yield f'{tab * 4}path "/{name}/health?host={number}"'
        yield f"{tab * 4}status_code {dice.choice((200, 204, 301))}"
        yield f"{tab * 3}}}"
        yield f"{tab * 3}connect_timeout {dice.randrange(1, 20)}"
        yield f"{tab * 2}}}"
    yield f"{tab}}}"


def address(first: int, number: int) -> str:
    return f"{first}.{16 + (number >> 16)}.{number >> 8 & 255}.{number & 255}"


def text(real_servers: int = REAL_SERVERS) -> str:
    return "\n".join(lines(real_servers)) + "\n"


if __name__ == "__main__":
    sys.stdout.write(text(int(sys.argv[1]) if len(sys.argv) > 1 else REAL_SERVERS))
