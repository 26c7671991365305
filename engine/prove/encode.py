"""Conditions as z3 reads them: the law of findings.truth (SQL) and evaluate.true (Python), over all facts at once.

Comes in: Conditions, and the credit policy whose score and rating they may test. Goes out: z3 formulas over a Space.
Know before changing: a comparison with a missing fact is false. `{percent: N, of: f}` is value * 10000 against N * f, as in the
engine. The end of a month is exact: it is reckoned from the number of the month, with the leap years of the calendar. What is
encoded is the condition; whatever decides (ladder, ratings) is put as conditions by outcome.py and ratings.py.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import assert_never

import z3

from engine.decide.scoring import parts
from engine.facts import FACTS, FactType
from engine.policy.credit_model import Band, Characteristic, Scorecard
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
    Policy,
)
from engine.prove import domain
from engine.prove.domain import Term, Words
from engine.prove.laws import AS_OF_SYMBOL, LAWS, Law
from engine.prove.ratings import rating_is, rating_names, satisfies

_ORDERED: dict[Operator, Callable[[z3.ArithRef, z3.ArithRef], z3.BoolRef]] = {
    Operator.IS: lambda left, right: left == right,
    Operator.IS_NOT: lambda left, right: left != right,
    Operator.AT_LEAST: lambda left, right: left >= right,
    Operator.AT_MOST: lambda left, right: left <= right,
    Operator.MORE_THAN: lambda left, right: left > right,
    Operator.LESS_THAN: lambda left, right: left < right,
}

# The days of this century, for conditions that name a date or the end of a month; for all others any day is as good.
_CENTURY = (dt.date(2000, 1, 1).toordinal(), dt.date(2099, 12, 31).toordinal())
_DAYS = [z3.And(_CENTURY[0] <= AS_OF_SYMBOL, _CENTURY[1] >= AS_OF_SYMBOL)]


@dataclass(slots=True)
class Space:
    """One made subject on one made day: a Term for each fact that is asked for, and all that ties them together."""

    terms: dict[str, Term] = field(default_factory=dict)
    words: Words = field(default_factory=Words)
    dated: bool = False
    spoken: dict[str, set[int]] = field(default_factory=dict)

    def term(self, name: str) -> Term:
        """The fact's symbols, the same whenever they are asked for."""
        if name not in self.terms:
            self.terms[name] = domain.term(FACTS[name], self.words)
            self.dated = self.dated or FACTS[name].type is FactType.DATE
        return self.terms[name]

    def assumed(self) -> list[z3.BoolRef]:
        """The bounds of the facts in use, and the laws between them and whatever they hang together with."""
        laws = [formula for _, formula in self.tied()]
        own = [bound for name, term in self.terms.items() for bound in domain.bounds(FACTS[name], term)]
        return [*laws, *own, *(_DAYS if self.dated else [AS_OF_SYMBOL == domain.AS_OF])]

    def tied(self) -> list[tuple[Law, z3.BoolRef]]:
        """What ties the facts in use together: each law, and what it says of them."""
        return [(law, law.formula(self.terms)) for law in self._related()]

    def _related(self) -> list[Law]:
        """The laws about facts in use. A law may bring in a fact that no policy tests, and that one another law.

        Where only a customer is spoken of, there need be no receivable, and no law about one may bring it in.
        """
        found, known = list[Law](), {name for name in self.terms if not _is_date(name) or self.dated}
        owing = any(not FACTS[name].of_customer for name in self.terms)
        todo = [law for law in LAWS if (self.dated or not any(map(_is_date, law.facts)))
                and (owing or all(FACTS[name].of_customer for name in law.facts))]
        while near := [law for law in todo if known & set(law.facts)]:
            found += near
            known |= {name for law in near for name in law.facts}
            todo = [law for law in todo if law not in near]
        for name in sorted(known):
            self.term(name)
        return found


@dataclass(slots=True)
class Encoder:
    """What a policy's conditions come to in a Space; `policy` is the one whose score and rating are meant, if any."""

    space: Space
    policy: Policy | None = None
    known: dict[Condition, z3.BoolRef] = field(default_factory=dict)

    def holds(self, condition: Condition) -> z3.BoolRef:
        """The formula that is true exactly where the condition holds."""
        if condition not in self.known:
            self.known[condition] = self._holds(condition)
        return self.known[condition]

    def score(self) -> z3.ArithRef:
        """The score of the policy: its base and what each characteristic adds."""
        card = self._card()
        return z3.IntVal(card.base) + z3.Sum([one.weight * self._points(one) for one in card.characteristics])

    def _holds(self, condition: Condition) -> z3.BoolRef:
        """The formula, made."""
        match condition:
            case All(of):
                return z3.And([self.holds(part) for part in of])
            case Any(of):
                return z3.Or([self.holds(part) for part in of])
            case Nor(of):
                return z3.Not(z3.Or([self.holds(part) for part in of]))
            case Comparison() | MonthEnd():
                return self._finding(condition)
            case _:
                assert_never(condition)

    def _finding(self, finding: Finding) -> z3.BoolRef:
        """One comparison."""
        if isinstance(finding, MonthEnd):
            return self._month_end(finding)
        if finding.fact == "rating":
            assert self.policy, "a rating is that of a policy"
            names = [name for name in rating_names(self.policy) if satisfies(finding, name)]
            return z3.Or([self.holds(rating_is(self.policy, name)) for name in names])
        if finding.fact == "score":
            return self._compared(finding, Term(self.score(), z3.BoolVal(True), self.space.words))
        return self._comparison(finding, self.space.term(finding.fact))

    def _comparison(self, one: Comparison, left: Term) -> z3.BoolRef:
        """A fact of the book against a literal, another fact, or a percentage of one."""
        operand = one.operand
        if not isinstance(operand, FactRef | PercentOf):
            return self._compared(one, left)
        right = self.space.term(operand.fact)
        test = _ORDERED[one.operator]
        both = z3.And(left.there, right.there)
        if isinstance(operand, PercentOf):
            return z3.And(both, test(left.value * 10_000, operand.hundredths * right.value))
        return z3.And(both, test(left.value, right.value))

    def _compared(self, one: Comparison, left: Term) -> z3.BoolRef:
        """A term against literals."""
        operand = one.operand
        assert not isinstance(operand, FactRef | PercentOf), one
        match one.operator:
            case Operator.MISSING:
                return left.missing if operand else left.there
            case Operator.IN | Operator.NOT_IN:
                assert isinstance(operand, tuple), one
                among = z3.Or([left.value == self._number(one.fact, value, left) for value in operand])
                return z3.And(left.there, among if one.operator is Operator.IN else z3.Not(among))
            case Operator.BETWEEN:
                assert isinstance(operand, tuple), one
                low, high = (self._number(one.fact, value, left) for value in operand)
                return z3.And(left.there, left.value >= low, left.value <= high)
            case operator:
                assert not isinstance(operand, tuple), one
                return z3.And(left.there, _ORDERED[operator](left.value, self._number(one.fact, operand, left)))

    def _number(self, name: str, value: int | str, term: Term) -> int:
        """A literal as z3 reads it; which texts a fact is compared with is kept, for examples that a controller knows."""
        if isinstance(value, int):
            return value
        code = domain.number(FACTS[name], value, term.words)
        self.space.spoken.setdefault(name, set()).add(code)
        return code

    def _month_end(self, one: MonthEnd) -> z3.BoolRef:
        """The last day of the month of (date + days) is not after as_of: that month has ended by then.

        So the day is at most the latest end of a month up to as_of (up to the day before it, where `after`).
        """
        self.space.dated = True
        date = self.space.term(one.fact)
        latest = AS_OF_SYMBOL - 1 if one.after else AS_OF_SYMBOL
        return z3.And(date.there, date.value + one.days <= _latest_month_end(latest))

    def _points(self, one: Characteristic) -> z3.ArithRef:
        """What the characteristic earns before its weight."""
        fact = self.space.term(one.fact)
        points = z3.IntVal(one.otherwise if one.otherwise is not None else parts(one)[-1].points)
        for part in reversed(parts(one)):
            if isinstance(part, Band):
                ends = [fact.value >= part.lowest] if part.lowest is not None else []
                ends += [fact.value < part.below] if part.below is not None else []
                within = z3.And(ends)
            else:
                within = z3.Or([fact.value == self._number(one.fact, value, fact) for value in part.values])
            points = z3.If(within, part.points, points)
        return z3.If(fact.there, points, one.missing)

    def _card(self) -> Scorecard:
        """The scorecard of the policy."""
        assert self.policy, "a score is that of a policy"
        assert self.policy.credit, "a score is that of a credit policy"
        assert self.policy.credit.scorecard, "a score is that of a scorecard"
        return self.policy.credit.scorecard


def _is_date(name: str) -> bool:
    """Whether the fact is a date."""
    return FACTS[name].type is FactType.DATE


def _latest_month_end(day: z3.ArithRef) -> z3.ArithRef:
    """The latest last day of a month that is not after the day, as a day number.

    Months counted from March of the year 0 begin on regular days: (153 m + 2) div 5 days into their year, whose leap day is its
    last. `first` is the first day of the month that the day after stands in.
    """
    after = day + 1 + (365 - 60)
    era, of_era = after / 146_097, after % 146_097
    year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365
    of_year = of_era - (365 * year + year / 4 - year / 100)
    month = (5 * of_year + 2) / 153
    first = era * 146_097 + 365 * year + year / 4 - year / 100 + (153 * month + 2) / 5
    return first - (365 - 60) - 1
