"""Days lived through: each planned as it was known then, and carried out on the scratch copy, before the next one comes.

Comes in: a scratch copy, the policies of each day, the days. Goes out: one plan after the other.
Know before changing: plans are made by act/plan.py and carried out by act/carry.py; nothing is decided or written a second way.
No day is left out: a promise may be broken and an interval may end on a day on which nothing is recorded.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from engine.act.plan import Progress, plan
from engine.act.values import Plan
from engine.backtest.scratch import Scratch, evening
from engine.book.snapshot import KNOWN_ALL
from engine.book.store import Book
from engine.dates import shifted
from engine.policy.model import Policy

InForce = Callable[[str], Sequence[Policy]]
# How an evening finds the copy: looked at after the day's plan has been carried out.
Look = Callable[[Book, str], None]


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What was known when. Before `since`, the day the first row was recorded, rows count from their business dates on."""

    since: str

    def at(self, day: str) -> str:
        """What the day's plan may know of: all that had been recorded by its end."""
        return KNOWN_ALL if day < self.since else evening(day)


def knowledge(book: Book) -> Knowledge:
    """Since when the book has been kept; one without a row has always been kept, for all it says."""
    first = book.execute("SELECT MIN(recorded_at) FROM customers").fetchone()[0]
    return Knowledge(first[:10] if first else "")


def days(since: str, until: str) -> tuple[str, ...]:
    """Every day from the one to the other, both with it."""
    first, last = date.fromisoformat(since), date.fromisoformat(until)
    return tuple(shifted(since, number) for number in range((last - first).days + 1))


def week(first: str, day: str) -> str:
    """The day that the week of a day begins with, weeks being counted from the first day."""
    begun = date.fromisoformat(first)
    return shifted(first, (date.fromisoformat(day) - begun).days // 7 * 7)


def lived(
    scratch: Scratch,
    in_force: InForce,
    of: Sequence[str],
    known: Knowledge,
    *,
    progress: Progress = lambda done, of: None,
    look: Look = lambda book, day: None,
) -> Iterator[Plan]:
    """The plan of each day, in their order; whoever takes the next one finds this one carried out."""
    for number, day in enumerate(of):
        progress(number, len(of))
        known_at = known.at(day)
        scratch.morning(day, known_at)
        made = plan(scratch.book, in_force(day), as_of=day, known_at=known_at)
        yield made
        scratch.carry_out(made)
        look(scratch.book, day)
    progress(len(of), len(of))
