"""The book as of a date, as a plain slow reader sees it: what was known, what is open, promised, contested, held and done.

Comes in: the raw rows of a book (`books.rows`), a date, a moment of knowledge, a currency. Goes out: Reading, and reckoning with
days and shares.
Know before changing: the facts of tests/oracle_facts.py and tests/oracle_facts_credit.py stand on this; none of it knows the SQL.
"""

import calendar
import datetime
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from tests.books import Rows

Row = dict[str, Any]
Value = int | str | None
NOTHING: Row = {}
SALES = ("invoice", "instalment", "debit_note")


class NoRate(Exception):
    """An amount cannot be converted: no rate on or before the date."""


def days_between(earlier: str, later: str) -> int:
    """Calendar days from one ISO date to another."""
    return (datetime.date.fromisoformat(later) - datetime.date.fromisoformat(earlier)).days


def shifted(date: str, days: int) -> str:
    """The date so many days later."""
    return (datetime.date.fromisoformat(date) + datetime.timedelta(days=days)).isoformat()


def year_before(date: str) -> str:
    """The same day of the year before; of 29 February the 28th."""
    year, month, number = (int(part) for part in date.split("-"))
    last = calendar.monthrange(year - 1, month)[1]
    return datetime.date(year - 1, month, min(number, last)).isoformat()


def half_up(exact: Fraction) -> int:
    """Rounded to the nearest whole number, halves away from zero."""
    size = int(abs(exact) + Fraction(1, 2))
    return size if exact >= 0 else -size


def percent(part: int, whole: int | None) -> int | None:
    """Part of whole in hundredths of a percent; missing where there is no whole."""
    return half_up(Fraction(part * 10_000, whole)) if whole else None


class Reading:
    """The book as of a date, as known at a moment, in one currency."""

    def __init__(self, rows: Rows, as_of: str, known_at: str, currency: str) -> None:
        """Keep what was known: rows recorded later do not exist."""
        self.as_of, self.known_at, self.currency = as_of, known_at, currency
        self.rows = {
            table: [row for row in found if row.get("recorded_at", "") <= known_at] for table, found in rows.items()
        }
        self.year_ago = year_before(as_of)
        self.effects = self._effects()
        undone = {e["reverses"] for e in self.rows["effects"] if e["as_of"] <= as_of and e["reverses"] is not None}
        for table in ("customer_versions", "holds", "hold_releases", "review_requests", "steps"):
            self.rows[table] = [row for row in self.rows[table] if row["effect_id"] not in undone]
        self.open = [row for row in self.rows["receivables"] if row["posted"] <= as_of and self.open_of(row) > 0]

    def within_year(self, date: str) -> bool:
        """Whether a date lies in the last 12 months, as_of included."""
        return self.year_ago < date <= self.as_of

    def rate(self, source: str) -> Fraction:
        """How many minor units of the policy's currency one minor unit of `source` is on as_of.

        The newest rate of the pair that is not in the future; where the pair was never quoted, one by the newest of the
        opposite pair.
        """
        if source == self.currency:
            return Fraction(1)
        quoted = [row for row in self.rows["fx_rates"] if row["date"] <= self.as_of]
        direct = [row for row in quoted if (row["source"], row["target"]) == (source, self.currency)]
        opposite = [row for row in quoted if (row["source"], row["target"]) == (self.currency, source)]
        if direct:
            newest = max(direct, key=lambda row: str(row["date"]))
            return Fraction(newest["numerator"], newest["denominator"])
        if opposite:
            newest = max(opposite, key=lambda row: str(row["date"]))
            return Fraction(newest["denominator"], newest["numerator"])
        raise NoRate(f"{source} to {self.currency} on {self.as_of}")

    def value(self, amount: int, source: str) -> int:
        """An amount in the policy's currency."""
        return half_up(amount * self.rate(source))

    # -- receivables --------------------------------------------------------------------------------------------------

    def allocations(self, receivable: Row, until: str | None = None) -> list[Row]:
        """What was set against a receivable, or taken back again, up to a date (as_of by default)."""
        until = min(until or self.as_of, self.as_of)
        return [a for a in self.rows["allocations"] if a["receivable_id"] == receivable["id"] and a["date"] <= until]

    def open_of(self, receivable: Row, on: str | None = None) -> int:
        """What was still to be paid of it at the end of a day."""
        return int(receivable["amount"] - sum(a["amount"] for a in self.allocations(receivable, on)))

    def settled_on(self, receivable: Row) -> str | None:
        """The first day of the time, lasting until as_of, in which nothing of it was open; None where something is."""
        if self.open_of(receivable) > 0:
            return None
        first = self.as_of
        for date in sorted({a["date"] for a in self.allocations(receivable)}, reverse=True):
            if self.open_of(receivable, date) > 0:
                return first
            first = date
        return first

    def overdue_during(self, receivable: Row) -> tuple[str, str] | None:
        """First and last day that it was overdue: from the day after its due date to the day before it was paid.

        A bounced payment goes on with the same spell.
        """
        settled = self.settled_on(receivable)
        first = shifted(receivable["due"], 1)
        last = self.as_of if settled is None else min(self.as_of, shifted(settled, -1))
        return (first, last) if first <= last else None

    def contested(self, receivable: Row) -> tuple[str, int, str | None]:
        """State of its disputes, the contested part in its own currency, and when the oldest was opened."""
        resolved = {r["dispute_id"] for r in self.rows["dispute_resolutions"] if r["resolved"] <= self.as_of}
        disputes = [d for d in self.rows["disputes"] if d["receivable_id"] == receivable["id"]
                    and d["opened"] <= self.as_of and d["id"] not in resolved]
        if not disputes:
            return "none", 0, None
        oldest = min(str(d["opened"]) for d in disputes)
        whole = any(d["amount"] is None for d in disputes)
        part = sum(d["amount"] or 0 for d in disputes)
        left = self.open_of(receivable)
        return ("whole", left, oldest) if whole or part >= left else ("part", part, oldest)

    def open_orders(self, customer: int) -> list[Row]:
        """The customer's orders that are taken and neither closed at once nor by a later word."""
        closed = {c["order_id"] for c in self.rows["order_closings"] if c["closed"] <= self.as_of}
        return [o for o in self.rows["orders"] if o["customer_id"] == customer and o["ordered"] <= self.as_of
                and (o["closed"] is None or o["closed"] > self.as_of) and o["id"] not in closed]

    def version(self, customer: int) -> Row:
        """What is true of the customer on as_of: the version of the latest date that is not in the future."""
        versions = [v for v in self.of("customer_versions", customer) if v["valid_from"] <= self.as_of]
        return max(versions, key=lambda v: (v["valid_from"], v["id"]), default=NOTHING)

    def of(self, table: str, customer: int) -> list[Row]:
        """The customer's rows of a table, as far as they were known."""
        return [row for row in self.rows[table] if row["customer_id"] == customer]

    def granted(self, table: str, customer: int) -> list[Row]:
        """What people granted the customer that is in force: confirmed by a second one, not withdrawn; the newest last."""
        seconded = {c["reference"] for c in self.rows["confirmations"] if c["confirmed"] <= self.as_of}
        withdrawn = {w["reference"] for w in self.rows["withdrawals"] if w["withdrawn"] <= self.as_of}
        found = [row for row in self.of(table, customer) if row["reference"] in seconded - withdrawn
                 and row["valid_from"] <= self.as_of <= (row["valid_until"] or self.as_of)]
        return sorted(found, key=lambda row: (row["valid_from"], row["id"]))

    # -- promises -----------------------------------------------------------------------------------------------------

    def promise_state(self, promise: Row) -> str:
        """kept, pending or broken, as the contract between us says."""
        deadline = shifted(promise["promised"], promise["grace_days"])
        if promise["receivable_id"] is None:
            paid = sum(p["amount"] for p in self.rows["payments"] if p["customer_id"] == promise["customer_id"]
                       and p["currency"] == promise["currency"] and promise["made"] <= p["received"] <= deadline
                       and p["received"] <= self.as_of)
            kept = paid >= promise["amount"]
        else:
            receivable = self.row("receivables", promise["receivable_id"])
            paid = sum(a["amount"] for a in self.allocations(receivable, deadline) if a["date"] >= promise["made"])
            kept = paid >= promise["amount"] or self.open_of(receivable, deadline) <= 0
        if kept:
            return "kept"
        return "pending" if self.as_of <= deadline else "broken"

    def promises(self, wanted: Callable[[Row], bool]) -> list[tuple[Row, str]]:
        """The promises made by as_of, with their states; the one that counts (pending, else the newest) comes first."""
        made = [(p, self.promise_state(p)) for p in self.rows["promises"] if p["made"] <= self.as_of and wanted(p)]
        made.sort(key=lambda pair: (pair[1] == "pending", pair[0]["made"], pair[0]["id"]), reverse=True)
        return made

    # -- holds and effects --------------------------------------------------------------------------------------------

    def holds(self, kind: str, customer: int) -> list[Row]:
        """The holds of a kind in force on as_of: both ends count, a release ends it on its day."""
        released = {r["hold_id"] for r in self.rows["hold_releases"] if r["released"] <= self.as_of}
        return [h for h in self.rows["holds"] if h["kind"] == kind and h["customer_id"] == customer
                and h["valid_from"] <= self.as_of <= (h["valid_until"] or self.as_of) and h["id"] not in released]

    def _effects(self) -> list[Row]:
        """What was done by as_of and not undone by as_of, oldest first."""
        done = [e for e in self.rows["effects"] if e["as_of"] <= self.as_of]
        undone = {e["reverses"] for e in done}
        return sorted((e for e in done if e["reverses"] is None and e["id"] not in undone), key=lambda e: int(e["id"]))

    def delivered_at_level(self, effects: list[Row]) -> int | None:
        """Whether the newest notice that brought a subject to its level has left the outbox, as far as was known.

        A customer may have been sent several letters that day, one per entity and currency: all of them have.
        """
        climbs = [e for e in effects if e["level_to"] is not None]
        letters = [e["outbox_id"] for e in climbs if (e["level_to"], e["as_of"]) ==
                   (climbs[-1]["level_to"], climbs[-1]["as_of"]) and e["outbox_id"] is not None]
        if not letters or (climbs[-1]["receivable_id"] is not None and climbs[-1]["outbox_id"] is None):
            return None
        sent = {d["outbox_id"] for d in self.rows["deliveries"] if d["status"] == "sent"
                and d["attempted_at"] <= self.known_at}
        return int((letters[-1] in sent) if climbs[-1]["receivable_id"] is not None else (set(letters) <= sent))

    def row(self, table: str, identity: int) -> Row:
        """The row of that id."""
        return next(row for row in self.rows[table] if row["id"] == identity)

    def since(self, date: str | None) -> int | None:
        """Days from a date to as_of; missing where the date is."""
        return None if date is None else days_between(date, self.as_of)
