"""Explain of a credit policy, end to end: the points add up, the limit can be worked out by hand, and each way up is true."""

import re

import pytest

from engine.act.credit_story import CreditTold
from engine.act.explain import Story, explain
from engine.act.upward import concluded, ways_up
from engine.decide.findings import compile_policy
from engine.policy.model import Policy
from tests.books import Books, day, policy

TODAY = "2026-03-31"
TEXT = """
    policy: trade-credit
    kind: credit
    version: 1
    effective_from: 2020-01-01
    summary: Three characteristics, three ratings.
    currency: EUR
    priority: 10
    scorecard:
      base: 100
      characteristics:
        - id: punctuality
          fact: customer.on_time_share_12m
          weight: 2
          missing: 10
          bands:
            - {below: 60, points: 0}
            - {from: 60, below: 90, points: 40}
            - {from: 90, points: 100}
        - id: promises
          fact: customer.broken_promises_12m
          bands: [{below: 1, points: 50}, {from: 1, points: 0}]
        - id: sector
          fact: customer.industry
          values: [{in: [food, retail], points: 30}]
          otherwise: 10
    ratings:
      margin: 5
      bands: [{rating: A, from: 300}, {rating: B, from: 200, below: 300}, {rating: C, below: 200}]
      adjustments:
        - {id: unseen, because: there is no statement, when: {none: [customer.financials: valid]}, not_above: B}
    limit:
      rules:
        - {id: none, when: {rating: C}, amount: 0.00}
        - {id: share, percent: 10, of: customer.sales_12m, floor: 50.00, cap: 5000.00, round_to: 100.00}
    """


def book(paid_on_time: int, paid_late: int) -> Books:
    """A food shop with so many invoices of 1,000.00 paid in time and late."""
    books = Books().customer("C1", industry="food")
    for number in range(paid_on_time + paid_late):
        late = number >= paid_on_time
        due = day(TODAY, -100 + number)
        books.receivable(f"R{number}", "C1", due=due, amount="1000.00")
        books.payment(f"P{number}", "C1", received=day(due, 9 if late else 0), amount="1000.00", to=f"R{number}")
    return books


def story(books: Books) -> tuple[Story, CreditTold]:
    """What is told of C1."""
    (found,) = [one for one in explain(books.book, [policy(TEXT)], 1, as_of=TODAY) if one.subject == "customer"]
    assert found.credit is not None
    return found, found.credit


def test_the_points_add_up_to_the_score() -> None:
    """100 + 2 x 40 for 8 of 10 in time + 50 for promises + 30 for food: 260, a B."""
    _, told = story(book(8, 2))
    assert told.score is not None and told.rating is not None
    assert [(one.characteristic, one.actual, one.band, one.earned, one.most) for one in told.score.earned] == [
        ("punctuality", "80%", "60% to below 90%", 80, 200),
        ("promises", "0", "below 1", 50, 50),
        ("sector", "food", "food, retail", 30, 30),
    ]
    assert told.score.total == told.score.base + sum(one.earned for one in told.score.earned) == 260
    assert (told.rating.band, told.rating.span, told.rating.rating) == ("B", "200 to below 300", "B")


def test_the_limit_can_be_worked_out_by_hand() -> None:
    """A tenth of 10,000.00 is 1,000.00, a multiple of 100.00 between floor and cap."""
    found, told = story(book(8, 2))
    assert told.limit is not None
    assert (told.limit.rule, told.limit.raw, told.limit.rounded, told.limit.result) == ("share", 100_000, 100_000, 100_000)
    (set_,) = [action for action in found.actions if action.kind == "set_credit_limit"]
    assert (set_.amount, set_.before, set_.after) == (100_000, "no limit set", "limit 1,000.00 EUR")


def test_what_holds_a_rating_down_is_the_first_way_up() -> None:
    """All in time would be an A, but for the missing statement; a condition below `none` is told as what is wanted."""
    found, told = story(book(10, 0))
    assert told.rating is not None
    assert [(one.id, one.before, one.after) for one in told.rating.adjustments] == [("unseen", "A", "B")]
    assert told.ways_up == ("once it no longer holds that there is no statement: A",)
    (unseen,) = [rule for rule in found.rules if rule.name == "adjustment unseen"]
    assert [(fact.asked, fact.actual, fact.holds) for fact in unseen.findings] == [
        ("not customer.financials is valid", "none", True)
    ]


def test_holds_in_force_are_told() -> None:
    """Why, since when, until when and whose; not what has ended or was released."""
    books = book(8, 2).hold("C1", since="2026-03-01", until="2026-04-30", kind="credit")
    books.hold("C1", since="2026-01-01", until=day(TODAY, -1), kind="credit").hold("C1", since="2026-03-01")
    _, told = story(books)
    assert [(one.since, one.until, one.by_policy) for one in told.held] == [("2026-03-01", "2026-04-30", False)]


def test_an_adjustment_that_changes_nothing_is_not_told() -> None:
    """Not above B says nothing of a B."""
    _, told = story(book(8, 2))
    assert told.rating is not None and told.rating.adjustments == ()


@pytest.mark.parametrize(("in_time", "late"), [(0, 10), (5, 5)])
def test_every_way_up_is_true(in_time: int, late: int) -> None:
    """With the facts that it names, the policy concludes the score and the rating that it names."""
    said = policy(TEXT)
    found, told = story(book(in_time, late))
    values = facts(found, said)
    assert told.ways_up and tuple(ways_up(said, values, TODAY)) == told.ways_up
    for way in told.ways_up:
        share, score, rating = re.fullmatch(r"customer\.on_time_share_12m from \S+ to (\d+)%: \+\d+ -> (\d+), (\w)", way).groups()  # type: ignore[union-attr]
        then = concluded(said, {**values, "customer.on_time_share_12m": int(share) * 100}, TODAY)
        assert (then["score"], then["rating"]) == (int(score), rating)


def facts(found: Story, said: Policy) -> dict[str, int | str | None]:
    """The facts of the story again as values; those that matter here."""
    shown = dict(found.facts)
    values: dict[str, int | str | None] = dict.fromkeys(compile_policy(said).facts)
    share = shown["customer.on_time_share_12m"]
    return values | {
        "customer.on_time_share_12m": None if share == "missing" else int(share.removesuffix("%")) * 100,
        "customer.broken_promises_12m": 0,
        "customer.industry": "food",
        "customer.financials": "none",
    }
