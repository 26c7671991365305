"""Conditions: `all`, `any`, `none`, or one fact with one operator, with every literal parsed.

Comes in: a Cursor at a condition. Goes out: a Condition, and problems where the schema could not see them.
Know before changing: a word behind a text fact is a literal unless it begins with `customer.`; behind every other type a word
can only be the name of a fact. What a credit policy concludes itself (score, rating) stands on the left only, and only in stages
after the one that concludes it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import assert_never

from engine.errors import nearest
from engine.facts import FACTS, Fact, FactType
from engine.policy import literals
from engine.policy.breaches import written
from engine.policy.cursor import Cursor
from engine.policy.model import (
    All,
    Any,
    Comparison,
    Condition,
    FactRef,
    Finding,
    MonthEnd,
    Nor,
    Operand,
    Operator,
    PercentOf,
    Subject,
)

_LISTS: dict[str, type[All] | type[Any] | type[Nor]] = {"all": All, "any": Any, "none": Nor}
_OPERATORS = {operator.value: operator for operator in Operator}
NOTHING = All(())


@dataclass(frozen=True, slots=True)
class Scope:
    """What a condition may speak of: the facts of the policy's subject, and amounts in its currency.

    In a credit policy also what an earlier stage concluded, with its `ratings`; `later` has, for what may not be tested here,
    the code and the reason.
    """

    facts: dict[str, Fact]
    currency: str
    concluded: Mapping[str, Fact] = field(default_factory=dict)
    ratings: tuple[str, ...] = ()
    later: Mapping[str, tuple[str, str]] = field(default_factory=dict)


@cache
def scope(subject: Subject, currency: str) -> Scope:
    """The scope of a policy: one about customers knows only the customer's facts."""
    known = {name: fact for name, fact in FACTS.items() if subject is Subject.RECEIVABLE or fact.of_customer}
    return Scope(known, currency)


def condition(here: Cursor, within: Scope) -> Condition:
    """The condition that stands here."""
    parts = list(here.members())
    if len(parts) != 1:
        # The schema refuses it; what stands in it is looked at all the same.
        for part in parts:
            _one(part, within)
        return NOTHING
    return _one(parts[0], within)


def _one(here: Cursor, within: Scope) -> Condition:
    """A list of conditions, or the comparison of a fact."""
    if here.key in _LISTS:
        return _LISTS[here.key](tuple(condition(item, within) for item in here.elements()))
    if here.key in within.later:
        here.wrong(*within.later[here.key], on_key=True)
        return NOTHING
    fact = within.concluded.get(here.key) or literals.known_fact(here, within.facts)
    if fact is None:
        return NOTHING
    place = here.document.key_place(here.path)
    if not isinstance(here.value, dict):
        return Comparison(fact.name, Operator.IS, _operand(here, fact, within), place)
    comparisons = [
        Comparison(fact.name, _OPERATORS[part.key], _behind(part, fact, _OPERATORS[part.key], within), place)
        for part in here.members()
        if part.key in _OPERATORS
    ]
    return comparisons[0] if len(comparisons) == 1 else NOTHING


def _behind(here: Cursor, fact: Fact, operator: Operator, within: Scope) -> Operand:
    """The right side of the operator."""
    match operator:
        case Operator.MISSING:
            return int(here.flag())
        case Operator.BETWEEN:
            return _between(here, fact, within)
        case Operator.IN | Operator.NOT_IN:
            members = {str(_literal(item, fact, within)) for item in here.elements()}
            return tuple(sorted(members))
        case _:
            return _operand(here, fact, within)


def _between(here: Cursor, fact: Fact, within: Scope) -> tuple[int, int] | tuple[str, str]:
    """The inclusive bounds; the second is not below the first."""
    bounds = [literals.literal(item, fact, within.currency) for item in here.elements()]
    if len(bounds) != 2:
        return (0, 0)
    match bounds:
        case [int(low), int(high)] if low <= high:
            return (low, high)
        case [str(low), str(high)] if low <= high:
            return (low, high)
    first, second = here.elements()
    here.wrong("bounds-reversed", f"between {written(first.value)} and {written(second.value)} lies nothing; swap them")
    return (0, 0)


def _operand(here: Cursor, fact: Fact, within: Scope) -> Operand:
    """A literal, another fact, or a percentage of one."""
    if isinstance(here.value, dict):
        return _percent_of(here, fact, within)
    if isinstance(here.value, str) and fact.name not in within.concluded and _names_a_fact(here.value, fact):
        return FactRef(literals.other_fact(here, here.value, fact, within.facts))
    return _literal(here, fact, within)


def _literal(here: Cursor, fact: Fact, within: Scope) -> int | str:
    """A literal of the fact's type; behind `rating` one of the policy's own."""
    if fact.type is FactType.TEXT and fact.name in within.concluded:
        return own_rating(here, within.ratings)
    return literals.literal(here, fact, within.currency)


def own_rating(here: Cursor, ratings: tuple[str, ...]) -> str:
    """The rating named here, which must be one of the policy's own; where those cannot be read, the schema says why."""
    name = here.text()
    if isinstance(here.value, str) and ratings and name not in ratings:
        hint = nearest(name, ratings) or "; write " + " or ".join(ratings)
        here.wrong("unknown-rating", f"{written(name)} is not a rating of this policy{hint}")
    return name


def _names_a_fact(word: str, fact: Fact) -> bool:
    """Whether the word can only be meant as the name of a fact."""
    if fact.type is FactType.TEXT:
        return not fact.values and word.startswith("customer.")
    return word[:1].isalpha()


def _percent_of(here: Cursor, fact: Fact, within: Scope) -> Operand:
    """`{percent: N, of: fact}`."""
    share = literals.share(here.at("percent")) if here.has("percent") else 0
    return PercentOf(share, literals.other_fact(here.at("of"), here.at("of").text(), fact, within.facts))


def findings_of(condition: Condition) -> Iterator[Finding]:
    """The comparisons of a condition, in the order of their writing."""
    match condition:
        case All(of) | Any(of) | Nor(of):
            for part in of:
                yield from findings_of(part)
        case Comparison() | MonthEnd():
            yield condition
        case _:
            assert_never(condition)
