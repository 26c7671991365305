"""Whether a credit policy stands on its own decisions: what it decides today would then change what it decides tomorrow.

Comes in: a built credit policy. Goes out: problems, at the fact that closes a circle.
Know before changing: a circle is a stage that tests a fact which stands on a stage that goes back to the first one. A fact that
stands on the policy's decisions, but leads back to no stage that tests it, is fine: holds may go by the limit.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from engine.errors import Place, Problem
from engine.policy.conditions import findings_of
from engine.policy.credit_model import Characteristic, Credit, Share, Steps
from engine.policy.model import Comparison, Condition, Finding, Policy, finding_text, value_text
from engine.policy.places import place
from engine.policy.reach import Example, Reach, example, facts_of
from engine.policy.totals import points

# The stages in their order, and how each is spoken of.
_NAMES = {
    "score": "score",
    "rating": "rating",
    "limit": "credit limit",
    "terms": "payment terms",
    "hold": "credit hold",
}
_ORDER = tuple(_NAMES)
# The facts that stand on what a stage decided.
STANDS_ON = {
    "customer.rating": "rating",
    "customer.credit_limit": "limit",
    "customer.limit_in_force": "limit",
    "customer.effective_limit": "limit",
    "customer.headroom": "limit",
    "customer.utilisation": "limit",
    "customer.limit_steps": "limit",
    "customer.days_since_limit_step": "limit",
    "customer.days_until_limit_ends": "limit",
    "customer.terms_days": "terms",
    "customer.terms_steps": "terms",
    "customer.days_since_terms_step": "terms",
    "customer.credit_hold": "hold",
    "customer.days_on_credit_hold": "hold",
}
_OTHERWISE = {"limit": "customer.exposure", "terms": "customer.average_days_late_12m"}


@dataclass(frozen=True, slots=True)
class _Test:
    """That a stage looks at a fact or a conclusion, where, and in what."""

    stage: str
    name: str
    place: Place
    by: Finding | Share | tuple[int, Characteristic]


def circles(policy: Policy) -> Iterator[Problem]:
    """Each fact that a stage tests although it stands on that stage in the end; once for each place."""
    if policy.credit is None:
        return
    tests = list(_tests(policy.credit))
    goes_by: dict[str, set[str]] = {stage: set() for stage in _decided(policy.credit)}
    for test in tests:
        source = STANDS_ON.get(test.name, test.name)
        if source in goes_by and test.stage in goes_by:
            goes_by[test.stage].add(source)
    if "rating" in goes_by:
        goes_by["rating"].add("score")
    for test in tests:
        source = STANDS_ON.get(test.name, "")
        if source not in goes_by or _ORDER.index(test.stage) > _ORDER.index(source):
            continue
        # A hold may go by itself: how long it has stood is a reason to look again.
        way = None if test.stage == source == "hold" else _way(source, test.stage, goes_by)
        if way:
            where = (
                place(policy, "scorecard", "characteristics", test.by[0], "fact")
                if isinstance(test.by, tuple)
                else test.place
            )
            yield Problem(where, "circular-stages", _told(policy, test, way))


def _decided(credit: Credit) -> Iterator[str]:
    """The stages that the policy has."""
    has = (credit.scorecard, credit.ratings, credit.limit, credit.terms, credit.holds)
    yield from (stage for stage, there in zip(_ORDER, has, strict=True) if there)


def _way(source: str, stage: str, goes_by: dict[str, set[str]]) -> tuple[str, ...] | None:
    """The shortest way from a stage back to another, each going by the next; (stage,) where they are one."""
    ways: list[tuple[str, ...]] = [(source,)]
    seen = {source}
    for way in ways:
        if way[-1] == stage:
            return way
        following = [one for one in _ORDER if one in goes_by.get(way[-1], ()) and one not in seen]
        seen.update(following)
        ways += [(*way, one) for one in following]
    return None


def _told(policy: Policy, test: _Test, way: tuple[str, ...]) -> str:
    """The circle in words, with a customer who goes round in it."""
    steps = [f"the {_NAMES[way[0]]}"]
    for stage in way[1:-1]:
        steps.append(f"which goes by the {_NAMES[stage]}")
    steps.append(f"which this {_NAMES[way[-1]]} decides" if len(way) > 1 else "decided right here")
    remedy = _OTHERWISE.get(way[0])
    better = f"test a fact that the policy does not decide{f', such as {remedy}' if remedy else ''}"
    return f"'{test.name}' stands on {', '.join(steps)}; {_shown(policy, test, way[0])}; {better}"


def _shown(policy: Policy, test: _Test, source: str) -> str:
    """What happens to a customer on the way round."""
    match test.by:
        case Share(hundredths, fact):
            first = 100_000
            again = [value_text(first * hundredths**n // 10_000**n, fact, policy.currency) for n in range(3)]
            return f"a customer with {fact} {again[0]} gets {again[1]}, and the next day {again[2]}"
        case (_, Characteristic() as one):
            return _points(policy, one, source)
        case finding:
            who = (
                (example(finding, Reach()) or Example()).text(policy.currency)
                if isinstance(finding, Comparison)
                else "a customer"
            )
            said = finding_text(finding, policy.currency)
            return f"{who} meets '{said}' today and perhaps no more after a change of the {_NAMES[source]}"


def _points(policy: Policy, one: Characteristic, source: str) -> str:
    """Two customers whom the fact gives different points."""
    edges = [(band.lowest - 1, band.lowest) for band in one.bands if band.lowest is not None]
    words = [word for several in one.words for word in several.values[:1]]
    pairs: list[tuple[int | str | None, int | str | None]] = [*edges, *pairwise([*words, None])]
    first, second = next((pair for pair in pairs if points(one, pair[0]) != points(one, pair[1])), (None, None))
    said = [f"{value_text(value, one.fact, policy.currency)} earns {points(one, value)}" for value in (first, second)]
    who = f"a customer with {one.fact} {said[0]} points and one with {said[1]}"
    return f"{who}, so that a change of the {_NAMES[source]} changes the score"


def _tests(credit: Credit) -> Iterator[_Test]:
    """Everything that the stages look at."""
    for number, one in enumerate(credit.scorecard.characteristics if credit.scorecard else ()):
        yield _Test("score", one.fact, one.place, (number, one))
    for adjustment in credit.ratings.adjustments if credit.ratings else ():
        yield from _of("rating", adjustment.when)
    for rule in credit.limit.rules if credit.limit else ():
        yield from _of("limit", rule.when)
        yield from (_Test("limit", share.fact, rule.place, share) for share in rule.shares)
    for terms_rule in credit.terms.rules if credit.terms else ():
        yield from _of("terms", terms_rule.when)
    yield from _of_steps("limit", credit.limit.steps if credit.limit else None)
    yield from _of_steps("terms", credit.terms.steps if credit.terms else None)
    for hold in credit.holds:
        yield from _of("hold", hold.when)
        yield from _of("hold", hold.release_when)


def _of_steps(stage: str, steps: Steps | None) -> Iterator[_Test]:
    """What the steps look at."""
    if steps:
        yield from _of(stage, steps.raise_when)
        yield from _of(stage, steps.lower_when)


def _of(stage: str, condition: Condition | None) -> Iterator[_Test]:
    """What a condition looks at, on both sides of its comparisons."""
    for finding in findings_of(condition) if condition else ():
        for name in facts_of(finding):
            yield _Test(stage, name, finding.place, finding)
