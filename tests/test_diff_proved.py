"""The proved verdict on a change agrees with the engine: examples behave so (brute force: test_diff_random.py)."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from engine.decide.evaluate import holds
from engine.diff.proved import Verdict, verdict
from engine.errors import Refusal
from engine.policy import document
from engine.policy.build import build
from engine.policy.model import LateFee, Policy
from engine.prove.differing import by_kind, does
from tests.desk import POLICY, ROOT, laid_down

FEE = "\n        - late_fee: {amount: 40.00}\n"
WITH_FEE = POLICY + FEE.lstrip("\n")


def built(text: str) -> Policy:
    """The policy of a text."""
    read, _ = document.parse(text, "v1.yaml")
    assert read
    policy, problems = build(read)
    assert policy, problems
    return policy


def done(policy: Policy, facts: dict[str, int | str | None], as_of: str) -> set[str]:
    """The kinds of action that the policy does, as the engine evaluates conditions."""
    return {kind for kind, several in by_kind(policy).items() if holds(does(policy, several), facts, as_of)}


def charged(policy: Policy, facts: dict[str, int | str | None], as_of: str) -> int:
    """What the fees come to that the policy charges."""
    fees = [one for one in by_kind(policy).get("late_fee", []) if holds(does(policy, [one]), facts, as_of)]
    return sum(one.action.amount for one in fees if isinstance(one.action, LateFee))


def judged(old: Policy, new: Policy) -> Verdict:
    """The verdict; every example of it behaves so."""
    found = verdict(old, new)
    for strict, proofs in ((True, found.stricter), (False, found.milder)):
        for proof in proofs:
            before, after = (done(policy, dict(proof.example.facts), proof.example.as_of) for policy in (old, new))
            if proof.kind == "late_fee" and proof.kind in before & after:
                was, now = (charged(policy, dict(proof.example.facts), proof.example.as_of) for policy in (old, new))
                assert now > was if strict else now < was
            else:
                assert proof.kind in (after - before if strict else before - after)
    return found


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("summary: ", "summary: Well, ", "equivalent"),
        ("after_days: 3", "after_days: 2", "only stricter"),
        ("after_days: 3", "after_days: 4", "only milder"),
        ("amount: 40.00", "amount: 45.00", "only stricter"),
        ("ladder:\n", "covers: {open_amount: {at_least: 40.00}}\nladder:\n", "only milder"),
        ("template: friendly", "template: formal", "otherwise, neither stricter nor milder"),
    ],
)
def test_the_verdict_on_one_edit(before: str, after: str, expected: str) -> None:
    """And the other way round it is the opposite."""
    old, new = built(WITH_FEE), built(WITH_FEE.replace(before, after, 1))
    assert judged(old, new).word == expected
    opposite = {"only stricter": "only milder", "only milder": "only stricter"}
    assert judged(new, old).word == opposite.get(expected, expected)


def test_a_lower_fee_is_told_beside_an_earlier_level() -> None:
    """Nobody may read that a change is only stricter where somebody pays less."""
    new = WITH_FEE.replace("after_days: 10", "after_days: 8").replace("40.00", "35.00")
    found = judged(built(WITH_FEE), built(new))
    assert found.word == "both stricter and milder"
    (lower,) = found.milder
    assert lower.text.startswith("NEW charges 35.00 EUR, and OLD 40.00 EUR, for a receivable 10 days past due")


def test_what_cannot_be_compared_so() -> None:
    """Two kinds, and amounts in two currencies."""
    credit = built((ROOT / "policies/trade-credit/v1.yaml").read_text(encoding="utf-8"))
    for other in (credit, replace(built(POLICY), currency="USD")):
        with pytest.raises(Refusal) as refused:
            verdict(built(POLICY), other)
        assert [problem.code for problem in refused.value.problems] == ["not-decided"]


def test_the_command_tells_the_verdict(tmp_path: Path) -> None:
    """In text and for programs; credit is refused."""
    desk = laid_down(tmp_path)
    desk.write("new.yaml", POLICY.replace("after_days: 3", "after_days: 2"))
    said = desk.run("diff", "trade@1", "new.yaml", "--prove")
    assert said.exit == 0
    assert "\nproved: only stricter\n  NEW does notice, and OLD does not, for a receivable 2 days past due" in said.out
    value = json.loads(desk.run("diff", "trade@1", "new.yaml", "--prove", "--format", "json").out)
    assert (value["proof"]["verdict"], value["proof"]["milder"]) == ("only stricter", [])
    assert value["proof"]["stricter"][0]["facts"]["days_past_due"] == 2
    comment = desk.run("diff", "trade@1", "new.yaml", "--prove", "--format", "markdown").out
    assert "\n**Proved: only stricter**\n" in comment
