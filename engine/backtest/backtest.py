"""The book lived through again, day by day, with one policy and with another in its place.

Comes in: a book, NEW and OLD, all versions there are, the first and the last day. Goes out: a Backtest.
Know before changing: NEW and OLD decide on every day, whatever their effective_from says, each in the place of both; every other
policy decides as it was in force on the day. Customers pay on the days on which they paid: what they would have done otherwise
is not modelled. The book itself is only read.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from engine.act.plan import Progress
from engine.backtest.cleared import Cleared, cleared
from engine.backtest.days import InForce, Knowledge, days, knowledge, lived, week
from engine.backtest.figures import Side
from engine.backtest.scratch import cut
from engine.backtest.tally import Tally
from engine.book.copies import in_memory
from engine.book.store import Book
from engine.errors import Exit, Place, Problem, Refusal
from engine.policy.library import in_force
from engine.policy.model import Policy

MOST_DAYS = 1_100


@dataclass(frozen=True, slots=True)
class Backtest:
    """Both sides, OLD (where there is one) before NEW. `beside` are the others in force on the last day.

    `period` is month, week or day. `kept_since` is the day from which the book says what was known when, `told_until`
    the last day that it tells of.
    """

    since: str
    until: str
    days: int
    period: str
    kept_since: str
    told_until: str
    beside: tuple[str, ...]
    sides: tuple[Side, ...]

    @property
    def old(self) -> Side | None:
        """What NEW is compared with."""
        return self.sides[0] if len(self.sides) > 1 else None

    @property
    def new(self) -> Side:
        """What is asked about."""
        return self.sides[-1]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is the same for both sides."""

    book: Book
    versions: Sequence[Policy]
    apart: frozenset[str]
    days: tuple[str, ...]
    known: Knowledge
    cleared: Cleared
    customers: int


def backtest(
    book: Book,
    new: Policy,
    old: Policy | None,
    versions: Sequence[Policy],
    *,
    since: str,
    until: str,
    today: str,
    progress: Progress = lambda done, of: None,
) -> Backtest:
    """What the policies would have done. Refusal `bad-range`, `empty-book`, `not-decided`, and what a plan is refused for."""
    if old and old.kind != new.kind:
        message = f"only two policies of one kind are compared, not {new.kind} with {old.kind}; name two of one kind"
        raise Refusal([Problem(Place(new.file), "not-decided", message)], Exit.USAGE)
    _refuse(since, until, today)
    of = days(since, until)
    (customers,) = book.execute(_CUSTOMERS, {"since": since, "until": until}).fetchone()
    found = cleared(book)
    if not found.told_until:
        message = "there is nothing in the book yet; import receivables with `duly import receivables FILE`"
        raise Refusal([Problem(Place("book"), "empty-book", message)])
    apart = frozenset({new.name} | ({old.name} if old else set()))
    asked = _Asked(book, versions, apart, of, knowledge(book), found, customers)
    several = [new] if old is None else [old, new]
    sides = [
        _side(asked, policy, label, _part(progress, number, len(several)))
        for number, (policy, label) in enumerate(zip(several, labels(several), strict=True))
    ]
    beside = tuple(f"{one.name} v{one.version}" for one in in_force(versions, until) if one.name not in apart)
    return Backtest(since, until, len(of), _period(of), asked.known.since, found.told_until, beside, tuple(sides))


def labels(policies: Sequence[Policy]) -> tuple[str, ...]:
    """`standard v2`; where OLD and NEW are texts of one version, which of the two."""
    short = [f"{policy.name} v{policy.version}" for policy in policies]
    alike = len(short) > len(set(short))
    return (f"{short[0]} (old)", f"{short[1]} (new)") if alike else tuple(short)


def _side(asked: _Asked, policy: Policy, label: str, progress: Progress) -> Side:
    """One policy's days, on a copy of its own."""
    scratch = cut(in_memory(asked.book), asked.days[0])
    there = frozenset(row[0] for row in scratch.book.execute("SELECT id FROM receivables"))
    label_of = _LABELS[_period(asked.days)](asked.days[0])
    tally = Tally(scratch.book, asked.cleared, label_of, tuple(dict.fromkeys(map(label_of, asked.days))), there)
    for plan in lived(
        scratch, deciding(asked.versions, asked.apart, policy), asked.days, asked.known, progress=progress
    ):
        tally.add(plan)
    every = [*(one for one in asked.versions if one.name not in asked.apart), policy]
    scratch.book.close()
    return tally.side(label, every, asked.customers)


def deciding(versions: Sequence[Policy], apart: frozenset[str], policy: Policy) -> InForce:
    """The policies of each day: the one asked about, and those in force but for the ones whose place it takes."""
    return lambda day: [*(one for one in in_force(versions, day) if one.name not in apart), policy]


def _period(of: Sequence[str]) -> str:
    """What is added up over the time: months, of a quarter or less weeks, of three weeks or less days."""
    return "month" if len(of) > 92 else "week" if len(of) > 21 else "day"


# By period: how the period of a day is called, given the first day.
_LABELS: dict[str, Callable[[str], Callable[[str], str]]] = {
    "month": lambda first: lambda day: day[:7],
    "week": lambda first: lambda day: week(first, day),
    "day": lambda first: lambda day: day,
}


def _part(progress: Progress, number: int, of: int) -> Progress:
    """The progress of one side as a part of all."""
    return lambda done, days: progress(number * days + done, of * days)


def _refuse(since: str, until: str, today: str) -> None:
    """Refusal of days that cannot be lived through."""
    place, found = Place("--from"), list[Problem]()
    if since > until:
        found.append(
            Problem(place, "bad-range", f"the first day, {since}, comes after the last, {until}; turn them round")
        )
    elif until >= today:
        message = f"{until} is not over yet; end on a day before {today}, or ask `duly forecast` for what is to come"
        found.append(Problem(place, "bad-range", message))
    elif (length := len(days(since, until))) > MOST_DAYS:
        many = f"{length:,} days are too many at once; name {MOST_DAYS:,} at most"
        found.append(Problem(place, "bad-range", many))
    if found:
        raise Refusal(found)


# Who had something open on any of the days.
_CUSTOMERS = """SELECT COUNT(DISTINCT r.customer_id) FROM receivables AS r WHERE r.posted <= :until
  AND r.amount > (SELECT COALESCE(SUM(a.amount), 0) FROM allocations AS a WHERE a.receivable_id = r.id AND a.date < :since)"""
