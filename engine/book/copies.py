"""A copy of a book in memory, to cut back to an earlier state or to try out what comes next; the book itself stays as it is.

Comes in: a Book. Goes out: another one, with the same rows, that lives as long as the process.
Know before changing: the copy is scratch paper. What keeps a book true (rows are only ever added, every reference leads
somewhere) is switched off in it, and nothing of it ever gets back into the book.
"""

import sqlite3

from engine.book.store import Book


def in_memory(book: Book) -> Book:
    """The same rows in memory: they may be cut and changed, and rows may go that others refer to."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    book.conn.backup(connection)
    copy = Book(connection)
    copy.execute("PRAGMA foreign_keys = OFF")
    # Day after day is planned on it, and each plan lays down a hundred small tables.
    copy.execute("PRAGMA temp_store = MEMORY")
    for (trigger,) in copy.execute(_PROTECTING).fetchall():
        copy.execute(f"DROP TRIGGER {trigger}")
    return copy


# The triggers by which a table refuses changes and deletions; that of the ledger against replacing stands.
_PROTECTING = """SELECT name FROM sqlite_master WHERE type = 'trigger'
  AND (name = tbl_name || '_no_update' OR name = tbl_name || '_no_delete') ORDER BY name"""
