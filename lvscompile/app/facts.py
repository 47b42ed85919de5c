"""Looks at the host it runs on: what `lvscompile facts` prints.

It only reads. What cannot be read is said in `missing`, with the reason; nothing is an error.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from lvscompile.syntax.secrets import Masker

VERSION = 1
_TIMEOUT = 15  # seconds that a tool may take
_OF_INTERFACES = frozenset(
    [
        "forwarding",
        "rp_filter",
        "arp_ignore",
        "arp_announce",
        "src_valid_mark",
        "accept_local",
        "send_redirects",
        "route_localnet",
        "promote_secondaries",
        "arp_filter",
        "proxy_arp",
    ]
)
_OF_INTERFACES6 = frozenset(("forwarding", "disable_ipv6"))
_PLAIN = ("net/ipv4/ip_forward", "net/ipv4/ip_nonlocal_bind", "net/ipv6/ip_nonlocal_bind")
_FOLDERS = ("net/ipv4/vs",)
_MODULES = re.compile(
    r"ip_vs|nf_|xt_|ipt|ip6t|nft|ip_tables|ip6_tables|x_tables|bonding|8021q|bridge|br_netfilter|ipip|tunnel|dummy|veth|"
    r"macvlan|vrf|arp"
)


class Said(NamedTuple):
    """What a tool printed; `problem` where it could not be asked or would not answer."""

    text: str
    problem: str = ""


Tool = Callable[[tuple[str, ...]], Said]


def ask(command: tuple[str, ...]) -> Said:
    """Run a tool that only reads, without input and in plain English."""
    path = shutil.which(command[0], path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin:/usr/local/sbin")
    if path is None:
        return Said("", "is not installed")
    try:
        done = subprocess.run(
            [path, *command[1:]], stdin=subprocess.DEVNULL, capture_output=True, timeout=_TIMEOUT, check=False,
            env={**os.environ, "LC_ALL": "C"},
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return Said("", f"did not answer within {_TIMEOUT} seconds")
    except OSError as error:
        return Said("", (error.strerror or str(error)).lower())
    text = done.stdout.decode("utf-8", "replace")
    if done.returncode:
        complaint = done.stderr.decode("utf-8", "replace").strip().split("\n")[0]
        return Said(text, complaint or f"ended with status {done.returncode}")
    # keepalived tells its version on the error channel.
    return Said(text or done.stderr.decode("utf-8", "replace"))


def collect(tool: Tool = ask, proc: str = "/proc") -> dict[str, Any]:
    """All facts of this host, as the JSON has them."""
    missing: list[dict[str, str]] = []
    links, addresses = _links(tool, missing)
    return {
        "lvscompile_facts": VERSION,
        "hostname": os.uname().nodename,
        "kernel": os.uname().release,
        "sysctls": list(_sysctls(proc, missing)),
        "links": links,
        "addresses": addresses,
        "routes": [route for family in (4, 6) for route in _routes(tool, family, missing)],
        "rules": [rule for family in (4, 6) for rule in _rules(tool, family, missing)],
        "modules": _modules(proc, missing),
        "keepalived": _keepalived(tool, proc, missing),
        "ipvs": _ipvs(tool, proc, missing),
        "filters": _filters(tool, missing),
        "missing": missing,
    }


def show(facts: dict[str, Any]) -> str:
    """The JSON text, an item a line: it shall be read, compared and pointed into."""
    parts = []
    for key, value in facts.items():
        if isinstance(value, list) and value:
            inner = ",\n".join(f"    {json.dumps(item)}" for item in value)
            parts.append(f"  {json.dumps(key)}: [\n{inner}\n  ]")
        elif isinstance(value, dict) and value:
            inner = ",\n".join(f"    {json.dumps(name)}: {_indented(item)}" for name, item in value.items())
            parts.append(f"  {json.dumps(key)}: {{\n{inner}\n  }}")
        else:
            parts.append(f"  {json.dumps(key)}: {json.dumps(value)}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _indented(value: Any) -> str:
    if not (isinstance(value, list) and value):
        return json.dumps(value)
    return "[\n" + ",\n".join(f"      {json.dumps(item)}" for item in value) + "\n    ]"


# -- the kernel -----------------------------------------------------------------------------------------------


def _sysctls(proc: str, missing: list[dict[str, str]]) -> Iterator[dict[str, str]]:
    root = os.path.join(proc, "sys")
    paths = list(_PLAIN)
    for family, names in (("ipv4", _OF_INTERFACES), ("ipv6", _OF_INTERFACES6)):
        for interface in _names(os.path.join(root, f"net/{family}/conf")):
            paths += [f"net/{family}/conf/{interface}/{name}" for name in sorted(names)]
    for folder in _FOLDERS:
        names_here = _names(os.path.join(root, folder))
        if not names_here:
            missing.append({"what": folder, "why": "the kernel has no IPVS loaded"})
        paths += [f"{folder}/{name}" for name in names_here]
    unreadable: dict[str, int] = {}
    for path in paths:
        full = os.path.join(root, path)
        if not os.path.isfile(full):
            continue
        value, problem = _read(full)
        if problem:
            unreadable[problem] = unreadable.get(problem, 0) + 1
            continue
        yield {"key": path.translate(_SWAP), "value": " ".join(value.split())}
    for problem, count in unreadable.items():
        missing.append({"what": f"{count} kernel settings", "why": problem})


_SWAP = str.maketrans("./", "/.")


def _names(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def _read(path: str) -> tuple[str, str]:
    """The text of a file, read in small pieces: /proc refuses to be asked for much at once."""
    try:
        with open(path, "rb", buffering=0) as file:
            return b"".join(iter(lambda: file.read(4096), b"")).decode("utf-8", "replace"), ""
    except OSError as error:
        return "", (error.strerror or str(error)).lower()


def _modules(proc: str, missing: list[dict[str, str]]) -> list[str]:
    text, problem = _read(os.path.join(proc, "modules"))
    if problem:
        missing.append({"what": "modules", "why": problem})
    return sorted(line.split()[0] for line in text.splitlines() if line.split() and _MODULES.search(line.split()[0]))


# -- ip -------------------------------------------------------------------------------------------------------


def _json(tool: Tool, command: tuple[str, ...], what: str, missing: list[dict[str, str]]) -> list[dict[str, Any]]:
    said = tool(command)
    try:
        found = json.loads(said.text or "[]")
    except ValueError:
        found = None
        said = Said("", said.problem or "its answer is no JSON (iproute2 older than 4.13?)")
    if said.problem:
        missing.append({"what": what, "why": f"{' '.join(command)}: {said.problem}"})
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _links(tool: Tool, missing: list[dict[str, str]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    links, addresses = [], []
    for each in _json(tool, ("ip", "-d", "-j", "address"), "links and addresses", missing):
        name, flags = each.get("ifname"), each.get("flags", [])
        if not name:
            continue
        links.append({
            "name": name, "kind": each.get("linkinfo", {}).get("info_kind", "") or each.get("link_type", ""),
            "up": "UP" in flags, "arp": "NOARP" not in flags, "mtu": each.get("mtu"), "mac": each.get("address", ""),
            "master": each.get("master", ""),
        })  # fmt: skip
        for own in each.get("addr_info", []):
            four = own.get("family") == "inet"
            label = own.get("label", "")
            addresses.append({
                "family": 4 if four else 6, "address": own.get("local", ""), "prefix": own.get("prefixlen", 0),
                "device": name, "label": "" if label == name else label, "scope": own.get("scope", ""),
                "peer": own.get("address", ""), "broadcast": own.get("broadcast", ""),
                "secondary": bool(own.get("secondary")) and four,
            })  # fmt: skip
    return links, addresses


def _routes(tool: Tool, family: int, missing: list[dict[str, str]]) -> Iterator[dict[str, Any]]:
    command = ("ip", f"-{family}", "-d", "-j", "route", "show", "table", "all")
    bits = 32 if family == 4 else 128
    for each in _json(tool, command, f"routes of IPv{family}", missing):
        target = str(each.get("dst", ""))
        if target == "default":
            target = "0.0.0.0/0" if family == 4 else "::/0"
        hops = each.get("nexthops") or ([each] if "dev" in each or "gateway" in each else [])
        yield {
            "family": family, "type": each.get("type", "unicast"),
            "destination": target if "/" in target else f"{target}/{bits}", "table": str(each.get("table", "main")),
            "protocol": str(each.get("protocol", "")), "scope": str(each.get("scope", "global")),
            "metric": each.get("metric", 0), "source": each.get("prefsrc", ""),
            "hops": [
                {"via": hop.get("gateway") or hop.get("via", {}).get("host", ""), "device": hop.get("dev", ""),
                 "weight": hop.get("weight", 1), "onlink": "onlink" in hop.get("flags", [])}
                for hop in hops
            ],
        }  # fmt: skip


def _rules(tool: Tool, family: int, missing: list[dict[str, str]]) -> Iterator[dict[str, Any]]:
    bits = 32 if family == 4 else 128
    known = {"priority", "src", "srclen", "dst", "dstlen", "iif", "iif_detached", "oif", "oif_detached", "fwmark",
             "fwmask", "table", "action", "goto", "nop", "not", "tos", "protocol", "unresolved"}  # fmt: skip
    for each in _json(tool, ("ip", f"-{family}", "-j", "rule"), f"rules of IPv{family}", missing):
        sides = {}
        for side, length in (("src", "srclen"), ("dst", "dstlen")):
            text = str(each.get(side, "all"))
            sides[side] = "" if text == "all" else f"{text}/{each.get(length, bits)}"
        action = "goto" if "goto" in each else "nop" if "nop" in each else str(each.get("action", "lookup"))
        yield {
            "family": family, "preference": each.get("priority", 0), "action": action,
            "table": str(each.get("table", "")), "source": sides["src"], "destination": sides["dst"],
            "iif": each.get("iif", ""), "oif": each.get("oif", ""), "mark": each.get("fwmark"),
            "mask": each.get("fwmask"), "tos": str(each.get("tos", "")), "not": "not" in each,
            "target": each.get("goto"),
            "others": {name: str(value) for name, value in each.items() if name not in known},
        }  # fmt: skip


# -- IPVS, filters, keepalived --------------------------------------------------------------------------------


def _lines(text: str) -> list[str]:
    masker = Masker()
    return [masker.line(line) for line in text.splitlines()]


def _ipvs(tool: Tool, proc: str, missing: list[dict[str, str]]) -> dict[str, list[str]]:
    text, problem = _read(os.path.join(proc, "net/ip_vs"))
    if problem:
        why = "the kernel has no IPVS loaded" if "no such" in problem else problem
        missing.append({"what": "IPVS table", "why": why})
        return {}
    said = tool(("ipvsadm", "-S", "-n"))
    if not said.problem:
        return {"ipvsadm-save": _lines(said.text)}
    missing.append({"what": "IPVS table as commands", "why": f"ipvsadm: {said.problem}"})
    return {"/proc/net/ip_vs": _lines(text)}


def _filters(tool: Tool, missing: list[dict[str, str]]) -> dict[str, list[str]]:
    """Each rule set under the name of the tool that tells it. What iptables keeps in nftables is told by both."""
    found: dict[str, list[str]] = {}
    commands = [("nft", "-s", "list", "ruleset"), ("iptables-save",), ("ip6tables-save",), ("arptables-save",)]
    commands += [(f"{name}-{kind}-save",) for name in ("iptables", "ip6tables") for kind in ("legacy", "nft")]
    seen: set[tuple[str, ...]] = set()
    for command in commands:
        said = tool(command)
        name = command[0]
        if said.problem:
            if "-legacy" not in name and "-nft" not in name:
                missing.append({"what": "rules of " + name, "why": f"{' '.join(command)}: {said.problem}"})
            continue
        # When it was saved says nothing of what was saved.
        kept = [line for line in _lines(said.text) if not line.startswith(("# Generated by", "# Completed on"))]
        key = tuple(kept)
        if (kept and key not in seen) or name in ("nft", "iptables-save", "ip6tables-save"):
            found[name] = kept
        seen.add(key)
    return found


def _keepalived(tool: Tool, proc: str, missing: list[dict[str, str]]) -> dict[str, Any]:
    said = tool(("keepalived", "--version"))
    match = re.search(r"Keepalived v(\d+(?:\.\d+)+)", said.text)
    if match is None:
        missing.append({"what": "version of keepalived", "why": said.problem or "its answer is not understood"})
    masker = Masker()
    commands: list[str] = []
    for pid in sorted(filter(str.isdigit, _names(proc)), key=int):
        name, _ = _read(os.path.join(proc, pid, "comm"))
        if name.strip() != "keepalived":
            continue
        line, problem = _read(os.path.join(proc, pid, "cmdline"))
        text = masker.line(" ".join(line.split("\0")).strip())
        testing = {"-t", "--config-test"} & set(text.split())
        if text and not problem and not testing and text not in commands:
            commands.append(text)
    return {"version": match[1] if match else "", "running": commands}
