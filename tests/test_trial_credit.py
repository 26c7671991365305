"""Cases of credit policies: conclusions and actions are compared, facts follow, and a promise that is not kept is told."""

import textwrap
from pathlib import Path

import pytest

from engine.decide import trial
from engine.decide.credit import REASONS
from engine.policy import cases

SAMPLE = Path(__file__).parent / "good" / "sample-credit" / "v1.yaml"
# 100 + 2 x 90 + 30 = 310 points: A, with a limit of 20 % of sales.
GOOD = "customer.segment: sme, customer.industry: food, customer.on_time_share_12m: 90, customer.sales_12m: 50000.00"
# 100 + 2 x 40 + 10 = 190 points: B.
FAIR = "customer.segment: sme, customer.on_time_share_12m: 70, customer.sales_12m: 50000.00"
# 100 + 2 x 10 - 20 = 100 points: C.
POOR = "customer.segment: sme, customer.industry: gambling"


def failures(folder: Path, given: str, expect: str, *, held: str = "", order: str = "") -> list[str]:
    """What is said of one case, without its file, line, code and name."""
    home = folder / "sample-credit"
    home.mkdir(exist_ok=True)
    (home / "v1.yaml").write_text(SAMPLE.read_text(encoding="utf-8"), encoding="utf-8")
    text = f"""\
        policy: sample-credit
        cases:
          - name: it
            given: {{{given}}}
            {f"held: [{held}]" if held else ""}
            {f"order: {order}" if order else ""}
            expect: {{{expect}}}
        """
    (home / "cases.yaml").write_text(textwrap.dedent(text), encoding="utf-8")
    said = [str(problem) for problem in trial.checked([folder]).problems]
    return [line.split("case-failed: 'it': ")[-1] for line in said]


KEPT = [
    # What is concluded stands for its action, whether the book changes or not.
    (GOOD, "score: 310, rating: A, limit: 10000.00, terms: 30"),
    (GOOD + ", customer.rating: A, customer.credit_limit: 10000.00, customer.terms_days: 30, customer.days_since_review: 9",
     "rating: A, limit: 10000.00, terms: 30"),
    # Nothing need be said of it; an action that happens must.
    (GOOD + ", customer.rating: A, customer.credit_limit: 10000.00, customer.terms_days: 30, customer.days_since_review: 9",
     "review: false"),
    (GOOD, "actions: [set_rating: {rating: A}, set_credit_limit: {rule: by-size, step: 0}, set_terms: {rule: usual}]"),
    # None set, no credit, and a limit that stays are three things.
    (FAIR + ", customer.industry: gambling", "score: 160, rating: B, limit: null, terms: 30"),
    # Terms are lowered by a step at once.
    (POOR, "rating: C, limit: 0.00, terms: 9, actions: [alert, credit_hold: {reason: rated-c}]"),
    (FAIR + ", customer.credit_limit: 6000.00", "rating: B, limit: 6000.00, terms: 30"),
    # Reviews: due by the rating, or sooner for a reason.
    (FAIR + ", customer.rating: B, customer.days_since_review: 179", "rating: B, limit: 6250.00, terms: 30"),
    (FAIR + ", customer.rating: B, customer.days_since_review: 180", "rating: B, limit: 6250.00, terms: 30, review: true"),
    (FAIR + ", customer.rating: B, customer.days_since_review: 180",
     "rating: B, limit: 6250.00, terms: 30, actions: [review: {within_days: 14}]"),
    # Utilisation follows from exposure and limit.
    (FAIR + ", customer.credit_limit: 6250.00, customer.exposure: 6000.00, customer.days_since_review: 90",
     "rating: B, limit: 6250.00, terms: 30, review: true"),
    (FAIR + ", customer.credit_limit: 6250.00, customer.exposure: 6251.00, customer.days_since_review: 9",
     "rating: B, limit: 6250.00, terms: 30, actions: [credit_hold: {reason: over-limit}]"),
    # Adjustments and overrides.
    (GOOD + ", customer.broken_promises_12m: 1", "score: 310, rating: B, limit: 6250.00, terms: 30"),
    (GOOD + ", customer.rating_override: C", "rating: C, limit: 0.00, terms: 25, actions: [alert, credit_hold]"),
    # A step, and what withholds it.
    (FAIR + ", customer.credit_limit: 6250.00, customer.weighted_days_late_12m: 15", "rating: B, limit: 5625.00, terms: 30"),
    (FAIR + ", customer.credit_limit: 6250.00, customer.weighted_days_late_12m: 15, customer.open_disputes: 1",
     "rating: B, limit: 6250.00, terms: 30, withheld: [dispute-open]"),
    # Everything withheld: the book stays, whatever is concluded.
    (GOOD + ", customer.collector: watch", "rating: A, limit: null, terms: null, withheld: [under-observation]"),
    # Evidence that is missing.
    ("customer.segment: sme, customer.on_time_share_12m: 70, customer.sales_12m: null",
     "rating: B, limit: null, terms: 30, withheld: [missing-evidence]"),
    # For how long a limit that is set is good; one that stays, or that is none, is not set.
    (GOOD, "rating: A, limit: 10000.00, valid_days: 365, terms: 30"),
    (FAIR + ", customer.credit_limit: 6000.00", "rating: B, limit: 6000.00, valid_days: null, terms: 30"),
    (FAIR + ", customer.industry: gambling", "rating: B, limit: null, valid_days: null, terms: 30"),
    # Whose approval is waited for: of all that is done, and of nothing that is withheld.
    (GOOD, "rating: A, limit: 10000.00, terms: 30, approval: [cfo]"),
    (GOOD + ", customer.credit_limit: 8000.00", "rating: A, limit: 10000.00, terms: 30, approval: []"),
    (GOOD + ", customer.credit_limit: 7999.99", "rating: A, limit: 10000.00, terms: 30, approval: [cfo]"),
    (GOOD.replace("50000.00", "505000.00"), "rating: A, limit: 101000.00, terms: 30, approval: [credit-manager, cfo]"),
    (GOOD + ", customer.collector: watch", "rating: A, withheld: [under-observation], approval: []"),
    # Nobody whom the policy covers.
    ("customer.segment: public", "actions: []"),
    ("customer.segment: public", "approval: []"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "expect"), KEPT)
def test_a_promise_that_is_kept(tmp_path: Path, given: str, expect: str) -> None:
    """Nothing is said of it."""
    assert failures(tmp_path, given, expect) == []


BROKEN = [
    (GOOD, "score: 311, rating: B, limit: 9999.99, terms: 29",
     ["expected score 311, but it is 310", "expected rating B, but it is A",
      "expected limit 9,999.99 EUR, but it is 10,000.00 EUR", "expected terms 29, but it is 30"]),
    (GOOD, "limit: null, rating: A, terms: 30", ["expected limit none, but it is 10,000.00 EUR"]),
    (GOOD, "rating: A, limit: 10000.00, terms: 30, review: true", ["expected a review, but none is called for"]),
    # An action that nothing speaks for.
    (GOOD, "rating: A, terms: 30", ["not expected, but called for: set_credit_limit (limit by-size)"]),
    (GOOD, "limit: 10000.00, terms: 30", ["not expected, but called for: set_rating (rating A)"]),
    (FAIR + ", customer.rating: B, customer.days_since_review: 180", "rating: B, limit: 6250.00, terms: 30",
     ["not expected, but called for: review (review)"]),
    # One that speaks for itself and is not there.
    (GOOD, "rating: A, limit: 10000.00, terms: 30, actions: [set_credit_limit: {rule: others}]",
     ["expected set_credit_limit with rule others, but set_rating (rating A), set_credit_limit (limit by-size),"
      " set_terms (terms usual)"]),
    ("customer.segment: public", "rating: C", ["expected rating C, but the policy does not cover the customer"]),
    (GOOD, "rating: A, limit: 10000.00, valid_days: 364, terms: 30", ["expected valid_days 364, but it is 365"]),
    (GOOD, "rating: A, limit: 10000.00, terms: 30, approval: [credit-manager]",
     ["expected to wait for an approval by credit-manager, but it waits for cfo"]),
    (GOOD, "rating: A, limit: 10000.00, terms: 30, approval: []",
     ["expected to wait for an approval by nobody, but it waits for cfo"]),
]  # fmt: skip


@pytest.mark.parametrize(("given", "expect", "expected"), BROKEN)
def test_a_promise_that_is_not_kept(tmp_path: Path, given: str, expect: str, expected: list[str]) -> None:
    """Each on its own, with what is there instead."""
    assert sorted(failures(tmp_path, given, expect)) == sorted(expected)


# 50,000.00 of sales make a B; an order of 100.00.
ORDERS = [
    ("customer.credit_limit: 100.00", "", "approve, because: [within-headroom]"),
    ("customer.credit_limit: 99.99", "", "approve, because: [within-tolerance]"),
    ("customer.credit_limit: 95.00", "", "refer, because: [over-limit]"),
    ("customer.exposure: 1.00", "", "refer, because: [no-limit]"),
    ("customer.credit_limit: 0.00", "", "refuse, because: [no-credit]"),
    ("customer.credit_limit: 100.00", "rated-c", "refuse, because: [credit-hold]"),
    ("customer.credit_limit: 100.00, customer.credit_hold: true", "", "refuse, because: [credit-hold]"),
    ("customer.credit_limit: 100.00, customer.hold_suspended: true", "rated-c", "approve"),
    ("customer.credit_limit: 100.00, customer.handed_over: true", "", "refuse, because: [handed-over]"),
    # Two reasons for the gravest verdict; what is less grave is not said.
    ("customer.exposure: 1.00, customer.handed_over: true", "rated-c", "refuse, because: [handed-over, credit-hold]"),
    # A limit of the group is narrower than their own.
    ("customer.credit_limit: 500.00, customer.group_limit: 200.00, customer.group_exposure: 150.00", "", "refer"),
]


@pytest.mark.parametrize(("given", "held", "expect"), ORDERS)
def test_what_an_order_gets(tmp_path: Path, given: str, held: str, expect: str) -> None:
    """The law of the order check, asked of a made customer."""
    assert failures(tmp_path, f"{FAIR}, {given}", f"order: {expect}", held=held, order="100.00") == []


def test_an_order_that_gets_something_else(tmp_path: Path) -> None:
    """The verdict first; its reasons where the case says some."""
    given = FAIR + ", customer.credit_limit: 95.00"
    assert failures(tmp_path, given, "order: approve", order="100.00") == ["expected order approve, but it is refer (over-limit)"]
    assert failures(tmp_path, given, "order: refer, because: [no-limit]", order="100.00") == [
        "expected order refer because of no-limit, but it is because of over-limit"
    ]
    assert failures(tmp_path, "customer.segment: public, customer.handed_over: true", "order: refuse", order="100.00") == [
        "expected order refuse, but it is refer (no-limit)"
    ]


OVER = FAIR + ", customer.credit_limit: 6250.00, customer.days_since_review: 9, customer.exposure: "


@pytest.mark.parametrize(
    ("given", "held", "actions"),
    [
        # Held already: not once more; and lifted where the release holds.
        (OVER + "6251.00", "over-limit", ""),
        (OVER + "6000.00", "over-limit", ""),
        (OVER + "5625.00", "over-limit", "release_credit_hold: {reason: over-limit}"),
        # Not held: there is nothing to lift.
        (OVER + "5625.00", "", ""),
        # Each reason by itself.
        (OVER + "6251.00", "rated-c", "credit_hold: {reason: over-limit}, release_credit_hold: {reason: rated-c}"),
    ],
)
def test_what_is_held_already(tmp_path: Path, given: str, held: str, actions: str) -> None:
    """A case says for which reasons a policy holds credit."""
    expect = f"rating: B, limit: 6250.00, terms: 30, actions: [{actions}]"
    found = failures(tmp_path, given, expect, held=held)
    assert [line for line in found if "review" not in line] == []


def test_the_reasons_are_those_of_credit() -> None:
    """The policy room may not look into the room below, so the list stands twice."""
    assert sorted(cases.CREDIT_REASONS) == list(cases.CREDIT_REASONS) == sorted(REASONS)
