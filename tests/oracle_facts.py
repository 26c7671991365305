"""The vocabulary once more, in plain slow Python, from the words of its meanings and never from its SQL.

Comes in: the raw rows of a book (`books.rows`), a date, a moment of knowledge, a currency. Goes out: every fact of every open
receivable and of every customer.
Know before changing: a fact here is what its sentence in engine/facts.py says to a controller. Where the SQL disagrees, find
out which of them is right; do not copy the other.
"""

import calendar
import datetime
from collections.abc import Callable, Iterable
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Facts:
    """Facts by the id of the receivable (its customer's included) and by the id of the customer."""

    receivables: dict[int, dict[str, Value]]
    customers: dict[int, dict[str, Value]]
    episodes: dict[int, str]


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


def facts(rows: Rows, as_of: str, known_at: str, currency: str) -> Facts:
    """Every fact of every open receivable and every customer."""
    reading = Reading(rows, as_of, known_at, currency)
    customers: dict[int, dict[str, Value]] = {}
    for customer in reading.rows["customers"]:
        customers[customer["id"]] = (
            _identity(reading, customer) | _owing(reading, customer) | _paying(reading, customer)
            | _treated(reading, customer)
        )
    receivables = {r["id"]: _receivable(reading, r) | customers[r["customer_id"]] for r in reading.open}
    return Facts(receivables, customers, {c["id"]: episode(reading, c["id"]) for c in reading.rows["customers"]})


def episode(reading: Reading, customer: int) -> str:
    """The due date of the first receivable of the customer's unbroken overdue spell; else the oldest open due date.

    Walked back day by day from as_of: while anything of the customer was overdue, the spell had begun.
    """
    own = [r for r in reading.rows["receivables"] if r["customer_id"] == customer and r["posted"] <= reading.as_of]
    spells = [(span, r["due"]) for r in own if (span := reading.overdue_during(r)) is not None]
    date, first = reading.as_of, None
    while overdue := [due for (begin, end), due in spells if begin <= date <= end]:
        first, date = min(overdue), shifted(date, -1)
    if first is not None:
        return str(first)
    return min((str(r["due"]) for r in reading.open if r["customer_id"] == customer), default="none")


def _receivable(reading: Reading, row: Row) -> dict[str, Value]:
    """The facts of one open receivable."""
    left, money = reading.open_of(row), row["currency"]
    state, disputed, contested = reading.contested(row)
    value, disputed_value = reading.value(left, money), reading.value(disputed, money)
    governing = reading.promises(lambda p: p["customer_id"] == row["customer_id"]
                                 and p["receivable_id"] in (None, row["id"]))
    promise, promised = (governing[0][1], governing[0][0]["promised"]) if governing else ("none", None)
    held = any(h["receivable_id"] in (None, row["id"]) for h in reading.holds("dunning", row["customer_id"]))
    return {
        "days_past_due": days_between(row["due"], reading.as_of),
        "days_until_due": days_between(reading.as_of, row["due"]),
        "days_since_invoice": days_between(row["issued"], reading.as_of),
        "due_date": row["due"],
        "invoice_date": row["issued"],
        "open_amount": value,
        "original_amount": reading.value(row["amount"], money),
        "paid_share": percent(row["amount"] - left, row["amount"]),
        "kind": row["kind"],
        "currency": money,
        "dispute": state,
        "disputed_amount": disputed_value,
        "undisputed_amount": value - disputed_value,
        "days_since_dispute": reading.since(contested),
        "promise": promise,
        "promised_date": promised,
        "days_since_promised_date": reading.since(promised),
        "dunning_hold": int(held),
    } | _chased(reading, [e for e in reading.effects if e["receivable_id"] == row["id"]])


def _chased(reading: Reading, effects: list[Row]) -> dict[str, Value]:
    """What was done about one receivable."""
    level = next((e["level_to"] for e in reversed(effects) if e["level_to"] is not None), 0)
    notices = [e for e in effects if e["kind"] == "notice"]
    last = max(notices, key=lambda e: (e["as_of"], e["id"]), default=NOTHING)
    return {
        "level": level,
        "notices_sent": len(notices),
        "times_at_level": sum(e["level_to"] == level for e in effects),
        "days_since_level": reading.since(max((e["as_of"] for e in effects if e["level_to"] is not None), default=None)),
        "days_since_last_notice": reading.since(last.get("as_of")),
        "last_notice_date": last.get("as_of"),
        "days_since_deadline": reading.since(last.get("deadline")),
        "deadline_date": last.get("deadline"),
        "last_notice_delivered": reading.delivered_at_level(effects),
        "fee_charged": int(any(e["kind"] == "late_fee" for e in effects)),
        "handed_over": int(any(e["kind"] == "hand_over" for e in effects)),
    }


def _identity(reading: Reading, customer: Row) -> dict[str, Value]:
    """Who the customer is: the version of the latest date that is not in the future."""
    versions = [v for v in reading.rows["customer_versions"] if v["customer_id"] == customer["id"]
                and v["valid_from"] <= reading.as_of]
    version = max(versions, key=lambda v: (v["valid_from"], v["id"]), default={})
    may = [c for c in reading.rows["contacts"] if c["customer_id"] == customer["id"] and not c["do_not_contact"]]
    invoices = [r["issued"] for r in reading.rows["receivables"] if r["customer_id"] == customer["id"]
                and r["kind"] in SALES and r["posted"] <= reading.as_of]
    since = version.get("since") or min(invoices, default=None)
    limit = version.get("credit_limit")
    plain = ("segment", "industry", "country", "rating", "language", "collector", "terms_days")
    return {f"customer.{name}": version.get(name) for name in plain} | {
        "customer.entity": reading.row("entities", customer["entity_id"])["code"],
        "customer.relationship_days": reading.since(since),
        "customer.in_group": int(version.get("parent_id") is not None),
        "customer.has_email": int(any(c["email"] is not None for c in may)),
        "customer.has_phone": int(any(c["phone"] is not None for c in may)),
        "customer.has_address": int(any(c["address"] is not None for c in may)),
        "customer.credit_limit": None if limit is None else reading.value(limit, version["currency"]),
    }


def _owing(reading: Reading, customer: Row) -> dict[str, Value]:
    """What the customer owes; each receivable converted by itself, so that parts add up."""
    own = [r for r in reading.open if r["customer_id"] == customer["id"]]
    values = {r["id"]: reading.value(reading.open_of(r), r["currency"]) for r in own}
    late = {r["id"]: days_between(r["due"], reading.as_of) for r in own}
    contested = {r["id"]: reading.value(part, r["currency"]) for r in own
                 for state, part, _ in [reading.contested(r)] if state != "none"}

    def total(low: int, high: int = 10**9) -> int:
        return sum(value for key, value in values.items() if low <= late[key] <= high)

    open_amount, overdue = sum(values.values()), total(1)
    unapplied = sum(_unapplied(reading, customer["id"]))
    orders = sum(reading.value(o["amount"], o["currency"]) for o in reading.rows["orders"]
                 if o["customer_id"] == customer["id"] and o["ordered"] <= reading.as_of
                 and (o["closed"] is None or o["closed"] > reading.as_of))
    exposure = open_amount - unapplied + orders
    limit = _identity(reading, customer)["customer.credit_limit"]
    assert limit is None or isinstance(limit, int)
    oldest, issued = min((r["due"] for r in own), default=None), min((r["issued"] for r in own), default=None)
    found: dict[str, Value] = {
        "open_amount": open_amount, "open_count": len(own), "not_due_amount": total(-(10**9), 0),
        "overdue_amount": overdue, "overdue_1_30": total(1, 30), "overdue_31_60": total(31, 60),
        "overdue_61_90": total(61, 90), "overdue_over_90": total(91),
        "overdue_count": sum(days >= 1 for days in late.values()), "overdue_share": percent(overdue, open_amount),
        "oldest_days_past_due": reading.since(oldest), "oldest_due_date": oldest, "oldest_invoice_date": issued,
        "days_since_oldest_invoice": reading.since(issued), "largest_receivable": max(values.values(), default=0),
        "disputed_amount": sum(contested.values()), "open_disputes": len(contested),
        "undisputed_overdue_amount": overdue - sum(v for key, v in contested.items() if late[key] >= 1),
        "unapplied_credit": unapplied, "open_orders": orders, "exposure": exposure,
        "headroom": None if limit is None else limit - exposure, "utilisation": percent(exposure, limit),
    }
    return {f"customer.{name}": value for name, value in found.items()}


def _unapplied(reading: Reading, customer: int) -> Iterable[int]:
    """What is left of each payment and credit note."""
    for table, dated, column in (("payments", "received", "payment_id"), ("credits", "issued", "credit_id")):
        for row in reading.rows[table]:
            if row["customer_id"] == customer and row[dated] <= reading.as_of:
                used = sum(a["amount"] for a in reading.rows["allocations"]
                           if a[column] == row["id"] and a["date"] <= reading.as_of)
                yield reading.value(max(0, row["amount"] - used), row["currency"])


def _paying(reading: Reading, customer: Row) -> dict[str, Value]:
    """How the customer pays."""
    own = [r for r in reading.rows["receivables"] if r["customer_id"] == customer["id"]
           and r["posted"] <= reading.as_of]
    settled = [(r, day) for r in own if (day := reading.settled_on(r)) is not None and reading.within_year(day)]
    late = [max(0, days_between(r["due"], day)) for r, day in settled]
    weights = [reading.value(r["amount"], r["currency"]) for r, _ in settled]
    times = sum(1 for r in own if (span := reading.overdue_during(r)) is not None and span[1] > reading.year_ago)
    payments = [p for p in reading.rows["payments"] if p["customer_id"] == customer["id"]
                and p["received"] <= reading.as_of]
    last = max(payments, key=lambda p: (p["received"], p["id"]), default=None)
    words = reading.promises(lambda p: p["customer_id"] == customer["id"] and p["receivable_id"] is None)
    promised = words[0][0]["promised"] if words else None
    broken = [p for p, state in reading.promises(lambda p: p["customer_id"] == customer["id"]) if state == "broken"
              and shifted(p["promised"], p["grace_days"]) > reading.year_ago]
    return {
        "customer.paid_count_12m": len(settled),
        "customer.on_time_share_12m": percent(late.count(0), len(late)),
        "customer.average_days_late_12m": half_up(Fraction(sum(late), len(late))) if late else None,
        "customer.weighted_days_late_12m": half_up(Fraction(sum(d * w for d, w in zip(late, weights, strict=True)),
                                                            sum(weights))) if sum(weights) else None,
        "customer.times_overdue_12m": times,
        "customer.sales_12m": sum(reading.value(r["amount"], r["currency"]) for r in own
                                  if r["kind"] in SALES and reading.within_year(r["issued"])),
        "customer.days_since_last_payment": reading.since(last["received"] if last else None),
        "customer.last_payment_amount": reading.value(last["amount"], last["currency"]) if last else None,
        "customer.promise": words[0][1] if words else "none",
        "customer.promised_date": promised,
        "customer.days_since_promised_date": reading.since(promised),
        "customer.broken_promises_12m": len(broken),
    }


def _treated(reading: Reading, customer: Row) -> dict[str, Value]:
    """What we did about the customer."""
    effects = [e for e in reading.effects if e["customer_id"] == customer["id"]]
    spell = episode(reading, customer["id"])
    whole = [e for e in effects if e["subject"] == "customer" and e["episode"] == spell]
    level = next((e["level_to"] for e in reversed(whole) if e["level_to"] is not None), 0)
    notices = [e for e in effects if e["kind"] == "notice"]
    last = max(notices, key=lambda e: (e["as_of"], e["id"]), default=NOTHING)
    climbed: dict[int, int] = {}
    for effect in effects:
        if effect["receivable_id"] is not None and effect["level_to"] is not None:
            climbed[effect["receivable_id"]] = effect["level_to"]
    credit = reading.holds("credit", customer["id"])
    spoken = max((a["date"] for a in reading.rows["activities"] if a["customer_id"] == customer["id"]
                  and a["date"] <= reading.as_of), default=None)
    return {
        "customer.level": level,
        "customer.highest_level": max((climbed.get(r["id"], 0) for r in reading.open
                                       if r["customer_id"] == customer["id"]), default=0),
        "customer.notices_12m": len({e["outbox_id"] for e in notices if reading.within_year(e["as_of"])}),
        "customer.times_at_level": len({e["as_of"] for e in whole if e["level_to"] == level}),
        "customer.days_since_level": reading.since(max((e["as_of"] for e in whole if e["level_to"] is not None),
                                                       default=None)),
        "customer.days_since_last_notice": reading.since(last.get("as_of")),
        "customer.last_notice_date": last.get("as_of"),
        "customer.days_since_deadline": reading.since(last.get("deadline")),
        "customer.deadline_date": last.get("deadline"),
        "customer.last_notice_delivered": reading.delivered_at_level(whole),
        "customer.days_since_contact": reading.since(spoken),
        "customer.handed_over": int(any(e["kind"] == "hand_over" and (
            e["receivable_id"] in {r["id"] for r in reading.open} or e in whole) for e in effects)),
        "customer.credit_hold": int(bool(credit)),
        "customer.days_on_credit_hold": reading.since(min((h["valid_from"] for h in credit), default=None)),
        "customer.dunning_hold": int(any(h["receivable_id"] is None
                                         for h in reading.holds("dunning", customer["id"]))),
    }
