"""5xx: what a reboot loses or changes, and where inputs contradict each other."""

from __future__ import annotations

from collections.abc import Iterable

from lvscompile.ir.core import Origin
from lvscompile.ir.host import Sysctl, place
from lvscompile.ir.host_settings import number
from lvscompile.ir.ipvs import ServiceKey
from lvscompile.ir.machine import Machine
from lvscompile.ir.netfilter import Table
from lvscompile.ir.peers import Pair
from lvscompile.ir.reboot import (
    Difference,
    Lost,
    Reboot,
    addresses_difference,
    filter_difference,
    services_difference,
    settings_difference,
    titles,
)
from lvscompile.ir.site import Director
from lvscompile.lint.engine import Context, Emit, Equipped
from lvscompile.lint.registry import rule
from lvscompile.syntax.findings import Span

# What distributions and packages bring, for files in /etc to overrule.
_DEFAULTS = ("/usr/", "/lib/", "/run/")
# Settings that decide what becomes of balanced packets; those of forwarding have rules of their own.
_OF_PACKETS = (".rp_filter", ".arp_ignore", ".arp_announce", ".src_valid_mark", ".send_redirects", ".accept_local")


def _owned(director: Director) -> frozenset[str]:
    """The addresses that keepalived puts on the host."""
    found = {address.address for instance in director.vrrp for address in (*instance.addresses, *instance.excluded)}
    static = (block for block in director.blocks if block.keyword.name == "static_ipaddress")
    found |= {item.words[0].partition("/")[0] for block in static for item in block.items}
    return frozenset(found)


def programmed(node: Equipped, ctx: Context) -> frozenset[ServiceKey]:
    """The services that keepalived adds."""
    blocks = {id(service.origin) for service in node.director.services}
    return frozenset(service.key for service in ctx.services(node.director) if id(service.origin) in blocks)


def _reboot(node: Equipped, ctx: Context) -> Reboot | None:
    """What is known of the next boot; None where too little is."""
    if node.host.includes_missing:
        return None
    texts = (source.text for source in node.host.sources)
    found = Reboot(node.machine, texts, programmed(node, ctx), _owned(node.director))
    return found if found.is_known() else None


def line_of(machine: Machine, origin: Origin) -> Span:
    """The place of a fact: the command that made it, without its prompt, or the line that states it."""
    commands = (command.span() for command in machine.commands if command.origin is origin)
    return next(commands, place(origin, None))


def _say(emit: Emit, machine: Machine, lost: Iterable[Lost], effect: str, help: str) -> None:
    """One finding for all of a kind, at the first of them."""
    found = list(lost)
    if found:
        emit(
            line_of(machine, found[0].origin),
            f"{titles(found)} {'was' if len(found) == 1 else 'were'} typed at a prompt, and nothing that is read at boot "
            f"has {'it' if len(found) == 1 else 'them'}: after a reboot {effect}",
            related=_others(machine, found),
            help=help,
        )


def _others(machine: Machine, found: list[Lost]) -> list[tuple[Span, str]]:
    """Where the next ones were typed, as far as they have lines of their own."""
    more = [each for each in found[1:3] if each.origin is not found[0].origin]
    return [(line_of(machine, each.origin), f"`{each.title}`") for each in more]


@rule("LVS580", "services-lost-at-reboot", "warning", Equipped, effect="latent")
def services_lost(node: Equipped, ctx: Context, emit: Emit) -> None:
    """Virtual services and real servers that were typed, and that nothing adds at boot."""
    reboot = _reboot(node, ctx)
    if reboot is not None:
        _say(
            emit,
            node.machine,
            reboot.services(),
            "clients are refused",
            "save the table: `ipvsadm -Sn > /etc/sysconfig/ipvsadm` on Red Hat, `ipvsadm -Sn > /etc/ipvsadm.rules` on "
            "Debian, and let the service `ipvsadm` start at boot; or let keepalived have it: `lvscompile convert --to "
            "keepalived`",
        )


@rule("LVS581", "addresses-lost-at-reboot", "warning", Equipped, effect="latent")
def addresses_lost(node: Equipped, ctx: Context, emit: Emit) -> None:
    """Addresses that were typed, and that nothing adds at boot."""
    reboot = _reboot(node, ctx)
    if reboot is not None:
        _say(
            emit,
            node.machine,
            reboot.addresses(),
            "no such address is there",
            "write it where the interface is configured (ifcfg-…, /etc/network/interfaces), or give a virtual address to "
            "a vrrp_instance",
        )


@rule("LVS582", "filter-lost-at-reboot", "warning", Equipped, effect="latent")
def filter_lost(node: Equipped, ctx: Context, emit: Emit) -> None:
    """Rules of the packet filter that were typed, and that nothing loads at boot."""
    reboot = _reboot(node, ctx)
    if reboot is not None:
        _say(
            emit,
            node.machine,
            reboot.filter_rules(),
            "the packet filter is another one",
            "save the rules: `service iptables save` on Red Hat, `iptables-save > /etc/iptables/rules.v4` with "
            "iptables-persistent on Debian",
        )


@rule("LVS583", "routing-lost-at-reboot", "warning", Equipped, effect="latent")
def routing_lost(node: Equipped, ctx: Context, emit: Emit) -> None:
    """Routes and rules of policy routing that were typed, and that nothing adds at boot."""
    reboot = _reboot(node, ctx)
    if reboot is not None:
        _say(
            emit,
            node.machine,
            reboot.routing(),
            "packets go another way",
            "write them into route-… and rule-… files, as `up` lines of /etc/network/interfaces, into static_routes and "
            "static_rules of keepalived.conf, or into rc.local",
        )


@rule("LVS584", "running-differs-from-saved", "warning", Equipped, effect="latent")
def running_differs(node: Equipped, ctx: Context, emit: Emit) -> None:
    """What runs is not what the files make at the next boot."""
    machine = node.machine
    if _reboot(node, ctx) is None:
        return
    differences = (
        ("the packet filter (iptables)", filter_difference(machine, 4)),
        ("the packet filter (ip6tables)", filter_difference(machine, 6)),
        ("the IPVS table", services_difference(machine, programmed(node, ctx))),
        ("the addresses", addresses_difference(machine, _owned(node.director))),
    )
    for what, found in differences:
        _say_difference(emit, machine, found, what)
    for setting in settings_difference(machine):
        emit(
            line_of(machine, setting.origin),
            f"`{setting.title}` is what runs, and the file that is read at boot says {setting.instead}: after a reboot that "
            "counts",
            help="write what runs into the file, or load the file: `sysctl --system`",
        )


def _say_difference(emit: Emit, machine: Machine, found: Difference, what: str) -> None:
    now, saved = found
    if now or saved:
        parts = [f"{titles(now)} {_verb(now)} only there now"] if now else []
        parts += [f"{titles(saved)} {_verb(saved)} only in the files"] if saved else []
        emit(
            line_of(machine, (saved or now)[0].origin),
            f"what runs and what the files make at boot differ in {what}: {', '.join(parts)}",
            help="save what runs, or load what is saved, whichever you mean",
        )


def _verb(found: tuple[Lost, ...]) -> str:
    return "is" if len(found) == 1 else "are"


@rule("LVS585", "contradicting-inputs", "info", Equipped)
def contradicting(node: Equipped, ctx: Context, emit: Emit) -> None:
    """Two inputs that say different things of one host: the later one counts."""
    for found in node.machine.contradictions:
        if isinstance(found.later, Sysctl):
            assert isinstance(found.earlier, Sysctl)
            _say_setting(emit, node.machine, found.earlier, found.later)
        else:
            assert isinstance(found.earlier, Table)
            assert isinstance(found.later, Table)
            _say_table(emit, node.machine, found.earlier, found.later)


def _say_setting(emit: Emit, machine: Machine, earlier: Sysctl, later: Sysctl) -> None:
    if any(given.path.startswith(_DEFAULTS) for given in machine.givens if given.source is earlier.origin.source):
        return
    late = later.late and not earlier.late
    emit(
        line_of(machine, later.origin),
        f"`{later.key}` is {later.value} here, and was written {earlier.value} before: this one counts"
        + (", until somebody loads the files again with `sysctl -p` or `sysctl --system`" if late else ""),
        related=[(line_of(machine, earlier.origin), "the earlier one")],
        help="write it once",
        severity="warning" if late else "",
        effect="latent" if late else "",
    )


def _say_table(emit: Emit, machine: Machine, earlier: Table, later: Table) -> None:
    places = [[rule.origin for chain in table.chains for rule in chain.rules] for table in (earlier, later)]
    if all(places):
        emit(
            line_of(machine, places[1][0]),
            f"the table `{later.name}` of the packet filter stands in two inputs, with different rules: this one, which is "
            "loaded later, counts",
            related=[(line_of(machine, places[0][0]), "the earlier one")],
            help="give the one that the host loads",
        )


@rule("LVS591", "module-lost-at-reboot", "warning", Equipped, effect="latent")
def module_lost(node: Equipped, ctx: Context, emit: Emit) -> None:
    """A module that nothing loads by itself was loaded by hand."""
    reboot = _reboot(node, ctx)
    if reboot is not None:
        _say(
            emit,
            node.machine,
            reboot.modules(),
            "it is missing, as nothing asks for it by itself",
            "write its name into a file of /etc/modules-load.d that ends in `.conf` (/etc/modules on old Debian, rc.local on "
            "old Red Hat)",
        )


@rule("LVS595", "settings-lost-at-reboot", "warning", Equipped, effect="latent")
def settings_lost(node: Equipped, ctx: Context, emit: Emit) -> None:
    """Kernel settings that were written at run time only."""
    reboot = _reboot(node, ctx)
    if reboot is None:
        return
    found = list(reboot.settings())
    _say(
        emit,
        node.machine,
        (each for each in found if not each.instead),
        "the kernel has its own value again",
        "write them into /etc/sysctl.conf, or into a file of /etc/sysctl.d that ends in `.conf`",
    )
    for each in found:
        if each.instead:
            emit(
                line_of(node.machine, each.origin),
                f"`{each.title}` was typed at a prompt, and the file that is read at boot says {each.instead}: after a reboot "
                "that counts again",
                help="write it into the file",
            )


@rule("LVS593", "peers-settings-differ", "info", Pair)
def peers_settings_differ(pair: Pair, ctx: Context, emit: Emit) -> None:
    """Two directors of one cluster that treat balanced packets differently."""
    if pair.a.machine is None or pair.b.machine is None:
        return
    mine, theirs = _of_packets(pair.a.machine), _of_packets(pair.b.machine)
    for key, setting in mine.items():
        other = theirs.get(key)
        if other is not None and number(other) != number(setting):
            emit(
                line_of(pair.a.machine, setting.origin),
                f"`{key}` is {setting.value} on {pair.a.name} and {other.value} on {pair.b.name}: after a failover packets "
                "are treated differently",
                related=[(line_of(pair.b.machine, other.origin), f"on {pair.b.name}")],
                help="write the same on both hosts",
            )


def _of_packets(machine: Machine) -> dict[str, Sysctl]:
    """What is written last of each setting that matters to balanced packets."""
    return {
        setting.key: setting
        for setting in machine.facts.sysctls
        if setting.key.startswith("net.ipv4.vs.")
        or (setting.key.startswith("net.ipv4.conf.") and setting.key.endswith(_OF_PACKETS))
    }
