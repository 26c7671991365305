"""The oracle of credit held to tables that were worked out by hand, so that it is more than a second opinion; and the engine too.

Whatever is judged here is judged by both: the rules engine decides on the same facts, and has to call for the same.
"""

from dataclasses import replace
from typing import Any

import pytest

from engine.decide import targets
from engine.decide.decide import decide, row_of, rulesets
from engine.decide.findings import compile_policy
from engine.decide.settling import settled
from engine.policy import model
from engine.policy.credit_model import (
    Adjustment,
    Band,
    Characteristic,
    Credit,
    Hold,
    LimitRule,
    LimitSection,
    Rating,
    Ratings,
    ReviewSection,
    Scorecard,
    Share,
    Sooner,
    Steps,
    TermsRule,
    TermsSection,
    Words,
)
from engine.policy.model import Approval, Comparison, Condition, Operator, Policy, Subject
from tests.oracle_conditions import Of
from tests.oracle_credit import Called, Judgement, earned, judge, limit_of, roles

AS_OF = "2026-03-31"
# A customer of whom nothing is known.
NOBODY: Of = {
    "customer.rating": None, "customer.rating_override": None, "customer.credit_limit": None, "customer.limit_steps": 0,
    "customer.days_since_limit_step": None, "customer.days_until_limit_ends": None, "customer.terms_days": None,
    "customer.terms_steps": 0, "customer.days_since_terms_step": None, "customer.open_disputes": 0, "customer.review_open": 0,
    "customer.days_since_review": None, "customer.hold_suspended": 0, "customer.sales_12m": None, "customer.equity": None,
    "customer.on_time_share_12m": None, "customer.segment": None, "customer.exposure": 0, "customer.has_email": 0,
}
ALWAYS = Comparison("customer.exposure", Operator.AT_LEAST, -(10**9))
NEVER = model.Nor((ALWAYS,))


def made(**sections: Any) -> Policy:
    """A credit policy with these sections."""
    more = {name: sections.pop(name) for name in ("withhold", "rules", "approvals") if name in sections}
    empty = Credit(scorecard=None, ratings=None, limit=None, terms=None, review=None, holds=(), orders=None)
    plain = Policy(
        name="p1", kind="credit", version=1, effective_from="2020-01-01", summary="", currency="EUR",
        subject=Subject.CUSTOMER, covers=None, priority=1, limits=model.Limits(None, None), withhold=(), ladder=None,
        rules=(), approvals=(), credit=replace(empty, **sections), digest="", text="", file="")
    return replace(plain, **more)


def judged(policy: Policy, **facts: Any) -> Judgement:
    """What the policy makes of somebody of whom only this is known: the oracle and the engine."""
    of = NOBODY | {f"customer.{name}": value for name, value in facts.items()}
    found = judge(policy, of, AS_OF)
    assert by_engine(policy, of) == [(call.rule, call.action, call.after, call.reasons) for call in found.calls]
    return found


def by_engine(policy: Policy, of: Of) -> list[tuple[Any, ...]]:
    """The calls of the rules engine on these facts: rule, action, value after it, reasons."""
    assert policy.credit is not None
    compiled, found = compile_policy(policy), []
    with rulesets(compiled) as rules:
        decision = decide(compiled, rules, row_of(compiled, of, AS_OF))
    for call in settled(policy, decision.calls, of):
        after: Any = None
        match call.action:
            case model.SetRating(rating):
                after = rating
            case model.SetCreditLimit(rule, step) if policy.credit.limit:
                after = targets.limit(policy.credit.limit, rule, of, step).amount
            case model.SetTerms(rule, step) if policy.credit.terms:
                after = targets.terms(policy.credit.terms, rule, of, step).amount
        found.append((call.rule, call.action, after, call.reasons))
    return found


def told(found: Judgement) -> list[tuple[Any, ...]]:
    """The calls: rule, value after it, reasons."""
    return [(call.rule, call.after, *call.reasons) for call in found.calls]


# -- score ------------------------------------------------------------------------------------------------------------------

PUNCTUAL = Characteristic("punctual", "customer.on_time_share_12m", 2, -10,
                          (Band(None, 60_00, 0), Band(60_00, 85_00, 40), Band(85_00, None, 90)), (), None)
SEGMENT = Characteristic("segment", "customer.segment", 1, 5, (), (Words(("sme", "retail"), 30),), 10)
REACHED = Characteristic("reached", "customer.has_email", 1, 0, (), (Words((1,), 7), Words((0,), -7)), None)


@pytest.mark.parametrize(("one", "value", "points"), [
    (PUNCTUAL, None, -10), (PUNCTUAL, 59_99, 0), (PUNCTUAL, 60_00, 40), (PUNCTUAL, 84_99, 40), (PUNCTUAL, 85_00, 90),
    (SEGMENT, None, 5), (SEGMENT, "sme", 30), (SEGMENT, "retail", 30), (SEGMENT, "key", 10),
    (REACHED, 1, 7), (REACHED, 0, -7)])
def test_points(one: Characteristic, value: int | str | None, points: int) -> None:
    """A band includes its lower end and not its upper one; missing is neither a band nor a word."""
    assert earned(one, value) == points


def test_a_score() -> None:
    """200 + 2 x 90 + 30 - 7."""
    found = judged(made(scorecard=Scorecard(200, (PUNCTUAL, SEGMENT, REACHED))), on_time_share_12m=90_00, segment="sme")
    assert (found.points, found.score) == ({"punctual": 180, "segment": 30, "reached": -7}, 403)


# -- rating -----------------------------------------------------------------------------------------------------------------

ABC = (Rating("A", 80, None), Rating("B", 40, 80), Rating("C", None, 40))


def scored(score: int, margin: int = 0, *adjustments: Adjustment) -> Policy:
    """A policy under which everybody has that score."""
    return made(scorecard=Scorecard(score, ()), ratings=Ratings(margin, ABC, adjustments))


@pytest.mark.parametrize(("score", "rating"), [(81, "A"), (80, "A"), (79, "B"), (40, "B"), (39, "C"), (-500, "C")])
def test_the_rating_of_a_score(score: int, rating: str) -> None:
    """The lower end of a band is in it."""
    assert told(judged(scored(score))) == [(f"rating {rating}", rating)]
    assert told(judged(scored(score), rating=rating)) == []


@pytest.mark.parametrize(("score", "before", "rating"), [
    (70, "A", "A"), (69, "A", "B"), (89, "B", "B"), (90, "B", "A"), (30, "B", "B"), (29, "B", "C"), (49, "C", "C"),
    (50, "C", "B"), (90, "C", "A"), (89, "C", "A"), (75, None, "B"), (75, "X", "B"), (80, "X", "A"), (-9, "A", "C")])
def test_a_rating_is_kept_within_its_margin(score: int, before: str | None, rating: str) -> None:
    """Ten points outside its own band it is still kept, eleven no more; upwards ten are enough. Nobody else's is."""
    assert judged(scored(score, 10), rating=before).rating == rating


NOT_ABOVE_B = Adjustment("broken", "a promise was broken", ALWAYS, "B", None)
NOT_BELOW_B = Adjustment("parent", "the parent is strong", ALWAYS, None, "B")
NOT_BELOW_A = Adjustment("state", "the state owns it", ALWAYS, None, "A")


@pytest.mark.parametrize(("score", "adjustments", "rating", "because"), [
    (99, (NOT_ABOVE_B,), "B", ("a promise was broken",)),
    (50, (NOT_ABOVE_B,), "B", ()),
    (10, (NOT_ABOVE_B,), "C", ()),
    (10, (NOT_BELOW_B,), "B", ("the parent is strong",)),
    (10, (NOT_ABOVE_B, NOT_BELOW_A), "B", ("the state owns it", "a promise was broken")),
    (10, (NOT_BELOW_B, NOT_BELOW_A), "A", ("the parent is strong", "the state owns it")),
    (10, (NOT_BELOW_A, NOT_BELOW_B), "A", ("the state owns it",)),
    (99, (replace(NOT_ABOVE_B, when=NEVER),), "A", ()),
])
def test_adjustments(score: int, adjustments: tuple[Adjustment, ...], rating: str, because: tuple[str, ...]) -> None:
    """Up first, then down: caution wins. Only what changed something is a reason."""
    found = judged(scored(score, 0, *adjustments))
    (call,) = found.calls
    assert call.action == model.SetRating(rating, because)


@pytest.mark.parametrize(("override", "rating", "because"), [
    ("C", "C", ("a promise was broken", "override")), ("B", "B", ("a promise was broken",)), ("A", "A",
    ("a promise was broken", "override")), ("X", "B", ("a promise was broken",)), (None, "B", ("a promise was broken",))])
def test_an_override_decides(override: str | None, rating: str, because: tuple[str, ...]) -> None:
    """Whatever score and adjustments say, if it is a rating of the policy."""
    (call,) = judged(scored(99, 0, NOT_ABOVE_B), rating_override=override).calls
    assert call.action == model.SetRating(rating, because)


# -- limit ------------------------------------------------------------------------------------------------------------------

SHARES = (Share(20_00, "customer.sales_12m"), Share(10_00, "customer.equity"))


def fixed(amount: int | None, when: Condition | None = None) -> LimitRule:
    """So much for everybody; None: none is set."""
    return LimitRule("one", when, amount is None, amount, (), None, None, 1)


def limited(*rules: LimitRule, steps: Steps | None = None, change: int = 0, days: int | None = None) -> Policy:
    """A policy with nothing but a limit."""
    return made(limit=LimitSection(change, days, rules, steps))


@pytest.mark.parametrize(("sales", "equity", "limit"), [
    (1_000, None, 200), (None, 1_000, 100), (1_000, 1_000, 100), (1_000, 9_000, 200), (1_000, 0, 0), (1_000, -50, 0),
    (12, None, 2), (13, None, 3), (None, 5, 1), (None, 4, 0)])
def test_the_smallest_share_that_is_there(sales: int | None, equity: int | None, limit: int) -> None:
    """Each rounded to the minor unit, halves up; what is negative is nothing; what is missing does not count."""
    rule = LimitRule("one", None, False, None, SHARES, None, None, 1)
    assert told(judged(limited(rule), sales_12m=sales, equity=equity)) == [("limit one", limit)]


def test_a_limit_without_evidence() -> None:
    """No fact of any share is there: nobody can say, and the preview says so."""
    rule = LimitRule("one", None, False, None, SHARES, 500, None, 1)
    assert told(judged(limited(rule))) == [("limit one", None, "missing-evidence")]


@pytest.mark.parametrize(("raw", "hundredths", "floor", "cap", "round_to", "limit"), [
    (1_234, 0, None, None, 100, 1_200), (1_234, 1_000, None, None, 1, 1_357), (1_235, 1_000, None, None, 1, 1_359),
    (99, 0, 100, None, 1, 100), (99, 0, None, 50, 1, 50), (99, 0, 100, 50, 1, 50), (199, 0, 150, None, 100, 150),
    (1_000, -10_000, None, None, 1, 0), (1_000, -12_000, None, None, 1, 0), (1_000, -12_000, 70, None, 1, 70),
    (1_999, 0, None, 1_950, 100, 1_900), (0, 5_000, 100, None, 1, 100)])
def test_the_amount_of_a_limit(raw: int, hundredths: int, floor: int | None, cap: int | None, round_to: int, limit: int) -> None:
    """Moved by the steps, rounded down, floored, capped; floor and cap themselves are not rounded."""
    rule = LimitRule("one", None, False, None, SHARES, floor, cap, round_to)
    assert limit_of(rule, raw, hundredths) == limit


@pytest.mark.parametrize(("limit", "target", "change", "calls"), [
    (None, 100, 10_00, [("limit one", 100)]), (100, None, 10_00, [("limit one", None)]), (None, None, 0, []),
    (0, 100, 10_00, [("limit one", 100)]), (100, 0, 10_00, [("limit one", 0)]), (0, 0, 0, []), (None, 0, 0, [("limit one", 0)]),
    (0, None, 0, [("limit one", None)]), (1_000, 1_099, 10_00, []), (1_000, 1_100, 10_00, [("limit one", 1_100)]),
    (1_000, 901, 10_00, []), (1_000, 900, 10_00, [("limit one", 900)]), (1_000, 1_001, 0, [("limit one", 1_001)]),
    (1_000, 1_000, 0, [])])
def test_when_a_limit_is_set(limit: int | None, target: int | None, change: int, calls: list[Any]) -> None:
    """None set, no credit and an amount are never the same, and never a small change."""
    assert told(judged(limited(fixed(target), change=change), credit_limit=limit)) == calls


@pytest.mark.parametrize(("limit", "target", "ends", "review", "calls"), [
    (100, 100, 0, 0, []), (100, 100, -1, 0, [("limit one", 100)]), (100, 101, -1, 0, [("limit one", 101)]),
    (100, 101, 0, 0, []), (100, 100, -1, 1, [("limit one", 100, "review-open")]),
    (100, 101, -1, 1, [("limit one", 101, "review-open")]), (100, 200, -1, 1, [("limit one", 200)]),
    (0, 0, -1, 0, [("limit one", 0)]), (None, None, -1, 0, [])])
def test_a_limit_that_has_run_out_is_renewed(
    limit: int | None, target: int | None, ends: int, review: int, calls: list[Any]
) -> None:
    """On the last day it still runs. While somebody is to look at the customer nothing is renewed, but it may change."""
    found = judged(limited(fixed(target), change=10_00), credit_limit=limit, days_until_limit_ends=ends, review_open=review)
    assert told(found) == calls


def test_the_first_rule_that_holds_decides() -> None:
    """The others are not looked at; where none holds, nothing is called for."""
    policy = limited(fixed(1, NEVER), replace(fixed(2, ALWAYS), id="two"), replace(fixed(3), id="three"))
    assert told(judged(policy)) == [("limit two", 2)]
    assert told(judged(limited(fixed(1, NEVER)), credit_limit=5)) == []


UP = Steps(90, 10_00, 2, 1, ALWAYS, None)
DOWN = Steps(90, 10_00, 2, 1, None, ALWAYS)
BOTH = Steps(90, 10_00, 2, 1, ALWAYS, ALWAYS)


@pytest.mark.parametrize(("steps", "facts", "calls"), [
    (UP, {}, [("raise limit", 1_100)]),
    (UP, {"limit_steps": 1, "credit_limit": 1_100}, [("raise limit", 1_200)]),
    (UP, {"limit_steps": 2, "credit_limit": 1_200}, []),
    (UP, {"limit_steps": 3, "credit_limit": 1_200}, [("limit one", 1_300)]),
    (UP, {"limit_steps": 1, "credit_limit": 1_100, "days_since_limit_step": 89}, []),
    (UP, {"limit_steps": 1, "credit_limit": 1_100, "days_since_limit_step": 90}, [("raise limit", 1_200)]),
    (DOWN, {"credit_limit": 1_000}, [("lower limit", 900)]),
    (DOWN, {"limit_steps": -1, "credit_limit": 900}, []),
    (DOWN, {"limit_steps": 2, "credit_limit": 1_200}, [("lower limit", 1_100)]),
    (BOTH, {"credit_limit": 1_000}, [("lower limit", 900)]),
    (BOTH, {"limit_steps": -1, "credit_limit": 900}, []),
    (UP, {"credit_limit": 1_100}, []),
    (UP, {"credit_limit": 1_100, "open_disputes": 1}, []),
    (UP, {"credit_limit": 1_000, "open_disputes": 1}, [("raise limit", 1_100, "dispute-open")]),
    (UP, {"credit_limit": 500, "review_open": 1}, [("raise limit", 1_100, "review-open"), ("limit one", 1_000)]),
    (UP, {"open_disputes": 2, "review_open": 1, "credit_limit": 1_000},
     [("raise limit", 1_100, "dispute-open", "review-open")]),
    (UP, {"credit_limit": 1_100, "days_until_limit_ends": -1}, [("raise limit", 1_100)]),
    (UP, {"credit_limit": 1_100, "days_until_limit_ends": -1, "open_disputes": 1},
     [("raise limit", 1_100, "dispute-open"), ("limit one", 1_000)]),
])
def test_steps_of_a_limit(steps: Steps, facts: dict[str, Any], calls: list[Any]) -> None:
    """Of 1,000 a tenth up or down, once in 90 days, twice up at most and once down; lateness outweighs punctuality.

    Where a person has set what the step leads to, there is nothing to do until that runs out.
    """
    assert told(judged(limited(fixed(1_000), steps=steps), **facts)) == calls


@pytest.mark.parametrize(("steps", "limit", "calls"), [
    (UP, 1_099, [("raise limit", 1_100)]), (UP, 1_100, []), (UP, 1_101, []), (UP, 1_222, []), (UP, 1_223,
    [("raise limit", 1_100)]), (UP, 1_375, [("raise limit", 1_100)]),
    (DOWN, 901, [("lower limit", 900)]), (DOWN, 900, []), (DOWN, 899, []), (DOWN, 819, []), (DOWN, 818, [("lower limit", 900)]),
    (DOWN, None, [("lower limit", 900)]), (DOWN, 0, [("lower limit", 900)])])
def test_a_step_does_not_move_the_limit_the_other_way(steps: Steps, limit: int | None, calls: list[Any]) -> None:
    """A tenth up leads to 1,100. Who has 1,222 keeps it: 122 less would be no change worth making, nor is it a raise."""
    assert told(judged(limited(fixed(1_000), steps=steps, change=10_00), credit_limit=limit)) == calls


@pytest.mark.parametrize(("rule", "limit", "calls"), [
    (fixed(0), 0, []), (fixed(None), None, []), (fixed(0), None, [("limit one", 0)]), (fixed(9), 5, [("raise limit", 10)]),
    (fixed(4), 5, [("limit one", 4)]),
    (LimitRule("one", None, False, None, SHARES, None, 150, 1), 150, []),
    (LimitRule("one", None, False, None, SHARES, None, None, 1_000), 0, []),
])
def test_a_step_that_leads_nowhere_is_not_taken(rule: LimitRule, limit: int | None, calls: list[Any]) -> None:
    """Nothing set stays so, no credit too; a tenth of 4 is nothing; and what the cap or the rounding swallows is no step."""
    assert told(judged(limited(rule, steps=UP), credit_limit=limit, sales_12m=1_000)) == calls


@pytest.mark.parametrize(("before", "days", "steps", "facts", "calls"), [
    (None, 30, None, {}, [("terms t", 30)]), (30, 30, None, {}, []), (0, 0, None, {}, []), (None, 0, None, {}, [("terms t", 0)]),
    (30, 30, Steps(90, 5, 2, 1, ALWAYS, None), {}, [("raise terms", 35)]),
    (35, 30, Steps(90, 5, 2, 1, ALWAYS, None), {"terms_steps": 1, "days_since_terms_step": 5}, []),
    (30, 30, Steps(90, 5, 2, 1, None, ALWAYS), {"terms_steps": 0}, [("lower terms", 25)]),
    (0, 3, Steps(90, 5, 2, 2, None, ALWAYS), {"terms_steps": -1}, []),
    (0, 0, Steps(90, 5, 2, 2, ALWAYS, None), {}, [("raise terms", 5)]),
    (14, 30, Steps(90, 5, 2, 2, ALWAYS, None), {"review_open": 1}, [("raise terms", 35, "review-open"), ("terms t", 30)]),
])
def test_terms(before: int | None, days: int, steps: Steps | None, facts: dict[str, Any], calls: list[Any]) -> None:
    """The same with days, never less than none."""
    policy = made(terms=TermsSection((TermsRule("t", None, days),), steps))
    assert told(judged(policy, terms_days=before, **facts)) == calls


# -- review, holds, reasons -------------------------------------------------------------------------------------------------

USED = Sooner("used", "utilisation is high", ALWAYS, 5)


@pytest.mark.parametrize(("rating", "since", "open_", "sooner", "review"), [
    ("B", 179, 0, (), None), ("B", 180, 0, (), (14, ("every 180 days for B",))),
    ("B", None, 0, (), (14, ("every 180 days for B",))), (None, None, 0, (), None),
    (None, 5, 0, (), None), ("A", 364, 0, (), (14, ("every 180 days for B",))),
    ("B", 180, 0, (USED,), (5, ("every 180 days for B", "utilisation is high"))),
    ("B", 30, 0, (USED,), (5, ("utilisation is high",))), ("B", 29, 0, (USED,), None), (None, None, 0, (USED,), (5,
    ("utilisation is high",))), ("B", 999, 1, (USED,), None),
    ("B", 180, 0, (replace(USED, within_days=20), replace(USED, id="again", because="again", within_days=20)),
     (14, ("every 180 days for B", "utilisation is high", "again")))])
def test_a_review(rating: str | None, since: int | None, open_: int, sooner: tuple[Sooner, ...], review: Any) -> None:
    """By the rating of today; the first rating of all is itself one; an event waits until the last is 30 days ago."""
    section = ReviewSection((("A", 365), ("B", 180), ("C", 90)), 14, 30, sooner)
    found = judged(replace(scored(50), credit=replace(scored(50).credit, review=section)),  # type: ignore[type-var]
                   rating=rating, days_since_review=since, review_open=open_)
    assert [call.action for call in found.called("review")] == ([model.Review(*review)] if review else [])


@pytest.mark.parametrize(("when", "release", "suspended", "calls"), [
    (ALWAYS, NEVER, 0, [("hold late", None)]), (ALWAYS, ALWAYS, 0, [("hold late", None)]), (NEVER, NEVER, 0, []),
    (NEVER, ALWAYS, 0, [("release late", None)]), (ALWAYS, NEVER, 1, [("hold late", None, "hold-suspended")]),
    (NEVER, ALWAYS, 1, [("release late", None)])])
def test_holds(when: Condition, release: Condition, suspended: int, calls: list[Any]) -> None:
    """Where both hold, it is held. A suspension stops the hold, not its release."""
    assert told(judged(made(holds=(Hold("late", when, release),)), hold_suspended=suspended)) == calls


def test_the_policys_own_reasons_come_first() -> None:
    """They stop every call, each reason once."""
    own = (model.Withhold("under-observation", ALWAYS), model.Withhold("dispute-open", ALWAYS), model.Withhold("x", NEVER))
    policy = replace(limited(fixed(1_000), steps=UP), withhold=own,
                     rules=(model.Rule("r", ALWAYS, (model.Alert("a", "high", None),)),))
    assert told(judged(policy)) == [
        ("raise limit", 1_100, "under-observation", "dispute-open"), ("limit one", 1_000, "under-observation", "dispute-open"),
        ("rule r", None, "under-observation", "dispute-open")]
    assert told(judged(policy, open_disputes=1)) == [
        ("raise limit", 1_100, "under-observation", "dispute-open"), ("limit one", 1_000, "under-observation", "dispute-open"),
        ("rule r", None, "under-observation", "dispute-open")]


# -- approvals --------------------------------------------------------------------------------------------------------------


def limit_call(before: int | None, after: int | None) -> Called:
    """A limit moved."""
    return Called("limit one", model.SetCreditLimit("one", 0), before=before, after=after)


@pytest.mark.parametrize(("entry", "call", "asked"), [
    (Approval("set_credit_limit", "cfo", 100, None, None), limit_call(50, 100), False),
    (Approval("set_credit_limit", "cfo", 100, None, None), limit_call(50, 101), True),
    (Approval("set_credit_limit", "cfo", 100, None, None), limit_call(500, 101), True),
    (Approval("set_credit_limit", "cfo", 100, None, None), limit_call(50, None), False),
    (Approval("set_credit_limit", "cfo", None, 25_00, None), limit_call(100, 125), False),
    (Approval("set_credit_limit", "cfo", None, 25_00, None), limit_call(100, 126), True),
    (Approval("set_credit_limit", "cfo", None, 25_00, None), limit_call(None, 1), True),
    (Approval("set_credit_limit", "cfo", None, 25_00, None), limit_call(0, 1), True),
    (Approval("set_credit_limit", "cfo", None, 0, None), limit_call(None, 0), False),
    (Approval("set_credit_limit", "cfo", None, 0, None), limit_call(100, 50), False),
    (Approval("set_credit_limit", "cfo", 100, 25_00, None), limit_call(100, 120), False),
    (Approval("set_credit_limit", "cfo", 100, 25_00, None), limit_call(100, 130), True),
    (Approval("set_credit_limit", "cfo", None, None, None), limit_call(100, 50), True),
    (Approval("set_terms", "cfo", None, None, None), limit_call(100, 50), False),
    (Approval("set_terms", "cfo", None, None, 60), Called("t", model.SetTerms("t", 0), before=30, after=60), False),
    (Approval("set_terms", "cfo", None, None, 60), Called("t", model.SetTerms("t", 0), before=30, after=61), True),
])
def test_who_has_to_approve(entry: Approval, call: Called, asked: bool) -> None:
    """Every bound that is given must be exceeded; a first limit and one after no credit is a raise beyond any."""
    assert roles(made(approvals=(entry,)), call, None) == (("cfo",) if asked else ())


@pytest.mark.parametrize(("amount", "asked"), [(None, ()), (100, ()), (101, ("cfo",))])
def test_what_an_action_is_about(amount: int | None, asked: tuple[str, ...]) -> None:
    """A handing over of more than 1.00."""
    call = Called("rule r", model.HandOver("legal", None))
    assert roles(made(approvals=(Approval("hand_over", "cfo", 100, None, None),)), call, amount) == asked
