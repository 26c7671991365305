"""The domain of a fact: every value that it can have at all, as z3 reads it. Derived from the vocabulary, never listed anew.

Comes in: a Fact. Goes out: a Term, the symbol of its value and of its being there, and what bounds them.
Know before changing: a domain may be wider than what books hold, never narrower: too wide costs an odd counter-example, too
narrow would prove what is not so. tests/test_prove_domain.py holds both this and laws.py against random books. Money is in minor
units, percent in hundredths, flags are 0/1, dates day numbers (date.toordinal), texts codes of Words.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field

import z3

from engine import money
from engine.facts import Fact, FactType
from engine.policy.reach import never_missing

# Facts of these types are below zero only where SIGNED names them.
_NEVER_BELOW_ZERO = frozenset({FactType.MONEY, FactType.DAYS, FactType.COUNT, FactType.PERCENT})
# Whatever may be less than nothing: days that count both ways, balances with credits in them, results and trends.
SIGNED = frozenset(
    {
        "days_past_due",
        "days_until_due",
        "days_since_invoice",
        "days_since_promised_date",
        "days_since_deadline",
        "customer.oldest_days_past_due",
        "customer.days_since_oldest_invoice",
        "customer.days_since_promised_date",
        "customer.days_since_deadline",
        "customer.relationship_days",
        "customer.days_until_limit_ends",
        "customer.days_until_review",
        "customer.days_since_financials",
        "customer.days_late_trend",
        "customer.exposure",
        "customer.group_exposure",
        "customer.group_utilisation",
        "customer.utilisation",
        "customer.headroom",
        "customer.equity",
        "customer.net_profit",
        "customer.current_ratio",
        "customer.quick_ratio",
        "customer.debt_ratio",
        "customer.equity_ratio",
        "customer.interest_cover",
        "customer.profit_margin",
        "customer.financial_sales_growth",
        "customer.days_payable",
        "customer.external_score",
        "customer.external_score_change",
        "customer.limit_steps",
        "customer.terms_steps",
    }
)
# Dates are looked at over three centuries; amounts as far as a sum of a million of the largest goes.
FIRST_DAY, LAST_DAY = dt.date(1900, 1, 1).toordinal(), dt.date(2199, 12, 31).toordinal()
AS_OF = dt.date(2026, 1, 1).toordinal()
_MOST = {
    FactType.MONEY: money.LARGEST * 1_000,
    FactType.DAYS: 10**9,
    FactType.COUNT: 10**9,
    FactType.PERCENT: 10**18,
}


@dataclass(slots=True)
class Words:
    """Texts as numbers. A number that no text has stands for any other text."""

    codes: dict[str, int] = field(default_factory=dict)

    def code(self, text: str) -> int:
        """The number of a text, which is the next one for a new text."""
        return self.codes.setdefault(text, len(self.codes))

    def text(self, code: int) -> str:
        """The text of a number; one that occurs nowhere else for a number that no text has."""
        known = next((text for text, number in self.codes.items() if number == code), None)
        if known is not None:
            return known
        free = (word for word in _others() if word not in self.codes)
        return next(word for place, word in enumerate(free) if place == max(0, code - len(self.codes)))


@dataclass(frozen=True, slots=True)
class Term:
    """A fact as z3 reads it: its value, whether it is there at all, and how its texts are numbered."""

    value: z3.ArithRef
    there: z3.BoolRef
    words: Words

    def says(self, *texts: str) -> z3.BoolRef:
        """Whether it is there and one of these texts."""
        return z3.And(self.there, z3.Or([self.value == self.words.code(text) for text in texts]))

    @property
    def missing(self) -> z3.BoolRef:
        """Whether it is not there."""
        return z3.Not(self.there)


def term(fact: Fact, words: Words) -> Term:
    """The symbols of a fact; `words` number the texts that are open, a closed one has numbers of its own."""
    own = Words({text: number for number, text in enumerate(fact.values)}) if fact.values else words
    there = z3.Bool(f"{fact.name} is there") if may_be_missing(fact) else z3.BoolVal(True)
    return Term(z3.Int(fact.name), there, own)


def bounds(fact: Fact, of: Term) -> Iterator[z3.BoolRef]:
    """What its type says of the value."""
    match fact.type:
        case FactType.FLAG:
            yield z3.And(of.value >= 0, of.value <= 1)
        case FactType.TEXT:
            yield of.value >= 0
            if fact.values:
                yield of.value < len(fact.values)
        case FactType.DATE:
            yield z3.And(of.value >= FIRST_DAY, of.value <= LAST_DAY)
        case kind:
            most = _MOST[kind]
            signed = fact.name in SIGNED or kind not in _NEVER_BELOW_ZERO
            yield z3.And(of.value >= (-most if signed else 0), of.value <= most)


def may_be_missing(fact: Fact) -> bool:
    """Whether some subject has no such value. What stands on the receivable itself is always there."""
    return not (never_missing(fact) or "open_item." in fact.sql)


def read(fact: Fact, value: int, words: Words) -> int | str:
    """The value of a fact as the engine knows it, of the number that z3 has for it."""
    match fact.type:
        case FactType.TEXT:
            return fact.values[value] if fact.values else words.text(value)
        case FactType.DATE:
            return dt.date.fromordinal(value).isoformat()
        case _:
            return value


def number(fact: Fact, value: int | str, words: Words) -> int:
    """The number that z3 has for a value of the fact."""
    if isinstance(value, int):
        return value
    if fact.type is FactType.DATE:
        return dt.date.fromisoformat(value).toordinal()
    return fact.values.index(value) if fact.values and value in fact.values else words.code(value)


def _others() -> Iterator[str]:
    """Words for a text that no policy names."""
    yield from ("other", "another")
    place = 3
    while True:
        yield f"other-{place}"
        place += 1
