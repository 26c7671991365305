"""One at a time: who applies a plan or drains the outbox has the book's turn until done, also between transactions.

Comes in: a book and what is being done. Goes out: nothing; a second one is refused at once.
Know before changing: the turn is a lock on an empty SQLite file beside the book (`duly.db-apply`), which the system lets go of
when the process dies, however it dies. It spares work and keeps answers clear; that nothing is done twice does not rest on it
but on unique keys, checked under the write lock of every transaction.
"""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from engine.book.store import Book
from engine.errors import Exit, Place, Problem, Refusal


@contextlib.contextmanager
def turn(book: Book, what: str) -> Iterator[None]:
    """Hold the book's turn for `what` (apply, deliver). Refusal `book-locked` (exit 4) where another one has it."""
    file = _file(book)
    if not file:
        yield
        return
    lock = sqlite3.connect(f"{file}-{what}", isolation_level=None, timeout=0)
    try:
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        lock.close()
        assert "locked" in str(error), f"{file}-{what}: {error}"
        message = f"another `duly {what}` is at work on this book; let it finish, then look again"
        raise Refusal([Problem(Place(file), "book-locked", message)], Exit.REFUSED) from error
    try:
        yield
    finally:
        lock.close()


def _file(book: Book) -> str:
    """The file of the book; empty where it lives in memory, where nobody else can be (SQLite may call that by some name)."""
    file = str(next(row[2] for row in book.execute("PRAGMA database_list") if row[1] == "main") or "")
    return file if Path(file).is_absolute() else ""
