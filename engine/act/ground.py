"""The ground that a plan stands on: which rows there were, so that a book can be cut back to them years later.

Comes in: a book. Goes out: of each table that facts and plans are read from, the id of its last row and how many rows it had.
Know before changing: rows are only ever added, so the last id tells the state; how many there are tells of a row that was put in
among them since. A table that any statement of a plan reads has to be in TABLES (a test looks), or a replay reads the present.
"""

from engine.book.store import Book
from engine.errors import Place, Problem, Refusal

Ground = tuple[tuple[str, int, int], ...]

TABLES = (
    "activities",
    "allocations",
    "assessments",
    "confirmations",
    "contacts",
    "credits",
    "customer_versions",
    "customers",
    "deliveries",
    "dispute_resolutions",
    "disputes",
    "effects",
    "entities",
    "financials",
    "fx_rates",
    "granted_limits",
    "hold_releases",
    "holds",
    "market",
    "order_closings",
    "orders",
    "payments",
    "promises",
    "rating_overrides",
    "receivables",
    "review_requests",
    "reviews",
    "securities",
    "steps",
    "suspensions",
    "withdrawals",
)


def rows(book: Book) -> Ground:
    """Of each table its name, the id of its last row (0: it is empty), and how many rows it has."""
    query = " UNION ALL ".join(f"SELECT '{table}', COALESCE(MAX(id), 0), COUNT(*) FROM {table}" for table in TABLES)
    return tuple((table, last, count) for table, last, count in book.execute(query))


def cut(copy: Book, back_to: Ground, place: Place) -> None:
    """Take every row that came later out of a copy of a book (book/copies.py). Refusal `bad-plan` for a table we do not know.

    A table that the plan does not name was not there yet, or had no say: it is emptied.
    """
    last = {table: identity for table, identity, _ in back_to}
    unknown = sorted(last.keys() - set(TABLES))
    if unknown:
        message = f"it stands on rows of {', '.join(unknown)}, which this version of duly does not read"
        raise Refusal([Problem(place, "bad-plan", message)])
    for table in TABLES:
        copy.execute(f"DELETE FROM {table} WHERE id > :last", {"last": last.get(table, 0)})
