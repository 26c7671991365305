"""A made past: the policies are previewed, approved, applied and delivered day by day, as if they had been in use all along.

Comes in: a book, the policies, the days, what people said meanwhile. Goes out: what each run did. The demo's book gets its
levels, its ratings and its ledger this way.
Know before changing: there is no other way to the levels and limits of a book than the one that everybody goes: plan, approve,
apply, deliver; and every review is somebody's.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from engine.act import grants
from engine.act.apply import Applied, apply
from engine.act.consent import approve
from engine.act.outbox import deliver
from engine.act.plan import plan
from engine.act.values import Plan
from engine.book.demo_desk import Said
from engine.book.store import Book
from engine.dates import shifted
from engine.policy.library import Library, in_force
from engine.policy.model import Policy
from engine.policy.roles import Roles

# Nobody has looked at what waits since the last of so many runs.
_UNSEEN = 3
# Reviews are made a few days before they are due; one in so many is put off.
_AHEAD, _PUT_OFF = 5, 9


def weekly(until: str, weeks: int) -> tuple[str, ...]:
    """The same weekday of so many weeks before a date, oldest first, the date itself left out."""
    return tuple(shifted(until, -7 * back) for back in range(weeks, 0, -1))


def rehearse(
    book: Book, library: Library, templates: Path, letters: Path, days: Sequence[str], said: Sequence[Said], until: str
) -> Iterator[Applied]:
    """One run per day, at eight in the morning, its letters delivered to the folder; what people said on the days before it.

    Days without actions are passed over. Whoever has the role approves what waits, but for the last runs.
    """
    ahead = sorted(said, key=lambda one: -one.days_before)
    for number, day in enumerate(days):
        now, policies = f"{day}T08:00:00Z", in_force(library.policies, day)
        ahead = _speak(book, policies, ahead, day, until)
        the_plan = plan(book, policies, as_of=day, planner="demo")
        if the_plan.actions:
            if library.roles and number < len(days) - _UNSEEN:
                _approve(book, the_plan, library.roles, f"{day}T09:00:00Z")
            now = f"{day}T10:00:00Z"
            yield apply(book, the_plan, library.policies, actor="demo", now=now, approve=True, skip_unapproved=True)
            deliver(book, letters, templates, now=now, actor="demo")
        _review(book, day)
    _speak(book, in_force(library.policies, until), ahead, until, until)


def _approve(book: Book, the_plan: Plan, roles: Roles, now: str) -> None:
    """The first person of each role approves what waits for it."""
    for role in roles.names():
        if any(role in action.approval for action in the_plan.actions):
            approve(book, the_plan, roles, actor=roles.who(role)[0], now=now, role=role)


def _speak(book: Book, policies: Sequence[Policy], said: Sequence[Said], day: str, until: str) -> list[Said]:
    """Record what was said up to the day; the rest is left."""
    ratings = sorted({one.name for each in policies if each.credit and each.credit.ratings for one in each.credit.ratings.of})
    for one in said:
        since = shifted(until, -one.days_before)
        if since > day:
            continue
        now = f"{since}T14:00:00Z"
        common = {"customer": one.customer, "reason": one.reason, "since": since, "until": shifted(since, one.lasts)}
        if one.rating is None:
            kept = grants.suspend(book, **common, actor=one.actor, now=now)
        else:
            kept = grants.override(book, **common, rating=one.rating, ratings=ratings, actor=one.actor, now=now)
        if one.confirmed_by:
            grants.confirm(book, reference=kept.reference, confirmed=since, actor=one.confirmed_by, now=f"{since}T16:00:00Z")
    return [one for one in said if shifted(until, -one.days_before) > day]


def _review(book: Book, day: str) -> None:
    """The credit manager makes the reviews that are due within some days, and puts off one in nine."""
    query = """SELECT DISTINCT c.number FROM customers AS c JOIN review_requests AS q ON q.customer_id = c.id
      WHERE q.due <= :soon AND c.id % :put_off <> 0 AND NOT EXISTS (
        SELECT 1 FROM reviews AS v WHERE v.customer_id = c.id AND v.reviewed >= q.requested)
      ORDER BY c.number"""
    known = {"result": "rating and limit kept", "actor": "credit.manager", "now": f"{day}T15:00:00Z"}
    for (number,) in book.execute(query, {"soon": shifted(day, _AHEAD), "put_off": _PUT_OFF}).fetchall():
        grants.review(book, customer=number, reviewed=day, **known)
