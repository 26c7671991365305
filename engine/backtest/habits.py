"""When open receivables will be paid, if everybody pays as they did: each at the middle of how late its like was paid before.

Comes in: a book cut back to a day. Goes out: the day and the amount expected for each open receivable, and whose habit that is.
Know before changing: a receivable that is 20 days late will not be paid 5 days late; only what was paid later than it already is
counts as its like. Where a customer has fewer than FEWEST of these, those of the customer's segment are taken, then those of all;
where these are too few as well, no payment is expected. No chance is in it: the same book gives the same days.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from engine.backtest.tally import median
from engine.book.snapshot import KNOWN_ALL, year_before
from engine.book.store import Book
from engine.dates import shifted
from engine.sql import KNOWN, days, not_reversed

FEWEST = 5


class Whose(StrEnum):
    """Whose payments tell when a receivable will be paid."""

    OWN = "the customer's own"
    SEGMENT = "those of the segment"
    BOOK = "those of all customers"


@dataclass(frozen=True, slots=True)
class Expected:
    """What is open of a receivable, and the day on which it is expected; None: not to be expected from what is known."""

    receivable: int
    currency: str
    amount: int
    day: str | None
    whose: Whose | None


def expected(book: Book, as_of: str) -> tuple[Expected, ...]:
    """Every open receivable, in the order of the book."""
    named = {"as_of": as_of, "known_at": KNOWN_ALL, "year_ago": year_before(as_of)}
    segments: dict[int, str | None] = dict(book.execute(_SEGMENTS, named))
    own: dict[int, list[int]] = {}
    for customer, late in book.execute(_PAID, named):
        own.setdefault(customer, []).append(late)
    by_segment: dict[str | None, list[int]] = {}
    for customer, several in own.items():
        by_segment.setdefault(segments.get(customer), []).extend(several)
    every = [late for several in own.values() for late in several]
    found = []
    for receivable, customer, currency, amount, due, late_now in book.execute(_OPEN, named):
        segment = segments.get(customer)
        groups = {
            Whose.OWN: own.get(customer, []),
            Whose.SEGMENT: by_segment.get(segment, []) if segment else [],
            Whose.BOOK: every,
        }
        late, whose = _like(groups, late_now)
        day = None if late is None else shifted(due, late)
        found.append(Expected(receivable, currency, amount, day, whose))
    return tuple(found)


def _like(groups: Mapping[Whose, Sequence[int]], late_now: int) -> tuple[int | None, Whose | None]:
    """The middle of the first group that has enough payments later than it is late already."""
    for whose, paid in groups.items():
        later = [late for late in paid if late > late_now]
        if len(later) >= FEWEST:
            return median(later), whose
    return None, None


def pay(book: Book, of: Iterable[Expected], now: str) -> None:
    """The expected payments written into the copy, each on its day."""
    for one in of:
        if one.day is not None:
            named = {"receivable": one.receivable, "day": one.day, "amount": one.amount, "now": now}
            book.execute(_PAYMENT, named)
            book.execute(_ALLOCATION, named)


# What was paid in full in the last 12 months, and how many days after the due date; before it is negative.
_PAID = f"""SELECT customer_id, {days("paid", "due")} FROM (
  SELECT r.id, r.customer_id, r.due, MAX(a.date) AS paid FROM receivables AS r JOIN allocations AS a ON a.receivable_id = r.id
  WHERE r.kind NOT IN ('fee', 'interest') GROUP BY r.id HAVING SUM(a.amount) >= r.amount) AS full
WHERE paid > :year_ago AND paid <= :as_of ORDER BY customer_id, id"""
_OPEN = f"""SELECT r.id, r.customer_id, r.currency, r.amount - COALESCE(SUM(a.amount), 0) AS rest, r.due,
  {days(":as_of", "r.due")}
FROM receivables AS r LEFT JOIN allocations AS a ON a.receivable_id = r.id GROUP BY r.id HAVING rest > 0 ORDER BY r.id"""
_SEGMENTS = f"""SELECT c.id, v.segment FROM customers AS c JOIN customer_versions AS v ON v.id = (
  SELECT w.id FROM customer_versions AS w WHERE w.customer_id = c.id AND w.valid_from <= :as_of AND w.{KNOWN}
  AND (w.effect_id IS NULL OR {not_reversed("w.effect_id")}) ORDER BY w.valid_from DESC, w.id DESC LIMIT 1)"""
_PAYMENT = """INSERT INTO payments (number, entity_id, customer_id, received, amount, currency, recorded_at)
  SELECT 'forecast/' || id, entity_id, customer_id, :day, :amount, currency, :now FROM receivables WHERE id = :receivable"""
_ALLOCATION = """INSERT INTO allocations (receivable_id, payment_id, date, amount, recorded_at)
  SELECT r.id, p.id, :day, :amount, :now FROM receivables AS r JOIN payments AS p ON p.number = 'forecast/' || r.id
    AND p.entity_id = r.entity_id WHERE r.id = :receivable"""
