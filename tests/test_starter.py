"""The policies that `init` lays down: they load without a problem, and they keep the promises that stand in their cases."""

from dataclasses import asdict
from pathlib import Path

import pytest

from engine.act.draft import kind_of
from engine.decide.decide import Decision, decide, rulesets
from engine.decide.evaluate import true
from engine.decide.findings import compile_policy
from engine.facts import FACTS
from engine.policy import cases, checks, library
from engine.policy.model import Action, Policy

FOLDER = Path(__file__).parent.parent / "policies"
LIBRARY = library.load(FOLDER)
CASES = [
    case for path in library.case_files(FOLDER) for case in cases.load(path, LIBRARY.policies)[0]
]  # a file with a problem has none: test_every_policy_has_cases


def test_the_starter_policies_have_no_problem() -> None:
    """What a newcomer adopts passes `duly check`."""
    assert LIBRARY.problems == ()
    assert checks.check(LIBRARY.policies) == ()
    assert [policy.name for policy in LIBRARY.policies] == ["credit-watch", "key-accounts", "small-frequent", "standard"]


@pytest.mark.parametrize("policy", LIBRARY.policies, ids=lambda policy: policy.name)
def test_every_policy_has_cases(policy: Policy) -> None:
    """A case for each level and each rule, and for each of the policy's own reasons to withhold."""
    found, problems = cases.load(FOLDER / policy.name / "cases.yaml", LIBRARY.policies)
    assert problems == ()
    levels = {level.number for level in policy.ladder.levels} if policy.ladder else set()
    assert levels <= {case.expect.level for case in found}
    assert {entry.because for entry in policy.withhold} <= {reason for case in found for reason in case.expect.withheld}
    fired = {name for case in found for name in _decided(policy, case).fired}
    assert {f"rule {rule.id}" for rule in policy.rules} <= fired


def test_priorities_are_distinct_where_policies_contest() -> None:
    """Which of two policies decides is never left to the order of their names."""
    contest = [(policy.subject, policy.priority) for policy in LIBRARY.policies]
    assert len(contest) == len(set(contest))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.policy}: {case.name}")
def test_a_starter_policy_keeps_its_cases(case: cases.Case) -> None:
    """The engine decides what the case expects: level, actions with their parameters, reasons."""
    policy = next(policy for policy in LIBRARY.policies if policy.name == case.policy)
    decision = _decided(policy, case)
    done = [call for call in decision.calls if not call.reasons]
    assert max((call.level_to for call in done if call.level_to is not None), default=None) == case.expect.level
    assert sorted(kind_of(call.action) for call in done) == sorted(action.kind for action in case.expect.actions)
    assert {reason for call in decision.calls for reason in call.reasons} == set(case.expect.withheld)
    for expected in case.expect.actions:
        said = [_said(call.action) for call in done if kind_of(call.action) == expected.kind]
        assert any(set(expected.parameters) <= set(parameters.items()) for parameters in said), (expected, said)


def _decided(policy: Policy, case: cases.Case) -> Decision:
    """What the engine decides about the made subject: its facts are the case's, and neutral where it says nothing."""
    values = {name: fact.neutral for name, fact in FACTS.items()} | case.given
    compiled = compile_policy(policy)
    with rulesets(compiled) as rules:
        return decide(compiled, rules, [int(true(finding, values, "2026-06-30")) for finding in compiled.findings])


def _said(action: Action | None) -> dict[str, object]:
    """The action's parameters as a policy writes them."""
    assert action is not None
    return asdict(action)
