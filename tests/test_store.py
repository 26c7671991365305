"""The book's file: every earlier schema grows to the head with its rows in it, nothing is ever changed, and only books open."""

import contextlib
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlite_utils import Database

from engine.book import store
from engine.book.migrations import migrations
from engine.errors import Exit, Place, Refusal
from tests.books import Books

NAMES = [migration.name for migration in migrations.pending(Database(memory=True))]
T = "2026-01-01T00:00:00Z"
PRAGMAS = ("foreign_keys", "journal_mode", "synchronous", "recursive_triggers")
# One row of the tables of each migration, as whoever ran that version would have had them.
ROWS: dict[str, dict[str, dict[str, object]]] = {
    "m001_master": {
        "entities": {"code": "E1", "name": "One", "currency": "EUR", "recorded_at": T},
        "customers": {"number": "C1", "entity_id": 1, "recorded_at": T},
        "customer_versions": {"customer_id": 1, "valid_from": "2026-01-01", "name": "Adler", "recorded_at": T},
        "contacts": {"customer_id": 1, "name": "AP", "email": "a@example.com", "recorded_at": T},
        "fx_rates": {"date": "2026-01-01", "source": "EUR", "target": "JPY", "rate": "160", "numerator": 8,
                     "denominator": 5, "recorded_at": T},
        "calendars": {"calendar": "DE", "date": "2026-12-25", "recorded_at": T},
        "market": {"industry": "steel", "region": "EU", "valid_from": "2026-01-01", "outlook": "bad", "recorded_at": T},
    },
    "m002_movements": {
        "receivables": {"number": "R1", "entity_id": 1, "customer_id": 1, "issued": "2026-01-01", "posted": "2026-01-01",
                        "due": "2026-02-01", "amount": 100, "currency": "EUR", "kind": "invoice", "recorded_at": T},
        "payments": {"number": "P1", "entity_id": 1, "customer_id": 1, "received": "2026-02-01", "amount": 40,
                     "currency": "EUR", "recorded_at": T},
        "credits": {"number": "K1", "entity_id": 1, "customer_id": 1, "issued": "2026-02-01", "amount": 5,
                    "currency": "EUR", "recorded_at": T},
        "allocations": {"receivable_id": 1, "payment_id": 1, "date": "2026-02-01", "amount": 40, "recorded_at": T},
        "orders": {"number": "O1", "entity_id": 1, "customer_id": 1, "ordered": "2026-02-01", "amount": 5,
                   "currency": "EUR", "recorded_at": T},
    },
    "m003_records": {
        "disputes": {"reference": "D1", "receivable_id": 1, "reason": "x", "opened": "2026-02-01", "recorded_at": T},
        "dispute_resolutions": {"dispute_id": 1, "resolved": "2026-02-02", "outcome": "accepted", "recorded_at": T},
        "promises": {"reference": "P1", "customer_id": 1, "made": "2026-02-01", "promised": "2026-02-09", "amount": 5,
                     "currency": "EUR", "recorded_at": T},
        "holds": {"reference": "H1", "kind": "dunning", "customer_id": 1, "reason": "x", "valid_from": "2026-02-01",
                  "recorded_at": T},
        "hold_releases": {"hold_id": 1, "released": "2026-02-02", "recorded_at": T},
        "activities": {"reference": "A1", "customer_id": 1, "date": "2026-02-01", "channel": "phone", "result": "reached",
                       "recorded_at": T},
        "assessments": {"customer_id": 1, "assessed": "2026-02-01", "source": "bureau", "recorded_at": T},
        "imports": {"kind": "customers", "file": "c.csv", "digest": "sha256:0", "added": 1, "actor": "a", "recorded_at": T},
    },
    "m004_acts": {
        "policy_versions": {"policy": "p", "version": 1, "digest": "sha256:0", "text": "", "recorded_at": T},
        "runs": {"plan_id": "sha256:0", "as_of": "2026-02-01", "actor": "a", "engine": "0", "plan": b"", "recorded_at": T},
        "run_policies": {"run_id": 1, "policy_version_id": 1},
        "decisions": {"run_id": 1, "class": "p@1/1", "content": "{}"},
        "outbox": {"run_id": 1, "key": "k", "kind": "notice", "customer_id": 1, "channel": "email", "recipient": "a",
                   "content": "{}", "recorded_at": T},
        "deliveries": {"outbox_id": 1, "attempted_at": T, "status": "sent", "transport": "files", "detail": ""},
        "effects": {"run_id": 1, "key": "k", "address": "a", "kind": "notice", "policy": "p", "version": 1, "rule": "r",
                    "class": "p@1/1", "subject": "receivable", "customer_id": 1, "receivable_id": 1, "episode": "e",
                    "occurrence": 1, "as_of": "2026-02-01", "recorded_at": T},
        "tasks": {"customer_id": 1, "what": "call", "due": "2026-02-01", "effect_id": 1, "recorded_at": T},
        "ledger": {"seq": 1, "at": T, "actor": "a", "kind": "k", "content": "{}", "previous": "p", "hash": "h"},
    },
    "m006_credit": {
        "financials": {"customer_id": 1, "period_end": "2025-12-31", "months": 12, "received": "2026-02-01",
                       "currency": "EUR", "equity": -5, "recorded_at": T},
        "securities": {"reference": "S1", "customer_id": 1, "kind": "insurance", "provider": "x", "amount": 5,
                       "currency": "EUR", "valid_from": "2026-02-01", "recorded_at": T},
        "order_closings": {"order_id": 1, "closed": "2026-02-02", "recorded_at": T},
        "granted_limits": {"reference": "L1", "customer_id": 1, "scope": "own", "amount": 0, "currency": "EUR",
                           "reason": "x", "valid_from": "2026-02-01", "valid_until": "2026-02-01", "actor": "a",
                           "recorded_at": T},
        "rating_overrides": {"reference": "O1", "customer_id": 1, "rating": "B", "reason": "x", "valid_from": "2026-02-01",
                             "valid_until": "2026-02-01", "actor": "a", "recorded_at": T},
        "suspensions": {"reference": "S1", "customer_id": 1, "reason": "x", "valid_from": "2026-02-01",
                        "valid_until": "2026-02-01", "actor": "a", "recorded_at": T},
        "confirmations": {"reference": "L1", "confirmed": "2026-02-01", "actor": "b", "recorded_at": T},
        "withdrawals": {"reference": "L1", "withdrawn": "2026-02-01", "actor": "a", "recorded_at": T},
        "reviews": {"reference": "V1", "customer_id": 1, "reviewed": "2026-02-01", "result": "x", "recorded_at": T},
        "review_requests": {"customer_id": 1, "requested": "2026-02-01", "due": "2026-02-15", "because": "x",
                            "effect_id": 1, "recorded_at": T},
        "steps": {"customer_id": 1, "of": "limit", "taken": "2026-02-01", "steps": -1, "effect_id": 1, "recorded_at": T},
        "write_off_proposals": {"customer_id": 1, "receivable_id": 1, "amount": 5, "currency": "EUR",
                                "proposed": "2026-02-01", "effect_id": 1, "recorded_at": T},
        "approvals": {"plan_id": "p", "address": "a", "role": "cfo", "actor": "b", "expires": "2026-02-08",
                      "recorded_at": T},
    },
}  # fmt: skip


def insert(connection: sqlite3.Connection, rows: dict[str, dict[str, object]]) -> None:
    """One row into each of these tables."""
    for table, row in rows.items():
        marks = ", ".join("?" for _ in row)
        connection.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", list(row.values()))


def earlier(path: Path, applied: int) -> None:
    """A book as the version with so many migrations left it, with rows in every table that it had."""
    # Foreign keys stay off: the tables of the first migrations refer to some that only later ones bring.
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        stop = NAMES[applied] if applied < len(NAMES) else None
        if applied:
            migrations.apply(Database(connection), stop_before=stop)
        else:
            migrations.ensure_migrations_table(Database(connection))
        for name in NAMES[:applied]:
            insert(connection, ROWS.get(name, {}))


def content(book: store.Book) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table of ours."""
    tables = [name for name in sorted(book.table_names()) if not name.startswith(("_", "sqlite_"))]
    return {table: book.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall() for table in tables}


def schema(book: store.Book) -> list[tuple[str, str, str]]:
    """The tables, indices and triggers of ours."""
    query = "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE '\\_%' ESCAPE '\\' ORDER BY 1, 2"
    return [tuple(row) for row in book.execute(query)]


@contextlib.contextmanager
def opened(path: Path) -> Iterator[store.Book]:
    """The book, closed afterwards."""
    book = store.open_book(path)
    try:
        yield book
    finally:
        book.close()


@pytest.mark.parametrize("applied", range(len(NAMES) + 1))
def test_every_earlier_book_grows_to_the_head(tmp_path: Path, applied: int) -> None:
    """A book that any earlier version left behind, rows and all: the schema is that of a new one, and no row is lost."""
    path = tmp_path / "old.db"
    earlier(path, applied)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        before = content(Database(connection))
    with opened(path) as book:
        after = content(book)
        assert schema(book) == schema(store.in_memory())
        assert migrations.pending(book) == []
        assert book.execute("PRAGMA foreign_key_check").fetchall() == []
        assert book.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    for table, rows in before.items():
        assert [row[: len(rows[0])] for row in after[table]] == rows if rows else after[table] == []


def test_what_an_older_book_says_of_credit_is_still_true(tmp_path: Path) -> None:
    """A book from before credit policies: its scores came from agencies, no limit of it ever ends, nobody was insolvent."""
    path = tmp_path / "old.db"
    earlier(path, NAMES.index("m006_credit"))
    with opened(path) as book:
        found = book.execute("SELECT source, kind, rating, experience, insolvent FROM assessments").fetchall()
        assert found == [("bureau", "agency", None, None, None)]
        assert book.execute("SELECT name, limit_until FROM customer_versions").fetchall() == [("Adler", None)]
        insert(book.conn, ROWS["m006_credit"])


def test_a_migration_that_fails_leaves_the_book_as_it_was(tmp_path: Path) -> None:
    """Something stands in the way of the second one: the first is kept, nothing of the second, and it can be tried again."""
    path = tmp_path / "old.db"
    earlier(path, 1)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE orders (in_the_way TEXT)")
    with pytest.raises(sqlite3.OperationalError, match="orders"):
        store.open_book(path)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        names = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        assert "receivables" not in names
        connection.execute("DROP TABLE orders")
    with opened(path) as book:
        assert migrations.pending(book) == []


def every_table() -> list[str]:
    """The tables of a book at the head."""
    return sorted(content(store.in_memory()))


def test_every_table_has_a_row_in_these_tests() -> None:
    """Whoever adds a table adds a row here, and the tests below hold for it."""
    assert sorted(table for rows in ROWS.values() for table in rows) == every_table()


@pytest.mark.parametrize("table", every_table())
def test_nothing_is_ever_changed(table: str) -> None:
    """UPDATE, DELETE and REPLACE are refused for every table, and the row is there afterwards as before."""
    book = store.in_memory()
    for rows in ROWS.values():
        insert(book.conn, rows)
    before = book.execute(f"SELECT * FROM {table}").fetchall()
    assert before
    column = book.execute(f"SELECT name FROM pragma_table_info('{table}') LIMIT 1 OFFSET 1").fetchone()[0]
    replace = f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}"
    for statement in (f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}", replace):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            book.execute(statement)
    assert book.execute(f"SELECT * FROM {table}").fetchall() == before


def test_the_ledger_is_not_replaced_either() -> None:
    """Not even by a program that is not ours, where REPLACE slips past the triggers of update and delete."""
    book = store.in_memory()
    book.execute("PRAGMA recursive_triggers = OFF")
    for rows in ROWS.values():
        insert(book.conn, rows)
    values = "(1, NULL, 'x', 'x', 'x', 'x', 'x', 'other'), (2, NULL, 'x', 'x', 'x', 'x', 'x', 'h')"
    for value in values.split("), "):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            book.execute(f"INSERT OR REPLACE INTO ledger VALUES {value.rstrip(')')})")
    assert book.execute("SELECT hash FROM ledger").fetchall() == [("h",)]


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("receivables", "amount", 12.5),
        ("receivables", "amount", 0),
        ("receivables", "amount", "twelve"),
        ("receivables", "currency", "EURO"),
        ("receivables", "kind", "tip"),
        ("receivables", "customer_id", 99),
        ("customer_versions", "credit_limit", -1),
        ("customer_versions", "credit_limit", 100),
        ("allocations", "amount", -40),
        ("allocations", "credit_id", 1),
        ("promises", "promised", "2026-01-31"),
        ("holds", "valid_until", "2026-01-31"),
        ("effects", "level_to", 1),
        ("effects", "subject", "customer"),
        ("fx_rates", "target", "EUR"),
        ("outbox", "kind", "task"),
        ("assessments", "kind", "rumour"),
        ("assessments", "experience", "so-so"),
        ("assessments", "insolvent", 2),
        ("financials", "received", "2025-12-30"),
        ("financials", "months", 0),
        ("financials", "months", 25),
        ("financials", "total_assets", -1),
        ("financials", "audited", 2),
        ("securities", "kind", "promise"),
        ("securities", "amount", 0),
        ("securities", "valid_until", "2026-01-31"),
        ("order_closings", "order_id", 99),
        ("granted_limits", "amount", -1),
        ("granted_limits", "scope", "world"),
        ("granted_limits", "valid_until", None),
        ("granted_limits", "valid_until", "2026-01-31"),
        ("rating_overrides", "valid_until", "2026-01-31"),
        ("rating_overrides", "valid_until", None),
        ("suspensions", "valid_until", "2026-01-31"),
        ("steps", "steps", 0),
        ("steps", "of", "rating"),
    ],
)
def test_the_tables_refuse_what_cannot_be(table: str, column: str, value: object) -> None:
    """A fraction of a cent, a limit without currency, an effect that climbs from nowhere."""
    book = store.in_memory()
    book.execute("PRAGMA foreign_keys = OFF")
    for rows in ROWS.values():
        insert(book.conn, {name: row for name, row in rows.items() if name != table})
    book.execute("PRAGMA foreign_keys = ON")
    good = next(rows[table] for rows in ROWS.values() if table in rows)
    with pytest.raises(sqlite3.IntegrityError):
        insert(book.conn, {table: good | {column: value}})
    insert(book.conn, {table: good})


# -- what opens -------------------------------------------------------------------------------------------------------------


def refused(path: Path) -> str:
    """The code that opening is refused with; the file is as it was."""
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(Refusal) as refusal:
        store.open_book(path)
    assert refusal.value.exit is Exit.NO
    assert (path.read_bytes() if path.is_file() else None) == before
    assert list(path.parent.glob(f"{path.name}-*")) == []
    (problem,) = refusal.value.problems
    assert problem.where.file == str(path)
    return problem.code


def test_only_a_book_is_opened(tmp_path: Path) -> None:
    """Nothing, a folder, an empty file, a text, somebody else's database: refused, and not a byte is written."""
    assert refused(tmp_path / "nothing.db") == "no-book"
    assert refused(tmp_path) == "no-book"
    (tmp_path / "empty.db").touch()
    assert refused(tmp_path / "empty.db") == "not-a-book"
    (tmp_path / "text.db").write_text("number,name\n" * 1000, encoding="utf-8")
    assert refused(tmp_path / "text.db") == "not-a-book"
    with contextlib.closing(sqlite3.connect(tmp_path / "other.db")) as connection:
        connection.execute("CREATE TABLE customers (name TEXT)")
    assert refused(tmp_path / "other.db") == "not-a-book"


def test_a_book_of_a_later_version_is_left_alone(tmp_path: Path) -> None:
    """It has a migration that this version does not know."""
    path = tmp_path / "new.db"
    store.create(path).close()
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('duly', 'm999_later', '2099-01-01')"
        )
        connection.commit()
    assert refused(path) == "book-too-new"


def test_a_damaged_book(tmp_path: Path) -> None:
    """The page of its schema is overwritten."""
    path = tmp_path / "bad.db"
    store.create(path).close()
    raw = path.read_bytes()
    path.write_bytes(raw[:100] + b"x" * 5000 + raw[5100:])
    with pytest.raises(Refusal, match="book-damaged"):
        store.open_book(path)


def test_a_new_book_is_never_laid_over_an_old_one(tmp_path: Path) -> None:
    """Whatever the file is."""
    path = tmp_path / "a" / "duly.db"
    store.create(path).close()
    with pytest.raises(Refusal, match="book-exists"):
        store.create(path)


def test_a_book_is_opened_as_it_must_be(tmp_path: Path) -> None:
    """Foreign keys are on, writers do not stop readers, what is committed is on the disk, and REPLACE is a DELETE."""
    store.create(tmp_path / "duly.db").close()
    with opened(tmp_path / "duly.db") as book:
        found = [book.execute(f"PRAGMA {name}").fetchone()[0] for name in PRAGMAS]
    assert found == [1, "wal", 2, 1]


def test_every_table_is_strict_and_ours() -> None:
    """A text is never taken for a number, whatever writes it."""
    book = store.in_memory()
    query = "SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND type = 'table'"
    strict = {name: flag for name, flag in book.execute(query) if not name.startswith(("_", "sqlite_"))}
    assert strict == dict.fromkeys(every_table(), 1)


# -- rights -----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def guarded() -> Iterator[Path]:
    """A folder with a book in it, seen by somebody who is not its owner."""
    nobody, root = 65534, os.geteuid() == 0
    with tempfile.TemporaryDirectory() as folder:
        store.create(Path(folder) / "duly.db").close()
        Path(folder).chmod(0o755)
        if root:
            os.seteuid(nobody)
        try:
            yield Path(folder)
        finally:
            if root:
                os.seteuid(0)
            Path(folder).chmod(0o755)


def limited(path: Path, rights: int) -> None:
    """Give the path these rights, whoever owns it."""
    mine = os.geteuid()
    os.seteuid(os.getuid())
    path.chmod(rights)
    os.seteuid(mine)


@pytest.mark.parametrize(("file", "folder"), [(0o000, 0o755), (0o444, 0o555)])
def test_a_book_that_may_not_be_opened(guarded: Path, file: int, folder: int) -> None:
    """A file that may not be read, and one in a folder in which no journal can be laid: it says what to look at."""
    limited(guarded / "duly.db", file)
    limited(guarded, folder)
    with pytest.raises(Refusal, match=r"duly\.db cannot-write: .* the rights of the file and its folder"):
        store.open_book(guarded / "duly.db")


def test_a_book_that_may_only_be_read(guarded: Path) -> None:
    """It can be looked at; writing to it is refused, and nothing is kept."""
    limited(guarded / "duly.db", 0o444)
    limited(guarded, 0o777)
    with opened(guarded / "duly.db") as book:
        assert book.execute("SELECT COUNT(*) FROM entities").fetchone() == (0,)
        with pytest.raises(sqlite3.OperationalError) as error, store.writing(book):
            insert(book.conn, {"entities": ROWS["m001_master"]["entities"]})
        told = store.trouble(error.value, Place("duly.db"))
        assert told is not None
        assert [problem.code for problem in told.problems] == ["cannot-write"]
        assert book.execute("SELECT COUNT(*) FROM entities").fetchone() == (0,)


def test_a_new_book_where_nothing_may_be_written(guarded: Path) -> None:
    """The refusal names the file, and leaves none."""
    limited(guarded, 0o555)
    with pytest.raises(Refusal, match=r"new\.db cannot-write"):
        store.create(guarded / "new.db")
    assert [path.name for path in guarded.iterdir()] == ["duly.db"]


def test_all_of_a_transaction_or_nothing() -> None:
    """An error inside takes back what was written before it."""
    books = Books().entity("E1")
    with pytest.raises(ZeroDivisionError), store.writing(books.book):
        books.customer("C1")
        raise ZeroDivisionError
    assert books.rows["customers"] == []
    with store.writing(books.book):
        books.book.execute("INSERT INTO customers (number, entity_id, recorded_at) VALUES ('C2', 1, 'x')")
    assert [row["number"] for row in books.rows["customers"]] == ["C2"]


def test_a_writer_waits_and_is_then_refused(tmp_path: Path) -> None:
    """Another connection holds the lock: exit 4, nothing done; afterwards it works."""
    store.create(tmp_path / "duly.db").close()
    with opened(tmp_path / "duly.db") as one, opened(tmp_path / "duly.db") as other:
        other.execute("PRAGMA busy_timeout = 10")
        with store.writing(one), pytest.raises(Refusal, match="book-locked") as refusal, store.writing(other):
            pass
        assert refusal.value.exit is Exit.REFUSED
        with store.writing(other):
            other.execute("INSERT INTO entities (code, name, currency, recorded_at) VALUES ('E', 'E', 'EUR', 'x')")
