"""What is proved about credit policies: held against trying out every customer, and told with one customer as an example."""

from collections.abc import Mapping
from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.decide.evaluate import holds
from engine.decide.scoring import score
from engine.errors import Problem
from engine.facts import FACTS
from engine.policy import checks
from engine.policy.credit_checks import reach_of
from engine.policy.credit_model import Band, Characteristic, Scorecard, Words
from engine.policy.model import All, Any, Comparison, Condition, FactRef, Nor, Operator, PercentOf, Policy
from engine.policy.reach import Example, Reach, example, never_missing, values_of
from engine.policy.totals import totals
from tests.books import policy

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
  base: 100
  characteristics:
    - id: punctuality
      fact: customer.on_time_share_12m
      bands: [{below: 60, points: 0}, {from: 60, below: 85, points: 40}, {from: 85, points: 90}]
ratings:
  bands: [{rating: A, from: 180}, {rating: B, from: 120, below: 180}, {rating: C, below: 120}]
"""
COUNT, OTHER, TEXT, FLAG = "customer.open_count", "customer.overdue_count", "customer.industry", "customer.in_group"
MAYBE = "customer.terms_days"


def told(text: str, *others: Policy) -> list[str]:
    """The problems of the policy beside others: code, line and message."""
    found: tuple[Problem, ...] = checks.check([policy(text), *others])
    return [f"{problem.where.line} {problem.code}: {problem.message}" for problem in found]


# -- the search --------------------------------------------------------------------------------------------------------

NUMBERS, WORDS = (-1, 0, 1, 2, 3, 4, 5), ("food", "retail", "elsewhere")
BOUNDS = (Operator.AT_LEAST, Operator.AT_MOST, Operator.MORE_THAN, Operator.LESS_THAN, Operator.IS, Operator.IS_NOT)
comparisons = st.one_of(
    st.builds(Comparison, st.sampled_from((COUNT, OTHER, MAYBE)), st.sampled_from(BOUNDS), st.integers(0, 4)),
    st.builds(lambda low, more: Comparison(COUNT, Operator.BETWEEN, (low, low + more)), st.integers(0, 3), st.integers(0, 2)),
    st.builds(Comparison, st.just(TEXT), st.sampled_from((Operator.IS, Operator.IS_NOT)), st.sampled_from(WORDS[:2])),
    st.builds(Comparison, st.just(TEXT), st.sampled_from((Operator.IN, Operator.NOT_IN)), st.just(WORDS[:2])),
    st.builds(Comparison, st.just(FLAG), st.just(Operator.IS), st.integers(0, 1)),
    st.builds(Comparison, st.sampled_from((MAYBE, TEXT)), st.just(Operator.MISSING), st.integers(0, 1)),
)
conditions: st.SearchStrategy[Condition] = st.recursive(
    comparisons,
    lambda inner: st.builds(
        lambda kind, parts: kind(tuple(parts)), st.sampled_from((All, Any, Nor)), st.lists(inner, min_size=1, max_size=3)
    ),
    max_leaves=8,
)
EVERYBODY: list[dict[str, int | str | None]] = [
    {COUNT: one, OTHER: two, MAYBE: three, TEXT: word, FLAG: flag}
    for one, two, three, word, flag in product(NUMBERS, NUMBERS, (*NUMBERS, None), (*WORDS, None), (0, 1))
]


@settings(max_examples=150, deadline=None)
@given(conditions)
def test_never_means_never(condition: Condition) -> None:
    """The search finds a customer exactly where trying out everybody does, and whom it finds meets the condition."""
    found = example(condition, Reach())
    anybody = any(holds(condition, dict(customer), "2026-01-01") for customer in EVERYBODY)
    assert (found is not None) is anybody
    if found is not None:
        # Whatever it does not say does not matter.
        for rest in (EVERYBODY[0], EVERYBODY[-1]):
            assert holds(condition, {**rest, **found.facts}, "2026-01-01")


def test_how_facts_compare_is_left_open() -> None:
    """A comparison of two facts may come out either way, but always the same way, and never with a missing one."""
    more = Comparison(COUNT, Operator.MORE_THAN, FactRef(OTHER))
    part = Comparison("customer.exposure", Operator.AT_LEAST, PercentOf(9000, "customer.credit_limit"))
    unset = Comparison("customer.credit_limit", Operator.MISSING, 1)
    assert example(All((more, part)), Reach()) == Example({}, {more: True, part: True})
    assert example(All((more, Nor((more,)))), Reach()) is None
    assert example(All((unset, part)), Reach()) is None
    assert example(All((unset, Nor((part,)))), Reach()) is not None
    text = Example({COUNT: 3}, {part: True, more: False}).text("EUR")
    assert text == (
        "a customer with customer.open_count 3, customer.exposure at_least 90% of customer.credit_limit"
        " and not customer.open_count more_than customer.overdue_count"
    )


def test_a_search_that_takes_too_long_claims_nothing() -> None:
    """It gives an example that shows nothing, and no problem."""
    pigeons = [name for name, fact in FACTS.items() if fact.of_customer and fact.type.value == "count"][:10]
    holes = range(1, 10)
    housed = tuple(Comparison(name, Operator.BETWEEN, (1, 9)) for name in pigeons)
    alone = tuple(
        Nor((All((Comparison(one, Operator.IS, hole), Comparison(other, Operator.IS, hole))),))
        for one, other in combinations(pigeons, 2)
        for hole in holes
    )
    assert example(All((*housed, *alone)), Reach()) == Example()


def test_a_fact_that_is_never_missing() -> None:
    """Counts, flags and closed texts with a usual value; whatever may be missing is reckoned with."""
    assert never_missing(FACTS[COUNT])
    assert never_missing(FACTS[FLAG])
    assert not never_missing(FACTS[MAYBE])
    # Of a customer who owes nothing there is no share, though the usual one is 0.
    assert not never_missing(FACTS["customer.overdue_share"])


# -- the totals --------------------------------------------------------------------------------------------------------

points = st.integers(-20, 60)
weights = st.integers(1, 3)


@st.composite
def characteristics(draw: st.DrawFn) -> Characteristic:
    """One that tiles."""
    fact = draw(st.sampled_from((COUNT, OTHER, MAYBE, TEXT, FLAG)))
    common = {"id": "it", "fact": fact, "weight": draw(weights), "missing": draw(points)}
    if fact == TEXT:
        words = (Words(("food",), draw(points)), Words(("retail",), draw(points)))
        return Characteristic(**common, bands=(), words=words, otherwise=draw(points))  # type: ignore[arg-type]
    if fact == FLAG:
        flags = (Words((1,), draw(points)), Words((0,), draw(points)))
        return Characteristic(**common, bands=(), words=flags, otherwise=None)  # type: ignore[arg-type]
    low = draw(st.integers(0, 3))
    high = low + draw(st.integers(1, 2))
    bands = (Band(None, low, draw(points)), Band(low, high, draw(points)), Band(high, None, draw(points)))
    return Characteristic(**common, bands=bands, words=(), otherwise=None)  # type: ignore[arg-type]


@settings(max_examples=100, deadline=None)
@given(st.builds(Scorecard, st.integers(-50, 50), st.lists(characteristics(), min_size=1, max_size=4).map(tuple)))
def test_the_totals_are_exactly_those_of_all_customers(card: Scorecard) -> None:
    """Several characteristics on one fact earn together; and there is a customer for each total."""
    found = totals(card, values_of)
    assert found is not None
    every = {score(card, customer) for customer in EVERYBODY}
    assert {total for total in range(found.least, found.most + 1) if found.between(total, total) == total} == every
    for total in every:
        made: Mapping[str, int | str | None] = found.customer(total)
        assert score(card, {**EVERYBODY[0], **made}) == total
    assert found.below(found.least) is None
    assert found.below(found.most + 1) == found.most
    assert found.between(found.most + 1, None) is None


def test_a_scorecard_beyond_measure_is_not_reckoned_through() -> None:
    """Then nothing is claimed about its ratings."""
    names = [name for name, fact in FACTS.items() if fact.of_customer and fact.type.value == "count"][:6]
    parts = tuple(
        Characteristic(f"c{n}", name, 100 - n, 1, (Band(None, 1, 0), Band(1, None, 10_000 - n)), (), None)
        for n, name in enumerate(names)
    )
    assert totals(Scorecard(0, parts), values_of) is None


def test_only_covered_customers_score() -> None:
    """What nobody whom the policy covers can have earns nothing."""
    text = f"""{HEAD}covers: {{customer.industry: food}}
scorecard:
  characteristics:
    - {{id: a, fact: customer.industry, values: [{{in: [food], points: 10}}], otherwise: 99}}
terms: {{rules: [{{id: usual, days: 30}}]}}
"""
    reach = reach_of(policy(text))
    assert reach.totals
    assert (reach.totals.least, reach.totals.most) == (10, 10)


# -- ratings -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("best", "reachable"), [(189, True), (190, True), (191, False)])
def test_a_rating_that_nobody_scores(best: int, reachable: bool) -> None:
    """Reachable to the point: the most is 190."""
    found = told(HEAD + CARD.replace("180", str(best)))
    assert found == ([] if reachable else [
        "14 unreachable-rating: nobody is rated 'A': the most that any customer can score is 190, with"
        " customer.on_time_share_12m 85%; it begins at 191: change its points or the band"
    ])  # fmt: skip


@pytest.mark.parametrize(("worst", "reachable"), [(102, True), (101, True), (100, False)])
def test_a_rating_below_every_score(worst: int, reachable: bool) -> None:
    """The least is 100, and a band does not have its upper end."""
    found = told(HEAD + CARD.replace("120", str(worst)))
    assert [line.split(":")[0] for line in found] == ([] if reachable else ["14 unreachable-rating"])


@pytest.mark.parametrize(
    ("when", "reachable"),
    [
        ("{customer.overdue_count: {at_least: 1}}", True),
        ("{any: [{customer.overdue_count: {at_least: 1}}, {customer.overdue_count: {less_than: 1}}]}", False),
        ("{score: {at_least: 181}}", False),
        ("{score: {more_than: 190}}", True),
        # Everybody whom the policy covers.
        ("{customer.segment: retail}", False),
    ],
)
def test_a_rating_that_adjustments_always_lower(when: str, reachable: bool) -> None:
    """Told with the adjustment and somebody whom it takes away."""
    text = HEAD + "covers: {customer.segment: retail}\n" + CARD
    found = told(f"{text}  adjustments: [{{id: late, because: so, when: {when}, not_above: B}}]\n")
    assert bool(found) is not reachable
    if found:
        assert "customer.segment retail" in found[0]
        assert "is taken to 'B' by 'late'" in found[0]


def test_a_rating_that_only_an_adjustment_gives_is_reachable() -> None:
    """Nobody scores it, but somebody is lifted to it."""
    text = HEAD + CARD.replace("180", "200")
    lifted = "  adjustments: [{id: friend, because: so, when: {customer.segment: friends}, not_below: A}]\n"
    assert len(told(text)) == 1
    assert told(text + lifted) == []
    # Lifted and lowered at once is lowered.
    lowered = lifted.replace("}]", "}, {id: all, because: so, when: {score: {at_least: 0}}, not_above: B}]")
    assert len(told(text + lowered)) == 1


# -- rules that never decide -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        (["when: {rating: A}, amount: 5.00", "when: {rating: B}, amount: 3.00", "amount: 0.00"], []),
        (["when: {rating: {in: [A, B]}}, amount: 5.00", "when: {rating: C}, amount: 3.00", "amount: 0.00"], [2]),
        (["amount: 5.00", "when: {rating: B}, amount: 3.00"], [1]),
        (["when: {customer.overdue_count: {at_most: 4}}, amount: 5.00",
          "when: {customer.overdue_count: {between: [1, 5]}}, amount: 3.00"], []),
        (["when: {customer.overdue_count: {at_most: 5}}, amount: 5.00",
          "when: {customer.overdue_count: {between: [1, 5]}}, amount: 3.00"], [1]),
        # Whoever has no terms meets neither.
        (["when: {customer.relationship_days: {at_least: 9}}, amount: 5.00",
          "when: {customer.relationship_days: {less_than: 9}}, amount: 3.00", "amount: 0.00"], []),
        (["when: {customer.relationship_days: {at_least: 9}}, amount: 5.00",
          "when: {customer.relationship_days: {less_than: 9}}, amount: 3.00",
          "when: {customer.relationship_days: {missing: true}}, amount: 1.00", "amount: 0.00"], [3]),
        # Contradictions: of itself, and with what can be scored.
        (["when: {all: [{rating: A}, {rating: B}]}, amount: 5.00", "amount: 0.00"], [0]),
        (["when: {score: {at_least: 191}}, amount: 5.00", "amount: 0.00"], [0]),
        (["when: {score: {between: [141, 189]}}, amount: 5.00", "amount: 0.00"], [0]),
        (["when: {score: {between: [140, 189]}}, amount: 5.00", "amount: 0.00"], []),
    ],
)  # fmt: skip
def test_a_limit_rule_that_never_applies(rules: list[str], expected: list[int]) -> None:
    """In its line; never one that somebody meets."""
    listed = "".join(f"    - {{id: r{number}, {rule}}}\n" for number, rule in enumerate(rules))
    found = told(f"{HEAD}{CARD}limit:\n  rules:\n{listed}")
    assert [line.split(":")[0] for line in found] == [f"{17 + number} limit-never-applies" for number in expected]
    as_terms = listed.replace("amount: ", "days: ").replace(".00}", "}")
    found = told(f"{HEAD}{CARD}terms:\n  rules:\n{as_terms}")
    assert [line.split(":")[0] for line in found] == [f"{17 + number} terms-never-apply" for number in expected]


def test_who_decides_instead_is_told_with_a_customer() -> None:
    """The first rule above that takes one of those whom the rule is meant for."""
    rules = "[{id: none, when: {rating: C}, days: 0}, {id: retail, when: {customer.segment: retail}, days: 9}, {id: x, days: 3}"
    text = f"{HEAD}covers: {{customer.segment: retail}}\n{CARD}terms:\n  rules: {rules}]\n"
    (found,) = told(text)
    assert "'x' decides for nobody: a customer with customer.segment retail and rating C is decided by 'none' in line 17" in found


# -- holds -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("when", "release", "problem"),
    [
        ("{customer.overdue_count: {at_least: 3}}", "{customer.overdue_count: {at_most: 2}}", False),
        # Whoever meets the release meets the hold, which wins.
        ("{customer.overdue_count: {at_least: 3}}", "{customer.overdue_count: {at_least: 4}}", True),
        ("{customer.overdue_count: {at_least: 3}}", "{customer.overdue_count: {at_least: 2}}", False),
        ("{rating: C}", "{rating: {is_not: C}}", False),
        ("{rating: C}", "{rating: C}", True),
        ("{rating: C}", "{score: {more_than: 190}}", True),
        ("{rating: C}", "{all: [{rating: A}, {rating: B}]}", True),
        # A hold that is never set needs no release.
        ("{all: [{rating: A}, {rating: B}]}", "{rating: A}", False),
        # How two facts compare is left open.
        ("{customer.exposure: {more_than: customer.credit_limit}}", "{customer.exposure: {at_most: customer.credit_limit}}",
         False),
    ],
)  # fmt: skip
def test_a_hold_for_ever(when: str, release: str, problem: bool) -> None:
    """At the release, with somebody who is held."""
    found = told(f"{HEAD}{CARD}holds:\n  - reason: it\n    when: {when}\n    release_when: {release}\n")
    assert [line.split(":")[0] for line in found] == (["18 hold-without-release"] if problem else [])
    assert all("is held for" in line and "for ever" in line for line in found)


HOLDING = """\
policy: chasing
kind: dunning
version: 1
effective_from: 2026-01-01
summary: Holds credit.
currency: EUR
subject: customer
priority: 5
rules:
  - {id: hold, when: {customer.overdue_count: {at_least: 3}}, then: [{credit_hold: {reason: overdue}}]}
"""


def test_a_hold_is_released_by_any_policy_of_the_folder() -> None:
    """By itself, by another one, by a credit policy's hold of that reason; else it is an error with an example."""
    (found,) = told(HOLDING)
    assert found.startswith(
        "10 hold-without-release: nothing ever lifts the credit hold for 'overdue', so a customer with customer.overdue_count 3"
        " is held for ever; add a rule"
    )
    itself = "  - {id: free, when: {customer.overdue_count: 0}, then: [{release_credit_hold: {reason: overdue}}]}\n"
    assert told(HOLDING + itself) == []
    freeing = HOLDING[: HOLDING.index("  - ")].replace("chasing", "freeing").replace("priority: 5", "priority: 6")
    assert told(HOLDING, policy(freeing + itself)) == []
    credit = HEAD + "holds:\n  - reason: overdue\n    when: {customer.overdue_count: {at_least: 9}}\n"
    credit += "    release_when: {customer.overdue_count: 0}\n"
    assert told(HOLDING, policy(credit)) == []
    assert len(told(HOLDING, policy(credit.replace("reason: overdue", "reason: late")))) == 1


def test_a_newer_version_mends_a_hold_without_release() -> None:
    """A released version cannot be edited; only the newest of each policy is looked at."""
    mended = HOLDING.replace("version: 1", "version: 2").replace("2026-01-01", "2026-06-01")
    mended += "  - {id: free, when: {customer.overdue_count: 0}, then: [{release_credit_hold: {reason: overdue}}]}\n"
    assert told(HOLDING, policy(mended)) == []


def test_a_policy_stays_of_its_kind() -> None:
    """A later version of another kind is another policy."""
    other = HOLDING.replace("chasing", "sample").replace("version: 1", "version: 2").replace("2026-01-01", "2026-06-01")
    other += "  - {id: free, when: {customer.overdue_count: 0}, then: [{release_credit_hold: {reason: overdue}}]}\n"
    (found,) = told(HEAD + CARD, policy(other))
    assert found.startswith("2 kind-changed: version 1 of 'sample' is a credit policy")


# -- circles -----------------------------------------------------------------------------------------------------------

BY_RATING = "limit: {rules: [{id: good, when: {rating: A}, amount: 500.00}, {id: poor, amount: 0.00}]}\n"
BY_SALES = "limit: {rules: [{id: all, percent: 10, of: customer.sales_12m}]}\n"


def scored(fact: str) -> str:
    """A policy whose score stands on the number."""
    return f"""{HEAD}scorecard:
  characteristics:
    - {{id: a, fact: {fact}, bands: [{{below: 80, points: 90}}, {{from: 80, points: 0}}]}}
ratings: {{bands: [{{rating: A, from: 50}}, {{rating: B, below: 50}}]}}
"""


@pytest.mark.parametrize(
    ("text", "circular"),
    [
        (scored("customer.utilisation") + BY_RATING, True),
        (scored("customer.limit_steps") + BY_RATING, True),
        # The limit leads back to no score.
        (scored("customer.utilisation") + BY_SALES, False),
        (scored("customer.utilisation") + "terms: {rules: [{id: a, when: {rating: A}, days: 9}]}\n", False),
        (scored("customer.terms_days") + "terms: {rules: [{id: a, when: {rating: A}, days: 9}]}\n", True),
        (scored("customer.days_on_credit_hold")
         + "holds: [{reason: a, when: {rating: B}, release_when: {rating: A}}]\n", True),
        # By a way round: the hold goes by the limit, which goes by the rating.
        (scored("customer.days_on_credit_hold") + BY_RATING + "holds: [{reason: a, when: {customer.headroom: {less_than: 0.00}},"
         " release_when: {customer.headroom: {at_least: 5.00}}}]\n", True),
        (scored("customer.days_on_credit_hold")
         + "holds: [{reason: a, when: {customer.open_count: {more_than: 9}}, release_when: {customer.open_count: 0}}]\n", False),
        # A hold may look at itself, and at the limit.
        (HEAD + CARD + BY_RATING + "holds: [{reason: a, when: {customer.utilisation: {more_than: 100}},"
         " release_when: {customer.days_on_credit_hold: {at_least: 30}}}]\n", False),
        # Limits and terms by themselves, and by each other.
        (HEAD + "limit: {rules: [{id: a, when: {customer.headroom: {less_than: 0.00}}, amount: 5.00}]}\n", True),
        (HEAD + "limit: {rules: [{id: a, percent: 110, of: customer.limit_in_force}]}\n", True),
        (HEAD + "limit: {rules: [{id: a, when: {customer.terms_days: {at_least: 30}}, amount: 5.00}]}\n"
         "terms: {rules: [{id: a, days: 30}]}\n", False),
        (HEAD + "limit: {rules: [{id: a, when: {customer.terms_days: {at_least: 30}}, amount: 5.00}]}\n"
         "terms: {rules: [{id: a, when: {customer.headroom: {less_than: 0.00}}, days: 30}]}\n", True),
        # The rating of the book is what the policy itself concluded the day before.
        (HEAD + CARD + "  adjustments: [{id: a, because: so, when: {customer.rating: C}, not_above: B}]\n", True),
        (HEAD + CARD + "terms: {rules: [{id: a, when: {customer.rating: C}, days: 3}]}\n", False),
    ],
)  # fmt: skip
def test_a_policy_does_not_stand_on_its_own_decisions(text: str, circular: bool) -> None:
    """Where a fact leads back to the stage that tests it, and only there."""
    codes = {line.split(" ")[1] for line in told(text)}
    assert codes == ({"circular-stages:"} if circular else set())


def test_a_circle_is_told_in_words() -> None:
    """Every stage on the way round, and a customer who goes round."""
    (found,) = told(scored("customer.utilisation") + BY_RATING)
    assert found == (
        "9 circular-stages: 'customer.utilisation' stands on the credit limit, which goes by the rating, which this score"
        " decides; a customer with customer.utilisation 79.99% earns 90 points and one with 80% earns 0, so that a change of"
        " the credit limit changes the score; test a fact that the policy does not decide, such as customer.exposure"
    )
