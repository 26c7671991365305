"""Landing payments, credits and allocations: what pays which receivable, and never more than is open.

Comes in: batches of records. Goes out: payments, credits, allocations.
Know before changing: `Item` is one allocation to be. On no day may more be allocated to a receivable than its amount, nor more
of a payment than it brought; that is what keeps open amounts from falling below zero on any as-of date.
"""

import json
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from engine import money
from engine.book.files.fields import Record
from engine.book.landing.desk import Batch, Desk, Rows, Table, find, ids, insert, put
from engine.book.landing.tables import NUMBERED, owned

CREDITS = Table("credits", NUMBERED, ("customer_id", "issued", "amount", "currency", "reason"))
PAYMENTS = Table("payments", NUMBERED, ("customer_id", "received", "amount", "currency", "reference"))
# What an allocation joins: the table, the field that names a row of it, the code where there is none.
_JOINED = (
    ("receivables", "receivable", "unknown-receivable"),
    ("payments", "payment", "unknown-payment"),
    ("credits", "credit", "unknown-credit"),
)
_KEY = ("receivable_id", "payment_id", "credit_id", "date", "amount")


@dataclass(frozen=True, slots=True)
class Item:
    """One allocation to be: the kind and row it came from, and what it joins. `date` None: as soon as both are there."""

    kind: str
    row: int
    receivable: int
    table: str
    source: int
    date: str | None
    amount: int
    currency: str


@dataclass(frozen=True, slots=True)
class Side:
    """A receivable, payment or credit: what it is for and from when on."""

    number: str
    amount: int
    currency: str
    begins: str


def payments(desk: Desk, batch: Batch) -> None:
    """Money received, each with its allocation where it names a receivable."""
    _incoming(desk, "payments", PAYMENTS, "received", batch)


def credits(desk: Desk, batch: Batch) -> None:  # noqa: A001 - the domain's word
    """Credit notes, each with its allocation where it names a receivable."""
    _incoming(desk, "credits", CREDITS, "issued", batch)


def allocations(desk: Desk, batch: Batch) -> None:
    """Allocations that a file states one by one."""
    found: list[tuple[int, Record, int]] = []
    for number, record in batch:
        entity = desk.entity("allocations", number, record, None)
        if entity:
            found.append((number, record, entity))
    known = {
        (table, name): ids(desk, table, NUMBERED, ((e, r[name]) for _, r, e in found if r[name] is not None))
        for table, name, _ in _JOINED
    }
    items = []
    for number, record, entity in found:
        resolved = {}
        for table, name, code in _JOINED:
            there = known[table, name]
            if record[name] is None:
                continue
            resolved[table] = there.get((entity, record[name]))
            if resolved[table] is None:
                reason = f"'{record[name]}' is no {name} of that entity in the book; import the {table} first"
                desk.problem("allocations", number, name, code, reason)
        receivable, *sources = resolved.items()
        if None not in resolved.values():
            (table, source), = sources
            items.append(Item("allocations", number, receivable[1] or 0, table, source or 0, record["date"],
                              record["amount"], record["currency"]))
    clear(desk, items)


def _incoming(desk: Desk, kind: str, table: Table, date: str, batch: Batch) -> None:
    """Payments and credits are alike."""
    found = owned(desk, kind, batch)
    rows: Rows = []
    for number, record, entity, customer in found:
        resolved = {"entity_id": entity, "customer_id": customer}
        rows.append((number, tuple(resolved.get(name, record.get(name)) for name in table.columns)))
    put(desk, kind, table, rows)
    named = [each for each in found if each[1]["receivable"] is not None]
    if not named:
        return
    sources = ids(desk, table.name, NUMBERED, ((e, r["number"]) for _, r, e, _ in named))
    receivables = ids(desk, "receivables", NUMBERED, ((e, r["receivable"]) for _, r, e, _ in named))
    items = []
    for number, record, entity, _ in named:
        receivable = receivables.get((entity, record["receivable"]))
        if receivable is None:
            reason = f"'{record['receivable']}' is no receivable of that entity in the book; import the receivables first"
            desk.problem(kind, number, "receivable", "unknown-receivable", reason)
            continue
        source = sources[entity, record["number"]]
        items.append(Item(kind, number, receivable, table.name, source, None, record["amount"], record["currency"]))
    clear(desk, items)


def clear(desk: Desk, items: list[Item]) -> None:
    """Add the allocations that are new; refuse those that do not fit, count those that are there."""
    receivables = _sides(desk, "receivables", "posted", (item.receivable for item in items))
    sources = {
        (table, id_): side
        for table, begins in (("payments", "received"), ("credits", "issued"))
        for id_, side in _sides(desk, table, begins, (item.source for item in items if item.table == table)).items()
    }
    fitting: list[tuple[Item, tuple[Any, ...]]] = []
    for item in items:
        receivable, source = receivables[item.receivable], sources[item.table, item.source]
        begins = max(receivable.begins, source.begins)
        date = item.date or begins
        if _fits(desk, item, receivable, source, date, begins):
            by = (item.source, None) if item.table == "payments" else (None, item.source)
            fitting.append((item, (item.receivable, *by, date, item.amount)))
    fresh = _fresh(desk, fitting)
    paid = [each for each in fresh if each[0].amount > 0]
    insert(desk, "allocations", _KEY, [(*key, desk.now) for _, key in paid])
    _take_back(desk, [each for each in fresh if each[0].amount < 0])
    desk.tally("allocations").added += len(fresh)
    _check(desk, "receivable_id", [(item, item.receivable, receivables[item.receivable]) for item, _ in fresh])
    for table, column in (("payments", "payment_id"), ("credits", "credit_id")):
        of_table = [(i, i.source, sources[table, i.source]) for i, _ in fresh if i.table == table]
        _check(desk, column, of_table)


def _sides(desk: Desk, table: str, begins: str, wanted: Any) -> dict[int, Side]:
    """What is known of some receivables, payments or credits."""
    keys = dict.fromkeys((id_,) for id_ in wanted)
    found = find(desk, table, ("id",), keys, ("number", "amount", "currency", begins))
    return {row[0]: Side(*row[1:]) for row in found}


def _fits(desk: Desk, item: Item, receivable: Side, source: Side, date: str, begins: str) -> bool:
    """Whether currencies agree and nothing is allocated before it is there."""
    name = "currency"
    if not item.currency == receivable.currency == source.currency:
        other = receivable if item.currency != receivable.currency else source
        reason = f"'{item.currency}' is not the currency of {other.number}, which is {other.currency}"
        desk.problem(item.kind, item.row, name, "currency-mismatch", reason)
        return False
    if date < begins:
        late = receivable if receivable.begins == begins else source
        reason = f"'{date}' is before {late.number} is in the book ({begins}); an allocation cannot be earlier"
        desk.problem(item.kind, item.row, "date", "allocation-too-early", reason)
        return False
    return True


def _fresh(desk: Desk, fitting: list[tuple[Item, tuple[Any, ...]]]) -> list[tuple[Item, tuple[Any, ...]]]:
    """Those that are not in the book nor earlier in the batch."""
    seen = {row[:5] for row in find(desk, "allocations", _KEY, dict.fromkeys(key for _, key in fitting), ())}
    fresh = []
    for item, key in fitting:
        if key in seen:
            desk.tally("allocations").duplicates += 1
        else:
            seen.add(key)
            fresh.append((item, key))
    return fresh


def _take_back(desk: Desk, reversals: list[tuple[Item, tuple[Any, ...]]]) -> None:
    """Each negative allocation reverses the oldest one of the same amount that is not reversed yet."""
    for item, key in sorted(reversals, key=lambda each: (each[1][3], each[0].row)):
        receivable, payment, credit, date, amount = key
        found = desk.query(
            "SELECT id FROM allocations AS a WHERE receivable_id = :receivable AND payment_id IS :payment AND credit_id IS"
            " :credit AND amount = :amount AND date <= :date AND NOT EXISTS (SELECT 1 FROM allocations AS r"
            " WHERE r.reverses = a.id) ORDER BY date, id LIMIT 1",
            receivable=receivable, payment=payment, credit=credit, amount=-amount, date=date,
        )
        if found:
            insert(desk, "allocations", (*_KEY, "reverses"), [(*key, found[0][0], desk.now)])
        else:
            shown = money.plain(amount, item.currency)
            reason = f"'{shown}' takes back an allocation of that amount, but there is none of that date or before"
            desk.problem(item.kind, item.row, "amount", "nothing-to-reverse", reason)


def _check(desk: Desk, column: str, touched: list[tuple[Item, int, Side]]) -> None:
    """On no day is more allocated than there is. The row to blame is the last one that touched the side."""
    if not touched:
        return
    last = {id_: (item, side) for item, id_, side in touched}
    # A part that was taken back makes the sum fall again, so the sum is taken day by day.
    rows = desk.query(
        f"SELECT a.{column}, a.date, SUM(a.amount) FROM json_each(:ids) AS wanted CROSS JOIN allocations AS a"
        f" ON a.{column} = wanted.value GROUP BY a.{column}, a.date ORDER BY a.{column}, a.date",
        ids=json.dumps(list(last)),
    )
    sums: defaultdict[int, int] = defaultdict(int)
    told: set[int] = set()
    for id_, date, amount in rows:
        sums[id_] += amount
        item, side = last[id_]
        if sums[id_] > side.amount and id_ not in told:
            told.add(id_)
            over, whole = (money.written(value, side.currency) for value in (sums[id_], side.amount))
            shown = money.plain(item.amount, item.currency)
            reason = f"'{shown}' brings what is allocated of {side.number} to {over} on {date}, more than its {whole}"
            desk.problem(item.kind, item.row, "amount", "over-allocated", reason)
