"""Building credit policies: the sections as typed values, what each stage may test, and one problem for one mistake."""

from pathlib import Path

import pytest

from engine.policy import build, document, library, model
from engine.policy.credit_model import Band, LimitRule, OrderSection, Rating, Share, Steps, TermsRule, Verdict, Words
from engine.policy.model import Approval, Comparison, Operator, Policy, ProposeWriteOff, Subject
from tests.books import policy

SAMPLE = Path(__file__).parent / "good" / "sample-credit" / "v1.yaml"
HEAD = """\
policy: sample
kind: credit
version: 1
effective_from: 2026-01-01
summary: For tests.
currency: EUR
"""
CARD = """\
scorecard:
  characteristics:
    - {id: one, fact: customer.open_count, bands: [{below: 3, points: 50}, {from: 3, points: 0}]}
ratings:
  bands: [{rating: A, from: 50}, {rating: B, below: 50}]
"""


@pytest.fixture(name="sample")
def sample_() -> Policy:
    """A policy with every section."""
    found, problems = library.load_file(SAMPLE)
    assert problems == ()
    assert found is not None
    return found


def codes(text: str) -> list[str]:
    """The problems of a policy, without their words."""
    found, problems = document.parse(text, "v1.yaml")
    assert problems == ()
    assert found is not None
    return [f"{problem.code} {problem.where.line}:{problem.where.column}" for problem in model.build(found)[1]]


def test_a_credit_policy_is_about_customers(sample: Policy) -> None:
    """The subject is not written; it has no ladder, and its own sections."""
    assert (sample.kind, sample.subject, sample.ladder) == ("credit", Subject.CUSTOMER, None)
    assert sample.credit is not None
    assert [rule.id for rule in sample.rules] == ["tell-sales"]
    assert [reason.because for reason in sample.withhold] == ["under-observation"]


def test_the_scorecard(sample: Policy) -> None:
    """Numbers in the fact's own unit, flags as 0 and 1, weight and missing with their defaults."""
    assert sample.credit and sample.credit.scorecard
    punctuality, sector, group = sample.credit.scorecard.characteristics
    assert sample.credit.scorecard.base == 100
    assert (punctuality.weight, punctuality.missing) == (2, 10)
    assert punctuality.bands == (Band(None, 6000, 0), Band(6000, 8550, 40), Band(8550, None, 90))
    assert (sector.weight, sector.missing, sector.otherwise) == (1, 0, 10)
    assert sector.words == (Words(("food", "steel"), 30), Words(("gambling",), -20))
    assert group.words == (Words((1,), 5), Words((0,), 0))


def test_the_ratings(sample: Policy) -> None:
    """Best first, with their margin and what holds them."""
    assert sample.credit and sample.credit.ratings
    ratings = sample.credit.ratings
    assert ratings.margin == 15
    assert ratings.of == (Rating("A", 250, None), Rating("B", 150, 250), Rating("C", None, 150))
    assert [(one.id, one.not_above, one.not_below) for one in ratings.adjustments] == [
        ("broken-promise", "B", None),
        ("old-friend", None, "B"),
    ]
    assert ratings.rank("C") == 2


def test_the_limit(sample: Policy) -> None:
    """No credit and none set are told apart; amounts in minor units, shares in hundredths of a percent."""
    assert sample.credit and sample.credit.limit
    limit = sample.credit.limit
    none, prepaid, by_size, others = limit.rules
    assert (limit.change_hundredths, limit.valid_days) == (1000, 365)
    assert (none.unset, none.amount, none.round_to) == (False, 0, 1)
    assert (prepaid.unset, prepaid.amount) == (True, None)
    assert none.when == Comparison("rating", Operator.IS, "C")
    shares = (Share(2000, "customer.sales_12m"), Share(1000, "customer.last_payment_amount"))
    assert by_size == LimitRule(
        "by-size", Comparison("rating", Operator.IS, "A"), unset=False, amount=None, shares=shares,
        floor=500_000, cap=50_000_000, round_to=100_000,
    )  # fmt: skip
    assert (others.when, others.shares) == (None, (Share(1250, "customer.sales_12m"),))
    assert limit.steps == Steps(
        every_days=90, size=1000, most=5, lowest=3,
        raise_when=Comparison("customer.on_time_share_12m", Operator.AT_LEAST, 9500),
        lower_when=Comparison("customer.weighted_days_late_12m", Operator.AT_LEAST, 15),
    )  # fmt: skip


def test_terms_review_holds_and_orders(sample: Policy) -> None:
    """With their defaults."""
    assert sample.credit and sample.credit.terms and sample.credit.review
    assert sample.credit.terms.rules == (
        TermsRule("short", Comparison("score", Operator.LESS_THAN, 120), 14),
        TermsRule("usual", None, 30),
    )
    assert sample.credit.terms.steps and sample.credit.terms.steps.raise_when is None
    review = sample.credit.review
    assert (review.every_days, review.within_days, review.quiet_days) == ((("A", 365), ("B", 180), ("C", 90)), 14, 30)
    assert [hold.reason for hold in sample.credit.holds] == ["over-limit", "rated-c"]
    assert sample.credit.orders
    assert sample.credit.orders.tolerance_hundredths == 500
    assert [rule.verdict for rule in sample.credit.orders.rules] == [Verdict.REFUSE]
    only = policy(HEAD + "orders: {no_limit: approve}").credit
    assert only and only.orders == OrderSection(Verdict.REFER, Verdict.APPROVE, 0, ())


def test_approvals_of_both_kinds(sample: Policy) -> None:
    """Each bound in its own unit."""
    assert sample.approvals == (
        Approval("set_credit_limit", "credit-manager", 10_000_000, None, None),
        Approval("set_credit_limit", "cfo", None, 2500, None),
        Approval("set_terms", "credit-manager", None, None, 60),
        Approval("release_credit_hold", "credit-manager", None, None, None),
    )
    dunning = policy(
        HEAD.replace("credit", "dunning")
        + "subject: receivable\n"
        + "rules: [{id: a, when: {days_past_due: {at_least: 400}}, then: [{propose_write_off: {note: Gone.}}]}]\n"
        + "approvals: [{action: propose_write_off, above: 0.00, role: cfo}]\n"
    )
    assert dunning.rules[0].then == (ProposeWriteOff("Gone."),)
    assert dunning.approvals == (Approval("propose_write_off", "cfo", 0, None, None),)


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        # covers and withhold: facts only.
        ("covers: {score: {at_least: 5}}", ["circular-stages 12:10"]),
        ("covers: {rating: A}", ["circular-stages 12:10"]),
        ("withhold: [{because: a, when: {rating: A}}]", ["circular-stages 12:32"]),
        # Everything after the ratings: score and rating.
        ("terms: {rules: [{id: a, when: {all: [{rating: A}, {score: 50}]}, days: 3}]}", []),
        ("limit: {rules: [{id: a, when: {none: [{rating: {in: [A, B]}}]}, amount: 3.00}]}", []),
        ("rules: [{id: a, when: {rating: {is_not: A}}, then: [{task: {what: call}}]}]", []),
        ("orders: {rules: [{id: a, because: so, verdict: refer, when: {rating: {not_in: [A]}}}]}", []),
        ("holds: [{reason: a, when: {rating: B}, release_when: {score: {at_least: 50}}}]", []),
        ("review: {every_days: {A: 9, B: 9}, sooner: [{id: a, because: so, when: {rating: B}, within_days: 1}]}", []),
        # Literals only, and the policy's own ratings.
        ("terms: {rules: [{id: a, when: {rating: D}, days: 3}]}", ["unknown-rating 12:40"]),
        ("terms: {rules: [{id: a, when: {rating: customer.rating}, days: 3}]}", ["unknown-rating 12:40"]),
        ("terms: {rules: [{id: a, when: {score: customer.open_count}, days: 3}]}", ["wrong-type 12:39"]),
        ("terms: {rules: [{id: a, when: {customer.open_count: score}, days: 3}]}", ["wrong-value 12:53"]),
    ],
)
def test_what_a_stage_may_test(section: str, expected: list[str]) -> None:
    """What an earlier one concluded, and nothing later."""
    assert codes(f"{HEAD}{CARD}{section}\n") == expected


def test_an_adjustment_tests_the_score_and_not_the_rating() -> None:
    """It is part of how the rating is concluded."""
    adjusted = HEAD + CARD + "  adjustments: [{id: a, because: so, when: {score: 50}, not_above: B}]\n"
    assert codes(adjusted) == []
    assert codes(adjusted.replace("score: 50", "rating: B")) == ["circular-stages 12:45"]


@pytest.mark.parametrize(("test", "missing"), [("score: 5", "scorecard"), ("rating: A", "ratings")])
def test_what_a_policy_never_concludes_cannot_be_tested(test: str, missing: str) -> None:
    """Whatever the stage; the message says which section would conclude it."""
    found, _ = document.parse(f"{HEAD}terms: {{rules: [{{id: a, when: {{{test}}}, days: 3}}]}}\n", "v1.yaml")
    assert found is not None
    (problem,) = model.build(found)[1]
    assert problem.code == "not-concluded"
    assert f"'{missing}'" in problem.message


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("credit", []),
        # Misspelt: what is nearest is meant, and only the word itself is wrong.
        ("credits", ["wrong-value 2:7"]),
        ("Credit", ["wrong-value 2:7"]),
        # Nothing near: what it looks like is meant.
        ("score", ["wrong-value 2:7"]),
        # Of the other kind: its subject is missing, and limits of credit have no place in it.
        ("dunning", ["missing-key 1:1", "unknown-key 7:1"]),
    ],
)
def test_the_kind_decides_which_schema_holds(kind: str, expected: list[str]) -> None:
    """And a mistake in it hides no other, and makes no other."""
    text = HEAD.replace("kind: credit", f"kind: {kind}") + "terms: {rules: [{id: usual, days: 30}]}\n"
    assert codes(text) == expected


def test_both_kinds_stand_in_one_folder() -> None:
    """`library.load` reads each by its own schema."""
    found = library.load(SAMPLE.parent.parent)
    assert {one.kind for one in found.policies} == {"credit", "dunning"}
    assert [str(problem) for problem in found.problems if "template" not in problem.code] == []


def test_every_kind_has_a_schema() -> None:
    """The kinds are the files."""
    assert all(document.schema(kind)["properties"] for kind in build.KINDS)


@pytest.mark.parametrize(
    ("bands", "expected"),
    [
        ("[{points: 5}]", []),
        ("[{below: 3, points: 5}, {from: 3, points: 6}]", []),
        # A gap of one, an overlap of one.
        ("[{below: 3, points: 5}, {from: 4, points: 6}]", ["bands-gap 10:80"]),
        ("[{below: 3, points: 5}, {from: 2, points: 6}]", ["bands-overlap 10:80"]),
        ("[{from: 0, below: 3, points: 5}, {from: 3, points: 6}]", ["bands-gap 10:57"]),
        ("[{below: 3, points: 5}, {from: 3, below: 9, points: 6}]", ["bands-gap 10:90"]),
        ("[{below: 3, points: 5}, {points: 6}]", ["bands-overlap 10:73"]),
        ("[{from: 3, points: 6}, {below: 3, points: 5}]", ["bands-order 10:50"]),
        ("[{below: 3, points: 5}, {from: 5, below: 5, points: 6}, {from: 3, points: 5}]", ["bounds-reversed 10:90"]),
    ],
)
def test_bands_tile(bands: str, expected: list[str]) -> None:
    """Each value stands in exactly one."""
    card = f"scorecard:\n  base: 0\n  characteristics:\n    - {{id: a, fact: customer.open_count, bands: {bands}}}\n"
    assert codes(f"{HEAD}{card}terms: {{rules: [{{id: usual, days: 30}}]}}\n") == expected


def test_a_gap_is_told_with_a_value_that_stands_in_none() -> None:
    """In the unit of the fact, at the place to mend."""
    card = """\
scorecard:
  characteristics:
    - {id: a, fact: customer.sales_12m, bands: [{below: 1000.00, points: 0}, {from: 1000.01, points: 5}]}
"""
    found, _ = document.parse(HEAD + card + "terms: {rules: [{id: usual, days: 30}]}\n", "v1.yaml")
    assert found is not None
    (problem,) = model.build(found)[1]
    assert problem.message.startswith("1,000.00 EUR stands in no band")
