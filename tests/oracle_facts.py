"""The vocabulary once more, in plain slow Python, from the words of its meanings and never from its SQL.

Comes in: the raw rows of a book (`books.rows`), a date, a moment of knowledge, a currency. Goes out: every fact of every open
receivable and of every customer.
Know before changing: a fact here is what its sentence in engine/facts.py says to a controller. Where the SQL disagrees, find
out which of them is right; do not copy the other.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from tests import oracle_facts_credit
from tests.books import Rows
from tests.oracle_reading import NOTHING, SALES, NoRate, Reading, Row, Value, days_between, half_up, percent, shifted

__all__ = ["Facts", "NoRate", "Reading", "Row", "Value", "days_between", "episode", "facts", "half_up", "percent", "shifted"]


@dataclass(frozen=True)
class Facts:
    """Facts by the id of the receivable (its customer's included) and by the id of the customer."""

    receivables: dict[int, dict[str, Value]]
    customers: dict[int, dict[str, Value]]
    episodes: dict[int, str]


def facts(rows: Rows, as_of: str, known_at: str, currency: str) -> Facts:
    """Every fact of every open receivable and every customer."""
    reading = Reading(rows, as_of, known_at, currency)
    customers: dict[int, dict[str, Value]] = {}
    for customer in reading.rows["customers"]:
        customers[customer["id"]] = (
            _identity(reading, customer) | _owing(reading, customer) | _paying(reading, customer)
            | _treated(reading, customer)
        )
    oracle_facts_credit.add(reading, customers)
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
    version = reading.version(customer["id"])
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
    orders = [reading.value(o["amount"], o["currency"]) for o in reading.open_orders(customer["id"])]
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
        "unapplied_credit": unapplied, "open_orders": sum(orders), "largest_open_order": max(orders, default=0),
        "exposure": open_amount - unapplied + sum(orders),
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
    lifted = reading.granted("suspensions", customer["id"])
    credit = [] if lifted else reading.holds("credit", customer["id"])
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
