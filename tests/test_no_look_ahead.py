"""Facts as of a date never change when later rows are added: nothing is decided by what nobody could know on its day.

Know before changing: a random book is cut at a date: what has a later business date goes out, but for what an earlier row refers
to. When it was recorded does not matter. The facts as of that date, or of any before, are those of the whole book.
"""

from typing import Any

from hypothesis import given, note
from hypothesis import strategies as st

from engine.book.store import Book
from tests.books import FOREVER, Books, Rows, day, new_book
from tests.strategies import CURRENCIES, Drawn, books, offsets
from tests.test_facts import read
from tests.test_law import law, told

# The business date of a row, by table. A table that is not here has none: all of it stays.
DATED = {
    "activities": "date", "allocations": "date", "assessments": "assessed", "confirmations": "confirmed", "credits": "issued",
    "customer_versions": "valid_from", "dispute_resolutions": "resolved", "disputes": "opened", "effects": "as_of",
    "financials": "received", "fx_rates": "date", "granted_limits": "valid_from", "hold_releases": "released",
    "holds": "valid_from", "market": "valid_from", "order_closings": "closed", "orders": "ordered", "payments": "received",
    "promises": "made", "rating_overrides": "valid_from", "receivables": "posted", "review_requests": "requested",
    "reviews": "reviewed", "securities": "valid_from", "steps": "taken", "suspensions": "valid_from",
    "withdrawals": "withdrawn",
}  # fmt: skip
# Rows that need no date of their own: who there is, the letters of effects, and what is written about a run.
UNDATED = {
    "approvals", "calendars", "contacts", "customers", "decisions", "deliveries", "entities", "imports", "ledger", "outbox",
    "policy_versions", "run_policies", "runs", "tasks", "write_off_proposals",
}  # fmt: skip


def cut(rows: Rows, references: dict[str, dict[str, str]], date: str) -> Rows:
    """The rows up to a date, and those that they refer to."""
    stays: dict[str, set[int]] = {
        table: {row["id"] for row in found if table not in DATED or row[DATED[table]] <= date}
        for table, found in rows.items() if table != "ledger"
    }  # fmt: skip
    while True:
        before = {table: len(ids) for table, ids in stays.items()}
        for table, columns in references.items():
            for row in rows.get(table, ()):
                for column, other in columns.items():
                    if row["id"] in stays[table] and row[column] is not None:
                        stays[other].add(row[column])
        if before == {table: len(ids) for table, ids in stays.items()}:
            return {table: [row for row in rows[table] if row["id"] in ids] for table, ids in stays.items()}


def references(book: Book) -> dict[str, dict[str, str]]:
    """Which column of a table refers to which other table."""
    return {table: {row[3]: row[2] for row in book.execute(f"PRAGMA foreign_key_list({table})")}
            for table in (*DATED, *UNDATED) if table != "ledger"}  # fmt: skip


def written(rows: Rows, date: str) -> Books:
    """A book of these rows. That an order is closed later is not known yet."""
    found = Books()
    found.book = new_book()
    found.book.execute("PRAGMA foreign_keys = OFF")
    for table, several in rows.items():
        for row in several:
            if table == "orders" and row["closed"] is not None and row["closed"] > date:
                row = row | {"closed": None}
            marks = ", ".join("?" for _ in row)
            found.book.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", list(row.values()))
    return found


@law(120)
@given(books(), offsets(), st.sampled_from((0, 0, 1, 90)), st.sampled_from(CURRENCIES))
def test_facts_as_of_a_date_never_change_when_later_rows_are_added(
    drawn: Drawn, shift: int, earlier: int, currency: str
) -> None:
    """Whatever comes later, and whenever it was recorded."""
    date, rows = day(drawn.as_of, shift), drawn.books.rows
    then = written(cut(rows, references(drawn.books.book), date), date)
    note(told(rows))
    for known_at in (drawn.known_at, FOREVER):
        as_of = day(date, -earlier)
        assert facts(then, as_of, known_at, currency) == facts(drawn.books, as_of, known_at, currency)


def facts(found: Books, as_of: str, known_at: str, currency: str) -> Any:
    """Every fact of all receivables and customers."""
    return read(found, as_of=as_of, known_at=known_at, currency=currency)


def test_every_table_is_dated_or_known_to_have_no_date() -> None:
    """A new table is thought about here."""
    assert set(Books().rows) == set(DATED) | UNDATED


def test_a_row_without_its_date_would_be_seen() -> None:
    """The cut takes something away, and the facts do tell the difference."""
    found = Books().customer("C").receivable("R", "C", due="2026-01-31", amount="100.00", issued="2026-01-01")
    found.receivable("S", "C", due="2026-03-31", amount="100.00", issued="2026-03-01")
    then = written(cut(found.rows, references(found.book), "2026-02-01"), "2026-02-01")
    assert [row["number"] for row in then.rows["receivables"]] == ["R"]
    assert facts(then, "2026-02-01", FOREVER, "EUR") == facts(found, "2026-02-01", FOREVER, "EUR")
    assert facts(then, "2026-03-01", FOREVER, "EUR") != facts(found, "2026-03-01", FOREVER, "EUR")
