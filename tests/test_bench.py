"""The benchmark measures the same thing twice: the preview and the SQL written by hand decide alike, or no number counts."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from bench import book, credit, credit_floor, floor, measure, orders, outside_credit, run
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


HEADER = "countryCode,customerID,PaperlessDate,invoiceNumber,InvoiceDate,DueDate,InvoiceAmount,Disputed,SettledDate,"
HEADER += "PaperlessBill,DaysToSettle,DaysLate\n"


def sample(folder: Path, late: dict[str, tuple[int, int]]) -> Path:
    """Customers who paid so many days late before the day of the ratings, and so many after it; one invoice a month."""
    path, lines, number = folder / "sample.csv", [HEADER], 0
    for customer, delays in late.items():
        for month in range(20):
            number += 1
            issued = date(2012, 5, 10) + timedelta(days=30 * month)
            due = issued + timedelta(days=30)
            settled = due + timedelta(days=delays[due > outside_credit.AS_OF])
            days = ",".join(f"{day.month}/{day.day}/{day.year}" for day in (issued, due))
            lines.append(f"391,{customer},1/1/2012,{number},{days},100.00,{'Yes' if month % 5 == 0 else 'No'},"
                         f"{settled.month}/{settled.day}/{settled.year},Paper,0,0\n")
    path.write_text("".join(lines), encoding="utf-8")
    return path


def test_the_ratings_of_the_outside_data_know_nothing_of_what_came_later(tmp_path: Path) -> None:
    """Facts, scores, ratings and limits, also as carried out, are those of the file as it was on the day."""
    seen: list[tuple[str, object, object]] = []
    path = sample(tmp_path, {"GOOD": (0, 40), "FAIR": (2, 2), "POOR": (12, 0)})
    outside_credit.without_look_ahead(path, lambda what, found, expected: seen.append((what, found, expected)))
    assert len(seen) == 5
    assert [one for one in seen if one[1] != one[2]] == []


def test_better_ratings_are_seen_to_pay_better_and_worse(tmp_path: Path) -> None:
    """Late shares and days are those of the invoices issued afterwards; where they fall with the rating, it says so."""
    path = sample(tmp_path, {"GOOD": (0, 0), "POOR": (12, 12)})
    invoices, standing = outside_credit.read(path), outside_credit.concluded(outside_credit.bring(path))
    ratings = [standing["GOOD"].rating, standing["POOR"].rating]
    assert ratings == ["A", "D"]
    assert standing["POOR"].limit == 0
    after = outside_credit.issued_after(invoices)
    assert {one.issued > outside_credit.AS_OF for one in after} == {True}
    found = outside_credit.by_rating(after, standing, ratings)
    assert (found["A"].late_share, found["D"].late_share, found["D"].mean_days) == (0.0, 100.0, 12.0)
    assert outside_credit.ordered(found)
    assert outside_credit.difference(after, standing, "A", "D") == (100.0, 100.0)
    assert outside_credit.rank_correlation(outside_credit.score_and_lateness(after, standing)) == -1.0
    path = sample(tmp_path, {"GOOD": (0, 5), "POOR": (12, 0)})
    turned = outside_credit.by_rating(outside_credit.issued_after(outside_credit.read(path)), standing, ratings)
    assert not outside_credit.ordered(turned)


def test_rank_correlation_shares_the_places_of_equal_numbers() -> None:
    """As by hand: the ranks 1, 2.5, 2.5, 4 against 1, 2, 3, 4."""
    assert outside_credit.rank_correlation([(1, 1), (2, 2), (2, 3), (9, 4)]) == pytest.approx(0.9487, abs=1e-4)


def test_an_order_in_a_batch_is_judged_as_by_itself(tmp_path: Path) -> None:
    """On a book with groups, open orders and holds; every verdict occurs."""
    made = tmp_path / "orders.db"
    orders.make(made, 5_000)
    found = orders.WHAT["agreement"](made, 300)
    assert (found["differing"], found["compared"] > 200) == ([], True)
    assert set(found["verdicts"]) == {"approve", "refer", "refuse"}
    with store.open_book(made).conn as connection:
        assert not connection.execute("PRAGMA foreign_key_check").fetchall()


def test_a_percentile_is_one_of_the_values() -> None:
    """The smallest that so many percent do not exceed."""
    values = [float(number) for number in range(1, 101)]
    assert [orders.percentile(values, share) for share in (50, 95, 99, 100)] == [50, 95, 99, 100]
    assert orders.percentile([7.0], 50) == 7.0


@pytest.fixture(scope="module")
def rated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, credit.Numbers]:
    """A small bench book with evidence on which the credit policy has run once, and what that first run was."""
    made = tmp_path_factory.mktemp("bench-credit") / "book.db"
    credit.make(made, 20_000)
    hand = credit_floor.decisions(made, credit.BEFORE, year_before(credit.BEFORE))
    first = credit.WHAT["settle"](made, credit.BEFORE)
    assert first["digest"] == credit.digest(hand)
    return made, first


@pytest.mark.parametrize("as_of", [book.AS_OF, "2026-06-27", "2026-09-30"])
def test_the_credit_preview_decides_as_the_hand_written_sql_does(rated: tuple[Path, credit.Numbers], as_of: str) -> None:
    """Every rating, limit, hold and release, with what it becomes; on the days after the first run and on one long after."""
    path, _ = rated
    by_hand = credit_floor.decisions(path, as_of, year_before(as_of))
    planned = credit.changes(plan.plan(store.open_book(path), [measure.policy(), credit.policy()], as_of=as_of))
    assert set(planned) == set(by_hand)
    assert len(planned) == len(by_hand) == len(set(by_hand))
    assert {row[1] for row in by_hand} == {"set_rating", "set_credit_limit", "credit_hold", "release_credit_hold"}


def test_a_common_preview_is_measured_by_its_stages(rated: tuple[Path, credit.Numbers]) -> None:
    """Dunning and credit in one plan decide as both floors do; the stages add up; a difference is shown in bold."""
    path, first = rated
    found = {what: credit.WHAT[what](path, book.AS_OF) for what in ("facts", "credit", "both")}
    by_floor = credit.WHAT["floor"](path, book.AS_OF)
    assert sum(found["both"]["stages"].values()) == pytest.approx(found["both"]["seconds"])
    assert first["changes"] > found["both"]["changes"] > 0
    assert credit.report(20_000, first, by_floor, found, 1).endswith("yes.")
    assert credit.report(20_000, first, by_floor | {"dunning": "another"}, found, 1).endswith("**no**.")
