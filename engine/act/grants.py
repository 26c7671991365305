"""What people grant a customer beside the policies: another rating, another limit, sales in spite of holds; and reviews.

Comes in: numbers, amounts, dates and reasons as typed, and who says so. Goes out: a Recorded with the reference that was given
out; what still waits.
Know before changing: a grant counts from the day on that somebody else than its recorder has confirmed it, and no longer from
the day that it was withdrawn. Whoever withdraws needs nobody: what the policies say is then true again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from engine.act.look_up import Checks
from engine.act.recording import Granted, Recorded, keep, record
from engine.book.granted import GRANTED, same_person
from engine.book.groups import misplaced
from engine.book.store import Book, writing
from engine.errors import nearest
from engine.sql import KNOWN, granted, not_reversed

LATEST = "9999-12-31T23:59:59Z"


@dataclass(frozen=True, slots=True)
class Pending:
    """A grant that waits for its confirmation. `kind` is limit, override or suspension; what it has not is None."""

    kind: str
    reference: str
    customer: str
    customer_name: str
    rating: str | None
    scope: str | None
    amount: int | None
    currency: str | None
    reason: str
    valid_from: str
    valid_until: str | None
    actor: str
    recorded_at: str


def override(
    book: Book,
    *,
    customer: str,
    rating: str,
    ratings: Sequence[str],
    reason: str,
    since: str,
    until: str,
    actor: str,
    now: str,
) -> Recorded:
    """A person rates the customer otherwise than the policies do, for a time. `ratings` are those of the policies in force."""
    with writing(book):
        checks = Checks(book)
        about = checks.subject(customer, None, None)
        if not ratings:
            checks.wrong("wrong-value", "rating", f"'{rating}' is no rating: no credit policy in force on {since} has any")
        elif rating not in ratings:
            message = f"'{rating}' is none of {', '.join(ratings)}, the ratings of the policies{nearest(rating, ratings)}"
            checks.wrong("wrong-value", "rating", message)
        row = {"customer_id": about.customer.id, "rating": rating, **_for_a_time(checks, reason, since, until, actor)}
        done = record(checks, "override", "O", GRANTED["override"], row, about.customer, None, actor=actor, now=now)
        return replace(done, granted=_granted(row))


def limit(
    book: Book,
    *,
    customer: str,
    amount: str,
    reason: str,
    since: str,
    actor: str,
    now: str,
    until: str | None = None,
    currency: str | None = None,
    group: bool = False,
) -> Recorded:
    """Another limit than the customer's own: a temporary one; or one for the group whose top the customer is."""
    with writing(book):
        checks = Checks(book)
        about = checks.subject(customer, None, None)
        usual = _usual(book, about.customer.id, since)
        money = currency if currency is not None else usual[1] if usual else ""
        if about.customer.id and not money:
            message = f"'{about.customer.number}' has no credit limit in the book to take it from; name it: --currency"
            checks.wrong("missing-value", "currency", message)
        for_a_time = _for_a_time(checks, reason, since, until, actor)
        if until is None and not group:
            checks.wrong("missing-value", "until", "a limit beside the usual one has a last day; name it")
        if group and about.customer.id:
            wrong = misplaced(book, about.customer.id, about.customer.number, since)
            if wrong:
                checks.wrong("not-the-top", "customer", wrong)
        row = {
            "customer_id": about.customer.id,
            "scope": "group" if group else "own",
            "amount": checks.amount("amount", amount, money, from_zero=True),
            "currency": money,
            **for_a_time,
        }
        in_force = None if group else _temporary(book, about.customer.id, since) or usual
        done = record(checks, "limit", "L", GRANTED["limit"], row, about.customer, None, actor=actor, now=now)
        return replace(done, granted=replace(_granted(row), in_force=in_force))


def suspend(book: Book, *, customer: str, reason: str, since: str, until: str, actor: str, now: str) -> Recorded:
    """The customer may buy in spite of every credit hold, for a time; the holds stay and are then in force again."""
    with writing(book):
        checks = Checks(book)
        about = checks.subject(customer, None, None)
        row = {"customer_id": about.customer.id, **_for_a_time(checks, reason, since, until, actor)}
        done = record(checks, "suspension", "S", GRANTED["suspension"], row, about.customer, None, actor=actor, now=now)
        return replace(done, granted=_granted(row))


def confirm(book: Book, *, reference: str, confirmed: str, actor: str, now: str) -> Recorded:
    """The second pair of eyes: somebody else than who recorded it says that it is right. From that day on it counts."""
    with writing(book):
        checks = Checks(book)
        kind, row = checks.granted(reference)
        checks.text("actor", actor)
        _not_yet(checks, "withdrawals", "already-withdrawn", reference)
        _not_yet(checks, "confirmations", "already-confirmed", reference)
        if row and same_person(actor, row["actor"]):
            checks.wrong("same-person", "actor", f"'{actor}' recorded '{reference}'; somebody else confirms it")
        last = row.get("valid_until")
        if checks.date("confirmed", confirmed) and last is not None and confirmed > last:
            checks.wrong("out-of-range", "confirmed", f"'{confirmed}' is after the last day of '{reference}', which is {last}")
        said = {"confirmed": confirmed}
        done = _say(checks, "confirmation", "confirmations", reference, said, kind, row, actor=actor, now=now)
        return replace(done, granted=replace(_granted(row), counts_from=max(confirmed, row["valid_from"])))


def withdraw(book: Book, *, reference: str, withdrawn: str, actor: str, now: str) -> Recorded:
    """An override, limit or suspension ends early, or never begins. From that day on it does not count."""
    with writing(book):
        checks = Checks(book)
        kind, row = checks.granted(reference)
        checks.text("actor", actor)
        _not_yet(checks, "withdrawals", "already-withdrawn", reference)
        checks.date("withdrawn", withdrawn)
        return _say(checks, "withdrawal", "withdrawals", reference, {"withdrawn": withdrawn}, kind, row, actor=actor, now=now)


def review(
    book: Book,
    *,
    customer: str,
    result: str,
    reviewed: str,
    actor: str,
    now: str,
    note: str | None = None,
    today: str | None = None,
) -> Recorded:
    """Somebody looked at the customer's credit: every review called for on that day or before is done. Not after `today`."""
    with writing(book):
        checks = Checks(book)
        about = checks.subject(customer, None, None)
        checks.text("result", result)
        if checks.date("reviewed", reviewed) and today is not None and reviewed > today:
            message = f"'{reviewed}' is after today, {today}; a review is recorded once somebody has looked"
            checks.wrong("out-of-range", "reviewed", message)
        row = {"customer_id": about.customer.id, "reviewed": reviewed, "result": result.strip(), "note": note}
        return record(checks, "credit-review", "V", "reviews", row, about.customer, None, actor=actor, now=now)


def pending(book: Book, *, as_of: str, known_at: str = LATEST) -> tuple[Pending, ...]:
    """What waits for a second person on that day: not confirmed, not withdrawn, not over. What begins first comes first."""
    columns = {
        "limit": "NULL AS rating, g.scope, g.amount, g.currency",
        "override": "g.rating, NULL AS scope, NULL AS amount, NULL AS currency",
        "suspension": "NULL AS rating, NULL AS scope, NULL AS amount, NULL AS currency",
    }
    each = " UNION ALL ".join(
        f"""SELECT '{kind}' AS kind, g.reference, g.customer_id, {columns[kind]}, g.reason, g.valid_from, g.valid_until,
        g.actor, g.recorded_at FROM {table} AS g"""
        for kind, table in GRANTED.items()
    )
    query = f"""SELECT g.kind, g.reference, c.number, COALESCE((SELECT v.name FROM customer_versions AS v
      WHERE v.customer_id = c.id AND v.valid_from <= :as_of ORDER BY v.valid_from DESC, v.id DESC LIMIT 1), ''),
      g.rating, g.scope, g.amount, g.currency, g.reason, g.valid_from, g.valid_until, g.actor, g.recorded_at
    FROM ({each}) AS g JOIN customers AS c ON c.id = g.customer_id
    WHERE g.recorded_at <= :known_at AND (g.valid_until IS NULL OR g.valid_until >= :as_of)
      AND NOT EXISTS (SELECT 1 FROM confirmations AS o WHERE o.reference = g.reference AND o.recorded_at <= :known_at
        AND o.confirmed <= :as_of)
      AND NOT EXISTS (SELECT 1 FROM withdrawals AS w WHERE w.reference = g.reference AND w.recorded_at <= :known_at
        AND w.withdrawn <= :as_of)
    ORDER BY g.valid_from, g.recorded_at, g.reference"""
    return tuple(Pending(*row) for row in book.execute(query, {"as_of": as_of, "known_at": known_at}))


def _for_a_time(checks: Checks, reason: str, since: str, until: str | None, actor: str) -> dict[str, Any]:
    """Why, and from when to when; `until` None: without end."""
    checks.text("reason", reason)
    checks.text("actor", actor)
    checks.date("since", since)
    if until is not None and checks.date("until", until):
        checks.not_before("until", until, "--from", since)
    return {"reason": reason.strip(), "valid_from": since, "valid_until": until}


def _granted(row: Mapping[str, Any]) -> Granted:
    """What a row grants; what it has not is None."""
    first, last = row["valid_from"], row["valid_until"]
    return Granted(row.get("rating"), row.get("scope"), row.get("amount"), row.get("currency"), first, last)


def _usual(book: Book, customer: int, as_of: str) -> tuple[int, str] | None:
    """The customer's own credit limit on that day, with its currency; nothing where none is set."""
    query = f"""SELECT v.credit_limit, v.currency FROM customer_versions AS v WHERE v.customer_id = :customer
      AND v.valid_from <= :as_of AND v.{KNOWN} AND (v.effect_id IS NULL OR {not_reversed("v.effect_id")})
    ORDER BY v.valid_from DESC, v.id DESC LIMIT 1"""
    found = book.execute(query, {"customer": customer, "as_of": as_of, "known_at": LATEST}).fetchone()
    return (found[0], found[1]) if found and found[0] is not None else None


def _temporary(book: Book, customer: int, as_of: str) -> tuple[int, str] | None:
    """The limit that was granted beside the usual one and is in force on that day; nothing where there is none."""
    query = f"""SELECT g.amount, g.currency FROM granted_limits AS g WHERE g.customer_id = :customer AND g.scope = 'own'
      AND {granted("g")} ORDER BY g.valid_from DESC, g.id DESC LIMIT 1"""
    found = book.execute(query, {"customer": customer, "as_of": as_of, "known_at": LATEST}).fetchone()
    return (found[0], found[1]) if found else None


def _not_yet(checks: Checks, table: str, code: str, reference: str) -> None:
    """It has not been confirmed or withdrawn before."""
    query = f"SELECT actor, recorded_at FROM {table} WHERE reference = :reference"
    found = checks.book.execute(query, {"reference": reference}).fetchone()
    if found:
        word = code.removeprefix("already-")
        checks.wrong(code, "reference", f"'{reference}' was {word} already, by {found[0]}, recorded at {found[1]}")


def _say(
    checks: Checks, kind: str, table: str, reference: str, said: dict[str, Any], of: str, row: dict[str, Any], *, actor: str,
    now: str,
) -> Recorded:  # fmt: skip
    """The row that confirms or withdraws, and its entry."""
    checks.refuse()
    customer, _ = checks.concerned(row)
    full = {"reference": reference, **said}
    about = f"{of} {reference}"
    return keep(checks, kind, reference, table, full, customer, None, actor=actor, now=now, about=about)
