"""`docs/rules/`: a page a rule, made of the rule's own page and of what the linter really says about its bad example."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

from golden import ROOT, run

from lvscompile.lint.pages import page
from lvscompile.lint.registry import Rule, all_rules

sys.path.insert(0, str(ROOT / "tests" / "unit" / "lint"))
from pages_examples import Example, example

DOCS = ROOT / "docs" / "rules"
FAMILIES = {
    "0": "The tool itself",
    "1": "Syntax and types",
    "2": "VRRP on one host",
    "3": "Peers: hosts that back each other up, compared",
    "4": "Virtual services and health checks",
    "5": "The host: sysctls, packet filter, routing",
    "6": "Legacy command logs",
    "7": "What a conversion leaves out",
    "8": "Security",
}
EFFECTS = {
    "split": "two hosts hold the virtual addresses at the same time",
    "outage": "the daemon or a service does not run",
    "latent": "harmless until something fails",
    "none": "no direct effect on the service",
}
FIXES = {"safe": "`--fix`", "unsafe": "`--unsafe-fixes`", "": "by hand"}


def documents() -> dict[str, str]:
    """File name -> content, for all of `docs/rules/`."""
    rules = all_rules().values()
    return {"README.md": _index(rules), **{f"{rule.code}.md": _document(rule) for rule in rules}}


def _index(rules: Iterable[Rule]) -> str:
    out = [
        "# The rules",
        "",
        "Made from the rules by `make golden`; `lvscompile explain CODE` shows the same pages offline. *Fix* says what"
        " mends a finding, or some of them.",
    ]
    family = ""
    for rule in rules:
        if rule.code[3] != family:
            family = rule.code[3]
            out += ["", f"## {family}xx: {FAMILIES[family]}", "", "| rule | severity | effect | fix | what it finds |"]
            out += ["|---|---|---|---|---|"]
        fix = FIXES[rule.fix] if rule.fix else ""
        out.append(
            f"| [{rule.code}]({rule.code}.md) {rule.name} | {rule.severity} | {rule.effect} | {fix} | {rule.summary} |"
        )
    return "\n".join(out) + "\n"


def _document(rule: Rule) -> str:
    text = page(rule.code) or ""
    title, _, rest = text.partition("\n")
    facts = (
        f"*Family {rule.code[3]}xx, {FAMILIES[rule.code[3]]}. Effect: {EFFECTS[rule.effect]}. "
        f"Mended {FIXES[rule.fix] if not rule.fix else 'with ' + FIXES[rule.fix]}.*"
    )
    before, good, after = rest.partition("\n## Good\n")
    bad = example(rule.code, "Bad")
    # What is said about the configuration that a machine runs cannot be shown with a file from elsewhere.
    says = "" if bad.live else f"\n```console\n{_says(rule, bad)}```\n"
    return _plain(f"{title}\n\n{facts}\n{before}{says}{good}{after}")


def _plain(text: str) -> str:
    """The info strings of the examples are for the tests; a reader needs the host's or the file's name."""

    def fence(match: re.Match[str]) -> str:
        words = [w for w in match[1].split() if re.match(r"lvs\d|include=|[\w.-]+/", w)]
        name = " ".join(word.replace("include=", "") for word in words)
        return f"{name}:\n\n```" if name else "```"

    return re.sub(r"(?m)^```(?:keepalived|convert|file)([^\n]*)$", fence, text)


def _says(rule: Rule, bad: Example) -> str:
    """The command, and the rule's first finding about the bad example."""
    with TemporaryDirectory() as folder:
        mains = bad.write(Path(folder))
        words = [str(path.relative_to(folder)) for path in mains.values()]
        files = [word for word, path in zip(words, mains.values(), strict=True) if path.is_file()]
        command = ["convert", *words, "-o", "out"] if bad.converted else ["lint", *words]
        command += ["--to", bad.to] if bad.to != "keepalived" else []
        command += ["--vrrp", bad.vrrp] if bad.vrrp else []
        command += ["--target-keepalived", bad.target] if bad.target else []
        kinds = [f"--kind={word}=keepalived" for word in files]
        text = run([*command, *kinds], Path(folder), stderr=bad.converted)[0].replace(f"{folder}/", "")
    found = [block for block in text.split("\n" if bad.converted else "\n\n") if f" {rule.code} " in block]
    assert found, (rule.code, text)
    return f"$ lvscompile {' '.join(command)}\n{found[0]}\n"
