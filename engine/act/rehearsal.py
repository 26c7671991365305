"""A made past: the policies are previewed, applied and delivered day by day, as if they had been in use all along.

Comes in: a book, the policies, the days. Goes out: what each run did. The demo's book gets its levels and its ledger this way.
Know before changing: there is no other way to the levels of a book than the one that everybody goes: plan, apply, deliver.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path

from engine.act.apply import Applied, apply
from engine.act.outbox import deliver
from engine.act.plan import plan
from engine.book.store import Book
from engine.policy.library import Library, in_force


def weekly(until: str, weeks: int) -> tuple[str, ...]:
    """The same weekday of so many weeks before a date, oldest first, the date itself left out."""
    last = date.fromisoformat(until)
    return tuple((last - timedelta(weeks=back)).isoformat() for back in range(weeks, 0, -1))


def rehearse(book: Book, library: Library, templates: Path, letters: Path, days: Sequence[str]) -> Iterator[Applied]:
    """One run per day, at eight in the morning, its letters delivered to the folder. Days without actions are passed over."""
    for day in days:
        now = f"{day}T08:00:00Z"
        the_plan = plan(book, in_force(library.policies, day), as_of=day)
        if the_plan.actions:
            yield apply(book, the_plan, library.policies, actor="demo", now=now, approve=True, skip_unapproved=True)
            deliver(book, letters, templates, now=now, actor="demo")
