"""Which of keepalived's message classes a rule of ours speaks about, and where the two disagree.

A *claim* maps a rule to the classes of `keepalived -t` messages that it stands for. Two questions are asked of each
configuration: is each class that keepalived reports claimed by one of our findings, and does keepalived report a
class of each finding of ours that claims it would? Each disagreement must be explained in `disagreements.json`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from corpus import Case
from judge import Cls, Verdict

from lvscompile.app.load import load
from lvscompile.ir.core import Target
from lvscompile.lint.engine import lint
from lvscompile.syntax.findings import Finding

TABLE = Path(__file__).with_name("disagreements.json")
TARGET = Target((2, 2, 7))

# A misplaced brace makes keepalived complain about whatever it then reads at a wrong level; we name the brace alone.
STRUCTURE = frozenset({
    Cls.UNKNOWN_KEYWORD, Cls.UNEXPECTED_OPEN_BRACE, Cls.MISSING_OPEN_BRACE, Cls.EXTRA_CLOSE_BRACE,
    Cls.MISSING_CLOSE_BRACE, Cls.NO_VIP, Cls.VRID_MISSING, Cls.INTERFACE, Cls.CHECKER, Cls.AUTH,
})  # fmt: skip
VALUES = frozenset(
    {Cls.NUMBER, Cls.VALUE, Cls.CHECKER, Cls.AUTH, Cls.ELECTION, Cls.TIMER, Cls.INTERFACE, Cls.DEFINITION}
)

# Rule -> the classes it claims. An empty set: keepalived says nothing about such a thing.
CLAIMS: dict[str, frozenset[Cls]] = {
    "LVS001": frozenset(),
    "LVS002": frozenset(),
    "LVS003": frozenset(),
    "LVS004": frozenset(),
    "LVS101": frozenset({Cls.UNKNOWN_KEYWORD}),
    "LVS102": STRUCTURE | VALUES,
    "LVS103": frozenset({Cls.MISSING_PARAMETER}),
    "LVS104": VALUES | {Cls.VRID_MISSING},
    "LVS105": VALUES | {Cls.VRID_MISSING},
    "LVS106": STRUCTURE | VALUES,
    "LVS107": STRUCTURE,
    "LVS108": STRUCTURE | VALUES | {Cls.SYNC_GROUP, Cls.EXTRA_PARAMETER},
    "LVS109": STRUCTURE | VALUES | {Cls.MISSING_REFERENCE},
    "LVS110": frozenset({Cls.VALUE, Cls.MISSING_PARAMETER, Cls.AUTH}),
    "LVS111": frozenset(),
    "LVS112": frozenset({Cls.EXTRA_PARAMETER}),
    "LVS113": frozenset({Cls.UNKNOWN_KEYWORD}),
    "LVS114": frozenset({Cls.DEPRECATED}),
    "LVS115": frozenset({Cls.UNKNOWN_KEYWORD}),
    "LVS116": frozenset({Cls.QUOTE, Cls.MISSING_PARAMETER}),
    "LVS117": frozenset({Cls.UNKNOWN_KEYWORD}) | VALUES,
    "LVS118": frozenset({Cls.UNKNOWN_KEYWORD}) | VALUES,
    "LVS119": frozenset(),
    "LVS120": frozenset({Cls.INCLUDE}),
    "LVS121": frozenset({Cls.INCLUDE}),
    "LVS122": STRUCTURE | VALUES,
    "LVS123": frozenset(),
    "LVS124": frozenset({Cls.DEFINITION}),
    "LVS125": frozenset(),
    "LVS126": STRUCTURE,
    "LVS127": frozenset({Cls.NAME}),
    "LVS128": frozenset({Cls.DUPLICATE}),
    "LVS129": VALUES | {Cls.NO_VIP},
    "LVS130": frozenset(),
    "LVS201": frozenset({Cls.DUPLICATE}),
    "LVS202": frozenset({Cls.VRID_MISSING}),
    "LVS203": frozenset({Cls.INTERFACE, Cls.VRID_MISSING}),
    "LVS204": frozenset({Cls.NO_VIP}),
    "LVS205": frozenset(),
    "LVS206": frozenset({Cls.ELECTION}),
    "LVS207": frozenset({Cls.AUTH}),
    "LVS208": frozenset({Cls.AUTH}),
    "LVS209": frozenset({Cls.AUTH}),
    "LVS210": frozenset({Cls.NUMBER, Cls.TIMER}),
    "LVS211": frozenset({Cls.VALUE}),
    "LVS212": frozenset(),
    "LVS213": frozenset({Cls.DUPLICATE}),
    "LVS214": frozenset(),
    "LVS215": frozenset({Cls.MISSING_REFERENCE}),
    "LVS216": frozenset(),
    "LVS217": frozenset(),
    "LVS218": frozenset(),
    "LVS219": frozenset(),
    "LVS220": frozenset({Cls.SCRIPT, Cls.MISSING_REFERENCE}),
    "LVS221": frozenset(),
    "LVS222": frozenset(),
    "LVS223": frozenset(),
    "LVS224": frozenset(),
    "LVS225": frozenset(),
    "LVS227": frozenset(),
    "LVS230": frozenset({Cls.AUTH}),
    "LVS231": frozenset({Cls.ELECTION}),
    "LVS232": frozenset({Cls.ELECTION}),
    "LVS233": frozenset({Cls.STRICT, Cls.ELECTION, Cls.OTHER, Cls.UNICAST}),
    "LVS234": frozenset(),
    "LVS235": frozenset({Cls.UNICAST}),
    "LVS236": frozenset({Cls.INTERFACE}),
    "LVS237": frozenset({Cls.DEPRECATED, Cls.UNICAST}),
    "LVS239": frozenset({Cls.OTHER, Cls.UNICAST, Cls.VALUE}),
    "LVS240": frozenset(),
    "LVS241": frozenset(),
    "LVS242": frozenset(),
    "LVS243": frozenset(),
    "LVS244": frozenset(),
    "LVS245": frozenset(),
    "LVS246": frozenset({Cls.VALUE}),
    "LVS247": frozenset({Cls.DUPLICATE}),
    "LVS248": frozenset({Cls.SYNC_GROUP, Cls.VALUE}),
    "LVS249": frozenset({Cls.VALUE}),
    "LVS250": frozenset(),
    "LVS251": frozenset(),
    "LVS252": frozenset({Cls.ELECTION}),
    "LVS253": frozenset({Cls.VALUE, Cls.UNICAST, Cls.NO_VIP, Cls.DEPRECATED}),
    "LVS254": frozenset({Cls.OTHER}),
    "LVS255": frozenset(),
    "LVS260": frozenset(),
    "LVS261": frozenset(),
    "LVS262": frozenset(),
    "LVS263": frozenset(),
    "LVS264": frozenset(),
    "LVS265": frozenset({Cls.VALUE}),
    "LVS266": frozenset({Cls.NUMBER}),
    "LVS267": frozenset(),
    "LVS268": frozenset({Cls.NUMBER, Cls.TIMER}),
    "LVS269": frozenset({Cls.VALUE, Cls.OTHER, Cls.NO_VIP}),
    "LVS271": frozenset({Cls.MISSING_REFERENCE, Cls.SYNC_GROUP}),
    "LVS272": frozenset({Cls.SYNC_GROUP}),
    "LVS273": frozenset({Cls.SYNC_GROUP}),
    "LVS274": frozenset(),
    "LVS275": frozenset(),
    "LVS276": frozenset({Cls.OTHER, Cls.DUPLICATE}),
    "LVS277": frozenset({Cls.INTERFACE}),
    "LVS278": frozenset({Cls.LOG_ONLY}),
    "LVS279": frozenset({Cls.DEPRECATED}),
    "LVS280": frozenset({Cls.INTERFACE}),
    "LVS281": frozenset({Cls.ENVIRONMENT, Cls.UNKNOWN_KEYWORD}),
    "LVS282": frozenset(),
    "LVS283": frozenset(),
    "LVS284": frozenset({Cls.MISSING_REFERENCE}),
    "LVS285": frozenset({Cls.OTHER}),
    "LVS287": frozenset({Cls.VALUE, Cls.DUPLICATE}),
    "LVS288": frozenset({Cls.OTHER, Cls.VALUE}),
    "LVS289": frozenset({Cls.VALUE, Cls.OTHER}),
    "LVS290": frozenset({Cls.OTHER, Cls.VALUE}),
    "LVS291": frozenset(),
    "LVS401": frozenset({Cls.CHECKER}),
    "LVS402": frozenset(),
    "LVS403": frozenset({Cls.CHECKER, Cls.DUPLICATE}),
    "LVS404": frozenset(),
    "LVS405": frozenset({Cls.CHECKER}),
    "LVS406": frozenset({Cls.CHECKER}),
    "LVS407": frozenset({Cls.CHECKER}),
    "LVS408": frozenset({Cls.CHECKER}),
    "LVS409": frozenset({Cls.CHECKER}),
    "LVS410": frozenset(),
    "LVS411": frozenset({Cls.CHECKER}),
    "LVS412": frozenset(),
    "LVS413": frozenset(),
    "LVS414": frozenset(),
    "LVS415": frozenset(),
    "LVS416": frozenset(),
    "LVS417": frozenset(),
    "LVS418": frozenset({Cls.CHECKER}),
    "LVS419": frozenset({Cls.CHECKER}),
    "LVS420": frozenset({Cls.CHECKER}),
    "LVS421": frozenset(),
    "LVS422": frozenset({Cls.CHECKER}),
    "LVS423": frozenset(),
    "LVS424": frozenset({Cls.CHECKER}),
    "LVS425": frozenset({Cls.CHECKER}),
    "LVS426": frozenset({Cls.CHECKER}),
    "LVS427": frozenset({Cls.CHECKER}),
    "LVS428": frozenset({Cls.CHECKER}),
    "LVS429": frozenset(),
    "LVS430": frozenset({Cls.CHECKER}),
    "LVS431": frozenset({Cls.CHECKER}),
    "LVS433": frozenset({Cls.CHECKER}),
    "LVS434": frozenset({Cls.CHECKER}),
    "LVS439": frozenset({Cls.CHECKER}),
    "LVS440": frozenset({Cls.VALUE}),
    "LVS441": frozenset({Cls.CHECKER}),
    "LVS442": frozenset({Cls.DUPLICATE}),
    "LVS443": frozenset(),
    "LVS444": frozenset(),
    "LVS445": frozenset({Cls.OTHER}),
    "LVS446": frozenset({Cls.CHECKER, Cls.MISSING_REFERENCE}),
    "LVS447": frozenset(),
    "LVS448": frozenset(),
    "LVS449": frozenset(),
    "LVS450": frozenset(),
    "LVS451": frozenset(),
    "LVS500": frozenset(),
    "LVS801": frozenset({Cls.SCRIPT_SECURITY}),
    "LVS802": frozenset(),
    "LVS803": frozenset(),
    "LVS804": frozenset(),
    # Where the user exists there is nothing to say.
    "LVS805": frozenset({Cls.ENVIRONMENT, Cls.MISSING_REFERENCE}),
}

# Rules about which keepalived may well be silent: it takes the words for something else, or drops them without a
# message. Their claims count in one direction only.
QUIET = frozenset({
    "LVS110", "LVS112", "LVS117", "LVS118", "LVS208", "LVS232", "LVS233", "LVS248", "LVS252", "LVS265", "LVS276", "LVS280",
    "LVS287", "LVS418", "LVS420", "LVS801", "LVS805",
})  # fmt: skip


class Disagreement(NamedTuple):
    """`side` is keepalived (it reports a class that we do not) or lvscompile (we report what it does not)."""

    case: str
    side: str
    what: str


def lint_case(case: Case) -> list[Finding]:
    """Our findings on a case, as one host."""
    with TemporaryDirectory() as folder:
        main = case.folder / case.main if case.folder else case.write(Path(folder))
        loaded = load([f"{case.config_id or 'node'}={main}"], kinds={str(main): "keepalived"}, target=TARGET)
        report = lint(loaded.hosts, TARGET)
        assert not report.crashes
        return report.findings


def disagreements(case: Case, verdict: Verdict, findings: Iterable[Finding]) -> list[Disagreement]:
    found = list(findings)
    claimed = frozenset().union(*(CLAIMS[f.code] for f in found)) if found else frozenset()
    reported = {message.cls for message in verdict.messages}
    result = [Disagreement(case.id, "keepalived", cls) for cls in sorted(reported - claimed)]
    if not (verdict.stopped or verdict.unvalidated or verdict.hung or verdict.crashed):
        for code in sorted({f.code for f in found if f.code not in QUIET and CLAIMS[f.code]}):
            if not CLAIMS[code] & reported:
                result.append(Disagreement(case.id, "lvscompile", code))
    return result


def explained() -> dict[tuple[str, str, str], str]:
    """The table: (case, side, what) -> why."""
    rows = json.loads(TABLE.read_text())
    return {(case, row["side"], row["what"]): row["why"] for row in rows for case in row["cases"]}
