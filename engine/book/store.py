"""The book: one SQLite file, and the way to make it, to open it and to write to it.

Comes in: a path. Goes out: a Book at the head of the migrations (migrations.py, which has the tables).
Know before changing: what other processes and the file system do to a book is a refusal; any other error of SQLite is a bug
of ours and is let through. Every write holds the write lock from its start.
"""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from sqlite_utils import Database

from engine.book.migrations import migrations
from engine.errors import Exit, Place, Problem, Refusal

Book = Database

# No valid_from known: the version has been true since ever.
ALWAYS = "0001-01-01"


def create(path: Path) -> Book:
    """A new, empty book; Refusal (book-exists) where the file is already there."""
    if path.exists():
        raise Refusal([Problem(Place(str(path)), "book-exists", "there is a book already; choose another place")])
    path.parent.mkdir(parents=True, exist_ok=True)
    with _telling(Place(str(path))):
        return _opened(sqlite3.connect(path, isolation_level=None))


def open_book(path: Path) -> Book:
    """The book in that file, migrated to the head; Refusal where the file is missing or is not a book of ours."""
    place = Place(str(path))
    if not path.is_file():
        raise Refusal([Problem(place, "no-book", "there is no book here; run `duly init DIR` or name one with --db")])
    with _telling(place), contextlib.ExitStack() as unless_opened:
        connection = sqlite3.connect(path, isolation_level=None)
        unless_opened.callback(connection.close)
        _refuse_foreign(connection, place)
        book = _opened(connection)
        unless_opened.pop_all()
        return book


def in_memory() -> Book:
    """An empty book that lives as long as the process, for cases and tests."""
    return _opened(sqlite3.connect(":memory:", isolation_level=None))


@contextlib.contextmanager
def writing(book: Book) -> Iterator[None]:
    """One transaction that holds the write lock from its start: all of it is kept, or none.

    Refusal (book-locked, exit 4) where another process holds the lock for longer than the busy timeout.
    """
    with _telling(Place("book")):
        book.execute("BEGIN IMMEDIATE")
    with contextlib.ExitStack() as unless_done:
        unless_done.callback(book.rollback)
        yield
        unless_done.pop_all()
    book.execute("COMMIT")


# What other processes and the file system do to a book. Any other error of SQLite is a bug of ours.
_TROUBLES = {
    "SQLITE_BUSY": ("book-locked", "another command is writing; try again"),
    "SQLITE_CANTOPEN": ("cannot-write", "the book cannot be opened; look at the rights of the file and its folder"),
    "SQLITE_CORRUPT": ("book-damaged", "the file is damaged; put back a copy of it, and see `duly verify`"),
    "SQLITE_FULL": ("cannot-write", "the disk is full; nothing of this was kept"),
    "SQLITE_IOERR": ("cannot-write", "the disk failed; nothing of this was kept"),
    "SQLITE_LOCKED": ("book-locked", "another command is writing; try again"),
    "SQLITE_NOTADB": ("not-a-book", "this file is not a book of duly; name one with --db"),
    "SQLITE_READONLY": ("cannot-write", "the book may not be written to; look at the rights of the file and its folder"),
}


def trouble(error: sqlite3.Error, place: Place) -> Refusal | None:
    """What befell the book, as a refusal; None where the error is a bug of ours."""
    name = "_".join(str(getattr(error, "sqlite_errorname", "")).split("_")[:2])
    if name not in _TROUBLES:
        return None
    code, message = _TROUBLES[name]
    return Refusal([Problem(place, code, message)], Exit.REFUSED if code == "book-locked" else Exit.NO)


@contextlib.contextmanager
def _telling(place: Place) -> Iterator[None]:
    """What befalls the book inside becomes a refusal."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        refusal = trouble(error, place)
        if refusal is None:
            raise
        raise refusal from error


def _refuse_foreign(connection: sqlite3.Connection, place: Place) -> None:
    """Refusal where the file was not made by duly (it would be turned into a book) or by a later version of it."""
    tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if migrations.migrations_table not in tables:
        raise Refusal([Problem(place, "not-a-book", _TROUBLES["SQLITE_NOTADB"][1])])
    query = f"SELECT name FROM {migrations.migrations_table} WHERE migration_set = ?"
    applied = {row[0] for row in connection.execute(query, [migrations.name])}
    if applied - {migration.name for migration in migrations.pending(Database(memory=True))}:
        raise Refusal([Problem(place, "book-too-new", "a later version of duly has written this book; update duly")])


def _opened(connection: sqlite3.Connection) -> Book:
    """The connection as a Book: foreign keys on, WAL, at the head of the migrations."""
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA busy_timeout = 5000")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    book = Database(connection)
    if migrations.pending(book):
        migrations.apply(book)
    return book
