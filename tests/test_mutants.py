"""Mutants: small faults in a policy, which its cases should notice; for those that they do not there is a ready case."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from engine.assay import command, mutation, suite
from engine.assay.mutants import Fault, Mutant, mutants
from engine.assay.twin import Fork, Twin, kept, notices
from engine.decide.findings import compile_policy
from engine.decide.trial import decided
from engine.errors import Refusal
from engine.policy import library
from engine.policy.cases import Case
from engine.policy.model import Policy
from tests.test_trial import KEPT, POLICY, lay

FOLDER = Path(__file__).parent.parent / "policies"
POLICIES = library.load(FOLDER).policies
each = pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.name)


def cases_of(policy: Policy) -> Sequence[Case]:
    """The policy's own cases that are made subjects."""
    return suite.load([FOLDER / policy.name]).of(policy)


@each
def test_the_twin_decides_as_the_rules_engine_does(policy: Policy) -> None:
    """Mutants are tried without the engine; on the policy itself both come to the same, case by case."""
    twin, compiled = Twin(policy), compile_policy(policy)
    for case in cases_of(policy):
        quick, slow = twin.outcome(twin.tried(case)), decided(case, compiled)
        assert quick.calls == slow.calls, case.name
        assert {name: (quick.concluded or {}).get(name) for name in slow.concluded or {}} == (slow.concluded or {}), (
            case.name
        )


@each
def test_a_fork_is_the_mutant(policy: Policy) -> None:
    """Only what differs is evaluated anew, and nothing is missed by that."""
    base = Twin(policy)
    tried = [base.tried(case) for case in cases_of(policy)][::7]
    for mutant in list(mutants(policy))[::3]:
        fork, whole = Fork(base, mutant.policy), Twin(mutant.policy)
        for one in tried:
            slow, quick = whole.tried(one.case), fork.tried(one)
            assert quick.covered == slow.covered, mutant.text
            assert whole.outcome(slow) == whole.outcome(quick), (mutant.text, one.case.name)
            assert fork.notices(one) == (not whole.keeps(slow)), (mutant.text, one.case.name)


@each
def test_the_starter_policies_have_good_cases(policy: Policy) -> None:
    """At least nine of ten small faults would be noticed."""
    cases, base = kept(policy, cases_of(policy)), Twin(policy)
    every = list(mutants(policy))
    noticed = [mutant for mutant in every if notices(Fork(base, mutant.policy), cases)]
    assert len(noticed) >= 0.9 * len(every)


def planted(folder: Path, text: str = POLICY) -> list[Mutant]:
    """The mutants of a policy."""
    policy, problems = library.load_file(lay(folder, text))
    assert policy, problems
    return list(mutants(policy))


def test_every_kind_of_fault_is_planted(tmp_path: Path) -> None:
    """Each number up and down, each operator, each condition and each action; each at its line, and each another policy."""
    found = planted(tmp_path)
    told = {(one.place.line, one.fault, one.text) for one in found}
    assert {
        (8, Fault.OPERATOR, "covers: customer.segment is public -> is_not public"),
        (11, Fault.NUMBER, "withhold just-spoken: customer.days_since_contact at_most 2 -> at_most 3"),
        (11, Fault.OPERATOR, "withhold just-spoken: customer.days_since_contact at_most 2 -> less_than 2"),
        (16, Fault.NUMBER, "level 1: after_days 3 -> 2"),
        (23, Fault.NUMBER, "level 2: notice pay_within_days 7 -> 8"),
        (24, Fault.NUMBER, "level 2: late_fee amount 40.00 EUR -> 39.99 EUR"),
        (20, Fault.ACTION, "level 2: without its late_fee (2.)"),
        (26, Fault.CONDITION, "rule broken-promise: without its condition"),
    } <= {(line, fault, text) for line, fault, text in told} | {
        (20, Fault.ACTION, text) for _, _, text in told if "late_fee (2" in text
    }
    assert len({one.policy for one in found}) >= len(found) - 2
    original, _ = library.load_file(tmp_path / "trade" / "v1.yaml")
    assert all(one.policy != original for one in found)


def test_a_number_that_the_file_does_not_say_is_none(tmp_path: Path) -> None:
    """What duly assumes is not the policy's to get wrong."""
    assert not any("tolerance" in one.text for one in planted(tmp_path))
    ladder = POLICY.replace("ladder:\n", "ladder:\n  tolerance: 5.00\n")
    assert any(one.text == "ladder: tolerance 5.00 EUR -> 4.99 EUR" for one in planted(tmp_path, ladder))


WORDS = """\
policy: trade
kind: dunning
version: 1
effective_from: 2026-01-01
summary: Whether the day itself counts, of the ladder and of a level, and one that counts to the end of a month.
currency: EUR
subject: receivable
ladder:
  boundary: on
  levels:
    - {level: 1, name: one, after_days: 3, then: [task: {what: call}]}
    - {level: 2, name: two, after_days: 10, boundary: after, then: [task: {what: call}]}
    - {level: 3, name: three, after_days: 20, month_end: true, then: [task: {what: visit}]}
rules:
  - {id: old, when: {days_past_due: {at_least: 60}}, then: [hand_over: {to: agency}]}
approvals:
  - {action: hand_over, above: 500.00, role: credit-manager}
  - {action: hand_over, above: 900.00, role: cfo}
"""


def test_words_and_approvals_are_mutated_as_well(tmp_path: Path) -> None:
    """Each word that the file says for its neighbour, each bound of an approval, each approval left out; with a case for each."""
    templates = lay(tmp_path, WORDS, given=KEPT.replace("[notice]", "[task]"))
    (score,) = command.run([tmp_path], "", mutate=True).scores
    told = {(one.mutant.place.line, one.mutant.text): one.case for one in score.unnoticed}
    assert templates.exists()
    for line, text in (
        (12, "level 2: boundary after -> on"),
        (13, "level 3: month_end true -> false"),
        (17, "approval of hand_over: above 500.00 EUR -> 499.99 EUR"),
        (18, "approval of hand_over: above 900.00 EUR -> 900.01 EUR"),
        (17, "approval of hand_over: without that of credit-manager"),
        (18, "approval of hand_over: without that of cfo"),
    ):
        assert any(place == line and said == text for place, said in told), text
        assert told[line, text], f"no case notices {text}"
    # The only case there is notices it: on day 3 the first call is due.
    assert "ladder: boundary on -> after" not in {text for _, text in told}


def test_how_orders_are_judged_is_mutated() -> None:
    """Verdicts, the tolerance, the conditions of rules and the rules themselves; a case about an order notices each."""
    policy = next(one for one in POLICIES if one.name == "trade-credit")
    of_orders = [one for one in mutants(policy) if one.of_orders]
    told = {one.text for one in of_orders}
    assert {
        "orders: over_limit refer -> refuse",
        "orders: no_limit refer -> approve",
        "orders: tolerance_percent 5% -> 4.99%",
        "order in-advance: verdict refuse -> refer",
        "order overdue: left out",
        "order overdue: customer.overdue_31_60 at_least 500.00 EUR -> at_least 499.99 EUR",
    } <= told
    base, some = Twin(policy), kept(policy, [case for case in cases_of(policy) if case.order is not None])
    assert [one.text for one in of_orders if not notices(Fork(base, one.policy), some)] == []


def test_a_ready_case_asks_about_an_order(tmp_path: Path) -> None:
    """Where no case does, a plain one is asked for an order of 1,000.00."""
    given = "policy: trade\ncases: [{name: one, given: {customer.credit_limit: 5000.00}, expect: {limit: 5000.00}}]\n"
    lay(tmp_path, CREDIT, given=given)
    (score,) = command.run([tmp_path], "", mutate=True).scores
    ready = {one.mutant.text: one.case for one in score.unnoticed}
    found = ready["order late: verdict refer -> refuse"]
    assert found
    assert "    order: 1000.00\n" in found.text
    assert "expect: {order: refer, because: [late, no-limit]}" in found.text


CREDIT = """\
policy: trade
kind: credit
version: 1
effective_from: 2026-01-01
summary: A limit for everybody, and orders of who is late are referred.
currency: EUR
limit:
  rules: [{id: all, amount: 5000.00}]
orders:
  over_limit: refer
  rules:
    - {id: late, because: something is late, verdict: refer, when: {customer.overdue_amount: {at_least: 100.00}}}
"""


def test_the_rating_that_bounds_another_is_mutated() -> None:
    """`not_above: C` might be B or D by a slip, and the best rating only the next."""
    policy = next(one for one in POLICIES if one.name == "trade-credit")
    found = [one.text for one in mutants(policy) if one.fault is Fault.WORD]
    assert {text for text in found if "long-overdue" in text} == {
        "adjustment long-overdue: not_above C -> B",
        "adjustment long-overdue: not_above C -> D",
    }
    assert [text for text in found if "adjustment insolvent" in text] == ["adjustment insolvent: not_above D -> C"]


def test_the_ready_cases_are_good(tmp_path: Path) -> None:
    """Copied into the file, every one of them is kept, and together they notice what was not noticed before."""
    path = lay(tmp_path, given=KEPT).parent / "cases.yaml"
    (before,) = command.run([tmp_path], "", mutate=True).scores
    assert before.hundredths < 5_000
    ready = {one.case.name: one.case.text for one in before.unnoticed if one.case}
    path.write_text(KEPT + "".join(ready.values()), encoding="utf-8")
    after = command.run([tmp_path], "", mutate=True)
    assert not after.wrong
    assert [one.mutant.text for one in after.scores[0].unnoticed] == [
        one.mutant.text for one in before.unnoticed if not one.case
    ]
    assert after.scores[0].hundredths > 9_000


def test_the_score_is_told(tmp_path: Path) -> None:
    """As text and JSON; below the threshold that was asked for, the command fails."""
    lay(tmp_path, given=KEPT)
    found = command.run([tmp_path], "", mutate=True, least=9_000)
    assert found.wrong
    assert [problem.code for problem in found.problems] == ["below-threshold"]
    (score,) = json.loads(found.written("json", json.dumps))["mutation"]
    assert score["mutants"] == found.scores[0].total == score["noticed"] + len(score["unnoticed"])
    lines = found.written("text", json.dumps).splitlines()
    assert lines[1].startswith(f"trade v1: {score['noticed']} of {score['mutants']} mutants noticed, ")
    assert not command.run([tmp_path], "", mutate=True, least=100).wrong


def test_mutants_wait_for_cases_that_are_kept(tmp_path: Path) -> None:
    """A case that fails anyway cannot tell a mutant from the policy."""
    lay(tmp_path, given=KEPT.replace("past_due: 3", "past_due: 2"))
    with pytest.raises(Refusal) as refused:
        command.run([tmp_path], "", mutate=True)
    assert [problem.code for problem in refused.value.problems] == ["case-failed"]


def test_a_percentage_is_written_in_full() -> None:
    """`9.05`, not `9.5`."""
    assert [mutation.percent(value) for value in (905, 10_000, 0)] == ["9.05", "100.00", "0.00"]
