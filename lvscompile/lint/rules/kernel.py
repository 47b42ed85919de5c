"""5xx: whether a director forwards the answers of its servers, now and after a reboot; the helper for FTP."""

from __future__ import annotations

from lvscompile.ir.host import Sysctl
from lvscompile.ir.host_settings import SWITCH, Effective, plain, survives
from lvscompile.ir.ipvs import Service
from lvscompile.ir.machine import Machine
from lvscompile.ir.site import Director
from lvscompile.lint.attached import destinations, kind_of, spot, words
from lvscompile.lint.engine import Context, Emit, Equipped
from lvscompile.lint.forwarding import INTERFACE, KEYS, NEVER, OFF, ON, first, forwardings, is_notified, same_switch
from lvscompile.lint.registry import rule
from lvscompile.lint.rules.sysctls import misspelt


@rule("LVS501", "ip-forward-off", "error", Equipped, effect="outage")
def ip_forward_off(node: Equipped, ctx: Context, emit: Emit) -> None:
    """Forwarding is switched off on a director that masquerades."""
    for each in first(ctx, node.director, OFF):
        if not _forwarding_peer(ctx, node.director, each.key):
            assert each.because is not None
            emit(
                spot(node.machine, each.because.origin),
                f"this switches forwarding off, and `{each.service.title}` is masqueraded: the servers' answers come to "
                "this host on their way to the clients, and it drops them",
                related=[(each.service.origin, "a service that is masqueraded")],
                severity="" if _is_settled(node) else "warning",
                help=f"write `{each.key} = 1`, and run `sysctl -w {each.key}=1` for now",
            )


def _is_settled(node: Equipped) -> bool:
    """Whether what the inputs say of forwarding is all: nothing runs later that may switch it on."""
    return "sysctls" in node.machine.complete or not is_notified(node.director)


@rule("LVS502", "ip-forward-never-set", "warning", Equipped, effect="outage")
def ip_forward_never_set(node: Equipped, ctx: Context, emit: Emit) -> None:
    """A director that masquerades, and none of its settings switches forwarding on."""
    for each in first(ctx, node.director, NEVER):
        if _forwarding_peer(ctx, node.director, each.key) or misspelt(node.machine, each.key):
            continue
        sure, told = "sysctls" in node.machine.complete, _files_tell(node.machine)
        emit(
            each.service.origin,
            f"`{each.service.title}` is masqueraded, and nothing switches {each.key} on"
            + ("" if sure else " in what is told of this host")
            + ": where it is off, as it is by default, the servers' answers are dropped here",
            severity="error" if sure else "" if told else "info",
            effect="" if sure or told else "none",
            help=f"write `{each.key} = 1` into /etc/sysctl.conf, and run `sysctl -w {each.key}=1` for now",
        )


@rule("LVS503", "ip-forward-until-reboot", "warning", Equipped, effect="latent")
def ip_forward_until_reboot(node: Equipped, ctx: Context, emit: Emit) -> None:
    """Forwarding that is on now, and that the next boot does not switch on."""
    machine = node.machine
    sysctls = machine.facts.sysctls
    for each in first(ctx, node.director, ON):
        because = each.because
        assert because is not None
        if because.key not in (*SWITCH, *KEYS.values()) or survives(sysctls, each.key):
            continue
        kept = [s for s in sysctls if s.persistent and same_switch(s.key, each.key)]
        # What runs tells nothing of files that were not given; and a script may run at boot, with all that it does.
        if not kept and not _by_hand(machine, because, each.service):
            continue
        emit(
            spot(machine, because.origin),
            "this lasts until the next boot: "
            + (f"then `{words(machine, kept[-1].origin)}` counts" if kept else f"no file sets {each.key}")
            + f", forwarding is off, and `{each.service.title}`, which is masqueraded, gets no answer to its clients",
            related=[(kept[-1].origin, "what counts after a reboot")] if kept else (),
            help=f"write `{each.key} = 1` into /etc/sysctl.conf" + (", in place of the other value" if kept else ""),
        )


def _by_hand(machine: Machine, setting: Sysctl, service: Service) -> bool:
    """Whether an input shows what somebody typed, or a script that does not make the service as well."""
    kind, source = kind_of(machine, setting.origin), setting.origin.source
    return kind == "log" or (kind == "script" and source is not service.origin.source)


@rule("LVS504", "interface-forwarding-off", "error", Equipped, effect="outage")
def interface_forwarding_off(node: Equipped, ctx: Context, emit: Emit) -> None:
    """Forwarding is on, but off for what comes in from the servers."""
    for each in forwardings(ctx, node.director):
        if each.state == INTERFACE:
            assert each.because is not None
            emit(
                spot(node.machine, each.because.origin),
                f"answers of the servers of `{each.service.title}` come in by {each.device}, and this forbids to forward "
                f"what comes in there: they are dropped, whatever {each.key} says",
                related=[(each.service.origin, "a service that is masqueraded")],
                help=f"remove it, or write 1; {each.key} = 1 written after it overrides it",
            )


@rule("LVS505", "ip-forward-on-one-director", "error", Equipped, effect="latent")
def ip_forward_on_one(node: Equipped, ctx: Context, emit: Emit) -> None:
    """A director that does not forward, beside a peer that does."""
    for each in first(ctx, node.director, OFF, NEVER):
        peer = _forwarding_peer(ctx, node.director, each.key)
        if not peer or misspelt(node.machine, each.key):
            continue
        name, setting, stronger = peer
        sure = _is_settled(node) if each.state == OFF else "sysctls" in node.machine.complete
        what = "does not forward" if each.state == OFF or sure else "is told nowhere to forward"
        emit(
            spot(node.machine, each.because.origin) if each.because is not None else each.service.origin,
            f"`{name}` forwards packets, and this director {what}: while it is the master, the servers' answers of "
            f"`{each.service.title}`, which is masqueraded, are dropped",
            related=[(setting.origin, f"{name} forwards")],
            severity="" if sure else "warning",
            effect="" if stronger else "outage",
            help=f"write `{each.key} = 1` here too, and run `sysctl -w {each.key}=1` for now",
        )


def _forwarding_peer(ctx: Context, director: Director, key: str) -> tuple[str, Sysctl, bool] | None:
    """A peer that forwards: its name, the setting, and whether it is the master as long as it lives."""
    for pair in ctx.pairs:
        if director not in (pair.a, pair.b):
            continue
        peer = pair.b if pair.a is director else pair.a
        switch = plain(peer.machine.facts.sysctls, key) if peer.machine is not None else Effective(0)
        if switch.value:
            ahead = [
                ctx.params(t.a_host, t.a, ctx.newest()).priority - ctx.params(t.b_host, t.b, ctx.newest()).priority
                for t in pair.twins
            ]
            stronger = all(each < 0 for each in ahead) if pair.a is director else all(each > 0 for each in ahead)
            return peer.name, switch.because[0], stronger
    return None


def _files_tell(machine: Machine) -> bool:
    """Whether what sets the kernel up at boot is among the inputs."""
    return any(each.persistent for each in machine.facts.sysctls)


@rule("LVS515", "ftp-without-helper", "warning", Equipped, effect="outage")
def ftp_without_helper(node: Equipped, ctx: Context, emit: Emit) -> None:
    """Masqueraded FTP without the kernel's helper for it."""
    machine = node.machine
    last = {each.name: each for each in machine.facts.modules}
    loaded = {name for name, each in last.items() if not each.remove}
    if "ip_vs_ftp" in loaded:
        return
    for service, each in destinations(ctx, node.director, "NAT"):
        if (service.protocol, service.port, each.family) != ("TCP", 21, 4):
            continue
        sure = "modules" in machine.complete or any(name.startswith("ip_vs") for name in loaded)
        emit(
            service.origin,
            f"`{service.title}` is masqueraded FTP, and "
            + ("ip_vs_ftp is not loaded" if "modules" in machine.complete else "nothing here loads ip_vs_ftp")
            + ": without it the servers name their own address to clients, whose data connections find nobody",
            severity="" if sure else "info",
            effect="" if sure else "none",
            help="load it at boot (`modprobe ip_vs_ftp` before the services are added), unless the servers are set up to "
            "name the virtual address and a service takes their data ports",
        )
        return
