"""When receivables were paid in full, as the whole book tells it: whether a reminder was needed is seen only afterwards.

Comes in: a Book. Goes out: the days on which each receivable came to be paid in full, and the last day that the book tells of.
Know before changing: this is hindsight. It measures what a policy did; no plan may know of it.
"""

from dataclasses import dataclass

from engine.book.store import Book
from engine.dates import shifted

# How soon a payment must come to have been on its way when the reminder went out.
SOON = 3


@dataclass(frozen=True, slots=True)
class Cleared:
    """By id of a receivable: the days on which it came to be paid in full, mostly one. `told_until` is where the book ends."""

    on: dict[int, tuple[str, ...]]
    told_until: str

    def anyway(self, receivable: int, day: str) -> bool | None:
        """Whether it was paid in full within three days after the day; None where the book ends too soon to tell."""
        last = shifted(day, SOON)
        if last > self.told_until:
            return None
        return any(day < paid <= last for paid in self.on.get(receivable, ()))


def cleared(book: Book) -> Cleared:
    """The book read to its end."""
    on: dict[int, list[str]] = {}
    paid: dict[int, int] = {}
    for receivable, amount, day, moved in book.execute(_MOVES):
        before = paid.get(receivable, 0)
        paid[receivable] = before + moved
        if before < amount <= before + moved:
            on.setdefault(receivable, []).append(day)
    (last,) = book.execute(_LAST).fetchone()
    return Cleared({receivable: tuple(several) for receivable, several in on.items()}, last or "")


_MOVES = """SELECT r.id, r.amount, a.date, SUM(a.amount) FROM allocations AS a JOIN receivables AS r ON r.id = a.receivable_id
  GROUP BY r.id, a.date ORDER BY r.id, a.date"""
_LAST = """SELECT MAX(day) FROM (SELECT MAX(date) AS day FROM allocations UNION ALL SELECT MAX(received) FROM payments
  UNION ALL SELECT MAX(posted) FROM receivables)"""
