"""Which rules run, and how severe what they find is: codes, beginnings of codes, and names of rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from lvscompile.lint.registry import all_rules
from lvscompile.syntax.findings import SEVERITIES, Finding

OFF = "off"
LEVELS = (*SEVERITIES, OFF)


def meant(word: str) -> str:
    """The code, or the beginning of codes, that a word names: `LVS301`, `lvs3`, `both-peers-master`. "" for none."""
    rules = all_rules()
    code = next((rule.code for rule in rules.values() if rule.name == word), word.upper())
    return code if word and any(known.startswith(code) for known in rules) else ""


def nearest(word: str) -> str:
    """The code or name that is most like a word that names none, or ""."""
    import difflib

    rules = all_rules()
    # Of codes that are equally near the one that begins alike: LVS12x is hardly LVS212.
    near = difflib.get_close_matches(word.upper(), rules, n=8) or difflib.get_close_matches(
        word.lower(), [rule.name for rule in rules.values()], n=1
    )
    return max(near, key=lambda name: _alike(name, word.upper()), default="")


def _alike(one: str, other: str) -> int:
    """How many characters two words have in common at their beginnings."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


class Choice(NamedTuple):
    """What runs. All are codes or beginnings of codes; without `select` every rule is selected."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severity: Mapping[str, str] = {}  # to one of LEVELS

    def wanted(self, code: str) -> bool:
        """Whether a rule runs."""
        selected = not self.select or code.startswith(self.select)
        return selected and not (self.ignore and code.startswith(self.ignore)) and self.level(code) != OFF

    def level(self, code: str) -> str:
        """What the user says of a rule's severity; the longest beginning counts. "" for nothing."""
        said = max((start for start in self.severity if code.startswith(start)), key=len, default="")
        return self.severity.get(said, "")

    def judged(self, findings: Sequence[Finding]) -> list[Finding]:
        """The findings, as severe as the user says."""
        if not self.severity:
            return list(findings)
        return [_with_severity(finding, self.level(finding.code)) for finding in findings]


def over(first: Choice, then: Choice) -> Choice:
    """What the command line says (`first`), over what a file says. What it selects runs, whatever the file ignores in
    general."""

    def stands(code: str) -> bool:
        return not any(selected.startswith(code) for selected in first.select)

    severity = {code: level for code, level in then.severity.items() if level != OFF or stands(code)}
    return Choice(
        first.select or then.select,
        first.ignore + tuple(filter(stands, then.ignore)),
        {**severity, **first.severity},
    )


def _with_severity(finding: Finding, severity: str) -> Finding:
    if severity not in SEVERITIES or severity == finding.severity:
        return finding
    return Finding(
        finding.code, finding.name, severity, finding.effect, finding.message, finding.span, finding.host,
        finding.related, finding.help, finding.fix,
    )  # fmt: skip
