"""The linter against keepalived's own configuration test, over all corpora, class by class."""

from __future__ import annotations

from collections.abc import Mapping

import agreement
import corpus
import pytest
from corpus import Case
from judge import Verdict

from lvscompile.lint.registry import all_rules, is_whole

CASES = {case.id: case for case in corpus.cases() if not case.hangs}


def test_every_rule_about_one_host_has_its_claim() -> None:
    # keepalived sees no other files than its own.
    own = {code for code, rule in all_rules().items() if not is_whole(rule)}
    assert agreement.CLAIMS.keys() == {code for code in own if code[:4] not in ("LVS3", "LVS7")}


@pytest.mark.netns
@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_agreement(case: Case, verdicts: Mapping[str, Verdict]) -> None:
    """Each disagreement with keepalived is in the table, with its reason."""
    found = agreement.disagreements(case, verdicts[case.id], agreement.lint_case(case))
    unexplained = [d for d in found if (d.case, d.side, d.what) not in agreement.explained()]
    assert unexplained == [], verdicts[case.id].messages


@pytest.mark.netns
def test_the_table_of_disagreements_is_current(verdicts: Mapping[str, Verdict]) -> None:
    """A row that explains nothing any more is wrong too."""
    real = {
        (d.case, d.side, str(d.what))
        for case in CASES.values()
        for d in agreement.disagreements(case, verdicts[case.id], agreement.lint_case(case))
    }
    assert set(agreement.explained()) - real == set()
