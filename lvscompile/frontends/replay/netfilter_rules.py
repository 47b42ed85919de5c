"""What becomes of a rule in a table: what its target is there, and how iptables speaks of it."""

from __future__ import annotations

from lvscompile.frontends.replay.netfilter_kernel import EINVAL, ENOENT
from lvscompile.frontends.replay.netfilter_tables import ChainState, TableState
from lvscompile.ir.netfilter import Refused, Rule, Spec, Target, UsageError
from lvscompile.ir.node import replace
from lvscompile.syntax.iptables.options import ELSEWHERE
from lvscompile.syntax.iptables.words import bare

NO_RULE = "Bad rule (does a matching rule exist in that chain?)."


def settle(table: TableState, spec: Spec | Refused, strict: bool) -> tuple[Spec | Refused, str]:
    """A rule whose target is what it is in this table: a chain goes before an extension of the same name. With
    the message where it is nothing.
    """
    target = None if isinstance(spec, Refused) else spec.target
    if target is None or target.kind == "verdict" or isinstance(spec, Refused):
        return spec, ""
    if target.name in table.chains:
        if target.kind == "extension":
            made = Target(target.name, (), f" -j {bare(target.name)}", True, "chain", target.goto)
            head = spec.text[: len(spec.text) - len(target.text)]
            return replace(spec, target=made, text=f"{head}{made.text}"), ""
        return spec, ""
    if target.kind == "extension":
        return (
            (spec, f"Couldn't load target `{target.name}':No such file or directory")
            if not target.known and (strict)
            else (spec, "")
        )
    if target.goto and table.complete is not False:
        return spec, f"goto '{target.name}' is not a chain"
    if not table.complete:
        assumed(table, target.name)
        return spec, ""
    if target.name in ELSEWHERE and not strict:
        return replace(spec, target=replace(target, kind="extension", known=False)), ""
    return spec, f"Couldn't load target `{target.name}':No such file or directory"


def assumed(table: TableState, name: str) -> ChainState | None:
    """The chain of a name; where the past is not known, one that must have been there."""
    chain = table.chains.get(name)
    if chain is None and not table.complete and name:
        chain = table.chains[name] = ChainState(name, "", None)
    return chain


def not_found(table: TableState, spec: Spec | Refused) -> str:
    """How iptables says that there is no such rule: it depends on what the rule would do."""
    target = None if isinstance(spec, Refused) else spec.target
    if target is None or target.kind == "verdict":
        return NO_RULE
    return EINVAL if table.is_built_in(target.name) else ENOENT


def renamed(rule: Rule, old: str, new: str) -> Rule:
    """A rule that jumped to a chain which has got another name."""
    spec = rule.spec
    target = None if isinstance(spec, Refused) else spec.target
    if isinstance(spec, Refused) or target is None or target.kind != "chain" or target.name != old:
        return rule
    made = Target(new, (), f" -{'g' if target.goto else 'j'} {bare(new)}", True, "chain", target.goto)
    text = f"{spec.text[: len(spec.text) - len(target.text)]}{made.text}"
    return replace(rule, spec=replace(spec, target=made, text=text))


def tolerable(error: UsageError) -> str:
    """Why a line that is refused here may well have passed where it comes from: a name that only that machine can
    resolve, or several ranges for NAT, as kernels before 2.6.11 took them.
    """
    if error.unresolved:
        return error.unresolved
    several = error.message.endswith("can only be used once.") and '"--to-' in error.message
    return "several ranges" if several else ""
