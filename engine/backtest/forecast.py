"""The days to come, lived through twice: once nobody pays, once everybody pays as they did.

Comes in: a book, all versions of policies, the business date, how many days. Goes out: a Forecast.
Know before changing: the first day is the business date itself. What the book tells of later than that date is taken out first,
so that a forecast of an old date sees no further than it could. No new invoice comes in. The book itself is only read.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from engine.act.plan import Progress
from engine.backtest.days import Knowledge, days, knowledge, lived, week
from engine.backtest.figures import Side
from engine.backtest.habits import Expected, Whose, expected, pay
from engine.backtest.scratch import Scratch, cut, evening
from engine.backtest.tally import Tally
from engine.book.copies import in_memory
from engine.book.store import Book
from engine.dates import shifted
from engine.errors import Place, Problem, Refusal
from engine.policy.library import in_force
from engine.policy.model import Policy

NOBODY, AS_THEY_DID = "nobody pays", "everybody pays as they did"

# By currency: how much is open, and how much of it overdue.
Owed = Mapping[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Scenario:
    """One way that the days may go. `owed` is of each day; `inflow` what comes in, by week and currency."""

    side: Side
    owed: tuple[tuple[str, Owed], ...]
    inflow: tuple[tuple[str, str, int], ...]


@dataclass(frozen=True, slots=True)
class Whence:
    """How many open receivables are expected on days that somebody's payments tell, and their amount by currency.

    `whose` is None for those that are not to be expected at all.
    """

    whose: Whose | None
    receivables: int
    amounts: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Forecast:
    """Both scenarios, the one in which nobody pays first. `policies` are those in force on any of the days, and from when."""

    as_of: str
    until: str
    days: int
    policies: tuple[str, ...]
    nobody: Scenario
    as_they_did: Scenario
    whence: tuple[Whence, ...]

    @property
    def currencies(self) -> tuple[str, ...]:
        """Every currency that anything is owed in, sorted."""
        return tuple(sorted({code for one in (self.nobody, self.as_they_did) for _, owed in one.owed for code in owed}))


def forecast(
    book: Book,
    versions: Sequence[Policy],
    *,
    as_of: str,
    days_ahead: int,
    progress: Progress = lambda done, of: None,
) -> Forecast:
    """What is to come from the business date on. Refusal `empty-book` where the book holds no receivable."""
    last = shifted(as_of, days_ahead - 1)
    of = days(as_of, last)
    scratch = _today(book, as_of)
    payments = expected(scratch.book, as_of)
    (customers,) = scratch.book.execute(_CUSTOMERS).fetchone()
    known = knowledge(book)
    if not scratch.book.execute("SELECT EXISTS (SELECT 1 FROM receivables)").fetchone()[0]:
        message = f"there is no receivable in the book on {as_of}; import some with `duly import receivables FILE`"
        raise Refusal([Problem(Place("book"), "empty-book", message)])
    assert known.since, "a receivable has a customer"
    nobody = _scenario(scratch, NOBODY, versions, of, (), customers, lambda done, all_: progress(done, 2 * all_))
    paid = tuple(one for one in payments if one.day is not None and one.day <= last)
    other = _today(book, as_of)
    pay(other.book, paid, evening(as_of))
    as_they_did = _scenario(
        other, AS_THEY_DID, versions, of, paid, customers, lambda done, all_: progress(all_ + done, 2 * all_)
    )
    names = tuple(_names(versions, of))
    return Forecast(as_of, last, len(of), names, nobody, as_they_did, tuple(_whence(payments)))


def _names(versions: Sequence[Policy], of: Sequence[str]) -> Iterable[str]:
    """The versions in force on the first day, and those that begin on a later one: `standard v2 from 2026-07-15`."""
    begun = {(one.name, one.version): day for day in reversed(of) for one in in_force(versions, day)}
    for (name, version), day in sorted(begun.items()):
        yield f"{name} v{version}" + (f" from {day}" if day > of[0] else "")


def _today(book: Book, as_of: str) -> Scratch:
    """A copy as the book was on the date: later runs cut, and whatever was recorded later or is dated later and was not known."""
    copy, kept = in_memory(book), knowledge(book).since <= as_of
    scratch = cut(copy, shifted(as_of, 1))
    # A release that came later is not waited for.
    scratch.releases = []
    for table, dated in DATED.items():
        later = "recorded_at > :evening" if kept else f"recorded_at > :evening AND {dated} > :as_of"
        copy.execute(f"DELETE FROM {table} WHERE {later}", {"evening": evening(as_of), "as_of": as_of})
    for table, recorded in _UNDATED.items() if kept else ():
        copy.execute(f"DELETE FROM {table} WHERE {recorded} > :evening", {"evening": evening(as_of)})
    return scratch


def _scenario(
    scratch: Scratch,
    label: str,
    versions: Sequence[Policy],
    of: Sequence[str],
    payments: Sequence[Expected],
    customers: int,
    progress: Progress,
) -> Scenario:
    """One way, day by day."""
    weeks = tuple(dict.fromkeys(week(of[0], day) for day in of))
    tally = Tally(scratch.book, None, lambda day: week(of[0], day), weeks)
    owed: list[tuple[str, Owed]] = []
    deciding = [in_force(versions, day) for day in of]
    by_day = dict(zip(of, deciding, strict=True))
    plans = lived(
        scratch,
        by_day.__getitem__,
        of,
        Knowledge("9999-12-31"),
        progress=progress,
        look=lambda book, day: owed.append((day, _owed(book))),
    )
    for plan in plans:
        tally.add(plan)
    every = {(one.name, one.version): one for several in deciding for one in several}
    scratch.book.close()
    return Scenario(tally.side(label, every.values(), customers), tuple(owed), tuple(_inflow(payments, of[0])))


def _owed(book: Book) -> Owed:
    """What the day's plan found open."""
    query = "SELECT currency, SUM(open), SUM(CASE WHEN age > 0 THEN open ELSE 0 END) FROM position GROUP BY currency"
    return {currency: (open_, overdue) for currency, open_, overdue in book.execute(query)}


def _inflow(payments: Iterable[Expected], first: str) -> Iterable[tuple[str, str, int]]:
    """What comes in, by week and currency."""
    sums: dict[tuple[str, str], int] = {}
    for one in payments:
        assert one.day is not None, one
        key = (week(first, one.day), one.currency)
        sums[key] = sums.get(key, 0) + one.amount
    return ((begin, currency, amount) for (begin, currency), amount in sorted(sums.items()))


def _whence(payments: Sequence[Expected]) -> Iterable[Whence]:
    """How many are told by whose payments."""
    for whose in (*Whose, None):
        those = [one for one in payments if one.whose is whose]
        sums: dict[str, int] = {}
        for one in those:
            sums[one.currency] = sums.get(one.currency, 0) + one.amount
        if those:
            yield Whence(whose, len(those), tuple(sorted(sums.items())))


# The date from which a row counts, of every table that people and customers write to.
DATED = {
    "activities": "date",
    "allocations": "date",
    "assessments": "assessed",
    "confirmations": "confirmed",
    "credits": "issued",
    "customer_versions": "valid_from",
    "dispute_resolutions": "resolved",
    "disputes": "opened",
    "financials": "received",
    "fx_rates": "date",
    "granted_limits": "valid_from",
    "hold_releases": "released",
    "holds": "valid_from",
    "market": "valid_from",
    "order_closings": "closed",
    "orders": "ordered",
    "payments": "received",
    "promises": "made",
    "rating_overrides": "valid_from",
    "receivables": "posted",
    "reviews": "reviewed",
    "securities": "valid_from",
    "suspensions": "valid_from",
    "withdrawals": "withdrawn",
}
# What has no date of its own but that of its writing.
_UNDATED = {"contacts": "recorded_at", "deliveries": "attempted_at"}
_CUSTOMERS = """SELECT COUNT(DISTINCT customer_id) FROM receivables AS r
  WHERE r.amount > (SELECT COALESCE(SUM(a.amount), 0) FROM allocations AS a WHERE a.receivable_id = r.id)"""
