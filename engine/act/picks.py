"""The picked subjects, one by one: what a line of a plan has to know of a receivable or a customer.

Comes in: a Snapshot whose `picked_<arena>` tables name the subjects. Goes out: Picks, streamed in the order of subjects.
Know before changing: `digest` covers everything that a decision about the subject stands on: its facts as of the date, and the
last row of each kind the book holds of it whatever their date, so that a payment dated tomorrow makes today's plan stale.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from engine.act.address_book import credit_holds
from engine.book.snapshot import Snapshot, episodes
from engine.decide.calls import Call
from engine.decide.classes import DecidedClass, picked, relation
from engine.decide.credit import numbers
from engine.decide.findings import Compiled
from engine.decide.settling import settled
from engine.policy.document import digest
from engine.policy.model import CreditHold, ReleaseCreditHold, SetCreditLimit, SetTerms, Subject
from engine.sources import column

# Rows of the book that concern a receivable or its customer; rows are only ever added, so the last one is a version.
_OF_CUSTOMER = {
    "payments": "t.customer_id = {customer}",
    "credits": "t.customer_id = {customer}",
    "contacts": "t.customer_id = {customer}",
    "customer_versions": "t.customer_id = {customer}",
    "promises": "t.customer_id = {customer}",
    "holds": "t.customer_id = {customer}",
    "hold_releases": "t.hold_id IN (SELECT id FROM holds WHERE customer_id = {customer})",
}
_OF_RECEIVABLE = {
    "allocations": "t.receivable_id = {receivable}",
    "disputes": "t.receivable_id = {receivable}",
    "dispute_resolutions": "t.dispute_id IN (SELECT id FROM disputes WHERE receivable_id = {receivable})",
}
_OF_ALL_RECEIVABLES = {
    "receivables": "t.customer_id = {customer}",
    "allocations": "t.receivable_id IN (SELECT id FROM receivables WHERE customer_id = {customer})",
    "disputes": "t.receivable_id IN (SELECT id FROM receivables WHERE customer_id = {customer})",
    "dispute_resolutions": """t.dispute_id IN (SELECT d.id FROM disputes AS d JOIN receivables AS r ON r.id = d.receivable_id
      WHERE r.customer_id = {customer})""",
}
_GRANTED = """SELECT reference FROM granted_limits WHERE customer_id = {customer} UNION
  SELECT reference FROM rating_overrides WHERE customer_id = {customer} UNION
  SELECT reference FROM suspensions WHERE customer_id = {customer}"""
# What credit is decided on beside that.
_EVIDENCE = dict.fromkeys(
    (
        "assessments",
        "financials",
        "granted_limits",
        "orders",
        "rating_overrides",
        "review_requests",
        "reviews",
        "securities",
        "steps",
        "suspensions",
    ),
    "t.customer_id = {customer}",
) | {
    "order_closings": "t.order_id IN (SELECT id FROM orders WHERE customer_id = {customer})",
    **dict.fromkeys(("confirmations", "withdrawals"), f"t.reference IN ({_GRANTED})"),
}


@dataclass(frozen=True, slots=True)
class Pick:
    """One picked subject. `open` and `chased` are in `currency`; of a customer, the overdue amount in the policy's currency."""

    subject: Subject
    id: int
    position: int
    customer_id: int
    entity_id: int
    currency: str
    number: str | None
    issued: str
    due: str
    days_past_due: int | None
    open: int
    chased: int
    episode: str
    values: tuple[tuple[str, int | str | None], ...]
    digest: str


def receivables(snapshot: Snapshot, one: Compiled, first: int, last: int) -> Iterator[Pick]:
    """The picked receivables whose class is in the range of positions, all of one policy."""
    facts = sorted(one.facts)
    counted = {**_OF_RECEIVABLE, **_OF_CUSTOMER}
    counts = _counts(counted, customer="s.customer_id", receivable="s.receivable_id")
    columns = ", ".join(map(column, facts))
    query = f"""SELECT k.class, s.receivable_id, s.customer_id, s.entity_id, s.billed_in, r.number, r.issued, r.due, s.open,
      s.chased, {counts}, {columns}
    FROM {relation(Subject.RECEIVABLE, snapshot.tables[one.policy.currency], one.facts)}
    JOIN picked_receivable AS k ON k.subject_id = s.receivable_id
    JOIN (SELECT id, number, issued, due FROM receivables) AS r ON r.id = s.receivable_id
    WHERE k.class BETWEEN {first} AND {last}"""
    age = facts.index("days_past_due")
    for row in snapshot.book.execute(query):
        position, identity, customer, entity, currency, number, issued, due, open_, chased, *rest = row
        values = tuple(zip(facts, rest[len(counted) :], strict=True))
        stamp = digest([identity, open_, chased, *rest])
        yield Pick(
            subject=Subject.RECEIVABLE,
            id=identity,
            position=position,
            customer_id=customer,
            entity_id=entity,
            currency=currency,
            number=number,
            issued=issued,
            due=due,
            days_past_due=rest[len(counted) + age],
            open=open_,
            chased=chased,
            episode=due,
            values=values,
            digest=stamp,
        )


def customers(snapshot: Snapshot, one: Compiled, first: int, last: int) -> Iterator[Pick]:
    """The picked customers whose class is in the range of positions, all of one policy."""
    facts = sorted(one.facts)
    counted = {**_OF_CUSTOMER, **_OF_ALL_RECEIVABLES, **(_EVIDENCE if one.policy.credit else {})}
    counts = _counts(counted, customer="s.customer_id", receivable="NULL")
    columns = ", ".join(map(column, facts))
    table = picked(one.policy)
    chosen = f"SELECT subject_id AS customer_id FROM {table} WHERE class BETWEEN {first} AND {last}"
    episodes(snapshot.book, chosen, snapshot.parameters)
    query = f"""SELECT k.class, s.customer_id, h.entity_id, e.episode, {counts}, {columns}
    FROM {relation(Subject.CUSTOMER, snapshot.tables[one.policy.currency], one.facts)}
    JOIN {table} AS k ON k.subject_id = s.customer_id JOIN customers AS h ON h.id = s.customer_id
    JOIN episodes AS e ON e.customer_id = s.customer_id
    WHERE k.class BETWEEN {first} AND {last}"""
    for position, identity, entity, episode, *rest in snapshot.book.execute(query):
        values = dict(zip(facts, rest[len(counted) :], strict=True))
        stamp = digest([identity, episode, *rest])
        yield Pick(
            subject=Subject.CUSTOMER,
            id=identity,
            position=position,
            customer_id=identity,
            entity_id=entity,
            currency=one.policy.currency,
            number=None,
            issued="",
            due="",
            days_past_due=values["customer.oldest_days_past_due"],
            open=values["customer.open_amount"],
            chased=values["customer.overdue_amount"],
            episode=episode,
            values=tuple(values.items()),
            digest=stamp,
        )


def of_policy(snapshot: Snapshot, one: Compiled, first: int, last: int) -> Iterator[Pick]:
    """The picks of one policy, whatever its subject."""
    if one.policy.subject is Subject.RECEIVABLE:
        return receivables(snapshot, one, first, last)
    return customers(snapshot, one, first, last)


# Calls that come to nothing for most customers on most days.
_QUIET = SetCreditLimit | SetTerms | CreditHold | ReleaseCreditHold


def leave_unmoved(snapshot: Snapshot, one: Compiled, found: Sequence[DecidedClass], first: int) -> None:
    """Pick no customer whose limit, terms and holds stay as they are and of whom nothing else is called for.

    Most of a book's customers are such on most days; what a pick costs is then paid for the others only. `first` is the
    position of the first of the policy's classes.
    """
    calls = {
        first + place: one.decision.calls
        for place, one in enumerate(found)
        if all(isinstance(call.action, _QUIET) for call in one.decision.calls)
    }
    facts, table = sorted(numbers(one.policy)), picked(one.policy)
    holds = credit_holds(snapshot, snapshot.tables[one.policy.currency].customer)
    query = f"""SELECT k.class, k.subject_id, {", ".join(map(column, facts))}
    FROM {relation(Subject.CUSTOMER, snapshot.tables[one.policy.currency], one.facts)}
    JOIN {table} AS k ON k.subject_id = s.customer_id WHERE k.class BETWEEN {first} AND {first + len(found) - 1}"""
    unmoved = []
    for position, identity, *values in snapshot.book.execute(query).fetchall():
        called = [call for call in calls.get(position, ()) if not _stands(call, holds.get(identity, ()))]
        if position in calls and not settled(one.policy, called, dict(zip(facts, values, strict=True))):
            unmoved.append((identity,))
    snapshot.book.conn.executemany(f"DELETE FROM temp.{table} WHERE subject_id = ?", unmoved)


def _stands(call: Call, holds: Iterable[tuple[str, bool]]) -> bool:
    """Whether the hold is there already, or there is none to release; as act/draft.py has it."""
    match call.action:
        case CreditHold(reason):
            return any(held == reason for held, _ in holds)
        case ReleaseCreditHold(reason):
            return (reason, True) not in holds
        case _:
            return False


def _counts(tables: Mapping[str, str], *, customer: str, receivable: str) -> str:
    """SQL of the last row that each table holds of the subject."""
    return ", ".join(
        f"(SELECT MAX(t.id) FROM {table} AS t WHERE {where.format(customer=customer, receivable=receivable)})"
        for table, where in tables.items()
    )
