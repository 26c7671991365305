"""The story of one customer's credit: the table of points, the rating turn by turn, the limit worked out, terms, review."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from engine.act.credit_story import (
    Adjusted,
    CreditTold,
    Earned,
    LimitTold,
    Overridden,
    RatingTold,
    ReviewTold,
    Score,
    ShareTold,
    StepsTold,
    TermsTold,
)
from engine.report import credit
from engine.report.tables import painter

SCORE = Score(
    base=200,
    earned=(
        Earned("punctuality", "customer.on_time_share_12m", "82%", "60% to below 85%", 40, 2, 80, 180),
        Earned("insolvent", "customer.insolvent", "false", "false", 0, 1, 0, 0),
        Earned("equity", "customer.equity_ratio", "missing", "missing", -10, 1, -10, 60),
    ),
    total=270,
)
RATING = RatingTold("B", "250 to below 300", 15, None, (), None, "B", "B")
LIMIT = LimitTold(
    rule="by-size",
    unset=False,
    shares=(ShareTold("20% of customer.sales_12m", "1,234,567.89 EUR", 24_691_358),),
    raw=24_691_358,
    steps=None,
    stepped=24_691_358,
    round_to=1,
    rounded=24_691_358,
    floor=None,
    cap=None,
    result=24_691_358,
    before=10_000_000,
    until=None,
    outcome="set",
    place="p.yaml:31:7",
)
TERMS = TermsTold("usual", 30, None, 30, 30)
REVIEW = ReviewTold(90, "2025-11-01", "2026-01-30", None, ())
STEPS = StepsTold(before=0, step=0, size=1_000, most=5, lowest=3, last=None)


def explained(width: int = 100, **stages: object) -> list[str]:
    """The lines of what was concluded, with single spaces; of the stages given."""
    none = dict.fromkeys(("score", "rating", "limit", "terms", "review"))
    told = CreditTold("EUR", **(none | stages))  # type: ignore[arg-type]
    blocks = credit.concluded(told, "p.yaml", width, painter(colour=False))
    return [" ".join(line.split()) for block in blocks for line in block]


def test_the_table_of_points_adds_up_to_the_score() -> None:
    """What is, where that falls, points, weight, what it earns and what it could; a band that says no more is left out."""
    lines = explained(score=SCORE)
    assert lines[0] == "Score: 270"
    assert lines[3:] == [
        "base 200 200",
        "punctuality on_time_share_12m 82% 60% to below 85% 40 2 80 180",
        "insolvent insolvent false 0 1 0 0",
        "equity equity_ratio missing -10 1 -10 60",
        "total 270 440",
    ]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, ["The score of 270 is in the band of B (250 to below 300)."]),
        ({"before": None}, ["The score of 270 is in the band of B (250 to below 300).", "It is the first rating."]),
        (
            {"kept": "A", "rating": "A", "before": "A"},
            [
                "The score of 270 is in the band of B (250 to below 300).",
                "A is kept: the score is less than 15 points outside its band.",
            ],
        ),
        (
            {"rating": "C", "adjustments": (Adjusted("promise", "a promise was broken", "not above C", "B", "C"),)},
            [
                "The score of 270 is in the band of B (250 to below 300).",
                "B becomes C: not above C while a promise was broken (promise).",
                "In the book it is B.",
            ],
        ),
        (
            {"rating": "A", "override": Overridden("A", "O-1", "known for years", "2026-12-31", "anna", "ben")},
            [
                "The score of 270 is in the band of B (250 to below 300).",
                "Set to A by anna, confirmed by ben, until 2026-12-31: known for years (O-1).",
                "In the book it is B.",
            ],
        ),
    ],
)
def test_a_rating_is_told_turn_by_turn(changed: dict[str, object], expected: list[str]) -> None:
    """The band, the margin, adjustments, the override, and what the book has."""
    lines = explained(score=SCORE, rating=replace(RATING, **changed))  # type: ignore[arg-type]
    assert lines[lines.index(f"Rating: {changed.get('rating', 'B')}") + 1 :] == expected


@pytest.mark.parametrize(
    ("changed", "title", "expected"),
    [
        (
            {},
            "Credit limit: 246,913.58 EUR (line 31)",
            [
                "20% of customer.sales_12m, which is 1,234,567.89 EUR 246,913.58 EUR",
                "limit 246,913.58 EUR",
                "in the book 100,000.00 EUR",
                "It is set: 100,000.00 EUR becomes 246,913.58 EUR.",
            ],
        ),
        (
            {
                "steps": replace(STEPS, before=1, step=1),
                "stepped": 29_629_629,
                "round_to": 100_000,
                "rounded": 29_600_000,
                "cap": 20_000_000,
                "floor": 500_000,
                "result": 20_000_000,
                "until": "2027-03-01",
            },
            "Credit limit: 200,000.00 EUR (line 31)",
            [
                "20% of customer.sales_12m, which is 1,234,567.89 EUR 246,913.58 EUR",
                "2 steps up of 10% each, one of them now 296,296.29 EUR",
                "rounded down to a multiple of 1,000.00 296,000.00 EUR",
                "the cap 200,000.00 EUR",
                "limit 200,000.00 EUR",
                "in the book 100,000.00 EUR",
                "It is set: 100,000.00 EUR becomes 200,000.00 EUR, until 2027-03-01.",
            ],
        ),
        (
            {
                "shares": (ShareTold("5% of customer.equity", "100.00 EUR", 500), ShareTold("1% of x", "90.00 EUR", 90)),
                "raw": 90, "stepped": 90, "rounded": 90, "floor": 5_000, "result": 5_000, "before": 5_100,
                "outcome": "change too small",
            },
            "Credit limit: 50.00 EUR (line 31)",
            [
                "5% of customer.equity, which is 100.00 EUR 5.00 EUR",
                "1% of x, which is 90.00 EUR 0.90 EUR",
                "rule by-size: the smallest of these 0.90 EUR",
                "the floor 50.00 EUR",
                "limit 50.00 EUR",
                "in the book 51.00 EUR",
                "It stays 51.00 EUR: the policy makes no change that small.",
            ],
        ),
        (
            {
                "shares": (ShareTold("5% of customer.equity", "missing", None),),
                "raw": None, "stepped": None, "rounded": None, "result": None,
                "outcome": "withheld: missing-evidence",
            },
            "Credit limit: cannot be worked out (line 31)",
            [
                "5% of customer.equity, which is missing does not count",
                "rule by-size no figure is there",
                "Withheld: missing-evidence.",
            ],
        ),
        (
            {"unset": True, "shares": (), "raw": None, "stepped": None, "rounded": None, "result": None},
            "Credit limit: none is set (line 31)",
            ["rule by-size none is set", "The limit of 100,000.00 EUR is taken away."],
        ),
        (
            {"before": None},
            "Credit limit: 246,913.58 EUR (line 31)",
            [
                "20% of customer.sales_12m, which is 1,234,567.89 EUR 246,913.58 EUR",
                "limit 246,913.58 EUR",
                "in the book none is set",
                "It is set for the first time.",
            ],
        ),
        (
            {"shares": (), **dict.fromkeys(("raw", "stepped", "rounded", "result", "before"), 0), "outcome": "as it is"},
            "Credit limit: 0.00 EUR (line 31)",
            ["rule by-size 0.00 EUR", "limit 0.00 EUR", "in the book 0.00 EUR", "It is so in the book already."],
        ),
        (
            {"steps": replace(STEPS, step=-1, withheld=("dispute-open", "review-open")), "outcome": "as it is"},
            "Credit limit: 246,913.58 EUR (line 31)",
            [
                "20% of customer.sales_12m, which is 1,234,567.89 EUR 246,913.58 EUR",
                "limit 246,913.58 EUR",
                "in the book 100,000.00 EUR",
                "A step down is called for and withheld: dispute-open, review-open.",
                "It is so in the book already.",
            ],
        ),
    ],
)
def test_a_limit_is_worked_out_line_by_line(changed: dict[str, object], title: str, expected: list[str]) -> None:
    """Shares, steps, rounding, floor and cap, each only where it changes something; then what comes of it."""
    lines = explained(limit=replace(LIMIT, **changed))  # type: ignore[arg-type]
    assert lines == [title, *expected]


@pytest.mark.parametrize(
    ("steps", "result", "expected"),
    [
        (replace(STEPS, size=5, step=1), 35, "30 days by rule usual, 1 step up of 5 days, taken now; in the book 30 days."),
        (replace(STEPS, size=5, before=2), 40, "30 days by rule usual, 2 steps up of 5 days each; in the book 30 days."),
        (
            replace(STEPS, size=5, before=3, step=-1),
            40,
            "30 days by rule usual, 2 steps up of 5 days each, after one down now; in the book 30 days.",
        ),
        (replace(STEPS, size=5, before=-1), 25, "30 days by rule usual, 1 step down of 5 days; in the book 30 days."),
        (replace(STEPS, size=5, before=1, step=-1), 30, "30 days by rule usual; in the book 30 days."),
    ],
)
def test_steps_are_counted_in_words(steps: StepsTold, result: int, expected: str) -> None:
    """Up, down, taken now or before."""
    assert explained(terms=replace(TERMS, steps=steps, result=result))[1] == expected


def test_the_review_says_when_and_why() -> None:
    """The last, the next; or that one is asked for."""
    assert explained(review=REVIEW)[1] == "Reviewed last on 2025-11-01; with this rating every 90 days, next on 2026-01-30."
    asked = replace(REVIEW, last=None, due="2026-03-06", because=("every 90 days for C", "utilisation is over 90 %"))
    assert explained(review=asked)[1:] == [
        "Never reviewed so far; with this rating every 90 days.",
        "Asked for now, by 2026-03-06: every 90 days for C; utilisation is over 90 %.",
    ]


def test_the_ways_up_stand_below_the_rating() -> None:
    """As they were tried out."""
    way = "customer.on_time_share_12m from 82% to 85%: +100 -> 370, A"
    lines = explained(rating=RATING, ways_up=(way,))
    assert lines[lines.index("The nearest ways up") + 1] == way


@given(text=st.text(max_size=80), width=st.sampled_from([80, 100]))
def test_a_story_is_no_wider_than_asked_for(text: str, width: int) -> None:
    """Whatever the policy calls its parts."""
    score = replace(SCORE, earned=(Earned(text, text, text, text, 1, 1, 1, 1),))
    rating = replace(RATING, rating=text or "A", adjustments=(Adjusted(text, text, text, "A", "B"),))
    limit = replace(LIMIT, rule=text, shares=(ShareTold(text, text, 5),), outcome=text)
    told = CreditTold("EUR", score, rating, limit, TERMS, replace(REVIEW, due="2026-03-06", because=(text,)), (text,))
    for block in credit.concluded(told, "p.yaml", width, painter(colour=False)):
        assert max(cell_len(line) for line in block) <= width
