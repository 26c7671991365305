"""The nearest ways to a better rating, and what a credit policy concludes from a customer's facts.

Comes in: a credit policy and the facts of one customer. Goes out: the facts with score and rating; ways up, in words.
Know before changing: a way up is not guessed: the changed facts are scored and rated anew, with margin and adjustments.
"""

from collections.abc import Iterator, Mapping
from itertools import combinations

from engine.decide import credit, scoring
from engine.decide.evaluate import Value, Values, holds
from engine.decide.findings import named
from engine.facts import FACTS, FactType
from engine.policy.credit_model import Band, Characteristic, Ratings, Words
from engine.policy.model import Condition, Policy, value_text

# So many ways up are told; more is a list that nobody reads.
MOST_WAYS = 4

Change = tuple[str, int]


def concluded(policy: Policy, values: Values, as_of: str) -> dict[str, Value]:
    """The customer's facts, with what a credit policy concludes from them: the score, then the rating."""
    found: dict[str, Value] = dict(values)
    if not policy.credit:
        return found
    if policy.credit.scorecard:
        found[credit.SCORE] = scoring.score(policy.credit.scorecard, values)
    rating = credit.rating_of(policy, fired_by(named(policy)[0], found, as_of))
    if rating:
        found[credit.RATING] = rating[0]
    return found


def fired_by(conditions: Mapping[str, Condition], values: Values, as_of: str) -> frozenset[str]:
    """The names whose conditions hold."""
    return frozenset(name for name, condition in conditions.items() if holds(condition, values, as_of))


def ways_up(policy: Policy, values: Values, as_of: str) -> Iterator[str]:
    """The nearest ways to a better rating: one fact that changes enough, fewest points first; where none does, two."""
    assert policy.credit
    card, ratings = policy.credit.scorecard, policy.credit.ratings
    if not card or not ratings:
        return
    now = concluded(policy, values, as_of)
    rank = ratings.rank(str(now[credit.RATING]))
    changes = [change for one in card.characteristics for change in _better(one, values)]
    yield from _lifted(policy, ratings, rank, values, as_of)
    several = sorted(_risen(policy, ratings, rank, changes, 1, values, as_of))
    several = several or sorted(_risen(policy, ratings, rank, changes, 2, values, as_of))
    for _, parts, score, name in several[:MOST_WAYS]:
        said = " and ".join(
            f"{fact} from {value_text(values[fact], fact, policy.currency)} to {value_text(to, fact, policy.currency)}"
            for fact, to in parts
        )
        gained = score - int(now[credit.SCORE] or 0)
        yield f"{said}: +{gained} -> {score}, {name}"


def _lifted(policy: Policy, ratings: Ratings, rank: int, values: Values, as_of: str) -> Iterator[str]:
    """Each adjustment that alone holds the rating down: what it would be without."""
    now = concluded(policy, values, as_of)
    fired = fired_by(named(policy)[0], now, as_of)
    for one in ratings.adjustments:
        without = credit.rating_of(policy, fired - {f"adjustment {one.id}"})
        if one.not_above and without and ratings.rank(without[0]) < rank:
            yield f"once it no longer holds that {one.because}: {without[0]}"


def _risen(
    policy: Policy, ratings: Ratings, rank: int, changes: list[Change], number: int, values: Values, as_of: str
) -> Iterator[tuple[int, tuple[Change, ...], int, str]]:
    """Each set of so many changes that leads to a better rating: its points, the changes, score and rating."""
    for parts in combinations(changes, number):
        if len({fact for fact, _ in parts}) < number:
            continue
        then = concluded(policy, {**values, **dict(parts)}, as_of)
        if ratings.rank(str(then[credit.RATING])) < rank:
            score = int(then[credit.SCORE] or 0)
            yield score, parts, score, str(then[credit.RATING])


def _better(one: Characteristic, values: Values) -> Iterator[Change]:
    """The values nearest to the present one in each band that earns more. What a text says cannot be worked on."""
    value = values[one.fact]
    if isinstance(value, str) or FACTS[one.fact].type is FactType.TEXT:
        return
    now = scoring.earned_by(one, value)
    for part in scoring.parts(one):
        if part.points > now.points:
            yield one.fact, _nearest(part, value)


def _nearest(part: Band | Words, value: int | None) -> int:
    """The value in the band that is nearest."""
    if isinstance(part, Words):
        return int(part.values[0])
    if part.lowest is not None and (value is None or value < part.lowest):
        return part.lowest
    assert part.below is not None, "a value above an open band is in it"
    return part.below - 1
