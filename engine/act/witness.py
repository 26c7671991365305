"""The rows that the ledger states: how an entry says them, and whether the book still holds them as they were said.

Comes in: the contents of entries. Goes out: the first entry whose rows are gone or changed, and rows that no entry speaks of.
Know before changing: an entry states a row by table, id and columns (`rows: {effects: [{id: 7, key: ..., ...}]}`), long texts
by their digest. Only tables of STATED are ever read, whatever a content says.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.book.store import Book
from engine.errors import Place, Problem

# What entries may state. Of the tables that map to True every row has its entry: a run and what it did.
STATED = {
    "activities": False,
    "approvals": True,
    "confirmations": False,
    "customer_versions": False,
    "decisions": True,
    "deliveries": False,
    "dispute_resolutions": False,
    "disputes": False,
    "effects": True,
    "granted_limits": False,
    "hold_releases": False,
    "holds": False,
    "outbox": True,
    "policy_versions": True,
    "promises": False,
    "rating_overrides": False,
    "receivables": False,
    "review_requests": True,
    "reviews": False,
    "runs": True,
    "steps": True,
    "suspensions": False,
    "tasks": False,
    "withdrawals": False,
    "write_off_proposals": True,
}
# What an entry says itself and its rows need not, but for those that are nothing without it: who approved, granted, confirmed.
_OWN = ("recorded_at", "actor")
_ALL_THE_SAME = {
    ("approvals", "actor"),
    ("confirmations", "actor"),
    ("granted_limits", "actor"),
    ("rating_overrides", "actor"),
    ("suspensions", "actor"),
}
# Columns that are stated by the digest of their value.
_LONG = {("decisions", "content"), ("outbox", "content"), ("policy_versions", "text"), ("runs", "plan")}

Rows = Mapping[str, Sequence[Mapping[str, Any]]]


def stated(table: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of the book as an entry says it. `recorded_at` and `actor` are the entry's own and left out, but for who approved."""
    assert table in STATED, f"the ledger does not state rows of {table}"
    return {
        column: _long(value) if (table, column) in _LONG else value
        for column, value in row.items()
        if column not in _OWN or (table, column) in _ALL_THE_SAME
    }


@dataclass(slots=True)
class Witness:
    """Compares stated rows with the book, and remembers how many of each table were stated."""

    book: Book
    counted: dict[str, int] = field(default_factory=dict)

    def read(self, entries: Iterable[tuple[int, str, str]]) -> Problem | None:
        """Take in entries (number, kind, content); the first of them one of whose rows is not as it was said."""
        said: dict[str, list[tuple[int, Mapping[str, Any]]]] = {}
        for seq, _, content in entries:
            for table, rows in json.loads(content).get("rows", {}).items():
                said.setdefault(table, []).extend((seq, row) for row in rows)
        found = [problem for table in sorted(said) for problem in self._compared(table, said[table])]
        return min(found, default=None)

    def unspoken(self) -> Problem | None:
        """A row of a run that no entry speaks of: it was put in beside the ledger."""
        for table, complete in STATED.items():
            if complete and self._count(table) > self.counted.get(table, 0):
                row = self.book.execute(
                    f"""SELECT MIN(id) FROM {table} WHERE id NOT IN (SELECT json_extract(e.value, '$.id')
                    FROM ledger, json_each(ledger.content, '$.rows.{table}') AS e)"""
                ).fetchone()
                message = f"row {row[0]} of {table} stands in the book, but no entry speaks of it: it was put in beside"
                return Problem(Place("ledger"), "row-without-entry", f"{message} the ledger")
        return None

    def _count(self, table: str) -> int:
        """How many rows a table has."""
        return int(self.book.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0])

    def _compared(self, table: str, said: Sequence[tuple[int, Mapping[str, Any]]]) -> list[Problem]:
        """What is wrong with the stated rows of one table."""
        if table not in STATED:
            return [
                Problem(Place("ledger", said[0][0]), "row-changed", f"it speaks of a table {table!r} that there is not")
            ]
        self.counted[table] = self.counted.get(table, 0) + len(said)
        there = self._rows(table, [row["id"] for _, row in said])
        return [problem for seq, row in said if (problem := _difference(seq, table, row, there.get(row["id"])))]

    def _rows(self, table: str, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
        """The rows of a table by their ids, as an entry would say them."""
        cursor = self.book.execute(
            f"SELECT * FROM {table} WHERE id IN (SELECT value FROM json_each(:ids))", {"ids": json.dumps(ids)}
        )
        columns = [column[0] for column in cursor.description]
        rows = (dict(zip(columns, row, strict=True)) for row in cursor)
        return {row["id"]: stated(table, row) for row in rows}


def _difference(seq: int, table: str, row: Mapping[str, Any], now: Mapping[str, Any] | None) -> Problem | None:
    """Whether the book's row is not what the entry says."""
    place = Place("ledger", seq)
    if now is None:
        return Problem(place, "row-missing", f"it speaks of row {row['id']} of {table}, which is gone from the book")
    for column, value in row.items():
        if column not in now or now[column] != value:
            change = f"{column} is {_short(now.get(column))}, the entry says {_short(value)}"
            return Problem(place, "row-changed", f"row {row['id']} of {table} was changed: {change}")
    return None


def _long(value: object) -> str:
    """The digest that stands for a long text or blob."""
    raw = value if isinstance(value, bytes) else str(value).encode()
    return "sha256:" + hashlib.sha256(raw).hexdigest()


def _short(value: object) -> str:
    """A value in a message."""
    return repr(value) if len(repr(value)) < 60 else repr(value)[:56] + "..."
