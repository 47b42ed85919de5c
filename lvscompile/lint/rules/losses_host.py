"""7xx: what a conversion of whole hosts leaves out."""

from __future__ import annotations

from lvscompile.ir.core import Loss
from lvscompile.lint.engine import Context, Emit
from lvscompile.lint.registry import rule


@rule("LVS711", "unsaid-left-out", "warning", "loss-unsaid", effect="latent")
def unsaid_left_out(loss: Loss, ctx: Context, emit: Emit) -> None:
    """Something that the target has no word for: the output does without."""
    emit(loss.origin, f"the output does without {loss.detail}: this keepalived cannot say it")


@rule("LVS712", "empty-service-left-out", "warning", "loss-no-servers")
def empty_service_left_out(loss: Loss, ctx: Context, emit: Emit) -> None:
    """A service without servers: keepalived would not program it."""
    emit(
        loss.origin,
        f"the service {loss.detail} is left out: it has no servers, and keepalived programs none without servers",
        help="add a server to it, or delete the service",
    )


@rule("LVS713", "service-half-known", "warning", "loss-half-known", effect="latent")
def service_half_known(loss: Loss, ctx: Context, emit: Emit) -> None:
    """A service that was there before the log began: nobody says how it is scheduled, or which servers it had."""
    emit(
        loss.origin,
        f"the service {loss.detail} was there before these commands: scheduler, persistence and further servers are not "
        "known, and the output has the scheduler wlc",
        help="give the output of `ipvsadm -Sn` as an input, too",
    )


@rule("LVS714", "log-begins-late", "warning", "loss-begins-late", effect="latent")
def log_begins_late(loss: Loss, ctx: Context, emit: Emit) -> None:
    """Commands that do not begin with an empty table: services of which they do not speak are missing."""
    emit(
        loss.origin,
        "no `ipvsadm -C` stands before these commands: services that were there already, and of which they do not speak, "
        "are missing in the output",
        help="give the output of `ipvsadm -Sn` as an input, too",
    )


@rule("LVS715", "address-nowhere", "warning", "loss-nowhere", effect="latent")
def address_nowhere(loss: Loss, ctx: Context, emit: Emit) -> None:
    """A service's address that no input puts on an interface: the output does not either."""
    emit(
        loss.origin,
        f"no input says which interface has {loss.detail}, so the output does not bring it up",
        help="let keepalived hold it: --vrrp vrid=NUMBER,interface=NAME,priority=NUMBER; or add it to static_ipaddress",
    )


@rule("LVS716", "own-address-stays", "warning", "loss-own-address", effect="latent")
def own_address_stays(loss: Loss, ctx: Context, emit: Emit) -> None:
    """A service on the host's own address: it cannot move to another host."""
    address, _, device = loss.detail.partition(" ")
    emit(
        loss.origin,
        f"{address} is the first address of {device}, the host's own: it stays out of the vrrp_instance, and the service "
        "does not fail over",
        help="give the service an address of its own",
    )


@rule("LVS717", "sync-daemon-left-out", "warning", "loss-sync-daemon", effect="latent")
def sync_daemon_left_out(loss: Loss, ctx: Context, emit: Emit) -> None:
    """A connection synchronisation daemon without an instance that it could follow."""
    emit(
        loss.origin,
        f"the {loss.detail} synchronisation daemon is left out: keepalived runs it by the state of a vrrp_instance",
        help="say --vrrp, and --mcast-interface where the command has none",
    )


@rule("LVS718", "added-by-hand-left-out", "warning", "loss-by-hand")
def added_by_hand_left_out(loss: Loss, ctx: Context, emit: Emit) -> None:
    """A server that a command adds to a service of keepalived's: the output has what keepalived.conf says."""
    emit(
        loss.origin,
        f"the server {loss.detail} is left out: the service is keepalived's, and its keepalived.conf has no such server",
        help="add a real_server to the virtual_server if it shall stay",
    )


@rule("LVS719", "checks-left-out", "warning", "loss-checks", effect="latent")
def checks_left_out(loss: Loss, ctx: Context, emit: Emit) -> None:
    """Health checks: ipvsadm has none."""
    emit(
        loss.origin,
        f"ipvsadm checks no server: the checks (servers that have one: {loss.detail}) are left out, and a dead server "
        "keeps its share of the connections",
    )


@rule("LVS720", "failover-left-out", "warning", "loss-failover", effect="latent")
def failover_left_out(loss: Loss, ctx: Context, emit: Emit) -> None:
    """VRRP: ipvsadm has none."""
    emit(
        loss.origin,
        f"ipvsadm brings up no address: the instance `{loss.detail}` is left out, with its addresses and its failover",
    )


@rule("LVS721", "sorry-server-left-out", "warning", "loss-sorry-server", effect="latent")
def sorry_server_left_out(loss: Loss, ctx: Context, emit: Emit) -> None:
    """Sorry servers: ipvsadm has none."""
    emit(
        loss.origin,
        f"the sorry server of {loss.detail} is left out: in a table of the kernel all servers are alike",
    )
