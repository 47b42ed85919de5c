"""The description of a set-up as lines of text, as a person would draw it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from lvscompile.ir.site import REAL_SERVER

Json = dict[str, Any]
Tree = tuple[str, "list[Tree]"]

BOX = ("\u251c\u2500 ", "\u2514\u2500 ", "\u2502  ")
PLAIN = ("|- ", "`- ", "|  ")
DEAF = {
    "vrid": "other virtual router ids",
    "version": "other VRRP versions",
    "interval": "other advertisement intervals",
    "auth": "other authentication",
    "addresses": "other addresses",
    "casting": "one speaks unicast, the other multicast",
    "group": "other multicast groups",
    "peers": "not in each other's peer lists",
}


def draw(description: Json, *, box: bool = False) -> list[str]:
    """Lines of text; with `box` the branches are box characters, else ASCII."""
    marks = BOX if box else PLAIN
    trees = [*_clusters(description), *_hosts(description)]
    lines: list[str] = []
    for head, branches in trees:
        lines += [*([""] if lines else []), head, *_branches(branches, marks)]
    return lines


def _branches(trees: Sequence[Tree], marks: tuple[str, str, str]) -> Iterator[str]:
    tee, corner, bar = marks
    for at, (text, inner) in enumerate(trees):
        last = at == len(trees) - 1
        yield (corner if last else tee) + text
        yield from (("   " if last else bar) + line for line in _branches(inner, marks))


def _leaves(lines: Iterable[str]) -> list[Tree]:
    return [(line, []) for line in lines]


# -- clusters -------------------------------------------------------------------------------------------


def _clusters(description: Json) -> Iterator[Tree]:
    for cluster in description["clusters"]:
        yield " and ".join(cluster["hosts"]), [_router(router) for router in cluster["routers"]]


def _router(router: Json) -> Tree:
    members = router["members"]
    vrids = " and ".join(dict.fromkeys(str(m["vrid"] if m["vrid"] is not None else "?") for m in members))
    names = " and ".join(dict.fromkeys(m["instance"] for m in members))
    family = ", IPv6" if router["family"] == 6 else ""
    hosts = [member["host"] for member in members]
    lines = [_owned(address, router, hosts) for address in router["addresses"]]
    return f"VRID {vrids} ({names}{family}): {_mastery(router, hosts)}", _leaves([*lines, *_takeovers(router, hosts)])


def _mastery(router: Json, hosts: list[str]) -> str:
    if router["deaf"] and not router["held_back_by"]:
        reasons = ", ".join(DEAF[kind] for kind in router["deaf"])
        return f"BOTH ARE MASTER, {hosts[0]} and {hosts[1]} do not hear each other: {reasons}"
    held = f"; the other one is held back by sync group {router['held_back_by']} only" if router["held_back_by"] else ""
    if router["master"] is None:
        return f"{router['because']}{held}"
    return f"{router['master']} is master, {router['because']}{held}"


def _owned(address: Json, router: Json, hosts: list[str]) -> str:
    text = _address(address)
    if address["hosts"] != hosts:
        return f"{text}, known to {address['hosts'][0]} only"
    if router["deaf"] and not router["held_back_by"]:
        return f"{text}, held by both"
    return f"{text}, held by {router['master']}" if router["master"] else text


def _takeovers(router: Json, hosts: list[str]) -> Iterator[str]:
    """What happens when a master goes: the one there is, or each that there may be."""
    if router["worst_failover_crash_ms"] is None:
        return
    first, second = router["members"]
    for gone, heir in ((first, second), (second, first)):
        if router["master"] in (None, gone["host"]):
            crash, stop = _seconds(heir["master_down_ms"]), _seconds(heir["skew_ms"])
            yield f"crash of {gone['host']}: {heir['host']} takes over within {crash}; planned stop: {stop}"


# -- hosts ----------------------------------------------------------------------------------------------


def _hosts(description: Json) -> Iterator[Tree]:
    paired = {
        (member["host"], member["instance"])
        for cluster in description["clusters"]
        for router in cluster["routers"]
        for member in router["members"]
    }
    seen: list[Json] = []
    for host in description["hosts"]:
        branches = [_instance(each, (host["name"], each["name"]) in paired) for each in host["instances"]]
        branches += [_sync_group(group) for group in host["sync_groups"]]
        branches += [_script(script) for script in host["scripts"]]
        like = next((other["name"] for other in seen if other["services"] == host["services"]), None)
        if host["services"] and like is not None:
            branches.append((f"services: the same as on {like}", []))
        else:
            branches += [_service(service) for service in host["services"]]
        seen.append(host)
        runs = f" (as keepalived {description['keepalived']} runs it)" if branches or host["machine"] is None else ""
        role = " (real server)" if host["role"] == REAL_SERVER else runs
        if host["machine"] is not None:
            from lvscompile.app.show_machine import draw

            branches += draw(host["machine"])
        yield f"{host['name']}{role}", branches or [("nothing to run", [])]


def _instance(instance: Json, paired: bool) -> Tree:
    facts = [
        f"VRID {instance['vrid'] if instance['vrid'] is not None else '?'} on {instance['interface'] or '?'}",
        f"VRRP {instance['vrrp_version']}{' for IPv6' if instance['family'] == 6 else ''}",
        f"state {instance['state']}",
        f"priority {instance['priority']}",
        f"advertises every {_plain_seconds(instance['advert_ms'])}",
        f"authentication {instance['auth']}" if instance["auth"] else "",
        "nopreempt" if not instance["preempt"] else "",
        f"preempts after {_plain_seconds(instance['preempt_delay_ms'])}" if instance["preempt_delay_ms"] else "",
    ]
    lines = [] if paired else [_address(address) for address in instance["addresses"]]
    lines += [f"{_address(address)}, not advertised" for address in instance["excluded"]]
    if instance["peers"]:
        lines.append(f"unicast to {', '.join(instance['peers'])}")
    lines += [_tracker(tracker) for tracker in instance["trackers"]]
    return f"{instance['name']}: {_listed(facts)}", _leaves(lines)


def _tracker(tracker: Json) -> str:
    weight = f", weight {tracker['weight']}" if tracker.get("weight") else ""
    return f"tracks {tracker['kind']} {tracker['name']}{weight}"


def _sync_group(group: Json) -> Tree:
    members = " and ".join(group["members"]) or "nobody"
    return f"{group['name']}: {members} move together", _leaves(_tracker(each) for each in group["trackers"])


def _script(script: Json) -> Tree:
    weight = f", weight {script['weight']}" if script["weight"] else ""
    every = _plain_seconds(script["interval_ms"])
    return f"{script['name']}: runs {script['command'] or 'nothing'} every {every}{weight}", []


def _service(service: Json) -> Tree:
    servers = service["real_servers"]
    sorry = service["sorry_server"]
    facts = [
        service["protocol"] or "",
        service["scheduler"],
        service["method"],
        f"persistent {service['persistence_s']} s" if service["persistence_s"] else "",
        f"quorum {service['quorum']}" if service["quorum"] != 1 else "",
    ]
    fates = {_fate(server) for server in servers}
    fate = f"; {fates.pop()}" if len(fates) == 1 else "" if servers else "; no real server: keepalived ignores it"
    inner: list[Tree] = [(_server(server, service, bool(fates)), []) for server in servers]
    if sorry:
        inner.append((f"{_endpoint(sorry)} when too few are left (sorry server)", []))
    title = _endpoint(service) if service["kind"] == "address" else f"{service['kind']} {service['name']}"
    return f"{title}: {_listed(facts)}{fate}", inner


def _server(server: Json, service: Json, fate: bool) -> str:
    checks = [
        f"{check['kind']} every {_plain_seconds(check['delay_loop_ms'])}" if check["delay_loop_ms"] else check["kind"]
        for check in server["checks"]
    ]
    facts = [
        f"weight {server['weight']}",
        server["method"] if server["method"] != service["method"] else "",
        " and ".join(checks),
        "stays with weight 0 when dead" if server["inhibit_on_failure"] else "",
        _fate(server) if fate else "",
    ]
    return f"{_endpoint(server)}, {_listed(facts)}"


def _fate(server: Json) -> str:
    """What becomes of a server that dies: silently, or refusing."""
    worst, likely = server["worst_detection_ms"], server["likely_detection_ms"]
    if not server["checks"]:
        return "no check: a dead server is never taken out"
    if worst is None:
        return "a silent server is not noticed by its checks"
    quick = f", after {_seconds(likely)} if it refuses" if likely is not None and likely < worst else ""
    return f"a dead server is out after {_seconds(worst)} at worst{quick}"


# -- words ----------------------------------------------------------------------------------------------


def _listed(facts: Iterable[str]) -> str:
    return ", ".join(fact for fact in facts if fact)


def _address(address: Json) -> str:
    prefix = f"/{address['prefix']}" if address["prefix"] is not None else ""
    device = f" on {address['device']}" if address["device"] else ""
    label = f" ({address['label']})" if address["label"] else ""
    return f"{address['address']}{prefix}{device}{label}"


def _endpoint(place: Json) -> str:
    if not place["port"]:
        return str(place["address"])
    address = f"[{place['address']}]" if ":" in place["address"] else place["address"]
    return f"{address}:{place['port']}"


def _seconds(milliseconds: float) -> str:
    """A duration that was computed: tenths of seconds, milliseconds where those would say too little."""
    return f"{milliseconds / 1000:.1f} s" if milliseconds >= 500 else f"{milliseconds:.0f} ms"


def _plain_seconds(milliseconds: float) -> str:
    """A duration that somebody wrote."""
    return f"{milliseconds / 1000:g} s"
