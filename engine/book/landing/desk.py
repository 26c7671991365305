"""The desk on which one import is worked: who is known, what was found wrong, what was added.

Comes in: records of a file, batch by batch, inside one open transaction. Goes out: problems, counts and notes.
Know before changing: the desk is the one value here that changes; it lives as long as one import. Problems are collected, the
caller refuses the whole file when there is one. Lookups go batch by batch through unique indexes, never over a whole table.
"""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.book.files.fields import Record, Source
from engine.book.files.kinds import KINDS
from engine.book.store import Book
from engine.errors import Place, Problem, nearest

# (row number, record); a batch is a list of them.
Batch = list[tuple[int, Record]]
# Key columns that may be NULL. They are compared row by row (the + says so): an index of theirs would find every NULL.
NULLABLE = frozenset({"payment_id", "credit_id", "role", "email", "phone", "address", "language"})
# What is wrong with more rows than this is not in the rows.
MOST_PROBLEMS = 10_000
_HINTS = 20


@dataclass(slots=True)
class Tally:
    """What became of the records of one kind."""

    added: int = 0
    duplicates: int = 0
    skipped: int = 0
    sums: Counter[str] = field(default_factory=Counter)


class Desk:
    """What one import knows and finds."""

    def __init__(self, book: Book, file: str, primary: str, *, actor: str, now: str) -> None:
        """`primary` is the kind that the file was imported as."""
        self.book = book
        self.file = file
        self.primary = primary
        self.actor = actor
        self.now = now
        self.sources: dict[tuple[str, str], Source] = {}
        self.problems: set[Problem] = set()
        # Rows with a problem; what else they would yield is not looked at, for it would only be wrong in consequence.
        self.bad: set[int] = set()
        self.tallies: dict[str, Tally] = {}
        self.notes: list[str] = []
        # Per kind that many rows of a file mention: key -> values, as this file said them first.
        self.mentioned: dict[str, dict[tuple[Any, ...], tuple[Any, ...]]] = {}
        self.entities: dict[str, tuple[int, str]] = {
            code: (number, currency) for number, code, currency in self.query("SELECT id, code, currency FROM entities")
        }
        self.customers: dict[str, tuple[int, int]] = {
            number: (id_, entity) for id_, number, entity in self.query("SELECT id, number, entity_id FROM customers")
        }

    def query(self, sql: str, **parameters: Any) -> list[tuple[Any, ...]]:
        """Every row that the statement gives."""
        rows: list[tuple[Any, ...]] = self.book.execute(sql, parameters).fetchall()
        return rows

    def problem(self, kind: str, row: int, name: str, code: str, reason: str) -> None:
        """A row cannot land: point at the column that the field came from."""
        source = self.sources.get((kind, name), Source(0, name))
        self.note_problem(row, source, code, f"{source.name} {reason}")

    def note_problem(self, row: int, source: Source, code: str, message: str) -> None:
        """The same, for a cell that no record was made of."""
        self.bad.add(row)
        self.problems.add(Problem(Place(self.file, row, source.index), code, message))

    def tally(self, kind: str) -> Tally:
        """The counts of one kind."""
        return self.tallies.setdefault(kind, Tally())

    def entity(self, kind: str, row: int, record: Record, customer: tuple[int, int] | None) -> int | None:
        """The id of the entity that the record names, else of its customer's, else of the only one there is."""
        code = record.get("entity")
        if code is None:
            if customer:
                return customer[1]
            if len(self.entities) == 1:
                return next(iter(self.entities.values()))[0]
            self.problem(kind, row, "entity", "missing-value", "is empty, and the book does not have exactly one entity")
            return None
        known = self.entities.get(code)
        if known is None:
            reason = f"'{code}' is no entity of the book{nearest(code, self.entities)}"
            self.problem(kind, row, "entity", "unknown-entity", reason)
            return None
        return known[0]

    def customer(self, kind: str, row: int, number: str, name: str = "customer") -> tuple[int, int] | None:
        """(id, entity id) of a customer by number."""
        known = self.customers.get(number)
        if known is None:
            reason = f"'{number}' is no customer of the book{self._nearest_customer(number)}"
            self.problem(kind, row, name, "unknown-customer", reason)
        return known

    def _nearest_customer(self, number: str) -> str:
        """The nearest number of those that begin alike; only for a few rows, for there may be a million customers."""
        if len(self.problems) > _HINTS:
            return ""
        start = number[: min(3, len(number) - 1)]
        return nearest(number, [other for other in self.customers if other.startswith(start)][:_HINTS * 100])


@dataclass(frozen=True, slots=True)
class Table:
    """Where a kind lands: its table, the columns that make a row the same row, and the columns that are then compared.

    `unsaid` are columns that are written but not compared: who recorded a row does not make it another row.
    """

    name: str
    key: tuple[str, ...]
    compared: tuple[str, ...]
    unsaid: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that an import writes, but for the id and recorded_at."""
        return (*self.key, *self.compared, *self.unsaid)


# A row of a table to be: row number in the file, then the values of Table.columns.
Rows = list[tuple[int, tuple[Any, ...]]]


def find(desk: Desk, table: str, key: Sequence[str], keys: Iterable[tuple[Any, ...]], columns: Sequence[str]) -> list[Any]:
    """The rows of a table with those keys: the key's values, then the columns, by id."""
    on = " AND ".join(
        f"{f'+t.{name} IS' if name in NULLABLE else f't.{name} ='} (wanted.value ->> {index})" for index, name in enumerate(key)
    )
    shown = ", ".join(f"t.{name}" for name in (*key, *columns))
    # CROSS JOIN keeps SQLite from scanning the table instead of seeking each key in its index.
    sql = f"SELECT {shown} FROM json_each(:keys) AS wanted CROSS JOIN {table} AS t ON {on} ORDER BY t.id"
    return desk.query(sql, keys=json.dumps(list(keys)))


def ids(desk: Desk, table: str, key: Sequence[str], keys: Iterable[tuple[Any, ...]]) -> dict[tuple[Any, ...], int]:
    """The id of the row with each key that is there."""
    return {row[:-1]: row[-1] for row in find(desk, table, key, dict.fromkeys(keys), ("id",))}


def put(desk: Desk, kind: str, table: Table, rows: Rows, *, shared: bool = False) -> frozenset[int]:
    """Add the new rows, count those that are there already, refuse those that are there with other values.

    `shared`: the rows only mention something that many rows of the file mention; a repetition is not a duplicate. Gives the
    numbers of the rows that were new.
    """
    width, compared = len(table.key), len(table.key) + len(table.compared)
    seen = desk.mentioned.setdefault(kind, {}) if shared else {}
    rows = [row for row in rows if seen.get(row[1][:width]) != row[1]] if shared else rows
    there = {
        found[:width]: found[width:]
        for found in find(desk, table.name, table.key, dict.fromkeys(v[:width] for _, v in rows), table.compared)
    }
    fresh: dict[int, tuple[Any, ...]] = {}
    tally = desk.tally(kind)
    for number, values in rows:
        key, said = values[:width], values[width:compared]
        if key not in there:
            there[key] = said
            fresh[number] = (*values, desk.now)
        elif there[key] != said:
            _conflict(desk, kind, number, table, key, there[key], said)
        elif not shared or key not in seen:
            tally.duplicates += 1
        if shared:
            seen.setdefault(key, values)
    insert(desk, table.name, table.columns, list(fresh.values()))
    tally.added += len(fresh)
    return frozenset(fresh)


@dataclass(frozen=True, slots=True)
class Ending:
    """A row that ends, settles or confirms an earlier one: the file's row, the field that says so, the name that a problem
    shows, and the values of the table's columns. `before`: what the earlier row itself says already, where it can."""

    row: int
    field: str
    name: str
    values: tuple[Any, ...]
    before: tuple[Any, ...] | None = None


def settle(desk: Desk, kind: str, table: Table, endings: Sequence[Ending], fresh: frozenset[int]) -> frozenset[int]:
    """Add the second rows, for those whose first row has none yet; another second row contradicts it.

    `fresh` are the rows of the file that added something already; of the others, the second row is what they add. Gives the
    numbers of the rows whose second row was new.
    """
    width, compared = len(table.key), len(table.key) + len(table.compared)
    keys = dict.fromkeys(each.values[:width] for each in endings)
    there = {row[:width]: row[width:] for row in find(desk, table.name, table.key, keys, table.compared)}
    tally = desk.tally(kind)
    added: dict[int, tuple[Any, ...]] = {}
    for each in endings:
        key, said = each.values[:width], each.values[width:compared]
        known = there.get(key, each.before)
        if known is None:
            there[key] = said
            added[each.row] = (*each.values, desk.now)
            if each.row not in fresh:
                tally.added += 1
                tally.duplicates -= 1
        elif known != said:
            reason = f"'{said[0]}' contradicts '{known[0]}', which '{each.name}' has already; a correction is a new row"
            desk.problem(kind, each.row, each.field, "conflicting-row", reason)
    insert(desk, table.name, table.columns, list(added.values()))
    return frozenset(added)


def insert(desk: Desk, table: str, columns: Sequence[str], rows: list[tuple[Any, ...]]) -> None:
    """Add rows, each with recorded_at as its last value."""
    names = ", ".join((*columns, "recorded_at"))
    marks = ", ".join("?" * (len(columns) + 1))
    desk.book.conn.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)


def _conflict(
    desk: Desk, kind: str, number: int, table: Table, key: tuple[Any, ...], before: tuple[Any, ...], said: tuple[Any, ...]
) -> None:
    """Say which field differs, and how."""
    column, was, now = next(
        (column, was, now) for column, was, now in zip(table.compared, before, said, strict=True) if was != now
    )
    name = column.removesuffix("_id")
    shown = next((value for value in reversed(key) if isinstance(value, str)), "")
    was_text, now_text = ("empty" if value is None else f"'{value}'" for value in (was, now))
    reason = f"{now_text} contradicts {was_text}, which {table.name} '{shown}' has already; a correction is a new row"
    desk.problem(kind, number, name if name in KINDS[kind].names else KINDS[kind].names[0], "conflicting-row", reason)
