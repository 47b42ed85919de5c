"""A packet on its way through the hooks of one host: what happens to it there, step by step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from lvscompile.ir.core import Origin
from lvscompile.ir.host_settings import Effective
from lvscompile.ir.path.box import Box
from lvscompile.ir.path.chains import Walked, traverse
from lvscompile.ir.path.packet import Packet
from lvscompile.ir.path.routing import LOCAL, NOWHERE, UNICAST, Decision, Query
from lvscompile.ir.path.targets import REJECT

# How a way ends on a host.
DELIVERED, FORWARDED, SENT, DROPPED, REJECTED = "delivered", "forwarded", "sent", "dropped", "rejected"
LOST = frozenset({DROPPED, REJECTED})
_LIKELY = {LOCAL: "{} is taken for one of them", UNICAST: "{} is taken to have one"}


class Stage(NamedTuple):
    """One thing that happened: where (`host`, `hook`, and in the packet filter its table and chain), by what (`origin`,
    with the `text` of the rule, route or setting), and what it did.
    """

    host: str
    hook: str
    what: str
    table: str = ""
    chain: str = ""
    text: str = ""
    origin: Origin | None = None
    sure: bool = True


class Trip:
    """A packet on one host. `end` is "" while it goes on; `because` is the stage that ended it; `doubts` say what the
    end hangs on that nobody tells.
    """

    def __init__(self, box: Box, packet: Packet) -> None:
        self.box = box
        self.packet = packet
        self.stages: list[Stage] = []
        self.doubts: list[str] = []
        self.end = ""
        self.because: Stage | None = None

    @property
    def lost(self) -> bool:
        return self.end in LOST

    @property
    def certain(self) -> bool:
        return not self.doubts

    # -- what happens

    def note(self, hook: str, what: str, *, text: str = "", origin: Origin | None = None, sure: bool = True) -> Stage:
        stage = Stage(self.box.name, hook, what, text=text, origin=origin, sure=sure)
        self.stages.append(stage)
        return stage

    def doubt(self, text: str) -> None:
        if text and text not in self.doubts:
            self.doubts.append(text)

    def stop(self, end: str, stage: Stage | None) -> None:
        self.end, self.because = end, stage

    # -- hooks of the packet filter

    def chains(self, chain: str, tables: Sequence[str]) -> bool:
        """Send the packet through a chain of several tables; whether it is still on its way."""
        return all(self.chain(table, chain) for table in tables)

    def chain(self, table: str, chain: str) -> bool:
        packet = self.packet
        routing = self.box.routing(packet.family)
        ruleset = self.box.filter(packet.family)
        walked = traverse(ruleset, table, chain, packet, routing.kind_of, routing.primary)
        self._keep(walked, chain)
        self.packet = walked.packet
        if not walked.certain:
            self._uncertain(walked, table, chain)
        if walked.passes:
            return True
        self.stop(REJECTED if walked.verdict == REJECT else DROPPED, self.stages[-1] if self.stages else None)
        return False

    def _keep(self, walked: Walked, hook: str) -> None:
        """The steps that did something. Policies that let pass are no news."""
        for step in walked.steps:
            if step.rule is None:
                if not walked.passes:
                    origin = self._policy_origin(step.table, step.chain)
                    text = f":{step.chain} {walked.verdict}"
                    what = "dropped: no rule accepts it, and that is the policy of the chain"
                    self.stages.append(Stage(self.box.name, hook, what, step.table, step.chain, text, origin))
                continue
            stage = Stage(
                self.box.name, hook, step.what, step.table, step.chain, f"-A {step.chain}{step.rule.text}",
                step.rule.origin, step.sure,
            )  # fmt: skip
            self.stages.append(stage)

    def _policy_origin(self, table: str, chain: str) -> Origin | None:
        ruleset = self.box.filter(self.packet.family)
        found = ruleset.table(table) if ruleset else None
        where = found.chain(chain) if found else None
        return where.origin if where else None

    def _uncertain(self, walked: Walked, table: str, chain: str) -> None:
        """A way that ends otherwise counts; one that merely looks otherwise afterwards, less."""
        verdicts = sorted({walked.verdict, *(other.verdict for other in walked.others)})
        ways = f"end in {' or '.join(verdicts)}" if len(verdicts) > 1 else "leave the packet another mark or address"
        doubts = walked.doubts or walked.steps[-1:]
        rules = ", ".join(_where(step.rule.origin) for step in doubts if step.rule is not None)
        cause = f"nobody can tell whether {rules or 'a rule'} matches"
        self.doubt(f"{self.box.name}: {chain} of table {table} may {ways}: {cause}")

    # -- on the way in

    def arrive(self, likely: str = "") -> Decision | None:
        """PREROUTING and the routing decision; None where the packet gets no further. Where no input tells the way, it
        is taken to be the `likely` one: local or unicast.
        """
        if not self.chains("PREROUTING", ("raw", "mangle", "nat")):
            return None
        packet = self.packet
        if not packet.destination and "DNAT" in packet.statuses:
            # Redirected to an address of this host, nobody tells which.
            decision = Decision(LOCAL)
        else:
            query = Query(
                packet.destination, packet.source, packet.mark, packet.in_interface, tos=packet.tos,
                foreign=likely == UNICAST,
            )  # fmt: skip
            decision = self.box.routing(packet.family).lookup(query)
        if decision.doubt and likely and decision.kind != likely:
            self.doubt(f"{self.box.name}: {decision.doubt}: {_LIKELY[likely].format(packet.destination)}")
            decision = Decision(likely, doubt=decision.doubt)
        return decision if self._routed(decision) and self._source_is_fine(decision) else None

    def _routed(self, decision: Decision) -> bool:
        """Note the routing decision; whether there is a way."""
        told = decision.entry is not None or not decision.doubt
        self.doubt(f"{self.box.name}: {decision.doubt}" if decision.doubt and told else "")
        stage = self.note("routing", _way(decision, self.packet), text=_route_text(decision), origin=_origin(decision),
                          sure=decision.certain)  # fmt: skip
        if decision.kind in (LOCAL, "broadcast", "multicast"):
            return True
        incoming = self.packet.in_interface or ""
        switch = self.box.forwards(self.packet.family, incoming)
        if decision.kind == UNICAST and not switch.value and self._stops_forwarding(switch, incoming):
            return False
        if decision.kind == UNICAST:
            return True
        if decision.doubt:
            self.doubt(f"{self.box.name}: {decision.doubt}")
        # Only a router says that there is no way.
        silent = decision.kind == "blackhole" or not switch.value
        self.stop(DROPPED if silent else REJECTED, stage)
        return False

    def _stops_forwarding(self, switch: Effective, incoming: str) -> bool:
        """Whether a packet that is not for this host ends here because it forwards nothing."""
        if "sysctls" not in self.box.told:
            self.doubt(f"{self.box.name}: no input tells whether it forwards packets (net.ipv4.ip_forward)")
            return False
        if not switch.because and "sysctls" not in self.box.complete:
            self.doubt(f"{self.box.name}: nobody switches net.ipv4.ip_forward on, and not all settings are told")
        because = switch.because[0] if switch.because else None
        text = f"{because.key} = {because.value}" if because else "ip_forward is 0 where nobody sets it"
        where = f" by {incoming}" if because and ".conf." in because.key else ""
        stage = self.note(
            "routing", f"dropped: this host does not forward what comes in{where}", text=text,
            origin=because.origin if because else None, sure=because is not None or "sysctls" in self.box.complete,
        )  # fmt: skip
        self.stop(DROPPED, stage)
        return True

    def _source_is_fine(self, decision: Decision) -> bool:
        """The check of the sender's address: rp_filter, and no packets from addresses of this host's own."""
        packet, box = self.packet, self.box
        incoming = packet.in_interface
        if packet.family != 4 or not incoming or not packet.source or incoming == "lo":
            return True
        routing = box.routing(4)
        strict = box.of_interface(incoming, "rp_filter")
        if not strict.value and not routing.has_custom:
            return not routing.device_of(packet.source) or self._may_be_own(incoming)
        marked = box.of_interface(incoming, "src_valid_mark")
        mark = packet.mark if marked.value else 0
        back = routing.lookup(Query(packet.source, packet.destination, mark, incoming, tos=packet.tos, foreign=True))
        if back.kind == UNICAST and (back.device == incoming or strict.value != 1):
            return True
        if back.kind == LOCAL and box.of_interface(incoming, "accept_local").value:
            return True
        if not strict.value and back.kind != LOCAL:
            return True
        nameless = back.kind == UNICAST and not back.device
        if nameless or (back.kind == NOWHERE and not back.certain):
            unknown = back.doubt or f"no input tells by which interface {packet.source} is reached"
            self.doubt(f"{box.name}: rp_filter of {incoming} is {strict.value}, and {unknown}")
            return True
        self._refuse_source(back, strict, marked, incoming)
        return False

    def _may_be_own(self, incoming: str) -> bool:
        """Whether a packet from an address of this host's own may come in."""
        if self.box.of_interface(incoming, "accept_local").value:
            return True
        what = f"dropped: the sender {self.packet.source} is this host itself"
        self.stop(DROPPED, self.note("routing", what))
        return False

    def _refuse_source(self, back: Decision, strict: Effective, marked: Effective, incoming: str) -> None:
        box = self.box
        self.doubt(f"{box.name}: {back.doubt}" if back.doubt else "")
        deciding = (marked if back.kind == LOCAL and marked.because else strict).because
        because = deciding[0] if deciding else None
        if back.kind == LOCAL:
            what = f"dropped: by the routing, the sender {self.packet.source} is this host itself"
        elif back.kind == UNICAST:
            what = f"dropped by rp_filter: answers to {self.packet.source} leave by {back.device}, not by {incoming}"
        else:
            what = f"dropped by rp_filter: there is no route to {self.packet.source}"
        text = f"{because.key} = {because.value}" if because else ""
        stage = self.note("routing", what, text=text, origin=because.origin if because else _origin(back))
        self.stop(DROPPED, stage)

    def enter(self) -> bool:
        """INPUT up to where IPVS looks; whether the packet got there."""
        return self.chains("INPUT", ("mangle", "filter", "security"))

    def deliver(self) -> None:
        """What comes behind IPVS: the packet goes to a program of the host."""
        if self.chain("nat", "INPUT"):
            stage = self.note("INPUT", "delivered to this host itself")
            self.stop(DELIVERED, stage)

    def cross(self, decision: Decision) -> bool:
        """FORWARD; whether the packet is still on its way."""
        self.packet = self.packet._replace(out_interface=decision.device or None)
        return self.chains("FORWARD", ("mangle", "filter", "security"))

    def post(self) -> bool:
        return self.chains("POSTROUTING", ("mangle", "nat"))

    def forward(self, decision: Decision) -> None:
        """Through the host, and out."""
        if self.cross(decision) and self.post():
            stage = self.note("POSTROUTING", f"forwarded {_by(decision)}")
            self.stop(FORWARDED, stage)

    def receive(self) -> Trip:
        """The whole way of a packet that comes in, on a host without IPVS."""
        decision = self.arrive()
        if decision is None:
            return self
        if decision.kind == UNICAST:
            self.forward(decision)
        elif self.enter():
            self.deliver()
        return self

    # -- on the way out

    def leave(self, decision: Decision, translated: bool = False) -> bool:
        """OUTPUT and POSTROUTING of a packet that the host itself sends; whether it leaves. Rules that change its mark,
        TOS or addresses in the table mangle make the kernel look for its way once more, mark and all.
        """
        self.packet = self.packet._replace(in_interface="", out_interface=decision.device or None)
        if not self.chain("raw", "OUTPUT"):
            return False
        before = self.packet
        if not self.chain("mangle", "OUTPUT"):
            return False
        changed = (before.mark, before.tos) != (self.packet.mark, self.packet.tos)
        if changed and not self._still_leaves():
            return False
        tables = ("filter", "security") if translated else ("nat", "filter", "security")
        return self.chains("OUTPUT", tables) and self.post()

    def _still_leaves(self) -> bool:
        packet = self.packet
        again = self.box.routing(packet.family).lookup(
            Query(packet.destination, packet.source, packet.mark, "lo", tos=packet.tos)
        )
        if again.kind == UNICAST or (again.kind == NOWHERE and not again.certain):
            return True
        stage = self.note(
            "OUTPUT", f"lost: the rule makes the kernel route it once more, and now {_way(again, packet)}",
            text=_route_text(again), origin=_origin(again), sure=again.certain,
        )  # fmt: skip
        self.stop(DROPPED, stage)
        return False


def _where(origin: Origin) -> str:
    return f"{origin.source.name}:{origin.line}"


def _by(decision: Decision) -> str:
    device = f"by {decision.device}" if decision.device else "by an interface that no input tells"
    return f"{device} to {decision.via}" if decision.via else device


def _way(decision: Decision, packet: Packet) -> str:
    target = packet.destination or "where it is redirected to"
    if decision.kind == LOCAL and decision.doubt:
        return f"{target} is taken for an address of this host"
    if decision.kind == LOCAL:
        if decision.rule is not None and decision.entry is not None and decision.rule.table != LOCAL:
            return f"{target} is delivered to this host by policy routing"
        return f"{target} is an address of this host"
    if decision.kind == UNICAST:
        return f"{target} is reached {_by(decision)}"
    if decision.kind == NOWHERE:
        return f"there is no route to {target}" if decision.certain else f"no input tells a route to {target}"
    return f"{target}: {decision.kind}"


def _origin(decision: Decision) -> Origin | None:
    """Where the decision is written: at the route or address, at the rule where there is none."""
    entry, rule = decision.entry, decision.rule
    return entry.origin if entry is not None and entry.origin is not None else rule.origin if rule else None


def _route_text(decision: Decision) -> str:
    parts = []
    rule, entry = decision.rule, decision.entry
    if rule is not None and not rule.selects_all:
        mark = "" if rule.mark is None else f" fwmark {rule.mark:#x}"
        source = f" from {rule.source}" if rule.source else ""
        parts.append(f"rule{source}{mark} lookup {rule.table}")
    if entry is not None and entry.route is not None:
        kind = "" if entry.route.kind == UNICAST else f"{entry.route.kind} "
        via = f" via {entry.via}" if entry.via else ""
        device = f" dev {entry.device}" if entry.device else ""
        parts.append(f"{kind}{entry.route.destination}{via}{device} table {entry.route.table}")
    elif entry is not None and entry.address is not None:
        parts.append(f"{entry.address.text} dev {entry.address.device}")
    return "; ".join(parts)
