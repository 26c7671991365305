"""The policies that `init` lays down: they load without a problem, and they keep the promises that stand in their cases."""

from pathlib import Path

import pytest

from engine.act.lived import outcomes
from engine.decide import trial
from engine.decide.decide import decide, row_of, rulesets
from engine.decide.findings import compile_policy
from engine.decide.made import given
from engine.policy import cases, checks, library
from engine.policy.model import Policy

FOLDER = Path(__file__).parent.parent / "policies"
LIBRARY = library.load(FOLDER)


def test_the_starter_policies_have_no_problem() -> None:
    """What a newcomer adopts passes `duly check`."""
    assert LIBRARY.problems == ()
    assert checks.check(LIBRARY.policies) == ()
    names = ["key-accounts", "new-customers", "small-frequent", "standard", "strategic", "trade-credit"]
    assert [policy.name for policy in LIBRARY.policies] == names


@pytest.mark.parametrize("policy", LIBRARY.policies, ids=lambda policy: policy.name)
def test_every_policy_has_cases(policy: Policy) -> None:
    """A case for each level, each rule and each section's parts, and for each of the policy's own reasons to withhold."""
    found, problems = cases.load(FOLDER / policy.name / "cases.yaml", LIBRARY.policies)
    assert problems == ()
    levels = {level.number for level in policy.ladder.levels} if policy.ladder else set()
    assert levels <= {case.expect.level for case in found}
    assert {entry.because for entry in policy.withhold} <= {reason for case in found for reason in case.expect.withheld}
    fired = {name for case in found for name in _fired(policy, case)}
    assert {f"rule {rule.id}" for rule in policy.rules} | _named(policy) <= fired


def test_priorities_are_distinct_where_policies_contest() -> None:
    """Which of two policies decides is never left to the order of their names."""
    contest = [(policy.kind, policy.subject, policy.priority) for policy in LIBRARY.policies]
    assert len(contest) == len(set(contest))


def test_the_starter_policies_keep_their_cases() -> None:
    """What `duly check` says of them: every case decides as it is written."""
    tried = trial.checked([FOLDER], live=outcomes)
    assert tried.problems == ()
    assert tried.policies == len(LIBRARY.policies)
    assert tried.cases == sum(len(cases.load(path, LIBRARY.policies)[0]) for path in library.case_files(FOLDER))


def _named(policy: Policy) -> set[str]:
    """Every named condition of a credit policy that a case has to make true once."""
    credit = policy.credit
    if not credit:
        return set()
    assert credit.ratings
    assert credit.limit
    assert credit.terms
    assert credit.review
    steps = {of for of, section in (("limit", credit.limit), ("terms", credit.terms)) if section.steps}
    return {
        *(f"scored {rating.name}" for rating in credit.ratings.of),
        *(f"adjustment {one.id}" for one in credit.ratings.adjustments),
        *(f"limit {rule.id}" for rule in credit.limit.rules),
        *(f"terms {rule.id}" for rule in credit.terms.rules),
        *(f"{way} {of}" for way in ("raise", "lower") for of in steps),
        *(f"review of {rating.name}" for rating in credit.ratings.of),
        *(f"sooner {event.id}" for event in credit.review.sooner),
        *(f"{way} {hold.reason}" for way in ("hold", "release") for hold in credit.holds),
    }


def _fired(policy: Policy, case: cases.Case) -> tuple[str, ...]:
    """Which of the policy's conditions hold for the made subject."""
    compiled = compile_policy(policy)
    values = given(case, compiled)
    with rulesets(compiled) as rules:
        return decide(compiled, rules, row_of(compiled, values, "2026-06-30")).fired
