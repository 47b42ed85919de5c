"""Small configurations, put together from parts."""

from __future__ import annotations

import textwrap


def instance(
    more: str = "",
    *,
    name: str = "WEB",
    state: str = "BACKUP",
    interface: str = "eth0",
    vrid: int | str = 77,
    priority: int | str = 100,
    vips: str = "192.0.2.10/24",
) -> str:
    """A vrrp_instance that is right, with more lines inside it."""
    lines = [
        f"state {state}" if state else "",
        f"interface {interface}" if interface else "",
        f"virtual_router_id {vrid}",
        f"priority {priority}" if priority else "",
        more,
        block("virtual_ipaddress", vips) if vips else "",
    ]
    return block(f"vrrp_instance {name}", "\n".join(line for line in lines if line))


def block(head: str, inside: str = "") -> str:
    """A block, its contents indented."""
    return f"{head} {{\n{textwrap.indent(textwrap.dedent(inside).strip(chr(10)), '    ')}\n}}\n"


def server(address: str = "198.51.100.11", port: int | str = 80, more: str = "weight 1", check: str = "") -> str:
    return block(
        f"real_server {address} {port}".rstrip(), f"{more}\n{check or block('TCP_CHECK', 'connect_timeout 3')}"
    )


def service(
    more: str = "",
    *,
    at: str = "192.0.2.10 80",
    method: str = "NAT",
    scheduler: str = "wrr",
    protocol: str = "TCP",
    servers: str = "",
) -> str:
    """A virtual_server that is right, with more lines inside it."""
    lines = [
        "delay_loop 6",
        f"lvs_sched {scheduler}" if scheduler else "",
        f"lvs_method {method}" if method else "",
        f"protocol {protocol}" if protocol else "",
        more,
        servers or server(),
    ]
    return block(f"virtual_server {at}", "\n".join(line for line in lines if line))


def script(more: str = "", *, name: str = "chk", command: str = "/usr/local/sbin/check-web") -> str:
    """A vrrp_script with the global settings that keepalived wants for it."""
    return block("global_defs", "enable_script_security\nscript_user root") + block(
        f"vrrp_script {name}", f"script {command}\ninterval 2\n{more}"
    )


def tracked(name: str = "chk", weight: str = "") -> str:
    return block("track_script", f"{name} {weight}".strip())


def pair(a: str, b: str) -> dict[str, str]:
    return {"lvs1": a, "lvs2": b}


def alone(*texts: str) -> dict[str, str]:
    return {"lvs1": "".join(texts)}
