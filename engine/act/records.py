"""What people record beside the plan: holds, promises, disputes, calls. Each is one row and one ledger entry.

Comes in: numbers, amounts and dates as typed, and who says so. Goes out: a Recorded with the reference that was given out.
Know before changing: everything wrong is said at once and nothing is kept then. Rows are never changed: what ends a hold or a
dispute is a row of its own. Amounts are in the receivable's currency, or in the one that is named. What people grant and
somebody else confirms is in grants.py.
"""

from typing import Any

from engine.act.look_up import Checks
from engine.act.recording import Recorded, keep, record
from engine.book.store import Book, writing

KINDS = ("credit", "dunning")
OUTCOMES = ("accepted", "rejected", "withdrawn")
CHANNELS = ("chat", "email", "letter", "meeting", "phone", "visit")
RESULTS = ("dispute", "message-left", "no-answer", "other", "promise", "reached", "refused")


def hold(
    book: Book,
    *,
    reason: str,
    since: str,
    actor: str,
    now: str,
    kind: str = "dunning",
    customer: str | None = None,
    receivable: str | None = None,
    entity: str | None = None,
    until: str | None = None,
) -> Recorded:
    """Stop the chasing of a customer or of one receivable (dunning), or selling on credit to a customer (credit)."""
    with writing(book):
        checks = Checks(book)
        checks.one_of("kind", kind, KINDS)
        about = checks.subject(customer, receivable, entity)
        checks.text("reason", reason)
        checks.date("since", since)
        if until is not None and checks.date("until", until):
            checks.not_before("until", until, "--from", since)
        if kind == "credit" and receivable is not None:
            checks.wrong("wrong-value", "receivable", "a credit hold is on the customer; leave the receivable out")
        row = {
            "kind": kind,
            "customer_id": about.customer.id,
            "receivable_id": about.receivable.id if about.receivable else None,
            "reason": reason.strip(),
            "valid_from": since,
            "valid_until": until,
        }
        return record(checks, "hold", "H", "holds", row, about.customer, about.receivable, actor=actor, now=now)


def release(book: Book, *, reference: str, released: str, actor: str, now: str, reason: str | None = None) -> Recorded:
    """Lift a hold, whoever set it. What it stopped is called for again by the next preview."""
    with writing(book):
        checks = Checks(book)
        held = checks.row("holds", reference, ended_by=("hold_releases", "hold_id", "already-released"))
        if checks.date("released", released) and held:
            checks.not_before("released", released, "the first day of the hold", held["valid_from"])
        checks.refuse()
        customer, receivable = checks.concerned(held)
        row = {"hold_id": held["id"], "released": released, "reason": reason}
        return keep(checks, "release", reference, "hold_releases", row, customer, receivable, actor=actor, now=now)


def promise(
    book: Book,
    *,
    amount: str,
    made: str,
    promised: str,
    actor: str,
    now: str,
    customer: str | None = None,
    receivable: str | None = None,
    entity: str | None = None,
    currency: str | None = None,
    grace_days: int = 0,
) -> Recorded:
    """The customer commits to pay so much by a date: of one receivable, or of all that is owed."""
    with writing(book):
        checks = Checks(book)
        about = checks.subject(customer, receivable, entity)
        read = checks.date("made", made), checks.date("promised", promised)
        if all(read):
            checks.not_before("promised", promised, "--made", made)
        if grace_days < 0:
            checks.wrong("out-of-range", "grace_days", f"'{grace_days}' is less than 0 days")
        money = about.receivable.currency if about.receivable else currency or about.customer.currency
        if about.receivable and currency not in (None, money):
            message = f"'{currency}' is not the currency of {about.receivable.number}, which is {money}"
            checks.wrong("currency-mismatch", "currency", message)
        row = {
            "customer_id": about.customer.id,
            "receivable_id": about.receivable.id if about.receivable else None,
            "made": made,
            "promised": promised,
            "grace_days": grace_days,
            "amount": checks.amount("amount", amount, money),
            "currency": money,
        }
        return record(checks, "promise", "P", "promises", row, about.customer, about.receivable, actor=actor, now=now)


def dispute(
    book: Book,
    *,
    receivable: str,
    reason: str,
    opened: str,
    actor: str,
    now: str,
    amount: str | None = None,
    customer: str | None = None,
    entity: str | None = None,
) -> Recorded:
    """The customer contests a receivable, or so much of it; without an amount, the whole."""
    with writing(book):
        checks = Checks(book)
        about = checks.subject(customer, receivable, entity)
        checks.text("reason", reason)
        checks.date("opened", opened)
        row: dict[str, Any] = {"receivable_id": about.receivable.id if about.receivable else None, "amount": None}
        if amount is not None and about.receivable:
            row["amount"] = checks.amount("amount", amount, about.receivable.currency)
            if row["amount"] > about.receivable.amount:
                message = (
                    f"'{amount}' is more than {about.receivable.number} was ever about; leave it out for the whole"
                )
                checks.wrong("out-of-range", "amount", message)
        row |= {"reason": reason.strip(), "opened": opened}
        return record(checks, "dispute", "D", "disputes", row, about.customer, about.receivable, actor=actor, now=now)


def resolve(book: Book, *, reference: str, outcome: str, resolved: str, actor: str, now: str) -> Recorded:
    """A dispute is over: accepted (we were wrong), rejected or withdrawn. What is still open is chased again."""
    with writing(book):
        checks = Checks(book)
        contested = checks.row(
            "disputes", reference, ended_by=("dispute_resolutions", "dispute_id", "already-resolved")
        )
        checks.one_of("outcome", outcome, OUTCOMES)
        if checks.date("resolved", resolved) and contested:
            checks.not_before("resolved", resolved, "the day that it was raised", contested["opened"])
        checks.refuse()
        customer, receivable = checks.concerned(contested)
        row = {"dispute_id": contested["id"], "resolved": resolved, "outcome": outcome}
        return keep(
            checks, "resolve", reference, "dispute_resolutions", row, customer, receivable, actor=actor, now=now
        )


def activity(
    book: Book,
    *,
    date: str,
    channel: str,
    result: str,
    actor: str,
    now: str,
    customer: str | None = None,
    receivable: str | None = None,
    entity: str | None = None,
    contact: str | None = None,
    expected_payment: str | None = None,
    note: str | None = None,
) -> Recorded:
    """Somebody of ours spoke or wrote to the customer: when, how, with what result."""
    with writing(book):
        checks = Checks(book)
        about = checks.subject(customer, receivable, entity)
        checks.date("date", date)
        checks.one_of("channel", channel, CHANNELS)
        checks.one_of("result", result, RESULTS)
        if expected_payment is not None:
            checks.date("expected_payment", expected_payment)
        row = {
            "customer_id": about.customer.id,
            "receivable_id": about.receivable.id if about.receivable else None,
            "date": date,
            "channel": channel,
            "contact": contact,
            "result": result,
            "expected_payment": expected_payment,
            "note": note,
        }
        return record(
            checks, "activity", "A", "activities", row, about.customer, about.receivable, actor=actor, now=now
        )
