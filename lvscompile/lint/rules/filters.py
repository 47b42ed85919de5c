"""Rules about the packet filter in the way of what directors tell each other: VRRP, and the connections they hand over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from lvscompile.ir.core import Setting
from lvscompile.ir.effective import VrrpParams
from lvscompile.ir.machine import Machine
from lvscompile.ir.netfilter import Rule, Ruleset, Spec
from lvscompile.ir.path import Packet, Step, matches
from lvscompile.ir.site import Director
from lvscompile.ir.vrrp import VrrpInstance
from lvscompile.lint.engine import Context, Emit, Equipped, Place
from lvscompile.lint.packets import INCOMING, PASSES, accepts, behind, everywhere, place, refusal, words
from lvscompile.lint.registry import rule
from lvscompile.syntax.iptables.names import protocol_number

# What keepalived gives interfaces of its own: by which of them a packet comes in depends on its version.
_OWN_INTERFACES = frozenset({"use_vmac", "use_ipvlan"})
_SYNC_GROUP, _SYNC_PORT = "224.0.0.81", 8848
_SYNC_OPTIONS = {"group": _SYNC_GROUP, "port": str(_SYNC_PORT)}


class Advert(NamedTuple):
    """An advertisement that a host takes or sends. `peer` is the other host's address, "" where it is not known."""

    instance: VrrpInstance
    params: VrrpParams
    peer: str
    packet: Packet

    @property
    def interface(self) -> str:
        return self.instance.interface.value if self.instance.interface is not None else ""


class Deaf(NamedTuple):
    """An instance that does not hear its peer: the step that refuses the advertisements, why (one of the names in
    _KINDS), the rule that was meant to accept them, and whether they come through once the host has sent its own.
    """

    advert: Advert
    ruleset: Ruleset
    step: Step
    kind: str
    accept: Rule | None
    heals: bool


def adverts(machine: Machine, director: Director, ctx: Context, outgoing: bool = False) -> Iterator[Advert]:
    """The advertisements that come in, one for each peer that is known, or those that go out."""
    for instance in director.vrrp:
        if instance.interface is None:
            continue
        params = ctx.params(director, instance, ctx.newest())
        name = (
            None
            if _OWN_INTERFACES & {setting.keyword.name for setting in instance.settings}
            else instance.interface.value
        )
        own = params.source or address_of(machine, instance.interface.value, params.family)
        protocol = "ah" if params.auth[0] == "AH" else "vrrp"
        for peer in sorted(params.peers) or [_twin_address(instance, ctx)]:
            packet = Packet(
                params.family, protocol, peer, params.group or own, in_interface=name, out_interface="", state="NEW",
                kind="multicast" if params.group else "unicast",
            )  # fmt: skip
            if outgoing:
                packet = packet._replace(
                    source=own, destination=params.group or peer, in_interface="", out_interface=name
                )
            yield Advert(instance, params, peer, packet)


def address_of(machine: Machine | None, interface: str, family: int) -> str:
    """The one address of an interface, "" where it is not known or there are several. That of IPv6 is a link-local
    one, of which inputs do not tell.
    """
    if machine is None or family == 6:
        return ""
    found = [own for own in machine.facts.addresses if own.device == interface and own.family == 4]
    return found[0].address if len(found) == 1 else ""


def _twins(instance: VrrpInstance, ctx: Context) -> Iterator[tuple[Director, VrrpInstance]]:
    """The instances of other hosts that back up this one."""
    for pair in ctx.pairs:
        for twins in pair.twins:
            if not twins.same_router:
                continue
            if twins.a is instance:
                yield twins.b_host, twins.b
            elif twins.b is instance:
                yield twins.a_host, twins.a


def _twin_address(instance: VrrpInstance, ctx: Context) -> str:
    twins = tuple(_twins(instance, ctx))
    if len(twins) != 1:
        return ""
    host, twin = twins[0]
    source = ctx.params(host, twin, ctx.newest()).source
    interface = twin.interface.value if twin.interface is not None else ""
    return source or address_of(host.machine, interface, twin.family)


def _deaf(equipped: Equipped, ctx: Context) -> Iterator[Deaf]:
    for advert in adverts(equipped.machine, equipped.director, ctx):
        ruleset = equipped.machine.filter(advert.packet.family)
        step = refusal(ruleset, INCOMING, advert.packet) if ruleset is not None else None
        if ruleset is None or step is None:
            continue
        heals = False
        if not advert.params.group:
            known = everywhere(ruleset, INCOMING, advert.packet._replace(state="ESTABLISHED"))
            if not known.verdict:
                continue
            heals = known.verdict == PASSES
        late = next((each for each in behind(ruleset, step) if _is_meant(each, advert, advert.packet)), None)
        wrong = _on_other_interface(ruleset, equipped.director, advert)
        kind = "late" if late else "interface" if wrong else "ah" if advert.packet.protocol == "ah" else "refused"
        yield Deaf(advert, ruleset, step, kind, late or wrong, heals)


def _is_meant(rule: Rule, advert: Advert, packet: Packet) -> bool:
    """Whether a rule was written to accept this."""
    spec = accepts(rule)
    return spec is not None and matches(spec, packet) is True and _names(spec, advert)


def _names(spec: Spec, advert: Advert) -> bool:
    """Whether a rule that takes this names the protocol or the group, and not all but others."""
    protocol = spec.protocol is not None and not spec.protocol.negated
    to = spec.destination if spec.destination is not None and not spec.destination.negated else None
    return protocol or (to is not None and to.net.address == advert.params.group)


def _on_other_interface(ruleset: Ruleset, director: Director, advert: Advert) -> Rule | None:
    """A rule that would accept the advertisements if they came in by another interface, on which no instance is."""
    if advert.packet.in_interface is None:
        return None
    used = {instance.interface.value for instance in director.vrrp if instance.interface is not None}
    for table, _, each in ruleset.rules():
        wanted = each.readable.in_interface if each.readable is not None else None
        if table.name != "filter" or wanted is None or wanted.negated or wanted.word in used:
            continue
        if wanted.word != "lo" and _is_meant(
            each, advert, advert.packet._replace(in_interface=wanted.word.rstrip("+"))
        ):
            return each
    return None


def _gravity(deaf: Deaf, ctx: Context) -> tuple[str, str, str]:
    """Severity, effect, and what happens because of it."""
    if deaf.heals:
        return "warning", "latent", (
            "This host hears its peer only once it has sent to it itself: each time that it starts, both are master for a moment"
        )  # fmt: skip
    twins = tuple(_twins(deaf.advert.instance, ctx))
    mine = deaf.advert.params.priority
    if twins and all(ctx.params(host, twin, ctx.newest()).priority < mine for host, twin in twins):
        return "warning", "latent", (
            "This host never hears its peer: it takes over even if told not to preempt, and once a failed check brings its priority "
            "below the peer's, both are master"
        )  # fmt: skip
    sure = bool(twins or deaf.advert.params.peers)
    return "error" if sure else "warning", "split", "This host never hears its peer: both are master"


def _name_of(advert: Advert) -> str:
    protocol = "AH, protocol 51" if advert.packet.protocol == "ah" else "protocol 112"
    to = f" to {advert.params.group}" if advert.params.group else f" from {advert.peer}"
    return f"the VRRP advertisements ({protocol}{to})"


def _remedy(advert: Advert) -> str:
    """The rule that lets the advertisements in."""
    number = protocol_number(advert.packet.protocol)
    to = f"-d {advert.params.group}" if advert.params.group else f"-s {advert.peer}"
    interface = f"-i {advert.interface} " if advert.packet.in_interface is not None else ""
    program = "ip6tables" if advert.packet.family == 6 else "iptables"
    return f"`{program} -I INPUT {interface}{to} -p {number} -j ACCEPT`"


def _report(kind: str, equipped: Equipped, ctx: Context, emit: Emit) -> None:
    """One finding for each rule that refuses the advertisements of some instances, or was to accept them."""
    groups: dict[object, list[Deaf]] = {}
    for deaf in _deaf(equipped, ctx):
        if deaf.kind == kind:
            groups.setdefault((id(deaf.accept), deaf.ruleset, id(deaf.step.rule), deaf.step[:2]), []).append(deaf)
    for group in groups.values():
        weighed = [(_gravity(deaf, ctx), deaf) for deaf in group]
        (severity, effect, then), first = min(weighed, key=lambda each: ("error", "warning").index(each[0][0]))
        refusing = place(first.ruleset, first.step)
        at = refusing if first.accept is None else place(first.ruleset, first.step._replace(rule=first.accept))
        emit(
            at,
            _KINDS[kind].format(
                rule=words(first.step), what=_name_of(first.advert), interface=first.advert.interface
            ) + f". {then}",
            severity=severity,
            effect=effect,
            related=[
                *([(refusing, "this refuses them")] if first.accept is not None else []),
                *_instances(deaf.advert.instance for deaf in group),
            ],
            help=f"let them in before that: {_remedy(first.advert)}, and save it",
        )  # fmt: skip


def _instances(found: Iterable[VrrpInstance]) -> list[tuple[Place, str]]:
    once = {id(instance): instance for instance in found}
    return [
        ((instance.interface.origin, instance.interface.word), f"{instance.name} hears its peer here")
        for instance in once.values()
        if instance.interface is not None
    ]


_KINDS = {
    "refused": "`{rule}` refuses {what} that come in by {interface}",
    "late": "this accepts {what}, but `{rule}` stands before it and refuses them",
    "interface": "this does not accept {what}, which come in by {interface}: `{rule}` refuses them",
    "ah": "`{rule}` refuses {what} that come in by {interface}; to accept protocol 112 is not enough with `auth_type AH`",
}


@rule("LVS560", "vrrp-rejected", "error", Equipped, effect="split", stubborn=True)
def vrrp_rejected(equipped: Equipped, ctx: Context, emit: Emit) -> None:
    """The packet filter refuses the peer's VRRP advertisements."""
    _report("refused", equipped, ctx, emit)


@rule("LVS561", "vrrp-accepted-too-late", "error", Equipped, effect="split", stubborn=True)
def vrrp_late(equipped: Equipped, ctx: Context, emit: Emit) -> None:
    """The rule that accepts VRRP stands behind one that refuses it."""
    _report("late", equipped, ctx, emit)


@rule("LVS562", "vrrp-accepted-elsewhere", "error", Equipped, effect="split", stubborn=True)
def vrrp_elsewhere(equipped: Equipped, ctx: Context, emit: Emit) -> None:
    """VRRP is accepted on an interface that no instance uses."""
    _report("interface", equipped, ctx, emit)


@rule("LVS563", "ah-rejected", "error", Equipped, effect="split", stubborn=True)
def ah_rejected(equipped: Equipped, ctx: Context, emit: Emit) -> None:
    """`auth_type AH` with a packet filter that refuses protocol 51."""
    _report("ah", equipped, ctx, emit)


class Sync(NamedTuple):
    """A connection synchronisation daemon that listens, and where it is set."""

    at: Place
    packet: Packet


def _listeners(equipped: Equipped) -> Iterator[Sync]:
    setting = equipped.director.global_setting("lvs_sync_daemon")
    if setting is not None and len(setting.words) > 1:
        yield Sync(
            (setting.origin, 0), _sync_packet(setting.words[1], _option(setting, "group"), _option(setting, "port"))
        )
    for daemon in equipped.machine.ipvs.daemons if equipped.machine.ipvs is not None else ():
        if daemon.role == "backup" and daemon.origin is not None:
            packet = _sync_packet(daemon.interface, daemon.group or _SYNC_GROUP, str(daemon.port or _SYNC_PORT))
            yield Sync(daemon.origin, packet)


def _option(setting: Setting, name: str) -> str:
    said = setting.words
    return said[said.index(name) + 1] if name in said[2:-1] else _SYNC_OPTIONS[name]


def _sync_packet(interface: str, group: str, port: str) -> Packet:
    return Packet(
        6 if ":" in group else 4, "udp", "", group, dport=int(port) if port.isdigit() else None,
        in_interface=interface or None, out_interface="", state="NEW", kind="multicast",
    )  # fmt: skip


@rule("LVS572", "sync-rejected", "warning", Equipped, effect="latent")
def sync_rejected(equipped: Equipped, ctx: Context, emit: Emit) -> None:
    """The packet filter refuses the connections that the peer hands over."""
    for at, packet in _listeners(equipped):
        ruleset = equipped.machine.filter(packet.family)
        step = refusal(ruleset, INCOMING, packet) if ruleset is not None else None
        if ruleset is not None and step is not None:
            emit(
                place(ruleset, step),
                f"`{words(step)}` refuses what the peer's synchronisation daemon sends (UDP port {packet.dport} to "
                f"{packet.destination}): this host learns nothing of the connections, and a failover cuts them",
                related=[(at, "the daemon that listens")],
                help=f"let it in before that: `iptables -I INPUT -i {packet.in_interface} -d {packet.destination} -p udp "
                f"--dport {packet.dport} -j ACCEPT`",
            )
