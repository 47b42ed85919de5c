"""A set-up as plain data: what each host does, and who takes over from whom, with every default filled in."""

from __future__ import annotations

from typing import Any

from lvscompile.app.drawing import draw
from lvscompile.app.load import Loaded
from lvscompile.ir.checks import (
    SECOND,
    CheckSpec,
    ServerSpec,
    ServiceSpec,
    likely_detection,
    micros,
    server_likely_detection,
    server_worst_detection,
    service_spec,
    worst_detection,
)
from lvscompile.ir.core import KNOWN_KEEPALIVED, Block, Version, show_version
from lvscompile.ir.effective import VrrpParams, master_down_interval, skew, vrrp_params
from lvscompile.ir.failover import failover, healthy, weights_when_well
from lvscompile.ir.peers import Pair, Twins, deafness, held_back_by, pairs, unheard
from lvscompile.ir.site import Director
from lvscompile.ir.vrrp import Address, Script, SyncGroup, VrrpInstance
from lvscompile.lint.known import Known
from lvscompile.syntax.secrets import Masker

__all__ = ["describe", "draw"]

Json = dict[str, Any]
# Values that keepalived takes from a list of its own, or that are addresses: no secret can be in them.
PUBLIC = frozenset(
    {"address", "group", "peers", "source", "state", "auth", "kind", "protocol", "scheduler", "method", "keepalived",
     "deaf", "because"}
)  # fmt: skip


def describe(loaded: Loaded, *, compare: bool = True) -> Json:
    """The JSON form. Times are milliseconds; without a target the newest known version is meant."""
    version = loaded.site.target.keepalived or KNOWN_KEEPALIVED[-1]
    directors = loaded.site.directors
    known = Known(clusters=loaded.clusters)
    description = {
        "version": 1,
        "keepalived": show_version(version),
        "hosts": [_host(director, version) for director in directors],
        "clusters": [_cluster(pair, version) for pair in pairs(directors) if known.together(pair.a.name, pair.b.name)]
        if compare
        else [],
    }
    masked: Json = _masked(description, "", Masker(loaded.secrets))
    return masked


def _masked(value: Any, key: str, mask: Masker) -> Any:
    """Names and commands are free text: whoever wrote a password there must not find it in a drawing."""
    if isinstance(value, dict):
        return {name: _masked(each, name, mask) for name, each in value.items()}
    if isinstance(value, list):
        return [_masked(each, key, mask) for each in value]
    return mask.line(value) if isinstance(value, str) and key not in PUBLIC else value


def _ms(micros: int | None) -> float | None:
    if micros is None:
        return None
    return micros / 1000 if micros % 1000 else micros // 1000


# -- hosts ----------------------------------------------------------------------------------------------


def _host(director: Director, version: Version) -> Json:
    groups = {member.value: group.name for group in director.sync_groups for member in group.members}
    return {
        "name": director.name,
        "role": director.role,
        "instances": [
            _instance(director, each, groups.get(each.name), params)
            for each, params in zip(director.vrrp, _params(director, version), strict=True)
        ],
        "sync_groups": [_sync_group(group) for group in director.sync_groups],
        "services": [_service(service_spec(director, each, version)) for each in director.services],
        "scripts": [_script(script) for script in director.scripts],
        "machine": _machine(director),
    }


def _machine(director: Director) -> Json | None:
    """What the other inputs of the host amount to."""
    if director.machine is None:
        return None
    from lvscompile.app.show_machine import describe

    return describe(director.machine)


def _params(director: Director, version: Version) -> list[VrrpParams]:
    """The instances of a host while all that they track is well."""
    weights = weights_when_well(director)
    return [healthy(vrrp_params(director, each, version), weights.get(each.name, 0)) for each in director.vrrp]


def _instance(director: Director, instance: VrrpInstance, group: str | None, params: VrrpParams) -> Json:
    delay = instance.preempt_delay
    return {
        "name": instance.name,
        "vrid": params.vrid,
        "family": params.family,
        "vrrp_version": params.version,
        "interface": instance.interface.value if instance.interface else None,
        "state": params.state,
        "priority": params.priority,
        "advert_ms": _ms(params.advert_int),
        "skew_ms": _ms(skew(params)),
        "master_down_ms": _ms(master_down_interval(params)),
        "preempt": not params.nopreempt,
        "preempt_delay_ms": _ms(delay.value) if delay else 0,
        "addresses": [_address(address) for address in instance.addresses],
        "excluded": [_address(address) for address in instance.excluded],
        "peers": [peer.address for peer in instance.peers if peer.family == params.family],
        "group": params.group or None,
        "source": params.source or None,
        "auth": params.auth[0] or None,
        "trackers": [{"kind": t.kind, "name": t.name, "weight": t.weight} for t in instance.trackers],
        "sync_group": group,
    }


def _address(address: Address) -> Json:
    return {
        "address": address.address,
        "prefix": address.prefix,
        "device": address.device or None,
        "label": address.label or None,
    }


def _sync_group(group: SyncGroup) -> Json:
    tracked = [
        {"kind": block.keyword.name.removeprefix("track_"), "name": item.words[0]}
        for block in group.blocks
        if block.keyword.name.startswith("track_")
        for item in block.items
        if item.valid
    ]
    return {"name": group.name, "members": [member.value for member in group.members], "trackers": tracked}


def _script(script: Script) -> Json:
    command, interval = script.setting("script"), script.setting("interval")
    return {
        "name": script.name,
        "command": " ".join(command.words[1:]) if command else None,
        "interval_ms": _ms(micros(interval.words[1]) if interval else SECOND),
        "weight": _number(script, "weight", 0),
        "rise": _number(script, "rise", 1),
        "fall": _number(script, "fall", 1),
    }


def _number(block: Block, name: str, default: int) -> int:
    setting = block.setting(name)
    return int(setting.words[1]) if setting is not None else default


# -- services -------------------------------------------------------------------------------------------


def _service(spec: ServiceSpec) -> Json:
    sorry = spec.sorry_server
    return {
        "kind": spec.kind,
        "address": spec.address if spec.kind == "address" else None,
        "name": spec.address if spec.kind != "address" else None,
        "port": spec.port,
        "protocol": spec.protocol or None,
        "scheduler": spec.scheduler,
        "method": spec.method,
        "persistence_s": spec.persistence or None,
        "quorum": spec.quorum,
        "hysteresis": spec.hysteresis,
        "alpha": spec.alpha,
        "sorry_server": {"address": sorry.address, "port": sorry.port, "method": sorry.method} if sorry else None,
        "real_servers": [_server(server) for server in spec.real_servers],
    }


def _server(server: ServerSpec) -> Json:
    return {
        "address": server.address,
        "port": server.port,
        "weight": server.weight,
        "method": server.method,
        "inhibit_on_failure": server.inhibit_on_failure,
        "checks": [_check(check) for check in server.checks],
        "worst_detection_ms": _ms(server_worst_detection(server)),
        "likely_detection_ms": _ms(server_likely_detection(server)),
    }


def _check(check: CheckSpec) -> Json:
    return {
        "kind": check.kind,
        "delay_loop_ms": _ms(check.delay_loop),
        "timeout_ms": _ms(check.attempt_timeout),
        "retry": check.retry,
        "delay_before_retry_ms": _ms(check.delay_before_retry),
        "warmup_ms": _ms(check.warmup),
        "alpha": check.alpha,
        "worst_detection_ms": _ms(worst_detection(check)),
        "likely_detection_ms": _ms(likely_detection(check)),
    }


# -- clusters -------------------------------------------------------------------------------------------


def _cluster(pair: Pair, version: Version) -> Json:
    params = {
        id(instance): each
        for director in (pair.a, pair.b)
        for instance, each in zip(director.vrrp, _params(director, version), strict=True)
    }
    return {
        "hosts": [pair.a.name, pair.b.name],
        "routers": [_router(pair, each, params[id(each.a)], params[id(each.b)], version) for each in pair.twins],
    }


def _router(pair: Pair, twins: Twins, a: VrrpParams, b: VrrpParams, version: Version) -> Json:
    master, because = _election(twins, a, b)
    deaf = sorted(deafness(a, b, twins.same_router, version) | _unheard(a, b))
    held = held_back_by(pair, twins, version) if deaf else ""
    split = bool(deaf) and not held
    backups = [failover(b, a)] if master == twins.a_host.name else [failover(a, b)]
    if master is None:
        backups.append(failover(b, a))
    return {
        "members": [_member(twins.a_host, twins.a, a, b), _member(twins.b_host, twins.b, b, a)],
        "family": a.family,
        "master": None if split else master,
        "because": "" if split else because,
        "deaf": deaf,
        "held_back_by": held or None,
        "worst_failover_crash_ms": None if split else _ms(max(each.crash for each in backups)),
        "worst_failover_stop_ms": None if split else _ms(max(each.stop for each in backups)),
        "addresses": _shared(twins),
    }


def _member(host: Director, instance: VrrpInstance, own: VrrpParams, other: VrrpParams) -> Json:
    times = failover(own, other)
    return {
        "host": host.name,
        "instance": instance.name,
        "vrid": own.vrid,
        "priority": own.priority,
        "skew_ms": _ms(times.stop),
        "master_down_ms": _ms(times.crash),
    }


def _election(twins: Twins, a: VrrpParams, b: VrrpParams) -> tuple[str | None, str]:
    """Who is master while both are well, and why. A backup obeys its equal: sources count between two masters only."""
    if a.priority == b.priority:
        if not (a.source and b.source) or a.source == b.source:
            return None, "equal priorities: whoever is up first"
        return None, "equal priorities: whoever is up first; if both are, the higher source address"
    host, high, low = (twins.a_host, a, b) if a.priority > b.priority else (twins.b_host, b, a)
    kept = "; nopreempt: it does not take back what it lost" if high.nopreempt else ""
    return host.name, f"priority {high.priority} against {low.priority}{kept}"


def _unheard(a: VrrpParams, b: VrrpParams) -> frozenset[str]:
    """Whether a backup misses the master's unicast because it is none of the master's peers."""
    masters = [(a, b)] if a.priority > b.priority else [(b, a)] if b.priority > a.priority else [(a, b), (b, a)]
    return frozenset({"peers"} if any(unheard(backup, master) for master, backup in masters) else ())


def _shared(twins: Twins) -> list[Json]:
    """The virtual addresses, and on which of the hosts."""
    found: dict[str, Json] = {}
    for host, instance in ((twins.a_host, twins.a), (twins.b_host, twins.b)):
        for address in instance.addresses:
            found.setdefault(address.address, _address(address) | {"hosts": []})["hosts"].append(host.name)
    return list(found.values())
