"""A copy of a book in memory: the same rows, free to be cut, and nothing of it gets back."""

import sqlite3
from pathlib import Path

import pytest

from engine.book import store
from engine.book.copies import in_memory
from tests.books import Books, rows


def told() -> Books:
    """A customer with two receivables and a payment."""
    made = Books().entity("DE01").customer("C1").receivable("R1", "C1", due="2026-01-31", amount="100.00")
    return made.receivable("R2", "C1", due="2026-02-28", amount="50.00")


def test_a_copy_has_the_same_rows_and_the_book_keeps_its_own() -> None:
    """What is cut from the copy stays in the book."""
    book = told().book
    before = rows(book)
    copy = in_memory(book)
    assert rows(copy) == before
    copy.execute("DELETE FROM customers")
    copy.execute("UPDATE receivables SET amount = 1")
    assert (rows(copy)["customers"], {row["amount"] for row in rows(copy)["receivables"]}) == ([], {1})
    assert rows(book) == before


def test_no_table_of_a_copy_refuses_to_be_cut() -> None:
    """Of all triggers only the one stays that keeps an entry of the ledger from being replaced; the book keeps them all."""
    book = told().book
    left = in_memory(book).execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
    assert left == [("ledger_never_replaced",)]
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        book.execute("DELETE FROM receivables")


def test_a_book_in_a_file_is_copied_with_what_only_its_log_has(tmp_path: Path) -> None:
    """Rows that were written a moment ago still lie beside the file; the copy has them, and can be written to."""
    book = store.create(tmp_path / "duly.db")
    with store.writing(book):
        book.execute("INSERT INTO entities (code, name, currency, recorded_at) VALUES ('DE01', 'Demo', 'EUR', '')")
    copy = in_memory(book)
    assert rows(copy)["entities"] == rows(book)["entities"] != []
    with store.writing(copy):
        copy.execute("DELETE FROM entities")
    assert rows(copy)["entities"] == []
    assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    book.close()
