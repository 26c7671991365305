"""What is open as of a date, by age: per customer, entity and currency, less unapplied credit, so that it adds up to exposure.

Comes in: a Book, a date, by which date ages are counted, the bounds of the buckets. Goes out: an Aging; its text, its rows for
CSV, its value for JSON.
Know before changing: one SQL statement. Open is what facts mean by it: posted by the date, its amount less what was allocated
by then. Buckets tile, so they add up to open; open less unapplied credit plus open orders is exposure. Currencies are never
added.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import reduce
from itertools import groupby
from typing import Any

from engine import money
from engine.book.store import Book
from engine.errors import Place, Problem, Refusal
from engine.report import wide, words
from engine.report.csvs import safe
from engine.report.tables import Row, clip, painter, wrap
from engine.sources import days

KNOWN_ALL = "9999-12-31T23:59:59Z"
BUCKETS = (30, 60, 90)


class By(StrEnum):
    """The date that ages are counted from."""

    DUE = "due"
    POSTED = "posted"
    ISSUED = "issued"


_TITLES = {By.DUE: "due date", By.POSTED: "posting date", By.ISSUED: "date of the invoice"}


@dataclass(frozen=True, slots=True)
class Owed:
    """What one customer owes one entity in one currency; a total has no customer. Amounts are minor units."""

    entity: str
    currency: str
    customer: str
    name: str
    buckets: tuple[int, ...]
    receivables: int
    overdue: int
    overdue_receivables: int
    unapplied: int
    ordered: int

    @property
    def open(self) -> int:
        """What is open: the buckets together."""
        return sum(self.buckets)

    @property
    def exposure(self) -> int:
        """Open amounts less unapplied credit, plus open orders."""
        return self.open - self.unapplied + self.ordered


@dataclass(frozen=True, slots=True)
class Aging:
    """The report: `bounds` are the last days of the buckets but the last, `headings` name them."""

    as_of: str
    known_at: str
    by: By
    bounds: tuple[int, ...]
    headings: tuple[str, ...]
    owed: tuple[Owed, ...]

    def totals(self) -> tuple[Owed, ...]:
        """One total per entity and currency."""
        return tuple(_sum(part, entity) for (entity, _), part in _groups(self.owed))

    def by_currency(self) -> tuple[Owed, ...]:
        """One total per currency, over all entities."""
        ordered = sorted(self.owed, key=lambda each: each.currency)
        return tuple(_sum(tuple(part), "") for _, part in groupby(ordered, key=lambda each: each.currency))


def aging(
    book: Book, *, as_of: str, known_at: str = KNOWN_ALL, by: By | str = By.DUE, buckets: Sequence[int] = BUCKETS
) -> Aging:
    """The report as of a date. Refusal (bad-buckets) where the bounds do not rise from at least 1."""
    by, bounds = By(by), tuple(buckets)
    if not bounds or bounds[0] < 1 or list(bounds) != sorted(set(bounds)):
        shown = ",".join(str(bound) for bound in bounds)
        message = f"'{shown}' is no list of rising days from 1, such as 30,60,90"
        raise Refusal([Problem(Place("--buckets"), "bad-buckets", message)])
    spans = _spans(by, bounds)
    named: dict[str, Any] = {"as_of": as_of, "known_at": known_at}
    for number, (low, high) in enumerate(spans):
        named |= {f"low_{number}": low, f"high_{number}": high}
    rows = book.execute(_sql(by, len(spans)), named).fetchall()
    owed = tuple(_owed(row, len(spans)) for row in rows)
    return Aging(as_of, known_at, by, bounds, tuple(_heading(low, high) for low, high in spans), owed)


def text(report: Aging, *, width: int = 100, colour: bool = False, limit: int | None = None) -> str:
    """The report as a controller reads it: in each currency what is open and overdue, then a table per entity and currency."""
    paint = painter(colour=colour)
    known = "" if report.known_at == KNOWN_ALL else f", as the book was known at {report.known_at}"
    head = [paint(clip(f"Aging as of {report.as_of} by {_TITLES[report.by]}{known}", width), "title")]
    head += [line for total in report.by_currency() for line in _hanging(_sentence(total), width)] or [
        "Nothing is open."
    ]
    parts = ["\n".join(head)]
    for (entity, currency), part in _groups(report.owed):
        shown = part if limit is None else part[:limit]
        rows = [*shown, _sum(part, entity)]
        left_out = f"and {words.count(len(part) - len(shown), 'more customer')}" if len(shown) < len(part) else ""
        title = paint(clip(f"{entity} in {currency}, {words.count(len(part), 'customer')}", width), "strong")
        parts.append("\n".join([title, *_drawn(report, rows, left_out, width, colour=colour)]))
    return "\n\n".join(parts) + "\n"


def csv_rows(report: Aging) -> tuple[tuple[str, ...], ...]:
    """Headings, then a row per customer, entity and currency; amounts plain, so that a spreadsheet adds them up."""
    amounts = (*report.headings, "open", "overdue", "unapplied_credit", "open_orders", "exposure")
    headings = ("entity", "currency", "customer", "customer_name", *amounts, "receivables", "overdue_receivables")
    return (headings, *(_csv_row(each) for each in report.owed))


def to_json(report: Aging) -> dict[str, object]:
    """The report as plain values; amounts are texts in the currency's own decimals."""
    return {
        "as_of": report.as_of,
        "known_at": report.known_at,
        "by": str(report.by),
        "buckets": list(report.headings),
        "totals": [_json(report, total) for total in report.totals()],
        "customers": [_json(report, each) for each in report.owed],
    }


def _owed(row: tuple[Any, ...], buckets: int) -> Owed:
    """One row of the statement."""
    entity, currency, customer, name, *amounts = row
    receivables, overdue, overdue_receivables, unapplied, ordered = amounts[buckets:]
    parts = tuple(amounts[:buckets])
    return Owed(entity, currency, customer, name, parts, receivables, overdue, overdue_receivables, unapplied, ordered)


def _spans(by: By, bounds: tuple[int, ...]) -> tuple[tuple[int, int], ...]:
    """First and last day of each bucket, both included; they tile every number of days."""
    forever = 10_000_000
    begins = [1, *(bound + 1 for bound in bounds)]
    tiled = tuple(zip(begins, [*bounds, forever], strict=True))
    if by is By.DUE:
        return ((-forever, 0), *tiled)
    return ((-forever, tiled[0][1]), *tiled[1:])


def _heading(low: int, high: int) -> str:
    """`not due`, `1-30`, `0-30`, `over 90`."""
    if high == 0:
        return "not due"
    if high > 1_000_000:
        return f"over {low - 1}"
    return f"{max(low, 0)}-{high}"


def _sql(by: By, buckets: int) -> str:
    """One row per entity, currency and customer that anything is open, unapplied or ordered of."""
    age = {By.DUE: "due", By.POSTED: "posted", By.ISSUED: "issued"}[by]
    known = "recorded_at <= :known_at"
    cells = ", ".join(
        f"SUM(CASE WHEN age BETWEEN :low_{n} AND :high_{n} THEN open ELSE 0 END) AS bucket_{n}" for n in range(buckets)
    )
    nothing = ", ".join("0" for _ in range(buckets))
    named = ", ".join(f"SUM(bucket_{n})" for n in range(buckets))
    rests = " UNION ALL ".join(
        f"""SELECT p.entity_id, p.customer_id, p.currency, p.amount - (SELECT COALESCE(SUM(a.amount), 0)
          FROM allocations AS a WHERE a.{column} = p.id AND a.date <= :as_of AND a.{known}) AS rest
        FROM {table} AS p WHERE p.{date} <= :as_of AND p.{known}"""
        for table, column, date in (("payments", "payment_id", "received"), ("credits", "credit_id", "issued"))
    )
    return f"""WITH item AS (
      SELECT r.entity_id, r.customer_id, r.currency, r.due, {days(":as_of", f"r.{age}")} AS age,
        r.amount - (SELECT COALESCE(SUM(a.amount), 0) FROM allocations AS a
          WHERE a.receivable_id = r.id AND a.date <= :as_of AND a.{known}) AS open
      FROM receivables AS r WHERE r.posted <= :as_of AND r.{known}),
    part AS (
      SELECT entity_id, customer_id, currency, {cells}, COUNT(*) AS receivables,
        SUM(CASE WHEN due < :as_of THEN open ELSE 0 END) AS overdue,
        COUNT(CASE WHEN due < :as_of THEN 1 END) AS overdue_receivables, 0 AS unapplied, 0 AS ordered
      FROM item WHERE open > 0 GROUP BY entity_id, customer_id, currency
      UNION ALL
      SELECT entity_id, customer_id, currency, {nothing}, 0, 0, 0, SUM(rest), 0
      FROM ({rests}) AS credit WHERE rest > 0 GROUP BY entity_id, customer_id, currency
      UNION ALL
      SELECT entity_id, customer_id, currency, {nothing}, 0, 0, 0, 0, SUM(amount) FROM orders
      WHERE ordered <= :as_of AND (closed IS NULL OR closed > :as_of) AND {known}
      GROUP BY entity_id, customer_id, currency),
    called AS (
      SELECT customer_id, name FROM (
        SELECT customer_id, name, ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY valid_from DESC, id DESC) AS newest
        FROM customer_versions WHERE valid_from <= :as_of AND {known}) AS ranked
      WHERE newest = 1)
    SELECT e.code, part.currency, c.number, COALESCE(called.name, c.number), {named}, SUM(part.receivables),
      SUM(part.overdue), SUM(part.overdue_receivables), SUM(part.unapplied), SUM(part.ordered)
    FROM part JOIN entities AS e ON e.id = part.entity_id JOIN customers AS c ON c.id = part.customer_id
    LEFT JOIN called ON called.customer_id = part.customer_id
    GROUP BY e.code, part.currency, c.number, called.name ORDER BY e.code, part.currency, c.number"""


def _groups(owed: Iterable[Owed]) -> list[tuple[tuple[str, str], tuple[Owed, ...]]]:
    """The lines of each entity and currency; they come in that order."""
    return [(key, tuple(part)) for key, part in groupby(owed, key=lambda each: (each.entity, each.currency))]


def _sum(part: Sequence[Owed], entity: str) -> Owed:
    """Lines of one currency added up."""

    def add(one: Owed, other: Owed) -> Owed:
        """Two lines as one."""
        return Owed(
            entity,
            one.currency,
            "",
            "",
            tuple(a + b for a, b in zip(one.buckets, other.buckets, strict=True)),
            one.receivables + other.receivables,
            one.overdue + other.overdue,
            one.overdue_receivables + other.overdue_receivables,
            one.unapplied + other.unapplied,
            one.ordered + other.ordered,
        )

    first = part[0]
    zero = Owed(entity, first.currency, "", "", (0,) * len(first.buckets), 0, 0, 0, 0, 0)
    return reduce(add, part, zero)


def _sentence(total: Owed) -> str:
    """`5,725.06 USD open in 99 receivables, of it 788.74 overdue in 13.`"""
    shown = f"{money.written(total.open, total.currency)} {total.currency} open in"
    shown += f" {words.count(total.receivables, 'receivable')}"
    overdue = money.written(total.overdue, total.currency)
    shown += (
        f", of it {overdue} overdue in {total.overdue_receivables:,}" if total.overdue_receivables else ", none overdue"
    )
    if total.unapplied:
        shown += f"; unapplied credit {money.written(total.unapplied, total.currency)}"
    if total.ordered:
        shown += f"; open orders {money.written(total.ordered, total.currency)}"
    return shown + "."


def _hanging(sentence: str, width: int) -> tuple[str, ...]:
    """The sentence, its further lines set in, so that no amount is cut."""
    first, *rest = wrap(sentence, width, indent="  ")
    return (first.strip(), *rest)


def _drawn(report: Aging, rows: Sequence[Owed], left_out: str, width: int, *, colour: bool) -> list[str]:
    """The table; in several parts, each with the customer, where the amounts do not fit beside each other."""
    cells = [_cells(report, each) for each in rows]
    kept = [n for n, (heading, _) in enumerate(cells[0]) if _needed(heading, rows)]
    headings = [cells[0][n][0] for n in kept]
    body = [Row((_named(each), *(row[n][1] for n in kept))) for each, row in zip(rows[:-1], cells, strict=False)]
    body += [Row((left_out, *("" for _ in kept)), "quiet")] if left_out else []
    total = Row(("total", *(cells[-1][n][1] for n in kept)), "strong")
    second = headings.index("open") + 1
    return wide.drawn("customer", headings, [*body, total], second, width, painter(colour=colour))


def _needed(heading: str, rows: Sequence[Owed]) -> bool:
    """Columns about credit and orders are left out where there are none."""
    credit, orders = any(each.unapplied for each in rows), any(each.ordered for each in rows)
    return {"unapplied": credit, "orders": orders, "exposure": credit or orders}.get(heading, True)


def _cells(report: Aging, owed: Owed) -> list[tuple[str, str]]:
    """Heading and text of each amount; nothing where a bucket is empty."""
    amounts = [
        *zip(report.headings, owed.buckets, strict=True),
        ("open", owed.open),
        ("unapplied", -owed.unapplied),
        ("orders", owed.ordered),
        ("exposure", owed.exposure),
    ]
    always = {"open", "exposure"}
    return [
        (heading, money.written(amount, owed.currency) if amount or heading in always or not owed.customer else "")
        for heading, amount in amounts
    ]


def _named(owed: Owed) -> str:
    """Number and name, the number once where they are the same."""
    return owed.customer if owed.customer == owed.name else f"{owed.customer} {owed.name}"


def _csv_row(owed: Owed) -> tuple[str, ...]:
    """One line under the headings of csv_rows."""
    amounts = (*owed.buckets, owed.open, owed.overdue, owed.unapplied, owed.ordered, owed.exposure)
    texts = (safe(text) for text in (owed.entity, owed.currency, owed.customer, owed.name))
    shown = (money.plain(amount, owed.currency) for amount in amounts)
    return (*texts, *shown, str(owed.receivables), str(owed.overdue_receivables))


def _json(report: Aging, owed: Owed) -> dict[str, object]:
    """One line or total; a total has no customer."""
    amounts = {
        "open": owed.open,
        "overdue": owed.overdue,
        "unapplied_credit": owed.unapplied,
        "open_orders": owed.ordered,
        "exposure": owed.exposure,
    }
    who = {"customer": owed.customer, "customer_name": owed.name} if owed.customer else {}
    return {
        "entity": owed.entity,
        "currency": owed.currency,
        **who,
        "buckets": {
            heading: money.plain(amount, owed.currency)
            for heading, amount in zip(report.headings, owed.buckets, strict=True)
        },
        **{name: money.plain(amount, owed.currency) for name, amount in amounts.items()},
        "receivables": owed.receivables,
        "overdue_receivables": owed.overdue_receivables,
    }
