"""The ground of a plan: every table that decisions are read from is in it; a copy cut back to it is the book of then."""

import sqlite3

import pytest

from engine.act import ground
from engine.act.plan import plan
from engine.act.values import to_json
from engine.book.copies import in_memory
from engine.book.snapshot import Wanted, take
from engine.errors import Place, Refusal
from engine.facts import FACTS
from engine.policy import document, library
from tests.acts import AS_OF, books, planned
from tests.books import Books, rows

HERE = Place("run 1")
# What no decision is read from: who may approve, what is written about a run or an import, what is written for people.
APART = {
    "approvals", "calendars", "decisions", "imports", "ledger", "outbox", "policy_versions", "run_policies", "runs", "tasks",
    "write_off_proposals",
}  # fmt: skip


def everything() -> Books:
    """A book with something of most kinds, so that each starter policy has somebody to decide about."""
    made = books(3).credit("CN1", "C0001", issued=AS_OF, amount="1.00").dispute("R0002", opened=AS_OF)
    made.payment("P1", "C0003", received=AS_OF, amount="10.00").allocation("R0003", "10.00", date=AS_OF, payment="P1")
    return made.order("O1", "C0001", ordered=AS_OF, amount="10.00").rate("2020-01-01", "CNY", "EUR", "0.1")


def read_by_plans(made: Books) -> set[str]:
    """Every table of the file that a statement reads: for all facts there are, and for plans of all starter policies."""
    found: set[str] = set()

    def note(action: int, table: str | None, column: str | None, schema: str | None, view: str | None) -> int:
        if action == sqlite3.SQLITE_READ and schema == "main" and table:
            found.add(table)
        return sqlite3.SQLITE_OK

    every = library.load(document.shipped() / "policies").policies
    made.book.conn.set_authorizer(note)
    take(made.book, [Wanted("EUR", frozenset(FACTS), all_customers=True)], as_of=AS_OF)
    assert {policy.kind for policy in every} == {"dunning", "credit"}
    plan(made.book, library.in_force(every, "2026-12-31"), as_of=AS_OF)
    planned(made.book)
    made.book.conn.set_authorizer(None)
    return {table for table in found if not table.startswith(("_", "sqlite_"))}


def test_every_table_that_a_plan_reads_is_in_the_ground() -> None:
    """Whoever adds a source to the facts is told here that a replay would read it as it is today."""
    assert read_by_plans(everything()) == set(ground.TABLES)


def test_a_new_table_is_one_or_the_other() -> None:
    """Nobody adds a table without saying whether decisions stand on it."""
    assert set(rows(Books().book)) == set(ground.TABLES) | APART
    assert list(ground.TABLES) == sorted(ground.TABLES) and not set(ground.TABLES) & APART


def test_the_ground_says_the_last_row_and_how_many_there_are() -> None:
    """Also of a table that is empty, and of one that somebody put a row into by hand."""
    made = books(3)
    found = {table: (last, count) for table, last, count in ground.rows(made.book)}
    assert (found["receivables"], found["payments"]) == ((3, 3), (0, 0))
    made.book.execute("INSERT INTO entities (id, code, name, currency, recorded_at) VALUES (90, 'E9', 'E9', 'EUR', '')")
    assert ("entities", 90, 2) in ground.rows(made.book)


def test_a_copy_cut_back_is_the_book_of_then() -> None:
    """The plan of the cut copy is the plan of then, to the byte; the book itself keeps what came later."""
    made = everything()
    then = planned(made.book)
    made.payment("P2", "C0001", received=AS_OF, amount="100.00").allocation("R0001", "100.00", date=AS_OF, payment="P2")
    made.hold("C0002", since=AS_OF).receivable("R9", "C0002", due="2026-01-01", amount="5000.00")
    today, copy = planned(made.book), in_memory(made.book)
    assert today.actions != then.actions
    ground.cut(copy, then.stands_on, HERE)
    assert to_json(planned(copy)) == to_json(then)
    assert to_json(planned(made.book)) == to_json(today)


def test_a_table_that_the_ground_does_not_name_had_no_row() -> None:
    """An earlier version of duly that did not know a table could not read it."""
    copy = in_memory(everything().book)
    ground.cut(copy, (("customers", 2, 2),), HERE)
    assert [row[:2] for row in ground.rows(copy) if row[2]] == [("customers", 2)]


def test_a_table_that_there_is_not_is_refused() -> None:
    """A name in a plan never becomes SQL."""
    with pytest.raises(Refusal) as refused:
        ground.cut(in_memory(Books().book), (("payments; DROP TABLE runs", 1, 1),), HERE)
    assert [problem.code for problem in refused.value.problems] == ["bad-plan"]
