"""The rating of a credit policy, put as conditions: margin, adjustments and override are nothing that a condition cannot say.

Comes in: a credit policy. Goes out: for each rating the condition under which it is concluded.
Know before changing: this says in conditions what decide/credit.rating_of does with names; tests hold the two equal over random
facts. Ranks count from 0 for the best.
"""

from collections.abc import Iterator, Sequence

from engine.decide import credit
from engine.policy.credit_model import Ratings
from engine.policy.model import All, Any, Comparison, Condition, MonthEnd, Nor, Policy

NEVER = Any(())


def rating_names(policy: Policy) -> tuple[str, ...]:
    """The ratings of the policy, the best first."""
    return tuple(one.name for one in _ratings(policy).of)


def satisfies(comparison: Comparison, name: str) -> bool:
    """Whether the comparison of the rating is true of this one."""
    return credit.concluded(comparison, name)


def rating_is(policy: Policy, name: str) -> Condition:
    """The condition under which the policy concludes this rating: that of a person, else that of the score, adjusted."""
    named = dict(credit.first_stage(policy))
    overrides = [named[f"override {one}"] for one in rating_names(policy)]
    return Any((named[f"override {name}"], All((Nor(tuple(overrides)), _adjusted(policy, named, name)))))


def without_ratings(condition: Condition, policy: Policy | None) -> Condition:
    """The same condition with each test of the rating written out, for whoever knows facts and the score only."""
    match condition:
        case All(of) | Any(of) | Nor(of):
            return type(condition)(tuple(without_ratings(part, policy) for part in of))
        case Comparison("rating"):
            assert policy, "a rating is that of a policy"
            return Any(tuple(rating_is(policy, name) for name in rating_names(policy) if satisfies(condition, name)))
        case Comparison() | MonthEnd():
            return condition


def _adjusted(policy: Policy, named: dict[str, Condition], name: str) -> Condition:
    """After the adjustments it is just this rating: not worse, and not a better one."""
    rank = _ratings(policy).rank(name)
    return All((_at_least(policy, named, rank), Nor((_at_least(policy, named, rank - 1),))))


def _at_least(policy: Policy, named: dict[str, Condition], rank: int) -> Condition:
    """After the adjustments it is of this rank or better: earned or lifted so far, and not lowered below."""
    if rank < 0:
        return NEVER
    ratings = _ratings(policy)
    earned = tuple(_scored(policy, named, one) for one in rating_names(policy)[: rank + 1])
    lifts = [one for one in ratings.adjustments if one.not_below and ratings.rank(one.not_below) <= rank]
    lowers = [one for one in ratings.adjustments if one.not_above and ratings.rank(one.not_above) > rank]
    return All((Any((*earned, *_whens(lifts, named))), Nor(tuple(_whens(lowers, named)))))


def _scored(policy: Policy, named: dict[str, Condition], name: str) -> Condition:
    """What the score earns: the rating in the book is kept within the margin, else the band decides."""
    kept = tuple(named[f"kept {one}"] for one in rating_names(policy))
    return Any((named[f"kept {name}"], All((Nor(kept), named[f"scored {name}"]))))


def _whens(adjustments: Sequence[object], named: dict[str, Condition]) -> Iterator[Condition]:
    """The conditions of adjustments."""
    yield from (named[f"adjustment {one.id}"] for one in adjustments)  # type: ignore[attr-defined]


def _ratings(policy: Policy) -> Ratings:
    """The ratings of a credit policy."""
    assert policy.credit, f"{policy.name} is no credit policy"
    assert policy.credit.ratings, f"{policy.name} has no ratings"
    return policy.credit.ratings
