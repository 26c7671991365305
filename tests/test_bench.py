"""The benchmark measures the same thing twice: the preview and the SQL written by hand decide alike, or no number counts."""

from pathlib import Path

import pytest

from bench import book, floor, measure, run
from engine.act import plan
from engine.book import store
from engine.book.snapshot import year_before


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small bench book."""
    made = tmp_path_factory.mktemp("bench") / "book.db"
    book.make(made, 50_000)
    return made


def test_the_book_is_a_trade_ledger(path: Path) -> None:
    """About one receivable in ten is open, a third of these is overdue, and something was done about most of them."""
    facts = measure.WHAT["facts"](path)
    assert 0.08 * 50_000 < facts["subjects"] < 0.12 * 50_000
    with store.open_book(path).conn as connection:
        (overdue,) = connection.execute(
            """SELECT COUNT(*) FROM receivables AS r WHERE r.due < ? AND r.amount > (
              SELECT COALESCE(SUM(a.amount), 0) FROM allocations AS a WHERE a.receivable_id = r.id)""",
            (book.AS_OF,),
        ).fetchone()
        (effects,) = connection.execute("SELECT COUNT(*) FROM effects").fetchone()
        assert not connection.execute("PRAGMA foreign_key_check").fetchall()
    assert 0.25 < overdue / facts["subjects"] < 0.42
    assert effects > overdue / 2


@pytest.mark.parametrize("as_of", [book.AS_OF, "2026-06-20", "2026-07-06"])
def test_the_preview_decides_as_the_hand_written_sql_does(path: Path, as_of: str) -> None:
    """Every action and every withheld one, with its level and its decisive reason."""
    by_hand = floor.decisions(path, as_of, year_before(as_of))
    planned = measure.calls(plan.plan(store.open_book(path), [measure.policy()], as_of=as_of))
    assert set(planned) == set(by_hand)
    assert len(planned) == len(by_hand) == len(set(by_hand))


def test_every_part_of_the_policy_is_measured(path: Path) -> None:
    """A branch that no receivable takes would make the floor too fast: each rule, and each reason, occurs."""
    rows = floor.decisions(path, book.AS_OF, year_before(book.AS_OF))
    rules = {f"level {number}" for number in (1, 2, 3, 4)} | {f"rule {rule.id}" for rule in measure.policy().rules}
    assert {row[1] for row in rows} == rules
    reasons = {"dunning-hold", "disputed", "promise-pending", "recently-spoken", "below-tolerance", "interval", "no-contact"}
    assert reasons | {"previous-notice-not-sent", ""} <= {row[4] for row in rows}


def test_the_table_says_so_where_they_differ(path: Path) -> None:
    """A difference is shown in bold, and ends the run with exit code 1."""
    found = {what: work(path) for what, work in measure.WHAT.items()}
    found = {what: {**numbers, "peak": 2**20} for what, numbers in found.items()}
    assert run.agree(found)
    assert "| yes |" in "\n".join(run.table({50_000: found}))
    found["floor"]["digest"] = "another"
    assert not run.agree(found)
    assert "| **no** |" in "\n".join(run.table({50_000: found}))
