"""What the tests of virtual services are written with: services, piece by piece."""

from __future__ import annotations

TCP = "TCP_CHECK {\n}"
PING = "PING_CHECK {\n}"
GROUP = "virtual_server_group G {\n    192.0.2.10 80\n}\n"
MARKS = "virtual_server_group G {\n    fwmark 5\n}\n"


def server(address: str = "198.51.100.1 80", *lines: str, check: str = TCP) -> str:
    """A real server; its own lines begin at its second one, its check behind them."""
    return "\n".join((f"real_server {address} {{", *lines, *([check] if check else []), "}"))


def farm(
    *lines: str,
    head: str = "192.0.2.10 80",
    algo: str = "rr",
    kind: str = "NAT",
    protocol: str = "TCP",
    servers: tuple[str, ...] = (),
) -> str:
    """A virtual server with one real server; `lines` begin at line 5 if nothing above them is left out."""
    said = (("lb_algo", algo), ("lb_kind", kind), ("protocol", protocol))
    return "\n".join(
        (f"virtual_server {head} {{", *(f"{word} {value}" for word, value in said if value), *lines)
        + (servers or (server(),))
        + ("}\n",)
    )


def checked(
    *lines: str,
    address: str = "198.51.100.1 80",
    inside: str = "",
    head: str = "192.0.2.10 80",
    kind: str = "NAT",
    protocol: str = "TCP",
) -> str:
    """A virtual server, with one line more if you like, whose one check has these lines; it begins at line 6."""
    servers = (server(address, check="\n".join(lines)),)
    return farm(*([inside] if inside else ()), head=head, kind=kind, protocol=protocol, servers=servers)
