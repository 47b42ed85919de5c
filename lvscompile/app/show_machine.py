"""What a host's other inputs than keepalived.conf amount to, as plain data and as a drawing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lvscompile.ir.host import PolicyRule, Route
from lvscompile.ir.host_settings import forwards_ipv6, plain
from lvscompile.ir.ipvs import Destination, Service
from lvscompile.ir.machine import Machine
from lvscompile.ir.netfilter import Ruleset

Json = dict[str, Any]
Tree = tuple[str, "list[Tree]"]
LAST = 32765  # what the kernel gives to a rule that names no preference, if it is the first one
FORWARD = "net.ipv4.ip_forward"


def describe(machine: Machine) -> Json:
    """The IPVS table, addresses, routes, rules, filters. What no input tells of is null, or is not there."""
    sysctls = machine.facts.sysctls
    six = forwards_ipv6(sysctls)
    return {
        "table": [_service(service) for service in machine.ipvs.services] if machine.ipvs is not None else None,
        "table_complete": machine.ipvs.complete if machine.ipvs is not None else None,
        "forwards_ipv4": bool(plain(sysctls, FORWARD).value) if plain(sysctls, FORWARD).because else None,
        "forwards_ipv6": bool(six.value) if six.because else None,
        "addresses": [
            {"address": each.address, "prefix": each.prefix, "device": each.device, "label": each.label or None}
            for each in machine.facts.addresses
        ],
        "routes": [_route(route) for route in machine.facts.routes],
        "rules": [_rule(rule) for rule in sorted(machine.facts.rules, key=_preference)],
        "filters": [_filter(ruleset) for ruleset in machine.filters],
    }


def _service(service: Service) -> Json:
    return {
        "protocol": service.protocol if service.protocol != "FWM" else None,
        "family": service.family,
        "address": service.address or None,
        "port": service.port or None,
        "fwmark": service.fwmark or None,
        "scheduler": service.scheduler or None,
        "persistence_s": service.persistence,
        "destinations": [_destination(each) for each in reversed(service.destinations)],
    }


def _destination(own: Destination) -> Json:
    limits = {"upper": own.upper, "lower": own.lower} if own.upper or own.lower else None
    return {
        "address": own.address, "port": own.port, "method": own.method, "weight": own.weight, "thresholds": limits,
    }  # fmt: skip


def _route(route: Route) -> Json:
    return {
        "family": route.family,
        "kind": route.kind,
        "destination": route.destination,
        "via": route.via or None,
        "device": route.device or None,
        "table": route.table,
    }


def _rule(rule: PolicyRule) -> Json:
    return {
        "family": rule.family,
        "preference": rule.preference,
        "action": rule.action,
        "table": rule.table if rule.action == "lookup" else None,
        "fwmark": rule.mark,
        "from": rule.source or None,
        "to": rule.destination or None,
        "iif": rule.iif or None,
    }


def _preference(rule: PolicyRule) -> int:
    return LAST if rule.preference is None else rule.preference


def _filter(ruleset: Ruleset) -> Json:
    return {
        "family": ruleset.family,
        "tables": {table.name: sum(len(chain.rules) for chain in table.chains) for table in ruleset.tables},
    }


# -- the drawing ----------------------------------------------------------------------------------------------


def draw(machine: Json) -> Iterator[Tree]:
    """The branches of a host."""
    for service in machine["table"] or ():
        yield _drawn_service(service)
    if machine["table_complete"] is False:
        yield "there may be more services: the log does not tell how it began", []
    for key, name in (("forwards_ipv4", "IPv4"), ("forwards_ipv6", "IPv6")):
        if machine[key] is not None:
            yield f"{'forwards' if machine[key] else 'does not forward'} {name} packets", []
    yield from ((_drawn_address(each), []) for each in machine["addresses"])
    yield from ((_drawn_rule(each), []) for each in machine["rules"])
    yield from ((_drawn_route(each), []) for each in machine["routes"])
    for each in machine["filters"]:
        counts = ", ".join(f"{name} {count}" for name, count in each["tables"].items() if count)
        if counts:
            yield f"packet filter for IPv{each['family']}, rules: {counts}", []


def _drawn_service(service: Json) -> Tree:
    title = f"fwmark {service['fwmark']}" if service["fwmark"] else _place(service["address"], service["port"])
    facts = [
        service["protocol"],
        service["scheduler"],
        f"persistent {service['persistence_s']} s" if service["persistence_s"] else "",
    ]
    inner: list[Tree] = [(_drawn_destination(each), []) for each in service["destinations"]]
    return f"{title}: {', '.join(filter(None, facts))}; no health checks", inner


def _drawn_destination(own: Json) -> str:
    limits = own["thresholds"]
    more = f", at most {limits['upper']} connections" if limits and limits["upper"] else ""
    return f"{_place(own['address'], own['port'])}, {own['method']}, weight {own['weight']}{more}"


def _place(address: str, port: int | None) -> str:
    shown = f"[{address}]" if ":" in address else address
    return f"{shown}:{port}" if port else shown


def _drawn_address(own: Json) -> str:
    label = f" ({own['label']})" if own["label"] else ""
    return f"{own['address']}/{own['prefix']} on {own['device']}{label}"


def _drawn_rule(rule: Json) -> str:
    chosen = [
        f"mark {rule['fwmark']}" if rule["fwmark"] is not None else "",
        f"from {rule['from']}" if rule["from"] else "",
        f"to {rule['to']}" if rule["to"] else "",
        f"coming in by {rule['iif']}" if rule["iif"] else "",
    ]
    which = " ".join(filter(None, chosen)) or "all packets"
    return f"{which}: {'table ' + rule['table'] if rule['table'] else rule['action']}"


def _drawn_route(route: Json) -> str:
    words = [
        route["kind"] if route["kind"] != "unicast" else "",
        "default"
        if route["destination"] in ("0.0.0.0/0", "::/0") and route["kind"] == "unicast"
        else route["destination"],
        f"via {route['via']}" if route["via"] else "",
        f"dev {route['device']}" if route["device"] else "",
    ]
    table = f" (table {route['table']})" if route["table"] != "main" else ""
    return f"route {' '.join(filter(None, words))}{table}"
