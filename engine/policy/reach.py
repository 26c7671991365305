"""Whether any customer can meet a condition: an exact search over the few values of each fact that make a difference.

Comes in: a condition, and what its score and rating may be. Goes out: an Example customer, or None where it is proved that there
can be none.
Know before changing: only None is a claim. How two facts compare is left open, and so is what no comparison tells apart; a search
that takes too long gives an Example that shows nothing. So "never" is said only where it is certain.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from engine.facts import CONCLUSIONS, FACTS, Fact, FactType
from engine.policy.conditions import findings_of
from engine.policy.model import (
    All,
    Any,
    Comparison,
    Condition,
    FactRef,
    Finding,
    MonthEnd,
    Nor,
    Operator,
    PercentOf,
    finding_text,
    value_text,
)
from engine.policy.totals import Totals

# How many comparisons are looked at before the search gives up, which takes a second; people's conditions need a few hundred.
MOST_LOOKS = 500_000

Value = int | str | None
Known = dict[str, Value]
Assumed = dict[Finding, bool]


@dataclass(frozen=True, slots=True)
class Reach:
    """What the policy can conclude at all: the totals of its scorecard (None: any score) and its ratings."""

    totals: Totals | None = None
    ratings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Example:
    """Facts of a made customer, and how facts of it compare with each other; whatever is not said does not matter."""

    facts: Mapping[str, Value] = field(default_factory=dict)
    compared: Mapping[Finding, bool] = field(default_factory=dict)

    def text(self, currency: str) -> str:
        """`a customer with customer.segment retail and score 640`."""
        said = [f"{name} {value_text(value, name, currency)}" for name, value in self.facts.items()]
        said += [("" if true else "not ") + finding_text(one, currency) for one, true in self.compared.items()]
        if not said:
            return "any customer"
        return "a customer with " + (", ".join(said[:-1]) + " and " if len(said) > 1 else "") + said[-1]


def example(condition: Condition, reach: Reach) -> Example | None:
    """A customer who meets the condition; None where nobody can."""
    search = _Search(condition, _domains(condition, reach), sum(1 for _ in findings_of(condition)))
    try:
        found = search.run({}, {})
    except _TooLong:
        return Example()
    return Example(*found) if found else None


def facts_of(finding: Finding) -> tuple[str, ...]:
    """The facts that it stands on: the one on the left, and the one on the right where there is one."""
    if isinstance(finding, Comparison) and isinstance(finding.operand, FactRef | PercentOf):
        return (finding.fact, finding.operand.fact)
    return (finding.fact,)


def never_missing(fact: Fact) -> bool:
    """Whether every customer has a value; where that is not plain, no."""
    closed = fact.type is FactType.FLAG or bool(fact.values)
    return fact.name in CONCLUSIONS or (fact.neutral is not None and (closed or fact.sql.startswith("COALESCE(")))


# -- the search --------------------------------------------------------------------------------------------------------


class _TooLong(Exception):
    """The search was given up; nothing is known."""


@dataclass(slots=True)
class _Search:
    """Tries values fact by fact, and turns back as soon as the condition cannot hold any more."""

    condition: Condition
    domains: Mapping[str, Sequence[Value]]
    size: int
    looks: int = 0

    def run(self, known: Known, assumed: Assumed) -> tuple[Known, Assumed] | None:
        """The first completion for which the condition holds."""
        self.looks += self.size
        if self.looks > MOST_LOOKS:
            raise _TooLong
        open_one = _undecided(self.condition, known, assumed)
        if isinstance(open_one, bool):
            return (known, assumed) if open_one else None
        if _is_free(open_one):
            tries = ((known, {**assumed, open_one: true}) for true in (True, False))
        else:
            tries = (({**known, open_one.fact: value}, assumed) for value in self.domains[open_one.fact])
        return next((found for one in tries if (found := self.run(*one))), None)


def _undecided(condition: Condition, known: Known, assumed: Assumed) -> bool | Finding:
    """Whether it holds, or the first comparison on which that still depends."""
    match condition:
        case Comparison() | MonthEnd():
            return _holds(condition, known, assumed)
        case All(parts):
            return _first(parts, known, assumed, decisive=False)
        case Any(parts):
            return _first(parts, known, assumed, decisive=True)
        case Nor(parts):
            found = _first(parts, known, assumed, decisive=True)
            return not found if isinstance(found, bool) else found


def _first(parts: Sequence[Condition], known: Known, assumed: Assumed, *, decisive: bool) -> bool | Finding:
    """What decides a list: one part that is decisive, or all that are not."""
    waiting: Finding | None = None
    for part in parts:
        found = _undecided(part, known, assumed)
        if found is decisive:
            return decisive
        if not isinstance(found, bool):
            waiting = waiting or found
    return waiting or not decisive


def _holds(finding: Finding, known: Known, assumed: Assumed) -> bool | Finding:
    """Whether the comparison holds, or itself where that is not known yet."""
    if _is_free(finding):
        # With a missing side every comparison is false.
        if any(name in known and known[name] is None for name in facts_of(finding)):
            return False
        return assumed.get(finding, finding)
    assert isinstance(finding, Comparison), "a month's end is free"
    if finding.fact not in known:
        return finding
    return _compare(known[finding.fact], finding)


def _is_free(finding: Finding) -> bool:
    """Whether it compares with something else than values, so that either answer must be reckoned with."""
    return isinstance(finding, MonthEnd) or isinstance(finding.operand, FactRef | PercentOf)


def _compare(value: Value, one: Comparison) -> bool:
    """The law of the operators, on one value."""
    right = one.operand
    if one.operator is Operator.MISSING:
        return (value is None) is bool(right)
    if value is None:
        return False
    if isinstance(right, tuple):
        within = right[0] <= value <= right[1] if one.operator is Operator.BETWEEN else value in right  # type: ignore[operator]
        return within is not (one.operator is Operator.NOT_IN)
    assert not isinstance(right, FactRef | PercentOf), "a comparison of facts is free"
    match one.operator:
        case Operator.IS:
            return value == right
        case Operator.IS_NOT:
            return value != right
        case Operator.AT_LEAST:
            return value >= right  # type: ignore[operator]
        case Operator.AT_MOST:
            return value <= right  # type: ignore[operator]
        case Operator.MORE_THAN:
            return value > right  # type: ignore[operator]
        case Operator.LESS_THAN:
            return value < right  # type: ignore[operator]
        case _:
            raise AssertionError(f"{one.operator} has a list on its right side")


# -- the values that make a difference ---------------------------------------------------------------------------------


def _domains(condition: Condition, reach: Reach) -> dict[str, Sequence[Value]]:
    """For each fact a value of every stretch that the comparisons tell apart, the most usual ones first."""
    compared: dict[str, list[Comparison]] = {}
    for finding in findings_of(condition):
        if isinstance(finding, Comparison) and not _is_free(finding):
            compared.setdefault(finding.fact, []).append(finding)
    return {name: _domain(name, comparisons, reach) for name, comparisons in compared.items()}


def _domain(name: str, comparisons: Sequence[Comparison], reach: Reach) -> Sequence[Value]:
    """The values of one fact."""
    literals = [literal for one in comparisons for literal in _literals(one)]
    if name == "rating" and reach.ratings:
        return reach.ratings
    if name == "score":
        return _scores([literal for literal in literals if isinstance(literal, int)], reach.totals)
    fact = FACTS.get(name) or CONCLUSIONS[name]
    return values_of(fact, literals)


def values_of(fact: Fact, literals: Sequence[int | str]) -> Sequence[Value]:
    """A value of every stretch between the literals, and missing where it may be."""
    missing: tuple[Value, ...] = () if never_missing(fact) else (None,)
    if fact.type is FactType.FLAG:
        return (0, 1, *missing)
    if fact.values:
        return (*fact.values, *missing)
    if fact.type is FactType.TEXT:
        words = sorted({str(literal) for literal in literals})
        other = next(
            word for word in ("other", "another", *(f"other-{n}" for n in range(len(words) + 1))) if word not in words
        )
        return (*words, other, *missing)
    if fact.type is FactType.DATE:
        return (
            *sorted({day for literal in literals for day in _days_around(str(literal))} or {"2026-01-01"}),
            *missing,
        )
    numbers = {number for literal in literals for number in (int(literal) - 1, int(literal), int(literal) + 1)}
    usual = fact.neutral if isinstance(fact.neutral, int) else 0
    numbers.add(usual)
    # The usual value first, then what people meet, then what is rare: nothing known, and less than nothing.
    ordered = sorted(number for number in numbers if number >= 0 and number != usual)
    return (
        usual,
        *ordered,
        *missing,
        *sorted((number for number in numbers if number < 0 and number != usual), reverse=True),
    )


def _scores(literals: Sequence[int], totals: Totals | None) -> Sequence[Value]:
    """A score of every stretch; only such as some customer has, where the scorecard is known."""
    cuts = sorted({cut for literal in literals for cut in (literal, literal + 1)})
    if totals is None:
        return sorted({0, *(cut + shift for cut in cuts for shift in (-1, 0))})
    edges: list[int | None] = [None, *cuts, None]
    found = (
        totals.between(low, None if above is None else above - 1)
        for low, above in pairwise(edges)
    )
    return sorted({score for score in found if score is not None})


def _literals(one: Comparison) -> Iterator[int | str]:
    """The values on its right side."""
    match one.operand:
        case tuple(members):
            yield from members
        case int() | str() as value if one.operator is not Operator.MISSING:
            yield value
        case _:
            return


def _days_around(date: str) -> Iterator[str]:
    """The day before, the day, and the day after, as far as the calendar goes."""
    day = dt.date.fromisoformat(date)
    for shift in (-1, 0, 1):
        if 1 < day.toordinal() + shift <= dt.date.max.toordinal():
            yield dt.date.fromordinal(day.toordinal() + shift).isoformat()
