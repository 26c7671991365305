"""The worklist of reviews: what is open, the most urgent first; with everything asked for, when each customer is next.

Comes in: Standings. Goes out: text no wider than asked for, rows of a CSV file, a value for JSON.
Know before changing: a review that is open is due on the day that it was asked for; the next review of the others is by their
rating alone, an event may bring it forward. CSV columns are public: add at the end, never rename.
"""

from collections.abc import Iterator, Sequence

from engine import money
from engine.report import words
from engine.report.csvs import Cells, safe
from engine.report.standing import Request, Standing
from engine.report.tables import NARROWEST, Column, Row, Table, lines, more, painter, wrap

ROWS = 20
HEADINGS = (
    *(
        "state",
        "customer",
        "customer_name",
        "due",
        "days_until_due",
        "requested",
        "because",
        "rating",
        "rating_concluded",
    ),
    *("policy", "exposure", "currency", "collector"),
)
_COLUMNS = (
    Column("customer", least=18),
    Column("due"),
    Column("days", right=True),
    Column("rating"),
    Column("exposure", right=True),
    Column(""),
    Column("collector", least=9),
)


def text(
    several: Sequence[Standing],
    as_of: str,
    *,
    every: bool,
    width: int = 100,
    colour: bool = False,
    limit: int | None = ROWS,
) -> str:
    """The open reviews, at most `limit` of them (None: all), each with its reasons; `every`: the next review of all others."""
    width, paint = max(width, NARROWEST), painter(colour=colour)
    waiting, parts = _open(several), [paint(f"Reviews as of {as_of}", "title"), *wrap(_sentence(_open(several)), width)]
    if waiting:
        rows = [row for each, asked in waiting[:limit] for row in _asked(each, asked)]
        rows += (
            [more(len(waiting) - len(waiting[:limit]), len(_COLUMNS))] if len(waiting[:limit]) < len(waiting) else []
        )
        parts += ["", *lines(Table(_COLUMNS, tuple(rows)), width, paint)]
    coming = _coming(several) if every else []
    if coming:
        columns = (_COLUMNS[0], Column("next"), *_COLUMNS[2:])
        rows = [_row(each, day, "", "plain") for each, day in coming]
        title = f"The next review of the others, by their rating: {len(coming):,}"
        parts += ["", paint(title, "title"), *lines(Table(columns, tuple(rows)), width, paint)]
    return "\n".join(parts) + "\n"


def csv_rows(several: Sequence[Standing], *, every: bool) -> tuple[Cells, ...]:
    """A row for each open review; `every`: and one for each customer without, with the day of the next."""
    return (HEADINGS, *(tuple(map(cell, row.values())) for row in _rows(several, every=every)))


def to_json(several: Sequence[Standing], as_of: str, *, every: bool) -> dict[str, object]:
    """The same as plain values; amounts are texts in the currency's own decimals."""
    return {"as_of": as_of, "reviews": list(_rows(several, every=every))}


def _open(several: Sequence[Standing]) -> list[tuple[Standing, Request]]:
    """The open reviews, the earliest due first, then the largest exposure."""
    found = [(each, asked) for each in several for asked in each.requests]
    return sorted(found, key=lambda pair: (pair[1].due, -_exposure(pair[0]), pair[0].customer, pair[1].requested))


def _coming(several: Sequence[Standing]) -> list[tuple[Standing, str]]:
    """The customers of whom no review is open, by the day of the next."""
    found = [
        (each, each.concluded.next_review)
        for each in several
        if each.concluded and each.concluded.next_review and not each.requests
    ]
    return sorted(found, key=lambda pair: (pair[1], -_exposure(pair[0]), pair[0].customer))


def _sentence(waiting: Sequence[tuple[Standing, Request]]) -> str:
    """`8 reviews are open: 3 overdue, the oldest by 12 days; 5 due by 2026-07-14.`"""
    if not waiting:
        return "No review is open."
    days = [asked.days for _, asked in waiting]
    overdue = sum(each < 0 for each in days)
    parts = []
    if overdue:
        parts.append(f"{overdue:,} overdue, the oldest by {words.count(-min(days), 'day')}")
    if overdue < len(days):
        parts.append(f"{len(days) - overdue:,} due by {max(asked.due for _, asked in waiting)}")
    return f"{words.count(len(days), 'review is', 'reviews are')} open: {'; '.join(parts)}."


def _asked(each: Standing, asked: Request) -> Iterator[Row]:
    """One open review, its reasons below."""
    yield _row(each, asked.due, f"{asked.days:,}", "warning" if asked.days < 0 else "plain")
    yield Row((f"  {asked.because}", *("" for _ in _COLUMNS[1:])), "quiet")


def _row(each: Standing, day: str, days: str, style: str) -> Row:
    """A customer with the day of a review."""
    amount, currency = _amount(each)
    return Row((named(each), day, days, rated(each), amount, currency, each.collector or ""), style)


def named(each: Standing) -> str:
    """Number and name, the number once where they are the same."""
    return each.customer if each.customer == each.name else f"{each.customer} {each.name}"


def rated(each: Standing) -> str:
    """The rating in the book, and the one concluded where that is another: `B -> C`."""
    after = each.concluded.rating if each.concluded else None
    if after is None or after == each.rating:
        return each.rating or ""
    return f"{each.rating or 'none'} -> {after}"


def _exposure(each: Standing) -> int:
    """The exposure, 0 where it is not known."""
    return each.owed.exposure if each.owed else 0


def _amount(each: Standing) -> tuple[str, str]:
    """The exposure and its currency; nothing where no credit policy covers the customer."""
    if not each.owed or not each.concluded:
        return "", ""
    return words.amount(each.owed.exposure, each.concluded.currency), each.concluded.currency


def _rows(several: Sequence[Standing], *, every: bool) -> Iterator[dict[str, object]]:
    """A row for each review, by the headings of the CSV file; what is not known is null."""
    for each, asked in _open(several):
        told = {"due": asked.due, "days_until_due": asked.days, "requested": asked.requested, "because": asked.because}
        yield _plain(each, "open", told)
    for each, day in _coming(several) if every else ():
        yield _plain(each, "next", {"due": day, "days_until_due": None, "requested": None, "because": None})


def _plain(each: Standing, state: str, told: dict[str, object]) -> dict[str, object]:
    """One customer with a review, in the order of the headings."""
    one, owed = each.concluded, each.owed
    found = {
        "state": state,
        "customer": each.customer,
        "customer_name": each.name,
        **told,
        "rating": each.rating,
        "rating_concluded": one.rating if one else None,
        "policy": one.policy if one else None,
        "exposure": money.plain(owed.exposure, one.currency) if one and owed else None,
        "currency": one.currency if one else None,
        "collector": each.collector,
    }
    assert tuple(found) == HEADINGS, found
    return found


def cell(value: object) -> str:
    """A value as a spreadsheet takes it; numbers stay numbers."""
    if value is None:
        return ""
    said = str(value)
    return said if said.removeprefix("-").replace(".", "", 1).isdecimal() else safe(said)
