"""The exposure of each customer, out of facts: named buckets, security, limits, and what the customer is counted under.

Comes in: a Book, a date, a currency. Goes out: Customers.
Know before changing: every figure is a fact (engine/facts.py), so the report can never say otherwise than the policies. Facts
are rounded item by item and then added, so buckets add up to the cent: not due + overdue + disputed = open; open + unapplied
credit (negative) + open orders = exposure.
"""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from engine.book.snapshot import Wanted, take
from engine.book.store import Book
from engine.sql import KNOWN, column, not_reversed


def _version_of(customer: str) -> str:
    """SQL for the version of a customer that is in force."""
    return f"""(SELECT w.id FROM customer_versions AS w WHERE w.customer_id = {customer} AND w.valid_from <= :as_of
  AND w.{KNOWN} AND (w.effect_id IS NULL OR {not_reversed("w.effect_id")}) ORDER BY w.valid_from DESC, w.id DESC LIMIT 1)"""


class Buckets(NamedTuple):
    """What is owed and ordered, in minor units. `unapplied` is negative, so that everything adds up."""

    not_due: int = 0
    overdue: int = 0
    disputed_not_due: int = 0
    disputed_overdue: int = 0
    unapplied: int = 0
    ordered: int = 0

    @property
    def disputed(self) -> int:
        """The contested part of what is open, due or not; it is in neither of the other two buckets."""
        return self.disputed_not_due + self.disputed_overdue

    @property
    def open(self) -> int:
        """What is still to be paid."""
        return self.not_due + self.overdue + self.disputed

    @property
    def exposure(self) -> int:
        """Open amounts less unapplied credit, plus open orders; negative where we owe them."""
        return self.open + self.unapplied + self.ordered


@dataclass(frozen=True, slots=True)
class Customer:
    """One customer, all amounts in the currency of the report. `limit` is the one in force: None where none is set.

    `group` is the number of the topmost parent, its own where it has none. `group_headroom` is what the limit of the group
    leaves, None where no limit is granted to it.
    """

    number: str
    name: str
    group: str
    group_name: str
    entity: str
    country: str | None
    industry: str | None
    segment: str | None
    buckets: Buckets
    insured: int
    guaranteed: int
    limit: int | None
    group_headroom: int | None
    held: bool

    @property
    def covered(self) -> int:
        """The exposure that insurance, guarantees and collateral cover; what they are worth beyond it covers nobody else's."""
        return min(max(self.buckets.exposure, 0), self.insured + self.guaranteed)

    @property
    def headroom(self) -> int | None:
        """What may still be sold on credit: what the own limit leaves, or the group's where that is less."""
        own = None if self.limit is None else self.limit - self.buckets.exposure
        left = [each for each in (own, self.group_headroom) if each is not None]
        return min(left) if left else None


_BUCKETS = {
    "open": "customer.open_amount",
    "not_due": "customer.not_due_amount",
    "disputed": "customer.disputed_amount",
    "undisputed_overdue": "customer.undisputed_overdue_amount",
    "overdue": "customer.overdue_amount",
    "unapplied": "customer.unapplied_credit",
    "ordered": "customer.open_orders",
    "exposure": "customer.exposure",
    "group_exposure": "customer.group_exposure",
    "held": "customer.credit_hold",
}
# Of a customer as a whole, in whatever currency it buys.
_BESIDE = {
    "limit": "customer.limit_in_force",
    "group_limit": "customer.group_limit",
    "insured": "customer.insured_amount",
    "guaranteed": "customer.guaranteed_amount",
}

# Who they are: the version in force, as the facts choose it, and the top of the group (`kin`, which the snapshot lays down).
_WHO = f"""SELECT f.customer_id, c.number, COALESCE(v.name, c.number) AS name, top.number AS group_number,
  COALESCE(u.name, top.number) AS group_name, e.code AS entity, v.country, v.industry, v.segment, {{facts}}
FROM {{table}} AS f JOIN customers AS c ON c.id = f.customer_id JOIN entities AS e ON e.id = c.entity_id
JOIN kin ON kin.customer_id = c.id JOIN customers AS top ON top.id = kin.top_id
LEFT JOIN customer_versions AS v ON v.id = {_version_of("c.id")}
LEFT JOIN customer_versions AS u ON u.id = {_version_of("top.id")} ORDER BY c.number"""
BILLED_IN = """SELECT currency FROM receivables UNION SELECT currency FROM payments UNION SELECT currency FROM credits
UNION SELECT currency FROM orders ORDER BY currency"""


def converted(book: Book, currency: str, as_of: str, known_at: str) -> list[Customer]:
    """The customers of whom anything is to be told, everything of theirs in the currency. Refusal `no-rate`."""
    found = _customers(book, currency, _BUCKETS | _BESIDE, as_of, known_at)
    return [each for each in found if _told(each)]


def as_billed(book: Book, currency: str, as_of: str, known_at: str) -> list[Customer]:
    """The same of what was billed, paid, credited and ordered in the currency alone; without limits and security."""
    with _billed_in(book, currency):
        return [each for each in _customers(book, currency, _BUCKETS, as_of, known_at) if any(each.buckets)]


@contextlib.contextmanager
def _billed_in(book: Book, currency: str) -> Iterator[None]:
    """Inside, the book seems to hold amounts in that currency only: temporary views stand before its tables."""
    assert currency.isalpha(), currency
    for table in ("receivables", "payments", "credits", "orders"):
        book.execute(f"CREATE TEMP VIEW {table} AS SELECT * FROM main.{table} WHERE currency = '{currency}'")
    try:
        yield
    finally:
        for table in ("receivables", "payments", "credits", "orders"):
            book.execute(f"DROP VIEW temp.{table}")


def _customers(book: Book, currency: str, read: Mapping[str, str], as_of: str, known_at: str) -> Iterator[Customer]:
    """Every customer, by number, with the facts read."""
    wanted = Wanted(currency, frozenset(read.values()), all_customers=True)
    snapshot = take(book, [wanted], as_of=as_of, known_at=known_at)
    facts = ", ".join(f"f.{column(fact)} AS {column(name)}" for name, fact in read.items())
    query = _WHO.format(facts=facts, table=snapshot.tables[currency].customer)
    rows = book.execute(query, dict(snapshot.parameters))
    names = [each[0] for each in rows.description]
    for row in rows.fetchall():
        yield _customer(dict(zip(names, row, strict=True)))


def _told(customer: Customer) -> bool:
    """Whether there is anything to tell: something in a bucket, or granted, secured or stopped."""
    secured = customer.insured or customer.guaranteed
    return bool(any(customer.buckets) or secured or customer.limit is not None or customer.held)


def _customer(read: dict[str, Any]) -> Customer:
    """One row as values."""
    disputed_overdue = read["overdue"] - read["undisputed_overdue"]
    disputed_not_due = read["disputed"] - disputed_overdue
    buckets = Buckets(
        not_due=read["not_due"] - disputed_not_due,
        overdue=read["undisputed_overdue"],
        disputed_not_due=disputed_not_due,
        disputed_overdue=disputed_overdue,
        unapplied=-read["unapplied"],
        ordered=read["ordered"],
    )
    adds_up = (buckets.open, buckets.exposure) == (read["open"], read["exposure"])
    assert adds_up, f"{read['number']}: the buckets do not add up"
    group_exposure = buckets.exposure if read["group_exposure"] is None else read["group_exposure"]
    group_limit = read.get("group_limit")
    return Customer(
        number=read["number"],
        name=read["name"],
        group=read["group_number"],
        group_name=read["group_name"],
        entity=read["entity"],
        country=read["country"],
        industry=read["industry"],
        segment=read["segment"],
        buckets=buckets,
        insured=read.get("insured", 0),
        guaranteed=read.get("guaranteed", 0),
        limit=read.get("limit"),
        group_headroom=None if group_limit is None else group_limit - group_exposure,
        held=bool(read["held"]),
    )
