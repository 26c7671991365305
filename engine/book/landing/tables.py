"""Landing the kinds that become one row of one table each, and those that bring a second row that ends the first.

Comes in: batches of records. Goes out: rows of the book, through desk.put.
Know before changing: an empty entity is the customer's; a number of a receivable is looked up within an entity.
"""

from typing import Any

from engine.book.files.cells import Fault, minor
from engine.book.files.fields import Record
from engine.book.landing.desk import Batch, Desk, Ending, Rows, Table, find, ids, put, settle

NUMBERED = ("entity_id", "number")

ENTITIES = Table("entities", ("code",), ("name", "currency", "country", "calendar"))
CALENDARS = Table("calendars", ("calendar", "date"), ("name",))
FX_RATES = Table("fx_rates", ("source", "target", "date"), ("numerator", "denominator"), ("rate",))
MARKET = Table("market", ("industry", "region", "valid_from"), ("outlook",))
_CONTACT = ("name", "role", "email", "phone", "address", "language", "do_not_contact")
CONTACTS = Table("contacts", ("customer_id", *_CONTACT), ())
# An order that is closed later is the same order: `closed` is written with a new one and otherwise settled.
ORDERS = Table("orders", NUMBERED, ("customer_id", "ordered", "amount", "currency"), ("closed",))
CLOSINGS = Table("order_closings", ("order_id",), ("closed",))
RECEIVABLES = Table(
    "receivables",
    NUMBERED,
    ("customer_id", "issued", "posted", "due", "amount", "currency", "kind", "document", "contract", "policy", "principal_id"),
)
DISPUTES = Table("disputes", ("reference",), ("receivable_id", "amount", "reason", "opened"), ("actor",))
RESOLUTIONS = Table("dispute_resolutions", ("dispute_id",), ("resolved", "outcome"), ("actor",))
PROMISES = Table(
    "promises",
    ("reference",),
    ("customer_id", "receivable_id", "made", "promised", "grace_days", "amount", "currency"),
    ("actor",),
)
HOLDS = Table(
    "holds", ("reference",), ("kind", "customer_id", "receivable_id", "reason", "valid_from", "valid_until"), ("actor",)
)
RELEASES = Table("hold_releases", ("hold_id",), ("released", "reason"), ("actor",))
ACTIVITIES = Table(
    "activities",
    ("reference",),
    ("customer_id", "receivable_id", "date", "channel", "contact", "result", "expected_payment", "note"),
    ("actor",),
)


def row_of(table: Table, record: Record, **resolved: Any) -> tuple[Any, ...]:
    """The values of the table's columns: those resolved, else the record's."""
    return tuple(resolved[name] if name in resolved else record[name] for name in table.columns)


def entities(desk: Desk, batch: Batch) -> None:
    """Our own legal entities."""
    put(desk, "entities", ENTITIES, [(n, row_of(ENTITIES, r)) for n, r in batch], shared=desk.primary != "entities")
    fresh = {r["code"] for _, r in batch} - set(desk.entities)
    for (code,), number in ids(desk, "entities", ("code",), ((code,) for code in sorted(fresh))).items():
        desk.entities[code] = (number, next(r["currency"] for _, r in batch if r["code"] == code))


def calendars(desk: Desk, batch: Batch) -> None:
    """Days off."""
    put(desk, "calendars", CALENDARS, [(n, row_of(CALENDARS, r)) for n, r in batch])


def fx_rates(desk: Desk, batch: Batch) -> None:
    """Exchange rates; `rate` was read into numerator and denominator."""
    put(desk, "fx_rates", FX_RATES, [(n, row_of(FX_RATES, r)) for n, r in batch])


def market(desk: Desk, batch: Batch) -> None:
    """Outlooks of industries."""
    put(desk, "market", MARKET, [(n, row_of(MARKET, r)) for n, r in batch])


def contacts(desk: Desk, batch: Batch) -> None:
    """Whom to write to; the same person with another address is another contact."""
    of_customers(desk, "contacts", CONTACTS, batch)


def orders(desk: Desk, batch: Batch) -> None:
    """Orders; the same row again with the day that it was closed closes it."""
    found = owned(desk, "orders", batch)
    fresh = put(desk, "orders", ORDERS, [(n, row_of(ORDERS, r, entity_id=e, customer_id=c)) for n, r, e, c in found])
    closed = [(n, r, e) for n, r, e, _ in found if r["closed"] is not None]
    if not closed:
        return
    wanted = dict.fromkeys((e, r["number"]) for _, r, e in closed)
    there = {row[:2]: row[2:] for row in find(desk, "orders", NUMBERED, wanted, ("id", "closed"))}
    endings = []
    for number, record, entity in closed:
        id_, day = there[entity, record["number"]]
        before = None if day is None else (day,)
        endings.append(Ending(number, "closed", record["number"], (id_, record["closed"]), before))
    settle(desk, "orders", CLOSINGS, endings, fresh)


def receivables(desk: Desk, batch: Batch) -> None:
    """What is owed. Fees and interest land after what they are charged on."""
    found = owned(desk, "receivables", batch)
    plain = [(n, row_of(RECEIVABLES, r, entity_id=e, customer_id=c, principal_id=None)) for n, r, e, c in found
             if r["principal"] is None]
    put(desk, "receivables", RECEIVABLES, plain)
    charged = [each for each in found if each[1]["principal"] is not None]
    if not charged:
        return
    principals = ids(desk, "receivables", NUMBERED, ((e, r["principal"]) for _, r, e, _ in charged))
    rows: Rows = []
    for number, record, entity, customer in charged:
        principal = principals.get((entity, record["principal"]))
        if principal is None:
            desk.problem("receivables", number, "principal", "unknown-receivable", _unknown(record["principal"]))
        else:
            resolved = {"entity_id": entity, "customer_id": customer, "principal_id": principal}
            rows.append((number, row_of(RECEIVABLES, record, **resolved)))
    put(desk, "receivables", RECEIVABLES, rows)


def disputes(desk: Desk, batch: Batch) -> None:
    """What is contested; a settled one brings its resolution."""
    rows: Rows = []
    currencies: dict[int, tuple[str, int]] = {}
    known = _receivables(desk, "disputes", batch)
    if known:
        wanted = ((receivable,) for receivable in dict.fromkeys(receivable for _, _, _, receivable in known))
        currencies = {row[0]: row[1:] for row in find(desk, "receivables", ("id",), wanted, ("currency", "amount"))}
    for number, record, _, receivable in known:
        assert receivable is not None, "a dispute names its receivable"
        amount = record["amount"]
        if amount is not None:
            amount = _contested(desk, number, amount, *currencies[receivable])
            if amount is None:
                continue
        actor = record["actor"] or desk.actor
        rows.append((number, row_of(DISPUTES, record, receivable_id=receivable, amount=amount, actor=actor)))
    fresh = put(desk, "disputes", DISPUTES, rows)
    settled = [(n, r) for n, r, _, _ in known if r["resolved"] is not None]
    _end(desk, "disputes", RESOLUTIONS, settled, fresh, ("resolved", "outcome"))


def promises(desk: Desk, batch: Batch) -> None:
    """What customers committed to."""
    _about(desk, "promises", PROMISES, batch)


def holds(desk: Desk, batch: Batch) -> None:
    """What is not to be chased or not to be sold to; a released one brings its release."""
    known, fresh = _about(desk, "holds", HOLDS, batch)
    released = [(n, r) for n, r in known if r["released"] is not None]
    _end(desk, "holds", RELEASES, released, fresh, ("released", "release_reason"))


def activities(desk: Desk, batch: Batch) -> None:
    """Who spoke to whom."""
    _about(desk, "activities", ACTIVITIES, batch)


def owned(desk: Desk, kind: str, batch: Batch) -> list[tuple[int, Record, int, int]]:
    """(row, record, entity id, customer id) of the records whose entity and customer are known."""
    found = []
    for number, record in batch:
        customer = desk.customer(kind, number, record["customer"])
        entity = desk.entity(kind, number, record, customer) if customer else None
        if customer and entity:
            found.append((number, record, entity, customer[0]))
    return found


def of_customers(desk: Desk, kind: str, table: Table, batch: Batch) -> frozenset[int]:
    """Rows that refer to a customer only; the numbers of those that were new."""
    rows: Rows = []
    for number, record in batch:
        customer = desk.customer(kind, number, record["customer"])
        if customer:
            by = {"actor": record["actor"] or desk.actor} if "actor" in table.columns else {}
            rows.append((number, row_of(table, record, customer_id=customer[0], **by)))
    return put(desk, kind, table, rows)


def _about(desk: Desk, kind: str, table: Table, batch: Batch) -> tuple[Batch, frozenset[int]]:
    """Rows about a customer and perhaps one receivable: those that landed or were there, and which of them were new."""
    known = _receivables(desk, kind, batch)
    rows: Rows = []
    for number, record, customer, receivable in known:
        actor = record["actor"] or desk.actor
        resolved = {"customer_id": customer, "receivable_id": receivable, "actor": actor}
        rows.append((number, row_of(table, record, **resolved)))
    fresh = put(desk, kind, table, rows)
    return [(number, record) for number, record, _, _ in known], fresh


def _receivables(desk: Desk, kind: str, batch: Batch) -> list[tuple[int, Record, int | None, int | None]]:
    """(row, record, customer id, receivable id) of the records whose customer and receivable, where named, are known."""
    named: list[tuple[int, Record, int | None, int | None]] = []
    for number, record in batch:
        customer = desk.customer(kind, number, record["customer"]) if "customer" in record else None
        if "customer" in record and not customer:
            continue
        entity = desk.entity(kind, number, record, customer) if record["receivable"] is not None else None
        if record["receivable"] is None or entity:
            named.append((number, record, customer[0] if customer else None, entity))
    there = ids(desk, "receivables", NUMBERED, ((e, r["receivable"]) for _, r, _, e in named if e))
    found: list[tuple[int, Record, int | None, int | None]] = []
    for number, record, owner, entity in named:
        receivable = there.get((entity, record["receivable"])) if entity else None
        if entity and receivable is None:
            desk.problem(kind, number, "receivable", "unknown-receivable", _unknown(record["receivable"]))
        else:
            found.append((number, record, owner, receivable))
    return found


def _unknown(number: str) -> str:
    """What is said of a receivable that is not there."""
    return f"'{number}' is no receivable of that entity in the book; import the receivables first"


def _contested(desk: Desk, row: int, text: str, currency: str, whole: int) -> int | None:
    """Minor units of a contested amount: above zero and no more than the receivable's own."""
    try:
        amount = minor(text, currency)
    except Fault as fault:
        desk.problem("disputes", row, "amount", fault.code, f"'{text}' {fault}")
        return None
    if not 0 < amount <= whole:
        desk.problem("disputes", row, "amount", "bad-amount", f"'{text}' is not above zero and within the receivable's amount")
        return None
    return amount


def _end(
    desk: Desk, kind: str, table: Table, batch: Batch, fresh: frozenset[int], fields: tuple[str, str]
) -> None:
    """The rows that end disputes or holds; `fields` say when and how."""
    firsts = ids(desk, kind, ("reference",), ((r["reference"],) for _, r in batch))
    endings = [
        Ending(number, fields[0], record["reference"], (first, *(record[name] for name in fields), record["actor"] or desk.actor))
        for number, record in batch
        if (first := firsts.get((record["reference"],))) is not None
    ]
    settle(desk, kind, table, endings, fresh)
