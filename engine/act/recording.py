"""Writing down what a person said: one row and the ledger entry that states it, under a reference that is given out.

Comes in: a row that has been checked, whom it concerns, and who says so. Goes out: a Recorded.
Know before changing: to be called inside store.writing. References that were imported are stepped over, and records that
somebody else confirms share their references over all of their tables, for a confirmation names nothing else.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.act.ledger import append, stated
from engine.act.look_up import Checks, Customer, Receivable
from engine.book.granted import GRANTED
from engine.book.store import Book

# What the history shows of an entry at a glance; all of it is in its rows.
_SAID = ("amount", "currency", "note", "outcome", "promised", "rating", "reason", "result", "scope", "valid_until")


@dataclass(frozen=True, slots=True)
class Granted:
    """What somebody granted. `counts_from` is None while it waits; `in_force` is the own limit that it takes the place of."""

    rating: str | None
    scope: str | None
    amount: int | None
    currency: str | None
    valid_from: str
    valid_until: str | None
    counts_from: str | None = None
    in_force: tuple[int, str] | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """What was recorded: its reference, the customer and receivable that it concerns, and its number in the ledger."""

    kind: str
    reference: str
    customer: str
    receivable: str | None
    seq: int
    granted: Granted | None = None


def record(
    checks: Checks,
    kind: str,
    letter: str,
    table: str,
    row: Mapping[str, Any],
    customer: Customer,
    receivable: Receivable | None,
    *,
    actor: str,
    now: str,
) -> Recorded:
    """The row under a new reference, and its entry; Refusal where anything was found wrong."""
    checks.refuse()
    reference = _reference(checks.book, table, letter)
    full = {"reference": reference, **row}
    return keep(checks, kind, reference, table, full, customer, receivable, actor=actor, now=now)


def keep(
    checks: Checks,
    kind: str,
    reference: str,
    table: str,
    row: Mapping[str, Any],
    customer: Customer,
    receivable: Receivable | None,
    *,
    actor: str,
    now: str,
    about: str | None = None,
) -> Recorded:
    """The row and its entry, which says `about` in words where the row itself says nothing."""
    book = checks.book
    columns = {"id": _last(book, table) + 1, **row}
    full = {**columns, "actor": actor, "recorded_at": now}
    marks = ", ".join(f":{name}" for name in full)
    book.execute(f"INSERT INTO {table} ({', '.join(full)}) VALUES ({marks})", full)
    content = {
        "reference": reference,
        "customer": customer.number,
        "receivables": [receivable.number] if receivable else [],
        **{name: row[name] for name in _SAID if row.get(name) is not None},
        **({"about": about} if about else {}),
        "rows": {table: [stated(table, full)]},
    }
    seq = append(book, run_id=None, at=now, actor=actor, kind=kind, content=content)
    return Recorded(kind, reference, customer.number, receivable.number if receivable else None, seq)


def _reference(book: Book, table: str, letter: str) -> str:
    """The next free reference, such as D-000012; others may have been imported under any name."""
    tables = tuple(GRANTED.values()) if table in GRANTED.values() else (table,)
    number = _last(book, table) + 1
    while any(_taken(book, each, f"{letter}-{number:06}") for each in tables):
        number += 1
    return f"{letter}-{number:06}"


def _taken(book: Book, table: str, reference: str) -> bool:
    """Whether the table has that reference."""
    query = f"SELECT 1 FROM {table} WHERE reference = :reference"
    return book.execute(query, {"reference": reference}).fetchone() is not None


def _last(book: Book, table: str) -> int:
    """The id of the last row."""
    return int(book.execute(f"SELECT COALESCE(MAX(id), 0) FROM {table}").fetchone()[0])
