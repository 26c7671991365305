"""The demo book while it is being drawn up: its rows so far, and where the next random number comes from.

Comes in: a business date and a seed. Goes out: rows by kind, in the layout of our own intake.
Know before changing: everything about the demo is drawn from seeded generators, one for each part of it, so that a change of one
part does not shuffle the others.
"""

import random
from dataclasses import dataclass, field
from datetime import date, timedelta

from engine import money

# What an amount in euros is multiplied by to look right in another currency.
FACTOR = {"EUR": 1, "USD": 1, "CNY": 8, "JPY": 160}


@dataclass(frozen=True, slots=True)
class Customer:
    """Who owes, as the stories need it. `since` is the day that the relationship began."""

    number: str
    entity: str
    currency: str
    country: str
    payer: str
    segment: str
    terms: int
    since: date


@dataclass(frozen=True, slots=True)
class Invoice:
    """One receivable that a story is told of."""

    number: str
    customer: Customer
    issued: date
    due: date
    amount: int


@dataclass(slots=True)
class Draft:
    """The rows so far, by kind, and where the next random number comes from."""

    as_of: date
    rng: random.Random
    rows: dict[str, list[dict[str, str]]] = field(default_factory=dict)

    def add(self, kind: str, /, **row: object) -> None:
        """One row; None is an empty field."""
        self.rows.setdefault(kind, []).append({key: "" if value is None else str(value) for key, value in row.items()})

    def number(self, kind: str, prefix: str) -> str:
        """The next number of a kind: `INV-100001`."""
        return f"{prefix}-{100001 + len(self.rows.get(kind, ()))}"

    def between(self, low: int, high: int) -> timedelta:
        """Some whole days, both ends included."""
        return timedelta(days=self.rng.randint(low, high))

    def ago(self, low: int, high: int) -> date:
        """A day so many days before the end, both ends included."""
        return self.as_of - self.between(low, high)

    def chance(self, percent: float) -> bool:
        """True so many times in a hundred."""
        return self.rng.random() * 100 < percent


def written(euros: int, currency: str) -> str:
    """A round amount as a file has it: so much as so many euros are, in that currency."""
    return money.plain(euros * FACTOR[currency] * 10 ** money.digits(currency), currency)
