"""What waits for a second pair of eyes, as a table, for programs and for spreadsheets.

Comes in: the records of act/grants.py that nobody has confirmed yet. Goes out: text, plain values, rows of a CSV file.
Know before changing: columns are public: add at the end, never rename.
"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from engine import money
from engine.act.grants import Pending
from engine.report import words
from engine.report.csvs import Cells, safe
from engine.report.tables import NARROWEST, Column, Row, Table, lines, painter, wrap

_COLUMNS = (
    Column("reference"),
    Column("what"),
    Column("customer", least=8),
    Column("name", least=8),
    Column("from"),
    Column("until"),
    Column("by", least=8),
    Column("because", least=10),
)
HEADINGS = (
    *("reference", "kind", "customer", "customer_name", "rating", "scope", "amount", "currency", "valid_from", "valid_until"),
    *("reason", "actor", "recorded_at"),
)


def text(waiting: Sequence[Pending], as_of: str, *, width: int = 100, colour: bool = False) -> str:
    """One line for each, and what to do about it; one sentence where nothing waits."""
    width, paint = max(width, NARROWEST), painter(colour=colour)
    if not waiting:
        return f"Nothing waits for a confirmation as of {as_of}.\n"
    wait = "waits" if len(waiting) == 1 else "wait"
    title = f"{words.count(len(waiting), 'record')} {wait} for somebody else to confirm as of {as_of}."
    parts = [paint(title, "title"), *lines(Table(_COLUMNS, tuple(map(_row, waiting))), width, paint)]
    advice = "Until then nothing of it counts: `duly confirm REFERENCE`, or `duly withdraw REFERENCE`."
    return "\n".join((*parts, *wrap(advice, width))) + "\n"


def plain(waiting: Sequence[Pending]) -> list[dict[str, Any]]:
    """For programs; amounts in minor units, as everywhere in JSON."""
    return [asdict(each) for each in waiting]


def csv_rows(waiting: Sequence[Pending]) -> tuple[Cells, ...]:
    """For spreadsheets; amounts plain (`1234.50`)."""
    return (HEADINGS, *map(_cells, waiting))


def _row(each: Pending) -> Row:
    """One line of the table."""
    return Row(
        (
            each.reference,
            _what(each),
            each.customer,
            each.customer_name,
            each.valid_from,
            each.valid_until or "no end",
            each.actor,
            each.reason,
        )
    )


def _what(each: Pending) -> str:
    """What it grants, in a few words."""
    return words.granted(each.rating, each.scope, each.amount, each.currency)


def _cells(each: Pending) -> Cells:
    """One row of the CSV file."""
    amount = money.plain(each.amount, each.currency) if each.amount is not None and each.currency else ""
    return (
        safe(each.reference),
        each.kind,
        safe(each.customer),
        safe(each.customer_name),
        safe(each.rating or ""),
        each.scope or "",
        amount,
        each.currency or "",
        each.valid_from,
        each.valid_until or "",
        safe(each.reason),
        safe(each.actor),
        each.recorded_at,
    )
