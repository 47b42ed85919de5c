"""5xx: what is started on a host at boot, and with which options."""

from __future__ import annotations

import re

from lvscompile.ir.core import Version
from lvscompile.ir.daemon import CHECKERS, VRRP, CommandLine, told_version
from lvscompile.ir.host import KeepalivedOptions
from lvscompile.ir.machine import Machine
from lvscompile.ir.shell import Command, Embedded, Item, Kept
from lvscompile.ir.site import Director
from lvscompile.lint.engine import Context, Emit, Equipped
from lvscompile.lint.registry import rule
from lvscompile.lint.rules.boot import line_of, programmed
from lvscompile.syntax.findings import Span

MAIN = "/etc/keepalived/keepalived.conf"
_INIT_SCRIPT = re.compile(r"/etc/(?:rc\.d/)?init\.d/([^/]+)")
_RULES_FILES = {
    "iptables": "/etc/sysconfig/iptables", "ip6tables": "/etc/sysconfig/ip6tables", "ipvsadm": "/etc/sysconfig/ipvsadm",
}  # fmt: skip
_DUMPS = frozenset(("iptables-save", "ipvsadm-save"))
_SHOWING = frozenset(("cat", "vi", "vim", "less", "more", "nano"))


# The daemon's options.


def _version(machine: Machine, ctx: Context) -> Version | None:
    """The keepalived of this host, where somebody says which."""
    return told_version(machine.facts.keepalived_version) or ctx.target.keepalived


@rule("LVS586", "options-start-nothing", "warning", Equipped, effect="latent")
def options_start_nothing(node: Equipped, ctx: Context, emit: Emit) -> None:
    """-C and -P together: from 2.0 on they take away both halves of keepalived."""
    version = _version(node.machine, ctx)
    for options in node.machine.facts.keepalived:
        line = CommandLine(options.words)
        if not line.is_contradictory:
            continue
        if version is None:
            emit(
                line_of(node.machine, options.origin),
                "`-C` and `-P` together: keepalived 2 starts neither VRRP nor the checkers then, 1.2.20 and later only what "
                "the last one names, older ones both",
                help="remove both: without them keepalived runs both halves, in every version",
            )
        elif not line.started(version):
            emit(
                line_of(node.machine, options.origin),
                "`-C` takes VRRP away and `-P` the checkers: keepalived runs, and does nothing. No virtual address, no "
                "service",
                severity="error",
                effect="outage",
                help="remove both: without them keepalived runs both halves",
            )


@rule("LVS587", "options-leave-out-half", "error", Equipped, effect="outage")
def options_leave_out(node: Equipped, ctx: Context, emit: Emit) -> None:
    """An option that starts one half of keepalived only, and the configuration has something for the other."""
    version = _version(node.machine, ctx)
    found = [(options, CommandLine(options.words)) for options in node.machine.facts.keepalived]
    # Of several daemons each may run a half; another file is not the one that is given.
    if any(line.file not in ("", MAIN) for _, line in found):
        return
    started = frozenset[str]().union(*(line.started(version or ctx.newest()) for _, line in found))
    if started:
        _say_left_out(node.director, node.machine, found[-1][0], started, emit)


def _say_left_out(
    director: Director, machine: Machine, options: KeepalivedOptions, started: frozenset[str], emit: Emit
) -> None:
    if VRRP not in started and director.vrrp:
        emit(
            line_of(machine, options.origin),
            "`-C` starts the checkers alone: keepalived ignores each vrrp_instance, and never adds a virtual address",
            related=[((director.vrrp[0].origin, 0), "it is ignored")],
            help="remove `-C`",
        )
    if CHECKERS not in started and director.services:
        emit(
            line_of(machine, options.origin),
            "`-P` starts VRRP alone: keepalived ignores each virtual_server, and nothing is balanced",
            related=[((director.services[0].origin, 0), "it is ignored")],
            help="remove `-P`",
        )


# What is started at boot.


@rule("LVS588", "not-started-at-boot", "warning", Equipped, effect="latent")
def not_started(node: Equipped, ctx: Context, emit: Emit) -> None:
    """A service that is switched off for the boot, though its configuration is there."""
    machine, director = node.machine, node.director
    wanted = {"keepalived": "it has instances or services to run"} if director.vrrp or director.services else {}
    wanted |= {
        name: f"{path} is there to be loaded"
        for name, path in _RULES_FILES.items()
        if any(given.path == path for given in machine.givens) and not _restores(machine, name)
    }
    last = {
        each.name: each
        for each in machine.facts.services
        if each.action in ("enable", "disable", "mask", "reenable") and each.name in wanted
    }
    for name, each in last.items():
        started = any(
            other.name == name and other.action in ("start", "restart") and machine.persists(other.origin)
            for other in machine.facts.services
        )
        if each.action in ("disable", "mask") and not started:
            assert each.origin is not None
            emit(
                line_of(machine, each.origin),
                f"`{name}` is switched off for the boot, and {wanted[name]}: after a reboot it does not run",
                help=f"`systemctl enable {name}`; `chkconfig {name} on` on old Red Hat",
            )


def _restores(machine: Machine, name: str) -> bool:
    """Whether a script of the boot loads the rules itself."""
    return any(
        command.tool == f"{name}-restore" or (command.tool == name == "ipvsadm")
        for command in machine.commands
        if machine.persists(command.origin)
    )


@rule("LVS589", "dump-over-init-script", "error", Equipped, effect="latent")
def dump_over_init_script(node: Equipped, ctx: Context, emit: Emit) -> None:
    """A dump of rules that is saved where the script lies that loads them."""
    for command in node.machine.commands:
        for written in command.written if _is_save(command) else ():
            found = _INIT_SCRIPT.fullmatch(written.path)
            if found is not None:
                _say_overwritten(emit, command.span(), found[1], written.path, "")
    for script in node.machine.scripts:
        before: Item | None = None
        for item in script.items:
            if isinstance(item, Embedded) and item.kind in _DUMPS:
                found = _INIT_SCRIPT.fullmatch(item.path or item.near or _shown_file(before))
                if found is not None:
                    _say_overwritten(emit, _first_line(item), found[1], found[0], "warning")
            before = item


def _shown_file(command: Item | None) -> str:
    """The file that `cat FILE` or `vi FILE` names."""
    if isinstance(command, Command | Kept) and command.argv[0] in _SHOWING:
        return str(command.argv[-1])
    return ""


def _is_save(command: Command) -> bool:
    """iptables-save, `iptables -S`, `ipvsadm -Sn` and the like."""
    return command.tool.endswith("-save") or str(command.argv[-1]).startswith(("-S", "--save"))


def _say_overwritten(emit: Emit, place: Span, name: str, path: str, severity: str) -> None:
    emit(
        place,
        f"{path} is the script that starts and stops `{name}`, not the file of its rules: with a dump in it nothing is "
        "loaded at boot",
        severity=severity,
        help=f"save to {_RULES_FILES.get(name, f'/etc/sysconfig/{name}')}, and get the script back from its package",
    )


def _first_line(item: Embedded) -> Span:
    return Span(item.origin.source, item.start, item.start + len(item.text.partition("\n")[0]))


@rule("LVS590", "ipvsadm-and-keepalived", "warning", Equipped, effect="latent")
def ipvsadm_and_keepalived(node: Equipped, ctx: Context, emit: Emit) -> None:
    """A service that ipvsadm adds at boot, and keepalived too; or one that keepalived flushes."""
    machine = node.machine
    ours = programmed(node, ctx)
    flush = node.director.global_setting("lvs_flush")
    blocks = {service.key: service.origin for service in ctx.services(node.director)}
    for service in machine.ipvs.services if machine.ipvs is not None else ():
        if not machine.persists(service.added):
            continue
        if service.key in ours:
            emit(
                line_of(machine, service.added),
                f"keepalived and ipvsadm both fill the service {service.title}: keepalived finds it there, keeps its "
                "scheduler, does not check the servers that it does not know, and deletes all of it when it stops",
                related=[((blocks[service.key], 1), "keepalived's")],
                help="let keepalived have it alone: remove it here",
            )
        elif flush is not None and ours:
            emit(
                line_of(machine, service.added),
                f"keepalived empties the whole table when it starts: the service {service.title} is gone, if it is there "
                "by then",
                related=[((flush.origin, 0), "because of this")],
                help="make it a virtual_server, or remove lvs_flush",
            )
